"""``hipgait library`` and ``hipgait batch``: words, JSON, exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hipgait.batch.plan import Task
from hipgait.batch.work import FAILED, Done
from hipgait.cli.main import run
from tests.library.runs import DROP, months, save


@pytest.fixture
def lib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HIPGAIT_LIBRARY", str(tmp_path / "lib"))
    months(tmp_path / "in", [5.0, 6.0, 5.5, 5.0, 2.0])
    return tmp_path / "lib"


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """JSON of a command that succeeds."""
    assert run(["library", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_index_list_trend_export_verify(
    lib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "index", str(tmp_path / "in"))["new"] == 5
    rows = told(capsys, "list")["runs"]
    assert [r["name"] for r in rows] == [f"run {k}" for k in range(5)]
    assert rows[0]["check_run"] is True
    assert run(["library", "list", "--athlete", "anna", "--check"]) == 0
    assert "5 runs" in capsys.readouterr().out
    save(tmp_path / "other", recording="x", day="2025-12-01", drop=None, name="lost", shoe=None)
    told(capsys, "index", str(tmp_path / "other"))
    assert run(["library", "list"]) == 0
    assert "6 runs" in capsys.readouterr().out
    assert run(["library", "list", "--check"]) == 0
    assert "lost" not in capsys.readouterr().out
    shutil.rmtree(lib)
    told(capsys, "index", str(tmp_path / "in"))
    out = tmp_path / "trend"
    block = ("--block-start", "2026-02-10", "--wash-in-weeks", "0")
    (trend,) = told(capsys, "trend", "--outcome", DROP, *block, "--out", str(out))["trends"]
    assert [r["phase"] for r in trend["runs"]] == ["before"] * 3 + ["after"] * 2
    assert trend["block"]["start"] == "2026-02-10"
    assert (out / f"{DROP}.svg").is_file()
    assert run(["library", "trend", *block]) == 0
    words = capsys.readouterr().out
    assert "Pelvic drop: 5 runs, 2026-01 to 2026-03; level 5.5°" in words
    assert "(MDC95, own runs)" in words
    assert "check run: 2 against 4 before it" in words
    assert "Cadence: no run has a value" in words
    done = told(capsys, "export", "--anonymous", "--out", str(tmp_path / "share"))
    assert (done["runs"], done["stances"]) == (5, 30)
    assert told(capsys, "verify")["whole"] is True


def test_failures_are_told_and_the_rest_is_taken_in(
    lib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in" / "r0" / "run.json").write_text("{")
    assert run(["library", "index", str(tmp_path / "in")]) == 1
    shown = capsys.readouterr()
    assert "5 analysed folders: 4 new" in shown.out
    assert "lib now holds 4 runs\n" in shown.out
    assert "run.json: damaged" in shown.err
    assert "1 of 5 folders left out" in shown.err


def test_index_list_and_verify_count_alike(
    lib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two folders of one recording analysed twice, and a copy: three folders, one run."""
    for folder, version in (("a", "0.1.0"), ("b", "0.2.0"), ("copy", "0.2.0")):
        save(tmp_path / "mine" / folder, version=version)
    assert run(["library", "index", str(tmp_path / "mine")]) == 0
    held = "1 run (2 analyses: the newest of each run counts)"
    assert capsys.readouterr().out == (
        f"3 analysed folders: 1 new, 1 analysed anew, 1 known\n{lib} now holds {held}\n"
    )
    assert run(["library", "list"]) == 0
    assert capsys.readouterr().out.endswith("\n1 run\n")
    assert run(["library", "verify"]) == 0
    assert capsys.readouterr().out.endswith(f"{held}, whole\n")
    told(capsys, "index", str(tmp_path / "in"))
    for words in (("verify",), ("index", str(tmp_path / "mine"))):
        found = told(capsys, *words)
        assert (
            (found["runs"], found["analyses"]) == (len(told(capsys, "list")["runs"]), 7) == (6, 7)
        )


