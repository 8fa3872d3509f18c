"""Clock times written out in the first column, ``... HH:mm:ss.fff``."""

from __future__ import annotations

from typing import Final

import numpy as np

from hipgait.io.tables import Table
from hipgait.recording import FloatArray

DAY_S: Final = 86400.0
WIDTH: Final = len("HH:mm:ss.fff")


def seconds(table: Table) -> FloatArray | None:
    """(n,) s since the midnight before the first row; None where the stamps end otherwise."""
    clock = _time_of_day(table)
    if clock is None:
        return None
    midnight = np.r_[0.0, np.where(np.diff(clock) < -DAY_S / 2, DAY_S, 0.0)]
    return np.asarray(clock + np.cumsum(midnight))


def _time_of_day(table: Table) -> FloatArray | None:
    """(n,) s since midnight."""
    text = np.frombuffer(table.data, dtype=np.uint8)[table.header.start :]
    ends = np.flatnonzero(text == ord("\n"))
    starts = np.r_[0, ends + 1]
    starts = starts[starts < len(text)]
    ends = np.r_[ends, len(text)][: len(starts)]
    starts = starts[ends - starts > 2]  # blank lines do not count
    separators = np.flatnonzero(text == ord(table.header.dialect.delimiter))
    if not len(separators) or not len(starts):
        return None
    at = np.asarray(np.searchsorted(separators, starts))
    if at[-1] >= len(separators) or len(starts) < table.n:
        return None
    starts, stop = starts[: table.n], separators[at][: table.n]
    stop = stop - (text[stop - 1] == ord('"'))
    if np.min(stop - starts) < WIDTH:
        return None
    cells = text[stop[:, None] - WIDTH + np.arange(WIDTH)]
    digit = cells[:, [0, 1, 3, 4, 6, 7, 9, 10, 11]].astype(np.float64) - ord("0")
    if np.any((digit < 0) | (digit > 9)) or np.any(cells[:, [2, 5]] != ord(":")):
        return None
    weights = np.array([36000.0, 3600.0, 600.0, 60.0, 10.0, 1.0, 0.1, 0.01, 0.001])
    return np.asarray(digit @ weights)
