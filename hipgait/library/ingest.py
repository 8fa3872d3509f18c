"""From folders that ``analyze`` or ``batch`` wrote to rows and stride tables of a library."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from hipgait.errors import FormatError, HipgaitError, InputError, MissingInputError
from hipgait.io.append import locked
from hipgait.io.identity import RUN, STRIDES
from hipgait.io.writing import encodable, require_encodable
from hipgait.library.rows import OutcomeRow, read_document, rows_of
from hipgait.library.store import COLUMNS, Library

CHUNK: Final = 256
"""runs in one transaction: what a kill can cost"""
MAGIC: Final = b"PAR1"
"""first and last bytes of a whole Parquet file"""
SMALLEST: Final = 12
"""bytes of an empty Parquet file at the least"""
LOOSE: Final = 64
"""from so many single files on, stride tables are put together"""


@dataclass
class Indexed:
    """What ``index`` did with the folders it found, and what the library then holds.

    new : taken in.  again : another analysis of a known recording.  known : nothing to do.
    moved : known, found at another place.  told : known, and its run.json tells more or other, or
        a later one at another place does.
    failed : (folder, what is wrong).
    runs, analyses : in the library afterwards (``Library.count``).
    """

    new: int = 0
    again: int = 0
    known: int = 0
    moved: int = 0
    told: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    runs: int = 0
    analyses: int = 0

    @property
    def found(self) -> int:
        """Folders of analysed runs that were found."""
        return self.new + self.again + self.known + self.moved + self.told + len(self.failed)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary."""
        return asdict(self)


@dataclass(frozen=True)
class Found:
    """An analysed run on disk.

    seen : ``stamp`` of the folder, to know it again unread.  raw : bytes of run.json.
    row, outcomes : what the index keeps of it.
    """

    folder: Path
    seen: str
    raw: bytes
    row: dict[str, Any]
    outcomes: list[OutcomeRow]
    strides_sha256: str


def index_folders(
    library: Library,
    folders: Sequence[Path],
    progress: Callable[[int, int], None] | None = None,
) -> Indexed:
    """Take every analysed run below some folders into the library.

    Raises
    ------
    MissingInputError : a folder is not there, or holds no analysed run.
    """
    unread: list[OSError] = []
    every = (f for folder in folders for f in find_runs(folder, library.folder, unread))
    found = list(dict.fromkeys(every))
    done = Indexed(failed=[(encodable(str(e.filename)), unreadable(e)) for e in unread])
    todo = iter(found)
    with locked(library.folder):
        library.folder.joinpath(".lock").chmod(0o600)
        while chunk := list(islice(todo, CHUNK)):
            with library.writing() as db:
                for folder in chunk:
                    _take(library, db, folder, done)
            if progress is not None:
                progress(done.found, len(found) + len(unread))
        if done.new + done.again:
            put_together(library)
        done.runs, done.analyses = library.count()
    return done


def put_together(library: Library) -> None:
    """Put single stride tables together where there are many and DuckDB is there to do it."""
    (loose,) = library.rows("SELECT count(*) FROM runs WHERE file LIKE '%/run-%'")[0]
    if loose < LOOSE:
        return
    from hipgait.errors import MissingExtraError
    from hipgait.library.packs import pack
    from hipgait.library.sql import duckdb

    try:
        engine = duckdb()
    except MissingExtraError:
        return  # it works without, only slower
    try:
        pack(library)
    except engine.Error:
        return  # a table cannot be read: verify tells which


def unreadable(error: OSError) -> str:
    """What is told of a folder that may hold runs, and cannot be looked into."""
    return f"cannot be looked into ({error.strerror})"


def find_runs(root: Path, library: Path, unread: list[OSError] | None = None) -> Iterator[Path]:
    """Folders with run.json and strides.parquet at any depth, in order; the library's own not.

    unread : takes the error of every folder that cannot be looked into.

    Raises
    ------
    MissingInputError : no such folder, or no analysed run in it.
    InputError : none, and a folder in it cannot be looked into.
    """
    if not root.is_dir():
        raise MissingInputError(f"{root}: no such folder", "Name what analyze or batch wrote")
    own, any_found = library.resolve(), False
    unread = [] if unread is None else unread
    before = len(unread)
    for place, inner, files in os.walk(root.resolve(), onerror=unread.append):
        folder = Path(place)
        inner[:] = sorted(d for d in inner if not d.startswith(".") and folder / d != own)
        if RUN in files and STRIDES in files:
            any_found = True
            yield folder
    for error in unread[before:] if not any_found else ():
        raise InputError(f"{error.filename}: {unreadable(error)}", "Check the permission")
    if not any_found:
        raise MissingInputError(
            f"{root}: no analysed run in it", "Analyse first: hipgait analyze RUN --out DIR"
        )


def stamp(folder: Path) -> str:
    """Size and time of run.json, then of the stride table; "" where run.json is gone."""
    told = _size_and_time(folder / RUN)
    return f"{told}-{_size_and_time(folder / STRIDES)}" if told else ""


