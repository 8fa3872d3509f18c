"""Summary per outcome and the early-against-late description of a run.

This describes; it does not test. Strides are not independent (long memory), so no interval is
computed from them here: the scatter of block means is given instead, and the verdict is
``not_tested`` until the drift test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hipgait.names import OUTCOMES, SIDES, Outcome
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import FindingsSettings

ANGLE_OUTCOMES = frozenset(
    {"pelvic_drop_excursion", "pelvic_drop_peak", "shank_lean_mean", "shank_lean_excursion"}
    | {"shank_angle_ic", "hip_adduction_model", "pelvis_tilt_mean"}
)
"""Outcomes relative to effective gravity: stances in turns are masked."""


@dataclass(frozen=True)
class Parts:
    """Stretches of the run on the reference clock, s: (start, end) each."""

    whole: tuple[float, float]
    analysed: tuple[float, float]
    early: tuple[float, float]
    late: tuple[float, float]


def run_parts(ic_s: FloatArray, settings: FindingsSettings) -> Parts | None:
    """What counts as fresh and as the end.

    Of a long run: the first 5 min and the last minute are left out, fresh is the 10 min after, the
    end the last 10 min. Shorter runs keep the proportions: at most a sixth of the time is left out
    at the start, a thirtieth at the end, and each part is at most a third of the rest. A longer
    pause (or hole in the data) counts as ``pause_s``: it would push the steps out of them.
    """
    if len(ic_s) < 2:
        return None
    steps = np.diff(ic_s)
    if steps.max() > settings.pause_s:
        spent = ic_s[0] + np.concatenate([[0.0], np.cumsum(np.minimum(steps, settings.pause_s))])
        found = _parts(float(spent[0]), float(spent[-1]), settings)
        pairs = (found.whole, found.analysed, found.early, found.late)
        # the end of a part is the last step in it, its start the first one
        return Parts(*(_on_the_clock(pair, spent, ic_s) for pair in pairs))
    return _parts(float(ic_s[0]), float(ic_s[-1]), settings)


def _on_the_clock(
    pair: tuple[float, float], spent: FloatArray, ic_s: FloatArray
) -> tuple[float, float]:
    """Times of the run without its pauses -> times of the first and the last step between them."""
    first = int(np.searchsorted(spent, pair[0] - 1e-9))
    last = int(np.searchsorted(spent, pair[1] + 1e-9)) - 1
    return float(ic_s[min(first, len(ic_s) - 1)]), float(ic_s[max(last, 0)])


def _parts(start: float, end: float, settings: FindingsSettings) -> Parts:
    span = end - start
    a = start + min(settings.warm_up_s, span / 6.0)
    b = end - min(settings.final_s, span / 30.0)
    part = min(settings.part_s, (b - a) / 3.0)
    return Parts((start, end), (a, b), (a, a + part), (b - part, b))


def outcome_values(table: pd.DataFrame, outcome: Outcome) -> FloatArray:
    """(k,) values of an outcome in its printed unit."""
    values = table[outcome.column].to_numpy(dtype=np.float64)
    return values * 1000.0 if outcome.unit == "ms" else values


def has_code(table: pd.DataFrame, code: str) -> BoolArray:
    """(k,) True where the stance carries a reason code."""
    which, reasons = pd.factorize(table["reason"])
    return np.array([code in str(r).split(";") for r in reasons], dtype=bool)[which]


def running(table: pd.DataFrame) -> BoolArray:
    """(k,) valid stances of running. Comparing texts is slow: once for all outcomes."""
    return np.asarray(table["valid"].to_numpy(dtype=bool) & is_text(table["gait"], "run"))


def is_text(texts: pd.Series[Any], text: str) -> BoolArray:
    """(k,) where a column of few different texts has this one."""
    which, different = pd.factorize(texts)
    return np.array([str(t) == text for t in different], dtype=bool)[which]


def usable(table: pd.DataFrame, outcome: Outcome, run: BoolArray, turning: BoolArray) -> BoolArray:
    """(k,) stances of ``running`` with a value; turns are masked for angles."""
    known = np.isfinite(table[outcome.column].to_numpy(dtype=np.float64))
    straight = ~turning if outcome.name in ANGLE_OUTCOMES else True
    return np.asarray(run & known & straight)


def cv_pct(stride_time_s: FloatArray) -> float | None:
    """Coefficient of variation without its slow trend (mean of 20 strides), %."""
    if len(stride_time_s) < 40:
        return None
    kernel = np.ones(20) / 20.0
    trend = np.convolve(stride_time_s, kernel, mode="valid")
    middle = stride_time_s[10 : 10 + len(trend)]
    return float(100.0 * np.std(middle - trend, ddof=1) / np.mean(stride_time_s))


def _statistics(values: FloatArray, outcome: Outcome) -> dict[str, float | int | None]:
    n = len(values)
    if outcome.name == "stride_time_cv":
        return {"mean": cv_pct(values), "sd": None, "n": n}
    if n == 0:
        return {"mean": None, "sd": None, "n": 0}
    return {
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if n > 1 else None,
        "n": n,
    }


def _by_side(
    table: pd.DataFrame, outcome: Outcome, inside: BoolArray
) -> dict[str, dict[str, float | int | None]]:
    """left, right and pooled statistics of the chosen stances.

    Pooled is the mean of the two sides' means, so that an unequal number of usable stances does
    not let a sensor's roll offset through.
    """
    values = outcome_values(table, outcome)
    side = table["side"].to_numpy(dtype=object)
    out: dict[str, dict[str, float | int | None]] = {}
    for name in SIDES:
        out[name] = _statistics(values[inside & (side == name)], outcome)
    means = [out[s]["mean"] for s in SIDES]
    known = [float(m) for m in means if m is not None]
    sds = [float(v) for v in (out[s]["sd"] for s in SIDES) if v is not None]
    out["pooled"] = {
        "mean": float(np.mean(known))
        if len(known) == 2 or (not outcome.by_side and known)
        else None,
        "sd": float(np.sqrt(np.mean(np.square(sds)))) if sds else None,
        "n": int(inside.sum()),
    }
    return out


def summarise(
    table: pd.DataFrame, has_zero: bool, parts: Parts | None
) -> dict[str, dict[str, dict[str, float | int | None]]]:
    """Outcome -> left | right | pooled -> {mean, sd, n} over the analysed part of the run."""
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    run, turning = running(table), has_code(table, "turn")
    out: dict[str, dict[str, dict[str, float | int | None]]] = {}
    for outcome in OUTCOMES:
        inside = usable(table, outcome, run, turning)
        if parts is not None:
            inside &= (ic >= parts.analysed[0]) & (ic <= parts.analysed[1])
        rows = _by_side(table, outcome, inside)
        hidden = () if has_zero else hidden_levels(outcome)
        out[outcome.name] = {
            key: {**row, "mean": None} if key in hidden else row for key, row in rows.items()
        }
    return out


def hidden_levels(outcome: Outcome) -> tuple[str, ...]:
    """Keys whose level needs a standing zero; the pooled drop is free of the sensor's roll."""
    if outcome.name == "pelvic_drop_peak":
        return SIDES
    if outcome.name in ("shank_lean_mean", "hip_adduction_model", "pelvis_tilt_mean"):
        return ("pooled", *SIDES)
    return ()


