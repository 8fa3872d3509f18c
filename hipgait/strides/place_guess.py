"""Which sensor sat where, guessed from the signals of running.

Every way of giving the placements to the sensors gets a likelihood: each sensor's signs
(``place_signs``) against what is usual at each segment, and, where the sensors share a clock, the
phases between each two of them, which tell the same leg from the other one. What is left is the
mirror image, and ``place_sides`` decides on that. The posterior of a placement, all the ways added
up, is the stated confidence; what names or the user say are ways ruled out.

Signs of one sensor are not independent of each other, so their log-likelihood counts half.
That sensors come in pairs is not used: with log-odds of 2 against each limb that has no
counterpart, 3 of 40 simulated sets of a left shank and a right thigh were taken for a pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import PELVIS, PLACEMENTS
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.filters import IntArray
from hipgait.strides.place_sides import side_evidence
from hipgait.strides.place_signs import Signs, read_signs

CONFIDENT: Final = 0.95
"""a placement that is less sure is not taken without asking"""
_MOST_SURE: Final = 0.99
"""more is never claimed: few people's sensors stand behind the usual values"""
_UNLIKE: Final = 2.6
"""root mean square of a sensor's signs, in SD, above which it is none of the placements"""
_DEPENDENT: Final = 0.5
_OVERRULED: Final = 1.5
"""log-likelihood that a sensor's own signs may lose to the phases"""
_TOGETHER: Final = 0.7
"""mean of the unit phasors between two sensors of one run (0.99 and more in all that was seen)"""

_USUAL: Final[Mapping[str, tuple[tuple[float, float], ...]]] = {
    "pelvis": ((-3.1, 0.8), (0.00, 0.06), (0.25, 0.45), (-1.1, 0.9), (0.5, 1.3), (0.10, 0.10)),
    "thigh": ((-0.8, 0.55), (0.22, 0.13), (1.25, 0.35), (-0.4, 0.8), (0.42, 0.25), (0.45, 0.18)),
    "shank": ((0.85, 0.75), (0.32, 0.18), (1.75, 0.25), (0.9, 0.4), (0.07, 0.22), (0.45, 0.18)),
    "foot": ((-0.12, 0.35), (0.80, 0.25), (1.92, 0.22), (-1.05, 0.5), (1.4, 0.5), (0.45, 0.18)),
}
"""Mean and SD of the signs (place_signs.SIGNS). Set with room around 30 simulated runners and the
motion of three people (pelvis and shank in five runs, thigh in three, foot in one). Knocks: pelves
0.01 ... 0.08 simulated, 0.02 ... 0.16 in four people; limbs 0.34 ... 0.75."""
_ACCELEROMETER: Final = {**_USUAL, "shank": ((0.1, 0.9), (0.45, 0.25), *_USUAL["shank"][2:])}
"""Accelerometers at four real ankles lay between shank and foot (level -0.8 ... -0.1, pull 0.3 ...
0.8): without a gyroscope the limbs can hardly be told apart."""

_LEVEL_DEG: Final = {"thigh": -60.0, "shank": 0.0, "foot": 93.0}
"""phase of the specific force against the shank of the same leg (measured: thigh -97 ... -23, foot
52 ... 124 deg; shanks of both legs 180 +- 17)"""
_KNOCK_SHARE: Final = 0.33
"""knocks that come less than this once a stride have no phase"""
_SAME, _OTHER, _KNOCK = 6.0, 3.0, 4.0
"""von Mises concentrations: two segments of a kind, of different kinds, knocks"""


@dataclass(frozen=True)
class Guess:
    """Where one sensor sat.

    placement : the most likely one, None where the signals show no running.
    confidence : posterior of the placement, 0 ... 1.
    segment : posterior of the segment, whichever the side.
    why : in a few words.
    """

    placement: str | None
    confidence: float
    segment: float
    why: str

    @property
    def sure(self) -> bool:
        """Whether it may be taken without asking."""
        return self.placement is not None and self.confidence >= CONFIDENT


