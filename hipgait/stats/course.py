"""The change over a run and its course: level, ramp, level; averaged over what fits.

Every course is a ramp between two corners, so it has one amplitude, and that is its end minus its
start. The straight line, the late onset and the step are all ramps. The change is the mean over all
ramps, weighted by how well each fits with its own memory (see ``fgn``); its error holds the error
of each and the disagreement between them. So the number that is quoted is the course that is drawn.

Sources: averaging over models, Hoeting et al. 1999, doi:10.1214/ss/1009212519; degrees of freedom
from the uncertainty of the variance, Satterthwaite 1946, doi:10.2307/3002019, in the manner of
Kenward & Roger 1997, doi:10.2307/2533558; a bend against surrogates that share the memory, Theiler
et al. 1992, doi:10.1016/0167-2789(92)90102-S.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy import stats

from hipgait.recording import FloatArray
from hipgait.stats.fgn import grid, likelihood, weights

STEPS: Final = 8
"""ramps start and end at multiples of 1/8 of the run: 36 of them"""
STRAIGHT: Final = 0.75
"""prior weight of the straight line; the others share the rest. Less weight finds steps better and
straight drifts worse"""
DF_SHARE: Final = 0.25
"""share of the uncertainty of log(se^2) that lowers the degrees of freedom. With all of it white
noise would be called drifted in 1.5 % instead of 5 %; with none, long memory in over 10 %
(simulation, docs/validation.md)"""
FEWEST_DF: Final = 3.0
ALPHA: Final = 0.05
"""level of a bend, and of the change without which none is looked for"""
SURROGATES: Final = 499
"""surrogate series; the smallest p is 1/500"""
SEED: Final = 20231
"""of the surrogates: the same run gives the same answer"""
POWER: Final = 0.8
"""chance with which the minimal detectable drift would be found"""


@dataclass(frozen=True)
class Trend:
    """The change over a run.

    total, se, df : end minus start, its standard error and degrees of freedom.
    share : (K,) mean course at each block, 0 at the start of the run, ``total`` at its end.
    at_corners : (STEPS + 1,) the course at multiples of 1 / STEPS of the run.
    effects : (q,) coefficients of the other regressors.
    onset : share of the run where the change begins, with its 95 % interval.
    bend_p : p value of the best bend beside a straight line; None where no change is seen.
    hurst : H of the best covariance, NaN for autoregression alone.
    """

    total: float
    se: float
    df: float
    share: FloatArray
    at_corners: FloatArray
    effects: FloatArray
    onset: tuple[float, float, float]
    bend_p: float | None
    hurst: float

    @property
    def p(self) -> float:
        """Two-sided p value of no change."""
        return float(2.0 * stats.t.sf(abs(self.total) / self.se, self.df))

    def interval(self, level: float) -> tuple[float, float]:
        """Interval that misses the truth with probability ``level``."""
        half = float(stats.t.ppf(1.0 - level / 2.0, self.df)) * self.se
        return self.total - half, self.total + half

    def detectable(self, level: float) -> float:
        """Smallest change found with a chance of ``POWER`` at this level."""
        t = stats.t.ppf(1.0 - level / 2.0, self.df) + stats.t.ppf(POWER, self.df)
        return float(t) * self.se


@lru_cache(maxsize=1)
def corners() -> FloatArray:
    """(r, 2) start and end of every ramp, shares of the run; the straight line first."""
    at = np.arange(STEPS + 1) / STEPS
    start, end = np.meshgrid(at, at, indexing="ij")
    found = np.column_stack([start[end > start], end[end > start]])
    return np.asarray(found[np.argsort(-(found[:, 1] - found[:, 0]), kind="stable")])


def ramps(where: FloatArray) -> FloatArray:
    """(K, r) every ramp at places 0 ... 1 of the run."""
    start, end = corners().T
    return np.asarray(np.clip((where[:, None] - start) / (end - start), 0.0, 1.0))


def trend(y: FloatArray, others: FloatArray, where: FloatArray) -> Trend | None:
    """Fit the change over a run.

    Parameters
    ----------
    y : (K,) block means.
    others : (K, q) a column of ones, and covariates of mean zero.
    where : (K,) place of each block in the run, 0 ... 1.

    Returns None where nothing scatters, so that no error can be estimated.
    """
    models, shapes = grid(len(y)), ramps(where)
    dof = len(y) - others.shape[1] - 1
    w_others = models.whiten @ others
    basis = np.linalg.qr(w_others)[0]
    w_y = _without(basis, models.whiten @ y[:, None])
    bent = _without(basis, models.whiten @ shapes)
    size = (bent**2).sum(axis=1)
    total = (np.swapaxes(w_y, 1, 2) @ bent)[:, 0] / size
    rss = (w_y**2).sum(axis=1) - total**2 * size
    if not np.all(rss > 1e-16 * max(float((y**2).sum()), 1e-300)):
        return None
    known = np.linalg.slogdet(np.swapaxes(w_others, 1, 2) @ w_others)[1][:, None]
    value = likelihood(rss, known + np.log(size), dof, models) + _prior()
    best, shape = value.argmax(axis=0), np.arange(value.shape[1])
    w = weights(value[best, shape])
    variance = rss / dof / size
    each = total[best, shape]
    mean = float(w @ each)
    se = float(np.sqrt(w @ (variance[best, shape] + (each - mean) ** 2)))
    model, bend = np.unravel_index(int(value.argmax()), value.shape)
    ends = np.arange(STEPS + 1) / STEPS
    share = shapes @ (w * each)
    df = _degrees(value[:, bend], variance[:, bend], dof)
    seen = 2.0 * stats.t.sf(abs(mean) / se, df) < ALPHA
    line = np.column_stack([others, where])
    effects = np.linalg.lstsq(w_others[model], models.whiten[model] @ (y - share), rcond=None)[0]
    return Trend(
        mean,
        se,
        df,
        share,
        ramps(ends) @ (w * each),
        effects,
        _onset(w),
        _bend_p(y, line, models.whiten[model], shapes) if seen else None,
        float(models.hurst[model]),
    )


def _without(basis: FloatArray, values: FloatArray) -> FloatArray:
    """What is left of (m, K, r) values beside (m, K, q) orthonormal columns."""
    return np.asarray(values - basis @ (np.swapaxes(basis, 1, 2) @ values))


@lru_cache(maxsize=1)
def _prior() -> FloatArray:
    rest = len(corners()) - 1
    return np.asarray(np.log(np.r_[STRAIGHT, np.full(rest, (1.0 - STRAIGHT) / rest)]))


def _degrees(value: FloatArray, variance: FloatArray, dof: int) -> float:
    """Degrees of freedom from how uncertain the memory leaves the variance. Arrays: (m,)."""
    w, log_variance = weights(value), np.log(variance)
    spread = float(w @ (log_variance - w @ log_variance) ** 2)
    return max(2.0 / (2.0 / dof + DF_SHARE * spread), FEWEST_DF)


def _onset(w: FloatArray) -> tuple[float, float, float]:
    """Median and 95 % interval of the ramps' starts by their weights.

    The interval is wider by half a step on both sides: no start lies between the corners.
    """
    start = corners()[:, 0]
    order = np.argsort(start, kind="stable")
    reached = np.cumsum(w[order]) / w.sum()
    at = np.searchsorted(reached, (0.5, 0.025, 0.975))
    found = start[order][np.minimum(at, len(start) - 1)]
    half = 0.5 / STEPS
    return float(found[0]), max(float(found[1]) - half, 0.0), min(float(found[2]) + half, 1.0)


def _bend_p(y: FloatArray, x: FloatArray, whiten: FloatArray, shapes: FloatArray) -> float:
    """The best bend beside a straight line against the best ones of surrogates of one memory.

    y : (K,).  x : (K, p) with the straight line.  whiten : (K, K).  shapes : (K, r).
    """
    basis = np.linalg.qr(whiten @ x)[0]
    bent = whiten @ shapes
    size = (bent**2).sum(axis=0)
    bent = bent - basis @ (basis.T @ bent)
    left = (bent**2).sum(axis=0)
    bent = bent[:, left > 1e-6 * size] / np.sqrt(left[left > 1e-6 * size])
    noise = _noise(len(y))
    every = np.column_stack([whiten @ y, noise])
    every = every - basis @ (basis.T @ every)
    gain = ((bent.T @ every) ** 2).max(axis=0) / (every**2).sum(axis=0)
    return float((1 + np.sum(gain[1:] >= gain[0])) / (SURROGATES + 1))


@lru_cache(maxsize=12)
def _noise(blocks: int) -> FloatArray:
    return np.random.default_rng(SEED).standard_normal((blocks, SURROGATES))
