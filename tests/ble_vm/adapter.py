"""The guest's adapter on bumble's virtual air, where bumble 0.0.236 is not what BlueZ expects."""

from __future__ import annotations

import asyncio
import struct

from bumble import controller, hci
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

from hipgait.ble.virtual.radio import Controller

ATT_CHANNEL = 4
"""fixed channel of L2CAP that attributes use"""


class Air(LocalLink):
    """Data travel under the address that a link was made with.

    bumble sends them under the present random address. BlueZ takes a new one for each scan, so that
    what it wrote during a scan to a sensor that was connected never arrived.
    """

    def send_acl_data(
        self,
        sender_controller: controller.Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is None or receiver is None:
            return
        asyncio.get_running_loop().call_soon(
            receiver.on_link_acl_data, connection.self_address, transport, data
        )


class Adapter(Controller):
    """The guest's adapter. It tells which connection parameters BlueZ asks for."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # Features that this virtual controller announces and BlueZ would use, but that do not work.
        self.le_features &= ~(
            hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        )
        self.asked: list[dict[str, int]] = []

    def on_hci_le_create_connection_command(
        self, command: hci.HCI_LE_Create_Connection_Command
    ) -> None:
        self.asked.append(
            {
                "interval_min": command.connection_interval_min,
                "interval_max": command.connection_interval_max,
                "supervision_timeout": command.supervision_timeout,
            }
        )
        super().on_hci_le_create_connection_command(command)

    def receive(self, sender: hci.Address, char: int, value: bytes) -> None:
        """A notification of a virtual sensor: on to BlueZ, as the radio's packet that it is."""
        notification = struct.pack("<BH", 0x1B, char) + value
        frame = struct.pack("<HH", len(notification), ATT_CHANNEL) + notification
        self.on_link_acl_data(sender, PhysicalTransport.LE, frame)
