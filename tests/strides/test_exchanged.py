"""Which side is which, on simulated runners: exchanged shanks, and the pelvis alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.simulate.cases import validation_case
from hipgait.strides.events import find_stances

LEVEL = 21
"""a runner whose pelvis is level on average: only the shape of its roll tells the side"""


@cache
def case(number: int, soft_tissue: bool) -> tuple[dict[str, UniformStream], np.ndarray, np.ndarray]:
    recording, truth = validation_case(number, soft_tissue, rate_hz=100.0, duration_s=45.0)
    streams = {name: uniform(stream) for name, stream in recording.streams.items()}
    return streams, truth["ic_s"].to_numpy(), (truth["side"] == "left").to_numpy()


def exchanged(streams: dict[str, UniformStream]) -> dict[str, UniformStream]:
    out = dict(streams)
    for a, b in (("left_shank", "right_shank"), ("right_shank", "left_shank")):
        out[a] = replace(streams[b], placement=a)
    return out


@pytest.mark.parametrize("number", [LEVEL, 5, 28])
@pytest.mark.parametrize("soft_tissue", [False, True])
def test_exchanged_shanks_are_noticed_and_right_ones_not_doubted(
    number: int, soft_tissue: bool
) -> None:
    streams, _, _ = case(number, soft_tissue)
    assert not find_stances(streams).swapped
    assert find_stances(exchanged(streams)).swapped


def test_shanks_without_a_pelvis_sensor_doubt_their_labels_too() -> None:
    streams, _, _ = case(5, False)
    shanks = {name: s for name, s in streams.items() if name != "pelvis"}
    assert not find_stances(shanks).swapped
    assert find_stances(exchanged(shanks)).swapped


def test_shanks_alone_whose_landings_are_found_late_are_not_doubted() -> None:
    """Runner 58: 50 ms after landing the tibiae turn outwards again."""
    streams, _, _ = case(58, True)
    shanks = {name: s for name, s in streams.items() if name != "pelvis"}
    assert not find_stances(shanks).swapped


@pytest.mark.parametrize("number", [LEVEL, 5, 17])
def test_the_pelvis_accelerometer_alone_knows_the_sides(number: int) -> None:
    streams, ic, left = case(number, False)
    got = find_stances({"pelvis": replace(streams["pelvis"], gyr=None)})
    near = np.abs(got.ic_s[:, None] - ic).argmin(axis=1)
    assert len(got.ic_s) > 100
    assert (got.left == left[near]).mean() > 0.98
