"""Rigid segments with exact first and second derivatives.

A segment's orientation in its parent frame is ``R = Ry(psi) Rx(eps) Rz(theta)``: heading, then
obliquity about the forward axis, then the sagittal angle about the segment's own lateral axis, so
that the elevation of the lateral axis depends on ``eps`` alone. Each angle comes with two
derivatives, and so does every point; nothing is differenced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hipgait.recording import FloatArray


class Point(NamedTuple):
    """A moving point: position, velocity, acceleration, each (3, n)."""

    p: FloatArray
    v: FloatArray
    a: FloatArray

    def __add__(self, other: object) -> Point:
        if not isinstance(other, Point):
            return NotImplemented
        return Point(self.p + other.p, self.v + other.v, self.a + other.a)

    def minus(self, other: Point) -> Point:
        """This point as seen from another."""
        return Point(self.p - other.p, self.v - other.v, self.a - other.a)


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cross product of (3, n) arrays."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def euler_matrix(psi: FloatArray, eps: FloatArray, theta: FloatArray) -> FloatArray:
    """(n, 3, 3) matrices of Ry(psi) Rx(eps) Rz(theta)."""
    cp, sp, ce, se, ct, st = (
        np.cos(psi), np.sin(psi), np.cos(eps), np.sin(eps), np.cos(theta), np.sin(theta)
    )  # fmt: skip
    m = np.empty((len(psi), 3, 3))
    m[:, 0, 0], m[:, 0, 1], m[:, 0, 2] = cp * ct + sp * se * st, -cp * st + sp * se * ct, sp * ce
    m[:, 1, 0], m[:, 1, 1], m[:, 1, 2] = ce * st, ce * ct, -se
    m[:, 2, 0], m[:, 2, 1], m[:, 2, 2] = -sp * ct + cp * se * st, sp * st + cp * se * ct, cp * ce
    return m


def matrix_euler(matrix: FloatArray) -> FloatArray:
    """(n, 3) psi, eps, theta of (n, 3, 3) matrices."""
    return np.stack(
        [
            np.arctan2(matrix[:, 0, 2], matrix[:, 2, 2]),
            -np.arcsin(np.clip(matrix[:, 1, 2], -1, 1)),
            np.arctan2(matrix[:, 1, 0], matrix[:, 1, 1]),
        ],
        axis=1,
    )


@dataclass(frozen=True)
class Frame:
    """A turning frame. psi, eps, theta : (3, n) value, first and second derivative (rad, s)."""

    psi: FloatArray
    eps: FloatArray
    theta: FloatArray
    trig: FloatArray
    """(6, n) cos and sin of psi, eps, theta"""
    w: FloatArray
    """(3, n) angular velocity in this frame's own axes, rad/s"""
    dw: FloatArray
    """(3, n) its derivative"""

    @classmethod
    def make(cls, psi: FloatArray, eps: FloatArray, theta: FloatArray) -> Frame:
        """Angular velocity and acceleration from the angles' derivatives."""
        trig = np.stack([f(x[0]) for x in (psi, eps, theta) for f in (np.cos, np.sin)])
        ce, se, c, s = trig[2], trig[3], trig[4], trig[5]
        p1, p2, e1, e2, t1, t2 = psi[1], psi[2], eps[1], eps[2], theta[1], theta[2]
        wx, wy, wz = e1, p1 * ce, -p1 * se
        ax, ay, az = e2, p2 * ce - p1 * e1 * se, -p2 * se - p1 * e1 * ce
        w = np.stack([c * wx + s * wy, -s * wx + c * wy, wz + t1])
        dw = np.stack(
            [
                c * ax + s * ay + t1 * (-s * wx + c * wy),
                -s * ax + c * ay - t1 * (c * wx + s * wy),
                az + t2,
            ]
        )
        return cls(psi, eps, theta, trig, w, dw)

    def apply(self, v: FloatArray) -> FloatArray:
        """R v: from this frame to its parent. v : (3, n) or (3, 1)."""
        cp, sp, ce, se, c, s = self.trig
        x, y, z = c * v[0] - s * v[1], s * v[0] + c * v[1], v[2]
        y, z = ce * y - se * z, se * y + ce * z
        return np.stack([cp * x + sp * z, y, -sp * x + cp * z])

    def back(self, v: FloatArray) -> FloatArray:
        """R^T v: from the parent into this frame."""
        cp, sp, ce, se, c, s = self.trig
        x, y, z = cp * v[0] - sp * v[2], v[1], sp * v[0] + cp * v[2]
        y, z = ce * y + se * z, -se * y + ce * z
        return np.stack([c * x + s * y, -s * x + c * y, z])

    def carried(self, r: FloatArray, moving: Point | None = None) -> Point:
        """A point at ``r`` (3,) in this frame (plus a ``moving`` offset), seen in the parent."""
        p = np.broadcast_to(np.asarray(r, dtype=np.float64)[:, None], self.w.shape)
        w, dw = self.w, self.dw
        if moving is None:
            v = cross(w, p)
            a = cross(dw, p) + cross(w, v)
        else:
            p = p + moving.p
            wp = cross(w, p)
            v = moving.v + wp
            a = moving.a + 2.0 * cross(w, moving.v) + cross(dw, p) + cross(w, wp)
        return Point(self.apply(p), self.apply(v), self.apply(a))

    def within(self, parent: Frame) -> tuple[FloatArray, FloatArray]:
        """Angular velocity and its derivative against the parent's parent, in own axes."""
        base = self.back(parent.w)
        return base + self.w, self.back(parent.dw) - cross(self.w, base) + self.dw


