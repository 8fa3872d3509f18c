"""Strength sessions, strength tests and soreness under the time axis of the runs."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from hipgait.report.calendar import days, spread
from hipgait.report.canvas import Canvas
from hipgait.report.comparison_view import JournalRows, StrengthTest
from hipgait.report.furniture import text_width
from hipgait.report.numbers import fixed, plural, signed
from hipgait.report.scales import Scale
from hipgait.report.style import INK, INK2, SIDE_STYLES, SideStyle

ROW: Final = 58.0
"""height of a row's drawing, px"""
HEAD: Final = 22.0
"""room for its heading, px"""
FOOT_NARROW: Final = 16.0
"""on a phone the row's words stand below it, px"""
MOST_SORE: Final = 10.0
BOTH: Final = SideStyle("", INK, INK2, INK2, (), "o", "")
"""an exercise without a side"""
STYLES: Final = {**SIDE_STYLES, "both": BOTH}


class _First(NamedTuple):
    """First value of a side's line."""

    style: SideStyle
    at: datetime
    value: float
    text: str


def _count(journal: JournalRows) -> int:
    return bool(journal.sessions) + len(journal.tests) + bool(journal.soreness)


def journal_height(journal: JournalRows | None, narrow: bool) -> float:
    """Height of all rows, px; 0 without a journal."""
    if journal is None or not _count(journal):
        return 0.0
    return _count(journal) * (HEAD + ROW + (FOOT_NARROW if narrow else 0.0)) + 6.0


def draw_journal(canvas: Canvas, journal: JournalRows, x: Scale, top: float, narrow: bool) -> None:
    """Draw what there is, from ``top`` downwards."""
    step = HEAD + ROW + (FOOT_NARROW if narrow else 0.0)
    at = top
    if journal.sessions:
        words = _sessions(canvas, journal, x, at)
        _words(canvas, x, at, "Strength sessions", words, narrow)
        at += step
    for test in journal.tests:
        words = _test(canvas, test, x, at)
        _words(canvas, x, at, test.label, words, narrow)
        at += step
    if journal.soreness:
        words = _soreness(canvas, journal, x, at)
        _words(canvas, x, at, "Soreness at 48 h, 0 to 10", words, narrow)


def _words(
    canvas: Canvas, x: Scale, top: float, heading: str, words: list[tuple[str, str]], narrow: bool
) -> None:
    """The heading above the row, the numbers at its right (on a phone below it)."""
    canvas.text(x.a - 22 if narrow else x.a, top + 15, heading, 12.5, INK, bold=True)
    if narrow:
        text = ", ".join(t for t, _ in words)
        canvas.text(x.a - 22, top + HEAD + ROW + 12, text, colour=INK2)
        return
    for k, (text, colour) in enumerate(words):
        canvas.text(x.b + 18, top + HEAD + 22 + 16 * k, text, colour=colour)


def _sessions(canvas: Canvas, journal: JournalRows, x: Scale, top: float) -> list[tuple[str, str]]:
    """One bar a session, its height the hard sets."""
    base = top + HEAD + ROW - 6
    most = max(max(s.hard_sets for s in journal.sessions), 1.0)
    places = np.array([x(days(s.at)) for s in journal.sessions])
    # where sessions stand close, as on a phone, their bars do not touch
    half = min(2.0, 0.35 * float(np.diff(places).min(initial=6.0)))
    boxes = [
        (at - half, base - (ROW - 14) * s.hard_sets / most, at + half, base)
        for at, s in zip(places, journal.sessions, strict=True)
    ]
    canvas.rects(boxes, INK2)
    return [
        *[(text, INK) for text in adherence(journal)],
        (f"height: hard sets, most {fixed(most, 0)}", INK2),
    ]


def adherence(journal: JournalRows) -> list[str]:
    """Sessions done against those of the programme: "21 of 24 done", or both with a range."""
    if journal.planned is None:
        return [plural(len(journal.sessions), "session")]
    low, high = journal.planned
    if low == high and journal.done <= high:
        return [f"{journal.done} of {high} done"]
    span = str(high) if low == high else f"{low} to {high}"
    return [f"{journal.done} done", f"{span} planned"]


def _test(canvas: Canvas, test: StrengthTest, x: Scale, top: float) -> list[tuple[str, str]]:
    """A repeated strength test, one line a side; both on one scale, only changes are told."""
    courses = {STYLES[key]: course for key, course in test.courses.items()}
    values = np.array([v for course in courses.values() for _, v in course], dtype=np.float64)
    if not len(values):
        return []
    low, high = float(values.min()), float(values.max())
    room = max(high - low, 1e-6)
    y = Scale(low, low + room, top + HEAD + ROW - 12, top + HEAD + 8)
    digits = 0 if np.all(values == np.round(values)) else 1
    unit = f" {test.unit}" if test.unit else ""
    firsts = [
        _First(style, course[0][0], course[0][1], f"{fixed(course[0][1], digits)}{unit}")
        for style, course in courses.items()
    ]
    out: list[tuple[str, str]] = []
    for style, course in courses.items():
        px = [x(days(t)) for t, _ in course]
        py = [y(v) for _, v in course]
        canvas.line(px, py, style.colour, 1.6, style.dash)
        canvas.marks(px, py, style.marker, 6.0, style.colour, style.colour, 1.0)
        rise = round(course[-1][1] - course[0][1], digits)
        told = f"{signed(rise, digits)}{unit}" if rise else "unchanged"
        out.append((f"{told} {style.name}".rstrip(), style.colour))
    _first_values(canvas, firsts, x, y)
    return out


def _first_values(canvas: Canvas, firsts: list[_First], x: Scale, y: Scale) -> None:
    """The first value of each side left of its mark, moved apart where they would touch."""
    bases = spread(np.array([y(f.value) + 4 for f in firsts]), 13.0)
    for base, first in zip(bases, firsts, strict=True):
        edge = max(x(days(first.at)) - 8, text_width(first.text))
        canvas.text(edge, float(base), first.text, colour=first.style.colour, anchor="end")


def _soreness(canvas: Canvas, journal: JournalRows, x: Scale, top: float) -> list[tuple[str, str]]:
    """One bar an entry; those above the line at which the load is held are thick and told."""
    base = top + HEAD + ROW - 4
    scores = np.array([v for _, v in journal.soreness], dtype=np.float64)
    scale = max(float(scores.max()), journal.hold_above + 2.0)
    y = Scale(0.0, min(scale, MOST_SORE), base, top + HEAD + 10)
    limit = y(journal.hold_above)
    canvas.line((x.a, x.b), (limit, limit), INK2, 0.9, (3.0, 2.0))
    for moment, value in journal.soreness:
        at, high = x(days(moment)), value > journal.hold_above
        half = 2.0 if high else 1.2
        canvas.rects([(at - half, y(value), at + half, base)], INK if high else INK2)
        if high:
            canvas.text(at, y(value) - 4, fixed(value, 0), colour=INK, anchor="middle", bold=True)
    words = f"median {fixed(float(np.median(scores)), 0)}, highest {fixed(float(scores.max()), 0)}"
    return [(words, INK), (f"line: hold above {fixed(journal.hold_above, 0)}", INK2)]
