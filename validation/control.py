"""The control test on simulated movements: what is found, and how wrong it is."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

RATES = (50.0, 100.0, 200.0, 500.0)
MEASURES = {
    "shank lean, lowest less before, deg": ("shank_lean_change_deg", 1.0),
    "shank lean at the lowest point, deg": ("shank_lean_low_deg", 1.0),
    "pelvic drop, lowest less before, deg": ("pelvic_drop_change_deg", 1.0),
    "pelvic drop at the lowest point, deg": ("pelvic_drop_low_deg", 1.0),
    "range (shank forward), deg": ("shank_forward_deg", 1.0),
    "pelvis' travel, cm": ("pelvis_travel_cm", 1.0),
    "lowering, ms": ("lowering_s", 1e3),
    "bottom, ms": ("bottom_s", 1e3),
    "lifting, ms": ("lifting_s", 1e3),
    "lowest point, ms": ("low_s", 1e3),
}
"""what the table calls it -> (column, factor to the unit)"""
HEAD = (
    "repetition, RMSE",
    "95 % within",
    "between repetitions, RMSE",
    "mean of a leg, RMSE",
    "change between the days, RMSE",
)
Job = tuple[int, int, float]


def matched(found: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, int, int]:
    """Found and true repetitions side by side; numbers missed and invented.

    A repetition is found where one of the same leg and kind has its lowest point within 0.5 s.
    """
    rows, used = [], set()
    for _, true in truth.iterrows():
        same = found[(found["side"] == true["side"]) & (found["kind"] == true["kind"])]
        off = (same["low_s"] - true["low_s"]).abs()
        if len(off) and off.min() < 0.5:
            used.add(off.idxmin())
            rows.append({**true.add_prefix("true_"), **found.loc[off.idxmin()]})
    return pd.DataFrame(rows), len(truth) - len(rows), len(found) - len(used)


def measure(job: Job) -> dict[str, Any]:
    """One test: numbers found, and errors of the mean of each leg and kind and of repetitions."""
    from hipgait.metrics.control import control_test
    from hipgait.simulate.control_cases import control_case
    from hipgait.simulate.task_truth import repetitions_truth, stances_truth

    number, mount, rate = job
    recording, motion = control_case(number, mount=mount, rate_hz=rate)
    result = control_test(recording)
    both, missed, invented = matched(result.repetitions, repetitions_truth(motion))
    errors: dict[str, list[float]] = {}
    levels: dict[str, list[float]] = {}
    within: dict[str, list[float]] = {}
    for label, (column, factor) in MEASURES.items():
        off = factor * (both[column] - both[f"true_{column}"])
        errors[label] = off.tolist()
        legs = off.groupby([both["side"], both["kind"]])
        levels[label] = legs.mean().tolist()
        within[label] = (off - legs.transform("mean")).tolist()
    holds = result.stances.merge(stances_truth(motion), on="side", suffixes=("", "_true"))
    return {
        "missed": missed,
        "invented": invented,
        "true": len(both) + missed,
        "errors": errors,
        "levels": levels,
        "within": within,
        "holds": len(result.stances),
        "hold": (holds["hold_s"] - holds["hold_s_true"]).tolist(),
        "drop sway": (holds["pelvic_drop_sway_deg"] - holds["pelvic_drop_sway_deg_true"]).tolist(),
        "lean sway": (holds["shank_lean_sway_deg"] - holds["shank_lean_sway_deg_true"]).tolist(),
    }


def _all(rows: Sequence[dict[str, Any]], part: str, label: str) -> np.ndarray:
    return np.concatenate([r[part][label] for r in rows])


def _rms(x: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean(x**2)))


def table(cases: int, workers: int) -> str:
    """Every athlete on two days at 100 Hz, and some at other rates."""
    jobs: list[Job] = [(i, day, 100.0) for day in (0, 1) for i in range(cases)]
    more = [(i, 0, rate) for rate in RATES if rate != 100.0 for i in range(min(cases, 6))]
    with ProcessPoolExecutor(workers) as pool:
        rows = list(pool.map(measure, [*jobs, *more]))
    first, second, others = rows[:cases], rows[cases : 2 * cases], rows[2 * cases :]
    both = [*first, *second]
    counts = (
        f"Repetitions: {sum(r['true'] for r in both)}, missed {sum(r['missed'] for r in both)}, "
        f"invented {sum(r['invented'] for r in both)}. Stances on one leg: {4 * cases}, found "
        f"{sum(r['holds'] for r in both)}. At 50, 200 and 500 Hz ({len(others)} tests): missed "
        f"{sum(r['missed'] for r in others)}, invented {sum(r['invented'] for r in others)}."
    )
    lines = [
        f"{cases} athletes on two days, consumer sensors mounted anyhow, 100 Hz, walking about",
        "",
        counts,
        "",
        "| | " + " | ".join(HEAD) + " |",
        "|---" * (len(HEAD) + 1) + "|",
    ]
    for label in MEASURES:
        each = _all(both, "errors", label)
        days = [_all(d, "levels", label) for d in (first, second)]
        change = f"{_rms(days[1] - days[0]):.2f}" if len(days[0]) == len(days[1]) else "–"
        most = float(np.nanquantile(np.abs(each), 0.95))
        parts = (_rms(each), most, _rms(_all(both, "within", label)), _rms(np.concatenate(days)))
        lines.append(f"| {label} | {' | '.join(f'{x:.2f}' for x in parts)} | {change} |")
    for label, key in (("hold, s", "hold"), ("sway of the drop, deg", "drop sway"),
                       ("sway of the lean, deg", "lean sway")):  # fmt: skip
        each = np.concatenate([r[key] for r in both])
        most = float(np.nanquantile(np.abs(each), 0.95))
        lines.append(f"| stance: {label} | {_rms(each):.2f} | {most:.2f} | – | – | – |")
    return "\n".join(lines) + "\n"
