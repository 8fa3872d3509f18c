"""The picture of a session of repeats: one circle a repeat, the last against the first."""

from __future__ import annotations

from typing import Any

import numpy as np

from hipgait.names import POOLED
from hipgait.recording import FloatArray
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import grey_band, grid, margin, text_width
from hipgait.report.numbers import change, interval, level, plural
from hipgait.report.phrases import PHRASES
from hipgait.report.pieces import half_width, verdict_note
from hipgait.report.repeats import change_of
from hipgait.report.scales import Scale, value_scale
from hipgait.report.style import EFFECT_PX, INK, INK2, INK3, NARROW_PX
from hipgait.report.view import BY_NAME, View

TOP = 22.0


def repeat_values(view: View, name: str, key: str = POOLED) -> FloatArray:
    """(m,) value of each repeat in the printed unit; NaN where there is none."""
    rows = [(row["values"].get(name) or {}).get(key) for row in view.repeats["lines"]]
    return np.array([np.nan if v is None else float(v) for v in rows])


def repeats_picture(view: View, name: str, key: str, width: float) -> Canvas | None:
    """One circle a repeat, the grey band around the first, the quoted change at the right."""
    entry = change_of(view, name, key)
    values = repeat_values(view, name, key)
    if not entry or np.isfinite(values).sum() < 2:
        return None
    narrow = width <= NARROW_PX + 60
    outcome = BY_NAME[name]
    height = 190.0 if narrow else 220.0
    base = TOP + height
    first, last = (float(values[int(entry[k]) - 1]) for k in ("first", "last"))
    room = np.array([first - outcome.matters, first + outcome.matters])
    y = value_scale(np.r_[values, room], 2.0 * outcome.matters, base, TOP)
    left = margin(y, outcome.unit, 4, 26.0 if narrow else 40.0)
    x = Scale(0.5, len(values) + 0.5, left, width - (88.0 if narrow else 130.0))
    told = f"{level(first, outcome.unit)} in the first, {level(last, outcome.unit)} in the last"
    title = f"{PHRASES[name].title}, one circle a repeat: {told}, {verdict_note(entry)}."
    canvas = Canvas(width, base + 38, title)
    grey_band(canvas, y, first, outcome.matters, x.a, x.b)
    grid(canvas, y, x.a, x.b, outcome.unit)
    _numbers(canvas, x, base, len(values), narrow)
    number = np.arange(1.0, len(values) + 1.0)
    known = np.isfinite(values)
    line = entry.get("trend")
    if line:
        _line(canvas, x, y, number[known], values[known], float(line["estimate"]))
    ends = [(int(entry["first"]), first), (int(entry["last"]), last)]
    for at, value in ends:
        canvas.line((x(at), x.b + 8), (y(value), y(value)), INK, 1.0, (2.0, 2.4))
    canvas.marks(x.all(number[known]), y.all(values[known]), size=7.5, edge=INK2, width=1.4)
    both = np.array([float(n) for n, _ in ends])
    canvas.marks(x.all(both), y.all(np.array([first, last])), size=7.5, edge=INK, face=INK)
    _bracket(canvas, x, (y(first), y(last)), entry, (first, last), outcome.unit, narrow)
    return canvas


def _numbers(canvas: Canvas, x: Scale, base: float, n: int, narrow: bool) -> None:
    """Base line with the number of each repeat."""
    step = 1 if n <= (10 if narrow else 20) else 5
    shown = [k for k in range(1, n + 1) if k == 1 or k % step == 0]
    canvas.segments([(x.a, base, x.b, base), *((x(k), base, x(k), base + 4) for k in shown)], INK3)
    for k in shown:
        canvas.text(x(k), base + 17, str(k), colour=INK2, anchor="middle")
    canvas.text(x.a, base + 33, f"{plural(n, 'repeat')} in their order", colour=INK2)


def _line(
    canvas: Canvas, x: Scale, y: Scale, number: FloatArray, values: FloatArray, rise: float
) -> None:
    """The line whose end minus start is told as the line through all."""
    place = np.arange(len(values)) / max(len(values) - 1, 1) - 0.5
    fitted = values.mean() + rise * place
    ends = [0, -1]
    canvas.line(x.all(number[ends]), y.all(fitted[ends]), INK2, 1.2)


def _bracket(
    canvas: Canvas,
    x: Scale,
    at: tuple[float, float],
    entry: dict[str, Any],
    values: tuple[float, float],
    unit: str,
    narrow: bool,
) -> None:
    """The quoted change between first and last, with its interval."""
    edge = x.b + 10
    a, b = at
    canvas.line((edge, edge + 6, edge + 6, edge), (a, a, b, b), INK, 1.4)
    words = ("first", "last") if narrow else ("in the first", "in the last")
    labels = [(y, f"{level(v, unit)} {w}") for y, v, w in zip(at, values, words, strict=True)]
    upper, lower = sorted(labels) if a != b else labels
    middle, text = (a + b) / 2 + 2, edge + 14
    effect = change(float(entry["estimate"]), unit, half_width(entry))
    fit = EFFECT_PX if text_width(effect, EFFECT_PX, True) < canvas.width - text else 16.0
    canvas.text(text, middle, effect, fit, INK, bold=True)
    canvas.text(text, middle + 17, interval(entry["ci_low"], entry["ci_high"], unit), colour=INK2)
    canvas.text(text, min(upper[0] + 4, middle - 25), upper[1])
    canvas.text(text, max(lower[0] + 4, middle + 39), lower[1])
