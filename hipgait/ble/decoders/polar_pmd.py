"""Polar measurement data (PMD): accelerometer and gyroscope of H10, Verity Sense and OH1.

``type, u64 ns since 2000-01-01 of the last sample, frame``; bit 7 of frame says that the samples
are packed as differences: first one sample in full, then blocks of ``bits, count`` and that many
differences of xyz, each ``bits`` wide, least significant bit first. The answer to the start command
may carry a factor: SI is raw times factor. Source: polar-ble-sdk, BlePMDClient and AccData.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.decoders.special import Raw, Special
from hipgait.ble.layout import parse_field, scale_of
from hipgait.ble.pattern import parse_hex
from hipgait.ble.profile import Stream, Value
from hipgait.ble.reader import Block, Fault, Found
from hipgait.ble.units import UNITS

HEAD: Final = 10
DELTA: Final = 0x80
ACC: Final = 2
GYR: Final = 5
MG: Final = UNITS["mg"].factor
BASE: Final = {ACC: UNITS["g"].factor, GYR: UNITS["deg/s"].factor}
"""What a factor of 1 stands for in differences of frame type 0."""
RAW_BYTES: Final = {0: 1, 1: 2, 2: 3}
"""Frame type without differences -> bytes of one axis; the accelerometer's are in mg."""
REFERENCE: Final = 6
"""bytes of the first sample of differences: three axes of 16 bits"""
WIDEST: Final = 32
"""differences of 16 bits need 17; wider ones than this are no data"""
START: Final = 0x02
ANSWER: Final = 0xF0
FACTOR: Final = 0x05
SETTING_BYTES: Final = {0: 2, 1: 2, 2: 2, 3: 4, 4: 1, FACTOR: 4}
"""Setting in an answer -> bytes of one value."""


class PolarReader:
    """Frames of one measurement type."""

    def __init__(self, stream: Stream, options: Mapping[str, Value]) -> None:
        self._type = parse_hex(stream.prefix)[0]
        self._names = [parse_field(text).name for text in stream.sample]
        (channel,) = stream.channels.values()
        self._nominal = scale_of(channel, options).factor
        self._factor: float | None = None

    def takes(self, data: bytes) -> bool:
        """Frames of this type."""
        return data[:1] == bytes([self._type])

    def learn(self, payloads: Sequence[bytes]) -> None:
        """Take the factor from answers to the start command."""
        for data in payloads:
            if data[:4] == bytes([ANSWER, START, self._type, 0]):
                factor = _factor(data[5:])
                if factor is not None:
                    self._factor = factor

    def reset(self) -> None:
        """No halves; the factor stays until another answer."""

    def feed(self, payloads: Sequence[bytes]) -> Found:
        """Read frames one by one."""
        faults: list[Fault] = []
        owner: list[int] = []
        ticks: list[int] = []
        frames: list[NDArray[np.float64]] = []
        gains: list[float] = []
        for i, data in enumerate(payloads):
            try:
                samples, gain = self._frame(data)
            except ValueError as error:
                faults.append(Fault(i, str(error)))
                continue
            owner.append(i)
            ticks.append(int.from_bytes(data[1:9], "little"))
            frames.append(samples)
            gains.append(gain)
        if not frames:
            return None, faults
        count = np.array([len(f) for f in frames], np.int64)
        joined = np.concatenate(frames)
        return (
            Block(
                notification=np.array(owner, np.int64),
                tick=np.array(ticks, np.uint64),
                sequence=None,
                count=count,
                columns={name: joined[:, k] for k, name in enumerate(self._names)},
                gain=np.repeat(np.array(gains), count),
            ),
            faults,
        )

    def _frame(self, data: bytes) -> tuple[NDArray[np.float64], float]:
        """(n, 3) raw, SI per raw."""
        if len(data) <= HEAD:
            raise ValueError(f"{len(data)} bytes are too few")
        kind, body = data[HEAD - 1], data[HEAD:]
        if kind & DELTA:
            return unpack(body), self._gain(kind & ~DELTA)
        if self._type != ACC or kind not in RAW_BYTES:
            raise ValueError(f"unknown frame type 0x{kind:02x}")
        return _whole(body, RAW_BYTES[kind]), MG

    def _gain(self, kind: int) -> float:
        if kind == 0:
            return self._nominal if self._factor is None else self._factor * BASE[self._type]
        if kind == 1 and self._type == ACC:
            return MG * (1.0 if self._factor is None else self._factor)
        raise ValueError(f"unknown frame type 0x{kind | DELTA:02x}")


