"""Exports that keep one sensor in several files, or more rows than samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from hipgait.io.files import Source
from hipgait.io.tables import Table
from hipgait.recording import BoolArray, FloatArray

GAP_STEPS: Final = 3.5
"""Values are not carried across steps longer than this many medians."""


def companion(source: Source, mine: str, other: str) -> Source | None:
    """The file of the same folder whose name has ``other`` for ``mine``; packed or not.

    ``left_Accelerometer.csv.gz`` -> ``left_Gyroscope.csv.gz`` or ``left_Gyroscope.csv``.
    """
    plain = source.path.name.removesuffix(".gz")
    at = plain.rfind(mine)
    if at < 0:
        return None
    name = plain[:at] + other + plain[at + len(mine) :]
    return beside(source, name)


def beside(source: Source, name: str) -> Source | None:
    """A file of the same folder by its name, packed or not."""
    return source.sibling(name) or source.sibling(f"{name}.gz")


def take(table: Table, keep: BoolArray) -> Table:
    """The rows of a table that are marked; they keep their line numbers."""
    if keep.all():
        return table
    rows = np.arange(table.n) if table.rows is None else table.rows
    columns = {name: column[keep] for name, column in table.columns.items()}
    return replace(table, columns=columns, rows=rows[keep])


def onto(time_s: FloatArray, other_s: FloatArray, values: FloatArray) -> FloatArray:
    """(n, k) values (m, k) of another sensor at the times (n,): linear between its samples.

    NaN outside its samples and across its gaps. At the same times they are its samples. For phones:
    their stamps may come late, twice or in bursts, between which a cubic swings; where a sensor has
    a clock of its own, ``merge.resampled`` is closer.
    """
    if np.array_equal(time_s, other_s) and np.isfinite(values).all():
        return values
    good = np.isfinite(other_s) & np.isfinite(values).all(axis=1)
    other_s, values = other_s[good], values[good]
    if len(other_s) < 2:
        return np.full((len(time_s), values.shape[1]), np.nan)
    order = np.argsort(other_s, kind="stable")
    other_s, values = other_s[order], values[order]
    steps = np.diff(other_s)
    usual = float(np.median(steps[steps > 0])) if np.any(steps > 0) else 0.0
    out = np.column_stack([np.interp(time_s, other_s, column) for column in values.T])
    after = np.clip(np.searchsorted(other_s, time_s), 1, len(other_s) - 1)
    beyond = (time_s < other_s[0] - usual) | (time_s > other_s[-1] + usual)
    out[beyond | (steps[after - 1] > GAP_STEPS * usual) & (time_s != other_s[after])] = np.nan
    return np.asarray(out)
