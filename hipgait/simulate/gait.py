"""What each step is like: geometry of the leg at contact and toe-off, and step-to-step values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.simulate.body import Fatigue, RunnerSettings
from hipgait.simulate.noise import fgn
from hipgait.simulate.schedule import Steps

ANKLE_HEIGHT: Final = 0.043
"""share of the height"""
HEEL: Final = (0.05, 0.075)
BALL: Final = (-0.13, 0.075)
"""Ankle as seen from the heel and from the ball of the foot, (forward, up), m."""
STRIKE_PITCH_DEG: Final = {"rear": 16.0, "mid": 3.0, "fore": -6.0}
LANDING_SLIDE_S: Final = 0.009
"""the ankle comes to rest this share of the speed (m per m/s) ahead of where it touched"""
LANDING_DROP_M: Final = 0.005
RUN_KNEE_TC_DEG: Final = 15.5
WALK_STRIKE_DEG: Final = 24.0
WALK_KNEE_IC_DEG: Final = 3.5
WALK_KNEE_TC_DEG: Final = 42.0
RUN_TOE_OFF: Final = (45.0, 75.0, 0.31)
"""toes down at toe-off: deg, deg per unit of stance travel over height, from this travel on"""
WALK_TOE_OFF_DEG: Final = -72.0


@dataclass(frozen=True)
class StepValues:
    """Per step (arrays of length k), angles in rad, lengths in m.

    ahead : ankle ahead of the hip at contact.  y_ic, y_tc : hip height above the ground.
    impact : axial transient, m/s^2.  toe_off : pitch of the foot at toe-off.
    """

    drop_ic: FloatArray
    drop_excursion: FloatArray
    lean_ic: FloatArray
    lean_excursion: FloatArray
    tilt: FloatArray
    ahead: FloatArray
    y_ic: FloatArray
    y_tc: FloatArray
    impact: FloatArray
    toe_off: FloatArray


def ankle_roll(pitch: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Displacement (forward, up) of the ankle as the foot turns by ``pitch`` rad (+ toes up).

    About the heel when the toes are up, about the ball when the heel is.
    """
    up = pitch > 0
    x = np.where(up, HEEL[0], BALL[0])
    y = np.where(up, HEEL[1], BALL[1])
    c, s = np.cos(pitch), np.sin(pitch)
    return x * (c - 1) - y * s, x * s + y * (c - 1)


def leg_span(s: RunnerSettings, knee: FloatArray | float) -> FloatArray:
    """Distance hip to ankle at a knee flexion in rad."""
    return np.asarray(
        np.sqrt(s.thigh_m**2 + s.shank_m**2 + 2 * s.thigh_m * s.shank_m * np.cos(knee))
    )


def standing_hip_height(s: RunnerSettings) -> float:
    """Hip above the ground in standing (knees 4 deg flexed, feet below the hips)."""
    return float(leg_span(s, np.radians(4.0)) * 0.999 + ANKLE_HEIGHT * s.height_m)


def _rad(run: BoolArray, running: float, walking: float) -> FloatArray:
    """Degrees of running or walking, in rad."""
    return np.asarray(np.where(run, np.radians(running), np.radians(walking)), dtype=np.float64)


def _toe_off(s: RunnerSettings, travel: FloatArray, run: BoolArray) -> FloatArray:
    base, slope, short = RUN_TOE_OFF
    running = np.clip(base + slope * (travel / s.height_m - short), 42.0, 66.0)
    return np.asarray(np.radians(np.where(run, -running, WALK_TOE_OFF_DEG)))


