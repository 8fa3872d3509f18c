"""Repeats: found and falsely found, their ends, the last against the first, false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import stats

from hipgait.names import PRIMARY_OUTCOME, SIDES
from hipgait.recording import FloatArray
from hipgait.simulate.repeat_cases import STEADY_KINDS, RepeatCase, repeat_case, steady_case
from hipgait.stats.first_last import TRIM_S, document, fitted
from hipgait.stats.repeats import find_repeats
from validation.drift import noise

if TYPE_CHECKING:
    import pandas as pd

SESSION: Final = "repeats"
NOISES: Final = ("white", "AR .5", "AR .9", "AR .98", "H .7", "H .85", "H .95", "mixture")
COUNTS: Final = (4, 6, 8, 12)
WORK, REST = 14, 42
"""strides a side of a repeat of 20 s, and of a recovery of a minute"""
SEED: Final = 7


@dataclass(frozen=True)
class Row:
    """One simulated run.

    wanted, found : number of repeats.  ends : (m, 2) found minus true, s.  change : estimate and
    ends of its interval, and the truth, deg.
    """

    kind: str
    wanted: int
    found: int
    ends: FloatArray
    change: tuple[float, float, float, float] | None


def measured(
    kind: str, case: RepeatCase, strides: pd.DataFrame, stops: FloatArray, truth: pd.DataFrame
) -> Row:
    """What was found in an analysed run, against its schedule and its true drop."""
    repeats = find_repeats(strides, stops, np.zeros(0))
    wanted = np.array(case.repeats).reshape(-1, 2)
    if repeats is None or len(repeats) != len(wanted):
        found = 0 if repeats is None else len(repeats)
        return Row(kind, len(wanted), found, np.zeros((0, 2)), None)
    entry = document(strides, repeats, True, 0.05)["change"][PRIMARY_OUTCOME]
    change = None
    if entry["estimate"] is not None:
        means = [_true_drop(truth, *wanted[int(entry[k]) - 1]) for k in ("first", "last")]
        told = tuple(float(entry[k]) for k in ("estimate", "ci_low", "ci_high"))
        change = (*told, means[1] - means[0])
    return Row(kind, len(wanted), len(repeats), repeats.spans - wanted, change)


def _true_drop(truth: pd.DataFrame, start: float, end: float) -> float:
    """Mean of the two sides within a repeat, deg."""
    mine = truth[(truth["ic_s"] > start + TRIM_S) & (truth["ic_s"] < end - TRIM_S)]
    sides = [mine.loc[mine["side"] == s, "pelvic_drop_excursion_deg"].mean() for s in SIDES]
    return float(np.mean(sides))


def simulated(job: tuple[str, int]) -> Row:
    """Simulate and analyse one run, from sensors of 100 Hz."""
    from hipgait.api import analyze
    from hipgait.simulate.runner import simulate_motion
    from hipgait.simulate.sensors import SensorSettings, simulate_recording

    kind, number = job
    case = repeat_case(number) if kind == SESSION else steady_case(kind, number)
    motion = simulate_motion(case.runner, seed=number)
    sensors = SensorSettings.consumer(soft_tissue=bool(number % 2))
    recording = simulate_recording(
        motion, sensors, rate_hz=100.0, seed=number, speed_known=number % 4 < 2
    )
    result = analyze(recording)
    stops = np.array(result.quality["stops"], dtype=np.float64).reshape(-1, 2)
    return measured(kind, case, result.strides, stops, motion.truth())


def measure(cases: int, workers: int) -> list[Row]:
    """``cases`` sessions of repeats, and a third as many of each other kind of run."""
    jobs = [(SESSION, i) for i in range(cases)]
    jobs += [(kind, i) for i in range(max(1, cases // 3)) for kind in STEADY_KINDS]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(simulated, jobs))


def found_table(rows: Sequence[Row]) -> str:
    """Recognised, ends, and the change of the drop."""
    mine = [r for r in rows if r.kind == SESSION]
    right = [r for r in mine if r.found == r.wanted]
    lines = [
        (
            f"Sessions of 4 to 10 repeats of 10 to 40 s: all repeats found in {len(right)} of "
            f"{len(mine)}; some or too many in {sum(0 < r.found != r.wanted for r in mine)}, "
            f"none in {sum(r.found == 0 for r in mine)}\n"
        ),
        "| run | runs | called repeats |",
        "|---|---|---|",
    ]
    for kind in STEADY_KINDS:
        others = [r for r in rows if r.kind == kind]
        lines.append(f"| {kind} | {len(others)} | {sum(r.found > 0 for r in others)} |")
    ends = np.concatenate([r.ends for r in right])
    told = np.array([r.change for r in right if r.change is not None])
    error = told[:, 0] - told[:, 3]
    covered = (told[:, 1] <= told[:, 3]) & (told[:, 3] <= told[:, 2])
    lines += [
        "\nEnds of the repeats found, and the last against the first (pelvic drop, both sides)\n",
        "| | bias | SD | largest |",
        "|---|---|---|---|",
        *(
            f"| {name}, s | {e.mean():+.1f} | {e.std():.1f} | {np.abs(e).max():.1f} |"
            for name, e in zip(("start", "end"), ends.T, strict=True)
        ),
        (
            f"| last minus first, deg | {error.mean():+.2f} | {error.std():.2f} | "
            f"{np.abs(error).max():.2f} |"
        ),
        (
            f"\nThe interval held the true difference of these strides in {covered.sum()} of "
            f"{len(covered)} sessions.\n"
        ),
    ]
    return "\n".join(lines)


def noise_cell(task: tuple[str, int, int]) -> tuple[float, float, float]:
    """False alarms of last minus first and of the line; power of the first at 2 SD of a mean."""
    kind, count, runs = task
    rng = np.random.default_rng([SEED, *kind.encode(), count])
    at = np.arange(count) * (WORK + REST)
    drawn = noise(rng, kind, runs, count * WORK + (count - 1) * REST)
    means = np.stack([drawn[:, k : k + WORK].mean(axis=1) for k in at], axis=1)
    spans = np.column_stack([at, at + WORK]).astype(np.float64)
    rise = 2.0 * means.std() * np.arange(count) / (count - 1)
    critical = stats.t.ppf(0.975, count - 2)
    change, se = fitted(means, spans)
    alarms = (np.abs(change) > critical * se).mean(axis=0)
    change, se = fitted(means + rise, spans)
    power = (np.abs(change[:, 0]) > critical * se[:, 0]).mean()
    return float(alarms[0]), float(alarms[1]), float(power)


def noise_table(runs: int, workers: int) -> str:
    """False alarms over noise of known memory."""
    tasks = [(kind, count, runs) for count in COUNTS for kind in NOISES]
    with ProcessPoolExecutor(workers) as pool:
        found = dict(zip(tasks, pool.map(noise_cell, tasks), strict=True))
    lines = [
        (
            f"False alarms (nominal 0.05; coverage is one minus this), {runs} series a cell; "
            "power for a rise by 2 SD of a repeat's mean\n"
        ),
        f"| repeats | | {' | '.join(NOISES)} |",
        f"|---|---|{'---|' * len(NOISES)}",
    ]
    words = ("last − first", "line", "last − first: power")
    for count in COUNTS:
        for k, word in enumerate(words):
            cells = " | ".join(f"{found[kind, count, runs][k]:.3f}" for kind in NOISES)
            lines.append(f"| {count} | {word} | {cells} |")
    return "\n".join(lines) + "\n"


def table(cases: int, runs: int, workers: int) -> str:
    """Both tables."""
    return f"{found_table(measure(cases, workers))}\n{noise_table(runs, workers)}"
