"""Lost samples: filled from the neighbouring stride, and the step that is left taken out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.kinematics.bridging import bridge_from_neighbours
from hipgait.kinematics.gap_steps import close_steps
from hipgait.kinematics.strapdown import rotate
from hipgait.names import G_MPS2

FS = 200.0
TIME = np.arange(int(30 * FS)) / FS


def gait(time: np.ndarray) -> np.ndarray:
    phase = 2 * np.pi * time / 0.71
    return np.column_stack(
        [
            5 * np.sin(phase + k) + 2 * np.sin(3 * phase) + 3 * np.cos(2 * phase - k)
            for k in range(6)
        ]
    )


def bridged(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    acc, gyr = values[:, :3].copy(), values[:, 3:].copy()
    bridge_from_neighbours(acc, gyr, missing, FS)
    return np.hstack([acc, gyr])


@given(start=st.floats(5, 24), length=st.floats(0.06, 1.2), seed=st.integers(0, 20))
def test_a_gap_in_gait_is_filled_like_its_neighbour(start: float, length: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = gait(TIME) + 0.05 * rng.standard_normal((len(TIME), 6))
    missing = (start < TIME) & (start + length > TIME)
    holed = true.copy()
    for k in range(6):
        holed[missing, k] = np.interp(TIME[missing], TIME[~missing], true[~missing, k])
    filled = bridged(holed, missing)
    assert np.array_equal(filled[~missing], true[~missing])
    assert np.abs(filled - true)[missing].max() < 1.0
    # the integral, which turns the orientation, is kept
    assert np.abs((filled - true).sum(axis=0)).max() / FS < 0.2  # noise of the flanks: SD 0.045


def test_what_does_not_repeat_is_left_alone() -> None:
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((2000, 6))
    missing = np.zeros(2000, dtype=bool)
    missing[900:950] = True
    noise[missing] = 0.5
    assert np.array_equal(bridged(noise, missing), noise)


def test_gaps_at_the_ends_and_without_neighbours_do_no_harm() -> None:
    short = gait(TIME[:100])
    missing = np.zeros(100, dtype=bool)
    missing[:20] = missing[90:] = True
    assert np.array_equal(bridged(short, missing), short)


@pytest.mark.parametrize("step_deg", [0.0, 5.0, -12.0, 30.0])
def test_a_step_of_orientation_is_taken_out(step_deg: float) -> None:
    n, block = 6000, 20
    bounce = np.column_stack([np.sin(17.7 * TIME), 3 * np.cos(17.7 * TIME), np.cos(8.85 * TIME)])
    world = np.array([0.0, G_MPS2, 0.0]) + bounce
    half = np.radians(step_deg) / 2
    q = np.tile([1.0, 0, 0, 0], (n, 1))
    q[3000:] = [np.cos(half), np.sin(half), 0, 0]  # wrong from here on
    sensor = world  # the sensor does not turn
    acc = rotate(q, sensor).reshape(-1, block, 3).mean(axis=1)
    weight = np.ones(len(acc))
    weight[148:150] = 0
    new_q, new_acc = close_steps(q, acc, weight, [(2960, 3000)], block, FS / block)
    up = rotate(new_q[-1:], np.array([0.0, 1.0, 0.0]))[0]
    error = np.degrees(np.arccos(np.clip(up[1], -1, 1)))
    assert error < 0.7
    tilt = new_acc[-40:].mean(axis=0)
    assert np.degrees(np.arctan2(tilt[2], tilt[1])) == pytest.approx(0.0, abs=1.0)
