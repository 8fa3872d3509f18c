"""Angle series of the segments: what the kinematics hand to the metrics.

Angles are in rad, unsmoothed, on each sensor's own uniform grid; NaN where orientation is unknown.
Signs are those of names.py: left and right are mirrored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hipgait.recording import FloatArray


@dataclass(frozen=True)
class PelvisSeries:
    """Pelvis.

    t0, fs : grid, s and Hz.
    obliquity : (n,) elevation of the right-pointing axis, rad; + = right side up.
    tilt : (n,) rad; + = anterior tilt. Level is relative to standing.
    rotation : (n,) heading of the medio-lateral axis without its slow mean, rad; + = turned left.
    turn_rate : (n,) 5 s mean heading rate, rad/s; + = to the left.
    vertical_acc : (n,) free acceleration upwards, gravity removed, m/s^2.
    resultant_acc : (n,) norm of the specific force, m/s^2.
    """

    t0: float
    fs: float
    obliquity: FloatArray
    tilt: FloatArray
    rotation: FloatArray
    turn_rate: FloatArray
    vertical_acc: FloatArray
    resultant_acc: FloatArray


@dataclass(frozen=True)
class ShankSeries:
    """One shank.

    lean : (n,) elevation of the lateral axis, rad; + = knee medial of the ankle.
    sagittal : (n,) rad; + = ankle ahead of the knee.
    long_rate : (n,) rate about the long axis, rad/s; + = internal rotation.
    axial_acc : (n,) free acceleration along the long axis (up), gravity removed, m/s^2.
    """

    t0: float
    fs: float
    lean: FloatArray
    sagittal: FloatArray
    long_rate: FloatArray
    axial_acc: FloatArray


@dataclass(frozen=True)
class ThighSeries:
    """One thigh, relative to pelvis and shank where these are present (else None).

    lean : (n,) minus the elevation of the lateral axis, rad; + = knee medial of the hip (adducted).
    hip_adduction, knee_abduction : (n,) rad or None.
    """

    t0: float
    fs: float
    lean: FloatArray
    hip_adduction: FloatArray | None = None
    knee_abduction: FloatArray | None = None


@dataclass(frozen=True)
class SegmentAngles:
    """All series of a recording.

    pelvis : or None.  shank, thigh : "left" | "right" -> series, only where measurable.
    standing_zero : True where standing set the zero of the absolute angles.
    speed_table : (k, 2) time_s and m/s, looked up by ``speed_at``; None where unknown.
    speed_source : "given" | "table" | "estimated" | "none".
    alignment : placement -> {method, quality, yaw_sd_deg, roll_sd_deg, notes} for the report.
    angle_sd_deg : outcome (optionally ".left"/".right") -> stated SD, deg.
    not_measured : topic -> sentence.
    notes : what a reader must know.
    """

    pelvis: PelvisSeries | None
    shank: Mapping[str, ShankSeries]
    thigh: Mapping[str, ThighSeries]
    standing_zero: bool
    speed_table: FloatArray | None
    speed_source: str
    alignment: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    angle_sd_deg: Mapping[str, float] = field(default_factory=dict)
    not_measured: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def speed_at(self, time_s: FloatArray) -> FloatArray:
        """Speed at times, m/s; NaN where unknown. speed_table is (k, 2) time_s, m/s."""
        if self.speed_table is None or not len(self.speed_table):
            return np.full(np.shape(time_s), np.nan)
        return np.interp(time_s, self.speed_table[:, 0], self.speed_table[:, 1])
