"""The whole analysis beside the truth: signs, sides, units and levels, whatever the mounting.

Tolerances are about three times the usual error (docs/validation.md): they catch what is wrong, not
what is a little worse.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from hipgait.api import analyze
from hipgait.results import RunResult
from hipgait.simulate.cases import validation_case
from validation.pipeline import match

LEVELS = {
    "pelvic_drop_excursion_deg": 1.0,
    "pelvic_drop_peak_deg": 0.6,
    "pelvic_drop_mean_deg": 0.6,
    "pelvis_obliquity_range_deg": 1.0,
    "shank_lean_ic_deg": 3.0,
    "shank_lean_mean_deg": 2.0,
    "shank_lean_max_deg": 2.5,
    "shank_lean_min_deg": 2.5,
    "shank_lean_excursion_deg": 3.0,
    "shank_angle_ic_deg": 8.0,
    "shank_rotation_excursion_deg": 4.0,
    "contact_time_s": 0.02,
    "cadence_spm": 0.5,
    "peak_pelvis_acceleration_g": 0.3,
    "vertical_oscillation_cm": 2.0,
}
"""column -> largest error of the mean of a side, in its unit"""
CURVE = 0.8
"""the curve of a mean stance follows the truth's with at least this correlation"""


@cache
def scored(number: int) -> tuple[RunResult, pd.DataFrame, pd.DataFrame]:
    """Findings, and their valid running stances beside the truth's."""
    recording, truth = validation_case(number, rate_hz=100.0, duration_s=120.0, posture=False)
    result = analyze(recording)
    good = result.strides[result.strides["valid"] & (result.strides["gait"] == "run")]
    pairs = []
    for side in ("left", "right"):
        found, true = good[good["side"] == side], truth[truth["side"] == side]
        i, j = match(found["ic_s"].to_numpy(), true["ic_s"].to_numpy(), 0.05)
        pairs.append((found.iloc[i], true.iloc[j]))
    found, true = (pd.concat(parts, ignore_index=True) for parts in zip(*pairs, strict=True))
    return result, found, true


@pytest.mark.parametrize("number", [3, 8, 14])
@pytest.mark.parametrize("side", ["left", "right"])
def test_levels_of_each_side(number: int, side: str) -> None:
    _, found, true = scored(number)
    mine = (found["side"] == side).to_numpy()
    assert mine.sum() > 80
    for column, most in LEVELS.items():
        error = (found[column] - true[column])[mine].mean()
        assert abs(error) < most, f"{column}: {error:+.2f}"


@pytest.mark.parametrize("number", [3, 8, 14])
@pytest.mark.parametrize("side", ["left", "right"])
def test_single_stances_follow_the_truth(number: int, side: str) -> None:
    """A sign that is turned round would show as a negative correlation from stance to stance."""
    _, found, true = scored(number)
    mine = (found["side"] == side).to_numpy()
    for column in ("pelvic_drop_peak_deg", "shank_lean_mean_deg", "stride_time_s"):
        r = np.corrcoef(found[column][mine], true[column][mine])[0, 1]
        assert r > CURVE, f"{column}: {r:.2f}"
