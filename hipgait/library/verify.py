"""Is the library whole? Runs that moved are found again, stride tables that are lost made again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from hipgait.errors import HipgaitError, InputError, MissingExtraError
from hipgait.io.append import locked
from hipgait.io.files import sha256_file
from hipgait.io.identity import STRIDES
from hipgait.library.ingest import Found, copy_table, find_runs, put_row, read_found, stamp
from hipgait.library.sql import duckdb, strides_sql
from hipgait.library.store import Library

OURS: Final = re.compile(r"month=[^/]+(/\.?run-\d+\.parquet|/pack-[0-9a-f]+\.parquet(\.new)?)?")
"""names below strides/ that the library gives, whole or half written"""


@dataclass
class Verified:
    """What was found.

    runs, analyses : how many there are (``Library.count``).
    moved : run folders that were found again.
    gone : folders that are not where they were (the library keeps their numbers).
    changed : folders whose tables are no longer those that were taken in.
    restored : stride tables made again.  lost : stride tables that cannot be read or made again.
    removed : files that belonged to nothing.
    """

    runs: int = 0
    analyses: int = 0
    moved: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether every number that was taken in is still there."""
        return not self.lost

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary."""
        return {"whole": self.whole, **asdict(self)}


def verify(library: Library, search: Sequence[Path] = ()) -> Verified:
    """Look at every run and every file; heal what can be healed.

    Parameters
    ----------
    search : folders in which runs are looked for that are not where they were.

    Raises
    ------
    FormatError : the index itself is damaged.
    """
    found = Verified()
    (check,) = library.rows("PRAGMA quick_check(1)")[0]
    if check != "ok":
        raise InputError(
            f"{library.folder}: the index is damaged ({check})",
            "Move the library away and index the runs again",
        )
    with locked(library.folder):
        _folders(library, search, found)
        _tables(library, found)
        _strays(library, found)
    return found


def _folders(library: Library, search: Sequence[Path], found: Verified) -> None:
    rows = library.rows(
        "SELECT run, recording, analysis, folder, strides_sha256 FROM runs ORDER BY run"
    )
    found.runs, found.analyses = library.count()
    missing: dict[tuple[str, ...], Any] = {}
    taken: dict[str, set[str]] = {}  # a folder may have been analysed into again and again
    for row in rows:
        if stamp(Path(row["folder"])):
            taken.setdefault(row["folder"], set()).add(row["strides_sha256"])
        else:
            missing[row["recording"], row["analysis"], row["strides_sha256"]] = row
    found.changed = [f for f, known in taken.items() if _digest(Path(f) / STRIDES) not in known]
    for root in search if missing else ():
        for folder in find_runs(root, library.folder):
            try:
                new = read_found(folder)
            except HipgaitError:
                continue  # damaged: not what is looked for
            key = (new.row["recording"], new.row["analysis"], new.strides_sha256)
            lost = missing.pop(key, None)
            if lost is not None:
                _move(library, int(lost["run"]), new, found)
    found.gone = [str(row["folder"]) for row in missing.values()]


def _move(library: Library, run: int, new: Found, found: Verified) -> None:
    with library.writing() as db:
        put_row(library, db, run, new, None)
    found.moved.append(str(new.folder))


def _digest(path: Path) -> str:
    """SHA-256 of a file; "" where it cannot be read."""
    try:
        return sha256_file(path)
    except HipgaitError:
        return ""


def _tables(library: Library, found: Verified) -> None:
    """Every run that has stances is looked for in the file that the index names."""
    files: dict[str, list[Any]] = {}
    rows = library.rows(
        "SELECT run, file, folder, month, strides_sha256, EXISTS (SELECT 1 FROM outcomes o "
        "WHERE o.run = runs.run AND o.n > 0) AS stances FROM runs"
    )
    for row in rows:
        files.setdefault(str(row["file"]), []).append(row)
    for file, inside in files.items():
        there = _runs_in(library, file)
        for row in inside:
            if there is None or (row["stances"] and int(row["run"]) not in there):
                _restore(library, row, found)


def _runs_in(library: Library, file: str) -> set[int] | None:
    """Runs in a stride table; None where it cannot be read."""
    path = library.strides / file
    if not path.is_file():
        return None
    try:
        engine = duckdb()
    except MissingExtraError:
        return _by_name(file)
    try:
        with engine.connect() as link:
            source = strides_sql(library, link, [file])
            # every column is read: a damaged page shows
            total = f"SELECT run, count(*), count(DISTINCT hash(s)) FROM ({source}) s GROUP BY run"
            return {int(row[0]) for row in link.execute(total).fetchall()} | _by_name(file)
    except engine.Error:
        return None


def _by_name(file: str) -> set[int]:
    """The run of a single table, which may be empty."""
    name = Path(file).stem
    return {int(name.removeprefix("run-"))} if name.startswith("run-") else set()


def _restore(library: Library, row: Any, found: Verified) -> None:
    """Copy a stride table from its run folder again, where that is still the same."""
    folder = Path(row["folder"])
    if _digest(folder / STRIDES) != row["strides_sha256"]:
        found.lost.append(f"run {row['run']} ({row['file']})")
        return
    try:
        file = copy_table(library, folder, row["month"], row["run"])
        with library.writing() as db:
            db.execute("UPDATE runs SET file = ? WHERE run = ?", (file, row["run"]))
    except (OSError, HipgaitError) as error:
        found.lost.append(f"run {row['run']} ({error})")
        return
    if _runs_in(library, file) is None:
        found.lost.append(f"run {row['run']} ({folder / STRIDES} is damaged too)")
        return
    found.restored.append(str(folder))


def _strays(library: Library, found: Verified) -> None:
    """Files of the library that the index does not name: what a kill left, or a corrected date."""
    named = {str(r[0]) for r in library.rows("SELECT DISTINCT file FROM runs")}
    for path in sorted(library.strides.rglob("*"), reverse=True):  # a folder after its files
        file = path.relative_to(library.strides).as_posix()
        if not OURS.fullmatch(file):
            continue  # somebody put it there: not ours to remove
        if path.is_file() and file not in named:
            path.unlink()
            found.removed.append(file)
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
