"""``hipgait batch``: many recordings, on this machine or on a Dask cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from hipgait.cli.common import GivenPath, json_option, print_json, sync_option
from hipgait.cli.terminal import say, tell
from hipgait.errors import InputError


class GivenPlace(click.Path):
    """A path, which a shell completes, or URL; "" is wrong use (it would mean the current
    folder)."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The place; refuses an empty one."""
        if value == "":
            self.fail("the name is empty", param, ctx)
        return value  # looked at by the batch: one that cannot be read stops nothing


SHOWN = 20
"""failures told one by one; failures.csv holds them all"""


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[str, int, int, int], None]]:
    """Progress with the time that is left, on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda what, done, total, failed: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = {}

        def show(what: str, done: int, total: int, failed: int) -> None:
            if what not in shown:
                # what was there already says nothing about the pace
                shown[what] = (bar.add_task(what, total=max(total - done, 0), failed=0), done)
            task, before = shown[what]
            bar.update(task, completed=done - before, failed=failed)

        yield show


def _listed(file: Path | None) -> list[str]:
    """Runs of a list, one a line; # begins a remark."""
    if file is None:
        return []
    from hipgait.io.files import Source

    try:
        text = Source(file).read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{file}: not UTF-8 text", "Give one run a line") from None
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@click.command("batch", short_help="Analyse thousands of recordings, here or on a cluster.")
@click.argument("runs", metavar="RUN...", nargs=-1, type=GivenPlace())
@click.option("--list", "file", metavar="FILE", type=GivenPath(), help="More runs, one a line.")
@click.option("--out", required=True, metavar="DIR", type=GivenPlace(),
              help="Folder, or URL (s3://...), of results.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1), help="Processes; default: one a core.")
@click.option("--scheduler", metavar="local|ADDRESS", help="Use Dask: tcp://HOST:8786, or local.")
@click.option("--settings", metavar="FILE", type=GivenPath(), help="TOML with constants to change.")
@click.option("--report", is_flag=True, help="Write report.html for every run (takes longer).")
@click.option("--memory-mb", type=click.FloatRange(100), help="Most memory of one worker.")
@click.option(
    "--wait-s", type=click.FloatRange(1), help="Give up after so long without a Dask worker."
)
@sync_option
@json_option
def command(
    runs: tuple[str, ...],
    file: Path | None,
    out: str,
    workers: int | None,
    scheduler: str | None,
    settings: Path | None,
    report: bool,
    memory_mb: float | None,
    wait_s: float | None,
    sync: str,
    as_json: bool,
) -> None:
    """Analyse many recordings; each exactly once, whatever dies on the way.

    Run it again to go on after a stop: what is there is not computed again. A bad recording stops
    nothing; failures.csv says which failed and why, and the exit code is 1 then. Other settings or
    another version write into a folder of their own beside the old one.

    \b
    Examples:
      hipgait batch runs/* --out findings
      hipgait batch --list runs.txt --out s3://lab/findings --scheduler tcp://10.0.0.5:8786
    """
    if scheduler is not None and scheduler != "local" and workers is not None:
        raise click.UsageError("--workers is for this machine; the cluster has its own")
    from hipgait.batch import run_batch
    from hipgait.io.writing import encodable
    from hipgait.report.numbers import plural
    from hipgait.settings import Settings

    with _bar(as_json) as show:
        summary = run_batch(
            [*runs, *_listed(file)],
            out,
            workers=workers,
            scheduler=scheduler,
            settings=Settings.from_toml(settings) if settings else None,
            sync=sync,
            report=report,
            memory_mb=memory_mb,
            wait_s=wait_s,
            progress=show,
        )
    failures = summary.failures
    for done in failures[:SHOWN]:
        named = " ".join(encodable(done.source).split())  # as in a message, on one line
        place = "" if named in done.what else f"{named}: "
        tell(f"hipgait: {place}{done.what}")
    if as_json:
        print_json(summary.to_dict())
    else:
        found = summary.to_dict()
        words = {"done": "analysed", "there": "there already", "same": "the same as others"}
        counts = [f"{found[k]} {w}" for k, w in words.items() if found[k]]
        say(f"{plural(found['runs'], 'run')}: {', '.join([*counts, f'{len(failures)} failed'])}")
        for n, why in summary.why():
            say(f"  {n} x {why}")
        say(f"Results in {out}, {summary.plan.home}")
    if failures:
        table = f"{out.rstrip('/')}/{summary.plan.home}/failures.csv"
        tell(f"hipgait: {len(failures)} of {len(summary.plan.sources)} runs failed: {table}")
        sys.exit(1)
