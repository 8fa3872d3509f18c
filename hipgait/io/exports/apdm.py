"""APDM Opal (Mobility Lab, Motion Studio): one CSV with all sensors of a recording.

Two layouts, both read by OpenSim (opensim-core, OpenSim/Common/APDMDataReader.cpp):

- ``Test Name:``, ``Sample Rate:``, ``Time,NAME/Acceleration/X,...,NAME/Angular Velocity/X,...``
  and a row of units (s, m/s^2, rad/s);
- ``Format=7,5718,,,Lumbar,...``, ``Time,Accelerometer,,,Gyroscope,...``, ``,X,Y,Z,X,Y,Z,...``:
  microseconds since 1970 and, as the file does not say, m/s^2 and rad/s.

The sensors share one clock. The stated sample rate is not used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports.opening import Opened, columns_of, open_at, skip_line
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import lines_of, split
from hipgait.names import G_MPS2

NAME: Final = "apdm"
LABEL: Final = "APDM Opal"
FOLDERED: Final = False

TIME: Final = "Time"
WITHIN_S: Final = 0.5
"""The sensors of one file start together, s."""
_QUANTITIES: Final = {
    "acc": ("Acceleration", "Accelerometer"),
    "gyr": ("Angular Velocity", "Gyroscope"),
}
_COLUMN: Final = re.compile(
    r"(?P<sensor>.+?)[/_](?P<what>Acceleration|Accelerometer|Angular Velocity|Gyroscope)[/_]"
    r"(?P<axis>[XYZ])"
)
_UNITS: Final = {
    "s": 1.0, "us": 1e-6, "m/s^2": 1.0, "g": G_MPS2, "rad/s": 1.0, "deg/s": float(np.pi / 180),
}  # fmt: skip
_ASSUMED: Final = "the file states no units: taken as m/s^2 and rad/s, as APDM exports them"


def matches(head: bytes, source: Source) -> bool:
    """``Format=7``, or a Time column and NAME/Acceleration/X in the first lines."""
    return _header_line(lines_of(head)) is not None


def hint(source: Source) -> str:
    """The sensor's label."""
    return source.part or next(iter(parts(source)), "")


def parts(source: Source) -> list[str]:
    """Names of the sensors with an accelerometer, in the file's order."""
    lines = lines_of(source.head(1 << 18))
    line = _header_line(lines)
    return list(_sensors(_names(lines, line))) if line is not None else []


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one sensor of the file (``source.part``; "" where it holds one).

    Raises
    ------
    FormatError : unknown units, no such sensor, rows that cannot be understood.
    """
    file = open_at(source, _header_line, "no Time column", "Export again as CSV")
    names = _names(file.lines, file.header.line)
    units = [""] * len(names)
    new = names != list(file.header.names)
    if new:
        file = skip_line(file)
    elif _is_units(file.lines, file.header.line):
        units = split(file.lines[file.header.line], file.header.dialect.delimiter)
        file = skip_line(file)
    file = replace(file, header=replace(file.header, names=tuple(names)))
    header = file.header
    sensors = _sensors(names)
    sensor = sensors.get(source.part) or next(iter(sensors.values()), {})
    if (source.part and source.part not in sensors) or "acc" not in sensor:
        raise FormatError(
            source.path, f"no acceleration of a sensor {source.part!r}", "Export it as well",
            line=header.line,
        )  # fmt: skip
    acc, gyr = sensor["acc"], sensor.get("gyr", ())
    every = [TIME, *(n for s in sensors.values() for kind in s.values() for n in kind)]
    table = columns_of(source, file, [TIME, *acc, *gyr], every)
    unit = partial(_unit, file, names, units)
    acc_unit, acc_word = unit(acc[0], "m/s^2")
    gyr_unit, gyr_word = unit(gyr[0], "rad/s") if gyr else (1.0, "rad/s")
    time = table.columns[TIME] * unit(TIME, "us" if new else "s")[0]
    notes = [*table.notes, *([] if any(units) else [_ASSUMED])]
    stream = finish(
        table,
        time,
        scaled([table.columns[n] for n in acc], acc_unit),
        scaled([table.columns[n] for n in gyr], gyr_unit) if gyr else None,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(acc_unit, acc_word, gyr_unit, gyr_word),
        names=(TIME, acc, gyr or ("Angular Velocity",)),
        zero=True,
    )
    start = float(time[np.isfinite(time)][0])
    utc = datetime.fromtimestamp(start, UTC) if new and 0 < start < 4e9 else None
    return Reading(stream, NAME, start, None, WITHIN_S, start_utc=utc)


def _unit(
    file: Opened, names: Sequence[str], units: Sequence[str], name: str, otherwise: str
) -> tuple[float, str]:
    """SI value and word of a column's unit."""
    at = list(names).index(name)
    word = (units[at] if at < len(units) else "") or otherwise
    if word not in _UNITS:
        raise FormatError(
            file.path, f"unknown unit {word!r}", "Export in m/s^2 and rad/s",
            line=file.header.line, column=name,
        )  # fmt: skip
    return _UNITS[word], word


def _sensors(names: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """sensor -> "acc" and "gyr" -> its three columns; only sensors with an accelerometer."""
    axes: dict[str, dict[str, dict[str, str]]] = {}
    for name in names:
        found = _COLUMN.fullmatch(name)
        if found:
            kind = next(k for k, words in _QUANTITIES.items() if found["what"] in words)
            axes.setdefault(found["sensor"], {}).setdefault(kind, {})[found["axis"]] = name
    whole = {
        sensor: {k: tuple(a[x] for x in "XYZ") for k, a in kinds.items() if len(a) == 3}
        for sensor, kinds in axes.items()
    }
    return {sensor: kinds for sensor, kinds in whole.items() if "acc" in kinds}


def _names(lines: Sequence[str], line: int) -> list[str]:
    """Column names; those of ``Format=7`` put together from its three lines."""
    if not lines[0].startswith("Format=7"):
        return split(lines[line - 1], ",")
    devices, groups, axes = (split(x, ",") for x in lines[:3])
    devices, axes = ([*row, *[""] * len(groups)][: len(groups)] for row in (devices, axes))
    names, device, group = [TIME], "", ""
    for k in range(1, len(groups)):
        if devices[k].isdigit():
            device = next((d for d in devices[k + 1 : k + 4] if d), devices[k])
        group = groups[k] or group
        names.append("/".join(x for x in (device, group, axes[k]) if x))
    return names


def _is_units(lines: Sequence[str], line: int) -> bool:
    """Whether the line after the header holds units."""
    return len(lines) > line and lines[line].split(",", 1)[0].strip() in _UNITS


def _header_line(lines: Sequence[str]) -> int | None:
    """1-based line of the header (of ``Format=7``: its second line)."""
    if lines[0].startswith("Format=7"):
        return 2 if len(lines) > 2 and lines[1].startswith("Time,") else None
    for number, line in enumerate(lines[:10], 1):
        cells = split(line, ",")
        if cells[0] == TIME and any(_COLUMN.fullmatch(c) for c in cells):
            return number
    return None