def quaternion(matrix: FloatArray) -> FloatArray:
    """(n, 4) unit quaternions, scalar first, of (n, 3, 3) matrices."""
    m = matrix
    q = np.empty((len(m), 4))
    t = np.stack(
        [
            1 + m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2],
            1 + m[:, 0, 0] - m[:, 1, 1] - m[:, 2, 2],
            1 - m[:, 0, 0] + m[:, 1, 1] - m[:, 2, 2],
            1 - m[:, 0, 0] - m[:, 1, 1] + m[:, 2, 2],
        ]
    )
    off = {
        (0, 1): m[:, 2, 1] - m[:, 1, 2],
        (0, 2): m[:, 0, 2] - m[:, 2, 0],
        (0, 3): m[:, 1, 0] - m[:, 0, 1],
        (1, 2): m[:, 0, 1] + m[:, 1, 0],
        (1, 3): m[:, 0, 2] + m[:, 2, 0],
        (2, 3): m[:, 1, 2] + m[:, 2, 1],
    }
    best = np.argmax(t, axis=0)
    for k in range(4):
        rows = best == k
        q[rows, k] = t[k, rows]
        for j in range(4):
            if j != k:
                q[rows, j] = off[min(j, k), max(j, k)][rows]
    return np.asarray(q / np.linalg.norm(q, axis=1, keepdims=True))


def knee_angles(thigh: FloatArray, shank: FloatArray) -> FloatArray:
    """(n, 3) of flexion, angle about the floating axis, rotation: R = Rz(-f) Rx(a) Ry(r), rad.

    Grood & Suntay 1983, doi 10.1115/1.3138397.
    """
    r = np.einsum("nji,njk->nik", thigh, shank)
    return np.stack(
        [
            np.arctan2(r[:, 0, 1], r[:, 1, 1]),
            np.arcsin(np.clip(r[:, 2, 1], -1, 1)),
            np.arctan2(-r[:, 2, 0], r[:, 2, 2]),
        ],
        axis=1,
    )


def knee_matrix(angles: FloatArray) -> FloatArray:
    """(n, 3, 3) of what ``knee_angles`` gives."""
    f, a, r = -angles[:, 0], angles[:, 1], angles[:, 2]
    zero = np.zeros_like(f)
    first = euler_matrix(zero, zero, f)
    second = euler_matrix(zero, a, zero)
    third = euler_matrix(r, zero, zero)
    return np.asarray(first @ second @ third)
