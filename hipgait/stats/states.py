"""Tired against tired: level at the end, change within the run, level at equal distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from hipgait.recording import FloatArray
from hipgait.settings import FindingsSettings
from hipgait.stats.design import Entry
from hipgait.stats.effects import Effect, change, judged
from hipgait.stats.multiplicity import holm
from hipgait.stats.plan import Plan
from hipgait.stats.run_values import RunValues, at_distance

EQUAL: Final = "equal_distance"
FAMILY: Final = ("early", "late", "drift", EQUAL)
"""States that are compared beside the level; corrected among themselves."""
SHORTEST_SHARE: Final = 0.5
"""Runs shorter than this share of the median run do not set the common distance."""


def with_equal_distance(
    runs: Sequence[RunValues], settings: FindingsSettings
) -> tuple[list[RunValues], dict[str, Any]]:
    """Each run with its values at the distance that all of them reach.

    The stretch ends where the shortest run's analysed part ends (runs below ``SHORTEST_SHARE`` of
    the median do not count) and is as long as the late part of the run report. Without a speed in
    every run it is equal time.
    """
    tracks = [r.track for r in runs if r.track is not None]
    unit = "m" if tracks and all(t.unit == "m" for t in tracks) else "s"
    ends: list[float] = []
    for track in tracks:
        ic = track.frame["ic_s"].to_numpy()
        reached = ic <= track.parts.analysed[1]
        along = track.along if unit == "m" else _seconds(track.along, ic, track.unit)
        ends.append(float(along[reached][-1]) if reached.any() else 0.0)
    if not ends:
        return list(runs), {"unit": unit, "end": None, "length": None, "short": []}
    middle = sorted(ends)[len(ends) // 2]
    end = min(e for e in ends if e >= SHORTEST_SHARE * middle)
    length = min(settings.part_s * (3.0 if unit == "m" else 1.0), end / 3.0)
    out, short = [], []
    for run in runs:
        if run.track is None:
            out.append(run)
            continue
        track = run.track
        if unit == "s" and track.unit == "m":
            ic = track.frame["ic_s"].to_numpy()
            track = replace(track, along=_seconds(track.along, ic, "m"), unit="s")
        moved = replace(run, track=track)
        far_enough = float(track.along[-1]) >= end
        if not far_enough:
            short.append(run.name)
        found = at_distance(moved, end, length) if far_enough else {}
        level = run.values.get("level", {})
        shown = {
            name: {k: v for k, v in keys.items() if k in level[name]}
            for name, keys in found.items()
            if name in level
        }
        out.append(replace(run, values={**run.values, EQUAL: shown}, track=None))
    return out, {"unit": unit, "end": end, "length": length, "short": short}


def _seconds(along: FloatArray, ic: FloatArray, unit: str) -> FloatArray:
    """Time run at each stance; a pause counts as nothing (as ``RunTrack`` has it)."""
    return along if unit == "s" else np.cumsum(np.minimum(np.diff(ic, prepend=ic[0]), 3.0))


def states_of_primary(
    entries: Sequence[Entry], plan: Plan, pace: float | None
) -> dict[str, Effect]:
    """State -> change of the primary outcome; Holm among the states."""
    name = plan.primary
    effects = {
        state: change(
            entries,
            name,
            plan.change_that_matters(name),
            plan.wanted(name),
            pace,
            state=state,
            cadence=False,
        )
        for state in FAMILY
    }
    return corrected(effects)


def corrected(effects: dict[str, Effect]) -> dict[str, Effect]:
    """The family with Holm's p values and matching intervals; untested ones pass through."""
    tested = {k: e.coefficient.p for k, e in effects.items() if e.coefficient is not None}
    if not tested:
        return effects
    found = holm(list(tested.values()))
    out = dict(effects)
    for k, p, alpha in zip(tested, found.p, found.alpha, strict=True):
        out[k] = judged(effects[k], float(alpha), float(p))
    return out
