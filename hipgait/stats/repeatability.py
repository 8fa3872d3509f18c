"""SEM and minimal detectable change of runs, control tests and strength tests, in one place.

Weir 2005, doi:10.1519/15184.1. With one athlete the SEM is the SD between tests that were alike.
Deviations where a new test stands against the mean of n earlier ones: the t quantile of the few
tests at hand in place of 1.96, MDC95 = t(n - 1) SEM sqrt(1 + 1/n), which is 1.96 sqrt(2) SEM for
one earlier test and a known SEM. That is half the prediction interval of the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

VERDICTS: Final = ("changed", "not_shown", "too_few_tests")
FEWEST: Final = 3
"""tests or runs from which it is said what is usual; two differ by chance far too often"""
Summary = Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]


def mdc95(sem: float, runs: float = 1.0) -> float:
    """1.96 sqrt(2) SEM / sqrt(k): of two single runs, or of means of k runs each."""
    return float(1.96 * np.sqrt(2.0) * sem / np.sqrt(runs))


def sem_of(values: Sequence[ArrayLike]) -> tuple[float, int]:
    """SEM = sqrt(MS error) over groups with their own means, and its degrees of freedom."""
    groups = [np.asarray(v, dtype=np.float64) for v in values]
    free = sum(len(g) - 1 for g in groups if len(g))
    if free < 1:
        raise ValueError("no group holds two values")
    square = sum(float(((g - g.mean()) ** 2).sum()) for g in groups if len(g))
    return float(np.sqrt(square / free)), free


def sem_mdc95(values: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """SEM of one test, and the change of one more test from their mean that 95 % stay below.

    values : at least two tests that were alike, any unit.
    """
    from scipy.special import stdtrit

    known = np.asarray(values, dtype=np.float64)
    sem, free = sem_of([known])
    t = float(stdtrit(free, 0.5 + level / 2.0))
    return sem, t * sem * float(np.sqrt(1.0 + 1.0 / len(known)))


def usual_range(values: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Prediction interval of the next run: mean -+ t SD sqrt(1 + 1/n). Needs FEWEST."""
    known = np.asarray(values, dtype=np.float64)
    if len(known) < FEWEST:
        raise ValueError(f"{len(known)} runs; {FEWEST} are needed")
    half, middle = sem_mdc95(known, level)[1], float(known.mean())
    return middle - half, middle + half


def repeatability(new: Summary, earlier: Sequence[Summary]) -> dict[str, Any]:
    """Kind -> side -> measure -> {n, mean, sem, mdc95, change, verdict}.

    new : summary of the test in question.  earlier : those of the athlete's tests before it.
    """
    return {
        kind: {
            side: {
                measure: _one(value, [_value(e, kind, side, measure) for e in earlier])
                for measure, value in measures.items()
            }
            for side, measures in sides.items()
        }
        for kind, sides in new.items()
    }


def _value(summary: Summary, kind: str, side: str, measure: str) -> float | None:
    found = summary.get(kind, {}).get(side, {}).get(measure, {}).get("mean")
    return None if found is None else float(found)


def _one(new: Mapping[str, Any], earlier: Sequence[float | None]) -> dict[str, Any]:
    known = [v for v in earlier if v is not None]
    mean = float(np.mean(known)) if known else None
    now = new.get("mean")
    change = None if mean is None or now is None else float(now) - mean
    out: dict[str, Any] = {"n": len(known), "mean": mean, "sem": None, "mdc95": None}
    verdict = "too_few_tests"
    if len(known) >= FEWEST and change is not None:
        out["sem"], out["mdc95"] = sem_mdc95(known)
        verdict = "changed" if abs(change) > out["mdc95"] else "not_shown"
    return {**out, "change": change, "verdict": verdict}
