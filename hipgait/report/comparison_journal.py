"""Strength sessions, strength tests and soreness under the time axis of the runs."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from hipgait.report.calendar import days
from hipgait.report.canvas import Canvas
from hipgait.report.comparison_view import ComparisonView, JournalRows, StrengthTest
from hipgait.report.furniture import text_width
from hipgait.report.numbers import fixed, plural, signed
from hipgait.report.scales import Scale
from hipgait.report.style import INK, INK2, LEFT, RIGHT, SideStyle

ROW: Final = 58.0
"""height of a row's drawing, px"""
HEAD: Final = 22.0
"""room for its heading, px"""
FOOT_NARROW: Final = 16.0
"""on a phone the row's words stand below it, px"""
MOST_SORE: Final = 10.0


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


def draw_journal(canvas: Canvas, view: ComparisonView, x: Scale, top: float, narrow: bool) -> None:
    """Draw what there is, from ``top`` downwards."""
    journal = view.journal
    if journal is None:
        return
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
    boxes = []
    for s in journal.sessions:
        at = x(days(s.at))
        boxes.append((at - 2.0, base - (ROW - 14) * s.hard_sets / most, at + 2.0, base))
    canvas.rects(boxes, INK2)
    done = len(journal.sessions)
    told = f"{done} of {journal.planned} done" if journal.planned else plural(done, "session")
    return [(told, INK), (f"height: hard sets, most {fixed(most, 0)}", INK2)]


def _test(canvas: Canvas, test: StrengthTest, x: Scale, top: float) -> list[tuple[str, str]]:
    """A repeated strength test, one line a side; both on one scale, only changes are told."""
    values = np.array([v for _, v in (*test.left, *test.right)], dtype=np.float64)
    if not len(values):
        return []
    low, high = float(values.min()), float(values.max())
    room = max(high - low, 1e-6)
    y = Scale(low, low + room, top + HEAD + ROW - 12, top + HEAD + 8)
    out: list[tuple[str, str]] = []
    firsts = [
        _First(s, p[0][0], p[0][1], f"{fixed(p[0][1], 0)} {test.unit}")
        for s, p in ((LEFT, test.left), (RIGHT, test.right))
        if p
    ]
    for style, points in ((LEFT, test.left), (RIGHT, test.right)):
        if not points:
            continue
        px = [x(days(t)) for t, _ in points]
        py = [y(v) for _, v in points]
        canvas.line(px, py, style.colour, 1.6, style.dash)
        canvas.marks(px, py, style.marker, 6.0, style.colour, style.colour, 1.0)
        diff = points[-1][1] - points[0][1]
        out.append((f"{signed(diff, 0)} {test.unit} {style.name}", style.colour))
    _first_values(canvas, firsts, x, y)
    return out


def _first_values(canvas: Canvas, firsts: list[_First], x: Scale, y: Scale) -> None:
    """The first value of each side left of its mark, moved apart where they would touch."""
    bases = [y(f.value) + 4 for f in firsts]
    if len(bases) == 2 and abs(bases[0] - bases[1]) < 13:
        move = (13 - abs(bases[0] - bases[1])) / 2 * (1 if bases[0] >= bases[1] else -1)
        bases = [bases[0] + move, bases[1] - move]
    for base, first in zip(bases, firsts, strict=True):
        edge = max(x(days(first.at)) - 8, text_width(first.text))
        canvas.text(edge, base, first.text, colour=first.style.colour, anchor="end")


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
