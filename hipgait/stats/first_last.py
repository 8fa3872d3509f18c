"""What a series of repeats says: one line a repeat, and the last against the first.

The repeat is the unit: its strides make one mean (Matthews et al. 1990,
doi:10.1136/bmj.300.6719.230). The scatter of these means around a straight line over the series
gives the error; what neighbours share by long memory is allowed for. Equations:
docs/methods/repeats.md.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np
import pandas as pd

from hipgait.names import OUTCOMES, POOLED, RUN, SIDES, Outcome
from hipgait.recording import FloatArray
from hipgait.stats.drift import Key, adjusted_levels
from hipgait.stats.early_late import has_code, hidden_levels, outcome_values, running, usable
from hipgait.stats.estimate import Estimate
from hipgait.stats.repeats import FEWEST, Repeats

METHOD: Final = "repeat_means"
HURST: Final = 0.85
"""memory that the means of neighbouring repeats are taken to share (stride series 0.7 to 0.9); the
measured false alarms for other memories stand on the page of the method"""
TRIM_S: Final = 2.0
"""left out at either end of a repeat, s: getting up to pace and slowing down"""
FEWEST_STANCES: Final = 5
"""a side; fewer give no value of a repeat"""
KEYS: Final = (POOLED, *SIDES)
Entry = dict[str, Any]


def shared(spans: FloatArray, hurst: float = HURST) -> FloatArray:
    """(m, m) covariance of the means of fractional Gaussian noise over spans of time.

    The noise is the increment of fractional Brownian motion; the scale does not matter here.

    Parameters
    ----------
    spans : (m, 2) start and end of each repeat, s.
    """
    start, end = spans[:, :1], spans[:, 1:]

    def power(x: FloatArray) -> FloatArray:
        return np.asarray(np.abs(x) ** (2.0 * hurst))

    total = power(end - start.T) + power(start - end.T) - power(end - end.T)
    total = total - power(start - start.T)
    return np.asarray(0.5 * total / ((end - start) * (end - start).T))


def fitted(values: FloatArray, spans: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(r, 2) changes and (r, 2) standard errors: last minus first, and the line's rise.

    Parameters
    ----------
    values : (r, m) means of the repeats of r series, m >= 3.
    spans : (m, 2) s.
    """
    m = len(spans)
    line = np.column_stack([np.ones(m), np.arange(m) - 0.5 * (m - 1)])
    solve = np.linalg.pinv(line)
    rest = np.eye(m) - line @ solve
    memory = shared(spans)
    scatter = ((values @ rest) * values).sum(axis=1) / np.trace(rest @ memory)
    ends = np.zeros(m)
    ends[0], ends[-1] = -1.0, 1.0
    wanted = np.stack([ends, (m - 1) * solve[1]])
    spread = ((wanted @ memory) * wanted).sum(axis=1)
    return values @ wanted.T, np.sqrt(np.maximum(scatter, 0.0)[:, None] * spread)


def contrasts(values: FloatArray, spans: FloatArray) -> tuple[Estimate, Estimate] | None:
    """(last minus first, fitted line from first to last); None where there is no scatter.

    values : (m,) mean of each repeat, m >= 3.  spans : (m, 2) s.
    """
    change, se = (row[0] for row in fitted(values[None], spans))
    if not se[0] > 1e-6 * max(1.0, float(np.abs(values).max())):
        return None
    last_first, line = (
        Estimate(float(c), float(e), len(values) - 2) for c, e in zip(change, se, strict=True)
    )
    return last_first, line


def repeat_means(table: pd.DataFrame, found: Repeats) -> dict[str, dict[str, FloatArray]]:
    """Outcome -> pooled | left | right -> (m,) mean of each repeat; NaN where there is none.

    Pooled is the mean of the sides' means. Levels that need a standing zero are there (their
    changes need none) but are not told: see ``lines``.
    """
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    side = table["side"].to_numpy(dtype=object)
    run, turning = running(table), has_code(table, "turn")
    inside = [(ic >= a + TRIM_S) & (ic <= b - TRIM_S) for a, b in found.spans]
    out: dict[str, dict[str, FloatArray]] = {}
    for outcome in OUTCOMES:
        if outcome.name == "stride_time_cv":  # needs more strides than a repeat has
            continue
        ok = usable(table, outcome, run, turning)
        values = outcome_values(table, outcome)
        rows = {
            s: np.array([_mean(values[ok & within & (side == s)]) for within in inside])
            for s in SIDES
        }
        sides = np.stack(list(rows.values()))
        pooled = sides.mean(axis=0)
        if not outcome.by_side:
            counted = np.isfinite(sides).sum(axis=0)
            total = np.nansum(sides, axis=0)
            pooled = np.where(counted > 0, total / np.maximum(counted, 1), np.nan)
        out[outcome.name] = {POOLED: pooled, **(rows if outcome.by_side else {})}
    return out


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) >= FEWEST_STANCES else float("nan")


