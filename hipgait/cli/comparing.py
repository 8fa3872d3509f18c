"""``hipgait compare``: runs before a block against runs after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from hipgait.cli.common import (
    GivenPath,
    Step,
    check_pdf,
    json_option,
    pdf_option,
    print_json,
    progress,
    run_names,
    say,
)
from hipgait.cli.runs import RunOptions, find_run, is_analysed
from hipgait.errors import HipgaitError, InputError

GREEDY: Final = ("--before", "--after")
"""Options that take every word up to the next option."""


class GreedyCommand(click.Command):
    """``--before a b c`` is read as ``--before a --before b --before c``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat a greedy option before each of its words."""
        return super().parse_args(ctx, spread(args))


def spread(args: Sequence[str]) -> list[str]:
    """The same words with every greedy option repeated; ``--`` ends options as usual."""
    out: list[str] = []
    current: str | None = None
    fresh = False
    for i, word in enumerate(args):
        if word == "--":
            return [*out, *args[i:]]
        name, sign, value = word.partition("=")
        if name in GREEDY:
            if current is not None and fresh:
                out.append(current)  # an option without a word: click says so
            current, fresh = name, not sign
            if sign:
                out += [name, value]
        elif word.startswith("-") and len(word) > 1:
            if current is not None and fresh:
                out.append(current)
            current, fresh = None, False
            out.append(word)
        elif current is not None:
            out += [current, word]
            fresh = False
        else:
            out.append(word)
            continue
    if current is not None and fresh:
        out.append(current)
    return out


@click.command("compare", cls=GreedyCommand, short_help="Compare runs before and after a block.")
@click.option(
    "--before",
    metavar="RUN...",
    multiple=True,
    type=GivenPath(),
    help="Runs before the block; every word up to the next option.",
)
@click.option(
    "--after",
    metavar="RUN...",
    multiple=True,
    type=GivenPath(),
    help="Runs after (or late in) the block; every word up to the next option.",
)
@click.option("--out", required=True, metavar="DIR", type=GivenPath(), help="Folder to write into.")
@click.option(
    "--plan",
    metavar="FILE",
    type=GivenPath(),
    help="plan.toml: the question as it was fixed beforehand.",
)
@click.option(
    "--journal",
    metavar="DIR",
    type=GivenPath(),
    help="Strength journal to show beside the runs: its folder, or a file in it.",
)
@pdf_option
@json_option
def command(
    before: tuple[Path, ...],
    after: tuple[Path, ...],
    out: Path,
    plan: Path | None,
    journal: Path | None,
    pdf: bool,
    as_json: bool,
) -> None:
    """Compare runs before a strength block with runs after it; write report.html and
    comparison.json.

    RUN is what analyze wrote (then nothing is computed again) or a recording (then it is analysed
    into DIR/runs). Four runs a phase are the least that is compared, eight and more are useful.

    \b
    Examples:
      hipgait compare --before reports/march/* --after reports/may/* --out change
      hipgait compare --before m1 m2 m3 m4 --after j1 j2 j3 j4 --plan plan.toml --out change
    """
    for phase, runs in (("before", before), ("after", after)):
        if not runs:
            raise click.UsageError(f"no run {phase} the block: give --{phase} RUN ...")
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file", "Give a folder with --out")
    names = run_names([*before, *after])
    if pdf:
        check_pdf()
    with progress(quiet=as_json) as step:
        # what is wrong with a plan or a journal shows before an hour of analysis
        if plan is not None:
            from hipgait.stats.plan import read_plan

            read_plan(plan)
        if journal is not None:
            from hipgait.report.journal_rows import read_log

            read_log(journal)
        folders = [
            _analysed(path, out / "runs" / name, step)
            for path, name in zip((*before, *after), names, strict=True)
        ]
        step("comparing")
        from hipgait import api
        from hipgait.io.results import PDF, REPORT

        k = len(before)
        comparison = api.compare(folders[:k], folders[k:], plan, journal=journal)
        comparison.save(out)
        if pdf:
            comparison.to_pdf(out / PDF)
    if as_json:
        print_json({"out": str(out), "comparison": comparison.document})
        return
    from hipgait.report.comparison_text import summary_text

    say(summary_text(comparison))
    say(f"\nReport: {out / REPORT}")


def _analysed(path: Path, folder: Path, step: Step) -> Path:
    """A folder with findings: the run itself, or where it was analysed into."""
    if is_analysed(path):
        return path
    try:
        find_run(path, RunOptions({}), step).save(folder)
    except HipgaitError as error:
        if str(path) in str(error):
            raise
        raise InputError(f"{path}: {error}") from None
    return folder
