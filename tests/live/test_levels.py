"""Levels by hand, and their bounds."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.live.levels import BIN_S, FRESH_MIN, HURST, LAST, SIGMAS, TREND_POINTS, Levels


def filled(values: list[float], learning: bool = True, step_s: float = 0.7) -> Levels:
    levels = Levels(margin=1.0)
    for k, value in enumerate(values):
        levels.tell(k, k * step_s, value, np.full(101, value), True, learning)
    return levels


def test_a_stance_is_replaced_by_what_is_known_later() -> None:
    levels = Levels()
    levels.tell(0, 0.0, 4.0, None, False, True)
    assert (levels.last, levels.stances) == ((4.0,), 0)
    levels.tell(0, 0.0, 5.0, None, True, True)
    levels.tell(0, 0.0, 9.0, None, True, True)  # told for good already
    assert (levels.last, levels.stances) == ((5.0,), 1)
    levels.tell(1, 0.7, 6.0, None, False, True)
    levels.tell(1, 0.7, np.nan, None, True, True)  # turned out not to count
    assert (levels.last, levels.stances) == ((5.0,), 1)


def test_fresh_level_limit_and_interval_by_hand() -> None:
    fresh = [4.0, 5.0] * 20
    levels = filled(fresh)
    assert levels.limit is None
    assert levels.settle()
    assert levels.limit == pytest.approx(5.5)
    for k in range(10):
        levels.tell(100 + k, 50.0 + k, 6.0 if k < 7 else 5.0, None, True, False)
    state = levels.state()
    assert state.level == pytest.approx(5.7)
    assert state.change == pytest.approx(1.2)
    assert state.over == 7
    half = SIGMAS * 0.5 * np.hypot(10 ** (HURST - 1), 40 ** (HURST - 1))
    assert state.half_width == pytest.approx(half)
    assert levels.fresh == pytest.approx(4.5)  # what came later is not fresh


def test_too_few_stances_make_no_fresh_level() -> None:
    assert not filled([4.0] * (FRESH_MIN - 1)).settle()


def test_the_trend_is_bounded_and_keeps_the_mean() -> None:
    levels = filled([4.5] * FRESH_MIN)
    assert levels.settle()
    rng = np.random.default_rng(0)
    values = rng.normal(5.0, 0.4, 6000)
    for k, value in enumerate(values):
        levels.tell(1000 + k, 60.0 + 0.7 * k, float(value), None, True, False)
    trend = levels.state().trend
    assert len(trend.minute) <= TREND_POINTS
    assert trend.minute[-1] == pytest.approx((60.0 + 0.7 * 6000) / 60.0, abs=8 * BIN_S / 60)
    assert np.mean(trend.change) == pytest.approx(values.mean() - 4.5, abs=0.02)
    assert trend.value is not None
    assert trend.value == pytest.approx(0.5, abs=0.15)


def test_curves_are_means_of_the_last_and_of_the_fresh() -> None:
    levels = filled([4.0] * 40)
    levels.settle()
    for k in range(LAST):
        levels.tell(100 + k, 40.0, 6.0, np.full(101, 6.0), True, False)
    state = levels.state()
    assert set(state.curve.value) == {6.0}
    assert set(state.fresh_curve.value) == {4.0}
    assert (state.curve.pct[0], state.curve.pct[-1]) == (0.0, 100.0)
