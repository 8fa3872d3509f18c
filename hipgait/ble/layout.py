"""Layouts of packets, compiled to NumPy structured types, and scales to SI units."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.pattern import Pattern, parse_hex, parse_pattern
from hipgait.ble.profile import ByOption, Channel, Stream, Value
from hipgait.ble.units import UNITS

MAX_PACKET: Final = 512
"""Longest value of a characteristic, bytes (Bluetooth Core 5.4, vol. 3, part F, 3.2.9)."""

FILL: Final = "fill"

KEPT: Final = 32
"""Compiled types that a layout keeps: a sensor has a few, and what lies may not fill the memory."""

_DTYPES: Final = {
    "u8": "u1",
    "i8": "i1",
    "u16": "<u2",
    "i16": "<i2",
    "u24": "3u1",  # NumPy has no 24 bits: put together by hand
    "i24": "3u1",
    "u32": "<u4",
    "i32": "<i4",
    "u64": "<u8",
    "f32": "<f4",
    "f64": "<f8",
}
TYPES: Final = tuple(_DTYPES)
_PAD: Final = re.compile(r"pad([1-9][0-9]{0,2})")
_FIELD: Final = re.compile(r"([a-z][a-z0-9_]{0,31}):(\w+)")


@dataclass(frozen=True)
class Field:
    """One number of a packet. name : "" for padding.  type : of TYPES, or "pad"."""

    name: str
    type: str
    size: int

    @property
    def unsigned(self) -> bool:
        """Whether it can count."""
        return self.type.startswith("u")

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Smallest and largest value; None for floats."""
        if self.type.startswith("f"):
            return None
        bits = int(self.type[1:])
        return (0, 2**bits - 1) if self.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def parse_field(text: str) -> Field:
    """``"name:type"`` or ``"padN"``.

    Raises
    ------
    ValueError : neither, or a type that is not known.
    """
    pad = _PAD.fullmatch(text)
    if pad:
        return Field("", "pad", int(pad[1]))
    found = _FIELD.fullmatch(text)
    if not found:
        raise ValueError(f'{text!r} is neither "name:type" nor "padN"')
    if found[2] not in _DTYPES:
        raise ValueError(f'unknown type "{found[2]}" (known: {", ".join(TYPES)})')
    return Field(found[1], found[2], np.dtype(_DTYPES[found[2]]).itemsize)


def size_of(fields: Sequence[Field]) -> int:
    """Bytes that they take."""
    return sum(f.size for f in fields)


def _entries(fields: Sequence[Field], filler: str) -> list[tuple[str, str]]:
    return [
        (f.name, _DTYPES[f.type]) if f.name else (f"{filler}{i}", f"V{f.size}")
        for i, f in enumerate(fields)
    ]


def by_option(number: float | ByOption, options: Mapping[str, Value]) -> float:
    """The number, or that of the option as it is set."""
    if isinstance(number, ByOption):
        return float(number.values[text_of(options[number.option])])
    return float(number)


