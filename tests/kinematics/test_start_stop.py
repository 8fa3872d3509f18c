"""Setting off and coming to rest: the speed that is gained must not pass for gravity."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.kinematics.angles import estimate_angles, smooth
from hipgait.kinematics.protocol import find_protocol
from hipgait.kinematics.start_stop import steady_weight
from hipgait.kinematics.uniform import uniform
from hipgait.settings import OrientationSettings
from hipgait.simulate.cases import DESIGN_POINT, case_motion
from hipgait.simulate.sensors import SensorSettings, simulate_recording

S = OrientationSettings()


def test_only_starts_and_stops_next_to_rest_are_left_out() -> None:
    moving = np.zeros(600, dtype=bool)
    moving[100:400] = True
    weight = steady_weight(moving, 10.0, S)
    assert weight[[0, 80, 180, 250, 320, 420, 599]] == pytest.approx(1.0, abs=0.01)
    assert weight[[115, 135, 365, 385]].max() < 0.05
    assert steady_weight(np.ones(600, dtype=bool), 10.0, S).min() == 1.0
    assert steady_weight(~moving, 10.0, S)[[0, 599]].min() == 1.0  # the ends of the recording
    bow = np.zeros(600, dtype=bool)
    bow[100:150] = True
    assert steady_weight(bow, 10.0, S).min() == 1.0


@pytest.mark.parametrize("case", [0, 1])
def test_sagittal_angles_of_the_first_and_the_last_strides(case: int) -> None:
    motion = case_motion(case, "standing", 60.0, False)
    recording = simulate_recording(motion, SensorSettings(), 100.0, DESIGN_POINT, seed=case)
    streams = {p: uniform(s) for p, s in recording.streams.items()}
    steps = motion.plan.steps
    events = {
        side: tuple(v[(steps.sigma == sign) & np.isfinite(steps.tc)] for v in
                    (steps.ic, steps.tc, steps.run))
        for side, sign in (("left", -1.0), ("right", 1.0))
    }  # fmt: skip
    found = estimate_angles(streams, recording.info, events, find_protocol(streams))
    assert found.pelvis is not None
    time = np.arange(8.0, 75.0, 0.01)
    series = found.pelvis
    grid = series.t0 + np.arange(len(series.tilt)) / series.fs
    tilt = np.interp(time, grid, np.degrees(smooth(series.tilt, series.fs)))
    error = tilt - smooth(motion.angle("pelvis_tilt", time), 100.0)
    error -= np.median(error[(time > 30) & (time < 50)])
    stop = max(float(e[1].max()) for e in events.values())
    for begin in (10.0, 14.0, stop - 8.0, stop - 4.0):
        part = (time >= begin) & (time < begin + 4.0)
        assert abs(error[part].mean()) < 0.5
