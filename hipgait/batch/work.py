"""What a worker does with one recording, wherever it runs: the same bytes everywhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hipgait import __version__
from hipgait.batch.places import Fetched
from hipgait.batch.plan import Task, recording_digest
from hipgait.errors import HipgaitError, InputError
from hipgait.plugins import packages

if TYPE_CHECKING:
    from hipgait.results import RunResult

DONE: Final = "done"
THERE: Final = "there"
FAILED: Final = "failed"
KNOWN: Final = "known"
"""its digest is known; not analysed yet"""


@dataclass(frozen=True)
class Done:
    """What became of a task.

    state : done | there (was already) | failed | known (only looked at).
    recording : digest of its files, "" where it could not be read.
    kind, what : class and line of what went wrong.  seconds : of work.
    peak_mb : largest memory of the worker so far, 0 where it is not known.
    """

    source: str
    state: str
    recording: str = ""
    kind: str = ""
    what: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0


def look(task: Task) -> Done:
    """Find the digest of a recording."""
    try:
        return Done(task.source, KNOWN, recording_digest(task.source))
    except Exception as error:
        return failed(task, error)


def analyse(task: Task) -> Done:
    """Analyse a recording, and put the result where it belongs unless it is there."""
    began = time.perf_counter()
    try:
        if task.plan.version != __version__:
            raise InputError(
                f"this worker has hipgait {__version__}, the batch asks for {task.plan.version}",
                "Install the same version on every worker",
            )
        if task.plan.plugins != packages():
            asked, here = (", ".join(p) or "none" for p in (task.plan.plugins, packages()))
            raise InputError(
                f"this worker has the plug-ins {here}, the batch asks for {asked}",
                "Install the same packages on every worker",
            )
        store = task.plan.store
        state = THERE
        if not store.has(task.place):
            work = store.room(task.place)
            try:
                _into(task, work)
                state = DONE if store.publish(work, task.place) else THERE
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except Exception as error:  # one bad recording never stops the rest
        return failed(task, error, time.perf_counter() - began)
    return Done(
        task.source,
        state,
        task.recording,
        seconds=time.perf_counter() - began,
        peak_mb=peak_mb(),
    )


def _into(task: Task, folder: Path) -> None:
    """Analyse into a folder. Nothing in it tells where or when that was done."""
    from hipgait import api
    from hipgait.memory import give_back
    from hipgait.threads import use_threads

    use_threads(1)  # the cores are busy with other recordings
    with Fetched(task.source) as path:
        result = api.analyze(api.read(path), task.plan.settings, sync=task.plan.sync)
        without_places(result, path, task.name).save(folder, report=task.plan.report)
    give_back()


def without_places(result: RunResult, path: Path, name: str) -> RunResult:
    """The same findings with ``name/...`` in place of where the recording lay."""
    home = {f"{path}": name, f"{path.parent}/": "", f"{path.resolve()}": name}

    def plain(value: Any) -> Any:
        if isinstance(value, str):
            for place, short in home.items():
                value = value.replace(place, short)
            return value
        if isinstance(value, Mapping):
            return {k: plain(v) for k, v in value.items()}
        return [plain(v) for v in value] if isinstance(value, list | tuple) else value

    return replace(result, run=plain(result.run), quality=plain(result.quality))


def failed(task: Task, error: Exception, seconds: float = 0.0) -> Done:
    """What is noted of an error."""
    line = " ".join(str(error).split())
    if not isinstance(error, HipgaitError | OSError):
        line = f"internal error ({type(error).__name__}: {line})"
    return Done(task.source, FAILED, task.recording, type(error).__name__, line, seconds, peak_mb())


def peak_mb() -> float:
    """Largest memory of this process, MB; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1024.0)
