from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hipgait.strides.train import TrainCosts, best_train


def series(n: int, jitter: float, seed: int) -> tuple[np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return np.cumsum(0.7 * (1 + jitter * rng.standard_normal(n))), rng


@given(st.integers(5, 400), st.integers(0, 10_000))
def test_true_events_win_over_weaker_ones_between_them(n: int, seed: int) -> None:
    true, rng = series(n, 0.03, seed)
    false = rng.uniform(true[0], true[-1], 2 * n)
    time = np.concatenate([true, false])
    score = np.concatenate([rng.uniform(0.7, 1.3, n), rng.uniform(-1.5, 0.3, 2 * n)])
    order = np.argsort(time)
    pick = best_train(time[order], score[order], np.full(3 * n, 0.7))
    chosen = set(order[pick])
    assert len(chosen & set(range(n))) >= n - 1 - n // 100
    assert len(chosen - set(range(n))) <= 1 + n // 100


def test_long_pauses_and_double_events() -> None:
    first = np.arange(30) * 0.7
    second = 60.0 + np.arange(30) * 0.7
    time = np.sort(np.concatenate([first, first[5:8] + 0.1, second]))
    pick = best_train(time, np.ones(len(time)), np.full(len(time), 0.7))
    assert len(pick) == 60
    assert np.diff(time[pick]).min() > 0.55


def test_both_legs_must_alternate() -> None:
    time = np.arange(60) * 0.35
    side = np.arange(60) % 2
    keep = np.ones(60, dtype=bool)
    keep[[20, 41]] = False
    wrong_time, wrong_side = time[30] + 0.01, 1 - side[30]
    t = np.append(time[keep], wrong_time)
    s = np.append(side[keep], wrong_side)
    score = np.append(np.ones(58), 0.4)
    order = np.argsort(t)
    costs = TrainCosts(tolerance=0.16, skip=1.0, most_skips=4, shortest=0.45)
    pick = best_train(t[order], score[order], np.full(59, 0.35), s[order], costs)
    assert len(pick) == 58
    assert wrong_time not in t[order][pick]


def test_nothing_in_nothing_out() -> None:
    none = np.zeros(0)
    assert len(best_train(none, none, none)) == 0
    one = np.array([1.0])
    assert best_train(one, np.array([1.0]), np.array([0.7])).tolist() == [0]


def test_chunks_join_without_a_seam() -> None:
    true, _ = series(3000, 0.02, 3)
    pick = best_train(true, np.ones(3000), np.full(3000, 0.7))
    assert np.array_equal(pick, np.arange(3000))
