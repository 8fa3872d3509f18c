"""Impact: peak tibial acceleration and shock attenuation."""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.segments import PelvisSeries, ShankSeries
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.settings import MetricSettings
from hipgait.strides.cycles import sample


def peak_tibial_acceleration_g(
    shank: ShankSeries, ic_s: FloatArray, settings: MetricSettings
) -> FloatArray:
    """(k,) largest axial acceleration, gravity removed, in IC ... IC + 60 ms, in g.

    Raw samples, joined by a cubic. Below about 200 Hz the peak reads low (at 102 Hz by 0.5-1.4 g in
    19 runners); a stance that reached the sensor's range is flagged ``clipped`` and is a lower
    bound.
    """
    offsets = np.arange(0.0, settings.impact_window_s + 1e-9, 0.002)
    axial = sample(shank.axial_acc, shank.t0, shank.fs, ic_s[:, None] + offsets)
    return np.asarray(axial.max(axis=1) / G_MPS2)


def _band_power(
    series: FloatArray, t0: float, fs: float, ic_s: FloatArray, tc_s: FloatArray, hz: FloatArray
) -> FloatArray:
    """(k, f) power of the linearly detrended stance at the frequencies hz (zero-padded)."""
    rate, longest = 200.0, 0.45
    offsets = np.arange(0.0, longest, 1.0 / rate)
    x = sample(series, t0, fs, ic_s[:, None] + offsets)
    inside = offsets[None, :] <= (tc_s - ic_s)[:, None]
    inside &= np.isfinite(x)
    x = np.where(inside, x, 0.0)
    n = np.maximum(inside.sum(axis=1), 1)[:, None]
    t = np.where(inside, offsets[None, :], 0.0)
    t_mean, x_mean = t.sum(axis=1, keepdims=True) / n, x.sum(axis=1, keepdims=True) / n
    tc = np.where(inside, t - t_mean, 0.0)
    slope = (tc * x).sum(axis=1, keepdims=True) / np.maximum(
        (tc**2).sum(axis=1, keepdims=True), 1e-9
    )
    detrended = np.where(inside, x - x_mean - slope * tc, 0.0)
    phase = 2.0 * np.pi * offsets[:, None] * hz[None, :]
    return np.asarray((detrended @ np.cos(phase)) ** 2 + (detrended @ np.sin(phase)) ** 2)


def shock_attenuation_db(
    pelvis: PelvisSeries, shank: ShankSeries, ic_s: FloatArray, tc_s: FloatArray
) -> FloatArray:
    """(k,) mean of 10 log10(pelvis power / shank power) over 9-20 Hz, dB; negative = attenuated.

    After Derrick, Hamill and Caldwell 1998 (doi 10.1097/00005768-199801000-00018): transfer
    function between two accelerometers. Deviation: theirs sat on leg and head, these on shank
    (axial) and pelvis (vertical), so the values are not comparable with theirs. The band is that of
    work with sacral sensors (after Derrick 10-20 Hz is usual), and decibels are averaged, not
    ratios. Taken from each detrended stance window. Empty below 50 Hz.
    """
    if min(pelvis.fs, shank.fs) < 50.0:
        return np.full(len(ic_s), np.nan)
    hz = np.arange(9.0, 20.01, 0.5)
    above = _band_power(pelvis.vertical_acc, pelvis.t0, pelvis.fs, ic_s, tc_s, hz)
    below = _band_power(shank.axial_acc, shank.t0, shank.fs, ic_s, tc_s, hz)
    ok = np.isfinite(tc_s) & (below.min(axis=1) > 0) & (above.min(axis=1) > 0)
    ratio = np.log10(np.where(ok[:, None], above, 1.0) / np.where(ok[:, None], below, 1.0))
    return np.asarray(np.where(ok, 10.0 * ratio.mean(axis=1), np.nan))
