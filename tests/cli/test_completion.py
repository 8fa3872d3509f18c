"""Shells complete commands and options."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from hipgait.cli.completion import SHELLS, VARIABLE
from hipgait.cli.main import run


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"{VARIABLE}={shell}_complete" in script
    if shell == "bash":
        bash = shutil.which("bash")
        assert bash is not None
        subprocess.run([bash, "-n"], input=script, text=True, check=True, timeout=20)


@pytest.mark.parametrize(
    ("words", "at", "wanted"),
    [("hipgait an", 1, "analyze"), ("hipgait analyze --speed", 2, "--speed-mps")],
)
def test_what_is_completed(
    words: str,
    at: int,
    wanted: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(VARIABLE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(at))
    assert run([]) == 0
    assert capsys.readouterr().out.split() == [f"plain,{wanted}"]


def test_an_unknown_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err
