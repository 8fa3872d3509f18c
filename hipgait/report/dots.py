"""Small pictures of a change in multiples of the smallest change that matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hipgait.recording import FloatArray
from hipgait.report.canvas import Canvas
from hipgait.report.phrases import VERDICTS
from hipgait.report.style import BAND, BAND_EDGE, INK, INK2, INK3, PALE, PAPER

WIDTH, HEIGHT = 202.0, 28.0
UNIT = 31.0
"""px of one smallest change that matters"""
MOST = 3.0


def row_dots(entry: dict[str, Any], matters: float, scatter: FloatArray) -> str:
    """One table row: band, block means at the end as ticks, the change as a dot.

    scatter : (k,) block means of the end minus the fresh level, in the outcome's unit.
    """
    zero, mid = WIDTH / 2, HEIGHT / 2
    estimate = entry.get("estimate")
    parts = [
        f'<rect x="{zero - UNIT:g}" width="{2 * UNIT:g}" height="{HEIGHT:g}" fill="{BAND}"/>',
        (
            f'<path d="M{zero - UNIT:g} 0V{HEIGHT:g}M{zero + UNIT:g} 0V{HEIGHT:g}" '
            f'stroke="{BAND_EDGE}" stroke-width=".8"/>'
        ),
        f'<path d="M{zero:g} 0V{HEIGHT:g}" stroke="{INK3}"/>',
    ]
    if estimate is not None:
        shown = [float(v) / matters for v in scatter if abs(v) <= MOST * matters]
        ticks = "".join(f"M{zero + UNIT * v:.1f} {mid - 5:g}v10" for v in shown)
        if ticks:
            parts.append(f'<path d="{ticks}" stroke="{INK2}" stroke-width=".8"/>')
        parts += _interval(entry, matters, zero, mid)
        parts.append(_dot(float(estimate) / matters, zero, mid, _filled(entry)))
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}" '
        f'aria-hidden="true">{"".join(parts)}</svg>'
    )


def _filled(entry: dict[str, Any]) -> bool:
    return VERDICTS[entry.get("verdict", "not_tested")].filled


def _interval(entry: dict[str, Any], matters: float, zero: float, mid: float) -> list[str]:
    low, high = entry.get("ci_low"), entry.get("ci_high")
    if low is None or high is None:
        return []
    a, b = (zero + UNIT * max(-MOST, min(MOST, float(v) / matters)) for v in (low, high))
    dash = "" if _filled(entry) else ' stroke-dasharray="3 2.5"'
    return [f'<path d="M{a:.1f} {mid:g}H{b:.1f}" stroke="{INK}" stroke-width="2"{dash}/>']


def _dot(units: float, zero: float, mid: float, filled: bool) -> str:
    """The change; a triangle at the edge where it lies outside."""
    if abs(units) > MOST:
        edge = zero + UNIT * MOST * (1 if units > 0 else -1)
        tip = 7 if units > 0 else -7
        return (
            f'<path d="M{edge:.1f} {mid - 5:g}v10l{tip} -5z" fill="{INK if filled else PAPER}" '
            f'stroke="{INK}" stroke-width="1.6"/>'
        )
    fill = INK if filled else PAPER
    x = zero + UNIT * units
    return (
        f'<circle cx="{x:.1f}" cy="{mid:g}" r="3.9" fill="{fill}" stroke="{INK}" '
        f'stroke-width="1.8"/>'
    )


def icon(entry: dict[str, Any], matters: float) -> str:
    """The verdict as a sign: the change (and its interval) against the band."""
    zero, mid, unit = 49.0, 13.0, 14.4
    parts = [
        f'<rect x="{zero - unit:g}" y="1" width="{2 * unit:g}" height="24" fill="{PALE}"/>',
        f'<path d="M{zero:g} 1V25" stroke="{INK3}"/>',
    ]
    estimate, low, high = (entry.get(k) for k in ("estimate", "ci_low", "ci_high"))
    if estimate is not None:
        if low is not None and high is not None:
            a, b = (zero + unit * max(-3.0, min(3.0, float(v) / matters)) for v in (low, high))
            dash = "" if _filled(entry) else ' stroke-dasharray="3 2.5"'
            parts.append(f'<path d="M{a:.1f} 13H{b:.1f}" stroke="{INK}" stroke-width="2.4"{dash}/>')
        x = zero + unit * max(-3.0, min(3.0, float(estimate) / matters))
        fill = INK if _filled(entry) else PAPER
        parts.append(
            f'<circle cx="{x:.1f}" cy="{mid:g}" r="4" fill="{fill}" stroke="{INK}" '
            f'stroke-width="1.8"/>'
        )
    return f'<svg viewBox="0 0 98 26" aria-hidden="true">{"".join(parts)}</svg>'


def changes_figure(rows: Sequence[tuple[str, dict[str, Any], float, FloatArray, str]]) -> Canvas:
    """The table's dots as one figure. rows : (label, entry, matters, scatter, change as text)."""
    left, unit, step, top = 236.0, 44.0, 30.0, 34.0
    zero = left + 3.3 * unit
    height = top + step * len(rows) + 14
    title = "Change from fresh to end of every outcome, in multiples of the smallest that matters."
    canvas = Canvas(zero + 3.3 * unit + 96, height, title)
    canvas.rects([(zero - unit, top, zero + unit, height - 10)], BAND)
    canvas.segments([(x, top, x, height - 10) for x in (zero - unit, zero + unit)], BAND_EDGE, 0.8)
    canvas.segments([(zero, top, zero, height - 10)], INK3, 1.0)
    canvas.text(zero - 1.2 * unit, 22, "◂ less", colour=INK2, anchor="end")
    canvas.text(zero + 1.2 * unit, 22, "more ▸", colour=INK2)
    canvas.text(zero, 22, "too small to matter", colour=INK2, anchor="middle")
    for k, (label, entry, matters, scatter, told) in enumerate(rows):
        y = top + step * (k + 0.5)
        canvas.text(left - 14, y + 4, label, 13, anchor="end", bold=k == 0)
        canvas.text(zero + 3.3 * unit + 10, y + 4, told, 13, bold=k == 0)
        inside = [v / matters for v in scatter if abs(v) <= 3.2 * matters]
        canvas.segments([(zero + unit * v, y - 5, zero + unit * v, y + 5) for v in inside], INK2)
        low, high = entry.get("ci_low"), entry.get("ci_high")
        if low is not None and high is not None:
            ends = [zero + unit * max(-3.2, min(3.2, v / matters)) for v in (low, high)]
            canvas.line(ends, (y, y), INK, 2.0, () if _filled(entry) else (3.0, 2.5))
        at = max(-3.2, min(3.2, float(entry["estimate"]) / matters))
        fill = INK if _filled(entry) else PAPER
        canvas.marks([zero + unit * at], [y], size=8.0, edge=INK, face=fill, width=1.8)
    return canvas
