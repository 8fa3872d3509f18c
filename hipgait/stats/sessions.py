"""A run that holds repeats: which part of it is steady, and what is said of its drift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from hipgait.recording import FloatArray, RunInfo
from hipgait.settings import FindingsSettings
from hipgait.stats.early_late import Parts, run_parts
from hipgait.stats.first_last import document
from hipgait.stats.quality import stops
from hipgait.stats.repeats import PART, Repeats, find_repeats
from hipgait.stats.withdraw import SIDES_SWAPPED
from hipgait.strides.sequence import Stances

Entry = dict[str, Any]
METHOD: Final = "repeats"
"""method of a drift that was not tested because the run is a session of repeats"""


def repeats_of(
    table: pd.DataFrame,
    stances: Stances,
    streams: Mapping[str, Mapping[str, Any]],
    info: RunInfo,
) -> Repeats | None:
    """The repeats of a run, by its laps where it has them.

    streams : placement -> the quality numbers of that stream (its gaps are no stops).
    """
    laps = info.laps_s
    if laps is None and info.track is not None:
        laps = info.track.laps_s
    pauses = np.array(stops(stances, streams), dtype=np.float64).reshape(-1, 2)
    return find_repeats(table, pauses, np.zeros(0) if laps is None else laps)


def steady_parts(
    ic_s: FloatArray, repeats: Repeats | None, settings: FindingsSettings
) -> Parts | None:
    """Parts of the steady running: all of it, the part beside the repeats, or None in a session.

    ic_s : (k,) contacts of the usable running stances, s.
    """
    if repeats is None:
        return run_parts(ic_s, settings)
    if repeats.steady is None:
        return None
    start, end = repeats.steady
    return run_parts(ic_s[(ic_s >= start) & (ic_s <= end)], settings)


def with_reason(drift: dict[str, Entry], repeats: Repeats | None) -> dict[str, Entry]:
    """Of a session of repeats: no drift was tested, and why."""
    if repeats is None or repeats.role == PART:
        return drift
    reason = (
        f"a session of {len(repeats)} repeats is not steady: the last repeat is compared with the "
        "first (repeats)"
    )
    return {name: {**entry, "method": METHOD, "reason": reason} for name, entry in drift.items()}


def beside_steady(ic_s: FloatArray, repeats: Repeats | None) -> list[Entry]:
    """What a steady run with repeats leaves out of its drift: rows of ``left_out``."""
    if repeats is None or repeats.steady is None or not len(ic_s):
        return []
    start, end = float(ic_s[0]), float(ic_s[-1])
    if repeats.steady[0] > repeats.spans[-1, 1]:
        return [{"start_s": start, "end_s": float(repeats.spans[-1, 1]), "reason": "repeats"}]
    return [{"start_s": float(repeats.spans[0, 0]), "end_s": end, "reason": "repeats"}]


def told(
    table: pd.DataFrame,
    repeats: Repeats | None,
    has_zero: bool,
    settings: FindingsSettings,
    drift: Mapping[str, Entry],
    doubt: str | None,
) -> Entry | None:
    """The ``repeats`` part of run.json; what is withdrawn from the drift is withdrawn here too."""
    if repeats is None:
        return None
    withdrawn = [name for name, entry in drift.items() if entry["verdict"] == "withdrawn"]
    sides = doubt != SIDES_SWAPPED
    return document(table, repeats, has_zero, settings.alpha, withdrawn, sides)
