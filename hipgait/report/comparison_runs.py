"""The picture that proves the comparison: every run, the phase means, and their difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.recording import FloatArray
from hipgait.report.calendar import Calendar, apart, calendar, days, spread
from hipgait.report.canvas import Canvas
from hipgait.report.comparison_journal import draw_journal, journal_height
from hipgait.report.comparison_view import ChangeRow, ComparisonView, Estimate, Phase, RunPoint
from hipgait.report.comparison_words import runs_title
from hipgait.report.furniture import grid, margin, text_width
from hipgait.report.numbers import change, interval, level, plural, signed
from hipgait.report.phrases import VERDICTS
from hipgait.report.scales import Scale, ticks, value_scale
from hipgait.report.style import (
    BAND,
    BAND_EDGE,
    BLOCK,
    EFFECT_PX,
    INK,
    INK2,
    INK3,
    INTERVAL,
    LABEL_PX,
    NARROW_PX,
    PAPER,
    SIDE_EFFECT_PX,
)
from hipgait.report.view import BY_NAME

TOP = 30.0
_DIFFERENCE_WIDE, _DIFFERENCE_NARROW = 172.0, 100.0
"""room for the difference at the right, px"""


@dataclass(frozen=True)
class Frame:
    """Where things go. x, y : scales of the runs; px : (n,) px of every run; base : base line."""

    canvas: Canvas
    view: ComparisonView
    places: Calendar
    x: Scale
    y: Scale
    px: FloatArray
    base: float
    narrow: bool

    @property
    def unit(self) -> str:
        """Unit of the primary outcome."""
        return BY_NAME[self.view.lead_name].unit

    def of(self, phase: Phase) -> list[tuple[float, RunPoint]]:
        """(px, run) of the compared runs of a phase that have a value."""
        return [
            (float(p), r)
            for p, r in zip(self.px, self.view.runs, strict=True)
            if r.phase == phase and not r.left_out and r.value is not None
        ]


def run_by_run(view: ComparisonView, width: float) -> Canvas | None:
    """Runs over the calendar, the difference beside them, the journal below."""
    values = _values(view)
    if not len(values):
        return None
    narrow = width <= NARROW_PX + 60
    row = view.lead
    height = 220.0 if narrow else 256.0
    base = TOP + height
    places = calendar(view)
    journal = view.journal if places.dated else None
    rows = journal_height(journal, narrow)
    foot = 26.0 if places.dated else 8.0
    canvas = Canvas(width, base + 8 + rows + foot, runs_title(view))
    matters = row.matters if row else BY_NAME[view.lead_name].matters
    y = value_scale(values, 2.6 * matters, base, TOP, 5)
    unit = BY_NAME[view.lead_name].unit
    left = margin(y, unit, 5, 26.0 if narrow else 34.0)
    right = width - _right_room(view, narrow)
    x = places.scale(left, right)
    drawn = np.array([r.value is not None for r in view.runs])
    px = x.all(places.at)
    px[drawn] = np.clip(apart(px[drawn]), left + 4, right - 4)
    frame = Frame(canvas, view, places, x, y, px, base, narrow)
    _background(frame, base + 8 + rows)
    grid(canvas, y, x.a, x.b, unit, 5)
    _means(frame)
    _points(frame)
    _labels(frame)
    _difference(frame, row)
    if journal is not None:
        draw_journal(canvas, journal, x, base + 8, narrow)
    _calendar_axis(frame, base + 8 + rows)
    return canvas


def _right_room(view: ComparisonView, narrow: bool) -> float:
    """Room for the difference, and for the journal's words beside its rows, px."""
    differs = view.lead is not None and view.lead.estimate is not None and view.before is not None
    if differs or (view.journal is not None and not narrow):
        return _DIFFERENCE_NARROW if narrow else _DIFFERENCE_WIDE
    return 16.0


def _values(view: ComparisonView) -> FloatArray:
    """Everything that the value axis must hold."""
    found = [v for r in view.runs if r.value for v in r.value.ends]
    for mean in (view.before, view.after):
        found += mean.ends if mean else ()
    row = view.lead
    if view.before is not None and row is not None:
        zero = view.before.value
        found += [zero - row.matters, zero + row.matters]
        found += [zero + v for v in (row.low, row.high) if v is not None]
    return np.array(found, dtype=np.float64)


