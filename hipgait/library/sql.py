"""SQL over a library, through DuckDB: one SELECT, over its own tables and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from hipgait.errors import InputError, MissingExtraError
from hipgait.library.store import OUTCOME_COLUMNS, Library
from hipgait.names import ALL_COLUMNS, Column

if TYPE_CHECKING:
    import pandas as pd

EXACT: Final = ("ic_s", "tc_s")
"""Columns that keep 64 bits: with 32, times late in a long run would be rounded to a millisecond.
The others keep 7 digits, more than any of them has."""
PUBLIC: Final = (
    "run", "athlete", "start_utc", "month", "name", "minutes", "speed_mps", "shoe", "surface",
    "zero", "fatigued", "withdrawn", "check_run", "recording", "analysis", "folder",
    "start_local",
)  # fmt: skip
"""columns of the table ``runs`` in SQL; ``analyses`` has ``current`` as well"""
TYPES: Final = {
    "run": "INTEGER", "minutes": "DOUBLE", "speed_mps": "DOUBLE", "fatigued": "BOOLEAN",
    "check_run": "BOOLEAN", "current": "BOOLEAN", "start_utc": "TIMESTAMP",
    "start_local": "TIMESTAMP",
}  # fmt: skip
"""SQL types of columns of ``runs``; the others are text"""
TRIES: Final = 3
"""A writer may put stride tables together while they are looked for."""


def duckdb() -> ModuleType:
    """DuckDB. Raises MissingExtraError where it is not installed."""
    try:
        import duckdb as module
    except ModuleNotFoundError:
        raise MissingExtraError("duckdb", "batch") from None
    return module


def sql_type(column: Column) -> str:
    """Type of a column of the stride tables in a library."""
    if column.kind == "float":
        return "DOUBLE" if column.name in EXACT else "FLOAT"
    return {"int": "INTEGER", "bool": "BOOLEAN", "str": "VARCHAR"}[column.kind]


def run_query(library: Library, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
    """Answer one SELECT. Raises InputError, MissingExtraError."""
    engine = duckdb()
    for left in reversed(range(TRIES)):
        own = False
        try:
            with engine.connect() as link:
                _only_select(engine, link, sql)
                own = True  # what fails here is no fault of the question
                _tables(library, link, sql)
                _close(library, link)
                own = False
                frame: pd.DataFrame = link.execute(sql, list(parameters)).df()
                return frame
        except engine.Error as error:
            if not (own or isinstance(error, engine.IOException)):
                raise InputError(f"not understood: {_line(error)}", "docs/library.md") from None
            if not left:
                raise unreadable(library, error) from None
    raise AssertionError("unreachable")


def unreadable(library: Library, error: Exception) -> InputError:
    """What is told where DuckDB cannot read the stride tables."""
    what = _line(str(error).partition("\n")[0])  # DuckDB's own statement follows
    return InputError(
        f"{library.folder}: a stride table cannot be read ({what})",
        "See which: hipgait library verify",
    )


def _only_select(engine: ModuleType, link: Any, sql: str) -> None:
    statements = link.extract_statements(sql)
    kinds = [s.type for s in statements]
    if kinds != [engine.StatementType.SELECT]:
        named = ", ".join(str(k).rpartition(".")[2] for k in kinds) or "nothing"
        raise InputError(f"one SELECT is answered, not {named}", "A library is read only by SQL")


def _close(library: Library, link: Any) -> None:
    """From here on nothing but the library's stride tables can be opened."""
    link.execute("SET python_enable_replacements = false")
    link.execute(f"SET allowed_directories = [{_quoted(str(library.strides.resolve()) + '/')}]")
    link.execute("SET enable_external_access = false")
    link.execute("SET lock_configuration = true")


def _tables(library: Library, link: Any, sql: str) -> None:
    """Give the query the tables whose names it holds."""
    if _names("runs", sql) or _names("analyses", sql):
        columns = (*PUBLIC, "current")
        rows = library.rows(f"SELECT {', '.join(columns)} FROM runs")
        _load(link, "analyses", columns, rows)
        link.execute(f"CREATE VIEW runs AS SELECT {', '.join(PUBLIC)} FROM analyses WHERE current")
    if _names("outcomes", sql):
        rows = library.rows(
            f"SELECT {', '.join('outcomes.' + c for c in OUTCOME_COLUMNS)} "
            "FROM outcomes JOIN runs USING (run) WHERE current = 1"
        )
        _load(link, "outcomes", OUTCOME_COLUMNS, rows)
    if _names("strides", sql):
        link.execute(f"CREATE VIEW strides AS {strides_sql(library, link)}")


