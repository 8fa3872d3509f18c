"""Clock times written out as text, ``[date ]HH:mm:ss.fff``.

Cells that are all written alike, as nearly every export's are, are taken apart as bytes, a column
of characters at a time; others one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from hipgait.errors import FormatError
from hipgait.io.tables import Table, cut_in_last_number
from hipgait.recording import FloatArray

DAY: Final = 86400.0
UNREADABLE_SHARE: Final = 0.01
"""More stamps than this that are no time mean that the column is not understood."""
DECIMALS: Final = 3
"""Of the stamps in the first column."""
_SECONDS: Final = (36000, 3600, 600, 60, 10, 1)
"""Of the digits of ``HHmmss``."""

Text: TypeAlias = Any
"""(n,) cells, a pyarrow.StringArray (its stubs know little of what it can do)."""
pc: Final[Any] = pyarrow.compute

_DATE: Final = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
_CLOCK: Final = re.compile(
    rf"^(?P<day>(?:(?P<date>{_DATE})[ T]+)?)\d\d:\d\d:\d\d"
    r"(?:(?:[.,]|:(?=\d{3}$))(?P<fraction>\d{1,9}))?$"
)
_NUMBER: Final = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_MINUTE: Final = re.compile(rf"^(?:(?P<date>{_DATE})[ T]+)?(?P<h>\d{{1,2}}):(?P<m>\d{{1,2}})$")


def seconds(table: Table) -> FloatArray | None:
    """(n,) s since the midnight before the first row, by the first column's ``HH:mm:ss.fff``; None
    where its cells end otherwise."""
    text = np.frombuffer(table.data, dtype=np.uint8)[table.header.start :]
    ends = np.flatnonzero(text == ord("\n"))
    starts = np.r_[0, ends + 1]
    starts = starts[starts < len(text)]
    ends = np.r_[ends, len(text)][: len(starts)]
    starts = starts[ends - starts > 2][: table.n]  # blank lines do not count
    if not len(starts) or len(starts) < table.n:
        return None
    stop = _first_cells_end(text, starts, ord(table.header.dialect.delimiter))
    if stop is None:
        return None
    stop = stop - (text[stop - 1] == ord('"'))
    width = len("HH:mm:ss.") + DECIMALS
    if np.min(stop - starts) < width:
        return None
    clock = _clock_of(np.lib.stride_tricks.sliding_window_view(text, width)[stop - width], DECIMALS)
    return None if clock is None else _over_midnight(clock)


def _first_cells_end(
    text: NDArray[np.uint8], starts: NDArray[np.intp], delimiter: int
) -> NDArray[np.intp] | None:
    """(n,) where the first cell of each row ends; None where one has no end."""
    width = int(np.argmax(text[starts[0] :] == delimiter))
    stop = starts + width
    if stop[-1] < len(text) and bool(np.all(text[stop] == delimiter)):
        return stop
    separators = np.flatnonzero(text == delimiter)
    at = np.asarray(np.searchsorted(separators, starts))
    return None if not len(separators) or at[-1] >= len(separators) else separators[at]


def _clock_of(cells: NDArray[np.uint8], decimals: int) -> FloatArray | None:
    """(n,) s since midnight of (n, width) characters ``HH:mm:ss`` with decimals behind any mark;
    None where others stand in between."""
    columns = np.ascontiguousarray(cells.T)
    places = [0, 1, 3, 4, 6, 7, *range(9, 9 + decimals)]
    digits = columns[places] - np.uint8(ord("0"))  # others become large
    if np.any(digits > 9) or np.any(columns[[2, 5]] != ord(":")):
        return None
    weights = [w * 10**decimals for w in _SECONDS] + [10**k for k in reversed(range(decimals))]
    ticks = np.zeros(len(cells))  # whole numbers until the end: no rounding adds up
    for weight, digit in zip(weights, digits, strict=True):
        ticks += digit * float(weight)
    return ticks / 10.0**decimals


def _over_midnight(clock: FloatArray) -> FloatArray:
    """(n,) times of day, continued where they begin again."""
    midnight = np.r_[0.0, np.where(np.diff(clock) < -DAY / 2, DAY, 0.0)]
    return np.asarray(clock + np.cumsum(midnight))


def text_columns(table: Table, names: Sequence[str]) -> list[Text]:
    """Columns as text, row by row as in ``table.columns`` (all rows where that is empty).

    Raises
    ------
    FormatError : cells that run over several lines.
    """
    columns = _fast_columns(table, names)
    if columns is None or (table.rows is None and table.columns and len(columns[0]) != table.n):
        columns = _slow_columns(table, names)
    if table.rows is not None:
        rows = pa.array(table.rows)
        return [column.take(rows) for column in columns]
    return columns


def mixed_columns(
    table: Table, texts: Sequence[str], numbers: Sequence[str]
) -> tuple[list[Text], Table] | None:
    """Columns as text, and the table with columns of numbers, of a file that is sound throughout;
    None for others (:func:`text_columns` and ``read_columns``, two passes, say what is wrong)."""
    names, dialect = table.header.names, table.header.dialect
    doubtful = any(names.count(n) > 1 for n in (*texts, *numbers)) or dialect.decimal != "."
    if doubtful or cut_in_last_number(table.data, dialect, names[-1] in numbers):
        return None
    found = _fast_columns(table, texts, numbers)
    if found is None or not len(found[0]):
        return None
    values = (np.asarray(c.to_numpy(zero_copy_only=False)) for c in found[len(texts) :])
    return found[: len(texts)], replace(table, columns=dict(zip(numbers, values, strict=True)))


def _fast_columns(
    table: Table, texts: Sequence[str], numbers: Sequence[str] = ()
) -> list[Any] | None:
    """The columns as a quick parser sees them, numbers last; None where it stumbles."""
    header = table.header
    keys = [str(k) for k in range(len(header.names))]
    wanted: dict[str, Any] = {str(header.names.index(n)): pa.string() for n in texts}
    wanted |= {str(header.names.index(n)): pa.float64() for n in numbers}
    try:
        found = pa_csv.read_csv(
            cast(Any, pa.BufferReader(memoryview(table.data)[header.start :])),
            read_options=pa_csv.ReadOptions(column_names=keys, use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter=header.dialect.delimiter),
            convert_options=pa_csv.ConvertOptions(
                column_types=wanted, include_columns=list(wanted), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    columns: list[Any] = [found.column(k).combine_chunks() for k in range(len(wanted))]
    return [pc.utf8_trim(c, ' \r\t"') for c in columns[: len(texts)]] + columns[len(texts) :]


def _slow_columns(table: Table, names: Sequence[str]) -> list[Text]:
    """The columns, line by line."""
    header = table.header
    at, delimiter = [header.names.index(n) for n in names], header.dialect.delimiter
    lines = table.data[header.start :].decode("utf-8", errors="replace").split("\n")
    lines = [line for line in lines if line.strip(" \r")]
    if table.rows is None and table.columns and len(lines) > table.n:  # rows of empty cells
        lines = [line for line in lines if line.strip(f" \r{delimiter}")]
    if table.rows is None and table.columns and len(lines) < table.n:
        raise FormatError(table.path, "cells that run over several lines", "Export it again")
    most = max(at) + 1
    short = [""] * most
    rows = [line.split(delimiter, most) for line in lines]
    rows = [row if len(row) >= most else row + short for row in rows]
    rows = rows[: table.n] if table.rows is None and table.columns else rows
    return [pa.array([row[k].strip(' \r\t"') for row in rows], pa.string()) for k in at]


def clock_seconds(table: Table, name: str, text: Text | None = None) -> tuple[FloatArray, bool]:
    """A time column as seconds: numbers as they are, else ``[date ]HH:MM:SS[.fff]`` or ``:fff``.

    Parameters
    ----------
    text : the column's cells where they are at hand.

    Returns
    -------
    seconds : (n,) s; on the calendar (since 2000-01-01) where there is a date, else of the day,
        continued over midnight. NaN where single cells cannot be read.
    dated : whether the calendar is known.

    Raises
    ------
    FormatError : cells that are no time; with line and column.
    """
    cells = text_columns(table, [name])[0] if text is None else text
    alike = _alike(cells)
    if alike is not None:
        return alike
    colons = np.asarray(pc.count_substring(cells, ":"))
    if (colons == 0).mean() > 1.0 - UNREADABLE_SHARE:
        numbers = _numbers(cells)
        if np.isfinite(numbers).mean() > 1.0 - UNREADABLE_SHARE:
            return numbers, False
    if (colons == 3).mean() > 0.5:  # HH:MM:SS:fff
        minute, second, milli = _apart(cells, 3)
        second = pc.binary_join_element_wise(second, pc.utf8_lpad(milli, 3, "0"), ".")
    else:
        minute, second = _apart(cells, 2)
        second = pc.utf8_rtrim(pc.replace_substring(second, ",", "."), "Z")
    heads = minute.dictionary_encode()
    minutes = [_MINUTE.match(m) for m in heads.dictionary.to_pylist()]
    clock = [3600.0 * int(f["h"]) + 60.0 * int(f["m"]) if f else np.nan for f in minutes]
    dates = [f["date"] and _days(f["date"]) if f else None for f in minutes]
    at = heads.indices.to_numpy()
    seconds = _numbers(second) + np.array(clock)[at]
    bad = ~np.isfinite(seconds)
    if bad.mean() > UNREADABLE_SHARE:
        row = int(np.argmax(bad))
        raise FormatError(
            table.path,
            f"{cells[row].as_py()[:24]!r} is no time of day",
            "Export again with the time in seconds",
            line=table.line_of(row),
            column=name,
        )
    if all(d is not None for d, f in zip(dates, minutes, strict=True) if f):
        days = np.array([np.nan if d is None else d for d in dates], dtype=np.float64)
        return seconds + DAY * days[at], True
    seconds[~bad] = _over_midnight(seconds[~bad])
    return seconds, False


def _alike(cells: Text) -> tuple[FloatArray, bool] | None:
    """The same for cells that are all written as the first one is, on one date; None for others."""
    shape = _CLOCK.match(cells[0].as_py()) if len(cells) and not cells.null_count else None
    if shape is None:
        return None
    bounds = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset :][: len(cells) + 1]
    text = np.frombuffer(cells.buffers()[2], np.uint8)
    widths = np.diff(bounds)
    if np.any(widths != widths[0]):
        return None
    whole = text[bounds[0] : bounds[-1]].reshape(len(cells), -1)
    day, decimals = len(shape["day"]), len(shape["fraction"] or "")
    clock = _clock_of(whole[:, day:], decimals)
    same = [*range(day), *([day + len("HH:mm:ss")] if decimals else [])]  # and what a mark is
    if clock is None or np.any(whole[:, same] != whole[0, same]):
        return None
    if not shape["date"]:
        return _over_midnight(clock), False
    days = _days(shape["date"])
    return None if days is None else (clock + DAY * days, True)


def _apart(cells: Text, count: int) -> list[Text]:
    """Cells taken apart at their last colons; empty where there are fewer."""
    split = pc.split_pattern(cells, ":", max_splits=count - 1, reverse=True)
    if bool(pc.all(pc.equal(pc.list_value_length(split), count)).as_py()):
        flat = split.flatten()
        return [flat.take(pa.array(np.arange(k, len(flat), count))) for k in range(count)]
    rows = [x if len(x) == count else [""] * count for x in split.to_pylist()]
    return [pa.array([row[k] for row in rows], pa.string()) for k in range(count)]


def _numbers(cells: Text) -> FloatArray:
    """Cells as numbers, NaN where they are none."""
    try:
        numbers = pc.cast(cells, pa.float64())
    except pa.ArrowInvalid:  # some are none
        good = pc.match_substring_regex(cells, _NUMBER)
        numbers = pc.cast(pc.if_else(good, cells, None), pa.float64())
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def _days(date: str) -> float | None:
    """Days since 2000-01-01 of ``yyyy-m-d`` or, where the order is clear, of ``m/d/yyyy``."""
    a, b, c = (int(x) for x in date.replace("/", "-").replace(".", "-").split("-"))
    year, month, day = (a, b, c) if a > 31 else (c, a, b)
    if a <= 31 and a > 12:
        month, day = b, a
    try:
        stamp = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D")
    except ValueError:
        return None
    return float((stamp - np.datetime64("2000-01-01", "D")).astype(np.int64))
