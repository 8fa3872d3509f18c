"""Invented findings with plausible noise: every state that the report must be able to show.

The stride table is invented; summary, change and parts come from the real functions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from hipgait.kinematics.quality import Slip
from hipgait.names import COLUMN_NAMES
from hipgait.recording import Athlete, RunInfo
from hipgait.settings import Settings
from hipgait.stats.drift import add_tests
from hipgait.stats.early_late import describe_change, run_parts, summarise
from hipgait.stats.findings import RunFindings
from hipgait.stats.withdraw import after_slip, in_doubt

SENSORS = ("pelvis", "left_shank", "right_shank")


@dataclass(frozen=True)
class Story:
    """One state of the report."""

    minutes: float = 57.0
    rise_deg: float = 1.4
    onset_min: float = 33.0
    placements: tuple[str, ...] = SENSORS
    gyro: bool = True
    zero: bool = True
    walk: bool = False
    speed: str = "table"
    slip_min: float | None = None
    swapped: bool = False
    turns: int = 12
    known_runner: bool = True
    seed: int = 5


def slow_noise(rng: np.random.Generator, n: int, size: float) -> np.ndarray:
    """Long-remembering noise: a slow part and a fast one."""
    if n == 0:
        return np.zeros(0)
    walk = np.cumsum(rng.standard_normal(n))
    window = max(1, min(n, 600))
    smooth = np.convolve(walk, np.ones(window) / window, mode="same")
    slow = walk - smooth
    return size * (0.6 * slow / max(slow.std(), 1e-9) + rng.standard_normal(n))


def stride_table(story: Story) -> pd.DataFrame:
    """A stride table of the contract."""
    rng = np.random.default_rng(story.seed)
    step = (0.55 if story.walk else 0.357) * np.ones(int(story.minutes * 60 / 0.357) + 8)
    clock = np.cumsum(step + 0.006 * rng.standard_normal(len(step)))
    clock = clock[clock < story.minutes * 60]
    n = len(clock)
    share = np.clip(
        (clock / 60 - story.onset_min) / max(story.minutes - story.onset_min, 1e-6), 0, 1
    )
    fatigue = share * story.rise_deg / 0.83
    left = np.arange(n) % 2 == 0
    sides = np.where(left, "left", "right")
    contact = (0.66 if story.walk else 0.241) + 0.008 * share + 0.006 * rng.standard_normal(n)
    ic_drop = -0.6 + 0.4 * slow_noise(rng, n, 0.8)
    exc = 4.7 + np.where(left, 0.2, -0.2) + fatigue + slow_noise(rng, n, 0.7)
    lean = 5.1 - 0.7 * ~left + np.where(left, 0.6, 0.07) * fatigue + slow_noise(rng, n, 0.9)
    columns: dict[str, Any] = {
        "stride_id": np.arange(n),
        "side": sides,
        "ic_s": 20.0 + clock,
        "tc_s": 20.0 + clock + contact,
        "contact_time_s": contact,
        "stride_time_s": 2 * (step[:n] + 0.004 * rng.standard_normal(n)) * (1 + 0.018 * share),
        "pelvic_drop_ic_deg": ic_drop,
        "pelvic_drop_peak_deg": ic_drop + exc,
        "pelvic_drop_excursion_deg": exc,
        "pelvis_tilt_mean_deg": 8 + slow_noise(rng, n, 1.0) + share,
        "shank_lean_mean_deg": lean,
        "shank_lean_excursion_deg": 6.0 + slow_noise(rng, n, 0.6) + 0.3 * fatigue,
        "shank_angle_ic_deg": 6.2 + 1.7 * share + slow_noise(rng, n, 1.1),
        "hip_adduction_model_deg": 9.4 + fatigue + slow_noise(rng, n, 1.1),
        "hip_adduction_model_sd_deg": np.full(n, 4.5),
        "peak_tibial_acceleration_g": 8.9 + 0.7 * share + slow_noise(rng, n, 1.2),
        "speed_mps": 3.25 - 0.05 * share + 0.04 * np.sin(clock / 240),
        "turn_rate_deg_s": np.zeros(n),
        "clipped": rng.random(n) < 0.008,
        "imputed": np.zeros(n, dtype=bool),
        "valid": np.ones(n, dtype=bool),
        "gait": "walk" if story.walk else "run",
    }
    columns["cadence_spm"] = 120 / columns["stride_time_s"]
    table = pd.DataFrame({c: columns.get(c, np.nan) for c in COLUMN_NAMES})
    table["reason"] = ""
    return _spoil(table, story)


def _spoil(table: pd.DataFrame, story: Story) -> pd.DataFrame:
    """Take away what the sensors of the story cannot give."""
    minute = (table["ic_s"].to_numpy() - 20) / 60
    for k in range(story.turns):
        at = (k + 0.7) * story.minutes / max(story.turns, 1)
        table.loc[abs(minute - at) < 0.06, "reason"] = "turn"
    lost = (abs(minute - 44) < 0.65) & (table["side"] == "left").to_numpy()
    if story.minutes > 50 and "left_shank" in story.placements:
        table.loc[lost, "reason"], table.loc[lost, "valid"] = "gap", False
    if not story.gyro or "pelvis" not in story.placements:
        for column in table.filter(regex="^(pelvi|hip_add)"):
            table[column] = np.nan
    for side in ("left", "right"):
        if f"{side}_shank" not in story.placements or not story.gyro:
            mine = table["side"] == side
            for column in table.filter(regex="^(shank|hip_add|peak_tib)"):
                table.loc[mine, column] = np.nan
    if not story.zero:
        table[["pelvic_drop_peak_deg", "shank_lean_mean_deg", "pelvis_tilt_mean_deg"]] = np.nan
    if story.speed == "none":
        table["speed_mps"] = np.nan
    if story.speed == "given":
        table["speed_mps"] = 3.0
    if story.slip_min is not None:
        after = minute >= story.slip_min
        table.loc[after, "reason"], table.loc[after, "valid"] = "slip", False
        table.loc[after, "pelvic_drop_excursion_deg"] += 0.8
    for side in ("left", "right"):
        if story.placements == (f"{side}_shank",):
            table = table[table["side"] == side].reset_index(drop=True)
    return table


def curves(table: pd.DataFrame, seed: int = 3) -> dict[str, np.ndarray]:
    """Stance curves that agree with the table."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, 101)
    shape = np.sin(np.pi * np.clip(x / 0.72, 0, None)) * np.where(x < 0.72, 1, 0.75)
    drop = table["pelvic_drop_ic_deg"].to_numpy()[:, None] * (1 - 0.3 * x)
    drop = drop + table["pelvic_drop_excursion_deg"].to_numpy()[:, None] * shape
    bell = np.exp(-(((x - 0.32) / 0.22) ** 2)) * 4 - 1.6 + 1.6 * (1 - x)
    lean = bell + (table["shank_lean_mean_deg"].fillna(5.0).to_numpy()[:, None] - 4) * (1 - 0.7 * x)
    wobble = 0.2 * rng.standard_normal((len(table), 1))
    return {
        "stride_id": table["stride_id"].to_numpy().astype(float),
        "pct": np.linspace(0, 100, 101),
        "pelvic_drop_deg_stance": drop + wobble,
        "shank_lean_deg_stance": lean + wobble,
    }


