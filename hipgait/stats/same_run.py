"""One recording that was given twice, under whatever name and date."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from hipgait.errors import InputError
from hipgait.stats.run_values import FEWEST_STANCES, RunValues

SAME_S: Final = 1e-3
"""Landings of two runs that agree to this are those of one recording, s."""


def named_apart(
    before: list[RunValues], after: list[RunValues]
) -> tuple[list[RunValues], list[RunValues]]:
    """The same recording twice is refused; different runs of one name get a number.

    The same samples in other files, or under another date, are known by their steps.
    """
    seen: dict[str, RunValues] = {}
    out: list[RunValues] = []
    for run in (*before, *after):
        for other in seen.values():
            if run.digest and run.digest == other.digest:
                what = "are the same recording"
            elif _same_steps(run, other):
                what = "have the same steps to the millisecond: one recording under two names"
            else:
                continue
            raise InputError(f"{_called(run)} and {_called(other)} {what}", "Give each run once")
        name, i = run.name, 2
        while name in seen:
            name, i = f"{run.name} ({i})", i + 1
        seen[name] = replace(run, name=name)
        out.append(seen[name])
    return out[: len(before)], out[len(before) :]


def _called(run: RunValues) -> str:
    """Its name, with its day where it is known: two copies bear one name."""
    return run.name if run.start is None else f"{run.name} of {run.start.date().isoformat()}"


def _same_steps(run: RunValues, other: RunValues) -> bool:
    """Whether all landings of two runs are equally far apart: no runner does that twice."""
    if run.track is None or other.track is None:
        return False
    a, b = (r.track.frame["ic_s"].to_numpy(dtype=np.float64) for r in (run, other) if r.track)
    alike = len(a) == len(b) >= FEWEST_STANCES
    return alike and float(np.abs((a - a[0]) - (b - b[0])).max()) < SAME_S
