"""An hour of recording in a process that will be killed: ``an_hour.py CAPTURE TAP REAL_S``.

Three open sensors on the simulated runner, recorded by what ``hipgait record`` runs. Time passes as
quickly as it can until REAL_S, from then on no faster than on a clock: a second before a kill is
one for the disk, too. TAP gets every notification that comes from the radio at that moment.
"""

from __future__ import annotations

import struct
import sys
import time
from pathlib import Path

from hipgait.ble.profiles import load
from hipgait.ble.radio import Radio
from hipgait.ble.virtual import loop
from hipgait.ble.virtual.backend import VirtualClient
from hipgait.ble.virtual.body import worn_by
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import Air, DeviceClock, Faults, Outage, VirtualSensor
from hipgait.cli.asked import Asked
from hipgait.cli.record import Job
from hipgait.simulate.body import RunnerSettings, standing_then_run
from hipgait.simulate.motion import Motion
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings
from tests.ble.sending import RigClocks

HOUR_S, STAND_S, SEED = 3600.0, 15.0, 11
HEAD = struct.Struct("<BqH")
PPM = {"pelvis": 50.0, "left_shank": -50.0, "right_shank": 15.0}
OFFSET_S = {"pelvis": 2.0**32 / 1e6 - 1500.0, "left_shank": 77.0, "right_shank": 400.0}
"""the clock of the first wraps after 25 min"""
GONE = (Outage(at_s=900.0, for_s=20.0), Outage(at_s=2300.0, for_s=60.0))
"""of the left shank"""


def specs() -> list[VirtualSensor]:
    """The sensors."""
    return [
        VirtualSensor(
            profile=load("hipgait-open").profile,
            placement=place,
            name=f"hipgait {place}",
            address=f"C0:00:00:00:00:0{i}",
            clock=DeviceClock(ppm=PPM[place], offset_s=OFFSET_S[place]),
            air=Air(missed=0.02, supervision_s=6.0),
            faults=Faults(loss=0.002, outages=GONE if place == "left_shank" else ()),
            seed=i,
        )
        for i, place in enumerate(PPM, start=1)
    ]


def motion() -> Motion:
    """The runner's, from the start of the rig."""
    schedule = standing_then_run(HOUR_S - STAND_S, STAND_S)
    return simulate_motion(RunnerSettings(schedule=schedule), seed=SEED)


def tap(path: Path) -> None:
    """Write down each notification as the radio hands it to a client, before anybody else."""
    places = {spec.address: spec.placement.encode() for spec in specs()}
    out = path.open("wb", buffering=0)
    notified = VirtualClient.notified

    def told(self: VirtualClient, char: int, value: bytes) -> None:
        place = places[self.address]
        out.write(HEAD.pack(len(place), loop.monotonic_ns(), len(value)) + place + value)
        notified(self, char, value)

    VirtualClient.notified = told


def slow_down(after_s: float) -> None:
    """From then on a second takes a second at least."""
    quick = loop._JumpingSelector.select

    def select(self: loop._JumpingSelector, timeout: float | None = None) -> list:
        if timeout is not None and timeout > 0 and self.now > after_s:
            time.sleep(timeout)
        return quick(self, timeout)

    loop._JumpingSelector.select = select


async def main(capture: Path) -> None:
    """Record."""
    async with Rig(specs(), worn_by(motion(), SensorSettings.consumer(), SEED)) as rig:
        asked = tuple(Asked(s.placement, s.address, None) for s in specs())
        job = Job(asked, (), capture, HOUR_S + 600.0, False, None, False)
        await job.run(Radio(rig.client, rig.scanner), RigClocks())


if __name__ == "__main__":
    tap(Path(sys.argv[2]))
    slow_down(loop.START_S + float(sys.argv[3]))
    loop.run(main(Path(sys.argv[1])))
