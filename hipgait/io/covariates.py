"""covariates.csv: what sensors beside those of gait said, with ``time_s`` and ``sensor`` first.

Columns bear their unit; empty where a sensor does not measure it. Numbers are written with all
their digits: read again they are the same.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hipgait.errors import FormatError, InputError
from hipgait.io.cells import plain_cell, safe_cell
from hipgait.io.files import Source
from hipgait.io.writing import write_beside

if TYPE_CHECKING:
    import pandas as pd

COVARIATES: Final = "covariates.csv"
FIRST: Final = ("time_s", "sensor")


def replace_covariates(folder: Path, table: pd.DataFrame | None) -> None:
    """Write the table; where there is none, take away an older one.

    Raises
    ------
    InputError : the folder cannot be written.
    """
    path = folder / COVARIATES
    if table is None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"{path}: cannot be replaced ({error.strerror})") from None
        return
    table = table.assign(sensor=[safe_cell(str(name)) for name in table["sensor"]])
    with write_beside(path) as beside:
        table.to_csv(beside, index=False, lineterminator="\n")


def read_covariates(folder: Path) -> pd.DataFrame | None:
    """The table of a folder; None where it has none.

    Raises
    ------
    FormatError : not such a table.
    """
    import pandas as pd

    path = folder / COVARIATES
    if not path.is_file():
        return None
    try:
        table = pd.read_csv(io.BytesIO(Source(path).read()), dtype={"sensor": str})
    except (ValueError, OSError, pd.errors.ParserError) as error:
        line = str(error).split("\n", 1)[0][:120]
        raise FormatError(path, f"not a table ({line})", "Remove it, or analyse again") from None
    if tuple(table.columns[:2]) != FIRST:
        raise FormatError(path, f"does not begin with {', '.join(FIRST)}", "Remove it")
    table["sensor"] = [plain_cell(str(name)) for name in table["sensor"]]
    return table
