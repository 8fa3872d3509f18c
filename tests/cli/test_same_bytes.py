"""The same input gives the same bytes, whatever the hash seed, the time zone and the language."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hipgait.resources import data_dir
from hipgait.simulate.control_cases import control_case
from tests.cli.test_comparing import save
from tests.cli.test_control import HEAD
from tests.report.fabricate import Story

ROOT = Path(__file__).parents[2]
PLACES = (
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland", "LC_ALL": "C"},
)


def _inputs(root: Path) -> list[Path]:
    """Eight analysed runs, two control tests, a recording."""
    story = Story(minutes=12.0, turns=0, rise_deg=0.5)
    for i in range(8):
        save(root / "runs" / f"r{i}", replace(story, seed=i), i + 1)
    for day in range(2):
        recording, _ = control_case(3, mount=day, hold_s=8.0)
        folder = root / "tests" / f"day{day}"
        folder.mkdir(parents=True)
        for placement, s in recording.streams.items():
            assert s.gyr is not None
            table = pd.DataFrame(np.column_stack([s.time_s, s.acc, np.degrees(s.gyr)]))
            table.to_csv(folder / f"{placement}.csv", index=False, header=HEAD)
    return [root / "runs", root / "tests", data_dir() / "walk-and-run"]


@pytest.mark.long
def test_every_output_has_the_same_bytes(tmp_path: Path) -> None:
    inputs = [str(path) for path in _inputs(tmp_path / "in")]
    written: list[dict[str, bytes]] = []
    for number, place in enumerate(PLACES):
        out = tmp_path / f"out{number}"
        out.mkdir()
        subprocess.run(
            [sys.executable, "-m", "tests.cli.everything", *inputs],
            cwd=out,
            env={**os.environ, **place, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            timeout=300,
        )
        files = sorted(p for p in out.rglob("*") if p.is_file())
        written.append({p.relative_to(out).as_posix(): p.read_bytes() for p in files})
    first, second = written
    assert len(first) > 25
    assert {"run/run.json", "run/report.html", "run.fit", "j/journal.html"} <= set(first)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
