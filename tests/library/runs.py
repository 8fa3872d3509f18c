"""Analysed runs as ``analyze`` leaves them, without an analysis: few strides, known numbers."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hipgait.io.results import write_json, write_strides
from hipgait.names import ALL_COLUMNS, OUTCOMES

DROP = "pelvic_drop_excursion"


def strides(n: int, drop: float) -> pd.DataFrame:
    """n stances; every pelvic drop is ``drop``."""
    data: dict[str, Any] = {}
    for column in ALL_COLUMNS:
        data[column.name] = {
            "float": np.linspace(0.0, 1.0, n),
            "int": np.arange(n),
            "bool": np.ones(n, dtype=bool),
            "str": np.array(["run"] * n, dtype=object),
        }[column.kind]
    data["pelvic_drop_excursion_deg"] = np.full(n, drop)
    return pd.DataFrame(data)


def document(
    recording: str = "a",
    day: str | None = "2026-03-01",
    drop: float | None = 5.0,
    athlete: str | None = "Anna",
    name: str = "tuesday",
    version: str = "0.1.0",
    **more: Any,
) -> dict[str, Any]:
    """run.json of a run; ``more`` goes into info."""
    digest = hashlib.sha256(recording.encode()).hexdigest()
    pooled = {o.name: {"pooled": {"mean": None, "sd": None, "n": 0}} for o in OUTCOMES}
    pooled[DROP] = {"pooled": {"mean": drop, "sd": 0.5, "n": 300}}
    start = None if day is None else f"{day}T07:30:00+00:00"
    return {
        "schema_version": "1.0",
        "name": name,
        "start_utc": start,
        "zero": "standing",
        "info": {"athlete": {"name": athlete}, "shoe": "B", "surface": "track", **more},
        "summary": pooled,
        "drift": {DROP: {"estimate": 0.4, "ci_low": 0.1, "ci_high": 0.7, "verdict": "drifted"}},
        "quality": {"whole_s": [10.0, 610.0], "speed": {"mps": 3.0}, "withdrawn": None},
        "settings": {"digest": "0123456789abcdef"},
        "versions": {"hipgait": version},
        "inputs": [
            {"path": "there/pelvis.csv", "sha256": digest},
            {"path": "there/run.toml", "sha256": f"{len(more)}" * 64},
        ],
    }


def save(folder: Path, n: int = 6, **about: Any) -> Path:
    """Write a run folder."""
    found = document(**about)
    folder.mkdir(parents=True, exist_ok=True)
    drop = found["summary"][DROP]["pooled"]["mean"]
    write_strides(folder / "strides.parquet", strides(n, np.nan if drop is None else drop))
    write_json(folder / "run.json", found)
    return folder


def months(root: Path, drops: list[float], athlete: str = "Anna") -> Path:
    """One run a fortnight from 2026-01-05 on, with these pelvic drops."""
    for k, drop in enumerate(drops):
        day = (dt.date(2026, 1, 5) + dt.timedelta(days=14 * k)).isoformat()
        save(root / f"r{k}", recording=f"{athlete}{k}", day=day, drop=drop, name=f"run {k}",
             athlete=athlete)  # fmt: skip
    return root
