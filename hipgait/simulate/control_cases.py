"""Control tests of different athletes for the validation: the same number is the same test."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from hipgait.recording import Recording
from hipgait.simulate.body import RunnerSettings, Segment, control_test, random_runner
from hipgait.simulate.motion import Motion
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, simulate_recording
from hipgait.simulate.tasks import TaskSettings

ABOUT: Final = (Segment("walk", 12.0), Segment("stand", 3.0))
"""walking about before and after the test"""


def _task(rng: np.random.Generator) -> TaskSettings:
    return TaskSettings(
        depth_m=float(rng.uniform(0.07, 0.18)),
        lowering_s=float(rng.uniform(1.0, 3.0)),
        bottom_s=float(rng.uniform(0.1, 0.8)),
        lifting_s=float(rng.uniform(0.9, 2.5)),
        rest_s=float(rng.uniform(0.5, 1.5)),
        drop_deg=float(rng.uniform(-1.0, 8.0)),
        lean_deg=float(rng.uniform(-3.0, 12.0)),
        sway_deg=float(rng.uniform(0.1, 0.8)),
    )


def control_case(
    number: int,
    *,
    mount: int = 0,
    rate_hz: float = 100.0,
    sensors: SensorSettings | None = None,
    more_lean_deg: float = 0.0,
    more_drop_deg: float = 0.0,
    hold_s: float = 30.0,
) -> tuple[Recording, Motion]:
    """A control test, with walking before and after it, and its motion (which holds the truth).

    Parameters
    ----------
    number : the athlete and how the movements are done.
    mount : another day: other mounting, sensors' errors, standing sway and sway.
    sensors : consumer sensors without soft tissue by default (nothing lands in a control test).
    more_lean_deg, more_drop_deg : added to both legs.
    """
    rng = np.random.default_rng([number, 4711])
    athlete = random_runner(rng)
    left, right = (
        replace(t, lean_deg=t.lean_deg + more_lean_deg, drop_deg=t.drop_deg + more_drop_deg)
        for t in (_task(rng), _task(rng))
    )
    parts = control_test(left, right, hold_s)
    schedule = (*parts[:4], *ABOUT, *parts[4:], *ABOUT)
    settings: RunnerSettings = replace(athlete, schedule=schedule)
    motion = simulate_motion(settings, seed=1000 * mount + number)
    model = sensors or SensorSettings.consumer()
    recording = simulate_recording(motion, model, rate_hz, seed=1000 * mount + number)
    return recording, motion
