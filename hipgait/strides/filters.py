"""Small tools shared by the event detectors: zero-phase filters, interpolation, peaks, windows.

Signals are stored with time on the last axis, so that a three-axis signal is ``(3, n)`` and every
channel is contiguous in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hipgait.kinematics.recursive import both_ways
from hipgait.recording import BoolArray, FloatArray

IntArray = NDArray[np.int64]

_MAX_CORNER = 0.45
"""Highest corner frequency as a share of the sampling rate."""
_HALF: Final = 8
"""Half the length of the filter before samples are left out, in samples of the result."""
_OUTPUTS: Final = 2 * _HALF
"""Samples of the result that are worked out at once; their input lies in two blocks."""


def lowpass(x: FloatArray, cutoff_hz: float, fs: float) -> FloatArray:
    """Zero-phase low pass: second-order Butterworth, run forward and backward.

    x : (..., n).  cutoff_hz : corner of one pass, capped at 0.45 fs.  Short signals are returned
    unchanged where they cannot be padded.
    """
    if x.shape[-1] <= 12:
        return np.array(x, dtype=np.float64)
    pad = min(x.shape[-1] - 1, max(9, int(0.5 * fs)))
    return both_ways(x, min(cutoff_hz, _MAX_CORNER * fs) / fs, pad)


def decimate(x: FloatArray, k: int) -> FloatArray:
    """Keep every k-th sample after a linear-phase anti-alias filter (delay removed).

    x : (n,).  Sample j of the result is at sample ``k j`` of the input; edges are held.
    """
    if k <= 1:
        return np.ascontiguousarray(x, dtype=np.float64)
    n_out = (len(x) + k - 1) // k
    wide = _OUTPUTS * k
    rows = -(-n_out // _OUTPUTS) + 1
    padded = np.empty(rows * wide)
    half = _HALF * k
    padded[:half], padded[half : half + len(x)], padded[half + len(x) :] = x[0], x, x[-1]
    blocks = padded.reshape(rows, wide)
    here, next_one = _anti_alias(k)
    out = blocks[:-1] @ here
    out += blocks[1:] @ next_one
    return out.reshape(-1)[:n_out].copy()


@lru_cache(maxsize=64)
def _anti_alias(k: int) -> tuple[FloatArray, FloatArray]:
    """What a block of samples, and the one after it, give to ``_OUTPUTS`` samples of the result.

    A windowed sinc (Hamming), -6 dB at 0.8 of the new half rate, 1 for a steady signal.
    """
    lag = np.arange(-_HALF * k, _HALF * k + 1)
    taps = np.sinc(0.8 / k * lag) * np.hamming(len(lag))
    taps /= taps.sum()
    both = np.zeros((2 * _OUTPUTS * k, _OUTPUTS))
    for j in range(_OUTPUTS):
        both[j * k : j * k + len(taps), j] = taps
    return both[: _OUTPUTS * k].copy(), both[_OUTPUTS * k :].copy()


def block_average(x: FloatArray, k: int) -> FloatArray:
    """(c, n // k) means of k consecutive samples of x (n, c)."""
    n, c = len(x) // k, x.shape[1]
    mean = np.tile(np.eye(c) / k, (k, 1))  # one matrix product is the fastest way through memory
    return np.ascontiguousarray((x[: n * k].reshape(n, k * c) @ mean).T)


def sample_at(x: FloatArray, position: FloatArray) -> FloatArray:
    """Cubic (Catmull-Rom) interpolation at fractional sample positions, held at the ends.

    x : (n,).  position : any shape, in samples.  Returns the shape of ``position``.
    """
    out = np.empty(np.shape(position))
    _sample_all([x], position, [out])
    return out


def _sample_all(
    channels: Sequence[FloatArray] | FloatArray, position: FloatArray, out: Sequence[FloatArray]
) -> None:
    """``sample_at`` of channels of one length (n,): where the positions lie is worked out once."""
    n = len(channels[0])
    if n < 4:
        for x, into in zip(channels, out, strict=True):
            into[...] = np.interp(position, np.arange(n), x)
        return
    p = np.clip(position, 0.0, n - 1.0)
    i = np.minimum(p.astype(np.int64), n - 2)
    f = p - i
    half = 0.5 * f
    places = (i - 1, i, i + 1, i + 2)
    for x, into in zip(channels, out, strict=True):
        a, b, c, d = (x.take(k, mode="clip") for k in places)  # held at the ends
        y = b - c
        y *= 3.0
        y += d
        y -= a
        y *= f
        y += 2.0 * a - 5.0 * b + 4.0 * c - d
        y *= f
        y += c - a
        y *= half
        np.add(b, y, out=into)


def refine_grid(y: FloatArray, tau: FloatArray, times: int = 4) -> tuple[FloatArray, FloatArray]:
    """Rows of y (b, m) and their grid tau (m,) on a finer grid, by cubic interpolation."""
    fine = np.arange((len(tau) - 1) * times + 1) / times
    return np.stack([sample_at(row, fine) for row in y]), tau[0] + fine * (tau[1] - tau[0])


def vertex(left: FloatArray, mid: FloatArray, right: FloatArray) -> FloatArray:
    """Offset (samples, within +-0.5) of the extremum of the parabola through three points."""
    bend = left - 2 * mid + right
    safe = np.where(np.abs(bend) > 1e-12, bend, 1.0)
    offset = np.where(np.abs(bend) > 1e-12, 0.5 * (left - right) / safe, 0.0)
    return np.asarray(np.clip(offset, -0.5, 0.5))


def peaks(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """All local maxima of x (n,): positions (samples, parabolic) and heights."""
    k = np.flatnonzero((x[1:-1] > x[:-2]) & (x[1:-1] >= x[2:])) + 1
    return k + vertex(x[k - 1], x[k], x[k + 1]), x[k]


def highest_peak(
    y: FloatArray,
    tau: FloatArray,
    low: FloatArray | float,
    high: FloatArray | float,
) -> FloatArray:
    """Position of the highest local maximum of each row within its own window.

    y : (b, m) rows on the uniform grid ``tau`` (m,).  low, high : scalar or (b,), same unit as
    tau.  Returns (b,); NaN where a row has no local maximum in its window.
    """
    lo = np.broadcast_to(np.asarray(low, dtype=np.float64), (len(y),))[:, None]
    hi = np.broadcast_to(np.asarray(high, dtype=np.float64), (len(y),))[:, None]
    mid = y[:, 1:-1]
    inside = (tau[None, 1:-1] >= lo) & (tau[None, 1:-1] <= hi)
    local = (mid > y[:, :-2]) & (mid >= y[:, 2:]) & inside
    height = np.where(local, mid, -np.inf)
    k = height.argmax(axis=1) + 1
    row = np.arange(len(y))
    found = local[row, k - 1]
    step = tau[1] - tau[0]
    place = tau[k] + step * vertex(y[row, k - 1], y[row, k], y[row, k + 1])
    return np.where(found, place, np.nan)


def windows(x: FloatArray, centre: FloatArray, offset: FloatArray) -> FloatArray:
    """Cut windows around fractional positions.

    x : (c, n).  centre : (k,) samples.  offset : (m,) or (k, m) samples.  Returns (k, m, c).
    """
    position = centre[:, None] + np.atleast_2d(offset)
    out = np.empty((*position.shape, len(x)))
    _sample_all(x, position, [out[..., k] for k in range(len(x))])
    return out


def moving_max(x: FloatArray, size: int) -> FloatArray:
    """Largest value within ``size`` samples around each sample."""
    from scipy.ndimage import maximum_filter1d

    return np.asarray(maximum_filter1d(x, max(1, size), mode="nearest"))


def runs_of(mask: BoolArray) -> IntArray:
    """(k, 2) first and one-past-last index of every stretch of True."""
    edge = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return np.column_stack([np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)])


def frames(x: FloatArray, size: int, hop: int) -> FloatArray:
    """(f, ..., size) overlapping frames of x (..., n); view, not a copy."""
    view = sliding_window_view(x, size, axis=-1)[..., ::hop, :]
    return np.asarray(np.moveaxis(view, -2, 0))
