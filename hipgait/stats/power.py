"""What a comparison could have shown, and how many more runs would show what matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hipgait.recording import FloatArray
from hipgait.stats.distributions import t_quantile
from hipgait.stats.estimate import POWER
from hipgait.stats.multiplicity import ALPHA
from hipgait.stats.nof1 import covariances, prior
from hipgait.stats.repeatability import mdc95

CURVE_RUNS: Final = (4, 6, 8, 10, 12, 16, 20, 24, 32, 48)
"""Runs a phase at which the detectable change is given for drawing."""
MOST_RUNS: Final = 60
"""More runs than this are not asked for: the answer is then "not with this scatter"."""


@dataclass(frozen=True)
class Power:
    """What these runs could have shown. Changes in the outcome's unit.

    detectable : true change that these runs find four times in five.
    mdc95 : 1.96 sqrt(2) SD / sqrt(k), the usual minimal detectable change of means of k runs.
    runs_each : runs in each phase that would find the smallest change that matters; None beyond
        ``MOST_RUNS``.
    more_after : further runs after the block, with those before as they are; None where no number
        is enough.
    curve : (runs in each phase, detectable change) pairs.
    source : "own runs", or the label of the published value where there are too few.
    """

    detectable: float | None
    mdc95: float | None
    runs_each: int | None
    more_after: int | None
    curve: tuple[tuple[int, float], ...]
    between_sd: float
    source: str

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for comparison.json."""
        return {
            "detectable": self.detectable,
            "mdc95": self.mdc95,
            "runs_each": self.runs_each,
            "more_after": self.more_after,
            "curve": [{"runs_each": k, "detectable": d} for k, d in self.curve],
            "between_sd": self.between_sd,
            "source": self.source,
        }


def detectable_change(
    before: int,
    after: int,
    between_sd: float,
    error: float = 0.0,
    covariates: int = 0,
    correlation: FloatArray | None = None,
    alpha: float = ALPHA,
) -> float:
    """Smallest true change found with probability ``POWER`` by a two-sided test.

    Noncentral t, approximated by the sum of both quantiles; the standard error of the phase is
    that of generalised least squares, averaged over the correlation of neighbouring runs.

    Parameters
    ----------
    before, after : runs in each phase.
    between_sd : SD from run to run (mounting, day).  error : typical standard error of one run.
    covariates : further columns of the model (pace, ...), each costs a degree of freedom.
    correlation : weights over ``CORRELATIONS``; None: what is assumed before any data.
    """
    n = before + after
    free = n - 2 - covariates
    if min(before, after) < 1 or free < 1:
        return float("inf")
    weight = prior() if correlation is None else correlation
    design = np.column_stack([np.ones(n), np.r_[np.zeros(before), np.ones(after)]])
    stack = covariances(np.arange(n), np.full(n, error), max(between_sd, 1e-9))
    info = design.T @ np.linalg.solve(stack, np.broadcast_to(design, (len(stack), n, 2)))
    variance = float(weight @ np.linalg.inv(info)[:, 1, 1])
    quantiles = t_quantile(1.0 - alpha / 2.0, free) + t_quantile(POWER, free)
    return float(np.sqrt(variance) * quantiles)


def what_these_could_show(
    before: int,
    after: int,
    between_sd: float,
    error: float,
    matters: float,
    *,
    covariates: int = 0,
    correlation: FloatArray | None = None,
    standard_error: float | None = None,
    free: float | None = None,
    alpha: float = ALPHA,
    source: str = "own runs",
) -> Power:
    """Detectable change of this design, and the designs that would show what matters.

    standard_error, free : of the fit, where there is one; then they give ``detectable``.
    """

    def at(b: int, a: int) -> float:
        return detectable_change(b, a, between_sd, error, covariates, correlation, alpha)

    here: float | None
    if standard_error is not None and free is not None:
        here = float(standard_error * (t_quantile(1 - alpha / 2, free) + t_quantile(POWER, free)))
    else:
        found = at(before, after)
        here = found if np.isfinite(found) else None
    each = next((k for k in range(4, MOST_RUNS + 1) if at(k, k) <= matters), None)
    more = None
    if before:
        grown = (a for a in range(max(after, 4), MOST_RUNS + 1) if at(before, a) <= matters)
        first = next(grown, None)
        more = None if first is None else first - after
    k = 2.0 / (1.0 / before + 1.0 / after) if before and after else None
    total = float(np.hypot(between_sd, error))
    return Power(
        detectable=here,
        mdc95=None if k is None else mdc95(total, k),
        runs_each=each,
        more_after=more,
        curve=tuple((k, round(at(k, k), 4)) for k in CURVE_RUNS),
        between_sd=between_sd,
        source=source,
    )
