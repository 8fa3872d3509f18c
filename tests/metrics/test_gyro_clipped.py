"""Strides in which a gyroscope reached its range: timing stays, that sensor's angles go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.api import analyze
from hipgait.metrics.support import COLUMN_NEEDS
from hipgait.names import STANCE_CURVES
from hipgait.results import RunResult
from hipgait.simulate.cases import validation_case

SHANK = [c for c, needs in COLUMN_NEEDS.items() if "shank_gyro" in needs and "thigh" not in needs]
PELVIS = ["pelvic_drop_peak_deg", "pelvic_drop_excursion_deg", "pelvis_tilt_range_deg"]
TIMING = ["ic_s", "tc_s", "contact_time_s", "stride_time_s", "peak_tibial_acceleration_g"]


@pytest.fixture(scope="module")
def result() -> RunResult:
    """A fast runner whose right shank turns beyond the range of its gyroscope now and then."""
    recording, _ = validation_case(1, duration_s=45.0)
    shank = recording.streams["right_shank"]
    assert shank.gyr is not None
    size = np.abs(shank.gyr).max(axis=1)
    limit = float(np.quantile(size[(shank.time_s > 20) & (shank.time_s < 30)], 0.998))
    cut = replace(shank, gyr=np.clip(shank.gyr, -limit, limit), gyr_range=limit)
    return analyze(replace(recording, streams={**recording.streams, "right_shank": cut}))


def test_angles_of_the_clipped_sensor_are_empty_and_timing_stays(result: RunResult) -> None:
    table = result.strides
    hit = table["reason"].str.contains("gyro_clipped").to_numpy()
    right = (table["side"] == "right").to_numpy()
    assert 5 < hit.sum() < right.sum() - 5
    assert not (hit & ~right).any()
    assert not table.loc[hit, "valid"].any()
    filled = [c for c in SHANK if table.loc[right & ~hit, c].notna().any()]
    assert "shank_lean_mean_deg" in filled
    assert "shank_angle_ic_deg" in filled
    assert table.loc[hit, SHANK].isna().all(axis=None)
    inside = hit & table["contact_time_s"].notna().to_numpy()
    inside[np.flatnonzero(inside)[[0, -1]]] = False  # ends of the run
    assert table.loc[inside, TIMING + PELVIS].notna().all(axis=None)
    for name in STANCE_CURVES:
        empty = np.isnan(result.cycles[f"{name}_deg_stance"][hit]).all(axis=1)
        assert empty.all() == name.startswith("shank")
