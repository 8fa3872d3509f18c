"""Starts and stops: where the accelerometer holds more than gravity.

Over a stride of steady running the acceleration of a body averages to nothing. From standing to
3 m/s it does not: smoothed over some seconds, the gain of speed v turns gravity by
``v / (g sigma sqrt(2 pi))``, 1.8 deg in the sagittal plane at 4 s. For these seconds the gyroscope,
whose bias standing has just shown, carries the direction between what standing says before and what
steady running says after. No speed is needed, and on a treadmill that is already turning nothing is
lost.

Measured on 6 simulated runners, error in the 2 s after the first step against that of steady
running: pelvic tilt 2.4 deg without and 0.2 with, the shank's sagittal angle 2.0 and 0.6. The means
of a run do not change.
"""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.smoothing import gaussian
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import OrientationSettings


def steady_weight(moving: BoolArray, rate_hz: float, s: OrientationSettings) -> FloatArray:
    """(k,) weight of the accelerometer: 1, close to 0 while the runner sets off or comes to rest.

    Parameters
    ----------
    moving : (k,) of one segment, one value a block.
    rate_hz : blocks a second.

    The first and last ``gain_s`` of every stretch of movement that is longer than four times that,
    and has rest before or after it, are left out. The edges are rounded: a sharp one would weigh
    part of a stride.
    """
    n, long = len(moving), round(s.gain_s * rate_hz)
    out = np.zeros(n)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], moving.astype(np.int8), [0]))))
    for a, b in edges.reshape(-1, 2):
        if b - a > 4 * long:
            if a > 0:
                out[a : a + long] = 1.0
            if b < n:
                out[b - long : b] = 1.0
    if not out.any():
        return np.ones(n)
    return np.asarray(np.clip(1.0 - gaussian(out, s.gain_edge_s * rate_hz), 0.02, 1.0))
