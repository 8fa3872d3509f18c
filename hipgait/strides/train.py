"""The most plausible train of events among candidates, by dynamic programming.

A train is a chain of candidates. Each candidate brings its score; each step between two of them
costs ``0.5 min((ln(dt / (m P)) / tolerance)^2, 7.5) + skip (m - 1)``, where P is the local period
(of the two ends the one that fits better) and m the nearest whole number of periods; a new start
after a pause costs ``restart``. With two sides, a step must span an odd number of periods between
different sides and an even number within one side: both legs are then solved as one alternating
sequence.

The recording is cut into overlapping chunks that are solved at the same time (the loop runs over
the candidates of one chunk, never over those of the recording), then joined at events on which
neighbouring chunks agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.recording import FloatArray
from hipgait.strides.filters import IntArray

_CORE_S = 24.0
_OVERLAP_S = 6.0
_CAP = 7.5


@dataclass(frozen=True)
class TrainCosts:
    """Costs of a step of the train.

    tolerance : standard deviation of ln(step / period).
    skip : cost of each period that is skipped.
    most_skips : longest step, in periods.
    restart : cost of a new start after a pause.
    shortest : shortest step as a share of the period.
    """

    tolerance: float = 0.11
    skip: float = 1.2
    most_skips: int = 3
    restart: float = 2.0
    shortest: float = 0.6


def _multiple(ratio: FloatArray, odd: FloatArray | None) -> FloatArray:
    """Whole number of periods nearest to each ratio; with ``odd`` of that parity."""
    if odd is None:
        return np.maximum(1.0, np.rint(ratio))
    return np.where(
        odd > 0,
        2 * np.maximum(0.0, np.rint((ratio - 1) / 2)) + 1,
        2 * np.maximum(1.0, np.rint(ratio / 2)),
    )


def _step_scores(
    time: FloatArray, period: FloatArray, side: IntArray | None, depth: int, costs: TrainCosts
) -> FloatArray:
    """(n, depth) score of the step from candidate j - 1 - k to j; -inf where impossible."""
    n = len(time)
    back = np.arange(n)[:, None] - 1 - np.arange(depth)
    real = back >= 0
    back = np.maximum(back, 0)
    step = time[:, None] - time[back]
    base = 0.5 * (period[:, None] + period[back])
    ratio = np.maximum(step / base, 1e-9)
    odd = None if side is None else (side[:, None] != side[back]).astype(np.float64)
    m = _multiple(ratio, odd)
    # near a start or a stop one of the two periods may be wrong: the better one counts
    here, there = step / (m * period[:, None]), step / (m * period[back])
    off = np.minimum(
        np.abs(np.log(np.maximum(here, 1e-9))), np.abs(np.log(np.maximum(there, 1e-9)))
    )
    misfit = off / costs.tolerance
    score = -0.5 * np.minimum(misfit**2, _CAP) - costs.skip * (m - 1)
    allowed = real & (ratio >= costs.shortest) & (m <= costs.most_skips)
    if odd is not None:
        allowed &= (odd > 0) | (ratio >= 2 * costs.shortest)
    allowed &= ratio < costs.most_skips + 0.4
    return np.where(allowed, score, -np.inf)


def _solve_chunks(
    score: FloatArray, steps: FloatArray, resume: IntArray, costs: TrainCosts
) -> list[IntArray]:
    """Best train of every chunk. score (c, m), steps (c, m, k), resume (c, m); local indices."""
    chunks, m, depth = steps.shape
    total = np.full((chunks, m + depth), -np.inf)
    previous = np.full((chunks, m), -1)
    lead = np.full((chunks, m + 1), -np.inf)
    lead_at = np.full((chunks, m + 1), -1)
    row = np.arange(chunks)
    for j in range(m):
        reach = total[:, j : j + depth][:, ::-1] + steps[:, j]
        k = reach.argmax(axis=1)
        best = reach[row, k]
        chosen = j - 1 - k
        again = lead[row, resume[:, j]] - costs.restart
        use = (again > best) & (again > 0)
        best, chosen = np.where(use, again, best), np.where(use, lead_at[row, resume[:, j]], chosen)
        alone = best < 0
        total[:, j + depth] = score[:, j] + np.where(alone, 0.0, best)
        previous[:, j] = np.where(alone, -1, chosen)
        better = total[:, j + depth] > lead[:, j]
        lead[:, j + 1] = np.where(better, total[:, j + depth], lead[:, j])
        lead_at[:, j + 1] = np.where(better, j, lead_at[:, j])
    out = []
    for c in range(chunks):
        j = int(lead_at[c, m])
        chain = []
        if lead[c, m] > 0:
            while j >= 0:
                chain.append(j)
                j = int(previous[c, j])
        out.append(np.array(chain[::-1], dtype=np.int64))
    return out


def best_train(
    time: FloatArray,
    score: FloatArray,
    period: FloatArray,
    side: IntArray | None = None,
    costs: TrainCosts | None = None,
) -> IntArray:
    """Indices of the candidates of the best train.

    time : (n,) s, increasing.  score : (n,).  period : (n,) s, of a stride or, with ``side``, of a
    step.  side : (n,) 0 or 1, or None for one leg.
    """
    c = costs or TrainCosts()
    n = len(time)
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    reach = (c.most_skips + 0.4) * period
    first = np.searchsorted(time, time - reach)
    depth = int(np.clip((np.arange(n) - first).max(), 1, 48))
    steps = _step_scores(time, period, side, depth, c)
    begin = np.arange(time[0], time[-1] + 1e-9, _CORE_S)
    lo = np.searchsorted(time, begin - _OVERLAP_S)
    hi = np.searchsorted(time, begin + _CORE_S + _OVERLAP_S)
    width = int((hi - lo).max())
    index = lo[:, None] + np.arange(width)
    inside = index < hi[:, None]
    index = np.minimum(index, n - 1)
    local = np.where(inside, score[index], -1e6)
    local_steps = np.where(inside[:, :, None], steps[index], -np.inf)
    back = np.arange(width)[:, None] - 1 - np.arange(depth)
    local_steps[:, back < 0] = -np.inf
    resume = np.clip(first[index] - lo[:, None], 0, np.arange(width))
    chains = [lo[k] + chain for k, chain in enumerate(_solve_chunks(local, local_steps, resume, c))]
    return _join(chains, time, begin)


def _join(chains: list[IntArray], time: FloatArray, begin: FloatArray) -> IntArray:
    """Join the trains of overlapping chunks at events on which both agree."""
    kept: list[IntArray] = []
    current = chains[0]
    for k in range(1, len(chains)):
        following = chains[k]
        common = np.intersect1d(current, following, assume_unique=True)
        near = common[np.abs(time[common] - begin[k]) < _OVERLAP_S]
        if len(near):
            cut = int(near[np.abs(time[near] - begin[k]).argmin()])
        else:
            cut = int(np.searchsorted(time, begin[k]))
        kept.append(current[current < cut])
        current = following[following >= cut]
    kept.append(current)
    return np.concatenate(kept)
