"""Exit codes, one clear line on stderr, never a traceback."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from hipgait import __version__
from hipgait.cli import main as main_module
from hipgait.cli.main import COMMANDS, run
from hipgait.errors import FormatError, MissingExtraError


@pytest.fixture
def fails_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], int]:
    """Run a command that raises what it is given."""

    def go(error: BaseException) -> int:
        @click.command("boom")
        def command() -> None:
            raise error

        module = types.ModuleType("boom_module")
        module.command = command  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "boom_module", module)
        monkeypatch.setitem(COMMANDS, "boom", "boom_module")
        return run(["boom"])

    return go


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"hipgait {__version__}\n"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"hipgait {command}" in out.split("Example", 1)[1]
    assert "--json" in out


@pytest.mark.parametrize(
    "argv",
    [
        ["nope"],
        ["--nope"],
        ["analyze"],
        ["analyze", "x"],
        ["analyze", "x", "--out"],
        ["analyze", "x", "--out", "y", "--speed-mps", "fast"],
        ["analyze", "x", "--out", "y", "--speed-mps", "-3"],
        ["analyze", "x", "--out", "y", "--sensor", "pelvis"],
        ["analyze", "x", "--out", "y", "--sensor", "hip=a.csv"],
        ["analyze", "x", "--out", "y", "--sensor", "pelvis=a.csv", "--sensor", "pelvis=b.csv"],
        ["analyze", "x", "z", "--out", "y", "--sensor", "pelvis=a.csv"],
        ["export", "x", "--out", "y"],
        ["export", "x", "--out", "y", "--format", "xlsx"],
        ["doctor", "x"],
        ["analyze", "x", "--out", ""],
        ["analyze", "", "--out", "y"],
        ["export", "x", "--out", "", "--format", "csv"],
        ["demo", "--out", ""],
        ["import", "x", "--out", ""],
    ],
)
def test_wrong_use_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(argv) == 2
    captured = capsys.readouterr()
    assert "Error: " in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    "argv",
    [
        ["analyze", "{missing}", "--out", "{out}"],
        ["analyze", "{missing}", "--out", "{out}", "--json"],
        ["analyze", "{empty}", "--out", "{file}"],
        ["import", "{missing}", "--out", "{out}"],
        ["export", "{missing}", "--format", "csv", "--out", "{out}"],
    ],
)
def test_bad_input_is_1_and_one_line(
    argv: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    places = {name: tmp_path / name for name in ("missing", "empty", "file", "out")}
    assert run([word.format(**places) for word in argv]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("hipgait: ")
    assert "missing" in captured.err or "file" in captured.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            FormatError("a.csv", "time runs backwards", "Export again", line=4, column="time_s"),
            "hipgait: a.csv, line 4, column time_s: time runs backwards. Export again\n",
        ),
        (
            MissingExtraError("fitdecode", "fit"),
            'hipgait: fitdecode is not installed. Install it with: pip install "hipgait[fit]"\n',
        ),
        (PermissionError(13, "Permission denied", "x.csv"), "hipgait: x.csv: Permission denied\n"),
        (OSError("no space\nleft"), "hipgait: no space left\n"),
        (
            MemoryError(),
            "hipgait: out of memory. Analyse a shorter recording, or on a larger machine\n",
        ),
        (
            ValueError("a\nb"),
            "hipgait: internal error (ValueError: a b); run with HIPGAIT_DEBUG=1 to see where\n",
        ),
    ],
)
def test_errors_are_one_line(
    error: Exception,
    line: str,
    fails_with: Callable[[BaseException], int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fails_with(error) == 1
    assert capsys.readouterr() == ("", line)


def test_debug_shows_the_traceback(
    fails_with: Callable[[BaseException], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIPGAIT_DEBUG", "1")
    with pytest.raises(ValueError, match="seen"):
        fails_with(ValueError("seen"))


def test_ctrl_c(
    fails_with: Callable[[BaseException], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert fails_with(KeyboardInterrupt()) == 130
    assert capsys.readouterr().err.strip().splitlines()[-1] == "hipgait: interrupted"


def test_sigterm_leaves_through_finally_blocks() -> None:
    code = (
        "import os, signal, sys, types, click\n"
        "from hipgait.cli import main\n"
        "@click.command()\n"
        "def command():\n"
        "    try: os.kill(os.getpid(), signal.SIGTERM); signal.pause()\n"
        "    finally: print('cleaned')\n"
        "sys.modules['slow'] = types.SimpleNamespace(command=command)\n"
        "main.COMMANDS['slow'] = 'slow'\n"
        "main.main(['slow'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGTERM, "cleaned\n", "")


def test_a_closed_pipe_is_nothing_to_cry_about() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "hipgait", "doctor"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_warnings_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main_module._show_warning("some\nthing", UserWarning, "file.py", 3)
    assert capsys.readouterr().err == "hipgait: note: some thing\n"


def test_a_terminal_without_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    main_module._prepare_streams()
    print("1.4° more", flush=True)
    assert raw.getvalue() == b"1.4? more\n"


def test_python_dash_m_with_warnings_as_errors() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "hipgait", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    with warnings.catch_warnings():
        assert run(["--version"]) == 0


def test_a_folder_that_may_not_be_read_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda *args, **options: False)
    assert run(["analyze", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "no sensor file" in capsys.readouterr().err
