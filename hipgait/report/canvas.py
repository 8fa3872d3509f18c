"""A sheet of paper in CSS pixels on which the figures are drawn with matplotlib.

One unit is one CSS pixel, y points down. Few artists and no axes machinery: a figure costs
about 10 ms. Text stays text, so that the page's own font is used and can be selected.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from hipgait.recording import FloatArray
from hipgait.report.style import AXIS_PX, CSS_FONTS, FONTS, HATCH, INK, PAPER

Floats = Sequence[float] | FloatArray

_DPI: Final = 72
_PNG_DPI: Final = 216
"""three pixels a CSS pixel"""
_ANCHOR: Final = {"start": "left", "middle": "center", "end": "right"}


class Canvas:
    """A drawing of ``width`` x ``height`` px with one sentence that says what it shows."""

    def __init__(self, width: float, height: float, title: str) -> None:
        from matplotlib.figure import Figure

        self.width = width
        self.height = height
        self.title = title
        self.figure: Any = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=PAPER)
        self.axes: Any = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)
        self.axes.set_axis_off()
        self._order = 1.0

    def _next(self) -> float:
        """Later calls draw on top."""
        self._order += 0.001
        return self._order

    def line(
        self,
        x: Floats,
        y: Floats,
        colour: str = INK,
        width: float = 1.0,
        dash: Sequence[float] = (),
        cap: Literal["butt", "round"] = "butt",
    ) -> None:
        """A line through points; ``dash`` in px."""
        from matplotlib.lines import Line2D

        scaled: Any = (0, tuple(d / width for d in dash)) if dash else "solid"
        self.axes.add_line(
            Line2D(
                np.asarray(x, dtype=np.float64),
                np.asarray(y, dtype=np.float64),
                color=colour,
                linewidth=width,
                linestyle=scaled,
                solid_capstyle=cap,
                dash_capstyle="butt",
                solid_joinstyle="round",
                clip_on=False,
                zorder=self._next(),
            )
        )

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
        """One mark a point."""
        if not len(x):
            return
        from matplotlib.lines import Line2D

        self.axes.add_line(
            Line2D(
                np.asarray(x, dtype=np.float64),
                np.asarray(y, dtype=np.float64),
                linestyle="none",
                marker=marker,
                markersize=size,
                markeredgecolor=edge,
                markerfacecolor=face,
                markeredgewidth=width,
                clip_on=False,
                zorder=self._next(),
            )
        )

    def _path(self, parts: list[FloatArray], close: bool, **style: Any) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        kept = [p for p in parts if len(p) > 1]
        if not kept:
            return
        codes = []
        for p in kept:
            code = np.full(len(p), Outline.LINETO, dtype=Outline.code_type)
            code[0] = Outline.MOVETO
            if close:
                code[-1] = Outline.CLOSEPOLY
            codes.append(code)
        outline = Outline(np.concatenate(kept), np.concatenate(codes))
        self.axes.add_patch(PathPatch(outline, clip_on=False, zorder=self._next(), **style))

    def rects(self, boxes: Sequence[tuple[float, float, float, float]], fill: str) -> None:
        """Filled boxes (x0, y0, x1, y1), drawn as one."""
        parts = [
            np.array([[a, b], [c, b], [c, d], [a, d], [a, b]], dtype=np.float64)
            for a, b, c, d in boxes
            if c > a and d > b
        ]
        self._path(parts, True, facecolor=fill, edgecolor="none")

    def band(
        self, x: FloatArray, low: FloatArray, high: FloatArray, fill: str, alpha: float
    ) -> None:
        """The area between two curves."""
        outline = np.column_stack([np.r_[x, x[::-1]], np.r_[low, high[::-1]]])
        if len(x) < 2:
            return
        closed = np.vstack([outline, outline[:1]])
        self._path([closed], True, facecolor=fill, edgecolor="none", alpha=alpha)

    def segments(
        self, lines: Sequence[tuple[float, float, float, float]], colour: str, width: float = 0.8
    ) -> None:
        """Straight lines (x0, y0, x1, y1), drawn as one."""
        parts = [np.array([[a, b], [c, d]], dtype=np.float64) for a, b, c, d in lines]
        self._path(parts, False, facecolor="none", edgecolor=colour, linewidth=width)

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
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """One line of text, y at its base line."""
        self.axes.text(
            x,
            y,
            text,
            fontsize=size,
            color=colour,
            ha=_ANCHOR[anchor],
            va="baseline",
            fontweight="bold" if bold else "normal",
            parse_math=False,
            clip_on=False,
            zorder=self._next() + 10.0,
        )

    def svg(self, key: str) -> str:
        """Inline SVG; ``key`` keeps its ids apart from those of other drawings on the page."""
        return _tidy(self._raw_svg(), key, self)

    def save(self, path: Path) -> None:
        """Write .png (three pixels a CSS pixel) or .svg."""
        if path.suffix == ".svg":
            path.write_text(_tidy(self._raw_svg(), "f", self, alone=True), encoding="utf-8")
            return
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        with rc_context({"font.family": [*installed_fonts(), "DejaVu Sans"]}):
            FigureCanvasAgg(self.figure)
            self.figure.savefig(path, dpi=_PNG_DPI, metadata={"Title": self.title})

    def _raw_svg(self) -> str:
        from matplotlib import rc_context
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        out = io.StringIO()
        quiet = {"Date": None, "Creator": None, "Format": None, "Type": None}
        with rc_context({"svg.fonttype": "none", "svg.hashsalt": "hipgait"}):
            FigureCanvasSVG(self.figure)
            self.figure.savefig(out, format="svg", metadata=quiet)
        return out.getvalue()


@cache
def installed_fonts() -> tuple[str, ...]:
    """Those of the page's fonts that this machine has (for PNG, where text becomes pixels)."""
    from matplotlib.font_manager import fontManager

    have = {entry.name for entry in fontManager.ttflist}
    return tuple(f for f in FONTS if f in have)


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


