"""Stance curves before and after: where do they differ by more than chance?

Runs are the units, never strides. The labels of whole runs are permuted, and the largest |t| over
all points and both sides is kept from each permutation (max-t): a threshold that holds for the
whole curve. Labels may be exchanged when runs of both phases would be alike without an effect; that
holds for unpaired phases of any shape of distribution. A sign flip of residuals would also need
symmetric errors, so it is used only for one sample of differences.

Sources: Nichols & Holmes 2002, doi:10.1002/hbm.1058; in biomechanics Pataky et al. 2015,
doi:10.1016/j.jbiomech.2015.02.051.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any, Final

import numpy as np

from hipgait.names import SIDES, STANCE_CURVES
from hipgait.recording import BoolArray, FloatArray
from hipgait.stats.design import AFTER, BEFORE, FEWEST_RUNS, Entry
from hipgait.stats.multiplicity import ALPHA

PERMUTATIONS: Final = 4999
"""Drawn where there are more; with the observed one, p is a multiple of 1/5000."""
SEED: Final = 20260301
"""Fixed, so that the same runs give the same band."""
CHUNK: Final = 250
LEAST_SPREAD_DEG: Final = 1e-9


@dataclass(frozen=True)
class Permuted:
    """Result of a max-t test over points.

    t : (m,) observed.  critical : |t| that chance exceeds in 5 % of the permutations.
    standard_error : (m,) of the difference.  null : largest |t| of each permutation.
    """

    difference: FloatArray
    t: FloatArray
    standard_error: FloatArray
    critical: float
    null: FloatArray

    @property
    def count(self) -> int:
        """Permutations, the observed labelling among them."""
        return len(self.null)

    @property
    def p(self) -> float:
        """Of the largest |t|."""
        return self.p_of(float(np.abs(self.t).max()))

    def p_of(self, peak: float) -> float:
        """Share of the permutations whose largest |t| reaches a peak (of one side, say)."""
        return float((self.null >= peak - 1e-12).mean())

    @property
    def band(self) -> FloatArray:
        """(m,) half width of the null band: a difference outside it is more than chance."""
        return self.critical * self.standard_error


@dataclass(frozen=True)
class CurveChange:
    """One curve of one side: means, difference, and the null band for drawing, all in deg.

    spans : stretches of the stance (%) where the difference leaves the band.
    """

    name: str
    side: str
    n_before: int
    n_after: int
    before: FloatArray
    after: FloatArray
    difference: FloatArray
    band: FloatArray
    p: float
    critical: float
    permutations: int
    spans: tuple[tuple[float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for comparison.json."""
        out = dict(vars(self))
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in out.items()} | {
            "spans": [list(s) for s in self.spans]
        }


