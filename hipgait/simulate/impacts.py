"""Impact transients: short movements that begin at contact and come back to nothing.

The acceleration of a transient is a smooth course that starts from zero at contact; position and
velocity are its exact integrals, and a slow return is added so that both end at zero. The specific
force therefore stays the second derivative of the position. The courses have the shape that shank
accelerometers show around the contact of a force plate (Bach 2022, doi
10.1101/2022.02.14.480318, and Dorschky 2019, doi 10.1016/j.jbiomech.2019.07.022): nearly quiet for
the first 20 ms, a backward peak, then the axial peak, a trough and a smaller second peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from scipy.interpolate import Akima1DInterpolator, PPoly

from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.simulate.body import RunnerSettings
from hipgait.simulate.gait import StepValues
from hipgait.simulate.rigid import Point
from hipgait.simulate.schedule import JUMP_SWING, KICK_SWING, STAND, Plan

Course = tuple[tuple[float, float], ...]
AXIAL: Final[Course] = (
    (0.0, 0.0), (0.3, 0.02), (0.45, -0.04), (0.62, -0.24), (0.72, -0.2), (0.86, 0.5),
    (1.0, 1.0), (1.14, 0.5), (1.26, -0.1), (1.45, -0.28), (1.7, -0.36), (1.95, -0.34),
    (2.2, -0.2), (2.5, 0.02), (2.8, 0.22), (3.0, 0.25), (3.3, 0.16), (3.8, 0.04), (4.4, 0.0),
    (5.0, 0.0),
)  # fmt: skip
"""(time as a share of the time to the peak, acceleration as a share of the peak)"""
BACKWARD: Final[Course] = (
    (0.0, 0.0), (0.2, -0.03), (0.4, -0.1), (0.55, -0.05), (0.7, 0.5), (0.84, 1.0), (0.98, 0.55),
    (1.1, -0.05), (1.25, -0.34), (1.45, -0.42), (1.75, -0.36), (2.1, -0.16), (2.5, 0.08),
    (2.9, 0.2), (3.3, 0.15), (4.0, 0.02), (5.0, 0.0),
)  # fmt: skip
SOFT: Final[Course] = (
    (0.0, 0.0), (0.3, -0.02), (0.45, -0.1), (0.6, -0.12), (0.78, 0.5), (1.0, 1.0), (1.18, 0.5),
    (1.34, -0.06), (1.6, -0.4), (1.95, -0.4), (2.3, -0.15), (2.7, 0.12), (3.1, 0.24),
    (3.6, 0.16), (4.2, 0.04), (5.0, 0.0),
)  # fmt: skip
"""a soft landing: one broad bump"""
TRUNK: Final[Course] = (
    (0.0, 0.0), (0.2, 0.0), (0.45, -0.1), (0.6, 0.02), (0.75, 0.5), (1.0, 1.0), (1.2, 0.5),
    (1.4, -0.15), (1.75, -0.48), (2.1, -0.38), (2.5, -0.05), (3.0, 0.2), (3.5, 0.18),
    (4.2, 0.04), (5.0, 0.0),
)  # fmt: skip
END: Final = 5.0
LASTS: Final = 5.5
"""end of the courses and of the slow return, in times to the peak"""


def _blend(hard: Course, soft: Course, hardness: float) -> Course:
    """Between two courses, on the times of the first."""
    x, y = np.array(hard).T
    u, v = np.array(soft).T
    mixed = hardness * y + (1 - hardness) * np.interp(x, u, v)
    return tuple((float(a), float(b)) for a, b in zip(x, mixed, strict=True))


@dataclass(frozen=True)
class Transient:
    """A transient of unit peak acceleration. peak_s : time from contact to the peak."""

    course: Course
    peak_s: float

    @property
    def lasts_s(self) -> float:
        """After this it is exactly zero, s."""
        return LASTS * self.peak_s

    @cached_property
    def _pieces(self) -> tuple[PPoly, PPoly, PPoly]:
        x, y = np.array((*self.course, (LASTS, 0.0))).T
        t = x * self.peak_s
        acceleration = Akima1DInterpolator(t, y / np.abs(y).max())
        a = PPoly(acceleration.c, acceleration.x)
        # slow return s^2 (1-s)^2 (c0 + c1 s) that takes velocity and displacement back to zero
        end = float(t[-1])
        velocity = float(a.integrate(0, end))
        place = float(a.antiderivative().integrate(0, end))
        s = np.polynomial.Polynomial([0.0, 1.0])
        shapes = [s**2 * (1 - s) ** 2, s**3 * (1 - s) ** 2]
        m = np.empty((2, 2))
        for k, shape in enumerate(shapes):
            m[0, k] = end * shape.integ()(1.0)
            m[1, k] = end**2 * shape.integ(2)(1.0)
        c = np.linalg.solve(m, [-velocity, -place])
        back = (c[0] * shapes[0] + c[1] * shapes[1])(np.polynomial.Polynomial([0.0, 1 / end]))
        whole = PPoly(back.coef[::-1][:, None], [0.0, end])
        coefficients = np.zeros((len(back.coef), len(t) - 1))
        for i, start in enumerate(t[:-1]):
            local = [whole(start, nu) for nu in range(len(back.coef))]
            factorial = np.cumprod([1, *range(1, len(back.coef))])
            coefficients[:, i] = (np.array(local).ravel() / factorial)[::-1]
        coefficients[-4:] += a.c
        total = PPoly(coefficients, t)
        return total.antiderivative(2), total.antiderivative(), total

    def at(self, tau: FloatArray) -> FloatArray:
        """(3, n) position, velocity, acceleration at tau within 0 ... lasts_s."""
        return np.stack([p(tau) for p in self._pieces])


@dataclass(frozen=True)
class Impacts:
    """Landings of one foot. time : (k,) s, increasing.  size : (k,) axial amplitude, m/s^2."""

    time: FloatArray
    size: FloatArray
    axial: Transient
    forward: Transient
    shares: tuple[float, float, float]
    """forward, axial, lateral part of the amplitude"""

    def displacement(self, t: FloatArray, share: float = 1.0) -> Point:
        """Moving offset (forward, up, right) at times t."""
        out = np.zeros((3, 3, len(t)))
        if len(self.time):
            row = np.searchsorted(self.time, t, side="right") - 1
            tau = t - self.time[np.maximum(row, 0)]
            ends = min(self.axial.lasts_s, self.forward.lasts_s)
            at = np.flatnonzero((row >= 0) & (tau < ends))
            size = share * self.size[row[at]]
            axial, forward = self.axial.at(tau[at]), self.forward.at(tau[at])
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
    peak = 1e-3 * s.impact_peak_ms
    hard = float(np.sqrt(s.landing_hardness))
    shank = Impacts(
        sup.ic[rows],
        size[rows],
        Transient(_blend(AXIAL, SOFT, hard), peak),
        Transient(_blend(BACKWARD, SOFT, hard), peak),
        (-s.impact_ap_share, 1.0, 0.12 * sigma),
    )
    late = 1.15 * peak + 0.004
    pelvis = Impacts(
        sup.ic[rows],
        size[rows],
        Transient(TRUNK, late),
        Transient(TRUNK, late),
        (-0.06, 0.085, -0.02 * sigma),
    )
    return shank, pelvis


def wobble_transient(hz: float) -> Transient:
    """A damped oscillation of soft tissue at ``hz``: about two swings."""
    x = np.linspace(0, END, 41)
    swing = np.sin(2 * np.pi * x / 2.0) * np.minimum(1, x / 0.5) ** 2 * np.exp(-0.75 * x)
    swing *= np.clip((END - x) / 1.0, 0, 1)
    course = tuple((float(a), float(b)) for a, b in zip(x, swing, strict=True))
    # one swing takes two units of the course
    return Transient(course, 0.5 / hz)
