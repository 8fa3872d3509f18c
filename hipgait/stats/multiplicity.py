"""Holm's correction with intervals that never contradict the verdict.

Source: Holm (1979), Scand J Stat 6:65-70, https://www.jstor.org/stable/4615733.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hipgait.recording import FloatArray

ALPHA = 0.05
"""Error rate of a family of outcomes."""


class Holm(NamedTuple):
    """Result of Holm's procedure; arrays of length m, in the order of the p values.

    p : adjusted p values.  alpha : level at which each outcome's own interval is drawn: the
    interval of level 1 - alpha excludes 0 exactly where p < the family's level.
    """

    p: FloatArray
    alpha: FloatArray


def holm(p: ArrayLike, alpha: float = ALPHA) -> Holm:
    """Adjusted p values and the matching level of each interval.

    Rejected outcomes keep the level of their own step; all others get the level of the first step
    that was not rejected. So every interval and its verdict agree.
    """
    raw = np.asarray(p, dtype=np.float64)
    m = len(raw)
    order = np.argsort(raw, kind="stable")
    steps = np.arange(m, 0, -1)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.maximum.accumulate(raw[order] * steps), 1.0)
    level = alpha / steps
    rejected = adjusted[order] < alpha
    if not rejected.all():
        level[~rejected] = level[int(np.argmin(rejected))]
    levels = np.empty(m)
    levels[order] = level
    return Holm(adjusted, levels)
