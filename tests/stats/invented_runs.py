"""Run values that are invented, with a change that is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from hipgait.stats.design import AFTER, BEFORE, Entry
from hipgait.stats.run_values import RunValues

PRIMARY = "pelvic_drop_excursion"
MARCH = datetime(2026, 3, 2, 7, tzinfo=UTC)


def one(i: int, value: float, *, start: datetime | None = None, **more: Any) -> RunValues:
    """A run with a level of every state of the primary outcome, sides 0.5 deg apart."""
    error = more.pop("error", 0.1)
    rows = {
        PRIMARY: {
            "pooled": (value, error),
            "left": (value - 0.5, error),
            "right": (value + 0.5, error),
        },
        "contact_time": {"pooled": (240.0 + value, 1.0)},
    }
    known: dict[str, Any] = {
        "name": f"run{i:02d}",
        "athlete": "anna",
        "start": MARCH + timedelta(days=3 * i) if start is None else start,
        "surface": None,
        "shoe": None,
        "fatigued": None,
        "pace_mps": None,
        "pace_estimated": False,
        "cadence_spm": None,
        "minutes": 30.0,
        "km": None,
        "values": {"level": rows, "late": rows, "early": rows, "drift": {}},
        "out": {},
    }
    return RunValues(**(known | more))


def phases(
    before: int,
    after: int,
    change: float = 0.0,
    sd: float = 0.5,
    seed: int = 1,
    pace_slope: float = 0.0,
    rows: list[dict[str, Any]] | None = None,
) -> tuple[list[RunValues], list[RunValues]]:
    """Two phases; with a pace slope the paces differ. rows : more of each run."""
    rng = np.random.default_rng(seed)
    runs = []
    for i in range(before + after):
        pace = 3.0 + 0.2 * rng.standard_normal() if pace_slope else None
        value = 5.0 + change * (i >= before) + sd * rng.standard_normal()
        value += 0.0 if pace is None else pace_slope * (pace - 3.0)
        more = {} if rows is None else rows[i]
        runs.append(one(i, value, **({"pace_mps": pace} | more)))
    return runs[:before], runs[before:]


def entries(before: list[RunValues], after: list[RunValues]) -> list[Entry]:
    """The runs in their phases, in order."""
    named = [(r, BEFORE) for r in before] + [(r, AFTER) for r in after]
    return [Entry(r, p, i) for i, (r, p) in enumerate(named)]
