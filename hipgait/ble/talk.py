"""Talking to one connected sensor: subscribing, writing, waiting for answers.

Every notification goes to ``receive`` with its time of arrival before anything else looks at it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakGATTProtocolError

from hipgait.ble.profile import Profile
from hipgait.ble.radio import TROUBLE, has, mtu_of, shown
from hipgait.ble.steps import Action
from hipgait.errors import RadioError

BATTERY_UUID: Final = "00002a19-0000-1000-8000-00805f9b34fb"

Receive = Callable[[str, int, bytes], None]
"""Takes the characteristic's name, the arrival in ns and the bytes. Must not block."""


class Talk:
    """One connection.

    Parameters
    ----------
    client : connected.
    profile : what the sensor speaks.
    receive : gets every notification.
    now_ns : clock of the arrivals, monotonic.
    """

    def __init__(
        self, client: BleakClient, profile: Profile, receive: Receive, now_ns: Callable[[], int]
    ) -> None:
        self._client = client
        self._profile = profile
        self._receive = receive
        self._now_ns = now_ns
        self._data = {stream.char for stream in profile.stream}
        self._awaited: dict[str, tuple[Action, asyncio.Future[bytes]]] = {}
        self._subscribed: set[str] = set()

    def check(self, actions: Sequence[Action]) -> None:
        """Whether the sensor has what these and its motion need, and packets are long enough.

        Raises
        ------
        RadioError : it has not.
        """
        chars = self._profile.chars
        needed = {a.uuid: a.char for a in actions if a.uuid and not a.optional}
        motion = {s.char for s in self._profile.stream if s.kind == "motion"}
        needed |= {chars[char]: char for char in motion}
        missing = sorted(needed[uuid] for uuid in needed.keys() - has(self._client, needed))
        if missing:
            raise RadioError(
                "wrong_profile",
                f"it does not speak {self._profile.id}: characteristic {', '.join(missing)} "
                "is missing",
                "Name the right profile with PLACEMENT=ADDRESS@PROFILE "
                "(hipgait sensors list shows them), or update the sensor's firmware",
            )
        mtu, wanted = mtu_of(self._client), self._profile.link.mtu_min
        if mtu < wanted:
            raise RadioError(
                "mtu",
                f"the link carries packets of {mtu} bytes, {self._profile.id} needs {wanted}: "
                "they would be cut",
                "Use another adapter or a newer Bluetooth stack",
            )

    async def do(self, actions: Sequence[Action], *, lenient: bool = False) -> None:
        """Do one after the other.

        lenient : go on whatever fails.

        Raises
        ------
        RadioError : the sensor does not do it, says something else, or says nothing.
        """
        for action in actions:
            try:
                await self._act(action)
            except (*TROUBLE, RadioError) as error:
                if not (lenient or action.optional):
                    raise _refused(action, error) from error

    async def battery(self) -> int | None:
        """Charge in percent, None where it is not told."""
        if not has(self._client, {BATTERY_UUID}):
            return None
        with suppress(*TROUBLE):
            value = await asyncio.wait_for(self._client.read_gatt_char(BATTERY_UUID), 3.0)
            if value and value[0] <= 100:
                return value[0]
        return None

    async def _act(self, action: Action) -> None:
        match action.do:
            case "subscribe":
                await self._subscribe(action)
            case "unsubscribe":
                if action.uuid in self._subscribed:
                    self._subscribed.discard(action.uuid)
                    await self._client.stop_notify(action.uuid)
            case "read":
                _compare(action, bytes(await self._client.read_gatt_char(action.uuid)))
            case "write":
                await self._write(action)
        if action.wait_s:
            await asyncio.sleep(action.wait_s)

    async def _subscribe(self, action: Action) -> None:
        if action.uuid in self._subscribed:
            return
        self._subscribed.add(action.uuid)
        await self._client.start_notify(action.uuid, self._receiver(action.char))

    def _receiver(self, char: str) -> Callable[[BleakGATTCharacteristic, bytearray], None]:
        """What the backend calls with each notification."""
        take, now_ns, awaited = self._receive, self._now_ns, self._awaited

        def receive(_: BleakGATTCharacteristic, data: bytearray) -> None:
            arrival = now_ns()
            take(char, arrival, bytes(data))
            if char in awaited:
                self._answer(char, bytes(data))

        return receive

    def _answer(self, char: str, data: bytes) -> None:
        action, answer = self._awaited[char]
        among_data = char in self._data  # there only the right bytes are an answer
        wanted = action.expect is not None and action.expect.starts(data)
        if not answer.done() and (wanted or not among_data):
            answer.set_result(data)

    async def _write(self, action: Action) -> None:
        characteristic = self._client.services.get_characteristic(action.uuid)
        can = characteristic.properties if characteristic is not None else ["write"]
        response = "write" in can and (
            self._profile.link.write_response or "write-without-response" not in can
        )
        if action.expect is None:
            await self._client.write_gatt_char(action.uuid, action.data, response=response)
            return
        reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._awaited[action.reply] = (action, reply)
        try:
            await self._client.write_gatt_char(action.uuid, action.data, response=response)
            _compare(action, await asyncio.wait_for(reply, action.timeout_s))
        finally:
            del self._awaited[action.reply]


def _compare(action: Action, answer: bytes) -> None:
    if action.expect is not None and not action.expect.starts(answer):
        raise RadioError(
            "refused",
            f"it answered {answer[:8].hex(' ') or 'nothing'} to {action.data[:12].hex(' ')}",
        )


def _refused(action: Action, error: Exception) -> RadioError:
    kind = "refused" if isinstance(error, BleakGATTProtocolError) else "lost"
    if isinstance(error, RadioError):
        kind, said = error.kind, error.what
    elif isinstance(error, TimeoutError):
        kind, said = "silent", "it does not answer"
    else:
        said = shown(" ".join(str(error).split()), 160)
    return RadioError(
        kind,
        f"it refuses a step of its profile ({action.do} {action.char}): {said}",
        "Check the rate and the other options (hipgait sensors show PROFILE), switch the sensor "
        "off and on, or update its firmware",
    )
