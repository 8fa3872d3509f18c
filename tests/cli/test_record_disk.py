"""What the system does to a file while it is recorded: its room ends, its folder is closed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hipgait.cli.main import run
from hipgait.io.capture_read import read_capture
from tests.cli.tapped import PLACES, Process, recorded

resource = pytest.importorskip("resource", reason="no limits of this kind on Windows")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="prlimit, setpriv and tmpfs are Linux's")
ROOM = 60_000
"""bytes: about a second of three sensors"""


def streams(process: Process) -> None:
    """Wait until every sensor does."""
    process.read(150)
    while {place for place, _, _ in process.told} != set(PLACES):
        process.read(len(process.told) + 10)


def whole_until(process: Process, copy: Path) -> None:
    """What is in the file is what was handed over, up to a moment; recovered, nothing differs."""
    assert run(["recover", str(process.out), "--out", str(copy)]) == 0
    assert read_capture(copy).finished
    for placement in PLACES:
        kept = recorded(copy, placement)
        assert kept
        assert kept == sorted(process.of(placement))[: len(kept)]
        assert kept == recorded(process.out, placement)


def one_line(complained: str) -> str:
    """The last line; the screen goes before it."""
    assert "Traceback" not in complained
    line = complained.splitlines()[-1]
    assert line.startswith("hipgait: ")
    return line


@pytest.mark.ci
@pytest.mark.long
@LINUX
def test_the_file_may_not_grow(tmp_path: Path) -> None:
    """A limit of the system, set while it runs: what a file system of 4 GB files does as well."""
    process = Process(tmp_path / "run.mcap")
    streams(process)
    limit = process.out.stat().st_size + ROOM
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
    code, _, complained = process.end()
    assert code == 1
    line = one_line(complained)
    assert f"{process.out}: recording has stopped: the file may not grow any further" in line
    assert "hipgait recover" in line
    assert limit - ROOM < process.out.stat().st_size <= limit
    whole_until(process, tmp_path / "whole.mcap")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of half a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small disk: mounting is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.ci
@pytest.mark.long
@LINUX
def test_the_disk_is_full(small_disk: Path, tmp_path: Path) -> None:
    process = Process(small_disk / "run.mcap", tap=tmp_path)
    code, _, complained = process.end()
    assert code == 1
    line = one_line(complained)
    assert f"{process.out}: recording has stopped: the disk is full" in line
    assert "once there is room" in line
    whole_until(process, tmp_path / "whole.mcap")


@pytest.mark.ci
@pytest.mark.long
@LINUX
def test_a_folder_that_is_closed_loses_nothing(tmp_path: Path) -> None:
    """The file is open, and stays so; only the next recording is refused."""
    folder = tmp_path / "runs"
    folder.mkdir()
    bound: list[str] = []
    if os.geteuid() == 0:  # root without the right to go everywhere
        if shutil.which("setpriv") is None:
            pytest.skip("root may go everywhere, and there is no setpriv to forbid it")
        bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    process = Process(folder / "run.mcap", tap=tmp_path, before=bound)
    streams(process)
    folder.chmod(0)
    try:
        process.read(len(process.told) + 250)
        process.send(signal.SIGTERM)
        code, said, complained = process.end()
        again = subprocess.run(
            [*bound, sys.executable, "-m", "hipgait", "record", "--simulate", "--duration", "5",
             "--out", str(folder / "next.mcap")],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    finally:
        folder.chmod(0o700)
    assert code == 0, complained
    assert "recorded" in said
    assert read_capture(process.out).finished
    for placement in PLACES:
        assert recorded(process.out, placement) == sorted(process.of(placement))
    assert again.returncode == 1
    line = one_line(again.stderr)
    assert "next.mcap: cannot be written (Permission denied). Choose another folder" in line
