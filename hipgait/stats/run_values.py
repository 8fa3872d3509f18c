"""One run, one value: what a comparison of runs takes from each of them.

The unit of a comparison is the run. Its value is the trimmed mean of the outcome over the analysed
part, both sides with equal weight, with the standard error that a series of strides with long
memory has. Pace, cadence and the states (fresh, tired, equal distance) are taken from the same
stances.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import special

from hipgait.io.identity import recording_id
from hipgait.names import OUTCOMES, SIDES, STANCE_CURVES, Outcome
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import FindingsSettings
from hipgait.stats.early_late import (
    Parts,
    cv_pct,
    has_code,
    is_text,
    outcome_values,
    run_parts,
    running,
    usable,
)
from hipgait.stats.findings import RunFindings
from hipgait.stats.multiplicity import ALPHA

TRIM: Final = 0.1
"""Share cut off at either end before the mean (robust to missed steps, 94 % efficient)."""
HURST: Final = 0.8
"""Memory of stride series in running, for the standard error of a run's mean (spectral exponents
of a half marathon 1.0 to 1.9: Hoos et al. 2014; science behind hipgait's drift test)."""
BLOCKS: Final = 24
FEWEST_STANCES: Final = 40
"""Fewer usable stances a side give no value."""
STATES: Final = ("early", "late", "equal_distance")
KEYS: Final = ("pooled", *SIDES)
LEVEL: Final = "level"

Value = tuple[float, float]
"""value and its standard error"""


@dataclass(frozen=True)
class RunValues:
    """What a comparison knows of one run.

    values : state -> outcome -> pooled | left | right -> (value, standard error), in the outcome's
        unit. State "level" is the whole analysed part, "early" and "late" are those of the run
        report, "drift" is what run.json says, "equal_distance" is filled by ``at_distance``.
    out : outcome -> why this run has no value for it.
    curves : "<name>_<side>" -> (101,) mean stance curve, deg.
    pace_mps, cadence_spm : over the analysed part; None where unknown.
    digest : of the recording's signals, "" where unknown: the same run twice is noticed.
    simulated : whether a sensor was simulated; the report says so on top.
    """

    name: str
    athlete: str | None
    start: datetime | None
    surface: str | None
    shoe: str | None
    fatigued: bool | None
    pace_mps: float | None
    pace_estimated: bool
    cadence_spm: float | None
    minutes: float
    km: float | None
    values: dict[str, dict[str, dict[str, Value]]]
    out: dict[str, str]
    curves: dict[str, FloatArray] = field(default_factory=dict)
    track: RunTrack | None = None
    digest: str = ""
    simulated: bool = False

    def get(self, outcome: str, key: str = "pooled", state: str = LEVEL) -> Value | None:
        """(value, standard error), or None where there is none."""
        return self.values.get(state, {}).get(outcome, {}).get(key)


@dataclass(frozen=True)
class RunTrack:
    """The stances of a run, kept until the common distance of all runs is known.

    frame : the columns needed.  parts : of the run.  along : (k,) m (or s without a speed).
    """

    frame: pd.DataFrame
    parts: Parts
    along: FloatArray
    unit: str


