"""When a leg's contact loads the pelvis."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.kinematics.uniform import UniformStream
from hipgait.settings import Settings
from hipgait.strides.sequence import Stances
from hipgait.sync.refine import lag_of_legs, loaded
from hipgait.sync.tracks import Track

SYNC = Settings().sync
K = 30
SWING_S = 10.0 + 0.7 * np.arange(K)
MINE = np.ones(K, dtype=bool)


def landed(after_s: float, contact_s: float = 0.25) -> Stances:
    """Stances that begin so much after the end of the forward swing."""
    ic = SWING_S + after_s + 0.002 * np.sin(np.arange(K))
    return Stances(
        MINE, ic, ic + contact_s, MINE, np.zeros(K, dtype=np.int64), np.ones(K), ~MINE, "left_shank"
    )


def leg(*, gyroscope: bool) -> Track:
    swing = SWING_S if gyroscope else None
    return Track("left_shank", SWING_S + 0.131, np.full(K, 0.7), MINE, False, swing)


@pytest.mark.parametrize("after_ms", [2.0, 19.0, 40.0])
def test_a_usual_landing_counts_as_it_is(after_ms: float) -> None:
    s = landed(1e-3 * after_ms)
    assert loaded(s, leg(gyroscope=True), MINE, SYNC) == pytest.approx(s.ic_s + 0.43 * 0.25)


def test_a_landing_within_the_swing_is_another_rise() -> None:
    s = landed(-0.014)
    middle = loaded(s, leg(gyroscope=True), MINE, SYNC)
    ic = s.ic_s + 0.033  # the usual 19 ms after the swing; strides vary as they did
    assert middle == pytest.approx(ic + 0.43 * (s.tc_s - ic), abs=0.0005)
    alone = loaded(s, leg(gyroscope=False), MINE, SYNC)
    assert alone == pytest.approx(s.ic_s + 0.43 * 0.25)


def test_a_contact_without_end_has_no_load() -> None:
    s = landed(0.019)
    s.tc_s[3] = np.nan
    middle = loaded(s, leg(gyroscope=True), MINE, SYNC)
    assert np.flatnonzero(np.isnan(middle)).tolist() == [3]


def walker(placement: str) -> UniformStream:
    """A bump of force 0.05 s after each landing at 10.0, 10.7, ... s."""
    time = np.arange(0.0, 40.0, 0.01)
    force = 10.0 + 30.0 * np.exp(-0.5 * (((time - 10.05) % 0.7 - 0.0) / 0.03) ** 2)
    no = np.zeros(len(time), dtype=bool)
    acc = np.column_stack([np.zeros(len(time)), force, np.zeros(len(time))])
    return UniformStream(placement, 0.0, 100.0, acc, None, no, no, no)


@pytest.mark.parametrize("late_ms", [0.0, 250.0, -200.0])
def test_a_leg_timed_at_another_moment_is_seen(late_ms: float) -> None:
    left = Track("left_shank", SWING_S, np.full(K, 0.7), MINE, False)
    right = Track("right_shank", SWING_S + 1e-3 * late_ms, np.full(K, 0.7), MINE, False)
    late = lag_of_legs(walker("left_shank"), left, walker("right_shank"), right)
    assert late == pytest.approx(-1e-3 * late_ms, abs=0.011)
