"""Sensor Logger (Kelvin Choi; iPhone and Android): one folder or zip a phone, one CSV a sensor.

``time,seconds_elapsed,z,y,x`` (columns are read by name), ``time`` in ns since 1970 (UTC), m/s^2
and rad/s. Android has TotalAcceleration (with gravity); iPhones have Accelerometer (without) and
Gravity, which are added, both with the opposite sign unless "Standardise Units & Frames" was on:
Metadata.csv tells (``platform``, ``standardisation``). AccelerometerUncalibrated holds g with the
iPhone's sign, or m/s^2 with Android's: its level tells which. Accelerometer without Gravity gives
timing only. Sources: github.com/tszheichoi/awesome-sensor-logger, README.md, UNITS.md,
COORDINATES.md, CROSSPLATFORM.md.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish
from hipgait.io.exports.companions import beside, companion, onto
from hipgait.io.files import Source
from hipgait.io.placement import guess_placement
from hipgait.io.plausible import Units, acc_level
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Table, as_text, find_header, lines_of, read_columns, split
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "sensor_logger"
LABEL: Final = "Sensor Logger"
FOLDERED: Final = True

TIME: Final = "time"
ELAPSED: Final = "seconds_elapsed"
AXES: Final = ("x", "y", "z")
TOTAL: Final = "TotalAcceleration"
FREE: Final = "Accelerometer"
RAW: Final = "AccelerometerUncalibrated"
GRAVITY: Final = "Gravity"
GYROSCOPES: Final = ("Gyroscope", "GyroscopeUncalibrated")
KINDS: Final = (TOTAL, RAW, FREE, GRAVITY, *GYROSCOPES)
IN_G_BELOW: Final = 3.0
"""An average below this is in g (iPhone), above in m/s^2."""


def matches(head: bytes, source: Source) -> bool:
    """The header of a three-axis sensor, in the file of the folder that the stream is read from.

    Also a lone gyroscope and a renamed file, to say what is missing.
    """
    if not _has_header(head):
        return False
    kind = _kind(source)
    if kind == "":
        return guess_placement(source.stem) is not None
    primary = _primary(source, kind)
    return primary == kind or (primary is None and kind in GYROSCOPES)


def belongs(head: bytes, source: Source) -> bool:
    """A sensor of a phone whose accelerometer is beside it, or the metadata."""
    kind = _kind(source)
    if kind and _has_header(head):
        return _primary(source, kind) not in (None, kind)
    return source.stem.endswith("Metadata") and b"recording epoch time" in head


def hint(source: Source) -> str:
    """The name of the folder."""
    return source.path.parent.name


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one phone.

    Raises
    ------
    FormatError : no accelerometer, a sign that cannot be known, rows that cannot be understood.
    """
    kind = _kind(source)
    if kind == "":
        raise FormatError(
            source.path,
            "the name does not say which of the phone's sensors this is",
            "Keep Sensor Logger's names (TotalAcceleration.csv, Gyroscope.csv, ...) and name the "
            "folder or the zip after the placement",
        )
    if kind in GYROSCOPES:
        raise FormatError(
            source.path, "a gyroscope without its accelerometer", "Export the accelerometer as well"
        )
    about = _metadata(source)
    table, time = _read(source)
    acc = _vectors(table)
    gravity = companion(source, kind, GRAVITY) if kind == FREE else None
    notes = list(table.notes)
    if gravity is not None:
        other, other_time = _read(gravity)
        acc = acc + onto(time, other_time, _vectors(other))
        notes.append("acceleration and gravity added")
    sign, unit = _convention(source, kind, acc, time, about, notes)
    gyr = None
    turned = next((g for k in GYROSCOPES if (g := companion(source, kind, k)) is not None), None)
    if turned is not None:
        other, other_time = _read(turned)
        gyr = onto(time, other_time, _vectors(other))
        notes.append(f"{turned.stem} brought to the times of {source.stem}")
    stream = finish(
        table,
        time - time[np.isfinite(time)][0],
        sign * unit * acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(acc=unit, acc_word="g" if unit != 1.0 else "m/s^2", gyr=1.0, gyr_word="rad/s"),
        names=(TIME, AXES, AXES),
        gravity_removed=kind == FREE and gravity is None,
        zero=True,
    )
    start = float(time[np.isfinite(time)][0])
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=start)
    return Reading(stream, "unix", start, exact=False, start_utc=utc)


