"""Angle series of one segment at full rate, from its orientation and its axes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hipgait.kinematics.gait_cycles import sample
from hipgait.kinematics.orientation import (
    Attitude,
    heading_rate,
    turn_rate,
    up_in_frame,
    up_in_sensor,
)
from hipgait.kinematics.segment_axes import SegmentAxes
from hipgait.kinematics.segments import PelvisSeries, ShankSeries, ThighSeries
from hipgait.kinematics.smoothing import gaussian, unit
from hipgait.kinematics.strapdown import rotate
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import OrientationSettings, Settings


def elevation(axis: FloatArray, up: FloatArray) -> FloatArray:
    """(n,) elevation above the horizontal of a sensor axis, rad."""
    return np.asarray(np.arcsin(np.clip(up @ axis, -1.0, 1.0)))


def _unknown(attitude: Attitude, s: Settings) -> BoolArray:
    """(n,) True in gaps too long to carry the orientation across."""
    missing = attitude.stream.missing
    if not missing.any():
        return missing
    edges = np.flatnonzero(np.diff(np.concatenate(([0], missing.view(np.int8), [0]))))
    out = np.zeros(len(missing), dtype=bool)
    for a, b in edges.reshape(-1, 2):
        if b - a > s.sampling.long_gap_s * attitude.stream.fs:
            out[a:b] = True
    return out


def _blank(unknown: BoolArray, *series: FloatArray) -> None:
    if unknown.any():
        for values in series:
            values[unknown] = np.nan


def _slow_blocks(
    attitude: Attitude, right: FloatArray, s: OrientationSettings
) -> tuple[FloatArray, FloatArray]:
    """Forward and right (K, 3) of the heading frame: the right axis without the strides' swing."""
    strapped, up = attitude.strapped, attitude.up
    flat = strapped.rot @ right
    flat = flat - np.einsum("ij,ij->i", flat, up)[:, None] * up
    z = unit(gaussian(flat, s.heading_sigma_s * strapped.rate_hz))
    return np.cross(up, z), z


def in_heading_frame(
    attitude: Attitude, axes: SegmentAxes, vector: FloatArray, s: OrientationSettings
) -> FloatArray:
    """(n, 3) a sensor-fixed vector in the segment's heading frame (x forward, y up, z right).

    The frame follows the stride-mean direction of the right axis.
    """
    moved = rotate(attitude.strapped.q, np.asarray(vector, dtype=np.float64))
    x, z = _slow_blocks(attitude, axes.right, s)
    full = (up_in_frame(attitude.strapped, blocks) for blocks in (x, attitude.up, z))
    return np.column_stack([np.einsum("ij,ij->i", moved, axis) for axis in full])


def pelvis_series(attitude: Attitude, axes: SegmentAxes, s: Settings) -> PelvisSeries:
    """Obliquity, tilt, rotation, turning and acceleration of the pelvis."""
    stream, strapped = attitude.stream, attitude.strapped
    up = up_in_sensor(strapped, attitude.up)
    obliquity = elevation(axes.right, up)
    tilt = np.arctan2(-(up @ axes.forward), up @ axes.up)
    vertical = np.einsum("ij,ij->i", stream.acc, up) - G_MPS2
    del up
    # heading of the right axis against its slow course: + = turned left
    ahead, _ = _slow_blocks(attitude, axes.right, s.orientation)
    along = up_in_sensor(strapped, ahead) @ axes.right
    rotation = np.arcsin(np.clip(along / np.cos(obliquity), -1.0, 1.0))
    heading = heading_rate(strapped, axes.right, s.orientation)
    blocks = turn_rate(heading, heading.time_s, s.angles.turn_window_s)
    turning = np.interp(stream.time_s, heading.time_s, blocks)
    resultant = np.sqrt(np.einsum("ij,ij->i", stream.acc, stream.acc))
    _blank(_unknown(attitude, s), obliquity, tilt, rotation, vertical, resultant)
    return PelvisSeries(
        stream.t0, stream.fs, obliquity, tilt, rotation, turning, vertical, resultant
    )


def shank_series(attitude: Attitude, axes: SegmentAxes, side: str, s: Settings) -> ShankSeries:
    """Lean, sagittal angle, long-axis rotation and axial acceleration of one shank."""
    stream = attitude.stream
    assert stream.gyr is not None
    mirror = 1.0 if side == "right" else -1.0
    up = up_in_sensor(attitude.strapped, attitude.up)
    along = up @ axes.up
    lean = elevation(mirror * axes.right, up)
    sagittal = np.arctan2(up @ axes.forward, along)
    bias = attitude.strapped.bias.along(axes.up, stream.time_s)
    long_rate = mirror * (stream.gyr @ axes.up - bias)
    axial = stream.acc @ axes.up - G_MPS2 * along
    _blank(_unknown(attitude, s), lean, sagittal, long_rate, axial)
    return ShankSeries(stream.t0, stream.fs, lean, sagittal, long_rate, axial)


def thigh_series(
    side: str,
    attitudes: Mapping[str, Attitude],
    axes: Mapping[str, SegmentAxes],
    s: Settings,
) -> ThighSeries:
    """Thigh lean, and relative to its neighbours hip adduction and knee abduction.

    Neighbouring segments share their stride-mean heading: a difference between the stride-mean
    directions of the two medio-lateral axes (hip rotation, torsion) is not seen. Hip adduction is
    the elevation of the thigh's long axis out of the pelvis' sagittal plane, knee abduction that
    of the shank's out of the thigh's (the frontal angles of Grood & Suntay 1983,
    doi:10.1115/1.3138397).
    """
    name = f"{side}_thigh"
    mine, my_axes = attitudes[name], axes[name]
    stream = mine.stream
    mirror = 1.0 if side == "right" else -1.0
    lean = -elevation(mirror * my_axes.right, up_in_sensor(mine.strapped, mine.up))
    hip: FloatArray | None = None
    knee: FloatArray | None = None
    if "pelvis" in axes:
        line = in_heading_frame(mine, my_axes, my_axes.up, s.orientation)
        other = _on_grid(
            attitudes["pelvis"], axes["pelvis"], axes["pelvis"].right, stream.time_s, s
        )
        hip = mirror * _asin_dot(line, other)
    if f"{side}_shank" in axes:
        shank = f"{side}_shank"
        line = _on_grid(attitudes[shank], axes[shank], axes[shank].up, stream.time_s, s)
        knee = -mirror * _asin_dot(
            line, in_heading_frame(mine, my_axes, my_axes.right, s.orientation)
        )
    _blank(_unknown(mine, s), lean, *(v for v in (hip, knee) if v is not None))
    return ThighSeries(stream.t0, stream.fs, lean, hip, knee)


def _on_grid(
    attitude: Attitude, axes: SegmentAxes, vector: FloatArray, time_s: FloatArray, s: Settings
) -> FloatArray:
    values = in_heading_frame(attitude, axes, vector, s.orientation)
    return sample(values, attitude.stream.index(time_s))


def _asin_dot(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.arcsin(np.clip(np.einsum("ij,ij->i", a, b), -1.0, 1.0)))
