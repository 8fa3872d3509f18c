"""The adapter: finding sensors and connecting to them, one at a time.

Scanning and connecting at once fails on real adapters, so one lock is held round both. Whatever the
platform says when it cannot, is turned into one line that says what to do.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
)

from hipgait.ble.profile import Profile
from hipgait.errors import RadioError

FIND_S: Final = 20.0
"""How long a sensor is looked for. A sleeping one advertises every few seconds at best."""
CONNECT_S: Final = 12.0
"""How long connecting may take, the discovery of services included."""
LEAST_S: Final = 0.05
"""Nothing is heard in less."""
YIELD_S: Final = 6.0
"""A sensor that is being taken up again gives the adapter free after so long if another waits."""

TROUBLE: Final = (BleakError, OSError, EOFError)
"""What bleak's backends raise; a time-out is an OSError."""
ADAPTER_KINDS: Final = ("no_adapter", "adapter_off", "permission")
"""Trouble of the adapter, not of one sensor."""

_SETUP: Final = "docs/bluetooth-setup.md"
_REASONS: Final = BleakBluetoothNotAvailableReason
_DENIED: Final = (_REASONS.DENIED_BY_USER, _REASONS.DENIED_BY_SYSTEM, _REASONS.DENIED_BY_UNKNOWN)


@dataclass(frozen=True)
class Seen:
    """A sensor in range. name : as it may be shown; rssi : dBm."""

    address: str
    name: str
    rssi: int
    services: tuple[str, ...]
    companies: tuple[int, ...]
    device: BLEDevice


def shown(text: str, limit: int = 40) -> str:
    """A name from the radio as it may be printed: no control characters, not endless."""
    kept = "".join(
        c for c in text[: 4 * limit] if unicodedata.category(c)[0] not in "CZ" or c == " "
    )
    return kept[:limit].strip()


def matches(profile: Profile, seen: Seen) -> bool:
    """Whether an advertisement fits a profile's ``match``."""
    match = profile.match
    name = seen.name.casefold()
    return (
        any(name.startswith(n.casefold()) for n in match.names)
        or any(uuid in seen.services for uuid in match.services)
        or any(company in seen.companies for company in match.companies)
    )


def fitting(profiles: Mapping[str, Profile], seen: Seen) -> list[str]:
    """Ids of the profiles that fit an advertisement; those that its name fits go first."""
    name = seen.name.casefold()
    found = [key for key, profile in profiles.items() if matches(profile, seen)]
    by_name = [
        key
        for key in found
        if any(name.startswith(n.casefold()) for n in profiles[key].match.names)
    ]
    return by_name or found


class Radio:
    """One adapter. The backends are those of the platform unless others are given.

    Parameters
    ----------
    client, scanner : bleak backends, for sensors without a radio.
    """

    def __init__(
        self,
        client: type[BaseBleakClient] | None = None,
        scanner: type[BaseBleakScanner] | None = None,
    ) -> None:
        self._client = client
        self._scanner = scanner
        self._lock = asyncio.Lock()
        self._waiting: list[str] = []

    async def scan(
        self, seconds: float, wanted: Callable[[Mapping[str, Seen]], bool] | None = None
    ) -> dict[str, Seen]:
        """Sensors in range by address, after ``seconds`` or as soon as ``wanted`` is satisfied.

        Raises
        ------
        RadioError : no adapter, switched off, or not permitted.
        """
        async with self._lock:
            try:
                return await self._listen(seconds, wanted)
            except TROUBLE as error:
                raise explain(error) from error

    async def _listen(
        self, seconds: float, wanted: Callable[[Mapping[str, Seen]], bool] | None
    ) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        enough = asyncio.Event()

        def see(device: BLEDevice, said: AdvertisementData) -> None:
            found[device.address.upper()] = Seen(
                device.address,
                shown(said.local_name or device.name or ""),
                said.rssi,
                tuple(s.lower() for s in said.service_uuids),
                tuple(said.manufacturer_data),
                device,
            )
            if wanted is not None and wanted(found):
                enough.set()

        async with BleakScanner(see, backend=self._scanner):
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), seconds)
        return found

    async def connect(
        self,
        address: str,
        on_lost: Callable[[BleakClient], None],
        seconds: float = FIND_S,
        *,
        again: bool = False,
    ) -> tuple[BleakClient, int]:
        """Find a sensor and connect to it. Returns the client and the signal strength, dBm.

        While it is looked for, another one that waits for the adapter and is heard goes first.

        Parameters
        ----------
        seconds : for which it is looked for, those of others not counted.
        again : it was connected before; another one that waits is not held up for long.

        Raises
        ------
        RadioError : not in range, or it does not let itself be connected to.
        """
        key = address.upper()
        left = seconds
        while True:
            async with self._turn(key):
                try:
                    began = _now()
                    found = await self._listen(left, lambda seen: self._heard(seen, key))
                    seen = found.get(key)
                    left -= _now() - began
                    if seen is not None:
                        return await self._connected(seen, on_lost, again), seen.rssi
                except TROUBLE as error:
                    raise explain(error, address) from error
            if left < LEAST_S:
                raise not_found(address, seconds)

    def _heard(self, found: Mapping[str, Seen], key: str) -> bool:
        """This sensor, or one that waits for the adapter."""
        return key in found or any(other in found for other in self._waiting)

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[None]:
        """The adapter, once those that came before are done with it."""
        self._waiting.append(key)
        try:
            await self._lock.acquire()
        finally:
            self._waiting.remove(key)
        try:
            yield
        finally:
            self._lock.release()

    async def _connected(
        self, seen: Seen, on_lost: Callable[[BleakClient], None], again: bool
    ) -> BleakClient:
        """Connect; an attempt that was given up leaves nothing pending in the adapter."""
        client = BleakClient(
            seen.device, disconnected_callback=on_lost, timeout=CONNECT_S, backend=self._client
        )
        work = asyncio.ensure_future(client.connect())
        began = _now()
        try:
            while not work.done():
                spent = _now() - began
                if spent > CONNECT_S + 3.0 or (again and self._waiting and spent > YIELD_S):
                    raise TimeoutError
                await asyncio.wait({work}, timeout=0.5)
            work.result()
        except BaseException:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            with suppress(*TROUBLE):
                await client.disconnect()
            raise
        return client


