"""Tell running from walking, stride by stride.

What is compared is the spread of the 5 Hz specific force over one stride, divided by the cube of
the stride period (see bouts): limits for the shank and for the pelvis come from real recordings of
other people. Where both are there, their logarithms are averaged. Single strides follow their
neighbours (running median of five).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import median_filter

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.filters import block_average, lowpass, sample_at
from hipgait.strides.sequence import Anchors


def stride_spread(stream: UniformStream, start_s: FloatArray, length_s: FloatArray) -> FloatArray:
    """(k,) spread of the 5 Hz specific force over each stride, g; NaN outside the recording."""
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
    return np.where(inside, spread, np.nan)


def tell_gait(
    anchors: Anchors, streams: Mapping[str, UniformStream], limb: str, settings: EventSettings
) -> BoolArray:
    """(k,) True for running."""
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
    stack = np.stack(votes)
    known = np.isfinite(stack)
    vote = np.where(known, stack, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    sure = np.flatnonzero(known.any(axis=0))
    if len(sure):  # strides cut by the recording's ends follow their neighbours
        vote = vote[sure[np.searchsorted(0.5 * (sure[1:] + sure[:-1]), np.arange(k))]]
    run = np.asarray(vote > 0.0)
    for number in np.unique(anchors.bout):
        mine = np.flatnonzero(anchors.bout == number)
        if len(mine) >= 3:
            run[mine] = median_filter(vote[mine], size=5, mode="nearest") > 0.0
    return run
