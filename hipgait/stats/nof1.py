"""Change of one athlete between phases: the run is the unit.

    y = a + b phase + c pace + ... + e,   Cov(e) = tau^2 R(rho) + diag(SE^2)

``SE`` is each run's own standard error, ``tau`` the scatter from run to run (day, mounting; REML),
``R(rho)`` the AR(1) correlation of neighbouring runs. With eight or sixteen runs rho cannot be
estimated: an estimate put in as if it were known gives too narrow intervals. It is averaged over:
the result is a mixture of t distributions, one for each rho, weighted by its restricted likelihood
and by what is known before (``PRIOR``).

Sources: REML for tau, Viechtbauer 2005, doi:10.3102/10769986030003261; scaling by the residuals,
never below 1, Rover et al. 2015, doi:10.1186/s12874-015-0091-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from hipgait.recording import FloatArray

CORRELATIONS: Final = np.round(np.arange(-0.4, 0.81, 0.05), 2)
"""Correlations of neighbouring runs that are considered."""
PRIOR: Final = (0.17, 0.25)
"""Mean and SD of the normal weights over ``CORRELATIONS``. Chosen by simulation among 12 pairs:
false positives stay at about 0.08 for 4 to 16 runs a phase and true correlations up to 0.4 while as
much power is kept as that allows (``python -m validation --only compare``). Weights that reach the
power of the earlier prototype everywhere let 0.10 through at 0.4; for 4 + 4 runs even a test that
knows the correlation falls short of it."""
TAU_STEPS: Final = 32


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    estimates, scales : (g, p) coefficients and their standard errors, for each correlation.
    weights : (g,) of each correlation, sum 1.  free : degrees of freedom.
    tau : SD from run to run, in the outcome's unit.  rho : its correlation, mean over the weights.
    """

    estimates: FloatArray
    scales: FloatArray
    weights: FloatArray
    free: int
    tau: float
    rho: float

    def coefficient(self, j: int) -> Coefficient:
        """One coefficient with its distribution."""
        return Coefficient(self.estimates[:, j], self.scales[:, j], self.weights, self.free)


