"""FIT messages as bytes: definitions, records, checksum.

Flexible and Interoperable Data Transfer protocol, version 2.0 (developer.garmin.com/fit/protocol):
a 14-byte header, then definition messages (which fields, their sizes and base types) and data
messages, then a CRC-16 over all of it. Only what an activity with developer fields needs.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

EPOCH_UNIX_S: Final = 631_065_600
"""1989-12-31 00:00:00 UTC, where FIT counts its seconds from."""
EARLIEST: Final = 0x1000_0000
"""Smaller times count from when a device was switched on (type date_time of the profile)."""
PROTOCOL: Final = 0x20
PROFILE: Final = 2132
UNKNOWN_FLOAT: Final = b"\xff" * 4
"""The one of the many NaN by which the protocol marks a float32 as not known."""
_NIBBLES: Final = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)  # fmt: skip


Value: TypeAlias = float | str | bytes | None


class Base(NamedTuple):
    """A base type: its code, its struct letter, and the value that means "not known"."""

    code: int
    letter: str
    invalid: int | float


ENUM: Final = Base(0x00, "B", 0xFF)
UINT8: Final = Base(0x02, "B", 0xFF)
UINT16: Final = Base(0x84, "H", 0xFFFF)
UINT32: Final = Base(0x86, "I", 0xFFFF_FFFF)
UINT32Z: Final = Base(0x8C, "I", 0)
FLOAT32: Final = Base(0x88, "f", float("nan"))
STRING: Final = Base(0x07, "s", 0)
BYTES: Final = Base(0x0D, "s", 0xFF)


class Field(NamedTuple):
    """One field of a message. size : bytes, only for text and byte arrays."""

    number: int
    base: Base
    scale: float = 1.0
    size: int = 0

    @property
    def length(self) -> int:
        """Its length in the message."""
        return self.size or struct.calcsize(self.base.letter)

    def pack(self, value: Value) -> bytes:
        """A value in the field's unit; None and NaN become "not known"."""
        if isinstance(value, str | bytes):
            raw = value.encode("utf-8") if isinstance(value, str) else value
            room = self.size - 1 if self.base is STRING else self.size
            return raw[:room].ljust(self.size, b"\0")
        if value is None or value != value:
            if self.base is FLOAT32:
                return UNKNOWN_FLOAT
            return struct.pack("<" + self.base.letter, self.base.invalid)
        if self.base is FLOAT32:
            return struct.pack("<f", value)
        whole = round(value * self.scale)
        top = 256 ** struct.calcsize(self.base.letter) - 2
        return struct.pack("<" + self.base.letter, min(max(whole, 0), top))


DEVELOPED: Final = Field(0, FLOAT32)
"""How a value of a developer field is packed, whatever its number."""


@dataclass(frozen=True)
class Message:
    """A kind of message. developer : numbers of the developer fields (all float32, index 0)."""

    number: int
    fields: tuple[Field, ...]
    developer: tuple[int, ...] = ()


@dataclass
class FitWriter:
    """Collects messages; ``finish`` gives the file. A message is defined when it is first used."""

    _body: bytearray = field(default_factory=bytearray)
    _local: dict[int, int] = field(default_factory=dict)

    def add(self, message: Message, values: Sequence[Value], extra: Sequence[float] = ()) -> None:
        """Append one message: its values in the order of the fields, then the developer fields.

        Raises
        ------
        ValueError : the number of values is not that of the fields.
        """
        if len(values) != len(message.fields) or len(extra) != len(message.developer):
            raise ValueError(f"message {message.number}: {len(values)} + {len(extra)} values")
        if message.number not in self._local:
            self._define(message)
        self._body.append(self._local[message.number])
        for one, value in zip(message.fields, values, strict=True):
            self._body += one.pack(value)
        for number in extra:
            self._body += DEVELOPED.pack(number)

    def _define(self, message: Message) -> None:
        local = self._local[message.number] = len(self._local)
        has_own = bool(message.developer)
        self._body.append(0x40 | (0x20 if has_own else 0) | local)
        self._body += struct.pack("<BBHB", 0, 0, message.number, len(message.fields))
        for one in message.fields:
            self._body += bytes((one.number, one.length, one.base.code))
        if has_own:
            self._body.append(len(message.developer))
            for number in message.developer:
                self._body += bytes((number, 4, 0))

    def finish(self) -> bytes:
        """The whole file: header, messages, checksum."""
        start = struct.pack("<BBHI4s", 14, PROTOCOL, PROFILE, len(self._body), b".FIT")
        whole = start + struct.pack("<H", crc16(start)) + bytes(self._body)
        return whole + struct.pack("<H", crc16(whole))


def crc16(data: bytes) -> int:
    """The checksum of the FIT protocol (CRC-16 of polynomial 0x8005, reflected, by nibbles)."""
    crc = 0
    for byte in data:
        for nibble in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) ^ _NIBBLES[crc & 0xF] ^ _NIBBLES[nibble]
    return crc
