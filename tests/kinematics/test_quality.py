"""Slips are found, and told from fatigue, pace and long memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.kinematics.quality import (
    NO_SLIP,
    Sagittal,
    find_slip,
    stream_quality,
    stride_means,
    touched,
)
from hipgait.kinematics.uniform import uniform
from hipgait.recording import Provenance, SensorStream


def fgn(n: int, hurst: float, rng: np.random.Generator) -> np.ndarray:
    """Exact fractional Gaussian noise, unit variance (circulant embedding)."""
    k = np.arange(n + 1.0)
    h2 = 2 * hurst
    cov = 0.5 * ((k + 1) ** h2 - 2 * k**h2 + np.abs(k - 1) ** h2)
    power = np.fft.rfft(np.concatenate([cov, cov[-2:0:-1]])).real.clip(0)
    noise = rng.normal(size=len(power)) + 1j * rng.normal(size=len(power))
    return np.fft.irfft(np.sqrt(power * n) * noise, 2 * n)[:n]


Run = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def run(seed: int, n: int = 1500, pace_step: float = 0.0) -> Run:
    """Levels of n stances a side of a runner who tires."""
    rng = np.random.default_rng(seed)
    time = 30 + 0.355 * np.arange(2 * n)
    left = np.arange(2 * n) % 2 == 0
    values = []
    for _ in range(2):
        level = np.empty(2 * n)
        common = 0.5 * fgn(n, 0.8, rng)
        for mine in (left, ~left):
            tired = rng.uniform(0, 3) * np.linspace(0, 1, n) ** 2
            level[mine] = rng.uniform(-3, 3) + common + 0.5 * fgn(n, 0.8, rng) + tired
            level[mine] += rng.normal(0, 0.4, n)
        level[n:] += pace_step
        values.append(level)
    return time, left, values[0], values[1]


def test_false_alarms_are_rare() -> None:
    alarms = sum(find_slip(*run(seed)).detected for seed in range(100))
    assert alarms <= 2


def test_a_change_of_pace_is_no_slip() -> None:
    assert sum(find_slip(*run(seed, pace_step=2.5)).detected for seed in range(30)) <= 1


@pytest.mark.parametrize("size", [-3.0, 3.0])
def test_a_roll_of_the_pelvis_sensor(size: float) -> None:
    hits = 0
    for seed in range(40):
        time, left, drop, lean = run(seed)
        drop[1400:] += np.where(left[1400:], -size, size)
        slip = find_slip(time, left, drop, lean)
        hits += slip.placement == "pelvis" and abs((slip.at_s or 0) - time[1400]) < 10
        if slip.detected and slip.size_deg is not None:
            assert slip.size_deg == pytest.approx(size, abs=1.2)
    assert hits >= 38


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_shank_sensor_slips_alone(side: str) -> None:
    hits = 0
    for seed in range(40):
        time, left, drop, lean = run(seed)
        after = (np.arange(len(left)) >= 900) & (left == (side == "left"))
        lean[after] += 4.0
        slip = find_slip(time, left, drop, lean)
        hits += slip.placement == f"{side}_shank" and abs((slip.at_s or 0) - time[900]) < 10
    assert hits >= 38


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_shank_sensor_that_turns_about_the_long_axis(side: str) -> None:
    hits = 0
    for seed in range(20):
        time, left, drop, lean = run(seed)
        axis = 0.3 * run(seed + 100)[3]  # steadier than any lean
        assert not find_slip(time, left, drop, lean, axis_deg=axis).detected
        both = axis + np.where(np.arange(len(left)) >= 900, 8.0, 0.0)
        assert not find_slip(time, left, drop, lean, axis_deg=both).detected
        axis[(np.arange(len(left)) >= 900) & (left == (side == "left"))] -= 10.0
        slip = find_slip(time, left, drop, lean, axis_deg=axis)
        hits += slip.placement == f"{side}_shank" and abs((slip.at_s or 0) - time[900]) < 10
    assert hits >= 19


def test_a_short_lasting_change_is_no_slip() -> None:
    time, left, drop, lean = run(5)
    drop[1000:1060] += np.where(left[1000:1060], -4.0, 4.0)
    assert find_slip(time, left, drop, lean) == NO_SLIP


def test_missing_values_short_runs_and_one_side() -> None:
    time, left, drop, lean = run(3)
    drop[1400:] += np.where(left[1400:], -4.0, 4.0)
    holes = np.random.default_rng(0).random(len(drop)) < 0.2
    drop[holes] = np.nan
    assert find_slip(time, left, drop, np.full_like(lean, np.nan)).placement == "pelvis"
    assert find_slip(time[:50], left[:50], drop[:50], lean[:50]) == NO_SLIP
    empty = np.zeros(0)
    assert find_slip(empty, empty.astype(bool), empty, empty) == NO_SLIP
    one = left
    assert not find_slip(time[one], left[one], drop[one], np.full(one.sum(), np.nan)).detected


@pytest.mark.parametrize(("step", "found"), [(95, True), (99, False), (100, False), (105, True)])
def test_a_step_that_leaves_nothing_usual_beside_it_is_no_slip(step: int, found: bool) -> None:
    """160 values of a side are the fewest that are searched. In their middle, no place is far."""
    stance = np.arange(320)
    left = stance % 2 == 0
    lean = np.where(left & (stance >= 2 * step), 6.0, 0.0)
    slip = find_slip(0.355 * stance, left, np.full(320, np.nan), lean)
    assert slip.detected == found


def sagittal(seed: int, left: np.ndarray) -> Sagittal:
    """Tilt, shank angle and stride time of the same runner: both legs share what they do."""
    rng = np.random.default_rng([7, seed])
    n = len(left)
    common = 0.4 * fgn(n, 0.8, rng)
    shank = np.empty(n)
    for mine in (left, ~left):
        shank[mine] = 8 + common[mine] + 0.4 * fgn(int(mine.sum()), 0.8, rng)
    tilt = 4 + 0.4 * fgn(n, 0.8, rng) + rng.normal(0, 0.3, n)
    stride = 0.71 + 0.01 * fgn(n, 0.8, rng)
    axes = rng.normal(0, 3.0, (2, n))
    return Sagittal(tilt, shank + rng.normal(0, 0.4, n), stride, *axes)


def test_a_slip_forwards_or_backwards() -> None:
    pelvis = shank = vertical = uneven = alarms = 0
    for seed in range(20):
        time, left, drop, lean = run(seed)
        plain = sagittal(seed, left)
        alarms += find_slip(time, left, drop, lean, sagittal=plain).detected
        after = np.arange(len(left)) >= 1400
        tipped = replace(plain, tilt_deg=plain.tilt_deg + 5.0 * after)
        slip = find_slip(time, left, drop, lean, sagittal=tipped)
        pelvis += slip.sagittal and slip.placement == "pelvis"
        one_side_drops = replace(plain, axis_deg=plain.axis_deg + 8.0 * after)
        uneven += find_slip(time, left, drop, lean, sagittal=one_side_drops).detected
        about_vertical = replace(one_side_drops, drop_axis_deg=plain.drop_axis_deg + 8.0 * after)
        vertical += find_slip(time, left, drop, lean, sagittal=about_vertical).placement == "pelvis"
        turned = replace(plain, shank_deg=plain.shank_deg - 5.0 * (after & ~left))
        slip = find_slip(time, left, drop, lean, sagittal=turned)
        shank += slip.sagittal and slip.placement == "right_shank" and (slip.size_deg or 0) < 0
    assert alarms == uneven == 0
    assert pelvis >= 19
    assert vertical == 20
    assert shank >= 18


def test_a_hill_or_another_pace_is_no_slip() -> None:
    time, left, drop, lean = run(4)
    plain = sagittal(4, left)
    after = np.arange(len(left)) >= 1400
    tipped = replace(plain, tilt_deg=plain.tilt_deg + 5.0 * after)
    hill = replace(tipped, shank_deg=plain.shank_deg - 4.0 * after)
    faster = replace(tipped, stride_s=plain.stride_s - 0.05 * after)
    unknown = replace(tipped, shank_deg=np.full(len(left), np.nan))
    assert find_slip(time, left, drop, lean, sagittal=tipped).detected
    for other in (hill, faster, unknown):
        assert find_slip(time, left, drop, lean, sagittal=other) == NO_SLIP


@pytest.mark.parametrize("turn", [8.0, -8.0])
def test_a_turn_about_the_vertical_needs_both_directions_and_the_same_pace(turn: float) -> None:
    time, left, drop, lean = run(4)
    plain = sagittal(4, left)
    after = turn * (np.arange(len(left)) >= 1400)
    both = replace(
        plain, axis_deg=plain.axis_deg + after, drop_axis_deg=plain.drop_axis_deg + after
    )
    slip = find_slip(time, left, drop, lean, sagittal=both)
    assert slip.placement == "pelvis"
    assert slip.size_deg == pytest.approx(turn, abs=1.5)
    against = replace(both, drop_axis_deg=plain.drop_axis_deg - after)
    little = replace(both, drop_axis_deg=plain.drop_axis_deg + 0.25 * after)
    faster = replace(both, stride_s=plain.stride_s - 0.05 * (after != 0))
    small = replace(
        plain, axis_deg=plain.axis_deg + 0.4 * after, drop_axis_deg=plain.drop_axis_deg + after
    )
    for other in (against, little, faster, small):
        assert find_slip(time, left, drop, lean, sagittal=other) == NO_SLIP


def test_means_over_strides() -> None:
    values = np.arange(100.0)
    values[50] = np.nan
    start = np.array([1.0, 4.5, 9.8, np.nan])
    got = stride_means(values, 0.0, 10.0, start, start + 1.0)
    np.testing.assert_allclose(got, [14.5, np.nan, 98.5, np.nan])


def stream(gyr_range: float | None = None) -> SensorStream:
    t = np.concatenate([np.arange(500), np.arange(520, 1000)]) / 100.0
    gyr = np.zeros((len(t), 3))
    gyr[300:303, 1] = 8.7
    return SensorStream(
        "left_shank",
        t,
        np.tile([0.0, 9.81, 0.0], (len(t), 1)),
        gyr,
        acc_range=16 * 9.80665,
        gyr_range=gyr_range,
        provenance=Provenance("csv", notes=("units assumed",)),
    )


def test_numbers_of_a_stream() -> None:
    raw = stream(gyr_range=8.7)
    grid = uniform(raw)
    q = stream_quality(raw, grid)
    assert q["rate_hz"] == pytest.approx(100.0)
    assert q["acc_range_g"] == pytest.approx(16.0)
    assert q["gaps"] == [[4.99, 5.2]]
    assert q["gyr_clipped_pct"] == pytest.approx(0.3, abs=0.05)
    assert q["notes"][0] == "units assumed"
    assert any("range" in n for n in q["notes"])
    assert q["missing_pct"] > 1.0


def test_marked_samples_are_found_in_their_strides() -> None:
    grid = uniform(stream(gyr_range=8.7))
    start, stop = np.array([1.0, 2.8, 3.1, 20.0]), np.array([1.7, 3.5, 3.8, 21.0])
    assert touched(grid.gyr_clipped, grid, start, stop).tolist() == [False, True, False, False]
    assert not touched(grid.missing, grid, start, stop)[0]
