"""``hipgait journal``: entries in, one answer out."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hipgait.cli.main import run
from hipgait.strength.rules import day_words
from tests.cli.test_comparing import save
from tests.report.fabricate import Story

TODAY = dt.date.today()


def ago(days: int) -> str:
    return (TODAY - dt.timedelta(days=days)).isoformat()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HIPGAIT_JOURNAL", raising=False)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("analysed") / "run"
    return save(folder, Story(minutes=12.0, turns=0, rise_deg=0.5), 1)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert run(["journal", *argv]) == 0
    return capsys.readouterr().out


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(capsys, *argv, "--json"))
    return found


def test_an_empty_journal(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "status").startswith("Nothing logged.")
    assert "Nothing logged in journal" in said(capsys, "list")
    assert not Path("journal").exists()


def test_two_clean_sessions_and_a_red_flag(capsys: pytest.CaptureFixture[str]) -> None:
    for days in (6, 3):
        clean = ["--sets", "2", "--reps", "12", "--rpe", "6", "--form", "held"]
        assert "kept in journal/sessions.csv" in said(
            capsys, "add", "clamshell", *clean, "--date", ago(days)
        )
        said(capsys, "soreness", "gluteal", "--left", "1", "--date", ago(days - 2))
    Path("journal/guidance.toml").write_text("[missed]\non = false\n[key_run]\non = false\n")
    found = answer(capsys, "status")
    assert found["answer"]["decision"] == "progress"
    assert found["answer"]["change"] == {"what": "sets", "before": "2", "after": "3"}
    assert [e["line"] for e in found["answer"]["entries"]] == [2, 3]
    assert "Week 1 of a plan of 8. Learn the movements." in said(capsys, "status")
    kept = answer(capsys, "pain", "groin", "2", "--when", "night")
    assert kept["line"] == 2
    assert kept["kept"]["region"] == "groin"
    text = said(capsys, "status")
    assert text.startswith("Stop. You logged pain at night: groin.")
    assert "clinician" in text
    assert "Clamshell" not in text
    assert "Cue" not in text
    assert answer(capsys, "status")["paused"] is True


@pytest.mark.parametrize(
    "name", ["add", "soreness", "pain", "run", "note", "test", "list", "status", "report"]
)
def test_every_subcommand_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, name, "--help")
    assert f"hipgait journal {name}" in out.split("Example", 1)[1]
    assert "--json" in out


def test_every_kind_of_entry_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    said(
        capsys,
        "add",
        "side_plank",
        "--seconds",
        "30",
        "--side",
        "left",
        "--range",
        "short",
        "--part",
    )
    said(capsys, "soreness", "calf", "--right", "3", "--after", "24H")
    said(capsys, "pain", "general", "--sign", "fever")
    said(capsys, "run", "45", "--km", "8", "--effort", "4", "--hip-fatigue", "3", "--key")
    said(capsys, "note", "sleep", "--value", "7.5")
    said(capsys, "note", "control_test", "as", "before")
    said(capsys, "test", "side_plank", "62", "--side", "left")
    entries = answer(capsys, "list")["entries"]
    assert {e["table"] for e in entries} == {
        *("sessions", "soreness", "pain", "runs", "tests", "notes")
    }
    by_table = {e["table"]: e for e in entries}
    assert by_table["sessions"]["done"] == "part"
    assert by_table["sessions"]["range"] == "short"
    assert by_table["soreness"]["after_h"] == "24"
    assert by_table["pain"]["signs"] == ["fever"]
    assert by_table["runs"]["key"] == "yes"
    assert by_table["notes"]["text"] == "as_before"
    assert len(said(capsys, "list", "--table", "notes", "--last", "1").splitlines()) == 1
    assert "(runs.csv, line 2)" in said(capsys, "list", "--table", "runs")


def test_the_programme_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "lateral_step_down" in said(capsys, "list", "--exercises")
    assert answer(capsys, "list", "--exercises")["bridge"]["level"] == 1


def test_where_the_journal_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HIPGAIT_JOURNAL", str(tmp_path / "mine"))
    said(capsys, "run", "30")
    assert (tmp_path / "mine" / "runs.csv").exists()
    said(capsys, "run", "30", "--journal", str(tmp_path / "other"))
    assert (tmp_path / "other" / "runs.csv").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["add", "clamshell"], "Give one of them"),
        (["add", "clamshell", "--reps", "many"], "reps: 'many' is not a number"),
        (["soreness", "gluteal"], "at least one side"),
        (["soreness", "gluteal", "--left", "11"], "0 to 10"),
        (["soreness", "bum", "--left", "1"], "Use one of"),
        (["pain", "knee", "3", "--sign", "swollen"], "Use one of"),
        (["run"], "Missing argument"),
        (["test", "side_plank", "62", "--unit", "min"], "Use one of"),
        (["run", "45", "--date", "yesterday"], "like 2026-05-06"),
        (["note", "audit", "socks"], "shoes, surface, cadence"),
        (["list", "--table", "x"], "use one of sessions"),
        (["status", "--date", "x"], "like 2026-05-06"),
        (["status", "--time", "7"], "like 18:30"),
        (["report", "--date", "x"], "like 2026-05-06"),
        (["report", "--out", ""], "the name is empty"),
        (["report", "--out", "page.pdf"], "the page is HTML"),
        (["nope"], "No such command"),
        (["list", "--journal", ""], "the name is empty"),
    ],
)
def test_wrong_use(argv: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["journal", *argv]) == 2
    assert words in capsys.readouterr().err
    assert not Path("journal").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["add", "brigde", "--reps", "8"], "Did you mean bridge"),
        (["run", "45", "--date", "2099-01-01"], "has not come yet"),
        (["status", "--runs", "nothing"], "Name a folder that analyze wrote"),
    ],
)
def test_what_cannot_be(argv: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["journal", *argv]) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not Path("journal").exists()


def test_a_broken_line_is_told_and_nothing_decided(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "run", "45")
    with Path("journal/runs.csv").open("a") as handle:
        handle.write("8.5.26,45\n")
    for command in ("status", "list"):
        assert run(["journal", command]) == 1
        out = capsys.readouterr()
        assert out.out == ""
        assert out.err.startswith("hipgait: journal/runs.csv, line 3: 2 of ")


def test_runs_give_cues_and_check_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folders = []
    for month in range(1, 7):
        document = {
            "name": f"run-{month}",
            "start_utc": f"2024-{month:02d}-05T17:00:00+00:00",
            "info": {"shoe": "B", "surface": "road", "speed_mps": 3.0},
            "quality": {"whole_s": [0, 600]},
            "summary": {"pelvic_drop_excursion": {"pooled": {"mean": 4.0 + 0.01 * month}}},
            "drift": {"cadence": {"estimate": -6.0, "verdict": "drifted"}},
            "inputs": [],
        }
        folder = tmp_path / f"run-{month}"
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps(document))
        folders += ["--runs", str(folder)]
    text = said(capsys, "status", *folders)
    assert "Cue: Keep your fresh rhythm" in text
    assert "−6 steps/min" in text
    assert "Check run of 2024-06-05 against 5 before it" in text
    assert "Pelvic drop: 4.1 deg, usual" in text
    (tmp_path / "run-1" / "run.json").write_text("{")
    assert run(["journal", "status", *folders]) == 1
    assert "damaged" in capsys.readouterr().err


def test_shoes_and_audits(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "note", "shoe", "B", "--value", "100", "--date", ago(40))
    said(capsys, "run", "45", "--km", "8", "--shoe", "B", "--date", ago(40))
    text = said(capsys, "status")
    assert "Shoe B: 108 km" in text
    assert "Look again at your shoes. When you log it: hipgait journal note audit shoes." in text


def test_the_page_is_written_and_told(
    capsys: pytest.CaptureFixture[str], analysed: Path, tmp_path: Path
) -> None:
    said(capsys, "add", "bridge", "--reps", "8", "--date", ago(3), "--time", "18:30")
    assert "Written to journal.html" in said(capsys, "report")
    assert "48 h after" in Path("journal.html").read_text("utf-8")
    found = answer(capsys, "report", str(analysed), "--out", "pages")
    assert Path(found["report"]) == Path("pages/journal.html")
    assert found["answer"]["rule"] == "soreness_missing"
    page = Path("pages/journal.html").read_text("utf-8")
    assert "Pelvic drop of your runs" in page
    assert "stands here too" not in page
    assert "stands here too" in Path("journal.html").read_text("utf-8")


def test_runs_without_a_date_are_told_and_not_asked_for(
    capsys: pytest.CaptureFixture[str], analysed: Path, tmp_path: Path
) -> None:
    undated = shutil.copytree(analysed, tmp_path / "undated")
    document = json.loads((undated / "run.json").read_text("utf-8"))
    (undated / "run.json").write_text(json.dumps({**document, "start_utc": None}))
    said(capsys, "add", "bridge", "--reps", "8")
    assert run(["journal", "report", str(undated)]) == 0
    told = "1 run that you named has no date, so its pelvic drop is not drawn: write start_utc"
    assert f"hipgait: note: {told}" in capsys.readouterr().err
    page = Path("journal.html").read_text("utf-8")
    assert told in page
    assert "stands here too" not in page


@pytest.mark.parametrize(
    ("session", "after", "words"),
    [
        (0, "48h", "no session is logged 48 h before, on {2}; the latest one is that of {0}, the"),
        (
            1,
            "72h",
            "on {3}; the latest one is that of {1}, 1 day before this entry. Correct line 2",
        ),
        (None, "24h", "no session is logged 24 h before, on {1}, nor any other up to this entry"),
        (2, "48h", ""),
        (3, "48h", ""),  # an entry a day late
    ],
)
def test_soreness_without_its_session_is_kept_with_a_note(
    capsys: pytest.CaptureFixture[str], session: int | None, after: str, words: str
) -> None:
    if session is not None:
        said(capsys, "add", "bridge", "--reps", "8", "--date", ago(session))
    assert run(["journal", "soreness", "gluteal", "--left", "4", "--after", after]) == 0
    out, err = capsys.readouterr()
    assert "kept in journal/soreness.csv, line 2" in out
    days = [day_words(TODAY - dt.timedelta(days=n)) for n in range(4)]
    assert words.format(*days) in err
    assert err.count("\n") == bool(words)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["report", "nothing"], "nothing"),
        (["report", "--journal", "file"], "is a file, not a journal"),
        (["report", "--out", "file/deep"], "file"),
    ],
)
def test_a_page_that_cannot_be_is_one_line(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("file").write_text("x")
    assert run(["journal", *argv]) == 1
    told = capsys.readouterr().err.strip()
    assert words in told
    assert "\n" not in told
    assert not Path("journal.html").exists()


def test_a_damaged_line_leaves_the_earlier_page(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "add", "bridge", "--reps", "8", "--date", ago(3))
    said(capsys, "report")
    before = Path("journal.html").read_bytes()
    with Path("journal/sessions.csv").open("a") as handle:
        handle.write("2026-05-06,x\n")
    assert run(["journal", "report"]) == 1
    assert "line 3" in capsys.readouterr().err
    assert Path("journal.html").read_bytes() == before


def test_soreness_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    kept = answer(capsys, "soreness", "gluteal", "--left", "2", "--time", "18:30")
    assert kept["kept"]["time"] == "18:30:00"


@pytest.mark.parametrize("command", [["status"], ["report", "--out", "{tmp}/page.html"]])
def test_a_journal_that_is_not_there_is_named(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = [part.format(tmp=tmp_path) for part in command]
    assert run(["journal", *argv, "--journal", str(tmp_path / "jornal")]) == 0
    assert f"{tmp_path / 'jornal'}: no such folder" in capsys.readouterr().err
    (tmp_path / "jornal").mkdir()
    assert run(["journal", *argv, "--journal", str(tmp_path / "jornal")]) == 0
    assert "no such folder" not in capsys.readouterr().err
