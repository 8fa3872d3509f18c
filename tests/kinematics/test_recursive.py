"""The low pass as matrix products is scipy's, to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, sosfiltfilt

from hipgait.kinematics.angles import smooth
from hipgait.kinematics.recursive import BLOCK, both_ways, butterworth
from hipgait.settings import AngleSettings


@pytest.mark.parametrize("share", [0.0005, 0.0175, 0.0625, 0.25, 0.45])
def test_the_design_is_scipys(share: float) -> None:
    for ours, theirs in zip(butterworth(share), butter(2, share, fs=1.0), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15)


@given(
    st.floats(0.002, 0.45),
    st.one_of(st.integers(12, 5 * BLOCK), st.integers(2000, 2100)),
    st.integers(0, 11),
    st.sampled_from([(), (1,), (3,), (2, 2)]),
    st.integers(0, 2**32 - 1),
)
def test_any_signal_is_filtered_as_by_sosfiltfilt(
    share: float, n: int, pad: int, leading: tuple[int, ...], seed: int
) -> None:
    walk = np.random.default_rng(seed).normal(size=(*leading, n)).cumsum(axis=-1) + 5.0
    want = sosfiltfilt(butter(2, share, fs=1.0, output="sos"), walk, padlen=pad)
    got = both_ways(walk, share, pad)
    assert got.shape == walk.shape
    assert np.abs(got - want).max() < 1e-10 * np.abs(walk).max()


def test_a_constant_stays_and_a_fast_swing_goes() -> None:
    t = np.arange(1000.0)
    assert both_ways(np.full(1000, 7.0), 0.05, 9) == pytest.approx(7.0, rel=1e-12)
    assert np.abs(both_ways(np.sin(2.0 * np.pi * 0.4 * t), 0.05, 9)[50:-50]).max() < 1e-3


def test_another_order_takes_scipys_way() -> None:
    series = np.random.default_rng(1).normal(size=400).cumsum()
    fourth = AngleSettings(order=4)
    sos = butter(4, fourth.cutoff_hz / 0.802, fs=200.0, output="sos")
    assert smooth(series, 200.0, fourth) == pytest.approx(sosfiltfilt(sos, series), rel=1e-12)
