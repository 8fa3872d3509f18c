"""Columns of the control test's tables: repetitions.csv and the stances of control.json."""

from __future__ import annotations

from typing import Final

from hipgait.names import Column

KINDS: Final = ("squat", "step_down", "stance")

CONTROL_COLUMNS: Final[tuple[Column, ...]] = (
    Column("set", "int", "", "1-based number of the set, in order of time"),
    Column("repetition", "int", "", "1-based number within the set"),
    Column("kind", "str", "", "squat | step_down"),
    Column("side", "str", "", "the standing leg: left | right"),
    Column("start_s", "float", "s", "the shank has gone 20 % of its way forward, reference clock"),
    Column("low_s", "float", "s", "lowest point: middle of the bottom"),
    Column("end_s", "float", "s", "the shank has 20 % of its way left to go back"),
    Column("lowering_s", "float", "s", "20 % to 80 % of the shank's way forward"),
    Column("bottom_s", "float", "s", "time beyond 80 % of it"),
    Column("lifting_s", "float", "s", "80 % to 20 % on the way back"),
    Column("shank_forward_deg", "float", "deg", "range: how far the shank leaned forward"),
    Column("pelvic_drop_low_deg", "float", "deg", "mean over the bottom; + = free side lower"),
    Column("pelvic_drop_change_deg", "float", "deg", "the same minus the level before"),
    Column("pelvic_drop_wobble_deg", "float", "deg", "RMS about its own smooth course"),
    Column("shank_lean_low_deg", "float", "deg", "mean over the bottom; + = knee medial of ankle"),
    Column("shank_lean_change_deg", "float", "deg", "the same minus the level before"),
    Column("shank_lean_wobble_deg", "float", "deg", "RMS about its own smooth course"),
    Column("pelvis_travel_cm", "float", "cm", "how far the pelvis sensor went down; coarse"),
)  # fmt: skip

STANCE_COLUMNS: Final[tuple[Column, ...]] = (
    Column("side", "str", "", "the standing leg: left | right"),
    Column("start_s", "float", "s", "the other foot leaves the ground, reference clock"),
    Column("end_s", "float", "s", "it comes back"),
    Column("hold_s", "float", "s", "time between the two"),
    Column("complete", "bool", "", "false where the recording ends first"),
    Column("pelvic_drop_mean_deg", "float", "deg", "mean pelvic drop; + = free side lower"),
    Column("pelvic_drop_sway_deg", "float", "deg", "SD of the pelvic drop"),
    Column("shank_lean_sway_deg", "float", "deg", "SD of the shank lean"),
)

_PLACES: Final = ("set", "repetition", "kind", "side", "start_s", "low_s", "end_s", "complete")
REPETITION_MEASURES: Final = tuple(c.name for c in CONTROL_COLUMNS if c.name not in _PLACES)
STANCE_MEASURES: Final = tuple(c.name for c in STANCE_COLUMNS if c.name not in _PLACES)
