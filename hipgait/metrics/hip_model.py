"""Hip adduction without a thigh sensor: modelled, and only ever given with its standard deviation.

Hip adduction is the thigh's lean towards the midline plus the drop of the pelvis. The thigh's lean
is not measured; two equations know something of it:

* closure: the hip lies D to the side of the ankle, of which the shank's lean explains a part,
  ``lean_thigh = asin((D cos(drop) + L_shank sin(lean_shank) cos(sagittal)) / L_thigh)``;
* hinge: the thigh continues the shank across a knee that bends in one plane, which is turned
  outwards about the shank's long axis by an angle known only from population data.

They are joined by inverse covariance (both use the shank's lean, so their errors are correlated).
The weights are the same for every stance of a side, hence a change within the run is not shrunk.

Lengths are shares of body height (Winter 2009, ISBN 978-0-470-39818-0), the hip's distance from the
midline is 0.33 of the pelvis' width + 7.3 mm where that is known (Harrington et al. 2007,
doi:10.1016/j.jbiomech.2006.02.003; leave-one-out error 3.2 mm). Not identifiable, and
therefore part of the stated error: knee ab/adduction, step width.

Measured on 30 simulated runners whose knees and step widths leave the priors (truth 8 +- 5 deg):
error of the level 5.2 deg RMS a side, stated 5.2, the 95 % interval covers 93 %; of the change
over a run 0.2 deg, both sides together. By Monte Carlo within the priors (shank lean known to 2
deg): level 3.1 deg. An absolute value says little beyond the population's; changes do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hipgait.recording import Athlete, BoolArray, FloatArray
from hipgait.settings import HipModelSettings


@dataclass(frozen=True)
class LegSize:
    """Lengths of a leg, m. offset_m : the hip to the side of the ankle, mid-stance."""

    shank_m: float
    thigh_m: float
    offset_m: float
    offset_sd_m: float


def leg_size(athlete: Athlete, s: HipModelSettings) -> LegSize:
    """Measured lengths where known, else shares of the height, else a population mean."""
    height = athlete.height_m or s.height_m
    shank = athlete.shank_length_m or s.shank_share * height
    width = athlete.pelvis_width_m
    hip = s.hip_half_width_m if width is None else 0.33 * width + 0.0073
    spread = s.offset_sd_m if width is not None else np.hypot(s.offset_sd_m, s.hip_half_width_sd_m)
    return LegSize(shank, s.thigh_share * height, hip - s.half_step_width_m, float(spread))


def closure_lean(
    lean: FloatArray, sagittal: FloatArray, drop: FloatArray, size: LegSize
) -> FloatArray:
    """Thigh lean from the side offset of hip and ankle, rad; + = hip outside the knee."""
    reach = size.offset_m * np.cos(drop) + size.shank_m * np.sin(lean) * np.cos(sagittal)
    return np.asarray(np.arcsin(np.clip(reach / size.thigh_m, -0.9, 0.9)))


def hinge_lean(
    lean: FloatArray, sagittal: FloatArray, outward: float, flexion: float, varus: float
) -> FloatArray:
    """Thigh lean from a shank with its knee axis turned outward, rad; + = hip outside the knee.

    lean : + = knee medial of the ankle.  sagittal : + = ankle ahead of the knee.
    outward : external rotation of the knee's forward direction.  varus : knee adduction.
    """
    # thigh in the shank's axes: forward, outward, up
    forward = -np.sin(flexion) * np.cos(varus)
    out = np.full_like(lean, np.sin(varus))
    up = np.cos(flexion) * np.cos(varus)
    # turn about the long axis, then the sagittal inclination, then the lean
    out_1 = np.sin(outward) * forward + np.cos(outward) * out
    forward_1 = np.cos(outward) * forward - np.sin(outward) * out
    up_2 = np.cos(sagittal) * up + np.sin(sagittal) * forward_1
    side = np.cos(lean) * out_1 - np.sin(lean) * up_2
    return np.asarray(np.arcsin(np.clip(side, -1.0, 1.0)))


def hip_adduction_model(
    drop_deg: FloatArray,
    lean_deg: FloatArray,
    sagittal_deg: FloatArray,
    left: BoolArray,
    athlete: Athlete,
    angle_sd_deg: Mapping[str, float],
    settings: HipModelSettings | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Modelled hip adduction and its standard deviation at one instant of each stance.

    Parameters
    ----------
    drop_deg : (k,) pelvic drop, + = swing side lower.
    lean_deg : (k,) shank lean, + = knee medial of the ankle.
    sagittal_deg : (k,) shank, + = ankle ahead of the knee.
    left : (k,) True for a left stance.
    athlete : body dimensions, where known.
    angle_sd_deg : stated errors of "pelvic_drop_peak" and "shank_lean_mean" (also by side).
    settings : priors.

    Returns
    -------
    value, sd : (k,) deg; + = adducted; NaN where an input is NaN.
    """
    s = settings or HipModelSettings()
    size = leg_size(athlete, s)
    value = np.full(len(drop_deg), np.nan)
    sd = np.full(len(drop_deg), np.nan)
    known = np.isfinite(drop_deg) & np.isfinite(lean_deg) & np.isfinite(sagittal_deg)
    for side, mine in (("left", left & known), ("right", ~left & known)):
        if not mine.any():
            continue
        drop, lean, sagittal = (np.radians(v[mine]) for v in (drop_deg, lean_deg, sagittal_deg))
        lean_sd = _stated(angle_sd_deg, "shank_lean_mean", side, 2.5)
        drop_sd = _stated(angle_sd_deg, "pelvic_drop_peak", side, 2.0)
        weights, thigh_sd = _weights(
            float(np.median(lean)), float(np.median(sagittal)), lean_sd, size, s
        )
        hinge = hinge_lean(lean, sagittal, s.outward_rad, s.flexion_rad, 0.0)
        thigh = weights[0] * closure_lean(lean, sagittal, drop, size) + weights[1] * hinge
        value[mine] = np.degrees(thigh + drop)
        sd[mine] = np.degrees(np.sqrt(thigh_sd**2 + drop_sd**2 + s.soft_tissue_rad**2))
    return value, sd


