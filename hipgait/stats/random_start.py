"""The randomised-start test: exact where the day of the block's start was drawn by lot.

Source: Onghena & Edgington (1994), doi:10.1016/0005-7967(94)90036-1; Bulte & Onghena (2008),
doi:10.3758/BRM.40.2.467.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from hipgait.recording import FloatArray

FEWEST_A_PHASE: Final = 3
"""A start that leaves fewer runs on one side cannot be weighed."""


@dataclass(frozen=True)
class RandomStart:
    """p = rank of the true start's difference among all admissible starts / their number.

    alike : starts that part the runs as the true one does, itself among them: no p can be smaller
        than their share.
    """

    p: float | None
    starts: int
    statistic: float | None
    why_not: str | None = None
    alike: int = 1

    @property
    def smallest(self) -> float | None:
        """The smallest p that these runs and days can give."""
        return self.alike / self.starts if self.starts else None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for comparison.json."""
        return {
            "p": self.p,
            "starts": self.starts,
            "smallest_p": self.smallest,
            "statistic": self.statistic,
            "why_not": self.why_not,
        }


def random_start_test(
    days: Sequence[date],
    residual: FloatArray,
    weight: FloatArray,
    start: date,
    admissible: tuple[date, date],
    wash_in: timedelta,
) -> RandomStart:
    """Two-sided test of no effect at all.

    Parameters
    ----------
    days : day of each run.  residual : (n,) values less what pace and the like explain, without
        the phase.  weight : (n,) 1 / variance.
    start : first day of the block.  admissible : first and last day that could have been drawn.
    wash_in : runs within it after a start belong to neither phase.
    """
    count = (admissible[1] - admissible[0]).days + 1
    starts = [admissible[0] + timedelta(days=i) for i in range(count)]
    if start not in starts:
        return RandomStart(None, count, None, "the block did not start on one of these days")
    found, parted = [], []
    for s in starts:
        before = np.array([d < s for d in days])
        after = np.array([d >= s + wash_in for d in days])
        if min(before.sum(), after.sum()) < FEWEST_A_PHASE:
            why = f"a start on {s.isoformat()} leaves fewer than {FEWEST_A_PHASE} runs in a phase"
            return RandomStart(None, count, None, why)
        parted.append((before.tobytes(), after.tobytes()))
        means = [np.average(residual[m], weights=weight[m]) for m in (before, after)]
        found.append(float(means[1] - means[0]))
    mine = found[starts.index(start)]
    alike = parted.count(parted[starts.index(start)])
    rank = sum(abs(f) >= abs(mine) - 1e-12 for f in found)
    return RandomStart(rank / count, count, mine, alike=alike)
