"""Files whose names say nothing: shown, guessed from the signals, asked for or refused."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import click
import numpy as np
import pytest

import hipgait as hg
from hipgait.cli import asking
from hipgait.cli.main import run
from hipgait.errors import UnclearSensorsError
from hipgait.io.session import read_session
from hipgait.recording import SensorStream
from hipgait.simulate.cases import validation_case

HIDDEN = {"D1": "left_shank", "D2": "pelvis", "D3": "right_shank"}


@cache
def streams() -> Mapping[str, SensorStream]:
    recording, _ = validation_case(4, rate_hz=60.0, duration_s=40.0)
    return recording.streams


def write(folder: Path, names: Mapping[str, str] = HIDDEN, gyr: bool = True) -> Path:
    folder.mkdir(parents=True)
    for name, placement in names.items():
        s = streams()[placement]
        assert s.gyr is not None
        columns = [s.time_s, s.acc, *([np.degrees(s.gyr)] if gyr else [])]
        head = "time_s,acc_x,acc_y,acc_z" + (",gyr_x,gyr_y,gyr_z" if gyr else "")
        table = np.column_stack(columns)
        np.savetxt(folder / f"{name}.csv", table, "%.4f", ",", header=head, comments="")
    return folder


def held(session: Path) -> dict[str, str]:
    recording = read_session(session)
    return {Path(s.provenance.path).stem: p for p, s in recording.streams.items()}


def test_a_sure_guess_is_taken_shown_and_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, session = write(tmp_path / "run"), tmp_path / "session"
    assert run(["import", str(folder), "--out", str(session)]) == 0
    out = capsys.readouterr().out
    assert re.search(r"D2\.csv +pelvis +\d\d %", out)
    assert "both steps alike" in out
    assert "60.0 Hz" in out
    assert held(session) == HIDDEN
    (note,) = read_session(session).notes
    assert note.startswith("placements guessed from the signals: pelvis ")
    assert hg.analyze(session).quality["notes"][0] == note


def test_analyze_and_read_guess_too(tmp_path: Path) -> None:
    recording = hg.read(write(tmp_path / "run"))
    assert {p: Path(s.provenance.path).stem for p, s in recording.streams.items()} == {
        p: name for name, p in HIDDEN.items()
    }
    argv = ["analyze", str(tmp_path / "run"), "--out", str(tmp_path / "report"), "--no-report"]
    assert run(argv) == 0
    found = json.loads((tmp_path / "report" / "run.json").read_text())
    assert any("guessed from the signals" in note for note in found["quality"]["notes"])


def test_an_unsure_guess_is_refused_with_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, session = write(tmp_path / "run", gyr=False), tmp_path / "session"
    picture = tmp_path / "strides.png"
    argv = ["import", str(folder), "--out", str(session)]
    assert run([*argv, "--picture", str(picture)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    *table, blank, last = captured.err.splitlines()
    assert len(table) == 4
    assert blank == ""
    assert last.startswith(f"hipgait: {folder}: the name does not say where the sensor was")
    assert "the signals are not sure" in last
    assert not session.exists()
    assert picture.read_bytes().startswith(b"\x89PNG")
    # what it proposes can be given back as it stands
    said = re.findall(r"--sensor (\S+)", last)
    again = [word for part in said for word in ("--sensor", part)]
    assert run([*argv, *again]) == 0
    assert set(held(session)) == set(HIDDEN)
    with pytest.raises(UnclearSensorsError) as caught:
        hg.read(folder)
    assert "left_shank" in caught.value.table


def test_a_name_that_tells_the_segment_is_believed(tmp_path: Path) -> None:
    names = {"waist": "pelvis", "ankle 1": "right_shank", "ankle 2": "left_shank"}
    session = tmp_path / "session"
    assert run(["import", str(write(tmp_path / "run", names)), "--out", str(session)]) == 0
    assert held(session) == names
    notes = read_session(session).notes
    assert "left_shank: sensor at the ankle, taken as a shank sensor" in notes


def test_files_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "run")
    write(tmp_path / "other", {"stray": "pelvis"}).joinpath("stray.csv").rename(folder / "x.csv")
    files = [str(folder / f"{name}.csv") for name in ("D1", "D3")]
    argv = ["import", *files, "--sensor", f"pelvis={folder / 'D2.csv'}", "--json"]
    assert run([*argv, "--out", str(tmp_path / "session")]) == 0
    found = json.loads(capsys.readouterr().out)["streams"]
    assert held(tmp_path / "session") == HIDDEN
    assert found["pelvis"]["placed_by"] == "user"
    assert found["left_shank"]["placed_by"] == "signals"
    assert 0.95 <= found["left_shank"]["confidence"] <= 0.99


def test_zip(tmp_path: Path) -> None:
    folder = write(tmp_path / "run")
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as bundle:
        for path in folder.iterdir():
            bundle.write(path, path.name)
    assert set(hg.read(tmp_path / "run.zip").streams) == set(HIDDEN.values())


def test_more_files_than_placements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "run", {f"D{k}": "pelvis" for k in range(8)})
    assert run(["import", str(folder), "--out", str(tmp_path / "session")]) == 1
    assert "8 files hold a sensor" in capsys.readouterr().err


def test_asked_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hipgait.unnamed import find_sensors

    folder = write(tmp_path / "run", gyr=False)
    answers = iter(["left_shank", "none"])
    asked: list[str] = []

    def prompt(text: str, **options: object) -> str:
        asked.append(text)
        return next(answers)

    monkeypatch.setattr(click, "prompt", prompt)
    found = find_sensors(folder, ask=asking.ask_placements)
    assert len(asked) == 2
    assert set(found.recording.streams) == {"pelvis", "left_shank"}
    assert any(note.startswith("placements said when asked") for note in found.recording.notes)
    assert any(note.startswith("files left out") for note in found.recording.notes)


def test_nobody_is_asked_without_a_terminal() -> None:
    assert asking.asker(lambda text: None) is None


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_picture_of_named_files(tmp_path: Path, suffix: str) -> None:
    folder = write(tmp_path / "run", {"pelvis": "pelvis", "left_shank": "left_shank"}, gyr=False)
    picture = tmp_path / f"strides.{suffix}"
    argv = ["import", str(folder), "--out", str(tmp_path / "session"), "--picture", str(picture)]
    assert run(argv) == 0
    assert picture.stat().st_size > 5000
    if suffix == "svg":
        assert "left shank" in picture.read_text("utf-8")
        assert "no gyroscope" in picture.read_text("utf-8")


def test_another_picture_format_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "run", {"pelvis": "pelvis"})
    argv = ["import", str(folder), "--out", str(tmp_path / "session"), "--picture", "a.bmp"]
    assert run(argv) == 1
    assert ".png" in capsys.readouterr().err
    assert not (tmp_path / "session").exists()
