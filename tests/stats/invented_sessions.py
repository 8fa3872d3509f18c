"""Stride tables of invented sessions: running, walking and standing of given cadence in turn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hipgait.names import COLUMN_NAMES

Part = tuple[str, float, float]
"""run | walk | stand, seconds, cadence in steps a minute"""
EASY, FAST, WALK = 164.0, 176.0, 112.0


def session_table(parts: list[Part], rise_deg: float = 0.0, seed: int = 3) -> pd.DataFrame:
    """The stride table of parts one after the other, from 10 s on.

    rise_deg : growth of the drop from the first stance to the last, both sides.
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[float, str, float]] = []
    start = 10.0
    for kind, length, cadence in parts:
        if kind != "stand":
            steps = 60.0 / cadence * (1.0 + 0.012 * rng.standard_normal(int(length * cadence / 60)))
            rows += [(start + float(t), kind, cadence) for t in np.cumsum(steps) - steps[0]]
        start += length
    ic = np.array([r[0] for r in rows])
    n = len(ic)
    share = (ic - ic[0]) / (ic[-1] - ic[0])
    cadence = np.array([r[2] for r in rows]) * (1.0 + 0.012 * rng.standard_normal(n))
    columns = {
        "stride_id": np.arange(n),
        "side": np.where(np.arange(n) % 2 == 0, "left", "right"),
        "ic_s": ic,
        "tc_s": ic + 0.24,
        "contact_time_s": 0.24 + 0.004 * rng.standard_normal(n),
        "cadence_spm": cadence,
        "stride_time_s": 120.0 / cadence,
        "pelvic_drop_excursion_deg": 4.5 + rise_deg * share + 0.4 * rng.standard_normal(n),
        "pelvic_drop_peak_deg": 3.0 + rise_deg * share + 0.4 * rng.standard_normal(n),
        "shank_lean_mean_deg": 2.0 + 0.5 * rng.standard_normal(n),
        "speed_mps": np.full(n, np.nan),
        "gait": np.array([r[1] for r in rows], dtype=object),
        "valid": np.ones(n, dtype=bool),
        "clipped": np.zeros(n, dtype=bool),
    }
    table = pd.DataFrame({c: columns.get(c, np.nan) for c in COLUMN_NAMES})
    table["reason"] = ""
    return table


def stops_of(table: pd.DataFrame) -> np.ndarray:
    """(k, 2) times without a step for more than 2 s."""
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    at = np.flatnonzero(np.diff(ic) > 2.0)
    return np.column_stack([ic[at], ic[at + 1]])


def strides(
    count: int, work_s: float = 20.0, rest: str = "walk", rest_s: float = 50.0
) -> list[Part]:
    """Repeats with recoveries between them."""
    pace = {"walk": WALK, "run": EASY, "stand": 0.0}[rest]
    pause: Part = (rest, rest_s, pace)
    return [p for _ in range(count) for p in (("run", work_s, FAST), pause)][:-1]
