"""The weeks of a block at a glance: one row a week, one mark a thing that was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from hipgait.report.canvas import Canvas
from hipgait.report.furniture import text_width
from hipgait.report.journal_marks import NAMES, draw_glyph
from hipgait.report.journal_weeks import Week, hard_sets, weeks
from hipgait.report.numbers import fixed, plural
from hipgait.report.style import BAND, INK, INK2, INK3, RULE, WIDE_PX
from hipgait.strength.bouts import find_bouts, hard_rows
from hipgait.strength.guidance import advise
from hipgait.strength.rules import Rules
from hipgait.strength.status import Status, block_start

MOST_WEEKS: Final = 12
"""rows of the picture: the longest block; of a longer journal the latest weeks are shown"""
OF_A_DAY: Final = ("spacing", "key_run", "not_due")
"""Rules that speak of a day alone: what followed from a week is asked without them."""
ROW, HEAD, FOOT = 32.0, 26.0, 34.0


@dataclass(frozen=True)
class Day:
    """What was done on a day, or is planned. sets : hard sets; None: no strength session."""

    activation: bool = False
    sets: float | None = None
    strides: bool = False
    run: bool = False
    away: str = ""

    @property
    def parts(self) -> int:
        """Marks in the cell."""
        return self.activation + (self.sets is not None) + (self.strides or self.run)


@dataclass(frozen=True)
class _Place:
    """Where the columns stand, px. at : left edge of the days; cell : width of a day."""

    at: float
    cell: float
    sets: float
    sore: float
    then: float
    zoom: float


_WIDE: Final = _Place(66.0, 57.0, 506.0, 604.0, 630.0, 1.0)
_PHONE: Final = _Place(32.0, 30.0, 266.0, 322.0, 329.0, 0.62)


def first_day(status: Status) -> dt.date:
    """First day of the block: as planned, else that of the first session, else today."""
    return block_start(status) or status.today


def block_weeks(status: Status) -> list[Week]:
    """The weeks up to today; none before the block has begun."""
    start = first_day(status)
    if start > status.today:
        return []
    return list(weeks(status.journal, status.programme, start, status.today))


def decision_after(status: Status, day: dt.date) -> str:
    """What the entries up to a day led to, without the rules that speak of that day alone."""
    if day >= status.today:
        return status.guidance.answer.decision
    table = {
        name: structs.replace(rule, on=False) if name in OF_A_DAY else rule
        for name, rule in status.rules.table.items()
    }
    parts = status.journal, status.athlete, status.programme, Rules(table)
    return advise(*parts, day).answer.decision


def done_on(status: Status) -> dict[dt.date, Day]:
    """Day -> what was logged on it."""
    found: dict[dt.date, Day] = {}
    for bout in find_bouts(status.journal):
        if bout.rows:
            hard = hard_rows(bout, status.programme)
            sets = hard_sets(bout, status.programme) if hard else None
            found[bout.day] = Day(len(hard) < len(bout.rows), sets)
    for run in status.journal.runs:
        day = found.get(run.date, Day())
        strides = day.strides or bool(run.strides)
        found[run.date] = Day(day.activation, day.sets, strides, True)
    for note in status.journal.notes:
        if note.kind in ("ill", "travel"):
            day = found.get(note.date, Day())
            found[note.date] = Day(day.activation, day.sets, day.strides, day.run, note.kind)
    return found


def planned_on(status: Status, day: dt.date) -> Day:
    """What the rhythm of the week has for a day."""
    programme = status.programme
    return Day(
        programme.is_day("activation", day),
        0.0 if programme.is_day("strength", day) else None,
        programme.is_day("short_stride", day),
        programme.is_day("key_run", day),
    )


def glance(status: Status, width: float) -> Canvas | None:
    """The picture; None before anything was logged and without a start."""
    start = first_day(status)
    past = block_weeks(status)
    last = max(len(past), status.programme.template.weeks)
    if not past:
        return None
    first = max(1, len(past) - MOST_WEEKS + 1) if last > MOST_WEEKS else 1
    shown = range(first, max(len(past), min(last, first + MOST_WEEKS - 1)) + 1)
    place = _WIDE if width >= WIDE_PX else _PHONE
    title = (
        f"{plural(len(past), 'week')} of the block so far, one row a week: what was "
        "done on each day, hard sets, soreness two days after each session, and what followed."
    )
    canvas = Canvas(width, HEAD + ROW * len(shown) + FOOT, title)
    _head(canvas, place, start)
    done = done_on(status)
    most = max([d.sets or 0.0 for d in done.values()], default=0.0) or 1.0
    for row, number in enumerate(shown):
        top = HEAD + ROW * row
        week = past[number - 1] if number <= len(past) else None
        _row(canvas, place, status, (number, week), top, width)
        for k in range(7):
            day = start + dt.timedelta(days=7 * (number - 1) + k)
            ahead = day > status.today or (day == status.today and day not in done)
            what = planned_on(status, day) if ahead else done.get(day, Day())
            _cell(canvas, place, what, (place.at + place.cell * k, top), most, ahead)
            if day == status.today:
                _box(canvas, place.at + place.cell * k, top, place.cell)
    _legend(canvas, place, HEAD + ROW * len(shown) + 21, width)
    return canvas


def _head(canvas: Canvas, place: _Place, start: dt.date) -> None:
    small = place.zoom < 1
    for k in range(7):
        name = f"{start + dt.timedelta(days=k):%a}"
        x = place.at + place.cell * (k + 0.5)
        canvas.text(x, 14, name[:2] if small else name, colour=INK2, anchor="middle")
    canvas.text(place.sets, 14, "sets", colour=INK2, anchor="end")
    canvas.text(place.sore, 14, "48 h" if small else "soreness 48 h", colour=INK2, anchor="end")
    if not small:
        canvas.text(place.then, 14, "then", colour=INK2)


def _row(
    canvas: Canvas,
    place: _Place,
    status: Status,
    which: tuple[int, Week | None],
    top: float,
    width: float,
) -> None:
    number, week = which
    now = week is not None and status.today in week.days
    if now:
        canvas.rects([(0, top, width, top + ROW)], BAND)
    canvas.segments([(0, top + ROW, width, top + ROW)], RULE, 0.8)
    base, small = top + ROW / 2 + 4.5, place.zoom < 1
    name = str(number) if small else f"week {number}"
    canvas.text(4, base, name, colour=INK if week else INK2, bold=now)
    if week is None:
        if not small:
            canvas.text(place.then, base, "planned", colour=INK2)
        return
    canvas.text(place.sets, base, fixed(week.sets, 0), colour=INK, anchor="end")
    sore = ", ".join("–" if s is None else fixed(s, 0) for s in week.sore)
    canvas.text(place.sore, base, sore, colour=INK, anchor="end", bold=now)
    if not (week.done or week.sore) and not now:
        return
    decision = decision_after(status, week.days[-1])
    draw_glyph(canvas, decision, place.then, top + ROW / 2 - 5.5)
    if not small:
        canvas.text(place.then + 18, base, NAMES[decision], colour=INK, bold=now)


def _box(canvas: Canvas, x: float, top: float, cell: float) -> None:
    """Around today."""
    a, b, c, d = x + 1, top + 2, x + cell - 1, top + ROW - 2
    canvas.line((a, c, c, a, a), (b, b, d, d, b), INK, 1.6)


def _cell(
    canvas: Canvas, place: _Place, what: Day, at: tuple[float, float], most: float, ahead: bool
) -> None:
    """Marks side by side in the middle of a cell; planned ones as thin outlines."""
    middle = at[1] + ROW / 2
    zoom = place.zoom
    side = zoom * (8.0 if ahead else 6.0 + 9.0 * ((what.sets or 0.0) / most) ** 0.5)
    wide = [
        *([6.5 * zoom] if what.activation else []),
        *([side] if what.sets is not None else []),
        *([16.0 * zoom] if what.strides else [20.0 * zoom] if what.run else []),
    ]
    gap = 5.0 * zoom
    x = at[0] + (place.cell - sum(wide) - gap * max(len(wide) - 1, 0)) / 2
    ink = INK3 if ahead else INK
    if what.activation:
        canvas.marks([x + 3.25 * zoom], [middle], "o", 6.0 * zoom, ink, "white", 1.3 * zoom + 0.2)
        x += 6.5 * zoom + gap
    if what.sets is not None:
        face = "white" if ahead else ink
        canvas.marks([x + side / 2], [middle], "s", side, ink, face, 1.0)
        x += side + gap
    _feet(canvas, what, (x, middle), zoom, ink, ahead)
    if what.away and not what.parts:
        centre = at[0] + place.cell / 2
        canvas.text(centre, middle + 4.5, what.away, colour=INK2, anchor="middle")


def _feet(
    canvas: Canvas, what: Day, at: tuple[float, float], zoom: float, ink: str, ahead: bool
) -> None:
    """A run as a line, short strides as four strokes."""
    x, y = at
    if what.strides:
        steps = [(x + (4 * k) * zoom, x + (4 * k + 4) * zoom) for k in range(4)]
        canvas.segments([(a, y + 5 * zoom, b, y - 5 * zoom) for a, b in steps], ink, 1.4 * zoom)
    elif what.run:
        dash = (3.0, 2.0) if ahead else ()
        canvas.line((x, x + 20 * zoom), (y, y), ink, 1.0 if ahead else 2.6 * zoom + 0.4, dash)


def _legend(canvas: Canvas, place: _Place, y: float, width: float) -> None:
    words: Sequence[tuple[Day, str]] = (
        (Day(activation=True), "activation"),
        (Day(sets=1.0), "strength" if place.zoom < 1 else "strength, size: sets"),
        (Day(strides=True), "short strides"),
        (Day(run=True), "run"),
    )
    x = 4.0
    for what, text in words:
        cell = _Place(0, 22, 0, 0, 0, 0.62 if place.zoom < 1 else 0.9)
        _cell(canvas, cell, what, (x, y - ROW / 2 - 4.5), 1.0, ahead=False)
        canvas.text(x + 26, y, text, colour=INK2)
        x += 26 + text_width(text) + (8 if place.zoom < 1 else 22)
    if place.zoom >= 1:
        canvas.text(x, y, "outline: planned", colour=INK2)
