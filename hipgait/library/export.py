"""Tables of a library for somebody else: without names unless asked, or anonymous."""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hipgait.errors import InputError
from hipgait.io.cells import safe_cell
from hipgait.io.writing import write_beside, write_text
from hipgait.library.sql import EXACT, TRIES, duckdb, strides_sql, unreadable
from hipgait.library.store import OUTCOME_COLUMNS, UNDATED, Library
from hipgait.names import ALL_COLUMNS, OUTCOMES, Column

FORMATS: Final = ("parquet", "csv")
RUNS: Final = (
    "run", "athlete", "start_utc", "month", "minutes", "speed_mps", "shoe", "surface", "zero",
    "fatigued", "withdrawn", "check_run", "analysis",
)  # fmt: skip
"""Columns of an export without names: none was written by hand but shoe and surface."""
NAMED: Final = ("athlete_name", "name", "recording")
"""More of them with names."""
ANONYMOUS: Final = tuple(c for c in RUNS if c not in ("shoe", "surface"))
"""Without what was written by hand."""
FORMULA: Final = r"^([\s\v\p{Z}'']*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]|''*[\t\r\n])"
"""What a spreadsheet takes for a formula (``hipgait.io.cells``), as DuckDB writes it."""
SHIFT_WEEKS: Final = 520
"""Dates of an athlete are moved by whole weeks, up to ten years back: order, distance and day of
the week stay."""


@dataclass(frozen=True)
class Exported:
    """What was written."""

    folder: Path
    runs: int
    athletes: int
    stances: int


def export(
    library: Library,
    folder: Path | str,
    *,
    fmt: str = "parquet",
    names: bool = False,
    anonymous: bool = False,
    athlete: str | None = None,
) -> Exported:
    """Write runs, outcomes and strides, and README.txt that says what they hold.

    Parameters
    ----------
    names : with names of athletes and runs, and the digests of recordings.
    anonymous : new ids by lot, dates moved and without time of day, nothing written by hand; two
        such exports have no id in common (the movement itself is the same in both).
    athlete : only of this one.

    Raises
    ------
    InputError : both of them, a folder that holds files, no runs, a table that cannot be read.
    MissingExtraError : DuckDB is not installed.
    """
    if names and anonymous:
        raise InputError("with names or anonymous, not both")
    if fmt not in FORMATS:
        raise InputError(f"unknown format {fmt!r}", f"Use: {', '.join(FORMATS)}")
    out = Path(folder)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: not an empty folder", "Give a new one with --out")
    rows = library.runs(athlete)
    if not rows:
        raise InputError(f"{library.folder}: no runs to export")
    runs = _anonymous(rows) if anonymous else rows
    columns = ANONYMOUS if anonymous else (*RUNS, *(NAMED if names else ()))
    numbers = {old["run"]: new["run"] for old, new in zip(rows, runs, strict=True)}
    engine = duckdb()
    try:
        for left in reversed(range(TRIES)):
            try:
                stances = _write(library, out, fmt, runs, columns, numbers)
                break
            except engine.IOException:  # put together elsewhere by a writer meanwhile
                if not left:
                    raise
        write_text(out / "README.txt", _readme(columns, anonymous))
    except BaseException as error:
        for part in out.iterdir() if out.exists() else ():  # it was empty
            part.unlink()
        if isinstance(error, engine.Error):
            raise unreadable(library, error) from None
        raise
    return Exported(out, len(runs), len({r["athlete"] for r in runs}), stances)


