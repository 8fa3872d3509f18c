"""A stride table with the stances marked that come after a sensor moved on the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hipgait.kinematics.creep import find_creep
from hipgait.kinematics.quality import NO_SLIP, Sagittal, Slip, find_slip, stride_means
from hipgait.kinematics.segments import SegmentAngles
from hipgait.kinematics.swing_axis import swing_axis_deg
from hipgait.kinematics.tilt_axis import DROP, TILT, turning_axis_deg
from hipgait.kinematics.uniform import UniformStream
from hipgait.metrics.catalog import StrideTable
from hipgait.recording import FloatArray
from hipgait.settings import QualitySettings
from hipgait.strides.sequence import Stances
from hipgait.strides.table import StanceTimes

if TYPE_CHECKING:
    import pandas as pd

LEAST = 100
"""with fewer running stances no slip is looked for"""


def swing_axes(
    streams: Mapping[str, UniformStream], stances: Stances, times: StanceTimes
) -> FloatArray:
    """(k,) direction of each stride's rotation in its shank's sensor, outwards +, deg."""
    axis = np.full(len(stances.ic_s), np.nan)
    for side, outward in (("left", -1.0), ("right", 1.0)):
        if f"{side}_shank" in streams:
            mine = stances.left == (side == "left")
            start, stop = stances.ic_s[mine], times.stride_end_s[mine]
            axis[mine] = outward * swing_axis_deg(streams[f"{side}_shank"], start, stop)
    return axis


def pelvis_axes(
    streams: Mapping[str, UniformStream], stances: Stances, times: StanceTimes
) -> FloatArray:
    """(2, k) direction of each stride's tilting and dropping in the pelvis sensor, deg; or NaN."""
    if "pelvis" not in streams:
        return np.full((2, len(stances.ic_s)), np.nan)
    pelvis, start, stop = streams["pelvis"], stances.ic_s, times.stride_end_s
    return np.stack([turning_axis_deg(pelvis, start, stop, n) for n in (TILT, DROP)])


def mark_slip(
    table: StrideTable,
    angles: SegmentAngles,
    axis_deg: FloatArray,
    pelvis_deg: FloatArray,
    settings: QualitySettings,
) -> tuple[StrideTable, Slip]:
    """Withdraw what comes after a sensor moved on the body.

    axis_deg : (k,) of ``swing_axes``.  pelvis_deg : (2, k) of ``pelvis_axes``. Rows of the table.
    """
    frame = table.table
    good = (frame["valid"] & (frame["gait"] == "run")).to_numpy(dtype=bool)
    rows = frame[good]
    if len(rows) < LEAST:
        return table, NO_SLIP
    slip = find_slip(
        rows["ic_s"].to_numpy(),
        (rows["side"] == "left").to_numpy(),
        rows["pelvic_drop_mean_deg"].to_numpy(),
        rows["shank_lean_mean_deg"].to_numpy(),
        settings,
        axis_deg=axis_deg[good],
        sagittal=_sagittal(rows, angles, pelvis_deg[:, good]),
    )
    if not slip.detected:
        left = (rows["side"] == "left").to_numpy()
        slip = find_creep(rows["ic_s"].to_numpy(), left, axis_deg[good], settings)
    if not slip.detected or slip.at_s is None:
        return table, slip
    after = np.asarray(frame["ic_s"] >= slip.at_s)
    if slip.placement != "pelvis":
        after = after & np.asarray(frame["side"] == slip.placement.split("_")[0])
    frame = frame.copy()
    reason = frame["reason"].to_numpy(dtype=object)
    frame["reason"] = [
        f"{r};slip" if r and hit else "slip" if hit else r
        for r, hit in zip(reason, after, strict=True)
    ]
    frame.loc[after, "valid"] = False
    return replace(table, table=frame), slip


def _sagittal(rows: pd.DataFrame, angles: SegmentAngles, axis: FloatArray) -> Sagittal:
    """What a sensor that slipped forwards or backwards shows in, of the chosen stances."""
    ic, stride = (rows[c].to_numpy(dtype=np.float64) for c in ("ic_s", "stride_time_s"))
    shank = np.full(len(rows), np.nan)
    for side, series in angles.shank.items():
        mine = (rows["side"] == side).to_numpy()
        means = stride_means(series.sagittal, series.t0, series.fs, ic[mine], (ic + stride)[mine])
        shank[mine] = np.degrees(means)
    tilt = rows["pelvis_tilt_mean_deg"].to_numpy(dtype=np.float64)
    return Sagittal(tilt, shank, stride, axis[0], axis[1])
