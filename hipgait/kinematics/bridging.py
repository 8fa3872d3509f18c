"""Lost samples filled from the neighbouring stride.

A radio burst takes 0.1 to 1 s away. Gait repeats itself: the signal one stride earlier or later,
shifted to fit the flanks of the gap, keeps the integrated rotation within a few degrees where a
straight line would be wrong by tens. What is filled stays marked as missing; only the
orientation is carried across it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.recording import BoolArray, FloatArray

IntArray = NDArray[np.int64]

FLANK_S: Final = 0.25
"""length of the flanks that must fit, s (a third of a stride)"""
LAG_MIN_S: Final = 0.3
LAG_MAX_S: Final = 3.2
"""shifts that are tried, s: one step to four strides"""
SCALE_EVERY: Final = 37
"""every so many samples are enough for the spread of a column"""
MISFIT_MAX: Final = 0.5
"""largest misfit of the flanks over their variance; above it the line stays"""


def bridge_from_neighbours(
    acc: FloatArray,
    gyr: FloatArray | None,
    missing: BoolArray,
    fs: float,
    longest_s: float = 1.5,
) -> None:
    """Fill the missing stretches, in place, from the best-fitting neighbouring stride.

    Parameters
    ----------
    acc, gyr : (n, 3) finite samples, missing stretches bridged linearly; changed. One shift serves
        both.
    missing : (n,) True where samples are missing.
    fs : Hz.
    longest_s : longer stretches are left as they are, s.
    """
    edges = np.flatnonzero(np.diff(np.r_[False, missing, False].astype(np.int8)))
    if not len(edges):
        return
    parts = [acc] if gyr is None else [acc, gyr]
    lost = np.r_[0, np.cumsum(missing)]
    scale = np.concatenate([x[::SCALE_EVERY].std(axis=0) for x in parts])
    reach = round((LAG_MAX_S + FLANK_S) * fs)
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - start > longest_s * fs:
            continue
        begin, stop = max(0, start - reach), min(len(acc), end + reach)
        near = np.hstack([x[begin:stop] for x in parts])
        filled = _filled(
            near,
            near / np.maximum(scale, 1e-9),
            lost[begin : stop + 1],
            start - begin,
            end - begin,
            fs,
        )
        if filled is not None:
            acc[start:end] = filled[:, :3]
            if gyr is not None:
                gyr[start:end] = filled[:, 3:]


def _filled(
    near: FloatArray, scaled: FloatArray, lost: IntArray, start: int, end: int, fs: float
) -> FloatArray | None:
    """(end - start, c) samples from the best shift, or None where none fits.

    near, scaled : (n, c) the neighbourhood, plain and in units of each column's spread.
    lost : (n + 1,) running number of missing samples.
    """
    n, m = len(near), max(2, round(FLANK_S * fs))
    lo, hi = start - m, end + m
    if lo < 0 or hi > n:
        return None
    wanted = np.diff(lost[lo : hi + 1]) == 0
    if wanted.sum() < m:
        return None
    piece = np.where(wanted[:, None], scaled[lo:hi], 0.0)
    size = float(np.sum((piece - piece.sum(axis=0) / wanted.sum())[wanted] ** 2))
    shifts = np.arange(round(LAG_MIN_S * fs), round(LAG_MAX_S * fs))
    shifts = np.r_[-shifts[::-1], shifts]
    shifts = shifts[(lo + shifts >= 0) & (hi + shifts <= n)]
    shifts = shifts[lost[hi + shifts] == lost[lo + shifts]]
    if not len(shifts) or size <= 0:
        return None
    # sum of (shifted - piece)^2 over the wanted rows, for every shift at once
    product = sum(np.correlate(s, p) for s, p in zip(scaled.T, piece.T, strict=True))
    square = np.correlate(np.einsum("ij,ij->i", scaled, scaled), wanted.astype(np.float64))
    cost = (square - 2.0 * product)[lo + shifts] + float(np.sum(piece**2))
    best = int(np.argmin(cost))
    if cost[best] > MISFIT_MAX * size:
        return None
    shift = int(shifts[best])
    left = near[start - 1] - near[start - 1 + shift]
    right = near[end] - near[end + shift]
    share = (np.arange(1, end - start + 1) / (end - start + 1))[:, None]
    return np.asarray(near[start + shift : end + shift] + (1 - share) * left + share * right)
