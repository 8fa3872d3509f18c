"""Workers die; every task is done once all the same."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from hipgait.batch import processes
from hipgait.batch.processes import run_processes
from hipgait.batch.work import DONE, FAILED
from tests.batch.jobs import dies, grows, mark, plan, results, slow, warns, whose


def test_each_task_is_done_once(tmp_path: Path) -> None:
    work = plan(tmp_path, 7)
    found = list(run_processes(mark, [work.task(s) for s in work.sources], 2))
    assert sorted(d.source for d in found) == sorted(work.sources)
    assert {d.state for d in found} == {DONE}
    assert results(tmp_path) == {f"{k}": f"{k}" for k in range(7)}
    assert len(list((tmp_path / "out").glob("begun-*"))) == 7
    assert not multiprocessing.active_children()


def test_a_worker_is_replaced_after_so_many_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What leaks in a library never adds up."""
    monkeypatch.setattr(processes, "TASKS", 2)
    work = plan(tmp_path, 3)
    found = list(run_processes(whose, [work.task(s) for s in work.sources], 1))
    pids = [d.what for d in found]
    assert pids[0] == pids[1] != pids[2]
    assert str(os.getpid()) not in pids


def test_a_warning_of_a_worker_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    work = plan(tmp_path, 2)
    assert len(list(run_processes(warns, [work.task(s) for s in work.sources], 1))) == 2
    assert capfd.readouterr().err == "hipgait: note: column k is left out\n"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_recording_that_kills_its_workers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "DEATHS", 2)
    work = plan(tmp_path, 4)
    found = {d.source: d for d in run_processes(dies, [work.task(s) for s in work.sources], 1)}
    assert [found[s].state for s in work.sources] == [FAILED, DONE, DONE, DONE]
    failed = found[work.sources[0]]
    assert failed.kind == "WorkerDied"
    assert "died 2 times (exit code -9" in failed.what
    assert len(list((tmp_path / "out").glob("begun-0-*"))) == 2
    assert len(list((tmp_path / "out").glob("begun-1-*"))) == 2


@pytest.mark.ci
@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_a_worker_that_grows_too_large_is_ended(tmp_path: Path) -> None:
    work = plan(tmp_path, 2)
    tasks = [work.task(s) for s in work.sources]
    found = {d.source: d for d in run_processes(grows, tasks, 1, memory_mb=400.0)}
    assert [found[s].state for s in work.sources] == [FAILED, DONE]
    assert found[work.sources[0]].kind == "MemoryLimit"


def test_a_stopped_batch_leaves_no_worker(tmp_path: Path) -> None:
    work = plan(tmp_path, 6)
    running = run_processes(slow, [work.task(s) for s in work.sources], 2)
    next(running)
    running.close()  # as an exception in the caller does
    assert not multiprocessing.active_children()


def kill_some(kills: int, pause_s: tuple[float, float], stop: threading.Event) -> list[int]:
    """Kill random worker processes of this one until stopped."""
    lot, killed = random.Random(5), list[int]()
    while len(killed) < kills and not stop.is_set():
        time.sleep(lot.uniform(*pause_s))
        children = [p for p in multiprocessing.active_children() if p.pid is not None]
        if children:
            victim = lot.choice(children).pid
            assert victim is not None
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
            killed.append(victim)
    return killed


def killed_batch(root: Path, tasks: int, kills: int) -> None:
    work = plan(root, tasks)
    stop = threading.Event()
    killed: list[int] = []
    killer = threading.Thread(target=lambda: killed.extend(kill_some(kills, (0.2, 0.6), stop)))
    killer.start()
    try:
        found = list(run_processes(slow, [work.task(s) for s in work.sources], 2))
    finally:
        stop.set()
        killer.join()
    assert len(killed) >= min(kills, 2)
    assert sorted(d.source for d in found) == sorted(work.sources)
    assert FAILED not in {d.state for d in found}
    assert results(root) == {f"{k}": f"{k}" for k in range(tasks)}


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.ci
@pytest.mark.long
def test_random_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    killed_batch(tmp_path, 12, 2)


@pytest.mark.ci
@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_thirty_random_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    killed_batch(tmp_path, 200, 30)
