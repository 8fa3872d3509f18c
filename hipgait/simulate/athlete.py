"""A simulated athlete: runs before and after a strength block, with a change that is known.

From run to run everything differs that differs in life: the day (true drop), the pace, and the
mounting of every sensor. What the block changed is the same in all runs after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from hipgait.recording import FloatArray, Recording
from hipgait.simulate.body import RunnerSettings, SideSettings, random_runner, standing_then_run
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import (
    DESIGN_POINT,
    SensorSettings,
    random_mounting,
    rotation,
    simulate_recording,
)

FIRST_DAY: Final = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
EVERY: Final = timedelta(days=3)
"""between runs"""
BLOCK: Final = timedelta(weeks=8)
SEED: Final = 20260302


@dataclass(frozen=True, kw_only=True)
class AthleteSettings:
    """What differs between the runs of one athlete. SD unless said otherwise."""

    before: int = 8
    after: int = 8
    change_deg: float = 0.0
    """true change of the drop excursion of both sides after the block"""
    between_run_deg: float = 1.0
    """of the true drop excursion of both sides, from run to run"""
    base_drop_deg: float = 6.5
    """the athlete's drop excursion: large enough that no run of the set comes near 0"""
    roll_deg: float = 3.0
    """re-mounting, about the segment's forward axis"""
    yaw_deg: float = 5.0
    """re-mounting, about the segment's long axis"""
    pace_share: float = 0.04
    """of the pace, as a share of it"""
    run_s: float = 60.0
    stand_s: float = 10.0
    rate_hz: float = 100.0


class AthleteRun(NamedTuple):
    """One run: phase ("before" | "after"), what was recorded, true pooled drop excursion (deg)."""

    phase: str
    recording: Recording
    true_drop_deg: float


def athlete_runs(
    number: int, settings: AthleteSettings | None = None, skip: int = 0
) -> Iterator[AthleteRun]:
    """The runs of athlete ``number``, one by one, in order of time; the first ``skip`` left out.

    The same number is the same athlete with the same days, whatever ``change_deg`` is.
    """
    s = settings or AthleteSettings()
    rng = np.random.default_rng([SEED, number])
    runner = random_runner(rng, "recreational")
    shift = (
        s.base_drop_deg - (runner.left.drop_excursion_deg + runner.right.drop_excursion_deg) / 2.0
    )
    runner = _dropping(runner, shift)
    usual = {p: random_mounting(rng) for p in DESIGN_POINT}
    sensors = SensorSettings.consumer()
    for i in range(s.before + s.after):
        late = i >= s.before
        day = FIRST_DAY + i * EVERY + (BLOCK if late else timedelta())
        today = _dropping(
            runner, s.between_run_deg * rng.standard_normal() + (s.change_deg if late else 0.0)
        )
        pace = runner.speed_mps * (1.0 + s.pace_share * float(np.clip(rng.normal(), -2.0, 2.0)))
        today = replace(today, speed_mps=pace, schedule=standing_then_run(s.run_s, s.stand_s))
        mountings = {p: _again(m, s, rng) for p, m in usual.items()}
        seed = int(rng.integers(2**31))
        if i < skip:
            continue
        motion = simulate_motion(today, seed=seed)
        recording = simulate_recording(
            motion, sensors, s.rate_hz, seed=seed + 1, mountings=mountings
        )
        info = replace(recording.info, start_utc=day)
        name = f"athlete{number:02d}-{i + 1:02d}"
        truth = (today.left.drop_excursion_deg + today.right.drop_excursion_deg) / 2.0
        recording = replace(recording, name=name, info=info)
        yield AthleteRun("after" if late else "before", recording, truth)


def _dropping(runner: RunnerSettings, more_deg: float) -> RunnerSettings:
    def moved(side: SideSettings) -> SideSettings:
        return replace(side, drop_excursion_deg=max(0.5, side.drop_excursion_deg + more_deg))

    return replace(runner, left=moved(runner.left), right=moved(runner.right))


def _again(mounting: FloatArray, s: AthleteSettings, rng: np.random.Generator) -> FloatArray:
    """The usual mounting, strapped on once more."""
    roll, yaw = np.radians([s.roll_deg, s.yaw_deg]) * rng.standard_normal(2)
    return np.asarray(mounting @ rotation([1.0, 0.0, 0.0], roll) @ rotation([0.0, 1.0, 0.0], yaw))
