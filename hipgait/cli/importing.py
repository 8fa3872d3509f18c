"""``hipgait import``: a sensor app's own files into one session folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from hipgait.cli.common import (
    GivenPath,
    json_option,
    print_json,
    progress,
    sensor_option,
    sync_option,
)
from hipgait.errors import InputError, MissingInputError


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
@json_option
def command(
    files: tuple[Path, ...],
    out: Path,
    sensors: dict[str, Path],
    fmt: str,
    run_info: Path | None,
    sync: str,
    as_json: bool,
) -> None:
    """Read the files that a sensor's own app exported and write one session folder.

    The format is recognised by the header, the sensor by the file's name; --sensor says it where
    the name does not.

    \b
    Examples:
      hipgait import export-folder --out my-run
      hipgait import --sensor pelvis=D4.csv --sensor left_shank=A1.csv --out my-run
    """
    if not files and not sensors:
        raise click.UsageError("Missing argument 'FILE|DIR...', or --sensor PLACEMENT=FILE.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} already exists", "Give a new folder with --out")
    with progress(quiet=as_json) as step:
        from hipgait.io.reader import read_run
        from hipgait.io.session import write_session

        step("reading")
        where, named = _gather(files, sensors)
        recording = read_run(where, named, run_info or _run_info_beside(files, named), fmt)
        if sync != "none" and len(recording.streams) > 1:
            from hipgait.sync.apply import synchronise

            step("comparing clocks")
            recording = synchronise(recording, sync)
        recording = replace(recording, name=out.resolve().name)
        step(f"writing {out}")
        write_session(recording, out)
    streams = recording.streams.values()
    if as_json:
        print_json(
            {
                "out": str(out),
                "synchronised": recording.synchronised,
                "notes": list(recording.notes),
                "streams": {
                    s.placement: {
                        "samples": s.n,
                        "rate_hz": s.rate_hz,
                        "duration_s": s.duration_s,
                        "gyr": s.has_gyr,
                        "format": s.provenance.format,
                        "path": s.provenance.path,
                        "notes": list(s.provenance.notes),
                    }
                    for s in streams
                },
            }
        )
        return
    for s in streams:
        what = "acc, gyr" if s.has_gyr else "acc only"
        click.echo(
            f"{s.placement:<12} {s.rate_hz:6.1f} Hz  {s.duration_s:8.1f} s  {what}  "
            f"({s.provenance.format}, {s.provenance.path})"
        )
        for note in s.provenance.notes:
            click.echo(f"{'':<12} {note}")
    for note in recording.notes:
        click.echo(note)
    click.echo(f"Written to {out}. Next: hipgait analyze {out} --out my-report")


def _gather(files: tuple[Path, ...], sensors: dict[str, Path]) -> tuple[Path, dict[str, Path]]:
    """One place to read, and which file is which sensor where several were named.

    The place is one of the files then, so that its neighbours are not taken for sensors.
    """
    from hipgait.io.picking import split_part
    from hipgait.io.placement import guess_placement

    said = {split_part(wanted)[0] for wanted in sensors.values() if split_part(wanted)[1]}
    files = tuple(file for file in files if file not in said)
    if len(files) == 1 and (not sensors or files[0].is_dir()):
        return files[0], sensors
    named = dict(sensors)
    for file in files:
        if not file.exists():
            raise MissingInputError(f"{file}: no such file", "Check the spelling and the folder")
        if file.is_dir():
            raise InputError(f"{file} is a folder among other files", "Give one folder, or files")
        placement = guess_placement(file.stem)
        if placement is None:
            raise InputError(
                f"{file}: the name does not say where the sensor was",
                f"Say it with --sensor PLACEMENT={file}",
            )
        if placement in named:
            raise InputError(
                f"{file} and {named[placement]} are both {placement}",
                "Say which is which with --sensor PLACEMENT=FILE",
            )
        named[placement] = file
    return split_part(next(iter(named.values())))[0], named


def _run_info_beside(files: tuple[Path, ...], named: dict[str, Path]) -> Path | None:
    """The run.toml that lies beside files that were named one by one."""
    if not named or any(file.is_dir() for file in files):
        return None  # the reader looks for it
    from hipgait.io.picking import split_part

    folders = {split_part(file)[0].resolve().parent for file in named.values()}
    found = [folder / "run.toml" for folder in folders if (folder / "run.toml").is_file()]
    return found[0] if len(found) == 1 else None
