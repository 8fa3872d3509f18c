"""A batch from beginning to end: every recording looked at, analysed once, and accounted for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from hipgait.batch.plan import SETTINGS, Plan, Task, check_source, stamp
from hipgait.batch.summary import Summary, write_summary
from hipgait.batch.work import KNOWN, THERE, Done, analyse, failed, look

LEDGER: Final = "inputs.json"
"""Digests of recordings that were read, so that a second batch need not read them again."""
SAVE_EACH: Final = 200
"""results between two savings of the summary"""

Progress = Callable[[str, int, int, int], None]


@dataclass(frozen=True)
class Engine:
    """Who does the work. workers : processes, one a core where None, none where 0.
    scheduler : of Dask, None for processes.  memory_mb : most memory of a worker.
    wait_s : how long a cluster may be without a worker; None: as long as it takes."""

    workers: int | None = None
    scheduler: str | None = None
    memory_mb: float | None = None
    wait_s: float | None = None

    def run(self, work: Callable[[Task], Done], tasks: Sequence[Task]) -> Iterator[Done]:
        """Do the tasks in any order."""
        if self.scheduler is not None:
            from hipgait.batch.cluster import run_cluster

            return run_cluster(
                work, tasks, self.scheduler, self.workers, self.memory_mb, wait_s=self.wait_s
            )
        if self.workers == 0:
            return (work(task) for task in tasks)
        from hipgait.batch.processes import run_processes

        return run_processes(work, tasks, self.workers or os.cpu_count() or 1, self.memory_mb)


def execute(plan: Plan, engine: Engine, progress: Progress | None = None) -> Summary:
    """Do a batch.

    Raises
    ------
    InputError : the output cannot be written, or another batch is writing there.
    """
    with plan.store.alone():
        return _execute(plan, engine, progress or (lambda what, done, total, failed: None))


def _execute(plan: Plan, engine: Engine, tell: Progress) -> Summary:
    summary = Summary(plan)
    plan.store.write(f"{plan.home}/{SETTINGS}", plan.settings.to_toml())
    _look(plan, engine, summary, tell)
    first: dict[str, Task] = {}
    for source in plan.sources:
        known = summary.recordings.get(source)
        if known is not None:
            task = plan.task(source, known)
            other = first.setdefault(task.result, task)
            if other is not task:
                summary.same[source] = other.source
    todo = []
    for task in first.values():
        if plan.store.has(task.place):
            summary.add(Done(task.source, THERE, task.recording))
        else:
            todo.append(task)
    there = len(first) - len(todo)
    tell("analysing", there, len(first), len(summary.failures))
    for k, done in enumerate(engine.run(analyse, todo), 1):
        summary.add(done)
        tell("analysing", there + k, len(first), len(summary.failures))
        if k % SAVE_EACH == 0:
            write_summary(summary)
    plan.store.tidy()
    write_summary(summary)
    return summary


def _look(plan: Plan, engine: Engine, summary: Summary, tell: Progress) -> None:
    """The digest of every recording; read again only where its files have changed."""
    ledger = _ledger(plan)
    stamps: dict[str, str] = {}
    new: list[Task] = []
    for source in plan.sources:
        try:
            check_source(source, plan.store.root)
            stamps[source] = stamp(source)
        except Exception as error:  # one bad recording never stops the rest
            summary.add(failed(plan.task(source), error))
            continue
        known = ledger.get(source)
        if known is not None and known[0] == stamps[source]:
            summary.recordings[source] = known[1]
        else:
            new.append(plan.task(source))
    for k, done in enumerate(engine.run(look, new), 1):
        if done.state == KNOWN:
            summary.recordings[done.source] = done.recording
            ledger[done.source] = (stamps[done.source], done.recording)
        else:
            summary.add(done)
        tell("looking", k, len(new), len(summary.failures))
    if new:
        plan.store.write(LEDGER, msgspec.json.encode(ledger, order="sorted").decode())


def _ledger(plan: Plan) -> dict[str, tuple[str, str]]:
    """source -> (stamp, digest); empty where there is none or it is damaged."""
    text = plan.store.read(LEDGER)
    try:
        return msgspec.json.decode(text, type=dict[str, tuple[str, str]]) if text else {}
    except msgspec.MsgspecError:
        return {}
