"""The randomised-start test: exact by construction."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from hipgait.stats.random_start import random_start_test

FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=i) for i in range(60)]
WEEK = timedelta(weeks=1)
STARTS = (DAYS[15], DAYS[34])


def test_a_step_at_the_start_has_the_smallest_p() -> None:
    y = np.array([5.0] * 25 + [3.0] * 35) + 0.01 * np.sin(np.arange(60))
    found = random_start_test(DAYS, y, np.ones(60), DAYS[25], STARTS, timedelta())
    assert found.starts == 20
    assert found.p == pytest.approx(1 / 20)
    assert found.statistic == pytest.approx(-2.0, abs=0.02)


def test_without_an_effect_every_rank_is_as_likely() -> None:
    rng = np.random.default_rng(4)
    small = 0
    for _ in range(400):
        y = np.cumsum(rng.standard_normal(60)) * 0.1 + rng.standard_normal(60)
        start = DAYS[15 + int(rng.integers(20))]
        p = random_start_test(DAYS, y, np.ones(60), start, STARTS, WEEK).p
        assert p is not None
        small += p <= 0.1
    assert small / 400 == pytest.approx(0.1, abs=0.045)


def test_what_the_design_does_not_allow_is_said() -> None:
    y = np.zeros(60)
    other = random_start_test(DAYS, y, np.ones(60), DAYS[50], STARTS, WEEK)
    assert other.p is None
    assert "did not start" in str(other.why_not)
    early = (DAYS[1], DAYS[20])
    few = random_start_test(DAYS, y, np.ones(60), DAYS[15], early, WEEK)
    assert few.p is None
    assert "fewer than 3 runs" in str(few.why_not)


def test_starts_that_part_the_runs_alike_share_the_smallest_p() -> None:
    """Runs on every tenth day: ten starts in a row are one and the same division."""
    days = DAYS[::10]
    y = np.array([5.0, 5.1, 4.9, 3.0, 3.1, 2.9])
    admissible = (DAYS[21], DAYS[30])
    found = random_start_test(days, y, np.ones(6), DAYS[25], admissible, timedelta())
    assert (found.starts, found.alike, found.p) == (10, 10, 1.0)
    assert found.to_dict()["smallest_p"] == 1.0
    y = np.array([5.0] * 25 + [3.0] * 35) + 0.01 * np.sin(np.arange(60))
    daily = random_start_test(DAYS, y, np.ones(60), DAYS[25], STARTS, timedelta())
    assert (daily.alike, daily.smallest) == (1, pytest.approx(1 / 20))
