"""The data dictionary of a table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hipgait.names import COLUMN_NAMES
from hipgait.outputs.dictionary import dictionary_path, dictionary_text


def test_every_column_is_explained_in_the_order_of_the_table() -> None:
    rows = list(csv.DictReader(io.StringIO(dictionary_text(COLUMN_NAMES))))
    assert [r["name"] for r in rows] == list(COLUMN_NAMES)
    assert all(r["meaning"] and r["kind"] for r in rows)
    assert next(r for r in rows if r["name"] == "contact_time_s")["unit"] == "s"


def test_a_column_of_somebody_else_stays_and_is_left_open() -> None:
    rows = list(csv.DictReader(io.StringIO(dictionary_text(["ic_s", "mine"]))))
    assert rows[1] == {"name": "mine", "kind": "", "unit": "", "meaning": ""}


def test_it_lies_beside_the_table() -> None:
    assert dictionary_path(Path("a/strides.parquet")) == Path("a/strides.dictionary.csv")
