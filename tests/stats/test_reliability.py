"""SEM, MDC95, ICC and the usual range, against published tables and simulation."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.stats.effects import change
from hipgait.stats.reliability import (
    PUBLISHED,
    icc_agreement,
    mounting_parts,
    reliability_of,
)
from hipgait.stats.repeatability import mdc95, sem_of, usual_range
from tests.stats.invented_runs import MARCH, PRIMARY, entries, one, phases

SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
"""Shrout and Fleiss 1979, doi:10.1037/0033-2909.86.2.420, table 2: ICC(2,1) = .29."""


def test_icc_of_the_published_example() -> None:
    found = icc_agreement(SHROUT_FLEISS)
    assert found.value == pytest.approx(0.29, abs=0.005)
    assert (found.ci_low, found.ci_high) == pytest.approx((0.019, 0.761), abs=0.002)


def test_icc_by_variance_components_of_a_large_sample() -> None:
    rng = np.random.default_rng(1)
    table = 2.0 * rng.standard_normal((4000, 1)) + rng.standard_normal((4000, 3))
    assert icc_agreement(table).value == pytest.approx(0.8, abs=0.02)


def test_icc_needs_several_athletes() -> None:
    with pytest.raises(ValueError, match="2 athletes x 2 sessions"):
        icc_agreement([[1.0, 2.0, 3.0]])


def test_sem_and_mdc_by_hand() -> None:
    sem, free = sem_of([[4.0, 6.0], [1.0, 2.0, 3.0]])
    assert sem == pytest.approx(np.sqrt((2.0 + 2.0) / 3))
    assert free == 3
    assert mdc95(1.0) == pytest.approx(2.772, abs=0.001)
    assert mdc95(1.0, 4) == pytest.approx(1.386, abs=0.001)


@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=20))
def test_sem_of_pairs_is_the_sd_of_differences_over_root_two(values: list[float]) -> None:
    pairs = [values[i : i + 2] for i in range(0, len(values) - 1, 2)]
    square = np.mean([(a - b) ** 2 / 2 for a, b in pairs])
    assert sem_of(pairs)[0] == pytest.approx(np.sqrt(square), abs=1e-9)


def test_usual_range_holds_nineteen_of_twenty() -> None:
    rng = np.random.default_rng(8)
    inside = 0
    for _ in range(2000):
        *seen, new = rng.standard_normal(6)
        low, high = usual_range(seen)
        inside += low <= new <= high
    assert inside / 2000 == pytest.approx(0.95, abs=0.015)


def test_usual_needs_three_runs() -> None:
    with pytest.raises(ValueError, match="3 are needed"):
        usual_range([1.0, 2.0])


def test_mounting_is_told_from_repetition() -> None:
    rng = np.random.default_rng(3)
    mounting = np.repeat(np.arange(2000), 3)
    values = 1.0 * rng.standard_normal(2000)[mounting] + 0.4 * rng.standard_normal(6000)
    parts = mounting_parts(values, [str(m) for m in mounting])
    assert parts == pytest.approx((1.0, 0.4), abs=0.05)
    assert mounting_parts([1.0, 2.0], ["a", "b"]) is None
    assert mounting_parts([1.0, 2.0], ["a", "a"]) is None


def test_the_change_of_the_block_is_no_scatter() -> None:
    rows = entries(*phases(8, 8, -5.0, sd=0.5))
    found = reliability_of(rows, PRIMARY, change(rows, PRIMARY, 1.0, "less", None))
    assert found.source == "own runs"
    assert found.sem == pytest.approx(0.5, abs=0.2)
    assert found.sem_low is not None
    assert found.sem_high is not None
    assert found.sem is not None
    assert found.sem_low < found.sem < found.sem_high
    assert found.usual is not None
    assert found.usual[1] < 4.0  # of the runs after the block
    assert found.remount_sd is None


def test_two_runs_a_day_split_the_mounting() -> None:
    rng = np.random.default_rng(1)
    runs = []
    for day in range(6):
        mounted = rng.standard_normal()
        for k in range(2):
            start = MARCH + timedelta(days=day, hours=2 * k)
            value = 5.0 + mounted + 0.1 * rng.standard_normal()
            runs.append(one(2 * day + k, value, start=start))
    found = reliability_of(entries(runs, []), PRIMARY)
    assert found.mountings == 6
    assert found.within_sd is not None
    assert found.within_sd < 0.2
    assert found.remount_sd is not None
    assert found.remount_sd > 0.4


def test_published_values_only_where_there_are_too_few_runs_and_labelled() -> None:
    found = reliability_of(entries(*phases(1, 1)), PRIMARY)
    assert found.sem == pytest.approx(0.99, abs=0.01)
    assert "doi:10.1016/j.ptsp.2018.06.009" in str(found.source)
    assert found.usual is None
    nothing = reliability_of(entries(*phases(1, 1)), "contact_time")
    assert (nothing.sem, nothing.source) == (None, None)
    assert set(PUBLISHED) == {"pelvic_drop_excursion", "pelvic_drop_peak"}
