"""Names of runs, JSON, progress."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.cli.common import print_json, progress, run_names
from hipgait.cli.main import run
from hipgait.errors import InputError


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["a/one", "a/two"], ["one", "two"]),
        (["mon/run.mcap", "tue/run.mcap"], ["mon-run", "tue-run"]),
        (["a/run.csv.gz", "a/jog.zip"], ["run", "jog"]),
        (["a/run.mcap", "a/run.csv"], ["run.mcap", "run.csv"]),
        (["x/mon/run", "y/mon/run", "y/tue/run"], ["x-mon-run", "y-mon-run", "y-tue-run"]),
        (["2026.11.22"], ["2026.11.22"]),
    ],
)
def test_run_names(paths: list[str], names: list[str]) -> None:
    assert run_names([Path(p) for p in paths]) == names


def test_a_run_twice() -> None:
    with pytest.raises(InputError, match="given twice"):
        run_names([Path("a/b"), Path("a/c/../b")])


words = st.lists(st.sampled_from(["a", "b", "run", "run.csv", "run.mcap"]), min_size=1, max_size=4)


@given(st.lists(words, min_size=1, max_size=6, unique_by=tuple))
def test_names_are_distinct(parts: list[list[str]]) -> None:
    names = run_names([Path("/", *p) for p in parts])
    assert len(set(names)) == len(parts)
    assert not any("/" in name for name in names)


def test_json_is_strict(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"x": float("nan"), "n": np.int64(3), "a": np.array([1.5, np.nan]), "p": Path("q")})
    assert json.loads(capsys.readouterr().out) == {"x": None, "n": 3, "a": [1.5, None], "p": "q"}


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as step:
        step("reading")
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress(quiet=True) as step:
        step("reading")
    assert capsys.readouterr() == ("", "")
    with progress() as step:
        step("reading a file")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "reading a file" in captured.err


@pytest.mark.parametrize("command", ["analyze", "control-test"])
def test_a_given_name_that_is_no_utf8_is_one_line(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir("/")
    assert run([command, "l\udce4uft", "--out", str(tmp_path / "x")]) == 1
    assert not list(tmp_path.iterdir())
    said = capsys.readouterr().err
    assert said.startswith("hipgait: ")
    assert said.endswith("l?uft: this name is not UTF-8. Rename it, or give another\n")