def _blocks(values: FloatArray, size: int) -> FloatArray:
    n = max(1, round(len(values) / size))
    return np.array([part.mean() for part in np.array_split(values, n)]) if len(values) else values


def _change(
    early: dict[str, float | int | None],
    late: dict[str, float | int | None],
    spread: float | None,
    hide_level: bool,
) -> dict[str, Any]:
    a, b = early["mean"], late["mean"]
    return {
        "estimate": None if a is None or b is None else float(b) - float(a),
        "ci_low": None,
        "ci_high": None,
        "p": None,
        "mdd": None,
        "verdict": "not_tested",
        "method": "early_late",
        "early": None if hide_level else a,
        "late": None if hide_level else b,
        "n_early": early["n"],
        "n_late": late["n"],
        "spread": spread,
    }


def describe_change(
    table: pd.DataFrame, has_zero: bool, parts: Parts | None, settings: FindingsSettings
) -> dict[str, dict[str, Any]]:
    """Outcome -> pooled change, with ``left`` and ``right`` inside; early and late part of the run.

    ``estimate`` is late minus early mean, in the outcome's unit; ``spread`` the standard deviation
    of block means around their part's mean, which shows the scatter without claiming an interval.
    """
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    side = table["side"].to_numpy(dtype=object)
    run, turning = running(table), has_code(table, "turn")
    out: dict[str, dict[str, Any]] = {}
    for outcome in OUTCOMES:
        ok = usable(table, outcome, run, turning)
        values = outcome_values(table, outcome)
        masks = []
        for span in (parts.early, parts.late) if parts is not None else ():
            masks.append(ok & (ic >= span[0]) & (ic <= span[1]))
        if not masks:
            masks = [np.zeros(len(table), dtype=bool)] * 2
        rows = [_by_side(table, outcome, m) for m in masks]
        hidden = () if has_zero else hidden_levels(outcome)
        entry: dict[str, Any] = {}
        for key in ("pooled", *SIDES):
            spread = None
            if outcome.name != "stride_time_cv":
                chosen = [m if key == "pooled" else m & (side == key) for m in masks]
                size = settings.block_strides * (2 if key == "pooled" else 1)
                residual = [
                    b - b.mean() for b in (_blocks(values[m], size) for m in chosen) if len(b) > 1
                ]
                joined = np.concatenate(residual) if residual else np.zeros(0)
                if len(joined) > 2:
                    spread = float(np.sqrt((joined**2).sum() / (len(joined) - len(residual))))
            change = _change(rows[0][key], rows[1][key], spread, key in hidden)
            if key == "pooled":
                entry = {**change, "unit": outcome.unit, "matters": outcome.matters}
            elif outcome.by_side:
                entry[key] = change
        out[outcome.name] = entry
    return out
