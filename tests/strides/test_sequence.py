from __future__ import annotations

import numpy as np
import pytest

from hipgait.strides.sequence import (
    long_enough,
    no_stances,
    number_bouts,
    place_imputed,
    solve_sequence,
    without_last_landing,
)


def both(n: int = 60, lead: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    left = np.arange(n) % 2 == 0
    return left, np.arange(n) * 0.36 + np.where(left, 0.0, lead)


def solve(left: np.ndarray, time: np.ndarray, legs: bool = True):
    n = len(time)
    return solve_sequence(left, time, np.ones(n), np.full(n, 0.72), legs)


def test_single_misses_are_filled_in_and_marked() -> None:
    left, time = both(lead=0.02)
    keep = np.ones(60, dtype=bool)
    keep[[10, 31]] = False
    got = solve(left[keep], time[keep])
    assert len(got.time_s) == 60
    assert np.array_equal(np.flatnonzero(got.imputed), [10, 31])
    assert got.time_s == pytest.approx(time, abs=1e-3)
    assert (got.left[1:] != got.left[:-1]).all()
    assert len(np.unique(got.bout)) == 1


def test_a_leg_that_is_away_for_long_is_not_invented() -> None:
    left, time = both()
    keep = left | (time < 5) | (time > 15)
    got = solve(left[keep], time[keep])
    assert len(got.time_s) == keep.sum()
    assert not got.imputed.any()
    assert len(np.unique(got.bout)) == 1


def test_a_pause_ends_the_bout() -> None:
    left, time = both()
    time = time + np.where(np.arange(60) >= 30, 5.0, 0.0)
    got = solve(left, time)
    assert len(np.unique(got.bout)) == 2
    assert not got.imputed.any()


def test_one_leg_alone() -> None:
    time = np.arange(30) * 0.72
    keep = np.arange(30) != 12
    got = solve(np.ones(29, dtype=bool), time[keep], legs=False)
    assert np.flatnonzero(got.imputed).tolist() == [12]
    assert got.left.all()


def test_imputed_contacts_go_between_their_neighbours() -> None:
    left, time = both(lead=0.03)
    wrong = time.copy()
    wrong[20] += 0.08
    imputed = np.arange(60) == 20
    assert place_imputed(wrong, left, imputed) == pytest.approx(time, abs=1e-9)


def test_landings_into_standing_are_left_out_but_not_cut_recordings() -> None:
    left, time = both(20)
    got = solve(left, time)
    endless = np.full(20, np.inf)
    assert without_last_landing(got, endless, True).tolist() == [True] * 18 + [False] * 2
    assert without_last_landing(got, np.full(20, time[-1] + 0.3), True).all()


def test_a_change_of_gait_is_no_standing() -> None:
    left, time = both(40)
    for pause, dropped in ((1.44, []), (3.0, [18, 19])):  # two strides, four
        got = solve(left, time + np.where(np.arange(40) >= 20, pause, 0.0))
        assert len(np.unique(got.bout)) == 2
        keep = without_last_landing(got, np.full(40, np.inf), True)
        assert np.flatnonzero(~keep).tolist() == [*dropped, 38, 39]


@pytest.mark.parametrize(("last", "dropped"), [(0.9, [19]), (0.5, [18, 19])])
def test_a_rebound_after_the_landing_is_no_step(last: float, dropped: list[int]) -> None:
    """A pelvis alone: the share of its usual load says whether the last rise is a step."""
    score = 1.0 + np.log(np.where(np.arange(20) % 2 == 0, 1.0, 0.9))
    score[-1] += np.log(last)
    steps = np.arange(20) * 0.36
    none = np.zeros(20, dtype=bool)
    got = solve_sequence(none, steps, score, np.full(20, 0.36), False, each_step=True)
    keep = without_last_landing(got, np.full(20, np.inf), False)
    assert np.flatnonzero(~keep).tolist() == dropped


def test_steps_of_a_pelvis_may_be_uneven() -> None:
    """15 % longer and shorter in turn, every other rise weak, as at one side of a belt."""
    time = np.cumsum(np.where(np.arange(40) % 2 == 0, 0.85, 1.15)) * 0.36
    score = np.where(np.arange(40) % 2 == 0, 0.9, 0.4)
    none = np.zeros(40, dtype=bool)
    got = solve_sequence(none, time, score, np.full(40, 0.36), False, each_step=True)
    assert got.time_s == pytest.approx(time)
    assert len(np.unique(got.bout)) == 1


def test_short_bouts_and_numbers() -> None:
    bout = np.array([0, 0, 1, 1, 1, 1, 2])
    keep = long_enough(bout, np.zeros(7, dtype=bool), 3)
    assert keep.tolist() == [False, False, True, True, True, True, False]
    run = np.array([1, 1, 1, 0, 0, 1, 1], dtype=bool)
    assert number_bouts(bout, run).tolist() == [0, 0, 1, 2, 2, 3, 4]
    assert len(no_stances("pelvis", "why").ic_s) == 0
    assert no_stances("pelvis", "why").notes == ("why",)


def test_no_candidates() -> None:
    got = solve(np.zeros(0, dtype=bool), np.zeros(0))
    assert len(got.time_s) == 0