def _factor(settings: bytes) -> float | None:
    """The factor among the settings ``id, number, values`` behind the ``more`` byte."""
    at = 0
    while at + 2 <= len(settings):
        which, number = settings[at], settings[at + 1]
        size = SETTING_BYTES.get(which)
        if size is None:
            return None
        if which == FACTOR and number == 1 and at + 6 <= len(settings):
            (value,) = struct.unpack_from("<f", settings, at + 2)
            return float(value) if 0 < value < 1e3 else None
        at += 2 + size * number
    return None


def _whole(body: bytes, size: int) -> NDArray[np.float64]:
    """Samples of ``size`` bytes an axis, signed."""
    if len(body) % (3 * size):
        raise ValueError(f"{len(body)} bytes are no whole number of samples")
    octets = np.frombuffer(body, np.uint8).reshape(-1, size).astype(np.int64)
    value: NDArray[np.int64] = octets @ (1 << (8 * np.arange(size)))
    half = 1 << (8 * size - 1)
    signed = np.where(value >= half, value - 2 * half, value)
    return signed.reshape(-1, 3).astype(np.float64)


def unpack(body: bytes) -> NDArray[np.float64]:
    """(n, 3) samples from the first one and differences.

    Raises
    ------
    ValueError : a block that is cut, empty or impossibly wide.
    """
    if len(body) < REFERENCE:
        raise ValueError(f"{len(body)} bytes are too few for a first sample")
    parts = [np.frombuffer(body, "<i2", 3).astype(np.int64)[np.newaxis]]
    at = REFERENCE
    while at < len(body):
        if at + 2 > len(body):
            raise ValueError("a block of differences is cut")
        width, number = body[at], body[at + 1]
        at += 2
        if not 1 <= width <= WIDEST or not number:
            raise ValueError(f"a block of {number} differences of {width} bits")
        size = -(-width * number * 3 // 8)
        if at + size > len(body):
            raise ValueError("a block of differences is cut")
        parts.append(_differences(body[at : at + size], width, number))
        at += size
    return np.cumsum(np.concatenate(parts), axis=0).astype(np.float64)


def _differences(packed: bytes, width: int, number: int) -> NDArray[np.int64]:
    stream = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")
    bits = stream[: width * number * 3].reshape(-1, width).astype(np.int64)
    weights = np.left_shift(1, np.arange(width))
    weights[-1] *= -1  # two's complement
    values: NDArray[np.int64] = bits @ weights
    return values.reshape(number, 3)


def pack(samples: NDArray[np.int64]) -> bytes:
    """The inverse of ``unpack``: (n, 3) within 16 bits."""
    out = bytearray(samples[0].astype("<i2").tobytes())
    steps = np.diff(samples, axis=0)
    for at in range(0, len(steps), 255):
        block = steps[at : at + 255].ravel()
        width = max(int(v).bit_length() if v >= 0 else int(~v).bit_length() for v in block) + 1
        bits = (block[:, np.newaxis] >> np.arange(width)) & 1
        out += bytes([width, len(block) // 3])
        out += np.packbits(bits.astype(np.uint8).ravel(), bitorder="little").tobytes()
    return bytes(out)


def encode(stream: Stream, options: Mapping[str, Value], raw: Raw) -> list[bytes]:
    """A frame each: in full (type 1) where the unit is mg, else differences (type 0)."""
    (channel,) = stream.channels.values()
    names = [parse_field(text).name for text in stream.sample]
    kind = 1 if channel.unit == "mg" else DELTA
    out = []
    for tick, columns in raw.packets():
        whole = np.column_stack([columns[name] for name in names]).astype(np.int64)
        body = whole.astype("<i2").tobytes() if kind == 1 else pack(whole)
        head = parse_hex(stream.prefix) + tick.to_bytes(8, "little") + bytes([kind])
        out.append(head + body)
    return out


def _check(stream: Stream) -> Iterator[tuple[str, str]]:
    if stream.prefix.strip() not in (f"{ACC:02x}", f"{GYR:02x}"):
        yield "prefix", "must be 02 (accelerometer) or 05 (gyroscope)"
        return
    if stream.header != ("time:u64", "frame:u8"):
        yield "header", 'must be ["time:u64", "frame:u8"]'
    if [parse_field(text).type for text in stream.sample] != ["i16"] * 3:
        yield "sample", "must be x, y, z, all i16"
    if stream.samples != "fill":
        yield "samples", 'must be "fill"'
    wanted = "acc" if stream.prefix.strip() == f"{ACC:02x}" else "gyr"
    if tuple(stream.channels) != (wanted,):
        yield "channels", f"must be {wanted} alone"
    for key in ("length", "trailing", "sequence"):
        if getattr(stream, key):
            yield key, "has no place beside this decoder"


SPECIAL: Final = Special(frozenset(), _check, PolarReader, encode)
