"""``hipgait analyze``: files in, findings out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from hipgait.cli.common import (
    GivenPath,
    check_pdf,
    json_option,
    out_option,
    pdf_option,
    print_json,
    progress,
    run_info_option,
    run_names,
    sensor_option,
    sync_option,
)
from hipgait.cli.runs import RunOptions, find_run
from hipgait.cli.terminal import say, tell
from hipgait.errors import HipgaitError, InputError


@click.command("analyze", short_help="Analyse recorded runs and write tables and reports.")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=GivenPath())
@out_option("Folder to write into; several runs get a folder each inside it.")
@sensor_option
@sync_option
@click.option(
    "--speed-mps",
    metavar="V",
    type=click.FloatRange(0.3, 13.0),
    help="Running speed in metres a second, over what run.toml says.",
)
@click.option(
    "--fit",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A watch's FIT file of the same run: its speed, heart rate, grade and laps.",
)
@run_info_option
@click.option(
    "--settings",
    metavar="FILE",
    type=GivenPath(),
    help="TOML with constants of the analysis to change.",
)
@click.option("--no-report", is_flag=True, help="Tables only, no report.html.")
@pdf_option
@click.option("--figures", is_flag=True, help="Also write each figure as PNG and SVG.")
@json_option
def command(
    runs: tuple[Path, ...],
    out: Path,
    sensors: dict[str, Path],
    sync: str,
    speed_mps: float | None,
    fit: Path | None,
    run_info: Path | None,
    settings: Path | None,
    no_report: bool,
    pdf: bool,
    figures: bool,
    as_json: bool,
) -> None:
    """Analyse recorded runs; write strides.csv, strides.parquet, cycles.npz, run.json, report.html.

    RUN is a folder of CSV files named after their sensors (pelvis.csv, left_shank.csv,
    right_shank.csv, ...), a session folder, an export of a sensor's own app, or what analyze
    wrote before (then nothing is computed again).

    \b
    Examples:
      hipgait analyze my-run --out my-report
      hipgait analyze my-run --out my-report --speed-mps 2.9
      hipgait analyze export --sensor pelvis=export/D4.csv --sensor left_shank=export/A1.csv \\
          --out my-report
      hipgait analyze runs/* --out reports
    """
    if sensors and len(runs) > 1:
        raise click.UsageError("--sensor names the files of one run: give one RUN with it")
    if fit and len(runs) > 1:
        raise click.UsageError("--fit is the watch's file of one run: give one RUN with it")
    if pdf:
        check_pdf()
    options = RunOptions(sensors, speed_mps, run_info, settings, fit, sync, not as_json)
    folders = [out] if len(runs) == 1 else [out / name for name in run_names(runs)]
    documents: list[dict[str, Any]] = []
    failed = 0
    for path, folder in zip(runs, folders, strict=True):
        try:
            document = _one(path, folder, options, not no_report, pdf, figures, as_json)
        except (HipgaitError, OSError) as error:
            if len(runs) == 1:
                raise
            failed += 1
            tell(f"hipgait: {path}: {' '.join(str(error).split())}")
            document = {"run": str(path), "error": str(error)}
        documents.append(document)
    if as_json:
        print_json({"runs": documents})
    if len(runs) > 1 and all(path.is_file() for path in runs) and _one_sensor_each(documents):
        tell(
            "hipgait: each file was taken as a run of its own. Sensors of one run: give their "
            "folder; --sensor PLACEMENT=FILE tells which file is which"
        )
    if failed:
        tell(f"hipgait: {failed} of {len(runs)} runs could not be analysed")
        sys.exit(1)


def _one_sensor_each(documents: list[dict[str, Any]]) -> bool:
    """Whether all runs that were analysed have a single sensor."""
    found = [d["findings"]["quality"]["streams"] for d in documents if "findings" in d]
    return bool(found) and all(len(streams) == 1 for streams in found)


def _one(
    path: Path,
    folder: Path,
    options: RunOptions,
    report: bool,
    pdf: bool,
    figures: bool,
    as_json: bool,
) -> dict[str, Any]:
    """Analyse one run into its folder; what --json says of it."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file", "Give a folder with --out")
    if path.is_dir() and folder.resolve() == path.resolve():
        raise InputError(f"{folder} is the run itself", "Give another folder with --out")
    with progress(quiet=as_json) as step:
        result = find_run(path, options, step)
        step(f"writing {folder}")
        result.save(folder, report=report)
        if pdf:
            result.to_pdf(folder / "report.pdf")
        if figures:
            result.save_figures(folder / "figures")
    if not as_json:
        say(result.summary())
        say(f"\nWritten to {folder / 'report.html' if report else folder}")
    return {
        "run": str(path),
        "name": result.name,
        "out": str(folder),
        "report": str(folder / "report.html") if report else None,
        "pdf": str(folder / "report.pdf") if pdf else None,
        "findings": result.run,
    }
