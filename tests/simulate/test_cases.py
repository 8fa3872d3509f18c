"""The validation cases and the truth table."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.errors import SettingsError
from hipgait.names import COLUMN_NAMES
from hipgait.simulate.cases import N_CASES, case_motion, case_settings, validation_case


def test_cases_differ_and_cover_the_ground() -> None:
    cases = [case_settings(i) for i in range(N_CASES)]
    assert {c.path for c in cases} == {"straight", "track", "out_and_back"}
    tiring = [any(abs(x) > 0 for x in c.fatigue.drop_excursion_deg) for c in cases]
    assert sum(tiring) == N_CASES // 2
    assert len({c.speed_mps for c in cases}) == N_CASES
    assert {c.strike for c in cases} == {"rear", "mid", "fore"}
    cadence = np.array([c.cadence_spm for c in cases])
    assert cadence.min() > 140
    assert cadence.max() < 200
    assert np.ptp(cadence) > 30
    swing = [abs(side.swing_abduction_deg) for c in cases for side in (c.left, c.right)]
    assert max(swing) <= 6
    assert np.ptp(swing) > 4
    assert np.std([c.standing_roll_deg for c in cases]) == pytest.approx(1.0, rel=0.4)
    lean = [side.standing_lean_deg for c in cases for side in (c.left, c.right)]
    assert np.std(lean) == pytest.approx(2.0, rel=0.35)


def test_a_case_is_the_same_runner_under_every_protocol() -> None:
    a, b = case_settings(7, "standing"), case_settings(7, "movements")
    assert (a.speed_mps, a.left, a.fatigue) == (b.speed_mps, b.left, b.fatigue)
    with pytest.raises(SettingsError, match="protocol"):
        case_settings(0, "sitting")


@pytest.mark.parametrize("protocol", ["standing", "none"])
def test_truth_matches_the_true_angles(protocol: str) -> None:
    recording, truth = validation_case(2, rate_hz=60.0, protocol=protocol, duration_s=30.0)
    assert set(recording.streams) == {"pelvis", "left_shank", "right_shank"}
    motion = case_motion(2, protocol, 30.0)
    steady = truth[truth["steady"]]
    assert len(steady) > 50
    assert truth["stride_id"].is_unique
    assert truth["ic_s"].is_monotonic_increasing
    assert (steady["side"].to_numpy()[1:] != steady["side"].to_numpy()[:-1]).all()
    for row in steady.iloc[::9].itertuples():
        sign = 1.0 if row.side == "right" else -1.0
        t = np.linspace(row.ic_s, row.ic_s + 0.75 * row.contact_time_s, 200)
        drop = sign * motion.angle("pelvis_obliquity", t)
        assert row.pelvic_drop_peak_deg == pytest.approx(drop.max(), abs=0.35)
        assert row.pelvic_drop_excursion_deg == pytest.approx(
            row.pelvic_drop_peak_deg - row.pelvic_drop_ic_deg
        )
        lean = motion.angle(f"{row.side}_shank_lean", t)
        assert row.shank_lean_max_deg == pytest.approx(lean.max(), abs=0.4)
    known = [c for c in truth.columns if c in COLUMN_NAMES]
    assert len(known) > 30
    assert truth[known].notna().mean().min() > 0.9


def test_swing_side_lower_is_a_positive_drop() -> None:
    """In right stance the left hip is the swing side: it is the lower one at the peak."""
    motion = case_motion(0, "none", 12.0)
    truth = motion.truth()
    half = motion.settings.hip_half_m
    for row in truth[truth["steady"]].itertuples():
        t = np.array([row.ic_s + 0.01 * row.pelvic_drop_peak_pct * row.contact_time_s])
        left = motion.position("pelvis", t, np.array([0, 0, -half]))[0, 1]
        right = motion.position("pelvis", t, np.array([0, 0, half]))[0, 1]
        lower = "left" if left < right else "right"
        if row.pelvic_drop_peak_deg > 0.5:
            assert lower != row.side


def test_knee_medial_of_ankle_is_a_positive_lean() -> None:
    motion = case_motion(3, "none", 10.0)
    t = np.linspace(1, 9, 200)
    heading = motion.path(t)[:, 3]
    right = np.stack([np.sin(heading), np.zeros_like(t), np.cos(heading)], axis=1)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        knee = motion.position(f"{side}_shank", t, np.zeros(3))
        ankle = motion.position(f"{side}_shank", t, np.array([0, -motion.settings.shank_m, 0]))
        upright = np.abs(motion.angle(f"{side}_shank_angle", t)) < 5
        medial = sign * np.sum((knee - ankle) * right, axis=1)
        lean = motion.angle(f"{side}_shank_lean", t)
        clear = upright & (np.abs(lean) > 3)
        assert clear.any()
        assert (np.sign(medial[clear]) == np.sign(lean[clear])).mean() > 0.95
