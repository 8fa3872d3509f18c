"""Rest, walking and running, from how strongly and how fast a segment is moved.

The spread of the 5 Hz specific force in a two-second window tells rest from movement. Walking and
running overlap in spread alone (a brisk walk reaches 1.0 g at the ankle, a slow jog 1.1 g), but not
in spread divided by the cube of the stride period, which is what tells them apart here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from hipgait.recording import FloatArray
from hipgait.strides.filters import lowpass


@dataclass(frozen=True)
class Activity:
    """How strongly a segment moves. Both arrays have length k.

    time_s : s on the reference clock.  spread_g : spread of the 5 Hz specific force, g.
    """

    time_s: FloatArray
    spread_g: FloatArray

    def at(self, time_s: FloatArray) -> FloatArray:
        """Spread at given times; 0 outside the recording."""
        if not len(self.time_s):
            return np.zeros(np.shape(time_s))
        return np.asarray(np.interp(time_s, self.time_s, self.spread_g, left=0.0, right=0.0))


def activity(acc_g: FloatArray, t0: float, fs: float, window_s: float = 2.0) -> Activity:
    """Spread of the 5 Hz vector, sqrt(sum of the axes' variances), in a moving window.

    acc_g : (3, n) in g, at a low rate (about 20 Hz is enough).
    """
    slow = lowpass(acc_g, 5.0, fs)
    size = max(1, min(round(window_s * fs) | 1, slow.shape[-1]))
    mean = uniform_filter1d(slow, size, axis=-1, mode="nearest")
    power = uniform_filter1d(slow**2, size, axis=-1, mode="nearest") - mean**2
    spread = np.sqrt(np.maximum(power.sum(axis=0), 0.0))
    return Activity(t0 + np.arange(slow.shape[-1]) / fs, spread)
