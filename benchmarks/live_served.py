"""The process that ``live_page.py`` measures: ``python benchmarks/live_served.py FOLDER``.

Recorder, capture, engine and page are those of ``hipgait live``; only the radio is not there. The
notifications of ``FOLDER/air.mcap`` are handed to the links when they are due, so no simulation
costs anything here (of bleak and BlueZ nothing is measured either). Prints the address. SIGTERM
stops the run as the button does; then ``FOLDER/told.json`` says which stance was in which state.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
import time
from array import array
from collections import deque
from pathlib import Path

from hipgait.ble.link import Link, Phase, Sensor
from hipgait.ble.profiles import parse, settle
from hipgait.ble.radio import Radio
from hipgait.io.capture_read import Capture, read_capture
from hipgait.live.conductor import Conductor
from hipgait.live.engine import LiveStance
from hipgait.live.recording_source import RecordingSource
from hipgait.live.session import LiveSession
from hipgait.live.source import Block
from hipgait.live.web.server import Server

ARRIVALS = 600
"""Packets that are remembered, of each sensor: a stance is told for good within 10 s."""
NUMBER = "pelvic_drop_excursion_deg"


class Fed(Link):
    """A link whose notifications come from a capture, at the moments at which they came then."""

    packets: list[tuple[int, str, bytes]]
    began_ns: int

    async def run(self, stop: asyncio.Event) -> None:
        """Until they are over, then silence."""
        self.health.phase, self.health.streams, self.health.segment = Phase.STREAMING, 1, 0
        self._tell("connected", segment=0, rssi_dbm=-55, mtu=247)
        for at, char, data in self.packets:
            wait = 1e-9 * (self.began_ns + at - time.monotonic_ns())
            if wait > 0.0:
                await asyncio.sleep(wait)
            if stop.is_set():
                break
            self._receive(char, time.monotonic_ns(), data)
        await stop.wait()
        self.health.phase = Phase.STOPPED


def fed_source(air: Capture, path: Path) -> RecordingSource:
    """A recording of what a capture holds."""
    sensors = []
    for place, header in air.header.sensors.items():
        profile = parse(header.profile_text, place)
        options = settle(profile, header.options)
        sensors.append(Sensor(place, header.address, profile, header.profile_text, options))
    source = RecordingSource(sensors, path, Radio())
    zero = min(int(channel.arrival_ns[0]) for channel in air.raw.values())
    began = time.monotonic_ns() + 500_000_000
    for link in source.recorder.links.values():
        link.__class__ = Fed
        link.began_ns = began
        link.packets = [
            (int(at) - zero, char, data)
            for (place, char), channel in air.raw.items()
            if place == link.sensor.placement
            for at, data in zip(channel.arrival_ns.tolist(), channel.payloads, strict=True)
        ]
    return source


class Noted(LiveSession):
    """Notes what became known when. Nothing else is different."""

    notes: dict[str, array[float]] | None = None

    def begin_notes(self) -> None:
        self.notes = {name: array("d") for name in ("number", "ic", "tc", "left", "latency")}
        self.states = {name: array("d") for name in ("number", "stance", "arrived", "published")}
        self._came = {p: deque[tuple[float, float]](maxlen=ARRIVALS) for p in self._engine.rings}
        self._first: dict[int, tuple[int, float]] = {}
        take, arrived = self._picture.take, self._picture.arrived

        def took(told: list[LiveStance], now_s: float) -> object:
            out = take(told, now_s)
            for stance in told:
                self._note(stance, now_s)
            return out

        def came(block: Block) -> None:
            arrived(block)
            self._came[block.placement].append((float(block.time_s[-1]), block.arrival_s))

        self._picture.take, self._picture.arrived = took, came  # type: ignore[method-assign]

    def _note(self, stance: LiveStance, now_s: float) -> None:
        if stance.columns.get(NUMBER) == stance.columns.get(NUMBER, float("nan")):
            self._first.setdefault(stance.number, (self._picture._number + 1, time.time()))
        if not stance.final:
            return
        assert self.notes is not None
        values = (stance.number, stance.ic_s, stance.tc_s, stance.side == "left")
        for name, value in zip(("number", "ic", "tc", "left"), values, strict=True):
            self.notes[name].append(value)
        first = self._first.pop(stance.number, None)
        packets = [[at for last, at in c if last >= stance.tc_s][:1] for c in self._came.values()]
        if first is None or not all(packets):
            return
        ago = self.source.now_s() - max(at[0] for at in packets)
        row = (first[0], stance.number, time.time() - ago, first[1])
        for name, value in zip(self.states, row, strict=True):
            self.states[name].append(value)

    def told(self) -> dict[str, list[float]]:
        """All of it."""
        assert self.notes is not None
        return {
            k: list(v)
            for k, v in {**self.notes, **{"s_" + k: v for k, v in self.states.items()}}.items()
        }


def threads() -> dict[str, float]:
    """Processor seconds of each thread, by its name."""
    out: dict[str, float] = {}
    for thread in threading.enumerate():
        text = Path(f"/proc/self/task/{thread.native_id}/stat").read_text("ascii")
        ticks = text.rpartition(")")[2].split()
        out[thread.name] = out.get(thread.name, 0.0) + (int(ticks[11]) + int(ticks[12])) / 100.0
    return out


async def main(folder: Path) -> None:
    """Until told to stop."""
    from hipgait.live import conductor as module

    sessions: list[Noted] = []

    class Kept(Noted):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[arg-type]
            self.begin_notes()
            sessions.append(self)

    module.LiveSession = Kept  # type: ignore[misc]
    conductor = Conductor(analyser=lambda capture: (None, ()))
    source = fed_source(read_capture(folder / "air.mcap"), folder / "run.mcap")
    server = Server(conductor)
    server.start()
    print(server.address, flush=True)
    conductor.begin(source)
    used: dict[str, float] = {}

    def over() -> None:
        used.update(threads())
        conductor.stop()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over)
    ended = await conductor.conduct()
    failure = sessions[0].failure
    told = {**sessions[0].told(), "threads": used, "trouble": ended.trouble or str(failure or "")}
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
    server.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
