"""Are these the units that the file declares? Numbers that cannot be are refused, with a cure.

The accelerometer is judged by its *level*: the length of the mean acceleration vector over 2 s
(over strides the body's own acceleration averages out and gravity stays). Measured on hip, waist,
ankle, shank and foot sensors standing, walking and running: 5th percentile of the level between
8.9 and 10.0 m/s^2 (see docs/validation.md), against 0.0 to 0.6 where gravity was removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.tables import Table
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import SamplingSettings

LEVEL_WINDOW_S: Final = 2.0
LEVEL_MIN: Final = 0.5 * G_MPS2
"""Lower levels mean another unit or gravity removed, m/s^2."""
LEVEL_MAX: Final = 5.0 * G_MPS2
"""Higher levels mean another unit or raw counts, m/s^2."""
GRAVITY_THERE: Final = 0.8 * G_MPS2
"""Free acceleration averages less: 4.7 m/s^2 at most on simulated shanks (the centripetal part of
the swing), 0.4 at the pelvis, 2.7 on a real walking ankle; m/s^2."""
ACC_MAX: Final = 1000.0 * G_MPS2
"""No sensor of this kind measures more, m/s^2."""
GYR_MAX: Final = np.radians(8000.0)
"""No sensor of this kind measures more, rad/s (the fastest reach 4000 deg/s)."""
GYR_RUN_MIN: Final = np.radians(20.0)
"""A body-worn gyroscope exceeds this while the accelerometer shows walking or running, rad/s."""
MOVING_SD: Final = 3.0
"""SD of |acc| that means walking or running, m/s^2."""
DAY_S: Final = 86400.0
SPREADSHEET_DAYS: Final = (30000.0, 80000.0)
"""Days since 1899-12-30 of spreadsheets: the years 1982 to 2119."""
EXCHANGED_SPREAD: Final = 0.1
"""Mean of the gyroscope's raw values over 2 s: within this share of gravity, and as steady."""
GAP_MAX_S: Final = SamplingSettings().longest_gap_s
"""A longer jump of the clock is no gap, s."""
RATE_MIN_HZ: Final = 20.0
RATE_MAX_HZ: Final = 10000.0


@dataclass(frozen=True)
class Units:
    """Declared units: SI value of one unit, and the word used in messages."""

    acc: float = 1.0
    acc_word: str = "m/s^2"
    gyr: float = float(np.pi / 180.0)
    gyr_word: str = "deg/s"


def clean_time(
    table: Table, time: FloatArray, column: str, values: Sequence[FloatArray]
) -> tuple[FloatArray, BoolArray, list[str]]:
    """Check a time column in s.

    Parameters
    ----------
    time : (n,) s, NaN where the cell was empty.
    column : its name in the file.
    values : arrays (n, k) of what was measured, to tell rows written twice from a clock that
        stands still.

    Returns
    -------
    time : (m,) strictly increasing.
    keep : (n,) rows kept.
    notes

    Raises
    ------
    FormatError : time runs backwards or stands still, wrong unit, fewer than two samples.
    """
    notes: list[str] = []
    keep = np.isfinite(time)
    lost = int((~keep).sum())
    if lost:
        notes.append(f"{lost} rows without a time stamp left out")
    rows = np.flatnonzero(keep)
    if len(rows) < 2:
        raise FormatError(table.path, "fewer than two samples", "Export the whole recording")
    steps = np.diff(time[rows])
    still = np.flatnonzero(steps == 0)
    if len(still):
        a, b = rows[still], rows[still + 1]
        same = all(np.array_equal(v[a], v[b], equal_nan=True) for v in values)
        if same and len(still) < 0.05 * len(rows):
            keep[rows[still + 1]] = False
            rows = np.flatnonzero(keep)
            steps = np.diff(time[rows])
            notes.append(f"{len(still)} rows written twice left out")
    bad = np.flatnonzero(steps <= 0)
    if len(bad):
        before, after = rows[bad[0]], rows[bad[0] + 1]
        back = time[after] < time[before]
        raise FormatError(
            table.path,
            f"time {'runs backwards' if back else 'stands still'} "
            f"({_shown(time[after])} after {_shown(time[before])})",
            "Export again, or delete the lines that are out of order; if a second recording starts "
            "here, split the file"
            if back
            else "Export again with more decimals of the time",
            line=table.line_of(int(after)),
            column=column,
        )
    median = float(np.median(steps))
    longest = int(np.argmax(steps))
    if steps[longest] > max(GAP_MAX_S, 1000.0 * median):  # not where every step is of another unit
        raise FormatError(
            table.path,
            f"time jumps by {steps[longest] / 3600.0:.0f} h (from {_shown(time[rows[longest]])} to "
            f"{_shown(time[rows[longest + 1]])})",
            "Split the recording there, or correct the clock",
            line=table.line_of(int(rows[longest + 1])),
            column=column,
        )
    _check_step(table, column, float(time[rows[0]]), median)
    return time[rows], keep, notes


