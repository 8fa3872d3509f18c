"""From the journal's entries to the rows that stand under the runs of a comparison.

"Stronger" rests on the strength tests, against their own test-retest error
(``strength_tests``). Without any it is said only where everything drawn rose by much
(``STRONGER_SHARE``): what was lifted or held is a training log, not a test.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from hipgait.errors import InputError, MissingInputError
from hipgait.names import SIDES
from hipgait.report.comparison_view import JournalRows, Session, StrengthTest
from hipgait.strength.athlete import Athlete
from hipgait.strength.bouts import Bout, find_bouts, hard_rows, sessions_of, worst
from hipgait.strength.entries import TABLES, Exercise
from hipgait.strength.guidance import read_setup
from hipgait.strength.journal import Journal, read_journal
from hipgait.strength.programme import Programme
from hipgait.strength.rules import Rules
from hipgait.strength.strength_tests import (
    strength_courses,
    strength_document,
    stronger,
)

MOST_TESTS: Final = 2
"""exercises drawn; more would push the runs off the first printed page"""
FEWEST_DAYS: Final = 4
"""an exercise logged on fewer days shows no course"""
LEAST_SPAN_DAYS: Final = 28
"""less than four weeks between the first and the last of them neither (early gains are practice)"""
STRONGER_SHARE: Final = 0.25
"""rise of what was held or lifted, from the mean of the first two days to that of the last two,
from which it is called stronger; on each side and for each drawn exercise, where there is no
strength test (our proposal)"""
MEASURES: Final = (("load_kg", "kg", "load"), ("seconds", "s", "held"), ("reps", "", "repetitions"))
"""column of sessions.csv, its unit, the word; the first that was logged often enough is drawn"""

Points = dict[str, dict[dt.date, float]]
"""left | right | both -> day -> highest value of the day"""
Course = tuple[tuple[dt.datetime, float], ...]


class Log(NamedTuple):
    """A journal with what belongs to it, read and checked."""

    programme: Programme
    athlete: Athlete
    rules: Rules
    journal: Journal


def read_log(path: Path) -> Log:
    """Read a journal: its folder, or one of the files in it.

    Raises
    ------
    MissingInputError : it is not there.  InputError : it is another file.
    FormatError : a line that cannot be read, with its cure.
    """
    if not path.exists():
        raise MissingInputError(
            f"{path}: no such file or folder", "Give the journal's folder, or leave it out"
        )
    if not path.is_dir() and path.name not in TABLES:
        raise InputError(f"{path}: is no file of a journal", "Give the journal's folder")
    folder = path if path.is_dir() else path.parent
    if not any((folder / name).is_file() for name in TABLES):
        raise InputError(
            f"{folder}: holds no file of a journal ({', '.join(TABLES)})",
            "Give the journal's folder, or leave it out",
        )
    programme, athlete, rules = read_setup(folder)
    return Log(programme, athlete, rules, read_journal(folder, frozenset(programme.exercise)))


def journal_rows(
    log: Log,
    first: dt.date,
    last: dt.date,
    start: dt.date | None = None,
    weeks: float | None = None,
) -> JournalRows:
    """What a journal says of the days ``first`` to ``last``; entries outside are left out.

    Strength tests before ``first`` count: what is usual of them is known from the early ones.

    Parameters
    ----------
    log : the journal.
    first, last : days of the first and the last run.
    start, weeks : of the block; where they are None, those of athlete.toml (or the first session)
        and of the programme.
    """
    programme = log.programme
    bouts = [b for b in find_bouts(log.journal) if first <= b.day <= last]
    hard = [(b, sum(r.sets for r in hard_rows(b, programme))) for b in sessions_of(bouts)]
    sessions = tuple(Session(_noon(b.day), sets) for b, sets in hard if sets)
    days = [s.at.date() for s in sessions]
    begin = start or log.athlete.plan.start or min(days, default=None)
    planned, done = _adherence(programme, days, begin, weeks, last)
    tests = _tests(bouts, programme)
    measured = strength_courses([t for t in log.journal.tests if t.date <= last], begin)
    return JournalRows(
        sessions=sessions,
        planned=planned,
        done=done,
        tests=tests,
        soreness=tuple(
            (_noon(max(s.date for s in b.late)), worst(b.late)) for b in bouts if b.late
        ),
        hold_above=log.rules.number("soreness_48h", "limit"),
        measured=measured,
        stronger=stronger(measured) if measured else _stronger(tests),
    )


def journal_document(rows: JournalRows) -> dict[str, Any]:
    """The rows for comparison.json (``journal_rows``)."""
    return {
        "sessions": [
            {"date": s.at.date().isoformat(), "hard_sets": s.hard_sets} for s in rows.sessions
        ],
        "planned": None if rows.planned is None else list(rows.planned),
        "done": rows.done,
        "exercises": [
            {
                "label": t.label,
                "unit": t.unit,
                **{
                    key: [{"date": at.date().isoformat(), "value": v} for at, v in course]
                    for key, course in t.courses.items()
                },
            }
            for t in rows.tests
        ],
        "soreness": [{"date": at.date().isoformat(), "level": v} for at, v in rows.soreness],
        "hold_above": rows.hold_above,
        "strength_tests": [strength_document(c) for c in rows.measured],
        "stronger": rows.stronger,
    }


def _noon(day: dt.date) -> dt.datetime:
    """A journal knows days only: its marks stand in the middle of them."""
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def _adherence(
    programme: Programme,
    days: Sequence[dt.date],
    start: dt.date | None,
    weeks: float | None,
    last: dt.date,
) -> tuple[tuple[int, int] | None, int]:
    """((fewest, most) sessions that the programme asked for, sessions done), in whole weeks."""
    if start is None:
        return None, len(days)
    lived = ((last - start).days + 1) // 7
    counted = min(lived, int(weeks or programme.template.weeks))
    if counted < 1:
        return None, len(days)
    asked = [programme.block_of(k + 1).sessions_a_week for k in range(counted)]
    end = start + dt.timedelta(weeks=counted)
    kept = sum(start <= day < end for day in days)
    return (sum(a for a, _ in asked), sum(b for _, b in asked)), kept


def _tests(bouts: Sequence[Bout], programme: Programme) -> tuple[StrengthTest, ...]:
    """The exercises that were logged on most days, those that are hard first."""
    rows: dict[str, list[Exercise]] = defaultdict(list)
    for bout in bouts:
        for row in bout.rows:
            rows[row.exercise].append(row)
    found: list[tuple[tuple[bool, int, str], StrengthTest]] = []
    for name, mine in rows.items():
        move = programme.exercise.get(name)
        for column, unit, word in MEASURES:
            points = _highest(mine, column)
            days = sorted({day for course in points.values() for day in course})
            if len(days) < FEWEST_DAYS or (days[-1] - days[0]).days < LEAST_SPAN_DAYS:
                continue
            label = f"{move.name if move else name.replace('_', ' ')}, {word}"
            order = (move is not None and not move.hard, -len(days), name)
            found.append((order, _test(label, unit, points)))
            break
    return tuple(test for _, test in sorted(found, key=lambda pair: pair[0])[:MOST_TESTS])


def _highest(rows: Sequence[Exercise], column: str) -> Points:
    """Highest value of each day and side; an exercise of both sides stands for itself."""
    points: Points = {}
    for row in rows:
        value = getattr(row, column)
        if value is None:
            continue
        course = points.setdefault(row.side if row.side in SIDES else "both", {})
        course[row.date] = max(course.get(row.date, value), value)
    return points


def _test(label: str, unit: str, points: Mapping[str, Mapping[dt.date, float]]) -> StrengthTest:
    def course(key: str) -> Course:
        return tuple((_noon(day), v) for day, v in sorted(points.get(key, {}).items()))

    return StrengthTest(label, unit, course("left"), course("right"), course("both"))


def _stronger(tests: Sequence[StrengthTest]) -> bool | None:
    """Whether everything drawn rose by ``STRONGER_SHARE``; None where nothing is long enough."""
    courses = [c for t in tests for c in t.courses.values() if len(c) >= FEWEST_DAYS]
    ends = [(sum(v for _, v in c[:2]), sum(v for _, v in c[-2:])) for c in courses]
    known = [(a, b) for a, b in ends if a > 0]
    return all(b >= (1.0 + STRONGER_SHARE) * a for a, b in known) if known else None