def guess_placements(
    streams: Mapping[str, UniformStream],
    allowed: Mapping[str, Sequence[str]] | None = None,
    synchronised: bool = True,
    settings: EventSettings | None = None,
) -> dict[str, Guess]:
    """A guess for every sensor.

    Parameters
    ----------
    streams : any key -> stream, at most seven.
    allowed : key -> placements that names leave open; all where missing.
    synchronised : the streams share a clock.

    Measured on 60 simulated runners, right / refused / wrong: pelvis and shanks 56 / 4 / 0, without
    gyroscopes 15 / 45 / 0 (all sets: docs/sensors.md, "Files whose names say nothing"; people:
    docs/methods/placement-guess.md).
    """
    keys = list(streams)
    signs = read_signs(streams, synchronised, settings)
    open_to = {k: tuple((allowed or {}).get(k, PLACEMENTS)) for k in keys}
    silent = [k for k in keys if not signs[k].windows]
    if silent:
        return {k: _without_signals(open_to[k]) for k in keys}
    ways = np.array(
        [
            way
            for way in permutations(range(len(PLACEMENTS)), len(keys))
            if all(PLACEMENTS[p] in open_to[k] for k, p in zip(keys, way, strict=True))
        ],
        dtype=np.int64,
    )
    if not len(ways):
        return {k: _without_signals(open_to[k], "names contradict each other") for k in keys}
    score = _likelihood([signs[k] for k in keys], ways, synchronised)
    best = ways[score.argmax()]
    odds, side_why = _sides(streams, keys, best, synchronised, settings)
    score = score + 0.5 * odds * _like_best(ways, best)
    share = np.exp(score - score.max())
    share /= share.sum()
    best = ways[share.argmax()]
    apart = _apart([signs[k] for k in keys]) if synchronised else np.zeros(len(keys), dtype=bool)
    out = {}
    for i, k in enumerate(keys):
        placement = PLACEMENTS[best[i]]
        segments = np.array([_segment(p) for p in PLACEMENTS])[ways[:, i]]
        whole = float(share[segments == _segment(placement)].sum())
        sure = float(share[ways[:, i] == best[i]].sum())
        off = _misfit(signs[k], placement)
        why = _why(placement, signs[k], side_why)
        if len(open_to[k]) == 1:
            sure, why = 1.0, "by its name"
        elif _overruled(signs[k], placement, open_to[k]):
            sure, why = 0.0, "swings like one segment in the phase of another: clocks apart?"
        elif off > _UNLIKE:
            sure, why = 0.0, f"unlike any placement, least unlike {placement}"
        elif apart[i]:
            sure, why = 0.0, "does not keep step with the other sensors"
        else:
            sure = min(sure, _MOST_SURE)
        out[k] = Guess(placement, sure, whole, why)
    return out


def _without_signals(open_to: Sequence[str], why: str = "no steady running to tell from") -> Guess:
    if len(open_to) == 1:
        return Guess(open_to[0], 1.0, 1.0, "by its name")
    return Guess(None, 0.0, 0.0, why)


def _segment(placement: str) -> str:
    return placement.split("_")[-1]


def _usual(signs: Signs, placement: str) -> FloatArray:
    """(6, 2) mean and SD of the signs at a placement."""
    table = _ACCELEROMETER if np.isnan(signs.values[2]) else _USUAL
    return np.array(table[_segment(placement)])


def _misfit(signs: Signs, placement: str) -> float:
    """Root mean square distance of the signs from what is usual, SD."""
    mean, sd = _usual(signs, placement).T
    return float(np.sqrt(np.nanmean(((signs.values - mean) / sd) ** 2)))


def _own(signs: Signs, placements: Sequence[str]) -> FloatArray:
    """(p,) log-likelihood of a sensor's own signs at each placement."""
    out = []
    for placement in placements:
        mean, sd = _usual(signs, placement).T
        terms = -0.5 * ((signs.values - mean) / sd) ** 2 - np.log(sd)
        out.append(_DEPENDENT * float(np.nansum(terms)))
    return np.array(out)


def _overruled(signs: Signs, placement: str, open_to: Sequence[str]) -> bool:
    """Whether the phases put a sensor where its own signs do not."""
    here = _own(signs, [placement])[0]
    return bool(here < _own(signs, open_to).max() - _OVERRULED)


