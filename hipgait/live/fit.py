"""Set-up by movement: which sensor moved, and whether each one is fit to run with.

Pure functions on a few seconds of signals. Energy is the mean square of the angular rate, or of the
acceleration's deviation where there is no gyroscope; the one that was tapped or lifted has many
times that of the others, which hang on the same body and shake along.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.names import G_MPS2

Floats = NDArray[np.float64]

CLEAR: Final = 3.0
"""The sensor that moved has so many times the energy of the next one."""
LEAST_TURN: Final = 0.35
"""Less turning than this is no movement, rad/s RMS; a person standing sways with 0.02."""
LEAST_SHAKE: Final = 0.5
"""The same for the acceleration, m/s^2 RMS."""
QUIET_TURN: Final = 0.15
"""Standing still turns less than this, rad/s RMS."""
SWINGS: Final = 0.6
"""A shank that steps on the spot turns more than this, rad/s RMS."""
LOSS_PCT: Final = 2.0
RATE_LEAST_HZ: Final = 50.0


def energy(acc: Floats, gyr: Floats) -> float:
    """How much a sensor moved, against ``LEAST_TURN`` (or ``LEAST_SHAKE``): 1 is the least.

    acc : (n, 3) m/s^2.  gyr : (m, 3) rad/s; either may be empty.
    """
    if len(gyr) > 1:
        return float(np.sqrt((gyr - np.median(gyr, axis=0)).var(axis=0).sum())) / LEAST_TURN
    if len(acc) > 1:
        return float(np.sqrt(acc.var(axis=0).sum())) / LEAST_SHAKE
    return 0.0


def mover(energies: Mapping[str, float]) -> str:
    """The sensor that moved; empty where none did, or where it is not clear which."""
    ranked = sorted(energies.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < 1.0:
        return ""
    if len(ranked) > 1 and ranked[0][1] < CLEAR * ranked[1][1]:
        return ""
    return ranked[0][0]


def still_words(
    acc: Floats, gyr: Floats, rate_hz: float, lost_pct: float | None
) -> tuple[bool, str]:
    """(fit, one line) of a sensor on a person who stands still."""
    said = [f"{rate_hz:.0f} Hz"]
    wrong = []
    if rate_hz < RATE_LEAST_HZ:
        wrong.append(f"below {RATE_LEAST_HZ:.0f} Hz")
    if lost_pct is not None and lost_pct > LOSS_PCT:
        wrong.append(f"{lost_pct:.1f} % lost: closer to the radio")
    if len(gyr) > 1 and float(np.sqrt(gyr.var(axis=0).sum())) > QUIET_TURN:
        wrong.append("not still")
    if len(acc) > 1:
        norm = float(np.linalg.norm(acc.mean(axis=0))) / G_MPS2
        if not 0.9 < norm < 1.1:
            wrong.append(f"gravity reads {norm:.2f} g")
        else:
            said.append("still")
    return not wrong, ", ".join(wrong or said)


def swing_words(placement: str, gyr: Floats) -> tuple[bool, str]:
    """(fit, one line) of a sensor on a person who steps on the spot."""
    if len(gyr) < 2:
        return True, "no gyroscope: timing only"
    turning = float(np.sqrt((gyr**2).sum(axis=1).mean()))
    leg = "shank" in placement or "thigh" in placement or "foot" in placement
    if leg and turning < SWINGS:
        return False, "does not swing: is it on the leg?"
    return True, "swings" if leg else "moves along"


def more_than_the_legs(turning: Mapping[str, float]) -> bool:
    """Whether the pelvis turned more than a shank while stepping: two sensors may be exchanged."""
    legs = [v for k, v in turning.items() if "shank" in k]
    return "pelvis" in turning and bool(legs) and turning["pelvis"] > min(legs)
