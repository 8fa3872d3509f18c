"""Which way a thigh sensor looks: yaw of its medio-lateral axis from movement."""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.gait_cycles import MeanCycle
from hipgait.kinematics.shank_axis import dominant_axis, reaches_forward
from hipgait.kinematics.yaw import YawEvidence
from hipgait.recording import FloatArray
from hipgait.settings import AlignmentSettings


def thigh_yaw(
    cycle: MeanCycle,
    x: FloatArray,
    z: FloatArray,
    contact_share: float,
    settings: AlignmentSettings,
) -> YawEvidence:
    """Dominant horizontal rotation axis of the stride; the knee is further ahead at initial
    contact than at terminal contact, which gives the sense.
    """
    gyr = cycle.low_harmonics(cycle.gyr, settings.swing_cutoff_hz)
    yaw, _, _ = dominant_axis(gyr, x, z)
    if not reaches_forward(cycle, x, z, yaw, contact_share):
        yaw += np.pi
    return YawEvidence("swing", float(yaw), settings.thigh_swing_sd_rad)
