"""Choose the landing and the leaving among what each leg's mean waveform offers.

Usually one rise is by far the largest, and one dip the deepest. Where two are alike (a shank that
is jolted before the foot lands, a second impact, a dip before the foot has left), three things
decide together: the size, the symmetry of the legs, and in running the load that the pelvis sees;
without a gyroscope also the load along the shank.
On 16 trials of one runner (2.5 to 4.2 m/s, slopes of +-10 deg) the steepest rise of the pelvis'
slow load came 12 +- 14 ms after the contact, and its steepest fall at 28 ms + 0.64 of the contact
time (SD 4 ms). Shank and pelvis err apart, so the end of the contact is moved some way towards what
the pelvis says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.contacts import Leaving, LegMeans, leaving_candidates
from hipgait.strides.filters import highest_peak, lowpass, refine_grid
from hipgait.strides.pelvis_axes import PelvisFrame, slow_slopes
from hipgait.strides.shank_events import Leg

_RISE_DELAY_S, _RISE_SD_S = 0.012, 0.016
_FALL_DELAY_S, _FALL_SHARE, _FALL_SD_S = 0.028, 0.64, 0.012
_STEP_SD_S, _CONTACT_SD_S = 0.015, 0.015
_SWING_END_S, _SWING_END_SD_S = 0.038, 0.022
"""landing after the end of the forward swing, s. For comparison: on 74 runners the zero crossing
of Fadillioglu 2020 (doi:10.1016/j.gaitpost.2020.06.019) had a bias of -24 ms (Kiernan 2023,
doi:10.3390/s23115022)."""
_AXIAL_S, _AXIAL_SD_S = 0.097, 0.015
"""steepest rise of the 8 Hz force along the shank after a running contact, s (96 ... 98 ms in four
trials of two people over a force plate; simulated runners: 81 ... 109 ms in 24, 103 ... 122 ms in
six that land softly)"""
_DUTY, _DUTY_SD = 0.35, 0.05
"""running contact as a share of the stride, where no pelvis sensor says more"""
_LEAVING_S = 0.022
"""a running contact ends about this long before the dip of the axial force, s"""
_MIRRORED = 0.05
"""weight of a landing that only the other leg shows"""
_CAP = 6.0
_SEEN_S = 0.05
"""a load's rise this close to where a lost contact is expected belongs to it, s"""


@dataclass(frozen=True)
class Load:
    """Steepest rises and falls of the pelvis' slow load, s; empty without a pelvis sensor."""

    rise_s: FloatArray
    fall_s: FloatArray


def pelvis_load(frame: PelvisFrame | None) -> Load:
    """What the pelvis knows of contacts."""
    if frame is None:
        return Load(np.zeros(0), np.zeros(0))
    return Load(slow_slopes(frame, 1.0).time_s, slow_slopes(frame, -1.0).time_s)


def _penalty(deviation_s: float, sd_s: float) -> float:
    return 0.5 * min((deviation_s / sd_s) ** 2, 2 * _CAP) if np.isfinite(deviation_s) else 0.0


def _rise_lag(leg: Leg, m: LegMeans, rise_s: FloatArray) -> float:
    """Median time from the aligned anchors to the nearest rise of the pelvis' load, s."""
    if not m.run or len(rise_s) < 4:
        return float("nan")
    landed = leg.t0 + m.landed[m.members] / leg.fs
    near = np.searchsorted(0.5 * (rise_s[1:] + rise_s[:-1]), landed)
    return float(np.median(rise_s[near] - landed))


def _axial_rise(m: LegMeans) -> float:
    """Steepest rise of the slow force along the shank in the mean stride, s after the anchor."""
    axial = lowpass(m.mean[:, 0].mean(axis=0), 8.0, 1.0 / float(m.tau[1] - m.tau[0]))
    fine, grid = refine_grid(np.gradient(axial)[None], m.tau)
    return float(highest_peak(fine, grid, 0.02, 0.16)[0])


