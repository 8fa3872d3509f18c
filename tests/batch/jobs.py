"""Work for the engines that takes no analysis: it leaves a mark each time it is done."""

from __future__ import annotations

import os
import signal
import time
import warnings
from pathlib import Path
from uuid import uuid4

from hipgait.batch.plan import Plan, Task, make_plan
from hipgait.batch.work import DONE, THERE, Done


def plan(root: Path, n: int) -> Plan:
    """n sources that do not exist; marks go below root."""
    return make_plan([root / "in" / f"{k}" for k in range(n)], root / "out", None, "auto", False)


def mark(task: Task, pause_s: float = 0.0) -> Done:
    """Write a result as a worker does, and one mark for each time that was begun."""
    out = Path(task.plan.store.root)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"begun-{task.name}-{uuid4().hex}").touch()
    place = f"result/{task.name}"
    if task.plan.store.has(place):
        return Done(task.source, THERE)
    work = task.plan.store.room(place)
    (work / "data").write_text(task.name)
    time.sleep(pause_s)
    (work / "run.json").write_text(task.name)
    return Done(task.source, DONE if task.plan.store.publish(work, place) else THERE)


def slow(task: Task) -> Done:
    """Long enough to be killed in."""
    return mark(task, 0.15)


def warns(task: Task) -> Done:
    """Says something, as a plug-in that is left out does."""
    warnings.warn("column k is\nleft out", UserWarning, stacklevel=1)
    return Done(task.source, DONE)


def whose(task: Task) -> Done:
    """Tells the process that did it."""
    return Done(task.source, DONE, what=str(os.getpid()))


def dies(task: Task) -> Done:
    """Number 0 kills its worker every time, 1 the first time, the others do not."""
    out = Path(task.plan.store.root)
    before = len(list(out.glob(f"begun-{task.name}-*"))) if out.exists() else 0
    if task.name == "0" or (task.name == "1" and not before):
        out.mkdir(parents=True, exist_ok=True)
        (out / f"begun-{task.name}-{uuid4().hex}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return mark(task)


def grows(task: Task) -> Done:
    """Number 0 takes 500 MB and keeps it."""
    held = bytearray(500_000_000) if task.name == "0" else bytearray(1)
    held[::4096] = b"1" * len(held[::4096])
    time.sleep(1.5 if task.name == "0" else 0.0)
    return mark(task)


def results(root: Path) -> dict[str, str]:
    """name -> content of every whole result."""
    return {
        p.name: (p / "data").read_text()
        for p in sorted((root / "out" / "result").iterdir())
        if (p / "run.json").read_text() == p.name
    }
