"""Soreness two days after each session, by region: left on the left, right on the right."""

from __future__ import annotations

from collections import Counter
from typing import Final

from hipgait.names import SIDES
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import text_width
from hipgait.report.journal_weeks import SoreDay, sore_days
from hipgait.report.scales import Scale
from hipgait.report.style import INK3, RULE, SIDE_STYLES, WIDE_PX
from hipgait.strength.status import Status

MOST_REGIONS: Final = 4
MOST_SESSIONS: Final = 18
"""bars a region: the latest ones"""
ROW, TOP = 40.0, 4.0


def regions(status: Status, width: float) -> Canvas | None:
    """The picture of the regions with the highest soreness; None where one or none was logged."""
    journal = status.journal
    named = Counter[str]()
    for s in journal.soreness:
        named[s.region] = max(named[s.region], round(10 * s.level))
    shown = [name for name, _ in named.most_common(MOST_REGIONS)]
    by_region = {name: sore_days(journal, name)[-MOST_SESSIONS:] for name in shown}
    by_region = {name: found for name, found in by_region.items() if found}
    if len(by_region) < 2:
        return None
    limit = status.rules.number("soreness_48h", "limit")
    title = "Soreness two days after each session, by region, left and right: " + ", ".join(
        name.replace("_", " ") for name in by_region
    )
    canvas = Canvas(width, TOP + ROW * len(by_region) + 4, title)
    half = width / 2
    for k, (name, found) in enumerate(by_region.items()):
        for side, left in zip(SIDES, (0.0, half), strict=True):
            _one(canvas, (name, side), found, limit, (left, TOP + ROW * k, half))
    return canvas


def _one(
    canvas: Canvas,
    which: tuple[str, str],
    found: tuple[SoreDay, ...],
    limit: float,
    box: tuple[float, float, float],
) -> None:
    """One region of one side. box : left edge, upper edge, width, px."""
    name, side = which
    left, top, wide = box
    style, label = SIDE_STYLES[side], name.replace("_", " ")
    mark = "◀" if side == "left" else "▶"
    text = f"{mark} {label}" if side == "left" else f"{label} {mark}"
    room = 96.0 if wide >= WIDE_PX / 2 else 78.0
    size = 12.0 if text_width(text, 12.0, bold=True) < room else 10.5
    base, x0, x1 = top + ROW - 10, left + room + 6, left + wide - 26
    canvas.text(left + room, base, text, size, style.colour, "end", bold=True)
    most = max(limit + 2.0, max(s.level for s in found))
    y = Scale(0.0, most, base, top + 3)
    canvas.segments([(x0, base, x1, base)], RULE, 0.8)
    canvas.line((x0, x1), (y(limit), y(limit)), INK3, 0.8, (3.0, 2.0))
    step = (x1 - x0) / MOST_SESSIONS
    boxes, last = [], None
    for k, s in enumerate(found):
        last = getattr(s, side)
        if last is not None:
            at = x0 + step * (MOST_SESSIONS - len(found) + k + 0.5)
            boxes.append((at - 1.5, y(last), at + 1.5, base + (1.2 if last == 0 else 0.0)))
    canvas.rects(boxes, style.colour)
    told = "–" if last is None else f"{last:g}"
    bold = last is not None and last > limit
    canvas.text(x1 + 6, base, told, colour=style.colour, bold=bold)