def _contact_from_load(ic_s: FloatArray, fall_s: FloatArray) -> float:
    """Median contact time that the pelvis' falling load stands for, s."""
    if len(fall_s) < 4:
        return float("nan")
    after = np.searchsorted(fall_s, ic_s + 0.05)
    good = after < len(fall_s)
    delay = fall_s[after[good]] - ic_s[good]
    delay = delay[delay < 0.40]
    if len(delay) < 4:
        return float("nan")
    return float((np.median(delay) - _FALL_DELAY_S) / _FALL_SHARE)


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


Offer = tuple[FloatArray, FloatArray]
"""Delays after the anchor (s) and weights of what may be chosen."""


def _with_mirrored(offers: list[Offer], step_s: float) -> list[Offer]:
    """Add to each leg what the other leg's rises would mean if the steps were even."""
    if len(offers) != 2 or not np.isfinite(step_s):
        return offers
    out = []
    for own, other, sign in ((0, 1, 1.0), (1, 0, -1.0)):
        mirrored = offers[other][0] + sign * step_s
        weight = _MIRRORED * offers[other][1]
        out.append(
            (
                np.concatenate([offers[own][0], mirrored]),
                np.concatenate([offers[own][1], weight]),
            )
        )
    return out


def choose_landings(
    legs: Sequence[Leg],
    means: Sequence[Sequence[LegMeans]],
    load: Load,
    settings: EventSettings,
) -> list[list[float]]:
    """The chosen delay (s after the anchor) for each leg and each of its gaits."""
    chosen: list[list[float]] = [[0.0] * len(part) for part in means]
    for run in (True, False):
        here = [(i, j) for i, part in enumerate(means) for j, m in enumerate(part) if m.run == run]
        if not here:
            continue
        parts = [means[i][j] for i, j in here]
        lags = [_rise_lag(legs[i], means[i][j], load.rise_s) for i, j in here]
        rises = [_axial_rise(m) if m.run else float("nan") for m in parts]
        step = _step_lag([legs[i] for i, _ in here], parts) if len(here) == 2 else float("nan")
        offers = _with_mirrored([(m.delay_s, m.weight) for m in parts], step)
        best = np.inf
        for combination in product(*(range(len(delay)) for delay, _ in offers)):
            delays = [float(o[0][c]) for o, c in zip(offers, combination, strict=True)]
            weights = [float(o[1][c]) for o, c in zip(offers, combination, strict=True)]
            cost = -float(np.log(weights).sum())
            for (i, _), delay, lag, rise in zip(here, delays, lags, rises, strict=True):
                if legs[i].rate is not None:
                    cost += _penalty(delay - _SWING_END_S, _SWING_END_SD_S)
                else:
                    cost += _penalty(rise - delay + settings.ic_run_s - _AXIAL_S, _AXIAL_SD_S)
                cost += _penalty(delay - settings.ic_run_s - (lag - _RISE_DELAY_S), _RISE_SD_S)
            if len(delays) == 2:
                cost += _penalty(step + delays[1] - delays[0], _STEP_SD_S)
            if cost < best:
                best = cost
                for (i, j), delay in zip(here, delays, strict=True):
                    chosen[i][j] = delay
    return chosen


