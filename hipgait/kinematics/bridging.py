"""Lost samples filled from the neighbouring stride.

A radio burst takes 0.1 to 1 s away. Gait repeats itself: the signal one stride earlier or later,
shifted to fit the flanks of the gap, keeps the integrated rotation within a few degrees where a
straight line would be wrong by tens. What is filled stays marked as missing; only the
orientation is carried across it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hipgait.recording import BoolArray, FloatArray

FLANK_S: Final = 0.25
"""length of the flanks that must fit, s (a third of a stride)"""
LAG_MIN_S: Final = 0.3
LAG_MAX_S: Final = 3.2
"""shifts that are tried, s: one step to four strides"""
MISFIT_MAX: Final = 0.5
"""largest misfit of the flanks over their variance; above it the line stays"""


def bridge_from_neighbours(
    values: FloatArray, missing: BoolArray, fs: float, longest_s: float = 1.5
) -> FloatArray:
    """Replace the missing stretches of (n, c) values by the best-fitting neighbouring stride.

    Parameters
    ----------
    values : (n, c) finite samples, missing stretches bridged linearly; not changed.
    missing : (n,) True where samples are missing.
    fs : Hz.
    longest_s : longer stretches are left as they are, s.
    """
    edges = np.flatnonzero(np.diff(np.r_[False, missing, False].astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return values
    out = values.copy()
    scale = np.maximum(values[~missing].std(axis=0), 1e-9) if (~missing).any() else 1.0
    scaled = values / scale
    for start, end in zip(starts, ends, strict=True):
        if end - start <= longest_s * fs:
            _fill(out, scaled, missing, int(start), int(end), fs)
    return out


def _fill(
    out: FloatArray, scaled: FloatArray, missing: BoolArray, start: int, end: int, fs: float
) -> None:
    """Fill out[start:end] from the best shift, if one fits."""
    n, m = len(scaled), max(2, round(FLANK_S * fs))
    lo, hi = start - m, end + m
    if lo < 0 or hi > n:
        return
    wanted = np.ones(hi - lo, dtype=bool)
    wanted[m : m + end - start] = False
    wanted &= ~missing[lo:hi]
    if wanted.sum() < m:
        return
    piece = scaled[lo:hi][wanted]
    size = float(np.sum((piece - piece.mean(axis=0)) ** 2))
    shifts = np.arange(round(LAG_MIN_S * fs), round(LAG_MAX_S * fs))
    shifts = np.r_[-shifts[::-1], shifts]
    shifts = shifts[(lo + shifts >= 0) & (hi + shifts <= n)]
    total = np.r_[0, np.cumsum(missing)]
    shifts = shifts[total[hi + shifts] == total[lo + shifts]]
    if not len(shifts) or size <= 0:
        return
    offsets = np.flatnonzero(wanted)
    cost = np.empty(len(shifts))
    for i in range(0, len(shifts), 256):
        part = shifts[i : i + 256]
        shifted = scaled[lo + part[:, None] + offsets[None, :]]
        cost[i : i + 256] = ((shifted - piece) ** 2).sum(axis=(1, 2))
    best = int(np.argmin(cost))
    if cost[best] > MISFIT_MAX * size:
        return
    shift = int(shifts[best])
    copied = out[start + shift : end + shift]
    left = out[start - 1] - out[start - 1 + shift]
    right = out[end] - out[end + shift]
    share = (np.arange(1, end - start + 1) / (end - start + 1))[:, None]
    out[start:end] = copied + (1 - share) * left + share * right
