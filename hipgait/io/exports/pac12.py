"""PAC-12 layout: CSV of IMeasureU Blue Thunder sensors, one file a sensor.

One header line, then ten columns: time, three times acceleration (g), angular velocity (deg/s) and
magnetic field (uT), recorded on board at 500 Hz (github.com/alcantarar/PAC12_IMU_Toolbox:
Preprocessing/README.md and support_fxns/importIMUs.m, which skips the header). The header's wording
is not published: columns are told by their order and first letters; units by the header where it
states them, else by gravity, by the step of the time and as documented, and then noted. The 500 Hz
are not relied on. Each sensor keeps its own time (the toolbox found them apart): not synchronised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import assign, finish, scaled
from hipgait.io.exports.opening import Opened, open_at
from hipgait.io.files import Source
from hipgait.io.plausible import Units, acc_level
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Dialect, Header, lines_of, read_columns, split
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "pac12"
LABEL: Final = "PAC-12 layout (IMeasureU Blue Thunder)"
FOLDERED: Final = False

_KINDS: Final = ("a(cc|ccel|cceleration|ccelerometer)?", "(w|g|gyr|gyro|gyroscope|omega)",
                 "m(ag|agn|agnetometer)?")  # fmt: skip
_UNIT: Final = re.compile(r"[(\[]\s*(?P<unit>[^)\]]+?)\s*[)\]]|_(?P<tail>s|ms|us|g|mps2|dps)$")
_SECONDS: Final = {
    "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "microsec": 1e-6,
}  # fmt: skip
_ACC: Final = {
    "g": G_MPS2, "m/s^2": 1.0, "m/s2": 1.0, "m/s/s": 1.0, "mps2": 1.0, "mg": G_MPS2 / 1000,
}  # fmt: skip
_GYR: Final = {
    "deg/s": float(np.pi / 180), "dps": float(np.pi / 180), "degrees/s": float(np.pi / 180),
    "rad/s": 1.0,
}  # fmt: skip
GRAVITY_SPLIT: Final = 3.0
"""Mean acceleration below this is in g, above in m/s^2."""


def matches(head: bytes, source: Source) -> bool:
    """Ten columns in the documented order, and not the plain CSV of the contract."""
    return _header_line(lines_of(head)) is not None


def hint(source: Source) -> str:
    """Nothing: the files are called Lshank, Rshank, Sacrum."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one sensor.

    Raises
    ------
    FormatError : unknown units, rows that cannot be understood.
    """
    file = open_at(source, _header_line, "not ten columns", "Export again")
    names = file.header.names[:7]
    acc, gyr = tuple(names[1:4]), tuple(names[4:7])
    table = read_columns(source.path, file.data, file.header, names)
    notes = list(table.notes)
    raw = table.columns[names[0]]
    time_unit = _stated(file, names[0], _SECONDS)
    if time_unit is None:
        time_unit, word = _of_step(raw)
        notes.append(f"the header states no unit of the time: its step is one of {word}")
    time = raw * time_unit
    values = np.column_stack([table.columns[n] for n in acc])
    acc_unit = _stated(file, acc[0], _ACC)
    if acc_unit is None:
        acc_unit = _of_gravity(values, time)
        said = "g" if acc_unit != 1.0 else "m/s^2"
        notes.append(f"the header states no unit of the acceleration: gravity says {said}")
    gyr_unit = _stated(file, gyr[0], _GYR)
    if gyr_unit is None:
        gyr_unit = _GYR["deg/s"]
        notes.append("the header states no unit of the angular velocity: taken as deg/s")
    stream = finish(
        table,
        time,
        values * acc_unit,
        scaled([table.columns[n] for n in gyr], gyr_unit),
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(acc_unit, _word(_ACC, acc_unit), gyr_unit, _word(_GYR, gyr_unit)),
        names=(names[0], acc, gyr),
        zero=True,
    )
    return Reading(stream)


def _stated(file: Opened, name: str, known: dict[str, float]) -> float | None:
    """SI value of the unit that a column's name states; None where it states none."""
    found = _UNIT.search(name)
    if found is None:
        return None
    word = (found["unit"] or found["tail"]).lower().replace("²", "^2").replace("µ", "u")
    if word not in known:
        raise FormatError(
            file.path,
            f"unknown unit {word!r}",
            f"Use one of: {', '.join(known)}",
            line=file.header.line,
            column=name,
        )
    return known[word]


def _of_step(raw: FloatArray) -> tuple[float, str]:
    """Unit of a time by its median step: 20 to 10000 samples a second."""
    step = np.diff(raw[np.isfinite(raw)])
    median = float(np.median(step)) if len(step) else 0.0
    if median < 0.06:
        return 1.0, "seconds"
    return (1e-3, "milliseconds") if median < 60.0 else (1e-6, "microseconds")


def _of_gravity(
    values: FloatArray,
    time: FloatArray,
) -> float:
    """g or m/s^2 by the level of the acceleration; what is neither is refused later."""
    seen = np.diff(time[np.isfinite(time)])
    step = float(np.median(seen)) if len(seen) else 0.0
    if not np.isfinite(values).all(axis=1).any():
        return 1.0
    return G_MPS2 if acc_level(values, 1.0 / step if step > 0 else 100.0) < GRAVITY_SPLIT else 1.0


def _word(known: dict[str, float], value: float) -> str:
    return next(word for word, unit in known.items() if unit == value)


def _header_line(lines: Sequence[str]) -> int | None:
    """1, if the first line has ten columns of the layout."""
    delimiter = max("\t;,", key=lines[0].count)
    cells = split(lines[0], delimiter)
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) != 10 or not re.match(r"(time|t\b|unix)", cells[0].lower()):
        return None
    for k, name in enumerate(cells[1:]):
        if not re.match(rf"{_KINDS[k // 3]}[ _.\-]*{'xyz'[k % 3]}(?![a-z])", name.lower()):
            return None
    if assign(Header(tuple(cells), 1, 0, Dialect(delimiter))) is not None:
        return None
    return 1
