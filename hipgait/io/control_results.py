"""control.json and repetitions.csv: what ``hipgait control-test`` writes and reads again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hipgait.errors import FormatError, MissingInputError
from hipgait.io.documents import read_json
from hipgait.io.results import write_json
from hipgait.io.writing import write_text

if TYPE_CHECKING:
    import pandas as pd

CONTROL: Final = "control.json"
REPETITIONS: Final = "repetitions.csv"


def write_control(
    folder: Path | str, document: Mapping[str, Any], repetitions: pd.DataFrame
) -> Path:
    """Write both files, control.json last. Returns the folder.

    Raises
    ------
    InputError : the folder cannot be written.
    """
    out = Path(folder)
    write_text(out / REPETITIONS, repetitions.to_csv(index=False, float_format="%.6g"))
    write_json(out / CONTROL, document)
    return out


def read_control(folder: Path | str) -> dict[str, Any]:
    """control.json of a folder.

    Raises
    ------
    MissingInputError : there is none.
    FormatError : it is not one.
    """
    path = Path(folder) / CONTROL
    if not path.is_file():
        raise MissingInputError(
            f"{folder}: no {CONTROL} here", "Give a folder that hipgait control-test wrote"
        )
    found = read_json(path, "Run control-test again")
    version = found.get("schema_version")
    if not isinstance(found.get("summary"), dict):
        raise FormatError(path, "holds no summary of a control test", "Run control-test again")
    if not str(version).startswith("1."):
        raise FormatError(path, f"schema {version}, this version reads 1.x", "Update hipgait")
    return found
