"""The GATT table and the advertisement of a sensor, made from its profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from bumble.att import Attribute
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic, CharacteristicValue, Service

from hipgait.ble.profile import Profile
from hipgait.ble.virtual.advertising import packed

Properties = Characteristic.Properties
SIG_TAIL: Final = "-0000-1000-8000-00805f9b34fb"
SIG_SERVICES: Final = {"2a19": "180f", "2a37": "180d", "2a53": "1814"}
"""characteristics of the Bluetooth SIG -> their services"""
PRIVATE: Final = "0000fff0-8d1f-4c0f-9a55-7e1b2a3c4d5e"
"""service of a firmware whose profile names none; hosts look for characteristics"""


def properties_of(profile: Profile, char: str) -> Properties:
    """What can be done with a characteristic, by the profile's steps and streams."""
    found = Properties(0)
    for step in (*profile.configure, *profile.start, *profile.stop, *profile.teardown):
        if step.do == "subscribe" and step.char == char:
            found |= Properties.NOTIFY
        if step.expect and step.do == "write" and (step.reply or step.char) == char:
            found |= Properties.NOTIFY
        if step.do == "read" and step.char == char:
            found |= Properties.READ
        if step.do == "write" and step.char == char:
            found |= Properties.WRITE_WITHOUT_RESPONSE
            if profile.link.write_response:
                found |= Properties.WRITE
    if any(char == stream.char for stream in profile.stream):
        found |= Properties.NOTIFY
    return found or Properties.READ


def service_of(profile: Profile, uuid: str) -> str:
    """The service that a characteristic is put under."""
    if uuid.endswith(SIG_TAIL) and uuid[4:8] in SIG_SERVICES:
        return f"0000{SIG_SERVICES[uuid[4:8]]}{SIG_TAIL}"
    own = [u for u in profile.match.services if u[4:8] not in SIG_SERVICES.values()]
    return own[0] if own else PRIVATE


def table(
    profile: Profile,
    read: Callable[[str], bytes],
    write: Callable[[str, Connection, bytes], None],
) -> tuple[list[Service], dict[str, Characteristic[Any]]]:
    """Services, and name -> characteristic.

    read, write : called with the name of the characteristic.
    """
    chars: dict[str, Characteristic[Any]] = {}
    services: dict[str, list[Characteristic[Any]]] = {}
    for name, uuid in profile.chars.items():
        char: Characteristic[Any] = Characteristic(
            uuid,
            properties_of(profile, name),
            Attribute.READABLE | Attribute.WRITEABLE,
            CharacteristicValue(
                read=lambda _connection, name=name: read(name),
                write=lambda connection, data, name=name: write(name, connection, bytes(data)),
            ),
        )
        chars[name] = char
        services.setdefault(service_of(profile, uuid), []).append(char)
    return [Service(uuid, own) for uuid, own in services.items()], chars


def advertisement(profile: Profile, name: str) -> tuple[bytes, bytes]:
    """Advertisement and scan response, at most 31 bytes each. SIG services are short there."""
    services = [UUID(u[4:8] if u.endswith(SIG_TAIL) else u) for u in profile.match.services]
    return packed(services, list(profile.match.companies[:1]), name)
