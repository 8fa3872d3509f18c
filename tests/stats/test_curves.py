"""Permutation of whole runs: error rate, an effect in its place, and spm1d."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import spm1d

from hipgait.stats import curves
from tests.stats.invented_runs import entries, phases


def smooth(rng: np.random.Generator, n: int, m: int = 101) -> np.ndarray:
    kernel = np.exp(-0.5 * (np.arange(-20, 21) / 7.0) ** 2)
    raw = rng.standard_normal((n, m + 40))
    return np.array([np.convolve(r, kernel / np.sqrt((kernel**2).sum()), "valid") for r in raw])


AFTER = np.arange(12) >= 6


def test_an_effect_is_found_where_it_is() -> None:
    rng = np.random.default_rng(1)
    y = smooth(rng, 12)
    y[AFTER, 30:50] += 6.0
    found = curves.label_permutation(y, AFTER)
    outside = np.abs(found.difference) > found.band
    assert outside[33:47].all()
    assert not outside[:20].any()
    assert not outside[60:].any()
    assert found.count == 924  # 12 over 6
    assert found.p == pytest.approx(2 / 924, abs=1e-9)


def test_without_an_effect_five_in_a_hundred_curves_leave_the_band() -> None:
    rng = np.random.default_rng(2)
    left = 0
    for _ in range(300):
        found = curves.label_permutation(smooth(rng, 12), AFTER)
        left += bool((np.abs(found.difference) > found.band).any())
        assert (found.p < 0.05) or not (np.abs(found.difference) > found.band + 1e-9).any()
    assert left / 300 <= 0.08


def test_runs_that_resemble_their_neighbours_widen_the_band() -> None:
    y = smooth(np.random.default_rng(3), 12)
    plain = curves.label_permutation(y, AFTER)
    wide = curves.label_permutation(y, AFTER, inflation=1.5)
    assert wide.band == pytest.approx(1.5 * plain.band)
    assert wide.p >= plain.p


def test_observed_t_is_that_of_scipy() -> None:
    from scipy import stats

    y = smooth(np.random.default_rng(4), 12)
    oracle = stats.ttest_ind(y[AFTER], y[~AFTER], axis=0)
    assert curves.label_permutation(y, AFTER).t == pytest.approx(oracle.statistic)
    assert curves.sign_flip(y).t == pytest.approx(stats.ttest_1samp(y, 0, axis=0).statistic)


def test_many_runs_are_drawn_and_repeatable() -> None:
    y = smooth(np.random.default_rng(5), 24)
    after = np.arange(24) >= 12
    first, again = (curves.label_permutation(y, after) for _ in range(2))
    assert first.count == curves.PERMUTATIONS + 1
    assert first.critical == again.critical


def test_thresholds_are_those_of_spm1d() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = smooth(np.random.default_rng(6), 10)
        after = np.arange(10) >= 5
        two = spm1d.stats.nonparam.ttest2(y[after], y[~after]).inference(
            0.05, two_tailed=True, iterations=-1
        )
        one = spm1d.stats.nonparam.ttest(y).inference(0.05, two_tailed=True, iterations=-1)
    mine = curves.label_permutation(y, after)
    assert mine.t == pytest.approx(two.z, abs=1e-6)
    # two-tailed there: 2.5 % of the maxima of t; here 5 % of the maxima of |t|
    assert mine.critical == pytest.approx(two.zstar, rel=0.08)
    assert curves.sign_flip(y).critical == pytest.approx(one.zstar, rel=0.08)


def test_curves_of_runs_left_and_right_share_a_threshold() -> None:
    rng = np.random.default_rng(7)
    rows = []
    for i in range(12):
        pair = smooth(rng, 2)
        pair[0, 40:60] -= 8.0 * (i >= 6)
        rows.append({"curves": {"pelvic_drop_left": pair[0], "pelvic_drop_right": pair[1]}})
    found = curves.compare_curves(entries(*phases(6, 6, rows=rows)))
    assert [(c.name, c.side) for c in found] == [("pelvic_drop", "left"), ("pelvic_drop", "right")]
    left, right = found
    assert left.critical == right.critical
    assert left.p < 0.05
    assert right.p > 0.05
    assert right.spans == ()
    ((start, end),) = left.spans
    assert 35 <= start <= 45
    assert 55 <= end <= 66


def test_three_runs_give_no_curve() -> None:
    rows = [{"curves": {f"pelvic_drop_{s}": np.ones(101) for s in ("left", "right")}}] * 9
    assert curves.compare_curves(entries(*phases(6, 3, rows=rows))) == ()
