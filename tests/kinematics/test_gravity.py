"""Acceleration without gravity: the vertical that movement shows, and what is made of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait import api
from hipgait.io.session import read_session, write_session
from hipgait.kinematics.gravity import put_back, vertical
from hipgait.kinematics.uniform import uniform
from hipgait.names import G_MPS2
from hipgait.recording import Recording, SensorStream
from hipgait.simulate.body import RunnerSettings
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.schedule import Segment
from hipgait.simulate.sensors import SensorSettings, simulate_recording
from hipgait.strides.events import find_stances


@pytest.fixture(scope="module")
def run() -> Recording:
    settings = RunnerSettings(schedule=(Segment("stand", 6.0), Segment("run", 45.0)))
    motion = simulate_motion(settings, seed=3)
    return simulate_recording(motion, SensorSettings.consumer(), 100.0, seed=3)


def without_gravity(stream: SensorStream) -> SensorStream:
    """Gravity taken away as a phone does it: by a filter of orientation, started at rest."""
    assert stream.gyr is not None
    up = np.empty_like(stream.acc)
    g = stream.acc[:200].mean(axis=0)
    g /= np.linalg.norm(g)
    dt = np.diff(stream.time_s, prepend=stream.time_s[0])
    for k, (step, rate) in enumerate(zip(dt, stream.gyr, strict=True)):
        g = g + step * np.cross(g, rate)
        measured = stream.acc[k] / G_MPS2
        g += 0.2 * step * (measured - g)
        g /= np.linalg.norm(g)
        up[k] = g
    return replace(stream, acc=stream.acc - G_MPS2 * up, gravity_removed=True)


@pytest.mark.parametrize("placement", ["pelvis", "left_shank"])
def test_movement_shows_the_vertical(run: Recording, placement: str) -> None:
    stream = run[placement]
    moving = stream.time_s > 10.0
    truth = stream.acc[moving].mean(axis=0)
    truth /= np.linalg.norm(truth)
    free = without_gravity(stream)
    up = vertical(free.acc[moving], placement)
    assert np.degrees(np.arccos(np.clip(up @ truth, -1, 1))) < 25.0
    restored = put_back(free.acc[moving], placement)
    assert np.linalg.norm(restored.mean(axis=0)) == pytest.approx(G_MPS2, rel=0.6)


def test_rest_and_short_streams_have_some_vertical() -> None:
    assert np.linalg.norm(vertical(np.zeros((50, 3)), "pelvis")) == 1.0
    assert np.linalg.norm(vertical(np.ones((3, 3)), "left_shank")) == 1.0


@pytest.mark.parametrize("placements", [("pelvis",), ("left_shank", "right_shank")])
def test_steps_are_the_same_without_gravity(run: Recording, placements: tuple[str, ...]) -> None:
    whole = find_stances({p: uniform(run[p]) for p in placements})
    free = find_stances({p: uniform(without_gravity(run[p])) for p in placements})
    assert len(free.ic_s) == len(whole.ic_s)
    if len(placements) == 2:  # a pelvis alone may take left for right
        np.testing.assert_array_equal(free.left, whole.left)
    assert np.abs(free.ic_s - whole.ic_s).max() < 0.012
    known = np.isfinite(whole.tc_s) & np.isfinite(free.tc_s)
    assert np.abs(free.tc_s - whole.tc_s)[known].max() < 0.025


def test_timing_stays_and_the_rest_is_empty_with_the_reason(run: Recording) -> None:
    streams = {p: without_gravity(run[p]) for p in ("pelvis", "left_shank")}
    result = api.analyze(Recording({**streams, "right_shank": run["right_shank"]}, run.info))
    table = result.strides[result.strides["valid"]]
    assert len(table) > 80
    assert table["contact_time_s"].notna().all()
    left = table[table["side"] == "left"]
    right = table[table["side"] == "right"]
    for column in ("shank_lean_excursion_deg", "peak_tibial_acceleration_g"):
        assert left[column].isna().all()
        assert right[column].notna().any()
    for column in ("pelvic_drop_excursion_deg", "vertical_oscillation_cm", "shock_attenuation_db"):
        assert table[column].isna().all()
    reasons = result.quality["not_measured"]
    assert "gravity" in reasons["pelvic_drop_excursion_deg"]
    assert reasons["shank_lean_excursion_deg"].startswith("left side: ")
    assert "without gravity" in reasons["pelvis"]


def test_a_session_keeps_the_flag(run: Recording, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("s")
    write_session(Recording({"pelvis": without_gravity(run["pelvis"])}, run.info), folder)
    assert read_session(folder)["pelvis"].gravity_removed
