"""The host's adapter, and controllers in which a cancelled connect leaves nothing behind.

Bumble 0.0.236 answers the cancelling of a connection with success and leaves the request pending:
every later connect is refused. A real controller reports the end of the request (Bluetooth Core
5.4, vol. 4, part E, 7.8.13); so does this one. Notifications take a short cut past the HCI of both
sides, with as many turns of the loop as the long way, so that their order towards replies is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason
from bumble import hci, link
from bumble.device import Connection, Device

from hipgait.ble.virtual.advertising import Advertising

if TYPE_CHECKING:
    from hipgait.ble.virtual.backend import VirtualClient

HOST_ADDRESS: Final = "F0:F1:F2:F3:F4:F5"
DATA_BYTES: Final = 251
"""payload of a link-layer packet with the data length extension of Bluetooth 4.2"""
MTU: Final = 247
"""ATT MTU that the host asks for: one link-layer packet"""
DEFAULT_RSSI: Final = -50


class Controller(Advertising):
    """See the module."""

    le_acl_data_packet_length = DATA_BYTES
    on_notification: Callable[[int, int, bytes], None] | None = None
    """called with the handle of the connection, that of the characteristic, and the bytes"""

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """End the pending request, and say so."""
        if not self.cancel_connect():
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def cancel_connect(self) -> bool:
        """End a pending request to connect; False where there is none."""
        pending = self.pending_le_connection
        if pending is None:
            return False
        self.pending_le_connection = None
        ended = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, ended)
        return True

    def receive(self, sender: hci.Address, char: int, value: bytes) -> None:
        """A notification arrives from the link."""
        connection = self.le_connections.get(sender)
        if connection is not None and self.on_notification is not None:
            asyncio.get_running_loop().call_soon(
                self.on_notification, connection.handle, char, value
            )


class VirtualRadio:
    """The adapter of the host: one a rig.

    Attributes
    ----------
    rssi : address -> dBm that its advertisements arrive with.
    """

    def __init__(self) -> None:
        self.link = link.LocalLink()  # type: ignore[no-untyped-call]
        self.controller = Controller("host", link=self.link)
        self.controller.on_notification = self._notified
        self.device = Device.with_hci(
            "hipgait", hci.Address(HOST_ADDRESS), self.controller, self.controller
        )
        self.rssi: dict[str, int] = {}
        self._present = False
        self._clients: dict[int, VirtualClient] = {}
        self._connecting = asyncio.Lock()
        self._scanners = 0

    async def power_on(self) -> None:
        """Plug the adapter in."""
        await self.device.power_on()
        self._present = True

    async def unplug(self) -> None:
        """Take the adapter away: all links end, and nothing works any more."""
        self._present = False
        for connection in list(self.device.connections.values()):
            await connection.disconnect()

    def adapter(self) -> Device:
        """The adapter.

        Raises
        ------
        BleakBluetoothNotAvailableError : it is not there.
        """
        if not self._present:
            raise BleakBluetoothNotAvailableError(
                "No Bluetooth adapters found.", BleakBluetoothNotAvailableReason.NO_BLUETOOTH
            )
        return self.device

    async def scan(self, active: bool) -> None:
        """One more wants advertisements."""
        self._scanners += 1
        if self._scanners == 1:
            await self.adapter().start_scanning(active=active, filter_duplicates=False)

    async def unscan(self) -> None:
        """One fewer wants them."""
        self._scanners -= 1
        if self._scanners == 0 and self._present:
            await self.device.stop_scanning()

    async def connect(self, address: hci.Address, timeout_s: float) -> Connection:
        """Connect; one at a time, as a controller does.

        Cancelling it, at any moment, leaves the adapter as it was.
        """
        async with self._connecting:
            task = asyncio.create_task(self.adapter().connect(address, timeout=timeout_s))
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                self.controller.cancel_connect()
                await asyncio.wait([task])
                if task.exception() is None:
                    await task.result().disconnect()
                raise

    def attach(self, connection: Connection, client: VirtualClient) -> None:
        """Bring the notifications of a connection to a client."""
        self._clients[connection.handle] = client

    def detach(self, connection: Connection) -> None:
        """The connection is gone."""
        self._clients.pop(connection.handle, None)

    def _notified(self, connection: int, char: int, value: bytes) -> None:
        client = self._clients.get(connection)
        if client is not None:
            client.notified(char, value)
