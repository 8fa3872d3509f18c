"""Sessions with the soreness that followed them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hipgait.strength.entries import Exercise, Soreness
from hipgait.strength.journal import Journal, make_journal
from hipgait.strength.programme import Programme
from hipgait.strength.rules import day_words

LATE = ("48", "72", "96")
"""hours after a session that count for the 48 h rule"""
SLOTS: Final = ("24", *LATE)
HOUR_S: Final = 3600.0
SLACK_H: Final = 6.0
"""an entry of 42 h counts as one of 48 h (our proposal); the morning after an evening does not"""


def ended(day: dt.date, rows: Sequence[Exercise]) -> dt.datetime | None:
    """Latest time of some rows of a day; None where none has one."""
    times = [r.time for r in rows if r.time is not None]
    return dt.datetime.combine(day, max(times)) if times else None


@dataclass(frozen=True)
class Bout:
    """One day's strength session. rows : empty where only soreness was logged."""

    day: dt.date
    rows: tuple[Exercise, ...]
    soreness: tuple[Soreness, ...]

    @property
    def ended(self) -> dt.datetime | None:
        """When its last exercise was done; None where no time was logged."""
        return ended(self.day, self.rows)

    def hours(self, entry: Soreness) -> float | None:
        """Hours from the session to an entry; None where a time is missing."""
        if self.ended is None or entry.time is None:
            return None
        return (dt.datetime.combine(entry.date, entry.time) - self.ended).total_seconds() / HOUR_S

    def sore(self, *after_h: str) -> tuple[Soreness, ...]:
        """Soreness entries of these hours, by their word or by their clock: the careful reading."""
        return tuple(s for s in self.soreness if {s.after_h, self._slot(s)} & set(after_h))

    def _slot(self, entry: Soreness) -> str:
        hours = self.hours(entry)
        if hours is None:
            return entry.after_h
        return max((h for h in SLOTS if hours >= int(h) - SLACK_H), default="24", key=int)

    @property
    def late(self) -> tuple[Soreness, ...]:
        """Soreness after 48 h or more."""
        return self.sore(*LATE)

    @property
    def known_late(self) -> bool:
        """Whether the soreness after 48 h is known; by the clock, where there is one."""
        return any(self._slot(s) in LATE for s in self.soreness)

    def is_hard(self, programme: Programme) -> bool:
        """Whether more than activation was done."""
        return bool(hard_rows(self, programme))


def hard_rows(bout: Bout, programme: Programme) -> tuple[Exercise, ...]:
    """Exercises that are more than activation; unknown ones count as such."""
    moves = programme.exercise
    return tuple(r for r in bout.rows if r.exercise not in moves or moves[r.exercise].hard)


def worst(soreness: Sequence[Soreness]) -> float:
    """Highest level; where two entries contradict each other, the higher one holds. 0 for none."""
    return max((s.level for s in soreness), default=0.0)


def find_bouts(journal: Journal) -> list[Bout]:
    """Sessions by day, oldest first.

    Soreness belongs to the session as many days earlier as it says; an entry a day late finds it
    too. Where there is none, the entry stands by itself.
    """
    rows: dict[dt.date, list[Exercise]] = defaultdict(list)
    for row in journal.sessions:
        rows[row.date].append(row)
    sore: dict[dt.date, list[Soreness]] = defaultdict(list)
    for entry in journal.soreness:
        day = entry.date - dt.timedelta(days=int(entry.after_h) // 24)
        earlier = day - dt.timedelta(days=1)
        sore[earlier if day not in rows and earlier in rows else day].append(entry)
    days = sorted({*rows, *sore})
    return [Bout(day, tuple(rows.get(day, ())), tuple(sore.get(day, ()))) for day in days]


def alone(entry: Soreness, sessions: Sequence[Exercise]) -> str:
    """Why soreness follows no session, by the same reading as ``find_bouts``; "" where it does."""
    if all(bout.rows for bout in find_bouts(make_journal([*sessions, entry]))):
        return ""
    wanted = entry.date - dt.timedelta(days=int(entry.after_h) // 24)
    missing = f"no session is logged {entry.after_h} h before, on {day_words(wanted)}"
    latest = max((s.date for s in sessions if s.date <= entry.date), default=None)
    if latest is None:
        return f"{missing}, nor any other up to this entry"
    ago = (entry.date - latest).days
    when = "the same day" if ago == 0 else f"{ago} day{'s' if ago > 1 else ''} before this entry"
    return f"{missing}; the latest one is that of {day_words(latest)}, {when}"


def sessions_of(bouts: Sequence[Bout]) -> list[Bout]:
    """Those in which something was done."""
    return [b for b in bouts if b.rows]
