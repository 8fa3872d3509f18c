"""From stances and angle series to the full stride table, its curves and what was not measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from hipgait.kinematics.segments import PelvisSeries, SegmentAngles
from hipgait.metrics.hip_model import hip_adduction_model
from hipgait.metrics.impact import peak_tibial_acceleration_g, shock_attenuation_db
from hipgait.metrics.knee import knee_travel_mm, shank_columns, shank_length, thigh_columns
from hipgait.metrics.pelvis import (
    peak_pelvis_acceleration_g,
    pelvis_columns,
    vertical_oscillation_cm,
)
from hipgait.metrics.support import COLUMN_NEEDS
from hipgait.metrics.timing import leg_stiffness_kn_m
from hipgait.names import ALL_COLUMNS, SIDES
from hipgait.recording import BoolArray, FloatArray, RunInfo
from hipgait.settings import Settings
from hipgait.strides.sequence import Stances
from hipgait.strides.table import Flags, StanceTimes, stance_times, timing_columns
from hipgait.threads import in_parallel

ZERO_COLUMNS = (
    "pelvic_drop_ic_deg",
    "pelvic_drop_peak_deg",
    "pelvic_drop_mean_deg",
    "pelvis_tilt_mean_deg",
    "shank_lean_ic_deg",
    "shank_lean_min_deg",
    "shank_lean_max_deg",
    "shank_lean_mean_deg",
    "hip_adduction_model_deg",
    "hip_adduction_model_sd_deg",
    "hip_adduction_deg",
    "knee_abduction_deg",
)
"""Absolute levels: empty without a standing zero."""

SD_OUTCOMES = (
    "pelvic_drop_peak",
    "pelvic_drop_excursion",
    "shank_lean_mean",
    "shank_lean_excursion",
)


@dataclass(frozen=True)
class StrideTable:
    """The stride table and what belongs to it.

    table : one row a stance, columns of names.ALL_COLUMNS; absolute levels kept even without a
        standing zero (for changes within the run).
    cycles : stride_id, pct and the (k, 101) curves.
    has_zero : whether absolute levels may be published.
    """

    table: pd.DataFrame
    cycles: dict[str, FloatArray]
    has_zero: bool

    def published(self) -> pd.DataFrame:
        """The table with absolute levels emptied where there is no standing zero."""
        if self.has_zero:
            return self.table
        out = self.table.copy()
        sd = [f"{name}_sd_deg" for name in ("pelvic_drop_peak", "shank_lean_mean")]
        out[list(ZERO_COLUMNS) + sd] = np.nan
        return out


def build_table(
    stances: Stances,
    flags: Flags,
    angles: SegmentAngles,
    info: RunInfo,
    settings: Settings,
) -> StrideTable:
    """Every column of the contract that these sensors support; the rest stays empty.

    flags : what events and samples say against each stance (``flag_stances``).

    Raises nothing: columns that cannot be filled are NaN, with the reason in
    ``not_measured`` of the quality section.
    """
    times = stance_times(stances)
    k = len(stances.ic_s)
    values: dict[str, FloatArray] = {
        c.name: np.full(k, np.nan) for c in ALL_COLUMNS if c.kind == "float"
    }
    points = settings.angles.curve_points
    cycles: dict[str, FloatArray] = {}
    values["ic_s"], values["tc_s"] = stances.ic_s, stances.tc_s
    values["confidence"] = stances.confidence
    values.update(timing_columns(stances, times))
    values["speed_mps"] = angles.speed_at(stances.ic_s)
    if info.track is not None:
        track = info.track
        values["heart_rate_bpm"] = track.at(track.heart_rate_bpm, stances.ic_s)
        values["grade_pct"] = track.at(track.grade_pct, stances.ic_s)
        values["lap"] = track.lap_at(stances.ic_s)
    rows = {side: np.flatnonzero(stances.left == (side == "left")) for side in SIDES}
    shanks = [side for side in SIDES if side in angles.shank and len(rows[side])]
    parts: list[Callable[[], Part]] = [
        partial(_shank_part, angles, side, rows[side], stances, info, settings) for side in shanks
    ]
    if angles.pelvis is not None:
        parts.insert(0, partial(_pelvis_part, angles.pelvis, stances, times, settings))
    for part in in_parallel(lambda make: make(), parts):
        for name, column in part.columns.items():
            values[name][part.rows] = column
        for name, curve in part.curves.items():
            whole = cycles.setdefault(name, np.full((k, points), np.nan))
            whole[part.rows] = curve
    for side in SIDES:
        mine = rows[side]
        if side in angles.thigh and len(mine):
            added = thigh_columns(
                angles.thigh[side],
                stances.ic_s[mine],
                stances.tc_s[mine],
                values["pelvic_drop_peak_pct"][mine],
                settings.angles,
            )
            for name, column in added.items():
                values[name][mine] = column
    _fill_model(values, cycles, stances, angles, info, settings)
    athlete = info.athlete
    if athlete.mass_kg and athlete.height_m:
        values["leg_stiffness_kn_m"] = leg_stiffness_kn_m(
            values["contact_time_s"],
            values["flight_time_s"],
            values["speed_mps"],
            athlete.mass_kg,
            athlete.height_m,
        )
    _fill_sd(values, stances, angles)
    for placement, mask in flags.gyro_clipped.items():
        _refuse(values, cycles, placement, mask)
    table = _frame(values, stances, flags, settings)
    cycles = {
        "stride_id": np.arange(k, dtype=np.float64),
        "pct": np.linspace(0.0, 100.0, points),
        **cycles,
    }
    return StrideTable(table, cycles, angles.standing_zero)


@dataclass(frozen=True)
class Part:
    """What one sensor gives: columns (r,) and curves (r, points) of the stances ``rows``."""

    rows: slice | np.ndarray[tuple[int], np.dtype[np.int64]]
    columns: Mapping[str, FloatArray]
    curves: Mapping[str, FloatArray]


def _pelvis_part(
    pelvis: PelvisSeries, stances: Stances, times: StanceTimes, settings: Settings
) -> Part:
    columns, curves = pelvis_columns(
        pelvis, stances.left, stances.ic_s, stances.tc_s, times.stride_end_s, settings.angles
    )
    columns["vertical_oscillation_cm"] = vertical_oscillation_cm(
        pelvis, stances.ic_s, times.step_end_s, times.stride_end_s
    )
    columns["peak_pelvis_acceleration_g"] = peak_pelvis_acceleration_g(
        pelvis, stances.ic_s, stances.tc_s
    )
    return Part(slice(None), columns, curves)


def _shank_part(
    angles: SegmentAngles,
    side: str,
    mine: np.ndarray[tuple[int], np.dtype[np.int64]],
    stances: Stances,
    info: RunInfo,
    settings: Settings,
) -> Part:
    shank = angles.shank[side]
    ic, tc = stances.ic_s[mine], stances.tc_s[mine]
    columns, curves = shank_columns(shank, ic, tc, settings.angles)
    columns["peak_tibial_acceleration_g"] = peak_tibial_acceleration_g(shank, ic, settings.metrics)
    if angles.pelvis is not None:
        columns["shock_attenuation_db"] = shock_attenuation_db(angles.pelvis, shank, ic, tc)
    length = shank_length(info.athlete.height_m, info.athlete.shank_length_m)
    if length is not None and angles.standing_zero:
        columns["knee_travel_mm"] = knee_travel_mm(
            columns["shank_lean_min_deg"], columns["shank_lean_max_deg"], length
        )
    return Part(mine, columns, curves)


def _fill_model(
    values: dict[str, FloatArray],
    cycles: dict[str, FloatArray],
    stances: Stances,
    angles: SegmentAngles,
    info: RunInfo,
    settings: Settings,
) -> None:
    """Modelled hip adduction at the drop peak, where pelvis and that side's shank are measured."""
    if angles.pelvis is None or "shank_lean_deg_stance" not in cycles:
        return
    place = values["pelvic_drop_peak_pct"]
    at = _at_percent(cycles["shank_lean_deg_stance"], place)
    sagittal = _at_percent(cycles["shank_angle_deg_stance"], place)
    value, sd = hip_adduction_model(
        values["pelvic_drop_peak_deg"],
        at,
        sagittal,
        stances.left,
        info.athlete,
        angles.angle_sd_deg,
        settings.hip_model,
    )
    values["hip_adduction_model_deg"], values["hip_adduction_model_sd_deg"] = value, sd


