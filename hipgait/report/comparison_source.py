"""From a comparison (``hipgait.stats.compare``) to what its page shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np

from hipgait.names import OUTCOMES, SIDES
from hipgait.report.comparison_view import (
    Aspect,
    ChangeRow,
    ComparisonView,
    Detectable,
    Estimate,
    FreshTired,
    GoesWith,
    JournalRows,
    Phase,
    RunPoint,
    Span,
    StanceChange,
)
from hipgait.report.numbers import fixed, p_value
from hipgait.report.table import BY_SIDE_ONLY
from hipgait.stats.associations import Association
from hipgait.stats.compare import Comparison
from hipgait.stats.design import AFTER, BEFORE, WASH_IN, Entry
from hipgait.stats.effects import Effect, change
from hipgait.stats.power import Power
from hipgait.stats.random_start import RandomStart

Z95: Final = 1.96
"""for the interval of one run's own value, from its standard error"""
PHASE_OF: Final[dict[str, Phase]] = {BEFORE: "before", AFTER: "after", WASH_IN: "block"}
"""phase of the model -> place on the page"""
STATE_ROWS: Final[tuple[tuple[str, Aspect], ...]] = (
    ("drift", "rise"),
    ("late", "late"),
    ("equal_distance", "distance"),
)
"""states of the primary outcome that get a row"""


