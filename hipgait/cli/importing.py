"""``hipgait import``: a sensor app's own files into one session folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hipgait.cli.common import (
    GivenPath,
    json_option,
    print_json,
    progress,
    sensor_option,
    sync_option,
)
from hipgait.cli.terminal import show
from hipgait.errors import InputError, MissingInputError, NoGaitError, UnclearSensorsError

if TYPE_CHECKING:
    from hipgait.unnamed import Found, Survey


@click.command("import", short_help="Turn exports of a sensor's own app into a session folder.")
@click.argument("files", metavar="FILE|DIR...", nargs=-1, type=GivenPath())
@click.option(
    "--out",
    required=True,
    metavar="SESSION",
    type=GivenPath(),
    help="Session folder to write.",
)
@sensor_option
@click.option(
    "--format",
    "fmt",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="Format of the files, where the header does not tell.",
)
@click.option(
    "--run-info",
    metavar="FILE",
    type=GivenPath(),
    help="A run.toml to use in place of the one beside the data.",
)
@sync_option
@click.option(
    "--profile",
    metavar="FILE",
    help="Decode a capture anew with this firmware profile (a file, or the name of a shipped one).",
)
@click.option(
    "--picture",
    metavar="FILE.png",
    type=click.Path(path_type=Path),
    help="Draw the first strides of every sensor (also where they cannot be told apart).",
)
@json_option
def command(
    files: tuple[Path, ...],
    out: Path,
    sensors: dict[str, Path],
    fmt: str,
    run_info: Path | None,
    sync: str,
    profile: str | None,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Read a capture, or the files that a sensor's own app exported; write one session folder.

    The format is recognised by the header, the sensor by the file's name. Where the name does not
    tell, the signals of running are asked: a sure guess is taken and said, an unsure one is asked
    for, or refused with what is known; --sensor says it.

    \b
    Examples:
      hipgait import export-folder --out my-run
      hipgait import export-folder --out my-run --picture strides.png
      hipgait import --sensor pelvis=D4.csv --sensor left_shank=A1.csv --out my-run
      hipgait import run.mcap --profile corrected.toml --out my-run
    """
    if not files and not sensors:
        raise click.UsageError("Missing argument 'FILE|DIR...', or --sensor PLACEMENT=FILE.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} already exists", "Give a new folder with --out")
    with progress(quiet=as_json) as step:
        from hipgait.cli.asking import asker
        from hipgait.io.session import write_session
        from hipgait.unnamed import find_sensors

        step("reading")
        where, named, unnamed = _gather(files, sensors)
        surveys: list[Survey] = []
        about = run_info or _run_info_beside(files, named)
        try:
            found = find_sensors(
                where,
                named,
                about,
                fmt,
                unnamed,
                asker(step, quiet=as_json),
                surveys.append,
                profile,
            )
        except UnclearSensorsError:
            if picture is not None and surveys:
                _draw(picture, surveys[-1], where.name)
            raise
        except NoGaitError as error:
            if error.covariates is None:
                raise
            step(f"writing {out}")
            _without_gait(error, out, as_json=as_json)
            return
        recording = found.recording
        if sync != "none" and len(recording.streams) > 1:
            from hipgait.sync.apply import synchronise

            step("comparing clocks")
            recording = synchronise(recording, sync)
        recording = replace(recording, name=out.resolve().name)
        found = replace(found, recording=recording)
        if picture is not None:
            _draw(picture, found, recording.name)
        step(f"writing {out}")
        write_session(recording, out)
    if as_json:
        print_json(_document(found, out, sensors))
        return
    from hipgait.report.seen import seen_table

    show(seen_table(found.seen))
    for s in recording.streams.values():
        for note in s.provenance.notes:
            show(f"{s.placement}: {note}")
    for note in recording.notes:
        show(note)
    if picture is not None:
        show(f"Picture: {picture}")
    show(f"Written to {out}. Next: hipgait analyze {out} --out my-report")


def _without_gait(error: NoGaitError, out: Path, *, as_json: bool) -> None:
    """What there is of a recording that tells nothing of gait."""
    from hipgait.io.covariates import COVARIATES, replace_covariates

    replace_covariates(out, error.covariates)
    if as_json:
        notes = [error.what]
        print_json({"out": str(out), "synchronised": True, "notes": notes, "streams": {}})
        return
    show(error.what)
    show(f"Written to {out / COVARIATES}: no session, nothing to analyse")


def _document(found: Found, out: Path, sensors: dict[str, Path]) -> dict[str, Any]:
    """What --json says."""
    recording = found.recording
    streams = {}
    for p, s in recording.streams.items():
        guess = found.guesses.get(p)
        streams[p] = {
            "samples": s.n,
            "rate_hz": s.rate_hz,
            "duration_s": s.duration_s,
            "gyr": s.has_gyr,
            "format": s.provenance.format,
            "path": s.provenance.path,
            "notes": list(s.provenance.notes),
            "placed_by": "signals" if guess else "user" if p in sensors else "name",
            "confidence": guess.confidence if guess else None,
        }
    return {
        "out": str(out),
        "synchronised": recording.synchronised,
        "notes": list(recording.notes),
        "streams": streams,
    }


def _draw(path: Path, of: Survey | Found, title: str) -> None:
    from hipgait.report.first_strides import save_first_strides
    from hipgait.unnamed import Found

    synchronised = of.recording.synchronised if isinstance(of, Found) else of.synchronised
    save_first_strides(path, of.seen, synchronised, title)


def _gather(
    files: tuple[Path, ...], sensors: dict[str, Path]
) -> tuple[Path, dict[str, Path], list[Path]]:
    """One place to read, which file is which sensor where several were named, and those of
    which nobody says it.

    The place is one of the files then, so that its neighbours are not taken for sensors.
    """
    from hipgait.io.picking import split_part
    from hipgait.io.placement import guess_placement

    said = {split_part(wanted)[0] for wanted in sensors.values() if split_part(wanted)[1]}
    files = tuple(file for file in files if file not in said)
    if len(files) == 1 and (not sensors or files[0].is_dir()):
        return files[0], sensors, []
    named = dict(sensors)
    unnamed: list[Path] = []
    for file in files:
        if not file.exists():
            raise MissingInputError(f"{file}: no such file", "Check the spelling and the folder")
        if file.is_dir():
            raise InputError(f"{file} is a folder among other files", "Give one folder, or files")
        placement = guess_placement(file.stem)
        if placement is None:
            unnamed.append(file)
            continue
        if placement in named:
            raise InputError(
                f"{file} and {named[placement]} are both {placement}",
                "Say which is which with --sensor PLACEMENT=FILE",
            )
        named[placement] = file
    first = next(iter([*named.values(), *unnamed]))
    return split_part(first)[0], named, unnamed


def _run_info_beside(files: tuple[Path, ...], named: dict[str, Path]) -> Path | None:
    """The run.toml that lies beside files that were named one by one."""
    if not named or any(file.is_dir() for file in files):
        return None  # the reader looks for it
    from hipgait.io.picking import split_part

    folders = {split_part(file)[0].resolve().parent for file in named.values()}
    found = [folder / "run.toml" for folder in folders if (folder / "run.toml").is_file()]
    return found[0] if len(found) == 1 else None
