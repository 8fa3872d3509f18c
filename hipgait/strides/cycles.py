"""Curves over stances and strides: reading a series at any times, and 101-point cycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from hipgait.recording import FloatArray

_ROWS_OF: Final = 65_536
"""values worked on at once: positions and weights stay in the processor's cache"""


def _read(
    series: Sequence[FloatArray], t0: float, fs: float, times: FloatArray, out: list[FloatArray]
) -> None:
    """Fill each ``out`` (the shape of times) with its series at the times; NaN outside.

    Cubic (Catmull-Rom) interpolation; for a 10 Hz band its error is below 0.1 % of the amplitude
    at 60 Hz and more. NaN in a series is carried.
    """
    n = len(series[0])
    position = (times - t0) * fs
    inside = (position >= 0) & (position <= n - 1)
    everywhere = bool(inside.all())
    safe = position if everywhere else np.where(inside, position, 0.0)
    if n < 4:
        index = np.clip(np.rint(safe).astype(np.int64), 0, n - 1)
        for values, into in zip(series, out, strict=True):
            into[...] = np.where(inside, values[index], np.nan)
        return
    index = np.clip(safe.astype(np.int64), 1, n - 3)
    f = safe - index
    f2 = f * f
    f3 = f2 * f
    weights = (
        -0.5 * f3 + f2 - 0.5 * f,
        1.5 * f3 - 2.5 * f2 + 1.0,
        -1.5 * f3 + 2.0 * f2 + 0.5 * f,
        0.5 * (f3 - f2),
    )
    places = [index + k for k in (-1, 0, 1, 2)]
    for values, into in zip(series, out, strict=True):
        # the places are all inside: without "clip" each is checked again
        np.multiply(weights[0], values.take(places[0], mode="clip"), out=into)
        for k in (1, 2, 3):
            into += weights[k] * values.take(places[k], mode="clip")
        if not everywhere:
            into[~inside] = np.nan


def sample(series: FloatArray, t0: float, fs: float, times: FloatArray) -> FloatArray:
    """Values of an (n,) series on the grid ``t0 + arange(n) / fs`` at any times (any shape), s.

    NaN outside the series and at times that are NaN.
    """
    at = np.asarray(times, dtype=np.float64)
    flat = at.reshape(-1)
    out = np.empty(flat.shape)
    for a in range(0, len(flat), _ROWS_OF):
        part = slice(a, a + _ROWS_OF)
        _read([series], t0, fs, flat[part], [out[part]])
    return out.reshape(at.shape)


def window_times(start: FloatArray, end: FloatArray, points: int) -> FloatArray:
    """(k, points) equally spaced times from start to end inclusive; NaN where either is NaN."""
    share = np.linspace(0.0, 1.0, points)
    return np.asarray(start[:, None] + (end - start)[:, None] * share)


def curves(
    series: Sequence[FloatArray],
    t0: float,
    fs: float,
    start: FloatArray,
    end: FloatArray,
    points: int = 101,
) -> list[FloatArray]:
    """(k, points) time-normalised curves (0 ... 100 % from start to end), one a series.

    The series share one grid: where the times fall is worked out once for all.
    """
    out = [np.empty((len(start), points)) for _ in series]
    step = max(1, _ROWS_OF // points)
    for a in range(0, len(start), step):
        rows = slice(a, a + step)
        times = window_times(start[rows], end[rows], points)
        _read(series, t0, fs, times, [o[rows] for o in out])
    return out
