"""The comparison as plain text, for the command line. The HTML report is drawn elsewhere, from the
same ``Comparison``.
"""

from __future__ import annotations

from hipgait.names import OUTCOMES, Outcome
from hipgait.report import numbers
from hipgait.report.numbers import NONE, THIN
from hipgait.stats.compare import Comparison
from hipgait.stats.effects import Effect

FINDING = {
    "improved": "improved",
    "worse": "worse",
    "no_relevant_change": "no relevant change",
    "inconclusive": "inconclusive",
    "too_few_runs": "too few runs",
}
NOTHING = "nothing is claimed"


def sentence(effect: Effect, outcome: Outcome) -> str:
    """What a comparison says of one outcome, in one sentence."""
    name = outcome.label.lower()
    if effect.verdict == "too_few_runs" or effect.estimate is None:
        counts = f"{effect.n_before} runs before and {effect.n_after} after"
        known = None if effect.power is None else effect.power.runs_each
        more = f" {known} and {known} would show what matters." if known else ""
        return f"{counts}: the points are kept, {NOTHING}.{more}"
    low, high = effect.ci_low or 0.0, effect.ci_high or 0.0
    half = (high - low) / 2.0
    unit = outcome.unit
    size = numbers.size(effect.estimate, unit, half)
    limits = numbers.interval(low, high, unit)
    moved = "less" if effect.estimate < 0 else "more"
    if effect.verdict in ("improved", "worse"):
        return f"Your {name}: {size} {moved} than before the block ({limits})."
    if effect.verdict == "no_relevant_change":
        matters = numbers.size(effect.matters, unit)
        return f"Your {name} is as it was before the block: any change is smaller than {matters}."
    return f"These runs cannot tell: {name} {size} {moved}, but anything in {limits} fits the data."


def summary_text(comparison: Comparison) -> str:
    """The answer, one line an outcome, what was left out and what needs care."""
    c = comparison
    primary = next(o for o in OUTCOMES if o.name == c.plan.primary)
    lines = [sentence(c.primary, primary)]
    power = c.primary.power
    if power is not None and power.detectable is not None and c.primary.estimate is not None:
        size = numbers.size(power.detectable, primary.unit)
        lines.append(f"These runs find a true change of {size} four times in five.")
    lines += ["", *_table(c)]
    for title, rows in (
        ("Left out:", [f"{n}: {w}" for n, w in c.left_out.items()]),
        ("Take care:", list(c.notes)),
    ):
        if rows:
            lines += ["", title, *(f"  - {row}" for row in rows)]
    return "\n".join(lines).replace(THIN, " ").replace("\u00a0", " ").rstrip()


def _table(c: Comparison) -> list[str]:
    head = ("", "before", "after", "change", "interval", "p", "finding")
    cells: list[tuple[str, ...]] = [head]
    for outcome in OUTCOMES:
        effect = c.effects[outcome.name]
        if effect.n_before + effect.n_after:
            cells.append(_row(c, outcome, effect))
    widths = [max(len(row[k]) for row in cells) for k in range(len(head))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(row[k].rjust(widths[k]) for k in range(1, 6)), row[6]]
        ).rstrip()
        for row in cells
    ]


def _row(c: Comparison, outcome: Outcome, effect: Effect) -> tuple[str, ...]:
    finding = FINDING[effect.verdict]
    if effect.estimate is None or effect.p is None or not effect.before or not effect.after:
        return (outcome.label, NONE, NONE, NONE, NONE, NONE, finding)
    low, high = effect.ci_low or 0.0, effect.ci_high or 0.0
    return (
        outcome.label,
        numbers.level(effect.before[0], outcome.unit),
        numbers.level(effect.after[0], outcome.unit),
        numbers.change(effect.estimate, outcome.unit, (high - low) / 2.0),
        numbers.interval(low, high, outcome.unit),
        numbers.p_value(effect.p).removeprefix("p = ").removeprefix("p "),
        f"{finding} ({c.plan.role(outcome.name)})",
    )
