"""Strap-down integration: the compiled and the NumPy way, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.kinematics.strapdown import (
    mean_rotation,
    multiply,
    rotate,
    rotation_vectors,
    strapdown,
)


def coning(angle: float, hz: float, fs: float, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Orientation (n, 4) and body rate (n, 3) of a coning motion, in closed form."""
    t = np.arange(int(fs * seconds)) / fs
    w, half = 2 * np.pi * hz, angle / 2
    zero = np.zeros_like(t)
    q = np.stack(
        [zero + np.cos(half), np.sin(half) * np.cos(w * t), np.sin(half) * np.sin(w * t), zero], -1
    )
    rate = np.stack(
        [
            -w * np.sin(angle) * np.sin(w * t),
            w * np.sin(angle) * np.cos(w * t),
            zero - 2 * w * np.sin(half) ** 2,
        ],
        -1,
    )
    return q, rate


def angle_between(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    conjugate = p * np.array([1.0, -1.0, -1.0, -1.0])
    return 2 * np.arcsin(np.clip(np.linalg.norm(multiply(conjugate.T, q.T)[1:], axis=0), 0, 1))


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(("fs", "limit_deg"), [(200.0, 0.01), (60.0, 1.0)])
def test_coning_is_followed_in_both_ways(compiled: bool, fs: float, limit_deg: float) -> None:
    truth, rate = coning(np.radians(20.0), 3.0, fs, 20.0)
    q = strapdown(rate, fs, compiled=compiled)
    start = np.broadcast_to(truth[0][:, None], (4, len(q)))
    error = np.degrees(angle_between(truth, multiply(start, q.T).T))
    assert error.max() < limit_deg
    # a lead of half a sample would show as half the rate over a sample
    assert error.max() < 0.3 * np.degrees(np.linalg.norm(rate[0]) / fs)


@given(st.integers(2, 3000), st.integers(0, 10_000), st.floats(20.0, 500.0))
def test_both_ways_agree(n: int, seed: int, fs: float) -> None:
    gyr = np.random.default_rng(seed).normal(0, 8, (n, 3))
    bias = np.array([0.01, -0.02, 0.03])
    fast = strapdown(gyr, fs, bias)
    slow = strapdown(gyr, fs, bias, compiled=False)
    assert np.abs(fast - slow).max() < 2e-12
    assert np.allclose(fast[0], [1, 0, 0, 0])


def test_a_long_recording_agrees_too() -> None:
    gyr = np.random.default_rng(1).normal(0, 5, (150_000, 3))
    assert np.abs(strapdown(gyr, 200.0) - strapdown(gyr, 200.0, compiled=False)).max() < 2e-12


def test_chunks_leave_no_seam_and_bias_may_change() -> None:
    rng = np.random.default_rng(2)
    gyr = rng.normal(0, 5, (20_000, 3))
    bias = np.linspace(0, 0.1, 20_000)[:, None] * np.ones(3)
    whole = rotation_vectors(gyr, 100.0, bias)
    again = rotation_vectors((gyr - bias)[8000:8400], 100.0)
    assert np.allclose(whole[8003:8398], again[3:398], atol=1e-14)
    assert not whole[0].any()


def test_missing_samples_are_refused() -> None:
    gyr = np.zeros((10, 3))
    gyr[4, 1] = np.nan
    with pytest.raises(ValueError, match="finite"):
        strapdown(gyr, 100.0)


def test_rotation_and_its_block_mean() -> None:
    rng = np.random.default_rng(3)
    q = strapdown(rng.normal(0, 5, (1003, 3)), 100.0)
    v = rng.normal(size=(1003, 3))
    turned = rotate(q, v)
    assert np.allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(v, axis=1))
    assert np.allclose(rotate(q, turned, inverse=True), v, atol=1e-12)
    axis = np.array([0.3, -0.5, 0.8])
    fixed = rotate(q, axis)[:1000].reshape(100, 10, 3).mean(axis=1)
    assert np.allclose(mean_rotation(q, 10) @ axis, fixed, atol=1e-12)


def test_a_quarter_turn_about_z_takes_x_to_y() -> None:
    gyr = np.tile([0.0, 0.0, np.pi / 2], (101, 1))
    q = strapdown(gyr, 100.0)
    assert np.allclose(rotate(q[-1:], np.array([[1.0, 0, 0]])), [[0, 1, 0]], atol=1e-12)
