"""A table of any program: columns told by their headings, units by the headings or the numbers.

Asked after every reader that knows its app. What the headings leave open is read off the numbers
where they leave one reading alone, and the report says so; else the file is refused. A level of 1,
9.81 or 1000 is gravity in g, m/s^2 or mg; samples come 8 to 5000 times a second, which leaves one
unit of time; a gyroscope that exceeds 35 while its wearer moves is in deg/s (35 rad/s are 2000
deg/s), one that stays below 20 is in rad/s. Comments and other lines may stand above the headings;
clocks may be written out (``2026-05-05T18:03:02.010Z``, ``05.05.2026 18:03:02,010``) or count from
1970. Several sensors may stand side by side (``pelvis_acc_x``) or one below the other (a column
``sensor``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import assign, finish, scaled
from hipgait.io.exports.companions import take
from hipgait.io.exports.daytime import Text, clock_seconds, text_columns
from hipgait.io.exports.headings import GYR_UNITS, TIME_UNITS, Headings, Unit, understood
from hipgait.io.exports.opening import Opened, open_at, skip_line
from hipgait.io.exports.unit_guess import unit_of_acc, unit_of_gyr
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.stamps import even_out
from hipgait.io.tables import Dialect, Header, Table, lines_of, read_columns, split
from hipgait.recording import BoolArray, FloatArray

NAME: Final = "generic"
LABEL: Final = "a table of any program"
FOLDERED: Final = False

ABOVE: Final = 60
"""Lines in which the headings are looked for."""
BELOW: Final = 10
"""Rows below them of which one has to hold numbers."""
MOST_SENSORS: Final = 12
"""A column with more names than this names no sensors."""
RATES_HZ: Final = (8.0, 5000.0)
"""Of sensors; a thousand times less or more is another unit of time."""
EPOCH_S: Final = 1e8
"""Clocks that stand higher count from 1970, s (3 years: no recording runs that long)."""
SINCE_2000: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_NUMBER: Final = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?|nan", re.I | re.ASCII)
_ZONE: Final = re.compile(r"(?P<zone>Z|[+-]\d\d:?\d\d)$")


def matches(head: bytes, source: Source) -> bool:
    """A clock and three axes of acceleration in the headings: those of plain CSV only where they
    stand further down, or where the rows are of several sensors."""
    lines = lines_of(head)
    line = _header_line(lines)
    if line is None:
        return False
    names = tuple(_cells(lines[line - 1]))
    heads = understood(names)
    if any(x.strip() for x in lines[: line - 1]) or assign(Header(names, 1, 0, Dialect())) is None:
        return True
    assert heads is not None
    below = _cells_of(lines, line + 1, _delimiter(lines[line - 1]))
    if _is_written(below, names.index(heads.time)):
        return True
    return bool(heads.named_by) and len(parts(source)) > 1


def hint(source: Source) -> str:
    """The sensor that the file names."""
    return source.part or next(iter(parts(source)), "")


def parts(source: Source) -> list[str]:
    """Names of the sensors in a file, in its order; none where it names none."""
    lines = lines_of(source.head(1 << 18))
    line = _header_line(lines)
    heads = understood(_cells(lines[line - 1])) if line is not None else None
    if heads is None:
        return []
    if not heads.named_by:
        return [name for name in heads.sensors if name]
    file = _opened(source)
    return _names_in(_text(file, heads.named_by), heads.named_by)


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one sensor of the file (``source.part``; "" where it holds one).

    Raises
    ------
    FormatError : a unit that neither headings nor numbers tell; rows that are not understood.
    """
    file = _opened(source)
    heads = understood(file.header.names)
    assert heads is not None
    sensor = source.part if source.part in heads.sensors else next(iter(heads.sensors))
    columns = heads.sensors[sensor]
    acc_names, gyr_names = columns["acc"], columns.get("gyr", ())
    first = _cells_of(file.lines, file.header.line + 1, file.header.dialect.delimiter)
    written = _is_written(first, file.header.names.index(heads.time))
    wanted = [*([] if written else [heads.time]), *acc_names, *gyr_names]
    table = read_columns(source.path, file.data, file.header, wanted, header_again=True)
    cells = _beside(table, heads.time) if written else None
    keep = _rows_of(table, heads, source.part)
    if not keep.all():
        table = take(table, keep)
        cells = cells.filter(keep) if cells is not None else None
    table, cells = _with_values(table, acc_names, cells)
    notes = list(table.notes)
    time, exact_start, zone = _clock(table, heads, cells, notes)
    time = even_out(time, notes) if np.isfinite(time).all() else time
    rate = _rate(time)
    raw = scaled([table.columns[n] for n in acc_names], 1.0)
    acc_unit = unit_of_acc(table, heads, acc_names, raw, rate, notes)
    acc = raw * acc_unit[0]
    gyr, gyr_unit = None, GYR_UNITS["degs"]
    if gyr_names:
        turned = scaled([table.columns[n] for n in gyr_names], 1.0)
        gyr_unit = unit_of_gyr(table, heads, gyr_names, turned, acc, notes)
        gyr = turned * gyr_unit[0]
    stream = finish(
        table,
        time,
        acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(*acc_unit, *gyr_unit),
        names=(heads.time, acc_names, gyr_names or ("gyr_x", "gyr_y", "gyr_z")),
        zero=exact_start is not None,
    )
    if exact_start is None:
        return Reading(stream, clock="time_s")
    utc = datetime.fromtimestamp(exact_start, UTC) if zone else None
    one = str(source.path) if source.part else "calendar"
    return Reading(stream, one, exact_start, exact=bool(source.part), start_utc=utc)


