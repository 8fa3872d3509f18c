"""The same on Dask: workers and the scheduler die, and every task is done once all the same."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hipgait.batch.cluster import Idle, NoWorkersWarning, run_cluster
from hipgait.batch.work import DONE, FAILED
from hipgait.errors import InputError, MissingExtraError
from tests.batch.jobs import mark, plan, results, slow

pytest.importorskip("distributed")
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A scheduler and workers as programs of their own; what dies is started again by ``keep``."""

    def __init__(self, workers: int) -> None:
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler = self._start_scheduler()
        self.workers = [self._start_worker() for _ in range(workers)]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-W", "ignore", "-m", "distributed.cli." + words[0], *words[1:]]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
        )

    def _start_scheduler(self) -> subprocess.Popen[bytes]:
        return self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port),
            "--no-dashboard", "--no-show",
        )  # fmt: skip

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return self._start(
            "dask_worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard",
            "--death-timeout", "60",
        )  # fmt: skip

    def keep(self) -> None:
        """Start again what died, as a system that runs a cluster does."""
        if self.scheduler.poll() is not None:
            self.scheduler = self._start_scheduler()
        for k, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[k] = self._start_worker()

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def disturbed(cluster: Cluster, kills: int, restart_after: int) -> Iterator[list[str]]:
    """Kill random workers, and the scheduler once; everything comes back."""
    stop, log, lot = threading.Event(), list[str](), random.Random(3)

    def disturb() -> None:
        while not stop.is_set():
            time.sleep(lot.uniform(0.5, 2.0))
            if len(log) == restart_after:
                cluster.scheduler.kill()
                cluster.scheduler.wait()
                log.append("scheduler")
            elif len(log) <= kills:
                victim = lot.choice(cluster.workers)
                victim.kill()
                victim.wait()
                log.append("worker")
            cluster.keep()

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield log
    finally:
        stop.set()
        thread.join()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of Dask, about connections that were cut
def test_thirty_kills_and_a_new_scheduler_lose_and_double_nothing(tmp_path: Path) -> None:
    work = plan(tmp_path, 400)
    cluster = Cluster(2)
    try:
        with disturbed(cluster, 30, 10) as log:
            tasks = [work.task(s) for s in work.sources]
            found = list(run_cluster(slow, tasks, cluster.address))
    finally:
        cluster.close()
    print(log)
    assert log.count("scheduler") == 1
    assert log.count("worker") >= 30
    assert sorted(d.source for d in found) == sorted(work.sources)
    assert FAILED not in {d.state for d in found}
    assert results(tmp_path) == {f"{k}": f"{k}" for k in range(400)}


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_of_its_own(tmp_path: Path) -> None:
    work = plan(tmp_path, 5)
    found = list(run_cluster(mark, [work.task(s) for s in work.sources], "local", 1))
    assert {d.source: d.state for d in found} == dict.fromkeys(work.sources, DONE)
    assert results(tmp_path) == {f"{k}": f"{k}" for k in range(5)}


@pytest.mark.filterwarnings("ignore")
def test_no_scheduler_is_one_line(tmp_path: Path) -> None:
    work = plan(tmp_path, 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        list(run_cluster(mark, [work.task(work.sources[0])], address, patience_s=0.5))


def test_a_cluster_without_workers_is_told_once_and_waited_for() -> None:
    idle = Idle("tcp://lab:8786")
    idle.look(0, 100.0)
    idle.look(0, 105.0)  # workers take seconds to start
    with pytest.warns(NoWorkersWarning, match=r"waiting for one \(dask worker tcp://lab:8786\)"):
        idle.look(0, 111.0)
    idle.look(0, 10_000.0)  # said once, and no end to the patience
    idle.look(2, 10_001.0)
    idle.look(0, 10_002.0)  # all died: the time begins anew
    with pytest.warns(NoWorkersWarning):
        idle.look(0, 10_013.0)


def test_a_cluster_without_workers_may_be_given_up() -> None:
    idle = Idle("tcp://lab:8786", wait_s=5.0)
    idle.look(0, 0.0)
    idle.look(1, 4.0)
    idle.look(0, 8.0)
    idle.look(0, 12.9)
    with pytest.raises(InputError, match=r"no worker for 5 s\. Start one \(dask worker"):
        idle.look(0, 13.0)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_alone_is_given_up(tmp_path: Path) -> None:
    work, cluster = plan(tmp_path, 1), Cluster(0)
    try:
        with pytest.raises(InputError, match="no worker for"):
            list(run_cluster(mark, [work.task(work.sources[0])], cluster.address, wait_s=2.0))
    finally:
        cluster.close()


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    work = plan(tmp_path, 1)
    with pytest.raises(MissingExtraError, match=r"hipgait\[batch\]"):
        list(run_cluster(mark, [work.task(work.sources[0])], "local"))
