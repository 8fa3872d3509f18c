"""07 A thousand runs: analyse a folder, put it into a library, ask it in SQL.

    pip install "hipgait[batch]"
    python examples/07_a_thousand_runs.py --out many

Two short recordings are really analysed, in one batch. A thousand analyses would take an hour of
simulating, so the rest is cheap: the folder of the first one is written again, 1000 times, as the
runs of 25 made-up athletes, with other dates and other drops. For the library they are 1000 runs
like any others: each is read, checked and indexed.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import matplotlib
import numpy as np

import hipgait as hg
from hipgait.io.results import write_json, write_strides
from hipgait.simulate.athlete import AthleteSettings, athlete_runs

ATHLETES = 25
SQL = """
SELECT month, count(DISTINCT run) AS runs, count(*) AS stances,
       round(avg(pelvic_drop_excursion_deg), 2) AS drop_deg
FROM strides
WHERE valid AND gait = 'run'
GROUP BY month ORDER BY month
"""


def main(out: Path, runs: int = 1000) -> Path:
    """Batch, library, query. Returns the picture of this example."""
    recordings = record_two(out / "recordings")

    # on a command line: hipgait batch many/recordings/* --out many/analysed
    summary = hg.batch.run_batch(recordings, out / "analysed", workers=1)
    print(f"batch: {summary.count('done')} of {len(recordings)} analysed")

    first = next((out / "analysed").rglob("run.json")).parent
    multiply(hg.load(first), out / "multiplied", runs)
    # on a command line: hipgait library index many/multiplied --library many/library
    found = hg.library.index(out / "multiplied", library=out / "library")
    print(f"library: {found.new} runs taken in, {len(found.failed)} failed")

    try:
        months = hg.library.query(SQL, out / "library")
    except hg.HipgaitError as error:  # DuckDB is not installed: it says how to get it
        sys.exit(str(error))
    print(months.to_string(index=False))
    return draw(months, out / "months.png")


def record_two(folder: Path) -> list[Path]:
    """Two simulated runs of a minute, as session folders."""
    from hipgait.io.session import write_session

    two = athlete_runs(1, AthleteSettings(before=2, after=0, run_s=60.0))
    return [write_session(run.recording, folder / run.recording.name) for run in two]


def multiply(result: hg.RunResult, folder: Path, runs: int) -> None:
    """The files that the library reads, as of many different runs."""
    rng = np.random.default_rng(7)
    strides = result.strides.head(60)
    day = datetime(2025, 1, 6, 7, tzinfo=UTC)
    for i in range(runs):
        season = 0.5 * np.sin(2 * np.pi * i / runs)
        shift = season + rng.normal(0.0, 0.4)  # degrees, of this run
        document = deepcopy(result.run)
        document["name"] = f"run-{i:04d}"
        document["start_utc"] = (day + i * timedelta(hours=8)).isoformat()
        document["info"]["athlete"]["name"] = f"athlete {i % ATHLETES:02d}"
        # another recording: a run is known by the digests of its files
        document["inputs"] = [{"path": "pelvis.csv", "sha256": sha256(f"{i}".encode()).hexdigest()}]
        for side in document["summary"]["pelvic_drop_excursion"].values():
            side["mean"] += shift
        table = strides.assign(
            pelvic_drop_excursion_deg=strides["pelvic_drop_excursion_deg"] + shift
        )
        write_strides(folder / f"{i:04d}" / "strides.parquet", table)
        write_json(folder / f"{i:04d}" / "run.json", document)


def draw(months, path: Path) -> Path:
    """Mean drop a month over all athletes."""
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.4, 3.0), layout="constrained")
    axes.plot(months["month"], months["drop_deg"], "o-", color="#1A1A1A", linewidth=2)
    for x, y, n in zip(months["month"], months["drop_deg"], months["runs"], strict=True):
        axes.annotate(f"{n}", (x, y), (0, 8), textcoords="offset points", ha="center", fontsize=9)
    axes.set_title("Pelvic drop a month, all athletes (number of runs)", loc="left")
    axes.set_ylabel("degrees")
    axes.margins(y=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="x", rotation=35)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


if __name__ == "__main__":
    parser = ArgumentParser(description="A thousand runs.")
    parser.add_argument("--out", type=Path, default=Path("example-07"), help="folder to write into")
    parser.add_argument("--runs", type=int, default=1000, help="runs in the library")
    options = parser.parse_args()
    main(options.out, options.runs)
