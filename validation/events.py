"""Stride events against force plates, on real runs without truth, and on simulated runners.

``python -m validation.events [force sacrum runs ximu3 simulated] [--cases 30] [--minutes 10]``
prints the event tables of docs/validation.md. Real data are looked for in HIPGAIT_DATA
(default ../shared/data).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.names import G_MPS2
from hipgait.recording import SensorStream
from hipgait.strides.events import find_stances
from hipgait.strides.filters import sample_at
from hipgait.strides.sequence import Stances

Array = NDArray[np.float64]

TRIALS = (
    (1, "running", "woman"),
    (2, "running", "woman"),
    (7, "running", "man"),
    (8, "running", "man"),
    (3, "walking", "woman"),
    (5, "walking", "man"),
)
"""Number, gait and person of the shank trials with force plate."""
MATCH_S = 0.060
"""events further apart than this do not belong together, s"""
EDGE_S = 0.25
"""events this close to the ends of a file do not count as missed or invented, s"""


def data_root() -> Path:
    """Folder of the recorded data."""
    here = Path(__file__).resolve().parents[1]
    return (here / os.environ.get("HIPGAIT_DATA", "../shared/data")).resolve()


def stream_of(placement: str, acc_g: Array, fs: float) -> UniformStream:
    """(n, 3) specific force in g as a stream."""
    no = np.zeros(len(acc_g), dtype=bool)
    return UniformStream(placement, 0.0, fs, acc_g * G_MPS2, None, no, no, no)


# --------------------------------------------------------------------------- force plates


def plate_contacts(force: Array, fs: float, threshold: float, shortest_s: float) -> Array:
    """(k, 2) start and end of contacts, s: linear crossings of a threshold."""
    on = np.diff((force >= threshold).astype(int))
    up, down = np.flatnonzero(on == 1), np.flatnonzero(on == -1)
    out = []
    for i in up:
        after = down[down > i]
        if len(after) and (after[0] - i) / fs >= shortest_s:
            j = after[0]
            start = i + (threshold - force[i]) / (force[i + 1] - force[i])
            end = j + (force[j] - threshold) / (force[j] - force[j + 1])
            out.append((start / fs, end / fs))
    return np.array(out).reshape(-1, 2)


@dataclass(frozen=True)
class Trial:
    """Errors of one trial, ms. missed, invented : of initial contacts away from the file's ends."""

    name: str
    person: str
    gait: str
    n: int
    ic_ms: Array
    tc_ms: Array
    contact_ms: Array
    missed: int
    invented: int
    run_share: float