def _contact_geometry(
    s: RunnerSettings,
    speed: FloatArray,
    travel: FloatArray,
    rise: FloatArray,
    run: BoolArray,
    toe_off: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """(ahead, hip height above the ankle at contact) for plausible knee angles at both ends."""
    strike = STRIKE_PITCH_DEG[s.strike]
    knee_ic = _rad(run, 15.0 if strike > 0 else 19.0, WALK_KNEE_IC_DEG)
    knee_tc = _rad(run, RUN_KNEE_TC_DEG, WALK_KNEE_TC_DEG)
    ix, iy = ankle_roll(_rad(run, strike, WALK_STRIKE_DEG))
    ix = ix - LANDING_SLIDE_S * np.minimum(speed, 5.0)
    iy = iy + LANDING_DROP_M
    rx, ry = ankle_roll(toe_off)
    off = 0.05
    d1, d2 = leg_span(s, knee_ic) ** 2 - off**2, leg_span(s, knee_tc) ** 2 - off**2
    length = s.thigh_m + s.shank_m
    x, y = 0.35 * travel, np.full_like(travel, 0.93 * length)
    for _ in range(20):
        f1 = (x + ix) ** 2 + (y - iy) ** 2 - d1
        f2 = (travel - x - rx) ** 2 + (y + rise - ry) ** 2 - d2
        a, b = 2 * (x + ix), 2 * (y - iy)
        c, d = -2 * (travel - x - rx), 2 * (y + rise - ry)
        det = a * d - b * c
        det = np.where(np.abs(det) < 1e-3, 1e-3, det)
        x = np.clip(x - 0.7 * (d * f1 - b * f2) / det, 0.15 * travel, 0.6 * travel)
        y = np.clip(y - 0.7 * (a * f2 - c * f1) / det, 0.75 * length, 0.99 * length)
    return x, y


def _smoothed(x: FloatArray, steps: Steps) -> FloatArray:
    """Mean of each step with its neighbours (1, 2, 1) within a stretch of gait."""
    out = x.copy()
    for b in np.unique(steps.bout):
        rows = np.flatnonzero(steps.bout == b)
        padded = np.concatenate([x[rows[:1]], x[rows], x[rows[-1:]]])
        out[rows] = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    return out


def _pick(sigma: FloatArray, left: float, right: float) -> FloatArray:
    return np.where(sigma > 0, right, left)


def _both(sigma: FloatArray, pair: tuple[float, float]) -> FloatArray:
    return _pick(sigma, pair[0], pair[1])


def _by_side(steps: Steps, hurst: float, rng: np.random.Generator) -> FloatArray:
    """Unit-variance series, mostly long memory, each side its own plus a common part."""
    n = len(steps.ic)
    common = fgn(n, hurst, rng)
    out = np.empty(n)
    for sigma in (-1.0, 1.0):
        rows = steps.sigma == sigma
        out[rows] = fgn(int(rows.sum()), hurst, rng)
    return 0.45 * common + 0.75 * out + 0.48 * rng.standard_normal(n)


def step_values(s: RunnerSettings, steps: Steps, rng: np.random.Generator) -> StepValues:
    """Draw every step: side, fatigue, memory, noise, speed."""
    f: Fatigue = s.fatigue
    g, p, run = steps.sigma, steps.progress, steps.run
    pace = steps.speed / s.speed_mps
    share = np.where(run, 1.0, 0.75)

    def noisy(sd: float) -> FloatArray:
        return sd * _by_side(steps, s.hurst, rng)

    drop_ic = _pick(g, s.left.drop_ic_deg, s.right.drop_ic_deg) + p * _both(g, f.drop_ic_deg)
    drop_ic += noisy(0.6 * s.drop_sd_deg)
    drop = _pick(g, s.left.drop_excursion_deg, s.right.drop_excursion_deg) * share
    drop = drop * (0.85 + 0.15 * np.clip(pace, 0, 1.5)) + p * _both(g, f.drop_excursion_deg)
    drop += noisy(s.drop_sd_deg)
    lean_ic = _pick(g, s.left.lean_ic_deg, s.right.lean_ic_deg) * np.where(run, 1.0, 0.6)
    lean_ic += p * _both(g, f.lean_deg) + noisy(s.lean_sd_deg)
    lean = _pick(g, s.left.lean_excursion_deg, s.right.lean_excursion_deg) * share
    lean += p * _both(g, f.lean_excursion_deg) + noisy(0.8 * s.lean_sd_deg)
    hard = _pick(g, s.left.impact_g, s.right.impact_g) + p * f.impact_g
    hard = hard * np.where(run, 0.45 + 0.55 * np.clip(pace, 0, 2), 0.22)
    hard = np.maximum(hard * (1 + 0.08 * _by_side(steps, 0.6, rng)), 0.3)
    # slowing down from a run, the first walking steps are still too fast to be walked
    speed = np.where(run, steps.speed, np.minimum(steps.speed, 1.35 * s.walk_speed_mps))
    travel = np.maximum(speed, 0.3) * (steps.tc - steps.ic)
    rise = np.where(run, 0.012, 0.0)
    toe_off = _toe_off(s, travel, run)
    ahead, height = _contact_geometry(s, speed, travel, rise, run, toe_off)
    height = _smoothed(height, steps)
    height = height + ANKLE_HEIGHT * s.height_m
    return StepValues(
        np.radians(drop_ic),
        np.radians(np.maximum(drop, 0.4)),
        np.radians(lean_ic),
        np.radians(np.maximum(lean, 0.4)),
        np.radians(s.pelvis_tilt_deg + p * f.tilt_deg + noisy(0.3)),
        ahead,
        height,
        height + rise,
        hard * G_MPS2,
        toe_off,
    )
