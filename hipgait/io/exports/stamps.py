"""Time stamps of phone apps: clocks written as text, and stamps of delivery instead of sampling.

A phone stamps a sample when it receives it. Bluetooth and batching deliver in bursts, late but
never early: the samples themselves are evenly spaced, and the earliest deliveries show where.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pa_csv

from hipgait.errors import FormatError
from hipgait.io.tables import Table
from hipgait.recording import BoolArray, FloatArray

DAY: Final = 86400.0
UNREADABLE_SHARE: Final = 0.01
"""More stamps than this that are no time mean that the column is not understood."""
REGULAR_SHARE: Final = 0.8
"""At least this share of the steps lies within half to one and a half medians where a stamp is the
time of its sample (an ankle's phone: 0.21 with stamps of delivery, 1.00 with a regular timer)."""
PAUSE_S: Final = 0.25
"""Longer steps are pauses of the recording, not late deliveries, s (late by 0.07 s at most in 85 s
of a phone that delivered in bursts)."""
BLOCK: Final = 1000
"""Samples over which the earliest deliveries follow the phone's clock."""
FRAGMENT_S: Final = 1.0
"""Shorter stretches at either end, beyond a pause of ``APART_S``, are left over, s."""
APART_S: Final = 2.0

Text: TypeAlias = Any
"""(n,) cells, a pyarrow.StringArray (its stubs know little of what it can do)."""
pc: Final[Any] = pyarrow.compute

_NUMBER: Final = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_MINUTE: Final = re.compile(
    r"^(?:(?P<date>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})[ T]+)?(?P<h>\d{1,2}):(?P<m>\d{1,2})$"
)


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


def _fast_columns(table: Table, names: Sequence[str]) -> list[Text] | None:
    """The columns as a quick parser sees them; None where it stumbles."""
    header = table.header
    keys = [str(k) for k in range(len(header.names))]
    wanted = {str(header.names.index(n)): pa.string() for n in names}
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
    columns = (found.column(k).combine_chunks() for k in range(len(wanted)))
    return [pc.utf8_trim(column, ' \r\t"') for column in columns]


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
    known = seconds[~bad]
    over = np.cumsum(np.r_[0.0, np.where(np.diff(known) < -DAY / 2, DAY, 0.0)])
    seconds[~bad] = known + over
    return seconds, False


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


def is_delivery(time_s: FloatArray) -> bool:
    """Whether stamps come in bursts or stand still: times of delivery, not of sampling."""
    steps = np.diff(time_s[np.isfinite(time_s)])
    if len(steps) < 20:
        return False
    usual = float(np.median(steps[steps > 0])) if np.any(steps > 0) else 0.0
    mean = float(np.mean(steps[steps < PAUSE_S])) if np.any(steps < PAUSE_S) else 0.0
    middle = max(usual, mean)
    regular = (steps > 0.5 * middle) & (steps < 1.5 * middle)
    return bool(regular.mean() < REGULAR_SHARE) and not bool(np.any(steps < -PAUSE_S))


def even_out(time_s: FloatArray, notes: list[str]) -> FloatArray:
    """Sample times out of stamps of delivery; regular stamps come back (nearly) as they are.

    Between pauses the samples are taken as evenly spaced, as early as the earliest deliveries of
    each ``BLOCK`` allow. A note says what was done.

    Parameters
    ----------
    time_s : (n,) s, finite, not increasing strictly.
    """
    if not is_delivery(time_s):
        return _straightened(time_s, notes)
    ordered = np.maximum.accumulate(time_s)
    cuts = np.flatnonzero(np.diff(ordered) > PAUSE_S) + 1
    parts = [_evened(part) for part in np.split(ordered, cuts)]
    even = np.concatenate(parts)
    late = 1e3 * float(np.percentile(np.abs(ordered - even), 99))
    if np.any(np.diff(even) <= 0):
        return time_s
    notes.append(
        "stamps show when samples were delivered (in bursts): taken as evenly spaced, "
        f"stamps moved by up to {late:.0f} ms"
    )
    return even


def _straightened(time_s: FloatArray, notes: list[str]) -> FloatArray:
    """Regular stamps, of which single ones are out of order by less than a step: set between their
    neighbours (a phone's timer that was called late; the samples are in order)."""
    steps = np.diff(time_s)
    usual = float(np.median(steps)) if len(steps) else 0.0
    back = np.flatnonzero((steps <= 0) & (steps > -usual))
    if not len(back) or len(back) > UNREADABLE_SHARE * len(steps):
        return time_s
    wrong = np.zeros(len(time_s), dtype=bool)
    wrong[back] = wrong[back + 1] = True
    wrong[[0, -1]] = False
    row = np.arange(len(time_s))
    out = time_s.copy()
    out[wrong] = np.interp(row[wrong], row[~wrong], time_s[~wrong])
    if np.any((np.diff(out) <= 0) & (steps > -usual)):
        return time_s
    notes.append(
        f"{len(back)} stamps out of order by less than a sample set between their neighbours"
    )
    return out


def _evened(t: FloatArray) -> FloatArray:
    """Even spacing under the earliest deliveries of one stretch without pauses."""
    n = len(t)
    if n < 20:
        return np.asarray(t[0] + (t[-1] - t[0] + 1e-3) * np.arange(n) / max(n - 1, 1))
    k = np.arange(n, dtype=np.float64)
    edges = np.linspace(0, n, max(2, round(n / BLOCK)) + 1).astype(np.int64)
    middle = 0.5 * (edges[:-1] + edges[1:] - 1)
    slope = float((t[-1] - t[0]) / (n - 1))
    for _ in range(3):  # a slope that is off tilts the blocks, and so shifts their percentiles
        late = t - slope * k
        early = np.array([np.percentile(late[a:b], 5) for a, b in pairwise(edges)])
        slope += float(np.polyfit(middle, early, 1)[0])
    late = t - slope * k
    early = np.array([np.percentile(late[a:b], 5) for a, b in pairwise(edges)])
    return np.asarray(slope * k + np.interp(k, middle, early))


def fragments(time_s: FloatArray, notes: list[str]) -> BoolArray:
    """(n,) rows to keep: without left-over samples before the first or after the last long pause.

    Apps that pause in the background leave a sample or two on the far side of the pause.
    """
    keep = np.ones(len(time_s), dtype=bool)
    pauses = np.flatnonzero(np.diff(time_s) > APART_S)
    if not len(pauses):
        return keep
    first, last = int(pauses[0]), int(pauses[-1])
    if time_s[first] - time_s[0] < FRAGMENT_S:
        keep[: first + 1] = False
    if time_s[-1] - time_s[last + 1] < FRAGMENT_S:
        keep[last + 1 :] = False
    gone = int((~keep).sum())
    if not gone or keep.sum() < 2:
        return np.ones(len(time_s), dtype=bool)
    longest = float(np.diff(time_s)[pauses].max())
    notes.append(f"{gone} left-over rows beyond a pause of {longest:.1f} s left out")
    return keep


def held(values: FloatArray) -> BoolArray:
    """(n,) rows that repeat the row before in every column: sample and hold, not a new sample."""
    same = np.zeros(len(values), dtype=bool)
    same[1:] = (values[1:] == values[:-1]).all(axis=1)
    return same
