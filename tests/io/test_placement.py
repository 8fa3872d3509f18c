"""The documented table of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.io.placement import guess_placement, placement_note, possible_placements
from hipgait.names import PLACEMENTS


@pytest.mark.parametrize(
    ("name", "placement"),
    [
        ("pelvis", "pelvis"),
        ("Pelvis_20210820_202113_836", "pelvis"),
        ("pelvis 64F0EDBF (UDP)", "pelvis"),
        ("sacrum", "pelvis"),
        ("left_hip", "pelvis"),
        ("002waist", "pelvis"),
        ("Lower Back", "pelvis"),
        ("lowerback", "pelvis"),
        ("IMU_L5", "pelvis"),
        ("Left Lower Leg 64F61CB3 (UDP)", "left_shank"),
        ("RightLowerLeg", "right_shank"),
        ("LTibia", "left_shank"),
        ("RTibia_20210820_202113_825", "right_shank"),
        ("left_shank", "left_shank"),
        ("L_shank", "left_shank"),
        ("shank-R", "right_shank"),
        ("rshank", "right_shank"),
        ("leftshank2", "left_shank"),
        ("acc_running_left_ankle", "left_shank"),
        ("RFemur", "right_thigh"),
        ("Left Upper Leg 64F61CC4 (UDP)", "left_thigh"),
        ("LEFT-THIGH", "left_thigh"),
        ("Right Foot 64F619FB (UDP)", "right_foot"),
        ("lt foot", "left_foot"),
        ("ankle", None),
        ("left", None),
        ("left_right_shank", None),
        ("left_foot_and_pelvis", None),
        ("LF3_20241209_1137", None),
        ("Xsens_DOT_01", None),
        ("MT_012005D6-000_sit_to_stand-000_00B421ED", None),
        ("football", None),
        ("relationship", None),
        ("readme", None),
        ("", None),
    ],
)
def test_names(name: str, placement: str | None) -> None:
    assert guess_placement(name) == placement


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_own_names(placement: str) -> None:
    for name in (placement, placement.upper(), placement.replace("_", " "), f"{placement}_01"):
        assert guess_placement(name) == placement


def test_notes() -> None:
    assert "lower quality" in (placement_note("left_hip") or "")
    assert "ankle" in (placement_note("right ankle") or "")
    assert placement_note("pelvis") is None


@given(st.text(max_size=40))
def test_any_name(name: str) -> None:
    assert guess_placement(name) in (None, *PLACEMENTS)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("waist", ("pelvis",)),
        ("002ankle", ("left_shank", "right_shank")),
        ("Left sensor", ("left_shank", "left_thigh", "left_foot")),
        ("LTibia", ("left_shank",)),
        ("D4", PLACEMENTS),
        ("sensor L", PLACEMENTS),
        ("left right shank", PLACEMENTS),
        ("hip thigh", PLACEMENTS),
    ],
)
def test_what_a_name_leaves_open(name: str, left: tuple[str, ...]) -> None:
    assert possible_placements(name) == left
