"""ActiLife (ActiGraph): raw CSV, ten header lines, then ``Accelerometer X,...`` in g.

With or without a Timestamp column; IMU files of the GT9X add ``Gyroscope X`` (deg/s). The first
line tells rate and date format. Several devices share the computer's calendar only, which is
good to about a second: they count as not synchronised.
"""

from __future__ import annotations

import re
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
from hipgait.io.tables import Header, Table, as_text, find_header, lines_of, read_columns
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "actilife"
LABEL: Final = "ActiLife"
FOLDERED: Final = False

ACC: Final = ("Accelerometer X", "Accelerometer Y", "Accelerometer Z")
GYR: Final = ("Gyroscope X", "Gyroscope Y", "Gyroscope Z")
RANGE_G: Final = {"NEO": 6.0, "CLE": 6.0, "MOS": 8.0, "TAS": 8.0}
"""Full scale by the serial number's first letters, g (GT3X+, wGT3X+, wGT3X-BT, GT9X)."""
IMU_RANGES: Final = (16.0 * G_MPS2, float(np.radians(2000.0)))
"""Full scale of the GT9X's IMU, m/s^2 and rad/s."""


def matches(head: bytes, source: Source) -> bool:
    """The line that every ActiLife export starts with."""
    return b"Data File Created By ActiGraph" in head[:400]


def hint(source: Source) -> str:
    """Nothing: the file knows only the device's serial number."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one device.

    Raises
    ------
    FormatError : counts instead of raw data, no rate, stamps that contradict it.
    """
    path = source.path
    data = as_text(path, source.read())
    lines = lines_of(data[:65536])
    line = next((k for k, x in enumerate(lines[:40], 1) if "Accelerometer X" in x), None)
    if line is None:
        raise FormatError(
            path,
            "this ActiLife file holds counts, not raw acceleration",
            "Export again in ActiLife as Raw Data (.csv)",
        )
    header = find_header(path, data, line)
    missing = [n for n in ACC if n not in header.names]
    if missing:
        raise FormatError(path, f"no column {missing[0]!r}", "Export again", line=line)
    gyr_names = GYR if all(n in header.names for n in GYR) else ()
    table = read_columns(path, data, header, [*ACC, *gyr_names])
    found = re.search(r"at (\d+) Hz", lines[0])
    if not found or not int(found[1]):
        raise FormatError(path, "the first line tells no rate", "Export again", line=1)
    notes = list(table.notes)
    time, start = _clock(table, header, float(found[1]), lines, notes)
    serial = next((x.split(":")[1].strip() for x in lines[:10] if x.startswith("Serial N")), "")
    full = RANGE_G.get(serial[:3].upper())
    stream = finish(
        table,
        time,
        scaled([table.columns[n] for n in ACC], G_MPS2),
        scaled([table.columns[n] for n in gyr_names], np.pi / 180) if gyr_names else None,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(acc=G_MPS2, acc_word="g"),
        names=(header.names[0], ACC, GYR),
        ranges=IMU_RANGES if gyr_names else (full * G_MPS2 if full else None, None),
        zero=True,
    )
    return Reading(stream, "calendar" if start is not None else None, start or 0.0, exact=False)


def _clock(
    table: Table, header: Header, rate: float, lines: list[str], notes: list[str]
) -> tuple[FloatArray, float | None]:
    """(n,) s from the first sample, and its time on the calendar, s, or None."""
    nominal = np.arange(table.n) / rate
    start = _calendar(lines)
    if "Timestamp" not in header.names[:1]:
        notes.append(f"no time stamps; {rate:g} samples a second by the header")
        return nominal, start
    clock = daytime.seconds(table)
    if clock is None:
        notes.append(f"time stamps not understood; {rate:g} samples a second by the header")
        return nominal, start
    return clock - clock[0], start


def _calendar(lines: list[str]) -> float | None:
    """Start by the header's calendar, s; only differences between files mean anything."""
    text = {
        k: x.removeprefix(k).strip()
        for x in lines[:10]
        for k in ("Start Time", "Start Date")
        if x.startswith(k)
    }
    found = re.search(r"date format (\S+)", lines[0])
    order = (found[1] if found else "M/d/yyyy").lower()
    numbers = re.findall(r"\d+", text.get("Start Date", ""))
    clock = re.findall(r"\d+", text.get("Start Time", ""))
    if len(numbers) != 3 or len(clock) != 3:
        return None
    parts = dict(zip(re.findall(r"[dmy]", re.sub(r"(.)\1+", r"\1", order)), numbers, strict=False))
    try:
        day = datetime(int(parts["y"]), int(parts["m"]), int(parts["d"]))
        h, m, s = (int(x) for x in clock)
        return (day - datetime(2000, 1, 1)).total_seconds() + h * 3600.0 + m * 60.0 + s
    except (KeyError, ValueError):
        return None
