"""Any set of placements: it fills what it can and leaves the rest empty, with the reason."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hipgait.api import analyze
from hipgait.metrics.support import COLUMN_NEEDS, must_fill, provided
from hipgait.recording import Recording
from hipgait.results import RunResult
from hipgait.simulate.cases import validation_case

ALL = (
    "pelvis",
    "left_shank",
    "right_shank",
    "left_thigh",
    "right_thigh",
    "left_foot",
    "right_foot",
)
SETS = {
    "design point": ("pelvis", "left_shank", "right_shank"),
    "pelvis alone": ("pelvis",),
    "one shank": ("left_shank",),
    "both shanks": ("left_shank", "right_shank"),
    "pelvis and one shank": ("pelvis", "right_shank"),
    "with thighs": ("pelvis", "left_shank", "right_shank", "left_thigh", "right_thigh"),
    "with feet": ("pelvis", "left_shank", "right_shank", "left_foot", "right_foot"),
    "everything": ALL,
    "accelerometers": ("pelvis", "left_shank", "right_shank"),
    "pelvis accelerometer": ("pelvis",),
    "shank accelerometer": ("right_shank",),
}


@cache
def case() -> Recording:
    recording, _ = validation_case(
        3, soft_tissue=False, rate_hz=100.0, protocol="standing", duration_s=150.0, placements=ALL
    )
    return recording


@cache
def result(name: str) -> tuple[Recording, RunResult]:
    whole = case()
    streams = {p: whole[p] for p in SETS[name]}
    if "accelerometer" in name:
        streams = {p: replace(s, gyr=None) for p, s in streams.items()}
    recording = replace(whole, streams=streams)
    return recording, analyze(recording)


@pytest.mark.parametrize("name", SETS)
def test_promised_columns_are_filled_and_others_empty(name: str) -> None:
    recording, found = result(name)
    table = found.strides
    assert len(table) > (100 if "one shank" in name or "shank acc" in name else 200)
    athlete = recording.info.athlete
    for side in ("left", "right"):
        rows = table[(table["side"] == side) & table["valid"] & (table["gait"] == "run")]
        if rows.empty:
            assert len(recording.streams) == 1, "a side is missing although both were measured"
            continue
        have = provided(
            {p: s.has_gyr for p, s in recording.streams.items()},
            side,
            standing=found.run["zero"] == "standing",
            speed=found.quality["speed"]["source"] != "none",
            length=athlete.height_m is not None or athlete.shank_length_m is not None,
            mass=athlete.mass_kg is not None and athlete.height_m is not None,
        )
        must = must_fill(have)
        filled = np.isfinite(rows[sorted(must)]).mean()
        assert (filled >= 0.98).all(), filled[filled < 0.98]
        for column in sorted(set(COLUMN_NEEDS) - must):
            assert rows[column].isna().all(), f"{side}: {column} was promised to nobody"
            assert column in found.quality["not_measured"]


@pytest.mark.parametrize("name", SETS)
def test_cadence_is_the_same_whatever_the_placement(name: str) -> None:
    reference = result("design point")[1].strides
    mine = result(name)[1].strides
    a = reference.loc[reference["valid"] & (reference["gait"] == "run"), "cadence_spm"].median()
    b = mine.loc[mine["valid"] & (mine["gait"] == "run"), "cadence_spm"].median()
    assert b == pytest.approx(a, rel=0.01)
