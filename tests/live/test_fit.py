"""Set-up by movement: who moved, who stands still, who swings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.live.fit import energy, more_than_the_legs, mover, still_words, swing_words
from hipgait.names import G_MPS2

NONE = np.zeros((0, 3))


def swaying(seed: int, n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.05, (n, 3)) + (0, G_MPS2, 0), rng.normal(0, 0.012, (n, 3))


def lifted(seed: int, n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    acc, gyr = swaying(seed, n)
    gyr[200:300, 2] += 3.0 * np.sin(np.linspace(0, 2 * np.pi, 100))
    acc[200:300, 0] += 4.0 * np.sin(np.linspace(0, 2 * np.pi, 100))
    return acc, gyr


@pytest.mark.parametrize("gyroscope", [True, False])
def test_the_lifted_foot_is_found_and_nobody_else(gyroscope: bool) -> None:
    signals = {"pelvis": swaying(1), "left_shank": lifted(2), "right_shank": swaying(3)}
    energies = {p: energy(acc, gyr if gyroscope else NONE) for p, (acc, gyr) in signals.items()}
    assert mover(energies) == "left_shank"
    del energies["left_shank"]
    assert mover(energies) == ""


def test_two_that_move_alike_are_not_told_apart() -> None:
    assert mover({"a": 4.0, "b": 3.0}) == ""
    assert mover({"a": 9.1, "b": 3.0}) == "a"
    assert mover({}) == ""
    assert energy(NONE, NONE) == 0.0


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 1e6), max_size=7))
def test_the_mover_has_by_far_the_most(energies: dict[str, float]) -> None:
    found = mover(energies)
    if found:
        rest = [v for k, v in energies.items() if k != found]
        assert energies[found] >= 1.0
        assert all(energies[found] >= 3.0 * v for v in rest)


def test_standing_still_is_fit_and_the_rest_says_why() -> None:
    acc, gyr = swaying(4)
    assert still_words(acc, gyr, 104.2, 0.1) == (True, "104 Hz, still")
    assert still_words(*lifted(5), 104.0, None) == (False, "not still")
    assert still_words(acc / 2, gyr, 104.0, None) == (False, "gravity reads 0.50 g")
    fit, words = still_words(acc, gyr, 25.0, 9.0)
    assert not fit
    assert words == "below 50 Hz, 9.0 % lost: closer to the radio"


def test_a_shank_swings_and_a_pelvis_need_not() -> None:
    t = np.linspace(0, 8, 800)
    stepping = np.column_stack([0 * t, 0 * t, 2.0 * np.sin(2 * np.pi * t)])
    assert swing_words("left_shank", stepping) == (True, "swings")
    assert not swing_words("left_shank", 0.1 * stepping)[0]
    assert swing_words("pelvis", 0.1 * stepping) == (True, "moves along")
    assert swing_words("left_shank", NONE) == (True, "no gyroscope: timing only")


def test_a_pelvis_that_turns_more_than_a_shank_is_doubted() -> None:
    assert more_than_the_legs({"pelvis": 2.0, "left_shank": 1.5, "right_shank": 2.2})
    assert not more_than_the_legs({"pelvis": 0.5, "left_shank": 1.5})
    assert not more_than_the_legs({"left_shank": 1.5})
