"""Files of a sensor's app into one session folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hipgait.cli.main import run
from hipgait.io.session import read_session
from tests.io.build_devices import apdm_text


def write_csv(path: Path, n: int = 400, rate_hz: float = 100.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(path.name))
    rows = rng.normal(0, 0.1, (n, 6)) + [0, 9.81, 0, 0, 0, 0]
    head = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
    table = np.column_stack([np.arange(n) / rate_hz, rows])
    np.savetxt(path, table, "%.5f", ",", header=head, comments="")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("pelvis", "left_shank", "right_shank"):
        write_csv(tmp_path / "run" / f"{name}.csv")
    (tmp_path / "run" / "run.toml").write_text("speed_mps = 3.1\n")
    return tmp_path / "run"


def test_a_folder(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", str(folder), "--out", str(tmp_path / "session")]) == 0
    out = capsys.readouterr().out
    assert "left_shank" in out
    assert "100.0 Hz" in out
    assert f"hipgait analyze {tmp_path / 'session'}" in out
    recording = read_session(tmp_path / "session")
    assert set(recording.streams) == {"pelvis", "left_shank", "right_shank"}
    assert recording.info.speed_mps == 3.1
    assert recording.name == "session"


def test_files_named_one_by_one_leave_their_neighbours_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = write_csv(folder / "D4.csv")
    argv = ["import", str(folder / "left_shank.csv"), "--sensor", f"pelvis={odd}"]
    assert run([*argv, "--out", str(tmp_path / "session"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document["streams"]) == {"pelvis", "left_shank"}
    assert document["streams"]["pelvis"]["samples"] == 400
    assert document["streams"]["pelvis"]["rate_hz"] == pytest.approx(100)
    assert read_session(tmp_path / "session").info.speed_mps == 3.1


def test_only_sensors(folder: Path, tmp_path: Path) -> None:
    argv = ["import", "--sensor", f"right_shank={folder / 'pelvis.csv'}"]
    assert run([*argv, "--out", str(tmp_path / "session")]) == 0
    assert set(read_session(tmp_path / "session").streams) == {"right_shank"}


def test_sensor_file_inside_a_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "left_shank.csv").rename(folder / "A1.csv")
    argv = ["import", str(folder), "--sensor", "left_shank=A1.csv"]
    assert run([*argv, "--out", str(tmp_path / "session")]) == 0
    assert set(read_session(tmp_path / "session").streams) == {
        "pelvis",
        "left_shank",
        "right_shank",
    }


def test_nothing_to_import_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "--out", str(tmp_path / "session")]) == 2
    assert "--sensor" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["{run}/pelvis.csv", "{run}/nobody.csv"], "no such file"),
        (["{run}/pelvis.csv", "{run}"], "folder among other files"),
        (["{run}/pelvis.csv", "--sensor", "pelvis={odd}"], "are both pelvis"),
        (["{run}/pelvis.csv", "--format", "stone_tablet"], "stone_tablet"),
        (["{run}/run.toml"], "run.toml"),
    ],
)
def test_refused_with_one_line(
    argv: list[str],
    says: str,
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    odd = write_csv(tmp_path / "D4.csv")
    words = [word.format(run=folder, odd=odd) for word in argv]
    assert run(["import", *words, "--out", str(tmp_path / "session")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert says in captured.err
    assert not (tmp_path / "session").exists()


def test_a_session_is_not_overwritten(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["import", str(folder), "--out", str(tmp_path / "session")]
    assert run(argv) == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "session").iterdir()}
    assert run(argv) == 1
    assert "already exists" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in (tmp_path / "session").iterdir()} == before


@pytest.mark.parametrize("named", [True, False])
def test_sensors_of_one_file(tmp_path: Path, named: bool) -> None:
    path = tmp_path / "trial.csv"
    path.write_text(apdm_text(("A", "B", "C")), encoding="utf-8")
    (tmp_path / "run.toml").write_text("speed_mps = 3.1\n")
    argv = ["import", *([str(path)] if named else []), "--out", str(tmp_path / "session")]
    argv += ["--sensor", f"pelvis={path}#B", "--sensor", f"left_shank={path}#A"]
    assert run(argv) == 0
    session = read_session(tmp_path / "session")
    assert set(session.streams) == {"pelvis", "left_shank"}
    assert session.info.speed_mps == 3.1
