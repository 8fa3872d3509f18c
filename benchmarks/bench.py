"""Speed and memory of one hour with three sensors at 200 Hz, as ratios measured in one run.

``make bench`` makes the hour with the simulator (kept in bench-out/), then times, several times in
turn, whole cold commands and the warm core, beside what the same machine needs for reading the same
files with pandas, for offlineVQF on the same arrays, and for strap-down integration alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
HIPGAIT = [sys.executable, "-m", "hipgait"]
NAMES = ("pelvis", "left_shank", "right_shank")


def make_hours(folder: Path, hours: float) -> tuple[Path, Path]:
    """Session folder and CSV folder of a simulated run, made once."""
    from hipgait.io.session import write_session
    from hipgait.simulate.body import RunnerSettings, standing_then_run
    from hipgait.simulate.runner import simulate_motion
    from hipgait.simulate.sensors import SensorSettings, simulate_recording

    session, plain = folder / f"session_{hours:g}h", folder / f"csv_{hours:g}h"
    if (plain / "right_shank.csv").exists():
        return session, plain
    settings = RunnerSettings(schedule=standing_then_run(hours * 3600.0 - 30.0))
    motion = simulate_motion(settings, seed=1)
    recording = simulate_recording(motion, SensorSettings.consumer(), rate_hz=200.0, seed=1)
    write_session(recording, session)
    plain.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        s = recording[name]
        assert s.gyr is not None
        frame = pd.DataFrame(
            np.column_stack([s.time_s, s.acc, np.degrees(s.gyr)]),
            columns=["time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"],
        )
        frame.to_csv(plain / f"{name}.csv", index=False, float_format="%.5f")
    return session, plain


def command(arguments: list[str]) -> tuple[float, float, float]:
    """Wall seconds, peak memory (MB) and processor seconds of a cold command."""
    code = (
        "import resource,subprocess,sys,time,json;t=time.perf_counter();"
        "r=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL);"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(json.dumps([time.perf_counter()-t,u.ru_maxrss/1024,u.ru_utime+u.ru_stime,"
        "r.returncode]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    wall, memory, cpu, status = json.loads(done.stdout)
    if status:
        raise SystemExit(f"{' '.join(arguments)} ended with {status}: {done.stderr}")
    return wall, memory, cpu


def timed(action: Callable[[], object]) -> tuple[float, None, float]:
    """Wall seconds of one call, and processor seconds."""
    start, cpu = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - start, None, time.process_time() - cpu


def offline_vqf(streams: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """The reference orientation filter on the same arrays."""
    from vqf import offlineVQF

    for acc, gyr in streams.values():
        offlineVQF(gyr, acc, None, 1 / 200.0)


def strapdown_only(streams: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Integration of the angular velocity and nothing else: the floor."""
    from vqf import BasicVQF

    for _, gyr in streams.values():
        BasicVQF(1 / 200.0).updateBatch(gyr, np.zeros_like(gyr))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out")
    parser.add_argument("--long", action="store_true", help="also 2 and 4 hours (memory and time)")
    parser.add_argument("--readers", action="store_true", help="only the native readers, 30 min")
    parser.add_argument("--record", action="store_true", help="only the cost of recording")
    parser.add_argument("--live", action="store_true", help="only the cost of following a run")
    parser.add_argument("--stages", action="store_true", help="only the stages, in processor time")
    parser.add_argument("--others", action="store_true", help="only contacts by other packages")
    parser.add_argument("--python", action="append", help="an environment with other packages")
    options = parser.parse_args()
    if options.live:
        from live import measure as measure_live

        measure_live()
        return
    if options.record:
        from recording import measure as measure_recording

        measure_recording()
        return
    if options.readers:
        from readers import measure

        measure(options.out / "readers", 30.0, min(options.repeats, 3))
        return
    session, plain = make_hours(options.out, 1.0)
    from hipgait.api import analyze, read

    recording = read(session)
    arrays = {
        p: (np.ascontiguousarray(s.acc), np.ascontiguousarray(s.gyr))
        for p, s in recording.streams.items()
    }
    out = options.out / "out"
    table = [*HIPGAIT, "analyze", "--no-report", "--out", str(out)]
    report = [*HIPGAIT, "analyze", "--out", str(out)]
    if options.others:
        from others import measure as measure_others

        measure_others(recording, options.python or [])
        return
    from stages import measure as measure_stages

    if options.stages:
        measure_stages(plain, arrays, options.repeats)
        return
    rows: dict[str, list[float]] = {}
    busy: dict[str, list[float]] = {}
    memory: dict[str, float] = {}

    def note(name: str, seconds: float, megabytes: float | None, cpu: float) -> None:
        rows.setdefault(name, []).append(seconds)
        busy.setdefault(name, []).append(cpu)
        if megabytes is not None:
            memory[name] = max(memory.get(name, 0.0), megabytes)

    analyze(recording)  # warm
    for _ in range(options.repeats):
        note("CSV to stride table, cold command", *command([*table, str(plain)]))
        note("Parquet to stride table, cold command", *command([*table, str(session)]))
        note("CSV to report, cold command", *command([*report, str(plain)]))
        note("hipgait --help", *command([*HIPGAIT, "--help"]))
        note("core: arrays to findings, warm", *timed(lambda: analyze(recording)))
        note(
            "pandas reading the same CSV",
            *timed(lambda: [pd.read_csv(plain / f"{n}.csv") for n in NAMES]),
        )
        note("offlineVQF, same arrays", *timed(lambda: offline_vqf(arrays)))
        note("strap-down alone, same arrays", *timed(lambda: strapdown_only(arrays)))
    print_rows(rows, busy, memory)
    print()
    measure_stages(plain, arrays, min(options.repeats, 3))
    if options.long:
        for hours in (2.0, 4.0):
            _, longer = make_hours(options.out, hours)
            wall, peak, _ = command([*table, str(longer)])
            print(f"{hours:g} h, CSV to stride table: {wall:.2f} s, {peak:.0f} MB")


def print_rows(
    rows: dict[str, list[float]], busy: dict[str, list[float]], memory: dict[str, float]
) -> None:
    """Median wall and processor seconds; ratios of the latter: they hold on a busy machine."""
    middle = {name: statistics.median(values) for name, values in busy.items()}
    bases = {
        "pandas": middle["pandas reading the same CSV"],
        "offlineVQF": middle["offlineVQF, same arrays"],
        "strap-down": middle["strap-down alone, same arrays"],
    }
    print("| what | wall s (range) | processor s | x pandas | x offlineVQF | x strap-down | MB |")
    print("|---|---|---|---|---|---|---|")
    for name, values in rows.items():
        ratios = " | ".join(f"{middle[name] / base:.2f}" for base in bases.values())
        peak = f"{memory[name]:.0f}" if name in memory else "-"
        span = f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
        print(f"| {name} | {span} | {middle[name]:.2f} | {ratios} | {peak} |")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of this process, arrays included: {own:.0f} MB")


if __name__ == "__main__":
    main()
