"""Parts that several figures share: grid, time axis, grey band, hatches, text widths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hipgait.report.canvas import Canvas
from hipgait.report.numbers import SUFFIX, fixed
from hipgait.report.scales import Scale, TimeAxis, ticks
from hipgait.report.style import AXIS_PX, BAND, BAND_EDGE, INK2, INK3, RULE


def text_width(text: str, size: float = AXIS_PX, bold: bool = False) -> float:
    """Width of a text in an Arial-like face, px (a little generous)."""
    narrow = sum(c in ".,:;|il' ()\u00a0" for c in text)
    degrees = text.count("°")
    wide = len(text) - narrow - degrees
    return size * ((0.58 if bold else 0.545) * wide + 0.31 * narrow + 0.4 * degrees)


def tick_labels(values: Sequence[float], unit: str) -> list[str]:
    """Labels of a value axis; the unit stands on the top one."""
    steps = np.diff(values) if len(values) > 1 else np.array([1.0])
    digits = (
        0 if np.allclose(steps, np.round(steps)) and np.allclose(values, np.round(values)) else 1
    )
    if len(steps) and float(np.min(np.abs(steps))) < 0.09:
        digits = 2
    labels = [fixed(v, digits) for v in values]
    if labels:
        labels[-1] += SUFFIX.get(unit, f"\u00a0{unit}")
    return labels


def grid(canvas: Canvas, y: Scale, left: float, right: float, unit: str, most: int = 4) -> None:
    """Horizontal rules with their values."""
    values = ticks(min(y.lo, y.hi), max(y.lo, y.hi), most)
    canvas.segments([(left, y(v), right, y(v)) for v in values], RULE, 0.7)
    for value, label in zip(values, tick_labels(values, unit), strict=True):
        # the degree sign hangs over, so that the digits stay in line
        hang = text_width("°") if label.endswith("°") else 0.0
        canvas.text(left - 7 + hang, y(value) + 4, label, colour=INK2, anchor="end")


def margin(y: Scale, unit: str, most: int = 4, least: float = 26.0) -> float:
    """Room for the value labels, px."""
    labels = tick_labels(ticks(min(y.lo, y.hi), max(y.lo, y.hi), most), unit)
    return max([least, *(text_width(v.rstrip("°")) + 10.0 for v in labels)])


def time_axis(canvas: Canvas, axis: TimeAxis, x: Scale, y: float, most: int = 6) -> None:
    """Base line with ticks; the last label is the end, with the unit."""
    labels = axis.labels(most)
    canvas.segments([(x.a, y, x.b, y), *((x(t), y, x(t), y + 4) for t, _ in labels)], INK3, 1.0)
    last = labels[-1]
    edge = x(last[0]) - text_width(last[1]) / 2 - 8
    for time, label in labels[:-1]:
        if x(time) + text_width(label) / 2 < edge:
            canvas.text(x(time), y + 17, label, colour=INK2, anchor="middle")
    canvas.text(x(last[0]), y + 17, last[1], colour=INK2, anchor="middle")


def grey_band(
    canvas: Canvas, y: Scale, middle: float, half: float, left: float, right: float
) -> None:
    """Changes too small to matter."""
    top, bottom = y(middle + half), y(middle - half)
    canvas.rects([(left, min(top, bottom), right, max(top, bottom))], BAND)
    canvas.segments([(left, top, right, top), (left, bottom, right, bottom)], BAND_EDGE, 0.8)


def boxes(
    spans: Sequence[tuple[float, float]], x: Scale, top: float, bottom: float, least: float = 0.0
) -> list[tuple[float, float, float, float]]:
    """Time spans as boxes inside the axis, at least ``least`` px wide."""
    out = []
    for start, end in spans:
        a, b = x(max(start, x.lo)), x(min(end, x.hi))
        if b < a or end < x.lo or start > x.hi:
            continue
        grow = max(0.0, least - (b - a)) / 2.0
        out.append((a - grow, top, b + grow, bottom))
    return out
