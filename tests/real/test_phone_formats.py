"""Exports of phone apps as the apps wrote them: walking, phones at the ankle or in a pocket."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hipgait import api
from hipgait.errors import FormatError
from hipgait.io.files import Source
from hipgait.io.fit import read_fit
from hipgait.io.reader import read_run
from hipgait.recording import Recording
from tests.conftest import real_data


def as_sensor(path: Path, placement: str) -> Recording:
    return read_run(path, {placement: path})


def test_phyphox_walk_without_gravity() -> None:
    recording = as_sensor(real_data("formats") / "phyphox" / "Linear_Accelerometer.csv", "pelvis")
    stream = recording["pelvis"]
    assert stream.gravity_removed
    assert stream.rate_hz == pytest.approx(100.7, abs=0.1)
    assert recording.info.start_utc is not None
    assert recording.info.start_utc.isoformat().startswith("2025-02-12T17:25:34.18")
    result = api.analyze(recording)
    # 282 s of walking: one step after the other, none twice
    assert 500 < len(result.strides) < 580
    assert (result.strides["gait"] == "walk").all()
    assert result.strides["cadence_spm"].median() == pytest.approx(116.0, abs=3.0)
    assert "without gravity" in result.quality["not_measured"]["pelvis"]
    angles = [c for c in result.strides if c.endswith("_deg")]
    assert result.strides[angles].isna().all(axis=None)


def ankle(name: str) -> Path:
    return real_data("formats") / "physics-toolbox" / name


def test_physics_toolbox_sample_and_hold_and_unreadable_stamps() -> None:
    recording = as_sensor(ankle("huy_data__ankle1.csv"), "left_shank")
    stream = recording["left_shank"]
    notes = " | ".join(stream.provenance.notes)
    assert stream.gravity_removed
    assert stream.has_gyr
    assert "13 rows without a readable time left out" in notes
    assert "703 of 7662 rows repeat the acceleration before (sample and hold)" in notes
    assert "2 stamps out of order" in notes
    assert stream.n == 6959
    assert not len(stream.gaps)
    strides = api.analyze(recording).strides
    assert 60 < len(strides) < 72
    assert strides["cadence_spm"].median() == pytest.approx(105.6, abs=2.0)
    assert strides["shank_lean_excursion_deg"].isna().all()


def test_physics_toolbox_stamps_of_delivery() -> None:
    recording = as_sensor(ankle("alfred_data__ankle1_100.csv"), "left_shank")
    stream = recording["left_shank"]
    assert any("delivered (in bursts)" in n for n in stream.provenance.notes)
    assert stream.rate_hz == pytest.approx(201.3, abs=0.1)
    assert not len(stream.gaps)
    assert 50 < len(api.analyze(recording).strides) < 62


def test_physics_toolbox_long_gap_and_signs() -> None:
    path = ankle("janit_data__Ankle1.1.csv")
    recording = as_sensor(path, "left_shank")
    stream = recording["left_shank"]
    notes = " | ".join(stream.provenance.notes)
    assert "1 left-over rows beyond a pause of 70.4 s left out" in notes
    assert "opposite signs" in notes
    assert not stream.gravity_removed
    assert stream.duration_s == pytest.approx(67.9, abs=0.1)
    assert 50 < len(api.analyze(recording).strides) < 60
    with pytest.raises(FormatError, match="which way is up cannot be told"):
        as_sensor(path, "pelvis")


@pytest.mark.parametrize(
    ("name", "records", "speed", "heart"),
    [("garmin-fenix-5-run", 21, 2.8, 70), ("developer-types-sample", 3424, 1.96, 141)],
)
def test_fit_of_a_watch_and_of_a_foot_pod(
    name: str, records: int, speed: float, heart: int
) -> None:
    pytest.importorskip("fitdecode")
    path = real_data("formats") / "fit-running-dynamics" / f"{name}.fit"
    track = read_fit(Source(path))
    assert abs(len(track.time_s) - records) <= 2
    assert np.all(np.diff(track.time_s) > 0)
    assert len(track.laps_s) == 1
    assert np.nanmean(track.speed_mps[5:]) == pytest.approx(speed, rel=0.3)
    assert np.nanmedian(track.heart_rate_bpm) == pytest.approx(heart, abs=15)
    assert not (np.abs(track.grade_pct) > 50).any()