def text_of(value: Value) -> str:
    """A value of an option as profiles spell it: 4.0 is "4"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


class Layout:
    """How a packet of a stream is laid out.

    Parameters
    ----------
    stream : of a profile that was checked.
    options : all of them, as they are set.
    """

    def __init__(self, stream: Stream, options: Mapping[str, Value]) -> None:
        self.sync = parse_hex(stream.sync_bytes)
        self.prefix: Pattern = parse_pattern(stream.prefix or stream.sync_bytes)
        self.header = [parse_field(text) for text in stream.header]
        self.sample = [parse_field(text) for text in stream.sample]
        self.head_size = len(self.prefix) + size_of(self.header)
        self.sample_size = size_of(self.sample)
        self.length = stream.length
        self.trailing = stream.trailing
        self.types = {f.name: f for f in (*self.header, *self.sample) if f.name}
        samples = stream.samples
        self.count_field = samples if isinstance(samples, str) and samples != FILL else None
        self.fixed = None if isinstance(samples, str) else round(by_option(samples, options))
        # names of pads begin with an underscore: no field can be called so
        self._head_entries: list[Any] = [
            ("_prefix", f"V{len(self.prefix)}"),
            *_entries(self.header, "_h"),
        ]
        self._sample_dtype = np.dtype(_entries(self.sample, "_s"))
        self._dtypes: dict[tuple[int, int], np.dtype[np.void]] = {}

    def dtype(self, count: int, tail: int = 0) -> np.dtype[np.void]:
        """Of a packet with so many samples, and ``tail`` bytes behind them."""
        found = self._dtypes.get((count, tail))
        if found is None:
            if len(self._dtypes) >= KEPT:
                self._dtypes.clear()
            samples = ("_samples", self._sample_dtype, (count,))
            found = np.dtype([*self._head_entries, samples, ("_tail", f"V{tail}")])
            self._dtypes[count, tail] = found
        return found

    def head(self, joined: bytes, size: int) -> NDArray[np.void]:
        """Headers of packets of ``size`` bytes each, joined."""
        dtype = np.dtype([*self._head_entries, ("_rest", f"V{size - self.head_size}")])
        return np.frombuffer(joined, dtype)

    def count_in(self, size: int) -> int | None:
        """Samples in a packet of ``size`` bytes, where its length or the profile alone say it."""
        if self.fixed is not None:
            return self.fixed
        if self.count_field is None:
            return (size - self.head_size) // self.sample_size
        return None

    def why_not(self, size: int) -> str:
        """Why no packet is of this size; "" where one may be."""
        body = size - self.head_size
        if self.length is not None and not self.trailing and size != self.length:
            return f"{size} bytes in place of {self.length}"
        if self.length is not None and size > self.length:
            return f"{size} bytes, more than {self.length}"
        if body < self.sample_size:
            return f"{size} bytes are too few"
        if self.fixed is not None:
            need = self.fixed * self.sample_size
            if body < need or (body > need and not self.trailing):
                return f"{size} bytes in place of {self.head_size + need}"
        elif not self.trailing and body % self.sample_size:
            return f"{size} bytes are no whole number of samples"
        return ""


def column(array: NDArray[np.void], field: Field) -> NDArray[Any]:
    """One field of structured packets or samples, in its own type; 24 bits widened to 32."""
    raw = array[field.name]
    if field.type not in ("u24", "i24"):
        return raw
    low, mid, high = (raw[..., i].astype(np.int32) for i in range(3))
    value = low | (mid << 8) | (high << 16)
    return np.where(value >= 1 << 23, value - (1 << 24), value) if field.type == "i24" else value


def widened(raw: NDArray[Any]) -> NDArray[np.float64]:
    """As float64. A signalling nan, which a sensor may send, makes no warning."""
    with np.errstate(invalid="ignore"):
        return raw.astype(np.float64)


def put(array: NDArray[np.void], field: Field, values: NDArray[Any]) -> None:
    """The inverse of ``column``."""
    if field.type in ("u24", "i24"):
        whole = values.astype(np.int64) & 0xFFFFFF
        for i in range(3):
            array[field.name][..., i] = (whole >> (8 * i)) & 0xFF
    else:
        array[field.name] = values


@dataclass(frozen=True)
class Scale:
    """From fields to one channel.

    fields : in the order of the firmware.
    factor : SI per raw unit.
    order, sign : (k,) x, y, z are ``sign * fields[order]``.
    range : full scale in SI, or None.
    """

    fields: tuple[str, ...]
    factor: float
    order: NDArray[np.intp]
    sign: NDArray[np.float64]
    range: float | None

    def apply(
        self, columns: Mapping[str, NDArray[np.float64]], gain: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """(n, k) in SI; what is no finite number becomes nan. gain : (n,) SI per raw unit."""
        raw = np.column_stack([columns[name] for name in self.fields])
        with np.errstate(over="ignore", invalid="ignore"):
            value = raw * (self.factor if gain is None else gain[:, np.newaxis])
        value = np.where(np.isfinite(value), value, np.nan)
        return np.ascontiguousarray(value[:, self.order] * self.sign)

    def undo(self, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Raw fields from (n, k) in SI, not rounded."""
        raw = np.empty_like(values)
        raw[:, self.order] = values * self.sign / self.factor
        return {name: raw[:, i] for i, name in enumerate(self.fields)}


def scale_of(channel: Channel, options: Mapping[str, Value]) -> Scale:
    """What turns the fields of a channel into SI units."""
    unit = UNITS[channel.unit].factor
    axes = channel.axes or tuple("xyz"[: len(channel.fields)])
    if channel.axes or len(channel.fields) == 3:
        order = np.array(["xyz".index(a.lstrip("-")) for a in axes], np.intp)
        sign = np.array([-1.0 if a.startswith("-") else 1.0 for a in axes])
    else:
        order = np.arange(len(channel.fields), dtype=np.intp)
        sign = np.ones(len(channel.fields))
    reach = None if channel.range is None else by_option(channel.range, options) * unit
    return Scale(channel.fields, by_option(channel.scale, options) * unit, order, sign, reach)
