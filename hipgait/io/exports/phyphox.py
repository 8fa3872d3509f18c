"""phyphox (RWTH Aachen; iPhone and Android): CSV, alone or in a folder or zip with ``meta/``.

``"Time (s)","Acceleration x (m/s^2)",...`` with gravity, ``"Linear Acceleration x (m/s^2)"``
without (timing only), ``"Gyroscope x (rad/s)"``; experiments with several sensors write
Accelerometer.csv, Linear Accelerometer.csv and Gyroscope.csv with ``"X (m/s^2)"``. Commas,
semicolons or tabs, 1.23E-3. The experiment's clock stands still while it is paused: meta/time.csv
tells how long. Sources: github.com/phyphox/phyphox-docs (docs/file-format/input.md: sensors and
units; "generate" repeats samples); an export of phyphox 1.1.16 on an iPhone. That iPhones follow
Android's sign is said there of the attitude only, and taken for the acceleration.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports.companions import beside, companion, onto, take
from hipgait.io.files import Source
from hipgait.io.plausible import LEVEL_MIN, Units, acc_level
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.stamps import held
from hipgait.io.tables import Table, as_text, find_header, lines_of, read_columns, split
from hipgait.recording import FloatArray

NAME: Final = "phyphox"
LABEL: Final = "phyphox"
FOLDERED: Final = True

TIME: Final = "Time (s)"
ACC: Final = tuple(f"Acceleration {a} (m/s^2)" for a in "xyz")
FREE: Final = tuple(f"Linear Acceleration {a} (m/s^2)" for a in "xyz")
GYR: Final = tuple(f"Gyroscope {a} (rad/s)" for a in "xyz")
BARE_ACC: Final = tuple(f"{a} (m/s^2)" for a in "XYZ")
BARE_GYR: Final = tuple(f"{a} (rad/s)" for a in "XYZ")
_FREE_FILE: Final = re.compile(r"Linear[ _]Accelerometer$")
_WITH_G: Final = "Accelerometer"
_TURNED: Final = "Gyroscope"


def matches(head: bytes, source: Source) -> bool:
    """The header of an accelerometer, or of a gyroscope that has none beside it."""
    names = _names(head)
    if names[:1] != [TIME]:
        return False
    if _has(names, ACC) or _has(names, FREE) or _has(names, BARE_ACC):
        free = _FREE_FILE.search(source.stem)
        return free is None or companion(source, free[0], _WITH_G) is None
    return not _beside_accelerometer(source) and (_has(names, GYR) or _has(names, BARE_GYR))


def belongs(head: bytes, source: Source) -> bool:
    """A sensor of a phone whose accelerometer is beside it."""
    free = _FREE_FILE.search(source.stem)
    better = free is not None and companion(source, free[0], _WITH_G) is not None
    return _names(head)[:1] == [TIME] and (better or _beside_accelerometer(source))


def hint(source: Source) -> str:
    """The name of the folder."""
    return source.path.parent.name


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one phone.

    Raises
    ------
    FormatError : no accelerometer, or rows that cannot be understood.
    """
    notes: list[str] = []
    table = _table(source)
    names = table.header.names
    acc_names = next((g for g in (ACC, FREE, BARE_ACC) if _has(names, g)), None)
    if acc_names is None:
        raise FormatError(
            source.path,
            "a gyroscope without its accelerometer",
            "Record 'Acceleration (with g)' and the gyroscope in one experiment",
        )
    acc = scaled([table.columns[n] for n in acc_names], 1.0)
    gyr = _gyroscope(source, table, notes)
    twice = held(acc)
    if twice.mean() > 0.01:
        notes.append(f"{int(twice.sum())} rows that repeat the sample before left out")
        table, acc = take(table, ~twice), acc[~twice]
        gyr = None if gyr is None else gyr[~twice]
    time, start = _clock(source, table.columns[TIME], notes)
    free = acc_names == FREE or (
        acc_names == BARE_ACC and _without_gravity(source, acc, time, notes)
    )
    stream = finish(
        table,
        time,
        acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=[*table.notes, *notes],
        units=Units(gyr=1.0, gyr_word="rad/s"),
        names=(TIME, acc_names, GYR),
        gravity_removed=free,
        zero=True,
    )
    if start is None:
        return Reading(stream)
    first = float(start + time[np.isfinite(time)][0])
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=first)
    return Reading(stream, "unix", first, exact=False, start_utc=utc)


