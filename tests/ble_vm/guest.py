"""The recorder in the guest: bleak's own BlueZ backend, one lock round scan and connect.

    guest.py OUT SECONDS ADDRESS...

Writes every notification, in order of arrival, as hex; a sensor that goes away is fetched back.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TypedDict

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

DATA = "6d6f0002-6970-4761-9974-2f1b5c0a7e10"
CONTROL = "6d6f0003-6970-4761-9974-2f1b5c0a7e10"
TRY_S = 20.0


class Log(TypedDict):
    packets: list[str]
    arrival_s: list[float]
    connected_s: list[float]
    connect_took_s: list[float]
    failures: list[str]


async def session(
    address: str, log: Log, lock: asyncio.Lock, streaming: asyncio.Event, end: asyncio.Event
) -> None:
    """One link, from scan to stop or loss."""
    gone = asyncio.Event()

    def keep(_: object, data: bytearray) -> None:
        log["arrival_s"].append(time.monotonic())
        log["packets"].append(bytes(data).hex())

    async with lock:
        began = time.monotonic()
        device = await BleakScanner.find_device_by_address(address, timeout=TRY_S)
        if device is None:
            raise BleakError("not found")
        client = BleakClient(device, lambda _: gone.set(), timeout=TRY_S)
        await client.connect()
    try:
        await client.start_notify(DATA, keep)
        await client.write_gatt_char(CONTROL, b"\x01", response=True)
        log["connected_s"].append(time.monotonic())
        log["connect_took_s"].append(round(time.monotonic() - began, 3))
        print(f"{time.monotonic():.1f} {address} streams", flush=True)
        streaming.set()
        waits = [asyncio.ensure_future(event.wait()) for event in (gone, end)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if not gone.is_set():
            await client.write_gatt_char(CONTROL, b"\x00", response=True)
    finally:
        await client.disconnect()


async def keep_up(
    address: str, log: Log, lock: asyncio.Lock, streaming: asyncio.Event, end: asyncio.Event
) -> None:
    while not end.is_set():
        try:
            await session(address, log, lock, streaming, end)
        except (BleakError, TimeoutError, OSError, EOFError) as error:
            log["failures"].append(f"{type(error).__name__}: {error}")
            print(f"{time.monotonic():.1f} {address} {log['failures'][-1]}", flush=True)
            await asyncio.sleep(0.2)


async def record(out: Path, seconds: float, addresses: list[str]) -> None:
    logs: dict[str, Log] = {
        a: {"packets": [], "arrival_s": [], "connected_s": [], "connect_took_s": [], "failures": []}
        for a in addresses
    }
    lock, end = asyncio.Lock(), asyncio.Event()
    streaming = {a: asyncio.Event() for a in addresses}
    tasks = [asyncio.create_task(keep_up(a, logs[a], lock, streaming[a], end)) for a in addresses]
    await asyncio.gather(*(event.wait() for event in streaming.values()))
    busy = time.process_time()
    await asyncio.sleep(seconds)
    busy = time.process_time() - busy
    end.set()
    await asyncio.gather(*tasks)
    result = {"sensors": logs, "load": busy / seconds}
    out.write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
