"""``hipgait agree``: runs beside what another system measured, a Bland-Altman table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hipgait.cli.common import GivenPath, json_option, out_option, print_json, progress
from hipgait.cli.runs import RunOptions, find_run
from hipgait.cli.terminal import say
from hipgait.errors import HipgaitError, InputError

if TYPE_CHECKING:
    from hipgait.cli.common import Step
    from hipgait.results import RunResult


def _columns(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    out: dict[str, str] = {}
    for value in values:
        ours, sign, theirs = value.partition("=")
        if not (ours and sign and theirs):
            raise click.BadParameter(f"{value!r} is not OURS=YOURS", ctx, param)
        if ours in out:
            raise click.BadParameter(f"{ours} is given twice", ctx, param)
        out[ours] = theirs
    return out


@click.command("agree", short_help="Compare runs with a laboratory's reference, stance by stance.")
@click.argument("pairs", metavar="RUN REFERENCE...", nargs=-1, required=True, type=GivenPath())
@out_option("Folder to write into.")
@click.option(
    "--column",
    "columns",
    metavar="OURS=YOURS",
    multiple=True,
    callback=_columns,
    help="What the reference calls a column of strides.csv; -YOURS turns the sign. Repeatable.",
)
@click.option(
    "--participant",
    metavar="YOURS",
    help="Column of the reference that names the participant (participant, where there is one).",
)
@click.option(
    "--offset-s",
    metavar="S",
    type=click.FloatRange(-1e9, 1e9),
    help="Seconds to add to the reference's clock; found by itself if not given.",
)
@click.option(
    "--gait",
    type=click.Choice(["run", "walk", "both"]),
    default="run",
    show_default=True,
    help="Which stances are compared.",
)
@json_option
def command(
    pairs: tuple[Path, ...],
    out: Path,
    columns: dict[str, str],
    participant: str | None,
    offset_s: float | None,
    gait: str,
    as_json: bool,
) -> None:
    """Compare runs with what another system measured of the same stances: bias, limits of
    agreement, slope, ICC, each with its interval, and a Bland-Altman picture an outcome.

    RUN is what analyze takes, or what it wrote. REFERENCE is a CSV or Parquet table with a row a
    stance: ic_s (time of contact, s, on any clock) and side (without times: stride_id of
    strides.csv); and any columns of strides.csv, in the same units and signs. Several runs:
    RUN REFERENCE RUN REFERENCE ...

    \b
    Examples:
      hipgait agree my-run optical.csv --out agreement
      hipgait agree my-run optical.csv --column ic_s=Time --column side=Foot \\
          --column pelvic_drop_peak_deg=-PelvicObliquity --out agreement
    """
    if len(pairs) % 2:
        raise click.UsageError("give each RUN its REFERENCE: RUN REFERENCE RUN REFERENCE ...")
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file", "Give a folder with --out")
    runs, files = pairs[::2], pairs[1::2]
    given = list(zip((r.resolve() for r in runs), (f.resolve() for f in files), strict=True))
    if len(set(given)) < len(given):
        raise InputError("a RUN is given twice with the same REFERENCE", "Give each pair once")
    with progress(quiet=as_json) as step:
        from hipgait.io.reference import read_reference

        for file in files:  # what is wrong with one shows before an hour of analysis
            read_reference(file, columns, participant)
        once = {run: _found(run, step) for run in dict.fromkeys(runs)}
        findings = [once[run] for run in runs]
        step("comparing")
        from hipgait.agreement import agree

        both = list(zip(findings, files, strict=True))
        result = agree(both, columns=columns, participant=participant, offset_s=offset_s, gait=gait)
        step(f"writing {out}")
        result.save(out)
    if as_json:
        print_json({"out": str(out), "agreement": result.document})
        return
    say(result.summary())
    say(f"\nWritten to {out}")


def _found(run: Path, step: Step) -> RunResult:
    try:
        return find_run(run, RunOptions({}), step)
    except HipgaitError as error:
        if str(run) in str(error):
            raise
        raise InputError(f"{run}: {error}") from None