def quality(table: pd.DataFrame, story: Story) -> dict[str, Any]:
    """A quality section with something in every place."""
    usable = table[table["valid"] & (table["gait"] == "run")]
    parts = run_parts(usable["ic_s"].to_numpy(dtype=float), Settings().findings)
    end = story.minutes * 60 + 25
    streams = {
        p: {
            "rate_hz": 199.98 if p != "pelvis" else 200.02,
            "duration_s": end,
            "n_samples": int(end * 200),
            "format": "csv",
            "derived": False,
            "acc_range_g": 16.0,
            "gyr_range_deg_s": 2000.0 if story.gyro else None,
            "clipped_pct": 0.02 if p == "pelvis" else 0.8,
            "missing_pct": 2.3 if p == "left_shank" else 0.1,
            "gaps": [[2621.0, 2699.0]] if p == "left_shank" and story.minutes > 50 else [],
            "used_pct": 96.9 if p == "left_shank" else 99.4,
            "notes": [],
        }
        for p in story.placements
    }
    turning = table["reason"] == "turn"
    at = table["ic_s"].to_numpy()[turning.to_numpy()]
    spans = (
        [[float(a), float(a) + 7.0] for a in at[np.r_[True, np.diff(at) > 10]]] if len(at) else []
    )
    return {
        "streams": streams,
        "alignment": {
            p: {"method": "standing+bows", "quality": 0.8, "yaw_sd_deg": 2.0, "roll_sd_deg": 1.1}
            | {"notes": []}
            for p in story.placements
        }
        if story.gyro
        else {},
        "protocol": {
            "standing": [[2.0, 17.0]] if story.zero else [],
            "bows": 3,
            "kicks_left": 3,
            "kicks_right": 3,
            "jumps": 2,
        },
        "angle_sd_deg": {"pelvic_drop_excursion.pooled": 0.3, "shank_lean_mean.left": 1.2}
        if story.gyro
        else {},
        "slip": {
            "detected": story.slip_min is not None,
            "at_s": None if story.slip_min is None else 20 + 60 * story.slip_min,
            "size_deg": 3.1,
            "placement": "pelvis",
        },
        "withdrawn": "sides_swapped" if story.swapped else None,
        "sides_swapped": story.swapped,
        "speed": {"source": story.speed, "mps": None if story.speed == "none" else 3.25},
        "turns": {"stances": int(turning.sum()), "intervals": spans},
        "stops": [[1350.0, 1371.0]] if story.minutes > 30 else [],
        "stances": {
            "n": len(table),
            "valid": int(table["valid"].sum()),
            "run": int((table["gait"] == "run").sum()),
            "walk": int((table["gait"] == "walk").sum()),
            "by_reason": {k: int(v) for k, v in table["reason"].value_counts().items() if k},
        },
        "whole_s": list(parts.whole) if parts else None,
        "analysed_s": list(parts.analysed) if parts else None,
        "early_s": list(parts.early) if parts else None,
        "late_s": list(parts.late) if parts else None,
        "left_out": [
            {"start_s": parts.whole[0], "end_s": parts.analysed[0], "reason": "warm-up"},
            {"start_s": parts.analysed[1], "end_s": parts.whole[1], "reason": "final stretch"},
        ]
        if parts
        else [],
        "not_measured": {
            "knee_angle": "Knee ab/adduction: not measured without a sensor on the thigh.",
            "hip_rotation": "Hip rotation and step width cannot be seen from these places.",
            "knee_travel_mm": "needs height_m or shank_length_m in run.toml",
        },
        "notes": [],
    }


