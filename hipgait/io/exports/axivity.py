"""Axivity AX3, AX6: CSV of OmGui and of omconvert (Open Movement).

- Resampled: ``Time,Accel-X (g), Accel-Y (g), Accel-Z (g)`` and, from an AX6, ``Gyro-X (d/s)``, ...
  (github.com/openmovementproject: omconvert/src/omconvert, calc-csv.c).
- Raw: no header; time, x, y, z in g with six decimals, and an AX6's angular velocity in deg/s alike
  (openmovement, Software/AX3/cwa-convert/c/main.c). Further columns (light, temperature, battery)
  carry fewer decimals and are left out. Only times written out are read, ``2024-03-07
  12:00:00.000``: other columns cannot be told from accelerations.

Times are the device's own calendar in whole milliseconds: not synchronised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports import daytime
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Dialect, Header, as_text, find_header, lines_of, read_columns, split
from hipgait.names import G_MPS2

NAME: Final = "axivity"
LABEL: Final = "Axivity"
FOLDERED: Final = False

TIME: Final = "Time"
ACC: Final = tuple(f"Accel-{a} (g)" for a in "XYZ")
GYR: Final = tuple(f"Gyro-{a} (d/s)" for a in "XYZ")

_STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3})")
_VALUE: Final = re.compile(r"-?\d+\.\d{6}")


def matches(head: bytes, source: Source) -> bool:
    """omconvert's header, or a raw row."""
    lines = lines_of(head)
    return _headed(lines) or _raw_width(lines) > 0


def hint(source: Source) -> str:
    """Nothing."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one device.

    Raises
    ------
    FormatError : times that are not written out, rows that cannot be understood.
    """
    path = source.path
    data = as_text(path, source.read())
    lines = lines_of(data[:4096])
    if _headed(lines):
        header = find_header(path, data, 1)
    else:
        names = (TIME, *ACC, *GYR)[: _raw_width(lines)]
        extra = [f"column {k + 1}" for k in range(len(names), len(split(lines[0], ",")))]
        header = Header((*names, *extra), 0, 0, Dialect())
    gyr_names = GYR if set(GYR) <= set(header.names) else ()
    table = read_columns(path, data, header, [*ACC, *gyr_names])
    time = daytime.seconds(table)
    if time is None:
        raise FormatError(
            path,
            "the times are not written out",
            "Export again with formatted time stamps (Y-M-D hh:mm:ss.f)",
            line=header.line + 1,
            column=TIME,
        )
    stream = finish(
        table,
        time,
        scaled([table.columns[n] for n in ACC], G_MPS2),
        scaled([table.columns[n] for n in gyr_names], np.pi / 180) if gyr_names else None,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=list(table.notes),
        units=Units(acc=G_MPS2, acc_word="g"),
        names=(TIME, ACC, GYR),
        zero=True,
    )
    day = _day(lines[header.line])
    return Reading(stream, NAME, day + float(time[0]), exact=False)


def _day(row: str) -> float:
    """Midnight of a row's date, s; only differences between files mean anything."""
    found = _STAMP.match(row)
    try:
        day = datetime.fromisoformat(found[1]) if found else datetime(2000, 1, 1)
    except ValueError:
        day = datetime(2000, 1, 1)
    return (day - datetime(2000, 1, 1)).total_seconds()


def _headed(lines: Sequence[str]) -> bool:
    return split(lines[0], ",")[:4] == [TIME, *ACC]


def _raw_width(lines: Sequence[str]) -> int:
    """Columns of time, acceleration and angular velocity in a file without header; 0: none."""
    cells = split(lines[0], ",")
    if len(lines) < 2 or len(cells) < 4 or not _STAMP.fullmatch(cells[0]):
        return 0
    values = [_VALUE.fullmatch(c) is not None for c in cells[1:7]]
    if not all(values[:3]):
        return 0
    return 7 if len(values) == 6 and all(values) else 4