def _anonymous(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """New numbers and ids by lot, dates moved."""
    lot = random.SystemRandom()
    people = {r["athlete"] for r in rows}
    ids = dict(zip(people, lot.sample(range(1, len(people) + 1), len(people)), strict=True))
    moved = {p: dt.timedelta(weeks=1 + secrets.randbelow(SHIFT_WEEKS)) for p in people}
    numbers = lot.sample(range(1, len(rows) + 1), len(rows))
    out = []
    for row, number in zip(rows, numbers, strict=True):
        start, month = None, UNDATED
        if row["start_utc"]:
            day = dt.datetime.fromisoformat(row["start_utc"]).date() - moved[row["athlete"]]
            start, month = day.isoformat(), f"{day:%Y-%m}"
        changed = {"run": number, "athlete": f"a{ids[row['athlete']]}", "start_utc": start}
        out.append({**row, **changed, "month": month})
    return out


def _write(
    library: Library,
    out: Path,
    fmt: str,
    runs: list[dict[str, Any]],
    columns: tuple[str, ...],
    numbers: Mapping[int, int],
) -> int:
    """The three tables; rows in the order of the new numbers. Returns stances."""
    import pyarrow as pa

    by_number = sorted(runs, key=lambda r: int(r["run"]))
    clean = [[_safe(r[c]) if fmt == "csv" else r[c] for r in by_number] for c in columns]
    with duckdb().connect() as link:
        link.register("out_runs", pa.table(dict(zip(columns, map(pa.array, clean), strict=True))))
        pairs = {"old": list(numbers), "run": list(numbers.values())}
        link.register("numbers", pa.table(pairs))
        found = [[_safe(v) if fmt == "csv" else v for v in row]
                 for row in library.rows("SELECT * FROM outcomes")]  # fmt: skip
        names = ("old", *OUTCOME_COLUMNS[1:])
        turned = zip(*found, strict=True) if found else [()] * len(names)
        link.register(
            "all_outcomes",
            pa.table({c: pa.array(list(v)) for c, v in zip(names, turned, strict=True)}),
        )
        strides = strides_sql(library, link)
        _copy(link, "SELECT * FROM out_runs", out / f"runs.{fmt}", fmt)
        _copy(
            link,
            "SELECT n.run, o.* EXCLUDE (old) FROM all_outcomes o JOIN numbers n USING (old) "
            "ORDER BY n.run, outcome, side",
            out / f"outcomes.{fmt}",
            fmt,
        )
        wanted = ", ".join(_column(c, columns == ANONYMOUS, fmt) for c in ALL_COLUMNS)
        _copy(
            link,
            f"SELECT n.run AS run, {wanted} FROM ({strides}) s JOIN numbers n ON s.run = n.old "
            "ORDER BY n.run, s.stride_id",
            out / f"strides.{fmt}",
            fmt,
        )
        (stances,) = link.execute(
            f"SELECT count(*) FROM ({strides}) s JOIN numbers n ON s.run = n.old"
        ).fetchone()
    return int(stances)


def _column(column: Column, anonymous: bool, fmt: str) -> str:
    """A column of the stances. A sensor's own clock may be the time of day, or count on from one
    run to the next: anonymous, times count from the first contact of a run. Texts of a folder that
    somebody else handed over are made safe as ``safe_cell`` does."""
    name = column.name
    if anonymous and name in EXACT:
        return f"s.{name} - min(s.ic_s) OVER (PARTITION BY s.run) AS {name}"
    if fmt == "csv" and column.kind == "str":
        return f"regexp_replace(s.{name}, '{FORMULA}', '''\\0') AS {name}"
    return f"s.{name}"


def _safe(value: Any) -> Any:
    return safe_cell(value) if isinstance(value, str) else value


def _copy(link: Any, sql: str, path: Path, fmt: str) -> None:
    options = "FORMAT parquet, COMPRESSION zstd" if fmt == "parquet" else "FORMAT csv, HEADER"
    with write_beside(path) as beside:
        place = str(beside).replace("'", "''")
        link.execute(f"COPY ({sql}) TO '{place}' ({options})")
        beside.chmod(0o600)


def _readme(columns: tuple[str, ...], anonymous: bool) -> str:
    """What the files hold: the data dictionary."""
    about = (
        "Anonymous: numbers and ids were drawn by lot for this export; the dates of each athlete\n"
        "are moved by an unknown number of weeks, ic_s and tc_s count from the first contact of a\n"
        "run. Body movement itself may still tell a person.\n"
        if anonymous
        else "Private: dates and athletes' ids are those of the library.\n"
    )
    lines = [f"{c.name} [{c.unit}]: {c.meaning}" for c in ALL_COLUMNS]
    outcomes = [f"{o.name} [{o.unit}]: {o.label}" for o in OUTCOMES]
    parts = [
        about,
        "runs: one row a run",
        ", ".join(columns),
        "",
        "outcomes: one row a run, outcome and side; mean of the run, drift over it",
        *outcomes,
        "",
        "strides: one row a stance; run, and",
        *lines,
    ]
    return "\n".join(parts) + "\n"
