"""Seven x-IMU3 on one lower body: stepping, then standing at the end (18.6 s, 50 Hz)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from hipgait.kinematics.orientation import first_pass, up_in_sensor
from hipgait.kinematics.protocol import find_protocol
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.names import G_MPS2
from hipgait.recording import SensorStream
from tests.kinematics.reference import vqf_up

FOLDERS = {"pelvis": "pelvis", "Left Lower": "left_shank", "Right Lower": "right_shank"}


def load(root: Path) -> dict[str, UniformStream]:
    out = {}
    for folder in root.iterdir():
        for start, placement in FOLDERS.items():
            if folder.name.startswith(start):
                rows = np.loadtxt(folder / "Inertial.csv", delimiter=",", skiprows=1)
                stream = SensorStream(
                    placement, rows[:, 0] * 1e-6, rows[:, 4:7] * G_MPS2, np.radians(rows[:, 1:4])
                )
                out[placement] = uniform(stream)
    return out


def test_standing_is_found_and_nothing_invented(real_data: Callable[[str], Path]) -> None:
    streams = load(real_data("lower-body-ximu3"))
    found = find_protocol(streams)
    assert len(found.standing) == 1
    end = streams["pelvis"].time_s[-1]
    assert end - 4.0 < found.standing[0][0] < found.standing[0][1] < end
    assert (found.n_bows, found.n_jumps, dict(found.kicks)) == (0, 0, {})


def test_two_pass_and_vqf_agree_on_slow_stepping(real_data: Callable[[str], Path]) -> None:
    for stream in load(real_data("lower-body-ximu3")).values():
        two_pass, vqf = up_in_sensor(first_pass(stream)), vqf_up(stream, 3.0)
        cosine = np.clip(np.einsum("ij,ij->i", two_pass, vqf), -1, 1)
        apart = np.degrees(np.arccos(cosine))[100:-50]
        assert np.median(apart) < 3.0
