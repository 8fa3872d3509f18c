"""Time stamps of phone apps: clocks written as text, and stamps of delivery instead of sampling.

A phone stamps a sample when it receives it. Bluetooth and batching deliver in bursts, late but
never early: the samples themselves are evenly spaced, and the earliest deliveries show where.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

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

_MINUTE: Final = re.compile(
    r"^(?:(?P<date>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})[ T]+)?(?P<h>\d{1,2}):(?P<m>\d{1,2})$"
)


def text_columns(table: Table, names: Sequence[str]) -> list[list[str]]:
    """Columns as text, row by row as in ``table.columns`` (all rows where that is empty)."""
    header = table.header
    at, delimiter = [header.names.index(n) for n in names], header.dialect.delimiter
    lines = table.data[header.start :].decode("utf-8", errors="replace").split("\n")
    lines = [line for line in lines if line.strip(" \r")]
    if table.rows is None and table.columns and len(lines) > table.n:  # rows of empty cells
        lines = [line for line in lines if line.strip(f" \r{delimiter}")]
    most = max(at) + 1
    short = [""] * most
    rows = [line.split(delimiter, most) for line in lines]
    rows = [row if len(row) >= most else row + short for row in rows]
    columns = [[row[k].strip(' \r\t"') for row in rows] for k in at]
    if table.rows is not None:
        return [[column[k] for k in table.rows.tolist()] for column in columns]
    if not table.columns:
        return columns
    if len(lines) < table.n:
        raise FormatError(table.path, "cells that run over several lines", "Export it again")
    return [column[: table.n] for column in columns]


def clock_seconds(
    table: Table, name: str, text: list[str] | None = None
) -> tuple[FloatArray, bool]:
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
    numbers = _numbers(cells)
    if np.isfinite(numbers).mean() > 1.0 - UNREADABLE_SHARE:
        return numbers, False
    thrice = sum(c.count(":") == 3 for c in cells) > 0.5 * len(cells)  # HH:MM:SS:fff
    halves = [c.rpartition(":") for c in cells]
    if thrice:
        milli = [f"{f[2]:0>3}" for f in halves]
        halves = [f[0].rpartition(":") for f in halves]
        seconds = _numbers([f"{f[2]}.{m}" for f, m in zip(halves, milli, strict=True)])
    else:
        seconds = _numbers([f[2].replace(",", ".").rstrip("Z") for f in halves])
    minutes = {m: _MINUTE.match(m) for m in {f[0] for f in halves}}
    clock = {m: 3600.0 * int(f["h"]) + 60.0 * int(f["m"]) for m, f in minutes.items() if f}
    dates = {m: f["date"] and _days(f["date"]) for m, f in minutes.items() if f}
    seconds = seconds + np.array([clock.get(f[0], np.nan) for f in halves])
    bad = ~np.isfinite(seconds)
    if bad.mean() > UNREADABLE_SHARE:
        row = int(np.argmax(bad))
        raise FormatError(
            table.path,
            f"{cells[row][:24]!r} is no time of day",
            "Export again with the time in seconds",
            line=table.line_of(row),
            column=name,
        )
    if all(d is not None for d in dates.values()):
        return seconds + DAY * np.array([dates.get(f[0], np.nan) for f in halves]), True
    known = seconds[~bad]
    over = np.cumsum(np.r_[0.0, np.where(np.diff(known) < -DAY / 2, DAY, 0.0)])
    seconds[~bad] = known + over
    return seconds, False


def _numbers(cells: list[str]) -> FloatArray:
    """Cells as numbers, NaN where they are none."""
    return np.asarray(
        pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce"), dtype=np.float64
    )


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
