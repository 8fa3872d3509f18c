"""Pelvic obliquity from signals that measured running motion drives, against that motion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hipgait.kinematics.angles import estimate_angles, smooth
from hipgait.kinematics.protocol import find_protocol
from hipgait.recording import RunInfo
from tests.real import driven

DURATION_S = 195.0

Data = Callable[[str], Path]


@pytest.mark.parametrize("name", driven.CASES)
def test_obliquity_curve(name: str, real_data: Data) -> None:
    poses, events = driven.case(name, real_data, DURATION_S)
    streams, _ = driven.streams(poses, DURATION_S, seed=1, acc_bias=0.1)
    angles = estimate_angles(streams, RunInfo(), events, find_protocol(streams))
    assert angles.pelvis is not None
    assert angles.standing_zero
    time = np.arange(30.0, DURATION_S - 10.0, 0.01)
    _, matrix = poses["pelvis"](time)
    truth = smooth(np.degrees(np.arcsin(matrix[:, 1, 2])), 100.0)
    grid = angles.pelvis.t0 + np.arange(len(angles.pelvis.obliquity)) / angles.pelvis.fs
    found = np.degrees(smooth(angles.pelvis.obliquity, angles.pelvis.fs))
    error = np.interp(time, grid, found) - truth
    assert np.sqrt(np.mean(error**2)) < 0.5