def _at_percent(curve: FloatArray, percent: FloatArray) -> FloatArray:
    """Linear reading of (k, p) curves at a percentage of each row; NaN where it is NaN."""
    last = curve.shape[1] - 1
    known = np.isfinite(percent)
    position = np.where(known, percent, 0.0) / 100.0 * last
    i = np.clip(position.astype(np.int64), 0, last - 1)
    row = np.arange(len(curve))
    share = position - i
    value = curve[row, i] * (1 - share) + curve[row, i + 1] * share
    return np.asarray(np.where(known, value, np.nan))


def _fill_sd(values: dict[str, FloatArray], stances: Stances, angles: SegmentAngles) -> None:
    side_names = np.where(stances.left, "left", "right")
    for outcome in SD_OUTCOMES:
        known = np.isfinite(values[f"{outcome}_deg"])
        for side in SIDES:
            sd = angles.angle_sd_deg.get(f"{outcome}.{side}", angles.angle_sd_deg.get(outcome))
            if sd is not None:
                values[f"{outcome}_sd_deg"][known & (side_names == side)] = sd


def _refuse(
    values: dict[str, FloatArray],
    cycles: dict[str, FloatArray],
    placement: str,
    mask: BoolArray,
) -> None:
    """Empty the angles of one sensor in some stances, in place. Timing, impact and turning stay."""
    segment = placement.split("_")[-1]
    for name, needs in COLUMN_NEEDS.items():
        if f"{segment}_gyro" in needs and name != "turn_rate_deg_s":
            values[name][mask] = np.nan
    starts = ("pelvi",) if segment == "pelvis" else (segment,)
    for name, curve in cycles.items():
        if name.startswith(starts):
            curve[mask] = np.nan


def _frame(
    values: dict[str, FloatArray], stances: Stances, flags: Flags, settings: Settings
) -> pd.DataFrame:
    """Assemble in the contract's order, with flags and reasons."""
    k = len(stances.ic_s)
    with np.errstate(invalid="ignore"):
        turning = np.abs(values["turn_rate_deg_s"]) > settings.angles.turn_limit_deg_s
    codes = {**flags.codes, "turn": turning}
    flags = replace(flags, codes=codes)
    data: dict[str, object] = dict(values)
    data["stride_id"] = np.arange(k)
    data["side"] = np.where(stances.left, "left", "right")
    data["gait"] = np.where(stances.run, "run", "walk")
    data["clipped"] = codes["clipped"] | codes["gyro_clipped"]
    data["imputed"] = stances.imputed
    data["valid"] = flags.valid(k)
    data["reason"] = flags.text(k)
    return pd.DataFrame({c.name: data[c.name] for c in ALL_COLUMNS}, copy=False)
