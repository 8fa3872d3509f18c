"""``hipgait recover``: what a crash left, made whole."""

from __future__ import annotations

from pathlib import Path

import click

from hipgait.cli.common import GivenPath, json_option, print_json, progress
from hipgait.cli.terminal import show


@click.command("recover", short_help="Make a capture whole that a crash left torn.")
@click.argument("file", metavar="FILE", type=GivenPath())
@click.option(
    "--out",
    metavar="FILE",
    type=GivenPath(),
    help="Copy to write; without it NAME.recovered.mcap beside the original.",
)
@json_option
def command(file: Path, out: Path | None, as_json: bool) -> None:
    """Copy all of a capture that can be read into a whole file, and say what is missing.

    The original is not touched and nothing is added. A whole file is copied only with --out.

    \b
    Example:
      hipgait recover run.mcap
    """
    with progress(quiet=as_json) as step:
        step(f"reading {file}")
        from hipgait.io.capture_recover import recover

        done = recover(file, out)
    if as_json:
        print_json(
            {
                "file": str(file),
                "out": None if done.out is None else str(done.out),
                "notifications": done.notifications,
                "missing": list(done.missing),
            }
        )
        return
    for line in done.missing:
        show(line)
    if done.out is None:
        show(f"{file} is whole: {done.notifications} notifications, nothing to recover")
    else:
        show(f"{done.notifications} notifications written to {done.out}")
