"""The uniform clock: nothing invented, nothing shifted, gaps marked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.kinematics.uniform import uniform
from hipgait.recording import FloatArray, SensorStream


def signal(time: FloatArray) -> FloatArray:
    return np.column_stack(
        [np.sin(2 * np.pi * 1.4 * time + k) + 0.3 * np.sin(2 * np.pi * 5 * time) for k in range(3)]
    )


@given(
    rate=st.sampled_from([50.0, 60.0, 104.0, 200.0, 416.0]),
    jitter=st.floats(0, 0.1),
    lost=st.integers(0, 5),
    seed=st.integers(0, 50),
)
def test_values_follow_the_signal(rate: float, jitter: float, lost: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    time = 7.0 + (np.arange(int(6 * rate)) + rng.uniform(-jitter, jitter, int(6 * rate))) / rate
    if lost:
        time = np.delete(time, slice(100, 100 + lost))
    got = uniform(SensorStream("pelvis", time, signal(time), signal(time)))
    truth = signal(got.time_s)
    shown = ~got.missing
    tolerance = 0.12 if rate <= 60 else 0.03
    assert np.abs(got.acc - truth)[shown].max() < tolerance
    assert got.gyr is not None
    assert np.isfinite(got.gyr).all()


def test_regular_samples_are_left_alone() -> None:
    time = 3.0 + np.arange(500) / 100.0
    acc = signal(time)
    got = uniform(SensorStream("pelvis", time, acc))
    assert got.t0 == 3.0
    assert np.array_equal(got.acc, acc)


def test_long_gaps_are_marked_and_nan_counts_as_missing() -> None:
    time = np.arange(1000) / 100.0
    acc = signal(time)
    acc[300:340] = np.nan
    got = uniform(SensorStream("pelvis", time, acc))
    assert np.isfinite(got.acc).all()
    assert got.missing[300:340].all()
    assert got.missing.sum() == pytest.approx(40, abs=2)


def test_fast_streams_are_averaged_down_without_a_shift() -> None:
    time = np.arange(4000) / 1000.0
    got = uniform(SensorStream("pelvis", time, signal(time)))
    assert got.fs == pytest.approx(500.0)
    assert np.abs(got.acc - signal(got.time_s)).max() < 1e-3


def test_clipping_is_seen_with_and_without_a_declared_range() -> None:
    time = np.arange(2000) / 200.0
    acc = np.clip(100 * signal(time), -60, 60)
    told = uniform(SensorStream("pelvis", time, acc, acc_range=60.0))
    guessed = uniform(SensorStream("pelvis", time, acc))
    assert told.acc_clipped.any()
    assert np.array_equal(told.acc_clipped & guessed.acc_clipped, guessed.acc_clipped)
    free = uniform(SensorStream("pelvis", time, 100 * signal(time)))
    assert not free.acc_clipped.any()
