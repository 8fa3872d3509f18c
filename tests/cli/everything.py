"""All that hipgait writes from the same input, into the current folder (see test_same_bytes)."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from hipgait.cli.main import run


def commands(runs: Path, tests: Path, recording: Path) -> Iterable[list[str]]:
    """The commands, in order; the first one that fails ends them."""
    eight = sorted(str(p) for p in runs.iterdir())
    yield ["analyze", str(recording), "--out", "run"]
    yield ["compare", "--before", *eight[:4], "--after", *eight[4:], "--out", "compare"]
    yield ["agree", eight[0], f"{eight[0]}/strides.csv", "--out", "agree"]
    yield ["control-test", *sorted(str(p) for p in tests.iterdir()), "--out", "control"]
    for day in ("2026-03-02", "2026-03-04"):
        what = ["clamshell", "--side", "both", "--sets", "3", "--reps", "12", "--rpe", "7"]
        yield ["journal", "add", *what, "--date", day, "--journal", "log"]
    yield ["journal", "report", *eight, "--date", "2026-03-09", "--journal", "log", "--out", "j"]
    yield ["export", eight[0], "--format", "fit", "--out", "run.fit"]
    for fmt in ("csv", "parquet"):
        yield ["export", "run", "--format", fmt, "--out", f"run.{fmt}"]
    for fmt in ("mot", "bids"):
        yield ["export", str(recording), "--format", fmt, "--out", f"as.{fmt}"]


if __name__ == "__main__":
    for words in commands(*map(Path, sys.argv[1:4])):
        if code := run(words):
            sys.exit(code)