def _background(frame: Frame, bottom: float) -> None:
    """The strength block, its settling in hatched."""
    view, x = frame.view, frame.x
    if not frame.places.dated:
        return
    if view.block is not None:
        span = (x(days(view.block.start)), TOP, x(days(view.block.end)), bottom)
        frame.canvas.rects([span], BLOCK)
    if view.wash_in is not None:
        a, b = x(days(view.wash_in.start)), x(days(view.wash_in.end))
        frame.canvas.hatch([(a, TOP, b, frame.base)])
        words = "settling in"
        if b - a > text_width(words) + 4:
            wide = text_width(words) / 2 + 2
            middle = (a + b) / 2
            inside = [r for p, r in frame.of("block") if a - 4 < p < b + 4]
            highest = min((frame.y(max(r.value.ends)) for r in inside if r.value), default=1e9)
            base = TOP + 14 if highest > TOP + 22 else frame.base - 7
            frame.canvas.rects([(middle - wide, base - 11, middle + wide, base + 4)], BLOCK)
            frame.canvas.text(middle, base, words, colour=INK2, anchor="middle")


def _phase_span(frame: Frame, phase: Phase) -> tuple[float, float] | None:
    px = [p for p, _ in frame.of(phase)]
    return (min(px) - 8, max(px) + 8) if px else None


def _means(frame: Frame) -> None:
    """Phase means with their intervals; the first goes on, dotted, to the difference."""
    canvas, y = frame.canvas, frame.y
    phases: tuple[tuple[Phase, Estimate | None], ...] = (
        ("before", frame.view.before),
        ("after", frame.view.after),
    )
    for phase, mean in phases:
        span = _phase_span(frame, phase)
        if mean is None or span is None:
            continue
        if mean.low is not None and mean.high is not None:
            canvas.rects([(span[0], y(mean.high), span[1], y(mean.low))], INTERVAL)
        canvas.line(span, (y(mean.value), y(mean.value)), INK, 2.6)
        if phase == "before":
            end = frame.x.b + (6 if frame.narrow else 14)
            canvas.line((span[1], end), (y(mean.value), y(mean.value)), INK, 1.0, (2.0, 3.0))
    for phase, mean in phases:
        span = _phase_span(frame, phase)
        if mean is not None and span is not None:
            _mean_label(frame, mean, span)


def _mean_label(frame: Frame, mean: Estimate, span: tuple[float, float]) -> None:
    """As "mean 5.6°", where it covers the fewest points."""
    text = level(mean.value, frame.unit)
    text = text if frame.narrow else f"mean {text}"
    size = 12.5
    wide = text_width(text, size, True)
    low = mean.value if mean.low is None else mean.low
    high = mean.value if mean.high is None else mean.high
    lefts = np.linspace(span[0], max(span[1] - wide, span[0]), 9)
    spots = [(x, frame.y(low) + 14) for x in lefts] + [(x, frame.y(high) - 5) for x in lefts]
    beside = (span[1] + 6, span[0] - wide - 6)
    inside = (frame.x.a, frame.x.b - wide)
    spots += [(x, frame.y(mean.value) - 5) for x in beside if inside[0] <= x <= inside[1]]
    taken = [
        (float(p), frame.y(max(r.value.ends)) - 5.0, frame.y(min(r.value.ends)) + 5.0)
        for p, r in zip(frame.px, frame.view.runs, strict=True)
        if r.value is not None
    ]

    def covered(spot: tuple[float, float]) -> int:
        """Points under the text; a place outside the picture counts as many."""
        x0, base = spot
        outside = 50 * (base > frame.base - 3 or base < TOP + 12)
        return outside + sum(
            x0 - 5 < p < x0 + wide + 5 and bottom > base - 13 and top < base + 4
            for p, top, bottom in taken
        )

    best = min(spots, key=covered)
    canvas = frame.canvas
    canvas.text(best[0], best[1], text, size, INK, bold=True)


def _points(frame: Frame) -> None:
    canvas, y = frame.canvas, frame.y
    looks: tuple[tuple[Phase, str, float, str], ...] = (
        ("block", PAPER, 4.6, INK3),
        ("before", PAPER, 7.2, INK),
        ("after", INK, 7.2, INK),
    )
    for phase, face, size, edge in looks:
        points = frame.of(phase)
        bars = [(p, r.value) for p, r in points if r.value is not None]
        ends = [
            (p, y(v.low), p, y(v.high)) for p, v in bars if v.low is not None and v.high is not None
        ]
        canvas.segments(ends, edge, 1.1)
        canvas.marks(
            [p for p, _ in bars], [y(v.value) for _, v in bars], "o", size, edge, face, 1.4
        )
    out = [
        (float(p), y(r.value.value))
        for p, r in zip(frame.px, frame.view.runs, strict=True)
        if r.left_out and r.value is not None
    ]
    canvas.marks([p for p, _ in out], [v for _, v in out], "x", 6.0, INK3, PAPER, 1.3)


