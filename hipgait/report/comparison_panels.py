"""Small pictures of the comparison: fresh against tired, stance curves, what could be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from hipgait.recording import FloatArray
from hipgait.report.canvas import Canvas
from hipgait.report.comparison_view import ChangeRow, Detectable, FreshTired, StanceChange
from hipgait.report.furniture import grid, margin, text_width
from hipgait.report.numbers import change, level, size
from hipgait.report.phrases import PHRASES
from hipgait.report.scales import Scale, ticks, value_scale
from hipgait.report.stance_axes import Named, curve_names, stance_axis
from hipgait.report.style import (
    BAND,
    BAND_EDGE,
    INK,
    INK2,
    INK3,
    LABEL_PX,
    NARROW_PX,
    PAPER,
    SIDE_STYLES,
    SideStyle,
)
from hipgait.report.view import BY_NAME

TIRED_W, TIRED_H = 232.0, 196.0
STANCE_W, STANCE_H = float(NARROW_PX), 268.0
DETECT_W, DETECT_H = 262.0, 146.0
POOLED: Final = SideStyle("both sides", INK, INK3, BAND, (), "o", "both sides")
"""both sides together: ink, round mark, no hue"""


def _style(key: str) -> SideStyle:
    return SIDE_STYLES.get(key, POOLED)


# ----------------------------------------------------------------------------- fresh and tired
def fresh_against_tired(panels: Sequence[FreshTired], key: str, name: str) -> Canvas | None:
    """Fresh and end of a run, before (open, thin) and after (filled, thick), one side.

    All panels of a row share the scale; the number is the rise within the run.
    """
    panel = next((p for p in panels if p.key == key), None)
    if panel is None:
        return None
    outcome, style = BY_NAME[name], _style(key)
    values = np.array([v for p in panels for e in (*p.before, *p.after) for v in e.ends])
    canvas = Canvas(TIRED_W, TIRED_H, _tired_title(panel, name))
    base, top = 150.0, 28.0
    y = value_scale(values, 2.0 * outcome.matters, base, top, 6)
    left = margin(y, outcome.unit, 6)
    canvas.text(left, 14, style.tag, LABEL_PX, style.colour, bold=True)
    grid(canvas, y, left, TIRED_W - 20, outcome.unit, 6)
    room = TIRED_W - 20 - left
    for k, (phase, pair, rise) in enumerate(
        (("before", panel.before, panel.rise_before), ("after", panel.after, panel.rise_after))
    ):
        x0 = left + room * (0.10 + 0.47 * k)
        x1 = x0 + room * 0.22
        later = k == 1
        colour = style.colour if later else style.earlier
        canvas.segments(
            [(x, y(e.low), x, y(e.high)) for x, e in zip((x0, x1), pair, strict=True)
             if e.low is not None and e.high is not None], colour, 1.2)  # fmt: skip
        points = (y(pair[0].value), y(pair[1].value))
        dash = style.dash if later else tuple(0.8 * d for d in style.dash)
        canvas.line((x0, x1), points, colour, 2.2 if later else 1.4, dash)
        face = style.colour if later else PAPER
        canvas.marks((x0, x1), points, style.marker, 7.5, colour, face, 1.4)
        told = change(rise, outcome.unit)
        ink = style.colour if later else (INK2 if key not in SIDE_STYLES else colour)
        canvas.text(x1 + 7, points[1] + 4, told, LABEL_PX, ink, bold=later)
        canvas.text(x0, base + 20, "fresh", colour=INK2, anchor="middle")
        canvas.text(x1, base + 20, "end", colour=INK2, anchor="middle")
        canvas.text((x0 + x1) / 2, base + 37, phase, LABEL_PX, INK, anchor="middle", bold=True)
    return canvas


def _tired_title(panel: FreshTired, name: str) -> str:
    unit = BY_NAME[name].unit
    who = "both sides together" if panel.key == "pooled" else f"{panel.key} side"
    parts = [
        f"{phase} {level(pair[0].value, unit)} fresh and {level(pair[1].value, unit)} at the end "
        f"({change(rise, unit)})"
        for phase, pair, rise in (
            ("before", panel.before, panel.rise_before),
            ("after", panel.after, panel.rise_after),
        )
    ]
    return f"{PHRASES[name].title}, {who}: {', '.join(parts)}."


# ------------------------------------------------------------------------------- within a stance
def stance_change(curves: Sequence[StanceChange], name: str, side: str) -> Canvas | None:
    """Mean curves before and after, below them their difference in the band of chance."""
    row = [c for c in curves if c.name == name]
    mine = next((c for c in row if c.side == side), None)
    if mine is None:
        return None
    style = SIDE_STYLES[side]
    canvas = Canvas(STANCE_W, STANCE_H, _stance_title(mine))
    upper = np.concatenate([v for c in row for v in (c.before, c.after)])
    lower = np.concatenate(
        [v for c in row for v in (c.null_low, c.null_high, c.after - c.before, np.zeros(1))]
    )
    y = value_scale(upper, 3.0, 140.0, 26.0, 4)
    low = value_scale(lower, 1.0, 236.0, 170.0, 4)
    left = max(margin(y, "deg"), margin(low, "deg", 4))
    right = STANCE_W - 26.0
    pct = np.linspace(0.0, 100.0, len(mine.before))
    x = Scale(0.0, 100.0, left, right)
    canvas.text(left, 14, style.tag, LABEL_PX, style.colour, bold=True)
    grid(canvas, y, left, right, "deg")
    canvas.line(
        x.all(pct), y.all(mine.before), style.earlier, 1.5, tuple(0.8 * d for d in style.dash)
    )
    canvas.line(x.all(pct), y.all(mine.after), style.colour, 2.7, style.dash)
    before, after = (Named(n, v, v, v) for n, v in (("before", mine.before), ("after", mine.after)))
    curve_names(canvas, style, x, y, pct, before, after, (22.0, 136.0))
    _null_band(canvas, mine, style, x, low, pct)
    stance_axis(canvas, x, 240.0)
    return canvas


def _null_band(
    canvas: Canvas, c: StanceChange, style: SideStyle, x: Scale, y: Scale, pct: FloatArray
) -> None:
    """Difference after minus before; where it leaves the band, a bar marks it."""
    px = x.all(pct)
    canvas.band(px, y.all(c.null_low), y.all(c.null_high), BAND, 1.0)
    for edge in (c.null_low, c.null_high):
        canvas.line(px, y.all(edge), BAND_EDGE, 0.8)
    grid(canvas, y, x.a, x.b, "deg", 4)
    if y.lo < 0 < y.hi:
        canvas.segments([(x.a, y(0.0), x.b, y(0.0))], INK3, 1.0)
    canvas.text(x.a, 158, "after − before", colour=INK2)
    if c.leaves:
        canvas.segments([(x(a), 166.0, x(max(b, a + 1.0)), 166.0) for a, b in c.leaves], INK, 3.0)
    canvas.line(px, y.all(c.after - c.before), style.colour, 2.2, style.dash)


def _stance_title(c: StanceChange) -> str:
    words = c.name.replace("_", " ").capitalize()
    text = f"{words} of the {c.side} side from landing to push-off, before and after"
    if not c.leaves:
        return f"{text}; the difference stays within what comes about by chance."
    parts = " and ".join(f"{a:.0f} to {b:.0f} %" for a, b in c.leaves)
    return f"{text}; the difference leaves the band of chance from {parts} of stance."


# --------------------------------------------------------------------------- what could be seen
def detectable(found: Detectable | None, row: ChangeRow | None) -> Canvas | None:
    """Smallest true change that is found 4 times in 5, by runs in each phase."""
    if found is None or row is None or len(found.runs) < 2:
        return None
    title = "Smallest true change that is found 4 times in 5, by runs in each phase."
    canvas = Canvas(DETECT_W, DETECT_H, title)
    base, top = 104.0, 20.0
    most = float(found.change[0])
    y = value_scale(
        np.array([0.0, most, row.matters * 1.2, found.now[1] if found.now else 0.0]),
        0.1,
        base,
        top,
        3,
    )
    y = Scale(0.0, y.hi, base, top)
    left = margin(y, row.unit, 3)
    x = Scale(float(found.runs[0]), float(found.runs[-1]), left, DETECT_W - 8)
    canvas.rects([(x.a, y(row.matters), x.b, base)], BAND)
    grid(canvas, y, x.a, x.b, row.unit, 3)
    canvas.line(x.all(found.runs), y.all(found.change), INK, 2.0)
    canvas.segments([(x.a, base, x.b, base)], INK3, 1.0)
    for runs in ticks(x.lo, x.hi, 5):
        canvas.segments([(x(runs), base, x(runs), base + 4)], INK3, 1.0)
        canvas.text(x(runs), base + 17, f"{runs:g}", colour=INK2, anchor="middle")
    canvas.text((x.a + x.b) / 2, base + 34, "runs in each phase", colour=INK2, anchor="middle")
    if found.now is not None:
        runs, seen = found.now
        at = float(np.clip(x(runs), x.a, x.b))
        canvas.marks([at], [y(seen)], "o", 8.0, INK, INK, 1.4)
        text = f"now: {size(seen, row.unit)}"
        wide = text_width(text, 12.0, True)
        canvas.text(min(at + 5, x.b - wide), max(y(seen) - 9, top + 2), text, bold=True)
    return canvas
