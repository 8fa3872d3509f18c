"""Each side apart: over the run, and within a stance (fresh against end)."""

from __future__ import annotations

import numpy as np

from hipgait.names import SIDES
from hipgait.recording import FloatArray
from hipgait.report.aggregates import Curve
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import boxes, grey_band, grid, margin, text_width, time_axis
from hipgait.report.numbers import change, interval, level
from hipgait.report.phrases import PHRASES
from hipgait.report.pieces import half_width, verdict_note
from hipgait.report.scales import Scale, value_scale
from hipgait.report.stance_axes import Named, curve_names, stance_axis
from hipgait.report.style import (
    INK2,
    INK3,
    NARROW_PX,
    PAPER,
    SIDE_EFFECT_PX,
    SIDE_STYLES,
    SideStyle,
)
from hipgait.report.view import BY_NAME, View

WIDTH = float(NARROW_PX)
TOP, BASE, HEIGHT = 30.0, 158.0, 184.0
EFFECT_ROOM = 74.0


def _tag(canvas: Canvas, style: SideStyle, x: float) -> None:
    canvas.text(x, 14, style.tag, 13.0, style.colour, bold=True)


# ------------------------------------------------------------------------------ over the run
def side_over_run(view: View, name: str, side: str) -> Canvas:
    """Block means of one side with its levels fresh and at the end. Same scale for both sides."""
    outcome, style = BY_NAME[name], SIDE_STYLES[side]
    entry = view.entry(name, side)
    canvas = Canvas(WIDTH, HEIGHT, _over_title(view, name, side))
    y = value_scale(_row_values(view, name), 2.4 * outcome.matters, BASE, TOP, 5)
    x = view.axis.scale(margin(y, outcome.unit, 5), WIDTH - EFFECT_ROOM)
    _tag(canvas, style, x.a)
    fresh, late = entry.get("early"), entry.get("late")
    span = view.span("analysed") or (x.lo, x.hi)
    end = min(span[1], float(view.slip.get("at_s") or span[1]))
    if fresh is not None:
        grey_band(canvas, y, fresh, outcome.matters, x(span[0]), x(end))
    grid(canvas, y, x.a, x.b, outcome.unit, 5)
    left = boxes([(x.lo, span[0]), (end, x.hi)], x, TOP, BASE)
    canvas.rects(left, PAPER)
    canvas.hatch(left)
    _side_marks(canvas, view, name, side, x, y)
    course = view.course(name, side)
    if course is not None and not view.slip:
        canvas.line(x.all(course[0]), y.all(course[1]), style.colour, 2.6, style.dash)
        _effect(canvas, entry, outcome.unit, style, x.b + 7, y(course[1][-1]))
    elif fresh is not None and late is not None and not view.slip:
        for part, value in (("early", fresh), ("late", late)):
            where = view.span(part)
            if where:
                at = (x(where[0]), x(where[1]))
                canvas.line(at, (y(value), y(value)), style.colour, 2.6, style.dash)
        _effect(canvas, entry, outcome.unit, style, x.b + 7, y(late))
    time_axis(canvas, view.axis, x, BASE, 4)
    return canvas


def _row_values(view: View, name: str) -> FloatArray:
    """Everything that is drawn in a row: one scale for both sides."""
    values = []
    for side in SIDES:
        values.append(view.blocks(name, side).value)
        course = view.course(name, side)
        values += [] if course is None else [course[1]]
        fresh = view.entry(name, side).get("early")
        if fresh is not None:
            half = BY_NAME[name].matters
            values.append(np.array([fresh - half, fresh + half]))
    return np.concatenate(values)


def _side_marks(canvas: Canvas, view: View, name: str, side: str, x: Scale, y: Scale) -> None:
    style = SIDE_STYLES[side]
    blocks = view.blocks(name, side)
    px, py = x.all(blocks.time_s), y.all(blocks.value)
    inside = blocks.analysed
    canvas.marks(px[~inside], py[~inside], style.marker, 3.8, INK3, PAPER, 0.7)
    canvas.marks(px[inside], py[inside], style.marker, 4.6, style.earlier, PAPER, 1.0)


def _effect(
    canvas: Canvas, entry: dict[str, object], unit: str, style: SideStyle, x: float, y: float
) -> None:
    """The quoted change at the end of its line."""
    estimate = entry.get("estimate")
    if not isinstance(estimate, float):
        return
    at = float(np.clip(y, TOP + 12, BASE - 22))
    text = change(estimate, unit, half_width(entry))
    room = WIDTH - x
    fits = text_width(text, SIDE_EFFECT_PX, True) < room
    canvas.text(x, at + 2, text, SIDE_EFFECT_PX if fits else 13.0, style.colour, bold=True)
    limits = interval(_number(entry, "ci_low"), _number(entry, "ci_high"), unit)
    canvas.text(x, at + 18, verdict_note(entry) if limits == "–" else limits, colour=INK2)


