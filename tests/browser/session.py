"""A live session for the browser tests: real server, recorder and engine, virtual sensors.

Learning takes seconds instead of minutes, the runner tires within a minute, and the right shank is
out of reach for some seconds. ``python -m tests.browser.session OUT`` serves until it is told to
stop, and prints the address, then what was asked for.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from hipgait.ble.radio import Radio
from hipgait.ble.virtual import worn
from hipgait.ble.virtual.body import Runner
from hipgait.ble.virtual.settings import Faults, Outage
from hipgait.live import learning, picture
from hipgait.live.conductor import Conductor
from hipgait.live.setup import SetUp
from hipgait.live.source import LiveSource
from hipgait.live.web.server import Server
from hipgait.simulate.body import Fatigue, RunnerSettings, standing_then_run
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, random_mounting

STAND_S = 35.0
RUN_S = 130.0
OUTAGE = Outage(at_s=88.0, for_s=7.0)
HOSTILE = "<img src=x onerror=alert(1)>"
"""What one of the sensors calls itself."""


class Told(Conductor):
    """Says what it was asked for, so that the test can see that it arrived."""

    def begin(self, source: LiveSource) -> None:
        """The set-up is done."""
        print(
            f"begin {self.cue.outcome} {self.cue.margin} {self.cue.kind} {self.cue.week}",
            flush=True,
        )
        super().begin(source)

    def lap(self) -> None:
        """A lap begins."""
        print("lap", flush=True)
        super().lap()

    def pain(self, level: int) -> None:
        """Pain, 0 to 10."""
        print(f"pain {level}", flush=True)
        super().pain(level)


async def serve(out: Path) -> None:
    """Until the page stops the run and a signal ends it all."""
    runner = RunnerSettings(
        schedule=standing_then_run(RUN_S, STAND_S),
        fatigue=Fatigue(drop_excursion_deg=(6.0, 6.0)),
    )
    motion = simulate_motion(runner, seed=3)
    rng = np.random.default_rng(3)
    bodies = {
        place: Runner(
            motion, place, SensorSettings.consumer(), seed=i, mounting=random_mounting(rng)
        )
        for i, place in enumerate(worn.PLACES)
    }
    chosen = [
        replace(s, faults=Faults(outages=(OUTAGE,))) if s.placement == "right_shank" else s
        for s in worn.specs()
    ]
    chosen[0] = replace(chosen[0], name=HOSTILE)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    async with worn.rig(chosen, bodies) as air:
        conductor = Told()
        radio = Radio(air.client, air.scanner)
        setup = SetUp(radio, out / "run.mcap", conductor.begin)
        conductor.offer(setup)
        server = Server(conductor, "127.0.0.1", 0)
        server.start()
        print(server.address, flush=True)
        course = asyncio.ensure_future(conductor.conduct())
        ended = await course
        print(f"ended {ended.report}", flush=True)
        await over.wait()
        server.stop()


if __name__ == "__main__":
    picture.FRESH_S = 12.0  # type: ignore[misc]
    learning.LEARN_AT_S = (0.0, 4.0, 8.0)  # type: ignore[misc]
    asyncio.run(serve(Path(sys.argv[1])))
