"""Exports of phone apps as the apps wrote them: walking, phones at the ankle or in a pocket."""

from __future__ import annotations

from pathlib import Path

import pytest

from hipgait import api
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