def _stated(angle_sd_deg: Mapping[str, float], name: str, side: str, default_deg: float) -> float:
    found = angle_sd_deg.get(f"{name}.{side}", angle_sd_deg.get(name, default_deg))
    return float(np.radians(found))


def _weights(
    lean: float, sagittal: float, lean_sd: float, size: LegSize, s: HipModelSettings
) -> tuple[FloatArray, float]:
    """Weights of closure and hinge, and the SD of the joint thigh lean, rad."""
    centre = np.array([lean, sagittal, s.outward_rad, s.flexion_rad, 0.0, size.offset_m])
    sds = np.array(
        [lean_sd, s.sagittal_sd_rad, s.outward_sd_rad, s.flexion_sd_rad, s.varus_sd_rad]
        + [size.offset_sd_m]
    )

    def both(p: FloatArray) -> FloatArray:
        moved = LegSize(size.shank_m, size.thigh_m, float(p[5]), size.offset_sd_m)
        angle = np.array([p[0]]), np.array([p[1]])
        return np.concatenate(
            [
                closure_lean(*angle, np.zeros(1), moved),
                hinge_lean(*angle, float(p[2]), float(p[3]), float(p[4])),
            ]
        )

    slopes = np.column_stack(
        [(both(centre + d) - both(centre - d)) / 2.0 for d in np.diag(sds)]
    )  # change for one SD of each unknown
    covariance = slopes @ slopes.T
    ones = np.linalg.solve(covariance, np.ones(2))
    weights = ones / ones.sum()
    return weights, float(np.sqrt(weights @ covariance @ weights))
