"""One virtual sensor on the link: advertises, is connected, obeys, streams, fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
from bumble import att, hci
from bumble.core import ConnectionError as LinkError
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic

from hipgait.ble.virtual.body import Body
from hipgait.ble.virtual.firmware import Firmware
from hipgait.ble.virtual.gatt import advertisement, table
from hipgait.ble.virtual.making import makers
from hipgait.ble.virtual.outbox import Outbox
from hipgait.ble.virtual.producer import Producer
from hipgait.ble.virtual.radio import Controller, VirtualRadio
from hipgait.ble.virtual.settings import Outage, VirtualSensor
from hipgait.ble.virtual.truth import Event, Truth

ADVERTISING_MS: Final = 100.0
SOON_S: Final = 1e-6
"""what is left over goes at the next event, not at this one"""
ATT_HEADER: Final = 3
"""bytes of a notification that are not the value"""
WRONG_VALUE: Final = att.ErrorCode.VALUE_NOT_ALLOWED


class Peripheral:
    """See the module.

    Parameters
    ----------
    sensor : what it is like.
    body : what it measures.
    radio : of the rig.
    start_s : loop time at which the rig's time is 0.
    """

    def __init__(
        self, sensor: VirtualSensor, body: Body, radio: VirtualRadio, start_s: float
    ) -> None:
        self.sensor = sensor
        self.truth = Truth()
        self.firmware = Firmware(sensor.profile, sensor.options, sensor.streaming)
        self._body, self._radio, self._start_s = body, radio, start_s
        self._clock = sensor.clock
        self._outbox = Outbox(
            sensor.air, sensor.faults, self.truth, np.random.default_rng(sensor.seed)
        )
        self._controller = Controller(sensor.name, link=radio.link)
        self._device, self._chars = self._build()
        self._names = {char.handle: name for name, char in self._chars.items()}
        self._connection: Connection | None = None
        self._producers: dict[str, Producer] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._one_at_a_time = asyncio.Lock()
        self._commands: set[asyncio.Task[None]] = set()
        self._served_s = 0.0  # the last connection event: another one at its time would never end
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        radio.rssi[sensor.address] = sensor.rssi

    # ------------------------------------------------------------------ on and off
    def _build(self) -> tuple[Device, dict[str, Characteristic[Any]]]:
        sensor = self.sensor
        config = DeviceConfiguration(
            name=sensor.name,
            address=hci.Address(sensor.address),
            advertising_interval_min=ADVERTISING_MS,
            advertising_interval_max=ADVERTISING_MS,
        )
        device = Device.from_config_with_hci(config, self._controller, self._controller)
        services, chars = table(sensor.profile, self._read, self._write)
        device.add_services(services)
        device.gatt_server.max_mtu = sensor.air.mtu
        device.gatt_server.on("characteristic_subscription", self._on_subscription)
        device.on("connection", self._on_connection)
        return device, chars

    async def power_on(self) -> None:
        """Switch on: advertises, and lives until ``power_off``."""
        await self._device.power_on()
        for outage in self.sensor.faults.outages:
            self._spawn(self._fail(outage))
        await self._advertise()

    async def power_off(self) -> None:
        """Switch off; raises what went wrong inside."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._command(self._device.stop_advertising)
        if self._errors:
            raise self._errors[0]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside the rest; its error is kept for ``power_off``."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._errors.append(error)

    @property
    def now_s(self) -> float:
        """Rig time."""
        return asyncio.get_running_loop().time() - self._start_s

    @property
    def battery_pct(self) -> float:
        """Charge now."""
        battery = self.sensor.battery
        return max(0.0, battery.start_pct - battery.per_hour_pct * self.now_s / 3600)

    async def _advertise(self) -> None:
        now = self.now_s + SOON_S  # the end of an outage is no part of it, however it is rounded
        out = any(o.at_s <= now < o.at_s + o.for_s for o in self.sensor.faults.outages)
        if self.sensor.advertises and not out and self._connection is None:
            said, response = advertisement(self.sensor.profile, self.sensor.name)
            start = self._device.start_advertising
            await self._command(partial(start, advertising_data=said, scan_response_data=response))

    async def _command(self, command: Callable[[], Awaitable[object]]) -> None:
        """One command to the controller after the other, each to its end even where what asked for
        it is cancelled: bumble cannot take an answer that nobody waits for."""
        task = asyncio.create_task(self._alone(command))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)
        await asyncio.shield(task)

    async def _alone(self, command: Callable[[], Awaitable[object]]) -> None:
        async with self._one_at_a_time:
            await command()

    def _log(self, kind: str, what: str = "") -> None:
        self.truth.events.append(Event(self.now_s, kind, what))

    # ------------------------------------------------------------------ what the host does
    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        connection.on("disconnection", self._on_disconnection)
        self._outbox.connected(self.now_s)
        self._log("connected")

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self._log("disconnected")
        self.firmware.unlinked(self.sensor.streams_on)
        self._outbox.unlinked(self.now_s)
        self._update()
        self._spawn(self._advertise())

    def _on_subscription(
        self, _connection: Connection, char: Characteristic[Any], notify: bool, _indicate: bool
    ) -> None:
        name = self._names.get(char.handle)
        if name is not None:
            (self.firmware.subscribed.add if notify else self.firmware.subscribed.discard)(name)
            with self._watched():
                self._update()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Bumble keeps quiet about errors in what it calls: they are kept for ``power_off``."""
        try:
            yield
        except att.ATT_Error:
            raise  # meant for the host
        except Exception as error:
            self._errors.append(error)
            raise

    def _read(self, char: str) -> bytes:
        return self.firmware.read(char, self.battery_pct)

    def _write(self, char: str, connection: Connection, data: bytes) -> None:
        with self._watched():
            reaction = self.firmware.write(char, data)
            self._log("write" if reaction.known else "refused", f"{char} {data.hex()}")
            for reply_char, reply in reaction.replies:
                if reply_char in self.firmware.subscribed:
                    self._spawn(self._reply(connection, reply_char, reply))
            if not reaction.known and not self.sensor.faults.ignores_wrong_bytes:
                raise att.ATT_Error(WRONG_VALUE)
            self._update()

    async def _reply(self, connection: Connection, char: str, data: bytes) -> None:
        """Answer at the next connection event, behind the response to the write."""
        await asyncio.sleep(self.sensor.air.interval_s)
        if self._connection is connection:
            self._notify(connection, char, data)

    # ------------------------------------------------------------------ streaming
    def _update(self) -> None:
        """Start and stop streams as the firmware's state wants it."""
        active = {stream.id for stream in self.firmware.active()}
        for gone in set(self._producers) - active:
            del self._producers[gone]
            self._log("stopped", gone)
        new = active - set(self._producers)
        if new and self._connection is not None:
            for maker in makers(
                self.sensor, self.firmware.options, new, self._clock, self._body, self._room()
            ):
                self._producers[maker.stream.id] = Producer(maker, self.now_s)
                self._log("started", maker.stream.id)
        self._schedule()

    def _room(self) -> int:
        """Bytes that fit into a notification."""
        return self._connection.att_mtu - ATT_HEADER if self._connection is not None else 20

    def _schedule(self) -> None:
        """Wake at the next connection event at which a packet may be ready."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [producer.due_s for producer in self._producers.values()]
        if self._connection is None or not (due or len(self._outbox)):
            return
        now = self.now_s
        soon = [now + SOON_S] if len(self._outbox) else []
        at = self._outbox.event_after(max(min(due + soon), now, self._served_s + SOON_S))
        self._timer = asyncio.get_running_loop().call_at(self._start_s + at, self._event, at)

    def _event(self, at_s: float) -> None:
        """A connection event. at_s : when it was due."""
        self._timer, self._served_s = None, at_s
        with self._watched():
            for producer in self._producers.values():
                self._outbox.put(producer.take(at_s), at_s)
            self._send(at_s)
            self._schedule()

    def _send(self, now_s: float) -> None:
        connection = self._connection
        if connection is None:
            return
        for packet in self._outbox.leaving(now_s):
            if packet.char in self.firmware.subscribed:
                sent = tuple(self._notify(connection, packet.char, p) for p in packet.parts)
                logged = packet if sent == packet.parts else packet._replace(parts=sent)
                self.truth.packets.append((logged, "delivered", now_s))
            else:
                self.truth.packets.append((packet, "link", now_s))

    def _notify(self, connection: Connection, char: str, data: bytes) -> bytes:
        """Hand over to the link; what did not fit into the MTU is cut, as radios do."""
        sent = data[: connection.att_mtu - ATT_HEADER]
        receiver = self._radio.controller
        asyncio.get_running_loop().call_soon(
            receiver.receive, connection.self_address, self._chars[char].handle, sent
        )
        return sent

    # ------------------------------------------------------------------ failing
    async def _fail(self, outage: Outage) -> None:
        """Be silent, lose the link, come back."""
        await asyncio.sleep(max(0.0, outage.at_s - self.now_s))
        await self._command(self._device.stop_advertising)
        silence = min(self.sensor.air.supervision_s, outage.for_s)
        await asyncio.sleep(silence)
        if self._connection is not None and outage.for_s >= self.sensor.air.supervision_s:
            with suppress(LinkError):  # the host was faster
                lost = hci.HCI_CONNECTION_TIMEOUT_ERROR
                await self._command(partial(self._connection.disconnect, lost))
        if outage.reboot:
            self.firmware.reboot()
            back_s = outage.at_s + outage.for_s
            self._clock = replace(self._clock, offset_s=-back_s * (1 + 1e-6 * self._clock.ppm))
            self._log("reboot")
        await asyncio.sleep(max(0.0, outage.at_s + outage.for_s - self.now_s))
        await self._advertise()
