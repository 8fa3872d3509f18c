"""Levels of one outcome on one side: last stances, fresh level, change, trend; bounded memory.

Strides of running are correlated over long times (science: Hurst exponents of 0.7 to 0.9), so a
mean of n stances is known no better than ``sd * n ** (H - 1)``: four times worse than of
independent ones at n = 100 with H = 0.8.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from hipgait.live.state import Curve, SideState, Trend
from hipgait.recording import FloatArray

LAST: Final = 10
"""Stances whose mean is shown."""
HURST: Final = 0.8
"""Of strides of running; the intervals of live levels assume it."""
SIGMAS: Final = 1.96
FRESH_MIN: Final = 30
"""A fresh level is made of this many valid stances at least."""
BIN_S: Final = 20.0
"""Width of a point of the trend at the beginning of a session, s."""
TREND_POINTS: Final = 120
"""With more points, neighbours are put together."""
TREND_S: Final = 60.0
"""The newest change of the trend is that of this long, s."""
CURVE_POINTS: Final = 26
"""Of a curve that is drawn: every fourth of 101."""


def mean_sd(sd: float, n: int) -> float:
    """Standard deviation of the mean of n neighbouring stances."""
    return float(sd * max(n, 1) ** (HURST - 1.0))


@dataclass
class _Recent:
    """A stance that may still change. value : NaN where it is not valid."""

    number: int
    time_s: float
    value: float
    curve: FloatArray | None
    final: bool


@dataclass
class _Sum:
    """Running mean and spread of final stances."""

    n: int = 0
    total: float = 0.0
    square: float = 0.0
    curve: FloatArray | None = None
    curves: int = 0

    def add(self, value: float, curve: FloatArray | None) -> None:
        self.n += 1
        self.total += value
        self.square += value * value
        if curve is not None and np.isfinite(curve).all():
            self.curve = curve.copy() if self.curve is None else self.curve + curve
            self.curves += 1

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def sd(self) -> float:
        return float(np.sqrt(max(self.square / self.n - self.mean**2, 0.0)))


@dataclass
class Levels:
    """One outcome of one side. All values in the outcome's unit."""

    margin: float | None = None
    """limit above the fresh level; None: no limit"""
    stances: int = 0
    fresh: float | None = None
    _recent: deque[_Recent] = field(default_factory=lambda: deque(maxlen=2 * LAST))
    _fresh: _Sum = field(default_factory=_Sum)
    _bins: list[tuple[float, float, int]] = field(default_factory=list)
    _bin_s: float = BIN_S

    def tell(
        self,
        number: int,
        time_s: float,
        value: float,
        curve: FloatArray | None,
        final: bool,
        learning: bool,
    ) -> None:
        """A stance, new or known better than before. value : NaN where it does not count.

        learning : it belongs to the fresh stretch, if it is final.
        """
        known = next((r for r in self._recent if r.number == number), None)
        if known is None:
            known = _Recent(number, time_s, value, curve, False)
            self._recent.append(known)
        elif known.final:
            return
        known.value, known.curve, known.final = value, curve, final
        if not final or not np.isfinite(value):
            return
        self.stances += 1
        if learning:
            self._fresh.add(value, curve)
        self._into_bins(time_s, value)

    def settle(self) -> bool:
        """Take the fresh stretch as learned; False while it has too few stances."""
        if self._fresh.n < FRESH_MIN:
            return False
        self.fresh = self._fresh.mean
        return True

    @property
    def limit(self) -> float | None:
        """Stances beyond it count; None without a fresh level or a margin."""
        return None if self.fresh is None or self.margin is None else self.fresh + self.margin

    @property
    def last(self) -> tuple[float, ...]:
        """The last valid stances, newest last."""
        return tuple(r.value for r in self._recent if np.isfinite(r.value))[-LAST:]

    @property
    def over(self) -> int:
        """How many of the last stances lie beyond the limit."""
        if self.limit is None:
            return 0
        sign = 1.0 if (self.margin or 0.0) >= 0.0 else -1.0
        return sum(sign * (value - self.limit) > 0.0 for value in self.last)

    def _into_bins(self, time_s: float, value: float) -> None:
        start = np.floor(time_s / self._bin_s) * self._bin_s
        if self._bins and self._bins[-1][0] == start:
            _, total, n = self._bins[-1]
            self._bins[-1] = (start, total + value, n + 1)
        else:
            self._bins.append((start, value, 1))
        if len(self._bins) > TREND_POINTS:
            self._bin_s *= 2.0
            merged: dict[float, tuple[float, int]] = {}
            for at, total, n in self._bins:
                key = float(np.floor(at / self._bin_s) * self._bin_s)
                before = merged.get(key, (0.0, 0))
                merged[key] = (before[0] + total, before[1] + n)
            self._bins = [(at, total, n) for at, (total, n) in merged.items()]

    def _trend(self) -> Trend:
        if self.fresh is None or not self._bins:
            return Trend()
        minute = tuple((at + 0.5 * self._bin_s) / 60.0 for at, _, _ in self._bins)
        change = tuple(total / n - self.fresh for _, total, n in self._bins)
        some = max(1, round(TREND_S / self._bin_s))
        total = sum(t for _, t, _ in self._bins[-some:])
        n = sum(k for _, _, k in self._bins[-some:])
        half = SIGMAS * float(np.hypot(self._of_mean(n), self._of_mean(self._fresh.n)))
        return Trend(minute, change, total / n - self.fresh, half)

    def _of_mean(self, n: int) -> float:
        return mean_sd(self._fresh.sd, n)

    def state(self, paused: str = "") -> SideState:
        """What is drawn."""
        last = self.last
        level = float(np.mean(last)) if last else None
        change = half = None
        if level is not None and self.fresh is not None:
            change = level - self.fresh
            both = np.hypot(self._of_mean(len(last)), self._of_mean(self._fresh.n))
            half = SIGMAS * float(both)
        drawn = [r.curve for r in self._recent if r.curve is not None and np.isfinite(r.value)]
        drawn = [c for c in drawn if np.isfinite(c).all()][-LAST:]
        fresh = None
        if self.fresh is not None and self._fresh.curve is not None:
            fresh = self._fresh.curve / self._fresh.curves
        return SideState(
            last=last,
            level=level,
            fresh=self.fresh,
            change=change,
            half_width=half,
            limit=self.limit,
            over=self.over,
            stances=self.stances,
            trend=self._trend(),
            curve=_drawn(np.mean(drawn, axis=0) if drawn else None),
            fresh_curve=_drawn(fresh),
            paused=paused,
        )


def _drawn(curve: FloatArray | None) -> Curve:
    if curve is None:
        return Curve()
    at = np.linspace(0, len(curve) - 1, CURVE_POINTS).round().astype(np.int64)
    pct = 100.0 * at / (len(curve) - 1)
    return Curve(tuple(pct.tolist()), tuple(np.round(curve[at], 2).tolist()))
