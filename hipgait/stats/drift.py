"""Drift within a run, tested: how much, how sure, since when.

Block means of strides have a long memory; ``hipgait.stats.fgn`` gives them an honest error and
``hipgait.stats.course`` the change over the run, end minus start. Here: what is tested, what it is
adjusted for, and what may be said of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from hipgait.names import OUTCOMES, POOLED, PRIMARY_OUTCOME, SIDES, Outcome
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import FindingsSettings
from hipgait.stats.blocks import (
    FEWEST_STRIDES,
    Blocks,
    Run,
    chosen,
    make,
    near_median_pace,
    run_arrays,
)
from hipgait.stats.course import ALPHA, DRAWN, Trend, trend
from hipgait.stats.early_late import Parts

METHOD: Final = "fgn_gls"
CADENCE: Final = "cadence_spm"
TIMING: Final = frozenset({"cadence", "stride_time_cv"})
"""outcomes that are not adjusted for cadence: they are cadence"""
POOLED_NEVER: Final = frozenset({"shank_lean_mean"})
"""outcomes whose sides are told apart: both sides are secondary outcomes, the mean is not"""
Key = tuple[str, str]
Entry = dict[str, Any]


@dataclass(frozen=True)
class Tested:
    """The test of one outcome. blocks : what it rests on. total : the change, all of it."""

    outcome: Outcome
    blocks: Blocks
    total: Trend


def add_tests(
    table: pd.DataFrame,
    described: dict[str, Entry],
    parts: Parts | None,
    settings: FindingsSettings,
) -> dict[str, Entry]:
    """Outcome -> description with the tested change in place of the described one.

    Parameters
    ----------
    table : the stride table.
    described : what ``early_late.describe_change`` gives; its ``early``, ``late`` and ``spread``
        stay, their difference is kept as ``early_late``.
    """
    out = {name: _not_yet(entry) for name, entry in described.items()}
    if parts is None or table.empty or not parts.analysed[1] > parts.analysed[0]:
        return out
    run = run_arrays(table, parts, settings)
    tested: dict[Key, Tested] = {}
    for outcome in OUTCOMES:
        rows, refused = chosen(run, outcome)
        for key in (POOLED, *SIDES) if outcome.by_side else (POOLED,):
            entry = out[outcome.name] if key == POOLED else out[outcome.name].get(key)
            if entry is None or entry["estimate"] is None:
                continue
            found = None if refused else _test(run, outcome, key, rows)
            if found is None:
                entry["reason"] = refused or f"fewer than {FEWEST_STRIDES} strides can be used"
                continue
            tested[outcome.name, key] = found
            if key == POOLED or outcome.name in POOLED_NEVER:
                entry |= _sensitivity(run, found, key, rows, settings)
    levels = adjusted_levels({k: t.total.p for k, t in tested.items()}, settings.alpha)
    for (name, key), found in tested.items():
        entry = out[name] if key == POOLED else out[name][key]
        entry |= _entry(run, found, entry, *levels[name, key])
    return out


def _not_yet(entry: Entry) -> Entry:
    """The description alone; nothing is tested yet."""
    sides: Entry = {s: _not_yet(entry[s]) for s in SIDES if s in entry}
    return {**entry, "early_late": entry["estimate"], "reason": None, "course": None, **sides}


def design(blocks: Blocks, without: tuple[str, ...] = (CADENCE,)) -> tuple[FloatArray, list[str]]:
    """(K, q) ones and covariates, and the covariates' names."""
    names = [n for n in blocks.covariates if n not in without]
    columns = [blocks.covariates[n] for n in names]
    return np.column_stack([np.ones(len(blocks.value)), *columns]), names


def _test(run: Run, outcome: Outcome, key: str, rows: BoolArray) -> Tested | None:
    blocks = make(run, outcome, key, rows)
    if blocks is None:
        return None
    total = trend(blocks.value, design(blocks)[0], blocks.where)
    return None if total is None else Tested(outcome, blocks, total)


