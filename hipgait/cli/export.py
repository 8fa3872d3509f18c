"""``hipgait export``: a run for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hipgait.cli.common import GivenPath, Step, json_option, print_json, progress, sensor_option
from hipgait.cli.runs import RunOptions, find_run, read_signals
from hipgait.cli.terminal import show

if TYPE_CHECKING:
    from hipgait.recording import Recording

TABLES: Final = ("csv", "parquet")
MOTION: Final = ("mot", "sto")
FORMATS: Final = (*TABLES, *MOTION, "fit", "bids")


@click.command("export", short_help="Write a run for other programs.")
@click.argument("run", metavar="RUN", type=GivenPath())
@click.option(
    "--format", "fmt", required=True, type=click.Choice(FORMATS), help="What to write; see above."
)
@click.option(
    "--out", required=True, metavar="FILE", type=GivenPath(), help="File to write (bids: folder)."
)
@click.option(
    "--label", default="01", show_default=True, help="bids: label of the participant, no name."
)
@sensor_option
@json_option
def command(
    run: Path, fmt: str, out: Path, label: str, sensors: dict[str, Path], as_json: bool
) -> None:
    """Write RUN for other programs.

    \b
    csv, parquet   the stride table, one row a stance; what its columns are goes beside it
    mot, sto       angles of pelvis and shanks over time, for OpenSim
    fit            an activity with drop and lean as developer fields, for running apps
    bids           the signals and stances as a Motion-BIDS data set

    RUN is what analyze takes. What analyze wrote is not computed again; mot, sto and bids need
    the recording itself.

    \b
    Example:
      hipgait export my-report --format csv --out strides.csv
      hipgait export my-run --format mot --out run.mot
    """
    options = RunOptions(sensors)
    with progress(quiet=as_json) as step:
        if fmt in MOTION:
            told = _motion(read_signals(run, options, step), fmt, out, step)
        elif fmt == "bids":
            told = _bids(read_signals(run, options, step), out, label, step)
        else:
            told = _findings(run, fmt, out, options, step)
    if as_json:
        print_json({"run": str(run), "out": str(out), "format": fmt, **told})
    else:
        show(f"{told['rows']} {told['of']} written to {out}")


def _findings(run: Path, fmt: str, out: Path, options: RunOptions, step: Step) -> dict[str, Any]:
    result = find_run(run, options, step)
    if fmt == "fit":
        from hipgait.outputs.fit_activity import write_fit

        return {"rows": write_fit(out, result.run, result.strides), "of": "records"}
    from hipgait.io.results import write_strides
    from hipgait.outputs.dictionary import write_dictionary

    write_strides(out, result.strides, fmt)
    beside = write_dictionary(out, result.strides.columns)
    return {"rows": len(result.strides), "of": "stances", "dictionary": str(beside)}


def _motion(recording: Recording, fmt: str, out: Path, step: Step) -> dict[str, Any]:
    from hipgait import api
    from hipgait.outputs.opensim import write_motion

    step("analysing")
    result = api.analyze(recording, keep_angles=True)
    assert result.angles is not None
    return {"rows": write_motion(out, result.name, result.angles, fmt), "of": "frames"}


def _bids(recording: Recording, out: Path, label: str, step: Step) -> dict[str, Any]:
    from hipgait import api
    from hipgait.outputs.bids import write_bids

    step("analysing")
    result = api.analyze(recording)
    reference = result.run["reference_placement"]
    files = write_bids(out, recording, result.strides, label, reference)
    return {"rows": len(files), "of": "files", "files": [str(f) for f in files]}
