"""Public data sets that would validate more: recordings and reference events, as hipgait has them.

None is part of the project; docs/validation.md says how to get each. The loaders follow documented
layouts and were tested on files that the tests write, not on the originals: each says what could
not be verified. ``python -m validation.datasets NAME FOLDER`` compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hipgait.errors import InputError
from hipgait.names import G_MPS2
from hipgait.recording import Recording

Array = NDArray[np.float64]
MATCH_S = 0.060
"""Events further apart do not belong together, s."""
_GRAVITY = (0.5, 2.0)
"""Length of the mean specific force of a worn sensor, in gravities: less than one where a limb
swings, more where it is pulled outwards. Free acceleration and normalised signals have none."""
_FASTEST_RAD_S = 36.0
"""No consumer gyroscope goes beyond 2000 deg/s = 35 rad/s: larger numbers are deg/s."""
_SLOWEST_RAD_S = 2.0
"""Legs that walk or run turn faster than this, and faster than 100 deg/s: numbers between 2 and 36
are rad/s if anybody walked."""


@dataclass(frozen=True)
class Trial:
    """One recording with its reference.

    ic_s, tc_s : (k,), (m,) s on the recording's clock; empty where there is no reference.
    one_clock : False where the reference runs on a clock of its own (an offset is then searched).
    """

    name: str
    recording: Recording
    ic_s: Array = field(default_factory=lambda: np.empty(0))
    tc_s: Array = field(default_factory=lambda: np.empty(0))
    one_clock: bool = True


def best_offset(found: Array, truth: Array, step_s: float = 0.005) -> float:
    """Offset (s) of two clocks at which most events meet within ``MATCH_S``."""
    if not len(found) or not len(truth):
        return 0.0
    reach = max(float(np.ptp(found)), float(np.ptp(truth)))
    shifts = np.arange(-reach, reach, step_s) + found[0] - truth[0]
    score = [np.sum(np.abs(nearest(truth + s, found)) < MATCH_S) for s in shifts]
    best = shifts[np.flatnonzero(np.array(score) == max(score))]
    middle = float(best[len(best) // 2])
    apart = nearest(truth + middle, found)
    return middle - float(np.median(apart[np.abs(apart) < MATCH_S]))


def spans(time: Array, on: NDArray[np.bool_], shortest_s: float) -> tuple[Array, Array]:
    """(k,) start and end (s) of what is ``on`` long enough; what the ends cut off is left out.

    time, on : (n,).
    """
    edges = np.flatnonzero(np.diff(np.r_[False, on, False].astype(np.int8))).reshape(-1, 2)
    edges = edges[(edges[:, 0] > 0) & (edges[:, 1] < len(time))]
    start, end = time[edges[:, 0]], time[edges[:, 1]]
    long = end - start > shortest_s
    return np.asarray(start[long]), np.asarray(end[long])


def to_si(signals: Mapping[str, tuple[Array, Array]], where: str) -> dict[str, tuple[Array, Array]]:
    """m/s^2 and rad/s of signals of gait whose units are not documented but can be told for sure.

    signals : placement -> (n, 3) acceleration and (n, 3) angular velocity, in the same units at all
    placements. Gravity is 1 or 9.81; rates beyond any sensor's range are deg/s.

    Raises
    ------
    InputError : gravity is missing (free or normalised acceleration), or nothing turns.
    """
    scales = {1.0, G_MPS2}
    for placement, (acc, _) in signals.items():
        pull = float(np.linalg.norm(np.nanmean(acc, axis=0)))
        scales &= {u for u in scales if _GRAVITY[0] < pull * u / G_MPS2 < _GRAVITY[1]}
        if not scales:
            raise InputError(
                f"{where}, {placement}: the mean acceleration is {pull:.2g}, neither 1 g nor "
                "9.81 m/s^2 as elsewhere",
                "Ask the authors for signals with gravity that were not normalised",
            )
    scale = scales.pop()
    fastest = max(float(np.nanmax(np.abs(gyr))) for _, gyr in signals.values())
    if fastest < _SLOWEST_RAD_S:
        raise InputError(f"{where}: nothing turns", "Its unit cannot be told: leave it out")
    turn = np.pi / 180 if fastest > _FASTEST_RAD_S else 1.0
    return {p: (acc * scale, gyr * turn) for p, (acc, gyr) in signals.items()}


def nearest(events: Array, others: Array) -> Array:
    """(n,) distance of each event to the nearest of the others, s."""
    at = np.clip(np.searchsorted(others, events), 1, max(len(others) - 1, 1))
    low, high = others[np.clip(at - 1, 0, len(others) - 1)], others[np.minimum(at, len(others) - 1)]
    return np.asarray(events - np.where(np.abs(events - low) < np.abs(events - high), low, high))


def compare(trial: Trial, strides: pd.DataFrame) -> dict[str, float]:
    """How the stances that hipgait found meet the reference.

    Returns
    -------
    stances, truth : numbers.  recall, precision : within ``MATCH_S``.  ic_ms, ic_sd_ms, tc_ms,
    tc_sd_ms : mean and SD of the error, found minus true (of the IC without its mean where the
    clocks differ).
    """
    found = np.sort(strides["ic_s"].to_numpy(dtype=np.float64))
    out = {"stances": float(len(found)), "truth": float(len(trial.ic_s))}
    if not len(trial.ic_s) or not len(found):
        return out
    shift = 0.0 if trial.one_clock else best_offset(found, trial.ic_s)
    truth = np.sort(trial.ic_s) + shift
    inside = found[(found > truth[0] - MATCH_S) & (found < truth[-1] + MATCH_S)]
    error = nearest(inside, truth)
    hit = np.abs(error) < MATCH_S
    out["recall"] = float(np.mean(np.abs(nearest(truth, found)) < MATCH_S))
    out["precision"] = float(hit.mean()) if len(hit) else 0.0
    out["ic_ms"], out["ic_sd_ms"] = 1e3 * float(error[hit].mean()), 1e3 * float(error[hit].std())
    ends = strides["tc_s"].dropna().to_numpy(dtype=np.float64)
    if len(trial.tc_s) and len(ends):
        late = nearest(ends, np.sort(trial.tc_s) + shift)
        late = late[np.abs(late) < MATCH_S]
        out["tc_ms"], out["tc_sd_ms"] = 1e3 * float(late.mean()), 1e3 * float(late.std())
    return out
