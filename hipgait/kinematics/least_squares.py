"""Nonlinear least squares of a few parameters: Levenberg-Marquardt with a numerical Jacobian.

Marquardt 1963, doi:10.1137/0111030. For problems of ten parameters and some hundred residuals:
loading ``scipy.optimize`` takes longer than the fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.recording import FloatArray

_STEP: Final = float(np.cbrt(np.finfo(float).eps))
"""Step of the central differences, as a share of a parameter's scale."""
_ENOUGH: Final = 1e-12
"""A relative gain below this ends the search."""


@dataclass(frozen=True)
class Fit:
    """x : (p,) best parameters.  residuals : (m,) there.  jacobian : (m, p) there."""

    x: FloatArray
    residuals: FloatArray
    jacobian: FloatArray


def minimise(
    residuals: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    scale: FloatArray,
    rounds: int = 60,
) -> Fit:
    """Parameters with the smallest sum of squared residuals near ``start``.

    scale : (p,) a natural step of each parameter.
    """
    x = np.array(start, dtype=np.float64)
    found = residuals(x)
    jacobian = _jacobian(residuals, x, scale)
    damping = 1e-3
    for _ in range(rounds):
        scaled = jacobian * scale
        normal = scaled.T @ scaled
        size = damping * np.maximum(np.diag(normal), 1e-12 * normal.max())
        step = -scale * np.linalg.solve(normal + np.diag(size), scaled.T @ found)
        tried = residuals(x + step)
        gain = 1.0 - float(tried @ tried) / max(float(found @ found), 1e-300)
        if not gain > 0.0:  # worse, or not a number
            damping *= 4.0
            if damping > 1e12:
                break
            continue
        x, found, damping = x + step, tried, damping / 5.0
        jacobian = _jacobian(residuals, x, scale)
        if gain < _ENOUGH:
            break
    return Fit(x, found, jacobian)


def _jacobian(
    residuals: Callable[[FloatArray], FloatArray], x: FloatArray, scale: FloatArray
) -> FloatArray:
    steps = np.diag(_STEP * scale)
    columns = [(residuals(x + h) - residuals(x - h)) / (2.0 * h[k]) for k, h in enumerate(steps)]
    return np.stack(columns, axis=1)