def _now() -> float:
    return asyncio.get_running_loop().time()


def not_found(address: str, seconds: float) -> RadioError:
    """A sensor that was looked for in vain."""
    return RadioError(
        "not_found",
        f"no sensor {shown(address)} in range within {seconds:.0f} s",
        "Wake it (press its button or move it), bring it nearer, and close the app or computer "
        "that may hold it; hipgait sensors scan shows what is there",
    )


def mtu_of(client: BleakClient) -> int:
    """Largest ATT packet of a connection, bytes.

    BlueZ tells it with each characteristic only, so the largest of these is taken.
    """
    sizes = [c.max_write_without_response_size for c in client.services.characteristics.values()]
    return max(sizes, default=20) + 3


def has(client: BleakClient, uuids: Collection[str]) -> set[str]:
    """Which of these characteristics the sensor has."""
    there = {c.uuid.lower() for c in client.services.characteristics.values()}
    return {uuid for uuid in uuids if uuid.lower() in there}


def explain(error: BaseException, address: str = "") -> RadioError:
    """What a platform's error means, and what to do."""
    if isinstance(error, RadioError):
        return error
    text = " ".join(str(error).split()) or type(error).__name__
    who = f"sensor {shown(address)}" if address else "Bluetooth"
    if isinstance(error, BleakBluetoothNotAvailableError):
        return _unavailable(error.reason)
    name = error.dbus_error if isinstance(error, BleakDBusError) else ""
    lower = text.lower()
    for kind, marks, what, cure in _KNOWN:
        if any(mark in lower or mark in name.lower() for mark in marks):
            return RadioError(kind, what.format(who=who), cure)
    if isinstance(error, BleakDeviceNotFoundError):
        return RadioError("not_found", f"{who} is not in range any more", _WAKE)
    if isinstance(error, TimeoutError):
        return RadioError("busy", f"{who} does not answer", _WAKE)
    return RadioError(
        "lost", f"{who}: {shown(text, 160)}", "Try again; hipgait doctor looks further"
    )


_WAKE: Final = "Wake it, bring it nearer, and close the app or computer that may hold it"
_KNOWN: Final[tuple[tuple[str, tuple[str, ...], str, str], ...]] = (
    (
        "permission",
        ("accessdenied", "access denied", "not permitted", "permission", "not authorized"),
        "{who}: this user may not use Bluetooth",
        f"Allow it (Linux: join the group bluetooth; macOS: Privacy settings): {_SETUP}",
    ),
    (
        "no_adapter",
        ("no bluetooth adapter", "org.bluez was not provided", "serviceunknown", "no such file",
         "adapter not", "adapter is not", "no powered", "connection refused"),
        "there is no Bluetooth adapter, or its service does not run",
        f"Plug one in or start the service (Linux: systemctl start bluetooth): {_SETUP}",
    ),
    (
        "adapter_off",
        ("notready", "not ready", "powered off", "turned off"),
        "Bluetooth is switched off",
        "Switch it on (Linux: bluetoothctl power on)",
    ),
    (
        "busy",
        ("connection-timeout", "page timeout", "le-connection-abort", "already connected",
         "connection already exists", "connection limit", "failed to be established"),
        "{who} could not be connected to",
        _WAKE,
    ),
)  # fmt: skip


def _unavailable(reason: BleakBluetoothNotAvailableReason) -> RadioError:
    if reason in _DENIED:
        return RadioError(
            "permission",
            "this program may not use Bluetooth",
            f"Allow it in the system's privacy settings: {_SETUP}",
        )
    if reason is _REASONS.POWERED_OFF:
        return RadioError("adapter_off", "Bluetooth is switched off", "Switch it on")
    return RadioError(
        "no_adapter",
        "there is no Bluetooth adapter that can talk to sensors",
        f"Plug in an adapter with Bluetooth 4.0 or later: {_SETUP}",
    )
