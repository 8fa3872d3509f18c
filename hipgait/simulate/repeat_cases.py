"""Sessions of short repeats with known truth, and runs that are none: what the rule is tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hipgait.errors import SettingsError
from hipgait.simulate.body import Fatigue, RunnerSettings, Segment, random_runner

RECOVERIES: Final = ("stand", "walk", "jog")
STEADY_KINDS: Final = (
    "steady",
    "tiring",
    "walking breaks",
    "traffic lights",
    "pyramid",
    "run-walk",
)
KINDS: Final = ("recreational", "fast", "slow", "soft")
JOG_SHARE: Final = 0.85
"""pace of a jogged recovery against the easy pace"""


@dataclass(frozen=True)
class RepeatCase:
    """A runner on a schedule. repeats : (start, end) of each fast part, s; empty for none."""

    runner: RunnerSettings
    repeats: tuple[tuple[float, float], ...]


def intervals(
    work_s: Sequence[float],
    rest_s: float,
    work_mps: float,
    *,
    rest: str = "walk",
    rest_mps: float | None = None,
    warm_up_s: float = 0.0,
    cool_down_s: float = 0.0,
    stand_s: float = 15.0,
) -> tuple[Segment, ...]:
    """Stand, warm up, repeats with recoveries between them, cool down, stand.

    Parameters
    ----------
    work_s : length of each repeat, s.
    rest_s, rest : length (s) and kind of each recovery, one of RECOVERIES.
    work_mps, rest_mps : pace of the repeats, and of recoveries on foot (None: the runner's own).
    warm_up_s, cool_down_s : easy running before and after; a recovery lies on either side of it.
    """
    if rest not in RECOVERIES:
        raise SettingsError(f"unknown recovery {rest!r}", f"Use: {', '.join(RECOVERIES)}")
    kind = "run" if rest == "jog" else rest
    pause = Segment(kind, rest_s, None if rest == "stand" else rest_mps)
    parts = [Segment("stand", stand_s)]
    parts += [Segment("run", warm_up_s), pause] if warm_up_s else []
    for k, length in enumerate(work_s):
        parts += [pause] if k else []
        parts.append(Segment("run", length, work_mps))
    parts += [pause, Segment("run", cool_down_s)] if cool_down_s else []
    return (*parts, Segment("stand", stand_s))


def spans(runner: RunnerSettings, faster_than: float) -> tuple[tuple[float, float], ...]:
    """(start, end) of every segment that is run faster than a pace, s."""
    ends = np.cumsum([p.duration_s for p in runner.schedule])
    return tuple(
        (float(end - p.duration_s), float(end))
        for p, end in zip(runner.schedule, ends, strict=True)
        if p.kind == "run" and p.speed_mps is not None and p.speed_mps > faster_than
    )


def _runner(rng: np.random.Generator, number: int) -> RunnerSettings:
    """Any runner; contact shortens with pace (a drawn duty factor would hold it)."""
    return replace(random_runner(rng, KINDS[number % len(KINDS)]), duty_factor=None)


def repeat_case(number: int, rise_deg: float | None = None, tired: float = 1.0) -> RepeatCase:
    """Session ``number``: 4 to 10 repeats of 10 to 40 s, recoveries of 30 to 100 s.

    rise_deg : by how much the drop of both sides grows over the running (None: drawn, 0 to 2).
    """
    rng = np.random.default_rng([2031, number])
    runner = _runner(rng, number)
    easy = runner.speed_mps
    rest = RECOVERIES[number % len(RECOVERIES)]
    slow = {"stand": None, "walk": runner.walk_speed_mps, "jog": JOG_SHARE * easy}[rest]
    fast = min(easy * rng.uniform(1.3, 1.6), 6.5)
    length = rng.uniform(11.0, 39.0)
    count = int(rng.integers(4, 11))
    work = np.clip(length + rng.normal(0.0, 1.0, count), 10.0, 40.0)
    schedule = intervals(
        [float(w) for w in work],
        float(rng.uniform(30.0, 100.0)),
        float(fast),
        rest=rest,
        rest_mps=slow,
        warm_up_s=float(rng.choice([0.0, 90.0, 240.0])),
        cool_down_s=float(rng.choice([0.0, 90.0])),
    )
    rise = float(rng.uniform(0.0, 2.0)) if rise_deg is None else rise_deg
    fatigue = Fatigue(
        drop_excursion_deg=(rise, rise),
        cadence_spm=float(rng.normal(-2.0, 2.0)) * tired,
        contact_ms=float(rng.normal(4.0, 4.0)) * tired,
    )
    runner = replace(runner, schedule=schedule, fatigue=fatigue)
    return RepeatCase(runner, spans(runner, 1.1 * easy))


def steady_case(kind: str, number: int, minutes: float = 12.0) -> RepeatCase:
    """A run that is no session of repeats; kind : one of STEADY_KINDS."""
    if kind not in STEADY_KINDS:
        raise SettingsError(f"unknown run {kind!r}", f"Use: {', '.join(STEADY_KINDS)}")
    rng = np.random.default_rng([2032, STEADY_KINDS.index(kind), number])
    runner = _runner(rng, number)
    path = ("straight", "track", "out_and_back")[number % 3] if kind != "pyramid" else "straight"
    parts = _steady_parts(kind, runner, rng, 60.0 * minutes)
    fatigue = Fatigue()
    if kind == "tiring":
        fatigue = Fatigue(
            course="hinge",
            drop_excursion_deg=(1.8, 1.4),
            cadence_spm=-6.0,
            contact_ms=15.0,
        )
    stand = Segment("stand", 15.0)
    schedule = (stand, *parts, stand)
    lap = 500.0 if path == "out_and_back" else 400.0
    return RepeatCase(replace(runner, schedule=schedule, path=path, lap_m=lap, fatigue=fatigue), ())


def _steady_parts(
    kind: str, runner: RunnerSettings, rng: np.random.Generator, span_s: float
) -> list[Segment]:
    """What is done between the two times of standing."""
    if kind in ("steady", "tiring"):
        return [Segment("run", span_s)]
    if kind == "pyramid":
        steps = runner.speed_mps * np.array([0.85, 1.0, 1.15, 1.3, 1.15, 1.0, 0.85])
        return [Segment("run", span_s / len(steps), float(v)) for v in steps]
    if kind == "run-walk":
        every = float(rng.uniform(100.0, 240.0))
        pair = [Segment("run", every), Segment("walk", 60.0)]
        return [p for _ in range(max(2, round(span_s / (every + 60.0)))) for p in pair]
    pause = "walk" if kind == "walking breaks" else "stand"
    low, high = (90.0, 300.0) if kind == "walking breaks" else (25.0, 200.0)
    parts: list[Segment] = []
    while sum(p.duration_s for p in parts) < span_s:
        parts.append(Segment("run", float(rng.uniform(low, high))))
        parts.append(Segment(pause, float(rng.uniform(10.0, 60.0))))
    return [*parts, Segment("run", 60.0)]
