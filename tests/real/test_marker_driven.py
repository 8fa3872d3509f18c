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


def _case(name: str, root: Data) -> tuple[dict[str, driven.Pose], driven.Clock, driven.Events]:
    if name in ("run0350cms", "run0500cms"):
        stride = {"run0350cms": 0.756, "run0500cms": 0.680}[name]
        poses, clock = driven.ik_poses(root("running-ik") / f"{name}.mot", stride)
        return poses, clock, driven.contacts(poses, clock, DURATION_S)
    # stride, right contact, contact time, left after right, speed: force plates, SOURCE.txt
    stride, first, contact, other, speed = {
        "run200": (0.792, 0.8255, 0.345, 0.399, 2.0),
        "run400": (0.698, 0.6505, 0.263, 0.357, 4.0),
    }[name]
    path = root("running-markers") / name / "markers.trc"
    poses, clock = driven.marker_poses(path, stride, first, contact, speed)
    return poses, clock, driven.plate_contacts(clock, DURATION_S, contact, other)


@pytest.mark.parametrize("name", ["run200", "run400", "run0350cms", "run0500cms"])
def test_obliquity_curve(name: str, real_data: Data) -> None:
    poses, _, events = _case(name, real_data)
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
