"""Least squares on a series that remembers: trends of block means with an honest error.

The series of block means is modelled as fractional Gaussian noise plus a short memory or none:

    C = (1 - nu) G_H + nu A_phi
    G_H(k) = 0.5 (|k+1|^2H - 2|k|^2H + |k-1|^2H),   A_phi(k) = phi^|k|,   A_0 = identity

Fractional noise keeps H when it is averaged in blocks. H, nu and phi are found by restricted
maximum likelihood on a grid; the inverse Cholesky factors are made once a number of blocks.

Sources: fractional noise, Mandelbrot & Van Ness 1968, doi:10.1137/1010093; REML, Patterson &
Thompson 1971, doi:10.1093/biomet/58.3.545.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from hipgait.recording import FloatArray

HURST: Final = (0.5, 0.56, 0.62, 0.68, 0.74, 0.8, 0.86, 0.92, 0.98)
"""grid of H; below 0.5 (a series that turns back) is treated as 0.5: too wide, never too narrow"""
WHITE: Final = (0.0, 0.4, 0.75)
"""share of white noise beside fractional noise"""
MIXED_HURST: Final = (0.5, 0.7, 0.9)
MIXED_PHI: Final = (0.35, 0.7)
MIXED_SHARE: Final = (0.4, 0.8)
"""fractional noise with a share of autoregressive noise"""
AR_PHI: Final = (0.2, 0.4, 0.7)
"""autoregressive noise alone"""
SHORT_PENALTY: Final = 0.6
"""log-likelihood by which short memory must beat long memory. Without it a long memory that looks
short by chance makes intervals too narrow"""


@dataclass(frozen=True)
class Grid:
    """The covariance models of K blocks.

    whiten : (m, K, K) inverse Cholesky factors.  log_det : (m,) log determinants.
    penalty : (m,) taken off the log-likelihood.  hurst : (m,) H, NaN for autoregression alone.
    """

    whiten: FloatArray
    log_det: FloatArray
    penalty: FloatArray
    hurst: FloatArray


def fgn_correlation(blocks: int, hurst: float) -> FloatArray:
    """(K,) correlation of fractional Gaussian noise at lags 0 ... K - 1."""
    k = np.arange(blocks, dtype=np.float64)
    power = 2.0 * hurst
    return np.asarray(
        0.5 * (np.abs(k + 1) ** power - 2.0 * np.abs(k) ** power + np.abs(k - 1) ** power)
    )


def _toeplitz(row: FloatArray) -> FloatArray:
    k = np.arange(len(row))
    return np.asarray(row[np.abs(k[:, None] - k)])


@lru_cache(maxsize=24)
def grid(blocks: int) -> Grid:
    """The covariance models of so many blocks, factored."""
    lag = np.arange(blocks, dtype=np.float64)
    white = np.where(lag == 0, 1.0, 0.0)
    rows: list[tuple[FloatArray, float, float]] = []
    for h in HURST:
        long = fgn_correlation(blocks, h)
        rows += [((1 - nu) * long + nu * white, 0.0, h) for nu in (WHITE if h > 0.5 else (0.0,))]
    for h in MIXED_HURST:
        long = fgn_correlation(blocks, h)
        for phi in MIXED_PHI:
            short = phi**lag
            rows += [((1 - nu) * long + nu * short, SHORT_PENALTY, h) for nu in MIXED_SHARE]
    rows += [(phi**lag, SHORT_PENALTY, float("nan")) for phi in AR_PHI]
    lower = np.linalg.cholesky(np.stack([_toeplitz(r[0]) for r in rows]))
    return Grid(
        np.asarray(np.linalg.inv(lower), dtype=np.float64),
        2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1),
        np.array([r[1] for r in rows]),
        np.array([r[2] for r in rows]),
    )


def likelihood(rss: FloatArray, log_det_x: FloatArray, dof: int, models: Grid) -> FloatArray:
    """Penalised restricted log-likelihood, first axis the models of the grid."""
    shape = (-1,) + (1,) * (rss.ndim - 1)
    fixed = 0.5 * models.log_det + models.penalty
    return np.asarray(-0.5 * dof * np.log(rss / dof) - 0.5 * log_det_x - fixed.reshape(shape))


def weights(log_likelihood: FloatArray) -> FloatArray:
    """Likelihoods as weights that sum to one."""
    w = np.exp(log_likelihood - log_likelihood.max())
    return np.asarray(w / w.sum())
