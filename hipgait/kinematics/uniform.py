"""A stream on a uniform clock: what every filter downstream needs.

Each sensor keeps its own grid (its own measured rate), so nothing is resampled twice; times of
different sensors are compared in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from hipgait.errors import InputError
from hipgait.kinematics.bridging import bridge_from_neighbours
from hipgait.kinematics.gravity import put_back
from hipgait.recording import BoolArray, FloatArray, SensorStream
from hipgait.settings import SamplingSettings

CHUNK: Final = 8192
"""samples worked on at once: the temporaries stay in the processor's cache"""
MAX_SAMPLES: Final = 20_000_000
"""more of one sensor are refused, gaps between them filled (11 h at 500 Hz)"""
MEDIAN_OF: Final = 20_000
"""so many steps are enough for the usual one"""


@dataclass(frozen=True)
class UniformStream:
    """Samples at ``t0 + arange(n) / fs``; every value finite.

    t0 : s, time of the first sample on the reference clock.
    fs : Hz.
    acc : (n, 3) m/s^2.  gyr : (n, 3) rad/s or None.
    missing : (n,) True where values were filled in across a gap longer than the short limit.
    acc_clipped, gyr_clipped : (n,) True where the sensor had reached its range.
    gravity_removed : acc came without gravity; 1 g was put back along an estimated vertical, which
        is good enough for events and for nothing else (see kinematics.gravity).
    """

    placement: str
    t0: float
    fs: float
    acc: FloatArray
    gyr: FloatArray | None
    missing: BoolArray
    acc_clipped: BoolArray
    gyr_clipped: BoolArray
    gravity_removed: bool = False

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.acc)

    @cached_property
    def time_s(self) -> FloatArray:
        """(n,) times, s."""
        return self.t0 + np.arange(self.n) / self.fs

    def index(self, time_s: FloatArray | float) -> FloatArray:
        """Fractional sample index of times in s."""
        return (np.asarray(time_s, dtype=np.float64) - self.t0) * self.fs


def clipped_mask(values: FloatArray, full_scale: float | None, fraction: float) -> BoolArray:
    """(n,) True where any axis reaches the full scale.

    Without a declared range, a plateau (at least two equal neighbours at the extreme value of an
    axis, at least six samples in all) gives it away.
    """
    if full_scale is not None:
        limit = fraction * full_scale
        if not (np.nanmax(values) >= limit or np.nanmin(values) <= -limit):
            return np.zeros(len(values), dtype=bool)
        return np.asarray((np.abs(values) >= limit).any(axis=1))
    mask = np.zeros(len(values), dtype=bool)
    for axis in range(values.shape[1]):
        column = values[:, axis]
        for extreme in (np.nanmax(column), np.nanmin(column)):
            at = column == extreme
            if at.sum() >= 6 and np.any(at[1:] & at[:-1]) and abs(extreme) > 1.0:
                mask |= at
    return mask


def _complete(values: FloatArray) -> BoolArray:
    """(n,) True where every axis has a finite value."""
    if np.isfinite(values.sum()):
        return np.ones(len(values), dtype=bool)
    return np.asarray(np.isfinite(values).all(axis=1))


def _any_in_block(mask: BoolArray, k: int) -> BoolArray:
    m = len(mask) // k * k
    return np.asarray(mask[:m].reshape(-1, k).any(axis=1))


def _block_average(x: FloatArray, k: int) -> FloatArray:
    n = len(x) // k
    return np.asarray(x[: n * k].reshape(n, k, *x.shape[1:]).mean(axis=1))


