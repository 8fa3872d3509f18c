"""A run in every wrapping: which file is which sensor, and what is said where it is not clear."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, HipgaitError, InputError, MissingInputError
from hipgait.io import files
from hipgait.io.reader import read_run
from hipgait.io.session import write_session
from tests.io.build import csv_text, write_run

THREE = ("pelvis", "left_shank", "right_shank")


def test_run_folder(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "tuesday", ("right_shank", "pelvis", "left_shank"))
    (folder / "speed.csv").write_text("time_s,speed_mps\n0,3\n5,3.2\n")
    (folder / "readme.txt").write_text("my notes")
    (folder / "run.toml").write_text('speed_csv = "speed.csv"\nathlete = "anna"\n')
    recording = read_run(folder)
    assert tuple(recording.streams) == THREE
    assert recording.name == "tuesday"
    assert recording.reference == "pelvis"
    assert recording.synchronised
    assert recording.info.athlete.name == "anna"
    assert recording.info.speed_table is not None
    assert recording.notes == ("files left out: readme.txt",)
    digests = {Path(f.path).name: f.sha256 for f in recording.inputs}
    assert set(digests) == {f"{p}.csv" for p in THREE} | {"run.toml", "speed.csv"}
    expected = hashlib.sha256((folder / "pelvis.csv").read_bytes()).hexdigest()
    assert digests["pelvis.csv"] == expected


@pytest.mark.parametrize("top", ["", "run/"])
def test_zip(tmp_path: Path, top: str) -> None:
    path = tmp_path / "run.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for placement in THREE:
            bundle.writestr(f"{top}{placement}.csv", csv_text(100))
        bundle.writestr(f"{top}run.toml", "speed_mps = 3.1")
        bundle.writestr(f"__MACOSX/{top}._pelvis.csv", b"\0\1")
    recording = read_run(path)
    assert tuple(recording.streams) == THREE
    assert recording.info.speed_mps == 3.1
    assert [f.path for f in recording.inputs] == [str(path)]
    with zipfile.ZipFile(path, "a") as bundle:
        bundle.writestr(f"{top}left_thigh.csv", csv_text(100).replace("9.", "nine", 1))
    with pytest.raises(FormatError, match=r"run\.zip/.*left_thigh\.csv, line"):
        read_run(path)


def test_a_folder_with_one_zip_a_sensor(tmp_path: Path) -> None:
    for placement in THREE:
        with zipfile.ZipFile(tmp_path / f"{placement}.zip", "w") as bundle:
            bundle.writestr("data.csv", csv_text(100))
    recording = read_run(tmp_path)
    assert tuple(recording.streams) == THREE
    assert {Path(f.path).name for f in recording.inputs} == {f"{p}.zip" for p in THREE}
    (tmp_path / "pelvis.csv").write_text(csv_text(90))  # unpacked: it goes before the archive
    assert read_run(tmp_path)["pelvis"].n == 90


def test_why_tables_in_a_folder_were_refused(tmp_path: Path) -> None:
    (tmp_path / "Gyroscope.csv").write_text('"Time (s)","Gyroscope x (rad/s)"\n0,1\n')
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(MissingInputError, match="no sensor file") as caught:
        read_run(tmp_path)
    assert "Gyroscope.csv, line 1: unknown columns (Time (s)" in str(caught.value).replace('"', "")
    assert "empty.csv: the file is empty" in str(caught.value)


def test_zip_bomb_is_refused_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_UNPACKED", 100_000)
    with zipfile.ZipFile(tmp_path / "run.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("pelvis.csv", csv_text(100) + "0" * 200_000)
    with pytest.raises(FormatError, match="larger than"):
        read_run(tmp_path / "run.zip")
    import gzip

    (tmp_path / "pelvis.csv.gz").write_bytes(gzip.compress(b"\n" * 200_000))
    with pytest.raises(HipgaitError, match=r"larger than|empty"):
        read_run(tmp_path / "pelvis.csv.gz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"hello"])
def test_damaged_zip(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.zip").write_bytes(content)
    with pytest.raises(FormatError, match="zip"):
        read_run(tmp_path / "run.zip")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="no such file"):
        read_run(tmp_path / "nope")
    with pytest.raises(MissingInputError, match="no sensor file"):
        read_run(tmp_path)
    (tmp_path / "run.mcap").write_bytes(b"\x89MCAP")
    with pytest.raises(InputError, match="a capture is a run of its own"):
        read_run(tmp_path / "run.mcap")


def test_the_folder_that_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(tmp_path / "tuesday", ("pelvis",), 100)
    monkeypatch.chdir(tmp_path / "tuesday")
    assert read_run(".").name == "tuesday"
    with pytest.raises(InputError, match="root of the file system"):
        read_run("/")


def test_results_are_no_recording(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "strides.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="findings"):
        read_run(tmp_path)


def test_unclear_name_says_the_option(tmp_path: Path) -> None:
    path = tmp_path / "sensor_07.csv"
    path.write_text(csv_text(100))
    for run in (path, tmp_path):
        with pytest.raises(InputError, match="--sensor PLACEMENT=FILE"):
            read_run(run)
    assert list(read_run(path, {"pelvis": path}).streams) == ["pelvis"]
    assert list(read_run(tmp_path, {"left_foot": Path("sensor_07.csv")}).streams) == ["left_foot"]


def test_what_the_user_says_goes_first(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", THREE, 100)
    (folder / "other.csv").write_text(csv_text(90))
    recording = read_run(folder, {"pelvis": folder / "other.csv"})
    assert recording["pelvis"].n == 90
    assert recording["left_shank"].n == 100
    assert recording.notes == ("files left out: pelvis.csv",)
    for sensors, what in (
        ({"pelvis": Path("nope.csv")}, "no such file"),
        ({"hip": Path("other.csv")}, "unknown placement"),
        ({"pelvis": Path("other.csv"), "left_foot": Path("other.csv")}, "two placements"),
    ):
        with pytest.raises(InputError, match=what):
            read_run(folder, sensors)


def test_two_files_for_one_placement(tmp_path: Path) -> None:
    folder = write_run(tmp_path, ("pelvis",), 100)
    (folder / "sacrum.csv").write_text(csv_text(100))
    with pytest.raises(InputError, match="both look like pelvis"):
        read_run(folder)


def test_several_runs_in_one_folder(tmp_path: Path) -> None:
    write_run(tmp_path / "monday", ("pelvis",), 100)
    assert read_run(tmp_path)["pelvis"].n == 100
    write_run(tmp_path / "friday", ("pelvis",), 100)
    with pytest.raises(InputError, match=r"several runs \(friday, monday\)"):
        read_run(tmp_path)


def test_placement_file_that_is_not_understood(tmp_path: Path) -> None:
    folder = write_run(tmp_path, ("pelvis",), 100)
    (folder / "left_shank.csv").write_text("t;a;b\n1;2;3\n")
    with pytest.raises(FormatError, match=r"left_shank\.csv, line 1: unknown columns"):
        read_run(folder)


def test_formats_by_name(tmp_path: Path) -> None:
    folder = write_run(tmp_path, ("pelvis",), 100)
    assert read_run(folder, fmt="csv")["pelvis"].n == 100
    with pytest.raises(InputError, match="unknown format"):
        read_run(folder, fmt="nope")
    with pytest.raises(FormatError, match="counts, not raw"):
        read_run(folder, fmt="actilife")


def test_clocks_that_do_not_meet(tmp_path: Path) -> None:
    folder = write_run(tmp_path, ("pelvis",), 100)
    (folder / "left_shank.csv").write_text(csv_text(100, start=5000.0))
    recording = read_run(folder)
    assert not recording.synchronised
    assert recording["left_shank"].time_s[0] == 5000


def test_run_info_options(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", ("pelvis",), 100)
    (folder / "run.toml").write_text("speed_mps = 3.0\n[sensors.pelvis]\ngyr_range_deg_s = 2000\n")
    (tmp_path / "other.toml").write_text("speed_mps = 4.0\n")
    assert read_run(folder).info.speed_mps == 3.0
    assert read_run(folder)["pelvis"].gyr_range == pytest.approx(np.radians(2000))
    assert read_run(folder, run_info=tmp_path / "other.toml").info.speed_mps == 4.0
    (tmp_path / "pelvis.csv").write_text(csv_text(100))
    (tmp_path / "pelvis.run.toml").write_text("speed_mps = 2.5\n")
    assert read_run(tmp_path / "pelvis.csv").info.speed_mps == 2.5
    with pytest.raises(MissingInputError):
        read_run(folder, run_info=tmp_path / "none.toml")


def test_session_refuses_sensors(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a", ("pelvis",), 100)
    session = write_session(read_run(folder), tmp_path / "session")
    (session / "run.toml").write_text("speed_mps = 3.3\n[sensors.pelvis]\nacc_range_g = 8\n")
    recording = read_run(session)
    assert recording.info.speed_mps == 3.3
    assert recording["pelvis"].acc_range == pytest.approx(8 * 9.80665)
    (session / "run.toml").write_text('start_utc = "2026-03-14T21:30:00"\n')
    naive = read_run(session)
    assert sum("no offset" in note for note in naive.notes) == 1
    kept = write_session(naive, tmp_path / "kept")
    assert any("no offset" in note for note in read_run(kept).notes)
    (kept / "run.toml").write_text('start_utc = "2026-03-14T21:30:00-05:00"\n')
    assert not any("no offset" in note for note in read_run(kept).notes)
    (folder / "run.toml").write_text('start_utc = "2026-03-14T21:30:00"\n')
    assert any("no offset" in note for note in read_run(folder).notes)
    with pytest.raises(InputError, match="--sensor"):
        read_run(session, {"pelvis": folder / "pelvis.csv"})
