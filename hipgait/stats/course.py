"""The change over a run and its course: level, ramp, level; averaged over what fits.

Every course is a ramp between two corners or a step, so it has one amplitude, and that is its end
minus its start. The change is the mean over all courses, weighted by how well each fits with its
own memory (see ``fgn``); its error holds the error of each and the disagreement between them. So
the number that is quoted is the course that is drawn. The straight line gives way to the others
only on evidence.

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

from hipgait.recording import FloatArray
from hipgait.stats.distributions import t_above
from hipgait.stats.estimate import Estimate
from hipgait.stats.fgn import grid, likelihood, weights

STEPS: Final = 8
"""ramps start and end at multiples of 1/8 of the run: 36 of them"""
DRAWN: Final = 32
"""the course is given at multiples of 1/32 of the run"""
STRAIGHT: Final = 0.7
"""prior weight of the straight line. Less finds steps better and straight drifts worse"""
SUDDEN: Final = 0.2
"""prior weight of all steps together; bent ramps share the rest"""
SHARPEN: Final = 2.0
"""power of the odds of all other courses against the straight line. Weak evidence for a bend, which
is mostly noise, costs power; strong evidence must win: with 1 the power at AR .9 is 0.59 instead
of 0.65, with the same error of a step (simulation)"""
SMALL_SAMPLE: Final = 40.0
"""the variance grows by this over K squared: estimated memory is too short in few blocks. On
block series of H 0.5 to 0.98 and AR 0.2 to 0.8 intervals were too narrow by about a tenth with 12
blocks, by a twentieth with 20, and not with 40 and 64"""
DF_SHARE: Final = 0.25
"""share of the uncertainty of log(se^2) that lowers the degrees of freedom. With all of it white
noise would be called drifted in 1.5 % instead of 5 %; with none, long memory in over 10 %
(simulation, docs/validation.md)"""
FEWEST_DF: Final = 3.0
UNSEEN: Final = 1e-6
"""courses that vary less than this beside what is adjusted for (steps between blocks that are
missing) do not count, as a share of the one that varies most"""
ALPHA: Final = 0.05
"""level of a bend, and of the change without which none is looked for"""
SURROGATES: Final = 499
"""surrogate series; the smallest p is 1/500"""
SEED: Final = 20231
"""of the surrogates: the same run gives the same answer"""


@dataclass(frozen=True)
class Trend(Estimate):
    """The change over a run.

    total, se, df : end minus start, its standard error and degrees of freedom.
    share : (K,) mean course at each block, 0 at the start of the run, ``total`` at its end.
    drawn : (DRAWN + 1,) the course at multiples of 1 / DRAWN of the run.
    effects : (q,) coefficients of the other regressors.
    onset : share of the run where the change begins, with its 95 % interval.
    bend_p : p value of the best bend beside a straight line; None where no change is seen.
    hurst : H of the best covariance.
    """

    share: FloatArray
    drawn: FloatArray
    effects: FloatArray
    onset: tuple[float, float, float]
    bend_p: float | None
    hurst: float


@lru_cache(maxsize=24)
def corners(blocks: int) -> FloatArray:
    """(r, 2) start and end of every course, shares of the run: the straight line, ramps, steps.

    A step lies at or halfway between the borders of ``blocks`` blocks. It takes one block, as the
    mean of a block within which it falls does.
    """
    at = np.arange(STEPS + 1) / STEPS
    start, end = np.meshgrid(at, at, indexing="ij")
    found = np.column_stack([start[end > start], end[end > start]])
    found = found[np.argsort(-(found[:, 1] - found[:, 0]), kind="stable")]
    where = np.arange(4, 2 * blocks - 3) / (2.0 * blocks)
    steps = where[:, None] + np.array([-0.5, 0.5]) / blocks
    return np.concatenate([found, steps])


@lru_cache(maxsize=24)
def _prior(blocks: int) -> FloatArray:
    """(r,) log prior weights of the courses."""
    ramps = STEPS * (STEPS + 1) // 2 - 1
    steps = len(corners(blocks)) - 1 - ramps
    bent = np.full(ramps, (1.0 - STRAIGHT - SUDDEN) / ramps)
    share = np.concatenate([[STRAIGHT], bent, np.full(steps, SUDDEN / steps)])
    return np.asarray(np.log(share), dtype=np.float64)


def courses(where: FloatArray, blocks: int) -> FloatArray:
    """(n, r) every course at places 0 ... 1 of the run."""
    start, end = corners(blocks).T
    return np.asarray(np.clip((where[:, None] - start) / (end - start), 0.0, 1.0))


@lru_cache(maxsize=12)
def _whitened(where: bytes) -> FloatArray:
    """(m, K, r) courses at (K,) places, given as bytes, in the memory of every model."""
    places = np.frombuffer(where)
    return np.asarray(grid(len(places)).whiten @ courses(places, len(places)))


@dataclass(frozen=True)
class _Fits:
    """Every course in every memory. All (m, r): the change, its variance, log-likelihood."""

    total: FloatArray
    variance: FloatArray
    value: FloatArray


def trend(y: FloatArray, others: FloatArray, where: FloatArray) -> Trend | None:
    """Fit the change over a run.

    Parameters
    ----------
    y : (K,) block means.
    others : (K, q) a column of ones, and covariates of mean zero.
    where : (K,) place of each block in the run, 0 ... 1.

    Returns None where nothing scatters, so that no error can be estimated, and where an eighth of
    the run or more at either end was not seen.
    """
    blocks, models = len(y), grid(len(y))
    if where.min() >= 1.0 / STEPS or where.max() <= 1.0 - 1.0 / STEPS:
        return None
    dof = blocks - others.shape[1] - 1
    fits = _fit(y, others, np.ascontiguousarray(where, dtype=np.float64), dof)
    if fits is None:
        return None
    best, shape = fits.value.argmax(axis=0), np.arange(fits.value.shape[1])
    w = _sharpened(fits.value[best, shape])
    each = fits.total[best, shape]
    mean = float(w @ each)
    small = 1.0 + SMALL_SAMPLE / blocks**2
    se = float(np.sqrt(small * (w @ (fits.variance[best, shape] + (each - mean) ** 2))))
    bend = int(w.argmax())
    model = int(best[bend])
    shapes = courses(where, blocks)
    share = shapes @ (w * each)
    df = _degrees(fits.value[:, bend], fits.variance[:, bend], dof)
    seen = 2.0 * t_above(abs(mean) / se, df) < ALPHA
    line = np.column_stack([others, where])
    whiten = models.whiten[model]
    return Trend(
        mean,
        se,
        df,
        share,
        courses(np.arange(DRAWN + 1) / DRAWN, blocks) @ (w * each),
        np.linalg.lstsq(whiten @ others, whiten @ (y - share), rcond=None)[0],
        _onset(w, corners(blocks)[:, 0]),
        _bend_p(y, line, whiten, shapes) if seen else None,
        float(models.hurst[model]),
    )


def _fit(y: FloatArray, others: FloatArray, where: FloatArray, dof: int) -> _Fits | None:
    """Generalised least squares of every course in every memory; None where nothing scatters."""
    models, bent = grid(len(y)), _whitened(where.tobytes())
    w_others = models.whiten @ others
    basis = np.linalg.qr(w_others)[0]
    w_y = models.whiten @ y[:, None]
    w_y = (w_y - basis @ (np.swapaxes(basis, 1, 2) @ w_y))[:, :, 0]
    shared = np.swapaxes(basis, 1, 2) @ bent
    whole = np.einsum("mkr,mkr->mr", bent, bent)
    # a line that the covariates explain keeps a trace, so that it has an error, a very large one
    size = np.maximum(whole - (shared**2).sum(axis=1), 1e-9 * whole[:, :1])
    unseen = size < UNSEEN * size.max(axis=1, keepdims=True)
    unseen[:, 0] = False
    total = (w_y[:, None, :] @ bent)[:, 0] / size
    rss = (w_y**2).sum(axis=1)[:, None] - total**2 * size
    if not np.all(rss > 1e-16 * max(float((y**2).sum()), 1e-300)):
        return None
    known = np.linalg.slogdet(np.swapaxes(w_others, 1, 2) @ w_others)[1][:, None]
    value = likelihood(rss, known + np.log(size), dof, models) + _prior(len(y))
    return _Fits(total, rss / dof / size, np.where(unseen, -np.inf, value))


def _sharpened(value: FloatArray) -> FloatArray:
    """(r,) weights of the courses, the straight line first: its odds to the ``SHARPEN``."""
    bent = weights(value[1:])
    top = float(value[1:].max())
    odds = SHARPEN * (top + float(np.log(np.exp(value[1:] - top).sum())) - float(value[0]))
    share = 1.0 / (1.0 + np.exp(-np.clip(odds, -500.0, 500.0)))
    return np.concatenate([[1.0 - share], share * bent])


def _degrees(value: FloatArray, variance: FloatArray, dof: int) -> float:
    """Degrees of freedom from how uncertain the memory leaves the variance. Arrays: (m,)."""
    w, log_variance = weights(value), np.log(variance)
    spread = float(w @ (log_variance - w @ log_variance) ** 2)
    return max(2.0 / (2.0 / dof + DF_SHARE * spread), FEWEST_DF)


def _onset(w: FloatArray, start: FloatArray) -> tuple[float, float, float]:
    """Median and 95 % interval of the courses' starts by their weights.

    The interval is wider by half a step of the ramps' grid on both sides.
    """
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
