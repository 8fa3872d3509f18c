"""Contacts of one leg from the shank's accelerometer, with or without a gyroscope.

The order is always the same: axes of the limb, candidates for one anchor a stride, the train of
anchors (solved by the caller, for both legs at once where both are there), then timing by ensemble
alignment and the absolute place of the event from the mean waveform of each block of strides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.bouts import Activity
from hipgait.strides.ensemble import Blocks, align, block_means, look_further
from hipgait.strides.filters import (
    block_average,
    decimate,
    highest_peak,
    lowpass,
    moving_max,
    peaks,
    refine_grid,
)
from hipgait.strides.period import LocalPeriod, local_period, smooth_period

_MEAN_STEP_S = 0.010


@dataclass(frozen=True)
class Leg:
    """One shank's signals along the axes of the limb, at about 100 Hz.

    t0, fs : first sample (s, reference clock) and rate (Hz).
    acc : (3, n) specific force in g: up the limb, forward, to the right.
    slow : (3, n) the same below 15 Hz.
    rate : (n,) angular velocity about the axis to the right, rad/s (forward swing positive), or
        None without a gyroscope.
    """

    t0: float
    fs: float
    acc: FloatArray
    slow: FloatArray
    rate: FloatArray | None

    @property
    def end_s(self) -> float:
        """Time of the last sample, s."""
        return float(self.t0 + (self.acc.shape[1] - 1) / self.fs)


def limb_period(stream: UniformStream, settings: EventSettings) -> LocalPeriod:
    """Local stride period, times from the first sample; the same for every mounting."""
    k = max(1, int(stream.fs / 50.0))
    source = stream.acc if stream.gyr is None else stream.gyr
    low = lowpass(block_average(source, k), 10.0, stream.fs / k)
    return smooth_period(
        local_period(low, stream.fs / k, settings.stride_min_s, settings.stride_max_s)
    )


def limb_axes(
    stream: UniformStream, moves: Activity, period: LocalPeriod, settings: EventSettings
) -> FloatArray:
    """(3, 3) rows: up the limb, forward, to the right, in the sensor's axes.

    Up is the mean specific force while moving. With a gyroscope, right is the main axis of
    rotation, signed so that the fast rotations (the forward swing) are positive. Without, forward
    is the main axis of the 6 Hz acceleration across the limb. Its sign follows from its 5 Hz
    correlation with the axial one, which is negative in running (-0.2 ... -0.4 in four real legs)
    and positive in walking (0.3 ... 0.5 in four).
    """
    k = max(1, int(stream.fs / 50.0))
    fs = stream.fs / k
    acc = block_average(stream.acc, k) / G_MPS2
    time = np.arange(acc.shape[1]) / fs
    spread = moves.at(stream.t0 + time)
    use = spread > settings.rest_spread_g
    if not use.any():
        use = np.ones(len(time), dtype=bool)
    mean = acc[:, use].mean(axis=1)
    up = mean / max(float(np.linalg.norm(mean)), 1e-9)
    if stream.gyr is not None:
        rate = lowpass(block_average(stream.gyr, k), 10.0, fs)[:, use]
        right = np.linalg.eigh(rate @ rate.T)[1][:, -1]
        right = right - (right @ up) * up
        right = right / max(float(np.linalg.norm(right)), 1e-9)
        if float(((right @ rate) ** 3).sum()) < 0:
            right = -right
        return np.stack([up, np.cross(up, right), right])
    slow = lowpass(acc - mean[:, None], 5.0, fs)
    across = slow - np.outer(up, up @ slow)
    flat = across[:, use] - across[:, use].mean(axis=1, keepdims=True)
    ahead = np.linalg.eigh(flat @ flat.T)[1][:, -1]
    axial = up @ slow
    stride = np.nan_to_num(period.at(time), nan=1.0)
    running = spread / stride**3 > settings.run_drive_shank
    sign = np.where(running, -1.0, 1.0)[use]
    if float((sign * (ahead @ flat) * (axial[use] - axial[use].mean())).sum()) < 0:
        ahead = -ahead
    return np.stack([up, ahead, np.cross(ahead, up)])


def make_leg(stream: UniformStream, axes: FloatArray) -> Leg:
    """Project onto the axes of the limb and reduce to about 100 Hz."""
    k = max(1, int(stream.fs / 99.0))
    fs = stream.fs / k
    limb = (axes / G_MPS2) @ stream.acc.T
    acc = np.stack([decimate(channel, k) for channel in limb])
    rate = None if stream.gyr is None else decimate(stream.gyr @ axes[2], k)
    return Leg(stream.t0, fs, acc, lowpass(acc, 15.0, fs), rate)


@dataclass(frozen=True)
class Candidates:
    """Possible anchors of strides. Arrays have length n.

    time_s : s, reference clock.  score : for the train.  period_s : local stride period.
    """

    time_s: FloatArray
    score: FloatArray
    period_s: FloatArray


def swing_candidates(leg: Leg, local: LocalPeriod, settings: EventSettings) -> Candidates:
    """Anchors from the gyroscope: the fall through zero after each peak of the forward swing.

    Peaks of the 6 Hz sagittal rate (compare Greene 2010, 5 Hz) above 0.12 of the local maximum; the
    anchor is the downward zero crossing of the 15 Hz rate that follows.
    """
    assert leg.rate is not None
    n = len(leg.rate)
    slow = lowpass(leg.rate, 6.0, leg.fs)
    place, height = peaks(slow)
    size = round(5.0 * leg.fs) | 1
    reference = moving_max(slow, size)[place.astype(np.int64)] if len(place) else height
    good = (height > 0.12 * reference) & (height > settings.swing_floor_rad_s)
    place, height, reference = place[good], height[good], reference[good]
    time = place / leg.fs
    period = local.at(time)
    good = np.isfinite(period)
    place, height, reference, period = place[good], height[good], reference[good], period[good]
    if not len(place):
        empty = np.zeros(0)
        return Candidates(empty, empty, empty)
    fast = lowpass(leg.rate, 15.0, leg.fs)
    span = int(0.45 * settings.stride_max_s * leg.fs)
    index = np.minimum(place.astype(np.int64)[:, None] + np.arange(span + 1), n - 1)
    y = fast[index]
    falls = (y[:, :-1] > 0) & (y[:, 1:] <= 0)
    first = falls.argmax(axis=1)
    row = np.arange(len(place))
    rise = y[row, first] - y[row, first + 1]
    anchor = index[row, first] + y[row, first] / np.where(rise > 0, rise, 1.0)
    found = falls.any(axis=1) & (anchor - place < 0.45 * period * leg.fs)
    delay = np.median((anchor - place)[found] / period[found]) if found.any() else 0.15 * leg.fs
    anchor = np.where(found, anchor, place + delay * period)
    score = 1.0 + 0.5 * np.log(np.clip(height / reference, 0.05, 2.0))
    order = np.argsort(anchor, kind="stable")
    return Candidates(leg.t0 + anchor[order] / leg.fs, score[order], period[order])


@dataclass(frozen=True)
class LegContacts:
    """Contacts of one leg's strides, all (k,).

    ic_s, tc_s : s, reference clock; tc_s NaN where the recording ends before it.
    misfit : of the initial contact's alignment; 1 is typical.
    """

    ic_s: FloatArray
    tc_s: FloatArray
    misfit: FloatArray


def _slope(y: FloatArray) -> FloatArray:
    return np.asarray(np.gradient(y, _MEAN_STEP_S, axis=-1))


def _fill(values: FloatArray, fallback: float) -> FloatArray:
    """Blocks without the feature take the median of the others."""
    good = np.isfinite(values)
    middle = float(np.median(values[good])) if good.any() else fallback
    return np.where(good, values, middle)


def _steady(
    y: FloatArray,
    tau: FloatArray,
    low: FloatArray | float,
    high: FloatArray | float,
    near_s: float,
) -> FloatArray:
    """Highest peak in a window: first in the mean of all blocks, then near it in each block.

    y : (b, m).  low, high : scalar or (b,).  Returns (b,).
    """
    fine, grid = refine_grid(y, tau)
    if len(y) > 1:
        typical = highest_peak(
            fine.mean(axis=0, keepdims=True),
            grid,
            float(np.median(low)),
            float(np.median(high)),
        )[0]
    else:
        typical = float(highest_peak(fine, grid, low, high)[0])
    if not np.isfinite(typical):
        return np.full(len(y), np.nan)
    own = highest_peak(fine, grid, typical - near_s, typical + near_s)
    return _fill(own, float(typical))


def _channels(leg: Leg) -> FloatArray:
    """(6, n): up, forward, right, size across the limb, size, power above 15 Hz; g."""
    acc = leg.acc
    across = acc[1] ** 2 + acc[2] ** 2
    power = ((acc - leg.slow) ** 2).sum(axis=0)
    return np.stack([*acc, np.sqrt(across), np.sqrt(across + acc[0] ** 2), power])


def _initial_feature(mean: FloatArray, tau: FloatArray, low: float, high: float) -> FloatArray:
    """(b,) delay of the initial contact's feature: the steepest forward rise of the landing."""
    fs = 1.0 / _MEAN_STEP_S
    forward, across, size = (lowpass(mean[:, c], 20.0, fs) for c in (1, 3, 4))
    impact = np.sqrt(np.maximum(lowpass(mean[:, 5], 10.0, fs), 1e-9))
    later = np.stack([np.interp(tau + 0.02, tau, row) for row in impact])
    coarse = _steady(_slope(forward + across + size) * later, tau, low, high, 0.02)
    coarse = _fill(coarse, 0.0)
    centre = float(np.median(coarse))
    fine = _steady(_slope(forward), tau, centre - 0.035, centre + 0.035, 0.015)
    return np.where(np.isfinite(fine), fine, coarse)


