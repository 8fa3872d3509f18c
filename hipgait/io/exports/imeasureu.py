"""IMeasureU Blue Trident (Vicon): CSV of Capture.U, one file a sensor and range.

``NAME_TS-02374_2022-04-26-16-34-56_lowg.csv``::

    unix_timestamp_microsec,time_s,ax_m/s/s,ay_m/s/s,az_m/s/s,gx_deg/s,gy_deg/s,gz_deg/s

``..._highg.csv`` beside it has the same columns without gyroscope, ``..._mag.csv`` mx_microT
(as public readers of these files use them: pyCGM2/pyCGM2, pyCGM2/IMU/BlueTrident.py, and others).
The low-g accelerometer (16 g) is read; where it is cut off, the high-g one (200 g) takes its place.
A high-g file alone is read without angular velocity. That the sensors' clocks agree to better than
the computer's calendar is nowhere documented: they count as not synchronised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports.merge import resampled, twin
from hipgait.io.exports.opening import open_at
from hipgait.io.files import Source
from hipgait.io.plausible import Units, clean_time
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Table, lines_of, read_columns, split
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "imeasureu"
LABEL: Final = "IMeasureU Blue Trident"
FOLDERED: Final = False

UNIX: Final = "unix_timestamp_microsec"
SECONDS: Final = "time_s"
LOW: Final = 16.0 * G_MPS2
HIGH: Final = 200.0 * G_MPS2
GYR_RANGE: Final = float(np.radians(2000.0))
"""Full scales, m/s^2 and rad/s (Vicon Blue Trident data sheet)."""
CUT: Final = 0.995
"""From this share of the full scale on, a low-g sample counts as cut off."""

_COLUMN: Final = re.compile(r"(?P<what>[agm])(?P<axis>[xyz])_(?P<unit>.+)")
_ACC_UNITS: Final = {"m/s/s": 1.0, "m/s^2": 1.0, "m/s2": 1.0, "g": G_MPS2}
_GYR_UNITS: Final = {"deg/s": float(np.pi / 180), "rad/s": 1.0}
_LOWG: Final = re.compile(r"lowg")
_HIGHG: Final = re.compile(r"highg")


def matches(head: bytes, source: Source) -> bool:
    """Capture.U's names of time and acceleration; not of a high-g file beside its low-g one."""
    lines = lines_of(head)
    line = _header_line(lines)
    return (
        line is not None
        and bool(_columns(split(lines[line - 1], ","), "a"))
        and twin(source, _HIGHG, _LOWG) is None
    )


def belongs(head: bytes, source: Source) -> bool:
    """The sensor's other files: the high-g one is read along, the magnetometer's is not needed."""
    return _header_line(lines_of(head)) is not None and not matches(head, source)


def hint(source: Source) -> str:
    """Nothing: the file's name begins with the trial's and the sensor's."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one sensor.

    Raises
    ------
    FormatError : missing columns, unknown units, rows that cannot be understood.
    """
    table, time, acc, units = _load(source, "a", _ACC_UNITS)
    names = _columns(table.header.names, "g")
    gyr = None
    if names:
        unit, word = _unit(table, names, _GYR_UNITS)
        gyr = scaled([table.columns[n] for n in names], unit)
        units = Units(units.acc, units.acc_word, unit, word)
    beside = twin(source, _LOWG, _HIGHG)
    full = LOW if names or beside is not None else HIGH
    notes = list(table.notes)
    if beside is not None:
        full, said = _fill(time, acc, beside)
        notes += said
    stream = finish(
        table,
        time,
        acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=units,
        names=(_time_name(table.header.names), _columns(table.header.names, "a"), names or ("g",)),
        ranges=(full, GYR_RANGE if names else None),
        zero=True,
    )
    start = float(time[np.isfinite(time)][0])
    unix = UNIX in table.header.names and 0 < start < 4e9
    return Reading(
        stream,
        NAME if unix else None,
        start,
        exact=False,
        start_utc=datetime.fromtimestamp(start, UTC) if unix else None,
        also=(beside,) if beside is not None else (),
    )


def _fill(time: FloatArray, acc: FloatArray, beside: Source) -> tuple[float, list[str]]:
    """Put the high-g accelerometer's values where ``acc`` is cut off; full scale, notes."""
    cut = np.abs(acc) >= CUT * LOW
    if not cut.any():
        return LOW, []
    table, own_time, high, _ = _load(beside, "a", _ACC_UNITS)
    at, keep, notes = clean_time(table, own_time, _time_name(table.header.names), [high])
    there = resampled(time, at, high[keep])
    with np.errstate(invalid="ignore"):
        use = cut & (there * np.sign(acc) >= 0.9 * LOW)
    acc[use] = there[use]
    left = int(cut.any(axis=1).sum() - use.any(axis=1).sum())
    notes.append(f"{int(use.any(axis=1).sum())} samples beyond 16 g are the high-g accelerometer's")
    if left:
        notes.append(f"{left} samples cut off at 16 g: the high-g accelerometer does not agree")
    return LOW if left else HIGH, notes


def _load(
    source: Source, what: str, known: dict[str, float]
) -> tuple[Table, FloatArray, FloatArray, Units]:
    """Table, (n,) s, (n, 3) SI values and units of one kind of column; all columns are read."""
    file = open_at(source, _header_line, "no time column", "Export again from Capture.U")
    names = _columns(file.header.names, what)
    if not names:
        raise FormatError(
            source.path, "no acceleration", "Export the low-g file", line=file.header.line
        )
    column = _time_name(file.header.names)
    others = _columns(file.header.names, "g")
    table = read_columns(source.path, file.data, file.header, [column, *names, *others])
    unit, word = _unit(table, names, known)
    time = table.columns[column] * (1e-6 if column == UNIX else 1.0)
    return table, time, scaled([table.columns[n] for n in names], unit), Units(unit, word)


def _unit(table: Table, names: tuple[str, ...], known: dict[str, float]) -> tuple[float, str]:
    word = names[0].split("_", 1)[1]
    if word not in known:
        raise FormatError(
            table.path,
            f"unknown unit {word!r}",
            f"Export in {next(iter(known))}",
            line=table.header.line,
            column=names[0],
        )
    return known[word], word


def _columns(names: Sequence[str], what: str) -> tuple[str, ...]:
    """The three columns of a kind, or none."""
    found: dict[str, str] = {}
    for name in names:
        match = _COLUMN.fullmatch(name)
        if match and match["what"] == what:
            found.setdefault(match["axis"], name)
    return tuple(found[a] for a in "xyz") if len(found) == 3 else ()


def _time_name(names: Sequence[str]) -> str:
    return UNIX if UNIX in names else SECONDS


def _header_line(lines: Sequence[str]) -> int | None:
    cells = split(lines[0], ",")
    own = any(c.endswith(("_m/s/s", "_microT")) for c in cells)
    timed = UNIX in cells[:2] or (SECONDS in cells[:2] and own)
    return 1 if timed and any(_columns(cells, what) for what in "agm") else None
