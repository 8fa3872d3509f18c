"""Strength is up only beyond the test-retest error of the athlete's own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from hipgait.strength.entries import Entry, StrengthTest
from hipgait.strength.status import status_document, status_of
from hipgait.strength.strength_tests import FIRST_DAYS, strength_courses, stronger
from tests.strength.log import day, did, write


def held(n: int, value: float, side: str | None = "left", test: str = "side_plank") -> StrengthTest:
    return StrengthTest(date=day(n), test=test, value=value, unit="s", side=side)


@pytest.mark.parametrize(
    ("early", "later", "verdict"),
    [  # 40, 42, 44: SD 2, t(2) = 4.3027, half 4.3027 * 2 * sqrt(4/3) = 9.94
        ([40, 42, 44], 51.9, "not_shown"),
        ([40, 42, 44], 52.0, "up"),
        ([40, 42, 44], 32.0, "down"),
        ([40, 44], 90.0, "too_few_tests"),
        ([], 90.0, "too_few_tests"),
        ([10, 10, 10], 11.0, "too_few_tests"),  # whole repetitions: an error of 0 is none
        ([40, 42, 44], None, "too_few_tests"),
    ],
)
def test_against_its_own_error(early: list[float], later: float | None, verdict: str) -> None:
    tests = [held(k - 3, v) for k, v in enumerate(early)]
    tests += [] if later is None else [held(30, later)]
    (course,) = strength_courses(tests, day(0))
    assert course.verdict == verdict
    assert course.n == len(early)


def test_the_first_week_still_counts_as_before() -> None:
    tests = [held(0, 40), held(2, 42), held(FIRST_DAYS - 1, 44), held(FIRST_DAYS, 90)]
    (course,) = strength_courses(tests, day(0))
    assert (course.n, course.verdict) == (3, "up")
    (unbegun,) = strength_courses(tests, None)
    assert (unbegun.n, unbegun.change) == (4, None)


def test_sides_and_tests_are_kept_apart() -> None:
    same = [held(k, 40.0 + k) for k in range(3)]
    other = [held(k, 90.0, "right") for k in range(3)] + [held(0, 5.0, test="calf_raise")]
    courses = strength_courses([*same, *other], day(0))
    assert {(c.test, c.side) for c in courses} == {
        ("side_plank", "left"),
        ("side_plank", "right"),
        ("calf_raise", "left"),
    }
    assert stronger(courses) is None


def block() -> list[Entry]:
    tests = [held(k, v, s) for s in ("left", "right") for k, v in ((0, 40), (2, 42), (4, 44))]
    return [did(0, "bridge"), did(20, "bridge"), *tests, held(20, 60), held(20, 43, "right")]


def test_stronger_is_one_test_beyond_its_error() -> None:
    tests = [e for e in block() if isinstance(e, StrengthTest)]
    assert stronger(strength_courses(tests, day(0))) is True
    calm = [t for t in tests if t.value != 60]
    assert stronger(strength_courses(calm, day(0))) is False
    assert stronger(()) is None


def test_the_status_tells_them(tmp_path: Path) -> None:
    found = status_document(status_of(write(tmp_path, block()), [], day(21)))["strength_tests"]
    assert [(f["side"], f["verdict"]) for f in found] == [("left", "up"), ("right", "not_shown")]
    assert found[0]["mdc95"] == pytest.approx(9.94, abs=0.01)
