"""The modelled hip adduction against a leg whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.spatial.transform import Rotation

from hipgait.metrics.hip_model import hip_adduction_model
from hipgait.recording import Athlete

SHANK, THIGH = 0.41, 0.42
SD = {"shank_lean_mean": 2.0, "pelvic_drop_peak": 1.0}


def _leg(lean: float, ahead: float, flexion: float, varus: float, offset: float) -> float:
    """Thigh lean (deg) of a leg whose shank turns about its axis until the hip is at ``offset``.

    World: x forward, y to the stance side, z up. Angles in rad.
    """
    thigh = Rotation.from_euler("YX", [-flexion, -varus]).apply([0.0, 0.0, THIGH])

    def hip(turn: float) -> NDArray[np.float64]:
        shank = Rotation.from_euler("XYZ", [lean, -ahead, turn])
        return np.asarray(shank.apply(thigh + [0.0, 0.0, SHANK]))

    turn = brentq(lambda a: hip(a)[1] - offset, -1.2, 1.2)
    up = Rotation.from_euler("XYZ", [lean, -ahead, turn]).apply(thigh)
    return float(np.degrees(np.arcsin(up[1] / THIGH)))


@pytest.fixture(scope="module", name="legs")
def _legs() -> NDArray[np.float64]:
    """(k, 4) lean, sagittal, drop, true hip adduction of many people, deg."""
    rng = np.random.default_rng(5)
    rows = []
    while len(rows) < 400:
        lean, ahead, flexion, varus = np.radians(
            rng.normal([-5.0, -12.0, 40.0, 0.0], [2.5, 3.0, 4.0, 2.5])
        )
        drop = rng.normal(5.0, 1.5)
        try:
            thigh = _leg(lean, ahead, flexion, varus, rng.normal(0.073, 0.015))
        except ValueError:  # this leg does not reach
            continue
        rows.append([np.degrees(lean), np.degrees(ahead), drop, thigh + drop])
    return np.array(rows)


def test_stated_error_covers_the_truth(legs: NDArray[np.float64]) -> None:
    rng = np.random.default_rng(6)
    lean = legs[:, 0] + rng.normal(0, SD["shank_lean_mean"], len(legs))
    drop = legs[:, 2] + rng.normal(0, SD["pelvic_drop_peak"], len(legs))
    left = np.arange(len(legs)) % 2 == 0
    athlete = Athlete(height_m=1.70, shank_length_m=SHANK, pelvis_width_m=0.235)
    value, sd = hip_adduction_model(drop, lean, legs[:, 1], left, athlete, SD)
    error = value - legs[:, 3]
    assert np.sqrt(np.mean(error**2)) < 3.3
    inside = np.mean(np.abs(error) < 1.96 * sd)
    assert inside >= 0.95  # wider than this population: others leave the priors further


def test_change_is_not_shrunk() -> None:
    """More drop or less lean on the same runner moves the model by the full amount."""
    drop, lean = np.array([5.0, 6.0, 5.0]), np.array([-5.0, -5.0, -4.0])
    side = np.array([True, True, True])
    value, _ = hip_adduction_model(drop, lean, np.full(3, -12.0), side, Athlete(), SD)
    assert value[1] - value[0] == pytest.approx(1.0, abs=0.05)
    assert 0.2 < value[2] - value[0] < 1.1


def test_sides_are_mirrored_and_missing_stays_missing() -> None:
    drop, lean = np.array([5.0, 5.0, np.nan]), np.array([-4.0, -4.0, -4.0])
    side = np.array([True, False, False])
    value, sd = hip_adduction_model(drop, lean, np.full(3, -10.0), side, Athlete(), SD)
    assert value[0] == pytest.approx(value[1])
    assert np.isnan(value[2])
    assert np.isnan(sd[2])
    assert np.all(sd[:2] > 1.5)
