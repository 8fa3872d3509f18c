"""From values to pixels: linear scales, nice ticks, the time axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hipgait.recording import FloatArray


@dataclass(frozen=True)
class Scale:
    """lo, hi : values.  a, b : their pixels."""

    lo: float
    hi: float
    a: float
    b: float

    def __call__(self, value: float) -> float:
        """Pixel of one value."""
        return self.a + (value - self.lo) / (self.hi - self.lo) * (self.b - self.a)

    def all(self, values: FloatArray) -> FloatArray:
        """Pixels of many values."""
        return np.asarray(self.a + (values - self.lo) / (self.hi - self.lo) * (self.b - self.a))


def nice_step(span: float, most: int) -> float:
    """Smallest of 1, 2, 5 times a power of ten that gives at most ``most`` steps over a span."""
    rough = max(span, 1e-9) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * 0.999)


def ticks(lo: float, hi: float, most: int = 4) -> list[float]:
    """Round values inside lo ... hi."""
    step = nice_step(hi - lo, most)
    first = math.ceil(lo / step - 1e-9)
    last = math.floor(hi / step + 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


def limits(values: FloatArray, least: float, pad: float = 0.08) -> tuple[float, float]:
    """Range of the finite values with some room, at least ``least`` wide."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, least
    lo, hi = float(finite.min()), float(finite.max())
    grow = max(0.0, least - (hi - lo)) / 2.0
    room = pad * max(hi - lo, least)
    return lo - grow - room, hi + grow + room


def value_scale(values: FloatArray, least: float, base: float, top: float, most: int = 4) -> Scale:
    """Scale of a value axis; its top is a round value where that wastes little room."""
    lo, hi = limits(values, least, 0.06)
    step = nice_step(hi - lo, most)
    round_top = math.ceil(hi / step - 1e-6) * step
    return Scale(lo, round_top if round_top - hi < 0.16 * (hi - lo) else hi, base, top)


@dataclass(frozen=True)
class TimeAxis:
    """Time since the first step.

    start_s, end_s : on the reference clock.
    """

    start_s: float
    end_s: float

    @property
    def unit(self) -> str:
        """Word of the axis."""
        return "min" if self.end_s - self.start_s >= 120.0 else "s"

    @property
    def length(self) -> float:
        """Length in the axis' unit."""
        return self.at(self.end_s)

    def at(self, time_s: float) -> float:
        """Reference clock to the axis' unit."""
        return (time_s - self.start_s) / (60.0 if self.unit == "min" else 1.0)

    def scale(self, left: float, right: float) -> Scale:
        """Reference clock, s -> px."""
        end = self.end_s if self.end_s > self.start_s else self.start_s + 1.0
        return Scale(self.start_s, end, left, right)

    def labels(self, most: int = 6, near: float = 0.09) -> list[tuple[float, str]]:
        """(time on the reference clock, label); the last one is the end, with the unit."""
        factor = 60.0 if self.unit == "min" else 1.0
        length = self.length
        if length <= 0:
            return [(self.start_s, f"0 {self.unit}")]
        step = nice_step(length, most)
        whole = step >= 1
        steps = [k * step for k in range(int(length / step) + 1)]
        out = [
            (self.start_s + t * factor, f"{t:.0f}" if whole else f"{t:g}")
            for t in steps
            if t < length * (1.0 - near)
        ]
        return [*out, (self.end_s, f"{length:.{0 if length >= 3 else 1}f} {self.unit}")]
