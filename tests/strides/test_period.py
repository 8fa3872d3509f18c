from __future__ import annotations

import numpy as np
import pytest

from hipgait.strides.period import LocalPeriod, local_period, smooth_period


def test_the_double_period_is_not_taken() -> None:
    t = np.arange(3000) / 50.0
    x = np.stack([np.sin(2 * np.pi * t / 0.72), np.cos(4 * np.pi * t / 0.72)])
    found = local_period(x, 50.0, 0.45, 1.8)
    assert found.period_s == pytest.approx(0.72, abs=0.003)
    assert found.strength.min() > 0.95


@pytest.mark.parametrize("period", [0.70, 0.72, 0.74])
def test_a_period_between_two_lags_is_not_doubled(period: float) -> None:
    """0.74 s are 18.5 samples at 25 Hz: harmonics near 8 Hz fit no whole lag below twice that."""
    t = np.arange(1500) / 25.0
    x = sum(a * np.cos(2 * np.pi * h * t / period) for h, a in ((1, 1.0), (2, 0.8), (5, 1.2)))
    found = local_period(np.asarray(x)[None], 25.0, 0.45, 1.8)
    assert found.period_s == pytest.approx(period, abs=0.01)


def test_a_drift_of_twenty_percent_in_ten_seconds_is_followed() -> None:
    t = np.arange(2500) / 50.0
    period = 0.72 * (1 + 0.2 * np.sin(2 * np.pi * t / 20.0))
    phase = np.cumsum(1 / period) / 50.0
    x = np.sin(2 * np.pi * phase)[None] + 0.5 * np.sin(4 * np.pi * phase + 1)[None]
    found = smooth_period(local_period(x, 50.0, 0.45, 1.8))
    at = np.arange(3.0, 45.0, 0.5)
    assert np.abs(found.at(at) / np.interp(at, t, period) - 1).max() < 0.08


def test_rest_and_short_recordings_have_no_period() -> None:
    rng = np.random.default_rng(0)
    still = local_period(rng.normal(size=(3, 1000)), 50.0, 0.45, 1.8)
    assert np.isnan(still.period_s).all()
    assert np.isnan(still.at(np.array([3.0]))).all()
    short = local_period(np.zeros((3, 20)), 50.0, 0.45, 1.8)
    assert len(short.period_s) == 0
    assert np.isnan(short.at(np.array([1.0]))).all()


def test_single_wrong_windows_are_mended() -> None:
    period = np.full(20, 0.7)
    period[7] = 1.4
    local = LocalPeriod(np.arange(20.0), period, np.ones(20))
    assert smooth_period(local).period_s == pytest.approx(0.7)
