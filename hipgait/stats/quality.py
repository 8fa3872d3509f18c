"""The quality section: what was recorded, used, left out and not measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from hipgait.kinematics.protocol import Protocol
from hipgait.kinematics.quality import Slip
from hipgait.kinematics.segments import SegmentAngles
from hipgait.metrics.support import NEVER, provided, unmet
from hipgait.names import PLACES, SIDES
from hipgait.recording import BoolArray, FloatArray, RunFacts
from hipgait.stats.early_late import Parts, has_code
from hipgait.strides.sequence import Stances

APART_S: Final = 10.0
"""Sensors are switched on and off by hand: so far apart they may begin and end, s."""
IN_GAIT_S: Final = 3.0
"""A sensor that ends so soon after the last contact ended in mid-run, s."""
ALONE: Final = "what it alone measures is missing there"


def _spans(times: FloatArray, mask: BoolArray, join_s: float = 3.0) -> list[list[float]]:
    """Stretches of consecutive marked times, [start, end] s."""
    marked = times[mask]
    if not len(marked):
        return []
    cut = np.flatnonzero(np.diff(marked) > join_s)
    starts = marked[np.r_[0, cut + 1]]
    ends = marked[np.r_[cut, len(marked) - 1]]
    return [[round(float(a), 2), round(float(b), 2)] for a, b in zip(starts, ends, strict=True)]


def _used_pct(table: pd.DataFrame, placement: str) -> float | None:
    if placement.startswith(("left", "right")):
        table = table[table["side"] == placement.split("_")[0]]
    return None if table.empty else round(100.0 * float(table["valid"].mean()), 1)


def stops(
    stances: Stances,
    streams: Mapping[str, Mapping[str, Any]],
    longest_step_s: float = 2.0,
    most_missing: float = 0.3,
) -> list[list[float]]:
    """Pauses between stretches of gait, [start, end] s; holes in the data are none."""
    if len(stances.ic_s) < 2:
        return []
    pause = np.flatnonzero(np.diff(stances.ic_s) > longest_step_s)
    start, end = stances.ic_s[pause], stances.ic_s[pause + 1]
    lost = np.zeros(len(pause))
    for stream in streams.values():
        gaps = np.array(stream["gaps"], dtype=np.float64).reshape(-1, 2)
        a, b = np.maximum(gaps[:, :1], start), np.minimum(gaps[:, 1:], end)
        lost = np.maximum(lost, np.maximum(b - a, 0.0).sum(axis=0))
    kept = lost < most_missing * (end - start)
    pairs = zip(start[kept], end[kept], strict=True)
    return [[round(float(a), 2), round(float(b), 2)] for a, b in pairs]


def _near_holes(
    ic_s: FloatArray,
    streams: Mapping[str, Mapping[str, Any]],
    hole_s: float = 0.5,
    reach_s: float = 3.0,
) -> BoolArray:
    """(k,) stances whose turn rate (5 s mean) spans a hole: across it the heading is not known."""
    near = np.zeros(len(ic_s), dtype=bool)
    for stream in streams.values():
        for a, b in stream["gaps"]:
            if b - a > hole_s:
                near |= (ic_s > a - reach_s) & (ic_s < b + reach_s)
    return near


def cut_short(spans: Mapping[str, tuple[float, float]], ic_s: FloatArray) -> list[str]:
    """Sensors that begin in mid-run or end before the others do, one sentence each.

    spans : placement -> first and last sample, s.  ic_s : initial contacts that were found, s.
    """
    if not len(ic_s) or len(spans) < 2:
        return []
    first, last = (f(span[k] for span in spans.values()) for k, f in enumerate((min, max)))
    out = []
    for placement, (start, end) in spans.items():
        where = PLACES.get(placement, placement)
        whole = "give its whole file, or leave it out to have the whole run"
        if last - end > APART_S and ic_s[-1] > end - IN_GAIT_S:
            lost = f"no step after that is counted; {whole}"
            out.append(
                f"{where} ends at {_clock(end - first)}, {_clock(last - end)} before the last "
                f"sensor: {ALONE if ic_s[-1] > end + IN_GAIT_S else lost}"
            )
        if start - first > APART_S and ic_s[0] < start + IN_GAIT_S:
            lost = f"no step before that is counted; {whole}"
            out.append(
                f"{where} begins at {_clock(start - first)}, after the first sensor: "
                f"{ALONE if ic_s[0] < start - IN_GAIT_S else lost}"
            )
    return out


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def not_measured(facts: RunFacts, angles: SegmentAngles, standing: bool) -> dict[str, str]:
    """Column or topic -> why it is empty; side-specific where only one side lacks it."""
    athlete = facts.info.athlete
    placements = facts.gyros
    lacking = {
        side: unmet(
            provided(
                placements,
                side,
                standing=standing,
                speed=angles.speed_source != "none",
                length=athlete.height_m is not None or athlete.shank_length_m is not None,
                mass=athlete.mass_kg is not None and athlete.height_m is not None,
                without_gravity=facts.without_gravity,
            )
        )
        for side in SIDES
    }
    out: dict[str, str] = {}
    for column in sorted(set(lacking["left"]) | set(lacking["right"])):
        sides = [s for s in SIDES if column in lacking[s]]
        sentence = lacking[sides[0]][column]
        out[column] = sentence if len(sides) == 2 else f"{sides[0]} side: {sentence}"
    if not any(p.endswith("_thigh") for p in placements):
        out.update(NEVER)
    return {**out, **angles.not_measured}


def _left_out(parts: Parts | None) -> list[dict[str, Any]]:
    if parts is None:
        return []
    rows = [
        (parts.whole[0], parts.analysed[0], "warm-up"),
        (parts.analysed[1], parts.whole[1], "final stretch"),
    ]
    return [
        {"start_s": round(a, 2), "end_s": round(b, 2), "reason": why} for a, b, why in rows if b > a
    ]


def assemble_quality(
    facts: RunFacts,
    streams: Mapping[str, Mapping[str, Any]],
    stances: Stances,
    protocol: Protocol,
    angles: SegmentAngles,
    table: pd.DataFrame,
    slip: Slip,
    parts: Parts | None,
) -> dict[str, Any]:
    """The quality dictionary of run.json (keys: docs/run.schema.json).

    streams : placement -> the quality numbers of that stream.
    """
    reason = table["reason"].to_numpy(dtype=object)
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    codes = Counter(code for text in reason for code in str(text).split(";") if code)
    speed = table["speed_mps"].to_numpy(dtype=np.float64)
    moving = speed[np.isfinite(speed) & (table["gait"] == "run").to_numpy()]
    turning = has_code(table, "turn") & ~_near_holes(ic, streams)
    return {
        "streams": {
            placement: {**numbers, "used_pct": _used_pct(table, placement)}
            for placement, numbers in streams.items()
        },
        "alignment": {p: dict(row) for p, row in angles.alignment.items()},
        "protocol": {
            "standing": [[round(float(a), 2), round(float(b), 2)] for a, b in protocol.standing],
            "bows": int(protocol.n_bows),
            "kicks_left": int(protocol.n_kicks("left")),
            "kicks_right": int(protocol.n_kicks("right")),
            "jumps": int(protocol.n_jumps),
        },
        "angle_sd_deg": dict(angles.angle_sd_deg),
        "slip": {
            "detected": slip.detected,
            "at_s": slip.at_s,
            "size_deg": slip.size_deg,
            "placement": slip.placement,
            "sagittal": slip.sagittal,
        },
        "sides_swapped": stances.swapped,
        "speed": {
            "source": angles.speed_source,
            "mps": float(np.median(moving)) if len(moving) else None,
        },
        "turns": {"stances": int(turning.sum()), "intervals": _spans(ic, turning)},
        "stops": stops(stances, streams),
        "stances": {
            "n": len(table),
            "valid": int(table["valid"].sum()),
            "run": int((table["gait"] == "run").sum()),
            "walk": int((table["gait"] == "walk").sum()),
            "source": stances.source,
            "by_reason": dict(sorted(codes.items())),
        },
        "whole_s": list(parts.whole) if parts else None,
        "analysed_s": list(parts.analysed) if parts else None,
        "early_s": list(parts.early) if parts else None,
        "late_s": list(parts.late) if parts else None,
        "left_out": _left_out(parts),
        "not_measured": not_measured(facts, angles, angles.standing_zero),
        "notes": [*facts.notes, *stances.notes, *angles.notes],
    }
