"""A simulated runner with known truth."""

from __future__ import annotations

import numpy as np

from hipgait.simulate.body import (
    Fatigue,
    RunnerSettings,
    Segment,
    SideSettings,
    protocol_then_run,
    random_runner,
    standing_then_run,
)
from hipgait.simulate.gait import step_values
from hipgait.simulate.impacts import leg_impacts
from hipgait.simulate.legs import leg_curves
from hipgait.simulate.motion import Kinematics, Motion, sensor_point
from hipgait.simulate.pelvis import pelvis_angles, pelvis_place
from hipgait.simulate.schedule import make_plan

__all__ = [
    "Fatigue",
    "Kinematics",
    "Motion",
    "RunnerSettings",
    "Segment",
    "SideSettings",
    "protocol_then_run",
    "random_runner",
    "sensor_point",
    "simulate_motion",
    "standing_then_run",
]


def simulate_motion(settings: RunnerSettings, seed: int = 0) -> Motion:
    """Move a runner through the schedule.

    Parameters
    ----------
    settings : the runner and what the runner does.
    seed : the same seed gives the same motion.
    """
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(6)]
    plan = make_plan(settings, streams[0])
    values = step_values(settings, plan.steps, streams[1])
    place = pelvis_place(settings, plan, values, streams[2])
    angles = pelvis_angles(settings, plan, values, streams[3])
    legs = {
        sigma: leg_curves(settings, plan, values, place, angles, sigma, streams[4 + (sigma > 0)])
        for sigma in (-1, 1)
    }
    impacts = {sigma: leg_impacts(settings, plan, values, sigma) for sigma in (-1, 1)}
    assert plan.path is not None
    return Motion(settings, seed, plan, values, plan.path, place, angles, legs, impacts)
