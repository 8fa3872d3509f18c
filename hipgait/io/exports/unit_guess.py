"""The units of a table: as its headings say, or else as its numbers leave no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.exports.headings import ACC_UNITS, GYR_UNITS, Headings, Unit
from hipgait.io.plausible import GYR_RUN_MIN, MOVING_SD, acc_level
from hipgait.io.tables import Table
from hipgait.recording import FloatArray

LEVELS: Final = {"g": (0.7, 1.6), "ms2": (7.0, 16.0), "mg": (700.0, 1600.0)}
"""Mean acceleration (5th percentile of 2 s means) that tells the unit: gravity."""
FAST_RAD_S: Final = 35.0
"""Larger numbers are no rad/s: 2000 deg/s are 35 rad/s."""


def unit_told(
    table: Table, heads: Headings, names: Sequence[str], known: dict[str, Unit]
) -> Unit | None:
    """The unit that the headings of three columns name.

    Raises
    ------
    FormatError : different ones, or one that is not known.
    """
    said = {heads.units[name] for name in names}
    if said == {""}:
        return None
    if len(said) > 1:
        raise FormatError(
            table.path,
            f"in different units ({', '.join(names)})",
            "Give all three columns the same unit",
            line=table.header.line,
        )
    if not said <= set(known):
        raise FormatError(
            table.path,
            f"unknown unit {said.pop()!r}",
            f"Use one of: {', '.join(dict.fromkeys(word for _, word in known.values()))}",
            line=table.header.line,
            column=names[0],
        )
    return known[said.pop()]


def unit_of_acc(
    table: Table,
    heads: Headings,
    names: Sequence[str],
    raw: FloatArray,
    rate_hz: float,
    notes: list[str],
) -> Unit:
    """Of the acceleration, as said, or by gravity."""
    unit = unit_told(table, heads, names, ACC_UNITS)
    if unit is not None:
        return unit
    level = acc_level(raw, rate_hz)
    key = next((k for k, (low, high) in LEVELS.items() if low <= level <= high), None)
    if key is None:
        raise FormatError(
            table.path,
            f"no unit of acceleration given, and its mean of {level:.3g} is gravity in none "
            "(9.81 m/s^2, 1 g, 1000 mg)",
            "Export the raw acceleration, gravity included, and name the unit (acc_x_g, ...)",
            column=names[0],
        )
    if key != "ms2" or names[0].lower() != "acc_x":  # the contract says m/s^2
        word = ACC_UNITS[key][1]
        notes.append(f"columns {names[0]}, ...: no unit given, taken as {word} (mean {level:.3g})")
    return ACC_UNITS[key]


def unit_of_gyr(
    table: Table,
    heads: Headings,
    names: Sequence[str],
    raw: FloatArray,
    acc: FloatArray,
    notes: list[str],
) -> Unit:
    """Of the angular velocity, as said, or by how fast a runner turns."""
    unit = unit_told(table, heads, names, GYR_UNITS)
    if unit is not None:
        return unit
    good = np.isfinite(raw).all(axis=1) & np.isfinite(acc).all(axis=1)
    fastest = float(np.percentile(np.abs(raw[good]), 99.9)) if good.any() else 0.0
    moving = float(np.std(np.linalg.norm(acc[good], axis=1))) > MOVING_SD if good.any() else False
    plain = names[0].lower() == "gyr_x"  # the contract says deg/s
    if fastest > FAST_RAD_S or (plain and not moving):
        key = "degs"
    elif moving and fastest < np.degrees(GYR_RUN_MIN):
        key = "rads"
    else:
        raise FormatError(
            table.path,
            f"no unit of angular velocity given, and values up to {fastest:.3g} may be deg/s or "
            "rad/s",
            "Name the columns gyr_x_deg_s, ... or gyr_x_rad_s, ...",
            column=names[0],
        )
    if key != "degs" or not plain:
        word = GYR_UNITS[key][1]
        said = f"taken as {word} (up to {fastest:.3g})"
        notes.append(f"columns {names[0]}, ...: no unit given, {said}")
    return GYR_UNITS[key]