def fabricate(story: Story | None = None) -> RunFindings:
    """Findings of one story; made once, so do not change them in place."""
    return _fabricate(story or Story())


@cache
def _fabricate(story: Story) -> RunFindings:
    table = stride_table(story)
    settings = Settings()
    usable = table[table["valid"] & (table["gait"] == "run")]
    parts = run_parts(usable["ic_s"].to_numpy(dtype=float), settings.findings)
    described = describe_change(table, story.zero, parts, settings.findings)
    drift = add_tests(table, described, parts, settings.findings)
    if story.slip_min is not None:
        slip = Slip(True, 20 + 60 * story.slip_min, 3.1, "pelvis", False)
        drift = after_slip(drift, slip)
    summary = summarise(table, story.zero, parts)
    if story.swapped:
        drift, summary = in_doubt(drift, summary, "sides_swapped")
    info = RunInfo(
        start_utc=datetime(2026, 5, 5, 16, 5, tzinfo=UTC),
        surface="road, mostly flat",
        shoe="B",
        athlete=Athlete(name="Sample runner", height_m=1.72, mass_kg=64.0),
    )
    section = quality(table, story)
    run = {
        "schema_version": "1.0",
        "reference_placement": story.placements[0],
        "start_utc": "2026-05-05T16:05:00+00:00",
        "zero": "standing" if story.zero else "none",
        "settings": {**settings.to_dict(), "digest": settings.digest()},
        "versions": {"hipgait": "0.1.0", "python": "3.11.2", "numpy": "2.3.1"},
        "inputs": [{"path": f"run/{p}.csv", "sha256": "9be2" * 16} for p in story.placements],
    }
    return RunFindings(
        "tuesday-run",
        info if story.known_runner else RunInfo(),
        table,
        curves(table),
        summary,
        drift,
        section,
        run,
    )


def nothing_found() -> RunFindings:
    """A recording without a single step."""
    empty = fabricate(Story(minutes=1.0, turns=0))
    section = {
        **empty.quality,
        "analysed_s": None,
        "early_s": None,
        "late_s": None,
        "left_out": [],
        "stances": {"n": 0, "valid": 0, "run": 0, "walk": 0, "by_reason": {}},
        "speed": {"source": "none", "mps": None},
    }
    table = empty.strides.iloc[:0]
    cycles = {k: v if k == "pct" else v[:0] for k, v in empty.cycles.items()}
    described = describe_change(table, True, None, Settings().findings)
    drift = add_tests(table, described, None, Settings().findings)
    return replace(empty, strides=table, cycles=cycles, drift=drift, quality=section)


SHORT: dict[str, Any] = {"minutes": 20.0, "onset_min": 8.0}

STORIES: dict[str, Story] = {
    "design_point": Story(),
    "pelvis_only": Story(**SHORT, placements=("pelvis",)),
    "left_shank_only": Story(placements=("left_shank",), turns=0),
    "right_shank_only": Story(placements=("right_shank",), turns=0, minutes=30, onset_min=10),
    "shanks_only": Story(**SHORT, placements=("left_shank", "right_shank"), rise_deg=-1.2),
    "accelerometers_only": Story(**SHORT, gyro=False, turns=0, zero=False),
    "walking_only": Story(walk=True, minutes=20, turns=3),
    "very_short": Story(minutes=0.12, turns=0, onset_min=0.0),
    "no_standing": Story(**SHORT, zero=False),
    "slipped": Story(slip_min=21.0),
    "swapped": Story(**SHORT, swapped=True, rise_deg=0.0),
    "no_speed": Story(**SHORT, speed="none", rise_deg=0.3, known_runner=False),
    "treadmill": Story(speed="given", minutes=30.0, turns=0, rise_deg=-0.9, onset_min=5.0),
    "very_long": Story(minutes=150.0, onset_min=60.0, turns=200, rise_deg=3.0),
}
