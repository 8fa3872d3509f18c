"""Files that hipgait reads: each kind whole, made by the project's writers, and what must hold.

The first byte of an input chooses the kind, the rest is the file; its companions are whole.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from hipgait.errors import HipgaitError
from hipgait.io.files import Source
from hipgait.io.fit import read_fit
from hipgait.io.reader import read_run
from hipgait.io.session import write_session
from hipgait.recording import Recording, SensorStream
from hipgait.strength.entries import FILE_OF, Entry, Exercise, Note, Pain, Run, Soreness
from hipgait.strength.entries import StrengthTest as Test
from hipgait.strength.journal import add, read_journal
from tests.io import phones
from tests.io.build import moving
from tests.io.fitfile import crc, run_fit
from tests.io.small import SAMPLES, one_line, sound

DAY = dt.date(2026, 5, 8)
ENTRIES: tuple[Entry, ...] = (
    Exercise(date=DAY, time=dt.time(18, 30), exercise="side_plank", side="left", sets=3.0,
             seconds=30.0, note='firm, "good"'),
    Soreness(date=DAY, after_h="48", region="gluteal", left=4.0, right=2.0),
    Pain(date=DAY, region="knee", side="right", level=2.0, note="hüft"),
    Run(date=DAY, minutes=50.0, km=9.3, effort=6.0),
    Test(date=DAY, test="side_plank", side="left", value=71.0),
    Note(date=DAY, kind="sleep", value=7.5),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """Where a fuzzed file lies, what lies beside it, and who reads it.

    whole : its bytes.  beside : name -> bytes.  read : gets the folder and the file.
    """

    name: str
    whole: bytes
    beside: dict[str, bytes]
    read: Callable[[Path, Path], None]


def _run(_folder: Path, file: Path) -> None:
    sound(read_run(file))


def _run_of(folder: Path, _file: Path) -> None:
    sound(read_run(folder))


def _fit(_folder: Path, file: Path) -> None:
    track = read_fit(Source(file))
    assert np.isfinite(track.time_s).all()
    assert (np.diff(track.time_s) > 0).all()
    heart = track.heart_rate_bpm[np.isfinite(track.heart_rate_bpm)]
    assert ((heart > 0) & (heart < 300)).all()


def _signed_fit(folder: Path, file: Path) -> None:
    """The same with sums that fit, so that its inside is read whatever it is."""
    data = file.read_bytes()
    if len(data) > 16:
        body = data[14:-2]
        head = data[:4] + len(body).to_bytes(4, "little") + data[8:12]
        head += crc(head).to_bytes(2, "little")
        file.write_bytes(head + body + crc(head + body).to_bytes(2, "little"))
    _fit(folder, file)


def _journal(folder: Path, _file: Path) -> None:
    for entry in read_journal(folder).entries():
        assert entry.date > dt.date.min
        assert entry.ref.line >= 2


def _files(folder: Path) -> dict[str, bytes]:
    """Name within the folder -> bytes, of every file."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*"))
             if p.is_file()}  # fmt: skip
    shutil.rmtree(folder)
    return found


def _each(files: dict[str, bytes], read: Callable[[Path, Path], None]) -> Iterator[Kind]:
    """Every file of a folder in turn, the others whole beside it."""
    for name, whole in files.items():
        yield Kind(name, whole, {n: d for n, d in files.items() if n != name}, read)


def _session(folder: Path) -> dict[str, bytes]:
    t, acc, gyr = moving(40)
    streams = {"pelvis": SensorStream("pelvis", t, acc, np.radians(gyr))}
    table = pd.DataFrame({"time_s": t[:3], "sensor": "belt", "heart_rate_bpm": [120.0, 121, 122]})
    write_session(replace(Recording(streams), covariates=table), folder)
    return _files(folder)


def _journal_files(folder: Path) -> dict[str, bytes]:
    for entry in ENTRIES:
        add(folder, entry)
    files = _files(folder)
    return {name: files[name] for name in FILE_OF.values()}


def kinds() -> Iterator[Kind]:
    """Every kind of file."""
    table = SAMPLES["csv"]
    for name, whole in SAMPLES.items():
        if name == "toml":
            yield Kind("pelvis.run.toml", whole, {"pelvis.csv": table}, _run_of)
        else:
            yield Kind("pelvis.csv", whole, {}, _run)
    with tempfile.TemporaryDirectory(prefix="hipgait-kinds-") as at:
        work = Path(at) / "one"
        phones.logger_folder(work / "pelvis", "ios", n=40)
        yield from _each(_files(work), _run_of)
        yield from _each(_session(work), _run_of)
        yield from _each(_journal_files(work), _journal)
    for read in (_fit, _signed_fit):
        yield Kind("watch.fit", run_fit(1_780_000_000.0, seconds=20), {}, read)


KINDS = tuple(kinds())
_folder = tempfile.TemporaryDirectory(prefix="hipgait-fuzz-")


def readers(data: bytes) -> None:
    """A file of some kind: refused with one line, or read and sound."""
    if not data:
        return
    kind = KINDS[data[0] % len(KINDS)]
    home = Path(_folder.name) / "run"
    shutil.rmtree(home, ignore_errors=True)
    for name, content in (*kind.beside.items(), (kind.name, data[1:])):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    try:
        kind.read(home, home / kind.name)
    except HipgaitError as refused:
        one_line(refused)


def reader_seeds() -> Iterator[bytes]:
    """Every kind, whole."""
    for number, kind in enumerate(KINDS):
        yield bytes([number]) + kind.whole
