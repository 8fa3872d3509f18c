"""Small marks of the journal's page: decisions, and the course of one exercise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hipgait.report.canvas import Canvas
from hipgait.report.style import INK, PAPER, RULE

NAMES: Final = {
    "progress": "Progress",
    "hold": "Hold",
    "regress": "Regress",
    "rest": "Rest",
    "stop": "Stop",
}
"""decision -> the word beside its mark"""
SPARK_W, SPARK_H = 88.0, 22.0


def _shapes(decision: str) -> str:
    """SVG of a mark in a box of 16 x 16."""
    if decision == "progress":
        return f'<path d="M8 2L15 14H1Z" fill="{INK}"/>'
    if decision == "hold":
        return f'<path d="M2 3H14V7H2ZM2 9H14V13H2Z" fill="{INK}"/>'
    if decision == "regress":
        return f'<path d="M1.5 2.5H14.5L8 13.5Z" fill="{PAPER}" stroke="{INK}" stroke-width="1.8"/>'
    if decision == "rest":
        return (
            f'<rect x="2" y="2" width="12" height="12" fill="{PAPER}" stroke="{INK}" '
            'stroke-width="1.8"/>'
        )
    return (
        f'<rect width="16" height="16" fill="{INK}"/>'
        f'<path d="M4 4L12 12M12 4L4 12" stroke="{PAPER}" stroke-width="2"/>'
    )


def glyph(decision: str, px: float = 16.0) -> str:
    """The mark of a decision beside its word, as inline SVG."""
    return (
        f'<svg class="glyph" viewBox="0 0 16 16" width="{px:g}" height="{px:g}" '
        f'aria-hidden="true">{_shapes(decision)}</svg>'
    )


def draw_glyph(canvas: Canvas, decision: str, x: float, y: float, size: float = 11.0) -> None:
    """The same mark in a figure, with its upper left corner at (x, y)."""
    far, low = x + size, y + size
    if decision == "hold":
        third = 0.36 * size
        canvas.rects([(x, y, far, y + third), (x, low - third, far, low)], INK)
    elif decision in ("progress", "regress"):
        up = decision == "progress"
        mark = "^" if up else "v"
        face = INK if up else PAPER
        canvas.marks([x + size / 2], [y + size / 2], mark, size, INK, face, 1.5)
    elif decision == "rest":
        canvas.marks([x + size / 2], [y + size / 2], "s", size - 2, INK, PAPER, 1.5)
    else:
        canvas.rects([(x, y, far, low)], INK)
        inner = 0.28 * size
        canvas.line((x + inner, far - inner), (y + inner, low - inner), PAPER, 1.4)
        canvas.line((x + inner, far - inner), (low - inner, y + inner), PAPER, 1.4)


def spark(values: Sequence[float]) -> str:
    """The course of an exercise over its latest sessions as inline SVG; the last one is a dot."""
    if not values:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (SPARK_W - 12) / max(len(values) - 1, 1)
    xs = [6 + step * k for k in range(len(values))] if len(values) > 1 else [SPARK_W - 6]
    ys = [SPARK_H - 5 - (SPARK_H - 10) * (v - low) / span for v in values]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return (
        f'<svg class="spark" viewBox="0 0 {SPARK_W:g} {SPARK_H:g}" width="{SPARK_W:g}" '
        f'height="{SPARK_H:g}" aria-hidden="true">'
        f'<path d="M2 {SPARK_H - 2:g}H{SPARK_W - 2:g}" stroke="{RULE}" stroke-width=".8"/>'
        f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="1.2"/>'
        f'<circle cx="{xs[-1]:.1f}" cy="{ys[-1]:.1f}" r="3" fill="{INK}"/></svg>'
    )
