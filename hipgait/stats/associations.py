"""What goes with what within one athlete: pace, cadence, surface, shoe. Never "causes".

All runs of the athlete in one model with the phase; an association is the coefficient of pace or
cadence, or the difference between two surfaces or shoes. Holm among all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from hipgait.recording import FloatArray
from hipgait.stats.design import FEWEST_RUNS, FREE, Entry, build_design
from hipgait.stats.effects import fitted, measured
from hipgait.stats.multiplicity import holm
from hipgait.stats.nof1 import Coefficient

PACE_RANGE_MPS: Final = 0.2
"""Easy and fast must differ by so much (10th to 90th percentile) to be called that."""
CADENCE_SHARE: Final = 0.05
"""Cadence associations are given for 5 % more steps."""
CADENCE_RANGE: Final = 0.02
"""Cadence must vary by this share (10th to 90th percentile)."""


@dataclass(frozen=True)
class Association:
    """One association of the primary outcome, in its unit.

    what : pace | cadence | surface | shoe.  contrast : in words, "fast against easy: +0.45 m/s".
    verdict : goes_with | not_shown | too_few_runs.
    """

    what: str
    contrast: str
    n: int
    verdict: str
    why: str | None = None
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for comparison.json."""
        return dict(vars(self))


@dataclass(frozen=True)
class _Found:
    association: Association
    coefficient: Coefficient
    times: float


def associations(
    entries: Sequence[Entry], outcome: str, pace: float | None
) -> tuple[Association, ...]:
    """Every association that the runs could show, and why the others could not."""
    mine = measured(entries, outcome)
    rows: list[Association | _Found] = [
        _slope(mine, outcome, pace, "pace"),
        _slope(mine, outcome, pace, "cadence"),
    ]
    for name in ("surface", "shoe"):
        rows += _levels(mine, outcome, pace, name)
    found = [r for r in rows if isinstance(r, _Found)]
    table = holm([f.coefficient.p for f in found])
    level = dict(zip(map(id, found), zip(table.p, table.alpha, strict=True), strict=True))
    return tuple(r if isinstance(r, Association) else _told(r, *level[id(r)]) for r in rows)


def _few(what: str, contrast: str, n: int, why: str) -> Association:
    return Association(what, contrast, n, "too_few_runs", why)


def _told(found: _Found, p: float, alpha: float) -> Association:
    low, high = sorted(found.times * v for v in found.coefficient.interval(float(alpha)))
    return replace(
        found.association,
        verdict="goes_with" if low > 0.0 or high < 0.0 else "not_shown",
        estimate=found.times * found.coefficient.estimate,
        ci_low=low,
        ci_high=high,
        p=float(p),
    )


def _slope(
    entries: list[Entry], outcome: str, pace: float | None, what: str
) -> Association | _Found:
    n = len(entries)
    attribute = "pace_mps" if what == "pace" else "cadence_spm"
    known = [getattr(e.run, attribute) for e in entries]
    if n < 2 * FEWEST_RUNS:
        return _few(what, "", n, f"{n} of {2 * FEWEST_RUNS} runs that are needed")
    if any(k is None for k in known):
        return _few(what, "", n, f"{what} is not known in every run")
    values = np.array(known, dtype=np.float64)
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    if what == "pace":
        times = float(high - low)
        contrast = f"fast against easy: {times:.2f} m/s faster"
        enough = times >= PACE_RANGE_MPS
    else:
        times = float(CADENCE_SHARE * middle)
        contrast = f"{100 * CADENCE_SHARE:.0f} % more steps: {times:.0f} a minute"
        enough = bool(high - low >= CADENCE_RANGE * middle)
    if not enough:
        return _few(what, "", n, f"the runs hardly differ in {what}")
    design = build_design(entries, pace, cadence=what == "cadence")
    if what not in design.names:
        why = design.skipped.get(what, "too few runs")
        return _few(what, contrast, n, why)
    found = fitted(entries, outcome, design.X).coefficient(design.names.index(what))
    return _Found(Association(what, contrast, n, "not_shown"), found, times)


def _levels(
    entries: list[Entry], outcome: str, pace: float | None, what: str
) -> list[Association | _Found]:
    """Each surface or shoe against the commonest one; FEWEST_RUNS on both are needed."""
    named = [getattr(e.run, what) for e in entries]
    counts = Counter(v for v in named if v is not None)
    if len(counts) < 2:
        return []
    common = counts.most_common(1)[0][0]
    rows: list[Association | _Found] = []
    for level, count in counts.most_common()[1:]:
        contrast = f"{level} against {common}"
        if min(count, counts[common]) < FEWEST_RUNS:
            why = f"{count} {'run' if count == 1 else 'runs'} on one, {counts[common]} on the other"
            rows.append(_few(what, contrast, count, why))
            continue
        pair = [e for e, v in zip(entries, named, strict=True) if v in (level, common)]
        base = build_design(pair, pace, factors=False)
        column = np.array([getattr(e.run, what) == level for e in pair], dtype=np.float64)
        X: FloatArray = np.column_stack([base.X, column])
        X = X[:, [j for j in range(X.shape[1]) if j in (0, X.shape[1] - 1) or X[:, j].std() > 0]]
        if np.linalg.matrix_rank(X) < X.shape[1] or len(X) - X.shape[1] < FREE:
            why = "changed with the phase"
            rows.append(Association(what, contrast, len(pair), "too_few_runs", why))
            continue
        found = fitted(pair, outcome, X).coefficient(X.shape[1] - 1)
        rows.append(_Found(Association(what, contrast, len(pair), "not_shown"), found, 1.0))
    return rows
