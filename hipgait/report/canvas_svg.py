"""A canvas as SVG."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import numpy as np

from hipgait.recording import FloatArray
from hipgait.report.canvas import Canvas, Marks, Outline, Text
from hipgait.report.style import CSS_FONTS, PAPER

_CORNERS = {
    "s": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "^": ((0, -1), (-1, 1), (1, 1)),
    "v": ((0, 1), (-1, -1), (1, -1)),
    "<": ((-1, 0), (1, -1), (1, 1)),
    ">": ((1, 0), (-1, -1), (-1, 1)),
}
"""Corners of the filled marks, halves of their size."""
_STROKES = {"_": (((-1, 0), (1, 0)),), "x": (((-1, -1), (1, 1)), ((-1, 1), (1, -1)))}
"""Strokes of the open marks, halves of their size."""


def drawn(canvas: Canvas, alone: bool = False) -> str:
    """The drawing with its sentence; ``alone``: for a file, with its size and fonts."""
    title = escape(canvas.title, quote=True)
    width, height = f"{canvas.width:g}", f"{canvas.height:g}"
    size = f'width="{width}" height="{height}" font-family="{CSS_FONTS}" ' if alone else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size}'
        f'role="img" aria-label="{title}" stroke-linejoin="round" stroke-linecap="butt">'
        f"<title>{title}</title>"
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
    )
    return head + "".join(_shape(shape) for shape in canvas.shapes) + "</svg>"


def _shape(shape: Outline | Marks | Text) -> str:
    if isinstance(shape, Text):
        return _text(shape)
    return _marks(shape) if isinstance(shape, Marks) else _outline(shape)


def _number(value: float) -> str:
    """Hundredths of a pixel at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _moves(points: Iterable[Iterable[float]], closed: bool) -> str:
    """What a path goes along."""
    text = "L".join(" ".join(map(_number, point)) for point in points)
    return f"M{text}Z" if closed else f"M{text}"


def _outline(shape: Outline) -> str:
    data = "".join(_moves(part.tolist(), shape.fill != "none") for part in shape.parts)
    style = f'fill="{shape.fill}"'
    if shape.stroke != "none":
        style += f' stroke="{shape.stroke}" stroke-width="{shape.width:g}"'
    if shape.dash:
        style += f' stroke-dasharray="{" ".join(f"{d:g}" for d in shape.dash)}"'
    if shape.cap != "butt":
        style += f' stroke-linecap="{shape.cap}"'
    if shape.alpha < 1.0:
        style += f' opacity="{shape.alpha:g}"'
    return f'<path d="{data}" {style}/>'


def _marks(shape: Marks) -> str:
    half = 0.5 * shape.size
    style = f'stroke="{shape.edge}" stroke-width="{shape.width:g}"'
    if shape.marker == "o":
        inside = "".join(
            f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(half)}"/>'
            for x, y in shape.points.tolist()
        )
        return f'<g fill="{shape.face}" {style}>{inside}</g>'
    if shape.marker in _STROKES:
        strokes = [_around(shape.points, half, line) for line in _STROKES[shape.marker]]
        data = "".join(_moves(line, False) for lines in strokes for line in lines)
        return f'<path d="{data}" fill="none" {style}/>'
    corners = _around(shape.points, half, _CORNERS[shape.marker])
    inside = "".join(f'<path d="{_moves(outline, True)}"/>' for outline in corners)
    return f'<g fill="{shape.face}" {style}>{inside}</g>'


def _around(
    points: FloatArray, half: float, corners: tuple[tuple[int, int], ...]
) -> list[list[list[float]]]:
    """Outline of a mark at every point."""
    around: list[list[list[float]]] = (points[:, None] + half * np.array(corners)).tolist()
    return around


def _text(shape: Text) -> str:
    weight = "font-weight: bold; " if shape.bold else ""
    return (
        f'<text style="{weight}font-size: {shape.size:g}px; text-anchor: {shape.anchor}; '
        f'fill: {shape.colour}" x="{_number(shape.x)}" y="{_number(shape.y)}">'
        f"{escape(shape.text)}</text>"
    )