def _has_header(head: bytes) -> bool:
    return {TIME, ELAPSED, *AXES} <= set(split(lines_of(head)[0], ","))


def _kind(source: Source) -> str:
    """Which of the phone's sensors, by the end of the file's name; "" where it does not say."""
    return next((k for k in KINDS if source.stem.endswith(k)), "")


def _primary(source: Source, kind: str) -> str | None:
    """The accelerometer file of the folder that is the best to read."""

    def there(other: str) -> bool:
        return other == kind or companion(source, kind, other) is not None

    if there(TOTAL):
        return TOTAL
    if there(FREE) and there(GRAVITY):
        return FREE
    return next((k for k in (RAW, FREE) if there(k)), None)


def _metadata(source: Source) -> dict[str, str]:
    """First row of Metadata.csv by its header; empty where there is none."""
    found = companion(source, _kind(source), "Metadata") or beside(source, "Metadata.csv")
    if found is None:
        return {}
    rows = csv.DictReader(found.read().decode("utf-8-sig", errors="replace").splitlines())
    try:
        return {str(k).strip().lower(): str(v).strip().lower() for k, v in next(rows, {}).items()}
    except csv.Error as error:
        raise FormatError(
            found.path, f"not readable as a table ({error})", "Export it again"
        ) from None


def _read(source: Source) -> tuple[Table, FloatArray]:
    """Table and time in s since 1970."""
    path = source.path
    data = as_text(path, source.read())
    header = find_header(path, data, 1)
    missing = [name for name in (TIME, ELAPSED, *AXES) if name not in header.names]
    if missing:
        raise FormatError(path, f"no column {missing[0]!r}", "Export it again", line=1)
    table = read_columns(path, data, header, [TIME, ELAPSED, *AXES])
    time, elapsed = table.columns[TIME], table.columns[ELAPSED]
    known = np.isfinite(time) & np.isfinite(elapsed)
    if known.sum() < 2:
        raise FormatError(path, "fewer than two samples", "Export the whole recording")
    span = float(np.ptp(elapsed[known]))
    ratio = float(np.ptp(time[known])) / span if span > 0 else 0.0
    unit = 10.0 ** round(np.log10(ratio)) if ratio > 0 else 0.0
    if not unit or abs(ratio / unit - 1.0) > 0.01:
        raise FormatError(
            path, "time and seconds_elapsed contradict each other", "Export again", column=TIME
        )
    return table, time / unit


def _vectors(table: Table) -> FloatArray:
    """(n, 3) x, y, z in the file's unit."""
    return np.column_stack([table.columns[a] for a in AXES])


def _convention(
    source: Source,
    kind: str,
    acc: FloatArray,
    time: FloatArray,
    about: dict[str, str],
    notes: list[str],
) -> tuple[float, float]:
    """Sign to specific force and unit in m/s^2."""
    if kind == TOTAL:
        return 1.0, 1.0
    if kind == RAW:
        rate = 1.0 / float(np.median(np.diff(time)))
        in_g = acc_level(acc, rate) < IN_G_BELOW
        notes.append(
            "uncalibrated acceleration averages "
            + ("1: taken as g with the iPhone's sign" if in_g else "9.8: taken as m/s^2")
        )
        return (-1.0, G_MPS2) if in_g else (1.0, 1.0)
    platform = about.get("platform", "")
    if platform not in ("ios", "android"):
        raise FormatError(
            source.path,
            "iPhones and Android phones differ in the sign of the acceleration, and no "
            "Metadata.csv says which this was",
            "Put the Metadata.csv of the export beside it",
        )
    standard = about.get("standardisation", "")
    if platform == "ios" and standard not in ("true", "false"):
        notes.append("Metadata.csv does not tell the standardisation: taken as off")
    return (1.0, 1.0) if platform == "android" or standard == "true" else (-1.0, 1.0)
