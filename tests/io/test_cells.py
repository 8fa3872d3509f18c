"""No text of a user becomes a formula in a spreadsheet, and every text comes back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hipgait.io.append import append_row
from hipgait.io.cells import csv_text, plain_cell, safe_cell
from hipgait.io.covariates import COVARIATES, read_covariates, replace_covariates

FORMULAS = [
    '=HYPERLINK("http://x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1",
    "＝1", "'=1", "''+a", "\n=1",
]  # fmt: skip
PLAIN = ["tuesday", "", "-", "3.1", "-3.1", "+1e-3", "don't", "'quoted'", "2026-05-06", "a=b"]
STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", [p for p in PLAIN if p != "-"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert safe_cell(text) == text


@example("'\r")
@given(st.text(alphabet=st.sampled_from(" '=+-@\t\r\n＝1.e a"), max_size=8) | st.text(max_size=8))
def test_every_text_comes_back(text: str) -> None:
    safe = safe_cell(text)
    assert plain_cell(safe) == text
    numeric = safe.lstrip("+-")[:1].isdigit() or safe.lstrip("+-")[:1] == "."
    assert numeric or not safe.startswith(STARTERS)


def test_names_in_a_table() -> None:
    rows = list(csv.reader(io.StringIO(csv_text(("run", "n"), [("=1+1", -2), ("=a,\n", 1.5)]))))
    assert rows == [["run", "n"], ["'=1+1", "-2"], ["'=a,\n", "1.5"]]


@pytest.mark.parametrize("text", ["a\r=1+1", "a\nb", "a\r\nb", "\r", 'a"b', "a,b", "x"])
def test_a_line_end_within_a_text_begins_no_row(text: str, tmp_path: Path) -> None:
    """Spreadsheets and pandas begin a row at a carriage return, too, unless it is quoted."""
    table = csv_text(("run", "n"), [(text, 1), ("b", 2)])
    assert table.endswith("b,2\n")
    for file in (tmp_path / "table.csv", tmp_path / "added.csv"):
        if file.name == "table.csv":
            file.write_text(table, newline="")
        else:
            append_row(file, ("run", "n"), {"run": text, "n": "1"})
            append_row(file, ("run", "n"), {"run": "b", "n": "2"})
        read = pd.read_csv(file)
        assert read["run"].tolist() == [safe_cell(text), "b"]
        assert read["n"].tolist() == [1, 2]


def test_a_row_that_is_added(tmp_path: Path) -> None:
    append_row(tmp_path / "notes.csv", ("date", "text"), {"date": "2026-05-06", "text": "=1+1"})
    assert (tmp_path / "notes.csv").read_text() == "date,text\n2026-05-06,'=1+1\n"


def test_names_of_sensors_beside(tmp_path: Path) -> None:
    names = ["=cmd", "Polar H10", "007"]
    table = pd.DataFrame({"time_s": [0.0, 1.0, 2.0], "sensor": names, "heart_rate_bpm": [60.0] * 3})
    replace_covariates(tmp_path, table)
    assert "\n0.0,'=cmd,60.0\n" in (tmp_path / COVARIATES).read_text()
    again = read_covariates(tmp_path)
    assert again is not None
    assert list(again["sensor"]) == names
