"""Sensors with clocks of their own brought together by the gait: error against known clocks.

Simulated recordings whose sensors are given clocks of their own: each starts and ends at its own
time, shows up to 10 minutes too much or too little, and runs up to 100 ppm fast or slow. What the
simulated stamps are late by themselves belongs to the clock too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.settings import Settings
from hipgait.simulate.cases import PROTOCOLS, case_motion, validation_case
from hipgait.simulate.sensors import SensorSettings, simulate_with_truth
from hipgait.sync.match import ClockMatch
from hipgait.sync.refine import cut
from hipgait.sync.relate import relate

Streams = dict[str, UniformStream]
CASES = 50
FIRST = 1000
"""the runners from here on were not looked at when the method was set (0 to 49 were)"""
SETS: Mapping[str, tuple[str, ...]] = {
    "shank against the pelvis": ("pelvis", "left_shank", "right_shank"),
    "the same, accelerometers alone": ("pelvis", "left_shank", "right_shank"),
    "right shank against the left, no pelvis": ("left_shank", "right_shank"),
}
COLUMNS = (
    "sensors",
    "brought together",
    "off by a step",
    "median ms",
    "90 % ms",
    "worst ms",
    "within 10 ms",
    "within what is stated",
    "rate, SD ppm",
)
STRETCHES = ((0.0, 150.0), (100.0, 300.0), (0.0, 400.0), (480.0, 700.0), (820.0, 960.0))
"""parts of the outdoor run without a stop, s"""


@dataclass(frozen=True)
class Clock:
    """What a sensor's clock shows at true time t: ``t (1 + ppm / 1e6) + offset_s``."""

    offset_s: float
    ppm: float

    def shows(self, true_s: np.ndarray) -> np.ndarray:
        """Stamps of true times, s."""
        return np.asarray(true_s * (1 + 1e-6 * self.ppm) + self.offset_s)


def unclocked(streams: Streams, rng: np.random.Generator) -> tuple[Streams, dict[str, Clock]]:
    """Every stream with its own start, end, offset and rate."""
    out: Streams = {}
    clocks: dict[str, Clock] = {}
    for placement, stream in streams.items():
        start = stream.t0 + rng.uniform(0, 40)
        stop = stream.t0 + stream.n / stream.fs - rng.uniform(0, 40)
        part = cut(stream, start, stop)
        assert part is not None
        clock = Clock(rng.uniform(-600, 600), rng.uniform(-100, 100))
        rate = 1 + 1e-6 * clock.ppm
        out[placement] = replace(
            part, t0=float(clock.shows(np.float64(part.t0))), fs=part.fs / rate
        )
        clocks[placement] = clock
    return out, clocks


def error_s(match: ClockMatch, clocks: Mapping[str, Clock], true_s: np.ndarray) -> float:
    """The largest error within the times, s, with its sign."""
    own, reference = clocks[match.placement], clocks[match.reference]
    off = match.on_reference(own.shows(true_s)) - reference.shows(true_s)
    return float(off[np.abs(off).argmax()])


def one_case(number: int, seconds: float) -> dict[str, list[tuple[bool, float, float]]]:
    """(clear, error s, error of the rate ppm) of every sensor, by row of the table."""
    recording, sensors = simulate_with_truth(
        case_motion(number, PROTOCOLS[number % 3], seconds),
        SensorSettings.consumer(soft_tissue=True),
        rate_hz=(100.0, 200.0)[number % 2],
        seed=5000 + number,
    )
    rng = np.random.default_rng([77, number])
    streams, shown = unclocked({p: uniform(s) for p, s in recording.streams.items()}, rng)
    clocks = {p: replace(c, offset_s=c.offset_s + sensors[p].offset_s) for p, c in shown.items()}
    inside = np.linspace(40.0, seconds - 20.0, 5)
    s = Settings()
    out: dict[str, list[tuple[bool, float, float]]] = {}
    for name, placements in SETS.items():
        used = {p: streams[p] for p in placements}
        if "accelerometers" in name:
            used = {p: replace(stream, gyr=None) for p, stream in used.items()}
        found = relate(used, s.sync, s.events, placements)
        rows = []
        for p in placements[1:]:
            m = found.get(p)
            if m is None:
                rows.append((False, np.nan, np.nan))
                continue
            rate = clocks[placements[0]].ppm - clocks[p].ppm
            rows.append((m.clear, error_s(m, clocks, inside), m.ppm - rate))
        out[name] = rows
    other, _ = validation_case(
        number + 1, rate_hz=100.0, duration_s=seconds, placements=("left_shank",)
    )
    mixed = {"pelvis": streams["pelvis"], "left_shank": uniform(other["left_shank"])}
    match = relate(mixed, s.sync, s.events, ("left_shank",)).get("left_shank")
    out["foreign"] = [(match is not None and match.clear, np.nan, np.nan)]
    return out


def table(cases: int, seconds: float, workers: int) -> str:
    """The errors as a table, and how often another runner's sensor was believed."""
    work = partial(one_case, seconds=seconds)
    numbers = range(FIRST, FIRST + cases)
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            found = list(pool.map(work, numbers))
    else:
        found = [work(number) for number in numbers]
    lines = [
        f"{cases} runners of {seconds / 60:.0f} min",
        "",
        f"| | {' | '.join(COLUMNS)} |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    for name in SETS:
        rows = [row for case in found for row in case[name]]
        lines.append(_row(name, rows))
    believed = sum(case["foreign"][0][0] for case in found)
    lines += ["", f"A shank sensor of another runner was believed in {believed} of {cases} cases."]
    return "\n".join(lines) + "\n"


def _row(name: str, rows: Sequence[tuple[bool, float, float]]) -> str:
    clear = np.array([row[0] for row in rows])
    error = 1e3 * np.abs(np.array([row[1] for row in rows]))[clear]
    rate = np.array([row[2] for row in rows])[clear]
    if not len(error):
        return f"| {name} | {len(rows)} | 0 |" + " - |" * (len(COLUMNS) - 2)
    stated = 1e3 * Settings().sync.stated_error_s
    return (
        f"| {name} | {len(rows)} | {clear.sum()} | {(error > 100).sum()} | {np.median(error):.1f} "
        f"| {np.percentile(error, 90):.1f} | {error.max():.1f} | {(error <= 10).sum()} "
        f"| {(error <= stated).sum()} | {np.std(rate):.0f} |"
    )


def outdoor_table() -> str:
    """Offsets of the ankle against the hip in one outdoor run, stretch by stretch."""
    from validation import events

    s = Settings()
    hip, ankle = events.outdoor("hip"), events.outdoor("ankle")
    lines = [
        "| stretch of the run, s | offset ms | windows, SD ms | strides | evidence, nats | clear |",
        "|---" * 6 + "|",
    ]
    for start, stop in (*STRETCHES, (0.0, 1500.0)):
        parts = {"pelvis": cut(hip, start, stop), "left_shank": cut(ankle, start, stop)}
        whole = {p: part for p, part in parts.items() if part is not None}
        m = relate(whole, s.sync, s.events, ("left_shank",)).get("left_shank")
        if m is None:
            lines.append(f"| {start:.0f}-{stop:.0f} | - | - | - | - | no |")
            continue
        offset = f"{1e3 * m.offset_s:+.0f}" if m.clear else "-"
        lines.append(
            f"| {start:.0f}-{stop:.0f} | {offset} | {m.residual_ms:.1f} | {m.strides} "
            f"| {m.evidence:.0f} | {'yes' if m.clear else 'no'} |"
        )
    return "\n".join(lines) + "\n"
