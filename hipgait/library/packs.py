"""Stride tables of single runs put together: few files of a month are read faster than thousands.

A pack holds the runs of a month, sorted by athlete and run. The index says in which file a run
lies: a pack counts from the transaction that names it, and old files go after it. A kill in
between leaves files that nobody reads; ``verify`` removes them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from hipgait.library.sql import duckdb, strides_sql
from hipgait.library.store import Library

MOST_PACKS: Final = 4
"""packs of a month from which on they become one: each opens in about a millisecond"""
ROW_GROUP: Final = 122_880
"""rows of a row group, the unit that a query skips (DuckDB's own default)"""
OPEN_FILES: Final = 400
"""files put together at once: below every system's limit of open files"""


def pack(library: Library) -> int:
    """Put the single tables of each month together. Returns the number of files written."""
    written = _leave_out(library)
    while True:
        months = library.rows(
            "SELECT month, count(*) AS n FROM runs WHERE file LIKE '%/run-%' GROUP BY month"
        )
        if not months:
            break
        for row in months:
            files = library.rows(
                "SELECT file FROM runs WHERE month = ? AND file LIKE '%/run-%' "
                "ORDER BY run LIMIT ?",
                (row["month"], OPEN_FILES),
            )
            _merge(library, row["month"], [str(f[0]) for f in files])
            written += 1
    many = library.rows(
        "SELECT month FROM runs GROUP BY month HAVING count(DISTINCT file) > ?", (MOST_PACKS,)
    )
    for row in many:
        files = library.rows("SELECT DISTINCT file FROM runs WHERE month = ?", (row["month"],))
        _merge(library, row["month"], [str(f[0]) for f in files])
        written += 1
    return written


def _leave_out(library: Library) -> int:
    """Packs with a run that has a table of its own since (its date was corrected) are written
    again without it. Returns the number of files written."""
    runs = library.rows("SELECT run FROM runs WHERE file LIKE '%/run-%'")
    if not runs:
        return 0
    numbers, written = ", ".join(str(int(r["run"])) for r in runs), 0
    for row in library.rows("SELECT DISTINCT file FROM runs WHERE file LIKE '%/pack-%'"):
        file = str(row["file"])
        with duckdb().connect() as link:
            source = strides_sql(library, link, [file])
            held = link.execute(f"SELECT 1 FROM ({source}) WHERE run IN ({numbers}) LIMIT 1")
            stale = held.fetchone() is not None
        if stale:
            _merge(library, file.partition("/")[0].removeprefix("month="), [file])
            written += 1
    return written


def _merge(library: Library, month: str, files: Sequence[str]) -> None:
    target = f"month={month}/pack-{uuid4().hex[:12]}.parquet"
    with duckdb().connect() as link:
        _order(library, link, files)
        source = strides_sql(library, link, files)
        beside = library.strides / f"{target}.new"
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        place = str(beside).replace("'", "''")
        link.execute(
            f"COPY (SELECT s.* EXCLUDE (month) FROM ({source}) s JOIN places USING (run) "
            f"ORDER BY places.place, s.stride_id) TO '{place}' "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
    beside.chmod(0o600)
    os.replace(beside, library.strides / target)
    marks = ", ".join("?" * len(files))
    with library.writing() as db:
        db.execute(f"UPDATE runs SET file = ? WHERE file IN ({marks})", [target, *files])
    for file in files:
        (library.strides / file).unlink(missing_ok=True)


def _order(library: Library, link: Any, files: Sequence[str]) -> None:
    """Table ``places``: runs of these files in the order of athlete and run."""
    marks = ", ".join("?" * len(files))
    rows = library.rows(
        f"SELECT run FROM runs WHERE file IN ({marks}) ORDER BY athlete, run", list(files)
    )
    numbers = ", ".join(f"({int(r[0])}, {k})" for k, r in enumerate(rows))
    link.execute(f"CREATE TABLE places AS SELECT * FROM (VALUES {numbers}) AS t(run, place)")
