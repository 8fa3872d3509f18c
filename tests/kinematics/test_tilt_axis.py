"""The direction of the pelvis' tilting in its sensor, which a turn about the vertical moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hipgait.kinematics.tilt_axis import tilt_axis_deg
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2

FS, STRIDE_S, N = 100.0, 0.7, 12_000


def pelvis(turn_deg: float, mount: Rotation) -> UniformStream:
    """Tilt once a step, obliquity once a stride; from the middle on the sensor is turned."""
    t = np.arange(N) / FS
    gyr = np.zeros((N, 3))
    gyr[:, 2] = 0.9 * np.cos(4 * np.pi * t / STRIDE_S)  # about the medio-lateral axis
    gyr[:, 0] = 0.7 * np.cos(2 * np.pi * t / STRIDE_S + 0.4)
    acc = np.tile([0.0, G_MPS2, 0.0], (N, 1))
    late = t > t[-1] / 2
    turned = Rotation.from_rotvec([0.0, np.radians(turn_deg), 0.0])
    gyr[late] = turned.inv().apply(gyr[late])
    none = np.zeros(N, dtype=bool)
    return UniformStream("pelvis", 0.0, FS, mount.apply(acc), mount.apply(gyr), none, none, none)


@settings(max_examples=20, deadline=None)
@given(turn=st.floats(-40, 40), x=st.floats(-3, 3), y=st.floats(-3, 3), z=st.floats(-3, 3))
def test_a_turn_about_the_vertical_shows_in_full(turn: float, x: float, y: float, z: float) -> None:
    start = np.arange(2, 160) * STRIDE_S
    found = tilt_axis_deg(pelvis(turn, Rotation.from_rotvec([x, y, z])), start, start + STRIDE_S)
    early, late = found[start < 55], found[start > 65]
    assert abs(np.median(late) - np.median(early)) == pytest.approx(abs(turn), abs=0.5)
    assert np.ptp(early) < 0.5


def test_what_is_not_known_stays_empty() -> None:
    stream = pelvis(0.0, Rotation.identity())
    start = np.array([10.0, np.nan, 20.0, 500.0])
    stop = np.array([10.7, 21.0, np.nan, 500.7])
    assert list(np.isfinite(tilt_axis_deg(stream, start, stop))) == [True, False, False, False]
    assert np.isnan(tilt_axis_deg(stream, start[1:2], stop[1:2])).all()
