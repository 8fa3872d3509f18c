"""A FIT file written by the protocol: header, definitions, data messages, CRCs."""

from __future__ import annotations

import struct
from collections.abc import Sequence

EPOCH = 631065600
"""FIT counts seconds since 1989-12-31, here as seconds since 1970."""
_NIBBLES = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)  # fmt: skip

# field: number, size, base type, struct code, scale, offset
TIME = (253, 4, 0x86, "I", 1.0, 0.0)
RECORD = (TIME, (5, 4, 0x86, "I", 100.0, 0.0), (2, 2, 0x84, "H", 5.0, 500.0),
          (6, 2, 0x84, "H", 1000.0, 0.0), (3, 1, 0x02, "B", 1.0, 0.0))  # fmt: skip
"""timestamp, distance, altitude, speed, heart rate"""
LAP = (TIME, (2, 4, 0x86, "I", 1.0, 0.0))
EVENT = (TIME, (0, 1, 0x00, "B", 1.0, 0.0), (1, 1, 0x00, "B", 1.0, 0.0))
INVALID = {"I": 0xFFFFFFFF, "H": 0xFFFF, "B": 0xFF}
GLOBAL = {"record": (20, RECORD), "lap": (19, LAP), "event": (21, EVENT)}


def crc(data: bytes) -> int:
    value = 0
    for byte in data:
        for part in (byte & 0xF, byte >> 4):
            value = ((value >> 4) & 0x0FFF) ^ _NIBBLES[value & 0xF] ^ _NIBBLES[part]
    return value


def fit_bytes(messages: Sequence[tuple[str, Sequence[float | None]]]) -> bytes:
    """messages: (name, values in the units of the profile; None where not recorded)."""
    body = b""
    numbers = {name: k for k, name in enumerate(GLOBAL)}
    for name, k in numbers.items():
        number, fields = GLOBAL[name]
        body += struct.pack("<BBBHB", 0x40 | k, 0, 0, number, len(fields))
        body += b"".join(bytes((f[0], f[1], f[2])) for f in fields)
    for name, values in messages:
        body += bytes((numbers[name],))
        for (_, _, _, code, scale, offset), value in zip(GLOBAL[name][1], values, strict=True):
            raw = INVALID[code] if value is None else round((value + offset) * scale)
            body += struct.pack(f"<{code}", raw)
    head = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    head += struct.pack("<H", crc(head))
    return head + body + struct.pack("<H", crc(head + body))


def run_fit(start: float, seconds: int = 120, grade: float = 0.04) -> bytes:
    """A run up a slope at 3 m/s with a lap at 60 s and a stop of the timer from 80 to 95 s."""
    at = start - EPOCH
    messages: list[tuple[str, Sequence[float | None]]] = [("event", (at, 0, 0))]
    for k in range(seconds):
        if 80 < k < 95:
            continue
        d = 3.0 * (k if k <= 80 else k - 15)
        heart = None if k < 5 else 120 + k // 4
        messages.append(("record", (at + k, d, 100.0 + grade * d, 3.0, heart)))
        if k == 60:
            messages.append(("lap", (at + 60, at)))
        if k == 80:
            messages.append(("event", (at + 80, 0, 4)))
        if k == 95:
            messages.append(("event", (at + 95, 0, 0)))
    messages.append(("lap", (at + seconds, at + 60)))
    return fit_bytes(messages)
