"""Verdicts and the change between phases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.stats.effects import change, verdict
from tests.stats.invented_runs import PRIMARY, entries, phases


@pytest.mark.parametrize(
    ("estimate", "interval", "narrow", "better", "said"),
    [
        (-1.6, (-2.4, -0.8), (-2.2, -1.0), "less", "improved"),
        (-1.6, (-2.4, -0.8), (-2.2, -1.0), "more", "worse"),
        (1.6, (0.8, 2.4), (1.0, 2.2), "less", "worse"),
        (-0.4, (-0.7, -0.1), (-0.6, -0.2), "less", "no_relevant_change"),
        (-0.9, (-1.7, -0.1), (-1.5, -0.3), "less", "inconclusive"),
        (-1.6, (-3.4, 0.2), (-3.0, -0.2), "less", "inconclusive"),
        (0.1, (-0.9, 1.1), (-0.7, 0.9), "less", "no_relevant_change"),
        (0.1, (-1.2, 1.4), (-1.0, 1.2), "less", "inconclusive"),
    ],
)
def test_the_contract_of_the_verdicts(
    estimate: float,
    interval: tuple[float, float],
    narrow: tuple[float, float],
    better: str,
    said: str,
) -> None:
    assert verdict(estimate, interval, narrow, 1.0, better) == said


def test_a_clear_change_is_called_and_its_levels_are_those_of_the_phases() -> None:
    found = change(entries(*phases(8, 8, -2.0)), PRIMARY, 1.0, "less", None)
    assert found.verdict == "improved"
    assert found.estimate == pytest.approx(-2.0, abs=0.6)
    assert found.before is not None
    assert found.after is not None
    assert found.after[0] - found.before[0] == pytest.approx(found.estimate)
    assert len(found.points) == 16


def test_three_runs_are_too_few_and_nothing_is_claimed() -> None:
    found = change(entries(*phases(8, 3, -2.0)), PRIMARY, 1.0, "less", None)
    assert found.verdict == "too_few_runs"
    assert (found.estimate, found.ci_low, found.p) == (None, None, None)
    assert len(found.points) == 11


def test_pace_is_taken_out() -> None:
    before, after = phases(10, 10, 0.0, sd=0.1, pace_slope=5.0)
    rows = entries(before, after)
    adjusted = change(rows, PRIMARY, 1.0, "less", 3.0)
    assert "pace" in adjusted.covariates
    assert adjusted.estimate == pytest.approx(0.0, abs=0.15)
    assert np.ptp(list(adjusted.points.values())) < 0.6


def test_a_shoe_that_changed_with_the_phase_is_said() -> None:
    rows = [{"shoe": "old"}] * 6 + [{"shoe": "new"}] * 6
    found = change(entries(*phases(6, 6, rows=rows)), PRIMARY, 1.0, "less", None)
    assert "changed with the phase" in found.skipped["shoe"]
    assert found.covariates == ()


def test_a_shoe_worn_in_both_phases_is_adjusted_for() -> None:
    shoes = [{"shoe": "soft" if i % 2 else "hard"} for i in range(16)]
    found = change(entries(*phases(8, 8, rows=shoes)), PRIMARY, 1.0, "less", None)
    assert len(found.covariates) == 1
    assert found.covariates[0].startswith("shoe: ")
    assert found.free == 13


def test_equal_cadence_tells_another_change_where_cadence_rose() -> None:
    rng = np.random.default_rng(5)
    steps = [165.0 + 6.0 * (i >= 8) + 3.0 * rng.standard_normal() for i in range(16)]
    before, after = phases(8, 8, 0.0, sd=0.05, rows=[{"cadence_spm": c} for c in steps])
    from dataclasses import replace

    def with_cadence(run):
        level = dict(run.values["level"])
        value = level[PRIMARY]["pooled"][0] - 0.3 * (run.cadence_spm - 165.0)
        level[PRIMARY] = {"pooled": (value, 0.05)}
        return replace(run, values={"level": level})

    rows = entries([with_cadence(r) for r in before], [with_cadence(r) for r in after])
    found = change(rows, PRIMARY, 1.0, "less", None)
    assert found.estimate is not None
    assert found.estimate < -1.0
    assert found.adjusted is not None
    assert found.adjusted["estimate"] == pytest.approx(0.0, abs=0.2)
    assert found.adjusted["per_spm"] == pytest.approx(-0.3, abs=0.05)


@given(seed=st.integers(0, 5000), size=st.floats(-3, 3))
def test_verdict_and_interval_never_contradict(seed: int, size: float) -> None:
    found = change(entries(*phases(5, 6, size, seed=seed)), PRIMARY, 1.0, "less", None)
    assert found.ci_low is not None
    assert found.ci_high is not None
    assert found.p is not None
    outside = found.ci_low > 0 or found.ci_high < 0
    assert outside == (found.p < 0.05)
    assert (found.verdict in ("improved", "worse")) == (
        outside and abs(found.estimate or 0.0) > 1.0
    )
