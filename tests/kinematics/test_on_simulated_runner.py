"""Orientation, protocol and speed together on a simulated runner with consumer sensors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.kinematics.gyro_bias import standing_bias
from hipgait.kinematics.movements import Start
from hipgait.kinematics.orientation import (
    Attitude,
    first_pass,
    heading_rate,
    second_pass,
    turn_rate,
    up_in_sensor,
)
from hipgait.kinematics.protocol import find_protocol
from hipgait.kinematics.speed import find_speed
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.recording import RunInfo
from hipgait.simulate.cases import case_settings
from hipgait.simulate.motion import Motion
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, SensorTruth, simulate_with_truth

Runner = tuple[Motion, dict[str, UniformStream], dict[str, SensorTruth]]


@pytest.fixture(scope="module")
def runner() -> Runner:
    settings = replace(case_settings(1, "movements", 60.0), path="track")
    motion = simulate_motion(settings, seed=3)
    sensors = replace(SensorSettings.consumer(), loss=0.0)
    recording, truth = simulate_with_truth(motion, sensors, 100.0, seed=3)
    return motion, {p: uniform(s) for p, s in recording.streams.items()}, truth


def test_the_protocol_is_found(runner: Runner) -> None:
    motion, streams, _ = runner
    found = find_protocol(streams)
    assert (found.n_bows, found.n_kicks("left"), found.n_kicks("right")) == (3, 3, 3)
    assert found.n_jumps == 2
    gait = next((a, b) for kind, a, b in motion.parts if kind == "run")
    assert not any(a < gait[1] - 0.5 and b > gait[0] + 0.5 for a, b in found.standing)


def test_frontal_angles_and_turns(runner: Runner) -> None:
    motion, streams, truth = runner
    standing = [(float(a), float(b)) for a, b in find_protocol(streams).standing]
    begin, end = next((a, b) for kind, a, b in motion.parts if kind == "run")
    right = {p: t.mounting @ [0.0, 0.0, 1.0] for p, t in truth.items()}
    first = {p: first_pass(s, standing_bias(s, standing)) for p, s in streams.items()}
    heading = heading_rate(first["pelvis"], right["pelvis"])
    at = np.linspace(begin + 10, end - 10, 20)
    assert np.abs(turn_rate(heading, at) - motion.turn_rate(at)).max() < np.radians(2.5)
    for placement, stream in streams.items():
        blocks = second_pass(first[placement], right[placement], motion.speed, heading)
        found = np.degrees(np.arcsin(up_in_sensor(first[placement], blocks) @ right[placement]))
        time = stream.time_s - truth[placement].offset_s
        up = motion.orientation(placement, time)[:, 1, :]
        error = found - np.degrees(np.arcsin(up[:, 2]))
        running = (time > begin + 10) & (time < end - 4)
        assert error[running].std() < 0.5
        assert abs(error[running].mean()) < 3.5  # 20 mg of accelerometer bias


def test_speed_of_the_run(runner: Runner) -> None:
    motion, streams, _ = runner
    table = motion.truth()
    legs = []
    for side in ("left", "right"):
        rows = table[table["side"] == side]
        stream = streams[f"{side}_shank"]
        first = first_pass(stream)
        ic, tc = rows["ic_s"].to_numpy(), rows["tc_s"].to_numpy()
        legs.append((Attitude(stream, first, first.up), ic, tc))
    found = find_speed(RunInfo(), Start(np.zeros(3), np.eye(3)), legs)
    assert found.table is not None
    ratio = found.table[:, 1] / motion.speed(found.table[:, 0])
    assert np.median(ratio) == pytest.approx(1.0, abs=0.12)
