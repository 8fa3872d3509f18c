"""Truth of a simulated run: angles at any time and one row a stance.

Angles follow the contract (docs/frames.md): elevations against true gravity, smoothed with the
contract's filter before anything is read off. This is written apart from the analysis and shares
no code with it. In bends the body leans, and so do these angles; ``bend_lean_deg`` says how much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.signal import butter, sosfiltfilt

from hipgait.errors import InputError
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.simulate.rigid import knee_angles

if TYPE_CHECKING:
    from hipgait.simulate.motion import Motion

RATE_HZ: Final = 200.0
EDGE_S: Final = 3.5
"""speeding up and slowing down take about this long, s"""
SIDED: Final = (
    "shank_lean",
    "shank_angle",
    "hip_flexion",
    "hip_adduction",
    "knee_flexion",
    "knee_abduction",
    "knee_rotation",
)
ANGLES: Final = (
    "pelvis_obliquity",
    "pelvis_tilt",
    "pelvis_rotation",
    "bend_lean",
    *(f"{side}_{name}" for side in ("left", "right") for name in SIDED),
)
"""Names that ``Motion.angle`` takes."""


def angle(motion: Motion, name: str, t: FloatArray) -> FloatArray:
    """(n,) an angle in deg at times t, unsmoothed.

    pelvis_obliquity + right side up; pelvis_tilt + anterior; pelvis_rotation against the path,
    + to the left; bend_lean + to the right. Shank and joints with the contract's mirrored signs.
    """
    if name not in ANGLES:
        raise InputError(f"unknown angle {name!r}", f"Use one of: {', '.join(ANGLES)}")
    if name == "bend_lean":
        return np.asarray(np.degrees(motion.path(t)[:, 4]))
    if name == "pelvis_rotation":
        return np.asarray(np.degrees(motion.pelvis(t)[:, 0]))
    if name.startswith("pelvis"):
        up = motion.orientation("pelvis", t)[:, 1, :]
        return np.asarray(np.degrees(np.arcsin(up[:, 2] if name.endswith("quity") else -up[:, 0])))
    side, what = name.split("_", 1)
    sigma = 1.0 if side == "right" else -1.0
    if what.startswith("shank"):
        up = motion.orientation(f"{side}_shank", t)[:, 1, :]
        if what == "shank_lean":
            return np.asarray(sigma * np.degrees(np.arcsin(up[:, 2])))
        return np.asarray(np.degrees(np.arctan2(up[:, 0], up[:, 1])))
    if what.startswith("hip"):
        joint = knee_angles(motion.orientation("pelvis", t), motion.orientation(f"{side}_thigh", t))
        return np.asarray(np.degrees(sigma * joint[:, 1] if "add" in what else -joint[:, 0]))
    joint = knee_angles(
        motion.orientation(f"{side}_thigh", t), motion.orientation(f"{side}_shank", t)
    )
    if what == "knee_flexion":
        return np.asarray(np.degrees(joint[:, 0]))
    if what == "knee_abduction":
        return np.asarray(-sigma * np.degrees(joint[:, 1]))
    return np.asarray(sigma * np.degrees(joint[:, 2]))


class _Curves:
    """Smoothed curves on a regular grid, made when first asked for."""

    def __init__(self, motion: Motion):
        self.motion = motion
        self.t = np.arange(-1.0, motion.duration_s + 1.0, 1 / RATE_HZ)
        self.sos = butter(2, 10 / 0.802, fs=RATE_HZ, output="sos")

    def get(self, name: str) -> FloatArray:
        raw = np.empty(len(self.t))
        for start in range(0, len(raw), 50_000):
            rows = slice(start, start + 50_000)
            raw[rows] = angle(self.motion, name, self.t[rows])
        return np.asarray(sosfiltfilt(self.sos, raw))

    def rows(self, curve: FloatArray, start: FloatArray, end: FloatArray, n: int) -> FloatArray:
        """(k, n) values between start and end of each row."""
        share = np.linspace(0, 1, n)
        at = start[:, None] + share * (end - start)[:, None]
        return np.interp(at, self.t, curve)


def _impact_columns(
    motion: Motion, side: str, ic: FloatArray, tc: FloatArray
) -> dict[str, FloatArray]:
    grid = np.linspace(0, 0.060, 31)
    shank = motion.kinematics(f"{side}_shank", (ic[:, None] + grid).ravel())
    q = shank.quat
    # component of "up" along the segment's y axis
    up_y = 1 - 2 * (q[:, 1] ** 2 + q[:, 3] ** 2)
    axial = (shank.acc[:, 1] / G_MPS2 - up_y).reshape(-1, len(grid))
    at = ic[:, None] + np.linspace(0, 1, 41) * (tc - ic)[:, None]
    pelvis = np.linalg.norm(motion.kinematics("pelvis", at.ravel()).acc, axis=1) / G_MPS2 - 1
    return {
        "peak_tibial_acceleration_g": axial.max(axis=1),
        "peak_pelvis_acceleration_g": pelvis.reshape(at.shape).max(axis=1),
    }


def truth_table(motion: Motion) -> pd.DataFrame:
    """One row a stance within the recording, sorted by ``ic_s``.

    Columns of the contract where the truth defines them (no shock attenuation, no validity), plus
    ``hip_adduction_deg``, ``knee_abduction_deg``, ``speed_mps``, ``bend_lean_deg``, ``bout`` and
    ``steady`` (False within 3.5 s of the start and the end of a stretch of gait and within 3 s of a
    change between walking and running: start, stop and change-over are not worth comparing).
    The last two contacts of a stretch, which end in standing, have no toe-off and no row.
    """
    st = motion.plan.steps
    n = len(st.ic)
    nxt = np.append(st.ic[1:], np.nan)
    nxt2 = np.append(st.ic[2:], [np.nan, np.nan])[:n]
    same = np.append(st.bout[1:] == st.bout[:-1], False)
    same2 = np.append(st.bout[2:] == st.bout[:-2], [False, False])[:n]
    nxt, nxt2 = np.where(same, nxt, np.nan), np.where(same2, nxt2, np.nan)
    inside = (st.ic >= 0) & (st.tc <= motion.duration_s)
    ends_open = {int(b): _runs_on(motion, int(b)) for b in np.unique(st.bout)}
    inside &= np.array([ends_open[int(b)] for b in st.bout], dtype=bool) | (st.to_end >= 2)
    keep = np.flatnonzero(inside)
    out = pd.DataFrame(
        {
            "side": np.where(st.sigma[keep] > 0, "right", "left"),
            "ic_s": st.ic[keep],
            "tc_s": st.tc[keep],
            "contact_time_s": (st.tc - st.ic)[keep],
            "flight_time_s": (nxt - st.tc)[keep],
            "step_time_s": (nxt - st.ic)[keep],
            "stride_time_s": (nxt2 - st.ic)[keep],
        }
    )
    out.insert(0, "stride_id", np.arange(len(keep)))
    out["cadence_spm"] = 120 / out["stride_time_s"]
    out["duty_factor"] = out["contact_time_s"] / out["stride_time_s"]
    ic, tc, sigma = st.ic[keep], st.tc[keep], st.sigma[keep]
    end = np.where(np.isfinite(nxt2[keep]), nxt2[keep], ic + 0.7)
    _pelvis_columns(motion, out, ic, tc, sigma, end)
    drop_peak = ic + 0.01 * out["pelvic_drop_peak_pct"].to_numpy() * (tc - ic)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        rows = np.flatnonzero(sigma == sign)
        if len(rows) == 0:
            continue
        columns = _leg_columns(motion, side, ic[rows], tc[rows], drop_peak[rows])
        columns |= _impact_columns(motion, side, ic[rows], tc[rows])
        for name, values in columns.items():
            whole = out[name].to_numpy(copy=True) if name in out else np.full(len(out), np.nan)
            whole[rows] = values
            out[name] = whole
    step_end = np.where(np.isfinite(nxt[keep]), nxt[keep], ic + 0.36)
    at = ic[:, None] + np.linspace(0, 1, 33) * (step_end - ic)[:, None]
    height = motion.place(at.ravel())[:, 1].reshape(at.shape)
    out["vertical_oscillation_cm"] = 100 * np.ptp(height, axis=1)
    mean = 0.5 * (ic + tc)
    around = mean[:, None] + np.linspace(-2.5, 2.5, 51)
    out["turn_rate_deg_s"] = np.degrees(
        motion.turn_rate(around.ravel()).reshape(around.shape).mean(axis=1)
    )
    out["gait"] = np.where(st.run[keep], "run", "walk")
    out["speed_mps"] = motion.speed(mean)
    out["bend_lean_deg"] = angle(motion, "bend_lean", mean)
    out["bout"] = st.bout[keep]
    steady = np.ones(n, dtype=bool)
    for b, is_open in ends_open.items():
        rows = np.flatnonzero(st.bout == b)
        if st.ic[rows[0]] > 0:
            steady[rows] &= st.ic[rows] > st.ic[rows[0]] + EDGE_S
        if not is_open:
            steady[rows] &= st.tc[rows] < st.ic[rows[-1]] - EDGE_S
        change = st.ic[rows[1:]][np.diff(st.run[rows].astype(int)) != 0]
        for t in change:
            steady[rows] &= np.abs(st.ic[rows] - t) > 3.0
    out["steady"] = steady[keep]
    return out


def _runs_on(motion: Motion, bout: int) -> bool:
    st = motion.plan.steps
    return bool(st.ic[st.bout == bout][-1] > motion.duration_s)


def _pelvis_columns(motion: Motion, out: pd.DataFrame, ic: FloatArray, tc: FloatArray,
                    sigma: FloatArray, stride_end: FloatArray) -> None:  # fmt: skip
    curves = _Curves(motion)
    obliquity = curves.get("pelvis_obliquity")
    window = ic + 0.75 * (tc - ic)
    drop = sigma[:, None] * curves.rows(obliquity, ic, window, 76)
    best = drop.argmax(axis=1)
    out["pelvic_drop_ic_deg"] = drop[:, 0]
    out["pelvic_drop_peak_deg"] = drop.max(axis=1)
    out["pelvic_drop_excursion_deg"] = drop.max(axis=1) - drop[:, 0]
    out["pelvic_drop_peak_pct"] = best.astype(float)
    stance = sigma[:, None] * curves.rows(obliquity, ic, tc, 101)
    out["pelvic_drop_mean_deg"] = stance.mean(axis=1)
    out["pelvis_obliquity_range_deg"] = np.ptp(curves.rows(obliquity, ic, stride_end, 101), axis=1)
    tilt = curves.get("pelvis_tilt")
    out["pelvis_tilt_range_deg"] = np.ptp(curves.rows(tilt, ic, stride_end, 101), axis=1)
    out["pelvis_tilt_mean_deg"] = curves.rows(tilt, ic, tc, 101).mean(axis=1)
    rotation = curves.get("pelvis_rotation")
    out["pelvis_rotation_range_deg"] = np.ptp(curves.rows(rotation, ic, stride_end, 101), axis=1)


def _turned(motion: Motion, side: str, ic: FloatArray, tc: FloatArray) -> FloatArray:
    """Range of the shank's rotation about its long axis within each stance, deg."""
    at = ic[:, None] + np.linspace(0, 1, 61) * (tc - ic)[:, None]
    flat = at.ravel()
    spin = np.empty(len(flat))
    for start in range(0, len(flat), 60_000):
        part = slice(start, start + 60_000)
        world, _ = motion.moving_frame(flat[part])
        spin[part] = motion.segment_frame(f"{side}_shank", flat[part]).within(world)[0][1]
    rate = spin.reshape(at.shape)
    step = ((tc - ic) / 60)[:, None]
    turned = np.zeros_like(rate)
    turned[:, 1:] = np.cumsum(0.5 * (rate[:, 1:] + rate[:, :-1]) * step, axis=1)
    return np.asarray(np.degrees(np.ptp(turned, axis=1)))


