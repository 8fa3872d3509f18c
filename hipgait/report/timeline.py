"""Where the data of each sensor were used, left out or missing."""

from __future__ import annotations

from typing import Any

from hipgait.names import PLACES
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import boxes, text_width, time_axis
from hipgait.report.numbers import NONE, fixed
from hipgait.report.phrases import final_words
from hipgait.report.scales import Scale
from hipgait.report.style import INK, INK2, NARROW_PX, PAPER, SIDE_STYLES, USED
from hipgait.report.view import View

ROW, BAR, TOP = 38.0, 13.0, 22.0
NOTCH = 7.0
"""depth of a bend's notch in the top of a bar, px; a gap goes through and has a tick below"""
SHORT_S = 0.5
"""shorter gaps are told in words: drawn, each would look longer than it is"""


def timeline(view: View, width: float) -> Canvas | None:
    """One bar a sensor: what was used, missing, left out by rule, used in part (bends)."""
    streams: dict[str, dict[str, Any]] = view.quality.get("streams") or {}
    if not streams or not len(view.ic_s):
        return None
    narrow = width <= NARROW_PX + 60
    names = {p: place_label(p) for p in streams}
    left = 8.0 if narrow else 12.0 + max(text_width(n[0], 13, True) for n in names.values())
    right = width - (20.0 if narrow else 112.0)
    row = ROW + (8.0 if narrow else 0.0)
    base = TOP + row * len(streams) + 4
    canvas = Canvas(width, base + 26, _title(streams))
    x = view.axis.scale(left, right)
    for k, (placement, stream) in enumerate(streams.items()):
        top = TOP + row * k + (10.0 if narrow else 2.0)
        _bar(canvas, view, stream, x, top)
        name, colour = names[placement]
        used = stream.get("used_pct")
        told = f"{fixed(float(used), 1)} % usable" if used is not None else NONE
        if narrow:
            canvas.text(left, top - 5, name, 12.0, colour, bold=True)
            canvas.text(right, top - 5, told, 12.0, INK2, anchor="end")
        else:
            canvas.text(left - 10, top + 11, name, 13.0, colour, anchor="end", bold=True)
            canvas.text(right + 10, top + 11, told, 12.0, INK2)
    if not narrow:
        _event_labels(canvas, view, streams, x, row)
    time_axis(canvas, view.axis, x, base, 4 if narrow else 6)
    return canvas


def place_label(placement: str) -> tuple[str, str]:
    """Words and colour of a placement; an arrow shows the side as well."""
    word = PLACES.get(placement, placement.replace("_", " "))
    if placement.startswith("left"):
        return f"◀ {word}", SIDE_STYLES["left"].colour
    if placement.startswith("right"):
        return f"{word} ▶", SIDE_STYLES["right"].colour
    return word, INK


def rule_spans(view: View) -> list[tuple[float, float]]:
    """Time left out of the findings by rule: warm-up, final stretch, stops, after a slip."""
    quality = view.quality
    spans = [(float(r["start_s"]), float(r["end_s"])) for r in quality.get("left_out", [])]
    spans += view.stops
    if view.slip.get("at_s") is not None:
        spans.append((float(view.slip["at_s"]), view.axis.end_s))
    return spans


def _bar(canvas: Canvas, view: View, stream: dict[str, Any], x: Scale, top: float) -> None:
    bottom = top + BAR
    canvas.rects([(x.a, top, x.b, bottom)], USED)
    turns = [
        (float(a), float(b)) for a, b in (view.quality.get("turns") or {}).get("intervals", [])
    ]
    canvas.rects(boxes(turns, x, top - 0.5, top + NOTCH, 1.2), PAPER)
    out = boxes(rule_spans(view), x, top, bottom, 1.6)
    canvas.rects(out, PAPER)
    canvas.hatch(out, 5.0)
    gaps = [(float(a), float(b)) for a, b in stream.get("gaps") or [] if b - a >= SHORT_S]
    lost = boxes(gaps, x, top - 0.5, bottom + 0.5, 1.2)
    canvas.rects(lost, PAPER)
    canvas.segments([(x.a, bottom, x.b, bottom)], USED, 0.6)
    canvas.rects([(a, bottom + 1.5, b, bottom + 5.0) for a, _, b, _ in lost], INK)


def _event_labels(
    canvas: Canvas, view: View, streams: dict[str, dict[str, Any]], x: Scale, row: float
) -> None:
    """Short words above the bars; a word that would touch another one is left out."""
    above = TOP - 4
    words: list[tuple[float, float, str]] = []
    for a, b in view.stops:
        words.append(((x(a) + x(b)) / 2, above, "stop"))
    slip = view.slip.get("at_s")
    if slip is not None:
        words.insert(0, (x(float(slip)) + 4, above, "sensor slipped"))
    turns = (view.quality.get("turns") or {}).get("intervals", [])
    hidden = rule_spans(view)
    seen = [(a, b) for a, b in turns if not any(s <= a and b <= e for s, e in hidden)]
    if seen:
        a, b = seen[0]
        words.append(((x(a) + x(b)) / 2, above, "bends" if len(turns) > 1 else "bend"))
    for k, stream in enumerate(streams.values()):
        for a, b in sorted(stream.get("gaps") or [], key=lambda g: g[0] - g[1])[:2]:
            if b - a >= 5.0:
                words.append(((x(a) + x(b)) / 2, TOP + row * k - 4, f"no data {b - a:.0f} s"))
    for part in view.quality.get("left_out", []):
        told = final_words(part) if part["reason"] == "final stretch" else str(part["reason"])
        words.append(((x(float(part["start_s"])) + x(float(part["end_s"]))) / 2, above, told))
    taken: list[tuple[float, float, float]] = []
    for middle, y, word in words:
        half = text_width(word) / 2 + 4
        clear = all(
            abs(y - ty) > 12 or middle + half < a or middle - half > b for a, b, ty in taken
        )
        if clear and x.a <= middle <= x.b:
            taken.append((middle - half, middle + half, y))
            canvas.text(middle, y, word, anchor="middle")


def _title(streams: dict[str, dict[str, Any]]) -> str:
    parts = [
        f"{PLACES.get(p, p)} {fixed(float(s['used_pct']), 1)} %"
        for p, s in streams.items()
        if s.get("used_pct") is not None
    ]
    return (
        f"Where the data of each sensor were used, left out or missing; usable: {', '.join(parts)}."
    )
