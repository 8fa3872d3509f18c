"""Heart rate, and running speed and cadence, of the Bluetooth SIG: flags say which fields follow.

Sources: Heart Rate Service 1.0, 3.1 (characteristic 2A37); Running Speed and Cadence Service 1.0,
3.1 (characteristic 2A53). A field that is absent is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from hipgait.ble.decoders.special import Raw, Special
from hipgait.ble.profile import Stream, Value
from hipgait.ble.reader import Block, Fault, Found

Numbers = dict[str, float]

RR_MOST: Final = 9
"""RR intervals that fit into the smallest notification (20 bytes)"""
RR: Final = tuple(f"rr{i}" for i in range(RR_MOST))
HEART_FIELDS: Final = ("hr", "energy", *RR)
SPEED_FIELDS: Final = ("speed", "cadence", "stride_length", "distance", "running")


class FlagReader:
    """One packet of one sample a notification, read by a function."""

    def __init__(self, read: Callable[[bytes], Numbers], fields: tuple[str, ...]) -> None:
        self._read = read
        self._fields = fields

    def takes(self, data: bytes) -> bool:
        """Everything: the characteristic carries nothing else."""
        return True

    def learn(self, payloads: Sequence[bytes]) -> None:
        """Nothing to learn."""

    def reset(self) -> None:
        """No halves."""

    def feed(self, payloads: Sequence[bytes]) -> Found:
        """Read notifications one by one."""
        faults: list[Fault] = []
        owner: list[int] = []
        rows: list[Numbers] = []
        for i, data in enumerate(payloads):
            try:
                rows.append(self._read(data))
                owner.append(i)
            except ValueError as error:
                faults.append(Fault(i, str(error)))
        if not rows:
            return None, faults
        columns = {name: np.array([row.get(name, np.nan) for row in rows]) for name in self._fields}
        ones = np.ones(len(rows), np.int64)
        return Block(np.array(owner, np.int64), None, None, ones, columns), faults


class _Cursor:
    """Takes unsigned numbers off the front of a notification."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> int:
        if self.left() < size:
            raise ValueError(f"{len(self._data)} bytes are too few")
        value = int.from_bytes(self._data[self._at : self._at + size], "little")
        self._at += size
        return value


def read_heart_rate(data: bytes) -> Numbers:
    """Fields of a heart rate measurement.

    Raises
    ------
    ValueError : too few bytes, or some left over.
    """
    cursor = _Cursor(data)
    flags = cursor.take(1)
    found: Numbers = {"hr": cursor.take(2 if flags & 0x01 else 1)}
    if flags & 0x08:
        found["energy"] = cursor.take(2)
    if flags & 0x10:
        if cursor.left() % 2 or cursor.left() > 2 * RR_MOST:
            raise ValueError(f"{cursor.left()} bytes are no RR intervals")
        found.update((name, cursor.take(2)) for name in RR[: cursor.left() // 2])
    _end(cursor)
    return found


def read_speed_cadence(data: bytes) -> Numbers:
    """Fields of a running speed and cadence measurement.

    Raises
    ------
    ValueError : too few bytes, or some left over.
    """
    cursor = _Cursor(data)
    flags = cursor.take(1)
    found: Numbers = {"speed": cursor.take(2), "cadence": cursor.take(1)}
    if flags & 0x01:
        found["stride_length"] = cursor.take(2)
    if flags & 0x02:
        found["distance"] = cursor.take(4)
    found["running"] = float(bool(flags & 0x04))
    _end(cursor)
    return found


def _end(cursor: _Cursor) -> None:
    if cursor.left():
        raise ValueError(f"{cursor.left()} bytes more than the flags say")


def _number(value: float, size: int) -> bytes:
    most = (1 << (8 * size)) - 1
    return min(max(round(value), 0), most).to_bytes(size, "little")


def encode_heart_rate(stream: Stream, options: Mapping[str, Value], raw: Raw) -> list[bytes]:
    """A notification each; what is nan is left out."""
    out = []
    for _, columns in raw.packets():
        row = {name: float(c[0]) for name, c in columns.items() if np.isfinite(c[0])}
        wide = row.get("hr", 0) > 255
        beats = [row[name] for name in RR if name in row]
        flags = 0x01 * wide | 0x08 * ("energy" in row) | 0x10 * bool(beats)
        data = bytes([flags]) + _number(row.get("hr", 0), 2 if wide else 1)
        data += _number(row["energy"], 2) if "energy" in row else b""
        out.append(data + b"".join(_number(rr, 2) for rr in beats))
    return out


def encode_speed_cadence(stream: Stream, options: Mapping[str, Value], raw: Raw) -> list[bytes]:
    """A notification each; what is nan is left out."""
    out = []
    for _, columns in raw.packets():
        row = {name: float(c[0]) for name, c in columns.items() if np.isfinite(c[0])}
        flags = (
            0x01 * ("stride_length" in row)
            | 0x02 * ("distance" in row)
            | 0x04 * (row.get("running", 0) > 0)
        )
        data = bytes([flags]) + _number(row.get("speed", 0), 2) + _number(row.get("cadence", 0), 1)
        data += _number(row["stride_length"], 2) if "stride_length" in row else b""
        out.append(data + (_number(row["distance"], 4) if "distance" in row else b""))
    return out


def _check(kind: str, stream: Stream) -> Iterator[tuple[str, str]]:
    if stream.kind != kind:
        yield "kind", f"must be {kind!r}"
    for key in ("prefix", "header", "sample", "length", "trailing", "timestamp", "sequence"):
        if getattr(stream, key):
            yield key, "has no place beside this decoder"
    if stream.reply or stream.samples != 1:
        yield "reply" if stream.reply else "samples", "has no place beside this decoder"


def _reader(
    read: Callable[[bytes], Numbers],
    fields: tuple[str, ...],
    stream: Stream,
    options: Mapping[str, Value],
) -> FlagReader:
    return FlagReader(read, fields)


HEART_RATE: Final = Special(
    frozenset(HEART_FIELDS),
    partial(_check, "heart_rate"),
    partial(_reader, read_heart_rate, HEART_FIELDS),
    encode_heart_rate,
)
SPEED_CADENCE: Final = Special(
    frozenset(SPEED_FIELDS),
    partial(_check, "speed"),
    partial(_reader, read_speed_cadence, SPEED_FIELDS),
    encode_speed_cadence,
)
