"""Processor time of every stage of an analysis, beside what the machine itself needs.

The stages run one after the other on one thread, so that their times add up; processor time in
place of wall time, and offlineVQF on the same arrays by turns, so that other work on the machine
changes the ratios little.
"""

from __future__ import annotations

import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

NAMES = ("pelvis", "left_shank", "right_shank")
CALLS = {
    "_prepared": "uniform clock",
    "stream_quality": "quality of the streams",
    "refuse_copies": "quality of the streams",
    "refuse_wrong_pelvis": "quality of the streams",
    "one_clock": "are the clocks one",
    "find_protocol": "standing, bows, kicks",
    "find_stances": "contacts",
    "stance_times": "contacts",
    "flag_stances": "contacts",
    "estimate_angles": "orientation, alignment, angles",
    "build_table": "stride table and curves",
    "swing_axes": "did a sensor slip",
    "pelvis_axes": "did a sensor slip",
    "mark_slip": "did a sensor slip",
    "other_columns": "stride table and curves",
    "_findings": "findings (drift and the rest)",
}
"""What ``analyze`` calls -> stage."""
IMPORTS = "loading Python and the libraries"


def cpu(action: Callable[[], object]) -> float:
    """Processor seconds of this process, its threads included, in one call."""
    start = time.process_time()
    action()
    return time.process_time() - start


def child_cpu(code: str, python: str = sys.executable) -> float:
    """Processor seconds of a new interpreter that runs this code."""
    told = (
        "import resource,subprocess,sys;subprocess.run([sys.argv[1],'-c',sys.argv[2]],check=True);"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN);print(u.ru_utime+u.ru_stime)"
    )
    argv = [sys.executable, "-c", told, python, code]
    return float(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)


@contextmanager
def timed_calls(module: Any, rows: dict[str, float]) -> Iterator[None]:
    """Every function of ``CALLS`` adds the processor time of its thread to its stage."""
    kept = {name: getattr(module, name) for name in CALLS}

    def wrapped(name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            start = time.thread_time()
            try:
                return kept[name](*args, **options)
            finally:
                stage = CALLS[name]
                rows[stage] = rows.get(stage, 0.0) + time.thread_time() - start

        return call

    for name in kept:
        setattr(module, name, wrapped(name))
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(module, name, function)


def once(plain: Path, out: Path) -> dict[str, float]:
    """Stage -> processor seconds, from the files to the report."""
    from hipgait import api

    rows = {IMPORTS: child_cpu("import hipgait.api, hipgait.cli.main, pyarrow.parquet")}
    start = time.process_time()
    recording = api.read(plain)
    rows["reading CSV"] = time.process_time() - start
    start = time.process_time()
    with timed_calls(api, rows):
        result = api.analyze(recording)
    core = time.process_time() - start
    told = [s for s in rows if s in set(CALLS.values())]
    rows["between the stages"] = max(0.0, core - sum(rows[s] for s in told))
    rows["writing the tables"] = cpu(lambda: result.save(out, report=False))
    rows["report"] = child_cpu(
        f"from hipgait.results import load; load({str(out)!r}).to_html({str(out / 'r.html')!r})"
    ) - child_cpu(f"from hipgait.results import load; load({str(out)!r})")
    return rows


def machine(plain: Path, arrays: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """What others, and the machine, need for the same data."""
    from vqf import BasicVQF, offlineVQF

    files = [plain / f"{name}.csv" for name in NAMES]
    both = [x for pair in arrays.values() for x in pair]
    return {
        "offlineVQF, same arrays": cpu(
            lambda: [offlineVQF(g, a, None, 1 / 200.0) for a, g in arrays.values()]
        ),
        "strap-down alone (compiled, of VQF)": cpu(
            lambda: [
                BasicVQF(1 / 200.0).updateBatch(g, np.zeros_like(g)) for _, g in arrays.values()
            ]
        ),
        "pandas reading the same CSV": cpu(lambda: [pd.read_csv(file) for file in files]),
        "loading scipy.signal": child_cpu("import scipy.signal") - child_cpu("import numpy"),
        "SHA-256 of the files": cpu(lambda: [hashlib.sha256(f.read_bytes()) for f in files]),
        "reading the files' bytes": cpu(lambda: [f.read_bytes() for f in files]),
        "copying the arrays once": cpu(lambda: [x.copy() for x in both]),
    }


def measure(
    plain: Path, arrays: dict[str, tuple[np.ndarray, np.ndarray]], repeats: int
) -> dict[str, float]:
    """Print the table; returns seconds of offlineVQF, for other tables."""
    from hipgait.threads import use_threads

    use_threads(1)
    stages: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repeats):
            beside = machine(plain, arrays)
            rows = once(plain, Path(folder) / "out")
            whole = sum(rows.values())
            vqf = beside["offlineVQF, same arrays"]
            for name, seconds in {**rows, "all of it": whole, **beside}.items():
                stages.setdefault(name, []).append(seconds)
                ratios.setdefault(name, []).append(seconds / vqf)
    use_threads(2)
    middle = {name: statistics.median(values) for name, values in stages.items()}
    print("| stage | processor s | share | x offlineVQF |\n|---|---|---|---|")
    for name, seconds in middle.items():
        share = f"{100 * seconds / middle['all of it']:.0f} %" if name in rows else "-"
        print(f"| {name} | {seconds:.2f} | {share} | {statistics.median(ratios[name]):.2f} |")
    return middle
