"""The index of a library: one SQLite file, written in transactions, readable by its owner alone.

``index.sqlite`` holds a row a run, a row an outcome, and run.json of every run, so that the rest
can always be made again from it. Stride tables lie in ``strides/month=YYYY-MM/`` as Parquet.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from hipgait.errors import FormatError, InputError, MissingInputError

INDEX: Final = "index.sqlite"
STRIDES: Final = "strides"
FORMAT: Final = 3
"""Version of the library's own files (``PRAGMA user_version``). Older ones are rebuilt from the
run.json in them (``hipgait.library.migrate``), newer ones refused. 2: ``rank`` puts 1.0rc1 before
1.0. 3: ``start_local``, the runner's own day."""
WAIT_S: Final = 60.0
"""How long one writer waits for another."""
UNDATED: Final = "undated"
"""month of a run whose start is not known"""

SCHEMA: Final = """
CREATE TABLE athletes (
  athlete TEXT PRIMARY KEY,        -- drawn by lot; the only name in file names
  known_as TEXT NOT NULL UNIQUE,   -- the name, small letters
  name TEXT NOT NULL);
CREATE TABLE runs (
  run INTEGER PRIMARY KEY,         -- number in the stride tables
  recording TEXT NOT NULL,         -- digest of the signal files
  analysis TEXT NOT NULL,          -- settings and version
  strides_sha256 TEXT NOT NULL,
  current INTEGER NOT NULL,        -- 1: the newest analysis of its recording
  rank TEXT NOT NULL,              -- which analysis is newer
  athlete TEXT NOT NULL REFERENCES athletes,
  start_utc TEXT, start_local TEXT,  -- by the runner's clock, where its offset is known
  month TEXT NOT NULL, name TEXT NOT NULL,
  minutes REAL, speed_mps REAL, shoe TEXT, surface TEXT, zero TEXT, fatigued INTEGER,
  withdrawn TEXT,                  -- why the findings were withdrawn
  check_run INTEGER NOT NULL,      -- 1: as long, and as fully described, as a standard check run
  folder TEXT NOT NULL, seen TEXT NOT NULL,
  file TEXT NOT NULL,              -- stride table, below strides/
  UNIQUE (recording, analysis, strides_sha256));
CREATE INDEX runs_folder ON runs (folder);
CREATE INDEX runs_athlete ON runs (athlete, start_utc);
CREATE INDEX runs_file ON runs (file);
CREATE TABLE outcomes (
  run INTEGER NOT NULL REFERENCES runs, outcome TEXT NOT NULL, side TEXT NOT NULL,
  mean REAL, sd REAL, n INTEGER,
  drift REAL, drift_low REAL, drift_high REAL, verdict TEXT,
  PRIMARY KEY (run, outcome, side)) WITHOUT ROWID;
CREATE TABLE documents (run INTEGER PRIMARY KEY REFERENCES runs, json BLOB NOT NULL);
"""

COLUMNS: Final = (
    "run", "recording", "analysis", "strides_sha256", "current", "rank", "athlete", "start_utc",
    "start_local", "month", "name", "minutes", "speed_mps", "shoe", "surface", "zero", "fatigued",
    "withdrawn", "check_run", "folder", "seen", "file",
)  # fmt: skip
"""of the table ``runs``"""
OUTCOME_COLUMNS: Final = (
    "run", "outcome", "side", "mean", "sd", "n", "drift", "drift_low", "drift_high", "verdict",
)  # fmt: skip
"""of the table ``outcomes``"""


