"""What recording costs the host: our part of a core, and whether anything is lost in real time.

Both runs have the virtual radio in the same process. Its own cost is taken off by a control run:
the same sensors and links, where the notifications are thrown away in place of written, decoded
and counted.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from pathlib import Path

from hipgait.ble.link import Sensor
from hipgait.ble.profiles import load, settle
from hipgait.ble.radio import Radio
from hipgait.ble.recorder import Recorder
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import VirtualSensor
from hipgait.io.capture_read import read_capture
from hipgait.names import PLACEMENTS

PROFILE = "hipgait-open"


class Deaf(Recorder):
    """Receives, and does nothing with it."""

    def raw(self, placement: str, char: str, arrival_ns: int, data: bytes) -> None:
        """Thrown away."""

    def _tick(self, look: object) -> None:
        """Nothing to decode."""


def cpu_s() -> float:
    """Processor time of this process with its threads, s."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def stream(
    kind: type[Recorder], sensors: int, rate_hz: int, seconds: float, path: Path
) -> tuple[float, float, int, int]:
    """Share of a core, notifications a second, how many of those delivered are not in the file, and
    how many the virtual sensors could not get rid of in time.
    """
    loaded = load(PROFILE)
    options = settle(loaded.profile, {"rate_hz": rate_hz, "batch": 1})
    specs = [
        VirtualSensor(profile=loaded.profile, placement=p, address=f"C0:00:00:00:00:{i:02X}")
        for i, p in enumerate(PLACEMENTS[:sensors])
    ]
    asked = [Sensor(s.placement, s.address, loaded.profile, loaded.text, options) for s in specs]
    async with Rig(specs) as rig:
        recorder = kind(asked, path, Radio(rig.client, rig.scanner))
        stop = asyncio.Event()
        running = asyncio.ensure_future(recorder.run(stop))
        while not recorder.streaming:
            await asyncio.sleep(0.05)
        before = sum(link.health.notifications for link in recorder.links.values())
        began, used = time.monotonic(), cpu_s()
        await asyncio.sleep(seconds)
        took = time.monotonic() - began
        share = (cpu_s() - used) / took
        after = sum(link.health.notifications for link in recorder.links.values())
        came = (after - before) / took
        stop.set()
        await running
        await asyncio.sleep(0.2)
        truth = {s.placement: rig.sensors[s.address].truth for s in specs}
    if kind is Deaf:
        return share, came, 0, 0
    raw = read_capture(path).raw
    lost = late = 0
    for placement, told in truth.items():
        sent = told.payloads("data")
        lost += len(sent) - len(raw[placement, "data"].payloads)
        late += sum(fate == "overflow" for _, fate, _ in told.packets)
    return share, came, lost, late


def measure(seconds: float = 20.0) -> None:
    """Print both figures."""
    print("| what | share of a core | radio alone | ours | lost | not sent |")
    print("|---|---|---|---|---|---|")
    for sensors, rate in ((3, 200), (7, 60)):
        shares = {}
        for kind in (Deaf, Recorder):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "run.mcap"
                shares[kind], came, lost, late = asyncio.run(
                    stream(kind, sensors, rate, seconds, path)
                )
        with_us, alone = shares[Recorder], shares[Deaf]
        print(
            f"| {sensors} sensors, {came:.0f} notifications/s in all | {100 * with_us:.1f} % | "
            f"{100 * alone:.1f} % | {100 * (with_us - alone):.1f} % | {lost} | {late} |",
            flush=True,
        )
