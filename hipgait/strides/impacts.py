"""Anchors of one leg's strides from its accelerometer alone.

First the impacts: peaks of what is above 15 Hz, weighted by how steeply the signal rises before
them and by how much the leg is loaded after them. A train through these gives a template of the
stride, and the template's correlation with the signal gives cleaner candidates.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.filters import decimate, lowpass, moving_max, peaks, sample_at, windows
from hipgait.strides.period import LocalPeriod
from hipgait.strides.shank_events import Candidates, Leg
from hipgait.strides.train import best_train

_REFERENCE_S = 5.0
_TEMPLATE_HZ = 12.0
_BEFORE = 0.35
_AFTER = 0.45


def impact_candidates(leg: Leg, local: LocalPeriod) -> Candidates:
    """Peaks of the impact envelope, scored by height, rise before and load after."""
    fs, n = leg.fs, leg.acc.shape[1]
    across = leg.acc[1] ** 2 + leg.acc[2] ** 2
    power = ((leg.acc - leg.slow) ** 2).sum(axis=0)
    envelope = np.sqrt(np.maximum(lowpass(power, 10.0, fs), 1e-8))
    rise = leg.acc[1] + np.sqrt(across) + np.sqrt(across + leg.acc[0] ** 2)
    slope = np.gradient(lowpass(rise, 20.0, fs)) * fs
    place, height = peaks(envelope)
    size = round(_REFERENCE_S * fs) | 1
    at = place.astype(np.int64)
    reference = moving_max(envelope, size)
    keep = height > 0.1 * reference[at]
    period = local.at(place / fs)
    keep &= np.isfinite(period)
    place, height, at, period = place[keep], height[keep], at[keep], period[keep]
    before = np.clip(at[:, None] + np.arange(-int(0.075 * fs), int(0.015 * fs) + 1), 0, n - 1)
    steepest = np.maximum(slope[before].max(axis=1), 1e-9) if len(at) else height
    slope_reference = np.maximum(moving_max(slope, size)[at], 1e-9)
    axial = lowpass(leg.acc[0], 5.0, fs)
    level = uniform_filter1d(axial, size, mode="nearest")
    spread = np.sqrt(np.maximum(uniform_filter1d(axial**2, size, mode="nearest") - level**2, 1e-6))
    total = np.concatenate([[0.0], np.cumsum(axial)])
    start = np.clip(place - 0.01 * period * fs, 0, n - 1)
    end = np.minimum(start + 0.25 * period * fs, float(n))
    loaded = (sample_at(total, end) - sample_at(total, start)) / np.maximum(end - start, 1.0)
    load = np.clip((loaded - level[at]) / spread[at], -1.5, 1.5)
    score = (
        1.0
        + np.log(np.clip(height / reference[at], 0.05, 2.0))
        + 0.5 * np.log(np.clip(steepest / slope_reference, 0.05, 2.0))
        + 0.5 * load
    )
    return Candidates(leg.t0 + place / fs, score, period)


def _likeness(x: FloatArray, template: FloatArray, ahead: int) -> FloatArray:
    """(n,) normalised correlation of x (c, n) with the template (c, m) centred at ``ahead``."""
    m = template.shape[1]
    pattern = template - template.mean(axis=1, keepdims=True)
    padded = np.pad(x, ((0, 0), (ahead, m)), mode="edge")
    n = x.shape[1]
    match = sum(
        np.correlate(row, form, "valid")[:n] for row, form in zip(padded, pattern, strict=True)
    )
    total = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), axis=1)
    square = np.cumsum(np.pad((padded**2).sum(axis=0), (1, 0)))
    energy = (square[m:] - square[:-m])[:n]
    energy = energy - (((total[:, m:] - total[:, :-m]) ** 2).sum(axis=0) / m)[:n]
    norm = np.sqrt(np.maximum(energy, 1e-9) * float((pattern**2).sum()))
    return np.asarray(match / np.maximum(norm, 1e-9))


def template_candidates(
    leg: Leg, first: Candidates, local: LocalPeriod, run: BoolArray, settings: EventSettings
) -> Candidates:
    """Peaks of the correlation with the median stride, one template a gait.

    first : one anchor a stride (a solved train).  run : (k,) True where it is running.
    """
    k = max(1, int(leg.fs / 50.0))
    fs = leg.fs / k
    x = lowpass(np.stack([decimate(channel, k) for channel in leg.acc]), _TEMPLATE_HZ, fs)
    n = x.shape[1]
    likeness = np.full(n, -1.0)
    nearest = np.searchsorted(
        0.5 * (first.time_s[1:] + first.time_s[:-1]), leg.t0 + np.arange(n) / fs
    )
    for gait in (True, False):
        mine = np.flatnonzero(run == gait)
        if len(mine) < 3:
            continue
        typical = float(np.median(first.period_s[mine]))
        ahead = int(_BEFORE * typical * fs)
        offset = np.arange(-ahead, int(_AFTER * typical * fs) + 1, dtype=np.float64)
        centre = (first.time_s[mine] - leg.t0) * fs
        inside = (centre > ahead) & (centre < n - offset[-1] - 1)
        use = centre[inside] if inside.sum() >= 3 else centre
        use = use[np.unique(np.linspace(0, len(use) - 1, min(len(use), 300)).astype(np.int64))]
        template = np.median(windows(x, use, offset), axis=0).T
        part = run[nearest] == gait
        likeness[part] = _likeness(x, template, ahead)[part]
    place, height = peaks(likeness)
    keep = height > 0.3
    time = leg.t0 + place[keep] / fs
    score = 2.0 * (height[keep] - 0.3)
    # at the ends of the recording the template does not fit: keep the impacts there
    cut = (first.time_s < leg.t0 + _BEFORE * first.period_s) | (
        first.time_s > leg.end_s - _AFTER * first.period_s
    )
    if len(time):
        gap = np.abs(first.time_s[:, None] - time[[0, -1]]).min(axis=1)
        cut &= gap > 0.5 * first.period_s
    time = np.concatenate([time, first.time_s[cut]])
    score = np.concatenate([score, np.full(int(cut.sum()), 0.3)])
    order = np.argsort(time, kind="stable")
    time, score = time[order], score[order]
    return Candidates(time, score, local.at(time - leg.t0))


def solved(found: Candidates) -> Candidates:
    """The candidates on the best train of one leg."""
    pick = best_train(found.time_s, found.score, found.period_s)
    return Candidates(found.time_s[pick], found.score[pick], found.period_s[pick])
