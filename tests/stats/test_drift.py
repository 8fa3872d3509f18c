"""The drift test: levels, verdicts, course, and what it says of runs with known drift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.names import POOLED, PRIMARY_OUTCOME
from hipgait.settings import FindingsSettings
from hipgait.stats.blocks import FEWEST_STRIDES, block_count, widened
from hipgait.stats.course import trend
from hipgait.stats.drift import add_tests, adjusted_levels
from hipgait.stats.early_late import describe_change, run_parts
from hipgait.stats.fgn import fgn_correlation
from tests.stats.test_early_late import table

NAMES = ("pelvic_drop_peak", "contact_time", "cadence", "stride_time_cv")


def drift_of(minutes: float, drift: float) -> dict[str, dict[str, Any]]:
    frame = table(minutes, drift=drift)
    frame["clipped"] = False
    s = FindingsSettings()
    parts = run_parts(frame["ic_s"].to_numpy(), s)
    return add_tests(frame, describe_change(frame, True, parts, s), parts, s)


def test_a_drift_is_found_over_the_analysed_run() -> None:
    entry = drift_of(60, 3.0)[PRIMARY_OUTCOME]
    truth = 3.0 * (3540.0 - 300.0) / 3600.0
    assert entry["verdict"] == "drifted"
    assert entry["ci_low"] < truth < entry["ci_high"]
    assert entry["estimate"] == pytest.approx(truth, abs=0.1)
    assert entry["course"]["change"][0] == 0.0
    assert entry["course"]["change"][-1] == pytest.approx(entry["estimate"])


def test_no_drift_is_said_where_there_is_none() -> None:
    entry = drift_of(60, 0.0)[PRIMARY_OUTCOME]
    assert entry["verdict"] == "no_relevant_drift"
    assert abs(entry["estimate"]) < 0.1


def test_a_short_run_is_not_tested_and_says_why() -> None:
    entry = drift_of(4, 3.0)[PRIMARY_OUTCOME]
    assert entry["verdict"] == "not_tested"
    assert str(FEWEST_STRIDES) in entry["reason"]
    assert entry["ci_low"] is None


@given(p=st.lists(st.floats(1e-6, 1.0), min_size=len(NAMES), max_size=len(NAMES)))
def test_adjusted_p_and_interval_never_disagree(p: list[float]) -> None:
    raw = {(n, POOLED): v for n, v in zip(NAMES, p, strict=True)}
    for key, (level, adjusted) in adjusted_levels(raw, 0.05).items():
        assert (raw[key] < level) == (adjusted < 0.05) or raw[key] == pytest.approx(level)


def test_holm_by_hand() -> None:
    raw = dict(zip([(n, POOLED) for n in NAMES], (0.01, 0.04, 0.03, 0.2), strict=True))
    found = adjusted_levels(raw, 0.05)
    assert [found[k][1] for k in raw] == pytest.approx([0.04, 0.09, 0.09, 0.2])
    assert [found[k][0] for k in raw] == pytest.approx([0.0125, 0.05 / 3, 0.05 / 3, 0.05 / 3])


def test_correlation_of_fractional_noise_by_hand() -> None:
    assert fgn_correlation(3, 0.5) == pytest.approx([1.0, 0.0, 0.0])
    assert fgn_correlation(2, 1.0) == pytest.approx([1.0, 1.0])
    assert fgn_correlation(2, 0.75)[1] == pytest.approx(2**0.5 - 1.0)


@given(level=st.floats(-50, 50))
def test_the_change_moves_with_the_data(level: float) -> None:
    where = (np.arange(24) + 0.5) / 24
    y = np.random.default_rng(1).standard_normal(24)
    ones = np.ones((24, 1))
    base, moved = trend(y, ones, where), trend(level + 3.0 * y, ones, where)
    assert base is not None
    assert moved is not None
    assert moved.total == pytest.approx(3.0 * base.total, abs=1e-6)
    assert moved.se == pytest.approx(3.0 * base.se, rel=1e-6)
    assert moved.p == pytest.approx(base.p, rel=1e-5)


def test_without_scatter_nothing_is_tested() -> None:
    assert trend(np.zeros(24), np.ones((24, 1)), np.linspace(0, 1, 24)) is None


def test_blocks_and_masks_by_hand() -> None:
    assert [block_count(n) for n in (300, 600, 4000, 12000)] == [16, 24, 40, 64]
    mask = np.zeros(9, dtype=bool)
    mask[4] = True
    assert list(np.flatnonzero(widened(mask, 2))) == [2, 3, 4, 5, 6]
