"""The sensor models: axes, noise, limits, clocks, loss, mounting, slip, soft tissue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hipgait.errors import SettingsError
from hipgait.names import G_MPS2
from hipgait.simulate.runner import Motion, RunnerSettings, Segment, simulate_motion
from hipgait.simulate.sensors import (
    SensorSettings,
    aligned,
    random_mounting,
    rotation,
    simulate_recording,
    simulate_with_truth,
    slipped,
)


@pytest.fixture(scope="module")
def run() -> Motion:
    return simulate_motion(RunnerSettings(schedule=(Segment("run", 20.0),)), seed=1)


@pytest.fixture(scope="module")
def stand() -> Motion:
    return simulate_motion(RunnerSettings(schedule=(Segment("stand", 60.0),)), seed=1)


def test_ideal_sensor_reads_the_motion(run: Motion) -> None:
    recording = simulate_recording(run, SensorSettings.ideal(), 100.0, mountings=aligned())
    for placement, stream in recording.streams.items():
        k = run.kinematics(placement, stream.time_s)
        np.testing.assert_allclose(stream.acc, k.acc, atol=1e-9)
        np.testing.assert_allclose(stream.gyr, k.gyr, atol=1e-9)
        assert stream.rate_hz == pytest.approx(100.0)
        assert stream.provenance.format == "simulated"
    table = recording.info.speed_table
    assert table is not None
    assert abs(table[:, 1].mean() - 3.1) < 0.2


def test_standing_sensor_feels_one_g_whatever_its_mounting(stand: Motion) -> None:
    recording = simulate_recording(stand, SensorSettings.consumer(), 100.0, seed=3)
    for stream in recording.streams.values():
        size = np.linalg.norm(stream.acc.mean(axis=0))
        assert abs(size - G_MPS2) < 4 * 0.02 * G_MPS2


def test_mounting_turns_the_axes(run: Motion) -> None:
    upside = rotation([1, 0, 0], np.pi)
    recording = simulate_recording(
        run, SensorSettings.ideal(), 100.0, ("pelvis",), mountings={"pelvis": upside}
    )
    plain = simulate_recording(run, SensorSettings.ideal(), 100.0, ("pelvis",), mountings=aligned())
    np.testing.assert_allclose(
        recording["pelvis"].acc, plain["pelvis"].acc * [1, -1, -1], atol=1e-9
    )


def test_bias_noise_and_quantisation(stand: Motion) -> None:
    model = SensorSettings.consumer()
    biases, noise = [], []
    for seed in range(12):
        recording, truth = simulate_with_truth(stand, model, 200.0, ("pelvis",), seed)
        stream = recording["pelvis"]
        assert stream.gyr is not None
        biases.append(np.degrees(truth["pelvis"].gyr_bias))
        noise.append(np.diff(stream.gyr, axis=0).std() / np.sqrt(2))
        mean = np.degrees(stream.gyr.mean(axis=0) - truth["pelvis"].gyr_bias)
        assert np.abs(mean).max() < 0.1
        step = 2 * stream.acc_range / 2**16 if stream.acc_range else 1.0
        assert np.abs(stream.acc / step - np.round(stream.acc / step)).max() < 1e-6
    assert 0.3 < np.std(biases) < 0.75
    assert np.degrees(np.mean(noise)) == pytest.approx(0.07, rel=0.3)


def test_range_is_never_left(run: Motion) -> None:
    hard = replace(SensorSettings.consumer(), acc_range_g=4.0, gyr_range_deg_s=300.0)
    stream = simulate_recording(run, hard, 200.0, ("left_shank",))["left_shank"]
    assert stream.gyr is not None
    assert stream.acc_range is not None
    assert np.abs(stream.acc).max() <= 4 * G_MPS2 + 1e-9
    assert np.abs(stream.gyr).max() <= np.radians(300) + 1e-9
    assert (np.abs(stream.acc) > 0.999 * stream.acc_range).sum() > 20


def test_clock_jitter_and_loss() -> None:
    motion = simulate_motion(RunnerSettings(schedule=(Segment("stand", 900.0),)), seed=1)
    model = replace(SensorSettings.consumer(), low_pass=False)
    recording, truth = simulate_with_truth(motion, model, 100.0, ("pelvis", "left_shank"), 5)
    for placement, stream in recording.streams.items():
        true = truth[placement]
        assert abs(true.rate_hz / 100 - 1) <= 50e-6
        assert abs(true.offset_s) <= 2e-3
        assert stream.rate_hz == pytest.approx(100, rel=2e-3)
        lost = 1 - stream.n / (900 * 100)
        assert 0.001 < lost < 0.012
        assert len(stream.gaps) < 15
        assert np.all(np.diff(stream.time_s) > 0)


def test_slip_turns_one_sensor_from_then_on(run: Motion) -> None:
    model = slipped(SensorSettings.ideal(), "pelvis", 10.0, 5.0)
    moved = simulate_recording(run, model, 100.0, mountings=aligned())
    plain = simulate_recording(run, SensorSettings.ideal(), 100.0, mountings=aligned())
    before, after = plain["pelvis"].time_s < 10.0, plain["pelvis"].time_s >= 10.0
    np.testing.assert_array_equal(moved["pelvis"].acc[before], plain["pelvis"].acc[before])
    turned = plain["pelvis"].acc[after] @ rotation([1, 0, 0], np.radians(5.0))
    np.testing.assert_allclose(moved["pelvis"].acc[after], turned, atol=1e-9)
    np.testing.assert_array_equal(moved["left_shank"].acc, plain["left_shank"].acc)


def test_soft_tissue_wobbles_by_degrees_after_impacts(run: Motion) -> None:
    soft = replace(SensorSettings.ideal(), wobble_deg=(1.0, 3.0))
    recording, truth = simulate_with_truth(
        run, soft, 400.0, ("left_shank",), mountings=aligned(("left_shank",))
    )
    k = run.kinematics("left_shank", recording["left_shank"].time_s)
    gyr = recording["left_shank"].gyr
    assert gyr is not None
    difference = gyr - k.gyr
    amplitude = truth["left_shank"].wobble_deg
    assert 1.0 <= amplitude <= 3.0
    assert 15 * amplitude < np.degrees(np.abs(difference).max()) < 200 * amplitude
    spectrum = np.abs(np.fft.rfft(difference - difference.mean(axis=0), axis=0)).sum(axis=1)
    hz = np.fft.rfftfreq(len(difference), 1 / 400)
    centre = np.average(hz, weights=spectrum**2)
    assert 5 < centre < 20


def test_low_pass_keeps_what_is_slow(run: Motion) -> None:
    filtered = replace(SensorSettings.ideal(), low_pass=True)
    a = simulate_recording(run, filtered, 100.0, ("pelvis",), mountings=aligned())["pelvis"]
    k = run.kinematics("pelvis", a.time_s)
    assert np.abs(a.gyr - k.gyr)[50:-50].max() < np.radians(12)
    assert a.acc.mean() == pytest.approx(k.acc.mean(), abs=0.02)


def test_same_seed_same_recording(run: Motion) -> None:
    a, b, c = (
        simulate_recording(run, SensorSettings.consumer(True), 100.0, ("pelvis",), seed)["pelvis"]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(a.acc, b.acc)
    assert a.n != c.n or np.abs(a.acc - c.acc).max() > 0.01


@settings(max_examples=50)
@given(st.integers(0, 10_000))
def test_mountings_are_rotations(seed: int) -> None:
    m = random_mounting(np.random.default_rng(seed))
    np.testing.assert_allclose(m @ m.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(m) == pytest.approx(1.0)


def test_wrong_rate_is_refused(run: Motion) -> None:
    with pytest.raises(SettingsError, match="rate"):
        simulate_recording(run, SensorSettings.ideal(), 5.0)