# ------------------------------------------------------------------------------ the table
def _delimiter(line: str) -> str:
    return max("\t;,", key=line.count)


def _cells(line: str) -> list[str]:
    return split(line, _delimiter(line))


def _is_written(row: Sequence[str], at: int) -> bool:
    """Whether a row's clock is written out."""
    return at < len(row) and ":" in row[at]


def _cells_of(lines: Sequence[str], number: int, delimiter: str) -> list[str]:
    """Cells of the first line that is not blank from a 1-based number on."""
    return next((split(x, delimiter) for x in lines[number - 1 :] if x.strip()), [])


def _header_line(lines: Sequence[str]) -> int | None:
    """1-based line of the headings: those with numbers below them, where anything is."""
    for number, line in enumerate(lines[:ABOVE], 1):
        heads = understood(names := _cells(line)) if line.strip() else None
        if heads is None:
            continue
        acc = [names.index(n) for group in heads.sensors.values() for n in group["acc"]]
        below = [x for x in lines[number:] if x.strip()][:BELOW]
        rows = [split(x, _delimiter(line)) for x in below]
        if not rows or any(_numbers_at(row, acc) for row in rows):
            return number
    return None


def _numbers_at(row: Sequence[str], places: Sequence[int]) -> bool:
    """Whether some of these cells hold numbers, and none anything else."""
    cells = [row[k] for k in places if k < len(row) and row[k]]
    return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)


def _opened(source: Source) -> Opened:
    """The file at its headings; a row of units below them is skipped."""
    file = open_at(source, _header_line, "no headings", "Name the columns time_s,acc_x,...")
    below = _cells_of(file.lines, file.header.line + 1, file.header.dialect.delimiter)
    if below and not any(re.search(r"\d{2}|^[-+]?\d", cell) for cell in below):
        units = {n: u.strip("()[]") for n, u in zip(file.header.names, below, strict=False) if u}
        names = tuple(f"{n} ({units[n]})" if n in units else n for n in file.header.names)
        if understood(names) is not None:
            file = skip_line(replace(file, header=replace(file.header, names=names)))
    return file


def _text(file: Opened, name: str) -> Text:
    """A column's cells, all rows."""
    return text_columns(Table(file.path, file.data, file.header, {}), [name])[0]


def _names_in(cells: Text, heading: str) -> list[str]:
    """Different names in a column, in their order; none where there are too many.

    One that stands there once is cut off; the heading may stand there again.
    """
    found = {str(x["values"]): x["counts"] for x in cells.value_counts().to_pylist() if x["values"]}
    names = [name for name, count in found.items() if count > 1 and name != heading]
    return names if len(names) <= MOST_SENSORS else []


