"""Simulated athletes: the truth is what was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.simulate.athlete import AthleteSettings, athlete_runs

SMALL = AthleteSettings(before=2, after=2, run_s=15.0, stand_s=3.0)


def test_the_change_is_in_the_runs_after_and_in_nothing_else() -> None:
    from dataclasses import replace

    same = list(athlete_runs(3, SMALL))
    less = list(athlete_runs(3, replace(SMALL, change_deg=-2.0)))
    moved = [b.true_drop_deg - a.true_drop_deg for a, b in zip(same, less, strict=True)]
    assert moved == pytest.approx([0.0, 0.0, -2.0, -2.0])
    assert [r.phase for r in less] == ["before", "before", "after", "after"]
    first, again = (r[0].recording["pelvis"].acc for r in (same, less))
    assert np.array_equal(first, again)


def test_runs_are_days_apart_and_mounted_anew() -> None:
    runs = list(athlete_runs(3, SMALL))
    days = [r.recording.info.start_utc for r in runs]
    assert all(a is not None for a in days)
    assert days == sorted(days)
    assert len({r.recording.name for r in runs}) == 4
    standing = [r.recording["pelvis"].acc[50:250].mean(axis=0) for r in runs]
    up = np.array([v / np.linalg.norm(v) for v in standing])
    apart = np.degrees(np.arccos(np.clip(up @ up.T, -1, 1)))[np.triu_indices(4, 1)]
    assert apart.min() > 0.2
    assert apart.max() < 25.0


def test_skipped_runs_leave_the_others_as_they_were() -> None:
    whole = [r.true_drop_deg for r in athlete_runs(5, SMALL)]
    assert [r.true_drop_deg for r in athlete_runs(5, SMALL, skip=2)] == whole[2:]
