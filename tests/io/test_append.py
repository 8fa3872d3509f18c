"""Rows added to a CSV: the file's own header, one piece, nothing half."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hipgait.errors import FormatError
from hipgait.io.append import LOCK, append_row, locked, read_header

COLUMNS = ("a", "b")


def _rows(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as handle:
        return list(csv.reader(handle, delimiter=delimiter))


def test_a_new_file_gets_a_header(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.csv"
    assert append_row(path, COLUMNS, {"a": "1", "b": 'two, "three"'}) == 2
    assert append_row(path, COLUMNS, {"b": "4"}) == 3
    assert _rows(path) == [["a", "b"], ["1", 'two, "three"'], ["", "4"]]
    assert (path.parent / LOCK).read_bytes() == b""


@pytest.mark.parametrize(
    ("old", "delimiter", "line"),
    [
        ("b,a\n", ",", 2),
        ("b,a", ",", 2),
        ("b;a\r\n3;4\r\n", ";", 3),
        ("\ufeffb,a\n3,4", ",", 3),
        ("\nb,a\n", ",", 3),
    ],
)
def test_the_files_own_header_holds(tmp_path: Path, old: str, delimiter: str, line: int) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(old.encode())
    assert append_row(path, COLUMNS, {"a": "1", "b": "2"}) == line
    assert path.read_bytes().startswith(old.encode())
    assert _rows(path, delimiter)[-1] == ["2", "1"]


def test_a_missing_column_is_told_and_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n", "utf-8")
    with pytest.raises(FormatError, match=r"line 1, column b: no column b\. Add b"):
        append_row(path, COLUMNS, {"a": "1", "b": "2"})
    assert path.read_text("utf-8") == "a\n1\n"
    append_row(path, COLUMNS, {"a": "1", "b": ""})
    assert path.read_text("utf-8") == "a\n1\n1\n"


def test_the_lock_is_given_back(tmp_path: Path) -> None:
    def fail() -> None:
        with locked(tmp_path):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with locked(tmp_path):
        assert (tmp_path / LOCK).exists()


def test_header_of_nothing() -> None:
    assert read_header("a; b ;c,d\n") == (";", ["a", "b", "c,d"])
    assert read_header("") == (",", [])
