"""Stances: the one alternating sequence of both legs, and how it is solved.

Candidates of both legs go into one programme in which a step must lead to the other side after one
step period, or to the same side after two. A contact that one leg missed is filled in between its
neighbours and marked; longer holes end the bout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hipgait.recording import BoolArray, FloatArray
from hipgait.strides.filters import runs_of
from hipgait.strides.train import TrainCosts, best_train

_MOST_IN_A_ROW = 6
"""more contacts of one leg in a row than these (4 to 6 s) are not filled in"""
_ONE_LEG = TrainCosts()
_BOTH_LEGS = TrainCosts(tolerance=0.16, skip=1.0, most_skips=4, shortest=0.45)
_EACH_STEP = TrainCosts(tolerance=_BOTH_LEGS.tolerance)
"""Steps of a pelvis alternate long and short (a sensor off the middle: by 13 % either way in a run
of one hip sensor): they are as uneven as those of two legs, not as even as strides."""
_GOES_ON = 2.5
"""steps that begin anew within this many strides were no stop (the gait changed)"""
_REBOUND = 0.6
"""the load rises less than this share of the same leg's step before: the sway after landing"""


@dataclass(frozen=True)
class Stances:
    """Stances of both legs, sorted by initial contact. All arrays have length k.

    left : True for a left stance.
    ic_s, tc_s : initial and terminal contact on the reference clock, s; tc_s NaN where not found.
    run : True for running, False for walking.
    bout : number of the uninterrupted stretch of one gait.
    confidence : 0 ... 1.
    imputed : an event was filled in from its neighbours.
    source : "shanks" | "left_shank" | "right_shank" | "pelvis" | "feet" ...
    swapped : the left and right shank sensors look exchanged.
    notes : what a reader of the report must know.
    """

    left: BoolArray
    ic_s: FloatArray
    tc_s: FloatArray
    run: BoolArray
    bout: NDArray[np.int64]
    confidence: FloatArray
    imputed: BoolArray
    source: str
    swapped: bool = False
    notes: tuple[str, ...] = ()


def no_stances(source: str, *notes: str) -> Stances:
    """An empty result that says why."""
    none = np.zeros(0)
    flag = np.zeros(0, dtype=bool)
    return Stances(
        flag, none, none, flag, np.zeros(0, dtype=np.int64), none, flag, source, notes=notes
    )


@dataclass(frozen=True)
class Anchors:
    """One anchor a stance, before the contacts are timed. All arrays have length k.

    left : side.  time_s : s, reference clock.  period_s : local stride period.  score : of the
    candidate (0 where filled in).  imputed : filled in.  bout : uninterrupted stretch.
    """

    left: BoolArray
    time_s: FloatArray
    period_s: FloatArray
    score: FloatArray
    imputed: BoolArray
    bout: NDArray[np.int64]

    def take(self, index: NDArray[np.int64] | BoolArray) -> Anchors:
        """The chosen anchors."""
        return Anchors(
            self.left[index],
            self.time_s[index],
            self.period_s[index],
            self.score[index],
            self.imputed[index],
            self.bout[index],
        )


