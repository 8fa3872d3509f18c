"""Clocks that cannot be: refused before memory is taken for the time between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.api import analyze
from hipgait.errors import InputError
from hipgait.kinematics.uniform import uniform
from hipgait.recording import Recording, SensorStream

TIME = np.arange(1000) / 100.0
STILL = np.tile([0.0, 9.81, 0.0], (1000, 1))


def test_one_sensor_in_unix_time() -> None:
    pelvis = SensorStream("pelvis", TIME, STILL)
    shank = SensorStream("left_shank", TIME + 1.7e9, STILL)
    with pytest.raises(InputError, match="left_shank: starts 19676 days after pelvis"):
        analyze(Recording({"pelvis": pelvis, "left_shank": shank}))


def test_a_jump_within_a_stream() -> None:
    jumped = TIME + np.where(np.arange(1000) > 500, 3.15e7, 0.0)
    with pytest.raises(InputError, match="time jumps by 8750 h"):
        uniform(SensorStream("pelvis", jumped, STILL))
    hour = replace(SensorStream("pelvis", TIME + np.where(np.arange(1000) > 500, 3600.0, 0), STILL))
    assert uniform(hour).n > 360_000
