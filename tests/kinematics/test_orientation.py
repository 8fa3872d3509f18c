"""The two-pass smoother on a motion whose inclination is known exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hipgait.errors import NotMeasurable
from hipgait.kinematics.gyro_bias import GyroBias, motion_bias, standing_bias
from hipgait.kinematics.orientation import (
    Attitude,
    first_pass,
    heading_rate,
    second_pass,
    turn_rate,
    up_in_frame,
    up_in_sensor,
)
from hipgait.kinematics.smoothing import gaussian
from hipgait.kinematics.strapdown import rotate
from hipgait.kinematics.uniform import UniformStream
from tests.kinematics.reference import vqf_up

G = 9.80665
RIGHT = np.array([0.0, 0.0, 1.0])


@dataclass
class Pelvis:
    """A swaying pelvis that runs along a line that bends, in its own (mounted) axes."""

    stream: UniformStream
    up: np.ndarray
    right: np.ndarray
    heading: np.ndarray


def pelvis(
    seconds: float = 120.0,
    fs: float = 100.0,
    speed: float = 3.0,
    bend: float = 0.0,
    stand_s: float = 10.0,
    bias: tuple[float, float, float] = (0.0, 0.0, 0.0),
    mount: tuple[float, float, float] = (0.4, -1.0, 2.0),
) -> Pelvis:
    """bend : heading rate in rad/s between 40 and 60 % of the run."""
    fine = 4
    n = int(seconds * fs) * fine
    t = np.arange(n) / fs / fine
    ramp = np.clip((t - stand_s) / 3, 0, 1) ** 2 * (3 - 2 * np.clip((t - stand_s) / 3, 0, 1))
    turn = bend * np.exp(-(((t - 0.5 * seconds) / (0.1 * seconds)) ** 8))
    heading = np.cumsum(turn) / fs / fine
    phase = 2 * np.pi * 1.4 * t
    roll = 0.07 * ramp * np.sin(phase)
    pitch = 0.05 * ramp * np.sin(2 * phase) - 0.1 * ramp
    yaw = heading + 0.09 * ramp * np.cos(phase)
    # world: x forward at the start, y up, z right; rotations about y, x, z
    body = Rotation.from_euler("YXZ", np.stack([yaw, roll, pitch], -1))
    v = speed * ramp
    acc = np.stack(
        [
            np.gradient(v * np.cos(heading), t) + ramp * 3 * np.cos(2 * phase),
            ramp * 9 * np.sin(2 * phase),
            np.gradient(-v * np.sin(heading), t) + ramp * 2 * np.sin(phase),
        ],
        -1,
    )
    force = body.inv().apply(acc + np.array([0, G, 0]))
    step = (body[:-1].inv() * body[1:]).as_rotvec() * fs * fine
    rate = np.concatenate([step[:1], 0.5 * (step[1:] + step[:-1]), step[-1:]])
    mounted = Rotation.from_rotvec(mount)
    keep = slice(None, None, fine)
    stream = UniformStream(
        "pelvis",
        100.0,
        fs,
        np.ascontiguousarray(mounted.apply(force[keep])),
        np.ascontiguousarray(mounted.apply(rate[keep]) + np.array(bias)),
        *(np.zeros(n // fine, dtype=bool) for _ in range(3)),
    )
    up = mounted.apply(body[keep].inv().apply([0.0, 1.0, 0.0]))
    return Pelvis(stream, up, mounted.apply(RIGHT), turn[keep])


def degrees_off(up: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", up, truth), -1, 1)))


def run_both(case: Pelvis, speed: float | None, **options: float) -> np.ndarray:
    first = first_pass(case.stream)
    heading = heading_rate(first, case.right)
    return up_in_sensor(first, second_pass(first, case.right, speed, heading, **options))


def test_inclination_of_a_straight_run_from_standing() -> None:
    case = pelvis()
    error = degrees_off(run_both(case, 3.0), case.up)
    steady = slice(2500, -600)
    assert np.sqrt(np.mean(error[steady] ** 2)) < 0.02
    assert error[-600:].max() < 0.2  # the file ends in mid-run
    assert error[:300].max() < 0.1  # still standing


def test_a_bend_is_seen_as_level_only_without_speed() -> None:
    case = pelvis(seconds=200.0, bend=0.09)
    middle = slice(9500, 10500)
    with_speed = degrees_off(run_both(case, 3.0), case.up)[middle]
    without = degrees_off(run_both(case, None), case.up)[middle]
    assert with_speed.mean() < 0.1
    assert without.mean() > 1.0


def test_heading_and_turn_rate_are_positive_to_the_left() -> None:
    case = pelvis(seconds=200.0, bend=0.09)
    first = first_pass(case.stream)
    heading = heading_rate(first, case.right)
    assert heading.at(np.array([200.0]))[0] == pytest.approx(0.09, abs=2e-3)
    rate = turn_rate(heading, np.array([0.0, 120.0, 200.0, 1e6]))
    assert rate[2] == pytest.approx(0.09, abs=1e-3)
    assert rate[1] == pytest.approx(0.0, abs=1e-3)
    assert np.isfinite(rate).all()
    assert heading.at(np.array([-5.0]))[0] == 0.0


def test_mounting_does_not_matter() -> None:
    answers = []
    for mount in ((0.0, 0.0, 0.0), (np.pi, 0.0, 0.0), (0.3, 2.0, -1.0)):
        case = pelvis(seconds=60.0, mount=mount)
        up = run_both(case, 3.0)
        answers.append(np.degrees(np.arcsin(up @ case.right)))
    assert np.abs(answers[0] - answers[1]).max() < 1e-6
    assert np.abs(answers[0] - answers[2]).max() < 1e-6


@pytest.mark.parametrize("stand", [True, False])
def test_a_gyro_bias_hardly_touches_the_inclination(stand: bool) -> None:
    case = pelvis(bias=(0.008, -0.008, 0.006))
    bias = standing_bias(case.stream, [(100.0, 109.0)] if stand else [])
    first = first_pass(case.stream, bias)
    heading = heading_rate(first, case.right)
    up = up_in_sensor(first, second_pass(first, case.right, 3.0, heading))
    error = degrees_off(up, case.up)
    assert np.sqrt(np.mean(error[2500:-600] ** 2)) < 0.05


def test_bias_from_standing_and_from_motion() -> None:
    bias = np.array([0.008, -0.006, 0.005])
    case = pelvis(seconds=200.0, bias=tuple(bias))
    still = standing_bias(case.stream, [(100.0, 109.0)])
    assert still.source == "standing"
    assert np.allclose(still.at(case.stream.time_s), bias, atol=1e-4)
    first = first_pass(case.stream)
    moving = motion_bias(first.up, first.rot, first.rate_hz, first.segments)
    vertical = case.up[5000]
    error = moving.value[0] - bias
    across = error - vertical * (error @ vertical)
    assert moving.source == "motion"
    assert np.degrees(np.linalg.norm(across)) < 0.05


def test_bias_changes_linearly_between_two_standings() -> None:
    bias = GyroBias(np.array([0.0, 10.0]), np.array([[0.0] * 3, [1.0] * 3]), "standing", 0.1)
    assert np.allclose(bias.at(np.array([-5.0, 5.0, 20.0]))[:, 0], [0.0, 0.5, 1.0])


def test_no_standing_no_bias() -> None:
    case = pelvis(seconds=8.0)
    assert standing_bias(case.stream, []).source == "none"
    assert standing_bias(replace(case.stream, gyr=None), [(0.0, 5.0)]).source == "none"
    first = first_pass(case.stream)
    assert motion_bias(first.up, first.rot, first.rate_hz, first.segments).source == "none"


def test_a_long_gap_splits_and_the_rest_stays_right() -> None:
    case = pelvis()
    missing = np.zeros(case.stream.n, dtype=bool)
    missing[6000:6080] = True
    acc, gyr = case.stream.acc.copy(), case.stream.gyr.copy()
    acc[missing], gyr[missing] = acc[6000], gyr[6000]
    stream = replace(case.stream, acc=acc, gyr=gyr, missing=missing)
    first = first_pass(stream, long_gap_s=0.5)
    assert len(first.segments) == 2
    assert first.time_s[first.segments[1][0]] == pytest.approx(160.4, abs=0.1)
    heading = heading_rate(first, case.right)
    up = up_in_sensor(first, second_pass(first, case.right, 3.0, heading))
    error = degrees_off(up, case.up)
    assert error[2500:6000].max() < 0.2
    assert error[6080:].max() < 0.2
    assert np.isfinite(up).all()


@pytest.mark.parametrize("fs", [50.0, 52.0, 60.0, 104.0, 333.0])
def test_any_rate(fs: float) -> None:
    case = pelvis(seconds=60.0, fs=fs)
    up = run_both(case, 3.0)
    error = degrees_off(up, case.up)[int(25 * fs) : -int(6 * fs)]
    assert np.sqrt(np.mean(error**2)) < 0.06


@pytest.mark.parametrize("n", [2, 3, 7, 19, 50, 500])
def test_very_short_recordings_never_fail(n: int) -> None:
    case = pelvis(seconds=10.0, stand_s=0.0)
    part = replace(
        case.stream,
        acc=case.stream.acc[:n],
        gyr=case.stream.gyr[:n],
        missing=np.zeros(n, dtype=bool),
    )
    first = first_pass(part)
    heading = heading_rate(first, case.right)
    up = up_in_sensor(first, second_pass(first, case.right, 3.0, heading))
    assert up.shape == (n, 3)
    assert np.isfinite(up).all()
    assert np.isfinite(turn_rate(heading, first.time_s)).all()


def test_everything_missing_is_still_finite() -> None:
    case = pelvis(seconds=5.0)
    stream = replace(case.stream, missing=np.ones(case.stream.n, dtype=bool))
    assert np.isfinite(up_in_sensor(first_pass(stream))).all()


def test_attitude_agrees_with_the_full_rate_answer() -> None:
    case = pelvis(seconds=40.0)
    first = first_pass(case.stream)
    attitude = Attitude(case.stream, first, first.up)
    k = np.array([[1000, 1500], [2000, 3000]])
    times = case.stream.time_s[k]
    turn, up = attitude.matrices_at(times), attitude.up_at(times)
    inside = np.einsum("...ij,...i->...j", turn, up)
    assert np.abs(inside - up_in_sensor(first)[k]).max() < 1e-5
    mean = attitude.up_in_sensor_mean(times)
    assert np.linalg.norm(mean) == pytest.approx(1.0)
    assert np.abs(rotate(first.q, up_in_sensor(first)) - up_in_frame(first)).max() < 1e-9


def test_vqf_is_a_reference_without_a_lead() -> None:
    case = pelvis()
    error = degrees_off(vqf_up(case.stream), case.up)
    assert np.sqrt(np.mean(error[5000:] ** 2)) < 0.25


def test_without_gyroscope_there_are_no_angles() -> None:
    stream = replace(pelvis(seconds=3.0).stream, gyr=None)
    with pytest.raises(NotMeasurable, match="gyroscope"):
        first_pass(stream)
    with pytest.raises(NotMeasurable, match="gyroscope"):
        vqf_up(stream)


def test_gaussian_keeps_a_constant_and_a_slow_wave() -> None:
    t = np.arange(4000.0)
    wave = np.sin(2 * np.pi * t / 1000)
    smooth = gaussian(np.stack([wave, np.ones_like(t)], -1), 10.0)
    assert np.allclose(smooth[:, 1], 1.0)
    expected = wave * np.exp(-2 * (np.pi * 10 / 1000) ** 2)
    assert np.allclose(smooth[200:-200, 0], expected[200:-200], atol=1e-5)
    assert np.allclose(gaussian(wave, 0.0), wave)


def test_sway_in_standing_is_no_bias() -> None:
    fs, n = 100.0, 1000
    t = np.arange(n) / fs
    lean = np.radians(3.0) * (t / 10) ** 2 + np.radians(0.3) * np.sin(2 * np.pi * 0.4 * t)
    body = Rotation.from_rotvec(np.outer(lean, RIGHT))
    stream = UniformStream(
        "left_shank",
        0.0,
        fs,
        body.inv().apply([0.0, G, 0.0]),
        np.outer(np.gradient(lean, t), RIGHT) + [0.001, 0.002, 0.003],
        *(np.zeros(n, dtype=bool) for _ in range(3)),
    )
    found = standing_bias(stream, [(0.0, 10.0)]).value[0]
    assert np.allclose(found, [0.001, 0.002, 0.003], atol=2e-5)
