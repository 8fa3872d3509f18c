"""Zero-phase Gaussian smoothing of block means, and what it does at the ends of a segment."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import fft

from hipgait.recording import FloatArray

_KERNEL_SIGMAS: Final = 5.0
"""the ends are mirrored over this many standard deviations"""


def gaussian(x: FloatArray, sigma: float) -> FloatArray:
    """Zero-phase Gaussian along axis 0, ends mirrored, O(n log n) for any sigma.

    x : (n,) or (n, k).  sigma : in samples.
    """
    n = len(x)
    pad = min(n, int(np.ceil(_KERNEL_SIGMAS * sigma)))
    if sigma <= 0.0 or n < 2:
        return np.array(x, dtype=np.float64)
    ends = [x[:pad][::-1], x, x[n - pad :][::-1]]
    size = fft.next_fast_len(n + 2 * pad, real=True)
    spectrum = fft.rfft(np.concatenate(ends).T, size)
    gain = np.exp(-2.0 * (np.pi * sigma * fft.rfftfreq(size)) ** 2)
    return np.asarray(fft.irfft(spectrum * gain, size)[..., pad : pad + n].T)


def unit(v: FloatArray) -> FloatArray:
    """Unit vectors along the last axis."""
    norm = np.sqrt(np.einsum("...i,...i->...", v, v))[..., None]
    return np.asarray(v / np.maximum(norm, 1e-12))


def weighted_gaussian(x: FloatArray, weight: FloatArray, sigma: float) -> FloatArray:
    """``gaussian`` of (n, k) values that counts each row by its weight (n,)."""
    if weight.min() > 0.999:
        return gaussian(x, sigma)
    share = np.maximum(gaussian(weight, sigma), 1e-6)
    return np.asarray(gaussian(x * weight[:, None], sigma) / share[:, None])


def continue_line(up: FloatArray, edge: int, fit: int) -> None:
    """Replace the first ``edge`` rows by the line through the next ``fit`` rows, in place."""
    i = np.arange(edge, edge + fit, dtype=np.float64)
    centre = i.mean()
    part = up[edge : edge + fit]
    slope = (i - centre) @ part / np.sum((i - centre) ** 2)
    up[:edge] = part.mean(axis=0) + (np.arange(edge) - centre)[:, None] * slope


def gravity(
    acc: FloatArray, weight: FloatArray, sigma: float, moving: tuple[bool, bool]
) -> FloatArray:
    """Direction of gravity over one segment.

    acc : (n, 3) specific force in a frame that drifts slowly.  weight : (n,).
    sigma : width of the Gaussian in rows; narrowed to an eighth of a short segment.
    moving : whether the segment starts, ends in the middle of gait. There the Gaussian would
        average over part of a stride (3-12 deg at a shank): the outer two sigma continue the
        straight line through the four sigma before.
    Returns (n, 3) unit vectors.
    """
    n = len(acc)
    width = max(min(sigma, n / 8.0), min(5.0, n / 4.0))
    up = unit(weighted_gaussian(acc, weight, width))
    edge = min(int(2.0 * width), n // 4)
    fit = min(2 * edge, n - 2 * edge)
    if edge >= 1 and fit >= 3:
        if moving[0]:
            continue_line(up, edge, fit)
        if moving[1]:
            continue_line(up[::-1], edge, fit)
    return unit(up)
