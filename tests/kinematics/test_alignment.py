"""Alignment and angle series on a simulated runner, mounted any way round."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from hipgait.kinematics.angles import SideEvents, estimate_angles, smooth, solve
from hipgait.kinematics.protocol import Protocol, find_protocol
from hipgait.kinematics.segments import SegmentAngles
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.recording import Recording, RunInfo
from hipgait.settings import Settings
from hipgait.simulate.runner import (
    Motion,
    RunnerSettings,
    protocol_then_run,
    simulate_motion,
    standing_then_run,
)
from hipgait.simulate.sensors import SensorSettings, SensorTruth, simulate_with_truth

PLACEMENTS = ("pelvis", "left_shank", "right_shank", "left_thigh", "right_thigh")
MIRROR = {"left": -1.0, "right": 1.0}
Streams = dict[str, UniformStream]


class Case(NamedTuple):
    motion: Motion
    recording: Recording
    mounted: dict[str, SensorTruth]
    streams: Streams
    events: SideEvents
    protocol: Protocol


def _case(run_s: float, seed: int, full: bool = False) -> Case:
    schedule = protocol_then_run(run_s, 8.0) if full else standing_then_run(run_s, 8.0)
    motion = simulate_motion(RunnerSettings(schedule=schedule), seed)
    recording, mounted = simulate_with_truth(
        motion, SensorSettings.consumer(), 100.0, PLACEMENTS, seed
    )
    streams = {p: uniform(s) for p, s in recording.streams.items()}
    steps = motion.plan.steps
    events = {}
    for side, mirror in MIRROR.items():
        k = (steps.sigma == mirror) & np.isfinite(steps.tc)
        events[side] = (steps.ic[k], steps.tc[k], steps.run[k])
    return Case(motion, recording, mounted, streams, events, find_protocol(streams))


@pytest.fixture(scope="module", name="case")
def _plain() -> Case:
    return _case(60.0, 3)


def _error(case: Case, angles: SegmentAngles, name: str) -> NDArray[np.float64]:
    """Smoothed error in deg at 30 - 60 s."""
    time = np.arange(30.0, 60.0, 0.01)
    if name.startswith("pelvis"):
        series, values = angles.pelvis, getattr(angles.pelvis, name.split("_")[1])
    else:
        side, what = name.split("_", 1)
        series = angles.thigh[side] if what.startswith(("hip", "knee")) else angles.shank[side]
        field = {"shank_lean": "lean", "shank_angle": "sagittal"}.get(what, what)
        values = getattr(series, field)
    assert series is not None
    found = np.interp(
        time,
        series.t0 + np.arange(len(values)) / series.fs,
        np.degrees(smooth(values, series.fs)),
    )
    return np.asarray(found - smooth(case.motion.angle(name, time), 100.0))


@pytest.mark.parametrize("seed", [3, 4, 5, 6])
def test_axes_of_sensors_mounted_anyhow(seed: int) -> None:
    """Random turn about the limb, some upside down: right axis within a few degrees."""
    case = _case(30.0, seed)
    found = solve(case.streams, case.recording.info, case.events, case.protocol, Settings())
    for placement, limit in (("pelvis", 6.0), ("left_shank", 9.0), ("right_shank", 9.0)):
        right = case.mounted[placement].mounting[:, 2]
        axes = found.alignment.axes[placement]
        assert np.degrees(np.arccos(axes.right @ right)) < limit, placement
        assert axes.roll_known
        assert axes.right @ np.cross(axes.forward, axes.up) == pytest.approx(1.0, abs=1e-6)


def test_angles_against_the_truth(case: Case) -> None:
    angles = estimate_angles(case.streams, case.recording.info, case.events, case.protocol)
    assert np.std(_error(case, angles, "pelvis_obliquity")) < 0.4
    assert np.std(_error(case, angles, "pelvis_tilt")) < 0.6
    assert np.std(_error(case, angles, "pelvis_rotation")) < 1.5
    for side in MIRROR:
        assert np.std(_error(case, angles, f"{side}_shank_angle")) < 1.5
        assert np.std(_error(case, angles, f"{side}_shank_lean")) < 6.0  # swing included
        assert np.std(_error(case, angles, f"{side}_hip_adduction")) < 6.0
    assert angles.standing_zero
    assert angles.speed_source == "table"
    assert set(angles.alignment) == set(PLACEMENTS)
    assert angles.angle_sd_deg["pelvic_drop_peak.pooled"] < 0.3
    assert 0.9 < angles.angle_sd_deg["pelvic_drop_peak.left"] < 2.0


def test_bows_and_kicks_sharpen_the_yaw(case: Case) -> None:
    full = _case(30.0, 3, full=True)
    plain, sharp = (
        estimate_angles(c.streams, c.recording.info, c.events, c.protocol).alignment
        for c in (case, full)
    )
    assert "bows" in sharp["pelvis"]["method"]
    assert "kicks" in sharp["left_shank"]["method"]
    for placement in ("pelvis", "left_shank", "right_shank"):
        assert sharp[placement]["yaw_sd_deg"] < 0.8 * plain[placement]["yaw_sd_deg"]
        assert sharp[placement]["quality"] > plain[placement]["quality"]


def test_without_standing_there_is_no_zero(case: Case) -> None:
    angles = estimate_angles(case.streams, case.recording.info, case.events, Protocol())
    assert not angles.standing_zero
    assert np.std(_error(case, angles, "pelvis_obliquity")) < 0.4
    assert angles.angle_sd_deg["pelvic_drop_peak.left"] > 1.9


def test_speed_is_estimated_where_nobody_knows_it(case: Case) -> None:
    angles = estimate_angles(case.streams, RunInfo(), case.events, case.protocol)
    assert angles.speed_source == "estimated"
    speed = float(angles.speed_at(np.array([40.0]))[0])
    assert speed == pytest.approx(case.motion.settings.speed_mps, rel=0.15)


def test_a_leg_without_gyroscope_stays_empty(case: Case) -> None:
    streams = {p: s for p, s in case.streams.items() if not p.endswith("thigh")}
    streams["left_shank"] = replace(streams["left_shank"], gyr=None)
    angles = estimate_angles(streams, case.recording.info, case.events, case.protocol)
    assert np.isnan(angles.shank["left"].lean).all()
    assert np.isfinite(angles.shank["right"].lean).all()
    assert "left_shank" in angles.not_measured
    assert "shank_lean_mean.left" not in angles.angle_sd_deg


def test_shanks_alone_and_pelvis_alone(case: Case) -> None:
    for keep in ({"pelvis"}, {"left_shank", "right_shank"}):
        streams = {p: s for p, s in case.streams.items() if p in keep}
        angles = estimate_angles(streams, case.recording.info, case.events, case.protocol)
        assert (angles.pelvis is not None) == ("pelvis" in keep)
        if angles.pelvis is not None:
            assert np.std(_error(case, angles, "pelvis_obliquity")) < 0.5


def test_long_gap_is_empty_and_the_rest_is_not_hurt(case: Case) -> None:
    stream = case.streams["pelvis"]
    a, b = (int(v) for v in stream.index(np.array([20.0, 23.0])))
    missing = stream.missing.copy()
    missing[a:b] = True
    acc = stream.acc.copy()
    assert stream.gyr is not None
    gyr = stream.gyr.copy()
    for x in (acc, gyr):
        x[a:b] = np.linspace(0, 1, b - a)[:, None] * (x[b] - x[a]) + x[a]
    streams = {**case.streams, "pelvis": replace(stream, acc=acc, gyr=gyr, missing=missing)}
    angles = estimate_angles(streams, case.recording.info, case.events, case.protocol)
    assert angles.pelvis is not None
    assert np.isnan(angles.pelvis.obliquity[a + 1 : b - 1]).all()
    assert np.std(_error(case, angles, "pelvis_obliquity")) < 0.5
