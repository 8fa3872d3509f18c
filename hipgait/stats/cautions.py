"""What a reader of a comparison must know before believing it, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from hipgait.stats.design import AFTER, BEFORE, SAME_PACE, WASH_IN, Entry
from hipgait.stats.effects import Effect
from hipgait.stats.plan import Plan
from hipgait.stats.run_values import RunValues

PLANS: Final = {
    "no plan": "no plan: the question was not fixed beforehand",
    "afterwards": "the plan was written after the first run after the block",
    "undated": "it cannot be told whether the plan was written beforehand: a date is missing",
}
"""When the plan was fixed -> what is said of it."""


def first_after(entries: Sequence[Entry]) -> date | None:
    """Day of the first run after the block."""
    return min((e.day for e in entries if e.phase == AFTER and e.day is not None), default=None)


def cautions(
    entries: Sequence[Entry], runs: Sequence[RunValues], plan: Plan, primary: Effect
) -> list[str]:
    """The cautions of a comparison.

    Parameters
    ----------
    entries : the runs that count.  runs : every run that was given.
    primary : change of the outcome that decides.
    """
    out = []
    athletes = sorted({r.athlete for r in runs if r.athlete})
    if len(athletes) > 1:
        out.append(f"runs of several athletes: {', '.join(athletes)}; compare one athlete's runs")
    fixed = plan.fixed(first_after(entries))
    if fixed in PLANS:
        out.append(PLANS[fixed])
    out += [*_of_dates(entries, runs), *_of_covariates(entries, primary)]
    if any(e.run.pace_estimated for e in entries):
        out.append("the pace of some runs is estimated from the signals")
    washing = sum(e.phase == WASH_IN for e in entries)
    if washing:
        who = "a run" if washing == 1 else f"{washing} runs"
        out.append(f"{who} in the first weeks of the block: shown, not compared")
    return out


def _of_dates(entries: Sequence[Entry], runs: Sequence[RunValues]) -> Iterator[str]:
    undated = sum(r.start is None for r in runs)
    if undated:
        who = "a run has" if undated == 1 else f"{undated} runs have"
        yield f"{who} no date: the order given is taken as that of time"
        return
    days = [(e.phase, e.day) for e in entries if e.day is not None]
    last = max((d for p, d in days if p == BEFORE), default=None)
    first = min((d for p, d in days if p != BEFORE), default=None)
    if last is not None and first is not None and first < last:
        yield "a run after the block is earlier than one before it: check the phases"


def _of_covariates(entries: Sequence[Entry], primary: Effect) -> Iterator[str]:
    """What could not be adjusted for, and a pace that each phase has for itself."""
    for name, why in primary.skipped.items():
        if "phase" in why:
            yield f"{name} {why}"
        elif why != SAME_PACE:
            yield f"{name} is not taken into account ({why}): it may have changed too"
    if "pace" in primary.covariates:
        yield from _of_paces(
            *(
                [e.run.pace_mps for e in entries if e.phase == phase and e.run.pace_mps is not None]
                for phase in (BEFORE, AFTER)
            )
        )


def _of_paces(before: Sequence[float], after: Sequence[float]) -> Iterator[str]:
    """Phases without a common pace (m/s): only the model's straight line joins them."""
    for slow, fast, one, other in (
        (before, after, "after", "before"),
        (after, before, "before", "after"),
    ):
        if max(slow) < min(fast):
            yield (
                f"every run {one} was faster than every run {other}: the change rests on a "
                "straight line drawn through their paces"
            )
