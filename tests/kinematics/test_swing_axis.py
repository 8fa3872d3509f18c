"""The direction of a shank's rotation in its sensor, and a sensor that turns in mid run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hipgait.api import analyze
from hipgait.kinematics.swing_axis import swing_axis_deg
from hipgait.kinematics.uniform import uniform
from hipgait.metrics.slips import swing_axes
from hipgait.simulate.cases import DESIGN_POINT, case_motion
from hipgait.simulate.sensors import SensorSettings, simulate_with_truth
from hipgait.strides.events import find_stances
from hipgait.strides.table import stance_times


@pytest.mark.parametrize(("turn_deg", "found"), [(0.0, False), (12.0, True), (-12.0, True)])
def test_a_turn_about_the_long_axis_is_found(turn_deg: float, found: bool) -> None:
    motion = case_motion(1, "standing", 150.0)
    settings = SensorSettings.consumer(soft_tissue=True)
    recording, mounted = simulate_with_truth(motion, settings, 100.0, DESIGN_POINT, 7)
    shank = recording.streams["left_shank"]
    assert shank.gyr is not None
    turn = Rotation.from_rotvec(np.radians(turn_deg) * mounted["left_shank"].mounting[:, 1])
    after = shank.time_s > 90.0
    acc, gyr = shank.acc.copy(), shank.gyr.copy()
    acc[after], gyr[after] = turn.apply(acc[after]), turn.apply(gyr[after])
    moved = replace(shank, acc=acc, gyr=gyr)
    steps = motion.plan.steps
    ic = steps.ic[(steps.sigma < 0) & (steps.ic > 20.0) & (steps.ic < 150.0)]
    axis = swing_axis_deg(uniform(moved), ic[:-1], ic[1:])
    late, early = axis[ic[:-1] > 95.0], axis[ic[1:] < 85.0]
    assert np.median(late) - np.median(early) == pytest.approx(0.8 * turn_deg, abs=1.5)
    assert max(late.std(), early.std()) < 1.5
    result = analyze(replace(recording, streams={**recording.streams, "left_shank": moved}))
    slip = result.quality["slip"]
    assert slip["detected"] == found
    if found:
        assert slip["placement"] == "left_shank"
        assert slip["at_s"] == pytest.approx(90.0, abs=3.0)
        late = result.strides[(result.strides["ic_s"] > 95) & (result.strides["side"] == "left")]
        assert not late["valid"].any()


def test_outwards_is_outwards_on_both_legs() -> None:
    """Both sensors turned outwards by hand: the same sign, so that a change of gait is no slip."""
    motion = case_motion(1, "standing", 120.0)
    recording, mounted = simulate_with_truth(motion, SensorSettings(), 100.0, DESIGN_POINT, 7)
    streams = {p: uniform(s) for p, s in recording.streams.items()}
    for side, outward in (("left", 1.0), ("right", -1.0)):  # seen from above
        p = f"{side}_shank"
        stream = streams[p]
        assert stream.gyr is not None
        limb = mounted[p].mounting[:, 1]
        turn = Rotation.from_rotvec(np.radians(12.0 * outward) * limb)
        late = stream.time_s > 75.0
        acc, gyr = stream.acc.copy(), stream.gyr.copy()
        acc[late], gyr[late] = turn.apply(acc[late]), turn.apply(gyr[late])
        streams[p] = replace(stream, acc=acc, gyr=gyr)
    stances = find_stances(streams)
    axis = swing_axes(streams, stances, stance_times(stances))
    rise = {}
    for left in (True, False):
        mine = (stances.left == left) & np.isfinite(axis)
        early, late = mine & (stances.ic_s < 70.0), mine & (stances.ic_s > 80.0)
        rise[left] = np.median(axis[late]) - np.median(axis[early])
    assert abs(rise[True]) > 7.0
    assert rise[True] == pytest.approx(rise[False], abs=2.0)


def test_unknown_strides_stay_unknown() -> None:
    motion = case_motion(0, "standing", 20.0)
    recording, _ = simulate_with_truth(motion, SensorSettings(), 100.0, ("left_shank",), 7)
    stream = uniform(recording.streams["left_shank"])
    start, stop = np.array([15.0, np.nan, 900.0]), np.array([15.7, 16.0, 901.0])
    assert np.isnan(swing_axis_deg(stream, start, stop)).tolist() == [False, True, True]
    assert np.isnan(swing_axis_deg(replace(stream, gyr=None), start, stop)).all()
