"""Choose the landing among the rises of each leg's mean waveform.

Usually one rise is by far the largest. Where two are alike (a shank that is jolted before the
foot lands, or a second impact), three things decide together: the size of the rise, the symmetry
of the legs' steps, and in running the load that the pelvis sees, whose steepest rise follows the
contact by 12 ms (SD 14 ms over 16 trials of one runner, 2.5 to 4.2 m/s, slopes of +-10 deg).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from hipgait.recording import FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.contacts import LegMeans
from hipgait.strides.shank_events import Leg

_SYMMETRY_SD_S = 0.015
_LOAD_DELAY_S = 0.012
_LOAD_SD_S = 0.016
_CAP = 6.0


def _penalty(deviation_s: float, sd_s: float) -> float:
    return 0.5 * min((deviation_s / sd_s) ** 2, 2 * _CAP) if np.isfinite(deviation_s) else 0.0


def _load_lag(leg: Leg, means: LegMeans, rise_s: FloatArray) -> float:
    """Median time from the aligned anchors to the nearest rise of the pelvis' load, s."""
    if not means.run or len(rise_s) < 4:
        return float("nan")
    landed = leg.t0 + means.landed[means.members] / leg.fs
    near = np.searchsorted(0.5 * (rise_s[1:] + rise_s[:-1]), landed)
    return float(np.median(rise_s[near] - landed))


def _step_lag(legs: Sequence[Leg], means: Sequence[LegMeans]) -> float:
    """How much later than half a stride the second leg's aligned anchors come, s."""
    first, second = (
        leg.t0 + m.landed[m.members] / leg.fs for leg, m in zip(legs, means, strict=True)
    )
    before = np.searchsorted(first, second) - 1
    good = (before >= 0) & (before < len(first) - 1)
    start, end = first[before[good]], first[before[good] + 1]
    close = (end - start) < 1.5 * float(np.median(means[0].period_s))
    if close.sum() < 4:
        return float("nan")
    return float(np.median((second[good] - 0.5 * (start + end))[close]))


def choose_landings(
    legs: Sequence[Leg],
    means: Sequence[Sequence[LegMeans]],
    load_rise_s: FloatArray,
    settings: EventSettings,
) -> list[list[float]]:
    """The chosen delay (s after the anchor) for each leg and each of its gaits.

    load_rise_s : steepest rises of the pelvis' load, s; empty without a pelvis sensor.
    """
    chosen: list[list[float]] = [[0.0] * len(part) for part in means]
    for run in (True, False):
        here = [(i, j) for i, part in enumerate(means) for j, m in enumerate(part) if m.run == run]
        if not here:
            continue
        parts = [means[i][j] for i, j in here]
        lags = [_load_lag(legs[i], means[i][j], load_rise_s) for i, j in here]
        step = _step_lag([legs[i] for i, _ in here], parts) if len(here) == 2 else float("nan")
        best, choice = np.inf, tuple(int(m.weight.argmax()) for m in parts)
        for combination in product(*(range(len(m.delay_s)) for m in parts)):
            delays = [float(m.delay_s[c]) for m, c in zip(parts, combination, strict=True)]
            cost = -float(sum(np.log(m.weight[c]) for m, c in zip(parts, combination, strict=True)))
            for delay, lag in zip(delays, lags, strict=True):
                cost += _penalty(delay - settings.ic_s - (lag - _LOAD_DELAY_S), _LOAD_SD_S)
            if len(delays) == 2:
                cost += _penalty(step + delays[1] - delays[0], _SYMMETRY_SD_S)
            if cost < best:
                best, choice = cost, combination
        for (i, j), c in zip(here, choice, strict=True):
            chosen[i][j] = float(means[i][j].delay_s[c])
    return chosen
