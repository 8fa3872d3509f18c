"""x-io x-IMU3: one folder a device with ``Inertial.csv`` (and Command.json, Quaternion.csv, ...).

``Timestamp (us),Gyroscope X (deg/s),...,Accelerometer X (g),...``. Devices on one network share
a clock; that they do is believed where their first stamps lie within half a second.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hipgait.errors import FormatError, HipgaitError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import as_text, find_header, read_columns
from hipgait.names import G_MPS2

NAME: Final = "ximu3"
LABEL: Final = "x-IMU3"
FOLDERED: Final = True

TIME: Final = "Timestamp (us)"
ACC: Final = tuple(f"Accelerometer {a} (g)" for a in "XYZ")
GYR: Final = tuple(f"Gyroscope {a} (deg/s)" for a in "XYZ")
WITHIN_S: Final = 0.5
"""A logger opens all devices at once: shared clocks start this close together, s."""


def matches(head: bytes, source: Source) -> bool:
    """The header of Inertial.csv."""
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return first.startswith(TIME.encode()) and b"Accelerometer X (g)" in first


def hint(source: Source) -> str:
    """The device's folder, and the name it was given."""
    names = [source.path.parent.name]
    command = source.sibling("Command.json")
    if command is not None:
        try:
            for entry in msgspec.json.decode(command.read()):
                names.append(str(entry["ping"]["name"]))
                break
        except (msgspec.DecodeError, HipgaitError, KeyError, TypeError, UnicodeDecodeError):
            pass
    return "\n".join(names)


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one device.

    Raises
    ------
    FormatError : columns missing or rows that cannot be understood.
    """
    path = source.path
    data = as_text(path, source.read())
    header = find_header(path, data, 1)
    missing = [n for n in (TIME, *ACC) if n not in header.names]
    if missing:
        raise FormatError(path, f"no column {missing[0]!r}", "Log the device again", line=1)
    gyr_names = GYR if all(n in header.names for n in GYR) else ()
    table = read_columns(path, data, header, [TIME, *ACC, *gyr_names])
    column = table.columns
    time = column[TIME] * 1e-6
    stream = finish(
        table,
        time,
        scaled([column[n] for n in ACC], G_MPS2),
        scaled([column[n] for n in gyr_names], 3.141592653589793 / 180) if gyr_names else None,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=list(table.notes),
        units=Units(acc=G_MPS2, acc_word="g"),
        names=(TIME, ACC, GYR),
        zero=True,
    )
    first = float(time[time == time][0])
    return Reading(stream, "ximu3", first, None, WITHIN_S)
