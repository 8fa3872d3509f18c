"""Bias of the gyroscope, from standing still or from the gait itself.

A constant bias turns the strap-down frame slowly and drops out of every inclination; what it does
touch is the heading rate, and with it the centripetal correction and the detection of turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import OrientationSettings

Interval = tuple[float, float]


@dataclass(frozen=True)
class GyroBias:
    """Bias of a gyroscope over time.

    time_s : (k,) s, increasing.  value : (k, 3) rad/s, in the sensor.
    source : "standing" | "motion" | "none".
    sd : rad/s, how well each axis is known (about the vertical: "motion" knows nothing).
    """

    time_s: FloatArray
    value: FloatArray
    source: str
    sd: float

    def at(self, time_s: FloatArray) -> FloatArray:
        """(3,) where constant, else (n, 3): linear between, constant outside the known times."""
        if len(self.value) == 1:
            return np.asarray(self.value[0])
        out = np.tile(self.value[0], (len(time_s), 1))
        for k, change in enumerate(np.diff(self.value, axis=0)):
            a, b = self.time_s[k : k + 2]
            out += np.clip((time_s - a) / (b - a), 0.0, 1.0)[:, None] * change
        return out

    def along(self, axis: FloatArray, time_s: FloatArray) -> FloatArray:
        """(n,) rad/s, its component along a (3,) axis of the sensor."""
        return np.interp(time_s, self.time_s, self.value @ axis)


NO_BIAS: Final = GyroBias(np.zeros(1), np.zeros((1, 3)), "none", np.radians(0.5))


def standing_bias(
    stream: UniformStream, standing: Sequence[Interval], trim_s: float = 0.3
) -> GyroBias:
    """Gyroscope bias from still standing: one value a standing interval, linear between them.

    People sway: a shank that leans 3 deg further at the end of 10 s would pass for 0.3 deg/s. The
    rotation that gravity shows is taken out, with the same weights for both sensors (the slope of
    a straight line fitted to gravity is its rate with parabolic weights).

    Measured on simulated standing of 10 s (consumer sensors, sway of 0.5-1 deg), RMS: shank
    sagittal 0.014 deg/s (plain mean 0.19), pelvis tilt 0.033 (0.072), vertical 0.005-0.06.
    """
    if stream.gyr is None:
        return NO_BIAS
    times, values = [], []
    for start, end in standing:
        cut = min(trim_s, 0.2 * (end - start))
        lo, hi = np.clip(np.round(stream.index(np.array([start + cut, end - cut]))), 0, stream.n)
        rows = slice(int(lo), int(hi))
        good = ~stream.missing[rows]
        if good.sum() >= 5:
            times.append(0.5 * (start + end))
            values.append(_still_rate(stream.gyr[rows], stream.acc[rows], good, stream.fs))
    if not values:
        return NO_BIAS
    return GyroBias(np.array(times), np.array(values), "standing", float(np.radians(0.05)))


def _still_rate(gyr: FloatArray, acc: FloatArray, good: BoolArray, fs: float) -> FloatArray:
    """(3,) mean angular velocity that gravity does not explain, rad/s."""
    share = (np.arange(len(gyr)) + 0.5) / len(gyr)
    weight = np.where(good, share * (1.0 - share), 0.0)
    mean = weight @ gyr / weight.sum()
    centred = np.where(good, share - share[good].mean(), 0.0)
    slope = centred @ acc / (centred @ centred) / (len(gyr) / fs)
    level = acc[good].mean(axis=0)
    # a fixed direction u seen from a body that turns by w moves as du/dt = -w x u
    return np.asarray(mean + np.cross(level, slope) / (level @ level))


def motion_bias(
    up: FloatArray,
    rot: FloatArray,
    rate_hz: float,
    segments: Sequence[tuple[int, int]],
    assumed: GyroBias = NO_BIAS,
    settings: OrientationSettings | None = None,
) -> GyroBias:
    """Gyroscope bias without standing: the bias for which gravity would stand still.

    A bias b turns the strap-down frame, so gravity drifts in it as d(up)/dt = (R b) x up. Solved by
    least squares over windows of ``bias_window_s`` with a prior of 0 +- ``bias_prior_deg_s``. Only
    the two horizontal components can be seen; the vertical one, which no inclination depends on,
    keeps what was assumed.

    Parameters
    ----------
    up : (K, 3) unit, in the strap-down frame after the first pass.
    rot : (K, 3, 3) block means of the rotation, sensor to strap-down frame.
    rate_hz : blocks a second.
    segments : first and last + 1 block of each stretch without a long gap.
    assumed : what was subtracted before; its mean is added to the result.
    """
    s = settings or OrientationSettings()
    step = max(1, round(s.bias_window_s * rate_hz))
    normal = np.eye(3) * (s.bias_noise_deg / s.bias_window_s / s.bias_prior_deg_s) ** 2
    right = np.zeros(3)
    windows = 0
    for a, b in segments:
        edge = min(round(2 * rate_hz), (b - a) // 4)
        for i in range(a + edge, b - edge - step, step):
            mean_up = up[i : i + step + 1].mean(axis=0)
            turn = rot[i : i + step].mean(axis=0)
            matrix = np.cross(turn.T, mean_up).T
            drift = (up[i + step] - up[i]) * rate_hz / step
            normal += matrix.T @ matrix
            right += matrix.T @ drift
            windows += 1
    if windows == 0:
        return assumed
    value = np.linalg.solve(normal, right) + assumed.value.mean(axis=0)
    return GyroBias(np.zeros(1), value[None], "motion", float(np.radians(0.5)))
