"""The runs of an athlete or a clinic: found by content, listed, followed over months, queried.

::

    hg.library.index("reports")                       # folders that analyze wrote
    hg.library.query("SELECT month, avg(pelvic_drop_excursion_deg) AS drop_deg "
                     "FROM strides WHERE valid AND gait = 'run' GROUP BY month ORDER BY month")

A library is a folder of its own (``library/``, or $HIPGAIT_LIBRARY): a small index in SQLite and
the stride tables as a hive of Parquet. It is private: readable by its owner alone. docs/library.md
describes the files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from hipgait.library.ingest import Indexed
    from hipgait.library.trends import Trend
    from hipgait.stats.plan import Plan

__all__ = ["default_folder", "index", "query", "runs", "trend"]


def default_folder() -> Path:
    """$HIPGAIT_LIBRARY, else ``library`` here."""
    return Path(os.environ.get("HIPGAIT_LIBRARY") or "library")


def index(
    *folders: Path | str,
    library: Path | str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Indexed:
    """Take analysed runs into the library; what is known already is not taken twice.

    Parameters
    ----------
    folders : folders that ``analyze`` or ``batch`` wrote, or that hold such folders at any depth.
    library : the library's folder, made if need be; ``default_folder()`` where None.
    progress : called with runs done and runs found.

    Raises
    ------
    InputError : a folder is not there, or the library cannot be written.
    """
    from hipgait.library.ingest import index_folders
    from hipgait.library.opening import open_library

    with open_library(library or default_folder(), create=True) as lib:
        return index_folders(lib, [Path(f) for f in folders], progress)


def runs(library: Path | str | None = None, athlete: str | None = None) -> list[dict[str, Any]]:
    """One row a run, oldest first; of one athlete where named. Raises InputError."""
    from hipgait.library.opening import open_library

    with open_library(library or default_folder()) as lib:
        return lib.runs(athlete)


def query(
    sql: str, library: Path | str | None = None, *, parameters: Sequence[Any] = ()
) -> pd.DataFrame:
    """Ask the library in SQL (DuckDB); nothing can be written and no other file be read.

    Parameters
    ----------
    sql : one SELECT over ``runs``, ``outcomes``, ``strides`` and ``analyses`` (docs/library.md).
    parameters : for the ``?`` in it.

    Raises
    ------
    InputError : not one SELECT, or not understood.  MissingExtraError : DuckDB is not installed.
    """
    from hipgait.library.opening import open_library
    from hipgait.library.sql import run_query

    with open_library(library or default_folder()) as lib:
        return run_query(lib, sql, parameters)


def trend(
    outcome: str,
    athlete: str | None = None,
    plan: Plan | Path | str | None = None,
    library: Path | str | None = None,
) -> Trend:
    """One outcome of one athlete over months. Raises InputError (``hipgait.library.trends``)."""
    from hipgait.library.opening import open_library
    from hipgait.library.trends import trend_of
    from hipgait.stats.plan import Plan, read_plan

    fixed = plan if isinstance(plan, Plan) or plan is None else read_plan(plan)
    with open_library(library or default_folder()) as lib:
        return trend_of(lib, outcome, athlete, fixed)
