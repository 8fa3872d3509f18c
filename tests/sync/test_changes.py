"""Starts and stops of movement on two clocks, and walks that only jumps can bring together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.settings import Settings
from hipgait.simulate.body import RunnerSettings, Segment
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, simulate_recording
from hipgait.sync.apply import one_clock
from hipgait.sync.changes import Changes, change_shift, changes
from hipgait.sync.relate import relate

S = Settings()
STAND, JUMPS = Segment("stand", 6.0), Segment("jumps", 6.0)


@cache
def recorded(*schedule: Segment, seed: int = 21) -> Mapping[str, UniformStream]:
    motion = simulate_motion(RunnerSettings(schedule=schedule), seed=seed)
    recording = simulate_recording(motion, SensorSettings.consumer(), 100.0, seed=seed)
    return {p: uniform(recording[p]) for p in ("pelvis", "left_shank")}


def late(streams: Mapping[str, UniformStream], offset_s: float) -> dict[str, UniformStream]:
    """The shank as a clock stamps it that shows ``offset_s`` too much."""
    leg = streams["left_shank"]
    return {**streams, "left_shank": replace(leg, t0=leg.t0 + offset_s)}


def at(starts: tuple[float, ...], stops: tuple[float, ...]) -> Changes:
    return np.array(starts), np.array(stops)


@pytest.mark.parametrize(
    ("a", "b", "want"),
    [
        (at((10.0,), (70.0,)), at((309.8,), (370.2,)), -300.0),
        (at((10.0,), (70.0,)), at((309.8,), ()), None),  # one fits any
        (at((10.0,), ()), at((), (310.0,)), None),  # a start is no stop
        (at((10.0, 20.0, 30.0), ()), at((310.0, 320.0), ()), None),  # two places do as well
        (at((10.0, 20.0), (17.0, 70.0)), at((310.0, 320.0), (317.0,)), -300.0),
        (at((), ()), at((310.0,), (370.0,)), None),
    ],
)
def test_change_shift(a: Changes, b: Changes, want: float | None) -> None:
    found = change_shift(a, b, S.sync)
    assert found == (None if want is None else pytest.approx(want))


@pytest.mark.parametrize("placement", ["pelvis", "left_shank"])
def test_a_walk_between_rests(placement: str) -> None:
    streams = recorded(STAND, Segment("walk", 30.0), STAND)
    starts, stops = changes(streams[placement], S.sync, S.events)
    assert starts == pytest.approx([6.0], abs=1.2)  # smoothed over 2 s
    assert stops == pytest.approx([36.0], abs=1.2)


@pytest.mark.parametrize("offset_s", [300.0, -0.5])
def test_a_walk_is_put_together_by_jumps(offset_s: float) -> None:
    streams = late(recorded(STAND, JUMPS, STAND, Segment("walk", 40.0), STAND), offset_s)
    done = one_clock(streams, ("left_shank",), "auto", S)
    assert done.moves["left_shank"].offset_s == pytest.approx(-offset_s, abs=0.010)
    row = done.report["sensors"]["left_shank"]
    assert row["method"] == "jumps"
    assert abs(row["offset_ms"] + 1e3 * offset_s) < row["uncertainty_ms"] == 15.0
    assert len(done.notes) == 1
    assert "by 2 jumps" in done.notes[0]
    assert "no running" in done.notes[0]


def test_a_walk_without_jumps_is_left_and_the_cure_named() -> None:
    streams = late(recorded(STAND, Segment("walk", 30.0), STAND), 0.5)
    done = one_clock(streams, ("left_shank",), "auto", S)
    assert done.apart == ("left_shank",)
    (note,) = done.notes
    assert "two small jumps" in note
    assert "running" in note


def test_jumps_of_somebody_else_who_walks_are_not_believed() -> None:
    one = recorded(STAND, JUMPS, STAND, Segment("walk", 40.0), STAND)
    other = recorded(STAND, JUMPS, Segment("stand", 9.0), Segment("walk", 33.0), STAND, seed=4)
    found = relate({**one, "left_shank": other["left_shank"]}, S.sync, S.events, ("left_shank",))
    assert "left_shank" not in found or not found["left_shank"].clear


def test_a_short_run_is_found_by_its_start_and_stop() -> None:
    streams = recorded(STAND, Segment("run", 45.0), STAND)
    found = relate(late(streams, 300.0), S.sync, S.events, ("left_shank",))
    assert found["left_shank"].clear
    assert found["left_shank"].offset_s == pytest.approx(-300.0, abs=0.020)
