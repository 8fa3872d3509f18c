"""Timing columns and flags, against a hand-made table."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.kinematics.uniform import UniformStream
from hipgait.settings import Settings
from hipgait.strides.sequence import Stances
from hipgait.strides.table import flag_stances, stance_times, timing_columns


def stances(left: list[int], ic: list[float], bout: list[int] | None = None) -> Stances:
    k = len(ic)
    times = np.array(ic, dtype=float)
    return Stances(
        np.array(left, dtype=bool),
        times,
        times + 0.25,
        np.ones(k, dtype=bool),
        np.array(bout if bout else [0] * k, dtype=np.int64),
        np.ones(k),
        np.zeros(k, dtype=bool),
        "shanks",
    )


def test_hand_computed_timing() -> None:
    s = stances([1, 0, 1, 0, 1], [0.00, 0.36, 0.70, 1.08, 1.40])
    columns = timing_columns(s, stance_times(s))
    assert columns["step_time_s"][:4] == pytest.approx([0.36, 0.34, 0.38, 0.32])
    assert columns["stride_time_s"][:3] == pytest.approx([0.70, 0.72, 0.70])
    assert np.isnan(columns["stride_time_s"][3:]).all()
    assert columns["flight_time_s"][0] == pytest.approx(0.11)
    assert columns["cadence_spm"][0] == pytest.approx(120 / 0.70)
    assert columns["duty_factor"][0] == pytest.approx(0.25 / 0.70)


def test_one_leg_alone_gives_strides_but_no_steps() -> None:
    s = stances([1, 1, 1], [0.0, 0.7, 1.4])
    columns = timing_columns(s, stance_times(s))
    assert columns["stride_time_s"][:2] == pytest.approx([0.7, 0.7])
    assert np.isnan(columns["step_time_s"]).all()


def test_no_stride_spans_a_break() -> None:
    s = stances([1, 0, 1, 0], [0.0, 0.35, 30.0, 30.35], [0, 0, 1, 1])
    assert np.isnan(timing_columns(s, stance_times(s))["stride_time_s"]).all()


def stream(placement: str, missing: slice) -> UniformStream:
    n = 400
    mask = np.zeros(n, dtype=bool)
    mask[missing] = True
    no = np.zeros(n, dtype=bool)
    return UniformStream(placement, -1.0, 100.0, np.ones((n, 3)), None, mask, no, no)


def test_a_gap_in_one_shank_touches_that_side_alone() -> None:
    s = stances([1, 0] * 4, [0.35 * i for i in range(8)])
    streams = {"left_shank": stream("left_shank", slice(175, 185))}
    flags = flag_stances(s, stance_times(s), streams, Settings())
    gap = flags.codes["gap"]
    assert gap[2]  # left stance from 0.70 to 1.40 s holds the gap at 0.75 s
    assert not gap[~s.left].any()
    assert "gap" in flags.text(8)[2].split(";")
    assert not flags.valid(8)[2]
    assert flags.valid(8)[3]


@pytest.mark.parametrize(
    ("placement", "lost_s", "valid"),
    [("left_shank", 0.3, True), ("pelvis", 0.1, True), ("pelvis", 0.3, False)],
)
def test_a_gap_in_the_swing_spares_the_stance(placement: str, lost_s: float, valid: bool) -> None:
    s = stances([1, 0] * 4, [0.35 * i for i in range(8)])
    mask = slice(200, 200 + round(100 * lost_s))  # the left contact ends with sample 195
    flags = flag_stances(s, stance_times(s), {placement: stream(placement, mask)}, Settings())
    assert flags.valid(8)[2] == valid
    assert flags.codes["gap_swing"][2] == valid
    assert flags.codes["gap"][2] != valid


def test_the_edges_of_a_bout_are_not_valid() -> None:
    s = stances([1, 0] * 5, [0.35 * i for i in range(10)])
    valid = flag_stances(s, stance_times(s), {}, Settings()).valid(10)
    assert valid.tolist() == [False, False] + [True] * 6 + [False, False]
