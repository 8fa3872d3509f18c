"""Thousands of recordings into findings, on one machine or on a cluster; each exactly once.

::

    hg.batch.run_batch(["runs/a", "runs/b.mcap"], "findings", workers=2)
    hg.batch.run_batch(["s3://lab/runs/a"], "s3://lab/findings", scheduler="tcp://10.0.0.5:8786")

A result is named by what is in the recording, the settings and the version: computed twice it is
the same one, whoever computed it. docs/scale.md says how far this goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hipgait.batch.summary import Summary

if TYPE_CHECKING:
    from hipgait.settings import Settings

__all__ = ["Summary", "run_batch"]


def run_batch(
    runs: Sequence[Path | str],
    out: Path | str,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    settings: Settings | None = None,
    sync: str = "auto",
    report: bool = False,
    memory_mb: float | None = None,
    wait_s: float | None = None,
    progress: Callable[[str, int, int, int], None] | None = None,
) -> Summary:
    """Analyse many recordings; what is there already is not computed again.

    Parameters
    ----------
    runs : recordings, each a path or a URL of fsspec (``s3://...``).
    out : folder or URL; results go to ``analysis=<settings>-<version>/part=<2 digits>/<id>/``.
    workers : processes; one a core where None. 0: in this process.
    scheduler : address of a Dask scheduler, or "local" for one of its own; None: processes.
    settings : every constant; the defaults where None.
    sync : as in ``hipgait.analyze``.
    report : write report.html as well (takes longer).
    memory_mb : a worker that needs more is ended and its recording noted as failed.
    wait_s : how long a Dask cluster may be without a worker, s; None: as long as it takes.
    progress : called with what is done ("looking", "analysing"), done, all, failed.

    Raises
    ------
    InputError : nothing to do, the output cannot be written, or another batch is writing there.
    MissingExtraError : ``scheduler`` or a URL needs a package that is not installed.
    """
    from hipgait.batch.plan import make_plan
    from hipgait.batch.run import Engine, execute

    plan = make_plan(runs, out, settings, sync, report)
    return execute(plan, Engine(workers, scheduler, memory_mb, wait_s), progress)
