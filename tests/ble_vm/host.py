"""Virtual sensors on the host, on the air of the guest's adapter; what they delivered is logged.

    host.py SOCKET OUT PLAN

PLAN : JSON: sensors (placement -> address); names (how they begin, the placement follows); profile
and options; loss (share); outage, null or {sensor, after_s, for_s}, counted from when all stream.
The adapter's end of the virtual link is a socket that QEMU shows the guest as /dev/hvc0.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from adapter import Adapter, Air
from bumble.transport import open_transport

from hipgait.ble.profiles import load
from hipgait.ble.virtual.body import Waves
from hipgait.ble.virtual.peripheral import Peripheral
from hipgait.ble.virtual.settings import Air as Link
from hipgait.ble.virtual.settings import Faults, Outage, VirtualSensor

SUPERVISION_S = 6.0
"""silence after which a link is given up, as main.conf in guest.sh asks for"""
Plan = dict[str, Any]


class Bluez:
    """What a `Peripheral` asks of a radio: the link, and the controller at its other end."""

    def __init__(self, adapter: Adapter, link: Air) -> None:
        self.controller, self.link = adapter, link
        self.rssi: dict[str, int] = {}


class Sensor(Peripheral):
    """A virtual sensor that goes out of reach when it is told to, not at a time set before."""

    @property
    def streamed(self) -> int:
        """How often motion was started."""
        return sum(event.kind == "started" and event.what == "imu" for event in self.truth.events)

    def go_away(self, for_s: float) -> None:
        outage = Outage(at_s=self.now_s, for_s=for_s)
        self.sensor.faults.outages.append(outage)  # a list here: see `sensors`
        self._spawn(self._fail(outage))

    def log(self) -> dict[str, object]:
        delivered = [at for packet, fate, at in self.truth.packets if fate == "delivered"]
        return {
            "delivered": [payload.hex() for payload in self.truth.payloads("data")],
            "delivered_s": delivered,
            "lost": len(self.truth.of("lost")),
            "unsent": len(self.truth.of("link")) + len(self.truth.of("overflow")),
            "events": [[event.at_s, event.kind, event.what] for event in self.truth.events],
        }


def sensors(plan: Plan, radio: Bluez) -> dict[str, Sensor]:
    profile = load(plan["profile"]).profile
    start_s = asyncio.get_running_loop().time()
    made = {}
    for number, (placement, address) in enumerate(plan["sensors"].items()):
        spec = VirtualSensor(
            profile=profile,
            placement=placement,
            name=plan["names"] + placement,
            address=address,
            options=plan["options"],
            air=Link(supervision_s=SUPERVISION_S),
            faults=Faults(loss=plan["loss"], outages=[]),
            seed=number,
        )
        made[address] = Sensor(spec, Waves(number), radio, start_s)
    return made


async def interrupt(plan: Plan, all_of: list[Sensor]) -> None:
    """The outage of the plan, once every sensor streams."""
    if not plan["outage"]:
        return
    while not all(sensor.streamed for sensor in all_of):
        await asyncio.sleep(0.1)
    await asyncio.sleep(plan["outage"]["after_s"])
    all_of[plan["outage"]["sensor"]].go_away(plan["outage"]["for_s"])


async def main(socket: Path, out: Path, plan: Plan) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    while not socket.exists():
        await asyncio.sleep(0.05)
    async with await open_transport(f"unix-client:{socket}") as transport:
        transport.source.terminated.add_done_callback(lambda _: ended.set())
        link = Air()
        adapter = Adapter(
            "adapter", host_source=transport.source, host_sink=transport.sink, link=link
        )
        here = sensors(plan, Bluez(adapter, link))
        for sensor in here.values():
            await sensor.power_on()
        outage = asyncio.create_task(interrupt(plan, list(here.values())))
        await ended.wait()
        outage.cancel()
        with suppress(asyncio.CancelledError):
            await outage
        for sensor in here.values():
            await sensor.power_off()
    truth = {"asked": adapter.asked, "sensors": {a: s.log() for a, s in here.items()}}
    out.write_text(json.dumps(truth), "utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])))
