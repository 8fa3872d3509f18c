"""Whether the left and the right shank sensor look exchanged.

Two witnesses vote, each with a largest weight. **The pelvis**: roll and lateral force say which
steps are right ones (``pelvis_axes``). **The shanks themselves**: after contact the tibia turns
inwards. The mean angular velocity about the limb between 2 and 12 % of the stride, less its mean
over the recording, was 0.6 ... 1.5 rad/s inwards in five runs of three people (legs singly 0.0 ...
1.6) and 0.5 ... 3.5 in 60 simulated runs, with and without soft tissue. Any mounting will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hipgait.recording import FloatArray
from hipgait.strides.pelvis_axes import PelvisFrame, bout_evidence
from hipgait.strides.sequence import Stances
from hipgait.strides.shank_events import Leg

_EARLY = np.linspace(0.02, 0.12, 6)
"""where the tibia turns inwards, share of the stride after initial contact"""
_USUAL_TURN_RAD_S = 0.5
_PELVIS_WEIGHT, _SHANKS_WEIGHT = 3.0, 1.0
_DOUBT = 0.3
"""votes against the labels needed before they are doubted"""
_ALONE_RAD_S = 0.4
"""both shanks turn outwards this fast before they are doubted without a pelvis sensor"""
EARLIER_S = 0.04
"""so much before the landing shanks alone are looked at again: landings may be found late"""
EARLIER_RAD_S = 0.5
"""a turn the other way this fast before the landing, and shanks alone tell nothing (1.1 in one of
60 simulated runners, whose landings are found 50 ms late; less in 59 and in four runs of people)"""


def inward_turns(legs: Mapping[str, Leg], stances: Stances) -> FloatArray:
    """(sides,) mean inward angular velocity of each shank after running contacts, rad/s."""
    out = []
    for side, leg in legs.items():
        left = side == "left"
        ic = stances.ic_s[(stances.left == left) & stances.run & ~stances.imputed]
        if leg.turn is None or len(ic) < 6:
            return np.zeros(0)
        time = ic[:, None] + float(np.median(np.diff(ic))) * _EARLY
        turn = np.interp(time, leg.t0 + np.arange(len(leg.turn)) / leg.fs, leg.turn)
        out.append((-1.0 if left else 1.0) * float(np.median(turn.mean(axis=1)) - leg.turn.mean()))
    return np.array(out)


def _pelvis_vote(frame: PelvisFrame, stances: Stances) -> float:
    """Mean evidence of the bouts by their lengths; of the running ones where there are any."""
    evidence = bout_evidence(frame, stances.ic_s, ~stances.left, stances.bout, stances.run)
    _, place = np.unique(stances.bout, return_inverse=True)
    weight = np.bincount(place).astype(np.float64)
    runs = np.bincount(place, weights=stances.run.astype(np.float64)) > 0
    if runs.any():
        weight = np.where(runs, weight, 0.0)
    return float((weight * evidence).sum() / weight.sum())


def side_votes(
    frame: PelvisFrame | None, legs: Mapping[str, Leg], stances: Stances, shanks: bool
) -> tuple[float, FloatArray]:
    """The pelvis' vote for the labels (0 without a pelvis, at most +-3) and ``inward_turns``.

    legs : "left", "right" or both -> signals.  shanks : these limbs are shanks.
    """
    turns = inward_turns(legs, stances) if shanks else np.zeros(0)
    vote = 0.0 if frame is None else _pelvis_vote(frame, stances)
    return float(np.clip(vote, -_PELVIS_WEIGHT, _PELVIS_WEIGHT)), turns


def look_exchanged(
    frame: PelvisFrame | None, legs: Mapping[str, Leg], stances: Stances, shanks: bool
) -> bool:
    """Whether the votes are against the labels.

    legs : "left" and "right" -> signals.  shanks : these limbs are shanks.
    """
    if len(legs) < 2 or len(stances.ic_s) < 6:
        return False
    votes, turns = side_votes(frame, legs, stances, shanks)
    if frame is None:
        if not len(turns) or turns.max() >= -_ALONE_RAD_S:
            return False
        earlier = inward_turns(legs, replace(stances, ic_s=stances.ic_s - EARLIER_S))
        return bool(earlier.max() < EARLIER_RAD_S)
    if len(turns):
        own = float(turns.mean()) / _USUAL_TURN_RAD_S
        votes += float(np.clip(own, -_SHANKS_WEIGHT, _SHANKS_WEIGHT))
    return votes < -_DOUBT
