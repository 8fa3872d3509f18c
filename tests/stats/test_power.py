"""What runs could show: against simulation and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.stats import nof1
from hipgait.stats.estimate import POWER
from hipgait.stats.power import detectable_change, what_these_could_show


def test_the_detectable_change_is_found_four_times_in_five(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With independent runs and no weighing of correlations it is the power of a t test."""
    size = detectable_change(8, 8, 1.0, correlation=_independent())
    rng = np.random.default_rng(2)
    a = rng.standard_normal((4000, 8))
    b = rng.standard_normal((4000, 8)) + size
    from scipy import stats

    power = float((stats.ttest_ind(a, b, axis=1).pvalue < 0.05).mean())
    assert power == pytest.approx(POWER, abs=0.025)


def _independent() -> np.ndarray:
    return (np.abs(nof1.CORRELATIONS) < 1e-9).astype(float)


def test_more_runs_show_less_and_more_scatter_shows_more() -> None:
    sizes = [detectable_change(k, k, 1.0) for k in (4, 6, 8, 12, 16)]
    assert (np.diff(sizes) < 0).all()
    assert detectable_change(8, 8, 2.0) == pytest.approx(2 * detectable_change(8, 8, 1.0))
    assert detectable_change(8, 8, 1.0, error=0.5) > detectable_change(8, 8, 1.0)
    assert detectable_change(8, 8, 1.0, covariates=1) > detectable_change(8, 8, 1.0)
    assert detectable_change(1, 1, 1.0) == float("inf")


def test_it_says_how_many_runs_would_do() -> None:
    found = what_these_could_show(8, 6, 0.7, 0.1, 1.0)
    assert found.runs_each is not None
    assert detectable_change(found.runs_each, found.runs_each, 0.7, 0.1) <= 1.0
    assert detectable_change(found.runs_each - 1, found.runs_each - 1, 0.7, 0.1) > 1.0
    assert found.more_after is not None
    assert detectable_change(8, 6 + found.more_after, 0.7, 0.1) <= 1.0
    assert found.mdc95 == pytest.approx(
        1.96 * np.sqrt(2) * np.hypot(0.7, 0.1) / np.sqrt(2 / (1 / 8 + 1 / 6))
    )


def test_it_says_when_no_number_of_runs_would_do() -> None:
    found = what_these_could_show(4, 4, 5.0, 0.1, 1.0)
    assert (found.runs_each, found.more_after) == (None, None)


def test_nothing_detectable_without_runs() -> None:
    found = what_these_could_show(0, 3, 1.0, 0.0, 1.0, source="published")
    assert (found.detectable, found.mdc95, found.more_after) == (None, None, None)
    assert found.runs_each is not None
    assert found.source == "published"
