"""Knee tracking that a shank sensor can see: lean, its speed, rotation, sagittal angle, travel.

None of this is a knee angle: without a thigh sensor knee ab/adduction is not measured.
"""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.angles import smooth
from hipgait.kinematics.segments import ShankSeries, ThighSeries
from hipgait.metrics.pelvis import peak_in_window
from hipgait.recording import FloatArray
from hipgait.settings import AngleSettings
from hipgait.strides.cycles import curves, sample

SHANK_SHARE_OF_HEIGHT = 0.246
"""Shank length over body height where it was not measured (Winter 2009, ISBN 978-0-470-39818-0)."""


def shank_columns(
    shank: ShankSeries, ic_s: FloatArray, tc_s: FloatArray, settings: AngleSettings
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Columns (deg, deg/s) and stance curves of one shank for the stances of its side.

    Lean is positive with the knee medial of the ankle. Its peak velocity is the fastest rise in the
    window W, from the smoothed angle. Rotation excursion is the range of the integrated rate about
    the shank's long axis over the stance (drift below 0.1 deg in a stance).
    """
    points = settings.curve_points
    grid = (shank.t0, shank.fs)
    rotation = np.cumsum(np.nan_to_num(shank.long_rate)) / shank.fs
    rotation[np.isnan(shank.long_rate)] = np.nan
    series = [
        np.degrees(smooth(x, shank.fs, settings)) for x in (shank.lean, shank.sagittal, rotation)
    ]
    lean, angle, turned = curves(series, *grid, ic_s, tc_s, points)
    last = round(settings.window_share * (points - 1))
    window = lean[:, : last + 1]
    step = (tc_s - ic_s) / (points - 1)
    speed = np.gradient(lean, axis=1) / np.where(step > 0, step, np.nan)[:, None]
    low, high = (
        -peak_in_window(-lean, settings.window_share)[0],
        peak_in_window(lean, settings.window_share)[0],
    )
    columns = {
        "shank_lean_ic_deg": lean[:, 0],
        "shank_lean_min_deg": low,
        "shank_lean_max_deg": high,
        "shank_lean_mean_deg": lean.mean(axis=1),
        "shank_lean_excursion_deg": high - low,
        "shank_lean_velocity_peak_deg_s": speed[:, : window.shape[1]].max(axis=1),
        "shank_rotation_excursion_deg": turned.max(axis=1) - turned.min(axis=1),
        "shank_angle_ic_deg": angle[:, 0],
    }
    return columns, {"shank_lean_deg_stance": lean, "shank_angle_deg_stance": angle}


def knee_travel_mm(
    lean_min_deg: FloatArray, lean_max_deg: FloatArray, length_m: float
) -> FloatArray:
    """Medio-lateral travel of the knee over the ankle, mm: 1000 L (sin max - sin min)."""
    return np.asarray(
        1000.0 * length_m * (np.sin(np.radians(lean_max_deg)) - np.sin(np.radians(lean_min_deg)))
    )


def shank_length(height_m: float | None, shank_length_m: float | None) -> float | None:
    """Measured length, else its share of the height, else None; m."""
    if shank_length_m is not None:
        return shank_length_m
    return None if height_m is None else SHANK_SHARE_OF_HEIGHT * height_m


def thigh_columns(
    thigh: ThighSeries,
    ic_s: FloatArray,
    tc_s: FloatArray,
    peak_pct: FloatArray,
    settings: AngleSettings,
) -> dict[str, FloatArray]:
    """Hip adduction at the time of the drop peak and peak knee abduction in W, deg, (k,).

    Empty where pelvis or shank, or their relative heading, are missing.
    """
    out: dict[str, FloatArray] = {}
    if thigh.hip_adduction is not None:
        series = smooth(thigh.hip_adduction, thigh.fs, settings)
        at = ic_s + np.where(np.isfinite(peak_pct), peak_pct, 30.0) / 100.0 * (tc_s - ic_s)
        out["hip_adduction_deg"] = np.degrees(sample(series, thigh.t0, thigh.fs, at))
    if thigh.knee_abduction is not None:
        series = smooth(thigh.knee_abduction, thigh.fs, settings)
        (curve,) = curves([series], thigh.t0, thigh.fs, ic_s, tc_s, settings.curve_points)
        out["knee_abduction_deg"] = np.degrees(peak_in_window(curve, settings.window_share)[0])
    return out