def series_mean(values: FloatArray, trim: float = TRIM, hurst: float = HURST) -> Value:
    """Trimmed mean of a series of strides and its standard error.

    The mean of n values with fractional-Gaussian-noise memory has variance s^2 n^(2H-2); s^2 is
    taken from block means, corrected for what the blocks share (Beran 1994, section 8.2).
    """
    n = len(values)
    cut = int(trim * n)
    ordered = np.sort(values)
    centre = float(ordered[cut : n - cut].mean())
    low, high = ordered[cut], ordered[n - cut - 1]
    k = min(BLOCKS, max(2, n // 10))
    size, more = divmod(n, k)  # the first ``more`` blocks have one value more
    start = np.arange(k) * size + np.minimum(np.arange(k), more)
    means = np.add.reduceat(np.clip(values, low, high), start) / np.diff(start, append=n)
    shared = k ** (2.0 * hurst - 2.0)
    spread = float(means.var(ddof=0)) / (1.0 - shared)
    return centre, float(np.sqrt(spread * shared))


def run_values(run: RunFindings, settings: FindingsSettings | None = None) -> RunValues:
    """Reduce one analysed run to what a comparison needs."""
    s = settings or FindingsSettings()
    table = run.strides
    good = (table["valid"] & (table["gait"] == "run")).to_numpy(dtype=bool)
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    parts = run_parts(ic[good], s)
    inside = np.zeros(len(table), dtype=bool)
    if parts is not None:
        inside = good & (ic >= parts.analysed[0]) & (ic <= parts.analysed[1])
    out = _left_out(run)
    values: dict[str, dict[str, dict[str, Value]]] = {}
    track = None
    if parts is not None:
        spans = {LEVEL: parts.analysed, "early": parts.early, "late": parts.late}
        for state, span in spans.items():
            values[state] = _state(table, run, span, out)
        track = _track(table, good, parts)
        for outcome in OUTCOMES:
            if outcome.name not in out and outcome.name not in values[LEVEL]:
                out[outcome.name] = _why_empty(table, run, outcome)
    else:
        out |= {o.name: "no running in it" for o in OUTCOMES if o.name not in out}
    values["drift"] = _drifts(run, out)
    pace = _mean(table, "speed_mps", inside)
    info = run.info
    return RunValues(
        name=run.name,
        athlete=info.athlete.name,
        start=info.start_utc,
        surface=info.surface,
        shoe=info.shoe,
        fatigued=info.fatigued,
        pace_mps=pace,
        pace_estimated=run.quality.get("speed", {}).get("source") == "estimated",
        cadence_spm=_mean(table, "cadence_spm", inside),
        minutes=0.0 if parts is None else (parts.whole[1] - parts.whole[0]) / 60.0,
        km=None if track is None or track.unit != "m" else float(track.along[-1]) / 1000.0,
        values=values,
        out=out,
        curves=_mean_curves(run, inside),
        track=track,
        digest=recording_id(inputs) if (inputs := _hashed(run)) else "",
        simulated=any(
            stream.get("format") == "simulated"
            for stream in (run.quality.get("streams") or {}).values()
        ),
    )


def at_distance(run: RunValues, end: float, length: float) -> dict[str, dict[str, Value]]:
    """Values over the stretch of ``length`` that ends at ``end`` (m, or s without a speed)."""
    if run.track is None:
        return {}
    along = run.track.along
    mine = (along >= end - length) & (along <= end)
    ic = run.track.frame["ic_s"].to_numpy(dtype=np.float64)
    if not mine.any():
        return {}
    return _state_values(run.track.frame, (float(ic[mine][0]), float(ic[mine][-1])), run.out)


# ------------------------------------------------------------------------------------- details


def _hashed(run: RunFindings) -> list[dict[str, Any]]:
    """The files that were read and have a digest."""
    return [f for f in run.run.get("inputs", []) if f.get("sha256")]


def _left_out(run: RunFindings) -> dict[str, str]:
    doubt = run.quality.get("withdrawn")
    out: dict[str, str] = {}
    for outcome in OUTCOMES:
        if run.drift.get(outcome.name, {}).get("verdict") == "withdrawn":
            why = {
                "sides_swapped": "left and right look exchanged",
                "no_drop": "the pelvis never drops",
            }.get(str(doubt), "a sensor slipped")
            out[outcome.name] = why
    return out


def _why_empty(table: pd.DataFrame, run: RunFindings, outcome: Outcome) -> str:
    if not np.isfinite(table[outcome.column].to_numpy(dtype=np.float64)).any():
        return "not measured"
    row = run.summary_table.get(outcome.name, {}).get("pooled", {})
    if row.get("mean") is None and row.get("n"):
        return "no standing zero"
    return f"fewer than {FEWEST_STANCES} usable stances a side"


def _state(
    table: pd.DataFrame, run: RunFindings, span: tuple[float, float], out: dict[str, str]
) -> dict[str, dict[str, Value]]:
    """Values of a span; what the run report hides (levels without a zero) stays hidden."""
    found = _state_values(table, span, out)
    shown: dict[str, dict[str, Value]] = {}
    for name, keys in found.items():
        rows = run.summary_table.get(name, {})
        kept = {k: v for k, v in keys.items() if rows.get(k, {}).get("mean") is not None}
        if "pooled" in kept:
            shown[name] = kept
    return shown


def _state_values(
    table: pd.DataFrame, span: tuple[float, float], out: dict[str, str]
) -> dict[str, dict[str, Value]]:
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    turning = has_code(table, "turn")
    within = (ic >= span[0]) & (ic <= span[1]) & running(table)
    sides = {s: is_text(table["side"], s) for s in SIDES}
    found: dict[str, dict[str, Value]] = {}
    for outcome in OUTCOMES:
        if outcome.name in out:
            continue
        mine = usable(table, outcome, within, turning)
        values = outcome_values(table, outcome)
        rows = {s: _one(values[mine & own], outcome) for s, own in sides.items()}
        both = {s: v for s, v in rows.items() if v is not None}
        if len(both) < 2 and (outcome.by_side or not both):
            continue
        middle = float(np.mean([v[0] for v in both.values()]))
        # the sides share what the body does: their errors are taken as one
        error = float(np.mean([v[1] for v in both.values()]))
        found[outcome.name] = {"pooled": (middle, error), **(both if outcome.by_side else {})}
    return found


def _one(values: FloatArray, outcome: Outcome) -> Value | None:
    if len(values) < FEWEST_STANCES:
        return None
    if outcome.name != "stride_time_cv":
        return series_mean(values)
    parts = [cv_pct(v) for v in np.array_split(values, max(1, min(8, len(values) // 40)))]
    known = np.array([p for p in parts if p is not None])
    if not len(known):
        return None
    spread = float(known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else 0.1 * known[0]
    return float(known.mean()), spread


def _drifts(run: RunFindings, out: dict[str, str]) -> dict[str, dict[str, Value]]:
    """Change within the run as run.json has it; without an interval its error is unknown (0)."""
    found: dict[str, dict[str, Value]] = {}
    for name, entry in run.drift.items():
        if name in out or entry.get("estimate") is None:
            continue
        rows = {"pooled": _with_error(entry)}
        rows |= {
            s: _with_error(entry[s])
            for s in SIDES
            if isinstance(entry.get(s), dict) and entry[s].get("estimate") is not None
        }
        found[name] = rows
    return found


def _with_error(entry: dict[str, Any]) -> Value:
    """Change and its standard error; files without ``se`` give it by their interval.

    Such an interval is t based with degrees of freedom that the file does not tell: with the normal
    quantile of its level the error comes out somewhat too large.
    """
    error, low, high = (entry.get(k) for k in ("se", "ci_low", "ci_high"))
    if error is None and low is not None and high is not None:
        level = entry.get("level") or ALPHA
        error = (high - low) / (2.0 * float(special.ndtri(1.0 - level / 2.0)))
    return float(entry["estimate"]), float(error or 0.0)


def _mean(table: pd.DataFrame, column: str, inside: BoolArray) -> float | None:
    if column not in table:
        return None
    values = table[column].to_numpy(dtype=np.float64)[inside]
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else None


def _track(table: pd.DataFrame, good: BoolArray, parts: Parts) -> RunTrack:
    """Distance at each running stance: speed times time, a pause counts as nothing."""
    names = ["ic_s", "side", "valid", "gait", "reason", *{o.column for o in OUTCOMES}]
    frame = table.loc[good, names].reset_index(drop=True)
    ic = frame["ic_s"].to_numpy(dtype=np.float64)
    step = np.minimum(np.diff(ic, prepend=ic[0]), 3.0)
    speed = np.full(len(table), np.nan)
    if "speed_mps" in table:
        speed = table["speed_mps"].to_numpy(dtype=np.float64)
    speed = speed[good]
    if np.isfinite(speed).mean() > 0.9:
        filled = np.where(np.isfinite(speed), speed, np.nanmean(speed))
        return RunTrack(frame, parts, np.cumsum(step * filled), "m")
    return RunTrack(frame, parts, np.cumsum(step), "s")


def _mean_curves(run: RunFindings, inside: BoolArray) -> dict[str, FloatArray]:
    """Mean stance curve of each side over the analysed part, without bends and the withdrawn."""
    if "stride_id" not in run.cycles or not inside.any():
        return {}
    straight = inside & ~has_code(run.strides, "turn")
    side = run.strides["side"].to_numpy(dtype=object)
    ids = run.strides["stride_id"].to_numpy()
    rows = run.cycles["stride_id"].astype(np.int64)
    found: dict[str, FloatArray] = {}
    for name in STANCE_CURVES:
        curve = run.cycles.get(f"{name}_deg_stance")
        withdrawn = any(
            k.startswith(name) and v.get("verdict") == "withdrawn" for k, v in run.drift.items()
        )
        if curve is None or withdrawn:
            continue
        for s in SIDES:
            mine = curve[np.isin(rows, ids[straight & (side == s)])]
            mine = mine[np.isfinite(mine).all(axis=1)]
            if len(mine) >= FEWEST_STANCES:
                found[f"{name}_{s}"] = mine.mean(axis=0)
    return found
