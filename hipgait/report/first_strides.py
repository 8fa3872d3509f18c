"""The first strides of every sensor, to see by eye what each file holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from hipgait.errors import InputError
from hipgait.io.writing import write_beside
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray, SensorStream
from hipgait.report.canvas import Canvas
from hipgait.report.furniture import grid, text_width
from hipgait.report.scales import Scale, ticks
from hipgait.report.seen import Seen, percent, short_names
from hipgait.report.style import INK, INK2, INK3, LABEL_PX
from hipgait.report.timeline import place_label
from hipgait.strides.bouts import activity
from hipgait.strides.filters import block_average

SHOWN_S: Final = 3.0
"""four strides of running"""
_MOVING_G: Final = 0.45
_SETTLED_S: Final = 2.0
_ROW, _HEAD, _FOOT, _GAP = 96.0, 46.0, 44.0, 62.0
_LEFT, _RIGHT, _WIDTH = 52.0, 16.0, 900.0
FORMATS: Final = (".png", ".svg")


def first_strides(seen: Sequence[Seen], synchronised: bool, title: str) -> Canvas:
    """Length of the acceleration and of the angular velocity, three seconds of each sensor.

    Each row's left axis is its own; time is that of the run where the sensors share a clock.
    """
    starts = [_start(s.stream) for s in seen]
    if synchronised:
        starts = [float(np.median(starts))] * len(seen)
    canvas = Canvas(
        _WIDTH, _HEAD + (_ROW + 24.0) * len(seen) + _FOOT - 24.0, f"First strides of {title}"
    )
    half = (_WIDTH - _LEFT - _RIGHT - _GAP) / 2
    panels = (_LEFT, _LEFT + half + _GAP)
    canvas.text(panels[0] - 40, 20, "Acceleration, g", LABEL_PX, INK, bold=True)
    canvas.text(panels[1] - 46, 20, "Angular velocity, °/s", LABEL_PX, INK, bold=True)
    for k, (s, start, file) in enumerate(zip(seen, starts, short_names(seen), strict=True)):
        top = _HEAD + (_ROW + 24.0) * k
        words, colour = _label(s)
        canvas.text(panels[0] - 40, top - 4, words, 12.0, colour, bold=True)
        name = _fitted(file, half - text_width(words, 12.0, True))
        canvas.text(panels[0] + half, top - 4, name, 12.0, INK2, anchor="end")
        window = _window(s.stream, start)
        for left, x, unit, least in (
            (panels[0], s.stream.acc, G_MPS2, 2.0),
            (panels[1], s.stream.gyr, float(np.pi / 180), 100.0),
        ):
            if x is None:
                canvas.text(left, top + _ROW / 2, "no gyroscope", 12.0, INK2)
                continue
            size = np.linalg.norm(x[window], axis=1) / unit
            _panel(
                canvas,
                s.stream.time_s[window] - start,
                size,
                (left, left + half, top + 6, top + _ROW),
                (colour, least),
            )
    bottom = _HEAD + (_ROW + 24.0) * len(seen) - 24.0
    for left in panels:
        _time(canvas, left, left + half, bottom)
    clock = (
        f"One clock, from {starts[0]:.1f} s of the recording."
        if synchronised
        else "Each sensor on its own clock: the rows do not line up."
    )
    canvas.text(panels[0] - 40, bottom + 38, clock, 12.0, INK2)
    return canvas


def save_first_strides(path: Path, seen: Sequence[Seen], synchronised: bool, title: str) -> Path:
    """Write the picture as .png or .svg.

    Raises
    ------
    InputError : another ending, or it cannot be written.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path}: not a picture", f"End the name with {' or '.join(FORMATS)}")
    with write_beside(path) as beside:
        first_strides(seen, synchronised, title).save(beside)
    return path


def _start(stream: SensorStream) -> float:
    """Start of the first three seconds of running, or of the liveliest; s."""
    k = max(1, int(stream.rate_hz / 20.0))
    acc = block_average(np.nan_to_num(stream.acc), k) / G_MPS2
    moves = activity(acc, 0.0, stream.rate_hz / k).spread_g
    hit = np.flatnonzero(moves > _MOVING_G)
    at = int(hit[0]) if len(hit) else int(moves.argmax())
    found = float(stream.time_s[min(at * k, stream.n - 1)])
    latest = float(stream.time_s[-1]) - SHOWN_S
    return max(min(found + _SETTLED_S, latest), float(stream.time_s[0]))


def _window(stream: SensorStream, start: float) -> slice:
    lo, hi = np.searchsorted(stream.time_s, [start, start + SHOWN_S])
    return slice(int(lo), int(hi))


def _panel(
    canvas: Canvas,
    time: FloatArray,
    size: FloatArray,
    box: tuple[float, float, float, float],
    look: tuple[str, float],
) -> None:
    """One curve with its axis. box : left, right, top, bottom.  look : colour, least range."""
    left, right, top, bottom = box
    colour, least = look
    known = np.isfinite(size)
    highest = float(size[known].max()) if known.any() else 0.0
    y = Scale(0.0, max(1.05 * highest, least), bottom, top)
    grid(canvas, y, left, right, "", 3)
    x = Scale(0.0, SHOWN_S, left, right)
    if known.sum() > 1:
        canvas.line(x.all(time[known]), y.all(size[known]), colour, 1.3)


def _time(canvas: Canvas, left: float, right: float, bottom: float) -> None:
    x = Scale(0.0, SHOWN_S, left, right)
    for value in ticks(0.0, SHOWN_S, 3):
        word = f"{value:.0f} s" if value == SHOWN_S else f"{value:.0f}"
        canvas.segments([(x(value), bottom, x(value), bottom + 4)], INK3, 1.0)
        canvas.text(x(value), bottom + 17, word, colour=INK2, anchor="middle")


def _label(s: Seen) -> tuple[str, str]:
    """Words and colour."""
    if s.guess.placement is None:
        return "unknown", INK
    words, colour = place_label(s.guess.placement)
    if s.guess.confidence < 1.0:
        words += f"  {percent(s.guess.confidence)} sure"
    return words, colour


def _fitted(text: str, room: float) -> str:
    while text_width(text) > room and len(text) > 12:
        text = f"…{text[2:]}"
    return text
