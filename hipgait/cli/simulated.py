"""``record --simulate``: the simulator's runner wears virtual sensors; everything else is real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hipgait.ble.profiles import load
from hipgait.ble.radio import Radio
from hipgait.ble.recorder import HostClocks
from hipgait.cli.asked import Asked
from hipgait.errors import MissingExtraError

if TYPE_CHECKING:
    from hipgait.ble.virtual.body import Body
    from hipgait.cli.record import Job

PROFILE: Final = "hipgait-open"
PLACES: Final = ("pelvis", "left_shank", "right_shank")
LONGEST_S: Final = 3600.0
"""The runner runs so long at most, and then stands."""
PROTOCOL_S: Final = 64.0
"""Standing, bows, kicks, jumps, and standing at the end; shorter runs only stand first."""
SEED: Final = 7


class _LoopClocks(HostClocks):
    """The loop's time, which may run faster than the host's."""

    def __init__(self) -> None:
        self._zero = super().utc_ns() - self.monotonic_ns()

    def monotonic_ns(self) -> int:
        return round(1e9 * asyncio.get_running_loop().time())

    def utc_ns(self) -> int:
        return self._zero + self.monotonic_ns()


def record_simulated(job: Job, *, fast: bool) -> dict[str, Any]:
    """Record three virtual sensors, with the clock errors and losses of real ones.

    fast : time passes as quickly as the computer can.

    Raises
    ------
    MissingExtraError : the virtual radio is not installed.
    """
    try:
        from hipgait.ble.virtual import loop
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "bumble", "virtual") from None
    return loop.run(_record(job)) if fast else asyncio.run(_record(job))


async def _record(job: Job) -> dict[str, Any]:
    async with virtual_sensors(job.duration or LONGEST_S) as worn:
        job.asked = worn.asked
        return await job.run(worn.radio, worn.clocks)


@dataclass(frozen=True)
class Worn:
    """Virtual sensors on a runner, and how they are reached."""

    asked: tuple[Asked, ...]
    radio: Radio
    clocks: HostClocks


@asynccontextmanager
async def virtual_sensors(seconds: float) -> AsyncIterator[Worn]:
    """Three sensors on the simulator's runner, who runs for so long.

    Raises
    ------
    MissingExtraError : the virtual radio is not installed.
    """
    try:
        from hipgait.ble.virtual.rig import Rig
        from hipgait.ble.virtual.settings import DeviceClock, Faults, VirtualSensor
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "bumble", "virtual") from None
    profile = load(PROFILE).profile
    specs = [
        VirtualSensor(
            profile=profile,
            placement=place,
            name=f"hipgait {place}",
            address=f"C0:00:00:00:00:{number:02X}",
            clock=DeviceClock(ppm=ppm, offset_s=offset),
            faults=Faults(loss=0.002),
            seed=number,
        )
        for number, (place, ppm, offset) in enumerate(
            zip(PLACES, (18.0, -31.0, 44.0), (12.0, 340.0, 7.0), strict=True), start=1
        )
    ]
    async with Rig(specs, _bodies(seconds).__getitem__) as rig:
        asked = tuple(Asked(s.placement, s.address, PROFILE) for s in specs)
        yield Worn(asked, Radio(rig.client, rig.scanner), _LoopClocks())


def _bodies(seconds: float) -> dict[str, Body]:
    """What each sensor measures: the protocol, then running until the end."""
    import numpy as np

    from hipgait.ble.virtual.body import Runner
    from hipgait.simulate.body import RunnerSettings, protocol_then_run, standing_then_run
    from hipgait.simulate.runner import simulate_motion
    from hipgait.simulate.sensors import SensorSettings, random_mounting

    schedule = (
        protocol_then_run(seconds - PROTOCOL_S)
        if seconds > 3 * PROTOCOL_S
        else standing_then_run(max(seconds, 5.0), 8.0)
    )
    motion = simulate_motion(RunnerSettings(schedule=schedule), seed=SEED)
    settings = SensorSettings.consumer()
    rng = np.random.default_rng(SEED)
    return {
        place: Runner(motion, place, settings, seed=SEED + i, mounting=random_mounting(rng))
        for i, place in enumerate(PLACES)
    }