@dataclass(frozen=True)
class Coefficient:
    """A mixture of scaled t distributions."""

    centres: FloatArray
    scales: FloatArray
    weights: FloatArray
    free: int

    @property
    def estimate(self) -> float:
        """Mean of the mixture."""
        return float(self.weights @ self.centres)

    @property
    def standard_error(self) -> float:
        """Of the mixture, as a t distribution with ``free`` degrees of freedom would have it."""
        low, high = self.interval(0.05)
        return (high - low) / (2.0 * float(special.stdtrit(self.free, 0.975)))

    def below(self, value: float) -> float:
        """Probability that the mixture puts below a value."""
        return float(self.weights @ special.stdtr(self.free, (value - self.centres) / self.scales))

    @property
    def p(self) -> float:
        """Two-sided p value of no effect."""
        lower = self.below(0.0)
        return min(1.0, 2.0 * min(lower, 1.0 - lower))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Central interval of level 1 - alpha."""
        from scipy import optimize

        wide = float(special.stdtrit(self.free, 1.0 - alpha / 2.0))
        low = float((self.centres - wide * self.scales).min())
        high = float((self.centres + wide * self.scales).max())
        beyond = (
            1e-6 * (high - low) + 1e-12
        )  # where all parts are alike, the root lies at the end itself
        low, high = low - beyond, high + beyond
        return (
            float(optimize.brentq(lambda x: self.below(x) - alpha / 2.0, low, high)),
            float(optimize.brentq(lambda x: self.below(x) - 1.0 + alpha / 2.0, low, high)),
        )


@cache
def prior() -> FloatArray:
    """Weights of ``CORRELATIONS`` before any data, sum 1."""
    weight = np.exp(-0.5 * ((CORRELATIONS - PRIOR[0]) / PRIOR[1]) ** 2)
    return np.array(weight / weight.sum(), dtype=np.float64)


def correlation_matrix(order: ArrayLike, rho: float) -> FloatArray:
    """(n, n) AR(1) correlation of runs at whole-numbered places in their sequence."""
    place = np.asarray(order, dtype=np.int64)
    apart = np.abs(place[:, None] - place[None, :])
    found: FloatArray = np.where(apart == 0, 1.0, np.sign(rho) ** apart * np.abs(rho) ** apart)
    return found


def covariances(order: ArrayLike, error: FloatArray, tau: float) -> FloatArray:
    """(g, n, n) covariance of run values for each of ``CORRELATIONS``: the between-run part with
    AR(1), own errors on the diagonal.
    """
    places = tuple(int(p) for p in np.asarray(order))
    own: FloatArray = np.diag(np.square(error))
    return tau**2 * _correlations(places, tuple(CORRELATIONS)) + own


@lru_cache(maxsize=128)
def _correlations(places: tuple[int, ...], rhos: tuple[float, ...]) -> FloatArray:
    return np.array([correlation_matrix(places, rho) for rho in rhos])


def between_run_sd(y: FloatArray, X: FloatArray, error: FloatArray) -> float:
    """Tau by REML for independent runs; 0 where the runs' own errors explain the scatter."""
    scale = _residual_sd(y, X)
    if scale == 0.0:
        return 0.0
    if not error.any():
        return scale
    smallest = 0.0 if (error > 0.0).all() else 1e-6 * scale
    grid = np.concatenate([[smallest], np.geomspace(1e-3, 3.0, TAU_STEPS) * scale])
    for _ in range(3):  # each pass narrows the grid around the best value 15 times
        best = int(np.argmax(_restricted(y, X, np.square(grid)[:, None] + np.square(error))))
        if best == 0:
            return float(grid[0])
        grid = np.linspace(grid[best - 1], grid[min(best + 1, len(grid) - 1)], TAU_STEPS)
    return float(grid[len(grid) // 2])


def fit(y: ArrayLike, X: ArrayLike, error: ArrayLike, order: ArrayLike) -> Fit:
    """Fit the model.

    Parameters
    ----------
    y : (n,) run values.  X : (n, p) design of full rank, n > p.
    error : (n,) standard error of each value (0: unknown, the scatter speaks for it).
    order : (n,) place of each run in time; neighbours differ by 1.
    """
    values = np.asarray(y, dtype=np.float64)
    design = np.asarray(X, dtype=np.float64)
    own = np.asarray(error, dtype=np.float64)
    n, p = design.shape
    free = n - p
    if free < 1:
        raise ValueError(f"{n} runs cannot carry {p} coefficients")
    tau = between_run_sd(values, design, own)
    floor = 1e-9 * max(1.0, float(np.abs(values).max()))
    unit = max(tau, floor if not own.any() else 0.0)
    # where the runs' own errors explain all scatter, chance agreement makes no interval narrower
    least = 1.0 if tau == 0.0 and own.any() else 0.0
    stack = covariances(order, own, unit)
    estimates, scales, scores = _gls(values, design, stack, least)
    log_weight = scores + np.log(prior())
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    return Fit(estimates, scales, weight, free, tau, float(weight @ CORRELATIONS))


def _gls(
    y: FloatArray, X: FloatArray, V: FloatArray, least: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients (g, p), standard errors (g, p), restricted log likelihood (g,) for V (g, n, n).

    The scale is profiled out; it counts as at least ``least`` in the standard errors.
    """
    n, p = X.shape
    lower = np.linalg.cholesky(V)
    both = np.broadcast_to(np.column_stack([X, y]), (len(V), n, p + 1))
    white = np.linalg.solve(lower, both)
    base, target = white[:, :, :p], white[:, :, p]
    info = np.swapaxes(base, 1, 2) @ base
    inverse = np.linalg.inv(info)
    beta = np.einsum("gpq,gnq,gn->gp", inverse, base, target)
    rest = target - np.einsum("gnp,gp->gn", base, beta)
    scale = np.maximum((rest**2).sum(axis=1) / (n - p), 1e-30)
    log_det = 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    score = -0.5 * ((n - p) * np.log(scale) + log_det + np.linalg.slogdet(info)[1])
    variance = np.maximum(scale, least)[:, None] * np.diagonal(inverse, axis1=1, axis2=2)
    return beta, np.sqrt(variance), score


def _residual_sd(y: FloatArray, X: FloatArray) -> float:
    n, p = X.shape
    rest = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    return float(np.sqrt(rest @ rest / (n - p)))


def _restricted(y: FloatArray, X: FloatArray, variance: FloatArray) -> FloatArray:
    """(g,) restricted log likelihood of independent runs with known variances (g, n)."""
    w = 1.0 / variance
    info = np.einsum("np,gn,nq->gpq", X, w, X)
    beta = np.linalg.solve(info, np.einsum("np,gn,n->gp", X, w, y)[:, :, None])[:, :, 0]
    rest = y - beta @ X.T
    fit_part = np.log(variance).sum(axis=1) + (w * rest**2).sum(axis=1)
    score: FloatArray = -0.5 * (fit_part + np.linalg.slogdet(info)[1])
    return score
