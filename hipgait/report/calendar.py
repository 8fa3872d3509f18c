"""The time axis of several runs: the calendar, or their order where dates are not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from hipgait.recording import FloatArray
from hipgait.report.comparison_view import PHASES, ComparisonView, RunPoint
from hipgait.report.facts import MONTHS
from hipgait.report.furniture import text_width
from hipgait.report.scales import Scale

DAY_S: Final = 86400.0
MONTHLY_FROM_DAYS: Final = 50.0
"""shorter spans bear days instead of months"""
GAP: Final = 1.0
"""room between phases where runs stand in their order, in runs"""
LEAST_PX: Final = 7.0
"""two runs stand at least so far apart, where that moves none far"""
MOST_MOVED_PX: Final = 6.0
"""a mark further from its day would tell another date"""


def days(moment: datetime) -> float:
    """Days since 1970, UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.timestamp() / DAY_S


@dataclass(frozen=True)
class Calendar:
    """Places of the runs on a horizontal axis.

    at : (n,) place of each run of ``view.runs``, days since 1970, or its number in the order.
    dated : whether places are days.
    lo, hi : range of the axis.
    """

    at: FloatArray
    dated: bool
    lo: float
    hi: float

    def scale(self, left: float, right: float) -> Scale:
        """Place -> px."""
        return Scale(self.lo, self.hi, left, right)

    def ticks(self, x: Scale) -> list[tuple[float, str, bool]]:
        """(place, label, whether the label stands beside its tick) of those that have room."""
        if not self.dated:
            return []
        if self.hi - self.lo < MONTHLY_FROM_DAYS:
            return _day_ticks(self.lo, self.hi, x)
        return _month_ticks(self.lo, self.hi, x)


def calendar(view: ComparisonView) -> Calendar:
    """Dates where every run has one, else the order: before, block, after."""
    runs = view.runs
    starts = [r.start_utc for r in runs if r.value is not None]
    known = [days(s) for s in starts if s is not None]
    if not known or len(known) < len(starts):
        return _in_order(runs)
    # a run without a value is not drawn: its place does not count
    at = np.array([days(r.start_utc) if r.value and r.start_utc else known[0] for r in runs])
    ends = [min(known), max(known), *_more_days(view)]
    lo, hi = min(ends), max(ends)
    room = max(0.02 * (hi - lo), 1.0)
    return Calendar(at, True, lo - room, hi + room)


def _more_days(view: ComparisonView) -> list[float]:
    """Days of the block and of the journal that the axis must hold."""
    out = [days(t) for s in (view.block, view.wash_in) if s for t in (s.start, s.end)]
    journal = view.journal
    if journal is None:
        return out
    out += [days(s.at) for s in journal.sessions] + [days(t) for t, _ in journal.soreness]
    courses = [course for test in journal.tests for course in test.courses.values()]
    return out + [days(t) for course in courses for t, _ in course]


def _in_order(runs: Sequence[RunPoint]) -> Calendar:
    at = np.zeros(len(runs))
    place = 0.0
    for phase in PHASES:
        mine = [k for k, r in enumerate(runs) if r.phase == phase and r.value is not None]
        for k in mine:
            at[k] = place
            place += 1.0
        place += GAP if mine else 0.0
    return Calendar(at, False, -0.7, max(place - GAP, 1.0) - 0.3)


def apart(px: FloatArray) -> FloatArray:
    """Pixels of the runs, moved apart as far as none leaves its day by ``MOST_MOVED_PX``."""
    for least in (LEAST_PX, 5.0, 3.5, 2.0):
        out = spread(px, least)
        if len(px) == 0 or float(np.abs(out - px).max()) <= MOST_MOVED_PX:
            return out
    return px


def spread(px: FloatArray, least: float = LEAST_PX) -> FloatArray:
    """Pixels moved apart as little as is needed to stand ``least`` apart."""
    order = np.argsort(px, kind="stable")
    steps = np.arange(len(px)) * least
    shifted = px[order] - steps
    # isotonic fit: the nearest rising sequence in the sense of least squares
    values: list[float] = []
    weights: list[int] = []
    for value in shifted:
        values.append(float(value))
        weights.append(1)
        while len(values) > 1 and values[-2] > values[-1]:
            total = weights[-2] + weights[-1]
            merged = (values[-2] * weights[-2] + values[-1] * weights[-1]) / total
            values[-2:], weights[-2:] = [merged], [total]
    out = np.empty(len(px))
    out[order] = np.repeat(values, weights) + steps
    return out


def _date(place: float) -> datetime:
    return datetime.fromtimestamp(place * DAY_S, UTC)


def _day_ticks(lo: float, hi: float, x: Scale) -> list[tuple[float, str, bool]]:
    first = _date(lo).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    count = int(hi - days(first)) + 1
    wide = text_width("30 Sep") + 14
    step = next((s for s in (1, 2, 7, 14) if (x(lo + s) - x(lo)) > wide), 28)
    out = []
    for k in range(0, max(count, 0), step):
        moment = first + timedelta(days=k)
        out.append((days(moment), f"{moment.day} {MONTHS[moment.month - 1][:3]}", False))
    return out


def _month_ticks(lo: float, hi: float, x: Scale) -> list[tuple[float, str, bool]]:
    """Month starts; the name stands right of its tick, a begun month at the axis' start."""
    starts = _months(lo, hi)
    pixel_month = (x.b - x.a) / max((hi - lo) / 30.44, 1e-9)
    short = pixel_month < text_width("September") + 14
    years = _date(lo).year != _date(hi).year
    room = text_width("Sep 2026" if years else "Sep") + 14
    wanted = int(np.ceil(room / pixel_month)) if short else 1
    every = next((s for s in (1, 2, 3, 6, 12) if s >= wanted), 12)
    places = [max(days(m), lo) for m in starts]
    # a month that is all but over has no room for its name
    if len(starts) > 1 and x(places[1]) - x(places[0]) < room:
        starts, places = starts[1:], places[1:]
    out: list[tuple[float, str, bool]] = []
    for m, place in list(zip(starts, places, strict=True))[::every]:
        name = MONTHS[m.month - 1][:3] if short else MONTHS[m.month - 1]
        name = f"{name} {m.year}" if years and (not out or m.month <= every) else name
        if x(place) + 5 + text_width(name) <= x.b + 10:
            out.append((place, name, True))
    return out


def _months(lo: float, hi: float) -> list[datetime]:
    """Month starts from the month of ``lo`` to ``hi``."""
    start = _date(lo)
    moment = datetime(start.year, start.month, 1, tzinfo=UTC)
    out = []
    while days(moment) < hi:
        out.append(moment)
        moment = datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1, tzinfo=UTC)
    return out
