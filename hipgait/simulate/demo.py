"""The tiring runner of ``hipgait demo``: half an hour, three consumer sensors, known truth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hipgait.recording import Recording
from hipgait.simulate.body import Fatigue, RunnerSettings, protocol_then_run
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, simulate_recording

if TYPE_CHECKING:
    import pandas as pd

RUN_S: Final = 1800.0
"""Running after the recording protocol, s."""

DEMO_RUNNER: Final = RunnerSettings(
    fatigue=Fatigue(
        course="hinge",  # fresh for the first part, then worse to the end
        hinge=0.45,
        drop_excursion_deg=(2.0, 1.7),
        lean_deg=(1.3, 0.2),
        cadence_spm=-4.0,
        contact_ms=9.0,
        impact_g=0.8,
    ),
    path="out_and_back",
    lap_m=1200.0,
    schedule=protocol_then_run(RUN_S),
)
"""Drops the pelvis more on both sides as it tires; only the left shank leans in."""


def demo_recording() -> tuple[Recording, pd.DataFrame]:
    """What the sensors recorded, and the truth: one row a stance with the stride table's names."""
    motion = simulate_motion(DEMO_RUNNER, seed=7)
    recording = simulate_recording(
        motion, SensorSettings.consumer(soft_tissue=True), rate_hz=200.0, seed=7
    )
    return replace(recording, name="demo"), motion.truth()
