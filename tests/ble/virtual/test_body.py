"""A virtual sensor on the simulated runner measures the runner, at the times that it says."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.ble.virtual.body import EARTH_T, Runner, Waves
from hipgait.names import G_MPS2
from hipgait.simulate.body import RunnerSettings, standing_then_run
from hipgait.simulate.motion import Motion, sensor_point
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings


@pytest.fixture(scope="module", name="motion")
def _motion() -> Motion:
    return simulate_motion(RunnerSettings(schedule=standing_then_run(8.0, 3.0)), seed=3)


@pytest.mark.parametrize("phase", [0.0, 0.004, 0.0093])
def test_samples_are_those_of_their_times(motion: Motion, phase: float) -> None:
    body = Runner(motion, "left_shank", SensorSettings.ideal(), mounting=np.eye(3))
    rate = 104.0 * (1 + 37e-6)
    times = phase + np.arange(900) / rate
    got = body.motion(["acc", "gyr"], rate, times[200:500])
    acc, gyr = motion.rates(
        "left_shank", times[200:500], sensor_point(motion.settings, "left_shank")
    )
    np.testing.assert_allclose(got["acc"], acc, atol=1e-6)
    np.testing.assert_allclose(got["gyr"], gyr, atol=1e-7)


def test_a_new_phase_is_simulated_anew(motion: Motion) -> None:
    body = Runner(motion, "pelvis", SensorSettings.ideal(), mounting=np.eye(3))
    point = sensor_point(motion.settings, "pelvis")
    for start in (4.0, 4.0 + 0.3 / 104, 5.0):
        times = start + np.arange(50) / 104
        got = body.motion(["acc"], 104.0, times)["acc"]
        np.testing.assert_allclose(got, motion.rates("pelvis", times, point)[0], atol=1e-6)


def test_after_the_run_the_sensor_lies_still(motion: Motion) -> None:
    body = Runner(motion, "pelvis", SensorSettings.consumer(), seed=4)
    times = motion.duration_s + 10 + np.arange(20) / 100
    values = body.motion(["acc", "gyr", "mag"], 100.0, times)
    assert np.ptp(values["acc"], axis=0).max() == 0
    assert np.linalg.norm(values["acc"], axis=1) == pytest.approx(G_MPS2, abs=3.0)
    assert np.linalg.norm(values["mag"], axis=1) == pytest.approx(np.linalg.norm(EARTH_T))


def test_standing_upright_the_field_points_down(motion: Motion) -> None:
    body = Runner(motion, "pelvis", SensorSettings.ideal(), mounting=np.eye(3))
    field = body.motion(["mag"], 100.0, np.array([0.5, 0.51]))["mag"][0]
    assert field[1] < -30e-6


def test_speed_is_the_runner_s(motion: Motion) -> None:
    body = Runner(motion, "pelvis", SensorSettings.ideal())
    times = np.array([-1.0, 7.0, 100.0])
    np.testing.assert_allclose(
        body.speed(times), motion.speed(np.clip(times, 0, motion.duration_s))
    )


def test_waves_of_two_sensors_differ() -> None:
    times = np.arange(100) / 100
    one, two = (Waves(i).motion(["acc"], 100.0, times)["acc"] for i in (0, 1))
    assert np.abs(one - two).max() > 1.0
    assert len(np.unique(one[:, 0])) == 100