def _terminal_run(
    mean: FloatArray, tau: FloatArray, ic: FloatArray, period: FloatArray
) -> FloatArray:
    """(b,) delay of the terminal contact's feature in running (before its constant)."""
    fs = 1.0 / _MEAN_STEP_S
    dip = _steady(-lowpass(mean[:, 0], 15.0, fs), tau, ic + 0.24 * period, ic + 0.52 * period, 0.03)
    rise = _steady(
        _slope(lowpass(mean[:, 0], 12.0, fs)),
        tau,
        float(np.nanmedian(dip)) + 0.008,
        float(np.nanmedian(dip)) + 0.055,
        0.03,
    )
    both = np.where(np.isfinite(rise), 0.5 * (dip + rise), dip)
    return np.where(np.isfinite(both), both, ic + 0.40 * period)


def _terminal_walk(
    mean: FloatArray, tau: FloatArray, ic: FloatArray, period: FloatArray
) -> FloatArray:
    """(b,) delay of the terminal contact's feature in walking (before its constant).

    Mean of two: the steepest unloading along the shank, which comes after the contact's end, and
    the steepest forward push, which comes before it; their errors between people cancel.
    """
    fs = 1.0 / _MEAN_STEP_S
    fall = _steady(
        -_slope(lowpass(mean[:, 0], 6.0, fs)), tau, ic + 0.52 * period, ic + 0.80 * period, 0.04
    )
    fall = np.where(np.isfinite(fall), fall, ic + 0.68 * period)
    middle = float(np.median(fall))
    push = _steady(
        -_slope(lowpass(mean[:, 1], 10.0, fs)), tau, middle - 0.115, middle - 0.035, 0.03
    )
    return 0.5 * (fall + np.where(np.isfinite(push), push, fall - 0.072))


