"""Tell running from walking, stride by stride.

What is compared is the spread of the 5 Hz specific force over one stride, divided by the cube of
the stride period (see bouts): limits for the shank and for the pelvis come from real recordings of
other people. A shank with a gyroscope adds the sign of the push (``push_sign``). What is there is
averaged. Single strides follow their neighbours: changes within a bout have a price.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.filters import IntArray, block_average, lowpass, sample_at
from hipgait.strides.sequence import Anchors
from hipgait.strides.shank_events import Leg

MOST_MISSING: Final = 0.5
"""share of a stride's samples that may be filled in: a straight line across a loss is no walking"""


def stride_spread(stream: UniformStream, start_s: FloatArray, length_s: FloatArray) -> FloatArray:
    """(k,) spread of the 5 Hz specific force over each stride, g.

    NaN outside the recording, and where more than ``MOST_MISSING`` of the stride was filled in.
    """
    k = max(1, int(stream.fs / 25.0))
    fs = stream.fs / k
    acc = lowpass(block_average(stream.acc, k) / G_MPS2, 5.0, fs)
    start = (start_s - stream.t0) * fs - 0.5 * (k - 1) / k
    end = start + length_s * fs
    total = np.cumsum(np.pad(acc, ((0, 0), (1, 0))), axis=1)
    square = np.cumsum(np.pad((acc**2).sum(axis=0), (1, 0)))
    count = np.maximum(end - start, 1e-9)
    mean_square = (sample_at(square, end) - sample_at(square, start)) / count
    means = [(sample_at(row, end) - sample_at(row, start)) / count for row in total]
    spread = np.sqrt(np.maximum(mean_square - sum(m**2 for m in means), 0.0))
    inside = (start >= -1.0) & (end <= acc.shape[1] + 1.0)
    if stream.missing.any():
        lost = np.cumsum(np.pad(stream.missing.astype(np.float64), (1, 0)))
        first = (start_s - stream.t0) * stream.fs
        last = first + length_s * stream.fs
        share = (sample_at(lost, last) - sample_at(lost, first)) / np.maximum(last - first, 1e-9)
        inside &= share <= MOST_MISSING
    return np.where(inside, spread, np.nan)


def push_sign(leg: Leg, start_s: FloatArray, length_s: FloatArray) -> FloatArray:
    """(k,) correlation of forward and axial force below 5 Hz over each stride.

    With a gyroscope the forward direction is known, and the sign tells the gait: -0.2 ... -0.4 in
    running, 0.3 ... 0.5 in walking (eight real legs of four people).
    """
    k = max(1, int(leg.fs / 25.0))
    fs = leg.fs / k
    slow = lowpass(block_average(leg.acc[:2].T, k), 5.0, fs)
    up, forward = slow[0], slow[1]
    start = (start_s - leg.t0) * fs - 0.5 * (k - 1) / k
    end = start + length_s * fs
    count = np.maximum(end - start, 1e-9)

    def mean(x: FloatArray) -> FloatArray:
        total = np.concatenate([[0.0], np.cumsum(x)])
        return (sample_at(total, end) - sample_at(total, start)) / count

    a, b = mean(up), mean(forward)
    spread = np.sqrt(np.maximum((mean(up**2) - a**2) * (mean(forward**2) - b**2), 1e-12))
    inside = (start >= -1.0) & (end <= len(up) + 1.0)
    return np.where(inside, (mean(up * forward) - a * b) / spread, np.nan)


def tell_gait(
    anchors: Anchors,
    streams: Mapping[str, UniformStream],
    limb: str,
    settings: EventSettings,
    legs: Mapping[str, Leg] | None = None,
) -> BoolArray:
    """(k,) True for running. legs : "left", "right" -> signals of the limb, where it is a shank."""
    k = len(anchors.time_s)
    votes: list[FloatArray] = []
    shank = np.full(k, np.nan)
    for side in ("left", "right"):
        stream = streams.get(f"{side}_{limb}")
        if stream is not None and limb != "pelvis":
            mine = anchors.left == (side == "left")
            shank[mine] = stride_spread(stream, anchors.time_s, anchors.period_s)[mine]
    with np.errstate(divide="ignore", invalid="ignore"):
        votes.append(np.log(shank / anchors.period_s**3 / settings.run_drive_shank))
        if "pelvis" in streams:
            pelvis = stride_spread(streams["pelvis"], anchors.time_s, anchors.period_s)
            votes.append(np.log(pelvis / anchors.period_s**3 / settings.run_drive_pelvis))
    signs = np.full(k, np.nan)
    for side, leg in (legs or {}).items():
        if leg.rate is not None and limb == "shank":
            mine = anchors.left == (side == "left")
            signs[mine] = push_sign(leg, anchors.time_s[mine], anchors.period_s[mine])
    votes.append(np.clip(-signs / settings.push_sign, -1.0, 1.0))
    stack = np.stack(votes)
    known = np.isfinite(stack)
    vote = np.where(known, stack, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    sure = np.flatnonzero(known.any(axis=0))
    if len(sure):  # strides cut by the recording's ends follow their neighbours
        vote = vote[sure[np.searchsorted(0.5 * (sure[1:] + sure[:-1]), np.arange(k))]]
    return steady_choice(np.clip(vote, -1.0, 1.0), anchors.bout)


def steady_choice(vote: FloatArray, bout: IntArray, switch: float = 2.0) -> BoolArray:
    """(k,) True where running fits better, with a price on every change within a bout.

    vote : (k,) evidence for running (positive) or walking, in -1 ... 1.  The sequence with the
    highest sum of evidence, minus ``switch`` a change, is found by dynamic programming.
    """
    k = len(vote)
    if not k:
        return np.zeros(0, dtype=bool)
    stay = np.ones((k, 2), dtype=bool)  # whether the best way into (walk, run) comes from itself
    walk = run = 0.0
    start = np.concatenate([[True], np.diff(bout) != 0])
    for i, (v, new) in enumerate(zip(vote.tolist(), start.tolist(), strict=True)):
        price = 0.0 if new else switch
        best_walk, best_run = max(walk, run - price), max(run, walk - price)
        stay[i] = walk >= run - price, run >= walk - price
        walk, run = best_walk - v, best_run + v
    state = run > walk
    out = np.zeros(k, dtype=bool)
    for i in range(k - 1, -1, -1):
        out[i] = state
        state = state if stay[i, int(state)] else not state
    return out
