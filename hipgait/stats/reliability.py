"""How repeatable one athlete's runs are: SEM, MDC95, what is usual, ICC of several athletes.

Sources: Weir 2005, doi:10.1519/15184.1 (SEM, MDC); McGraw & Wong 1996,
doi:10.1037/1082-989X.1.1.30 (ICC and its interval); Koo & Li 2016, doi:10.1016/j.jcm.2016.02.012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hipgait.stats.design import AFTER, BEFORE, Entry
from hipgait.stats.distributions import chi2_quantile, f_quantile
from hipgait.stats.effects import Effect, measured, numbers
from hipgait.stats.repeatability import FEWEST, mdc95, sem_of, usual_range


class Published(NamedTuple):
    """A published value for where there are no own runs.

    sem : standard error of measurement.  source : with DOI, and on what it was measured.
    """

    sem: float
    source: str


_DINGENEN = (
    "21 runners filmed twice, one week apart "
    "(Dingenen et al. 2018, doi:10.1016/j.ptsp.2018.06.009; 2D video, not sensors)"
)
PUBLISHED: Final[dict[str, Published]] = {
    name: Published(round(2.75 / mdc95(1.0), 2), _DINGENEN)
    for name in ("pelvic_drop_excursion", "pelvic_drop_peak")
}
"""Smallest detectable difference 2.7 to 2.8 deg of contralateral pelvic drop, as SEM."""


@dataclass(frozen=True)
class Reliability:
    """Repeatability of one outcome, in its unit.

    sem : SD of a single run around the athlete's own level; sem_low, sem_high : 95 % interval.
    mdc95 : smallest difference of two single runs that is more than repetition.
    remount_sd, within_sd : parts of the SEM between mountings and within one; None where no day
        holds two runs.  usual : interval in which 19 of 20 further runs fall.
    source : "own runs" or the published source.
    """

    n: int
    sem: float | None
    sem_low: float | None
    sem_high: float | None
    mdc95: float | None
    remount_sd: float | None
    within_sd: float | None
    mountings: int
    usual: tuple[float, float] | None
    source: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for comparison.json."""
        return {**vars(self), "usual": None if self.usual is None else list(self.usual)}


def mounting_parts(values: ArrayLike, mounting: Sequence[str]) -> tuple[float, float] | None:
    """(SD between mountings, SD within one), by analysis of variance of one factor.

    None where no mounting holds two runs, or there is only one mounting. A negative variance
    between mountings is 0.
    """
    known = np.asarray(values, dtype=np.float64)
    names = np.asarray(mounting)
    groups = [known[names == m] for m in dict.fromkeys(mounting)]
    g, n = len(groups), len(known)
    if g < 2 or n - g < 1:
        return None
    within = sum(float(((v - v.mean()) ** 2).sum()) for v in groups) / (n - g)
    between = sum(len(v) * float((v.mean() - known.mean()) ** 2) for v in groups) / (g - 1)
    size = (n - sum(len(v) ** 2 for v in groups) / n) / (g - 1)
    return float(np.sqrt(max(0.0, (between - within) / size))), float(np.sqrt(within))


class Icc(NamedTuple):
    """Intraclass correlation of single measurements with its 95 % interval."""

    value: float
    ci_low: float
    ci_high: float


def icc_agreement(table: ArrayLike, alpha: float = 0.05) -> Icc:
    """ICC(A,1) = ICC(2,1): two-way, absolute agreement, single measurement.

    table : (n, k) athletes x sessions, complete, n >= 2, k >= 2. One athlete alone has none:
    there is no scatter between athletes to compare with.
    """
    x = np.asarray(table, dtype=np.float64)
    if x.ndim != 2 or min(x.shape) < 2 or not np.isfinite(x).all():
        raise ValueError("needs a complete table of at least 2 athletes x 2 sessions")
    n, k = x.shape
    rows = k * float(((x.mean(axis=1) - x.mean()) ** 2).sum()) / (n - 1)
    columns = n * float(((x.mean(axis=0) - x.mean()) ** 2).sum()) / (k - 1)
    rest = float(((x - x.mean()) ** 2).sum()) - rows * (n - 1) - columns * (k - 1)
    error = max(rest, 0.0) / ((n - 1) * (k - 1))
    icc = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    if error == 0.0:
        return Icc(icc, icc, icc)
    # McGraw & Wong 1996, table 7, case 2A
    a = k * icc / (n * (1.0 - icc))
    b = 1.0 + k * icc * (n - 1) / (n * (1.0 - icc))
    free = (a * columns + b * error) ** 2 / (
        (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    )
    upper = float(f_quantile(1.0 - alpha / 2.0, n - 1, free))
    lower = float(f_quantile(1.0 - alpha / 2.0, free, n - 1))
    noise = k * columns + (k * n - k - n) * error
    low = n * (rows - upper * error) / (upper * noise + n * rows)
    high = n * (lower * rows - error) / (noise + n * lower * rows)
    return Icc(icc, low, high)


def reliability_of(
    entries: Sequence[Entry], outcome: str, effect: Effect | None = None
) -> Reliability:
    """Repeatability from the athlete's own runs; a published value only where there are too few.

    Each phase has its own mean, so that a change of the block does not count as scatter. Values
    are those at the standard pace where the comparison has them. Runs of one day count as one
    mounting.
    """
    mine = [e for e in measured(entries, outcome) if e.phase in (BEFORE, AFTER)]
    values = numbers(mine, outcome, "pooled", "level")[0] if mine else np.zeros(0)
    if effect is not None and effect.model is not None:
        values = np.array([effect.points[e.run.name] for e in mine])
    phases = [values[[e.phase == p for e in mine]] for p in (BEFORE, AFTER)]
    n = len(values)
    free = sum(max(len(v) - 1, 0) for v in phases)
    if n < FEWEST or free < 1:
        known = PUBLISHED.get(outcome)
        sem = None if known is None else known.sem
        smallest = None if sem is None else mdc95(sem)
        source = None if known is None else known.source
        return Reliability(n, sem, None, None, smallest, None, None, 0, None, source)
    sem, free = sem_of([v for v in phases if len(v)])
    limits = [float(sem * np.sqrt(free / chi2_quantile(q, free))) for q in (0.975, 0.025)]
    last = phases[1] if len(phases[1]) >= FEWEST else phases[0]
    usual = usual_range(last) if len(last) >= FEWEST else None
    centred = np.concatenate([v - v.mean() for v in phases if len(v)])
    ordered = [e for p in (BEFORE, AFTER) for e in mine if e.phase == p]
    mountings = [e.run.name if e.day is None else e.day.isoformat() for e in ordered]
    parts = mounting_parts(centred, mountings)
    remount, within = parts if parts is not None else (None, None)
    return Reliability(
        n,
        sem,
        limits[0],
        limits[1],
        mdc95(sem),
        remount,
        within,
        len(set(mountings)),
        usual,
        "own runs",
    )
