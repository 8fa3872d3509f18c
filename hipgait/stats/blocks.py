"""Block means of the stride table: what the drift test rests on.

Which stances count, how they are cut, and what went with them (pace, slope, bends, cadence).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hipgait.names import POOLED, SIDES, Outcome
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import FindingsSettings
from hipgait.stats.early_late import Parts, has_code, is_text, outcome_values, running, usable

IntArray = NDArray[np.int64]

SIZES: Final = (12, 16, 20, 24, 32, 40, 48, 56, 64)
"""numbers of blocks; few values, so that their covariances are factored once"""
FEWEST_STRIDES: Final = 300
"""strides a side below which nothing is tested (12 blocks of 25)"""
TREND_STRIDES: Final = 20
"""strides of the running mean that is taken off for the variability"""
CLIPPED_MOST: Final = 0.2
"""with a larger share of clipped strides they stay in: without them the rest is not the run"""
NOT_CLIPPED: Final = frozenset({"contact_time", "cadence", "stride_time_cv"})
"""outcomes that a clipped accelerometer does not touch"""
STOP_S: Final = 2.0
"""a longer time without a step is a stop, s"""
COVARIATES: Final = {"speed_mps": 0.01, "grade_pct": 0.3, "turn_rate_deg_s": 0.3}
"""column -> standard deviation of block means from which it varies (speed: share of its mean)"""
KNOWN: Final = 0.8
"""share of the stances that must have a covariate"""


@dataclass(frozen=True)
class Blocks:
    """Block means of one outcome.

    value : (K,) in the outcome's printed unit.  where : (K,) place in the analysed run, 0 ... 1.
    covariates : name -> (K,) of mean zero; only what varies.
    strides : strides a side that they rest on.
    """

    value: FloatArray
    where: FloatArray
    covariates: dict[str, FloatArray]
    strides: int


@dataclass(frozen=True)
class Run:
    """The stride table as arrays, made once a run. All (n,)."""

    table: pd.DataFrame
    parts: Parts
    ic_s: FloatArray
    left: BoolArray
    running: BoolArray
    turning: BoolArray
    inside: BoolArray
    clipped: BoolArray


def run_arrays(table: pd.DataFrame, parts: Parts, settings: FindingsSettings) -> Run:
    """Prepare a stride table: bends and stops are masked with strides on both sides of them."""
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    turn = has_code(table, "turn")
    pause = np.flatnonzero(np.diff(ic) > STOP_S)
    stop = np.zeros(len(ic), dtype=bool)
    stop[pause] = stop[np.minimum(pause + 1, len(ic) - 1)] = True
    reach = 2 * settings.mask_strides  # two stances make a stride
    inside = (ic >= parts.analysed[0]) & (ic <= parts.analysed[1]) & ~widened(stop, reach)
    return Run(
        table,
        parts,
        ic,
        is_text(table["side"], "left"),
        running(table),
        widened(turn, reach),
        inside,
        table["clipped"].to_numpy(dtype=bool),
    )


def widened(mask: BoolArray, reach: int) -> BoolArray:
    """(n,) True up to ``reach`` rows before and after a True."""
    if not mask.any():
        return mask
    return np.asarray(np.convolve(mask, np.ones(2 * reach + 1), mode="same") > 0.5)


def chosen(run: Run, outcome: Outcome) -> tuple[BoolArray, str | None]:
    """(n,) stances of an outcome that count, and why none may, or None."""
    ok = usable(run.table, outcome, run.running, run.turning) & run.inside
    if outcome.name in NOT_CLIPPED or not ok.any():
        return ok, None
    share = float(run.clipped[ok].mean())
    if share <= CLIPPED_MOST:
        return ok & ~run.clipped, None
    if outcome.name == "peak_tibial_acceleration":
        return ok, "the accelerometers reached their range in too many strides"
    return ok, None


def block_count(strides: int) -> int:
    """Number of blocks for so many strides a side: 24 of 600, 40 of 4000, 64 of 12000.

    More blocks tell long memory from short memory better; fewer make the short memory of strides
    vanish within a block. The rule keeps the rate of false alarms in every cell of the simulation.
    """
    wanted = 24.0 * (strides / 600.0) ** 0.33
    return max(size for size in SIZES if size <= max(wanted, SIZES[0]))


def make(run: Run, outcome: Outcome, key: str, rows: BoolArray) -> Blocks | None:
    """Cut the stances into blocks of equal count; None where there are too few.

    Pooled: the mean of the two sides' means, so that a sensor's roll cancels; outcomes without
    sides take what there is.
    """
    if key != POOLED:
        rows = rows & (run.left == (key == "left"))
    at = np.flatnonzero(rows)
    both = key == POOLED and bool(run.left[at].any()) and not bool(run.left[at].all())
    if key == POOLED and outcome.by_side and not both:
        return None
    strides = len(at) // 2 if both else len(at)
    if strides < FEWEST_STRIDES:
        return None
    count = block_count(strides)
    block = np.minimum(np.arange(len(at)) * count // len(at), count - 1)
    groups = [run.left[at] == (s == "left") for s in SIDES] if both else [np.ones(len(at), bool)]
    values = np.stack([_side_means(run, outcome, at[g], block[g], count) for g in groups])
    value = values.mean(axis=0)
    start, end = run.parts.analysed
    where = (_means(run.ic_s[at], block, count) - start) / (end - start)
    keep = np.isfinite(value)
    if int(keep.sum()) < SIZES[0]:
        return None
    kept = {n: v[keep] for n, v in _covariates(run, outcome, at, block, count).items()}
    return Blocks(value[keep], where[keep], {n: v - v.mean() for n, v in kept.items()}, strides)


def _means(values: FloatArray, block: IntArray, count: int) -> FloatArray:
    """(count,) means of the known values of each block; NaN where there is none."""
    known = np.isfinite(values)
    n = np.bincount(block[known], minlength=count)
    total = np.bincount(block[known], weights=values[known], minlength=count)
    return np.asarray(np.divide(total, n, out=np.full(count, np.nan), where=n > 0))


def _side_means(
    run: Run, outcome: Outcome, at: IntArray, block: IntArray, count: int
) -> FloatArray:
    values = outcome_values(run.table, outcome)[at]
    if outcome.name != "stride_time_cv":
        return _means(values, block, count)
    half = TREND_STRIDES // 2
    if len(values) < 2 * TREND_STRIDES:
        return np.full(count, np.nan)
    padded = np.pad(values, half, mode="reflect")[: len(values) + TREND_STRIDES - 1]
    slow = np.convolve(padded, np.ones(TREND_STRIDES) / TREND_STRIDES, mode="valid")
    square = _means((values - slow) ** 2, block, count)
    return np.asarray(100.0 * np.sqrt(square) / _means(values, block, count))


def _covariates(
    run: Run, outcome: Outcome, at: IntArray, block: IntArray, count: int
) -> dict[str, FloatArray]:
    found: dict[str, FloatArray] = {}
    for name, least in {**COVARIATES, "cadence_spm": 0.0}.items():
        if name not in run.table or (name == "turn_rate_deg_s" and outcome.unit != "deg"):
            continue
        values = run.table[name].to_numpy(dtype=np.float64)[at]
        if float(np.isfinite(values).mean()) < KNOWN:
            continue
        mean = _means(values, block, count)
        known = np.isfinite(mean)
        mean = np.interp(np.arange(count), np.flatnonzero(known), mean[known])
        scale = abs(float(mean.mean())) if name == "speed_mps" else 1.0
        if float(mean.std()) > max(least * scale, 1e-9):
            found[name] = mean
    return found


def near_median_pace(run: Run, rows: BoolArray, share: float) -> BoolArray | None:
    """(n,) the stances within ``share`` of the median pace, or None where it is not known."""
    if "speed_mps" not in run.table:
        return None
    speed = run.table["speed_mps"].to_numpy(dtype=np.float64)
    known = rows & np.isfinite(speed)
    if not known.any():
        return None
    middle = float(np.median(speed[known]))
    return np.asarray(known & (np.abs(speed - middle) <= share * middle))
