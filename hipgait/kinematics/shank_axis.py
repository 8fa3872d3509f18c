"""Which way a shank sensor looks: yaw of its medio-lateral axis from movement.

The knee flexes about an axis that is fixed in the thigh and turns about one that is fixed in the
tibia (Hollister et al. 1993, PMID 8472457; Yin et al. 2015, doi:10.1371/journal.pone.0128877).
While the leg swings forward and the knee extends, the horizontal angular velocity of the shank
shows the first axis, with the turn of the tibia at that moment on top; that turn is the integral of
the rate about the long axis and is taken out, so that the axis found is that of a leg turned as it
is on average and at both ends of its stance. The first 40 % and the last 10 % of the swing are
left out (the foot is lifted, the hip turns), and so is the stance: there the axis holds the frontal
lean that is to be measured, and would pull every runner towards the mean.

The foot is further ahead of the knee at initial contact than at terminal contact, which gives the
sense. (Without events the cube of the rate about the right-pointing axis would: the forward swing
is the fastest rotation, and it sums to a positive number in 58 of 60 simulated legs.)
Heel-to-buttock kicks do the same without the pelvis' and the hip's share of a stride.

Measured on simulated runners whose knees bend sideways by up to 6 deg and turn by 4 deg SD in
swing, RMS deg: swing 2.1 in the 30 cases of docs/validation and 1.8 in the 30 others that the
method was chosen on (2.9 and 2.5 with the whole stride and without the tibia's turn), kicks 1.2;
legs of measured joint angles, whose knees are hinges, 0.5 (``hinge``). Published for functional
calibration: 2 - 5 deg.
"""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.gait_cycles import MeanCycle
from hipgait.kinematics.smoothing import unit
from hipgait.kinematics.yaw import YawEvidence
from hipgait.recording import FloatArray
from hipgait.settings import AlignmentSettings

_SLOW_RAD_S = 1.0


def dominant_axis(gyr: FloatArray, x: FloatArray, z: FloatArray) -> tuple[float, float, float]:
    """Yaw of the dominant horizontal rotation axis, lambda2 / lambda1, and skewness about it.

    gyr : (k, 3) rad/s in the sensor.
    """
    flat = np.column_stack([gyr @ x, gyr @ z])
    # every direction counts by its rate, not its square: the few fastest samples must not decide
    weighted = flat / np.sqrt(np.hypot(_SLOW_RAD_S, np.linalg.norm(flat, axis=1)))[:, None]
    values, vectors = np.linalg.eigh(weighted.T @ weighted)
    sin, cos = vectors[:, 1]
    rate = flat @ vectors[:, 1]
    skew = float(np.mean(rate**3) / max(np.mean(rate**2) ** 1.5, 1e-12))
    if skew < 0:
        sin, cos, skew = -sin, -cos, -skew
    return float(np.arctan2(sin, cos)), float(values[0] / max(values[1], 1e-12)), skew


def axis_from_swing(
    cycle: MeanCycle,
    x: FloatArray,
    z: FloatArray,
    contact_share: float,
    right_leg: bool,
    settings: AlignmentSettings,
    *,
    hinge: bool = False,
) -> tuple[YawEvidence, float]:
    """Yaw from the leg that swings forward, with its sense; and lambda2 / lambda1 of the rotation.

    On average the axis lies with its outer end forward (``swing_bias_rad``); that is taken off.

    hinge : the knee is known to be one; then the tibia turns with the thigh and its axis, and its
        turn is not taken out (the average still is taken off).
    """
    gyr = cycle.low_harmonics(cycle.gyr, settings.swing_cutoff_hz)
    turn = tibial_turn(gyr @ np.cross(z, x), cycle.period_s, contact_share)
    if hinge:
        turn = np.zeros_like(turn)
    sin, cos = np.sin(turn), np.cos(turn)
    ahead, across = gyr @ x, gyr @ z
    flat = np.outer(cos * ahead + sin * across, x) + np.outer(cos * across - sin * ahead, z)
    swing = (np.arange(len(gyr)) / len(gyr) - contact_share) / (1.0 - contact_share)
    first, last = settings.extension_shares
    yaw, ratio, _ = dominant_axis(flat[(swing >= first) & (swing < last)], x, z)
    if not reaches_forward(cycle, x, z, yaw, contact_share):
        yaw += np.pi
    yaw -= settings.swing_bias_rad * (1.0 if right_leg else -1.0)
    return YawEvidence("swing", yaw, settings.swing_sd_rad), ratio


def tibial_turn(rate: FloatArray, period_s: float, contact_share: float) -> FloatArray:
    """(n,) turn about the long axis over a cycle from initial contact, from its rate (rad/s), rad.

    Zero is half way between its mean and its value at the ends of the stance: of all moments, the
    knee is then closest to the straight leg of standing, the mean is the steadier estimate.
    """
    n = len(rate)
    steps = (rate - rate.mean()) * period_s / n
    turn = np.concatenate([[0.0], np.cumsum(0.5 * (steps[1:] + steps[:-1]))])
    ends = 0.5 * (turn[0] + turn[min(int(contact_share * n), n - 1)])
    return np.asarray(turn - 0.5 * (turn.mean() + ends))


def reaches_forward(
    cycle: MeanCycle, x: FloatArray, z: FloatArray, yaw: float, contact_share: float
) -> bool:
    """Whether the lower end is further ahead at initial contact than at terminal contact.

    True of every shank and thigh if ``yaw`` points the right way, walking or running.
    """
    ahead = cycle.up @ (np.cos(yaw) * x - np.sin(yaw) * z)
    n = len(ahead)
    near = np.arange(-2, 3)
    leaves = round(contact_share * n)
    return bool(ahead[near % n].mean() > ahead[(leaves + near) % n].mean())


def axis_from_kicks(
    kicks: list[FloatArray],
    x: FloatArray,
    z: FloatArray,
    right_leg: bool,
    settings: AlignmentSettings,
) -> YawEvidence | None:
    """Yaw from heel-to-buttock kicks, modulo 180 deg.

    kicks : one (k, 3) array a kick, angular velocity in the sensor, rad/s.
    """
    fast = [k for k in kicks if len(k) > 2 and np.abs(k).max() > settings.kick_min_rad_s]
    if not fast:
        return None
    yaw, ratio, _ = dominant_axis(np.concatenate(fast), x, z)
    if ratio > 0.3:
        return None
    yaw -= settings.kicks_bias_rad * (1.0 if right_leg else -1.0)
    sd = settings.kicks_sd_rad * np.sqrt(max(1.0, 3.0 / len(fast)))
    return YawEvidence("kicks", yaw, float(sd), axial=True)


def upright_in_stance(cycle: MeanCycle, contact_share: float) -> FloatArray:
    """(3,) mean up vector of the first 30 % of stance: the shank is about upright then."""
    n = max(2, round(0.3 * contact_share * len(cycle.up)))
    return unit(cycle.up[:n].mean(axis=0))
