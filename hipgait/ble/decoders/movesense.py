"""Movesense GATT sensor data protocol: messages that are cut into notifications.

Data: ``02 ref u32 ms``, then all samples of the accelerometer, then all of the gyroscope, then all
of the magnetometer, xyz as f32; ``03 ref`` goes on where the notification before was full. Source:
https://www.movesense.com/docs/esw/gatt_sensordata_protocol
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from hipgait.ble.decoders.special import Raw, Special
from hipgait.ble.layout import by_option, parse_field, widened
from hipgait.ble.pattern import parse_hex
from hipgait.ble.profile import Stream, Value
from hipgait.ble.reader import Block, Fault, Found

DATA: Final = 2
MORE: Final = 3
HEAD: Final = 6
"""type, reference, u32 ms"""
FULL: Final = 155
"""longest notification that the sensor sends, bytes (its MTU is at most 158)"""


class MovesenseReader:
    """Joins the notifications of a message."""

    def __init__(self, stream: Stream, options: Mapping[str, Value]) -> None:
        self._names = [parse_field(text).name for text in stream.sample]
        assert not isinstance(stream.samples, str)
        self._count = round(by_option(stream.samples, options))
        self._size = HEAD + self._count * len(self._names) * 4
        self._ref = parse_hex(stream.prefix)[1]
        self._held: bytes | None = None

    def takes(self, data: bytes) -> bool:
        """Data of this subscription; answers to commands are not."""
        return len(data) > 2 and data[0] in (DATA, MORE) and data[1] == self._ref

    def learn(self, payloads: Sequence[bytes]) -> None:
        """Nothing to learn."""

    def reset(self) -> None:
        """Forget the beginning of a message."""
        self._held = None

    def feed(self, payloads: Sequence[bytes]) -> Found:
        """Join, then read all messages at once."""
        faults: list[Fault] = []
        whole: list[bytes] = []
        owner: list[int] = []
        for i, data in enumerate(payloads):
            if data[0] == DATA:
                if self._held is not None:
                    faults.append(Fault(i, "the message before was not finished"))
                    self._held = None
                if len(data) < HEAD:
                    faults.append(Fault(i, f"{len(data)} bytes are too few"))
                    continue
                self._held = data
            elif self._held is None:
                faults.append(Fault(i, "goes on with a message that did not begin"))
                continue
            else:
                self._held += data[2:]
            if len(self._held) == self._size:
                whole.append(self._held)
                owner.append(i)
                self._held = None
            elif len(self._held) > self._size:
                faults.append(Fault(i, f"{len(self._held)} bytes in place of {self._size}"))
                self._held = None
        return self._block(whole, owner), faults

    def _block(self, whole: list[bytes], owner: list[int]) -> Block | None:
        if not whole:
            return None
        n, sensors = self._count, len(self._names) // 3
        array = np.frombuffer(
            b"".join(whole),
            [("kind", "V2"), ("time", "<u4"), ("xyz", "<f4", (sensors, n, 3))],
        )
        xyz = widened(array["xyz"])
        columns = {name: xyz[:, i // 3, :, i % 3].ravel() for i, name in enumerate(self._names)}
        return Block(
            notification=np.array(owner, np.int64),
            tick=array["time"].astype(np.uint64),
            sequence=None,
            count=np.full(len(whole), n, np.int64),
            columns=columns,
        )


def encode(stream: Stream, options: Mapping[str, Value], raw: Raw) -> list[bytes]:
    """Messages, cut as the sensor cuts them."""
    ref = parse_hex(stream.prefix)[1]
    names = [parse_field(text).name for text in stream.sample]
    out: list[bytes] = []
    for tick, columns in raw.packets():
        blocks = [
            np.column_stack([columns[name] for name in names[i : i + 3]]).astype("<f4").tobytes()
            for i in range(0, len(names), 3)
        ]
        body = b"".join(blocks)
        first = bytes([DATA, ref]) + (tick % 2**32).to_bytes(4, "little")
        room = FULL - HEAD
        out.append(first + body[:room])
        for at in range(room, len(body), FULL - 2):
            out.append(bytes([MORE, ref]) + body[at : at + FULL - 2])
    return out


def _check(stream: Stream) -> Iterator[tuple[str, str]]:
    try:
        prefix = parse_hex(stream.prefix)
    except ValueError as error:
        yield "prefix", str(error)
        return
    if len(prefix) != 2 or prefix[0] != DATA:
        yield "prefix", "must be 02 and the reference of the subscription"
    if stream.header != ("time:u32",):
        yield "header", 'must be ["time:u32"]'
    kinds = [parse_field(text) for text in stream.sample]
    if not kinds or len(kinds) % 3 or len(kinds) > 9 or any(f.type != "f32" for f in kinds):
        yield "sample", "must be x, y, z of one to three sensors, all f32"
    if isinstance(stream.samples, str):
        yield "samples", "must be a number, or one by option"
    elif not isinstance(stream.samples, int):
        for value in stream.samples.values.values():
            if not 1 <= value <= 255 or value != int(value):
                yield "samples", "must be whole numbers from 1 to 255"
    for key in ("length", "trailing", "sequence", "reply"):
        if getattr(stream, key):
            yield key, "has no place beside this decoder"


SPECIAL: Final = Special(frozenset(), _check, MovesenseReader, encode)
