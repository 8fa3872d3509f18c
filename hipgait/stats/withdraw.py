"""Claims that are taken back: after a sensor slipped, and where the sides cannot be right."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from hipgait.kinematics.quality import Slip
from hipgait.names import OUTCOMES, SIDES

Entry = dict[str, Any]

SLIP_TOUCHES: Final = {
    "pelvis": ("pelvic_drop", "hip_adduction", "pelvis_"),
    "shank": ("shank_lean", "shank_angle", "hip_adduction"),
}
"""Outcomes (by the start of their names) that a slipped sensor makes unsafe."""

SIDES_SWAPPED: Final = "sides_swapped"
NO_DROP: Final = "no_drop"
DOUBT_TOUCHES: Final = {
    SIDES_SWAPPED: ("pelvic_drop", "hip_adduction", "shank_lean"),
    NO_DROP: ("pelvic_drop", "hip_adduction"),
}
"""Doubt -> outcomes that mean nothing then, whatever the side."""

CLAIM: Final = (
    *("estimate", "ci_low", "ci_high", "se", "p", "p_unadjusted", "mdd", "level", "early_late"),
    *("onset_s", "onset_low_s", "onset_high_s", "bend_p", "adjusted", "fixed_pace", "course"),
)
"""what a withdrawn change loses; the test of the part before a slip stays as ``before_slip``"""

FLAT_DEG: Final = 0.05
FLAT_SHARE: Final = 0.8
"""A pelvis that does not drop by this in so many stances of a side is not seen the right way round
(in 80 simulated sides at most 0.2 % of the stances; 100 % with exchanged shanks)."""


def after_slip(drift: dict[str, Entry], slip: Slip) -> dict[str, Entry]:
    """Early values stay, the claim goes; what was seen before it is ``before_slip``."""
    touched = SLIP_TOUCHES["pelvis" if slip.placement == "pelvis" else "shank"]
    return {
        name: {**_taken_back(entry), **{s: _taken_back(entry[s]) for s in SIDES if s in entry}}
        if name.startswith(touched)
        else entry
        for name, entry in drift.items()
    }


def _taken_back(entry: Entry) -> Entry:
    before = {k: entry[k] for k in ("estimate", "ci_low", "ci_high", "verdict") if k in entry}
    return {**entry, **_no_claim(entry), "before_slip": before}


def _no_claim(entry: Entry) -> Entry:
    return {"verdict": "withdrawn", **{k: None for k in CLAIM if k in entry or k == "estimate"}}


def doubt_of(table: pd.DataFrame, swapped: bool) -> str | None:
    """What speaks against the sides or the pelvis, or None.

    table : the stride table.  swapped : the pelvis says that the shanks are exchanged.
    """
    if swapped:
        return SIDES_SWAPPED
    good = (table["valid"] & (table["gait"] == "run")).to_numpy(dtype=bool)
    drop = table["pelvic_drop_excursion_deg"].to_numpy(dtype=np.float64)
    side = table["side"].to_numpy(dtype=object)
    for name in SIDES:
        mine = drop[good & (side == name) & np.isfinite(drop)]
        if len(mine) >= 20 and float(np.mean(mine < FLAT_DEG)) > FLAT_SHARE:
            return NO_DROP
    return None


def in_doubt(
    drift: dict[str, Entry], summary: dict[str, dict[str, Entry]], doubt: str
) -> tuple[dict[str, Entry], dict[str, dict[str, Entry]]]:
    """Levels and changes of what the doubt touches are emptied.

    Exchanged sides also touch left and right of every other outcome, not what is pooled.
    """
    levels = {"early": None, "late": None, "spread": None}
    drift, summary = dict(drift), dict(summary)
    for outcome in OUTCOMES:
        name = outcome.name
        whole = name.startswith(DOUBT_TOUCHES[doubt])
        keys = SIDES if whole or (doubt == SIDES_SWAPPED and outcome.by_side) else ()
        if name in drift:
            entry = drift[name]
            sides = {s: {**entry[s], **_no_claim(entry[s]), **levels} for s in keys if s in entry}
            drift[name] = {**entry, **({**_no_claim(entry), **levels} if whole else {}), **sides}
        if name in summary:
            emptied = ("pooled", *keys) if whole else keys
            summary[name] = {
                key: {**row, "mean": None, "sd": None} if key in emptied else row
                for key, row in summary[name].items()
            }
    return drift, summary
