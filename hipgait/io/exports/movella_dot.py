"""Movella DOT (Xsens DOT): CSV of the phone apps, the data exporter and the PC SDK.

Preamble ``DeviceTag: ... StartTime:`` (absent from the PC SDK's log), then ``PacketCounter,
SampleTimeFine, ...``. SampleTimeFine counts microseconds in 32 bits (the PC SDK's log: 100 us).
Acc_* are m/s^2 and Gyr_* deg/s; Quat_* or Euler_* (deg) turn the sensor into an earth frame with
z up, FreeAcc_* is earth-fixed and without gravity (Movella DOT user manual). Without raw signals
they are rebuilt and marked ``derived``; orientation alone is refused. The high-fidelity modes give
increments over one sample interval: dv[1..3] (m/s) and dq_W..Z.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
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
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "movella_dot"
LABEL: Final = "Movella DOT"
FOLDERED: Final = False

RANGES: Final = (16.0 * G_MPS2, float(np.radians(2000.0)))
"""Full scale of the sensor, m/s^2 and rad/s (Movella DOT data sheet)."""
TICK_LIMIT: Final = 2500.0
"""Median steps below this count in 100 us (above 4 Hz), larger ones in us (below 400 Hz)."""
WITHIN_S: Final = 60.0
"""Synchronised sensors start at most this far apart, s."""

_GROUPS: Final = {
    "acc": ("Acc_X", "Acc_Y", "Acc_Z"),
    "gyr": ("Gyr_X", "Gyr_Y", "Gyr_Z"),
    "free": ("FreeAcc_X", "FreeAcc_Y", "FreeAcc_Z"),
    "quat": ("Quat_W", "Quat_X", "Quat_Y", "Quat_Z"),
    "euler": ("Euler_X", "Euler_Y", "Euler_Z"),
    "dv": ("dv[1]", "dv[2]", "dv[3]"),
    "dq": ("dq_W", "dq_X", "dq_Y", "dq_Z"),
}
_INCREMENTS_NOTE: Final = (
    "acceleration and angular velocity are the sensor's own increments (dv, dq) over its measured "
    "sample interval"
)


def matches(head: bytes, source: Source) -> bool:
    """A line with SampleTimeFine and DOT columns, in a file that is not MT Manager's."""
    lines = lines_of(head)
    line = _header_line(lines)
    if line is None or any(x.startswith("//") for x in lines[:3]):
        return False
    names = {n.strip() for n in re.split(r"[,;\t]", lines[line - 1])}
    return any(set(group) <= names for group in _GROUPS.values())


