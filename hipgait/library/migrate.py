"""A library of an older version is brought up to date: its index is made again from the run.json
in it.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from hipgait.errors import FormatError, HipgaitError
from hipgait.library.ingest import Found, put_row
from hipgait.library.rows import read_document, rows_of
from hipgait.library.store import FORMAT, INDEX, Library, create_schema

TABLES = ("outcomes", "documents", "runs", "athletes")


def rebuild(library: Library, version: int) -> int:
    """Make every row again, in one transaction; stride tables stay. Returns the number of runs.

    What every version of the index keeps: ``runs`` with run, strides_sha256, folder, seen and
    file, ``documents`` with run and json, ``athletes``.

    Raises
    ------
    FormatError : what is needed for that is not there.
    """
    path = library.folder / INDEX
    with library.writing() as db:
        # another program may have been first, and have taken in more runs since
        if int(db.execute("PRAGMA user_version").fetchone()[0]) == FORMAT:
            return library.count()[1]
        kept = library.rows(
            "SELECT run, strides_sha256, folder, seen, file, json "
            "FROM runs JOIN documents USING (run) ORDER BY run"
        )
        athletes = [tuple(r) for r in library.rows("SELECT athlete, known_as, name FROM athletes")]
        for table in TABLES:
            db.execute(f"DROP TABLE IF EXISTS {table}")
        create_schema(db)
        db.executemany("INSERT INTO athletes VALUES (?, ?, ?)", athletes)
        for row in kept:
            try:
                raw = zlib.decompress(row["json"])
                digest = row["strides_sha256"]
                facts, outcomes = rows_of(path, read_document(path, raw), digest)
            except (zlib.error, HipgaitError) as error:
                raise FormatError(
                    path,
                    f"run {row['run']} cannot be brought from version {version} ({error})",
                    "Move the library away and index the runs again",
                ) from None
            found = Found(Path(row["folder"]), row["seen"], raw, facts, outcomes, digest)
            put_row(library, db, row["run"], found, row["file"])
    return len(kept)
