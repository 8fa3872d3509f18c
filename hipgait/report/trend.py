"""The picture of a trend: every run on the calendar, monthly means, the block, the MDC band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np

from hipgait.report.calendar import Calendar, apart, days
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import grey_band, grid, margin, text_width
from hipgait.report.numbers import level, plural
from hipgait.report.scales import Scale, value_scale
from hipgait.report.style import BLOCK, INK, INK2, INK3, LABEL_PX, NARROW_PX, PAPER, WIDE_PX

TOP, HEIGHT, FOOT = 46.0, 220.0, 30.0
RIGHT = 14.0


@dataclass(frozen=True)
class TrendPicture:
    """What is drawn. Values in ``unit``.

    runs : (day, value, whether it is a standard check run), in time.
    means : lines of (day, value) that are joined; a gap lies between two of them.
    block : start, end of the settling in, end (None: it goes on).
    level, band : middle and half width of the grey band; None: there is none.
    matters : smallest change that matters: the axis spans at least a few of them.
    """

    label: str
    unit: str
    runs: Sequence[tuple[date, float, bool]]
    means: Sequence[Sequence[tuple[date, float]]]
    block: tuple[date, date, date | None] | None
    level: float | None
    band: float | None
    band_words: str
    gaps: Sequence[tuple[date, date]]
    matters: float


def trend_canvas(picture: TrendPicture, width: float = WIDE_PX) -> Canvas | None:
    """Draw a trend; None where there is no run."""
    if not picture.runs:
        return None
    narrow = width <= NARROW_PX + 60
    base = TOP + HEIGHT
    canvas = Canvas(width, base + FOOT, _title(picture))
    y = value_scale(_values(picture), 4.0 * picture.matters, base, TOP, 5)
    places = _calendar(picture)
    x = places.scale(margin(y, picture.unit, 5, 34.0), width - RIGHT)
    _block(canvas, picture, x, base)
    if picture.level is not None and picture.band is not None:
        grey_band(canvas, y, picture.level, picture.band, x.a, x.b)
        if not narrow:
            canvas.text(x.a + 6, TOP - 8, f"grey: {picture.band_words}", colour=INK2)
    grid(canvas, y, x.a, x.b, picture.unit, 5)
    if picture.level is not None:
        canvas.line((x.a, x.b), (y(picture.level), y(picture.level)), INK3, 1.0, (2.0, 3.0))
    _gaps(canvas, picture, x, base)
    _runs(canvas, picture, x, y)
    canvas.text(x.a - 26, 17, picture.label, LABEL_PX, INK, bold=True)
    _axis(canvas, places, x, base)
    return canvas


def _values(picture: TrendPicture) -> np.ndarray:
    found = [value for _, value, _ in picture.runs]
    if picture.level is not None:
        half = picture.band or 0.0
        found += [picture.level - half, picture.level + half]
    return np.array(found, dtype=np.float64)


def _at(day: date) -> float:
    return days(datetime.combine(day, time(), UTC))


def _calendar(picture: TrendPicture) -> Calendar:
    at = np.array([_at(day) for day, _, _ in picture.runs])
    ends = [*at] + ([_at(picture.block[0])] if picture.block else [])
    lo, hi = min(ends), max(ends)
    room = max(0.02 * (hi - lo), 1.0)
    return Calendar(at, True, lo - room, hi + room)


def _block(canvas: Canvas, picture: TrendPicture, x: Scale, base: float) -> None:
    """The strength block behind the runs, its settling in hatched."""
    if picture.block is None:
        return
    start, settled, end = picture.block
    places = [x(min(_at(d), x.hi)) if d else x.b for d in (start, settled, end)]
    canvas.rects([(places[0], TOP, places[2], base)], BLOCK)
    canvas.hatch([(places[0], TOP, places[1], base)])
    words = "strength block"
    left = min(max(places[0], x.a), x.b - text_width(words, LABEL_PX, True))
    canvas.text(left, TOP - 8 - 14, words, 12.0, INK2, bold=True)


def _gaps(canvas: Canvas, picture: TrendPicture, x: Scale, base: float) -> None:
    for a, b in picture.gaps:
        left, right = x(_at(a)), x(_at(b))
        words = "no runs"
        if right - left > text_width(words) + 12:
            canvas.text((left + right) / 2, base - 8, words, colour=INK2, anchor="middle")


def _runs(canvas: Canvas, picture: TrendPicture, x: Scale, y: Scale) -> None:
    """Runs as small rings, standard check runs filled; monthly means joined where months are."""
    px = apart(x.all(np.array([_at(day) for day, _, _ in picture.runs])))
    for check, face, size in ((False, PAPER, 4.6), (True, INK, 6.0)):
        mine = [k for k, run in enumerate(picture.runs) if run[2] is check]
        values = [y(picture.runs[k][1]) for k in mine]
        canvas.marks([float(px[k]) for k in mine], values, "o", size, INK3, face)
    for line in picture.means:
        canvas.line([x(_at(d)) for d, _ in line], [y(v) for _, v in line], INK, 2.2)
        if len(line) == 1:
            canvas.marks([x(_at(line[0][0]))], [y(line[0][1])], "_", 12.0, INK, INK, 2.2)


def _axis(canvas: Canvas, places: Calendar, x: Scale, base: float) -> None:
    canvas.segments([(x.a, base, x.b, base)], INK3, 1.0)
    for place, label, beside in places.ticks(x):
        at = x(place)
        canvas.segments([(at, base, at, base + (16 if beside else 4))], INK3, 1.0)
        anchor = "start" if beside else "middle"
        canvas.text(at + 5 if beside else at, base + 17, label, colour=INK2, anchor=anchor)


def _title(picture: TrendPicture) -> str:
    first, last = picture.runs[0], picture.runs[-1]
    return (
        f"{picture.label} of {plural(len(picture.runs), 'run')} from {first[0]} to {last[0]}: "
        f"first {level(first[1], picture.unit)}, last {level(last[1], picture.unit)}."
    )