def _beside_accelerometer(source: Source) -> bool:
    """Whether a Gyroscope.csv has an accelerometer's file beside it."""
    return any(companion(source, _TURNED, k) for k in (_WITH_G, "Linear Accelerometer"))


def _names(head: bytes) -> list[str]:
    line = lines_of(head)[0]
    return split(line, max("\t;,", key=line.count))


def _has(names: list[str] | tuple[str, ...], group: tuple[str, ...]) -> bool:
    return set(group) <= set(names)


def _table(source: Source) -> Table:
    path = source.path
    data = as_text(path, source.read())
    header = find_header(path, data, 1)
    groups = (ACC, FREE, GYR, BARE_ACC, BARE_GYR)
    wanted = [n for g in groups if _has(header.names, g) for n in g]
    return read_columns(path, data, header, [TIME, *wanted])


def _gyroscope(source: Source, table: Table, notes: list[str]) -> FloatArray | None:
    """(n, 3) rad/s at the accelerometer's rows: of the same file, or of Gyroscope.csv beside it."""
    group = next((g for g in (GYR, BARE_GYR) if _has(tuple(table.columns), g)), None)
    if group is not None:
        return scaled([table.columns[n] for n in group], 1.0)
    free = _FREE_FILE.search(source.stem)
    other = companion(source, free[0] if free else _WITH_G, _TURNED)
    if other is None:
        return None
    turned = _table(other)
    group = next((g for g in (GYR, BARE_GYR) if _has(tuple(turned.columns), g)), None)
    if group is None:
        raise FormatError(
            other.path, f"no column {GYR[0]!r}", "Leave the file out, or export it again", line=1
        )
    notes.append(f"{other.stem} brought to the times of {source.stem}")
    values = scaled([turned.columns[n] for n in group], 1.0)
    return onto(table.columns[TIME], turned.columns[TIME], values)


def _without_gravity(source: Source, acc: FloatArray, time: FloatArray, notes: list[str]) -> bool:
    """Whether columns that are only called X, Y, Z come without gravity: by the file's name, else
    by their average."""
    if _FREE_FILE.search(source.stem):
        return True
    if source.stem.endswith(_WITH_G):
        return False
    level = acc_level(acc, 1.0 / float(np.median(np.diff(time))))
    notes.append(
        f"the acceleration averages {level:.1f} m/s^2: gravity is "
        + ("missing" if level < LEVEL_MIN else "included")
    )
    return level < LEVEL_MIN


def _clock(source: Source, time: FloatArray, notes: list[str]) -> tuple[FloatArray, float | None]:
    """Time in s with the pauses put back, and the time since 1970 at its zero, s, or None."""
    about = beside(source, "meta/time.csv")
    if about is None:
        return time, None
    rows = [split(line, ",") for line in lines_of(about.read()) if line.strip()]
    try:
        starts = np.array([(float(r[1]), float(r[2])) for r in rows if r[0] == "START"])
    except (IndexError, ValueError):
        return time, None
    if not len(starts):
        return time, None
    behind = starts[:, 1] - starts[:, 0]
    paused = behind - behind[0]
    part = np.clip(np.searchsorted(starts[:, 0], time, side="right") - 1, 0, len(starts) - 1)
    if len(starts) > 1:
        notes.append(f"paused {len(starts) - 1} times, {paused[-1]:.1f} s in all")
    return time + paused[part], float(behind[0])
