"""Pelvic columns: drop, tilt, rotation and vertical oscillation.

Pelvic drop is the elevation of the pelvis' medio-lateral axis read per stance, positive when the
swing side is lower (contralateral pelvic drop). Its excursion and the mean of both sides are free
of the sensor's roll on the back; see docs/validation.md for the measured error.
"""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.angles import smooth
from hipgait.kinematics.segments import PelvisSeries
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import AngleSettings
from hipgait.strides.cycles import curves, sample, window_times


def peak_in_window(curve: FloatArray, share: float) -> tuple[FloatArray, FloatArray]:
    """Maximum over the first ``share`` of (k, p) stance curves.

    Returns
    -------
    value : (k,) parabolic maximum; place : (k,) its position in % of the stance.
    NaN rows give NaN.
    """
    points = curve.shape[1]
    last = round(share * (points - 1))
    window = curve[:, : last + 1]
    known: BoolArray = np.asarray(np.isfinite(window).all(axis=1))
    safe = np.where(known[:, None], window, 0.0)
    i = np.argmax(safe, axis=1)
    row = np.arange(len(curve))
    inner = np.clip(i, 1, last - 1)
    a, b, c = safe[row, inner - 1], safe[row, inner], safe[row, inner + 1]
    bend = a - 2.0 * b + c
    shift = np.where((i == inner) & (bend < 0), 0.5 * (a - c) / np.where(bend == 0, 1.0, bend), 0.0)
    value = np.where(i == inner, b - 0.25 * (a - c) * shift, safe[row, i])
    place = 100.0 * (i + shift) / (points - 1)
    return np.where(known, value, np.nan), np.where(known, place, np.nan)


def _range(curve: FloatArray) -> FloatArray:
    return np.asarray(curve.max(axis=1) - curve.min(axis=1)) if len(curve) else np.zeros(0)


def pelvis_columns(
    pelvis: PelvisSeries,
    left: BoolArray,
    ic_s: FloatArray,
    tc_s: FloatArray,
    stride_end_s: FloatArray,
    settings: AngleSettings,
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Columns (deg) and curves of the pelvis; all (k,) and (k, 101).

    Window, smoothing and signs are those of the contract (names.py). Columns carry the absolute
    level of the alignment; the caller empties what has no standing zero.
    """
    points = settings.curve_points
    grid = (pelvis.t0, pelvis.fs)
    series = [
        np.degrees(smooth(x, pelvis.fs, settings))
        for x in (pelvis.obliquity, pelvis.tilt, pelvis.rotation)
    ]
    drop = curves(series[:1], *grid, ic_s, tc_s, points)[0]
    drop *= np.where(left, -1.0, 1.0)[:, None]
    names = ("pelvis_obliquity", "pelvis_tilt", "pelvis_rotation")
    whole = curves(series, *grid, ic_s, stride_end_s, points)
    stride = {f"{name}_deg_stride": curve for name, curve in zip(names, whole, strict=True)}
    peak, place = peak_in_window(drop, settings.window_share)
    contact_share = (tc_s - ic_s) / (stride_end_s - ic_s)
    tilt = stride["pelvis_tilt_deg_stride"]
    with np.errstate(invalid="ignore"):
        over_stance = np.linspace(0, 1, points)[None, :] <= contact_share[:, None]
        tilt_mean = np.where(over_stance, tilt, 0.0).sum(axis=1) / np.maximum(
            over_stance.sum(axis=1), 1
        )
    columns = {
        "pelvic_drop_ic_deg": drop[:, 0],
        "pelvic_drop_peak_deg": peak,
        "pelvic_drop_excursion_deg": peak - drop[:, 0],
        "pelvic_drop_peak_pct": place,
        "pelvic_drop_mean_deg": drop.mean(axis=1),
        "pelvis_obliquity_range_deg": _range(stride["pelvis_obliquity_deg_stride"]),
        "pelvis_tilt_range_deg": _range(tilt),
        "pelvis_tilt_mean_deg": np.where(np.isfinite(contact_share), tilt_mean, np.nan),
        "pelvis_rotation_range_deg": _range(stride["pelvis_rotation_deg_stride"]),
        "turn_rate_deg_s": np.degrees(sample(pelvis.turn_rate, *grid, 0.5 * (ic_s + tc_s))),
    }
    return columns, {"pelvic_drop_deg_stance": drop, **stride}


def vertical_oscillation_cm(
    pelvis: PelvisSeries, ic_s: FloatArray, step_end_s: FloatArray, stride_end_s: FloatArray
) -> FloatArray:
    """(k,) height range of the pelvis over each step, cm.

    The free vertical acceleration of one stride is integrated twice in the frequency domain
    (harmonics 1-8 of the stride), which assumes that the stride starts and ends at one height.
    The sacrum is not the centre of mass: values read about 1 cm higher than a force plate's.
    """
    points, harmonics = 64, 8
    duration = stride_end_s - ic_s
    times = window_times(ic_s, stride_end_s, points + 1)[:, :-1]
    acc = sample(pelvis.vertical_acc, pelvis.t0, pelvis.fs, times)
    known = np.isfinite(acc).all(axis=1) & (duration > 0)
    safe = np.where(known[:, None], acc, 0.0)
    spectrum = np.fft.rfft(safe, axis=1)
    omega = (
        2.0 * np.pi * np.arange(1, harmonics + 1)[None, :] / np.where(known, duration, 1.0)[:, None]
    )
    height = np.zeros_like(spectrum)
    height[:, 1 : harmonics + 1] = -spectrum[:, 1 : harmonics + 1] / omega**2
    z = np.fft.irfft(height, points, axis=1)
    with np.errstate(invalid="ignore"):
        share = (step_end_s - ic_s) / duration
        inside = np.arange(points)[None, :] / points <= share[:, None]
    top = np.where(inside, z, -np.inf).max(axis=1)
    bottom = np.where(inside, z, np.inf).min(axis=1)
    ok = known & np.isfinite(share) & np.isfinite(top) & np.isfinite(bottom)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(ok, 100.0 * (top - bottom), np.nan))


def peak_pelvis_acceleration_g(
    pelvis: PelvisSeries, ic_s: FloatArray, tc_s: FloatArray
) -> FloatArray:
    """(k,) largest resultant specific force minus 1 g over the stance, g.

    Unfiltered, read at 65 points of the stance.
    """
    (resultant,) = curves([pelvis.resultant_acc], pelvis.t0, pelvis.fs, ic_s, tc_s, 65)
    return np.asarray(resultant.max(axis=1) / G_MPS2 - 1.0)
