"""SEM, MDC95 and verdicts of the control test, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.stats.repeatability import VERDICTS, repeatability, sem_mdc95


def summary(value: float | None) -> dict[str, Any]:
    return {"squat": {"left": {"hold_s": {"mean": value, "sd": 1.0, "n": 5}}}}


def one(new: float | None, earlier: list[float | None]) -> dict[str, Any]:
    found = repeatability(summary(new), [summary(v) for v in earlier])
    cell: dict[str, Any] = found["squat"]["left"]["hold_s"]
    return cell


def test_by_hand() -> None:
    """4, 5, 6: SD 1; t(2) = 4.3027; MDC95 = 4.3027 sqrt(4/3)."""
    sem, mdc = sem_mdc95([4.0, 5.0, 6.0])
    assert sem == pytest.approx(1.0)
    assert mdc == pytest.approx(4.9683, abs=1e-3)


def test_many_tests_come_to_the_usual_formula() -> None:
    values = list(np.tile([-1.0, 1.0], 5000))
    sem, mdc = sem_mdc95(values)
    assert mdc == pytest.approx(1.96 * sem, rel=1e-3)


@pytest.mark.parametrize(
    ("new", "earlier", "verdict"),
    [
        (9.9, [4.0, 5.0, 6.0], "not_shown"),
        (10.0, [4.0, 5.0, 6.0], "changed"),
        (0.0, [4.0, 5.0, 6.0], "changed"),
        (100.0, [4.0, 5.0], "too_few_tests"),
        (100.0, [4.0, None, 5.0], "too_few_tests"),
        (None, [4.0, 5.0, 6.0], "too_few_tests"),
        (5.0, [], "too_few_tests"),
    ],
)
def test_verdicts(new: float | None, earlier: list[float | None], verdict: str) -> None:
    cell = one(new, earlier)
    assert cell["verdict"] == verdict
    assert verdict in VERDICTS
    assert cell["n"] == sum(v is not None for v in earlier)
    assert (cell["mdc95"] is None) == (verdict == "too_few_tests")


def test_a_movement_that_was_not_done_before_is_too_few() -> None:
    found = repeatability(summary(1.0), [{}, {"squat": {}}, {"squat": {"right": {}}}])
    assert found["squat"]["left"]["hold_s"]["verdict"] == "too_few_tests"


@given(
    st.lists(st.floats(-50, 50), min_size=3, max_size=8),
    st.floats(-50, 50),
    st.floats(-100, 100),
)
def test_a_shift_of_everything_changes_nothing(
    earlier: list[float], new: float, shift: float
) -> None:
    a, b = one(new, list(earlier)), one(new + shift, [v + shift for v in earlier])
    assert a["sem"] == pytest.approx(b["sem"], abs=1e-6)
    assert a["change"] == pytest.approx(b["change"], abs=1e-6)
