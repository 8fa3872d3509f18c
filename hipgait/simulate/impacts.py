"""Impact transients: damped oscillations of position that begin at contact.

``x(tau) = Re[C tau^3 exp(z tau)]``: position, velocity and acceleration start from zero, so the
specific force stays the second derivative of the position and its transient begins at contact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.simulate.body import RunnerSettings
from hipgait.simulate.gait import StepValues
from hipgait.simulate.rigid import Point
from hipgait.simulate.schedule import JUMP_SWING, KICK_SWING, STAND, Plan

LASTS_S = 0.40
"""after this the transient has died away, s"""


@dataclass(frozen=True)
class Mode:
    """A damped oscillation whose largest acceleration within 80 ms is 1. decay 1/s, rate rad/s."""

    decay: float
    rate: float
    phase: float

    def course(self, tau: FloatArray) -> FloatArray:
        """(3, n) position, velocity and acceleration of unit peak acceleration."""
        z = complex(-self.decay, self.rate)
        c = np.exp(1j * self.phase)
        grid = np.linspace(0, 0.08, 400)
        peak = np.max(np.abs(((6 * grid + 6 * z * grid**2 + z * z * grid**3)
                              * c * np.exp(z * grid)).real))  # fmt: skip
        e = c * np.exp(z * tau) / peak
        return np.stack(
            [
                (tau**3 * e).real,
                ((3 * tau**2 + z * tau**3) * e).real,
                ((6 * tau + 6 * z * tau**2 + z * z * tau**3) * e).real,
            ]
        )


@dataclass(frozen=True)
class Impacts:
    """Landings of one foot. time : (k,) s, increasing.  size : (k,) axial amplitude, m/s^2."""

    time: FloatArray
    size: FloatArray
    axial: Mode
    forward: Mode
    shares: tuple[float, float, float]
    """forward, axial, lateral part of the amplitude"""

    def displacement(self, t: FloatArray, share: float = 1.0) -> Point:
        """Moving offset (forward, up, right) at times t."""
        out = np.zeros((3, 3, len(t)))
        if len(self.time):
            row = np.searchsorted(self.time, t, side="right") - 1
            tau = t - self.time[np.maximum(row, 0)]
            at = np.flatnonzero((row >= 0) & (tau < LASTS_S))
            size = share * self.size[row[at]]
            axial, forward = self.axial.course(tau[at]), self.forward.course(tau[at])
            out[:, 0, at] = forward * size * self.shares[0]
            out[:, 1, at] = axial * size * self.shares[1]
            out[:, 2, at] = axial * size * self.shares[2]
        return Point(out[0], out[1], out[2])


def leg_impacts(
    s: RunnerSettings, plan: Plan, values: StepValues, sigma: int
) -> tuple[Impacts, Impacts]:
    """Transients of the shank and of the pelvis at the landings of one foot."""
    sup = plan.legs[sigma]
    gait = sup.kind != STAND
    size = np.zeros(len(sup.ic))
    size[gait] = values.impact[sup.step[gait]]
    base = (s.right if sigma > 0 else s.left).impact_g * G_MPS2
    for i in range(1, len(sup.ic)):
        if not gait[i]:
            before = int(sup.after[i - 1])
            size[i] = {JUMP_SWING: 0.6 * base, KICK_SWING: 0.06 * base}.get(before, 0.35 * base)
    rows = np.flatnonzero(size > 0)
    hard = s.landing_hardness
    slow = 0.85 if s.strike == "fore" else 1.0
    shank = Impacts(
        sup.ic[rows],
        size[rows],
        Mode(60 + 70 * hard, 2 * np.pi * (9 + 15 * hard) * slow, 0.0),
        Mode(70 + 60 * hard, 2 * np.pi * (13 + 16 * hard) * slow, 0.35),
        (-0.45, 1.0, 0.12 * sigma),
    )
    pelvis = Impacts(
        sup.ic[rows],
        size[rows],
        Mode(45 + 20 * hard, 2 * np.pi * (8 + 5 * hard), 0.0),
        Mode(50 + 20 * hard, 2 * np.pi * (10 + 5 * hard), 0.2),
        (-0.045, 0.085, -0.02 * sigma),
    )
    return shank, pelvis
