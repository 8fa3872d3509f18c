"""Xsens MT Manager: text export of MTw Awinda and MTi sensors.

Lines starting with ``//`` (version, DeviceId, ``Update Rate: 100.0Hz``), then ``PacketCounter``,
``SampleTimeFine`` (100 us), Acc_* (m/s^2), Gyr_* (rad/s), and orientation as Quat_q0..q3, Roll,
Pitch, Yaw (deg) or Mat[row][column], each turning the sensor into an earth frame with z up.
Separated by tab, comma, semicolon or space. Time is PacketCounter over the update rate, so lost
packets stay gaps; a file without both rate and SampleTimeFine needs ``rate_hz`` in run.toml.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports import rebuild
from hipgait.io.exports.opening import open_at
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Table, lines_of, read_columns
from hipgait.recording import FloatArray

NAME: Final = "xsens_mt"
LABEL: Final = "Xsens MT Manager"
FOLDERED: Final = False

MTW_RANGES: Final = (160.0, float(np.radians(2000.0)))
"""Full scale of the MTw Awinda, m/s^2 and rad/s (MTw Awinda user manual)."""
COUNTER: Final = 65536.0
"""The packet counter has 16 bits."""
WITHIN_S: Final = 5.0
"""Sensors of one recording start at most this far apart, s."""

_GROUPS: Final = {
    "acc": ("Acc_X", "Acc_Y", "Acc_Z"),
    "gyr": ("Gyr_X", "Gyr_Y", "Gyr_Z"),
    "free": ("FreeAcc_E", "FreeAcc_N", "FreeAcc_U"),
    "free_xyz": ("FreeAcc_X", "FreeAcc_Y", "FreeAcc_Z"),
    "quat": ("Quat_q0", "Quat_q1", "Quat_q2", "Quat_q3"),
    "euler": ("Roll", "Pitch", "Yaw"),
    "mat": tuple(f"Mat[{r}][{c}]" for c in (1, 2, 3) for r in (1, 2, 3)),
}


def matches(head: bytes, source: Source) -> bool:
    """``//`` lines followed by a header that starts with PacketCounter."""
    lines = lines_of(head)
    return lines[0].startswith("//") and _header_line(lines) is not None


def hint(source: Source) -> str:
    """Nothing: the file knows only the device's number."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one sensor.

    Raises
    ------
    FormatError : no acceleration, no clock, or rows that cannot be understood.
    """
    file = open_at(
        source, _header_line, "no PacketCounter column", "Export again from MT Manager", " "
    )
    path, lines, header = file.path, file.lines, file.header
    groups = file.groups(_GROUPS)
    orientation = {"quat", "euler", "mat"} & set(groups)
    free = next((k for k in ("free", "free_xyz") if k in groups), None)
    if "acc" not in groups and not (free and orientation):
        raise FormatError(
            path,
            f"this {LABEL} export holds no acceleration"
            + (" (orientation only)" if orientation else ""),
            "Export again from MT Manager with Acceleration and Rate of Turn ticked",
        )
    stamps = [n for n in ("PacketCounter", "SampleTimeFine") if n in header.names]
    table = read_columns(
        path, file.data, header, [*stamps, *(name for g in groups.values() for name in g)]
    )
    notes: list[str] = []
    time, start, period = _clock(table, lines, options, notes)
    R = _orientation(table, groups)
    gyr = scaled([table.columns[n] for n in groups["gyr"]], 1.0) if "gyr" in groups else None
    derived = "acc" not in groups or (gyr is None and R is not None)
    if gyr is None and R is not None:
        gyr = rebuild.angular_velocity(R, time)
    if "acc" in groups:
        acc = scaled([table.columns[n] for n in groups["acc"]], 1.0)
        notes += [rebuild.RATE_NOTE] if derived else []
    else:
        assert R is not None
        assert free is not None
        acc = rebuild.specific_force(R, np.column_stack([table.columns[n] for n in groups[free]]))
        notes.append(rebuild.DERIVED_NOTE)
    mtw = any("ProductCode: MTW2" in x for x in lines[: header.line])
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
        names=(
            stamps[0],
            groups.get("acc") or groups[free or "free"],
            groups.get("gyr", _GROUPS["gyr"]),
        ),
        ranges=MTW_RANGES if mtw and not derived else (None, None),
        derived=derived,
        zero=True,
    )
    return Reading(stream, "xsens_mt", start, period, WITHIN_S)


def _clock(
    table: Table, lines: list[str], options: SensorOptions, notes: list[str]
) -> tuple[FloatArray, float, float]:
    """Time in s, first stamp and period of the counter in s."""
    fine = table.columns.get("SampleTimeFine")
    counter = table.columns.get("PacketCounter")
    rate = options.rate_hz or _update_rate(lines)
    if counter is not None and rate is not None:
        unwrapped = _unwrap(counter, COUNTER if np.nanmax(counter) < COUNTER else 2.0**32)
        lost = np.nansum(np.diff(unwrapped) - 1)
        if lost > 0:
            notes.append(f"{int(lost)} packets lost")
        if options.rate_hz:
            notes.append(f"{options.rate_hz:g} samples a second by run.toml")
        return unwrapped / rate, float(unwrapped[0] / rate), COUNTER / rate
    if fine is not None and np.isfinite(fine).sum() > 1:
        unwrapped = _unwrap(fine, 2.0**32)
        return unwrapped * 1e-4, float(unwrapped[0] * 1e-4), 2.0**32 * 1e-4
    raise FormatError(
        table.path,
        "neither an update rate in the header nor SampleTimeFine",
        "Export again with SampleTimeFine, or state it in run.toml: "
        "[sensors.PLACEMENT] rate_hz = 100",
    )


def _unwrap(counter: FloatArray, period: float) -> FloatArray:
    steps = np.diff(counter)
    turns = np.zeros(len(counter))
    turns[1:][steps < -period / 2] = period
    return np.asarray(counter + np.cumsum(turns))


def _orientation(table: Table, groups: dict[str, tuple[str, ...]]) -> FloatArray | None:
    column = table.columns
    if "quat" in groups:
        return rebuild.quaternion_matrices(np.column_stack([column[n] for n in groups["quat"]]))
    if "mat" in groups:
        flat = np.column_stack([column[n] for n in groups["mat"]])
        return np.asarray(flat.reshape(-1, 3, 3).transpose(0, 2, 1))
    if "euler" in groups:
        roll, pitch, yaw = (np.radians(column[n]) for n in groups["euler"])
        return rebuild.euler_matrices(roll, pitch, yaw)
    return None


def _update_rate(lines: list[str]) -> float | None:
    for line in lines[:40]:
        found = re.match(r"//\s*Update Rate:\s*([0-9.]+)\s*Hz", line)
        if found:
            try:
                rate = float(found[1])
            except ValueError:
                return None
            return rate if 1.0 <= rate <= 10000.0 else None
    return None


def _header_line(lines: Sequence[str]) -> int | None:
    """1-based line of the header: the first that is no comment."""
    for number, line in enumerate(lines[:60], 1):
        if line.strip() and not line.startswith("//"):
            return number if line.startswith(("PacketCounter", "SampleTimeFine")) else None
    return None
