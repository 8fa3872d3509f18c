"""Quantiles and tails are those of scipy.stats."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from hipgait.stats.distributions import chi2_quantile, f_quantile, t_above, t_quantile
from hipgait.stats.effort import _peaks_apart
from hipgait.stats.nof1 import Coefficient


@given(st.floats(0.001, 0.999), st.floats(1.0, 1e4), st.floats(1.0, 1e3))
def test_quantiles(share: float, free: float, more: float) -> None:
    assert t_quantile(share, free) == pytest.approx(stats.t.ppf(share, free), rel=1e-9, abs=1e-12)
    assert f_quantile(share, more, free) == pytest.approx(stats.f.ppf(share, more, free), rel=1e-9)
    assert chi2_quantile(share, free) == pytest.approx(stats.chi2.ppf(share, free), rel=1e-9)


@given(st.floats(-50.0, 50.0), st.floats(1.0, 1e4))
def test_tails(value: float, free: float) -> None:
    assert t_above(value, free) == pytest.approx(stats.t.sf(value, free), rel=1e-9, abs=1e-300)


@given(st.integers(1, 9), st.integers(2, 40), st.sampled_from([0.05, 0.001]), st.integers(0, 999))
def test_an_interval_of_a_mixture_leaves_out_its_share(
    parts: int, free: int, alpha: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scales, shares = rng.uniform(0.01, 3.0, parts), rng.dirichlet(np.ones(parts))
    found = Coefficient(rng.normal(0.0, 5.0, parts), scales, shares, free)
    low, high = found.interval(alpha)
    assert found.below(low) == pytest.approx(alpha / 2.0, rel=1e-6)
    assert found.below(high) == pytest.approx(1.0 - alpha / 2.0, rel=1e-6)
    want = optimize.brentq(lambda x: found.below(x) - alpha / 2.0, low - 1.0, high)
    assert low == pytest.approx(want, abs=1e-8)


@pytest.mark.parametrize(
    ("x", "distance", "at"),
    [
        ([0.1, 0.9, 0.2, 0.8, 0.1], 2, [1, 3]),
        ([0.1, 0.9, 0.2, 0.8, 0.1], 3, [1]),  # the higher one stays
        ([0.9, 0.9, 0.9, 0.1], 1, [1]),  # the middle of a flat top, at the edge too
        ([0.1, 0.6, 0.1], 1, []),  # too low
        ([0.8, 0.1, 0.9, 0.1, 1.0], 3, [0, 4]),
    ],
)
def test_steps_that_lie_apart(x: list[float], distance: int, at: list[int]) -> None:
    assert _peaks_apart(np.array(x), 0.7, distance) == at
