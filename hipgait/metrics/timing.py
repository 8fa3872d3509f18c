"""Spring-mass quantities from timing and speed."""

from __future__ import annotations

import numpy as np

from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

LEG_SHARE_OF_HEIGHT = 0.53
"""Leg length over body height (Morin 2005, after Winter 1979)."""


def leg_stiffness_kn_m(
    contact_s: FloatArray,
    flight_s: FloatArray,
    speed_mps: FloatArray,
    mass_kg: float,
    height_m: float,
) -> FloatArray:
    """(k,) leg stiffness by the sine-wave method, kN/m; NaN without flight or speed.

    Morin et al. 2005, doi 10.1123/jab.21.2.167, equations 6 to 9. Needs contact and flight time,
    speed, mass and height; a shank sensor's contact time was off by 3 ms (mean absolute error, two
    people, force plate).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        force = mass_kg * G_MPS2 * np.pi / 2.0 * (flight_s / contact_s + 1.0)
        fall = force * contact_s**2 / (mass_kg * np.pi**2) - G_MPS2 * contact_s**2 / 8.0
        leg = LEG_SHARE_OF_HEIGHT * height_m
        reach = leg**2 - (speed_mps * contact_s / 2.0) ** 2
        shortening = leg - np.sqrt(np.where(reach > 0, reach, np.nan)) + fall
        stiffness = force / shortening / 1000.0
        return np.asarray(np.where((flight_s > 0) & (shortening > 0), stiffness, np.nan))
