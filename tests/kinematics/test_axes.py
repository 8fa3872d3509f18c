"""Sources of the yaw on made-up movements whose axes are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from hipgait.kinematics.gait_cycles import MeanCycle, choose_strides, horizontal_basis
from hipgait.kinematics.pelvis_axis import (
    axis_from_acceleration,
    axis_from_bows,
    axis_from_harmonics,
    axis_from_start,
)
from hipgait.kinematics.shank_axis import axis_from_kicks, axis_from_swing, upright_in_stance
from hipgait.kinematics.yaw import axes, wrap, wrap_axial, yaw_of
from hipgait.settings import AlignmentSettings

S = AlignmentSettings()
PHASE = 2 * np.pi * np.arange(100) / 100
MOUNT = st.integers(0, 10_000).map(lambda seed: Rotation.random(rng=seed).as_matrix())
Matrix = NDArray[np.float64]


def _cycle(pose: Matrix, acc: Matrix, gyr: Matrix, mount: Matrix) -> MeanCycle:
    """Mean cycle of a sensor whose columns of ``mount`` are the segment's axes in the sensor."""
    return MeanCycle(pose @ mount.T, acc, gyr @ mount.T, 0.7, 50, np.zeros((100, 3)))


def _pelvis(mount: Matrix) -> MeanCycle:
    tilt, roll = np.radians(3) * np.cos(2 * PHASE + 0.4), np.radians(4) * np.sin(PHASE)
    pose = Rotation.from_euler("ZX", np.column_stack([-tilt, roll])).as_matrix()
    zero = np.zeros(100)
    # support peaks at phase 0: braking before, push after
    acc = np.column_stack([3 * np.sin(2 * PHASE), 12 * np.cos(2 * PHASE), zero])
    return _cycle(pose, acc, np.zeros((100, 3)), mount)


def _basis(mount: Matrix) -> tuple[Matrix, Matrix, float]:
    x, z = horizontal_basis(mount[:, 1])
    return x, z, yaw_of(mount[:, 2], x, z)


@given(MOUNT)
def test_harmonics_find_the_pelvis_axis(mount: Matrix) -> None:
    x, z, true = _basis(mount)
    found = axis_from_harmonics(_pelvis(mount), x, z, S)
    assert found is not None
    assert found.axial
    assert abs(wrap_axial(found.yaw_rad - true)) < np.radians(0.5)
    assert np.radians(2) < found.sd_rad < np.radians(12)


@given(MOUNT, st.floats(-0.3, 0.3))
def test_acceleration_refines_and_knows_forward(mount: Matrix, off: float) -> None:
    x, z, true = _basis(mount)
    cycle = _pelvis(mount).facing(z)
    found, sense = axis_from_acceleration(cycle, true + off, x, z, S)
    assert found is not None
    assert abs(wrap_axial(found.yaw_rad - true)) < np.radians(4)
    assert sense > 0
    _, backwards = axis_from_acceleration(cycle, true + off + np.pi, x, z, S)
    assert backwards < 0


@given(MOUNT)
def test_bows_and_start(mount: Matrix) -> None:
    x, z, true = _basis(mount)
    deep = np.radians(35) * np.sin(np.linspace(0, np.pi, 80))
    dip = np.column_stack([-np.sin(deep), np.cos(deep), 0.01 * deep])  # forward axis points down
    found = axis_from_bows([dip @ mount.T] * 3, mount[:, 1], x, z, S)
    assert found is not None
    assert abs(wrap(found.yaw_rad - true)) < np.radians(1)
    assert axis_from_bows([np.tile(mount[:, 1], (50, 1))], mount[:, 1], x, z, S) is None
    start = axis_from_start(np.array([3.0, 0.0, 0.0]), mount.T, x, z, S)
    assert start is not None
    assert abs(wrap(start.yaw_rad - true)) < 1e-6
    assert axis_from_start(np.array([0.2, 0.0, 0.0]), mount.T, x, z, S) is None


