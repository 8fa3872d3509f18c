"""The data dictionary: what each column of a stride table is, for those who get only the table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from hipgait.io.cells import csv_text
from hipgait.io.writing import write_text
from hipgait.names import ALL_COLUMNS

HEAD: Final = ("name", "kind", "unit", "meaning")


def dictionary_path(table: Path) -> Path:
    """Where the dictionary of a table lies: ``strides.csv`` -> ``strides.dictionary.csv``."""
    return table.with_name(f"{table.stem}.dictionary.csv")


def dictionary_text(names: Iterable[str]) -> str:
    """CSV with a row a column of the table, in its order: name, kind, unit, meaning."""
    known = {column.name: column for column in ALL_COLUMNS}
    return csv_text(HEAD, (known.get(name) or (name, "", "", "") for name in names))


def write_dictionary(table: Path, names: Iterable[str]) -> Path:
    """Write the dictionary beside a table. Returns its path."""
    return write_text(dictionary_path(table), dictionary_text(names))