def _names(table: str, sql: str) -> bool:
    return re.search(rf"\b{table}\b", sql, flags=re.IGNORECASE) is not None


OUTCOME_TYPES: Final = {
    "outcome": "VARCHAR", "side": "VARCHAR", "verdict": "VARCHAR", "mean": "DOUBLE",
    "sd": "DOUBLE", "n": "INTEGER", "drift": "DOUBLE", "drift_low": "DOUBLE",
    "drift_high": "DOUBLE",
}  # fmt: skip


def _load(link: Any, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
    """Rows of the index as a table, column by column (row by row takes seconds)."""
    import pyarrow as pa

    turned = zip(*rows, strict=True) if rows else [()] * len(columns)
    arrow = pa.table({c: pa.array(list(v)) for c, v in zip(columns, turned, strict=True)})
    link.register("handed_over", arrow)
    types = {**OUTCOME_TYPES, **TYPES}
    casts = ", ".join(f"{c}::{types.get(c, 'VARCHAR')} AS {c}" for c in columns)
    for time in ("start_utc", "start_local"):  # the extension for zones may not be there
        casts = casts.replace(f"{time}::TIMESTAMP", f"left({time}, 19)::TIMESTAMP")
    link.execute(f"CREATE TABLE {table} AS SELECT {casts} FROM handed_over")
    link.unregister("handed_over")


def strides_sql(library: Library, link: Any, files: Sequence[str] | None = None) -> str:
    """SELECT over stride tables: run, month and the contract's columns, in their order.

    files : below strides/, with all they hold; where None those that current runs lie in, and
        only current runs.
    """
    everything = files is not None
    if files is None:
        rows = library.rows("SELECT DISTINCT file FROM runs WHERE current = 1")
        files = [str(r[0]) for r in rows]
    loose = [f for f in files if "/run-" in f]
    packs = [f for f in files if "/run-" not in f]
    # the end of the name: a folder above may be called run-2026
    number = "regexp_extract(filename, 'run-([0-9]+)[.]parquet$', 1)::INTEGER"
    parts = [_part(library, link, f, run) for f, run in ((packs, "run"), (loose, number)) if f]
    if not parts:
        return f"SELECT {', '.join(_empty())} WHERE false"
    old = _not_from_packs(library) if packs and not everything else []
    if old:
        parts[0] += f" WHERE run NOT IN ({', '.join(map(str, old))})"
    return f"SELECT * FROM ({' UNION ALL '.join(parts)})"


def _not_from_packs(library: Library) -> list[int]:
    """Runs whose recording was analysed anew, and those that have a table of their own: packs may
    hold what they were once."""
    rows = library.rows("SELECT run FROM runs WHERE current = 0 OR file LIKE '%/run-%'")
    return [int(r["run"]) for r in rows]


_MONTH: Final = r"regexp_extract(filename, 'month=([^/\\]*)[/\\][^/\\]*$', 1)"
"""month of a stride table, by its own folder"""


def _part(library: Library, link: Any, files: Sequence[str], run: str) -> str:
    """One kind of file; a column that older files lack is empty."""
    home = library.strides.resolve()
    listed = ", ".join(_quoted(str(home / f)) for f in files)
    more = ", filename = true" if run != "run" else ""
    month, hive = "month", "hive_partitioning = true, hive_types = {'month': VARCHAR}"
    if "=" in str(home):  # a folder above would be taken for a column, and for the month
        month, hive = _MONTH, "hive_partitioning = false"
        more = ", filename = true"
    table = f"read_parquet([{listed}], {hive}, union_by_name = true{more})"
    there = {row[0] for row in link.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()}
    columns = [
        f"{c.name}::{sql_type(c)} AS {c.name}"
        if c.name in there
        else f"NULL::{sql_type(c)} AS {c.name}"
        for c in ALL_COLUMNS
    ]
    return f"SELECT {run} AS run, {month} AS month, {', '.join(columns)} FROM {table}"


def _empty() -> list[str]:
    typed = [f"NULL::{sql_type(c)} AS {c.name}" for c in ALL_COLUMNS]
    return ["NULL::INTEGER AS run", "NULL::VARCHAR AS month", *typed]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _line(error: Exception | str) -> str:
    return " ".join(str(error).split())[:200]