def _number(entry: dict[str, object], key: str) -> float | None:
    value = entry.get(key)
    return float(value) if isinstance(value, int | float) else None


def _over_title(view: View, name: str, side: str) -> str:
    phrase, unit = PHRASES[name], BY_NAME[name].unit
    entry = view.entry(name, side)
    text = f"{phrase.title}, {side} side, over the {view.word}."
    if entry.get("early") is None or entry.get("estimate") is None:
        return text
    return (
        f"{text} {level(entry['early'], unit)} when fresh, "
        f"{level(entry['late'], unit)} at the end, "
        f"change {change(entry['estimate'], unit)}, {verdict_note(entry)}."
    )


# --------------------------------------------------------------------------- within a stance
def side_stance(view: View, curve: str, name: str, side: str) -> Canvas | None:
    """Mean curve from landing to push-off: fresh thin and light, end thick and dark."""
    style = SIDE_STYLES[side]
    pairs = {s: _curves(view, curve, s) for s in SIDES}
    drawn = pairs[side]
    if not drawn:
        return None
    canvas = Canvas(WIDTH, HEIGHT, _stance_title(view, name, side, "late" in drawn))
    every = [v for pair in pairs.values() for c in pair.values() for v in (c.low, c.high)]
    values = np.concatenate(every)
    low = float(values.min()) - 0.14 * max(float(np.ptp(values)), 4.0)  # room for a label
    y = value_scale(np.append(values, low), 4.0, BASE, TOP)
    left = margin(y, "deg")
    x = Scale(0.0, 100.0, left, WIDTH - 26.0)
    _tag(canvas, style, left)
    grid(canvas, y, x.a, x.b, "deg")
    pct = np.linspace(0.0, 100.0, len(next(iter(drawn.values())).mean))
    for part, c in drawn.items():
        if c.n >= 2 * view.per_side:
            canvas.band(x.all(pct), y.all(c.low), y.all(c.high), style.colour, 0.18)
        _stance_line(canvas, style, part, x.all(pct), y.all(c.mean))
    stance_axis(canvas, x, BASE)
    if "early" in drawn and "late" in drawn:
        fresh, end = _named("fresh", drawn["early"]), _named(f"end of {view.word}", drawn["late"])
        curve_names(canvas, style, x, y, pct, fresh, end, (26.0, BASE - 5))
        _stance_effect(canvas, view, name, side, style)
    return canvas


def _curves(view: View, curve: str, side: str) -> dict[str, Curve]:
    """Fresh and end where they are compared, else the mean of all."""
    if view.compares and not view.slip:
        pair = {part: view.curve(curve, side, part) for part in ("early", "late")}
        if all(c is not None for c in pair.values()):
            return {k: c for k, c in pair.items() if c is not None}
    whole = view.curve(curve, side, "all")
    return {"all": whole} if whole is not None else {}


def _named(name: str, curve: Curve) -> Named:
    return Named(name, curve.mean, curve.low, curve.high)


def _stance_line(
    canvas: Canvas, style: SideStyle, part: str, px: FloatArray, py: FloatArray
) -> None:
    if part == "early":
        thin = tuple(0.8 * d for d in style.dash)
        canvas.line(px, py, style.earlier, 1.5, thin)
    else:
        canvas.line(px, py, style.colour, 2.7, style.dash)


def _stance_effect(canvas: Canvas, view: View, name: str, side: str, style: SideStyle) -> None:
    """The change of this outcome, in the free corner."""
    entry = view.entry(name, side)
    estimate = entry.get("estimate")
    if estimate is None:
        return
    text = change(float(estimate), BY_NAME[name].unit, half_width(entry))
    note = verdict_note(entry)
    wide = text_width(note) + 6
    canvas.text(WIDTH - wide, 14, text, SIDE_EFFECT_PX, style.colour, anchor="end", bold=True)
    canvas.text(WIDTH, 14, note, colour=INK2, anchor="end")


def _stance_title(view: View, name: str, side: str, compares: bool) -> str:
    phrase = PHRASES[name]
    text = f"{phrase.title} of the {side} side from landing to push-off"
    if not compares:
        return f"{text}, mean of the whole {view.word}."
    entry = view.entry(name, side)
    told = ""
    if entry.get("estimate") is not None:
        told = f" Change {change(entry['estimate'], BY_NAME[name].unit)}, {verdict_note(entry)}."
    return f"{text}, fresh against end of {view.word}.{told}"
