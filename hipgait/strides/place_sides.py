"""Which of two legs is the left one, told by the pelvis and by the shanks themselves.

The witnesses are those of ``exchanged``: roll and lateral force of the pelvis, and the tibia's
inward turn after landing. Here they do not check labels, they make them, and say how sure they are.
What links a step of the pelvis to a leg are the contacts of the shanks, and for every limb the
knocks, which are large after its own landings.

Measured: the pelvis with a gyroscope voted 1.7 ... 3 for the true sides in 30 of 30 simulated
runners and in five runs of three people; without one 0.5 ... 2.8 on simulated runners, 1.2 ... 2.6
on people's motion, and -0.6 ... 0.0 for real sensors at the waist. A single shank turned outwards
at up to 0.6 rad/s in one of ten real legs: one shank alone does not tell its side. Both shanks of
one in 60 simulated runners seemed to turn outwards, because both landings were found 50 ms late;
before a late landing the inward turn is seen, and such shanks are left without a side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.events import find_stances, stream_activity
from hipgait.strides.exchanged import EARLIER_RAD_S, EARLIER_S, side_votes
from hipgait.strides.filters import block_average, lowpass, windows
from hipgait.strides.pelvis_axes import pelvis_frame
from hipgait.strides.shank_events import limb_axes, limb_period, make_leg

_ODDS_A_VOTE = 2.0
_ODDS_A_TURN = 8.0
"""a second per radian: both shanks inwards at 0.4 rad/s are odds of 3.2"""
_MOST = 6.0
_CONTRAST = 0.25
"""knocks after a limb's own landings exceed those after the other's by this share of the sum
(0.48 ... 0.94 on 30 simulated runners and in a person's stride means)"""
_KNOCK_S = np.linspace(-0.18, 0.18, 37)
_LANDING = (_KNOCK_S > -0.065) & (_KNOCK_S < 0.125)
"""where the knocks of a landing are looked for around the pelvis' contact, s"""
_CENTRE_S = (-0.04, 0.10)
"""middle of the knocks' power after the pelvis' contact, s (-20 ... 77 ms on 30 simulated runners
and in a person's stride means); where it is elsewhere the clocks do not agree"""
_AGAINST_RAD_S = 0.3
"""shanks that turn outwards this fast contradict the pelvis"""


@dataclass(frozen=True)
class SideEvidence:
    """For the labels as they are (positive), or the other way round (negative).

    odds : natural logarithm of the odds.
    why : in a few words.
    """

    odds: float
    why: str


def side_evidence(
    streams: Mapping[str, UniformStream], settings: EventSettings | None = None
) -> SideEvidence:
    """Whether left and right are right.

    streams : supposed placement -> stream on one clock, of both sides or one.
    """
    s = settings or EventSettings()
    limbs = {p: x for p, x in streams.items() if p != "pelvis"}
    shanks = {p: x for p, x in limbs.items() if p.endswith("_shank")}
    pelvis = streams.get("pelvis")
    if pelvis is None:
        return _shanks_alone(shanks, s)
    vote, knocks = _pelvis_and_knocks(pelvis, shanks or limbs, s)
    if np.isnan(knocks):
        return SideEvidence(0.0, "pelvis and legs do not land together: clocks apart?")
    turns = np.zeros(0)
    if shanks:
        vote, turns = _votes({"pelvis": pelvis, **shanks}, s)
        if vote * knocks < 0:
            return SideEvidence(0.0, "pelvis and knocks disagree about the side")
        if len(turns) and vote * turns.mean() < 0 and abs(turns.mean()) > _AGAINST_RAD_S:
            return SideEvidence(0.0, "pelvis and shins disagree about the side")
    elif knocks == 0.0:
        return SideEvidence(0.0, "the knocks do not tell whose steps are whose")
    else:
        vote = abs(vote) * knocks
    odds = _ODDS_A_VOTE * vote + float(np.clip(2.0 * turns.mean(), -1, 1) if len(turns) else 0.0)
    what = "roll and sway" if pelvis.gyr is not None else "sway"
    return SideEvidence(float(np.clip(odds, -_MOST, _MOST)), f"side by the pelvis' {what}")


def _shanks_alone(shanks: Mapping[str, UniformStream], settings: EventSettings) -> SideEvidence:
    """Both shanks turn inwards after landing; one alone is no witness."""
    if len(shanks) < 2:
        return SideEvidence(0.0, "no pelvis beside it to tell the side")
    turns = _votes(shanks, settings)[1]
    if len(turns) < 2:
        return SideEvidence(0.0, "no gyroscope and no pelvis to tell the side")
    earlier = _votes(shanks, settings, EARLIER_S)[1]
    if (np.sign(turns) * earlier).min() < -EARLIER_RAD_S:
        return SideEvidence(0.0, "the shins turn the other way just before they land")
    least = float(turns[np.abs(turns).argmin()]) if abs(np.sign(turns).sum()) == 2 else 0.0
    odds = float(np.clip(_ODDS_A_TURN * least, -4.0, 4.0))
    return SideEvidence(odds, "side by the shins' inward turn")


def _votes(
    streams: Mapping[str, UniformStream], s: EventSettings, earlier_s: float = 0.0
) -> tuple[float, FloatArray]:
    """The pelvis' vote for the labels of shanks, and their inward turns, so much before landing."""
    found = find_stances(streams, s)
    stances = replace(found, ic_s=found.ic_s - earlier_s)
    if len(stances.ic_s) < 6:
        return 0.0, np.zeros(0)
    moves = {p: stream_activity(x) for p, x in streams.items()}
    legs = {
        p.split("_")[0]: make_leg(x, limb_axes(x, moves[p], limb_period(x, s), s))
        for p, x in streams.items()
        if p != "pelvis"
    }
    pelvis = streams.get("pelvis")
    frame = None if pelvis is None else pelvis_frame(pelvis, moves["pelvis"], s)
    return side_votes(frame, legs, stances, True)


def _pelvis_and_knocks(
    pelvis: UniformStream, limbs: Mapping[str, UniformStream], s: EventSettings
) -> tuple[float, float]:
    """The pelvis' vote for the sides it gives its own steps; +1 where the limbs' knocks come with
    those of their own side, -1 with the other's, 0 where they do not tell or disagree, NaN where
    they come at another time."""
    stances = find_stances({"pelvis": pelvis}, s)
    run = stances.run & ~stances.imputed
    if run.sum() < 6:
        return 0.0, 0.0
    frame = pelvis_frame(pelvis, stream_activity(pelvis), s)
    vote = side_votes(frame, {}, stances, False)[0]
    agree = []
    for placement, stream in limbs.items():
        k = max(1, int(stream.fs / 99.0))
        fs = stream.fs / k
        acc = block_average(stream.acc, k) / G_MPS2
        knock = np.sqrt(((acc - lowpass(acc, 12.0, fs)) ** 2).sum(axis=0))
        t0 = stream.t0 + 0.5 * (k - 1) / stream.fs
        size = windows(knock[None], (stances.ic_s[run] - t0) * fs, _KNOCK_S * fs)[..., 0]
        own = stances.left[run] == placement.startswith("left")
        profile = [np.median(size[part], axis=0) for part in (own, ~own)]
        mine, other = (float(p[_LANDING].mean()) for p in profile)
        contrast = (mine - other) / max(mine + other, 1e-9)
        larger = (profile[int(contrast < 0)] - profile[int(contrast < 0)].min()) ** 2
        centre = float((larger * _KNOCK_S).sum() / max(larger.sum(), 1e-9))
        if abs(contrast) > _CONTRAST and not _CENTRE_S[0] < centre < _CENTRE_S[1]:
            return vote, float("nan")
        agree.append(np.sign(contrast) if abs(contrast) > _CONTRAST else 0.0)
    told = [a for a in agree if a]
    return vote, float(told[0]) if told and len(set(told)) == 1 else 0.0
