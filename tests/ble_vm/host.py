"""Virtual sensors on the host, on the air of the guest's adapter; what they delivered is logged.

    host.py SOCKET OUT PLAN

PLAN : JSON, see `Plan`. The adapter and the sensors are bumble's controllers on one virtual link;
the adapter's end is a socket that QEMU shows the guest as /dev/hvc0. Packets have the project's
open layout: AA55, u16 sequence, u32 microseconds, u8 n, n times (i16 x 6), little-endian.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import struct
import sys
import time
from collections import deque
from pathlib import Path

from adapter import Adapter, Air
from bumble import data_types, hci
from bumble.controller import Controller
from bumble.core import AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.transport import open_transport
from guest import CONTROL, DATA

SERVICE = "6d6f0001-6970-4761-9974-2f1b5c0a7e10"
EVENT_S = 0.015
"""connection interval: packets leave at connection events"""
QUIET_S = 0.6
"""silence before a link that fell out of range is given up; BlueZ's own limit is 0.42 s"""
Plan = dict[str, object]
"""addresses: list; packet_hz, loss (share), outage {sensor, at_s, for_s}"""


class Sensor:
    """One sensor: made = delivered + lost in the air + never sent, as no link was there."""

    def __init__(self, number: int, address: str, link: Air, plan: Plan) -> None:
        self.packet_hz = float(plan["packet_hz"])
        self.loss = float(plan["loss"])
        self.samples = int(plan["samples"])
        outage = plan["outage"]
        self.outage = outage if outage and outage["sensor"] == number else None
        self.air = random.Random(number)
        self.delivered: list[str] = []
        self.delivered_s: list[float] = []
        self.lost: list[str] = []
        self.unsent: list[str] = []
        self.made = 0
        self.links = 0
        self.began_s: float | None = None
        self.streaming = False
        self.connection: Connection | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self._device(address, f"HG-OPEN-{number}", link)

    def _device(self, address: str, name: str, link: Air) -> None:
        controller = Controller(name, link=link)
        config = DeviceConfiguration(
            name=name,
            address=hci.Address(address),
            advertising_interval_min=30,
            advertising_interval_max=30,
        )
        self.device = Device.from_config_with_hci(config, controller, controller)
        self.data = Characteristic(DATA, Characteristic.Properties.NOTIFY, 0, b"")
        control = Characteristic(
            CONTROL,
            Characteristic.Properties.WRITE,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=self._command),
        )
        self.device.add_services([Service(SERVICE, [self.data, control])])
        flags = AdvertisingData.Flags
        self.device.advertising_data = bytes(
            AdvertisingData(
                [
                    data_types.Flags(
                        flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED
                    ),
                    data_types.CompleteLocalName(name),
                ]
            )
        )
        self.device.on("connection", self._connected)

    async def start(self) -> None:
        await self.device.power_on()
        await self.device.start_advertising()

    def _spawn(self, work: object) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _connected(self, connection: Connection) -> None:
        self.connection = connection
        connection.on("disconnection", self._disconnected)

    def _disconnected(self, _: int) -> None:
        self.connection = None
        self.streaming = False
        away_s = 0.0
        if self.outage and self.outage.get("began"):
            away_s = float(self.outage["for_s"])
            self.outage = None
        self._spawn(self._advertise(away_s))

    async def _advertise(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        await self.device.start_advertising()

    def _command(self, _: Connection, value: bytes) -> None:
        if value == b"\x01" and not self.streaming:
            self.streaming = True
            self.links += 1
            self._spawn(self._stream())
        elif value == b"\x00":
            self.streaming = False

    def _packet(self) -> bytes:
        """The next packet: device time and counter go on while the sensor is away."""
        k = self.made
        self.made += 1
        us = int(k * 1e6 / self.packet_hz) & 0xFFFFFFFF
        words = [(k * 31 + j * 7919) % 65536 - 32768 for j in range(6 * self.samples)]
        head = struct.pack("<HHIB", 0x55AA, k & 0xFFFF, us, self.samples)
        return head + struct.pack(f"<{len(words)}h", *words)

    def _due(self, now: float) -> list[bytes]:
        assert self.began_s is not None
        return [
            self._packet() for _ in range(int((now - self.began_s) * self.packet_hz) - self.made)
        ]

    async def _stream(self) -> None:
        loop = asyncio.get_running_loop()
        if self.began_s is None:
            self.began_s = loop.time()
        self.unsent += [p.hex() for p in self._due(loop.time())]
        event = loop.time()
        queue: deque[bytes] = deque()
        while self.streaming and self.connection:
            event += EVENT_S
            await asyncio.sleep(max(0.0, event - loop.time()))
            now = loop.time()
            if self.outage and now - self.began_s > self.outage["at_s"]:
                await self._fall_silent()
                return
            queue += self._due(now)
            while queue and self.streaming:
                await self._send(queue.popleft())
        self.unsent += [p.hex() for p in queue]

    async def _send(self, packet: bytes) -> None:
        if self.air.random() < self.loss:
            self.lost.append(packet.hex())
            return
        await self.device.notify_subscribers(self.data, packet)
        self.delivered.append(packet.hex())
        self.delivered_s.append(time.monotonic())

    async def _fall_silent(self) -> None:
        """Out of range: nothing is heard, and then the link is given up."""
        assert self.outage is not None
        self.outage["began"] = True
        await asyncio.sleep(QUIET_S)
        if self.connection:
            await self.connection.disconnect(hci.HCI_CONNECTION_TIMEOUT_ERROR)

    def truth(self) -> dict[str, object]:
        keys = ("delivered", "delivered_s", "lost", "unsent", "made", "links")
        return {key: getattr(self, key) for key in keys}


async def main(socket: Path, out: Path, plan: Plan) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    while not socket.exists():
        await asyncio.sleep(0.05)
    async with await open_transport(f"unix-client:{socket}") as transport:
        transport.source.terminated.add_done_callback(lambda _: ended.set())
        link = Air()
        adapter = Adapter(
            "adapter", host_source=transport.source, host_sink=transport.sink, link=link
        )
        addresses = plan["addresses"]
        sensors = {a: Sensor(i, a, link, plan) for i, a in enumerate(addresses)}
        for sensor in sensors.values():
            await sensor.start()
        await ended.wait()
    truth = {
        "asked": adapter.asked,
        "packet_hz": plan["packet_hz"],
        "sensors": {a: s.truth() for a, s in sensors.items()},
    }
    out.write_text(json.dumps(truth), "utf-8")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])))
