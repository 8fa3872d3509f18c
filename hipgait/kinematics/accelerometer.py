"""What an accelerometer without a gyroscope still gives: impact and vertical motion, no angles."""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.segments import PelvisSeries, ShankSeries
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray


def _long_axis(stream: UniformStream) -> FloatArray:
    """(3,) unit mean specific force: the vertical, on average, in the sensor."""
    mean = stream.acc.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))


def pelvis_without_gyro(stream: UniformStream) -> PelvisSeries:
    """Vertical motion along the mean specific force (the pelvis tilts by 3 deg or less about its
    mean in running: 0.2 % of 1 g); all angles NaN."""
    unknown = np.full(stream.n, np.nan)
    vertical = stream.acc @ _long_axis(stream) - G_MPS2
    resultant = np.linalg.norm(stream.acc, axis=1)
    return PelvisSeries(
        stream.t0, stream.fs, unknown, unknown, unknown, unknown, vertical, resultant
    )


def shank_without_gyro(stream: UniformStream) -> ShankSeries:
    """Acceleration along the mean specific force minus 1 g; all angles NaN.

    That direction is not the bone: in running the shank leans back by some 40 deg on average, so
    the peak mixes axial and fore-aft shock. Not to be compared with sensors that have a gyroscope.
    """
    unknown = np.full(stream.n, np.nan)
    axial = stream.acc @ _long_axis(stream) - G_MPS2
    return ShankSeries(stream.t0, stream.fs, unknown, unknown, unknown, axial)
