"""One outcome of one athlete over months: every run, the block's phases, what is usual, and gaps.

A trend shows and does not test: whether a block changed something is what ``hipgait compare`` says.
The band around the level before the block is MDC95 = 1.96 sqrt(2) SEM, with the SEM from the
athlete's own runs within their phases, or a published one (``hipgait.stats.reliability``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from hipgait.errors import InputError
from hipgait.library.rows import as_document
from hipgait.library.store import Library
from hipgait.names import OUTCOMES, POOLED, Outcome
from hipgait.stats.design import AFTER, BEFORE, WASH_IN
from hipgait.stats.plan import Plan
from hipgait.stats.reliability import PUBLISHED
from hipgait.stats.repeatability import FEWEST, mdc95, sem_of
from hipgait.strength.check_run import CheckChange, compare_check_runs, find_check_runs

GAP_DAYS: Final = 35
"""Longer without a run is a gap: a month that nothing is known of (our proposal)."""
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True)
class TrendRun:
    """One run. mean : pooled, in the outcome's unit; None with ``why``.

    drift : change over the run.  phase : before | wash_in | after, "" without a block.
    check : whether it is one of the standard check runs that are compared.
    """

    run: int
    name: str
    day: dt.date
    mean: float | None
    sd: float | None
    drift: float | None
    phase: str
    check: bool
    why: str


@dataclass(frozen=True)
class TrendMonth:
    """One month. n : runs with a value; mean of the runs and SD between them, None where n is too
    small (1 and 2)."""

    month: str
    n: int
    mean: float | None
    sd: float | None
    phases: tuple[str, ...]


@dataclass(frozen=True)
class Trend:
    """What is known of one outcome over months.

    months : from the first run to the last, empty ones too.  gaps : (last day, next day).
    level : mean of the runs before the block (of all runs without one).
    sem, mdc95, source : repeatability, and where it is from; None where it is not known.
    beyond : runs after the block further from ``level`` than ``mdc95``, and how many there are.
    undated : runs without a date, which are not in it.
    check : the newest standard check run against those before it.
    """

    outcome: str
    unit: str
    label: str
    athlete: str
    runs: tuple[TrendRun, ...]
    months: tuple[TrendMonth, ...]
    gaps: tuple[tuple[dt.date, dt.date], ...]
    block: tuple[dt.date, dt.date, dt.date | None] | None
    level: float | None
    sem: float | None
    mdc95: float | None
    source: str | None
    beyond: tuple[int, int] | None
    undated: int
    check_runs: int
    check: CheckChange | None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary; days as YYYY-MM-DD."""
        plain: dict[str, Any] = _plain(asdict(self))
        if self.block is not None:
            names = ("start", "wash_in_end", "end")
            plain["block"] = dict(zip(names, plain["block"], strict=True))
        plain["gaps"] = [{"from": a, "to": b} for a, b in plain["gaps"]]
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def outcome_of(name: str) -> Outcome:
    """An outcome by its name. Raises InputError with the known ones."""
    for outcome in OUTCOMES:
        if outcome.name == name:
            return outcome
    raise InputError(f"unknown outcome {name!r}", f"Use: {', '.join(o.name for o in OUTCOMES)}")


def trend_of(
    library: Library, outcome: str, athlete: str | None = None, plan: Plan | None = None
) -> Trend:
    """The trend of one outcome.

    Parameters
    ----------
    athlete : name or id; None where the library holds one athlete only.
    plan : when the block began, how long it and its settling in lasted, which runs to leave out.

    Raises
    ------
    InputError : unknown outcome or athlete.
    """
    asked = outcome_of(outcome)
    who = library.find_athlete(athlete)
    fixed = plan or Plan()
    rows = library.rows(
        "SELECT runs.*, o.mean, o.sd, o.drift, o.verdict FROM runs LEFT JOIN outcomes o "
        "ON o.run = runs.run AND o.outcome = ? AND o.side = ? "
        "WHERE current = 1 AND athlete = ? ORDER BY start_utc, runs.run",
        (outcome, POOLED, who),
    )
    checks, change = _check_runs(library, who, outcome, fixed)
    dated = sorted((r for r in rows if r["start_utc"]), key=_day)
    runs = tuple(_run(r, fixed, checks) for r in dated)
    known = [r for r in runs if r.mean is not None]
    level, sem, source = _repeatability(known, outcome)
    smallest = None if sem is None else mdc95(sem)
    named = library.rows("SELECT name FROM athletes WHERE athlete = ?", (who,))
    return Trend(
        outcome,
        asked.unit,
        asked.label,
        str(named[0]["name"]) if named else "",
        runs,
        _months(runs),
        _gaps(known),
        _block(fixed),
        level,
        sem,
        smallest,
        source,
        _beyond(known, level, smallest),
        len(rows) - len(dated),
        len(checks),
        change,
    )


