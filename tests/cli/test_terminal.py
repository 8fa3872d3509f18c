"""Names that hold orders to a terminal are shown, and never obeyed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.cli.common import print_json, progress
from hipgait.cli.main import run
from hipgait.cli.terminal import plain, say, tell

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\r"
TURNED = "\u202e"


def obeyed(text: str) -> list[str]:
    """Characters that a terminal would take for an order, or that turn the text."""
    return [
        c for c in text if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 or c == TURNED
    ]


@given(st.text())
def test_nothing_is_left_that_gives_orders(text: str) -> None:
    shown = plain(text)
    assert not obeyed(shown)
    assert plain(shown) == shown
    if text.isprintable():
        assert shown == text


def test_umlauts_and_arrows_stay() -> None:
    assert plain("Jörg → 3.1°\n\tµ") == "Jörg → 3.1°\n\tµ"


def test_said_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    say(EVIL)
    tell(EVIL)
    out, err = capsys.readouterr()
    assert "\\u001b]0;owned\\u0007" in out
    assert out == err
    assert not obeyed(out)


def test_json_keeps_the_characters_and_stays_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": EVIL})
    out = capsys.readouterr().out
    assert not obeyed(out)
    assert json.loads(out) == {"name": EVIL}


@pytest.mark.parametrize(
    "words",
    [
        ["analyze", f"no{EVIL}such", "--out", "o"],
        ["analyze", "--no\x1b[2Jsuch"],
        ["journal", "list", "--table", EVIL],
        ["export", "x", "--format", EVIL, "--out", "o"],
        ["no\x1b[31msuch"],
    ],
)
def test_a_wrong_word_is_told_without_its_orders(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) != 0
    out, err = capsys.readouterr()
    assert err.strip()
    assert not obeyed(out + err)


def test_a_file_in_a_run_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / f"pelvis{EVIL[:9]}.csv").write_text("time_s,acc_x\n0,\x1b[2J\n1,2\n")
    assert run(["analyze", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    out, err = capsys.readouterr()
    assert err.startswith("hipgait: ")
    assert not obeyed(out + err)


def test_brackets_in_a_name_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress() as step:
        step("reading [/b]run[red].csv")
        step("")
