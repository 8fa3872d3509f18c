"""What a strength journal says over time; read once for the journal's page and the comparison's.

Days of a journal are the runner's own, without a time zone. On an axis each stands at noon UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hipgait.report.comparison_view import JournalRows, Session, StrengthTest
from hipgait.strength.bouts import Bout, find_bouts, hard_rows, worst
from hipgait.strength.entries import Soreness
from hipgait.strength.guidance import read_setup
from hipgait.strength.journal import Journal, read_journal
from hipgait.strength.programme import Programme
from hipgait.strength.strength_tests import StrengthCourse, strength_courses, stronger

NOON = dt.time(12, tzinfo=dt.UTC)


def moment(day: dt.date) -> dt.datetime:
    """A day's place on a time axis."""
    return dt.datetime.combine(day, NOON)


def hard_sets(bout: Bout, programme: Programme) -> float:
    """Sets of a session that are more than activation."""
    return sum(row.sets for row in hard_rows(bout, programme))


def sessions(journal: Journal, programme: Programme) -> tuple[Session, ...]:
    """Days with hard sets, oldest first; activation alone is no strength session."""
    every = ((b.day, hard_sets(b, programme)) for b in find_bouts(journal))
    return tuple(Session(moment(day), sets) for day, sets in every if sets)


@dataclass(frozen=True)
class SoreDay:
    """Soreness two days after a session (or later), the worst of all regions.

    day : of the session.  felt : when it was logged.  left, right : 0 ... 10, None: not said.
    """

    day: dt.date
    felt: dt.date
    left: float | None
    right: float | None

    @property
    def level(self) -> float:
        """The worse side."""
        return max(x for x in (self.left, self.right) if x is not None)


def _worst(entries: Sequence[Soreness], side: str) -> float | None:
    said = [getattr(s, side) for s in entries if getattr(s, side) is not None]
    return max(said, default=None)


def sore_days(journal: Journal, region: str | None = None) -> tuple[SoreDay, ...]:
    """One entry a session whose soreness after 48 h or more is known; of one region, or of all."""
    out = []
    for bout in find_bouts(journal):
        mine = [s for s in bout.late if region in (None, s.region)]
        if mine:
            left, right = _worst(mine, "left"), _worst(mine, "right")
            out.append(SoreDay(bout.day, max(s.date for s in mine), left, right))
    return tuple(out)


@dataclass(frozen=True)
class Week:
    """Seven days of a block. number : 1-based, from the block's first day.

    planned : strength days of the programme's rhythm that have come.  done : days with hard sets.
    sore : worst soreness after 48 h of each session, None where it is missing.
    """

    number: int
    first: dt.date
    planned: int
    done: int
    sets: float
    sore: tuple[float | None, ...]

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Its seven days."""
        return tuple(self.first + dt.timedelta(days=i) for i in range(7))


def weeks(journal: Journal, programme: Programme, start: dt.date, today: dt.date) -> Iterator[Week]:
    """The weeks of a block from its first day to the one of ``today``."""
    bouts = {b.day: b for b in find_bouts(journal) if b.rows}
    for number in range(1, max(0, (today - start).days) // 7 + 2):
        first = start + dt.timedelta(days=7 * (number - 1))
        days = [first + dt.timedelta(days=i) for i in range(7)]
        mine = [bouts[d] for d in days if d in bouts and bouts[d].is_hard(programme)]
        yield Week(
            number,
            first,
            sum(programme.is_day("strength", d) for d in days if d <= today),
            len(mine),
            sum(hard_sets(b, programme) for b in mine),
            tuple(worst(b.late) if b.late else None for b in mine),
        )


def planned_sessions(programme: Programme, start: dt.date, end: dt.date) -> int:
    """Strength days of the programme's rhythm from ``start`` to ``end``, both included."""
    span = (start + dt.timedelta(days=i) for i in range((end - start).days + 1))
    return sum(programme.is_day("strength", day) for day in span)


def strength_rows(courses: Sequence[StrengthCourse]) -> tuple[StrengthTest, ...]:
    """Left and right of each test as one row; tests of both sides together are not drawn."""
    names = dict.fromkeys((c.test, c.unit) for c in courses if c.side in ("left", "right"))
    out = []
    for name, unit in names:
        sides = {
            c.side: tuple((moment(t.date), t.value) for t in c.results)
            for c in courses
            if (c.test, c.unit) == (name, unit)
        }
        label = name.replace("_", " ").capitalize()
        out.append(StrengthTest(label, unit, sides.get("left", ()), sides.get("right", ())))
    return tuple(out)


def rows_of(
    journal: Journal,
    programme: Programme,
    hold_above: float,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> JournalRows:
    """Sessions, soreness and adherence of a span.

    start, end : None: the day of the first session, and of the last entry.
    """
    inside = [e.date for e in journal.entries()]
    done = sessions(journal, programme)
    first = start or (done[0].at.date() if done else min(inside, default=None))
    last = end or max(inside, default=None)
    if first is None or last is None:
        return JournalRows(hold_above=hold_above)
    kept = tuple(s for s in done if first <= s.at.date() <= last)
    sore = [s for s in sore_days(journal) if first <= s.day <= last]
    courses = strength_courses(journal.tests, first)
    return JournalRows(
        sessions=kept,
        planned=planned_sessions(programme, first, last),
        tests=strength_rows(courses),
        soreness=tuple((moment(s.felt), s.level) for s in sore),
        hold_above=hold_above,
        stronger=stronger(courses),
    )


def read_rows(
    folder: Path, start: dt.date | None = None, end: dt.date | None = None
) -> JournalRows:
    """The rows of a journal's folder.

    Raises
    ------
    FormatError : a line that cannot be, with line and cure.
    """
    programme, athlete, rules = read_setup(folder)
    journal = read_journal(folder, frozenset(programme.exercise))
    limit = rules.number("soreness_48h", "limit")
    return rows_of(journal, programme, limit, start or athlete.plan.start, end)