class Library:
    """An open library (``hipgait.library.opening.open_library``).

    folder : where it lies.  db : its index.  version : of the index.
    """

    def __init__(self, folder: Path, db: sqlite3.Connection, version: int = FORMAT) -> None:
        self.folder = folder
        self.db = db
        self.version = version

    @classmethod
    def as_it_is(cls, folder: Path | str, *, create: bool = False) -> Library:
        """Open a library of whatever version is not newer than ``FORMAT``.

        Raises
        ------
        MissingInputError : there is none (and ``create`` is false).
        FormatError : damaged, or of a newer version.  InputError : cannot be written.
        """
        path = Path(folder)
        file = path / INDEX
        if not file.is_file():
            if not create:
                raise MissingInputError(
                    f"{path}: no library there", "Make one: hipgait library index FOLDER"
                )
            _make(path)
        with ExitStack() as opened:
            try:
                db = opened.enter_context(closing(_connect(file)))
                version = int(db.execute("PRAGMA user_version").fetchone()[0])
                if version == 0 and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
                    _fill(db)
                    version = FORMAT
            except sqlite3.DatabaseError as error:
                raise _damaged(file, error) from None
            if version > FORMAT:
                raise FormatError(file, "made by a newer hipgait", "Update hipgait")
            opened.pop_all()  # it stays open: nothing went wrong
        return cls(path, db, version)

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.db.close()

    @property
    def strides(self) -> Path:
        """Folder of the stride tables."""
        return self.folder / STRIDES

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Rows of the index. Raises FormatError where it is damaged."""
        try:
            return self.db.execute(sql, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            raise _damaged(self.folder / INDEX, error) from None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing. Other writers wait.

        Raises
        ------
        InputError : the index cannot be written.
        """
        try:
            self.db.execute("BEGIN IMMEDIATE")
            yield self.db
            self.db.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._undo()
            raise InputError(
                f"{self.folder / INDEX}: cannot be written ({error})",
                "Make room and permission, or try again when no other program writes to it",
            ) from None
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")

    # ------------------------------------------------------------------------------ athletes
    def athlete(self, name: str) -> str:
        """Id of a named athlete, made if need be (inside ``writing``). "" is the unnamed one."""
        known = plain_name(name)
        row = self.db.execute(
            "SELECT athlete FROM athletes WHERE known_as = ?", (known,)
        ).fetchone()
        if row is not None:
            return str(row[0])
        ident = secrets.token_hex(4)
        self.db.execute("INSERT INTO athletes VALUES (?, ?, ?)", (ident, known, name.strip()))
        return ident

    def find_athlete(self, name: str | None) -> str | None:
        """Id of an athlete by name or id; None stands for the only one there is.

        Raises
        ------
        InputError : not known, or there are several and none is named.
        """
        # a corrected name leaves one without runs behind
        rows = self.rows(
            "SELECT athlete, known_as, name FROM athletes "
            "WHERE athlete IN (SELECT athlete FROM runs WHERE current = 1) ORDER BY name"
        )
        if name is None:
            if len(rows) > 1:
                raise InputError(
                    f"{self.folder} holds {len(rows)} athletes",
                    f"Name one with --athlete: {_names(rows)}",
                )
            return str(rows[0]["athlete"]) if rows else None
        for row in rows:
            if name == row["athlete"] or plain_name(name) == row["known_as"]:
                return str(row["athlete"])
        raise InputError(f"no athlete {name!r} in {self.folder}", f"Known: {_names(rows)}")

    # ---------------------------------------------------------------------------------- runs
    def count(self) -> tuple[int, int]:
        """(runs, analyses): a run is a recording and has its newest analysis; older ones stay."""
        (found,) = self.rows("SELECT coalesce(sum(current), 0), count(*) FROM runs")
        return int(found[0]), int(found[1])

    def runs(self, athlete: str | None = None) -> list[dict[str, Any]]:
        """One row a run (its newest analysis) with the athlete's name, oldest first."""
        where, values = "", list[Any]()
        if athlete is not None:
            where, values = " AND runs.athlete = ?", [self.find_athlete(athlete)]
        found = self.rows(
            "SELECT runs.*, athletes.name AS athlete_name FROM runs JOIN athletes USING (athlete) "
            f"WHERE current = 1{where} ORDER BY start_utc IS NULL, start_utc, run",
            values,
        )
        names = found[0].keys() if found else []
        return [dict(zip(names, row, strict=True)) for row in found]


def plain_name(name: str) -> str:
    """A name as it is compared: blanks and capitals do not count."""
    return " ".join(name.split()).casefold()


def _names(rows: Sequence[sqlite3.Row]) -> str:
    named = [str(row["name"]) or "'' (runs without an athlete)" for row in rows[:10]]
    return ", ".join(named) + (", ..." if len(rows) > 10 else "") if named else "none"


def _make(folder: Path) -> None:
    """The folder (0700) and an empty index (0600)."""
    try:
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        own = (STRIDES, ".lock")  # an index that was lost may be made again
        if not new and any(p.name not in own for p in folder.iterdir()):
            raise InputError(f"{folder}: holds other files", "Give an empty folder with --library")
        folder.chmod(0o700)
        (folder / STRIDES).mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(folder / INDEX, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written ({error.strerror})", "Choose another with --library"
        ) from None


def _connect(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=WAIT_S, isolation_level=None)
    db.row_factory = sqlite3.Row
    return db


def _fill(db: sqlite3.Connection) -> None:
    """An empty schema; of two programs that start together the second finds it there."""
    db.execute("BEGIN IMMEDIATE")
    if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
        create_schema(db)
    db.execute("COMMIT")


def create_schema(db: sqlite3.Connection) -> None:
    """Tables and version, inside a transaction."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {FORMAT}")


def _damaged(file: Path, error: Exception) -> FormatError:
    return FormatError(file, f"damaged ({error})", "Move the library away and index the runs again")