def choose_leavings(
    legs: Sequence[Leg],
    means: Sequence[Sequence[LegMeans]],
    landings: Sequence[Sequence[FloatArray]],
    load: Load,
    settings: EventSettings,
) -> list[list[Leaving]]:
    """The chosen dip for each leg and gait; only running has a choice.

    landings : (b,) delays of the landing's feature for each leg and gait.
    """
    chosen = [[Leaving(0.0, float("nan")) for _ in part] for part in means]
    here = [(i, j) for i, part in enumerate(means) for j, m in enumerate(part) if m.run]
    if not here:
        return chosen
    offers, starts, contacts = [], [], []
    for i, j in here:
        m, feature = means[i][j], landings[i][j]
        k = len(m.landed)
        ic = legs[i].t0 + m.landed / legs[i].fs + m.blocks.spread(feature, k) - settings.ic_run_s
        offers.append(leaving_candidates(m, feature))
        starts.append(float(np.median(feature)) - settings.ic_run_s)
        contacts.append(_contact_from_load(ic[m.members], load.fall_s))
    best = np.inf
    for combination in product(*(range(len(delay)) for delay, _ in offers)):
        dips = [float(o[0][c]) for o, c in zip(offers, combination, strict=True)]
        weights = [float(o[1][c]) for o, c in zip(offers, combination, strict=True)]
        contact = [dip - _LEAVING_S - start for dip, start in zip(dips, starts, strict=True)]
        cost = -float(np.log(weights).sum())
        for (i, j), own, seen in zip(here, contact, contacts, strict=True):
            if np.isfinite(seen):
                cost += _penalty(own - seen, _FALL_SD_S)
            else:
                period = float(np.median(means[i][j].period_s))
                cost += _penalty(own - _DUTY * period, _DUTY_SD * period)
        if len(contact) == 2:
            cost += _penalty(contact[1] - contact[0], _CONTACT_SD_S)
        if cost < best:
            best = cost
            for (i, j), dip, seen in zip(here, dips, contacts, strict=True):
                chosen[i][j] = Leaving(dip, seen)
    return chosen


def mend_landings(ic_s: FloatArray, misfit: FloatArray, run: BoolArray, load: Load) -> FloatArray:
    """(k,) contacts; those of strides unlike the others are set by the pelvis' load.

    First strides out of standing do not look like the ensemble. Where the pelvis is there, its
    load's rise, less its usual delay in this recording, replaces a contact that is 25 ms off.
    """
    if len(load.rise_s) < 4:
        return ic_s
    near = np.searchsorted(0.5 * (load.rise_s[1:] + load.rise_s[:-1]), ic_s)
    delay = load.rise_s[near] - ic_s
    usual = run & (misfit < 2.0) & (np.abs(delay) < 0.10)
    if usual.sum() < 10:
        return ic_s
    seen = load.rise_s[near] - float(np.median(delay[usual]))
    off = np.abs(seen - ic_s)
    return np.where(run & (misfit > 2.5) & (off > 0.025) & (off < 0.13), seen, ic_s)


def see_imputed(
    ic_s: FloatArray,
    tc_s: FloatArray,
    left: BoolArray,
    run: BoolArray,
    imputed: BoolArray,
    load: Load,
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Time running contacts that the shank's sensor lost by the pelvis' load, where it saw them.

    The load's rise and fall, less their usual delays on that side, replace the place between the
    neighbours. Returns contacts and what is still imputed, all (k,). On simulated runners these
    contacts are within 12 ms, the places between the neighbours within 15 ms.
    """
    if len(load.rise_s) < 4 or len(load.fall_s) < 4 or not imputed.any():
        return ic_s, tc_s, imputed
    rise = load.rise_s[np.searchsorted(0.5 * (load.rise_s[1:] + load.rise_s[:-1]), ic_s)]
    after = np.minimum(np.searchsorted(load.fall_s, ic_s + 0.05), len(load.fall_s) - 1)
    fall = load.fall_s[after]
    ic, tc, still = ic_s.copy(), tc_s.copy(), imputed.copy()
    for side in (True, False):
        mine = (left == side) & run & (np.abs(rise - ic_s) < 0.10) & (fall - ic_s < 0.40)
        usual = mine & ~imputed & np.isfinite(tc_s)
        if usual.sum() < 10:
            continue
        landed = rise - float(np.median((rise - ic_s)[usual]))
        left_s = fall - float(np.median((fall - tc_s)[usual]))
        seen = mine & imputed & (np.abs(landed - ic_s) < _SEEN_S)
        ic, tc = np.where(seen, landed, ic), np.where(seen, left_s, tc)
        still &= ~seen
    return ic, tc, still
