"""Files in, findings out, on the command line: a short simulated run and what became of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hipgait import api, results
from hipgait.cli.main import run
from hipgait.errors import InputError
from hipgait.io.session import write_session
from hipgait.resources import data_dir
from hipgait.simulate.cases import validation_case
from tests.io.fitfile import run_fit

WRITTEN = {"strides.parquet", "strides.csv", "cycles.npz", "run.json"}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    recording, _ = validation_case(
        1, soft_tissue=False, rate_hz=100.0, protocol="standing", duration_s=60.0
    )
    return write_session(recording, tmp_path_factory.mktemp("runs") / "tuesday")


@pytest.fixture(scope="module")
def findings(session: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``analyze`` writes, made once."""
    out = tmp_path_factory.mktemp("findings") / "out"
    assert run(["analyze", str(session), "--out", str(out)]) == 0
    return out


@pytest.fixture
def no_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(api, "analyze", refuse)
    monkeypatch.setattr(api, "read", refuse)


def test_what_is_written(findings: Path) -> None:
    assert {p.name for p in findings.iterdir()} == WRITTEN | {"report.html"}
    strides = pd.read_csv(findings / "strides.csv")
    assert len(strides) > 100
    assert json.loads((findings / "run.json").read_text("utf-8"))["name"] == "case01"


def test_a_watch_beside_the_sensors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fitdecode")
    folder = shutil.copytree(data_dir() / "walk-and-run", tmp_path / "run")
    about = (folder / "run.toml").read_text("utf-8")
    (folder / "run.toml").write_text(f"start_utc = 2026-03-14T09:30:00Z\n{about}")
    watch = tmp_path / "watch.fit"
    watch.write_bytes(run_fit(datetime(2026, 3, 14, 9, 30, tzinfo=UTC).timestamp() - 10.0))
    argv = ["analyze", str(folder), "--out", str(tmp_path / "out"), "--no-report"]
    assert run([*argv, "--fit", str(watch)]) == 0
    strides = pd.read_csv(tmp_path / "out" / "strides.csv")
    assert strides["heart_rate_bpm"].notna().sum() > 100
    document = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert document["inputs"][-1]["path"] == str(watch)
    assert document["quality"]["speed"]["source"] == "table"
    capsys.readouterr()
    assert run([*argv, str(folder), "--fit", str(watch)]) == 2
    assert "--fit is the watch's file of one run" in capsys.readouterr().err
    assert run([*argv, "--fit", str(tmp_path / "none.fit")]) == 1
    assert "no such file" in capsys.readouterr().err


