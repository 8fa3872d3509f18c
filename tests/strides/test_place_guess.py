"""Which sensor is which, from the signals alone: right, or not sure; never wrong and sure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.names import PLACEMENTS
from hipgait.simulate.cases import validation_case
from hipgait.strides.place_guess import CONFIDENT, Guess, guess_placements
from hipgait.strides.place_signs import SIGNS, read_signs

POINT = ("pelvis", "left_shank", "right_shank")
THIGHS = (*POINT, "left_thigh", "right_thigh")
FEET = ("pelvis", "left_foot", "right_foot")


@cache
def case(i: int) -> Mapping[str, UniformStream]:
    recording, _ = validation_case(
        i, soft_tissue=i % 2 == 0, rate_hz=100.0, duration_s=45.0, placements=PLACEMENTS
    )
    return {p: uniform(s) for p, s in recording.streams.items()}


def shuffled(streams: Mapping[str, UniformStream], seed: int) -> dict[str, tuple[str, Guess]]:
    """True placement and guess of each, under names that say nothing."""
    order = list(streams)
    random.Random(seed).shuffle(order)
    guesses = guess_placements({f"D{k}": streams[p] for k, p in enumerate(order)})
    return {f"D{k}": (p, guesses[f"D{k}"]) for k, p in enumerate(order)}


def outcome(found: Mapping[str, tuple[str, Guess]]) -> str:
    if not all(guess.sure for _, guess in found.values()):
        return "refused"
    right = all(guess.placement == truth for truth, guess in found.values())
    return "right" if right else "wrong"


@pytest.mark.parametrize("i", range(10))
def test_design_point_is_told_from_the_signals(i: int) -> None:
    streams = {p: case(i)[p] for p in POINT}
    assert outcome(shuffled(streams, i)) == "right"


@pytest.mark.parametrize("i", [0, 3, 4, 7])
@pytest.mark.parametrize("worn", [THIGHS, FEET, PLACEMENTS])
def test_thighs_and_feet(i: int, worn: tuple[str, ...]) -> None:
    assert outcome(shuffled({p: case(i)[p] for p in worn}, i)) == "right"


@pytest.mark.parametrize("i", [1, 2, 9])
@pytest.mark.parametrize("worn", [POINT, THIGHS, ("left_shank",), ("pelvis", "left_shank")])
def test_accelerometers_are_never_wrong_and_sure(i: int, worn: tuple[str, ...]) -> None:
    streams = {p: replace(case(i)[p], gyr=None) for p in worn}
    found = shuffled(streams, i)
    assert outcome(found) != "wrong"
    assert all(g.placement == p for p, g in found.values() if p == "pelvis")


@pytest.mark.parametrize("i", [0, 4, 9])
@pytest.mark.parametrize("gyr", [True, False])
def test_two_limbs_that_are_no_pair_are_never_wrong_and_sure(i: int, gyr: bool) -> None:
    """One sensor's battery was empty: what is left is not taken for two of a kind."""
    worn = ("pelvis", "left_shank", "right_thigh")
    streams = {p: case(i)[p] if gyr else replace(case(i)[p], gyr=None) for p in worn}
    assert outcome(shuffled(streams, i)) != "wrong"


@pytest.mark.parametrize("i", [1, 2, 9])
def test_knocks_come_once_a_stride_at_limbs_only(i: int) -> None:
    """The sign of accelerometers; a gyroscope's signs replace it."""
    bare = {p: replace(s, gyr=None) for p, s in case(i).items()}
    knocks = {p: s.values[SIGNS.index("knocks")] for p, s in read_signs(bare, True).items()}
    assert knocks.pop("pelvis") < 0.15
    assert min(knocks.values()) > 0.3
    with_gyroscope = read_signs({"pelvis": case(i)["pelvis"]}, True)["pelvis"]
    assert np.isnan(with_gyroscope.values[SIGNS.index("knocks")])


def test_one_shank_alone_keeps_its_side_to_itself() -> None:
    guess = guess_placements({"a": case(0)["left_shank"]})["a"]
    assert not guess.sure
    assert guess.segment > CONFIDENT
    assert "side" in guess.why


def test_shanks_whose_landings_are_found_late_tell_no_side() -> None:
    """Runner 58: 50 ms after landing both tibiae turn outwards again."""
    found = shuffled({p: case(58)[p] for p in ("left_shank", "right_shank")}, 58)
    assert outcome(found) == "refused"
    assert all("before they land" in guess.why for _, guess in found.values())
    assert outcome(shuffled({p: case(9)[p] for p in POINT[1:]}, 9)) == "right"


def test_unrelated_clocks_tell_no_side() -> None:
    streams = {p: case(0)[p] for p in POINT}
    guesses = guess_placements(streams, synchronised=False)
    assert guesses["pelvis"].sure
    assert guesses["pelvis"].placement == "pelvis"
    assert not guesses["left_shank"].sure
    assert "clocks" in guesses["left_shank"].why


def test_what_names_say_helps() -> None:
    """One shank's side is known: so is the other's, without any pelvis."""
    streams = {"a": case(9)["left_shank"], "b": case(9)["right_shank"]}
    allowed = {"a": ("left_shank",), "b": PLACEMENTS}
    guesses = guess_placements(streams, allowed)
    assert guesses["a"] == Guess("left_shank", 1.0, guesses["a"].segment, "by its name")
    assert guesses["b"].placement == "right_shank"
    assert guesses["b"].sure


def test_names_that_contradict_each_other() -> None:
    streams = {"a": case(9)["left_shank"], "b": case(9)["right_shank"], "c": case(9)["pelvis"]}
    allowed = dict.fromkeys(streams, ("left_shank", "right_shank"))
    assert {g.placement for g in guess_placements(streams, allowed).values()} == {None}


def test_standing_tells_nothing() -> None:
    rest = {p: replace(s, acc=s.acc[:900], gyr=None) for p, s in case(0).items()}
    guesses = guess_placements(rest)
    assert all(g.placement is None and "running" in g.why for g in guesses.values())


def test_strangers_are_not_placed() -> None:
    ours, theirs = case(3), case(8)
    rng = np.random.default_rng(0)
    n = ours["pelvis"].n
    still = replace(
        ours["pelvis"],
        acc=rng.normal(0, 0.05, (n, 3)) + [0, 0, 9.81],
        gyr=rng.normal(0, 0.01, (n, 3)),
    )
    for stranger in (still, theirs["right_shank"], ours["left_shank"], ours["pelvis"]):
        found = guess_placements({"a": ours["pelvis"], "b": ours["left_shank"], "c": stranger})
        assert not all(g.sure for g in found.values())


def test_a_pelvis_on_another_clock_is_not_believed() -> None:
    streams = {p: case(4)[p] for p in POINT}
    late = streams["pelvis"].t0 + 0.25
    streams["pelvis"] = replace(streams["pelvis"], t0=late)
    assert outcome(shuffled(streams, 1)) == "refused"


def test_phases_never_overrule_the_signs() -> None:
    """Two shanks whose clocks are apart are not taken for a shank and a thigh."""
    streams = {p: case(1)[p] for p in POINT}
    late = streams["left_shank"].t0 + 0.22
    streams["left_shank"] = replace(streams["left_shank"], t0=late)
    assert outcome(shuffled(streams, 1)) == "refused"
