"""Specific force and angular velocity rebuilt from orientation and free acceleration.

Some exports hold what the sensor's own filter made of the raw signals. Orientation ``q`` turns
sensor axes into earth axes (z up); then specific force = R(q)^T (free acceleration + g up), and
the angular velocity is the derivative of q. What the filter smoothed away does not come back:
streams made this way are marked ``derived``.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray

UP: Final = np.array([0.0, 0.0, G_MPS2])

DERIVED_NOTE: Final = (
    "acceleration and angular velocity are rebuilt from the sensor's own orientation and free "
    "acceleration; impacts are smoothed"
)
RATE_NOTE: Final = "angular velocity is rebuilt from the sensor's own orientation"


def quaternion_matrices(q: FloatArray) -> FloatArray:
    """(n, 3, 3) rotation matrices (sensor to earth) of (n, 4) quaternions w, x, y, z."""
    with np.errstate(invalid="ignore", divide="ignore"):
        w, x, y, z = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    return np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], axis=1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], axis=1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=1),
        ],
        axis=1,
    )


def euler_matrices(roll: FloatArray, pitch: FloatArray, yaw: FloatArray) -> FloatArray:
    """(n, 3, 3) matrices (sensor to earth), R = Rz(yaw) Ry(pitch) Rx(roll); angles in rad."""
    cr, sr, cp, sp, cy, sy = (f(a) for a in (roll, pitch, yaw) for f in (np.cos, np.sin))
    return np.stack(
        [
            np.stack([cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr], axis=1),
            np.stack([sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr], axis=1),
            np.stack([-sp, cp * sr, cp * cr], axis=1),
        ],
        axis=1,
    )


def specific_force(R: FloatArray, free: FloatArray) -> FloatArray:
    """(n, 3) specific force in sensor axes, m/s^2, from free acceleration in earth axes."""
    return np.asarray(np.einsum("nji,nj->ni", R, free + UP))


def angular_velocity(R: FloatArray, time_s: FloatArray) -> FloatArray:
    """(n, 3) angular velocity in sensor axes, rad/s, at the samples.

    Rotation increments between neighbours (rotation vector over the time between them), brought
    to the sample times: four-point formula (7, 7, -1, -1)/12 where the clock is regular (third
    order; gain 0.97 at 10 Hz and 60 samples a second), else weighted by the neighbours' distance.
    Increments across a gap of more than three samples are not used. NaN where nothing is known.
    """
    n = len(R)
    if n < 2:
        return np.full((n, 3), np.nan)
    h = np.diff(time_s)
    delta = np.einsum("nji,njk->nik", R[:-1], R[1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        w = rotation_vector(delta) / h[:, None]
    known = np.isfinite(w).all(axis=1) & (h < 3.5 * np.median(h))
    w[~known] = np.nan
    before = np.vstack([np.full((1, 3), np.nan), w])
    after = np.vstack([w, np.full((1, 3), np.nan)])
    h0, h1 = np.r_[h[0], h][:, None], np.r_[h, h[-1]][:, None]
    both = (h1 * before + h0 * after) / (h0 + h1)
    out = np.where(np.isfinite(both), both, np.where(np.isfinite(before), before, after))
    if n >= 4:
        regular = np.abs(h / np.median(h) - 1.0) < 0.1
        four = regular[:-3] & regular[1:-2] & regular[2:-1] & regular[3:]
        stencil = (7.0 * (w[1:-2] + w[2:-1]) - (w[:-3] + w[3:])) / 12.0
        good: BoolArray = four & np.isfinite(stencil).all(axis=1)
        inner = out[2:-2]
        inner[good] = stencil[good]
    return np.asarray(out)


def rotation_vector(R: FloatArray) -> FloatArray:
    """(n, 3) rotation vectors of (n, 3, 3) matrices, by way of the quaternion."""
    trace = np.einsum("nii->n", R)
    v = 0.5 * np.stack(
        [R[:, 2, 1] - R[:, 1, 2], R[:, 0, 2] - R[:, 2, 0], R[:, 1, 0] - R[:, 0, 1]], axis=1
    )
    sine = np.linalg.norm(v, axis=1)
    angle = np.arctan2(sine, 0.5 * (trace - 1.0))
    scale = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 1.0)
    return np.asarray(v * scale[:, None])
