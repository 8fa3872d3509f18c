"""The comparison as plain text, for the command line, with the sentences of the page."""

from __future__ import annotations

from hipgait.names import OUTCOMES, Outcome
from hipgait.report import numbers
from hipgait.report.comparison_source import view_of
from hipgait.report.comparison_table import CHANGE_ONLY
from hipgait.report.comparison_words import answer, detect_words
from hipgait.report.numbers import NONE, THIN
from hipgait.report.phrases import VERDICTS
from hipgait.stats.compare import Comparison
from hipgait.stats.effects import Effect


def summary_text(comparison: Comparison) -> str:
    """The answer, one line an outcome, what was left out and what needs care."""
    c = comparison
    view = view_of(c)
    told = answer(view)
    could = detect_words(view)
    compared = any(e.estimate is not None for e in c.effects.values())
    second = told.second if compared or not could else ""  # what more runs would show stands there
    lines = [t for t in (told.first, second, told.more, could) if t]
    if compared:
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
    finding = VERDICTS[effect.verdict].note
    if effect.estimate is None or effect.p is None or not effect.before or not effect.after:
        return (outcome.label, NONE, NONE, NONE, NONE, NONE, finding)
    low, high = effect.ci_low or 0.0, effect.ci_high or 0.0
    hidden = outcome.name == CHANGE_ONLY
    return (
        outcome.label,
        NONE if hidden else numbers.level(effect.before[0], outcome.unit),
        NONE if hidden else numbers.level(effect.after[0], outcome.unit),
        numbers.change(effect.estimate, outcome.unit, (high - low) / 2.0),
        numbers.interval(low, high, outcome.unit),
        numbers.p_bare(effect.p),
        f"{finding} ({c.plan.role(outcome.name)})",
    )
