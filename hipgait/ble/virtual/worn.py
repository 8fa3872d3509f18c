"""The rig of ``--simulate``: three open sensors on the simulator's runner, with clock errors and
losses of real ones.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hipgait.ble.link import Sensor
from hipgait.ble.profiles import Loaded, load, settle
from hipgait.ble.virtual.body import Body, Runner
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import DeviceClock, Faults, VirtualSensor
from hipgait.simulate.body import RunnerSettings, protocol_then_run, standing_then_run
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, random_mounting

PROFILE: Final = "hipgait-open"
PLACES: Final = ("pelvis", "left_shank", "right_shank")
LONGEST_S: Final = 3600.0
"""The runner runs so long at most, and then stands."""
PROTOCOL_S: Final = 64.0
"""Standing, bows, kicks, jumps, and standing at the end; shorter runs only stand first."""
SEED: Final = 7


def specs(loss: float = 0.002) -> list[VirtualSensor]:
    """The three sensors. loss : share of notifications that never arrive."""
    clocks = zip(PLACES, (18.0, -31.0, 44.0), (12.0, 340.0, 7.0), strict=True)
    return [
        VirtualSensor(
            profile=load(PROFILE).profile,
            placement=place,
            name=f"hipgait {place}",
            address=f"C0:00:00:00:00:{number:02X}",
            clock=DeviceClock(ppm=ppm, offset_s=offset),
            faults=Faults(loss=loss),
            seed=number,
        )
        for number, (place, ppm, offset) in enumerate(clocks, start=1)
    ]


def sensors(chosen: list[VirtualSensor]) -> list[Sensor]:
    """What a recorder needs to know of them."""
    loaded: Loaded = load(PROFILE)
    options = settle(loaded.profile, {})
    return [
        Sensor(s.placement, s.address, loaded.profile, loaded.text, options, s.name) for s in chosen
    ]


def bodies(seconds: float | None, protocol: bool = True) -> dict[str, Body]:
    """What each sensor measures: the protocol, then running until the end.

    seconds : of all; None: as long as possible.  protocol : False: only standing first.
    """
    lasts = seconds or LONGEST_S
    schedule = (
        protocol_then_run(lasts - PROTOCOL_S)
        if protocol and lasts > 3 * PROTOCOL_S
        else standing_then_run(max(lasts, 5.0), 8.0)
    )
    motion = simulate_motion(RunnerSettings(schedule=schedule), seed=SEED)
    settings = SensorSettings.consumer()
    rng = np.random.default_rng(SEED)
    return {
        place: Runner(motion, place, settings, seed=SEED + i, mounting=random_mounting(rng))
        for i, place in enumerate(PLACES)
    }


def rig(chosen: list[VirtualSensor], worn: dict[str, Body]) -> Rig:
    """The sensors within reach: ``async with rig(...) as r``."""
    return Rig(chosen, worn.__getitem__)
