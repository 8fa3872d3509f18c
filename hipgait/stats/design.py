"""The columns of a comparison's model: phase, pace, cadence, surface and shoe.

A column is only taken where the runs can carry it; what was not taken is said, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from hipgait.recording import BoolArray, FloatArray
from hipgait.stats.run_values import RunValues

BEFORE: Final = "before"
AFTER: Final = "after"
WASH_IN: Final = "wash_in"
FEWEST_RUNS: Final = 4
"""Fewer runs in a phase: nothing is claimed (the contract)."""
FREE: Final = 4
"""Degrees of freedom that pace must leave; cadence, surfaces and shoes leave FREE_FACTORS."""
FREE_FACTORS: Final = 6
SAME_PACE: Final = "all runs had the same pace"
PACE_SPREAD_MPS: Final = 0.03
"""Runs that differ less in pace (SD) are taken as one pace: a treadmill."""


@dataclass(frozen=True)
class Entry:
    """A run in its phase. place : whole number, its place in time among all runs given."""

    run: RunValues
    phase: str
    place: int

    @property
    def day(self) -> date | None:
        """Day of the run: by the runner's clock where its offset is known, else in UTC."""
        return None if self.run.start is None else self.run.start.date()


@dataclass(frozen=True)
class Design:
    """The model's columns.

    X : (n, p), columns intercept, phase "after", then covariates and perhaps "wash_in".
    names : of the columns.  skipped : covariate -> why it is not in the model.
    """

    X: FloatArray
    names: tuple[str, ...]
    skipped: dict[str, str]

    @property
    def phase(self) -> int:
        """Column of the phase."""
        return self.names.index(AFTER)


def standard_pace(entries: Sequence[Entry], wanted: float | None) -> float | None:
    """Pace at which levels are given, m/s: the plan's, else the median of the runs."""
    known = [e.run.pace_mps for e in entries if e.run.pace_mps is not None]
    if wanted is not None:
        return wanted
    return float(np.median(known)) if known else None


def build_design(
    entries: Sequence[Entry], pace: float | None, *, cadence: bool = False, factors: bool = True
) -> Design:
    """Columns for these runs (all of them have the outcome).

    Parameters
    ----------
    entries : the runs.  pace : standard pace, m/s.
    cadence : hold cadence fixed too (the adjusted effect).  factors : surface and shoe.
    """
    n = len(entries)
    phase = np.array([e.phase for e in entries])
    columns: list[tuple[str, FloatArray]] = [
        ("intercept", np.ones(n)),
        (AFTER, (phase == AFTER).astype(np.float64)),
    ]
    if (phase == WASH_IN).any():
        columns.append((WASH_IN, (phase == WASH_IN).astype(np.float64)))
    skipped: dict[str, str] = {}
    _add_pace(columns, skipped, entries, pace)
    if cadence:
        _add_cadence(columns, skipped, entries)
    if factors:
        for name in ("surface", "shoe"):
            _add_factor(columns, skipped, name, [getattr(e.run, name) for e in entries], phase)
    X = np.column_stack([c for _, c in columns])
    return Design(X, tuple(name for name, _ in columns), skipped)


def _fits(columns: list[tuple[str, FloatArray]], new: list[FloatArray], free: int) -> str | None:
    """Why new columns do not fit, or None."""
    base = np.column_stack([c for _, c in columns])
    X = np.column_stack([base, *new])
    if np.linalg.matrix_rank(X, tol=1e-8) < X.shape[1]:
        return "confounded"
    return "too few runs to adjust for it" if X.shape[0] - X.shape[1] < free else None


def _add_pace(
    columns: list[tuple[str, FloatArray]],
    skipped: dict[str, str],
    entries: Sequence[Entry],
    pace: float | None,
) -> None:
    known = [e.run.pace_mps for e in entries]
    if pace is None or any(k is None for k in known):
        missing = sum(k is None for k in known)
        skipped["pace"] = f"unknown in {missing} of {len(known)} runs"
        return
    column = np.array(known, dtype=np.float64) - pace
    if column.std() < PACE_SPREAD_MPS:
        skipped["pace"] = SAME_PACE
        return
    why = _fits(columns, [column], FREE)
    if why is None:
        columns.append(("pace", column))
    else:
        skipped["pace"] = "changed with the phase" if why == "confounded" else why


def _add_cadence(
    columns: list[tuple[str, FloatArray]], skipped: dict[str, str], entries: Sequence[Entry]
) -> None:
    known = [e.run.cadence_spm for e in entries]
    if any(k is None for k in known):
        skipped["cadence"] = f"unknown in {sum(k is None for k in known)} of {len(known)} runs"
        return
    column = np.array(known, dtype=np.float64)
    why = _fits(columns, [column - column.mean()], FREE)
    if why is None:
        columns.append(("cadence", column - column.mean()))
    else:
        skipped["cadence"] = "changed with the phase" if why == "confounded" else why


def _add_factor(
    columns: list[tuple[str, FloatArray]],
    skipped: dict[str, str],
    name: str,
    levels: Sequence[str | None],
    phase: np.ndarray,
) -> None:
    """Indicator columns of all levels but the commonest."""
    counts = Counter("not said" if v is None else v for v in levels)
    if len(counts) < 2:
        return
    named = np.array(["not said" if v is None else v for v in levels])
    rest = [level for level, _ in counts.most_common()][1:]
    new = [(named == level).astype(np.float64) for level in rest]
    why = _fits(columns, new, FREE_FACTORS)
    both = _in_both(named, phase)
    if why is None and both.any():
        columns += [(f"{name}: {level}", c) for level, c in zip(rest, new, strict=True)]
    elif why == "confounded" or not both.any():
        skipped[name] = f"changed with the phase: its share in the change cannot be told ({name})"
    else:
        skipped[name] = why or ""


def _in_both(named: np.ndarray, phase: np.ndarray) -> BoolArray:
    """(levels,) whether a level occurs before and after."""
    return np.array(
        [
            ((named == v) & (phase == BEFORE)).any() and ((named == v) & (phase == AFTER)).any()
            for v in np.unique(named)
        ]
    )
