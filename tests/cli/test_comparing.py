"""``hipgait compare``: words, files, and one clear line for what cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from hipgait import api
from hipgait.cli.comparing import spread
from hipgait.cli.main import run
from hipgait.io.results import write_results
from hipgait.resources import data_path
from hipgait.results import load
from tests.report.fabricate import Story, fabricate

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "comparison.schema.json").read_text())


def save(folder: Path, story: Story, day: int) -> Path:
    found = fabricate(story)
    document = {
        **found.run,
        "schema_version": "1.0",
        "name": folder.name,
        "start_utc": f"2026-03-{day:02d}T08:00:00+00:00",
        "summary": found.summary_table,
        "drift": found.drift,
        "quality": found.quality,
        "info": {},
        "inputs": [{"path": "pelvis.csv", "sha256": f"{folder.name}"}],
    }
    return write_results(folder, found.strides, found.cycles, document)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("runs")
    return [
        save(root / f"r{i}", replace(Story(minutes=12.0, turns=0, rise_deg=0.5), seed=i), i + 1)
        for i in range(8)
    ]


def test_each_option_takes_every_word_up_to_the_next() -> None:
    assert spread(["--before", "a", "b", "--out", "d", "--after", "c"]) == [
        *("--before", "a", "--before", "b", "--out", "d", "--after", "c")
    ]
    assert spread(["--before=a", "b", "--json"]) == ["--before", "a", "--before", "b", "--json"]
    assert spread(["--before", "--after", "c"]) == ["--before", "--after", "c"]
    assert spread(["--before", "a", "--", "b"]) == ["--before", "a", "--", "b"]


def words(runs: list[Path], out: Path, *more: str) -> list[str]:
    first, second = ([str(r) for r in part] for part in (runs[:4], runs[4:]))
    return ["compare", "--before", *first, "--after", *second, "--out", str(out), *more]


def test_analysed_runs_are_compared(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(runs, tmp_path / "out")) == 0
    told = capsys.readouterr().out
    assert "Pelvic drop" in told
    assert "(primary)" in told
    document = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert [r["name"] for r in document["runs"]] == [f"r{i}" for i in range(8)]
    assert document["outcomes"]["pelvic_drop_excursion"]["n_before"] == 4
    assert not (tmp_path / "out" / "runs").exists()
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "4 runs" in page
    assert str(tmp_path / "out" / "report.html") in told
    again = api.compare(runs[:4], runs[4:])
    assert again.primary.estimate == document["outcomes"]["pelvic_drop_excursion"]["estimate"]


def test_json_holds_the_same(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(runs, tmp_path / "out", "--json")) == 0
    printed = json.loads(capsys.readouterr().out)["comparison"]
    written = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert printed["outcomes"] == written["outcomes"]


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (lambda w, r: [x for x in w if x != "--after" and x not in map(str, r[4:])], 2, "--after"),
        (lambda w, r: [*w, "--after", str(r[0])], 1, "given twice"),
        (lambda w, r: [*w, "--after", str(r[0].parent / "none")], 1, "no such file"),
        (lambda w, r: [*w, "--plan", str(r[0] / "plan.toml")], 1, "no such file"),
        (lambda w, r: [*w, "--journal", str(r[0] / "journal.toml")], 1, "no such file"),
        (lambda w, r: [*w, "--journal", str(r[0] / "run.json")], 1, "no file of a journal"),
        (lambda w, r: [*w, "--journal", str(r[0])], 1, "holds no file of a journal"),
    ],
)
def test_bad_input_is_one_line(
    runs: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change,
    code: int,
    told: str,
) -> None:
    assert run(change(words(runs, tmp_path / "out"), runs)) == code
    error = capsys.readouterr().err
    assert told in error
    if code == 1:
        assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "out" / "comparison.json").exists()


def test_a_journal_stands_beside_the_runs(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "journal"
    rows = [f"2026-03-{d:02d},clamshell,left,3,12\n" for d in (1, 3, 5, 8, 30)]
    rows.append("2026-03-04,lateral_step_down,left,3,8\n")
    book.mkdir()
    (book / "sessions.csv").write_text("date,exercise,side,sets,reps\n" + "".join(rows))
    (book / "soreness.csv").write_text(
        "date,after_h,region,left,right\n2026-03-05,48,gluteal,4,1\n2026-03-07,48,gluteal,2,2\n"
    )
    assert run(words(runs, tmp_path / "out", "--journal", str(book))) == 0
    document = json.loads((tmp_path / "out" / "comparison.json").read_text())
    jsonschema.validate(document, SCHEMA)
    assert document["journal"] == str(book)
    told = document["journal_rows"]
    # activation alone is no session; what lies outside the runs does not count
    assert told["sessions"] == [{"date": "2026-03-04", "hard_sets": 3.0}]
    assert [s["level"] for s in told["soreness"]] == [4.0, 2.0]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Strength sessions" in page
    assert "Soreness at 48 h" in page
    # the numbers do not rest on it
    (book / "sessions.csv").write_text("date,exercise,side,sets,reps\n")
    (book / "soreness.csv").unlink()
    again = api.compare(runs[:4], runs[4:], journal=book / "sessions.csv")
    assert again.document["outcomes"] == api.compare(runs[:4], runs[4:]).document["outcomes"]
    assert again.journal_rows is None
    assert "the journal has no entry between the first and the last run" in again.notes
    (book / "sessions.csv").write_text("date,exercise,sets,reps\n2026-03-04,clamshel,3,8\n")
    capsys.readouterr()
    assert run(words(runs, tmp_path / "bad", "--journal", str(book))) == 1
    assert "sessions.csv" in capsys.readouterr().err
    assert not (tmp_path / "bad").exists()


@pytest.mark.ci
@pytest.mark.long
def test_recordings_are_analysed_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = data_path("tired-runner"), data_path("walk-and-run")
    out = tmp_path / "out"
    told = ["compare", "--before", str(first), "--after", str(second), "--out", str(out)]
    assert run([*told, "--pdf"]) == 0
    assert "too few" in capsys.readouterr().out.lower()
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF-")
    document = json.loads((out / "comparison.json").read_text())
    assert [r["name"] for r in document["runs"]] == ["tired-runner", "walk-and-run"]
    kept = out / "runs" / "walk-and-run"
    assert load(kept).run["inputs"]
    # from Python a recording may stand beside an analysed run
    found = api.compare([first], [kept])
    assert json.loads(json.dumps(found.document["outcomes"])) == document["outcomes"]


def test_a_journal_beside_runs_without_dates(runs: list[Path], tmp_path: Path) -> None:
    undated = [replace(load(r), info=replace(load(r).info, start_utc=None)) for r in runs[:4]]
    (tmp_path / "sessions.csv").write_text("date,exercise,sets,reps\n")
    found = api.compare(undated, runs[4:], journal=tmp_path)
    assert found.journal_rows is None
    assert "the journal is not shown: a run has no date" in found.notes


def test_the_same_recording_under_two_names_is_refused(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    copy = shutil.copytree(runs[0], tmp_path / "copy")
    assert run(words([*runs, copy], tmp_path / "out")) == 1
    assert "the same recording" in capsys.readouterr().err
