"""Settings reach the model of the hip and the search for slips; levels need a standing zero."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hipgait import api
from hipgait.kinematics.quality import NO_SLIP, Slip
from hipgait.metrics import slips
from hipgait.settings import HipModelSettings, QualitySettings, Settings
from hipgait.simulate.cases import validation_case

PLACEMENTS = ("pelvis", "left_shank", "right_shank", "left_thigh", "right_thigh")


def test_the_hip_model_and_the_search_for_slips_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[QualitySettings] = []

    def search(*args: Any, **_: Any) -> Slip:
        seen.append(args[4])
        return NO_SLIP

    monkeypatch.setattr(slips, "find_slip", search)
    recording, _ = validation_case(3, rate_hz=100.0, duration_s=60.0, placements=PLACEMENTS)
    settings = replace(
        Settings(),
        quality=QualitySettings(slip_min_deg=7.0),
        hip_model=HipModelSettings(soft_tissue_rad=0.2),
    )
    plain, changed = api.analyze(recording), api.analyze(recording, settings)
    assert [s.slip_min_deg for s in seen] == [2.0, 7.0]
    name = "hip_adduction_model_sd_deg"
    assert (changed.strides[name].dropna() > plain.strides[name].dropna() + 2.0).all()
    assert plain.strides["hip_adduction_deg"].notna().any()


def test_measured_joint_angles_need_a_standing_zero() -> None:
    recording, _ = validation_case(
        3, rate_hz=100.0, protocol="none", duration_s=60.0, placements=PLACEMENTS
    )
    found = api.analyze(recording)
    assert found.run["zero"] == "none"
    for column in ("hip_adduction_deg", "knee_abduction_deg"):
        assert found.strides[column].isna().all()
        assert column in found.quality["not_measured"]
