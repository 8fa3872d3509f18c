"""Accelerometer and gyroscope kept apart: the other file, and its samples at the first one's times.

A cubic spline brings the gyroscope to the accelerometer's times: at 100 samples a second it passes
a swing of 10 Hz to within 0.1 %, where straight lines lose up to 5 %.
"""

from __future__ import annotations

import re

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.files import Source
from hipgait.io.plausible import GYR_MAX, Units, clean_time, refuse_impossible
from hipgait.io.tables import Table
from hipgait.recording import GAP_FACTOR, FloatArray


def twin(source: Source, mine: re.Pattern[str], other: re.Pattern[str]) -> Source | None:
    """The neighbour whose name differs only where ``mine`` has become ``other``."""
    key = mine.sub("", _plain(source))
    found = [
        s
        for s in source.neighbours()
        if other.search(_plain(s)) and other.sub("", _plain(s)) == key
    ]
    return found[0] if len(found) == 1 else None


def gyro_at(
    time: FloatArray,
    table: Table,
    own_time: FloatArray,
    gyr: FloatArray,
    names: tuple[str, tuple[str, ...]],
    units: Units,
) -> tuple[FloatArray, list[str]]:
    """Angular velocity at the accelerometer's times.

    Parameters
    ----------
    time : (n,) s, the accelerometer's.
    table : where the gyroscope's samples come from, for messages.
    own_time, gyr : (m,) s on the same clock; (m, 3) rad/s.
    names : columns of the gyroscope's time and of its axes.

    Returns
    -------
    (n, 3) rad/s, NaN where the gyroscope did not record; notes.

    Raises
    ------
    FormatError : its clock stands still or runs backwards, impossible values, no common time.
    """
    refuse_impossible(table, gyr, GYR_MAX, names[1], units.gyr, units.gyr_word)
    at, keep, notes = clean_time(table, own_time, names[0], [gyr])
    out = resampled(time, at, gyr[keep])
    if not np.isfinite(out).any():
        raise FormatError(
            table.path,
            "the gyroscope shares no time with the accelerometer",
            "Export both of the same recording, or leave the gyroscope's file out",
        )
    step = np.diff(at)
    rate = 1.0 / float(np.mean(step[step < 1.5 * np.median(step)]))
    return out, [*notes, f"the gyroscope's {rate:.4g} samples a second are interpolated"]


def resampled(time: FloatArray, at: FloatArray, values: FloatArray) -> FloatArray:
    """(n, 3) cubic interpolation of (m, 3) values at ``at`` (increasing); NaN in gaps and outside.

    Where both times are the same, nothing is interpolated. For clocks without bursts
    (``companions.onto`` is for the others).
    """
    from scipy.interpolate import CubicSpline

    if np.array_equal(time, at):
        return values
    out = np.full((len(time), 3), np.nan)
    good = np.isfinite(values).all(axis=1)
    x, y = at[good], values[good]
    if len(x) < 4:
        return out
    step = np.diff(x)
    after = np.searchsorted(x, time, side="right")
    within = np.isfinite(time) & (after > 0) & ((after < len(x)) | (time == x[-1]))
    near = step[np.clip(after - 1, 0, len(step) - 1)] <= GAP_FACTOR * np.median(step)
    use = within & (near | np.isin(time, x))
    out[use] = CubicSpline(x, y)(time[use])
    return out


def _plain(source: Source) -> str:
    return source.path.name.lower().removesuffix(".gz")
