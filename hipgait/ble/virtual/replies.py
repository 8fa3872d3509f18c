"""Answers of firmwares that say more in them than a profile's ``expect``."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from hipgait.ble.layout import by_option
from hipgait.ble.pattern import parse_hex
from hipgait.ble.profile import Profile, Stream, Value

POLAR: Final = "polar_pmd"
ANSWER, START, STOP, FACTOR = 0xF0, 0x02, 0x03, 0x05
DONE, WRONG_TYPE, WRONG_VALUE, ALREADY = 0x00, 0x02, 0x05, 0x06
"""status of an answer (polar-ble-sdk, PmdControlPointResponse)"""


def answer(
    profile: Profile,
    options: Mapping[str, Value],
    char: str,
    data: bytes,
    known: bool,
    running: bool,
) -> tuple[str, bytes] | None:
    """(characteristic, bytes) of an answer to a write; None: as the profile expects it.

    options : as set by now.  known : the firmware knows these bytes.
    running : it streamed before they came.
    """
    polar = [s for s in profile.stream if s.decoder == POLAR and s.reply == char]
    return (char, _polar(polar, options, data, known, running)) if polar and data else None


def _polar(
    streams: list[Stream], options: Mapping[str, Value], data: bytes, known: bool, running: bool
) -> bytes:
    """``f0, command, type, status, more`` and, at a start, the factor ``05 01 f32``."""
    command, kind = data[0], data[1] if len(data) > 1 else 0
    if command == START and known and running:
        return bytes([ANSWER, command, kind, ALREADY])
    if not known:
        wrong_type = all(parse_hex(s.prefix)[0] != kind for s in streams)
        return bytes([ANSWER, command, kind, WRONG_TYPE if wrong_type else WRONG_VALUE])
    done = bytes([ANSWER, command, kind, DONE])
    for stream in streams:
        if command == START and parse_hex(stream.prefix)[0] == kind:
            (channel,) = stream.channels.values()
            factor = 1.0 if channel.unit == "mg" else by_option(channel.scale, options)
            return done + b"\x00" + bytes([FACTOR, 1]) + struct.pack("<f", factor)
    return done
