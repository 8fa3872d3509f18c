"""``hipgait export``: the stride table of a run, for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from hipgait.cli.common import GivenPath, json_option, print_json, progress, sensor_option
from hipgait.cli.runs import RunOptions, find_run

FORMATS = ("csv", "parquet")


@click.command("export", short_help="Write the stride table of a run as one file.")
@click.argument("run", metavar="RUN", type=GivenPath())
@click.option("--format", "fmt", required=True, type=click.Choice(FORMATS), help="File format.")
@click.option("--out", required=True, metavar="FILE", type=GivenPath(), help="File to write.")
@sensor_option
@json_option
def command(run: Path, fmt: str, out: Path, sensors: dict[str, Path], as_json: bool) -> None:
    """Write the stride table of RUN, one row a stance, as one file.

    RUN is what analyze takes. What analyze wrote is not computed again.

    \b
    Example:
      hipgait export my-report --format csv --out strides.csv
    """
    with progress(quiet=as_json) as step:
        result = find_run(run, RunOptions(sensors), step)
        from hipgait.io.results import write_strides

        write_strides(out, result.strides, fmt)
    if as_json:
        print_json({"run": str(run), "out": str(out), "format": fmt, "rows": len(result.strides)})
    else:
        click.echo(f"{len(result.strides)} stances written to {out}")