def compare(
    got: Stances, truth: Array, end_s: float, edge_s: float = EDGE_S
) -> tuple[Array, Array, Array, int, int]:
    """Errors of matched contacts (ms), and the numbers of missed and invented ones."""

    def pairs(found: Array, true: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        gap = np.abs(found[:, None] - true[None])
        i, j = np.where(gap == np.minimum(gap.min(axis=0)[None], gap.min(axis=1)[:, None]))
        good = gap[i, j] <= MATCH_S
        return i[good], j[good]

    i, j = pairs(got.ic_s, truth[:, 0])
    ic = got.ic_s[i] - truth[j, 0]
    known = np.where(np.isfinite(got.tc_s), got.tc_s, 1e9)
    a, b = pairs(known, truth[:, 1])
    contact = (got.tc_s[i] - got.ic_s[i]) - (truth[j, 1] - truth[j, 0])
    inner = (truth[:, 0] > edge_s) & (truth[:, 0] < end_s - edge_s)
    missed = int((inner & ~np.isin(np.arange(len(truth)), j)).sum())
    loaded = (got.ic_s[:, None] + 0.12 > truth[:, 0]) & (got.ic_s[:, None] + 0.12 < truth[:, 1])
    away = (got.ic_s > edge_s) & (got.ic_s < end_s - edge_s - 0.2) & ~loaded.any(axis=1)
    invented = int((away & ~np.isin(np.arange(len(got.ic_s)), i)).sum())
    contact = contact[np.isfinite(contact)]
    return 1e3 * ic, 1e3 * (got.tc_s[a] - truth[b, 1]), 1e3 * contact, missed, invented


def shank_trial(
    number: int, gait: str, person: str, change: Callable[[Array], Array] | None = None
) -> Trial:
    """One trial of the shank accelerometer against the force plate (50 N)."""
    path = data_root() / "shank-acc-grf" / f"trial{number:02d}_{gait}.csv.gz"
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    fs = 1.0 / float(np.median(np.diff(table[:, 0])))
    force = -table[:, 4]
    force = force - np.median(force[force < np.percentile(force, 35)])
    truth = plate_contacts(force, fs, 50.0, 0.1)
    acc = table[:, 1:4] if change is None else change(table[:, 1:4])
    got = find_stances({"left_shank": stream_of("left_shank", acc, fs)})
    ic, tc, contact, missed, invented = compare(got, truth, len(force) / fs)
    run = float(got.run.mean()) if len(got.run) else np.nan
    name = f"trial {number}"
    return Trial(name, person, gait, len(truth), ic, tc, contact, missed, invented, run)


def leave_one_out(trials: Sequence[Trial], event: str) -> list[Array]:
    """Errors after subtracting the mean error of the other people (ms), one array a trial."""
    people = sorted({t.person for t in trials})
    mean = {
        p: float(np.mean([getattr(t, event).mean() for t in trials if t.person == p]))
        for p in people
    }
    return [
        getattr(t, event) - np.mean([m for p, m in mean.items() if p != t.person]) for t in trials
    ]


def force_table() -> None:
    """Shank accelerometer alone against the force plate."""
    trials = [shank_trial(*t) for t in TRIALS]
    print("\nShank accelerometer alone against a force plate (50 N), shipped constants")
    print("| trial | person | gait | contacts | missed | invented | IC ms | TC ms | contact ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for t in trials:
        cells = " | ".join(
            f"{e.mean():+.1f} +- {e.std():.1f}" for e in (t.ic_ms, t.tc_ms, t.contact_ms)
        )
        print(f"| {t.name} | {t.person} | {t.gait} | {t.n} | {t.missed} | {t.invented} | {cells} |")
    print("\nNo constant fitted on the person tested (mean error of the other person removed)")
    print("| gait | event | MAE ms | SD ms | worst trial MAE ms | largest ms | MAE shipped ms |")
    print("|---|---|---|---|---|---|---|")
    for gait in ("running", "walking"):
        chosen = [t for t in trials if t.gait == gait]
        for event, label in (("ic_ms", "IC"), ("tc_ms", "TC"), ("contact_ms", "contact")):
            errors = leave_one_out(chosen, event)
            pooled = np.concatenate(errors)
            shipped = np.concatenate([getattr(t, event) for t in chosen])
            worst = max(np.abs(e).mean() for e in errors)
            print(
                f"| {gait} | {label} | {np.abs(pooled).mean():.1f} | {pooled.std():.1f} | "
                f"{worst:.1f} | {np.abs(pooled).max():.0f} | {np.abs(shipped).mean():.1f} |"
            )


def sacrum_trials(step: int = 1) -> list[Trial]:
    """Sacral accelerometer (two axes) against ground reaction force, one runner."""
    folder = data_root() / "sacrum-acc-grf"
    acc = np.loadtxt(folder / "Accelerometer_first16.csv.gz", delimiter=",")
    force = np.loadtxt(folder / "GRF_first16.csv.gz", delimiter=",")
    n = force.shape[1]
    out = []
    for k, (row, grf) in enumerate(zip(acc, force, strict=True)):
        truth = plate_contacts(grf, 500.0, 0.065, 0.1)
        signal = np.column_stack([row[n:], row[:n], np.zeros(n)])[::step]
        got = find_stances({"pelvis": stream_of("pelvis", signal, 500.0 / step)})
        ic, tc, contact, missed, invented = compare(got, truth, n / 500.0, 0.35)
        run = float(got.run.mean())
        out.append(
            Trial(f"{k + 1}", "one", "running", len(truth), ic, tc, contact, missed, invented, run)
        )
    return out


def sacrum_table() -> None:
    """Pelvis alone against ground reaction force."""
    print("\nSacral accelerometer alone, one runner, 16 trials (2.5-4.2 m/s, slopes +-10 deg)")
    print("| rate Hz | contacts | missed | invented | IC bias, SD ms | TC bias, SD ms |")
    print("|---|---|---|---|---|---|")
    for step in (1, 5):
        trials = sacrum_trials(step)
        ic, tc = (np.concatenate([getattr(t, e) for t in trials]) for e in ("ic_ms", "tc_ms"))
        count = [sum(getattr(t, f) for t in trials) for f in ("n", "missed", "invented")]
        print(
            f"| {500 // step} | {count[0]} | {count[1]} | {count[2]} | "
            f"{ic.mean():+.1f}, {ic.std():.1f} | {tc.mean():+.1f}, {tc.std():.1f} |"
        )


# --------------------------------------------------------------------------- runs without truth


def outdoor(place: str) -> UniformStream:
    """25 min of running: place is "hip" or "ankle"."""
    path = data_root() / "outdoor-run-hip-ankle" / f"acc_running_left_{place}.csv.gz"
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return stream_of("pelvis" if place == "hip" else "left_shank", table[:, 1:4], 100.0)


def treadmill(person: str, place: str) -> UniformStream:
    """Walking, stairs and jogging: place is "waist" or "ankle"."""
    path = data_root() / "treadmill-waist-ankle" / f"{person}{place}.csv.gz"
    table = pd.read_csv(path, skiprows=10).iloc[:, 1:4].to_numpy(dtype=np.float64)
    return stream_of("pelvis" if place == "waist" else "left_shank", table, 100.0)


JOGS: Mapping[str, tuple[float, float]] = {"002": (517.0, 572.0), "033": (561.0, 620.0)}


def cadence_spm(got: Stances, lo_s: float, hi_s: float) -> float:
    """Median cadence from the left strides between two times."""
    ic = got.ic_s[got.left]
    stride = np.diff(ic)
    inside = (ic[:-1] > lo_s) & (ic[1:] < hi_s) & (stride < 1.6)
    return float(120.0 / np.median(stride[inside]))


def runs_table() -> None:
    """Cadence, gait and plausibility of real recordings without event truth."""
    print("\nReal recordings without event truth, accelerometer alone")
    print("| recording | stances | running share | cadence spm | run contact s | walk contact s |")
    print("|---|---|---|---|---|---|")

    def line(name: str, got: Stances, lo: float, hi: float) -> None:
        inside = (got.ic_s > lo) & (got.ic_s < hi)
        contact = got.tc_s - got.ic_s
        run = contact[inside & got.run & np.isfinite(contact)]
        walk = contact[inside & ~got.run & np.isfinite(contact)]
        middle = [f"{np.median(c):.3f}" if len(c) else "-" for c in (run, walk)]
        print(
            f"| {name} | {inside.sum()} | {got.run[inside].mean():.3f} | "
            f"{cadence_spm(got, lo, hi):.1f} | {middle[0]} | {middle[1]} |"
        )

    for place in ("hip", "ankle"):
        s = outdoor(place)
        got = find_stances({s.placement: s})
        line(f"outdoor run, {place}, 0-10 min", got, 0.0, 600.0)
        line(f"outdoor run, {place}, 10-25 min", got, 600.0, 1500.0)
    for person, (lo, hi) in JOGS.items():
        for place in ("waist", "ankle"):
            s = treadmill(person, place)
            got = find_stances({s.placement: s})
            line(f"{person} {place}, jog", got, lo + 3, hi - 3)
            line(f"{person} {place}, before the jog", got, 0.0, lo - 5)


def stride_mean(
    strides: int, fs: float = 200.0, seed: int = 0, jitter: float = 0.02
) -> dict[str, UniformStream]:
    """The mean stride of a real runner (pelvis and shanks, six axes), repeated with jitter."""
    table = pd.read_csv(data_root() / "running-stride-mean-imu" / "P01_normrunning.csv")
    period = float(table["dur|dur|s"].iloc[0])
    rng = np.random.default_rng(seed)
    edge = 5.0 + np.concatenate([[0.0], np.cumsum(period * rng.normal(1, jitter, strides))])
    time = np.arange(0.0, edge[-1] + 5.0, 1.0 / fs)
    phase = np.interp(time, edge, np.arange(strides + 1.0)) % 1.0
    moving = ((time >= edge[0]) & (time < edge[-1]))[:, None]
    streams = {}
    for placement, name in (
        ("pelvis", "pelvis"),
        ("left_shank", "tibia_l"),
        ("right_shank", "tibia_r"),
    ):
        parts = []
        for kind, unit in (("acc", "m/s^2"), ("gyro", "rad/s")):
            mean = table[[f"{kind}|{name}_{a}|{unit}" for a in "xyz"]].to_numpy(dtype=np.float64)
            closed = np.vstack([mean, mean[:1]])
            parts.append(
                np.column_stack([np.interp(phase * 100, np.arange(101.0), c) for c in closed.T])
            )
        acc = np.where(moving, parts[0], [0.0, G_MPS2, 0.0]) + rng.normal(0, 0.3, (len(time), 3))
        gyr = np.where(moving, parts[1], 0.0) + rng.normal(0, 0.05, (len(time), 3))
        no = np.zeros(len(time), dtype=bool)
        streams[placement] = UniformStream(placement, 0.0, fs, acc, gyr, no, no, no)
    return streams


# --------------------------------------------------------------------------- simulated runners


@dataclass(frozen=True)
class Score:
    """Figures of one simulated case; errors in ms over all matched stances."""

    case: int
    sensors: str
    stances: int
    recall: float
    precision: float
    ic_bias_ms: float
    ic_sd_ms: float
    tc_bias_ms: float
    tc_sd_ms: float
    side: float
    gait: float
    swapped: bool


def score(case: int, sensors: str, got: Stances, truth: pd.DataFrame) -> Score:
    """Compare with the truth, within 50 ms."""
    ic = truth["ic_s"].to_numpy(dtype=np.float64)
    if len(got.ic_s) == 0:
        return Score(case, sensors, len(ic), 0.0, 0.0, *[np.nan] * 6, False)
    near = np.searchsorted(0.5 * (ic[1:] + ic[:-1]), got.ic_s)
    error = got.ic_s - ic[near]
    hit = np.abs(error) < 0.05
    true_tc = truth["tc_s"].to_numpy(dtype=np.float64)
    late = (got.tc_s - true_tc[near])[hit]
    late = late[np.isfinite(late)]
    matched = len(np.unique(near[hit]))
    left = (truth["side"] == "left").to_numpy()[near[hit]]
    run = (truth["gait"] == "run").to_numpy()[near[hit]]
    return Score(
        case,
        sensors,
        len(ic),
        matched / len(ic),
        matched / len(got.ic_s),
        float(1e3 * error[hit].mean()) if hit.any() else np.nan,
        float(1e3 * error[hit].std()) if hit.any() else np.nan,
        float(1e3 * late.mean()) if len(late) else np.nan,
        float(1e3 * late.std()) if len(late) else np.nan,
        float((got.left[hit] == left).mean()) if hit.any() else np.nan,
        float((got.run[hit] == run).mean()) if hit.any() else np.nan,
        got.swapped,
    )


def _bare(streams: Mapping[str, UniformStream]) -> dict[str, UniformStream]:
    return {k: replace(v, gyr=None) for k, v in streams.items()}


def sensor_sets(streams: Mapping[str, UniformStream]) -> dict[str, dict[str, UniformStream]]:
    """The sets of sensors that are tried on each case."""
    shanks = {k: v for k, v in streams.items() if k.endswith("_shank")}
    hip = {"pelvis": streams["pelvis"]}
    exchanged = {
        f"{a}_shank": replace(streams[f"{b}_shank"], placement=f"{a}_shank")
        for a, b in (("left", "right"), ("right", "left"))
    }
    return {
        "pelvis and shanks": dict(streams),
        "shanks": shanks,
        "shanks, accelerometer": _bare(shanks),
        "pelvis": hip,
        "pelvis, accelerometer": _bare(hip),
        "pelvis and left shank": {k: v for k, v in streams.items() if k != "right_shank"},
        "shanks exchanged": {**hip, **exchanged},
    }


def simulated_case(case: int, rate_hz: float, minutes: float, soft_tissue: bool) -> list[Score]:
    """All sensor sets on one case."""
    from hipgait.simulate.cases import validation_case

    recording, truth = validation_case(
        case, soft_tissue=soft_tissue, rate_hz=rate_hz, duration_s=60.0 * minutes
    )
    streams = {name: uniform(stream) for name, stream in recording.streams.items()}
    return [
        score(case, name, find_stances(chosen), truth)
        for name, chosen in sensor_sets(streams).items()
    ]


def simulated_table(
    cases: Sequence[int], minutes: float, rates: Sequence[float], soft_tissue: bool, jobs: int
) -> None:
    """Medians and worst cases over the simulated runners."""
    print(f"\nSimulated runners, {len(cases)} cases of {minutes:g} min", end="")
    print(", with soft tissue" if soft_tissue else ", without soft tissue")
    print(
        "| rate Hz | sensors | recall | precision | worst case recall | IC bias median (worst) ms "
        "| IC SD | TC bias | TC SD | sides right | gait right | exchange noticed |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for rate in rates:
        work = partial(simulated_case, rate_hz=rate, minutes=minutes, soft_tissue=soft_tissue)
        with ProcessPoolExecutor(jobs) as pool:
            rows = pd.DataFrame([s for part in pool.map(work, cases) for s in part])
        for name, part in rows.groupby("sensors", sort=False):
            weight = part["stances"] / part["stances"].sum()

            def pair(column: str, part: pd.DataFrame = part) -> str:
                worst = part[column].iloc[int(part[column].abs().to_numpy().argmax())]
                return f"{part[column].median():+.1f} ({worst:+.1f})"

            print(
                f"| {rate:g} | {name} | {(weight * part['recall']).sum():.4f} | "
                f"{(weight * part['precision']).sum():.4f} | {part['recall'].min():.4f} | "
                f"{pair('ic_bias_ms')} | {pair('ic_sd_ms')} | {pair('tc_bias_ms')} | "
                f"{pair('tc_sd_ms')} | {(weight * part['side']).sum():.4f} | "
                f"{(weight * part['gait']).sum():.4f} | {part['swapped'].sum()} of {len(part)} |"
            )


def x_imu3() -> Stances:
    """Two short walks with real sensors on pelvis and shanks (no truth)."""
    folders = {"pelvis": "pelvis", "left_shank": "Left Lower Leg", "right_shank": "Right Lower Leg"}
    streams = {}
    for placement, start in folders.items():
        path = next((data_root() / "lower-body-ximu3").glob(f"{start}*/Inertial.csv"))
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        streams[placement] = uniform(
            SensorStream(
                placement, table[:, 0] * 1e-6, table[:, 4:7] * G_MPS2, np.radians(table[:, 1:4])
            )
        )
    return find_stances(streams)


def x_imu3_table() -> None:
    """Steps found in the recording of stepping."""
    got = x_imu3()
    print("\nStepping with seven sensors (no truth): stances found")
    for row in zip(got.left, got.ic_s, got.tc_s, got.bout, strict=True):
        print("left " if row[0] else "right", f"{row[1]:.2f} {row[2]:.2f} bout {row[3]}")


def resampled(acc: Array, fs: float, new_fs: float) -> Array:
    """(n, 3) signal at another rate, for tests of the rate."""
    where = np.arange(int(len(acc) * new_fs / fs)) / new_fs * fs
    return np.column_stack([sample_at(np.ascontiguousarray(c), where) for c in acc.T])


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    tables = ("force", "sacrum", "runs", "ximu3", "simulated")
    parser.add_argument("tables", nargs="*", default=list(tables), metavar="|".join(tables))
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rates", type=float, nargs="+", default=[200.0, 100.0, 60.0])
    parser.add_argument("--soft-tissue", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    simple = {"force": force_table, "sacrum": sacrum_table, "runs": runs_table}
    for name in options.tables:
        if name in simple:
            simple[name]()
        elif name == "ximu3":
            x_imu3_table()
        elif name == "simulated":
            simulated_table(
                range(options.cases),
                options.minutes,
                options.rates,
                options.soft_tissue,
                options.jobs,
            )


if __name__ == "__main__":
    main()