def leg_contacts(
    leg: Leg,
    anchor_s: FloatArray,
    period_s: FloatArray,
    gait: list[tuple[bool, Blocks]],
    settings: EventSettings,
) -> LegContacts:
    """Time the contacts of one leg's strides.

    anchor_s : (k,) s, one a stride.  period_s : (k,) local stride period, s.  gait : for running
    (True) and walking (False) the blocks of strides.
    """
    k = len(anchor_s)
    ic, tc, misfit = np.full(k, np.nan), np.full(k, np.nan), np.ones(k)
    centre = (anchor_s - leg.t0) * leg.fs
    signal = leg.slow[1:2]
    lead = 0.0 if leg.rate is not None else 0.03
    if leg.rate is not None:
        rate = lowpass(leg.rate, 15.0, leg.fs)
        signal = np.stack(
            [leg.slow[1] / max(leg.slow[1].std(), 1e-9), rate / max(rate.std(), 1e-9)]
        )
    channels = _channels(leg)
    window = settings.ic_search_gyro_s if leg.rate is not None else settings.ic_search_s
    for running, blocks in gait:
        if not blocks.count:
            continue
        mine = blocks.index[blocks.real]
        early = centre - lead * leg.fs
        at = align(signal, leg.fs, early, blocks, 0.08, 0.10, 0.03)
        at = look_further(signal, leg.fs, early, blocks, at, 0.08, 0.12)
        landed = centre + at.shift_s * leg.fs
        typical = np.median(period_s[blocks.index], axis=1)
        longest = float(typical.max())
        tau = np.arange(-0.30, 1.02 * longest + 0.1, _MEAN_STEP_S)
        scale = period_s / np.nan_to_num(blocks.spread(typical, k), nan=1.0)
        late = np.maximum(tau - 0.15, 0.0)
        offset = (tau + (scale[:, None] - 1.0) * late) * leg.fs
        mean = block_means(channels, landed, offset, blocks)
        feature = _initial_feature(mean, tau, window[0], window[1])
        contact = landed / leg.fs + blocks.spread(feature, k) - settings.ic_s
        if running:
            end, bias = _terminal_run(mean, tau, feature, typical), settings.tc_run_s
        else:
            end, bias = _terminal_walk(mean, tau, feature, typical), settings.tc_walk_s
        end = blocks.spread(end, k)
        leave = landed / leg.fs + end + (scale - 1.0) * np.maximum(end - 0.15, 0.0) - bias
        ic[mine] = contact[mine]
        misfit[mine] = at.misfit[mine]
        inside = np.nan_to_num(leave, nan=1e12) < leg.acc.shape[1] / leg.fs - 0.03
        safe = np.where(np.isfinite(leave), leave, 0.0)
        toe = align(leg.slow, leg.fs, safe * leg.fs, blocks, 0.10, 0.10, 0.06, step_s=0.012)
        tc[mine] = np.where(inside, leave + toe.shift_s, np.nan)[mine]
    return LegContacts(leg.t0 + ic, leg.t0 + tc, misfit)
