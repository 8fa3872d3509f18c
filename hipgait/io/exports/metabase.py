"""MetaBase (MbientLab MetaMotion, MetaWear): one CSV a quantity and board.

``epoch (ms),time (-08:00),elapsed (s),x-axis (g),y-axis (g),z-axis (g)``; the gyroscope's file has
``x-axis (deg/s)``; early versions write ``epoc (ms),timestamp (-0700)``. Header and formats as in
MbientLab's own apps (com.mbientlab.metawear.metabase.DataHandler.CsvDataHandler; MetaBase-Hub).
Files are called ``NAME_2019-01-11T16.10.08.270_C42732BE255C_Accelerometer_100.000Hz_1.7.3.csv``.
The gyroscope is found beside the accelerometer by this name, or by the board's address in it.

Logged samples carry the board's clock. For streamed ones the Android app writes first arrival plus
count over nominal rate: no file tells which. Several boards share the phone's calendar only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports.merge import gyro_at, twin
from hipgait.io.exports.opening import open_at
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Table, lines_of, read_columns, split
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "metabase"
LABEL: Final = "MetaBase"
FOLDERED: Final = False

TIMES: Final = ("epoch (ms)", "epoc (ms)")
ACC: Final = tuple(f"{a}-axis (g)" for a in "xyz")
GYR: Final = tuple(f"{a}-axis (deg/s)" for a in "xyz")
BURST_SHARE: Final = 0.2
"""More steps than this that are half a step off are times of arrival, not of measuring."""

_MINE: Final = re.compile(r"[_ -]?accelerometer([_ ][\d.]+hz)?")
_OTHER: Final = re.compile(r"[_ -]?gyroscope([_ ][\d.]+hz)?")
_FUSED: Final = re.compile(r"gravity|linear[ _-]?acceleration", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?<![0-9A-F])([0-9A-F]{12})(?![0-9A-F])", re.IGNORECASE)
_UNITS: Final = Units(acc=G_MPS2, acc_word="g")


def matches(head: bytes, source: Source) -> bool:
    """The first three columns of every MetaBase file, and acceleration as it was measured."""
    lines = lines_of(head)
    line = _header_line(lines)
    raw = line is not None and set(ACC) <= set(split(lines[line - 1], ","))
    return raw and not _FUSED.search(source.path.name)


def hint(source: Source) -> str:
    """Nothing: the file's name begins with the board's."""
    return ""


def belongs(head: bytes, source: Source) -> bool:
    """The board's other files: the gyroscope's is read along, the rest is not needed."""
    return _header_line(lines_of(head)) is not None and not matches(head, source)


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one board: its accelerometer's file and, where there is one, its gyroscope's.

    Raises
    ------
    FormatError : missing columns, times of arrival, rows that cannot be understood.
    """
    table, time, acc = _load(source, ACC, G_MPS2)
    beside = _gyroscope(source)
    gyr: FloatArray | None = None
    notes = list(table.notes)
    if beside is not None:
        other, own_time, rate = _load(beside, GYR, np.pi / 180)
        column = other.header.names[0]
        gyr, said = gyro_at(time, other, own_time, rate, (column, GYR), _UNITS)
        notes += [*other.notes, *said]
    stream = finish(
        table,
        time,
        acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=_UNITS,
        names=(table.header.names[0], ACC, GYR),
        zero=True,
    )
    start = float(time[np.isfinite(time)][0])
    utc = datetime.fromtimestamp(start, UTC) if 0 < start < 4e9 else None
    also = (beside,) if beside is not None else ()
    return Reading(stream, NAME, start, exact=False, start_utc=utc, also=also)


def _load(
    source: Source, columns: tuple[str, ...], unit: float
) -> tuple[Table, FloatArray, FloatArray]:
    """Table, (n,) s since 1970, (n, 3) values in SI."""
    file = open_at(source, _header_line, "no epoch column", "Export again from MetaBase")
    file.need(columns, "Export the accelerometer and the gyroscope from MetaBase")
    column = file.header.names[0]
    table = read_columns(source.path, file.data, file.header, [column, *columns])
    time = table.columns[column] * 1e-3
    _refuse_arrival(table, time, column)
    return table, time, scaled([table.columns[n] for n in columns], unit)


def _refuse_arrival(table: Table, time: FloatArray, column: str) -> None:
    """Refuse stamps in bursts, as radio packets arrive."""
    step = np.diff(time[np.isfinite(time)])
    step = step[step < 1.0]  # longer ones are gaps
    if len(step) < 20:
        return
    mean = float(np.mean(step))
    off = np.abs(step - mean) > 0.5 * mean + 1e-3
    if np.mean(off) > BURST_SHARE:
        raise FormatError(
            table.path,
            "the time stamps come in bursts: they tell when samples arrived, not when they were "
            "measured",
            "Record with Log instead of Stream in MetaBase",
            column=column,
        )


def _gyroscope(source: Source) -> Source | None:
    """The file of the same board's gyroscope."""
    found = twin(source, _MINE, _OTHER)
    address = _ADDRESS.search(source.path.name)
    if found is not None or address is None:
        return found
    same = [
        s
        for s in source.neighbours()
        if _OTHER.search(s.path.name.lower()) and address[1].upper() in s.path.name.upper()
    ]
    return same[0] if len(same) == 1 else None


def _header_line(lines: Sequence[str]) -> int | None:
    cells = split(lines[0], ",")
    return 1 if len(cells) > 3 and cells[0] in TIMES and cells[2] == "elapsed (s)" else None
