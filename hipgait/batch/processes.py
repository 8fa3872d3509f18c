"""Worker processes of this machine, each with one recording at a time; one that dies costs nothing.

A pool of the standard library gives up when one worker dies. Here every worker has its own pipe,
so that it is known what it was at: that task is given to another one, and a recording that keeps
killing its workers is noted as failed.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final, TextIO

from hipgait.batch.plan import Task
from hipgait.batch.work import FAILED, Done

Work = Callable[[Task], Done]

DEATHS: Final = 5
"""So many workers may die over one recording: machines kill at random, recordings every time."""
LOOK_S: Final = 0.5
"""how often the memory of the workers is looked at"""
TASKS: Final = 200
"""A worker is replaced after so many tasks: what leaks in a library never adds up."""


@dataclass
class Worker:
    """A process. task : what it is at, None while idle.  taken : tasks so far."""

    process: BaseProcess
    pipe: Connection
    task: Task | None = None
    taken: int = 0
    too_large: bool = False


def run_processes(
    work: Work, tasks: Sequence[Task], workers: int, memory_mb: float | None = None
) -> Iterator[Done]:
    """Do every task once; results come as they are ready.

    Parameters
    ----------
    workers : processes at most.
    memory_mb : a worker that grows beyond is ended (Linux); its recording has failed.
    """
    todo = deque(tasks)
    deaths: Counter[str] = Counter()
    crew: list[Worker] = []
    try:
        while todo or any(w.task for w in crew):
            _staff(crew, work, min(workers, len(todo) + sum(w.task is not None for w in crew)))
            for worker in crew:
                if worker.task is None and todo:
                    _give(worker, todo.popleft())
            ready = wait([w.pipe for w in crew if w.task], None if memory_mb is None else LOOK_S)
            for worker in [w for w in crew if w.pipe in ready]:
                done = _answer(worker)
                if done is not None:
                    yield done
                    worker.task = None
                    if worker.taken < TASKS and not worker.too_large:
                        continue
                elif worker.task is not None:
                    deaths[worker.task.source] += 1
                    failed = _lost(worker, deaths[worker.task.source])
                    if failed is not None:
                        yield failed
                    else:
                        todo.append(worker.task)
                crew.remove(worker)
                _end(worker)
            if memory_mb is not None:
                _watch(crew, memory_mb)
    finally:
        for worker in crew:
            _end(worker)


def _staff(crew: list[Worker], work: Work, wanted: int) -> None:
    """New workers in place of those that went."""
    context = multiprocessing.get_context("spawn")
    for worker in [w for w in crew if w.task is None and not w.process.is_alive()]:
        crew.remove(worker)
        _end(worker)
    while len(crew) < wanted:
        ours, theirs = context.Pipe()
        process = context.Process(target=_loop, args=(theirs, work), daemon=True)
        process.start()
        theirs.close()
        crew.append(Worker(process, ours))


def _loop(pipe: Connection, work: Work) -> None:
    """A worker's life: until the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if not sys.warnoptions:
        warnings.showwarning = _note
    try:
        while True:
            pipe.send(work(pipe.recv()))
    except (EOFError, OSError):
        return


def _note(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning in one line, as the command line tells it, without places of this machine."""
    sys.stderr.write(f"hipgait: note: {' '.join(str(message).split())}\n")


def _give(worker: Worker, task: Task) -> None:
    worker.task = task
    worker.taken += 1
    try:
        worker.pipe.send(task)
    except OSError:
        return  # it died meanwhile: its pipe tells


def _answer(worker: Worker) -> Done | None:
    """What a worker says; None: it died."""
    try:
        done: Done = worker.pipe.recv()
    except (EOFError, OSError):
        return None
    return done


def _lost(worker: Worker, times: int) -> Done | None:
    """Whether a recording is given up; None: another worker tries."""
    assert worker.task is not None
    task = worker.task
    if worker.too_large:
        what = "needs more memory than a worker may take. Analyse a shorter part, or allow more"
        return Done(task.source, FAILED, task.recording, "MemoryLimit", what)
    if times < DEATHS:
        return None
    worker.process.join(LOOK_S)
    what = f"its worker died {times} times (exit code {worker.process.exitcode}; memory?)"
    return Done(task.source, FAILED, task.recording, "WorkerDied", what)


def _watch(crew: Sequence[Worker], memory_mb: float) -> None:
    """End workers that have grown too large."""
    for worker in crew:
        if worker.task is not None and resident_mb(worker.process.pid) > memory_mb:
            worker.too_large = True
            worker.process.kill()


def resident_mb(pid: int | None) -> float:
    """Memory of a process, MB; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    import os

    return pages * os.sysconf("SC_PAGE_SIZE") / 1024.0**2


def _end(worker: Worker) -> None:
    worker.pipe.close()
    if worker.task is not None:
        worker.process.terminate()
    worker.process.join(5.0)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()
    worker.process.close()
