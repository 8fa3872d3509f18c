"""An estimate with its error: p value, interval, what could have been found, verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hipgait.stats.distributions import t_above, t_quantile

POWER: Final = 0.8
"""Wanted chance to find a true change: four times in five."""


@dataclass(frozen=True)
class Estimate:
    """A change, its standard error and its degrees of freedom (t distributed)."""

    total: float
    se: float
    df: float

    @property
    def p(self) -> float:
        """Two-sided p value of no change."""
        return float(2.0 * t_above(abs(self.total) / self.se, self.df))

    def interval(self, level: float) -> tuple[float, float]:
        """Interval that misses the truth with probability ``level``."""
        half = float(t_quantile(1.0 - level / 2.0, self.df)) * self.se
        return self.total - half, self.total + half

    def detectable(self, level: float) -> float:
        """Smallest change found with a chance of ``POWER`` at this level."""
        t = t_quantile(1.0 - level / 2.0, self.df) + t_quantile(POWER, self.df)
        return float(t) * self.se

    def verdict(self, level: float, matters: float) -> str:
        """Drifted, no relevant drift or inconclusive (the rule of the contract)."""
        low, high = self.interval(level)
        if (low > 0 or high < 0) and abs(self.total) > matters:
            return "drifted"
        low, high = self.interval(2.0 * level)
        return "no_relevant_drift" if low > -matters and high < matters else "inconclusive"
