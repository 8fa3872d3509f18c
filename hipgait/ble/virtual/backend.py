"""bleak's client and scanner over a virtual adapter: ``BleakClient(..., backend=rig.client)``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic, GattCharacteristicsFlags
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Connection, Peer
from bumble.gatt_client import CharacteristicProxy

from hipgait.ble.virtual.radio import DEFAULT_RSSI, MTU, VirtualRadio

T = TypeVar("T")
Kind = AdvertisingData.Type
SERVICES = (
    Kind.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    Kind.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    Kind.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    Kind.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


def _uuid(uuid: core.UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-").lower())


def _services(data: AdvertisingData) -> list[str]:
    """UUIDs of services, each once, in order."""
    listed: Any = [found for kind in SERVICES for found in data.get_all(kind)]
    return list(dict.fromkeys(_uuid(uuid) for found in listed for uuid in found))


def _seen(advertisement: Advertisement, rssi: int) -> AdvertisementData:
    """What bleak tells of an advertisement."""
    data = advertisement.data
    name = data.get(Kind.COMPLETE_LOCAL_NAME) or data.get(Kind.SHORTENED_LOCAL_NAME)
    companies: Any = data.get_all(Kind.MANUFACTURER_SPECIFIC_DATA)
    return AdvertisementData(
        local_name=str(name) if name else None,
        manufacturer_data={company: bytes(rest) for company, rest in companies},
        service_data={},
        service_uuids=_services(data),
        tx_power=None,
        rssi=rssi,
        platform_data=(advertisement,),
    )


class VirtualScanner(BaseBleakScanner):
    """Scanner of a rig; ``rig.scanner`` is a subclass that knows its adapter."""

    radio: ClassVar[VirtualRadio]

    def __init__(
        self,
        detection_callback: Callable[..., Any] | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **_of_other_platforms: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        address = advertisement.address.to_string(False)
        seen = _seen(advertisement, self.radio.rssi.get(address, DEFAULT_RSSI))
        if self.is_allowed_uuid(seen.service_uuids):
            device = self.create_or_update_device(
                address, address, seen.local_name, advertisement.address, seen
            )
            self.call_detection_callbacks(device, seen)

    async def start(self) -> None:
        """Start scanning."""
        self.seen_devices = {}
        self.radio.adapter().on("advertisement", self._on_advertisement)
        await self.radio.scan(self._active)

    async def stop(self) -> None:
        """Stop scanning."""
        self.radio.device.remove_listener("advertisement", self._on_advertisement)
        await self.radio.unscan()


class VirtualClient(BaseBleakClient):
    """Client of a rig; ``rig.client`` is a subclass that knows its adapter."""

    radio: ClassVar[VirtualRadio]

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **of_other_platforms: Any,
    ) -> None:
        super().__init__(
            address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout
        )
        if isinstance(address_or_ble_device, BLEDevice):
            self._peer_address: hci.Address = address_or_ble_device.details
            self._name = address_or_ble_device.name
        else:
            self._peer_address = hci.Address(address_or_ble_device)
            self._name = None
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._gone: asyncio.Future[None] | None = None
        self._callbacks: dict[int, Callable[[bytearray], None]] = {}

    @property
    def name(self) -> str:
        """The advertised name, or the address."""
        return self._name or self.address

    @property
    def mtu_size(self) -> int:
        """ATT MTU."""
        return self._peer.gatt_client.mtu if self._peer else 23

    @property
    def is_connected(self) -> bool:
        """Is there a link?"""
        return self._connection is not None

    async def connect(self, pair: bool, **_of_other_platforms: Any) -> None:
        """Connect, agree on the MTU, discover."""
        try:
            async with asyncio.timeout(self._timeout):
                connection = await self.radio.connect(self._peer_address, self._timeout)
        except (TimeoutError, core.TimeoutError) as error:
            if self._name is None:  # nobody has ever heard of it
                raise BleakDeviceNotFoundError(
                    self.address, f"Device with address {self.address} was not found"
                ) from error
            raise TimeoutError(f"{self.address} does not answer") from error
        except (core.BaseBumbleError, hci.HCI_Error) as error:
            raise BleakError(f"{self.address}: {error}") from error
        self._connection, self._peer = connection, Peer(connection)
        self._gone = asyncio.get_running_loop().create_future()
        connection.once("disconnection", self._on_disconnection)
        self.radio.attach(connection, self)
        try:
            await self._do(self._peer.request_mtu(MTU))
            await self._do(self._peer.discover_all())  # type: ignore[no-untyped-call]
        except BaseException:
            await self.disconnect()
            raise
        self.services = self._collect(self._peer)

    def _on_disconnection(self, _reason: int) -> None:
        if self._connection is None or self._gone is None:
            return
        self.radio.detach(self._connection)
        self._connection = self._peer = self.services = None
        self._callbacks.clear()
        self._gone.set_result(None)
        if self._disconnected_callback:
            self._disconnected_callback()

    def _collect(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in peer.services:
            own = BleakGATTService(service, service.handle, _uuid(service.uuid))
            found.add_service(own)
            for char in service.characteristics:
                names = [
                    flag.name.replace("_", "-")
                    for flag in GattCharacteristicsFlags
                    if int(char.properties) & flag.value
                ]
                properties: list[CharacteristicPropertyName] = names  # type: ignore[assignment]
                listed = BleakGATTCharacteristic(
                    char,
                    char.handle,
                    _uuid(char.uuid),
                    properties,
                    lambda: self.mtu_size - 3,
                    own,
                )
                found.add_characteristic(listed)
                for descriptor in char.descriptors:
                    uuid = _uuid(descriptor.type)
                    found.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, uuid, listed)
                    )
        return found

    async def disconnect(self) -> None:
        """End the link; quiet where there is none."""
        if self._connection is not None and self._gone is not None:
            gone = self._gone
            await self._connection.disconnect()
            await gone

    async def pair(self, *_args: Any, **_kwargs: Any) -> None:
        """No sensor here asks for it."""
        raise NotImplementedError("virtual sensors do not pair")

    async def unpair(self) -> None:
        """No sensor here asks for it."""
        raise NotImplementedError("virtual sensors do not pair")

    def _need(self) -> Peer:
        if self._peer is None:
            raise BleakError("Not connected")
        return self._peer

    async def _do(self, work: Coroutine[Any, Any, T]) -> T:
        """What an operation gives, or a BleakError; the end of the link ends it at once."""
        gone = self._gone
        if gone is None:
            work.close()
            raise BleakError("Not connected")
        task = asyncio.create_task(work)
        either: set[asyncio.Future[Any]] = {task, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
        if not task.done():
            raise BleakError(f"{self.address}: disconnected")
        try:
            return task.result()
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except (core.BaseBumbleError, TimeoutError) as error:
            raise BleakError(f"{self.address}: {error}") from error

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        """Read."""
        return bytearray(await self._do(self._need().read_value(characteristic.obj)))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_kwargs: Any
    ) -> bytearray:
        """Read."""
        return bytearray(await self._do(self._need().read_value(descriptor.obj)))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write."""
        await self._do(self._need().write_value(characteristic.obj, bytes(data), response))

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        """Write."""
        await self._do(self._need().write_value(descriptor.obj, bytes(data), True))

    async def start_notify(
        self,
        characteristic: BleakGATTCharacteristic,
        callback: Callable[[bytearray], None],
        **_kwargs: Any,
    ) -> None:
        """Subscribe. The callback is there before the sensor may speak."""
        char: CharacteristicProxy[Any] = characteristic.obj
        peer = self._need()
        self._callbacks[char.handle] = callback
        try:
            await self._do(peer.subscribe(char, self._by_the_long_way))
        except BleakError:
            self._callbacks.pop(char.handle, None)
            raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        char: CharacteristicProxy[Any] = characteristic.obj
        await self._do(self._need().unsubscribe(char, self._by_the_long_way))
        self._callbacks.pop(char.handle, None)

    @staticmethod
    def _by_the_long_way(_value: bytes) -> None:
        raise AssertionError("notifications arrive through VirtualRadio, not through bumble's host")

    def notified(self, char: int, value: bytes) -> None:
        """A notification came in; called by the adapter."""
        callback = self._callbacks.get(char)
        if callback is not None:
            callback(bytearray(value))
