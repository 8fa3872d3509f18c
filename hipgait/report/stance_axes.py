"""Stance curves: the axis from landing to push-off, and names at two curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.recording import FloatArray
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import text_width
from hipgait.report.scales import Scale
from hipgait.report.style import INK2, INK3, SideStyle


@dataclass(frozen=True)
class Named:
    """A curve with its name. mean, low, high : (n,) values, its band (the mean where none)."""

    name: str
    mean: FloatArray
    low: FloatArray
    high: FloatArray


def stance_axis(canvas: Canvas, x: Scale, base: float) -> None:
    """Base line with landing, the middle and push-off."""
    at = (0.0, 50.0, 100.0)
    canvas.segments(
        [(x.a, base, x.b, base), *((x(p), base, x(p), base + 4) for p in at)], INK3, 1.0
    )
    canvas.text(max(0.0, x.a - 18), base + 17, "landing", colour=INK2)
    canvas.text(x(50.0), base + 17, "% of stance", colour=INK2, anchor="middle")
    canvas.text(min(x.b + 24, canvas.width), base + 17, "push-off", colour=INK2, anchor="end")


def curve_names(
    canvas: Canvas,
    style: SideStyle,
    x: Scale,
    y: Scale,
    pct: FloatArray,
    first: Named,
    last: Named,
    edges: tuple[float, float],
) -> None:
    """Both names, on the outer side of each curve where they differ most.

    edges : highest and lowest base line of a name, px.
    """
    inner = (pct > 15) & (pct < 70)
    at = int(np.argmax(np.abs(last.mean - first.mean) * inner))
    above = bool(last.mean[at] >= first.mean[at])
    px = x.all(pct)
    for text, is_up, bold in ((last.name, above, True), (first.name, not above, False)):
        half = text_width(text, 12, bold) / 2
        middle = float(np.clip(px[at], x.a + half + 4, x.b - half))
        near = (px > middle - half - 4) & (px < middle + half + 4)
        curves = [c for e in (first, last) for c in (e.low, e.high, e.mean)]
        reach = np.array([y.all(c)[near] for c in curves])
        base = float(reach.min()) - 6 if is_up else float(reach.max()) + 15
        base = float(np.clip(base, *edges))
        colour = style.colour if bold else INK2
        canvas.text(middle, base, text, colour=colour, anchor="middle", bold=bold)
