"""Recordings of virtual sensors on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hipgait.ble.link import Sensor
from hipgait.ble.profiles import load, settle
from hipgait.ble.radio import Radio
from hipgait.ble.recorder import Recorder, Status
from hipgait.ble.virtual.body import BodyOf
from hipgait.ble.virtual.loop import monotonic_ns, run
from hipgait.ble.virtual.peripheral import Peripheral
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import VirtualSensor

EPOCH_NS = 1_780_000_000_000_000_000


class RigClocks:
    """The rig's time as the host's."""

    def monotonic_ns(self) -> int:
        """Of the running loop."""
        return monotonic_ns()

    def utc_ns(self) -> int:
        """The same with another zero."""
        return EPOCH_NS + monotonic_ns()


@dataclass
class Recorded:
    """path : capture.  sensors : placement -> what really happened.  statuses : one a tick."""

    path: Path
    sensors: dict[str, Peripheral]
    recorder: Recorder
    statuses: list[Status]
    error: Exception | None = None


Meddle = Callable[[Rig, Recorder, asyncio.Event], Any]
"""Something that happens beside the recording; a coroutine."""


def asked_for(spec: VirtualSensor, **options: Any) -> Sensor:
    """The sensor as a user names it."""
    loaded = load(spec.profile.id)
    return Sensor(
        spec.placement, spec.address, loaded.profile, loaded.text, settle(loaded.profile, options)
    )


def record(
    folder: Path,
    specs: Sequence[VirtualSensor],
    seconds: float,
    *,
    body_of: BodyOf | None = None,
    meddle: Meddle | None = None,
    sensors: Sequence[Sensor] | None = None,
) -> Recorded:
    """Record virtual sensors for a while, from the first moment at which all stream."""

    async def main() -> Recorded:
        async with Rig(specs, body_of) as rig:
            radio = Radio(rig.client, rig.scanner)
            recorder = Recorder(
                sensors or [asked_for(s) for s in specs],
                folder / "run.mcap",
                radio,
                clocks=RigClocks(),
            )
            stop, statuses = asyncio.Event(), []

            async def end() -> None:
                while not recorder.streaming:
                    await asyncio.sleep(0.05)
                await asyncio.sleep(seconds)
                stop.set()

            beside = [asyncio.ensure_future(end())]
            if meddle is not None:
                beside.append(asyncio.ensure_future(meddle(rig, recorder, stop)))
            error = None
            try:
                await recorder.run(stop, statuses.append)
            except Exception as raised:
                error = raised
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await asyncio.sleep(1.0)  # what is under way arrives, where it can
            by_placement = {s.placement: rig.sensors[s.address] for s in specs}
            return Recorded(recorder.path, by_placement, recorder, statuses, error)

    return run(main())
