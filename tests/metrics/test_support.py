"""Which sensors fill which columns."""

from __future__ import annotations

import pytest

from hipgait.metrics.support import COLUMN_NEEDS, NEEDS, must_fill, provided, unmet
from hipgait.names import COLUMN_NAMES

ALL = {"standing": True, "speed": True, "length": True, "mass": True}
DESIGN_POINT = {"pelvis": True, "left_shank": True, "right_shank": True}


def test_every_need_and_column_is_known() -> None:
    assert set(COLUMN_NEEDS) <= set(COLUMN_NAMES)
    assert {n for needs in COLUMN_NEEDS.values() for n in needs} <= set(NEEDS)


def test_the_design_point_fills_all_but_the_thigh() -> None:
    have = provided(DESIGN_POINT, "left", **ALL)
    assert set(unmet(have)) == {"hip_adduction_deg", "knee_abduction_deg"}


@pytest.mark.parametrize(
    ("placements", "side", "column", "word"),
    [
        ({"pelvis": True}, "left", "shank_lean_mean_deg", "shank"),
        ({"left_shank": True}, "right", "shank_lean_ic_deg", "shank"),
        ({"left_shank": True}, "left", "step_time_s", "both legs"),
        ({"pelvis": False}, "left", "pelvic_drop_excursion_deg", "gyroscope"),
        (DESIGN_POINT, "left", "hip_adduction_deg", "thigh"),
    ],
)
def test_the_reason_names_what_is_lacking(
    placements: dict[str, bool], side: str, column: str, word: str
) -> None:
    have = provided(placements, side, **ALL)
    assert column not in must_fill(have)
    assert word in unmet(have)[column]


def test_without_standing_only_levels_go() -> None:
    have = provided(DESIGN_POINT, "right", **{**ALL, "standing": False})
    assert "pelvic_drop_excursion_deg" in must_fill(have)
    assert "pelvic_drop_peak_deg" not in must_fill(have)