def label_permutation(
    curves: FloatArray,
    after: BoolArray,
    *,
    inflation: float = 1.0,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Permuted:
    """Two phases: permute the labels of runs.

    Parameters
    ----------
    curves : (n, m) one row a run.  after : (n,) phase.
    inflation : factor >= 1 on standard errors, for runs that resemble their neighbours.
    """
    n, k = len(after), int(after.sum())
    t, difference, error = _two_sample(curves, after.astype(np.float64)[None, :])
    exact = comb(n, k) - 1 <= permutations
    peaks = [float(np.abs(t[0]).max())]
    for labels in _labels(after, permutations, exact, seed):
        peaks.extend(np.abs(_two_sample(curves, labels)[0]).max(axis=1))
    return _told(t[0], difference[0], error[0], np.array(peaks), inflation)


def sign_flip(
    differences: FloatArray, *, permutations: int = PERMUTATIONS, seed: int = SEED
) -> Permuted:
    """One sample of differences (run pairs, or end minus start of each run): flip their signs.

    differences : (n, m) one row a run or pair; symmetric about 0 without an effect.
    """
    n = len(differences)
    signs = np.ones((1, n))
    t, mean, error = _one_sample(differences, signs)
    peaks = [float(np.abs(t[0]).max())]
    for flips in _signs(n, permutations, seed):
        peaks.extend(np.abs(_one_sample(differences, flips)[0]).max(axis=1))
    return _told(t[0], mean[0], error[0], np.array(peaks), 1.0)


def compare_curves(entries: Sequence[Entry], inflation: float = 1.0) -> tuple[CurveChange, ...]:
    """Every stance curve that at least FEWEST_RUNS runs of each phase have, both sides together.

    Left and right share one permutation and one threshold; the curves are looked at apart
    (exploratory), in runs as they were: pace is not taken out.
    """
    out: list[CurveChange] = []
    for name in STANCE_CURVES:
        keys = [f"{name}_{s}" for s in SIDES]
        mine = [
            e
            for e in entries
            if e.phase in (BEFORE, AFTER) and all(k in e.run.curves for k in keys)
        ]
        after = np.array([e.phase == AFTER for e in mine], dtype=bool)
        if min(int(after.sum()), int((~after).sum())) < FEWEST_RUNS:
            continue
        joined = np.array([np.concatenate([e.run.curves[k] for k in keys]) for e in mine])
        found = label_permutation(joined, after, inflation=inflation)
        points = joined.shape[1] // 2
        for i, side in enumerate(SIDES):
            part = slice(i * points, (i + 1) * points)
            difference, band = found.difference[part], found.band[part]
            peak = float(np.abs(found.t[part]).max())
            out.append(
                CurveChange(
                    name,
                    side,
                    int((~after).sum()),
                    int(after.sum()),
                    joined[~after, part].mean(axis=0),
                    joined[after, part].mean(axis=0),
                    difference,
                    band,
                    found.p_of(peak),
                    found.critical,
                    found.count,
                    _spans(np.abs(difference) > band),
                )
            )
    return tuple(out)


# ------------------------------------------------------------------------------------- details


def _two_sample(
    curves: FloatArray, labels: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(q, m) pooled-variance t, difference and standard error for q labellings (q, n)."""
    n = labels.shape[1]
    k = labels.sum(axis=1, keepdims=True)
    centred = curves - curves.mean(axis=0)
    square = (centred**2).sum(axis=0)
    high = labels @ centred
    # sums of both groups are opposite after centring
    difference = high / k + high / (n - k)
    within = square - high**2 / k - high**2 / (n - k)
    error = np.sqrt(np.maximum(within, 0.0) / (n - 2) * (1.0 / k + 1.0 / (n - k)))
    return _ratio(difference, error), difference, error


def _one_sample(curves: FloatArray, signs: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    n = len(curves)
    mean = signs @ curves / n
    spread = np.maximum((curves**2).sum(axis=0) - n * mean**2, 0.0) / (n - 1)
    error = np.sqrt(spread / n)
    return _ratio(mean, error), mean, error


def _ratio(difference: FloatArray, error: FloatArray) -> FloatArray:
    return np.asarray(difference / np.maximum(error, LEAST_SPREAD_DEG))


def _labels(after: BoolArray, permutations: int, exact: bool, seed: int) -> Iterator[FloatArray]:
    n, k = len(after), int(after.sum())
    observed = tuple(np.flatnonzero(after))
    rng = np.random.default_rng(seed)
    if exact:
        chosen: Iterator[tuple[int, ...]] = (c for c in combinations(range(n), k) if c != observed)
    else:
        chosen = (tuple(rng.permutation(n)[:k]) for _ in range(permutations))
    rows: list[FloatArray] = []
    for c in chosen:
        row = np.zeros(n)
        row[list(c)] = 1.0
        rows.append(row)
        if len(rows) == CHUNK:
            yield np.array(rows)
            rows = []
    if rows:
        yield np.array(rows)


def _signs(n: int, permutations: int, seed: int) -> Iterator[FloatArray]:
    if 2**n - 1 <= permutations:
        number = np.arange(1, 2**n)
        yield np.where((number[:, None] >> np.arange(n)) & 1, -1.0, 1.0)
        return
    rng = np.random.default_rng(seed)
    for start in range(0, permutations, CHUNK):
        flips = rng.integers(0, 2, size=(min(CHUNK, permutations - start), n))
        yield np.where(flips == 1, -1.0, 1.0)


def _told(
    t: FloatArray, difference: FloatArray, error: FloatArray, peaks: FloatArray, inflation: float
) -> Permuted:
    critical = float(np.quantile(peaks, 1.0 - ALPHA, method="higher"))
    return Permuted(difference, t / inflation, error * inflation, critical, peaks)


def _spans(outside: BoolArray) -> tuple[tuple[float, float], ...]:
    """Stretches of the stance in %, (first, last) point outside the band."""
    edges = np.flatnonzero(np.diff(np.r_[False, outside, False].astype(np.int8)))
    step = 100.0 / (len(outside) - 1)
    return tuple((float(a * step), float((b - 1) * step)) for a, b in edges.reshape(-1, 2))