def test_json_and_no_report(
    session: Path, findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["analyze", str(session), "--out", str(out), "--no-report", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    (entry,) = json.loads(captured.out)["runs"]
    assert entry["out"] == str(out)
    assert entry["report"] is None
    assert {p.name for p in out.iterdir()} == WRITTEN
    written = json.loads((out / "run.json").read_text("utf-8"))
    assert entry["findings"]["summary"] == written["summary"]
    # the same numbers every time
    again = json.loads((findings / "run.json").read_text("utf-8"))
    assert again["summary"] == written["summary"]


def test_options_reach_the_numbers(session: Path, tmp_path: Path) -> None:
    info = tmp_path / "other.toml"
    info.write_text('speed_mps = 2.0\nsurface = "sand"\n')
    settings = tmp_path / "settings.toml"
    settings.write_text("[angles]\ncutoff_hz = 8.0\n")
    out = tmp_path / "out"
    argv = ["analyze", str(session), "--out", str(out), "--run-info", str(info), "--no-report"]
    assert run([*argv, "--settings", str(settings), "--speed-mps", "2.5"]) == 0
    document = json.loads((out / "run.json").read_text("utf-8"))
    assert document["info"]["speed_mps"] == 2.5
    assert document["info"]["surface"] == "sand"
    assert document["settings"]["angles"]["cutoff_hz"] == 8.0


@pytest.mark.usefixtures("no_computing")
def test_findings_are_not_computed_again(
    findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", str(findings), "--out", str(tmp_path / "again"), "--figures"]) == 0
    assert "report.html" in capsys.readouterr().out
    again = tmp_path / "again"
    pd.testing.assert_frame_equal(
        pd.read_parquet(findings / "strides.parquet"), pd.read_parquet(again / "strides.parquet")
    )
    assert (findings / "run.json").read_bytes() == (again / "run.json").read_bytes()
    assert {p.suffix for p in (again / "figures").iterdir()} == {".png", ".svg"}


@pytest.mark.usefixtures("no_computing")
@pytest.mark.parametrize(
    ("extra", "says"),
    [
        (["--speed-mps", "3"], "already analysed"),
        (["--sensor", "pelvis=x.csv"], "already analysed"),
    ],
)
def test_findings_cannot_be_analysed_otherwise(
    extra: list[str],
    says: str,
    findings: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["analyze", str(findings), "--out", str(tmp_path / "x"), *extra]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.usefixtures("no_computing")
def test_findings_do_not_overwrite_themselves(
    findings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["analyze", str(findings), "--out", str(findings)]) == 1
    assert "another folder" in capsys.readouterr().err


@pytest.mark.usefixtures("no_computing")
def test_findings_do_not_go_among_the_signals(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They would make the folder one that is already analysed, and lock the signals away."""
    before = {p.name for p in session.iterdir()}
    assert run(["analyze", str(session), "--out", str(session)]) == 1
    assert "another folder" in capsys.readouterr().err
    assert {p.name for p in session.iterdir()} == before


@pytest.mark.usefixtures("no_computing")
def test_several_runs(findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in ("mon", "tue"):
        shutil.copytree(findings, tmp_path / day / "out")
    runs = [str(tmp_path / day / "out") for day in ("mon", "tue")]
    out = tmp_path / "reports"
    assert run(["analyze", *runs, "--out", str(out), "--no-report"]) == 0
    assert {p.name for p in out.iterdir()} == {"mon-out", "tue-out"}
    capsys.readouterr()

    # one that cannot be read does not stop the others, and is not passed over in silence
    bad = str(tmp_path / "nothing")
    argv = ["analyze", runs[0], bad, "--out", str(tmp_path / "more"), "--no-report", "--json"]
    assert run(argv) == 1
    captured = capsys.readouterr()
    documents = json.loads(captured.out)["runs"]
    assert [("error" in d) for d in documents] == [False, True]
    assert bad in captured.err
    assert "1 of 2 runs" in captured.err
    assert {p.name for p in (tmp_path / "more").iterdir()} == {"out"}


@pytest.mark.usefixtures("no_computing")
@pytest.mark.parametrize("fmt", ["csv", "parquet"])
def test_export(
    fmt: str, findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "table.dat"
    argv = ["export", str(findings), "--format", fmt, "--out", str(out), "--json"]
    assert run(argv) == 0
    document = json.loads(capsys.readouterr().out)
    table = pd.read_csv(out) if fmt == "csv" else pd.read_parquet(out)
    source = pd.read_parquet(findings / "strides.parquet")
    assert document["rows"] == len(table) == len(source)
    assert list(table.columns) == list(source.columns)
    np.testing.assert_allclose(table["ic_s"], source["ic_s"], atol=1e-5)
    told = pd.read_csv(document["dictionary"])
    assert list(told["name"]) == list(table.columns)


@pytest.mark.usefixtures("no_computing")
@pytest.mark.parametrize("fmt", ["mot", "bids"])
def test_export_of_signals_needs_them(
    fmt: str, findings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(findings), "--format", fmt, "--out", str(tmp_path / "x")]) == 1
    assert "already analysed and holds no signals" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("fmt", ["mot", "bids"])
def test_export_of_signals(
    fmt: str, session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "x"
    assert run(["export", str(session), "--format", fmt, "--out", str(out), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    if fmt == "mot":
        assert len(out.read_text().splitlines()) == document["rows"] + 7
    else:
        assert {p.parts[-1].rsplit("_", 1)[1] for p in map(Path, document["files"])} == {
            "motion.tsv",
            "motion.json",
            "channels.tsv",
            "events.tsv",
            "events.json",
        }


def test_csv_with_sensors_named(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same signals as plain CSV under odd names give the same strides."""
    from hipgait.io.session import read_session

    names = {"pelvis": "D4", "left_shank": "A1", "right_shank": "B2"}
    argv: list[str] = []
    for placement, stream in read_session(session).streams.items():
        assert stream.gyr is not None
        table = np.column_stack([stream.time_s, stream.acc, np.degrees(stream.gyr)])
        file = tmp_path / "export" / f"{names[placement]}.csv"
        file.parent.mkdir(exist_ok=True)
        head = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
        np.savetxt(file, table, "%.7g", ",", header=head, comments="")
        argv += ["--sensor", f"{placement}={file.name}"]
    out = tmp_path / "out"
    folder = str(tmp_path / "export")
    assert run(["analyze", folder, *argv, "--out", str(out), "--no-report", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["runs"]
    assert set(entry["findings"]["quality"]["streams"]) == set(names)


@pytest.mark.usefixtures("no_computing")
def test_a_reader_that_goes_stops_nothing(findings: Path, tmp_path: Path) -> None:
    """As in ``hipgait analyze a b --out c | head -1``."""
    other = tmp_path / "other"
    shutil.copytree(findings, other)
    code = "import sys; from hipgait.cli.main import run; sys.exit(run(sys.argv[1:]))"
    argv = ["analyze", str(findings), str(other), "--out", str(tmp_path / "out"), "--no-report"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert done.stderr == b""
    assert done.returncode == 0
    assert len(list((tmp_path / "out").glob("*/run.json"))) == 2


def test_what_is_cut_short_is_marked(
    findings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = results.load(findings)
    out = result.save(tmp_path / "out")
    assert not (out / "UNFINISHED.txt").exists()

    def full(*args: object) -> None:
        raise InputError("no space left")

    monkeypatch.setattr(results, "write_results", full)
    with pytest.raises(InputError):
        result.save(out)
    assert (out / "UNFINISHED.txt").exists()
    assert not (out / "run.json").exists()