def _run(row: Any, plan: Plan, checks: set[tuple[str, dt.date]]) -> TrendRun:
    day = _day(row)
    mean, why = row["mean"], ""
    if plan.excludes(row["name"], day):
        mean, why = None, "left out by the plan"
    elif row["withdrawn"] or row["verdict"] == WITHDRAWN:
        mean, why = None, "withdrawn in the run's report"
    elif mean is None:
        why = "not measured"
    return TrendRun(
        row["run"],
        row["name"],
        day,
        mean,
        row["sd"],
        row["drift"] if mean is not None else None,
        _phase(day, plan),
        (row["name"], day) in checks,
        why,
    )


def _day(row: Any) -> dt.date:
    """Day by the runner's clock, as a plan and a comparison count it; by UTC where only that is
    known."""
    return dt.datetime.fromisoformat(row["start_local"] or row["start_utc"]).date()


def _phase(day: dt.date, plan: Plan) -> str:
    if plan.block_start is None:
        return ""
    if plan.in_wash_in(day):
        return WASH_IN
    return BEFORE if day < plan.block_start else AFTER


def _block(plan: Plan) -> tuple[dt.date, dt.date, dt.date | None] | None:
    """Start, end of the settling in, and end of the block."""
    start, weeks = plan.block_start, plan.block_weeks
    if start is None:
        return None
    end = None if weeks is None else start + dt.timedelta(weeks=weeks)
    return start, start + dt.timedelta(weeks=plan.wash_in_weeks), end


def _repeatability(
    runs: Sequence[TrendRun], outcome: str
) -> tuple[float | None, float | None, str | None]:
    """Level before the block, SEM of one run, and its source."""
    phases = {p: [r.mean for r in runs if r.phase == p and r.mean is not None]
              for p in ("", BEFORE, AFTER)}  # fmt: skip
    first = phases[BEFORE] or phases[""]
    level = float(np.mean(first)) if first else None
    groups = [np.array(v) for v in phases.values() if v]
    if sum(map(len, groups)) >= FEWEST and any(len(g) > 1 for g in groups):
        return level, sem_of(groups)[0], "own runs"
    published = PUBLISHED.get(outcome)
    return (level, published.sem, published.source) if published else (level, None, None)


def _beyond(
    runs: Sequence[TrendRun], level: float | None, smallest: float | None
) -> tuple[int, int] | None:
    later = [r.mean for r in runs if r.phase == AFTER and r.mean is not None]
    if level is None or smallest is None or not later:
        return None
    return sum(abs(v - level) > smallest for v in later), len(later)


def _months(runs: Sequence[TrendRun]) -> tuple[TrendMonth, ...]:
    """Every month from the first to the last run."""
    if not runs:
        return ()
    out = []
    year, month = runs[0].day.year, runs[0].day.month
    while (year, month) <= (runs[-1].day.year, runs[-1].day.month):
        mine = [r for r in runs if (r.day.year, r.day.month) == (year, month)]
        values = np.array([r.mean for r in mine if r.mean is not None], dtype=np.float64)
        phases = tuple(dict.fromkeys(r.phase for r in mine if r.phase))
        n = len(values)
        mean = float(values.mean()) if n else None
        sd = float(values.std(ddof=1)) if n > 1 else None
        out.append(TrendMonth(f"{year}-{month:02d}", n, mean, sd, phases))
        year, month = year + month // 12, month % 12 + 1
    return tuple(out)


def _gaps(runs: Sequence[TrendRun]) -> tuple[tuple[dt.date, dt.date], ...]:
    return tuple((a.day, b.day) for a, b in pairwise(runs) if (b.day - a.day).days > GAP_DAYS)


def _check_runs(
    library: Library, athlete: str | None, outcome: str, plan: Plan
) -> tuple[set[tuple[str, dt.date]], CheckChange | None]:
    """Standard check runs like the newest one, and how that compares with those before it.

    A value that has no place in the trend (left out by the plan, withdrawn) has none here.
    """
    rows = library.rows(
        "SELECT * FROM runs WHERE current = 1 AND check_run = 1 AND athlete = ?", (athlete,)
    )
    means = library.rows(
        "SELECT run, mean FROM outcomes JOIN runs USING (run) WHERE current = 1 AND check_run = 1 "
        "AND athlete = ? AND outcome = ? AND side = ? AND mean IS NOT NULL "
        "AND verdict IS NOT ?",
        (athlete, outcome, POOLED, WITHDRAWN),
    )
    of_run = {m["run"]: {outcome: float(m["mean"])} for m in means}
    kept = [r for r in rows if not plan.excludes(r["name"], _day(r))]
    found = find_check_runs(as_document(dict(r), of_run.get(r["run"], {})) for r in kept)
    changes = compare_check_runs(found)
    return {(c.name, c.day) for c in found}, changes[0] if changes else None