def _onto(
    grid: FloatArray,
    time: FloatArray,
    steps: FloatArray,
    usual: float,
    values: FloatArray,
    short_s: float,
) -> FloatArray:
    """(n, 3) values at the grid: linear between neighbours, cubic Hermite across short gaps.

    steps : between the times.  usual : one of them.

    Across a gap of a few samples the cubic follows the flanks' slopes; linear bridging would
    cost up to 30 deg/s at a shank. Longer ones stay linear here (see bridging).
    """
    out = np.empty((len(grid), values.shape[1]))
    for axis in range(values.shape[1]):
        out[:, axis] = np.interp(grid, time, values[:, axis])
    gap = np.flatnonzero((steps > 1.5 * usual) & (steps <= max(short_s, 4.0 * usual)))
    gap = gap[(gap >= 1) & (gap < len(time) - 2)]
    lo, hi = np.searchsorted(grid, time[gap]), np.searchsorted(grid, time[gap + 1])
    size = np.maximum(hi - lo, 0)
    k = np.repeat(gap, size)
    at = np.arange(len(k)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(lo, size)
    h = steps[k][:, None]
    a, b = values[k], values[k + 1]
    da = (a - values[k - 1]) / steps[k - 1][:, None] * h
    db = (values[k + 2] - b) / steps[k + 1][:, None] * h
    f = (grid[at] - time[k])[:, None] / h
    out[at] = a + f * (da + f * (3 * (b - a) - 2 * da - db + f * (da + db - 2 * (b - a))))
    return out


def _mask_onto(grid: FloatArray, time: FloatArray, mask: BoolArray) -> BoolArray:
    """A grid point is marked where either neighbouring sample is."""
    if not mask.any():
        return np.zeros(len(grid), dtype=bool)
    return np.asarray(np.interp(grid, time, mask.astype(np.float64)) > 0)


def uniform(
    stream: SensorStream, settings: SamplingSettings | None = None, rate_hz: float | None = None
) -> UniformStream:
    """Put a stream on a uniform clock of its own measured rate.

    Short gaps are bridged by a cubic, longer ones by the neighbouring stride and marked; NaN
    samples count as missing. Streams faster than ``max_rate_hz`` are averaged down in whole blocks.

    rate_hz : of the clock, where it was measured before; None: that of this stream.

    Raises
    ------
    InputError : fewer than two complete samples; a jump of the clock that is no gap.
    """
    s = settings or SamplingSettings()
    time, fs = stream.time_s, rate_hz or stream.rate_hz
    longest = float(np.max(np.diff(time)))
    if longest > s.longest_gap_s:
        raise InputError(
            f"{stream.provenance.path or stream.placement}: time jumps by {longest / 3600:.0f} h",
            "Split the recording there, or correct the clock",
        )
    acc, gyr = stream.acc, stream.gyr
    acc_clip = clipped_mask(acc, stream.acc_range, s.range_fraction)
    gyr_clip = (
        clipped_mask(gyr, stream.gyr_range, s.range_fraction)
        if gyr is not None
        else np.zeros(len(time), dtype=bool)
    )
    good = _complete(acc)
    if gyr is not None:
        good = good & _complete(gyr)
    if good.sum() < 2:
        raise InputError(
            f"{stream.placement}: no sample in which every axis has a value",
            "Export the file again, or leave this sensor out",
        )
    if not good.all():
        time, acc = time[good], acc[good]
        gyr = gyr[good] if gyr is not None else None
        acc_clip, gyr_clip = acc_clip[good], gyr_clip[good]
    n = round((time[-1] - time[0]) * fs) + 1
    if n > MAX_SAMPLES:
        raise InputError(
            f"{stream.provenance.path or stream.placement}: {(time[-1] - time[0]) / 3600:.0f} h "
            f"at {fs:.0f} Hz are {n / 1e6:.0f} million samples, more than are analysed",
            "Split the recording",
        )
    grid = time[0] + np.arange(n) / fs
    regular = n == len(time) and bool(np.max(np.abs(grid - time)) < 0.01 / fs)
    if regular:
        out_acc, out_gyr, a_clip, g_clip = acc, gyr, acc_clip, gyr_clip
        missing = np.zeros(n, dtype=bool)
    else:
        steps = np.diff(time)
        usual = float(np.median(steps[:: max(1, len(steps) // MEDIAN_OF)]))
        out_acc = _onto(grid, time, steps, usual, acc, s.bridged_gap_s)
        out_gyr = None if gyr is None else _onto(grid, time, steps, usual, gyr, s.bridged_gap_s)
        a_clip, g_clip = _mask_onto(grid, time, acc_clip), _mask_onto(grid, time, gyr_clip)
        missing = np.zeros(n, dtype=bool)
        longest = max((s.short_gap_samples + 0.5) / fs, s.bridged_gap_s)
        for k in np.flatnonzero(steps > longest):
            lo, hi = np.searchsorted(grid, [time[k], time[k + 1]], side="right")
            missing[lo:hi] = True
        if missing.any():
            bridge_from_neighbours(out_acc, out_gyr, missing, fs)
    if stream.gravity_removed:
        out_acc = put_back(out_acc, stream.placement)
    every = math.ceil(fs / s.max_rate_hz - 1e-6)
    if every > 1:
        half = (every - 1) / 2 / fs
        return UniformStream(
            stream.placement,
            float(time[0] + half),
            fs / every,
            _block_average(out_acc, every),
            None if out_gyr is None else _block_average(out_gyr, every),
            _any_in_block(missing, every),
            _any_in_block(a_clip, every),
            _any_in_block(g_clip, every),
            stream.gravity_removed,
        )
    return UniformStream(
        stream.placement,
        float(time[0]),
        fs,
        np.ascontiguousarray(out_acc),
        None if out_gyr is None else np.ascontiguousarray(out_gyr),
        missing,
        a_clip,
        g_clip,
        stream.gravity_removed,
    )