def _size_and_time(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return ""
    return f"{stat.st_size}-{stat.st_mtime_ns}"


def read_found(folder: Path) -> Found:
    """Read what an analysis left, as far as the index needs it.

    Raises
    ------
    FormatError : a file is damaged, cut off, of a newer version, or not what analyze writes.
    InputError : the folder's name is no UTF-8.
    """
    require_encodable(str(folder))
    seen = stamp(folder)
    try:
        raw, strides = (folder / RUN).read_bytes(), (folder / STRIDES).read_bytes()
    except OSError as error:
        raise FormatError(folder, f"cannot be read ({error.strerror})") from None
    document = read_document(folder / RUN, raw)
    if len(strides) < SMALLEST or not strides.startswith(MAGIC) or not strides.endswith(MAGIC):
        raise FormatError(folder / STRIDES, "damaged or cut off", "Analyse the run again")
    digest = hashlib.sha256(strides).hexdigest()
    row, outcomes = rows_of(folder / RUN, document, digest)
    return Found(folder, seen, raw, row, outcomes, digest)


def _take(library: Library, db: sqlite3.Connection, folder: Path, done: Indexed) -> None:
    """One folder into the index, inside a transaction."""
    at = encodable(str(folder))
    now = (at, stamp(folder))
    if db.execute("SELECT 1 FROM runs WHERE folder = ? AND seen = ?", now).fetchone():
        done.known += 1
        return
    try:
        found = read_found(folder)
    except HipgaitError as error:
        done.failed.append((at, str(error)))
        return
    same = db.execute(
        "SELECT run, folder, seen FROM runs WHERE recording = ? AND analysis = ? "
        "AND strides_sha256 = ?",
        (found.row["recording"], found.row["analysis"], found.strides_sha256),
    ).fetchone()
    if same is not None:
        _known(library, db, found, same, done)
        return
    earlier = db.execute(
        "SELECT 1 FROM runs WHERE recording = ?", (found.row["recording"],)
    ).fetchone()
    done.again += earlier is not None
    done.new += earlier is None
    _insert(library, db, found)


def _known(
    library: Library,
    db: sqlite3.Connection,
    found: Found,
    same: sqlite3.Row,
    done: Indexed,
) -> None:
    """A run that is in already: at its place, told anew, moved, or a copy of it.

    Told anew at another place it counts where it was written later: a batch puts what came of a
    corrected run.toml beside the older findings.
    """
    run = int(same["run"])
    here, other = same["folder"] == str(found.folder), found.raw != _document(db, run)
    if not here and not stamp(Path(same["folder"])):
        done.moved += 1
    elif other and (here or _written(found.seen) > _written(same["seen"])):
        done.told += 1
    else:
        done.known += 1
        if not here:
            return  # a copy: the first place stays
    put_row(library, db, run, found, None)


def _document(db: sqlite3.Connection, run: int) -> bytes:
    """run.json of a run as it was taken in; b"" where that is damaged."""
    (kept,) = db.execute("SELECT json FROM documents WHERE run = ?", (run,)).fetchone()
    try:
        return zlib.decompress(kept)
    except zlib.error:
        return b""


def _written(seen: str) -> int:
    """When run.json was written, ns, by a ``stamp``; 0 where it is gone."""
    return int(seen.split("-")[1]) if seen else 0


def _insert(library: Library, db: sqlite3.Connection, found: Found) -> None:
    (last,) = db.execute("SELECT coalesce(max(run), 0) FROM runs").fetchone()
    run = int(last) + 1
    put_row(library, db, run, found, copy_table(library, found.folder, found.row["month"], run))


def copy_table(library: Library, folder: Path, month: str, run: int) -> str:
    """Copy the stride table of a run. Returns its file below strides/."""
    file = f"month={month}/run-{run}.parquet"
    copy_private(folder / STRIDES, library.strides / file)
    return file


def put_row(
    library: Library,
    db: sqlite3.Connection,
    run: int,
    found: Found,
    file: str | None,
) -> None:
    """Write the rows of one run; ``file`` None: its stride table stays where it is, unless the
    run is now known to be of another month."""
    row = found.row
    if file is None:
        kept = db.execute("SELECT file, month FROM runs WHERE run = ?", (run,)).fetchone()
        same = kept["month"] == row["month"]
        file = kept["file"] if same else copy_table(library, found.folder, row["month"], run)
    values = {
        **row,
        "run": run,
        "strides_sha256": found.strides_sha256,
        "current": 0,
        "athlete": library.athlete(row["athlete"]),
        "folder": str(found.folder),
        "seen": found.seen,
        "file": file,
    }
    for table in ("outcomes", "documents", "runs"):
        db.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
    marks = ", ".join("?" * len(COLUMNS))
    db.execute(
        f"INSERT INTO runs ({', '.join(COLUMNS)}) VALUES ({marks})", [values[c] for c in COLUMNS]
    )
    db.executemany(
        "INSERT INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(run, *o) for o in found.outcomes],
    )
    db.execute("INSERT INTO documents VALUES (?, ?)", (run, zlib.compress(found.raw, 6)))
    mark_current(db, row["recording"])


def mark_current(db: sqlite3.Connection, recording: str) -> None:
    """Of several analyses of a recording the one of the newest version counts, of several of that
    version the one written last (the time in ``stamp``), whatever the order they came in."""
    (newest,) = db.execute(
        "SELECT run FROM runs WHERE recording = ? ORDER BY rank DESC, "
        "CAST(substr(seen, instr(seen, '-') + 1) AS INTEGER) DESC, run DESC",
        (recording,),
    ).fetchone()
    db.execute("UPDATE runs SET current = (run = ?) WHERE recording = ?", (newest, recording))


def copy_private(source: Path, target: Path) -> None:
    """Copy a file so that only its owner can read it; it has its name when it is whole."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}")
    beside.unlink(missing_ok=True)
    with source.open("rb") as old:
        handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as new:
            shutil.copyfileobj(old, new)
    os.replace(beside, target)
