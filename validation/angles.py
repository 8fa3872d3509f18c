"""Angles against known truth: by source of the alignment, with true contacts, and marker-driven.

``python -m validation.angles [sources contacts markers] [--cases 30] [--minutes 4]`` prints the
tables. Truth is looked at only after the estimation.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hipgait.kinematics.angles import SideEvents, estimate_angles, smooth, solve
from hipgait.kinematics.protocol import Protocol, find_protocol
from hipgait.kinematics.uncertainty import stated_errors
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.recording import RunInfo
from hipgait.settings import Settings
from hipgait.simulate.cases import DESIGN_POINT, case_motion
from hipgait.simulate.motion import Motion
from hipgait.simulate.sensors import SensorSettings, simulate_with_truth

Array = NDArray[np.float64]
SIDES = ("left", "right")
MIRROR = {"left": -1.0, "right": 1.0}
OUTCOMES = {
    "drop excursion per side": "pelvic_drop_excursion",
    "peak drop per side": "pelvic_drop_peak",
    "lean mean": "shank_lean_mean",
    "lean excursion": "shank_lean_excursion",
}
CONDITIONS: dict[str, dict[str, Any]] = {
    "standing": {},
    "bows and kicks": {"protocol": "movements"},
    "standing, posture as in people": {"posture": True},
    "bows and kicks, posture": {"protocol": "movements", "posture": True},
    "standing, soft tissue, posture": {"soft": True, "posture": True},
    "without standing, posture": {"protocol": "none", "posture": True},
    "100 Hz": {"rate": 100.0},
    "60 Hz": {"rate": 60.0},
    "speed unknown": {"speed": False},
}


MOTIONS = {
    "run200": "treadmill 2 m/s (markers)",
    "run400": "treadmill 4 m/s (markers)",
    "run0350cms": "overground 3.5 m/s (inverse kinematics)",
    "run0500cms": "overground 5.0 m/s (inverse kinematics)",
}


def true_contacts(motion: Motion) -> SideEvents:
    """Contacts of the motion itself."""
    steps = motion.plan.steps
    out = {}
    for side, mirror in MIRROR.items():
        k = (steps.sigma == mirror) & np.isfinite(steps.tc)
        k &= (steps.ic > 0.5) & (steps.tc < motion.duration_s - 0.5)
        out[side] = (steps.ic[k], steps.tc[k], steps.run[k])
    return out


def _yaw_deg(right: Array, mounting: Array) -> float:
    """Angle from the true right axis to ``right``, towards forward."""
    return float(np.degrees(np.arctan2(right @ mounting[:, 0], right @ mounting[:, 2])))


def read_off(grid: Array, curve: Array, ic: Array, tc: Array) -> dict[str, Array]:
    """Per stance: peak and excursion over 75 % of the stance, mean, and range, of a curve (deg)."""
    share = np.linspace(0.0, 1.0, 101)
    values = np.interp(ic[:, None] + (tc - ic)[:, None] * share, grid, curve)
    window = values[:, :76]
    peak = window.max(axis=1)
    return {
        "peak": peak,
        "excursion": peak - values[:, 0],
        "mean": values.mean(axis=1),
        "range": np.ptp(window, axis=1),
    }


def _curves(grid: Array, obliquity: Array, lean: dict[str, Array], events: SideEvents) -> dict:
    out = {}
    for side in SIDES:
        ic, tc, run = events[side]
        drop = read_off(grid, MIRROR[side] * obliquity, ic[run], tc[run])
        shank = read_off(grid, lean[side], ic[run], tc[run])
        out["drop excursion per side", side] = drop["excursion"]
        out["peak drop per side", side] = drop["peak"]
        out["lean mean", side] = shank["mean"]
        out["lean excursion", side] = shank["range"]
    return out


def run_case(job: tuple[int, str, float]) -> dict[str, Any]:
    """One case under one condition, with true contacts: errors of run means and of changes."""
    number, name, seconds = job
    c = CONDITIONS[name]
    motion = case_motion(number, c.get("protocol", "standing"), seconds, c.get("posture", False))
    recording, mounted = simulate_with_truth(
        motion,
        SensorSettings.consumer(soft_tissue=c.get("soft", False)),
        c.get("rate", 200.0),
        DESIGN_POINT,
        5000 + number,
        speed_known=c.get("speed", True),
    )
    streams = {p: uniform(s) for p, s in recording.streams.items()}
    events, settings = true_contacts(motion), Settings()
    protocol = Protocol() if c.get("protocol") == "none" else find_protocol(streams)
    angles = estimate_angles(streams, recording.info, events, protocol, settings)
    solved = solve(streams, recording.info, events, protocol, settings)
    row: dict[str, Any] = {"condition": name}
    sources = row["sources"] = []
    for placement, axes in solved.alignment.axes.items():
        error = _yaw_deg(axes.right, mounted[placement].mounting)
        kind = placement.split("_")[-1]
        # the axis with its outer end forward is positive on both sides, so that a mean error shows
        sign = -1.0 if placement.startswith("left") else 1.0
        sources.append((kind, "all", sign * error, np.degrees(axes.yaw_sd_rad)))
        for e in axes.evidence:
            off = (error + np.degrees(e.yaw_rad) + 180.0) % 360.0 - 180.0
            if e.axial:
                off = (off + 90.0) % 180.0 - 90.0
            sources.append((kind, e.source, sign * off, np.degrees(e.sd_rad)))
    grid = np.arange(0.0, motion.duration_s, 0.005)
    true_lean = {s: smooth(motion.angle(f"{s}_shank_lean", grid), 200.0) for s in SIDES}
    true = _curves(grid, smooth(motion.angle("pelvis_obliquity", grid), 200.0), true_lean, events)
    assert angles.pelvis is not None
    found = _curves(
        grid,
        _on(grid, angles.pelvis, angles.pelvis.obliquity),
        {s: _on(grid, angles.shank[s], angles.shank[s].lean) for s in SIDES},
        events,
    )
    sd = stated_errors(solved.alignment, settings)
    pooled, pooled_change = [], []
    for (outcome, side), values in found.items():
        error = values - true[outcome, side]
        error = error[np.isfinite(error)]  # stances in a long gap have no angle
        third = len(error) // 3
        change = error[-third:].mean() - error[:third].mean()
        row[outcome, side] = error.mean()
        row["change", outcome, side] = change
        row["z", outcome, side] = error.mean() / sd[f"{OUTCOMES[outcome]}.{side}"]
        if outcome.startswith("peak"):
            pooled.append(error.mean())
            pooled_change.append(change)
    row["pooled"], row["change", "pooled"] = np.mean(pooled), np.mean(pooled_change)
    row["z", "pooled"] = row["pooled"] / sd["pelvic_drop_peak.pooled"]
    return row


def _on(grid: Array, series: Any, values: Array) -> Array:
    times = series.t0 + np.arange(len(values)) / series.fs
    return np.interp(grid, times, smooth(np.degrees(values), series.fs))


def _rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def measure(cases: int, seconds: float, names: list[str], workers: int) -> list[dict[str, Any]]:
    """Every case under every condition."""
    jobs = [(i, name, seconds) for name in names for i in range(cases)]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(run_case, jobs))


def table_contacts(rows: list[dict[str, Any]]) -> str:
    """Errors with true contacts: RMSE over cases and sides, change, coverage of the interval."""
    labels = [*OUTCOMES, "pooled"]
    shown = [*OUTCOMES, "peak drop pooled"]
    lines = [
        "| true contacts | " + " | ".join(shown) + " |",
        "|---" * (len(labels) + 1) + "|",
    ]
    for name in dict.fromkeys(r["condition"] for r in rows):
        mine = [r for r in rows if r["condition"] == name]
        cells = []
        for label in labels:
            keys = ["pooled"] if label == "pooled" else [(label, s) for s in SIDES]
            error = [r[k] for r in mine for k in keys]
            parts = [k if isinstance(k, tuple) else (k,) for k in keys]
            change = [r["change", *k] for r in mine for k in parts]
            covered = np.mean([abs(r["z", *k]) < 1.96 for r in mine for k in parts])
            cells.append(f"{_rms(error):.2f}, change {_rms(change):.2f} ({100 * covered:.0f} %)")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def table_sources(rows: list[dict[str, Any]]) -> str:
    """Yaw error of every source of the alignment beside what is stated for it."""
    errors: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for r in rows:
        for kind, source, error, sd in r["sources"]:
            errors[kind, source].append((error, sd))
    lines = [
        "| segment | source | mean (outer end forward) | RMS | largest | stated SD | sensors |",
        "|---|---|---|---|---|---|---|",
    ]
    for (kind, source), values in sorted(errors.items()):
        a = np.array(values)
        lines.append(
            f"| {kind} | {source} | {a[:, 0].mean():+.1f} | {_rms(list(a[:, 0])):.1f} | "
            f"{np.abs(a[:, 0]).max():.1f} | {a[:, 1].mean():.1f} | {len(a)} |"
        )
    return "\n".join(lines) + "\n"


def table_markers() -> str:
    """Pelvic obliquity and shank lean against the motion that drives the signals (real data)."""
    from tests.conftest import real_data_root
    from tests.real import driven

    lines = [
        "| motion, RMSE of curve, deg | obliquity | without its mean | lean left | lean right |",
        "|---|---|---|---|---|",
    ]
    for name in driven.CASES:
        poses, events = driven.case(name, lambda folder: real_data_root() / folder, 195.0)
        figures = []
        for seed in range(3):
            streams, _ = driven.streams(poses, 195.0, seed=seed, acc_bias=0.1)
            figures.append(_marker_errors(poses, streams, events))
        m = np.sqrt(np.mean(np.square(figures), axis=0))
        cells = [f"{v:.2f}" for v in m]
        if name in driven.PLATES:  # marker clusters on a shank have no anatomical axes
            cells[2:] = ["-", "-"]
        lines.append(f"| {MOTIONS.get(name, name)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _marker_errors(
    poses: Any, streams: dict[str, UniformStream], events: SideEvents
) -> tuple[float, ...]:
    found = estimate_angles(streams, RunInfo(), events, find_protocol(streams))
    assert found.pelvis is not None
    time = np.arange(30.0, 185.0, 0.01)

    def error(series: Any, values: Array, placement: str, sign: float) -> Array:
        elevation = np.arcsin(sign * poses[placement](time)[1][:, 1, 2])
        return _on(time, series, values) - smooth(np.degrees(elevation), 100.0)

    pelvis = error(found.pelvis, found.pelvis.obliquity, "pelvis", 1.0)
    lean = [error(found.shank[s], found.shank[s].lean, f"{s}_shank", MIRROR[s]) for s in SIDES]
    rms = [float(np.sqrt(np.mean(e**2))) for e in (pelvis, *lean)]
    return (rms[0], float(pelvis.std()), *rms[1:])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=["sources", "contacts", "markers"])
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--conditions", nargs="*", help=f"of: {', '.join(CONDITIONS)}")
    o = parser.parse_args()
    if {"sources", "contacts"} & set(o.tables):
        names = o.conditions or list(CONDITIONS)
        rows = measure(o.cases, 60.0 * o.minutes, names, o.workers)
        if "contacts" in o.tables:
            print(table_contacts(rows))
        if "sources" in o.tables:
            print(table_sources([r for r in rows if r["condition"] == "bows and kicks"] or rows))
    if "markers" in o.tables:
        print(table_markers())


if __name__ == "__main__":
    main()
