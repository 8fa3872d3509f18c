"""The block under one time axis: sessions, soreness, pain, tired hips, control tests, drop of runs.

Each row has its own scale; nothing is compared between rows or between the levels of the sides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from hipgait.names import PRIMARY_OUTCOME, SIDES
from hipgait.report.calendar import Calendar, days
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import grid, text_width
from hipgait.report.journal_weeks import moment, sessions, sore_days
from hipgait.report.numbers import decimals, fixed, plural, signed, unit_word
from hipgait.report.scales import Scale
from hipgait.report.style import (
    BAND,
    INK,
    INK2,
    INK3,
    INTERVAL,
    PAPER,
    RULE,
    SIDE_STYLES,
    WIDE_PX,
)
from hipgait.stats.run_values import RunValues
from hipgait.strength.check_run import CheckChange
from hipgait.strength.control_tests import LEAN, ControlResult, Measured
from hipgait.strength.status import Status, block_start
from hipgait.strength.strength_tests import StrengthCourse, strength_courses

HEAD, ROW, AXIS, FOOT_NARROW = 22.0, 54.0, 30.0, 16.0
MOST: Final = 10.0
"""top of the scales of pain and tiredness"""
CALLED: Final = {"step_down": "step-down", "squat": "single-leg squat"}
Z95: Final = 1.96
Words = list[tuple[str, str]]


class RunPoint(NamedTuple):
    """Pelvic drop of one analysed run. value : deg, with its standard error; check : whether it is
    a standard check run."""

    at: dt.datetime
    value: float
    error: float
    check: bool


@dataclass(frozen=True)
class Row:
    """One row: its heading, and its drawing: (canvas, x, base, top) -> the words beside it."""

    heading: str
    draw: Callable[[Canvas, Scale, float, float], Words]


def run_points(status: Status, values: Sequence[RunValues]) -> tuple[RunPoint, ...]:
    """Dated runs with a value of the primary outcome, oldest first; the same recording once."""
    checks = {(c.name, c.day) for c in status.check_runs}
    found: dict[str, RunPoint] = {}
    for k, run in enumerate(values):
        value = run.get(PRIMARY_OUTCOME)
        if value is None or run.start is None or run.start.date() > status.today:
            continue
        check = (run.name, run.start.date()) in checks
        found[run.digest or f"run {k}"] = RunPoint(run.start, *value, check)
    return tuple(sorted(found.values(), key=lambda p: days(p.at)))


def course(status: Status, runs: Sequence[RunPoint], width: float) -> Canvas | None:
    """The picture; None where there is nothing to draw."""
    rows = list(_rows(status, runs))
    if not rows:
        return None
    narrow = width < WIDE_PX
    step = HEAD + ROW + (FOOT_NARROW if narrow else 0.0)
    every = [days(moment(e.date)) for e in status.journal.entries()]
    every += [days(moment(t.day)) for t in status.control] + [days(p.at) for p in runs]
    every.append(days(moment(status.today)))
    room = max(0.03 * (max(every) - min(every)), 1.0)
    x = Scale(min(every) - room, max(every) + room, 30.0, width - (6.0 if narrow else 170.0))
    title = "Under one time axis: " + ", ".join(r.heading for r in rows) + "."
    canvas = Canvas(width, step * len(rows) + AXIS, title)
    bottom = step * len(rows) + 2
    _axis(canvas, x, bottom)
    for k, row in enumerate(rows):
        top = step * k
        canvas.text(x.a - 26, top + 14, row.heading, 12.5, INK, bold=True)
        words = row.draw(canvas, x, top + HEAD + ROW - 6, top + HEAD + 6)
        if narrow:
            told = ", ".join(t for t, _ in words)
            canvas.text(x.a - 26, top + HEAD + ROW + 10, told, colour=INK2)
            continue
        for n, (text, colour) in enumerate(words):
            canvas.text(x.b + 16, top + HEAD + 16 + 16 * n, text, colour=colour)
    return canvas


def _axis(canvas: Canvas, x: Scale, y: float) -> None:
    canvas.segments([(x.a, y, x.b, y)], INK3, 1.0)
    for place, label, beside in Calendar(np.zeros(0), True, x.lo, x.hi).ticks(x):
        canvas.segments([(x(place), y, x(place), y + 5)], INK3, 1.0)
        at = x(place) + (5 if beside else 0)
        if at + text_width(label) / 2 < x.b + 8:
            canvas.text(at, y + 17, label, colour=INK2, anchor="start" if beside else "middle")


def _rows(status: Status, runs: Sequence[RunPoint]) -> list[Row]:
    journal, out = status.journal, []
    if sessions(journal, status.programme):
        out.append(Row("Strength sessions", lambda c, x, a, b: _sessions(c, x, a, b, status)))
    if sore_days(journal):
        text = "Soreness, two days after each session (0 to 10)"
        out.append(Row(text, lambda c, x, a, b: _soreness(c, x, a, b, status)))
    if journal.pain:
        out.append(Row("Pain (0 to 10)", lambda c, x, a, b: _pain(c, x, a, b, status)))
    if any(r.hip_fatigue is not None for r in journal.runs):
        text = "Hips tired at the end of runs (0 to 10)"
        out.append(Row(text, lambda c, x, a, b: _fatigue(c, x, a, b, status)))
    courses = strength_courses(journal.tests, block_start(status))
    for name, unit in dict.fromkeys((c.test, c.unit) for c in courses):
        mine = [c for c in courses if (c.test, c.unit) == (name, unit)]
        out.append(
            Row(f"{name.replace('_', ' ').capitalize()}, {unit_word(unit)}", _test_row(mine))
        )
    for kind, called in CALLED.items():
        if any(_leans(t, kind) for t in status.control):
            text = f"Control test, {called}: knee inward"
            out.append(Row(text, _control_row(status.control, kind)))
    if runs:
        change = next((c for c in status.check_changes if c.outcome == PRIMARY_OUTCOME), None)
        out.append(Row("Pelvic drop of your runs", _drop_row(runs, change)))
    return out


def _line(canvas: Canvas, x: Scale, y: float) -> None:
    canvas.segments([(x.a, y, x.b, y)], RULE, 0.8)


def _sessions(canvas: Canvas, x: Scale, base: float, top: float, status: Status) -> Words:
    done = sessions(status.journal, status.programme)
    most = max(s.hard_sets for s in done)
    _line(canvas, x, base)
    boxes = []
    for s in done:
        at, high = x(days(s.at)), (base - top) * s.hard_sets / most
        boxes.append((at - 2.0, base - high, at + 2.0, base))
    canvas.rects(boxes, INK2)
    return [(plural(len(done), "session"), INK), (f"height: hard sets, most {most:g}", INK2)]


def _soreness(canvas: Canvas, x: Scale, base: float, top: float, status: Status) -> Words:
    limit = status.rules.number("soreness_48h", "limit")
    entries = sore_days(status.journal)
    most = max([limit + 2.0, *(s.level for s in entries)])
    y = Scale(0.0, most, base, top)
    _line(canvas, x, base)
    canvas.line((x.a, x.b), (y(limit), y(limit)), INK2, 0.9, (3.0, 2.0))
    canvas.text(x.a - 6, y(limit) + 4, f"{limit:g}", colour=INK2, anchor="end")
    for s in entries:
        for side, move in (("left", -1.9), ("right", 1.9)):
            value = getattr(s, side)
            if value is None:
                continue
            at, half = x(days(moment(s.felt))) + move, 1.6
            low = base + (1.2 if value == 0 else 0.0)  # a zero that was logged is seen
            canvas.rects([(at - half, y(value), at + half, low)], SIDE_STYLES[side].colour)
            if value > limit:
                canvas.text(at, y(value) - 3, f"{value:g}", anchor="middle", bold=True)
    last = entries[-1]
    words: Words = [
        (f"{SIDE_STYLES[side].tag} {getattr(last, side):g} of 10", SIDE_STYLES[side].colour)
        for side in SIDES
        if getattr(last, side) is not None
    ]
    return [*words, (f"line: hold above {limit:g}", INK2)]


def _pain(canvas: Canvas, x: Scale, base: float, top: float, status: Status) -> Words:
    y = Scale(0.0, MOST, base, top)
    grid(canvas, y, x.a, x.b, "", 1)
    for p in status.journal.pain:
        style = SIDE_STYLES.get(p.side or "")
        colour, mark = (style.colour, style.marker) if style else (INK, "o")
        face = colour if p.level > 0 or p.signs else PAPER
        canvas.marks([x(days(moment(p.date)))], [y(p.level)], mark, 6.0, colour, face, 1.2)
    last = status.journal.pain[-1]
    where = f"{last.side or ''} {last.region}".replace("_", " ").strip()
    return [(f"last: {last.level:g} of 10", INK), (where, INK2)]


def _fatigue(canvas: Canvas, x: Scale, base: float, top: float, status: Status) -> Words:
    y = Scale(0.0, MOST, base, top)
    grid(canvas, y, x.a, x.b, "", 1)
    known = [(r.date, r.hip_fatigue) for r in status.journal.runs if r.hip_fatigue is not None]
    px = [x(days(moment(day))) for day, _ in known]
    py = [y(level) for _, level in known]
    canvas.line(px, py, INK3, 0.9)
    canvas.marks(px, py, "o", 4.4, INK, INK, 1.0)
    return [(f"last: {known[-1][1]:g} of 10", INK)]


def _test_row(courses: Sequence[StrengthCourse]) -> Callable[[Canvas, Scale, float, float], Words]:
    """A strength test, one line a side, with the change against its own error."""

    def draw(canvas: Canvas, x: Scale, base: float, top: float) -> Words:
        values = [t.value for c in courses for t in c.results]
        room = max(max(values) - min(values), 1.0)
        y = Scale(min(values), min(values) + room, base - 3, top + 3)
        grid(canvas, y, x.a, x.b, "", 2)
        words: Words = []
        for c in courses:
            style = SIDE_STYLES.get(c.side or "")
            colour, mark = (style.colour, style.marker) if style else (INK, "o")
            px = [x(days(moment(t.date))) for t in c.results]
            py = [y(t.value) for t in c.results]
            canvas.line(px, py, colour, 1.4, style.dash if style else ())
            canvas.marks(px, py, mark, 6.0, colour, colour, 1.0)
            words.append((f"{style.tag if style else 'both'} {_test_words(c)}", colour))
        return words

    return draw


def _test_words(c: StrengthCourse) -> str:
    if c.change is None:
        return f"{c.results[-1].value:g}"
    digits = decimals(c.unit, c.mdc95)
    if c.mdc95 is None:
        return f"{signed(c.change, digits)}: too few tests"
    return f"{signed(c.change, digits)} (±{fixed(c.mdc95, digits)}): {c.verdict.replace('_', ' ')}"


def _leans(test: ControlResult, kind: str) -> dict[str, Measured]:
    return {m.side: m for m in test.measured if m.kind == kind and m.measure == LEAN}


def _control_row(
    tests: Sequence[ControlResult], kind: str
) -> Callable[[Canvas, Scale, float, float], Words]:
    """Lean inward at the lowest point, one line a side; bars: where a test as before would lie."""

    def draw(canvas: Canvas, x: Scale, base: float, top: float) -> Words:
        found = [(t, _leans(t, kind)) for t in tests]
        values = [m.value for _, sides in found for m in sides.values()]
        bands = [_band(m) for _, sides in found for m in sides.values()]
        ends = [*values, *(v for band in bands if band for v in band)]
        room = max(max(ends) - min(ends), 1.0)
        y = Scale(min(ends), min(ends) + room, base - 3, top + 3)
        grid(canvas, y, x.a, x.b, "deg", 2)
        words: Words = []
        for side in SIDES:
            mine = [(t, sides[side]) for t, sides in found if side in sides]
            if not mine:
                continue
            style, last = SIDE_STYLES[side], mine[-1][1]
            px = [x(days(moment(t.day))) for t, _ in mine]
            band = _band(last)
            if band is not None:
                at = px[-1] + (-4.5 if side == "left" else 4.5)
                canvas.rects([(at - 2, y(band[1]), at + 2, y(band[0]))], style.tint)
            py = [y(m.value) for _, m in mine]
            canvas.line(px, py, style.colour, 1.4, style.dash)
            canvas.marks(px, py, style.marker, 6.0, style.colour, style.colour, 1.0)
            words.append((f"{style.tag} {_lean_words(last)}", style.colour))
        return [*words, ("bar: as before, 95 %", INK2)] if any(bands) else words

    return draw


def _band(m: Measured) -> tuple[float, float] | None:
    if m.before is None or m.mdc95 is None:
        return None
    return m.before - m.mdc95, m.before + m.mdc95


def _lean_words(m: Measured) -> str:
    if m.before is None or m.mdc95 is None:
        return f"{fixed(m.value, 1)}°: {plural(m.n, 'test')} before"
    return f"{signed(m.value - m.before, 1)}° (±{fixed(m.mdc95, 1)})"


def _drop_row(
    runs: Sequence[RunPoint], change: CheckChange | None
) -> Callable[[Canvas, Scale, float, float], Words]:
    """One dot a run with its interval; check runs filled, grey: where one as before would lie."""

    def draw(canvas: Canvas, x: Scale, base: float, top: float) -> Words:
        ends = [v for p in runs for v in (p.value - Z95 * p.error, p.value + Z95 * p.error)]
        usual = None
        if change is not None and change.low is not None and change.high is not None:
            usual = change.low, change.high
            ends += usual
        room = max(max(ends) - min(ends), 1.0)
        y = Scale(min(ends), min(ends) + room, base - 2, top + 2)
        grid(canvas, y, x.a, x.b, "deg", 2)
        if usual is not None:
            canvas.rects([(x.a, y(usual[1]), x.b, y(usual[0]))], BAND)
        px = [x(days(p.at)) for p in runs]
        lines = [
            (at, y(p.value - Z95 * p.error), at, y(p.value + Z95 * p.error))
            for at, p in zip(px, runs, strict=True)
        ]
        canvas.segments(lines, INTERVAL, 2.2)
        for check, face in ((False, PAPER), (True, INK)):
            mine = [(at, y(p.value)) for at, p in zip(px, runs, strict=True) if p.check is check]
            canvas.marks([a for a, _ in mine], [b for _, b in mine], "o", 5.6, INK, face, 1.3)
        words: Words = [(f"last run: {fixed(runs[-1].value, 1)}°", INK)]
        if any(p.check for p in runs):
            words.append(("filled: check runs", INK2))
        if usual is not None:
            words.append((f"grey: usual {fixed(usual[0], 1)} to {fixed(usual[1], 1)}°", INK2))
        return words

    return draw
