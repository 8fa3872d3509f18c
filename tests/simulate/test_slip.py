"""A sensor that turns on the body afterwards: what it measures, and what is withdrawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hipgait.api import analyze
from hipgait.io.reader import read_run
from hipgait.recording import Recording
from hipgait.resources import data_path
from hipgait.simulate.slip import slip_recording


@pytest.fixture(scope="module")
def run() -> Recording:
    return read_run(data_path("tired-runner"))


@pytest.mark.parametrize("lasts", [0.5, 30.0])
def test_gravity_and_gyroscope_agree_on_the_turn(run: Recording, lasts: float) -> None:
    """A sensor at rest that slips: its rate, integrated, is the turn that gravity shows."""
    stream = run["pelvis"]
    gyr = np.zeros_like(stream.acc)
    acc = np.tile([0.0, 9.81, 0.0], (stream.n, 1))
    still = replace(run, streams={"pelvis": replace(stream, acc=acc, gyr=gyr)})
    axis, start = np.array([1.0, 0.0, 2.0]), float(stream.time_s[0]) + 20.0
    moved = slip_recording(still, "pelvis", axis, 12.0, start, lasts)["pelvis"]
    assert moved.gyr is not None
    step = np.diff(stream.time_s)[:, None]
    turned = (0.5 * (moved.gyr[1:] + moved.gyr[:-1]) * step).sum(axis=0)
    wanted = np.radians(12.0) * axis / np.linalg.norm(axis)
    assert turned == pytest.approx(wanted, abs=2e-3)
    assert moved.acc[0] == pytest.approx([0.0, 9.81, 0.0])
    seen = Rotation.from_rotvec(-wanted).apply([0.0, 9.81, 0.0])
    assert moved.acc[-1] == pytest.approx(seen)
    assert still["pelvis"].acc[-1] == pytest.approx([0.0, 9.81, 0.0])


@pytest.mark.parametrize(("sensor", "axis"), [("pelvis", 0), ("left_shank", 1)])
def test_a_slip_withdraws_the_claims_of_its_sensor(run: Recording, sensor: str, axis: int) -> None:
    middle = float(np.mean(run[sensor].time_s[[0, -1]]))
    found = analyze(slip_recording(run, sensor, np.eye(3)[axis], 15.0, middle))
    slip = found.quality["slip"]
    assert slip["placement"] == sensor
    assert slip["at_s"] == pytest.approx(middle, abs=3.0)
    touched = "pelvic_drop_excursion" if sensor == "pelvis" else "shank_lean_excursion"
    assert found.drift[touched]["verdict"] == "withdrawn"
    assert found.drift["contact_time"]["verdict"] != "withdrawn"
