"""What a gap did to the orientation: a step, seen in gravity and taken out.

While samples are missing the integrated orientation may go wrong by some degrees (how far the
filled stride differed from the lost one). In the strap-down frame gravity then points elsewhere
after the gap. Smoothing would smear the step over seconds; here it is measured from the specific
force of the strides on either side and the later orientation is turned back.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hipgait.kinematics.strapdown import multiply
from hipgait.recording import FloatArray

SIDE_S: Final = 4.0
"""how much of either side is averaged, s: five strides, tapered against a partial one"""
LEAST_S: Final = 2.0
"""with less on a side the step is left alone, s"""
STEP_MIN_RAD: Final = np.radians(1.0)
"""smaller steps are within the error of the estimate (0.5 deg on simulated runs) and stay"""


def _gravity(acc: FloatArray, weight: FloatArray, start: int, end: int) -> FloatArray | None:
    """(3,) unit mean specific force of blocks start ... end under a Hann window."""
    w = np.hanning(end - start + 2)[1:-1] * weight[start:end]
    total = w.sum()
    if total <= 0:
        return None
    mean = w @ acc[start:end] / total
    size = float(np.linalg.norm(mean))
    return mean / size if size > 0 else None


def _turn(after: FloatArray, before: FloatArray) -> FloatArray:
    """(4,) quaternion that turns ``after`` onto ``before`` by the shortest way."""
    q = np.r_[1.0 + after @ before, np.cross(after, before)]
    return np.asarray(q / np.linalg.norm(q))


def _left(q: FloatArray) -> FloatArray:
    """(4, 4) matrix of the Hamilton product from the left."""
    w, x, y, z = q
    return np.array([[w, -x, -y, -z], [x, w, -z, y], [y, z, w, -x], [z, -y, x, w]])


def _rotated(q: FloatArray, v: FloatArray) -> FloatArray:
    """(n, 3) vectors turned by one quaternion."""
    t = 2.0 * np.cross(q[1:], v)
    return np.asarray(v + q[0] * t + np.cross(q[1:], t))


def close_steps(
    q: FloatArray,
    acc: FloatArray,
    weight: FloatArray,
    gaps: list[tuple[int, int]],
    block: int,
    rate_hz: float,
) -> tuple[FloatArray, FloatArray]:
    """Take out the steps of gravity at gaps.

    Parameters
    ----------
    q : (n, 4) sensor to strap-down frame.  acc : (K, 3) block means of the specific force there.
    weight : (K,) share of each block that was measured.
    gaps : (first, last + 1) samples of each gap.
    block : samples a block.  rate_hz : blocks a second.

    Returns
    -------
    q and acc, turned after each gap; the arguments are not changed.
    """
    side, least = round(SIDE_S * rate_hz), round(LEAST_S * rate_hz)
    edges = [(a // block, min(-(-b // block), len(acc))) for a, b in gaps]
    k = len(acc)
    total = np.array([1.0, 0.0, 0.0, 0.0])
    turned = acc.copy()
    turns: list[tuple[int, FloatArray]] = []
    for i, (first, last) in enumerate(edges):
        begin, end = max(0, first - side), min(k, last + side)
        if i and edges[i - 1][1] > begin and first - edges[i - 1][1] >= least:
            begin = edges[i - 1][1]
        if i + 1 < len(edges) and edges[i + 1][0] < end and edges[i + 1][0] - last >= least:
            end = edges[i + 1][0]
        if first - begin >= least and end - last >= least:
            before = _gravity(turned, weight, begin, first)
            after = _gravity(acc, weight, last, end)
            if before is not None and after is not None:
                after = _rotated(total, after[None])[0]
                if np.arccos(np.clip(before @ after, -1.0, 1.0)) >= STEP_MIN_RAD:
                    total = multiply(_turn(after, before), total)
                    turns.append((gaps[i][1], total))
        until = edges[i + 1][1] if i + 1 < len(edges) else k
        turned[last:until] = _rotated(total, acc[last:until])
    if not turns:
        return q, acc
    q = q.copy()
    ends = [*(at for at, _ in turns[1:]), len(q)]
    for (at, turn), stop in zip(turns, ends, strict=True):
        q[at:stop] = q[at:stop] @ _left(turn).T
    return q, turned
