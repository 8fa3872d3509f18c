"""The shipped recordings in data/: ``python -m hipgait.simulate.dataset data`` makes them again.

Two runs with known truth, small enough to ship:

- ``tired-runner``: a session folder, 100 Hz, the recording protocol and five minutes of running in
  which the left side tires; soft tissue under the sensors;
- ``walk-and-run``: plain CSV, gzipped, 60 Hz, walking and running in turn.

Each holds ``truth.csv``, one row a stance with the stride table's names.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hipgait.names import G_MPS2
from hipgait.recording import Recording, SensorStream
from hipgait.simulate.body import (
    Fatigue,
    RunnerSettings,
    Segment,
    SideSettings,
    protocol_then_run,
)
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, simulate_recording

if TYPE_CHECKING:
    import pandas as pd

RATE_HZ: Final = 100.0
CSV_RATE_HZ: Final = 60.0
TIME_DECIMALS: Final = 5
COLUMNS: Final = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
UNITS: Final = ("mps2", "mps2", "mps2", "deg_s", "deg_s", "deg_s")

TIRED: Final = RunnerSettings(
    height_m=1.71,
    mass_kg=62.0,
    speed_mps=3.2,
    cadence_spm=172.0,
    left=SideSettings(drop_excursion_deg=3.8, lean_ic_deg=-5.5, standing_lean_deg=1.0),
    right=SideSettings(drop_excursion_deg=3.4, lean_ic_deg=-6.5, impact_g=9.0),
    standing_roll_deg=0.6,
    fatigue=Fatigue(
        drop_excursion_deg=(2.0, 0.4),
        lean_deg=(1.2, 0.2),
        cadence_spm=-4.0,
        contact_ms=10.0,
    ),
    schedule=protocol_then_run(300.0, 12.0),
)
MIXED: Final = RunnerSettings(
    height_m=1.80,
    speed_mps=2.9,
    cadence_spm=164.0,
    strike="mid",
    landing_hardness=0.5,
    schedule=(
        Segment("stand", 10.0),
        Segment("walk", 25.0),
        Segment("run", 40.0),
        Segment("walk", 20.0),
        Segment("run", 25.0),
        Segment("stand", 6.0),
    ),
)


def tired_runner() -> tuple[Recording, pd.DataFrame]:
    """Recording and truth of ``tired-runner``."""
    motion = simulate_motion(TIRED, seed=11)
    sensors = SensorSettings.consumer(soft_tissue=True)
    recording = simulate_recording(motion, sensors, RATE_HZ, seed=11)
    return replace(recording, name="tired-runner"), motion.truth()


def walk_and_run() -> tuple[Recording, pd.DataFrame]:
    """Recording and truth of ``walk-and-run``."""
    motion = simulate_motion(MIXED, seed=12)
    recording = simulate_recording(motion, SensorSettings.consumer(), CSV_RATE_HZ, seed=12)
    return replace(recording, name="walk-and-run"), motion.truth()


def _table(stream: SensorStream) -> np.ndarray:
    assert stream.gyr is not None
    time = np.round(stream.time_s, TIME_DECIMALS)
    return np.column_stack([time, stream.acc, np.degrees(stream.gyr)])


def _write_session(recording: Recording, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [f"{c}_{u}" for c, u in zip(COLUMNS, UNITS, strict=True)]
    streams: dict[str, dict[str, object]] = {}
    for placement, stream in recording.streams.items():
        values = _table(stream)
        # what a converter gives: a whole number of steps, so few different values
        values[:, 1:] = np.round(values[:, 1:], 5)
        table = pa.table({n: pa.array(values[:, k]) for k, n in enumerate(["time_s", *names])})
        pq.write_table(table, folder / f"{placement}.parquet", compression="zstd")
        streams[placement] = {
            "n_samples": stream.n,
            "rate_hz": round(stream.rate_hz, 4),
            "acc_range_g": None if stream.acc_range is None else stream.acc_range / G_MPS2,
            "gyr_range_deg_s": None
            if stream.gyr_range is None
            else round(float(np.degrees(stream.gyr_range)), 6),
            "format": "simulated",
        }
    speed = recording.info.speed_table
    athlete = recording.info.athlete
    index = {
        "schema_version": "1.0",
        "name": recording.name,
        "streams": streams,
        "run": {
            "speed_table": None if speed is None else np.round(speed[::5], 3).tolist(),
            "athlete": {"height_m": athlete.height_m, "mass_kg": athlete.mass_kg},
            "notes": "simulated; truth.csv says what is true",
        },
    }
    (folder / "session.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


def _write_csv(recording: Recording, folder: Path) -> None:
    for placement, stream in recording.streams.items():
        text = io.StringIO()
        np.savetxt(
            text,
            _table(stream),
            fmt=["%.5f", *["%.4f"] * 3, *["%.3f"] * 3],
            delimiter=",",
            header=",".join(["time_s", *COLUMNS]),
            comments="",
        )
        # no name and no date inside, so that the same run gives the same bytes
        packed = gzip.compress(text.getvalue().encode(), 9, mtime=0)
        (folder / f"{placement}.csv.gz").write_bytes(packed)
    a = recording.info.athlete
    (folder / "run.toml").write_text(
        'notes = "simulated; truth.csv says what is true"\n\n[athlete]\n'
        f"height_m = {a.height_m}\nmass_kg = {a.mass_kg}\n",
        encoding="utf-8",
    )


def write_dataset(out: Path | str) -> list[Path]:
    """Write both recordings with their truth below ``out``; returns the folders."""
    folders = []
    for recording, truth in (tired_runner(), walk_and_run()):
        folder = Path(out) / recording.name
        folder.mkdir(parents=True, exist_ok=True)
        if recording.name == "tired-runner":
            _write_session(recording, folder)
        else:
            _write_csv(recording, folder)
        truth.to_csv(folder / "truth.csv", index=False, float_format="%.4f", lineterminator="\n")
        folders.append(folder)
    return folders


if __name__ == "__main__":
    write_dataset(sys.argv[1] if len(sys.argv) > 1 else "data")
