"""Specific force and angular velocity rebuilt from orientation and free acceleration.

Some exports hold what the sensor's own filter made of the raw signals. Orientation ``q`` turns
sensor axes into earth axes (z up); then specific force = R(q)^T (free acceleration + g up), and
the angular velocity is the derivative of q. What the filter smoothed away does not come back:
streams made this way are marked ``derived``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

UP: Final = np.array([0.0, 0.0, G_MPS2])

DERIVED_NOTE: Final = (
    "acceleration and angular velocity are rebuilt from the sensor's own orientation and free "
    "acceleration; impacts are smoothed"
)
RATE_NOTE: Final = "angular velocity is rebuilt from the sensor's own orientation"


def quaternion_matrices(q: FloatArray) -> FloatArray:
    """(n, 3, 3) rotation matrices (sensor to earth) of (n, 4) quaternions w, x, y, z."""
    w, x, y, z = np.ascontiguousarray(q.T)
    with np.errstate(invalid="ignore", divide="ignore"):
        s = 2.0 / (w * w + x * x + y * y + z * z)
    sx, sy, sz = s * x, s * y, s * z
    wx, wy, wz = w * sx, w * sy, w * sz
    xx, xy, xz = x * sx, x * sy, x * sz
    yy, yz, zz = y * sy, y * sz, z * sz
    return _matrices(
        [1 - (yy + zz), xy - wz, xz + wy, xy + wz, 1 - (xx + zz), yz - wx]
        + [xz - wy, yz + wx, 1 - (xx + yy)]
    )


def euler_matrices(roll: FloatArray, pitch: FloatArray, yaw: FloatArray) -> FloatArray:
    """(n, 3, 3) matrices (sensor to earth), R = Rz(yaw) Ry(pitch) Rx(roll); angles in rad."""
    cr, sr, cp, sp, cy, sy = (f(a) for a in (roll, pitch, yaw) for f in (np.cos, np.sin))
    return _matrices(
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr]
        + [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr]
        + [-sp, cp * sr, cp * cr]
    )


def _matrices(entries: Sequence[FloatArray]) -> FloatArray:
    """(n, 3, 3) out of nine entries (n,), row by row; each stays in one piece in memory, which
    makes what follows three times as fast."""
    return np.stack(entries).reshape(3, 3, -1).transpose(2, 0, 1)


def specific_force(R: FloatArray, free: FloatArray) -> FloatArray:
    """(n, 3) specific force in sensor axes, m/s^2, from free acceleration in earth axes."""
    x, y, z = np.ascontiguousarray((free + UP).T)
    out = np.empty((len(R), 3))
    for k in range(3):
        out[:, k] = R[:, 0, k] * x + R[:, 1, k] * y + R[:, 2, k] * z
    return out


def angular_velocity(R: FloatArray, time_s: FloatArray) -> FloatArray:
    """(n, 3) angular velocity in sensor axes, rad/s, at the samples.

    Rotation increments between neighbours (rotation vector over the time between them), brought
    to the sample times: four-point formula (7, 7, -1, -1)/12 where the clock is regular (third
    order; gain 0.97 at 10 Hz and 60 samples a second), else weighted by the neighbours' distance.
    Increments across a gap of more than three samples are not used. NaN where nothing is known.
    """
    n = len(R)
    out = np.full((n, 3), np.nan)
    if n < 2:
        return out
    h = np.diff(time_s)
    usual = np.median(h)
    with np.errstate(invalid="ignore", divide="ignore"):
        w = rotation_vector(_increments(R)) / h[:, None]
    w[~(np.isfinite(w).all(axis=1) & (h < 3.5 * usual))] = np.nan
    if n >= 4:
        regular = np.abs(h / usual - 1.0) < 0.1
        four = regular[:-3] & regular[1:-2] & regular[2:-1] & regular[3:]
        stencil = (7.0 * (w[1:-2] + w[2:-1]) - (w[:-3] + w[3:])) / 12.0
        out[2:-2] = np.where(four[:, None], stencil, np.nan)
    left = np.flatnonzero(np.isnan(out).any(axis=1))
    out[left] = _by_neighbours(w, h, left)
    return out


def _by_neighbours(w: FloatArray, h: FloatArray, rows: NDArray[np.intp]) -> FloatArray:
    """(k, 3) angular velocity at some samples from the increments (n - 1, 3) before and after, or
    from the one that is known."""
    last = len(h) - 1
    before, after = w[np.maximum(rows - 1, 0)], w[np.minimum(rows, last)]
    before[rows == 0] = np.nan
    after[rows > last] = np.nan
    h0, h1 = h[np.maximum(rows - 1, 0)][:, None], h[np.minimum(rows, last)][:, None]
    both = (h1 * before + h0 * after) / (h0 + h1)
    return np.where(np.isfinite(both), both, np.where(np.isfinite(before), before, after))


def _increments(R: FloatArray) -> FloatArray:
    """(n - 1, 3, 3) turns from each sample's axes to the next one's, in sensor axes."""
    a, b = R[:-1], R[1:]
    return _matrices(
        [
            a[:, 0, i] * b[:, 0, k] + a[:, 1, i] * b[:, 1, k] + a[:, 2, i] * b[:, 2, k]
            for i in range(3)
            for k in range(3)
        ]
    )


def rotation_vector(R: FloatArray) -> FloatArray:
    """(n, 3) rotation vectors of (n, 3, 3) matrices."""
    trace = R[:, 0, 0] + R[:, 1, 1] + R[:, 2, 2]
    x, y, z = (0.5 * (R[:, i, j] - R[:, j, i]) for i, j in ((2, 1), (0, 2), (1, 0)))
    sine = np.sqrt(x * x + y * y + z * z)
    angle = np.arctan2(sine, 0.5 * (trace - 1.0))
    scale = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 1.0)
    return np.column_stack([x * scale, y * scale, z * scale])
