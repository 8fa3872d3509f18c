"""Strength tests: up or not, against the test-retest error of the athlete's own tests.

The tests before the block and in its first week are taken to be alike: their SD is the SEM, and a
later test is up where it leaves the interval in which 95 % of such tests lie
(``stats.repeatability``). With fewer than three of them nothing is claimed; nor where all of them
are the same number, as whole repetitions can be: the error is not zero then, it is not known.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from hipgait.stats.repeatability import FEWEST, sem_mdc95
from hipgait.strength.entries import StrengthTest

FIRST_DAYS: Final = 7
"""of the block: strength has not changed yet (our proposal: weeks, not days)"""
Verdict = Literal["up", "down", "not_shown", "too_few_tests"]


@dataclass(frozen=True)
class StrengthCourse:
    """All results of one test of one side, oldest first.

    change : latest less the mean of the ``n`` early ones.  mdc95 : None with too few of them, or
    where all of them are the same.
    """

    test: str
    unit: str
    side: str | None
    results: tuple[StrengthTest, ...]
    n: int
    change: float | None
    mdc95: float | None

    @property
    def verdict(self) -> Verdict:
        """What can be said of the latest result."""
        if self.change is None or self.mdc95 is None:
            return "too_few_tests"
        if abs(self.change) <= self.mdc95:
            return "not_shown"
        return "up" if self.change > 0 else "down"


def strength_courses(
    tests: Sequence[StrengthTest], start: dt.date | None
) -> tuple[StrengthCourse, ...]:
    """One course a test, unit and side. start : first day of the block, None: not begun."""
    found: dict[tuple[str, str, str | None], list[StrengthTest]] = defaultdict(list)
    for test in tests:
        found[test.test, test.unit, test.side].append(test)
    return tuple(_course(key, tuple(mine), start) for key, mine in found.items())


def _course(
    key: tuple[str, str, str | None], mine: tuple[StrengthTest, ...], start: dt.date | None
) -> StrengthCourse:
    end = dt.date.max if start is None else start + dt.timedelta(days=FIRST_DAYS)
    early = [t.value for t in mine if t.date < end]
    later = [t.value for t in mine if t.date >= end]
    change = later[-1] - sum(early) / len(early) if early and later else None
    mdc = sem_mdc95(early)[1] if len(early) >= FEWEST and len(set(early)) > 1 else None
    return StrengthCourse(*key, mine, len(early), change, mdc)


def strength_document(course: StrengthCourse) -> dict[str, Any]:
    """A course for JSON."""
    return {
        "test": course.test,
        "unit": course.unit,
        "side": course.side,
        "latest": course.results[-1].value,
        "early_tests": course.n,
        "change": course.change,
        "mdc95": course.mdc95,
        "verdict": course.verdict,
    }


def stronger(courses: Sequence[StrengthCourse]) -> bool | None:
    """Whether any test is up beyond its error; None where none can say."""
    known = [c.verdict for c in courses if c.verdict != "too_few_tests"]
    return ("up" in known) if known else None