def hint(source: Source) -> str:
    """The tag that the owner gave the sensor."""
    return _field(lines_of(source.head()), "DeviceTag")


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one sensor.

    Raises
    ------
    FormatError : no acceleration, or rows that cannot be understood.
    """
    file = open_at(source, _header_line, "no SampleTimeFine column", "Export again as CSV")
    path, lines, header = file.path, file.lines, file.header
    groups = file.groups(_GROUPS)
    increments = {"dv", "dq"} <= set(groups) and "acc" not in groups
    rebuilt = "free" in groups and {"quat", "euler"} & set(groups)
    if "acc" not in groups and not increments and not rebuilt:
        have = "orientation only, no acceleration" if "free" not in groups else "no orientation"
        raise FormatError(
            path,
            f"this {LABEL} export holds {have}",
            "Record with a mode that includes acceleration and angular velocity "
            "(for example Custom Mode 5)",
        )
    wanted = ["SampleTimeFine", *(name for g in groups.values() for name in g)]
    wanted += ["PacketCounter"] if "PacketCounter" in header.names else []
    table = read_columns(path, file.data, header, wanted, short_rows_missing=True)
    time, start, wrap, notes = _clock(table)
    acc, gyr, derived = _signals(table, groups, time, notes)
    notes += [*table.notes, *_lost(table)]
    rate = _field(lines, "OutputRate")
    synced = _field(lines, "SyncStatus").lower() == "synced"
    notes += [f"stated output rate {rate}"] if rate else []
    stream = finish(
        table,
        time,
        acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(),
        names=(
            "SampleTimeFine",
            groups.get("acc") or groups["dv" if increments else "free"],
            groups.get("gyr") or groups.get("dq", _GROUPS["gyr"]),
        ),
        ranges=(None, None) if derived else RANGES,
        derived=derived,
        zero=True,
    )
    utc = _start_utc(_field(lines, "StartTime"))
    if synced:
        return Reading(stream, "movella_dot", start, wrap, WITHIN_S, start_utc=utc)
    return Reading(stream, start_utc=utc)


def _signals(
    table: Table, groups: dict[str, tuple[str, ...]], time: FloatArray, notes: list[str]
) -> tuple[FloatArray, FloatArray | None, bool]:
    """acc, gyr in SI and whether they are rebuilt."""
    column = table.columns
    acc = scaled([column[n] for n in groups["acc"]], 1.0) if "acc" in groups else None
    gyr = scaled([column[n] for n in groups["gyr"]], np.pi / 180) if "gyr" in groups else None
    if acc is not None and gyr is not None:
        return acc, gyr, False
    if acc is None and {"dv", "dq"} <= set(groups):
        step = float(np.median(np.diff(time[np.isfinite(time)])))
        turn = rebuild.quaternion_matrices(np.column_stack([column[n] for n in groups["dq"]]))
        notes.append(_INCREMENTS_NOTE)
        acc = scaled([column[n] for n in groups["dv"]], 1.0 / step)
        return acc, rebuild.rotation_vector(turn) / step, False
    R: FloatArray | None = None
    if "quat" in groups:
        R = rebuild.quaternion_matrices(np.column_stack([column[n] for n in groups["quat"]]))
    elif "euler" in groups:
        roll, pitch, yaw = (np.radians(column[n]) for n in groups["euler"])
        R = rebuild.euler_matrices(roll, pitch, yaw)
    if gyr is None and R is not None:
        gyr = rebuild.angular_velocity(R, time)
    if acc is not None:
        notes += [rebuild.RATE_NOTE] if gyr is not None else []
        return acc, gyr, gyr is not None
    assert R is not None
    notes.append(rebuild.DERIVED_NOTE)
    free = np.column_stack([column[n] for n in groups["free"]])
    return rebuild.specific_force(R, free), gyr, True


def _lost(table: Table) -> list[str]:
    """Note on packets that the radio lost."""
    counter = table.columns.get("PacketCounter")
    if counter is None or len(counter) < 2:
        return []
    steps = np.diff(counter[np.isfinite(counter)])
    lost = int(np.sum(steps[steps > 1] - 1))
    return [f"{lost} packets lost"] if 0 < lost < 1e9 else []


def _clock(table: Table) -> tuple[FloatArray, float, float, list[str]]:
    """Time in s (as counted), first stamp and period of the counter in s, notes."""
    raw = table.columns["SampleTimeFine"]
    raw = np.where(np.isfinite(raw), raw, np.nan)
    seen = raw[np.isfinite(raw)]
    if len(seen) < 2:
        raise FormatError(table.path, "fewer than two samples", "Export the whole recording")
    step = float(np.median(np.diff(seen) % 2.0**32))
    tick = 1e-4 if step < TICK_LIMIT else 1e-6
    back = np.zeros(len(raw))
    back[1:][np.diff(raw) < -(2.0**31)] = 2.0**32
    notes = ["SampleTimeFine ran over and was continued"] if back.any() else []
    return (raw + np.cumsum(back)) * tick, float(seen[0] * tick), 2.0**32 * tick, notes


def _header_line(lines: Sequence[str]) -> int | None:
    """1-based line of the header."""
    return next((k for k, x in enumerate(lines[:60], 1) if "SampleTimeFine" in x), None)


def _field(lines: list[str], key: str) -> str:
    for line in lines[:40]:
        name, _, rest = line.partition(":")
        if name.strip() == key:
            return rest.strip(" ,")
    return ""


def _start_utc(text: str) -> datetime | None:
    """``2021-08-20_20:21:13_829 GMT+8`` or ``2024-12-09 11:37:39.631 +0100``."""
    found = re.match(
        r"(\d{4}-\d\d-\d\d)[_ ](\d\d:\d\d:\d\d)[_.](\d{1,6})\s*(?:GMT|UTC)?"
        r"(?:([+-]\d{1,2}):?(\d\d)?)?(Z|$)",
        text.strip(),
    )
    if not found or not (found[4] or "GMT" in text or "UTC" in text or found[6] == "Z"):
        return None
    try:
        zone = timezone(
            timedelta(
                hours=int(found[4] or 0),
                minutes=int(found[5] or 0) * (-1 if (found[4] or "").startswith("-") else 1),
            )
        )
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}.{found[3]:0<6}")
        return local.replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None
