"""Sampling a series between its samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.strides.cycles import curves, sample


@given(fs=st.floats(50, 500), t0=st.floats(-1e4, 1e4), f=st.floats(0.5, 5))
def test_sample_follows_a_band_limited_signal(fs: float, t0: float, f: float) -> None:
    time = t0 + np.arange(int(4 * fs)) / fs
    wave = np.sin(2 * np.pi * f * (time - t0))
    at = np.linspace(time[2], time[-3], 500)
    bound = 0.5 * (2 * np.pi * f / fs) ** 3 + 1e-6
    assert np.abs(sample(wave, t0, fs, at) - np.sin(2 * np.pi * f * (at - t0))).max() < bound


def test_outside_and_unknown_times_are_nan() -> None:
    wave = np.arange(10.0)
    got = sample(wave, 0.0, 1.0, np.array([-0.1, 0.0, 4.5, 9.0, 9.1, np.nan]))
    assert np.isnan(got[[0, 4, 5]]).all()
    assert got[1:4] == pytest.approx([0.0, 4.5, 9.0])


def test_curves_run_from_start_to_end() -> None:
    ramp = np.arange(100.0) / 10.0
    (got,) = curves([ramp], 0.0, 10.0, np.array([1.0, 2.0]), np.array([2.0, np.nan]))
    assert got.shape == (2, 101)
    assert got[0, [0, 50, 100]] == pytest.approx([1.0, 1.5, 2.0])
    assert np.isnan(got[1]).all()
