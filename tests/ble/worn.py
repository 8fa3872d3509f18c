"""Virtual sensors on the simulator's runner, and what is true of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hipgait.ble.decoding import Sensor
from hipgait.ble.profile import GAIT_HZ, Profile
from hipgait.ble.profiles import load, rate_of, settle, shipped
from hipgait.ble.virtual.body import BodyOf, worn_by
from hipgait.ble.virtual.loop import START_S
from hipgait.ble.virtual.settings import Air, DeviceClock, Faults, VirtualSensor
from hipgait.io.capture_read import Capture
from hipgait.simulate.body import RunnerSettings, standing_then_run
from hipgait.simulate.motion import Motion
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings
from tests.ble.sending import Recorded

Floats = NDArray[np.float64]

PLACES = ("pelvis", "left_shank", "right_shank")
PPM = {"pelvis": 50.0, "left_shank": -50.0, "right_shank": 15.0}
"""of the sensors' clocks: as far apart as the issue has them"""


def fast(profile: Profile) -> bool:
    """Whether it gives enough samples for gait as it is shipped."""
    options = settle(profile, {})
    return any(s.kind == "motion" and rate_of(s, options) >= GAIT_HZ for s in profile.stream)


FAST = tuple(name for name, profile in sorted(shipped().items()) if fast(profile))
CLOCKED = tuple(name for name in FAST if shipped()[name].clock == "device")
UNCLOCKED = tuple(name for name in FAST if name not in CLOCKED)


def three(
    name: str,
    seed: int = 1,
    faults: Mapping[str, Faults] | None = None,
    interval_s: float = 0.015,
    ppm: Mapping[str, float] = PPM,
) -> list[VirtualSensor]:
    """Three sensors with clocks of their own; one event in fifty fails, as radios have it."""
    rng = np.random.default_rng(seed)
    return [
        VirtualSensor(
            profile=load(name).profile,
            placement=place,
            name=place,
            address=f"C0:00:00:00:00:{i + 1:02X}",
            clock=DeviceClock(ppm=ppm[place], offset_s=float(rng.uniform(0, 4000))),
            air=Air(interval_s=interval_s, per_event=12, missed=0.02, supervision_s=6.0),
            faults=(faults or {}).get(place, Faults()),
            seed=10 * seed + i,
        )
        for i, place in enumerate(PLACES)
    ]


@dataclass(frozen=True)
class Worn:
    """A runner. truth : its stances, times of the rig."""

    motion: Motion
    body_of: BodyOf
    truth: pd.DataFrame


@cache
def runner(run_s: float = 40.0, stand_s: float = 8.0, seed: int = 5) -> Worn:
    """Stands, then runs; errors of consumer sensors, each mounted somehow."""
    motion = simulate_motion(RunnerSettings(schedule=standing_then_run(run_s, stand_s)), seed=seed)
    return Worn(motion, worn_by(motion, SensorSettings.consumer(), seed), motion.truth())


def rig_s(capture: Capture) -> float:
    """What takes times of the rig to those of a recording, s."""
    return START_S - capture.header.anchor.monotonic_ns * 1e-9


def error_s(done: Recorded, capture: Capture, sensor: Sensor) -> tuple[Floats, Floats]:
    """(n,) true times of a sensor's accelerations on the recording's clock, and their errors, s.

    Every sample that was delivered must be there, no other, each to the last bit.
    """
    acc = next(s for s in sensor.streams if "acc" in s.stream.channels)
    truth = done.sensors[sensor.placement].truth
    sent = truth.values(acc.stream.id)
    assert acc.timed.keep.all()
    for channel, values in sent.items():
        np.testing.assert_array_equal(acc.channel(channel), values, err_msg=channel)
    true = truth.times(acc.stream.id) + rig_s(capture)
    assert len(true) == len(acc.time_s)
    return true, acc.time_s - true


def apart_s(errors: Mapping[str, tuple[Floats, Floats]]) -> Floats:
    """Distance of the clocks of sensors from that of the pelvis, four times a second, s."""
    begin = max(true[0] for true, _ in errors.values())
    end = min(true[-1] for true, _ in errors.values())
    grid = np.arange(begin, end, 0.25)
    at = {place: np.interp(grid, *pair) for place, pair in errors.items()}
    return np.concatenate([at[p] - at["pelvis"] for p in errors if p != "pelvis"])
