"""Shimmer3, Shimmer3R: CSV of Consensys.

``sep=`` line (quoted), names like ``Shimmer_952D_Accel_WR_X_CAL``, a row of units, then rows;
separated by comma or tab, each line with a separator at its end (seen in the exports that
github.com/seemoo-lab/pyshimmer tests with). Times are ``..._Timestamp_Unix_CAL`` or
``..._TimestampSync_Unix_CAL`` (ms since 1970), or written out (``..._FormattedUnix_CAL``).
Only calibrated columns (CAL) are read. Of two accelerometers the wide-range one (WR) is taken:
a running shank exceeds the low-noise one (LN). The computer's clock is shared to about a second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports import daytime
from hipgait.io.exports.opening import Opened, columns_of, open_at, skip_line
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Table, lines_of, split
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "shimmer"
LABEL: Final = "Shimmer Consensys"
FOLDERED: Final = False

STAMPS: Final = ("TimestampSync_Unix", "Timestamp_Unix", "Timestamp")
"""Columns of the time in ms, the best first."""
WRITTEN: Final = ("TimestampSync_FormattedUnix", "Timestamp_FormattedUnix")
"""Columns of the time as text, the best first."""
_COLUMN: Final = re.compile(
    r"(?:(?P<device>[\w-]+?)_)?(?P<what>Timestamp(?:Sync)?(?:_(?:Formatted)?Unix)?"
    r"|Accel_(?:LN|WR)_[XYZ]|Gyro_[XYZ])_(?P<kind>CAL|UNCAL|RAW)"
)
_UNITS: Final = {
    "m/(s^2)": 1.0, "m/s^2": 1.0, "g": G_MPS2, "deg/s": float(np.pi / 180), "rad/s": 1.0,
}  # fmt: skip
_LOW_NOISE: Final = "low-noise accelerometer (small range): impacts may be cut off"


Three = tuple[str, ...]


def matches(head: bytes, source: Source) -> bool:
    """A line of names that end in CAL, UNCAL or RAW, one of them a Timestamp."""
    return _header_line(lines_of(head)) is not None


def hint(source: Source) -> str:
    """The name that the owner gave the sensor."""
    return source.part or next(iter(parts(source)), "")


def parts(source: Source) -> list[str]:
    """Devices of the file with an accelerometer."""
    return list(_devices(_head_names(source)))


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one sensor.

    Raises
    ------
    FormatError : no calibrated acceleration, no clock, unknown units.
    """
    file = open_at(source, _header_line, "no Timestamp column", "Export again from Consensys")
    names = _devices(file.header.names).get(source.part) or _only(file)
    units = dict(zip(file.header.names, _unit_row(file), strict=False))
    file = skip_line(file)
    wide, counted, acc, gyr = _columns(names)
    every = [_columns(device) for device in _devices(file.header.names).values()]
    table = columns_of(
        source,
        file,
        [*([counted] if counted else []), *acc, *gyr],
        list(dict.fromkeys(n for _, c, a, g in every for n in (c, *a, *g) if n)),
    )
    notes = [*table.notes, *([] if wide else [_LOW_NOISE])]
    time, column = _time(table, counted, names)
    acc_unit = _unit(file, units, acc[0])
    gyr_unit = _unit(file, units, gyr[0]) if gyr else 1.0
    stream = finish(
        table,
        time,
        scaled([table.columns[n] for n in acc], acc_unit),
        scaled([table.columns[n] for n in gyr], gyr_unit) if gyr else None,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(acc_unit, units[acc[0]], gyr_unit, units[gyr[0]] if gyr else "deg/s"),
        names=(column, acc, gyr or ("Gyro_X",)),
        zero=True,
    )
    start = float(time[np.isfinite(time)][0])
    absolute = counted is not None and "Unix" in counted and 0 < start < 4e9
    utc = datetime.fromtimestamp(start, UTC) if absolute else None
    return Reading(stream, NAME if absolute else None, start, exact=False, start_utc=utc)


def _columns(names: dict[str, str]) -> tuple[bool, str | None, Three, Three]:
    """Of one device: whether its wide range is there; columns of its clock, acc and gyr."""
    wide = all(f"Accel_WR_{a}" in names for a in "XYZ")
    acc = tuple(names[f"Accel_{'WR' if wide else 'LN'}_{a}"] for a in "XYZ")
    gyr = tuple(names[f"Gyro_{a}"] for a in "XYZ" if f"Gyro_{a}" in names)
    counted = next((names[s] for s in STAMPS if s in names), None)
    return wide, counted, acc, gyr if len(gyr) == 3 else ()


def _time(table: Table, counted: str | None, names: dict[str, str]) -> tuple[FloatArray, str]:
    """(n,) s and the column's name."""
    if counted:
        return table.columns[counted] * 1e-3, counted
    written = next((names[s] for s in WRITTEN if s in names), None)
    time = daytime.seconds(table) if written and written == table.header.names[0] else None
    if time is None or written is None:
        raise FormatError(
            table.path,
            "no time stamps that are understood",
            "Export with Unix time stamps",
            line=table.header.line - 1,
        )
    return time, written


def _only(file: Opened) -> dict[str, str]:
    """Columns of the one device that has an accelerometer."""
    devices = _devices(file.header.names)
    if devices:
        return next(iter(devices.values()))
    raw = any("Accel_" in n for n in file.header.names)
    raise FormatError(
        file.path,
        "the acceleration is not calibrated" if raw else "no acceleration",
        "Export again from Consensys with calibrated data (CAL) of the wide-range accelerometer "
        "and the gyroscope",
        line=file.header.line,
    )


def _devices(names: Sequence[str]) -> dict[str, dict[str, str]]:
    """device -> quantity -> calibrated column, of devices with an accelerometer.

    A device without time stamps of its own has those of the file.
    """
    devices: dict[str, dict[str, str]] = {}
    stamped: dict[str, str] = {}
    for name in names:
        found = _COLUMN.fullmatch(name)
        if found and found["kind"] == "CAL":
            devices.setdefault(found["device"] or "", {})[found["what"]] = name
            if found["what"].startswith("Timestamp"):
                stamped.setdefault(found["what"], name)
    whole = [("Accel_WR_" + a, "Accel_LN_" + a) for a in "XYZ"]
    return {
        device: what if any(k.startswith("Timestamp") for k in what) else stamped | what
        for device, what in devices.items()
        if any(all(names[k] in what for names in whole) for k in (0, 1))
    }


def _unit(file: Opened, units: dict[str, str], name: str) -> float:
    word = units.get(name, "")
    if word not in _UNITS:
        raise FormatError(
            file.path,
            f"unknown unit {word!r}",
            "Export again from Consensys with calibrated data",
            line=file.header.line,
            column=name,
        )
    return _UNITS[word]


def _unit_row(file: Opened) -> list[str]:
    row = next(iter(file.lines[file.header.line :]), "")
    return split(row, file.header.dialect.delimiter)


def _head_names(source: Source) -> list[str]:
    lines = lines_of(source.head(1 << 16))
    line = _header_line(lines)
    return [] if line is None else split(lines[line - 1], _delimiter(lines[line - 1]))


def _delimiter(line: str) -> str:
    return max("\t;,", key=line.count)


def _header_line(lines: Sequence[str]) -> int | None:
    """1-based line of the names, among the first five."""
    for number, line in enumerate(lines[:5], 1):
        found = [_COLUMN.fullmatch(c) for c in split(line, _delimiter(line))]
        if any(f is not None and f["what"].startswith("Timestamp") for f in found):
            return number
    return None
