from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import firwin

from hipgait.strides import filters


def test_lowpass_keeps_the_phase_and_short_signals() -> None:
    t = np.arange(1000) / 100.0
    slow = np.sin(2 * np.pi * t)
    assert np.abs(filters.lowpass(slow, 10.0, 100.0) - slow)[50:-50].max() < 0.01
    short = np.ones(5)
    assert np.array_equal(filters.lowpass(short, 10.0, 100.0), short)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_decimate_keeps_every_kth_sample_in_place(k: int) -> None:
    t = np.arange(2001) / 500.0
    x = np.sin(2 * np.pi * 3 * t + 0.4)
    y = filters.decimate(x, k)
    assert len(y) == len(x[::k])
    assert np.abs(y - x[::k])[20:-20].max() < 0.02


@pytest.mark.parametrize("k", [2, 3, 8])
@pytest.mark.parametrize("n", [5, 16, 33, 1001])
def test_decimate_is_the_filter_of_scipy(k: int, n: int) -> None:
    x = np.random.default_rng(n).normal(size=n).cumsum() + 3.0
    half = 8 * k
    taps = firwin(2 * half + 1, 0.8 / k)
    padded = np.concatenate([np.full(half, x[0]), x, np.full(half, x[-1])])
    want = np.convolve(padded, taps, mode="valid")[::k]
    assert filters.decimate(x, k) == pytest.approx(want, rel=1e-12, abs=1e-12)


def test_windows_are_samples_of_every_channel() -> None:
    x = np.random.default_rng(2).normal(size=(3, 50))
    centre, offset = np.array([-2.0, 7.3, 48.9]), np.array([-1.5, 0.0, 2.25, 60.0])
    got = filters.windows(x, centre, offset)
    assert got.shape == (3, 4, 3)
    for c in range(3):
        for row, at in zip(got[..., c], centre, strict=True):
            assert np.array_equal(row, filters.sample_at(x[c], at + offset))
    assert got[0, 0] == pytest.approx(x[:, 0], rel=1e-12)  # before the start: held
    assert got[2, 3] == pytest.approx(x[:, -1], rel=1e-12)


def test_sample_at_is_better_than_linear_and_holds_the_ends() -> None:
    x = np.sin(2 * np.pi * np.arange(200) / 20.0)
    where = np.linspace(5, 190, 777)
    exact = np.sin(2 * np.pi * where / 20.0)
    linear = np.interp(where, np.arange(200), x)
    assert np.abs(filters.sample_at(x, where) - exact).max() < 0.3 * np.abs(linear - exact).max()
    assert filters.sample_at(x, np.array([-5.0, 500.0])) == pytest.approx([x[0], x[-1]])


@given(st.floats(20.0, 80.0))
def test_peaks_are_found_between_samples(place: float) -> None:
    x = np.exp(-0.5 * ((np.arange(100) - place) / 6.0) ** 2)
    found, height = filters.peaks(x)
    assert found[height.argmax()] == pytest.approx(place, abs=0.05)


def test_highest_peak_looks_only_into_its_window() -> None:
    tau = np.arange(-1.0, 1.0, 0.01)
    y = np.exp(-0.5 * ((tau + 0.5) / 0.1) ** 2) * 2 + np.exp(-0.5 * ((tau - 0.5) / 0.1) ** 2)
    rows = np.stack([y, y, tau])
    low, high = np.array([-1.0, 0.2, -1.0]), np.array([1.0, 0.8, 1.0])
    found = filters.highest_peak(rows, tau, low, high)
    assert found[:2] == pytest.approx([-0.5, 0.5], abs=1e-3)
    assert np.isnan(found[2])


def test_block_average_and_runs() -> None:
    x = np.arange(24.0).reshape(8, 3)
    assert np.allclose(filters.block_average(x, 2), x.reshape(4, 2, 3).mean(axis=1).T)
    mask = np.array([1, 0, 1, 1, 0, 0, 1], dtype=bool)
    assert filters.runs_of(mask).tolist() == [[0, 1], [2, 4], [6, 7]]
    assert filters.runs_of(np.zeros(3, dtype=bool)).shape == (0, 2)
