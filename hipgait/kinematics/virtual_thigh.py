"""A thigh that nobody measured, used to check the yaw of shank and pelvis.

The mean free accelerations of pelvis and shank over a stride, integrated twice in the frequency
domain, give the periodic part of both sensors' paths, each in its own heading frame. With levers
to hip and knee, the line from hip to knee must keep its length and stay perpendicular to the knee's
axis. That fixes the yaw of the shank axis and the heading of the shank relative to the pelvis, as
well as the knee is a hinge: to 1 deg where it is (measured joint angles), to 12 deg where it bends
sideways by 10 deg (simulated), so the misfit decides how much the answer counts. The mean of both
legs' headings says which way the pelvis looks.

The idea follows the kinematic closure of Weygers et al. 2020 (IEEE Sens J 20:7969) and the
hinge constraint of Seel et al. 2014 (doi:10.3390/s140406891); deviation: there is no thigh sensor,
so length and levers are unknowns with priors from anthropometry (Winter 2009: thigh 0.245 of
height; of a mean height, whatever the runner's). Needs mean cycles of both sensors over the same
strides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.kinematics.gait_cycles import MeanCycle
from hipgait.kinematics.segment_axes import SegmentAxes
from hipgait.recording import FloatArray
from hipgait.settings import AlignmentSettings


@dataclass(frozen=True)
class ThighFit:
    """Least-squares solution.

    yaw_rad : correction of the shank's yaw (right axis turns towards forward).
    heading_rad : heading of the corrected knee axis in the pelvis' heading frame, same sense.
    yaw_sd_rad, heading_sd_rad : from the curvature, priors included.
    residual : RMS of the hinge condition, as a share of the thigh's length.
    """

    yaw_rad: float
    heading_rad: float
    yaw_sd_rad: float
    heading_sd_rad: float
    residual: float


# unknowns: heading, yaw, knee lever, thigh length, mean of hip-knee (3), hip x, hip y, sensor x
_START = np.array([0.0, 0.0, 0.17, 0.41, 0.05, -0.38, 0.0, 0.10, -0.10, 0.04])
_SCALE = np.array([0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.03, 0.03, 0.02])
_HIP_HALF_WIDTH_M = 0.085


def _low(values: FloatArray, harmonics: int) -> FloatArray:
    spectrum = np.fft.rfft(values, axis=0)
    spectrum[harmonics + 1 :] = 0.0
    return np.asarray(np.fft.irfft(spectrum, len(values), axis=0))


def fit_virtual_thigh(
    pelvis: MeanCycle,
    pelvis_axes: SegmentAxes,
    shank: MeanCycle,
    shank_axes: SegmentAxes,
    right_leg: bool,
    settings: AlignmentSettings,
) -> ThighFit:
    """Fit the virtual thigh of one leg.

    Parameters
    ----------
    pelvis, shank : mean cycles over the same strides; heading frames follow their right axes.
    pelvis_axes, shank_axes : axes of each sensor so far.
    """
    from scipy.optimize import least_squares

    k = settings.thigh_harmonics
    side = 1.0 if right_leg else -1.0
    path_p, path_s = pelvis.displacement(k), shank.displacement(k)
    turn_p, turn_s = _low(pelvis.turn, k), _low(shank.turn, k)
    hip = path_p + side * _HIP_HALF_WIDTH_M * (turn_p @ pelvis_axes.right)
    hip_x, hip_y = turn_p @ pelvis_axes.forward, turn_p @ pelvis_axes.up
    knee_y, knee_x = turn_s @ shank_axes.up, turn_s @ shank_axes.forward
    axis_z = turn_s @ shank_axes.right
    for a in (hip, hip_x, hip_y, path_s):
        a -= a.mean(axis=0)
    knee_y0, knee_x0 = knee_y - knee_y.mean(axis=0), knee_x - knee_x.mean(axis=0)
    thigh = settings.thigh_m
    prior_mean = np.array([0.0, 0.0, 0.17, thigh, 0.10, -0.10, 0.04])
    prior_sd = np.array(
        [settings.toe_out_sd_rad, settings.thigh_prior_rad, 0.06, 0.03, 0.03, 0.04, 0.02]
    )
    which = np.array([0, 1, 2, 3, 7, 8, 9])
    noise = settings.thigh_noise

    def residuals(p: FloatArray) -> FloatArray:
        psi, yaw, lever, length, hx, hy, sx = p[which]
        c, s = np.cos(psi), np.sin(psi)
        heading = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
        knee = (path_s + lever * knee_y0 - sx * knee_x0) @ heading.T
        line = knee - hip - hx * hip_x - hy * hip_y + p[4:7]
        axis = (np.cos(yaw) * axis_z + np.sin(yaw) * knee_x) @ heading.T
        across = np.einsum("ij,ij->i", axis, line) / length
        stretch = np.linalg.norm(line, axis=1) / length - 1.0
        prior = noise * (p[which] - prior_mean) / prior_sd
        return np.concatenate([across, settings.thigh_length_weight * stretch, prior])

    fit = least_squares(residuals, _START, x_scale=_SCALE, max_nfev=60)
    jacobian = np.asarray(fit.jac)
    covariance = np.linalg.pinv(jacobian.T @ jacobian) * noise**2
    n = len(path_p)
    return ThighFit(
        yaw_rad=float(fit.x[1]),
        heading_rad=float(fit.x[0] + fit.x[1]),
        yaw_sd_rad=float(np.sqrt(covariance[1, 1])),
        heading_sd_rad=float(np.sqrt(covariance[:2, :2].sum())),
        residual=float(np.sqrt(np.mean(fit.fun[:n] ** 2))),
    )
