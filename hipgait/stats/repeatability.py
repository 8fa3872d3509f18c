"""Change of a control test against the athlete's own earlier tests.

SEM and minimal detectable change: Weir 2005, doi:10.1519/15184.1. With one athlete the SEM is the
SD between tests that were alike. Deviations: the t quantile of the few tests at hand stands in
place of 1.96, and the new test is compared with the mean of n earlier ones:
MDC95 = t(n - 1) SEM sqrt(1 + 1/n), which is 1.96 sqrt(2) SEM for one earlier test and a known SEM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

VERDICTS: Final = ("changed", "not_shown", "too_few_tests")
FEWEST_TESTS: Final = 3
"""earlier tests from which an SEM is stated; two differ by chance far too often"""
Summary = Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]]


def sem_mdc95(values: Sequence[float]) -> tuple[float, float]:
    """SEM of one test, and the change of one more test from their mean that 95 % stay below.

    values : at least two tests that were alike, any unit.
    """
    from scipy.stats import t

    n = len(values)
    sem = float(np.std(values, ddof=1))
    return sem, float(t.ppf(0.975, n - 1) * sem * np.sqrt(1.0 + 1.0 / n))


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
    if len(known) >= FEWEST_TESTS and change is not None:
        out["sem"], out["mdc95"] = sem_mdc95(known)
        verdict = "changed" if abs(change) > out["mdc95"] else "not_shown"
    return {**out, "change": change, "verdict": verdict}
