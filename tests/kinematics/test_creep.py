"""A shank sensor that creeps round the leg."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.kinematics.creep import find_creep
from hipgait.kinematics.quality import NO_SLIP
from hipgait.recording import FloatArray

N = 800
IC: FloatArray = np.asarray(10.0 + 0.35 * np.arange(N), dtype=np.float64)
LEFT = np.arange(N) % 2 == 0
SHARE = np.clip((IC - 60.0) / 150.0, 0.0, 1.0)


def axis(left_deg: float, right_deg: float) -> FloatArray:
    """Direction of each stride's rotation: noise, and a creep from 60 s to 210 s."""
    noise = np.random.default_rng(0).normal(0, 0.6, N)
    crept = np.where(LEFT, left_deg, right_deg) * SHARE
    return np.asarray(20.0 * ~LEFT + noise + crept, dtype=np.float64)


@pytest.mark.parametrize(("left", "right"), [(8.0, 0.0), (-8.0, 1.0), (0.5, 6.0), (8.0, -6.0)])
def test_a_creep_is_found_where_it_begins(left: float, right: float) -> None:
    slip = find_creep(IC, LEFT, axis(left, right))
    side, size = ("left", left) if abs(left) > abs(right) else ("right", right)
    assert slip.detected
    assert slip.placement == f"{side}_shank"
    assert slip.size_deg == pytest.approx(size, abs=0.6)
    assert slip.at_s is not None
    assert 60.0 < slip.at_s < 60.0 + 150.0 * 3.0 / abs(size)


@pytest.mark.parametrize(
    ("left", "right"),
    [(0.0, 0.0), (2.0, -2.0), (6.0, 5.0), (-6.0, -4.0)],  # tiring; both legs alike
)
def test_tiring_is_no_creep(left: float, right: float) -> None:
    assert find_creep(IC, LEFT, axis(left, right)) == NO_SLIP


def test_missing_directions_tell_nothing() -> None:
    assert find_creep(IC, LEFT, np.full(N, np.nan)) == NO_SLIP
    one = axis(8.0, 0.0)
    one[~LEFT] = np.nan
    assert find_creep(IC, LEFT, one).placement == "left_shank"
