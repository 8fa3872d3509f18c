"""A small host: what a recorder does, through bleak's public API alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError
from numpy.typing import NDArray

from hipgait.ble.packet import Decoded, Decoder, Fault
from hipgait.ble.profile import Profile, Value
from hipgait.ble.profiles import settle
from hipgait.ble.steps import Phase, compile_steps
from hipgait.ble.virtual.loop import monotonic_ns
from hipgait.ble.virtual.rig import Rig


@dataclass
class Heard:
    """What came in. notifications : characteristic -> (arrival ns, bytes)."""

    profile: Profile
    notifications: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)

    def payloads(self, char: str) -> list[bytes]:
        return [data for _, data in self.notifications.get(char, [])]

    def arrivals(self, char: str) -> NDArray[np.int64]:
        return np.array([at for at, _ in self.notifications.get(char, [])], np.int64)

    def decoded(self, options: Mapping[str, Value]) -> tuple[dict[str, Decoded], list[Fault]]:
        """By stream; characteristics that carry replies first."""
        decoder = Decoder(self.profile, options)
        replies = {s.reply for s in self.profile.stream if s.reply}
        found: dict[str, Decoded] = {}
        faults: list[Fault] = []
        for char in sorted(self.profile.chars, key=lambda c: c not in replies):
            blocks, wrong = decoder.decode(char, self.arrivals(char), self.payloads(char))
            found.update({b.stream: b for b in blocks})
            if any(s.char == char for s in self.profile.stream):
                faults += wrong
        return found, faults


class Host:
    """One link of a recorder."""

    def __init__(self, client: BleakClient, heard: Heard, options: Mapping[str, Value]) -> None:
        self.client, self.heard = client, heard
        self._options = settle(heard.profile, options)
        self._news = asyncio.Event()

    def _hear(self, char: str) -> None:
        self.heard.notifications.setdefault(char, [])

    async def do(self, phase: Phase) -> None:
        """Every action of a phase, with its reply."""
        for action in compile_steps(self.heard.profile, phase, self._options):
            if action.do == "subscribe":
                await self._subscribe(action.char, action.uuid)
            elif action.do == "unsubscribe":
                await self.client.stop_notify(action.uuid)
            elif action.do == "read":
                data = bytes(await self.client.read_gatt_char(action.uuid))
                assert action.expect is None or action.expect.starts(data)
            elif action.do == "write":
                before = len(self.heard.payloads(action.reply))
                response = self.heard.profile.link.write_response
                await self.client.write_gatt_char(action.uuid, action.data, response=response)
                async with asyncio.timeout(action.timeout_s):
                    while action.expect is not None and not any(
                        action.expect.starts(data)
                        for data in self.heard.payloads(action.reply)[before:]
                    ):
                        self._news.clear()
                        await self._news.wait()
            await asyncio.sleep(action.wait_s)

    async def _subscribe(self, char: str, uuid: str) -> None:
        into = self.heard.notifications.setdefault(char, [])

        def hear(_char: BleakGATTCharacteristic, data: bytearray) -> None:
            into.append((monotonic_ns(), bytes(data)))
            self._news.set()

        await self.client.start_notify(uuid, hear)


async def scan(rig: Rig, seconds: float = 0.5) -> dict[str, BLEDevice]:
    """Address -> device."""
    found = await BleakScanner.discover(timeout=seconds, backend=rig.scanner)
    return {device.address: device for device in found}


async def listen(
    rig: Rig, address: str, profile: Profile, options: Mapping[str, Value], seconds: float
) -> Heard:
    """Scan, connect, configure, start, listen, stop."""
    device = (await scan(rig))[address]
    heard = Heard(profile)
    async with BleakClient(device, backend=rig.client) as client:
        host = Host(client, heard, options)
        await host.do("configure")
        await host.do("start")
        await asyncio.sleep(seconds)
        await host.do("stop")
        await host.do("teardown")
    return heard


async def keep_listening(
    rig: Rig, device: BLEDevice, heard: Heard, options: Mapping[str, Value], until_s: float
) -> None:
    """Connect again whenever the link ends, until a loop time; then stop as one should."""
    loop = asyncio.get_running_loop()
    while loop.time() < until_s:
        gone = asyncio.Event()
        client = BleakClient(
            device,
            backend=rig.client,
            timeout=2.0,
            disconnected_callback=lambda _client, gone=gone: gone.set(),
        )
        try:
            async with client:
                host = Host(client, heard, options)
                await host.do("configure")
                await host.do("start")
                try:
                    async with asyncio.timeout_at(until_s):
                        await gone.wait()
                except TimeoutError:
                    await host.do("stop")
                    await host.do("teardown")
        except (BleakError, TimeoutError):
            await asyncio.sleep(0.2)
