"""Arrays of samples ``[{"x":1,"y":2,"z":3}, ...]`` out of JSON, without an object for every number.

Every key's colon is found at once; what lies between the keys is handed over as text and converted
in one go. Nothing is taken that JSON would refuse: each byte of an array is a key, a comma, a
bracket or part of a number, in its place, and the numbers are written as JSON writes them. Anything
else is left to a JSON decoder, which says where it is wrong.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hipgait.io.plausible import all_finite
from hipgait.recording import BoolArray, FloatArray

Samples: TypeAlias = tuple[FloatArray, NDArray[np.intp]]
"""(n, 3) values in the file's unit; (k,) how many of them each array holds."""
Places: TypeAlias = NDArray[np.intp]
_Bytes: TypeAlias = NDArray[np.uint8]

_X, _Y, _Z = (int.from_bytes(b'"%b":' % axis, "little") for axis in (b"x", b"y", b"z"))
_LONGEST: Final = 2**31 - 1
"""Places are counted in 32 bits."""
_SPACE, _COMMA, _MINUS, _POINT, _ZERO, _COLON = np.frombuffer(b" ,-.0:", dtype=np.uint8)


class _Layout(NamedTuple):
    """(n,) where samples open and close; (n, 3) where their numbers begin and end (exclusive)."""

    opens: Places
    closes: Places
    begin: Places
    end: Places
    space: int


def taken_out(data: bytes, names: tuple[bytes, ...]) -> tuple[bytes, Samples] | None:
    """The text with ``[k]`` in place of its k-th array of samples, and all these arrays.

    names : keys of arrays that have to be empty or taken out.  Returns None where the text is
    written in any other way than usual.
    """
    if len(data) > _LONGEST or b"\0" in data:
        return None
    byte: _Bytes = np.frombuffer(data, dtype=np.uint8)
    at = _layout(data, byte)
    if at is None or not _as_json(byte, at.begin, at.end):
        return None
    first, last = _runs(byte, at)
    if not (
        (byte[at.opens[first] - 1] == ord("[")) & (byte[at.closes[last] + 1] == ord("]"))
    ).all():
        return None
    cuts = np.r_[0, at.closes[last] + 1].tolist()
    stops = np.r_[at.opens[first], len(data)].tolist()
    pieces = [data[a:b] for a, b in zip(cuts, stops, strict=True)]
    if not _all_taken(b"\0".join(pieces), names):
        return None
    values = _numbers(data, at)
    if values is None or not all_finite(values):
        return None
    text = b"".join([b"%b%d" % (p, k) for k, p in enumerate(pieces[:-1])] + pieces[-1:])
    return text, (values, np.asarray(last - first + 1, dtype=np.intp))


def picked(taken: Samples, arrays: list[list[int]]) -> Samples:
    """The samples of some of the arrays, each ``[]`` or ``[k]``, one after the other."""
    values, counts = taken
    index = np.array([k for one in arrays for k in one], dtype=np.intp)
    start, size = (np.cumsum(counts) - counts)[index], counts[index]
    rows = np.repeat(start - (np.cumsum(size) - size), size) + np.arange(size.sum())
    sizes = np.zeros(len(arrays), dtype=np.intp)
    sizes[[len(one) > 0 for one in arrays]] = size
    return values[rows], sizes


def _layout(data: bytes, byte: _Bytes) -> _Layout | None:
    """Where the samples and their numbers are; None if there are none, or keys are missing."""
    colons = np.flatnonzero(byte == _COLON)
    colons = colons[np.searchsorted(colons, 4) :]
    key = np.ndarray((max(len(data) - 3, 0),), "<u4", data, 0, (1,))[colons - 3]
    x = np.flatnonzero(key == _X)
    if not len(x) or x[-1] + 2 >= len(key):
        return None
    if not ((key[x + 1] == _Y) & (key[x + 2] == _Z)).all():
        return None
    at = np.column_stack([colons[x], colons[x + 1], colons[x + 2]])
    space = int(byte[at[0, 0] + 1] == _SPACE)
    opens = at[:, 0] - 4
    closes = np.r_[opens[1:] - 2 - space, 0]
    ends = np.flatnonzero(byte == ord("]"))
    last = np.flatnonzero(byte[closes] != ord("}"))  # of an array
    after = np.searchsorted(ends, at[last, 2])
    if after[-1] == len(ends):
        return None
    closes[last] = ends[after] - 1
    commas = at[:, 1:] - 4 - space
    good = (byte[opens] == ord("{")).all() and (byte[closes] == ord("}")).all()
    good = good and (byte[commas] == _COMMA).all()
    if space:
        good = good and (byte[at + 1] == _SPACE).all() and (byte[at[:, 1:] - 4] == _SPACE).all()
    begin = at + (1 + space)
    end = np.column_stack([commas, closes])
    return _Layout(opens, closes, begin, end, space) if good and (begin < end).all() else None


def _as_json(byte: _Bytes, begin: Places, end: Places) -> bool:
    """Whether numbers begin and end as JSON wants it, and have digits behind their points."""
    begin = begin + (byte[begin] == _MINUS)
    first = byte[begin]
    zero = begin[first == _ZERO]
    if _digit(byte[zero + 1]).any():  # one digit alone is followed by a comma or a bracket
        return False
    if not (_digit(first).all() and _digit(byte[end - 1]).all()):
        return False
    powers = np.flatnonzero((byte | 0x20) == ord("e"))
    return not bool((byte[powers - 1] == _POINT).any())


def _digit(byte: _Bytes) -> BoolArray:
    return np.asarray(byte - _ZERO <= 9)  # what is less wraps around


def _runs(byte: _Bytes, at: _Layout) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(k,) first and last sample of every array."""
    joined = (at.opens[1:] == at.closes[:-1] + 2 + at.space) & (byte[at.closes[:-1] + 1] == _COMMA)
    if at.space:
        joined &= byte[at.closes[:-1] + 2] == _SPACE
    apart = np.flatnonzero(~joined)
    return np.r_[0, apart + 1], np.r_[apart, len(at.opens) - 1]


def _all_taken(frame: bytes, names: tuple[bytes, ...]) -> bool:
    """Whether every array of these names was taken out (a zero byte) or is empty."""
    usual = rb'"(?:%b)"(?!: ?\[[\0\]])' % b"|".join(names)
    return re.search(usual, frame) is None and b"\\" not in frame  # of a key spelt otherwise


def _numbers(data: bytes, at: _Layout) -> FloatArray | None:
    """(n, 3) values; None where one is no number.

    The text is cut into numbers and what is between them, the latter marked as missing.
    """
    import pyarrow as pa

    n = at.begin.size
    cuts = np.zeros(2 * n + 1, dtype=np.int32)
    cuts[1::2], cuts[2::2] = at.begin.ravel(), at.end.ravel()
    present = np.full(n // 4 + 1, 0b10101010, dtype=np.uint8)
    texts: Any = (cuts, data, present)
    offsets, characters, mask = map(pa.py_buffer, texts)
    try:
        text = pa.StringArray.from_buffers(2 * n, offsets, characters, mask)
        values = np.asarray(text.cast(pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        return None
    return np.ascontiguousarray(values[1::2]).reshape(-1, 3)