@given(MOUNT)
def test_swing_and_kicks_find_the_shank_axis(mount: Matrix) -> None:
    x, z, true = _basis(mount)
    # forward swing is short and fast: positive about the right-pointing axis
    rate = 7 * np.exp(-(((PHASE - 4.5) / 0.6) ** 2)) - 3 * np.exp(-(((PHASE - 2.2) / 1.2) ** 2))
    gyr = np.column_stack([0.05 * rate, 0.8 * np.sin(PHASE), rate])
    angle = np.cumsum(rate - rate.mean()) * 0.007
    pose = Rotation.from_rotvec(angle[:, None] * [0, 0, 1]).as_matrix()
    cycle = _cycle(pose, np.zeros((100, 3)), gyr, mount)
    cycle = replace(cycle, turn=np.roll(cycle.turn, -25, axis=0))
    found, ratio = axis_from_swing(cycle, x, z, 0.35, True, S)
    assert abs(wrap(found.yaw_rad - true)) < np.radians(4)
    assert ratio < 0.05
    kick = np.column_stack([np.zeros(80), np.zeros(80), -5 * np.sin(np.linspace(0, 6.28, 80))])
    kicks = axis_from_kicks([kick @ mount.T] * 3, x, z, True, S)
    assert kicks is not None
    assert abs(wrap_axial(kicks.yaw_rad + S.kicks_bias_rad - true)) < 1e-6
    assert axis_from_kicks([0.01 * kick], x, z, True, S) is None
    assert upright_in_stance(cycle, 0.3) @ mount[:, 1] > 0.9


@given(MOUNT, st.floats(-8, 8))
def test_a_tibia_that_turns_in_swing_does_not_turn_the_axis(mount: Matrix, turn_deg: float) -> None:
    x, z, true = _basis(mount)
    share, phase = 0.35, np.arange(100) / 100
    u = np.clip((phase - share) / (1 - share), 0, 1)
    inward = np.radians(turn_deg) * np.sin(np.pi * u) ** 2
    rate = 10 * np.exp(-(((u - 0.65) / 0.2) ** 2)) - 6 * np.exp(-(((u - 0.2) / 0.15) ** 2))
    rate -= 2.0 * (u == 0)
    flexing = Rotation.from_rotvec(-inward[:, None] * [0, 1, 0]).apply([0, 0, 1]) * rate[:, None]
    gyr = flexing + np.gradient(inward, 0.007)[:, None] * [0, 1, 0]
    angle = np.cumsum(rate - rate.mean()) * 0.007
    pose = Rotation.from_rotvec(angle[:, None] * [0, 0, 1]).as_matrix()
    cycle = _cycle(pose, np.zeros((100, 3)), gyr, mount)

    def error(hinge: bool) -> float:
        found, _ = axis_from_swing(cycle, x, z, share, True, S, hinge=hinge)
        return float(wrap_axial(found.yaw_rad + S.swing_bias_rad - true))

    # what is left is the mean of the turn, half counted (see tibial_turn)
    assert abs(error(False)) < np.radians(0.5) + 0.4 * np.radians(abs(turn_deg))
    if abs(turn_deg) > 3:
        assert abs(error(False)) < 0.5 * abs(error(True))


@given(MOUNT, st.floats(-3, 3))
def test_facing_turns_the_heading_frame(mount: Matrix, yaw: float) -> None:
    cycle = _pelvis(mount)
    x, z, _ = _basis(mount)
    right, _ = axes(x, z, yaw)
    turned = cycle.facing(right)
    assert (turned.turn @ right).mean(axis=0)[0] == pytest.approx(0, abs=1e-9)
    assert turned.up == pytest.approx(cycle.up)
    assert np.linalg.norm(turned.acc, axis=1) == pytest.approx(np.linalg.norm(cycle.acc, axis=1))


def test_displacement_is_the_double_integral() -> None:
    wave = 0.03 * np.cos(2 * PHASE)
    omega = 2 * np.pi * 2 / 0.7
    acc = np.column_stack([np.zeros(100), -(omega**2) * wave, np.zeros(100)])
    cycle = MeanCycle(np.tile(np.eye(3), (100, 1, 1)), acc, acc, 0.7, 9, acc)
    assert cycle.displacement(8)[:, 1] == pytest.approx(wave, abs=1e-9)


def test_strides_are_spread_and_plausible() -> None:
    ic = np.arange(0.0, 700.0, 0.7)
    ic[500:] += 30.0  # a stop: one stride of 30 s
    rows = choose_strides(ic, ic + 0.25, [], S)
    assert len(rows) == S.strides_max
    assert np.ptp(rows[:, 2] - rows[:, 0]) < 0.01
    assert rows[0, 0] < 5
    assert rows[-1, 0] > 720
    assert choose_strides(ic[:1], ic[:1], [], S).shape == (0, 3)
