"""Random series: fractional Gaussian noise and slow wander."""

from __future__ import annotations

import numpy as np

from hipgait.recording import FloatArray


def fgn(n: int, hurst: float, rng: np.random.Generator) -> FloatArray:
    """(n,) fractional Gaussian noise of unit variance, exact (circulant embedding).

    Davies & Harte 1987, doi 10.1093/biomet/74.1.95.
    """
    if n < 2:
        return rng.standard_normal(n)
    k = np.arange(n + 1, dtype=np.float64)
    two_h = 2.0 * hurst
    cov = 0.5 * (np.abs(k + 1) ** two_h - 2 * k**two_h + np.abs(k - 1) ** two_h)
    spectrum = np.maximum(np.fft.rfft(np.concatenate([cov, cov[-2:0:-1]])).real, 0.0)
    m = 2 * n
    white = rng.standard_normal(n + 1) + 1j * rng.standard_normal(n + 1)
    white[0] = white[0].real * np.sqrt(2.0)
    white[-1] = white[-1].real * np.sqrt(2.0)
    return np.asarray(np.fft.irfft(white * np.sqrt(spectrum * m / 2.0), m)[:n])


def wander(n: int, step_sd: float, rng: np.random.Generator) -> FloatArray:
    """(n,) random walk that starts at 0."""
    return np.concatenate([[0.0], np.cumsum(rng.normal(0.0, step_sd, max(0, n - 1)))])[:n]
