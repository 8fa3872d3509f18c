"""The random cases on which every figure of docs/validation.md is measured.

Thirty cases: runners of several kinds, any mounting (some upside down), straights and bends,
half of them tiring; the same case number is the same runner whatever the sensors and the protocol.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hipgait.errors import SettingsError
from hipgait.recording import Recording
from hipgait.simulate.body import (
    Fatigue,
    RunnerSettings,
    Segment,
    protocol_then_run,
    random_runner,
    standing_then_run,
)
from hipgait.simulate.motion import Motion
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import DESIGN_POINT, SensorSettings, simulate_recording

if TYPE_CHECKING:
    import pandas as pd

N_CASES: Final = 30
PROTOCOLS: Final = ("standing", "movements", "none")


def case_settings(
    i: int, protocol: str = "standing", duration_s: float = 600.0, posture: bool = True
) -> RunnerSettings:
    """Runner of case i with ``duration_s`` of running after the protocol.

    posture : stand as people do (obliquity 1 deg, shank lean 2 deg SD away from neutral), which
    enters every absolute level one to one; False stands neutrally.

    standing : 10 s of standing before and after; movements : the whole protocol; none : the
    recording begins and ends in full run.
    """
    if protocol not in PROTOCOLS:
        raise SettingsError(f"unknown protocol {protocol!r}", f"Use: {', '.join(PROTOCOLS)}")
    rng = np.random.default_rng([2024, i])
    kinds = ("recreational", "fast", "slow", "soft", "recreational")
    s = random_runner(rng, kinds[i % 5])
    sign = rng.choice([-1.0, 1.0], p=[0.25, 0.75])
    fatigue = Fatigue(
        course=str(rng.choice(["linear", "hinge"])),
        hinge=rng.uniform(0.3, 0.6),
        drop_excursion_deg=(sign * rng.uniform(0.5, 2.0), sign * rng.uniform(0.5, 2.0)),
        drop_ic_deg=(rng.normal(0, 0.4), rng.normal(0, 0.4)),
        lean_deg=(sign * rng.uniform(0, 2.0), sign * rng.uniform(0, 2.0)),
        lean_excursion_deg=(rng.normal(0, 0.7), rng.normal(0, 0.7)),
        cadence_spm=rng.normal(-3, 2),
        contact_ms=rng.normal(8, 5),
        impact_g=rng.normal(1, 1),
        tilt_deg=rng.normal(1, 1),
    )
    if not posture:
        s = replace(
            s,
            standing_roll_deg=0.0,
            left=replace(s.left, standing_lean_deg=0.0),
            right=replace(s.right, standing_lean_deg=0.0),
        )
    path = ("straight", "track", "out_and_back")[i % 3]
    clockwise = bool(rng.random() < 0.3)
    if i % 2 == 1:
        s = replace(s, fatigue=fatigue)
    s = replace(s, path=path, clockwise=clockwise, grade_pct=float(rng.choice([0, 0, 0, 2, -2])))
    if path == "out_and_back":
        s = replace(s, lap_m=500.0)
    schedule: tuple[Segment, ...] = {
        "standing": standing_then_run(duration_s, 10.0),
        "movements": protocol_then_run(duration_s, 10.0),
        "none": (Segment("run", duration_s),),
    }[protocol]
    return replace(s, schedule=schedule)


def case_motion(
    i: int, protocol: str = "standing", duration_s: float = 600.0, posture: bool = True
) -> Motion:
    """Motion of case i."""
    return simulate_motion(case_settings(i, protocol, duration_s, posture), seed=1000 + i)


def validation_case(
    i: int,
    soft_tissue: bool = False,
    rate_hz: float = 200.0,
    protocol: str = "standing",
    duration_s: float = 600.0,
    speed_known: bool = True,
    placements: tuple[str, ...] = DESIGN_POINT,
    posture: bool = True,
) -> tuple[Recording, pd.DataFrame]:
    """Recording with the consumer sensor model, and its truth (one row a stance)."""
    motion = case_motion(i, protocol, duration_s, posture)
    recording = simulate_recording(
        motion,
        SensorSettings.consumer(soft_tissue=soft_tissue),
        rate_hz=rate_hz,
        placements=placements,
        seed=5000 + i,
        speed_known=speed_known,
    )
    return replace(recording, name=f"case{i:02d}"), motion.truth()