def test_trend_of_undated_runs_says_so_once(
    lib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for k in range(3):
        save(tmp_path / "new" / f"{k}", recording=f"new {k}", day=None, athlete="Ben")
    told(capsys, "index", str(tmp_path / "new"))
    assert run(["library", "trend"]) == 0
    words = capsys.readouterr().out
    assert words.startswith("3 runs, none with a date: nothing to follow. Write start_utc into")
    assert words.count("\n") == 1
    save(tmp_path / "dated", recording="dated", day="2026-03-01", athlete="Ben")
    told(capsys, "index", str(tmp_path / "dated"))
    assert run(["library", "trend", "--outcome", DROP]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("Pelvic drop: 1 run, 2026-03; level 5.0°; runs repeat within")
    assert "(MDC95, 21 runners filmed twice, one week apart (Dingenen et al. 2018" in first
    assert last.startswith("3 runs without a date are not in it. Write start_utc into run.toml")


def test_runs_without_an_athlete_can_be_named(
    lib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "in" / "nobody", recording="nobody", athlete=None, drop=8.0)
    told(capsys, "index", str(tmp_path / "in"))
    assert run(["library", "trend"]) == 1
    error = capsys.readouterr().err
    assert "Name one with --athlete: '' (runs without an athlete), Anna" in error
    (trend,) = told(capsys, "trend", "--athlete", "", "--outcome", DROP)["trends"]
    assert [r["mean"] for r in trend["runs"]] == [8.0]


def test_a_library_that_is_not_whole_exits_with_1(
    lib: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "one", recording="one", day="2026-06-01")
    assert run(["library", "index", str(tmp_path / "one")]) == 0
    (tmp_path / "one" / "run.json").unlink()
    (tmp_path / "one" / "strides.parquet").unlink()
    next(lib.glob("strides/month=2026-06/*")).unlink()
    assert run(["library", "verify"]) == 1
    shown = capsys.readouterr()
    assert "not where it was" in shown.out
    assert "strides are lost" in shown.err


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (["list"], 1, "no library there"),
        (["index", "nowhere"], 1, "no such folder"),
        (["trend", "--plan", "p", "--block-start", "2026-01-01"], 2, "leave --block-start out"),
        (["trend", "--block-weeks", "8"], 2, "need --block-start"),
        (["export", "--out", "x", "--anonymous", "--with-names"], 2, "not both"),
    ],
)
def test_wrong_use(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    what: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["library", *words]) == code
    assert what in capsys.readouterr().err


def fail_some(task: Task) -> Done:
    """In place of an analysis."""
    if task.name == "bad":
        return Done(task.source, FAILED, task.recording, "FormatError", "line 3: not a number")
    work = task.plan.store.room(task.place)
    (work / "run.json").write_text("{}")
    task.plan.store.publish(work, task.place)
    return Done(task.source, "done", task.recording)


def test_batch_tells_what_failed_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hipgait.batch.run import Engine

    monkeypatch.setattr("hipgait.batch.run.analyse", fail_some)
    monkeypatch.setattr(Engine, "run", lambda self, work, tasks: (work(t) for t in tasks))
    for name in ("bad", "one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pelvis.csv").write_text(name)
    (tmp_path / "runs.txt").write_text(f"# mine\n{tmp_path / 'one'}\n\n{tmp_path / 'two'}\n")
    words = ["batch", str(tmp_path / "bad"), "--list", str(tmp_path / "runs.txt")]
    assert run([*words, "--out", str(tmp_path / "out")]) == 1
    shown = capsys.readouterr()
    assert "3 runs: 2 analysed, 1 failed" in shown.out
    assert "1 x FormatError: line 3: not a number" in shown.out
    assert f"hipgait: {tmp_path / 'bad'}: line 3: not a number" in shown.err
    assert "failures.csv" in shown.err
    assert run([*words, "--out", str(tmp_path / "out"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["there"], len(found["failed"])) == (2, 1)


def test_batch_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["batch", "--out", str(tmp_path)]) == 1
    assert "no recording" in capsys.readouterr().err
    words = ["batch", "x", "--out", "y", "--scheduler", "tcp://h:1", "--workers", "2"]
    assert run(words) == 2
    assert "--workers is for this machine" in capsys.readouterr().err
    (tmp_path / "list").write_bytes(b"\xff\xfe\x00")
    assert run(["batch", "--list", str(tmp_path / "list"), "--out", str(tmp_path)]) == 1
    assert "not UTF-8" in capsys.readouterr().err
