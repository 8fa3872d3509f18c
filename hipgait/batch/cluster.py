"""The same tasks on a Dask cluster; workers and the scheduler itself may die in between.

Results are named by their content and the store is the only memory: what was lost on the way is
given out again, and what was done already is found.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from hipgait.batch.plan import Task
from hipgait.batch.work import FAILED, Done
from hipgait.errors import InputError, MissingExtraError

Work = Callable[[Task], Done]

LOCAL: Final = "local"
AHEAD: Final = 3
"""tasks given out a thread: enough that none waits, few enough that little is lost"""
PATIENCE_S: Final = 120.0
"""how long a scheduler may be away"""
TURN_S: Final = 2.0
"""how often it is looked whether the scheduler is still there"""
KILLS: Final = 3
"""Dask itself gives a task to four workers before it says that the task kills them."""


IDLE_S: Final = 10.0
"""after so long without a worker it is said what is waited for: workers take seconds to start"""


class _Lost(Exception):
    """The scheduler went, and with it what it knew."""


class NoWorkersWarning(UserWarning):
    """A cluster has no worker, and the batch waits for one."""


@dataclass
class Idle:
    """How long no worker has been there; said once, and given up after ``wait_s``.

    since : by the monotonic clock, s; None while there is one.
    """

    address: str
    wait_s: float | None = None
    since: float | None = None
    told: bool = False

    def look(self, threads: int, now: float) -> None:
        """Note how many threads there are. Raises InputError: none for too long."""
        if threads:
            self.since, self.told = None, False
            return
        self.since = now if self.since is None else self.since
        gone = now - self.since
        cure = f"dask worker {self.address}"
        if self.wait_s is not None and gone >= self.wait_s:
            raise InputError(
                f"{self.address}: no worker for {gone:.0f} s",
                f"Start one ({cure}), and run the same command again",
            )
        if gone >= IDLE_S and not self.told:
            self.told = True
            what = f"{self.address}: no worker is there; waiting for one ({cure})"
            warnings.warn(what, NoWorkersWarning, stacklevel=2)


def run_cluster(
    work: Work,
    tasks: Sequence[Task],
    address: str,
    workers: int | None = None,
    memory_mb: float | None = None,
    patience_s: float = PATIENCE_S,
    wait_s: float | None = None,
) -> Iterator[Done]:
    """Do every task; results come as they are ready, each once.

    Parameters
    ----------
    address : of a scheduler (``tcp://host:8786``), or "local".
    workers, memory_mb : of a local cluster.
    wait_s : how long there may be no worker; None: as long as it takes.

    Raises
    ------
    InputError : no scheduler there for ``patience_s``, or no worker for ``wait_s``.
    MissingExtraError : Dask is not installed.
    """
    dask = _distributed()
    pending = {task.source: task for task in tasks}
    kills: Counter[str] = Counter()
    with _cluster(dask, address, workers, memory_mb) as where:
        idle = Idle(where, wait_s)
        while pending:
            try:
                with _client(dask, where, patience_s) as client:
                    for done in _round(dask, client, work, pending, kills, idle):
                        del pending[done.source]
                        yield done
            except (_Lost, OSError, dask.CancelledError, TimeoutError):
                time.sleep(TURN_S)


def _distributed() -> ModuleType:
    try:
        import distributed
    except ModuleNotFoundError:
        raise MissingExtraError("distributed", "batch") from None
    return distributed


@contextmanager
def _cluster(
    dask: Any, address: str, workers: int | None, memory_mb: float | None
) -> Iterator[str]:
    """Address of the scheduler; a local cluster is made and ended here."""
    if address != LOCAL:
        yield address
        return
    limit = "auto" if memory_mb is None else int(memory_mb * 1024**2)
    with dask.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        memory_limit=limit,
        dashboard_address=":0",
        silence_logs=50,
    ) as cluster:
        yield str(cluster.scheduler_address)


@contextmanager
def _client(dask: Any, address: str, patience_s: float) -> Iterator[Any]:
    end = time.monotonic() + patience_s
    while True:
        try:
            client = dask.Client(address, timeout=min(10.0, patience_s), set_as_default=False)
            break
        except (OSError, TimeoutError, ValueError) as error:
            if isinstance(error, ValueError) or time.monotonic() > end:
                raise InputError(
                    f"{address}: no Dask scheduler answers ({' '.join(str(error).split())[:120]})",
                    "Start one (dask scheduler), and run the same command again",
                ) from None
            time.sleep(TURN_S)
    try:
        yield client
    finally:
        client.close(timeout=10)


def _round(
    dask: Any,
    client: Any,
    work: Work,
    pending: dict[str, Task],
    kills: Counter[str],
    idle: Idle,
) -> Iterator[Done]:
    """Give out and take in until nothing is left or the scheduler is lost (``_Lost``)."""
    todo = list(reversed(pending.values()))
    out: dict[Any, Task] = {}
    while todo or out:
        threads = sum(client.nthreads().values())
        idle.look(threads, time.monotonic())
        while todo and len(out) < AHEAD * max(1, threads):
            task = todo.pop()
            out[client.submit(work, task, pure=False, retries=0)] = task
        try:
            with client.as_current():
                dask.wait(list(out), timeout=TURN_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            _still_there(client)
            continue
        for future in [f for f in out if f.status != "pending"]:
            task = out.pop(future)
            if future.status == "finished":
                yield future.result()
            elif future.status == "error":
                done = _error(task, future, kills)
                if done is None:
                    todo.append(task)
                else:
                    yield done
            else:
                raise _Lost


def _still_there(client: Any) -> None:
    if client.status != "running":
        raise _Lost


def _error(task: Task, future: Any, kills: Counter[str]) -> Done | None:
    """What an error of Dask itself means; None: try once more."""
    error = future.exception()
    kills[task.source] += 1
    if kills[task.source] < KILLS:
        return None
    line = " ".join(str(error).split())[:300]
    return Done(task.source, FAILED, task.recording, type(error).__name__, line)
