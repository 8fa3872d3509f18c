"""Local period of a cyclic signal by autocorrelation in short windows.

Method: the sum of the axes' autocorrelations, each lag divided by the energy of the two parts that
overlap there; the first peak that comes close to the highest one is the period (so that the double
period is not taken). Windows are short, so that a cadence that drifts by 20 % within a few seconds
is followed.

Data: at least about one and a half periods inside a window; any constant offset is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.recording import FloatArray
from hipgait.strides.filters import frames, vertex

_BATCH = 1024
"""Windows transformed at once (bounds the memory)."""


@dataclass(frozen=True)
class LocalPeriod:
    """Period over time. All arrays have length k.

    centre_s : middle of the windows, s from the first sample.
    period_s : NaN where no period was found.
    strength : normalised autocorrelation at that lag, 0 ... 1 (0 where none).
    """

    centre_s: FloatArray
    period_s: FloatArray
    strength: FloatArray

    def at(self, time_s: FloatArray) -> FloatArray:
        """Period at given times (s from the first sample): linear, held at the ends."""
        good = np.isfinite(self.period_s)
        if not good.any():
            return np.full(np.shape(time_s), np.nan)
        return np.asarray(np.interp(time_s, self.centre_s[good], self.period_s[good]))


def _autocorrelation(block: FloatArray, lags: int) -> FloatArray:
    """(f, lags + 1) overlap-normalised autocorrelation of (f, c, w), summed over the axes."""
    width = block.shape[-1]
    centred = block - block.mean(axis=-1, keepdims=True)
    size = 1 << int(np.ceil(np.log2(width + lags + 1)))
    power = (np.abs(np.fft.rfft(centred, size, axis=-1)) ** 2).sum(axis=1)
    raw = np.fft.irfft(power, size, axis=-1)[:, : lags + 1]
    energy = np.cumsum((centred**2).sum(axis=1), axis=-1)
    total = energy[:, -1:]
    k = np.arange(lags + 1)
    head = energy[:, width - 1 - k]
    tail = total - np.where(k > 0, energy[:, np.maximum(k - 1, 0)], 0.0)
    return np.asarray(raw / np.sqrt(np.maximum(head * tail, 1e-12)))


def local_period(
    x: FloatArray,
    fs: float,
    shortest_s: float,
    longest_s: float,
    window_s: float = 4.0,
    hop_s: float = 1.0,
    weakest: float = 0.4,
    near_best: float = 0.85,
) -> LocalPeriod:
    """Period of x (c, n) in windows of ``window_s`` every ``hop_s``.

    shortest_s, longest_s : range of lags, s.  weakest : lower correlations do not count.
    near_best : the first peak above this share of the highest is taken.
    """
    n = x.shape[-1]
    width = min(n, round(window_s * fs))
    lags = min(int(np.ceil(longest_s * fs)) + 1, int(0.7 * width))
    first = max(2, int(shortest_s * fs))
    if lags <= first + 2:
        empty = np.zeros(0)
        return LocalPeriod(empty, empty, empty)
    hop = max(1, round(hop_s * fs))
    view = frames(x, width, hop)
    centre = (np.arange(len(view)) * hop + 0.5 * (width - 1)) / fs
    period = np.full(len(view), np.nan)
    strength = np.zeros(len(view))
    for start in range(0, len(view), _BATCH):
        rho = _autocorrelation(view[start : start + _BATCH], lags)
        mid = rho[:, 1:-1]
        lag = np.arange(1, lags)
        local = (mid > rho[:, :-2]) & (mid >= rho[:, 2:]) & (lag >= first) & (mid > weakest)
        # a period between two lags lowers both: its peak counts, not the higher of the two
        bend = np.maximum(2 * mid - rho[:, :-2] - rho[:, 2:], 1e-9)
        top = np.where(local, mid + (rho[:, 2:] - rho[:, :-2]) ** 2 / (8 * bend), 0.0)
        chosen = local & (top >= near_best * top.max(axis=1, keepdims=True))
        j = chosen.argmax(axis=1) + 1
        row = np.arange(len(rho))
        place = j + vertex(rho[row, j - 1], rho[row, j], rho[row, j + 1])
        found = chosen.any(axis=1)
        part = slice(start, start + len(rho))
        period[part] = np.where(found, place / fs, np.nan)
        strength[part] = np.where(found, rho[row, j], 0.0)
    return LocalPeriod(centre, period, strength)


def smooth_period(local: LocalPeriod, width: int = 5) -> LocalPeriod:
    """Replace periods that differ by more than 30 % from the median of their neighbours."""
    from scipy.ndimage import median_filter

    if not len(local.period_s):
        return local
    filled = local.at(local.centre_s)
    if not np.isfinite(filled).all():
        return local
    middle = median_filter(filled, size=width, mode="nearest")
    off = np.abs(np.log(filled / middle)) > 0.26
    return LocalPeriod(local.centre_s, np.where(off, middle, filled), local.strength)
