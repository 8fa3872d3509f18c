"""A canvas as PNG, by matplotlib."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from hipgait.report.canvas import Canvas, Marks, Outline, Text
from hipgait.report.style import FONTS, PAPER

_DPI: Final = 72
_PNG_DPI: Final = 216
"""three pixels a CSS pixel"""
_ANCHOR: Final = {"start": "left", "middle": "center", "end": "right"}


@cache
def installed_fonts() -> tuple[str, ...]:
    """Those of the page's fonts that this machine has (for PNG, where text becomes pixels)."""
    from matplotlib.font_manager import fontManager

    have = {entry.name for entry in fontManager.ttflist}
    return tuple(f for f in FONTS if f in have)


def save_png(canvas: Canvas, path: Path) -> None:
    """Write the drawing, three pixels a CSS pixel."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    inches = (canvas.width / _DPI, canvas.height / _DPI)
    with rc_context({"font.family": [*installed_fonts(), "DejaVu Sans"]}):
        figure: Any = Figure(figsize=inches, dpi=_DPI, facecolor=PAPER)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_xlim(0, canvas.width)
        axes.set_ylim(canvas.height, 0)
        axes.set_axis_off()
        for order, shape in enumerate(canvas.shapes):
            artist = _artist(shape)
            artist.set(clip_on=False, zorder=1.0 + 0.001 * order)
            axes.add_artist(artist)
        FigureCanvasAgg(figure)
        figure.savefig(path, dpi=_PNG_DPI, metadata={"Title": canvas.title})


def _artist(shape: Outline | Marks | Text) -> Any:
    if isinstance(shape, Text):
        return _text(shape)
    return _marks(shape) if isinstance(shape, Marks) else _outline(shape)


def _outline(shape: Outline) -> Any:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Moves

    parts, codes = [], []
    for part in shape.parts:
        closed = shape.fill != "none"
        points = np.vstack([part, part[:1]]) if closed else part
        code = np.full(len(points), Moves.LINETO, dtype=Moves.code_type)
        code[0] = Moves.MOVETO
        if closed:
            code[-1] = Moves.CLOSEPOLY
        parts.append(points)
        codes.append(code)
    dash: Any = (0, tuple(d / shape.width for d in shape.dash)) if shape.dash else "solid"
    return PathPatch(
        Moves(np.concatenate(parts), np.concatenate(codes)),
        facecolor=shape.fill,
        edgecolor=shape.stroke,
        linewidth=shape.width,
        linestyle=dash,
        capstyle=shape.cap,
        joinstyle="round",
        alpha=shape.alpha if shape.alpha < 1.0 else None,
    )


def _marks(shape: Marks) -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        shape.points[:, 0],
        shape.points[:, 1],
        linestyle="none",
        marker=shape.marker,
        markersize=shape.size,
        markeredgecolor=shape.edge,
        markerfacecolor=shape.face,
        markeredgewidth=shape.width,
    )


def _text(shape: Text) -> Any:
    from matplotlib.text import Text as Words

    return Words(
        shape.x,
        shape.y,
        shape.text,
        fontsize=shape.size,
        color=shape.colour,
        ha=_ANCHOR[shape.anchor],
        va="baseline",
        fontweight="bold" if shape.bold else "normal",
        parse_math=False,
    )
