"""One leg: the axes of the limb, its signals, and candidates for one anchor a stride.

The train of anchors is solved for both legs at once where both are there (``sequence``); contacts
are timed in ``contacts``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.bouts import Activity
from hipgait.strides.filters import (
    block_average,
    decimate,
    lowpass,
    moving_max,
    peaks,
)
from hipgait.strides.period import LocalPeriod, local_period, smooth_period


@dataclass(frozen=True)
class Leg:
    """One shank's signals along the axes of the limb, at about 100 Hz.

    t0, fs : first sample (s, reference clock) and rate (Hz).
    acc : (3, n) specific force in g: up the limb, forward, to the right.
    slow : (3, n) the same below 15 Hz.
    rate : (n,) angular velocity about the axis to the right below 15 Hz, rad/s (forward swing
        positive), or None without a gyroscope.
    turn : (n,) the same about the axis up the limb.
    """

    t0: float
    fs: float
    acc: FloatArray
    slow: FloatArray
    rate: FloatArray | None
    turn: FloatArray | None

    @property
    def end_s(self) -> float:
        """Time of the last sample, s."""
        return float(self.t0 + (self.acc.shape[1] - 1) / self.fs)


def limb_period(stream: UniformStream, settings: EventSettings) -> LocalPeriod:
    """Local stride period, times from the first sample; the same for every mounting."""
    k = max(1, int(stream.fs / 25.0))
    source = stream.acc if stream.gyr is None else stream.gyr
    low = lowpass(block_average(source, k), 8.0, stream.fs / k)
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
    rate = turn = None
    if stream.gyr is not None:
        rate, turn = (lowpass(decimate(stream.gyr @ axes[i], k), 15.0, fs) for i in (2, 0))
    return Leg(stream.t0, fs, acc, lowpass(acc, 15.0, fs), rate, turn)


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

    Peaks of the 6 Hz sagittal rate above 0.12 of the local maximum; the anchor is the downward zero
    crossing of the 15 Hz rate that follows (Fadillioglu et al. 2020,
    doi:10.1016/j.gaitpost.2020.06.019).
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
    span = int(0.45 * settings.stride_max_s * leg.fs)
    index = np.minimum(place.astype(np.int64)[:, None] + np.arange(span + 1), n - 1)
    y = leg.rate[index]
    falls = (y[:, :-1] > 0) & (y[:, 1:] <= 0)
    first = falls.argmax(axis=1)
    row = np.arange(len(place))
    rise = y[row, first] - y[row, first + 1]
    anchor = index[row, first] + y[row, first] / np.where(rise > 0, rise, 1.0)
    found = falls.any(axis=1) & (anchor - place < 0.45 * period * leg.fs)
    delay = np.median((anchor - place)[found] / period[found]) if found.any() else 0.15 * leg.fs
    anchor = np.where(found, anchor, place + delay * period)
    score = 1.0 + 0.4 * np.log(np.clip(height / reference, 0.05, 2.0))
    order = np.argsort(anchor, kind="stable")
    return Candidates(leg.t0 + anchor[order] / leg.fs, score[order], period[order])
