"""``read_run``: a run from whatever it is kept in.

A run is a session folder, a folder (or zip) of files named after their placements, a folder of
native exports, or a single file. Which file is which sensor: hipgait.io.picking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from hipgait.errors import InputError
from hipgait.io import session
from hipgait.io.clocks import assemble
from hipgait.io.exports import reader_named
from hipgait.io.files import Source, list_sources, require_readable, sha256_file
from hipgait.io.picking import Picked, Picks, pick_sensors
from hipgait.io.reading import Reader, Reading
from hipgait.io.results import is_results
from hipgait.io.runinfo import NO_OFFSET, OF_START, RunFile, SensorOptions, read_run_info
from hipgait.recording import InputFile, Recording

RUN_TOML: Final = "run.toml"
CAPTURE_SUFFIX: Final = ".mcap"
UNKNOWN: Final = SensorOptions()
LARGE: Final = 32 * 1024**2
"""Larger files are read alone, bytes (an hour at 200 Hz as CSV: 48 MB, and 120 more while it is
parsed)."""


@dataclass(frozen=True)
class Opened:
    """A run whose files are found and not yet read.

    run : as the user named it.  about : its run.toml.
    """

    run: Path
    picks: Picks
    about: RunFile


def read_run(
    path: Path | str,
    sensors: Mapping[str, Path] | None = None,
    run_info: Path | None = None,
    fmt: str = "auto",
) -> Recording:
    """Read a run whose names say which file is which sensor.

    Parameters
    ----------
    path : file, folder or zip archive.
    sensors : placement -> file, for files whose names do not tell; they go before the guesses. A
        file is looked for as given, then inside ``path``.
    run_info : a run.toml to use instead of the one beside the data.
    fmt : name of the reader, or "auto" to recognise each file by its header.

    Raises
    ------
    MissingInputError : nothing there.
    FormatError : a file that cannot be read safely; with line, column and cure.
    InputError : unclear placements, two files for one placement, unknown format.
    """
    opened = open_run(path, sensors, run_info, fmt)
    if isinstance(opened, Recording):
        return opened
    opened.picks.refuse_unclear()
    return read_picked(opened, opened.picks.picked)


def open_run(
    path: Path | str,
    sensors: Mapping[str, Path] | None = None,
    run_info: Path | None = None,
    fmt: str = "auto",
    unnamed: Sequence[Path] = (),
) -> Opened | Recording:
    """Find the files of a run; a session, which says everything itself, is read.

    Parameters and errors are those of ``read_run``, which alone refuses unclear placements.
    unnamed : files of unknown placement to take instead of looking into ``path``.
    """
    run = Path(path)
    require_readable(run)
    about = read_run_info(Source(run_info)) if run_info is not None else None
    chosen = reader_named(fmt) if fmt != "auto" else None
    if run.suffix.lower() == CAPTURE_SUFFIX:
        raise InputError(
            f"{run}: a capture is a run of its own",
            "Read it alone, without files beside it",
        )
    if run.is_dir() and is_results(run) and not sensors:
        raise InputError(
            f"{run}: holds findings of analyze, not a recording", "Give the recording itself"
        )
    if run.is_dir() and session.is_session(run):
        if sensors:
            raise InputError(
                f"{run}: a session says itself where its sensors were", "Leave out --sensor"
            )
        return _session(run, about)
    found = list_sources(run)
    if about is None:
        about = _run_file(run, found)
    aside = {s.path for s in (about.source, about.speed_file) if s is not None}
    files = [s for s in found if s.path not in aside]
    return Opened(run, pick_sensors(run, files, sensors, chosen, unnamed), about)


def read_picked(
    opened: Opened, picked: Picked, provisional: bool = False, notes: Sequence[str] = ()
) -> Recording:
    """Read the files of a run.

    picked : placement -> source and reader.
    provisional : the placements are only labels: what run.toml says of sensors is left aside.
    notes : more for the report.
    """
    about = opened.about
    options = {} if provisional else about.sensors
    sources = [source for source, _ in picked.values()]
    sources += [s for s in (about.source, about.speed_file) if s is not None]
    for source in sources:  # before the first byte is read
        source.require_size()
    # of long recordings one file after the other: parsing uses both cores, and memory counts
    at_once = 1 if max(s.on_disk.stat().st_size for s in sources) > LARGE else 2
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(at_once) as reading:
        digests = {
            path: pool.submit(sha256_file, path)
            for path in dict.fromkeys(s.on_disk for s in sources)
        }
        jobs = {
            placement: reading.submit(
                _read_one, reader, source, placement, options.get(placement, UNKNOWN)
            )
            for placement, (source, reader) in picked.items()
        }
        readings = {placement: job.result() for placement, job in jobs.items()}
        for path in dict.fromkeys(s.on_disk for r in readings.values() for s in r.also):
            digests.setdefault(path, pool.submit(sha256_file, path))
        inputs = tuple(InputFile(str(p), digest.result()) for p, digest in digests.items())
    streams, apart, clock_notes, start = assemble(readings)
    info = about.info
    if info.start_utc is None and start is not None:
        info = replace(info, start_utc=start)
    every = (*opened.picks.notes, *about.notes, *notes, *clock_notes)
    return Recording(streams, info, _run_name(opened.run), inputs, every, not apart, apart)


def _read_one(reader: Reader, source: Source, placement: str, options: SensorOptions) -> Reading:
    """Absurd numbers overflow quietly here: what they leave is refused or counted as missing."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return reader.read(source, placement, options)


def _session(run: Path, about: RunFile | None) -> Recording:
    recording = session.read_session(run)
    if about is None and (run / RUN_TOML).is_file():
        about = read_run_info(Source(run / RUN_TOML))
    inputs = [InputFile(str(p), sha256_file(p)) for p in sorted(run.glob("*.parquet"))]
    inputs.append(InputFile(str(run / session.INDEX), sha256_file(run / session.INDEX)))
    if about is None:
        return replace(recording, inputs=tuple(inputs))
    streams = {
        p: replace(
            s,
            acc_range=about.sensors.get(p, UNKNOWN).acc_range or s.acc_range,
            gyr_range=about.sensors.get(p, UNKNOWN).gyr_range or s.gyr_range,
        )
        for p, s in recording.streams.items()
    }
    before = [n for n in recording.notes if not n.startswith(NO_OFFSET[:OF_START])]
    notes = (*before, *about.notes)
    return replace(recording, info=about.info, inputs=tuple(inputs), streams=streams, notes=notes)


def _run_file(run: Path, found: Sequence[Source]) -> RunFile:
    """The run.toml of a run: inside its folder, or ``NAME.run.toml`` beside a file."""
    inside = min(
        (s for s in found if s.path.name == RUN_TOML),
        key=lambda s: len(s.path.parts),
        default=None,
    )
    if inside is not None and inside.path != run:
        return read_run_info(inside)
    if not run.is_dir():
        beside = run.with_name(f"{_run_name(run)}.{RUN_TOML}")
        if beside.is_file():
            return read_run_info(Source(beside))
    return RunFile()


def _run_name(run: Path) -> str:
    if run.is_dir():
        return run.resolve().name or "run"
    source = Source(run)
    return source.stem or "run"