def _likelihood(signs: Sequence[Signs], ways: IntArray, synchronised: bool) -> FloatArray:
    """(w,) log-likelihood of each way; ways : (w, k) indices into PLACEMENTS."""
    own = np.array([_own(s, PLACEMENTS) for s in signs])
    score = np.asarray(own[np.arange(len(signs)), ways].sum(axis=1), dtype=np.float64)
    if synchronised:
        for a in range(len(signs)):
            for b in range(a):
                pair = _pair_table(signs[a], signs[b])
                score += pair[ways[:, a], ways[:, b]]
    return score


def _pair_table(a: Signs, b: Signs) -> FloatArray:
    """(7, 7) log-likelihood of the phases between two sensors, against any phase at all."""
    from scipy.special import i0e

    out = np.zeros((len(PLACEMENTS), len(PLACEMENTS)))
    level = float(np.angle((a.level * np.conj(b.level)).sum()))
    knock = float(np.angle((a.knock * np.conj(b.knock)).sum()))
    knocks = min(a.knock_share, b.knock_share) > _KNOCK_SHARE
    for i, p in enumerate(PLACEMENTS):
        for j, q in enumerate(PLACEMENTS):
            if i == j or PELVIS in (p, q):
                continue
            apart = 0.0 if p.split("_")[0] == q.split("_")[0] else np.pi
            lead = np.radians(_LEVEL_DEG[_segment(p)] - _LEVEL_DEG[_segment(q)])
            kinds = [(level - lead - apart, _SAME if _segment(p) == _segment(q) else _OTHER)]
            kinds += [(knock - apart, _KNOCK)] if knocks else []
            for off, k in kinds:
                out[i, j] += k * (np.cos(off) - 1.0) - np.log(i0e(k))
    return out


def _apart(signs: Sequence[Signs]) -> BoolArray:
    """(k,) True for sensors whose phase wanders against those of most others. A pelvis has no
    phase of its own: its level is left out."""
    k = len(signs)
    out = np.zeros(k, dtype=bool)
    limbs = [i for i in range(k) if signs[i].values[0] > -1.9]
    for i in limbs:
        locked = []
        for j in limbs:
            if i != j:
                turn = signs[i].level * np.conj(signs[j].level)
                locked.append(abs((turn / np.maximum(np.abs(turn), 1e-12)).mean()) > _TOGETHER)
        out[i] = bool(locked) and not any(locked)
    return out


def _like_best(ways: IntArray, best: IntArray) -> FloatArray:
    """(w,) +1 where a way puts the limbs on the sides of the best one, -1 on the other sides, and
    between where they are mixed."""
    side = np.array([0 if p == PELVIS else -1 if p.startswith("left") else 1 for p in PLACEMENTS])
    mine, theirs = side[best], side[ways]
    limbs = max(int(np.abs(mine).sum()), 1)
    return np.asarray((theirs * mine).sum(axis=1) / limbs)


def _sides(
    streams: Mapping[str, UniformStream],
    keys: Sequence[str],
    best: IntArray,
    synchronised: bool,
    settings: EventSettings | None,
) -> tuple[float, str]:
    """Odds for the sides of the best way, and why."""
    named = {PLACEMENTS[int(p)]: streams[k] for k, p in zip(keys, best, strict=True)}
    if set(named) <= {PELVIS}:
        return 0.0, ""
    if not synchronised:
        return 0.0, "the clocks are unrelated: no side"
    found = side_evidence(named, settings)
    return found.odds, found.why


def _why(placement: str, signs: Signs, side_why: str) -> str:
    """What speaks for it, in a few words."""
    level, pull, turn = np.exp(signs.values[:3])
    if placement == PELVIS:
        words = "both steps alike"
    else:
        words = "swings once a stride" if level > 0.5 else "swings a little once a stride"
    if np.isfinite(turn):
        words += f", turns {np.degrees(turn):.0f} °/s"
    words += f", pull {pull:.1f} g"
    return words if placement == PELVIS or not side_why else f"{words}; {side_why}"
