"""``hipgait journal status`` and ``report``: what the entries say, as text and as a page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from hipgait.cli.common import GivenPath, json_option, print_json, progress
from hipgait.cli.journal_options import date_option, day_text, journal_option, time_option
from hipgait.cli.terminal import say, tell


def _moment(day: str | None, time: str | None) -> tuple[dt.date, dt.time | None]:
    """(day, time of day): both now unless given; a day that is given has no time of its own."""
    from hipgait.strength.fields import BadCell, clock, date

    option, now = "--date", dt.datetime.now().time().replace(microsecond=0)
    try:
        today = date(day_text(day))
        option = "--time"
        return today, clock(time) if time is not None else None if day is not None else now
    except BadCell as bad:
        raise click.UsageError(f"{option}: {bad}") from None


def _tell_missing(folder: Path) -> None:
    """An empty journal is a beginning; one that is not there may be a mistyped name."""
    if not folder.exists():
        tell(f"hipgait: note: {folder}: no such folder, so nothing is logged (--journal names it)")


@click.command("status")
@click.option("--runs", multiple=True, type=GivenPath(), help="Folders that analyze wrote.")
@date_option
@time_option
@journal_option
@json_option
def status_command(
    runs: tuple[Path, ...], day: str | None, time: str | None, folder: Path, as_json: bool
) -> None:
    """What to do next, and why: progress, hold, regress, rest or stop.

    \b
    Example:
      hipgait journal status --runs reports/2026-05-05 --runs reports/2026-04-07
    """
    from hipgait.strength.status import read_runs, status_document, status_lines, status_of

    status = status_of(folder, read_runs(runs), *_moment(day, time))
    _tell_missing(folder)
    if as_json:
        print_json(status_document(status))
    else:
        for line in status_lines(status):
            say(line)


@click.command("report")
@click.argument("runs", metavar="[RUN]...", nargs=-1, type=GivenPath())
@click.option(
    "--out",
    metavar="FILE|DIR",
    type=GivenPath(),
    default=Path("journal.html"),
    show_default=True,
    help="The page to write, or a folder for journal.html.",
)
@date_option
@time_option
@journal_option
@json_option
def report_command(
    runs: tuple[Path, ...],
    out: Path,
    day: str | None,
    time: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Write the page of the journal: what to do next, why, and the block so far.

    RUN is a folder that analyze wrote; its pelvic drop stands under the journal's rows.

    \b
    Example:
      hipgait journal report reports/* --out journal.html
    """
    from hipgait.io.writing import write_text
    from hipgait.report.journal import render
    from hipgait.report.journal_course import run_points
    from hipgait.report.journal_words import no_drop
    from hipgait.results import load
    from hipgait.stats.run_values import run_values
    from hipgait.strength.status import status_document, status_of

    if out.suffix.lower() == ".pdf":
        raise click.UsageError(f"--out {out}: the page is HTML. Name a .html file or a folder")
    today, now = _moment(day, time)
    with progress(quiet=as_json) as step:
        found = []
        for path in runs:
            step(f"reading {path}")
            found.append(load(path))
        status = status_of(folder, [result.run for result in found], today, now)
        step("drawing")
        page = out if out.suffix.lower() in (".html", ".htm") else out / "journal.html"
        named = [run_values(result) for result in found]
        points = run_points(status, named)
        write_text(page, render(status, points, named))
    _tell_missing(folder)
    if any(run.start is None for run in named):
        tell(f"hipgait: note: {no_drop(status, len(points), named)}")
    if as_json:
        print_json({"report": str(page), **status_document(status)})
    else:
        say(status.guidance.answer.says)
        say(f"Written to {page}")
