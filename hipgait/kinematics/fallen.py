"""Sensors that no longer ride along: lying still while another one runs.

A strap that opens leaves its sensor beside the treadmill, and one that was switched on early lies
on a table. What such a sensor measures is no motion of the body: it is left out from there.

Blocks of 1 s: on a walking or running body the length of the specific force has an SD of 1.5 m/s^2
and more (simulated runners), on a lying sensor its noise, below 0.1; a body that stands lies
between, and all of its sensors stand together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.recording import BoolArray, FloatArray

BLOCK_S: Final = 1.0
LOOKED_AT_HZ: Final = 25.0
"""samples of a block that are enough for its SD"""
STILL_MPS2: Final = 0.3
"""SD of |acc| in a block, below it a sensor lies or stands still, m/s^2"""
RUNNING_MPS2: Final = 3.0
"""above it its wearer walks or runs, m/s^2"""
LEAST_S: Final = 20.0
"""so long one sensor is still while another runs before it counts as fallen, s"""
FALL_S: Final = 2.0
"""the fall itself: so much before is left out too, s"""


def without_fallen(
    streams: Mapping[str, UniformStream],
) -> tuple[dict[str, UniformStream], list[str]]:
    """Streams without what they measured off the body, and a note for each.

    At the end of a stream the rest is cut off, at its start what is before; in between it is
    marked as missing. A stream that never rides along stays as it is.

    streams : placement -> stream, on one clock.
    """
    first = min(x.t0 for x in streams.values())
    last = max(x.t0 + x.n / x.fs for x in streams.values())
    n = int(np.ceil((last - first) / BLOCK_S))
    activity = {p: _activity(x, first, n) for p, x in streams.items()}
    out, notes = dict(streams), []
    for placement in streams:
        others = [a for p, a in activity.items() if p != placement]
        if not others:
            continue
        runs = np.any([np.nan_to_num(a) > RUNNING_MPS2 for a in others], axis=0)
        own = activity[placement]
        for start, end in _stretches(own < STILL_MPS2, runs, np.isfinite(own)):
            kept = _without(out[placement], first + start * BLOCK_S, first + end * BLOCK_S)
            if kept is None:
                continue
            out[placement] = kept
            name = placement.replace("_", " ")
            notes.append(
                f"{name}: lies still from {first + start * BLOCK_S:.0f} to "
                f"{first + end * BLOCK_S:.0f} s while another sensor runs: taken as off the body, "
                "left out there"
            )
    return out, notes


def _activity(stream: UniformStream, first: float, n: int) -> FloatArray:
    """(n,) SD of |acc| in the blocks since ``first``, m/s^2; NaN where most is missing."""
    every = max(1, int(stream.fs / LOOKED_AT_HZ))
    size = np.linalg.norm(stream.acc[::every], axis=1)
    time = stream.t0 + np.arange(len(size)) * (every / stream.fs)
    block = np.minimum(np.floor((time - first) / BLOCK_S).astype(np.int64), n - 1)
    use = ~stream.missing[::every]
    block, size = block[use], size[use]
    count = np.bincount(block, minlength=n).astype(np.float64)
    count[count < 0.5 * BLOCK_S * stream.fs / every] = np.nan
    mean = np.bincount(block, size, n) / count
    square = np.bincount(block, (size - np.nan_to_num(mean)[block]) ** 2, n) / count
    return np.asarray(np.sqrt(square))


def _stretches(still: BoolArray, runs: BoolArray, there: BoolArray) -> list[tuple[int, int]]:
    """(first, end) blocks of stillness that hold enough of another sensor's running."""
    edges = np.flatnonzero(np.diff(np.r_[False, still | ~there, False].astype(np.int8)))
    out = []
    for start, end in edges.reshape(-1, 2):
        alone = start + np.flatnonzero(runs[start:end] & still[start:end])
        if len(alone) * BLOCK_S >= LEAST_S:
            out.append((int(alone[0]), int(alone[-1]) + 1))
    return out


def _without(stream: UniformStream, start_s: float, end_s: float) -> UniformStream | None:
    """The stream without a stretch; None where little would be left."""
    lo = int(np.clip(stream.index(start_s - FALL_S), 0, stream.n))
    hi = int(np.clip(stream.index(end_s + FALL_S), 0, stream.n))
    edge = int(LEAST_S * stream.fs)
    if stream.n - hi < edge:
        keep = slice(0, lo)
    elif lo < edge:
        keep = slice(hi, stream.n)
    else:
        missing = stream.missing.copy()
        missing[lo:hi] = True
        return replace(stream, missing=missing)
    if keep.stop - keep.start < edge:
        return None
    return replace(
        stream,
        t0=stream.t0 + keep.start / stream.fs,
        acc=stream.acc[keep],
        gyr=None if stream.gyr is None else stream.gyr[keep],
        missing=stream.missing[keep],
        acc_clipped=stream.acc_clipped[keep],
        gyr_clipped=stream.gyr_clipped[keep],
    )