def _labels(frame: Frame) -> None:
    """Phases above their runs; they are moved apart where they would touch."""
    view, x = frame.view, frame.x
    texts: list[tuple[float, str]] = []
    for phase in ("before", "after"):
        n = len(view.of(phase))
        span = _phase_span(frame, phase)
        words = f"{n} {phase}" if frame.narrow else f"{phase}: {plural(n, 'run')}"
        if span is not None:
            texts.append(((span[0] + span[1]) / 2, words))
    if view.block is not None and frame.places.dated:
        lasts = view.block.weeks
        weeks = "" if frame.narrow or not lasts else f", {plural(lasts, 'week')}"
        name = "block" if frame.narrow else "strength block"
        middle = (x(days(view.block.start)) + x(days(view.block.end))) / 2
        texts.insert(min(1, len(texts)), (middle, f"{name}{weeks}"))
    size = 12.0 if frame.narrow else LABEL_PX
    wides = np.array([text_width(t, size, True) for _, t in texts])
    at = np.array([m for m, _ in texts])
    if not len(at):
        return
    if len(at) > 1 and np.any(np.diff(at) < (wides[1:] + wides[:-1]) / 2 + 14):
        total = np.r_[0.0, np.cumsum((wides[1:] + wides[:-1]) / 2 + 14)]
        at = spread(at - total, 0.0) + total
    at = np.clip(at, x.a - 8 + wides / 2, x.b + 16 - wides / 2)
    for k in range(1, len(at)):
        at[k] = max(at[k], at[k - 1] + (wides[k] + wides[k - 1]) / 2 + 8)
    for middle, (_, text) in zip(at, texts, strict=True):
        frame.canvas.text(float(middle), 17, text, size, INK, anchor="middle", bold=True)


def _difference(frame: Frame, row: ChangeRow | None) -> None:
    """After minus before on the same scale, zero at the mean before, band around it."""
    before = frame.view.before
    if row is None or row.estimate is None or before is None:
        return
    canvas, y, narrow = frame.canvas, frame.y, frame.narrow
    left = frame.x.b + (8 if narrow else 18)
    right = canvas.width - (0 if narrow else 30)
    thin = left + (20 if narrow else 34)
    zero = before.value
    top, bottom = y(zero + row.matters), y(zero - row.matters)
    canvas.rects([(left, min(top, bottom), right, max(top, bottom))], BAND)
    canvas.segments([(left, v, thin, v) for v in (top, bottom)], BAND_EDGE, 0.9)
    canvas.segments([(left, y(zero), thin, y(zero))], INK3, 1.0)
    middle, at = (left + thin) / 2, y(zero + row.estimate)
    filled = VERDICTS[row.verdict].filled
    if row.low is not None and row.high is not None:
        ends = (y(zero + row.low), y(zero + row.high))
        canvas.line((middle, middle), ends, INK, 2.6, () if filled else (5.0, 3.0))
    canvas.marks([middle], [at], "o", 8.0, INK, INK if filled else PAPER, 2.0)
    _difference_text(frame, row, thin, right, at)
    size = 12.0 if narrow else LABEL_PX
    canvas.text(left, 17, "change", size, INK, bold=True)


def _difference_text(frame: Frame, row: ChangeRow, thin: float, right: float, at: float) -> None:
    canvas, y = frame.canvas, frame.y
    assert row.estimate is not None
    half = None if row.low is None or row.high is None else (row.high - row.low) / 2.0
    told = change(row.estimate, row.unit, half)
    size = SIDE_EFFECT_PX if frame.narrow else EFFECT_PX
    if text_width(told, size, True) > canvas.width - thin - 4:
        size = LABEL_PX
    base = float(np.clip(at + 2, TOP + 20, frame.base - 26))
    canvas.text(thin + 5, base, told, size, INK, bold=True)
    limits = interval(row.low, row.high, row.unit)
    canvas.text(thin + 5, base + 17, limits, colour=INK2)
    if frame.narrow:
        return
    zero = frame.view.before.value if frame.view.before else 0.0
    for value in ticks(y.lo - zero, y.hi - zero, 5):
        place = y(zero + value) + 4
        if not base - 22 < place < base + 32 or right + 4 > thin + 5 + text_width(limits):
            digits = 0 if float(value).is_integer() else 1
            suffix = "°" if row.unit == "deg" else ""
            label = signed(value, digits) + suffix
            canvas.text(right + 28, place, label, colour=INK2, anchor="end")
    below = max(y(zero - row.matters), y(zero + row.matters)) + 16
    if row.matters > 0 and (below < base - 40 or below > base + 32) and below < frame.base:
        canvas.text(thin + 5, below, "grey: too small", colour=INK2)
        canvas.text(thin + 5, below + 15, "to matter", colour=INK2)


def _calendar_axis(frame: Frame, y: float) -> None:
    x, canvas = frame.x, frame.canvas
    canvas.segments([(x.a, y, x.b, y)], INK3, 1.0)
    for place, label, beside in frame.places.ticks(x):
        at = x(place)
        canvas.segments([(at, y, at, y + (16 if beside else 4))], INK3, 1.0)
        canvas.text(at + 5 if beside else at, y + 17, label, colour=INK2,
                    anchor="start" if beside else "middle")  # fmt: skip
