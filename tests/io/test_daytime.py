"""Clock times written as text: taken apart as bytes or one by one, the same seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.io.exports.daytime import (
    clock_seconds,
    mixed_columns,
    seconds,
    text_columns,
)
from hipgait.io.tables import Dialect, Header, Table, read_columns

EPOCH = datetime(2000, 1, 1)
WRITTEN = {
    "dated": "%Y-%m-%d %H:%M:%S.{0:03d}",
    "zone": "%Y-%m-%dT%H:%M:%S.{0:03d}Z",
    "american": "%m/%d/%Y %H:%M:%S.{0:03d}",
    "of the day": "%H:%M:%S.{0:03d}",
    "comma": "%H:%M:%S,{0:03d}",
    "colon": "%H:%M:%S:{0:03d}",
    "colon, no zeros": "%H:%M:%S:{0:d}",
    "micro": "%H:%M:%S.{0:03d}000",
}


def table_of(cells: list[str], delimiter: str = ";") -> Table:
    rows = [f"{cell}{delimiter}{k / 4:.2f}" for k, cell in enumerate(cells)]
    header = Header(("time", "x"), 0, 0, Dialect(delimiter))
    return Table(Path("x.csv"), "\n".join([*rows, ""]).encode(), header, {})


@pytest.mark.parametrize("kind", WRITTEN)
@given(start=st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)))
def test_every_spelling(kind: str, start: datetime) -> None:
    start = start.replace(microsecond=0)
    moments = [start + timedelta(milliseconds=37 * k) for k in range(150)]
    cells = [m.strftime(WRITTEN[kind]).format(m.microsecond // 1000) for m in moments]
    found, dated = clock_seconds(table_of(cells), "time")
    apart = clock_seconds(table_of([*cells, "x"]), "time")  # one by one: a cell differs
    since = EPOCH if dated else start.replace(hour=0, minute=0, second=0)
    np.testing.assert_allclose(found, [(m - since).total_seconds() for m in moments], atol=1e-6)
    np.testing.assert_allclose(apart[0][:-1], found, atol=1e-6)
    assert dated == apart[1] == (kind in ("dated", "zone", "american"))
    assert np.isnan(apart[0][-1])


@given(start=st.integers(0, 86_399_999), quoted=st.booleans(), dated=st.booleans())
def test_first_column_over_midnight(start: int, quoted: bool, dated: bool) -> None:
    moments = [EPOCH + timedelta(milliseconds=start + 10_000 * k) for k in range(30)]
    spelling = "%d.%m.%Y " * dated + "%H:%M:%S."
    cells = [f"{m.strftime(spelling)}{m.microsecond // 1000:03d}" for m in moments]
    table = table_of([f'"{c}"' if quoted else c for c in cells])
    table.columns["x"] = np.zeros(len(cells))
    found = seconds(table)
    assert found is not None
    np.testing.assert_allclose(found, [(m - EPOCH).total_seconds() for m in moments], atol=1e-9)


@pytest.mark.parametrize("cell", ["12:00:00", "12:00:0a.000", "12-00-00.000", "1"])
def test_first_column_of_something_else(cell: str) -> None:
    table = table_of(["12:00:00.000", cell])
    table.columns["x"] = np.zeros(2)
    assert seconds(table) is None


def test_one_pass_gives_what_two_passes_give() -> None:
    table = table_of(["a", " b", "c c", "d"])
    mixed = mixed_columns(table, ["time"], ["x"])
    assert mixed is not None
    (cells,), with_numbers = mixed
    assert (
        cells.to_pylist() == text_columns(table, ["time"])[0].to_pylist() == ["a", "b", "c c", "d"]
    )
    apart = read_columns(table.path, table.data, table.header, ["x"])
    np.testing.assert_array_equal(with_numbers.columns["x"], apart.columns["x"])


@pytest.mark.parametrize("broken", [b"a;1.0.0\n", b"a\n", b"a;1;2\n", b"\xff;1\n"])
def test_one_pass_leaves_damage_to_two(broken: bytes) -> None:
    table = table_of(["a", "b"])
    damaged = Table(table.path, table.data + broken, table.header, {})
    assert mixed_columns(damaged, ["time"], ["x"]) is None
