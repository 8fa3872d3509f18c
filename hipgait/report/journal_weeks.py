"""What a journal says of each session and each week, for the journal's page.

Days of a journal are the runner's own, without a time zone. On an axis each stands at noon UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hipgait.report.comparison_view import Session
from hipgait.strength.bouts import Bout, find_bouts, hard_rows, worst
from hipgait.strength.entries import Soreness
from hipgait.strength.journal import Journal
from hipgait.strength.programme import Programme

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
