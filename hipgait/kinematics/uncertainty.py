"""Stated errors of the angle outcomes of a run: how far the run means may be from the truth.

Each standard deviation is put together from what the alignment left open: the yaw of the axes
(turned by its SD on the mean cycle of this very run), the zero of standing, the timing of the
contacts against the slope of the curve there, ringing of the skin under the sensor, and a floor for
what is not modelled. The 95 % interval of an outcome is its value +- 1.96 SD; its coverage in
simulation is in docs/validation.

These are errors of level. Changes within a run are far smaller, because yaw and zero stay the same.
"""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.alignment import Alignment
from hipgait.kinematics.gait_cycles import MeanCycle
from hipgait.kinematics.segment_axes import SegmentAxes, turned
from hipgait.recording import FloatArray
from hipgait.settings import ErrorSettings, Settings


def _stance(curve: FloatArray, start: float, share: float, points: int = 61) -> FloatArray:
    """Periodic curve from phase ``start`` over ``share`` of the cycle, (points,)."""
    n = len(curve)
    position = (start + share * np.linspace(0.0, 1.0, points)) * n
    return np.interp(position, np.arange(-n, 2 * n), np.tile(curve, 3))


def _drop(cycle: MeanCycle, axes: SegmentAxes, share: float, window: float) -> FloatArray:
    """(2, 3) peak, excursion and slope at contact (rad a cycle) of the first and the other side."""
    curve = np.arcsin(np.clip(cycle.up @ axes.right, -1.0, 1.0))
    rows = []
    for sign, start in ((1.0, 0.0), (-1.0, 0.5)):
        stance = sign * _stance(curve, start, share * window)
        slope = (stance[4] - stance[0]) / (share * window * 4 / 60)
        rows.append([stance.max(), stance.max() - stance[0], slope])
    return np.array(rows)


def _lean(cycle: MeanCycle, axes: SegmentAxes, share: float, window: float) -> FloatArray:
    """Mean and excursion of the lean (sign of the right side), sagittal angle at contact, slope."""
    curve = np.arcsin(np.clip(cycle.up @ axes.right, -1.0, 1.0))
    inside = _stance(curve, 0.0, share * window)
    whole = _stance(curve, 0.0, share)
    sagittal = np.arctan2(cycle.up @ axes.forward, cycle.up @ axes.up)
    slope = (sagittal[1] - sagittal[-1]) * len(sagittal) / 2
    return np.array([whole.mean(), np.ptp(inside), slope])


def _spread(values: list[FloatArray]) -> FloatArray:
    """Change for one SD of yaw: the root mean square of both directions."""
    minus, middle, plus = values
    return np.asarray(np.sqrt(0.5 * ((plus - middle) ** 2 + (minus - middle) ** 2)))


def skin_error(cycle: MeanCycle, right: FloatArray, e: ErrorSettings) -> float:
    """SD of a frontal excursion that a sensor wobbling on the skin may add, deg.

    Skin over bone rings at 8-15 Hz after a contact; the body's own frontal angle hardly moves that
    fast. What the mean cycle holds above ``skin_from_hz``, beyond what steady sensors show, is
    taken for ringing, of which a share passes the 10 Hz filter into peak and excursion.
    """
    amplitude = 2.0 * np.abs(np.fft.rfft(cycle.up @ right)) / len(cycle.up)
    frequency = np.arange(len(amplitude)) / cycle.period_s
    band = (frequency > e.skin_from_hz) & (frequency < e.skin_to_hz)
    fast = np.degrees(np.sqrt(0.5 * np.sum(amplitude[band] ** 2)))
    sd = e.skin_gain * np.sqrt(max(fast**2 - e.skin_steady_deg**2, 0.0))
    return float(min(sd, e.skin_max_deg))


def stated_errors(alignment: Alignment, settings: Settings) -> dict[str, float]:
    """Outcome (with ``.left``, ``.right`` or ``.pooled``) -> SD of the run's mean, deg."""
    e, window = settings.errors, settings.angles.window_share
    out: dict[str, float] = {}
    pelvis = alignment.axes.get("pelvis")
    if pelvis is not None and "pelvis" in alignment.cycles:
        out.update(_pelvis_errors(alignment, pelvis, e, window))
    for side in ("left", "right"):
        placement = f"{side}_shank"
        axes = alignment.axes.get(placement)
        if axes is None or placement not in alignment.cycles:
            continue
        cycle, share = alignment.cycles[placement], alignment.contact_share[side]
        readings = [
            _lean(cycle, turned(axes, k * axes.yaw_sd_rad), share, window) for k in (-1, 0, 1)
        ]
        yaw = np.degrees(_spread(readings))
        slope = np.degrees(readings[1][2]) / cycle.period_s
        roll = np.degrees(axes.roll_sd_rad)
        out[f"shank_lean_mean.{side}"] = float(np.hypot(np.hypot(yaw[0], roll), e.lean_floor_deg))
        out[f"shank_lean_excursion.{side}"] = float(
            np.sqrt(yaw[1] ** 2 + e.lean_floor_deg**2 + e.lean_skin_deg**2)
        )
        out[f"shank_angle_ic.{side}"] = float(
            np.hypot(np.degrees(settings.alignment.shank_sagittal_rad), slope * e.event_sd_s)
        )
    for name in dict.fromkeys(key.split(".")[0] for key in list(out)):
        sides = [out[f"{name}.{s}"] for s in ("left", "right") if f"{name}.{s}" in out]
        out[name] = float(np.mean(sides))
    return out


def _pelvis_errors(
    alignment: Alignment, pelvis: SegmentAxes, e: ErrorSettings, window: float
) -> dict[str, float]:
    cycle = alignment.cycles["pelvis"]
    first = "right" if "right" in alignment.contact_share else "left"
    share = alignment.contact_share[first]
    readings = [
        _drop(cycle, turned(pelvis, k * pelvis.yaw_sd_rad), share, window) for k in (-1, 0, 1)
    ]
    yaw = np.degrees(_spread(readings))
    pooled = np.degrees(_spread([r.mean(axis=0) for r in readings]))
    roll = np.degrees(pelvis.roll_sd_rad)
    skin = skin_error(cycle, pelvis.right, e)
    floor = float(np.hypot(e.drop_floor_deg, skin))
    out: dict[str, float] = {}
    other = "left" if first == "right" else "right"
    for row, side in enumerate((first, other)):
        timing = abs(np.degrees(readings[1][row, 2])) / cycle.period_s * e.event_sd_s
        out[f"pelvic_drop_excursion.{side}"] = float(
            np.sqrt(yaw[row, 1] ** 2 + timing**2 + floor**2)
        )
        out[f"pelvic_drop_peak.{side}"] = float(np.sqrt(yaw[row, 0] ** 2 + roll**2 + floor**2))
    out["pelvic_drop_peak.pooled"] = float(
        np.sqrt(pooled[0] ** 2 + (0.5 * e.drop_floor_deg) ** 2 + (0.1 * skin) ** 2)
    )
    out["pelvic_drop_excursion.pooled"] = float(
        np.hypot(pooled[1], np.mean([out[f"pelvic_drop_excursion.{s}"] for s in (first, other)]))
    )
    return out
