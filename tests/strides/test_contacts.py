"""A feature is followed from the mean of all blocks into each block."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.strides.contacts import _steady

TAU = np.arange(-0.05, 0.12, 0.005)


def bump(at: np.ndarray, height: float) -> np.ndarray:
    return height * np.exp(-0.5 * ((TAU[None] - at[:, None]) / 0.004) ** 2)


def test_of_two_alike_the_chosen_one_is_followed() -> None:
    """19 ms apart, within reach, and the other one is the higher in most blocks."""
    own = 0.026 + np.array([0.0, 0.002, -0.002, 0.001])
    other = own - 0.019
    rows = bump(own, 1.0) + np.array([1.3, 1.2, 1.4, 0.5])[:, None] * bump(other, 1.0)
    found = _steady(rows, TAU, 0.022, 0.030, 0.02)
    assert found == pytest.approx(own, abs=0.002)


def test_a_small_bump_beside_it_is_no_other_one() -> None:
    own = 0.026 + np.array([0.0, 0.005, -0.003])
    rows = bump(own, 1.0) + bump(own - 0.02, 0.2)
    assert _steady(rows, TAU, 0.022, 0.030, 0.02) == pytest.approx(own, abs=0.002)


def test_without_a_peak_there_is_none() -> None:
    flat = np.zeros((3, len(TAU)))
    assert np.isnan(_steady(flat, TAU, 0.02, 0.03, 0.02)).all()