def _beside(table: Table, name: str) -> Text:
    """A text column's cells, row by row as in the table.

    Raises
    ------
    FormatError : they cannot be laid beside the numbers.
    """
    cells = text_columns(table, [name])[0]
    if len(cells) == table.n + 1:  # a last line that is cut off was left out
        cells = cells.slice(0, table.n)
    if len(cells) != table.n:
        raise FormatError(
            table.path,
            f"{len(cells)} cells beside {table.n} rows of numbers",
            "Export it again",
            column=name,
        )
    return cells


def _rows_of(table: Table, heads: Headings, part: str) -> BoolArray:
    """(n,) rows of one sensor."""
    if not (part and heads.named_by):
        return np.ones(table.n, dtype=bool)
    return np.array([x == part for x in _beside(table, heads.named_by).to_pylist()], dtype=bool)


def _with_values(table: Table, acc: Sequence[str], cells: Text | None) -> tuple[Table, Text | None]:
    """The rows in which the accelerometer has values, where others fill rows of their own."""
    full: BoolArray = np.all([np.isfinite(table.columns[n]) for n in acc], axis=0)
    if full.mean() > 0.9 or full.sum() < 2:
        return table, cells
    return take(table, full), cells.filter(full) if cells is not None else None


# ------------------------------------------------------------------------------ clock and units
def _clock(
    table: Table, heads: Headings, cells: Text | None, notes: list[str]
) -> tuple[FloatArray, float | None, bool]:
    """(n,) s; the first on the calendar since 1970 (None for a clock of the run's own); whether
    it is in UTC."""
    if cells is not None:
        first = str(cells[0].as_py())
        found = _ZONE.search(first)
        zone = found["zone"] if found else ""
        if zone:
            cells = _unzoned(cells, zone)
        time, dated = clock_seconds(table, heads.time, cells)
        finite = time[np.isfinite(time)]
        start = float(finite[0]) if len(finite) else 0.0
        start += (SINCE_2000 - _offset_s(zone)) if dated else 0.0
        return time, start, dated and bool(zone)
    raw = table.columns[heads.time]
    unit = TIME_UNITS.get(heads.time_unit) or _time_unit(table, heads, raw, notes)
    good = raw[np.isfinite(raw)]
    begin = float(good[0]) if len(good) else 0.0
    if begin * unit[0] > EPOCH_S:  # small numbers keep all their digits
        return (raw - begin) * unit[0], begin * unit[0], True
    return raw * unit[0], None, False


def _unzoned(cells: Text, zone: str) -> Text:
    """Cells without their offset from UTC, which is the same in all of them."""
    import pyarrow as pa

    return pa.array([x.removesuffix(zone) for x in cells.to_pylist()], pa.string())


def _offset_s(zone: str) -> float:
    digits = re.sub(r"\D", "", zone)
    if not digits:
        return 0.0
    return (-1.0 if zone[0] == "-" else 1.0) * (int(digits[:2]) * 3600.0 + int(digits[2:]) * 60.0)


def _rate(time: FloatArray) -> float:
    good = time[np.isfinite(time)]
    return (len(good) - 1) / max(float(good[-1] - good[0]), 1e-9) if len(good) > 1 else 1.0


def _time_unit(table: Table, heads: Headings, raw: FloatArray, notes: list[str]) -> Unit:
    """The one unit in which samples come as fast as sensors give them."""
    units = [u for u in dict.fromkeys(TIME_UNITS.values()) if _fits(_rate(raw) / u[0])]
    if len(units) != 1:
        raise FormatError(
            table.path,
            "neither heading nor numbers tell the unit of time",
            "Name the column time_s, time_ms or time_us",
            line=table.header.line,
            column=heads.time,
        )
    if units[0][1] != "s":
        notes.append(f"column {heads.time}: no unit given, taken as {units[0][1]} by its steps")
    return units[0]


def _fits(rate_hz: float) -> bool:
    return RATES_HZ[0] <= rate_hz <= RATES_HZ[1]
