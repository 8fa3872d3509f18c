"""Polar Sensor Logger (H10, OH1, Verity Sense): ``..._ACC.txt``, with ``..._GYRO.txt`` beside it.

``Phone timestamp;sensor timestamp [ns];X [mg];Y [mg];Z [mg]`` and the same with ``[dps]``. The
sensor's time is taken; it may be set in the middle of a recording (it then jumps by years while
the phone's goes on), which is taken out. Sources: headers written by public Android apps on Polar's
SDK in this layout and read by public loaders; the jump is described by one of them with counts of
real files. No recording was at hand.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports.companions import companion, onto
from hipgait.io.exports.daytime import clock_seconds
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Dialect, Table, as_text, find_header, lines_of, read_columns, split
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "polar_sensor_logger"
LABEL: Final = "Polar Sensor Logger"
FOLDERED: Final = False

PHONE: Final = "Phone timestamp"
SENSOR: Final = "sensor timestamp [ns]"
ACC_UNITS: Final = {"mg": G_MPS2 / 1000.0, "g": G_MPS2}
GYR_UNITS: Final = ("dps", "deg/s", "deg/sec")
PAIRS: Final = (
    ("_ACC", "_GYRO"),
    ("_ACC", "_GYR"),
    ("ACCData", "GYRData"),
    ("Accelerometer", "Gyroscope"),
)
"""Names of the accelerometer's and the gyroscope's file."""
JUMP_S: Final = 1.0
"""A step of the sensor's clock that differs by more from the phone's was a setting of it, s."""


def matches(head: bytes, source: Source) -> bool:
    """The header with accelerations, or with angular velocities that have no file beside them."""
    unit = _unit_of(head)
    return unit in ACC_UNITS or (unit in GYR_UNITS and not _beside_accelerometer(source))


def belongs(head: bytes, source: Source) -> bool:
    """The gyroscope of a device whose accelerometer is beside it."""
    return _unit_of(head) in GYR_UNITS and _beside_accelerometer(source)


def hint(source: Source) -> str:
    """Nothing: the file knows only the device's number."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one device.

    Raises
    ------
    FormatError : no accelerometer, or rows that cannot be understood.
    """
    notes: list[str] = []
    table, names, unit = _open(source)
    if unit not in ACC_UNITS:
        raise FormatError(
            source.path,
            "a gyroscope without its accelerometer",
            "Put the _ACC file of the recording beside it",
            line=1,
        )
    time, start, dated = _clock(table, notes)
    gyr = None
    other = next((f for acc, g in PAIRS if (f := companion(source, acc, g)) is not None), None)
    if other is not None:
        turned, columns, word = _open(other)
        if word not in GYR_UNITS:
            raise FormatError(other.path, "no angular velocity in dps", "Leave it out", line=1)
        at, _, _ = _clock(turned, [])
        gyr = onto(time, at, scaled([turned.columns[n] for n in columns], np.pi / 180.0))
        notes.append(f"{other.stem} brought to the times of {source.stem}")
    stream = finish(
        table,
        time,
        scaled([table.columns[n] for n in names], ACC_UNITS[unit]),
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=[*table.notes, *notes],
        units=Units(acc=ACC_UNITS[unit], acc_word=unit),
        names=(SENSOR, names, ("X [dps]", "Y [dps]", "Z [dps]")),
        zero=True,
    )
    return Reading(stream, "calendar" if dated else None, start, exact=False)


def _unit_of(head: bytes) -> str:
    """Unit of the app's header; "" where it is another."""
    names = split(lines_of(head)[0], ";")
    return _unit(names) if PHONE in names and SENSOR in names else ""


def _beside_accelerometer(source: Source) -> bool:
    return any(companion(source, gyr, acc) for acc, gyr in PAIRS)


def _unit(names: list[str] | tuple[str, ...]) -> str:
    """Unit of the X column; capital G is gauss and not known here."""
    found = (re.match(r"X \[(.+)\]$", n) for n in names)
    return next((f[1].strip() for f in found if f), "")


def _open(source: Source) -> tuple[Table, tuple[str, ...], str]:
    """Table, its three columns and their unit."""
    path = source.path
    data = as_text(path, source.read())
    header = find_header(path, data, 1, ";")
    cells = split(lines_of(data[header.start : header.start + 4096])[0], ";")
    if any("," in cell for cell in cells[1:]):  # decimal commas, beside a stamp with a point
        header = replace(header, dialect=Dialect(";", ","))
    unit = _unit(header.names)
    names = tuple(f"{a} [{unit}]" for a in "XYZ")
    missing = [n for n in (SENSOR, *names) if n not in header.names]
    if missing:
        raise FormatError(path, f"no column {missing[0]!r}", "Export again", line=1)
    return read_columns(path, data, header, [SENSOR, *names]), names, unit


def _clock(table: Table, notes: list[str]) -> tuple[FloatArray, float, bool]:
    """Sensor time in s without jumps of its setting, start by the phone, whether that is dated."""
    sensor = table.columns[SENSOR] * 1e-9
    phone, dated = clock_seconds(table, PHONE)
    start = float(phone[np.isfinite(phone)][0]) if np.isfinite(phone).any() else 0.0
    if len(sensor) < 2:
        return sensor, start, dated
    step, passed = np.diff(sensor), np.diff(phone)
    usual = float(np.nanmedian(step))
    with np.errstate(invalid="ignore"):
        set_ = (np.abs(step) > JUMP_S) & (np.abs(step - passed) > JUMP_S)
    if set_.any():
        surplus = np.where(set_, step - np.maximum(np.nan_to_num(passed), usual), 0.0)
        sensor = sensor - np.r_[0.0, np.cumsum(surplus)]
        notes.append(f"the sensor's clock was set {int(set_.sum())} times in between: taken out")
    return sensor, start, dated