def _short(found: Trend, level: float) -> Entry:
    low, high = found.interval(level)
    return {"estimate": found.total, "ci_low": low, "ci_high": high}


def _sensitivity(
    run: Run, found: Tested, key: str, rows: BoolArray, settings: FindingsSettings
) -> Entry:
    """The change with cadence held, and in strides near the median pace; None if not possible."""
    blocks = found.blocks
    out: Entry = {"adjusted": None, "fixed_pace": None}
    if found.outcome.name not in TIMING and CADENCE in blocks.covariates:
        with_cadence = trend(blocks.value, design(blocks, ())[0], blocks.where)
        if with_cadence is not None:
            out["adjusted"] = _short(with_cadence, settings.alpha)
    near = near_median_pace(run, rows, settings.pace_share)
    if near is not None and "speed_mps" in blocks.covariates:
        same_pace = make(run, found.outcome, key, near)
        if same_pace is not None:
            alone = design(same_pace, (CADENCE, "speed_mps"))[0]
            at_pace = trend(same_pace.value, alone, same_pace.where)
            if at_pace is not None:
                out["fixed_pace"] = _short(at_pace, settings.alpha)
    return out


def adjusted_levels(p: dict[Key, float], alpha: float) -> dict[Key, tuple[float, float]]:
    """Level of the interval and adjusted p value of every test.

    The primary outcome is tested at ``alpha``. The secondary ones share ``alpha`` by Holm's steps
    (Holm 1979): each rejected one has the level of its step, all others that of the first that was
    not rejected, so an interval excludes 0 exactly where its adjusted p is below ``alpha``. The
    sides of an outcome share the level of that outcome.
    """
    primary = (PRIMARY_OUTCOME, POOLED)
    out: dict[Key, tuple[float, float]] = {}
    if primary in p:
        out[primary] = (alpha, p[primary])
    family = [k for k in p if k != primary and (k[1] == POOLED) != (k[0] in POOLED_NEVER)]
    family.sort(key=lambda k: p[k])
    left, running, open_ = len(family), 0.0, True
    for rank, key in enumerate(family):
        running = max(running, min(1.0, (len(family) - rank) * p[key]))
        open_ = open_ and p[key] < alpha / left
        out[key] = (alpha / left, running)
        left -= 1 if open_ else 0
    for key in p:
        if key not in out:
            # sides share their outcome's level; a mean that is not told has that of its sides
            whole = out.get((key[0], POOLED)) or (alpha, 0.0)
            level = whole[0] / len(SIDES)
            out[key] = (level, min(1.0, p[key] * alpha / level))
    return out


def _entry(run: Run, found: Tested, described: Entry, level: float, p: float) -> Entry:
    """What run.json says of a tested change."""
    blocks, total = found.blocks, found.total
    low, high = total.interval(level)
    start, end = run.parts.analysed
    verdict = total.verdict(level, found.outcome.matters)
    bent = verdict == "drifted" and total.bend_p is not None and total.bend_p < ALPHA
    begins = total.onset if bent and total.onset[1] > 0 else None
    onset = [start + share * (end - start) for share in begins] if begins else [None] * 3
    fresh = float(np.mean(blocks.value - total.share))
    return {
        "estimate": total.total,
        "ci_low": low,
        "ci_high": high,
        "se": total.se,
        "level": level,
        "p": p,
        "p_unadjusted": total.p,
        "mdd": total.detectable(level),
        "verdict": verdict,
        "method": METHOD,
        "onset_s": onset[0],
        "onset_low_s": onset[1],
        "onset_high_s": onset[2],
        "bend_p": total.bend_p,
        "covariates": design(blocks)[1],
        "blocks": len(blocks.value),
        "strides": blocks.strides,
        "hurst": total.hurst,
        "course": {
            "time_s": [start + (end - start) * k / DRAWN for k in range(DRAWN + 1)],
            "change": [float(v) for v in total.drawn],
            # without a standing zero no level is told
            "start": None if described["early"] is None else fresh,
        },
    }