def _leg_columns(
    motion: Motion, side: str, ic: FloatArray, tc: FloatArray, drop_peak: FloatArray
) -> dict[str, FloatArray]:
    curves = _Curves(motion)
    window = ic + 0.75 * (tc - ic)
    smooth = curves.get(f"{side}_shank_lean")
    lean = curves.rows(smooth, ic, window, 76)
    low, high = lean.min(axis=1), lean.max(axis=1)
    rate = np.gradient(smooth, 1 / RATE_HZ)
    adduction = np.interp(drop_peak, curves.t, curves.get(f"{side}_hip_adduction"))
    knee = curves.rows(curves.get(f"{side}_knee_abduction"), ic, window, 76)
    length = 1000 * motion.settings.shank_m
    return {
        "shank_lean_ic_deg": lean[:, 0],
        "shank_lean_min_deg": low,
        "shank_lean_max_deg": high,
        "shank_lean_mean_deg": curves.rows(smooth, ic, tc, 101).mean(axis=1),
        "shank_lean_excursion_deg": high - low,
        "shank_lean_velocity_peak_deg_s": curves.rows(rate, ic, window, 76).max(axis=1),
        "shank_rotation_excursion_deg": _turned(motion, side, ic, tc),
        "shank_angle_ic_deg": np.interp(ic, curves.t, curves.get(f"{side}_shank_angle")),
        "knee_travel_mm": length * (np.sin(np.radians(high)) - np.sin(np.radians(low))),
        "hip_adduction_deg": adduction,
        "hip_adduction_model_deg": adduction,
        "knee_abduction_deg": knee.max(axis=1),
    }
