"""Levenberg-Marquardt on problems whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares

from hipgait.kinematics.least_squares import minimise
from hipgait.recording import FloatArray


def _valley(p: FloatArray) -> FloatArray:
    """Rosenbrock's: smallest at (1, 1)."""
    return np.array([10.0 * (p[1] - p[0] ** 2), 1.0 - p[0]])


@given(st.floats(-2.0, 2.0), st.floats(-1.0, 3.0))
def test_the_bottom_of_a_bent_valley_is_found(a: float, b: float) -> None:
    found = minimise(_valley, np.array([a, b]), np.ones(2), rounds=400)
    assert found.x == pytest.approx([1.0, 1.0], abs=1e-5)
    assert found.jacobian == pytest.approx(np.array([[-20.0, 10.0], [-1.0, 0.0]]), abs=1e-3)


def test_it_ends_where_scipy_ends() -> None:
    t = np.linspace(0.0, 3.0, 60)
    seen = 2.0 * np.exp(-1.3 * t) + 0.4 + np.random.default_rng(3).normal(0.0, 0.05, len(t))

    def misfit(p: FloatArray) -> FloatArray:
        return np.asarray(p[0] * np.exp(-p[1] * t) + p[2] - seen)

    start = np.array([1.0, 1.0, 0.0])
    want = least_squares(misfit, start, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    found = minimise(misfit, start, np.ones(3))
    assert found.x == pytest.approx(want.x, rel=1e-6)
    assert found.residuals == pytest.approx(misfit(found.x), abs=0.0)
    assert found.residuals @ found.residuals <= 2.0 * want.cost * (1.0 + 1e-10)


def test_a_step_to_nowhere_is_taken_back() -> None:
    def only_positive(p: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return np.array([np.sqrt(p[0]) - 0.1])

    assert minimise(only_positive, np.array([4.0]), np.ones(1)).x == pytest.approx([0.01], rel=1e-3)
