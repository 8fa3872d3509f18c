"""Repetitions and stances of a control test, found by themselves.

A repetition is one hump of a shank's forward angle: the standing shank leans forward while the
athlete goes down and comes back. It counts where three sensors agree on one loaded leg: the pelvis
goes down, the *other* shank goes down with it (its foot hangs), and this one does not (its foot
stands). Two-legged squats, bows, sitting down and steps fail one of the three.

A squat is told from a step-down by the free shank: bent behind in a squat, hanging in a step-down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.signal import find_peaks

from hipgait.kinematics.smoothing import gaussian
from hipgait.kinematics.stillness import runs
from hipgait.metrics.control_angles import RATE_HZ, ControlAngles
from hipgait.names import PELVIS, SIDES
from hipgait.recording import FloatArray

FORWARD_MIN_DEG: Final = 6.0
"""a smaller forward lean of the shank is sway"""
FORWARD_MAX_DEG: Final = 50.0
"""a larger one is a kick or a step: the ankle does not bend that far under load"""
UPRIGHT_DEG: Final = 15.0
"""a repetition starts and ends with the shank this close to its standing"""
UNEVEN_SHARE: Final = 0.35
"""most that start and end may differ, as a share of the hump"""
EDGE_SHARE: Final = 0.2
"""a repetition starts and ends at this share of the hump: nearer to rest, sway decides"""
BOTTOM_SHARE: Final = 0.8
"""the bottom lies beyond this share, for the same reason"""
REP_S: Final = (0.8, 15.0)
"""shortest and longest repetition (20 % to 20 %), s"""
FLANK_MIN_S: Final = 0.2
"""a faster way down or up is a step, s"""
TRAVEL_MIN_M: Final = 0.035
"""the pelvis goes down by at least this, m (walking: 0.04 within half a second)"""
FREE_SHARE: Final = 0.5
"""the free shank goes down by this share of the pelvis' travel or more (1 if it hangs still)"""
STANDING_SHARE: Final = 0.7
"""the standing shank goes down by less than this share of the free one's travel (0.2 - 0.3 by its
lean alone; both shanks alike: a squat on two legs)"""
CALM_MPS2: Final = 5.0
"""a larger vertical acceleration of the pelvis is a landing"""
BENT_DEG: Final = 30.0
"""the free shank leans further than this in a squat, less in a step-down, deg"""
SET_GAP_S: Final = 10.0
"""a longer pause ends a set, s"""
SET_MIN: Final = 2
"""one repetition alone is no set: it may be a stumble or a reach for something"""
HOLD_MIN_S: Final = 5.0
"""a shorter stance on one leg is not reported, s"""
LIFTED_DEG: Final = 20.0
"""the free shank of a stance is bent at least this far from its standing, deg"""
STANCE_TILT_DEG: Final = 12.0
"""standing shank and pelvis stay this close to their standing, deg"""
LIFT_SHARE: Final = 0.15
"""the foot leaves the ground (and returns) where the shank has gone this share of its way"""
LIFT_WITHIN_S: Final = 3.0
"""the free shank was at its standing this short before and after the stance, s"""


@dataclass(frozen=True)
class Rep:
    """A repetition; indices of the common clock, fractional for the four crossings.

    first, last : rest before and after.  start, down, up, end : 20 %, 80 %, 80 %, 20 % of the hump.
    forward_deg : height of the hump.  travel_m : how far the pelvis went down.
    free_deg : angle of the free shank to its standing at the lowest point.
    sure : all three sensors agree; where samples are lost they may not, and the set decides.
    """

    side: str
    first: int
    last: int
    start: float
    down: float
    up: float
    end: float
    forward_deg: float
    travel_m: float
    free_deg: float
    sure: bool
    kind: str = ""
    number: int = 0
    set_number: int = 0


@dataclass(frozen=True)
class Hold:
    """A stance on one leg: side, and where the other foot leaves and touches the ground (index)."""

    side: str
    start: float
    end: float
    complete: bool


