"""The standard check run: once a month 10 min in the same shoe, at the same pace, on one surface.

It is recognised among analysed runs by what run.json says of them, and compared with those before
it. With four or more of them a new run is set against the interval in which 95 % of such runs would
lie if nothing had changed (prediction interval of a normal sample, Student's t).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hipgait.io.identity import local_start, recording_id
from hipgait.names import OUTCOMES
from hipgait.stats.repeatability import sem_mdc95

T = TypeVar("T")
LENGTH_S: Final = (480.0, 780.0)
"""running time of a check run, s: 10 min with 2 to 3 min to spare (our proposal)"""
SPEED_SHARE: Final = 0.05
"""how far the speed may be from that of the latest one, share (our proposal)"""
LEAST: Final = 4
"""runs before it from which an interval is given; fewer in a phase are too few everywhere"""
CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class CheckRun:
    """One recognised run. values : outcome -> pooled mean in the printed unit."""

    name: str
    day: dt.date
    shoe: str
    surface: str
    speed_mps: float
    values: dict[str, float]


@dataclass(frozen=True)
class CheckChange:
    """One outcome of the latest check run against those before it.

    low, high : where a run like those before would lie; None with fewer than four of them.
    verdict : too_few_runs | as_before | changed | beyond_usual (outside, but too small to matter).
    """

    outcome: str
    latest: float
    before: tuple[float, ...]
    change: float
    low: float | None
    high: float | None
    matters: float
    verdict: str


def as_check_run(run: Mapping[str, Any]) -> CheckRun | None:
    """A run.json as a check run; None where it is none, or shoe, surface or speed is unknown."""
    info, quality = run.get("info") or {}, run.get("quality") or {}
    whole = quality.get("whole_s")
    speed = info.get("speed_mps") or (quality.get("speed") or {}).get("mps")
    shoe, surface, start = info.get("shoe"), info.get("surface"), local_start(run)
    if not (whole and speed and shoe and surface and start) or quality.get("withdrawn"):
        return None
    if not LENGTH_S[0] <= whole[1] - whole[0] <= LENGTH_S[1]:
        return None
    values = {}
    for outcome in OUTCOMES:
        pooled = ((run.get("summary") or {}).get(outcome.name) or {}).get("pooled") or {}
        mean = pooled.get("mean")
        if mean is not None and math.isfinite(mean):
            values[outcome.name] = float(mean)
    day = dt.datetime.fromisoformat(start).date()
    name = str(run.get("name", ""))
    return CheckRun(name, day, _plain(shoe), _plain(surface), float(speed), values)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def once(found: Iterable[T], document: Callable[[T], Mapping[str, Any]]) -> list[T]:
    """Each recording once, by the digests of its signals: the last of its analyses.

    A corrected run.toml makes no other recording.
    """
    seen: dict[str, T] = {}
    for i, one in enumerate(found):
        inputs = document(one).get("inputs")
        files = [f for f in inputs if isinstance(f, dict)] if isinstance(inputs, list) else []
        seen[recording_id(files, otherwise=f"run {i}")] = one
    return list(seen.values())


def find_check_runs(runs: Iterable[Mapping[str, Any]]) -> list[CheckRun]:
    """The latest check run and those before it that are like it, oldest first.

    The same recording analysed twice counts once.
    """
    found = [c for c in map(as_check_run, once(runs, lambda run: run)) if c is not None]
    found.sort(key=lambda c: (c.day, c.name))
    if not found:
        return []
    last = found[-1]
    return [
        c
        for c in found
        if (c.shoe, c.surface) == (last.shoe, last.surface)
        and abs(c.speed_mps - last.speed_mps) <= SPEED_SHARE * last.speed_mps
    ]


def compare_check_runs(runs: list[CheckRun]) -> list[CheckChange]:
    """Each outcome of the latest against its predecessors; empty with fewer than two runs."""
    if len(runs) < 2:
        return []
    last = runs[-1]
    found = []
    for outcome in OUTCOMES:
        before = tuple(r.values[outcome.name] for r in runs[:-1] if outcome.name in r.values)
        if outcome.name in last.values and before:
            found.append(_change(outcome.name, last.values[outcome.name], before, outcome.matters))
    return found


def _change(name: str, latest: float, before: tuple[float, ...], matters: float) -> CheckChange:
    n, mean = len(before), math.fsum(before) / len(before)
    change = latest - mean
    if n < LEAST:
        return CheckChange(name, latest, before, change, None, None, matters, "too_few_runs")
    half = sem_mdc95(before, CONFIDENCE)[1]
    outside = abs(change) > half
    verdict = "as_before"
    if outside:
        verdict = "changed" if abs(change) > matters else "beyond_usual"
    return CheckChange(name, latest, before, change, mean - half, mean + half, matters, verdict)