def lines(
    table: pd.DataFrame,
    found: Repeats,
    means: dict[str, dict[str, FloatArray]],
    has_zero: bool,
    withdrawn: Collection[str] = (),
) -> list[Entry]:
    """One entry a repeat: number, start, end, duration, strides, cadence, speed, values."""
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    run = (table["gait"] == RUN).to_numpy(dtype=bool)
    shown = {
        name: [k for k in keys if has_zero or k not in hidden_levels(_outcome(name))]
        for name, keys in means.items()
        if name not in withdrawn
    }
    out = []
    for k, (start, end) in enumerate(found.spans):
        mine = run & (ic >= start) & (ic <= end)
        middle = mine & (ic >= start + TRIM_S) & (ic <= end - TRIM_S)
        out.append(
            {
                "number": k + 1,
                "start_s": float(start),
                "end_s": float(end),
                "duration_s": float(end - start),
                "strides": int(mine.sum()) // 2,
                "cadence_spm": _median(table, "cadence_spm", middle),
                "speed_mps": _median(table, "speed_mps", middle),
                "values": {
                    name: {key: _known(means[name][key][k]) for key in keys}
                    for name, keys in shown.items()
                },
            }
        )
    return out


def _outcome(name: str) -> Outcome:
    return next(o for o in OUTCOMES if o.name == name)


def _median(table: pd.DataFrame, column: str, rows: Any) -> float | None:
    values = table[column].to_numpy(dtype=np.float64)[rows]
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def changes(
    means: dict[str, dict[str, FloatArray]],
    spans: FloatArray,
    alpha: float,
    withdrawn: Collection[str] = (),
) -> dict[str, Entry]:
    """Outcome -> last against first, pooled, with ``left`` and ``right`` inside.

    The primary outcome is tested at ``alpha``, the others share it (``drift.adjusted_levels``).
    """
    tested: dict[Key, tuple[Estimate, Estimate]] = {}
    for name, keys in means.items():
        for key, values in keys.items():
            known = np.isfinite(values)
            if name not in withdrawn and known.sum() >= FEWEST:
                pair = contrasts(values[known], spans[known])
                if pair is not None:
                    tested[name, key] = pair
    levels = adjusted_levels({k: pair[0].p for k, pair in tested.items()}, alpha)
    out: dict[str, Entry] = {}
    for name, keys in means.items():
        entries = {
            key: _entry(_outcome(name), values, tested.get((name, key)), levels.get((name, key)))
            for key, values in keys.items()
        }
        if name in withdrawn:
            entries = {key: {**_nothing(), "verdict": "withdrawn"} for key in entries}
        out[name] = {**entries[POOLED], **{s: entries[s] for s in SIDES if s in entries}}
    return out


def _nothing() -> Entry:
    names = ("first", "last", "estimate", "ci_low", "ci_high", "p", "p_unadjusted", "mdd", "level")
    return {**dict.fromkeys(names), "verdict": "not_tested", "method": METHOD, "trend": None}


def _entry(
    outcome: Outcome,
    values: FloatArray,
    pair: tuple[Estimate, Estimate] | None,
    told: tuple[float, float] | None,
) -> Entry:
    """``first``, ``last`` : numbers of the repeats compared."""
    if pair is None or told is None:
        return _nothing()
    known = np.flatnonzero(np.isfinite(values))
    level, p = told
    change, line = pair
    return {
        **_nothing(),
        "first": int(known[0]) + 1,
        "last": int(known[-1]) + 1,
        **_short(change, level, outcome.matters),
        "p": p,
        "p_unadjusted": change.p,
        "mdd": change.detectable(level),
        "level": level,
        "trend": {**_short(line, level, outcome.matters), "p": line.p},
    }


def _short(found: Estimate, level: float, matters: float) -> Entry:
    low, high = found.interval(level)
    return {
        "estimate": found.total,
        "ci_low": low,
        "ci_high": high,
        "verdict": found.verdict(level, matters),
    }


def document(
    table: pd.DataFrame,
    found: Repeats,
    has_zero: bool,
    alpha: float,
    withdrawn: Collection[str] = (),
    sides_known: bool = True,
) -> Entry:
    """The ``repeats`` part of run.json. withdrawn : outcomes of which nothing may be said."""
    means = repeat_means(table, found)
    if not sides_known:
        means = {name: {POOLED: keys[POOLED]} for name, keys in means.items()}
    return {
        "n": len(found),
        "source": found.source,
        "role": found.role,
        "steady_s": None if found.steady is None else list(found.steady),
        "method": METHOD,
        "hurst": HURST,
        "trim_s": TRIM_S,
        "lines": lines(table, found, means, has_zero, withdrawn),
        "change": changes(means, found.spans, alpha, withdrawn),
    }
