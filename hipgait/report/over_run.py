"""The picture that proves the answer: one outcome over the run, with pace and cadence below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hipgait.report.aggregates import Blocks
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import boxes, grey_band, grid, margin, text_width, time_axis
from hipgait.report.main_words import main_title
from hipgait.report.numbers import FINEST, change, fixed, interval, level, pace
from hipgait.report.phrases import final_words
from hipgait.report.pieces import verdict_note
from hipgait.report.scales import Scale, limits, value_scale
from hipgait.report.style import EFFECT_PX, INK, INK2, INK3, NARROW_PX, PAPER
from hipgait.report.view import BY_NAME, View

TOP = 22.0
WARM_PX = 56.0
"""a wider warm-up bears its name inside, px"""
STRAND = 50.0
"""height of a line of pace or cadence, px"""


@dataclass(frozen=True)
class Frame:
    """Where things go. x, y : scales of the main plot; base : its base line, px."""

    canvas: Canvas
    view: View
    name: str
    key: str
    x: Scale
    y: Scale
    base: float
    narrow: bool


def over_run(view: View, name: str, key: str, width: float) -> Canvas:
    """Block means, the levels fresh and at the end, and the quoted change between them."""
    narrow = width <= NARROW_PX + 60
    outcome = BY_NAME[name]
    blocks = view.blocks(name, key)
    entry = view.entry(name, key)
    height = 222.0 if narrow else 256.0
    strands = _strands(view)
    base = TOP + height
    canvas = Canvas(width, base + 30 + STRAND * len(strands), main_title(view, name, key))
    course = view.course(name, key)
    values = [blocks.value, *([] if course is None else [course[1]])]
    fresh = entry.get("early")
    if fresh is not None:
        values.append(np.array([fresh - outcome.matters, fresh + outcome.matters]))
    y = value_scale(np.concatenate(values), 2.0 * outcome.matters, base, TOP)
    left = margin(y, outcome.unit, 4, 26.0 if narrow else 40.0)
    right = width - ((88.0 if narrow else 130.0) if entry.get("late") is not None else 26.0)
    frame = Frame(canvas, view, name, key, view.axis.scale(left, right), y, base, narrow)
    _background(frame, blocks)
    _levels(frame)
    _circles(frame, blocks)
    _bracket(frame)
    time_axis(canvas, view.axis, frame.x, base, 4 if narrow else 6)
    for k, strand in enumerate(strands):
        _draw_strand(frame, strand, base + 30 + STRAND * k)
    return canvas


def _background(frame: Frame, blocks: Blocks) -> None:
    """Grey band, rules, and what was left out, hatched."""
    canvas, view, x = frame.canvas, frame.view, frame.x
    outcome = BY_NAME[frame.name]
    fresh = view.entry(frame.name, frame.key).get("early")
    span = view.span("analysed") or (x.lo, x.hi)
    slip_s = view.slip.get("at_s")
    if fresh is not None:
        grey_band(canvas, frame.y, fresh, outcome.matters, x(span[0]), x(slip_s or span[1]))
    grid(canvas, frame.y, x.a, x.b, outcome.unit)
    out = [(float(r["start_s"]), float(r["end_s"])) for r in view.quality.get("left_out", [])]
    if slip_s is not None:
        out = [(a, min(b, float(slip_s))) for a, b in out if a < slip_s]
        out.append((float(slip_s), x.hi))
    areas = boxes(out, x, TOP, frame.base)
    stops = boxes(view.stops, x, TOP, frame.base, 1.5)
    canvas.rects([*areas, *stops], PAPER)
    canvas.hatch([*areas, *stops])
    if fresh is not None:
        _band_note(frame, blocks, fresh, (span[0], slip_s or span[1]))
    _above(frame)
    for (a, _, b, _), (start, _) in zip(areas, out, strict=False):
        warm = start <= x.lo + 1 and b - a > WARM_PX and slip_s != start
        if warm or (slip_s == start and b - a > 70):
            lines = ("warm-up,", "left out") if warm else ("sensor slipped,", "left out")
            for k, word in enumerate(lines):
                _on_paper(canvas, (a + b) / 2, TOP + 15 + 14 * k, word)


def _above(frame: Frame) -> None:
    """Names, above the plot, of hatched stretches that are too narrow for words."""
    view, x = frame.view, frame.x
    rows = view.quality.get("left_out", [])
    repeats = any(row["reason"] == "repeats" for row in rows)
    if repeats:
        frame.canvas.text(x.b, TOP - 8, "repeats, left out", colour=INK2, anchor="end")
    for row in rows:
        a, b = (x(float(row[key])) for key in ("start_s", "end_s"))
        if row["reason"] == "final stretch" and not view.slip and not repeats:
            text = f"{final_words(row)}, left out"
            frame.canvas.text(x.b, TOP - 8, text, colour=INK2, anchor="end")
        elif row["reason"] == "warm-up" and b - a <= WARM_PX:
            frame.canvas.text(x.a, TOP - 8, "warm-up, left out", colour=INK2)


def _on_paper(canvas: Canvas, x: float, y: float, text: str) -> None:
    """Text over a hatch, on a strip of paper."""
    half = text_width(text) / 2 + 2
    canvas.rects([(x - half, y - 11, x + half, y + 3)], PAPER)
    canvas.text(x, y, text, colour=INK2, anchor="middle")


def _band_note(frame: Frame, blocks: Blocks, fresh: float, span: tuple[float, float]) -> None:
    """What the grey means, where fewest circles lie."""
    outcome = BY_NAME[frame.name]
    matters = level(outcome.matters, outcome.unit)
    x, y = frame.x, frame.y
    room = x(span[1]) - x(span[0]) - 16
    texts = (
        f"grey: within ±{matters} of your fresh level, too small a change to matter",
        f"grey: ±{matters}, too small to matter",
        f"grey: ±{matters}",
    )
    text = next((t for t in texts if text_width(t) < room), "")
    if not text or abs(y(fresh + outcome.matters) - y(fresh)) < 22:
        return
    start = x(span[0]) + 9
    end = start + text_width(text)
    px, py = x.all(blocks.time_s), y.all(blocks.value)
    places = [y(fresh - outcome.matters) - 8, y(fresh + outcome.matters) + 16]

    def crowd(base: float) -> int:
        near = (px > start - 5) & (px < end + 5) & (py > base - 15) & (py < base + 8)
        return int(near.sum())

    frame.canvas.text(start, min(places, key=crowd), text, colour=INK2)


def _circles(frame: Frame, blocks: Blocks) -> None:
    x, y = frame.x.all(blocks.time_s), frame.y.all(blocks.value)
    inside = blocks.analysed
    size = 5.8 if len(x) <= 90 else 4.0
    frame.canvas.marks(x[~inside], y[~inside], size=size - 1.0, edge=INK3, width=0.8)
    frame.canvas.marks(x[inside], y[inside], size=size, edge=INK2, width=1.3)


def _levels(frame: Frame) -> None:
    """The course whose end minus start is quoted; untested, the two means of the parts."""
    entry = frame.view.entry(frame.name, frame.key)
    course = frame.view.course(frame.name, frame.key)
    if course is not None and not frame.view.slip:
        px, py = frame.x.all(course[0]), frame.y.all(course[1])
        frame.canvas.line((px[0], frame.x.b + 8), (py[0], py[0]), INK, 1.0, (2.0, 2.4))
        frame.canvas.line((px[-1], frame.x.b + 8), (py[-1], py[-1]), INK, 1.0, (2.0, 2.4))
        frame.canvas.line(px, py, INK, 2.8)
        _onset(frame, entry)
        return
    early, late = entry.get("early"), entry.get("late")
    if early is None or late is None or frame.view.slip:
        return
    x, y = frame.x, frame.y
    spans = frame.view.span("early"), frame.view.span("late")
    if spans[0] is None or spans[1] is None:
        return
    frame.canvas.line((x(spans[0][1]), x.b + 8), (y(early), y(early)), INK, 1.0, (2.0, 2.4))
    for span, value in zip(spans, (early, late), strict=True):
        if span is not None:
            frame.canvas.line((x(span[0]), x(span[1])), (y(value), y(value)), INK, 2.8)


def _onset(frame: Frame, entry: dict[str, Any]) -> None:
    """Where the change begins, with its interval, on the base line."""
    at, low, high = (entry.get(f"onset{end}_s") for end in ("", "_low", "_high"))
    if at is None or low is None or high is None:
        return
    x, base = frame.x, frame.base - 7
    frame.canvas.line((x(low), x(high)), (base, base), INK, 1.6)
    frame.canvas.marks([x(at)], [base], size=6.5, edge=INK, face=INK)
    # beside the line: above it the note of the grey band may stand
    last = (frame.view.span("analysed") or (x.lo, x.hi))[1]
    fits = x(high) + 6 + text_width("begins") < x(last)
    edge, anchor = (x(high) + 6, "start") if fits else (x(low) - 6, "end")
    frame.canvas.text(edge, base + 4, "begins", colour=INK, anchor=anchor)


def _bracket(frame: Frame) -> None:
    """The quoted change, bracketed, with the two levels beside it."""
    entry = frame.view.entry(frame.name, frame.key)
    early, late, estimate = entry.get("early"), entry.get("late"), entry.get("estimate")
    if early is None or late is None or estimate is None:
        return
    outcome = BY_NAME[frame.name]
    canvas, edge = frame.canvas, frame.x.b + 10
    a, b = frame.y(early), frame.y(late)
    canvas.line((edge, edge + 6, edge + 6, edge), (a, a, b, b), INK, 1.4)
    ends = (level(late, outcome.unit), level(early, outcome.unit))
    words = " end" if frame.narrow else " at the end"
    labels = [(b, ends[0] + words), (a, ends[1] + " fresh")]
    upper, lower = sorted(labels) if a != b else labels
    middle = (a + b) / 2 + 2
    text = edge + 14
    half = None
    if entry.get("ci_low") is not None and entry.get("ci_high") is not None:
        half = (entry["ci_high"] - entry["ci_low"]) / 2
    effect = change(estimate, outcome.unit, half)
    fit = EFFECT_PX if text_width(effect, EFFECT_PX, True) < canvas.width - text else 16.0
    canvas.text(text, middle, effect, fit, INK, bold=True)
    below = interval(entry.get("ci_low"), entry.get("ci_high"), outcome.unit)
    canvas.text(text, middle + 17, verdict_note(entry) if below == "–" else below, colour=INK2)
    canvas.text(text, min(upper[0] + 4, middle - 25), upper[1])
    canvas.text(text, max(lower[0] + 4, middle + 39), lower[1])


@dataclass(frozen=True)
class Strand:
    """A thin line below the picture. value : (k,) ; least : smallest range drawn."""

    label: str
    blocks: Blocks
    least: float
    ends: tuple[str, str] | None
    note: str


def _strands(view: View) -> list[Strand]:
    out = []
    speed = view.speed()
    source = (view.quality.get("speed") or {}).get("source")
    if speed is not None:
        note = {"estimated": "estimated", "given": "as given"}.get(str(source), "")
        ends = _ends(view, speed, pace)
        out.append(Strand("Pace, min/km", speed, 0.25, ends, note))
    cadence = view.blocks("cadence")
    if len(cadence.value):
        ends = _ends(view, cadence, lambda v: fixed(v, FINEST["spm"]))
        out.append(Strand("Cadence, steps/min", cadence, 8.0, ends, ""))
    return out


def _ends(view: View, blocks: Blocks, words: Callable[[float], str]) -> tuple[str, str] | None:
    early, late = blocks.of("early"), blocks.of("late")
    if view.slip or not view.compares or not early.any() or not late.any():
        return None
    return words(float(blocks.value[early].mean())), words(float(blocks.value[late].mean()))


def _draw_strand(frame: Frame, strand: Strand, top: float) -> None:
    canvas, x = frame.canvas, frame.x
    blocks = strand.blocks
    keep = blocks.analysed if blocks.analysed.any() else np.ones(len(blocks.value), dtype=bool)
    lo, hi = limits(blocks.value[keep], strand.least, 0.0)
    y = Scale(lo, hi, top + STRAND - 4, top + 24)
    canvas.text(0 if frame.narrow else x.a, top + 14, strand.label)
    px, py = x.all(blocks.time_s[keep]), y.all(blocks.value[keep])
    canvas.line(px, py, INK2, 1.4)
    if len(px):
        canvas.marks(px[[0, -1]], py[[0, -1]], size=5.0, edge=INK2, face=INK2)
    middle = float(np.clip(py[-1] if len(py) else top + 34, top + 26, top + STRAND - 8)) + 4
    if strand.ends:
        before, after = strand.ends
        same = before == after
        canvas.text(x.b + 24, middle, f"{before} throughout" if same else f"{before} → {after}")
    if strand.note:
        offset = text_width(strand.label) + 8
        canvas.text((0 if frame.narrow else x.a) + offset, top + 14, strand.note, colour=INK2)