def _fill_single(
    left: BoolArray, time: FloatArray, span: NDArray[np.int64]
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Times of contacts that one leg missed, a few in a row at most, and the anchors they follow.

    span : (k - 1,) steps between neighbours.
    """
    hole = span == 2
    for lo, hi in runs_of(hole).tolist():
        if hi - lo > _MOST_IN_A_ROW:  # the other leg is not measured here: nothing is filled in
            hole[lo:hi] = False
    at = np.flatnonzero(hole)
    triple = np.flatnonzero((span[:-1] == 1) & (span[1:] == 1))
    share = np.full(2, 0.5)
    for side in (0, 1):
        mine = triple[left[triple] == bool(side)]
        if len(mine):
            whole = time[mine + 2] - time[mine]
            share[side] = float(np.median((time[mine + 1] - time[mine]) / whole))
    filled = time[at] + share[left[at].astype(np.int64)] * (time[at + 1] - time[at])
    return filled, at


def solve_sequence(
    left: BoolArray,
    time_s: FloatArray,
    score: FloatArray,
    period_s: FloatArray,
    both_legs: bool,
    each_step: bool = False,
) -> Anchors:
    """The best sequence of anchors among the candidates of one or both legs, or of a pelvis.

    left, time_s, score, period_s : (n,) candidates, sorted by time; period of a stride.
    each_step : candidates of a pelvis, one a step; the period is a step's.
    """
    step = 0.5 * period_s if both_legs else period_s
    side = left.astype(np.int64) if both_legs else None
    costs = _BOTH_LEGS if both_legs else _EACH_STEP if each_step else _ONE_LEG
    pick = best_train(time_s, score, step, side, costs)
    left, time, score, period = left[pick], time_s[pick], score[pick], period_s[pick]
    imputed = np.zeros(len(pick), dtype=bool)
    if len(pick) > 1:
        ratio = np.diff(time) / (0.5 * (period[1:] + period[:-1]) * (0.5 if both_legs else 1.0))
        if both_legs:
            same = left[1:] == left[:-1]
            span = np.where(same, 2 * np.rint(ratio / 2), 2 * np.rint((ratio - 1) / 2) + 1)
        else:
            span = np.rint(ratio)
        span_i = np.maximum(span, 1).astype(np.int64)
        filled, after = _fill_single(left, time, span_i.copy())
        if len(filled):
            new_left = ~left[after] if both_legs else left[after]
            left = np.concatenate([left, new_left])
            time = np.concatenate([time, filled])
            score = np.concatenate([score, np.zeros(len(filled))])
            period = np.concatenate([period, period[after]])
            imputed = np.concatenate([imputed, np.ones(len(filled), dtype=bool)])
            order = np.argsort(time, kind="stable")
            left, time, score = left[order], time[order], score[order]
            period, imputed = period[order], imputed[order]
    most = 1.3 * period if both_legs else 1.6 * period
    start = np.concatenate([[False], np.diff(time) > most[1:]]) if len(time) else imputed
    return Anchors(left, time, period, score, imputed, np.cumsum(start).astype(np.int64))


def place_imputed(ic: FloatArray, left: BoolArray, imputed: BoolArray) -> FloatArray:
    """(k,) contacts with the imputed ones put between their neighbours, as the others of the side.

    ic : (k,) sorted as the anchors were.
    """
    k = np.flatnonzero(imputed)
    k = k[(k > 0) & (k < len(ic) - 1)]
    if not len(k):
        return ic
    share = np.full(len(ic), np.nan)
    whole = ic[2:] - ic[:-2]
    fair = ~(imputed[2:] | imputed[1:-1] | imputed[:-2]) & (whole > 0) & (whole < 2.0)
    share[1:-1] = np.where(fair, (ic[1:-1] - ic[:-2]) / np.where(whole > 0, whole, 1.0), np.nan)
    out = ic.copy()
    for side in (True, False):
        usual = share[(left == side) & np.isfinite(share)]
        mine = k[left[k] == side]
        middle = float(np.median(usual)) if len(usual) else 0.5
        out[mine] = ic[mine - 1] + middle * (ic[mine + 1] - ic[mine - 1])
    return out


def without_last_landing(anchors: Anchors, moving_until_s: FloatArray, each_leg: bool) -> BoolArray:
    """(k,) False for landings into standing: contacts that no swing of the leg follows.

    moving_until_s : (k,) time up to which the leg's recording goes on without a hole, s.
    each_leg : both legs are in the sequence; otherwise, at the pelvis, its very last contact counts
    and, where that is a rebound after the landing, the one before it too.
    """
    keep = np.ones(len(anchors.time_s), dtype=bool)
    for number in np.unique(anchors.bout):
        mine = np.flatnonzero(anchors.bout == number)
        end = int(mine[-1]) + 1
        goes_on = anchors.time_s[mine[-1]] + _GOES_ON * anchors.period_s[mine[-1]]
        if end < len(keep) and anchors.time_s[end] < goes_on:
            continue
        sides = (mine[anchors.left[mine]], mine[~anchors.left[mine]]) if each_leg else (mine,)
        for part in sides:
            if not len(part):
                continue
            last = int(part[-1])
            ends = moving_until_s[last] < anchors.time_s[last] + 1.2 * anchors.period_s[last]
            rebound = not each_leg and not ends and _is_rebound(anchors.score[part])
            keep[part[-2:] if rebound else last] = ends
    return keep


def _is_rebound(score: FloatArray) -> bool:
    """Whether the last rise of the load is much weaker than that of the same leg's step before."""
    return len(score) > 2 and bool(score[-1] - score[-3] < np.log(_REBOUND))


def number_bouts(bout: NDArray[np.int64], run: BoolArray) -> NDArray[np.int64]:
    """Number the stretches anew, with a new one where the gait changes."""
    if not len(bout):
        return bout
    new = (np.diff(bout) != 0) | (run[1:] != run[:-1])
    return np.concatenate([[0], np.cumsum(new)]).astype(np.int64)


def long_enough(bout: NDArray[np.int64], imputed: BoolArray, fewest: int) -> BoolArray:
    """True for stances of bouts with at least ``fewest`` stances, most of them measured."""
    if not len(bout):
        return np.zeros(0, dtype=bool)
    _, place = np.unique(bout, return_inverse=True)
    measured = np.bincount(place, weights=(~imputed).astype(np.float64))
    total = np.bincount(place)
    return np.asarray(((measured >= fewest) & (measured >= 0.6 * total))[place])
