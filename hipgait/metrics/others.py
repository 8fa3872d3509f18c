"""Columns that other packages compute (entry points ``hipgait.metrics``), after hipgait's own.

The value of such an entry point has ``COLUMNS``, a sequence of ``hipgait.names.Column`` of kind
"float", and ``compute(strides, cycles, info)``, which gives the k values of each column by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from hipgait.metrics.catalog import StrideTable
from hipgait.names import COLUMN_NAMES, Column
from hipgait.plugins import METRICS, Judged, Plugin, checked, judged, leave_out
from hipgait.recording import FloatArray, RunInfo

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{2,60}")


def _why_not(value: Any) -> str:
    columns = getattr(value, "COLUMNS", None)
    if not columns or not all(isinstance(c, Column) for c in columns):
        return "COLUMNS is not a sequence of hipgait.names.Column"
    if not callable(getattr(value, "compute", None)):
        return "it has no compute()"
    for column in columns:
        if not _NAME.fullmatch(column.name):
            return f"{column.name!r} is no name of a column"
        if column.kind != "float":
            return f"{column.name} is {column.kind}, not float"
        if column.name in COLUMN_NAMES:
            return f"the column {column.name} is hipgait's own"
    return ""


def judged_metrics() -> Judged:
    """The metrics of other packages, each with what is wrong with it as far as it can be seen
    without a run."""
    return judged(METRICS, _why_not)


def other_columns(table: StrideTable, info: RunInfo) -> tuple[StrideTable, dict[str, str]]:
    """The table with the columns of other packages, after all others.

    Each is given copies; one that fails, or gives what is not one number a stance, is left out
    with a warning.

    Returns
    -------
    the table, and package -> version of those that added to it.
    """
    added: dict[str, FloatArray] = {}
    packages: dict[str, str] = {}
    for plugin in checked(METRICS, _why_not):
        try:
            found = _computed(plugin, table, info)
        except Exception as error:  # code of others: whatever it raises
            leave_out(plugin, error)
            continue
        twice = sorted(found.keys() & added.keys())
        if twice:
            leave_out(plugin, f"the column {twice[0]} is there already")
            continue
        added |= found
        packages[plugin.package] = plugin.version
    if not added:
        return table, packages
    return replace(table, table=table.table.assign(**added)), packages


def _computed(plugin: Plugin, table: StrideTable, info: RunInfo) -> dict[str, FloatArray]:
    published = table.published().copy()
    cycles = {name: values.copy() for name, values in table.cycles.items()}
    given: Mapping[str, Any] = plugin.value.compute(published, cycles, info)
    out = {}
    for column in plugin.value.COLUMNS:
        values = np.asarray(given[column.name], dtype=np.float64)
        if values.shape != (len(published),):
            raise ValueError(
                f"{column.name} has shape {values.shape}, not ({len(published)},): one a stance"
            )
        out[column.name] = np.where(np.isfinite(values), values, np.nan)
    return out
