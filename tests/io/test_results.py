"""What analyze leaves behind: whole, exact in Parquet, readable in CSV."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from hipgait.errors import HipgaitError, InputError
from hipgait.io.results import is_results, read_results, write_json, write_results, write_strides
from hipgait.io.writing import write_beside, write_text
from hipgait.names import ALL_COLUMNS

NOT_UTF8 = "l\udce4uft"
"""A name of an old disk, as Python gives it: one byte of Latin-1."""
RUN = {
    "schema_version": "1.0",
    "summary": {"a": {"left": {"mean": np.float64(1.5), "sd": np.nan, "n": np.int64(3)}}},
    "drift": {},
    "quality": {"gaps": np.array([[0.0, 1.0]]), "swapped": np.bool_(False)},
}


def table(n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    data: dict[str, object] = {}
    for column in ALL_COLUMNS:
        if column.kind == "float":
            values = rng.normal(0, 10, n)
            values[::7] = np.nan
            data[column.name] = values
        elif column.kind == "int":
            data[column.name] = np.arange(n)
        elif column.kind == "bool":
            data[column.name] = rng.random(n) > 0.5
        else:
            data[column.name] = rng.choice(["left", "right"], n).astype(object)
    data["reason"] = np.array(["", "gap;turn"] * (n // 2), dtype=object)
    return pd.DataFrame(data)


def test_round_trip(tmp_path: Path) -> None:
    strides = table()
    cycles = {"pct": np.arange(101.0), "pelvic_drop_deg_stance": np.ones((40, 101)) / 3}
    write_results(tmp_path / "out", strides, cycles, RUN)
    assert is_results(tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "cycles.npz",
        "run.json",
        "strides.csv",
        "strides.parquet",
    ]
    again, curves, run = read_results(tmp_path / "out")
    for name in strides.columns:
        if strides[name].dtype == float:
            np.testing.assert_array_equal(again[name].to_numpy(), strides[name].to_numpy())
        else:
            assert again[name].tolist() == strides[name].tolist()
    np.testing.assert_allclose(
        curves["pelvic_drop_deg_stance"], cycles["pelvic_drop_deg_stance"], rtol=1e-6
    )
    np.testing.assert_array_equal(curves["pct"], cycles["pct"])
    assert run["summary"]["a"]["left"] == {"mean": 1.5, "sd": None, "n": 3}
    assert run["quality"] == {"gaps": [[0.0, 1.0]], "swapped": False}


def test_csv_is_rounded_and_plain(tmp_path: Path) -> None:
    strides = table()
    strides.loc[1, "pelvic_drop_peak_deg"] = 1.23456789
    strides.loc[1, "ic_s"] = 3600.123456789
    strides.loc[1, "shank_lean_ic_deg"] = -0.00001
    write_strides(tmp_path / "s.csv", strides)
    text = (tmp_path / "s.csv").read_text()
    assert "nan" not in text.lower()
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == list(strides.columns)
    assert rows[1]["pelvic_drop_peak_deg"] == "1.235"
    assert rows[1]["ic_s"] == "3600.12346"
    assert rows[1]["shank_lean_ic_deg"] == "0"
    assert rows[0]["ic_s"] == ""
    assert {r["valid"] for r in rows} <= {"true", "false"}
    assert rows[1]["reason"] == "gap;turn"


def test_empty_table_and_awkward_text(tmp_path: Path) -> None:
    write_strides(tmp_path / "e.csv", table(0))
    write_strides(tmp_path / "e.parquet", table(0))
    assert (tmp_path / "e.csv").read_text().count("\n") == 1
    strides = table(4)
    strides["reason"] = ['a,"b"', "", "c\nd", None]
    write_strides(tmp_path / "a.csv", strides)
    again = pd.read_csv(tmp_path / "a.csv")
    assert again["reason"].iloc[0] == 'a,"b"'
    assert len(again) == 4
    with pytest.raises(InputError, match="unknown table format"):
        write_strides(tmp_path / "a.xlsx", strides)


def _fail_half_way(path: Path) -> None:
    with write_beside(path) as beside:
        beside.write_text("half")
        raise RuntimeError


def test_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError):
        _fail_half_way(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"
    with pytest.raises(InputError, match="cannot be written"):
        write_text(path / "below", "x")


@pytest.mark.parametrize("name", ["run.json", "strides.parquet", "cycles.npz"])
@pytest.mark.parametrize("content", [None, b"", b"damaged", b"{}"])
def test_damaged(tmp_path: Path, name: str, content: bytes | None) -> None:
    write_results(tmp_path, table(), {"pct": np.arange(101.0)}, RUN)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(HipgaitError, match=name) as caught:
        read_results(tmp_path)
    assert "\n" not in str(caught.value)


def test_run_json_is_indented(tmp_path: Path) -> None:
    write_results(tmp_path, table(), {}, RUN)
    text = (tmp_path / "run.json").read_text()
    assert text.startswith('{\n  "schema_version"')
    assert msgspec.json.decode(text)["schema_version"] == "1.0"


def test_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "strides.csv"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="not a file"):
        write_text(pipe, "a")
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_names_that_are_no_utf8_are_shown_as_they_can_be(tmp_path: Path) -> None:
    document = {"name": NOT_UTF8, "inputs": [{"path": Path(NOT_UTF8)}], NOT_UTF8: 1}
    read = msgspec.json.decode(write_json(tmp_path / "a.json", document).read_bytes())
    assert read == {"name": "l?uft", "inputs": [{"path": "l?uft"}], "l?uft": 1}
    assert write_text(tmp_path / "a.txt", f"{NOT_UTF8} läuft").read_text("utf-8") == "l?uft läuft"
