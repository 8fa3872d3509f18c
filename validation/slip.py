"""Sensors that slip in simulated runs: are claims withdrawn, and only then?

Every runner is simulated once and recorded with three mountings; every recording is analysed as it
is and with one sensor turned about a random axis, at once or over minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np

RUNNERS = 34
MOUNTINGS = 3
RUN_S = 330.0
"""of running: the shortest in which drift is tested"""
SIZES = (3.0, 5.0, 8.0, 12.0, 20.0, 30.0)
CREEP_S = 120.0
SENSORS = ("pelvis", "left_shank", "right_shank")


class Row(NamedTuple):
    """One analysed recording.

    kind : "none" | "sudden" | "creep".  size : of the slip, deg.  sensor : that slipped.
    withdrawn : all changes that rest on the sensor are; for "none": any change is.
    false : changes that are called drifted with the slip and not without.
    late_s : where it was found less where it was, NaN where it was not found.
    """

    kind: str
    size: float
    sensor: str
    withdrawn: bool
    false: int
    late_s: float


def _one(number: int) -> list[Row]:
    """All recordings of one runner."""
    from hipgait.api import analyze
    from hipgait.simulate.cases import case_motion
    from hipgait.simulate.sensors import SensorSettings, simulate_recording
    from hipgait.simulate.slip import SUDDEN_S, slip_recording
    from hipgait.stats.withdraw import SLIP_TOUCHES

    motion = case_motion(number, "standing", RUN_S)
    rng = np.random.default_rng([11, number])
    rows = []
    for i in range(MOUNTINGS):
        sensors = SensorSettings.consumer(soft_tissue=bool((number + i) % 2))
        recording = simulate_recording(motion, sensors, 100.0, seed=100 * number + i)
        plain = analyze(recording).drift
        verdicts = [entry["verdict"] for entry in plain.values()]
        rows.append(Row("none", 0.0, "", "withdrawn" in verdicts, 0, np.nan))
        for kind in ("sudden", "creep") if i == 0 else ("sudden",):
            sensor = SENSORS[(number + i) % 3]
            size = SIZES[(number // 3 + 2 * i + (kind == "creep")) % len(SIZES)]
            lasts = CREEP_S if kind == "creep" else SUDDEN_S
            at = (
                rng.uniform(0.35, 0.75 if kind == "sudden" else 0.55) * recording[sensor].time_s[-1]
            )
            turned = slip_recording(recording, sensor, rng.standard_normal(3), size, at, lasts)
            found = analyze(turned)
            touched = SLIP_TOUCHES["pelvis" if sensor == "pelvis" else "shank"]
            names = [n for n in found.drift if n.startswith(touched)]
            said = {n: found.drift[n]["verdict"] for n in names}
            false = [n for n in names if said[n] == "drifted" and plain[n]["verdict"] != "drifted"]
            slip = found.quality["slip"]
            late = slip["at_s"] - at if slip["placement"] == sensor else np.nan
            all_gone = set(said.values()) == {"withdrawn"}
            rows.append(Row(kind, size, sensor, all_gone, len(false), late))
    return rows


def table(workers: int, runners: int = RUNNERS) -> str:
    """What was withdrawn, by size and kind of slip."""
    with ProcessPoolExecutor(workers) as pool:
        return told([row for rows in pool.map(_one, range(runners)) for row in rows])


def told(rows: list[Row]) -> str:
    """The table of what ``_one`` found."""
    plain = [r for r in rows if r.kind == "none"]
    lines = [
        (
            f"{len(plain)} recordings of {RUN_S:g} s of running at 100 Hz without a slip: claims "
            f"withdrawn in {sum(r.withdrawn for r in plain)}"
        ),
        "",
        "| slip | runs | claims withdrawn | pelvis | shanks | false drift left | found after, s |",
        "|---|---|---|---|---|---|---|",
    ]

    def line(label: str, mine: Callable[[Row], bool]) -> None:
        some = [r for r in rows if mine(r)]
        if some:
            late = [r.late_s for r in some if np.isfinite(r.late_s)]
            lines.append(
                f"| {label} | {len(some)} | {_share(some)} | "
                f"{_share([r for r in some if r.sensor == 'pelvis'])} | "
                f"{_share([r for r in some if r.sensor != 'pelvis'])} | "
                f"{sum(r.false > 0 for r in some)} | "
                f"{np.median(late) if late else np.nan:.1f} |"
            )

    for size in SIZES:
        line(f"sudden, {size:g} deg", lambda r, s=size: r.kind == "sudden" and r.size == s)
    line("sudden, 8 deg and more", lambda r: r.kind == "sudden" and r.size >= 8.0)
    line("sudden, all", lambda r: r.kind == "sudden")
    for low, high in ((0.0, 8.0), (8.0, 90.0)):
        label = f"within {CREEP_S / 60:g} min, {'3 and 5' if low == 0.0 else '8 to 30'} deg"
        line(label, lambda r, a=low, b=high: r.kind == "creep" and a <= r.size < b)
    return "\n".join(lines) + "\n"


def _share(rows: list[Row]) -> str:
    return f"{sum(r.withdrawn for r in rows)} of {len(rows)}"
