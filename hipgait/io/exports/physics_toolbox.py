"""Physics Toolbox Sensor Suite (Vieyra): ``time,gFx,gFy,gFz,...``, ``time,ax,ay,az,wx,wy,wz``.

gF* in g with gravity; a* in m/s^2 without (the linear accelerometer: timing only); w* in rad/s;
units may stand in the header (``ax (m/s^2)``), lines with ``#`` before it. Time in seconds or as a
clock. Measured on three exports of phones at the ankle (github.com/huy-n1001/gait_calculation):
the slower sensor is repeated (sample and hold), single stamps read "Time", a left-over first row
lies 70 s before the rest, and stamps of delivery come in bursts (up to 60 ms late). In one of them
gF* and a* have opposite signs: which is right cannot be told, so that a pelvis, or any sensor with
a gyroscope, is refused there. Layouts also in public readers of these files (found by their
headers ``time,gFx,gFy,gFz,TgF`` and ``time,wx,wy,wz``).
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports.companions import onto, take
from hipgait.io.exports.daytime import clock_seconds
from hipgait.io.files import Source
from hipgait.io.plausible import GRAVITY_THERE, Units, acc_level
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.stamps import even_out, fragments, held
from hipgait.io.tables import Header, as_text, find_header, lines_of, read_columns, split
from hipgait.names import G_MPS2, PELVIS
from hipgait.recording import BoolArray, FloatArray

NAME: Final = "physics_toolbox"
LABEL: Final = "Physics Toolbox Sensor Suite"
FOLDERED: Final = False

_GROUPS: Final = {"force": "gF", "free": "a", "gyr": "w"}
_AXES: Final = "xyz"


def matches(head: bytes, source: Source) -> bool:
    """``time`` and gF*, or a* with its unit, total or w*, or w* in the first line that is no
    comment."""
    line = _header_line(lines_of(head))
    if line is None:
        return False
    text = lines_of(head)[line - 1]
    names = split(text, max("\t;,", key=text.count))
    found = _columns(names)
    if set(found) == {"free"}:  # "time,ax,ay,az" alone may be anybody's
        total = {n.split("(")[0].strip().lower() for n in names} & {"at", "atotal"}
        return bool(_unit(found["free"][0]) or total)
    return bool(found)


def hint(source: Source) -> str:
    """Nothing: the app writes no names."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one phone.

    Raises
    ------
    FormatError : no accelerometer, signs that contradict each other where they matter, or rows
        that cannot be understood.
    """
    path = source.path
    data = as_text(path, source.read())
    line = _header_line(lines_of(data[:65536])) or 1
    header = find_header(path, data, line)
    groups = _columns(list(header.names))
    if "force" not in groups and "free" not in groups:
        raise FormatError(
            path,
            "a gyroscope without an accelerometer",
            "Record g-force and gyroscope together (Multi Record)",
            line=line,
        )
    table = read_columns(path, data, header, [n for g in groups.values() for n in g])
    notes = list(table.notes)
    time, dated = clock_seconds(table, header.names[0])
    lost = ~np.isfinite(time)
    if lost.any():
        notes.append(f"{int(lost.sum())} rows without a readable time left out")
    table, time = take(table, ~lost), time[~lost]
    keep = fragments(time, notes)
    table, time = take(table, keep), time[keep]

    main = "force" if "force" in groups else "free"
    unit = G_MPS2 if main == "force" else 1.0
    acc = scaled([table.columns[n] for n in groups[main]], unit)
    gyr = None
    turn, word = _rate_unit(header, groups.get("gyr", ()))
    if "gyr" in groups:
        gyr = scaled([table.columns[n] for n in groups["gyr"]], turn)
    if main == "force" and "free" in groups:
        _check_signs(
            path,
            placement,
            acc,
            scaled([table.columns[n] for n in groups["free"]], 1.0),
            gyr is not None,
            notes,
        )
    new = _new_samples(time, acc, notes, "acceleration")
    if gyr is not None:
        fresh = _new_samples(time, gyr, notes, "angular velocity")
        gyr = onto(time[new], time[fresh], gyr[fresh])
    table, time, acc = take(table, new), even_out(time[new], notes), acc[new]
    removed = main == "free"
    if removed and len(time) > 1:
        level = acc_level(acc, 1.0 / max(float(np.median(np.diff(time))), 1e-4))
        if level >= GRAVITY_THERE:
            removed = False
            notes.append(f"the acceleration averages {level:.1f} m/s^2: gravity is included")
    stream = finish(
        table,
        time,
        acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(unit, "g" if unit != 1.0 else "m/s^2", turn, word),
        names=(header.names[0], groups[main], groups.get("gyr", ("wx", "wy", "wz"))),
        gravity_removed=removed,
        zero=True,
    )
    return Reading(stream, "calendar" if dated else None, float(time[0]), exact=False)


def _header_line(lines: list[str]) -> int | None:
    """1-based line of the first line that is neither blank nor a comment, if it starts so."""
    for number, line in enumerate(lines[:60], start=1):
        if line.strip() and not line.startswith("#"):
            first = split(line, max("\t;,", key=line.count))[0]
            return number if first.lower() == "time" else None
    return None


def _columns(names: list[str]) -> dict[str, tuple[str, ...]]:
    """Group -> its three columns, units in brackets or not."""
    plain = {re.sub(r"\s*\(.*?\)\s*$", "", n): n for n in names}
    found = {
        group: tuple(plain[f"{word}{a}"] for a in _AXES)
        for group, word in _GROUPS.items()
        if all(f"{word}{a}" in plain for a in _AXES)
    }
    units = {"force": ("", "g"), "free": ("", "m/s^2", "m/s²", "m/s2")}
    for group, allowed in units.items():
        if group in found and _unit(found[group][0]) not in allowed:
            del found[group]
    return found


def _unit(name: str) -> str:
    found = re.search(r"\((.*?)\)\s*$", name)
    return found[1].strip().lower() if found else ""


def _rate_unit(header: Header, names: tuple[str, ...]) -> tuple[float, str]:
    """SI value and name of the gyroscope's unit: rad/s unless the header says degrees."""
    unit = _unit(names[0]) if names else ""
    if unit.startswith(("deg", "°")):
        return float(np.pi / 180.0), "deg/s"
    return 1.0, "rad/s"


