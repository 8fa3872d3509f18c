"""Advertisements with scan responses, as legacy advertising sends them: 31 bytes each.

Bumble 0.0.236 keeps the scan response in the advertiser and reports the advertisement in its place;
it also lets any length pass, which a real kernel drops. Here an advertiser's response travels with
its advertisement, and who scans actively is told both (Bluetooth Core 5.4, vol. 6, part B, 2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bumble import controller, data_types, hci, ll
from bumble.core import UUID, AdvertisingData, DataType

LIMIT: Final = 31
"""bytes of an advertisement, and again of its scan response"""
HEAD: Final = 2
"""bytes of length and kind before each piece of data"""
ACTIVE: Final = 1
"""type of a scan that asks for scan responses"""
Flags: Final = AdvertisingData.Flags
_Extended = hci.HCI_LE_Extended_Advertising_Report_Event
_Legacy = hci.HCI_LE_Advertising_Report_Event
_ADVERTISED: Final = (
    _Extended.EventType.CONNECTABLE_ADVERTISING
    | _Extended.EventType.SCANNABLE_ADVERTISING
    | _Extended.EventType.LEGACY_ADVERTISING_PDU_USED
)
_ANSWERED: Final = _ADVERTISED | _Extended.EventType.SCAN_RESPONSE
UNKNOWN_DBM: Final = -50


def packed(services: list[UUID], companies: list[int], name: str) -> tuple[bytes, bytes]:
    """Advertisement and scan response: in order, each piece where there is room.

    A name that fits neither is shortened; a service or company that fits neither is not advertised.
    """
    flags = Flags.LE_GENERAL_DISCOVERABLE_MODE | Flags.BR_EDR_NOT_SUPPORTED
    parts: list[DataType] = [data_types.Flags(flags)]
    short = [uuid for uuid in services if len(uuid.to_bytes()) == 2]
    if short:
        parts.append(data_types.CompleteListOf16BitServiceUUIDs(short))
    long = [uuid for uuid in services if uuid not in short]
    if len(long) == 1:
        parts.append(data_types.CompleteListOf128BitServiceUUIDs(long))
    else:
        parts += [data_types.IncompleteListOf128BitServiceUUIDs([uuid]) for uuid in long]
    parts += [data_types.ManufacturerSpecificData(company, b"\x00") for company in companies]
    if name:
        parts.append(_named(name))
    both = [b"", b""]
    for part in parts:
        data = bytes(AdvertisingData([part]))
        for i, there in enumerate(both):
            if len(there) + len(data) <= LIMIT:
                both[i] += data
                break
    return both[0], both[1]


def _named(name: str) -> DataType:
    """The whole name, or its beginning where it is longer than any room."""
    raw = name.encode()
    if len(raw) <= LIMIT - HEAD:
        return data_types.CompleteLocalName(name)
    return data_types.ShortenedLocalName(raw[: LIMIT - HEAD].decode(errors="ignore"))


@dataclass
class Scannable(ll.AdvInd):
    """A connectable advertisement, with what it answers to an active scan."""

    response: bytes = b""


class Advertising(controller.Controller):
    """The part of a controller that advertises and scans; see the module."""

    def on_hci_le_set_extended_scan_parameters_command(
        self, command: hci.HCI_LE_Set_Extended_Scan_Parameters_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Keep the type of the scan, as the older command does."""
        self.le_scan_type = command.scan_types[0]
        return super().on_hci_le_set_extended_scan_parameters_command(command)

    def send_advertising_pdu(self, packet: ll.AdvertisingPdu) -> None:
        """Send the scan response along."""
        if isinstance(packet, ll.AdvInd | ll.AdvExtInd):
            packet = Scannable(packet.advertiser_address, packet.data, self._response())
        super().send_advertising_pdu(packet)

    def _response(self) -> bytes:
        for advertiser in self.advertising_sets.values():
            if advertiser.enabled:
                return bytes(advertiser.scan_response_data)
        return bytes(self.le_legacy_advertiser.scan_response_data)

    def on_advertising_pdu(self, pdu: ll.AdvInd | ll.AdvExtInd) -> None:
        """Report it where a scan runs, and connect where this is waited for."""
        if not isinstance(pdu, Scannable):
            super().on_advertising_pdu(pdu)
            return
        if self.le_scan_enable:
            self._report(pdu, pdu.data, response=False)
            if self.le_scan_type == ACTIVE:
                self._report(pdu, pdu.response, response=True)
        pending = self.pending_le_connection
        if pending is not None and pending.peer_address == pdu.advertiser_address:
            self.create_le_connection(pdu.advertiser_address)

    def _report(self, pdu: Scannable, data: bytes, *, response: bool) -> None:
        if len(data) > LIMIT:
            raise ValueError(f"{len(data)} bytes of advertisement, at most {LIMIT} can be sent")
        address = pdu.advertiser_address
        event: hci.HCI_LE_Advertising_Report_Event | hci.HCI_LE_Extended_Advertising_Report_Event
        if self.le_features & hci.LeFeatureMask.LE_EXTENDED_ADVERTISING:
            event = _Extended(
                [
                    _Extended.Report(
                        event_type=_ANSWERED if response else _ADVERTISED,
                        address_type=address.address_type,
                        address=address,
                        primary_phy=hci.Phy.LE_1M,
                        secondary_phy=0,
                        advertising_sid=0xFF,
                        tx_power=_Extended.TX_POWER_INFORMATION_NOT_AVAILABLE,
                        rssi=UNKNOWN_DBM,
                        periodic_advertising_interval=0,
                        direct_address_type=0,
                        direct_address=hci.Address.ANY,
                        data=data,
                    )
                ]
            )
        else:
            kind = _Legacy.EventType.SCAN_RSP if response else _Legacy.EventType.ADV_IND
            event = _Legacy(
                [
                    _Legacy.Report(
                        event_type=kind,
                        address_type=address.address_type,
                        address=address,
                        data=data,
                        rssi=UNKNOWN_DBM,
                    )
                ]
            )
        self.send_hci_packet(event)
