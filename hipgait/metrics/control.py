"""The control test: what each repetition and each stance on one leg measured.

    result = control_test(recording)
    result.repetitions        # one row a repetition, names.CONTROL_COLUMNS
    result.stances            # one row a stance on one leg
    result.summary            # kind -> side -> measure -> {mean, sd, n}

Angles are those of ``control_angles``; repetitions are found by ``control_find``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from hipgait.kinematics.smoothing import gaussian
from hipgait.kinematics.uniform import uniform
from hipgait.metrics.control_angles import RATE_HZ, ControlAngles, control_angles
from hipgait.metrics.control_columns import (
    CONTROL_COLUMNS,
    KINDS,
    REPETITION_MEASURES,
    STANCE_COLUMNS,
    STANCE_MEASURES,
)
from hipgait.metrics.control_find import Hold, Rep, find_holds, find_repetitions
from hipgait.names import SIDES
from hipgait.recording import FloatArray, Recording
from hipgait.settings import Settings

BEFORE_S: Final = 0.25
"""the level before a repetition is the mean over this, s"""
WOBBLE_S: Final = 0.2
"""width (SD) of the Gaussian that a course is compared with for its steadiness, s: passes the
movement (below about 0.8 Hz), keeps shaking out"""
SETTLE_S: Final = 1.5
"""left out at both ends of a stance, s: the weight still shifts"""


@dataclass(frozen=True)
class ControlTest:
    """What a control test found.

    repetitions, stances : tables with CONTROL_COLUMNS and STANCE_COLUMNS.
    summary : kind -> side -> measure -> {"mean", "sd", "n"}.
    yaw_sd_deg : placement -> stated SD of the sensor's direction.
    notes : what a reader must know.
    """

    name: str
    start_utc: str | None
    start_local: str | None
    repetitions: pd.DataFrame
    stances: pd.DataFrame
    summary: dict[str, dict[str, dict[str, dict[str, Any]]]]
    yaw_sd_deg: Mapping[str, float]
    notes: tuple[str, ...]
    settings: dict[str, Any]
    inputs: tuple[dict[str, str], ...]


def control_test(recording: Recording, settings: Settings | None = None) -> ControlTest:
    """Find and measure the movements of a control test.

    Raises
    ------
    InputError : a sensor, its gyroscope, the standing, the bows or the kicks are missing.
    """
    s = settings or Settings()
    streams = {p: uniform(x, s.sampling) for p, x in recording.streams.items()}
    angles = control_angles(streams, s)
    found = find_repetitions(angles)
    holds = find_holds(angles, found)
    repetitions = _table([_repetition(angles, r) for r in found], CONTROL_COLUMNS)
    stances = _table([_stance(angles, h) for h in holds], STANCE_COLUMNS)
    facts = recording.facts()
    starts = facts.info.start_texts()
    return ControlTest(
        facts.name,
        starts["start_utc"],
        starts["start_local"],
        repetitions,
        stances,
        summarise(repetitions, stances),
        angles.yaw_sd_deg,
        (*facts.notes, *_notes(repetitions, stances)),
        {**s.to_dict(), "digest": s.digest()},
        tuple({"path": str(f.path), "sha256": f.sha256} for f in facts.inputs),
    )


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Any]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[c.name for c in columns])


def _drop(angles: ControlAngles, side: str) -> FloatArray:
    """(n,) pelvic drop for a standing leg, deg."""
    return angles.obliquity if side == "right" else -angles.obliquity


def _wobble(x: FloatArray, rows: slice) -> float:
    """RMS of a course about its own smooth course, deg; empty where samples are lost."""
    margin = round(4 * WOBBLE_S * RATE_HZ)
    lo, hi = max(rows.start - margin, 0), min(rows.stop + margin, len(x))
    part = x[lo:hi]
    rest = part - gaussian(part, WOBBLE_S * RATE_HZ)
    return float(np.sqrt(np.mean(rest[rows.start - lo : rows.stop - lo] ** 2)))


def _repetition(angles: ControlAngles, r: Rep) -> dict[str, Any]:
    near = round(BEFORE_S * RATE_HZ)
    before = slice(max(r.first - near, 0), r.first + 1)
    low = slice(round(r.down), round(r.up) + 1)
    whole = slice(round(r.start), round(r.end) + 1)
    drop, lean = _drop(angles, r.side), angles.lean[r.side]
    at = {
        k: float(angles.time_s[0] + getattr(r, k) / RATE_HZ) for k in ("start", "down", "up", "end")
    }
    return {
        "set": r.set_number,
        "repetition": r.number,
        "kind": r.kind,
        "side": r.side,
        "start_s": at["start"],
        "low_s": 0.5 * (at["down"] + at["up"]),
        "end_s": at["end"],
        "lowering_s": at["down"] - at["start"],
        "bottom_s": at["up"] - at["down"],
        "lifting_s": at["end"] - at["up"],
        "shank_forward_deg": r.forward_deg,
        "pelvic_drop_low_deg": float(drop[low].mean()),
        "pelvic_drop_change_deg": float(drop[low].mean() - drop[before].mean()),
        "pelvic_drop_wobble_deg": _wobble(drop, whole),
        "shank_lean_low_deg": float(lean[low].mean()),
        "shank_lean_change_deg": float(lean[low].mean() - lean[before].mean()),
        "shank_lean_wobble_deg": _wobble(lean, whole),
        "pelvis_travel_cm": 100.0 * r.travel_m,
    }


def _stance(angles: ControlAngles, h: Hold) -> dict[str, Any]:
    begin, end = (float(angles.time_s[0] + x / RATE_HZ) for x in (h.start, h.end))
    skip = SETTLE_S * RATE_HZ
    calm = slice(round(h.start + skip), round(h.end - skip))
    drop, lean = _drop(angles, h.side)[calm], angles.lean[h.side][calm]
    enough = min(np.isfinite(drop).sum(), np.isfinite(lean).sum()) > RATE_HZ
    return {
        "side": h.side,
        "start_s": begin,
        "end_s": end,
        "hold_s": end - begin,
        "complete": h.complete,
        "pelvic_drop_mean_deg": float(np.nanmean(drop)) if enough else np.nan,
        "pelvic_drop_sway_deg": float(np.nanstd(drop)) if enough else np.nan,
        "shank_lean_sway_deg": float(np.nanstd(lean)) if enough else np.nan,
    }


def summarise(
    repetitions: pd.DataFrame, stances: pd.DataFrame
) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """Mean, SD and number a kind, side and measure; of the stances the longest of each side."""
    out: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
    for kind in KINDS[:2]:
        for side in SIDES:
            rows = repetitions[(repetitions["kind"] == kind) & (repetitions["side"] == side)]
            if len(rows):
                found = {m: _mean(rows[m].to_numpy(dtype=float)) for m in REPETITION_MEASURES}
                out.setdefault(kind, {})[side] = found
    for side in SIDES:
        rows = stances[stances["side"] == side].sort_values("hold_s").tail(1)
        if len(rows):
            found = {m: _mean(rows[m].to_numpy(dtype=float)) for m in STANCE_MEASURES}
            out.setdefault(KINDS[2], {})[side] = found
    return out


def _mean(values: FloatArray) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    return {
        "mean": float(known.mean()) if len(known) else None,
        "sd": float(known.std(ddof=1)) if len(known) > 1 else None,
        "n": len(known),
    }


def _notes(repetitions: pd.DataFrame, stances: pd.DataFrame) -> list[str]:
    """What is missing of the test."""
    notes = []
    for kind, called in (("squat", "single-leg squats"), ("step_down", "step-downs")):
        for side in SIDES:
            n = int(((repetitions["kind"] == kind) & (repetitions["side"] == side)).sum())
            if n == 0:
                notes.append(f"no {called} on the {side} leg found")
    notes += [f"no stance on the {side} leg found" for side in SIDES
              if not (stances["side"] == side).any()]  # fmt: skip
    open_end = stances[~stances["complete"].astype(bool)]
    notes += [
        f"the recording ends during the stance on the {side} leg" for side in open_end["side"]
    ]
    return notes
