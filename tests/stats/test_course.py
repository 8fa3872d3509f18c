"""Courses and their memory: against statsmodels, and on changes that are known."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from hipgait.stats import course
from hipgait.stats.fgn import fgn_correlation, grid

K = 24
WHERE = (np.arange(K) + 0.5) / K


def covariance(model: int) -> np.ndarray:
    lower = np.linalg.inv(grid(K).whiten[model])
    return lower @ lower.T


def with_covariate(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Block means with a pace, and what they are adjusted for."""
    rng = np.random.default_rng(seed)
    pace = np.cumsum(rng.standard_normal(K))
    y = 4.0 + 0.7 * WHERE + 0.3 * pace + rng.standard_normal(K)
    return y, np.column_stack([np.ones(K), pace - pace.mean()])


@pytest.mark.parametrize("model", [0, 5, 14, -1])
def test_every_course_is_the_generalised_least_squares_of_statsmodels(model: int) -> None:
    y, others = with_covariate(1)
    found = course._fit(y, others, WHERE, K - 3)
    assert found is not None
    shapes = course.courses(WHERE, K)
    for shape in (0, 7, 35, 50):
        X = np.column_stack([others, shapes[:, shape]])
        oracle = sm.GLS(y, X, sigma=covariance(model)).fit()
        assert found.total[model, shape] == pytest.approx(oracle.params[-1], rel=1e-8)
        assert found.variance[model, shape] == pytest.approx(oracle.bse[-1] ** 2, rel=1e-8)


def test_memories_are_compared_by_restricted_likelihood() -> None:
    """Against the normal density of contrasts that are free of the courses."""
    y, others = with_covariate(2)
    found = course._fit(y, others, WHERE, K - 3)
    assert found is not None
    free = linalg.null_space(np.column_stack([others, WHERE]).T)
    z, models = free.T @ y, [0, 4, 13, 30]
    oracle = []
    for m in models:
        C = free.T @ covariance(m) @ free
        scale = z @ np.linalg.solve(C, z) / len(z)
        oracle.append(stats.multivariate_normal(cov=scale * C).logpdf(z))
    mine = found.value[models, 0] - grid(K).bonus[models]
    assert np.diff(mine) == pytest.approx(np.diff(oracle), abs=1e-6)


def test_the_covariance_is_fractional_noise_with_white_noise() -> None:
    models = grid(K)
    at = int(np.flatnonzero(models.hurst == 0.8)[1])  # the second share of white noise
    lags = np.abs(np.arange(K)[:, None] - np.arange(K))
    wanted = 0.7 * fgn_correlation(K, 0.8)[lags] + 0.3 * np.eye(K)
    assert covariance(at) == pytest.approx(wanted)
    assert models.log_det[at] == pytest.approx(np.linalg.slogdet(wanted)[1])


def test_the_straight_line_is_the_first_course() -> None:
    found = course.corners(40)
    assert list(found[0]) == [0.0, 1.0]
    assert len(found) == 36 + 73
    assert found.min() == 0.0
    assert found.max() == 1.0
    assert np.exp(course._prior(40)).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("at", [0.2, 0.433, 0.5, 0.71])
def test_a_step_within_a_block_is_told_in_full(at: float) -> None:
    """Means over blocks of 100 strides; noise without memory."""
    strides = (np.arange(4000) + 0.5) / 4000
    blocks = (strides > at).astype(float).reshape(40, 100).mean(axis=1)
    where, ones = (np.arange(40) + 0.5) / 40, np.ones((40, 1))
    rng = np.random.default_rng(3)
    found = [course.trend(blocks + 0.05 * rng.standard_normal(40), ones, where) for _ in range(20)]
    totals = np.array([f.total for f in found if f is not None])
    assert len(totals) == 20
    assert totals.mean() == pytest.approx(1.0, abs=0.02)
    assert {f.bend_p for f in found if f is not None} == {1 / (course.SURROGATES + 1)}
    begins = np.array([f.onset[0] for f in found if f is not None])
    assert np.abs(begins - at).max() < 0.04


def test_what_is_drawn_begins_at_nothing_and_ends_at_what_is_told() -> None:
    y, others = with_covariate(4)
    found = course.trend(y, others, WHERE)
    assert found is not None
    assert found.drawn[0] == 0.0
    assert found.drawn[-1] == pytest.approx(found.total)
    assert found.effects[1] == pytest.approx(0.3, abs=0.3)
    grid_points = np.linspace(0.0, 1.0, course.DRAWN + 1)
    assert found.share == pytest.approx(np.interp(WHERE, grid_points, found.drawn), abs=0.1)


@settings(max_examples=25, deadline=None)
@given(bent=st.lists(st.floats(-3, 3), min_size=2, max_size=5), straight=st.floats(-3, 3))
def test_the_odds_against_the_straight_line_are_squared(bent: list[float], straight: float) -> None:
    w = course._sharpened(np.array([straight, *bent]))
    assert w.sum() == pytest.approx(1.0)
    plain = np.exp(np.array(bent) - straight)
    assert w[1:] / w[0] == pytest.approx(plain * plain.sum(), rel=1e-6)


def test_a_covariate_that_is_time_leaves_no_claim() -> None:
    y = WHERE + 0.05 * np.random.default_rng(5).standard_normal(K)
    found = course.trend(y, np.column_stack([np.ones(K), WHERE - 0.5]), WHERE)
    assert found is not None
    assert found.p > 0.2


def test_steps_that_no_block_saw_do_not_count() -> None:
    """The last tenth of the run is missing: a step in it would be fitted by nothing."""
    where = WHERE * 0.9
    y = where + 0.05 * np.random.default_rng(6).standard_normal(K)
    found = course.trend(y, np.ones((K, 1)), where)
    assert found is not None
    assert found.total == pytest.approx(1.0, abs=0.2)
    assert course.trend(y, np.ones((K, 1)), WHERE * 0.8) is None
    assert course.trend(y, np.ones((K, 1)), 0.2 + WHERE * 0.8) is None