def find_repetitions(angles: ControlAngles) -> list[Rep]:
    """All repetitions in order of time, with their kind, set and number."""
    found = [rep for side in SIDES for rep in _humps(angles, side)]
    found.sort(key=lambda r: r.start)
    sets: list[list[Rep]] = []
    for rep in found:
        if sets and _together(sets[-1], rep):
            sets[-1].append(rep)
        else:
            sets.append([rep])
    kept = [group for group in sets if sum(r.sure for r in group) >= SET_MIN]
    return [
        replace(rep, kind=_kind(group), number=k + 1, set_number=m + 1)
        for m, group in enumerate(kept)
        for k, rep in enumerate(group)
    ]


def _kind(group: Sequence[Rep]) -> str:
    known = [r.free_deg for r in group if r.sure]
    return "squat" if known and np.median(known) > BENT_DEG else "step_down"


def _together(group: Sequence[Rep], rep: Rep) -> bool:
    """Whether a repetition goes on with a set: same leg, same kind, no long pause."""
    last = group[-1]
    near = rep.start - last.end < SET_GAP_S * RATE_HZ
    known = rep.sure and any(r.sure for r in group)
    return last.side == rep.side and near and (not known or _kind(group) == _kind([rep]))


def _humps(angles: ControlAngles, side: str) -> Iterator[Rep]:
    free = SIDES[1 - SIDES.index(side)]
    slow = gaussian(_bridged(angles.forward[side]), 0.15 * RATE_HZ)
    peaks, facts = find_peaks(slow, prominence=FORWARD_MIN_DEG)
    for peak, height in zip(peaks, facts["prominences"], strict=True):
        bases = _rest(slow, int(peak), float(height))
        rep = None if bases is None else _measured(angles, side, free, *bases)
        if rep is not None:
            yield rep


def _bridged(x: FloatArray) -> FloatArray:
    """The curve with a straight line across its gaps."""
    known = np.flatnonzero(~np.isnan(x))
    return x if len(known) in (0, len(x)) else np.interp(np.arange(len(x)), known, x[known])


def _rest(slow: FloatArray, peak: int, height: float) -> tuple[int, int] | None:
    """Where the hump begins and ends: beyond half its height, its slope has all but gone."""
    slope = np.abs(np.gradient(slow))
    far = round(REP_S[1] * RATE_HZ)
    out = []
    for way in (-1, 1):
        stop = max(peak - far, 0) if way < 0 else min(peak + far, len(slow) - 1)
        line = np.arange(peak, stop, way)
        below = np.flatnonzero(slow[line] < slow[peak] - 0.5 * height)
        if not len(below):
            return None
        beyond = line[below[0] :]
        flat = np.flatnonzero(slope[beyond] < 0.12 * slope[beyond[0]])
        if not len(flat):
            return None
        out.append(int(beyond[flat[0]]))
    return out[0], out[1]


def _measured(angles: ControlAngles, side: str, free: str, first: int, last: int) -> Rep | None:
    """The repetition between two rests; None where it is none."""
    near = round(0.25 * RATE_HZ)
    whole = slice(max(first - near, 0), last + near + 1)
    x = angles.forward[side]
    if np.isnan(x[whole]).any():
        return None
    before, after = float(x[whole.start : first + 1].mean()), float(x[last : whole.stop].mean())
    top = float(x[first : last + 1].max())
    height = top - 0.5 * (before + after)
    if not FORWARD_MIN_DEG <= height <= FORWARD_MAX_DEG:
        return None
    if max(abs(before), abs(after)) > UPRIGHT_DEG or abs(before - after) > UNEVEN_SHARE * height:
        return None
    peak = first + int(np.argmax(x[first : last + 1]))
    levels = [
        _crossing(x, peak, first, before + EDGE_SHARE * (top - before)),
        _crossing(x, peak, first, before + BOTTOM_SHARE * (top - before)),
        _crossing(x, peak, last, after + BOTTOM_SHARE * (top - after)),
        _crossing(x, peak, last, after + EDGE_SHARE * (top - after)),
    ]
    start, down, up, end = levels
    long_enough = REP_S[0] <= (end - start) / RATE_HZ <= REP_S[1]
    if not long_enough or min(down - start, end - up) < FLANK_MIN_S * RATE_HZ:
        return None
    low = slice(round(down), round(up) + 1)
    pelvis, standing, hanging = (
        _descent(angles.vertical[p], slice(first, last + 1), low)
        for p in (PELVIS, f"{side}_shank", f"{free}_shank")
    )
    # a comparison with what is lost is never true: then the rest of the set decides
    if np.nanmax(np.abs(angles.vertical[PELVIS][whole]), initial=0.0) > CALM_MPS2:
        return None
    if pelvis < TRAVEL_MIN_M or hanging < FREE_SHARE * pelvis:
        return None
    if standing > hanging:
        return None
    bent = float(np.median(angles.tilted[free][low]))
    sure = bool(np.isfinite([pelvis, hanging, bent]).all()) and standing < STANDING_SHARE * hanging
    return Rep(side, first, last, start, down, up, end, top - before, pelvis, bent, sure)


