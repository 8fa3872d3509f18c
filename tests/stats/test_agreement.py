"""Bias, limits and their intervals: by hand, by what must not change them, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hipgait.stats.agreement import Agreement, Interval, agree, effective_number

HAND = ([3.0, 6.0, 7.0, 7.0, 13.0, 15.0], [2.0, 3.0, 5.0, 3.0, 7.0, 7.0], list("aabbcc"))
"""Differences 1, 3; 2, 4; 6, 8: means 2, 3, 7, variance 2 within each."""


def found(*given: object) -> Agreement:
    result = agree(*given)  # type: ignore[arg-type]
    assert result is not None
    return result


def test_three_participants_by_hand() -> None:
    """Analysis of variance: within 2, of means 7 (14 of two each), so between (14 - 2) / 2 = 6."""
    a = found(*HAND)
    assert (a.n, a.participants, a.method) == (6, 3, "repeated")
    assert a.bias.value == pytest.approx(4.0)
    assert a.sd**2 == pytest.approx(8.0)
    assert a.sd_between == pytest.approx(np.sqrt(6.0))
    assert a.sd_within == pytest.approx(np.sqrt(2.0))
    assert a.lower.value == pytest.approx(4.0 - 1.96 * np.sqrt(8.0))
    assert a.upper.value == pytest.approx(4.0 + 1.96 * np.sqrt(8.0))
    assert a.rmse == pytest.approx(np.sqrt((1 + 9 + 4 + 16 + 36 + 64) / 6))
    # t(2) = 4.3027, SE sqrt(7 / 3)
    assert a.bias.ci_low == pytest.approx(4.0 - 4.302653 * np.sqrt(7.0 / 3.0), abs=1e-5)
    # MOVER: chi2(2) quantiles 0.050636, 7.377759; chi2(3) quantiles 0.215795, 9.348404
    up = np.hypot(7 * (2 / 0.0506356 - 1), 1 * (3 / 0.2157953 - 1))
    down = np.hypot(7 * (1 - 2 / 7.3777589), 1 * (1 - 3 / 9.3484036))
    half = 4.302653 * np.sqrt(7.0 / 3.0)
    outer = np.hypot(half, 1.96 * (np.sqrt(8 + up) - np.sqrt(8)))
    inner = np.hypot(half, 1.96 * (np.sqrt(8) - np.sqrt(8 - down)))
    assert a.upper.ci_high == pytest.approx(a.upper.value + outer, rel=1e-5)
    assert a.upper.ci_low == pytest.approx(a.upper.value - inner, rel=1e-5)
    assert a.lower.ci_low == pytest.approx(a.lower.value - outer, rel=1e-5)
    assert a.lower.ci_high == pytest.approx(a.lower.value + inner, rel=1e-5)


def test_each_participant_counts_once_however_many_stances() -> None:
    """Differences 1 (ten times), 3, 5: the mean of means is 3, not that of stances."""
    who = ["a"] * 10 + ["b", "c"]
    truth = np.linspace(0.0, 11.0, 12)
    a = found(truth + np.array([1.0] * 10 + [3.0, 5.0]), truth, who)
    assert a.bias.value == pytest.approx(3.0)
    assert a.sd_within == pytest.approx(0.0, abs=1e-9)
    assert a.sd == pytest.approx(2.0)


def test_independent_stances_of_one_participant_have_the_textbook_interval() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(5.0, 2.0, 400)
    difference = 0.5 + rng.normal(0.0, 1.0, 400)
    a = found(truth + difference, truth, ["a"] * 400)
    assert a.method == "one_participant"
    n = a.n_effective
    assert n == pytest.approx(400, rel=0.25)
    assert n is not None
    low, high = stats.t.interval(0.95, 399, difference.mean(), stats.sem(difference))
    assert a.bias.ci_low == pytest.approx(low, abs=0.02)
    assert a.bias.ci_high == pytest.approx(high, abs=0.02)
    # Bland & Altman 1999: SE of a limit is about sqrt(3 / n) SD
    assert a.upper.ci_high is not None
    assert a.upper.ci_high - a.upper.value == pytest.approx(1.96 * np.sqrt(3 / n), rel=0.2)


def test_alike_neighbours_count_less() -> None:
    rng = np.random.default_rng(2)
    walk = np.zeros(2000)
    for k in range(1, 2000):
        walk[k] = 0.8 * walk[k - 1] + rng.normal()
    label = np.repeat(["left", "right"], 1000)
    assert effective_number(walk, label) == pytest.approx(2000 * 0.2 / 1.8, rel=0.25)
    assert effective_number(rng.normal(size=2000), label) > 1800


@pytest.mark.parametrize(("k", "m", "between"), [(12, 20, 1.0)])
def test_intervals_hold_the_truth_as_often_as_they_say(k: int, m: int, between: float) -> None:
    """80 designs of known bias 0.4 and components: 95 % intervals, 0.95 - 3 SE at the least."""
    rng = np.random.default_rng(3)
    who = np.repeat([f"p{i:02d}" for i in range(k)], m)
    limit = 0.4 + 1.96 * np.hypot(between, 1.0)
    hits = np.zeros(2)
    for _ in range(80):
        truth = rng.normal(5.0, 2.0, k * m)
        d = 0.4 + np.repeat(rng.normal(0.0, between, k), m) + rng.normal(0.0, 1.0, k * m)
        a = found(truth + d, truth, who)
        hits += [_holds(a.bias, 0.4), _holds(a.upper, limit)]
    assert (hits / 80 > 0.87).all(), hits


def _holds(v: Interval, truth: float) -> bool:
    assert v.ci_low is not None
    assert v.ci_high is not None
    return v.ci_low <= truth <= v.ci_high


values = st.integers(0, 2**32 - 1).map(np.random.default_rng)


@given(values, st.integers(1, 5), st.floats(-50.0, 50.0))
def test_a_constant_moves_the_bias_and_nothing_else(
    rng: np.random.Generator, people: int, constant: float
) -> None:
    truth, who = rng.normal(10.0, 3.0, 60), [f"p{i % people}" for i in range(60)]
    first = truth + rng.normal(0.0, 1.0, 60)
    a, b = found(first, truth, who), found(first + constant, truth, who)
    for name in ("bias", "lower", "upper"):
        shift = np.subtract(getattr(b, name), getattr(a, name))
        assert shift == pytest.approx([constant] * 3, abs=1e-9)
    for name in ("sd", "sd_between", "sd_within", "n_effective"):
        was, now = getattr(a, name), getattr(b, name)
        assert (was is None and now is None) or now == pytest.approx(was, rel=1e-6, abs=1e-7)
    if a.slope is not None and b.slope is not None:
        assert b.slope.value == pytest.approx(a.slope.value, abs=1e-6)


@given(values, st.integers(1, 5))
def test_methods_exchanged_turn_the_sign(rng: np.random.Generator, people: int) -> None:
    truth, who = rng.normal(10.0, 3.0, 60), [f"p{i % people}" for i in range(60)]
    first = 1.1 * truth + rng.normal(0.0, 1.0, 60)
    a, b = found(first, truth, who), found(truth, first, who)
    assert b.bias.value == pytest.approx(-a.bias.value)
    assert b.lower.value == pytest.approx(-a.upper.value)
    assert b.lower.ci_low == pytest.approx(-(a.upper.ci_high or 0.0))
    assert b.sd == pytest.approx(a.sd)
    assert b.rmse == pytest.approx(a.rmse)
    assert a.slope is not None
    assert b.slope is not None
    assert b.slope.value == pytest.approx(-a.slope.value)
    assert a.icc is not None
    assert b.icc is not None
    assert b.icc.value == pytest.approx(a.icc.value)


def test_a_shuffled_reference_has_no_agreement() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(10.0, 3.0, 500)
    close, shuffled = truth + rng.normal(0.0, 0.3, 500), rng.permutation(truth)
    same, other = (found(close, b, ["a"] * 500) for b in (truth, shuffled))
    assert same.icc is not None
    assert other.icc is not None
    assert same.icc.value > 0.98
    assert abs(other.icc.value) < 0.15
    assert other.sd > 8 * same.sd


def test_a_scale_error_is_a_slope() -> None:
    rng = np.random.default_rng(5)
    truth = rng.normal(10.0, 3.0, 600)
    who = [f"p{i % 6}" for i in range(600)]
    for people in (["a"] * 600, who):
        a = found(1.2 * truth + rng.normal(0.0, 0.2, 600), truth, people)
        assert a.slope is not None
        # difference 0.2 b over mean 1.1 b
        assert a.slope.value == pytest.approx(0.2 / 1.1, abs=0.02)
        assert _holds(a.slope, 0.2 / 1.1)


def test_two_pairs_are_too_few_and_equal_methods_agree() -> None:
    assert agree([1.0, 2.0], [1.0, 2.0], ["a", "a"]) is None
    a = found([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], list("aaa"))
    assert (a.bias.value, a.sd, a.rmse) == (0.0, 0.0, 0.0)
    assert a.icc is not None
    assert a.icc.value == pytest.approx(1.0)
    flat = found([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], list("aaa"))
    assert flat.icc is None
    assert flat.slope is None