def _new_samples(time: FloatArray, values: FloatArray, notes: list[str], word: str) -> BoolArray:
    """(n,) rows with a new sample: neither empty nor the row before once more."""
    new: BoolArray = np.asarray(np.isfinite(values).all(axis=1))
    rows = np.flatnonzero(new)
    repeated = held(values if new.all() else values[rows])
    if repeated.mean() > 0.01:
        new[rows[repeated]] = False
        notes.append(
            f"{int(repeated.sum())} of {len(rows)} rows repeat the {word} before (sample and "
            "hold): left out"
        )
        return new
    twice = repeated & (np.diff(time[rows], prepend=np.nan) == 0)
    if twice.any():
        new[rows[twice]] = False
        notes.append(f"{int(twice.sum())} rows with an {word} written twice left out")
    return new


def _check_signs(
    path: object,
    placement: str,
    force: FloatArray,
    free: FloatArray,
    has_gyr: bool,
    notes: list[str],
) -> None:
    """Specific force minus free acceleration is gravity: of one length. If it is so only with the
    sign turned, the two contradict each other."""
    spread = []
    for sign in (1.0, -1.0):
        gravity = np.linalg.norm(sign * force[:-1] - free[1:], axis=1)
        same = np.linalg.norm(sign * force - free, axis=1)
        spread.append(min(float(np.nanstd(gravity)), float(np.nanstd(same))))
    if spread[0] <= 2.0 * spread[1]:
        return
    if has_gyr or placement == PELVIS:
        raise FormatError(
            str(path),
            "g-force and linear acceleration have opposite signs: which way is up cannot be told",
            "Record with another app, for example phyphox with 'Acceleration (with g)'",
            column="gFx",
        )
    notes.append("g-force and linear acceleration have opposite signs; no harm at this place")
