"""A sheet of paper in CSS pixels on which the figures are drawn.

One unit is one CSS pixel, y points down. A canvas keeps what was drawn; SVG is written as it stands
(canvas_svg: text stays text, so that the page's own font is used and can be selected), PNG by
matplotlib (canvas_png). Loading matplotlib for the SVG alone took longer than all drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from hipgait.recording import FloatArray
from hipgait.report.style import AXIS_PX, HATCH, INK, PAPER

Floats = Sequence[float] | FloatArray
Anchor: TypeAlias = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Outline:
    """Outlines (k, 2), closed and filled or open and stroked, drawn as one; dash in px."""

    parts: list[FloatArray]
    fill: str = "none"
    stroke: str = "none"
    width: float = 1.0
    dash: Sequence[float] = ()
    cap: str = "butt"
    alpha: float = 1.0


@dataclass(frozen=True)
class Marks:
    """Marks of one kind at points (k, 2); matplotlib's name, size across in px."""

    points: FloatArray
    marker: str
    size: float
    edge: str
    face: str
    width: float


@dataclass(frozen=True)
class Text:
    """One line of text, y at its base line."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: str
    bold: bool


Shape: TypeAlias = Outline | Marks | Text


class Canvas:
    """A drawing of ``width`` x ``height`` px with one sentence that says what it shows."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width = width
        self.height = height
        self.title = title
        self._shapes: list[Shape] = []

    @property
    def shapes(self) -> list[Shape]:
        """What was drawn, the lowest first; text lies above everything."""
        return sorted(self._shapes, key=lambda shape: isinstance(shape, Text))

    def line(
        self,
        x: Floats,
        y: Floats,
        colour: str = INK,
        width: float = 1.0,
        dash: Sequence[float] = (),
        cap: Literal["butt", "round"] = "butt",
    ) -> None:
        """A line through points, broken where one is not a number; ``dash`` in px."""
        points = _points(x, y)
        known = np.isfinite(points).all(axis=1)
        ends = np.flatnonzero(np.diff(np.concatenate([[0], known.view(np.int8), [0]])))
        parts = [points[a:b] for a, b in ends.reshape(-1, 2)]
        self._path(parts, stroke=colour, width=width, dash=dash, cap=cap)

    def marks(
        self,
        x: Floats,
        y: Floats,
        marker: str = "o",
        size: float = 5.2,
        edge: str = INK,
        face: str = PAPER,
        width: float = 1.2,
    ) -> None:
        """One mark a point; none where one is not a number."""
        points = _points(x, y)
        points = points[np.isfinite(points).all(axis=1)]
        if len(points):
            self._shapes.append(Marks(points, marker, size, edge, face, width))

    def _path(
        self,
        parts: list[FloatArray],
        fill: str = "none",
        stroke: str = "none",
        width: float = 1.0,
        dash: Sequence[float] = (),
        cap: str = "butt",
        alpha: float = 1.0,
    ) -> None:
        kept = [p for p in parts if len(p) > 1]
        if kept:
            self._shapes.append(Outline(kept, fill, stroke, width, dash, cap, alpha))

    def rects(self, boxes: Sequence[tuple[float, float, float, float]], fill: str) -> None:
        """Filled boxes (x0, y0, x1, y1), drawn as one."""
        parts = [
            np.array([[a, b], [c, b], [c, d], [a, d]], dtype=np.float64)
            for a, b, c, d in boxes
            if c > a and d > b
        ]
        self._path(parts, fill=fill)

    def band(
        self, x: FloatArray, low: FloatArray, high: FloatArray, fill: str, alpha: float
    ) -> None:
        """The area between two curves."""
        if len(x) < 2:
            return
        outline = _points(np.r_[x, x[::-1]], np.r_[low, high[::-1]])
        self._path([outline], fill=fill, alpha=alpha)

    def segments(
        self, lines: Sequence[tuple[float, float, float, float]], colour: str, width: float = 0.8
    ) -> None:
        """Straight lines (x0, y0, x1, y1), drawn as one."""
        parts = [np.array([[a, b], [c, d]], dtype=np.float64) for a, b, c, d in lines]
        self._path(parts, stroke=colour, width=width)

    def hatch(
        self,
        boxes: Sequence[tuple[float, float, float, float]],
        step: float = 6.0,
        colour: str = HATCH,
    ) -> None:
        """Boxes filled with rising diagonals: left out, but not hidden."""
        self.segments([s for box in boxes for s in _diagonals(*box, step)], colour)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = AXIS_PX,
        colour: str = INK,
        anchor: Anchor = "start",
        bold: bool = False,
    ) -> None:
        """One line of text, y at its base line."""
        self._shapes.append(Text(float(x), float(y), text, size, colour, anchor, bold))

    def svg(self) -> str:
        """Inline SVG."""
        from hipgait.report.canvas_svg import drawn

        return drawn(self)

    def save(self, path: Path) -> None:
        """Write .png (three pixels a CSS pixel) or .svg."""
        if path.suffix == ".svg":
            from hipgait.report.canvas_svg import drawn

            path.write_text(drawn(self, alone=True), encoding="utf-8")
            return
        from hipgait.report.canvas_png import save_png

        save_png(self, path)


def _points(x: Floats, y: Floats) -> FloatArray:
    return np.column_stack([np.asarray(v, dtype=np.float64) for v in (x, y)])


def _diagonals(
    x0: float, y0: float, x1: float, y1: float, step: float
) -> list[tuple[float, float, float, float]]:
    """Rising 45 degree lines inside a box, on one lattice for all boxes."""
    out = []
    first = int(np.ceil((x0 + y0) / step))
    for k in range(first, int(np.floor((x1 + y1) / step)) + 1):
        total = k * step  # x + y = total
        left = max(x0, total - y1)
        right = min(x1, total - y0)
        if right - left > 0.3:
            out.append((left, total - left, right, total - right))
    return out