def view_of(comparison: Comparison, journal: JournalRows | None = None) -> ComparisonView:
    """Everything on the page.

    Parameters
    ----------
    comparison : what ``hipgait.compare`` found; nothing is tested anew.
    journal : strength sessions, tests and soreness for the rows under the runs.
    """
    c = comparison
    primary = c.primary
    beforehand = c.plan.created if c.plan_fixed == "beforehand" else None
    return ComparisonView(
        athlete=next((e.run.athlete for e in c.entries if e.run.athlete), "") or "",
        rows=_rows(c),
        runs=_runs(c),
        before=_estimate(primary.before),
        after=_estimate(primary.after),
        speed_mps=c.pace_mps if "pace" in primary.covariates else None,
        block=_block(c),
        wash_in=_wash_in(c),
        question_fixed=None if beforehand is None else _midnight(beforehand),
        detectable=_detectable(primary),
        fresh_tired=_fresh_tired(c),
        fresh_words="Fresh and end: the first and the last part of each run, as in its own report.",
        curves=_curves(c),
        goes_with=tuple(_goes_with(a) for a in c.associations if a.what != c.plan.primary),
        notes=c.notes,
        method=_method(c),
        versions=f"hipgait {c.document.get('versions', {}).get('hipgait', '')}".strip(),
        journal=journal,
        simulated=any(e.run.simulated for e in (*c.entries, *c.aside)),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _estimate(level: tuple[float, float, float] | None) -> Estimate | None:
    return None if level is None else Estimate(*(float(v) for v in level))


# ----------------------------------------------------------------------------------- the runs
def _runs(c: Comparison) -> tuple[RunPoint, ...]:
    """Runs that count, then those left out, with their reasons."""
    every = (*c.entries, *c.aside)
    return tuple(
        _point(e, c.primary, c.plan.primary, c.left_out.get(e.run.name, "")) for e in every
    )


def _point(entry: Entry, primary: Effect, name: str, why: str) -> RunPoint:
    """The value at the standard pace with the run's own 95 % interval."""
    phase = PHASE_OF[entry.phase]
    start = entry.run.start
    raw = entry.run.get(name)
    if raw is None:
        return RunPoint(entry.run.name, phase, start, None, why or "no value")
    value = float(primary.points.get(entry.run.name, raw[0]))
    half = Z95 * float(raw[1])
    interval = Estimate(value, value - half, value + half)
    return RunPoint(entry.run.name, phase, start, interval, why)


def _first_day(c: Comparison, phase: str) -> date | None:
    return min((e.day for e in c.entries if e.phase == phase and e.day is not None), default=None)


def _block(c: Comparison) -> Span | None:
    """From the plan; without a length it lasts to the first run after it."""
    start = c.plan.block_start
    if start is None:
        return None
    if c.plan.block_weeks is not None:
        end = start + timedelta(weeks=c.plan.block_weeks)
    else:
        end = _first_day(c, AFTER) or start + timedelta(weeks=c.plan.wash_in_weeks)
    return Span(_midnight(start), _midnight(end)) if end > start else None


def _wash_in(c: Comparison) -> Span | None:
    start = c.plan.block_start
    if start is None or c.plan.wash_in_weeks <= 0:
        return None
    return Span(_midnight(start), _midnight(start + timedelta(weeks=c.plan.wash_in_weeks)))


# ----------------------------------------------------------------------------------- the table
def _rows(c: Comparison) -> tuple[ChangeRow, ...]:
    """Primary outcome, its states, then the other outcomes that at least one run has."""
    lead = c.plan.primary
    out = [_row(lead, "pooled", "level", c.primary, c.primary.power, primary=True)]
    out += [
        _row(lead, "pooled", aspect, c.states[state], None)
        for state, aspect in STATE_ROWS
        if state in c.states and c.states[state].estimate is not None
    ]
    for outcome in OUTCOMES:
        name, effect = outcome.name, c.effects[outcome.name]
        sides = c.sides.get(name, {})
        if name in BY_SIDE_ONLY and name != lead:
            out += [
                _row(name, s, "level", sides[s], None)
                for s in SIDES
                if s in sides and _seen(sides[s])
            ]
        elif name != lead and _seen(effect):
            out.append(_row(name, "pooled", "level", effect, effect.power))
    return tuple(out)


def _seen(effect: Effect) -> bool:
    return effect.n_before + effect.n_after > 0


def _row(
    name: str, key: str, aspect: Aspect, effect: Effect, power: Power | None, primary: bool = False
) -> ChangeRow:
    return ChangeRow(
        name,
        key,
        aspect,
        None if effect.before is None else float(effect.before[0]),
        None if effect.after is None else float(effect.after[0]),
        effect.estimate,
        effect.ci_low,
        effect.ci_high,
        effect.p,
        power.detectable if power is not None and effect.estimate is not None else None,
        effect.verdict,
        effect.matters,
        primary,
    )


# --------------------------------------------------------------------------------- the pictures
def _detectable(primary: Effect) -> Detectable | None:
    power = primary.power
    if power is None:
        return None
    curve = [(k, d) for k, d in power.curve if np.isfinite(d)]
    if len(curve) < 2:
        return None
    now = None
    if power.detectable is not None and primary.estimate is not None:
        runs = 2.0 / (1.0 / primary.n_before + 1.0 / primary.n_after)
        now = (runs, float(power.detectable))
    found = np.array(curve, dtype=np.float64)
    most = found[:, 0] <= max(24.0, 1.5 * now[0] if now else 0.0)
    return Detectable(
        found[most, 0], found[most, 1], now, "" if power.source == "own runs" else power.source
    )


def _fresh_tired(c: Comparison) -> tuple[FreshTired, ...]:
    """Phase means of fresh and end; the sides are fitted as the pooled states are."""
    name = c.plan.primary
    pooled = _panel("pooled", c.states.get("early"), c.states.get("late"))
    out = [pooled] if pooled else []
    by_side = any(o.name == name and o.by_side for o in OUTCOMES)
    for side in SIDES if by_side and pooled else ():
        fits = [_state(c, side, state) for state in ("early", "late")]
        panel = _panel(side, *fits)
        if panel is not None:
            out.append(panel)
    return tuple(out)


def _state(c: Comparison, side: str, state: str) -> Effect:
    name = c.plan.primary
    matters, better = c.plan.change_that_matters(name), c.plan.wanted(name)
    return change(
        c.entries, name, matters, better, c.pace_mps, key=side, state=state, cadence=False
    )


def _panel(key: str, early: Effect | None, late: Effect | None) -> FreshTired | None:
    levels = [
        _estimate(getattr(e, phase)) if e is not None else None
        for phase in ("before", "after")
        for e in (early, late)
    ]
    known = [v for v in levels if v is not None]
    if len(known) < len(levels):
        return None
    a, b, d, e = known
    return FreshTired(key, (a, b), (d, e), b.value - a.value, e.value - d.value)


def _curves(c: Comparison) -> tuple[StanceChange, ...]:
    return tuple(
        StanceChange(k.name, k.side, k.before, k.after, -k.band, k.band, tuple(k.spans))
        for k in c.curves
    )


# ------------------------------------------------------------------------------------- in words
def _goes_with(a: Association) -> GoesWith:
    what = {"pace": "Pace", "cadence": "Cadence"}.get(a.what, "")
    told = f"{what}, {a.contrast}" if what and a.contrast else what or a.contrast
    estimate = None
    if a.estimate is not None:
        estimate = Estimate(a.estimate, a.ci_low, a.ci_high)
    why = a.why or ""
    verdict = {"goes_with": "goes_with", "not_shown": "inconclusive"}.get(a.verdict, a.verdict)
    return GoesWith(told[:1].upper() + told[1:], estimate, verdict, why)


COLUMNS: Final = {"pace": "pace", "cadence": "cadence", "wash_in": "settling in"}


def _method(c: Comparison) -> str:
    """What was computed, in one paragraph."""
    primary = c.primary
    columns = [COLUMNS.get(n, n.replace("_", " ")) for n in primary.covariates]
    parts = [
        "One run, one value, whatever its number of steps; generalised least squares with phase"
        + (f", {', '.join(columns)}" if columns else ""),
        "neighbouring runs may be alike (AR(1))",
        "each run weighs by its own error and by the scatter between runs",
    ]
    if primary.between_sd is not None:
        parts.append(f"scatter between runs {fixed(primary.between_sd, 2)} (SD)")
    text = "; ".join(parts) + "."
    weeks = c.plan.wash_in_weeks
    if c.plan.block_start is not None and weeks > 0:
        first = "week" if weeks == 1 else f"{weeks:g} weeks"
        text += f" Runs in the first {first} of the block belong to neither phase."
    return text + _drawn(c.random_start)


def _drawn(random: RandomStart | None) -> str:
    """The randomised-start test in one sentence, or why there is none though the plan asks."""
    if random is None:
        return ""
    if random.p is None or random.smallest is None:
        return f" Randomised start of the block: not tested, {random.why_not}."
    told = p_value(random.p)
    return (
        f" Randomised start of the block: {told} (with these days and runs at least "
        f"{fixed(random.smallest, 2)})."
    )