def _descent(acc: FloatArray, whole: slice, low: slice) -> float:
    """How far a sensor is lower at the lowest point than at the start, m."""
    height = _height(acc[whole])
    return -float(height[low.start - whole.start : low.stop - whole.start].mean())


def _crossing(x: FloatArray, peak: int, base: int, level: float) -> float:
    """Where x passes a level between a rest and the peak, nearest the rest; fractional index."""
    way = 1 if base < peak else -1
    line = np.arange(base, peak + way, way)
    k = int(np.flatnonzero(x[line] >= level)[0])
    if k == 0:
        return float(base)
    i, j = int(line[k - 1]), int(line[k])
    return float(i + (j - i) * (level - x[i]) / (x[j] - x[i]))


def _height(acc: FloatArray) -> FloatArray:
    """(n,) height above the start, m, of a movement from rest to rest at the same height.

    acc : (n,) m/s^2 upwards. A constant and a slope of it are set so that speed and height end at
    zero: this takes out what is left of the accelerometer's bias.
    """
    n, dt = len(acc), 1.0 / RATE_HZ
    u = np.linspace(-1.0, 1.0, n)
    # columns: what each part of the acceleration gives at the end
    parts = np.stack([acc, np.ones(n), u])
    speed = np.cumsum(parts, axis=1) * dt
    height = np.cumsum(speed, axis=1) * dt
    ends = np.array([speed[1:, -1], height[1:, -1]])
    share = np.linalg.solve(ends, np.array([speed[0, -1], height[0, -1]]))
    return np.asarray(height[0] - share @ height[1:])


def find_holds(angles: ControlAngles, reps: list[Rep]) -> list[Hold]:
    """Stances on one leg without repetitions, in order of time."""
    found = []
    for side in SIDES:
        free = _bridged(angles.tilted[SIDES[1 - SIDES.index(side)]])
        calm = _bridged(angles.tilted[side]) < STANCE_TILT_DEG
        calm &= _bridged(angles.pelvis_tilted) < STANCE_TILT_DEG
        for a, b in runs((free > LIFTED_DEG) & calm):
            if (b - a) < HOLD_MIN_S * RATE_HZ or any(r.first < b and r.last > a for r in reps):
                continue
            hold = _edges(free, side, a, b)
            if hold is not None:
                found.append(hold)
    return sorted(found, key=lambda h: h.start)


def _edges(free: FloatArray, side: str, a: int, b: int) -> Hold | None:
    """Foot off and foot down; None where the foot was not on the ground shortly before."""
    level = LIFT_SHARE * float(np.median(free[a:b]))
    reach = round(LIFT_WITHIN_S * RATE_HZ)
    before = np.flatnonzero(free[max(a - reach, 0) : a] < level)
    after = np.flatnonzero(free[b : b + reach] < level)
    if not len(before):
        return None
    start = max(a - reach, 0) + int(before[-1]) + 1
    complete = len(after) > 0
    return Hold(side, float(start), float(b + int(after[0]) if complete else b), complete)
