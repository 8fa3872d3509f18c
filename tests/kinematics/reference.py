"""VQF, the published filter, as the reference for the two-pass smoother."""

from __future__ import annotations

import numpy as np

from hipgait.errors import NotMeasurable
from hipgait.kinematics.orientation import placement_sigma
from hipgait.kinematics.strapdown import rotate, rotation_vectors
from hipgait.kinematics.uniform import UniformStream
from hipgait.recording import FloatArray
from hipgait.settings import OrientationSettings


def vqf_up(
    stream: UniformStream, tau_s: float | None = None, settings: OrientationSettings | None = None
) -> FloatArray:
    """Up in the sensor by the full VQF 6D with its own bias estimation.

    Fed with the mean angular velocity between samples (it would lead by half a sample otherwise).
    tau_s : time constant, s; by default the width of the second pass (pelvis 3 s, else 4 s).
    Returns (n, 3) unit vectors.
    """
    if stream.gyr is None:
        raise NotMeasurable(f"{stream.placement}: no gyroscope, so no angles")
    from vqf import VQF

    tau = placement_sigma(stream.placement, settings) if tau_s is None else tau_s
    gyr = rotation_vectors(stream.gyr, stream.fs) * stream.fs
    state = VQF(1.0 / stream.fs, tauAcc=tau).updateBatch(gyr, np.ascontiguousarray(stream.acc))
    return rotate(np.asarray(state["quat6D"]), np.array([0.0, 0.0, 1.0]), inverse=True)