_DROPPED: Final = (
    re.compile(r"<\?xml.*?\?>\s*", re.S),
    re.compile(r"<!DOCTYPE.*?>\s*", re.S),
    re.compile(r"<metadata>.*?</metadata>\s*", re.S),
    re.compile(r"<style type=\"text/css\">.*?</style>\s*", re.S),
    re.compile(r"<defs>\s*</defs>\s*"),
    re.compile(r"<!--.*?-->\s*", re.S),
    re.compile(r" transform=\"rotate\(-0 [^\"]*\)\""),
    re.compile(r" id=\"(?!m|p)[a-z0-9]+_[a-z0-9_]+\"|(?<=<g) id=\"[a-zA-Z0-9]+_\d+\""),
)
_NUMBER: Final = re.compile(r"(\d+\.\d{2})\d+")


def _tidy(raw: str, key: str, canvas: Canvas, alone: bool = False) -> str:
    """The SVG of matplotlib without its head, with our title, short numbers and ids of its own."""
    text = raw
    for pattern in _DROPPED:
        text = pattern.sub("", text)
    text = _NUMBER.sub(r"\1", text)
    text = re.sub(r"font-family: [^;\"]*(; ?)?", "", text)
    text = re.sub(r"font: (bold )?([\d.]+px) [^;\"]*", _font, text)
    text = re.sub(r"id=\"([mp][0-9a-f]{8,})\"", rf'id="{key}-\1"', text)
    text = re.sub(r"#([mp][0-9a-f]{8,})", rf"#{key}-\1", text)
    text = re.sub(r"\s*\n\s*", " ", text)
    title = escape(canvas.title, quote=True)
    size = f'width="{canvas.width:g}" height="{canvas.height:g}" ' if alone else ""
    font = f' font-family="{CSS_FONTS}"' if alone else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {canvas.width:g} {canvas.height:g}" {size}role="img" '
        f'aria-label="{title}" stroke-linejoin="round" stroke-linecap="butt"{font}>'
        f"<title>{title}</title>"
    )
    return re.sub(r"<svg .*?>", lambda _: head, text, count=1, flags=re.S).strip()


def _font(match: re.Match[str]) -> str:
    weight = "font-weight: bold; " if match.group(1) else ""
    return f"{weight}font-size: {match.group(2)}"
