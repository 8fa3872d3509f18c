"""The model of one athlete's runs, against hand calculation and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hipgait.stats import nof1


def design(k: int) -> np.ndarray:
    return np.column_stack([np.ones(2 * k), np.r_[np.zeros(k), np.ones(k)]])


def sample(k: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(2 * k) + np.r_[np.zeros(k), np.ones(k)]


def without_correlation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nof1, "CORRELATIONS", np.array([0.0]))
    monkeypatch.setattr(nof1, "prior", lambda: np.ones(1))


def test_correlation_by_hand() -> None:
    assert nof1.correlation_matrix([0, 1, 3], 0.5) == pytest.approx(
        np.array([[1, 0.5, 0.125], [0.5, 1, 0.25], [0.125, 0.25, 1]])
    )
    assert nof1.correlation_matrix([0, 1, 2], -0.5)[0, 1:] == pytest.approx([-0.5, 0.25])
    assert nof1.correlation_matrix([0, 1], 0.0) == pytest.approx(np.eye(2))


def test_each_correlation_is_the_generalised_least_squares_of_statsmodels() -> None:
    y, X = sample(8), design(8)
    found = nof1.fit(y, X, np.zeros(16), np.arange(16))
    for g in (0, 8, 16, 24):
        sigma = nof1.correlation_matrix(np.arange(16), float(nof1.CORRELATIONS[g]))
        oracle = sm.GLS(y, X, sigma=sigma).fit()
        assert found.estimates[g] == pytest.approx(oracle.params)
        assert found.scales[g] == pytest.approx(oracle.bse)


def test_without_correlation_it_is_the_t_test(monkeypatch: pytest.MonkeyPatch) -> None:
    without_correlation(monkeypatch)
    y = sample(6)
    found = nof1.fit(y, design(6), np.zeros(12), np.arange(12)).coefficient(1)
    oracle = stats.ttest_ind(y[6:], y[:6])
    assert found.p == pytest.approx(oracle.pvalue)
    interval = oracle.confidence_interval(0.95)
    assert found.interval(0.05) == pytest.approx((interval.low, interval.high))


def test_runs_with_their_own_errors_are_the_mixed_model_of_statsmodels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Strides within runs, a random level a run: run means with their errors say the same."""
    rng = np.random.default_rng(8)
    runs, strides = 14, 30
    level = sample(7, 5) * 0.8
    values = level[:, None] + rng.standard_normal((runs, strides))
    frame = pd.DataFrame(
        {
            "y": values.ravel(),
            "run": np.repeat(np.arange(runs), strides),
            "phase": np.repeat(design(7)[:, 1], strides),
        }
    )
    mixed = sm.MixedLM.from_formula("y ~ phase", frame, groups="run").fit(reml=True)
    without_correlation(monkeypatch)
    error = np.full(runs, np.sqrt(mixed.scale / strides))
    found = nof1.fit(values.mean(axis=1), design(7), error, np.arange(runs))
    change = found.coefficient(1)
    assert change.estimate == pytest.approx(mixed.params["phase"], rel=1e-6)
    assert found.tau == pytest.approx(float(np.sqrt(mixed.cov_re.iloc[0, 0])), rel=0.01)
    assert found.scales[0, 1] == pytest.approx(mixed.bse["phase"], rel=0.01)


def test_many_runs_tell_the_correlation_that_glsar_finds() -> None:
    rng = np.random.default_rng(10)
    k, rho = 100, 0.4
    noise = rng.standard_normal(2 * k + 50)
    e = np.convolve(noise, rho ** np.arange(51), mode="valid")
    X = design(k)
    y = X @ np.array([5.0, -0.5]) + e
    oracle = sm.GLSAR(y, X, 1)
    fitted = oracle.iterative_fit(maxiter=10)
    found = nof1.fit(y, X, np.zeros(2 * k), np.arange(2 * k))
    assert found.rho == pytest.approx(float(oracle.rho[0]), abs=0.05)
    change = found.coefficient(1)
    assert change.estimate == pytest.approx(fitted.params[1], abs=0.05)
    assert change.standard_error == pytest.approx(fitted.bse[1], rel=0.1)


def test_the_scatter_between_runs_is_reml() -> None:
    """Against a fine grid of the restricted likelihood written out with matrices."""
    rng = np.random.default_rng(3)
    error = rng.uniform(0.1, 1.5, 14)
    y = sample(7, 4) * 1.2 + error * rng.standard_normal(14)
    X = design(7)

    def score(tau: float) -> float:
        V = np.diag(tau**2 + error**2)
        W = np.linalg.inv(V)
        P = W - W @ X @ np.linalg.inv(X.T @ W @ X) @ X.T @ W
        return -0.5 * (np.linalg.slogdet(V)[1] + np.linalg.slogdet(X.T @ W @ X)[1] + y @ P @ y)

    grid = np.arange(0.0, 4.0, 0.002)
    best = grid[np.argmax([score(t) for t in grid])]
    assert nof1.between_run_sd(y, X, error) == pytest.approx(best, abs=0.01)


def test_noisy_runs_count_less() -> None:
    y = np.array([5.0, 5.1, 4.9, 9.0, 4.0, 4.1, 3.9, 4.0])
    error = np.array([0.1, 0.1, 0.1, 5.0, 0.1, 0.1, 0.1, 0.1])
    weighed = nof1.fit(y, design(4), error, np.arange(8)).coefficient(1).estimate
    plain = nof1.fit(y, design(4), np.full(8, 0.1), np.arange(8)).coefficient(1).estimate
    assert weighed == pytest.approx(-1.0, abs=0.1)
    assert plain < -1.7


def test_runs_that_agree_by_chance_are_not_taken_for_exact() -> None:
    y = np.array([5.0, 5.0, 5.0, 5.0, 4.0, 4.0, 4.0, 4.0])
    found = nof1.fit(y, design(4), np.full(8, 0.5), np.arange(8))
    assert found.tau == 0.0
    assert found.coefficient(1).standard_error > 0.5 * np.sqrt(2 / 4) * 0.8


def test_identical_runs_without_errors_do_not_break_it() -> None:
    found = nof1.fit(np.full(8, 3.0), design(4), np.zeros(8), np.arange(8)).coefficient(1)
    assert found.estimate == pytest.approx(0.0, abs=1e-9)
    assert np.isfinite(found.interval(0.05)).all()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    shift=st.floats(-50, 50),
    scale=st.floats(0.01, 100),
    alpha=st.floats(0.001, 0.2),
)
def test_units_do_not_matter_and_interval_and_p_agree(
    seed: int, shift: float, scale: float, alpha: float
) -> None:
    y, X, order = sample(5, seed), design(5), np.arange(10)
    found = nof1.fit(y, X, np.full(10, 0.2), order).coefficient(1)
    moved = nof1.fit(shift + scale * y, X, np.full(10, 0.2 * scale), order).coefficient(1)
    assert moved.estimate == pytest.approx(scale * found.estimate, rel=2e-3, abs=1e-6 * scale)
    assert moved.p == pytest.approx(found.p, abs=5e-3)
    low, high = found.interval(alpha)
    assert low < found.estimate < high
    if abs(found.p - alpha) > 1e-6:
        assert (low > 0 or high < 0) == (found.p < alpha)


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="2 runs cannot carry 2"):
        nof1.fit([1.0, 2.0], np.eye(2), [0, 0], [0, 1])