def _check_step(table: Table, column: str, first: float, median: float) -> None:
    """Refuse steps that no sensor makes, with the unit that would explain them."""
    if median >= 1.0 / RATE_MIN_HZ + 1e-9:
        unit, as_unit = (
            ("milliseconds", "time_ms")
            if median < 1e3
            else ("microseconds", "time_us")
            if median < 1e5
            else ("nanoseconds", "time_ns")
        )
        raise FormatError(
            table.path,
            f"samples are {median:g} s apart"
            + (f", which looks like {unit}" if median >= 1.0 else ""),
            f"Name the column {as_unit} if it holds {unit}"
            if median >= 1.0
            else f"At least {RATE_MIN_HZ:g} samples a second are needed",
            column=column,
        )
    if median < 1.0 / RATE_MAX_HZ:
        days = SPREADSHEET_DAYS[0] < first < SPREADSHEET_DAYS[1]
        days = days and 1.0 / RATE_MAX_HZ < median * DAY_S < 1.0 / RATE_MIN_HZ
        raise FormatError(
            table.path,
            f"samples are {median:.3g} s apart"
            + (", which looks like days of a spreadsheet" if days else ""),
            "Give the time in seconds (column time_s)",
            column=column,
        )


def check_units(
    table: Table,
    rate_hz: float,
    acc: FloatArray,
    gyr: FloatArray | None,
    columns: tuple[tuple[str, ...], tuple[str, ...]],
    units: Units,
    gravity_removed: bool = False,
) -> None:
    """Refuse values that contradict the declared units.

    Parameters
    ----------
    acc, gyr : (n, 3) in m/s^2 and rad/s, as declared.
    columns : names of the three acc and of the three gyr columns, for messages.
    gravity_removed : the file says that acc comes without gravity.

    Raises
    ------
    FormatError : impossible values, units that look like others, gravity removed, dead sensor.
    """
    refuse_impossible(table, acc, ACC_MAX, columns[0], units.acc, units.acc_word)
    if not all_finite(acc) and not np.isfinite(acc).all(axis=1).any():
        raise FormatError(
            table.path, "no acceleration values", "Export again", column=columns[0][0]
        )
    if len(acc) > 20 and is_constant(acc):
        raise FormatError(
            table.path,
            "the acceleration never changes: the sensor did not record",
            "Export again, or leave this sensor out",
            column=columns[0][0],
        )
    level = acc_level(acc, rate_hz)
    if gyr is not None and _exchanged(level, gyr, units.gyr, rate_hz):
        raise FormatError(
            table.path,
            "acceleration and angular velocity look exchanged: gravity is in the gyroscope's "
            "columns",
            "Exchange the names in the header",
            column=columns[1][0],
        )
    if not np.isfinite(level):  # so large that the mean overflows
        most = float(np.nanmax(np.abs(acc))) / units.acc
        raise FormatError(
            table.path,
            f"the acceleration reaches {most:.3g} {units.acc_word}, which no sensor measures",
            "Export again in g or m/s^2",
            column=columns[0][0],
        )
    if not gravity_removed:
        _check_level(table, level, columns[0], units)
    elif level >= GRAVITY_THERE:
        raise FormatError(
            table.path,
            f"the acceleration averages {level:.3g} m/s^2, yet the file says that gravity was "
            "removed",
            "Export the acceleration with gravity",
            column=columns[0][0],
        )
    if gyr is None or not np.isfinite(gyr).any():
        return
    fastest = float(np.nanpercentile(np.abs(gyr[:: max(1, len(gyr) // 50000)]), 99.9))
    if fastest > GYR_MAX:
        as_degrees = units.gyr == 1.0 and np.radians(fastest) <= GYR_MAX
        raise FormatError(
            table.path,
            f"angular velocity up to {fastest / units.gyr:.3g} {units.gyr_word} is not possible: "
            + ("it looks like deg/s" if as_degrees else "these are not the declared units"),
            f"Name the columns {columns[1][0].replace('_rad_s', '')}_deg_s, ..."
            if as_degrees
            else "Export again in deg/s or rad/s",
            column=columns[1][0],
        )
    refuse_impossible(table, gyr, GYR_MAX, columns[1], units.gyr, units.gyr_word)
    moving = float(np.nanstd(np.linalg.norm(acc[:: max(1, len(acc) // 50000)], axis=1))) > MOVING_SD
    if moving and units.gyr != 1.0 and fastest < GYR_RUN_MIN:
        raise FormatError(
            table.path,
            f"angular velocity stays below {np.degrees(fastest):.1f} deg/s while the acceleration "
            "shows walking or running: it looks like rad/s",
            "If so, name the columns gyr_x_rad_s, gyr_y_rad_s, gyr_z_rad_s",
            column=columns[1][0],
        )


def all_finite(values: FloatArray) -> bool:
    """Whether nothing is NaN or infinite (a sum tells, unless it overflows)."""
    return bool(np.isfinite(values.sum())) or bool(np.isfinite(values).all())


def is_constant(values: FloatArray) -> bool:
    """Whether every column of (n, k) values has one value only; NaN does not count."""
    first = values[:100]
    if bool(np.any(np.fmax.reduce(first, axis=0) > np.fmin.reduce(first, axis=0))):
        return False
    return bool(np.all(np.fmax.reduce(values, axis=0) == np.fmin.reduce(values, axis=0)))


def acc_level(acc: FloatArray, rate_hz: float, percentile: float = 5) -> float:
    """5th percentile of the length of the mean acceleration over 2 s windows, m/s^2."""
    size = max(1, min(len(acc), round(LEVEL_WINDOW_S * rate_hz)))
    blocks = acc[: len(acc) // size * size].reshape(-1, size, 3)
    if all_finite(blocks):
        mean = np.einsum("nij->nj", blocks) / size
        return float(np.percentile(np.linalg.norm(mean, axis=1), percentile))
    good: BoolArray = np.asarray(np.isfinite(blocks).all(axis=2))
    count = good.sum(axis=1)
    filled = np.where(good[:, :, None], blocks, 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)[:, None]
    enough = count >= max(1, 0.5 * size)
    if not enough.any():
        return float(np.linalg.norm(np.nanmean(acc, axis=0)))
    return float(np.percentile(np.linalg.norm(mean[enough], axis=1), percentile))


def _exchanged(level: float, gyr: FloatArray, unit: float, rate_hz: float) -> bool:
    """Whether a gyroscope's raw (n, 3) values hold a steady gravity and the accelerometer none."""
    if 0.7 * G_MPS2 < level < 1.3 * G_MPS2 or not np.isfinite(gyr).all(axis=1).any():
        return False
    raw = gyr / unit
    low, high = (acc_level(raw, rate_hz, share) for share in (5, 95))
    gravity = min((1.0, G_MPS2), key=lambda g: abs(low - g))
    return abs(low - gravity) < EXCHANGED_SPREAD * gravity and high < low * (1 + EXCHANGED_SPREAD)


def _check_level(table: Table, level: float, columns: tuple[str, ...], units: Units) -> None:
    raw = level / units.acc
    said = f"the acceleration averages {raw:.3g} {units.acc_word} where gravity should give "
    expected = f"{G_MPS2 / units.acc:.3g}"
    base = columns[0].removesuffix("_mps2").removesuffix("_g").removesuffix("_mg")
    if LEVEL_MIN <= level <= LEVEL_MAX:
        return
    if units.acc == 1.0 and 0.8 <= raw <= 3.0:
        what, cure = (
            "it looks like g",
            f"Name the columns {base}_g, ... if so; without gravity, export it raw",
        )
    elif units.acc != 1.0 and 8.0 <= raw <= 30.0:
        what, cure = "it looks like m/s^2", f"Name the columns {base}_mps2, ... if so"
    elif level < LEVEL_MIN:
        what, cure = "gravity was removed", "Export the raw acceleration, gravity included"
    else:
        what, cure = "these are not the declared units", "Export again in g or m/s^2"
    raise FormatError(table.path, f"{said}{expected}: {what}", cure, column=columns[0])


def refuse_impossible(
    table: Table, values: FloatArray, limit: float, columns: tuple[str, ...], unit: float, word: str
) -> None:
    """Refuse single (n, 3) values beyond ``limit``, with line and column.

    Raises
    ------
    FormatError : a few values that no sensor measures (many mean another unit: not said here).
    """
    if values.max() <= limit and values.min() >= -limit:  # false where there is NaN
        return
    with np.errstate(invalid="ignore"):
        bad = np.argwhere(np.abs(values) > limit)
    if not len(bad) or len(bad) > 0.01 * values.size + 5:
        return  # nothing, or so much that the unit is wrong: the level says it better
    row, axis = (int(k) for k in bad[0])
    raise FormatError(
        table.path,
        f"{values[row, axis] / unit:.4g} {word} is not possible",
        "Correct the cell or leave it empty",
        line=table.line_of(row),
        column=columns[axis],
    )


def _shown(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
