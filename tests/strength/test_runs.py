"""What the measured runs say: cues, audits, the monthly check run."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hipgait.names import DRIFT_VERDICTS
from hipgait.strength.audits import due_audits, shoe_km, surface_runs
from hipgait.strength.check_run import as_check_run, compare_check_runs, find_check_runs
from hipgait.strength.cues import GENERAL, run_cues
from hipgait.strength.journal import make_journal
from tests.strength.log import RULES, day, noted, ran


def drifts(verdict: str = "drifted", **estimates: float) -> dict[str, Any]:
    return {"drift": {k: {"estimate": v, "verdict": verdict} for k, v in estimates.items()}}


@pytest.mark.parametrize(
    ("estimates", "names"),
    [
        ({}, []),
        ({"shank_angle_ic": 1.7}, ["overstriding"]),
        ({"shank_angle_ic": 1.0}, []),
        ({"shank_angle_ic": -3.0}, []),
        ({"cadence": -4.0}, ["cadence"]),
        ({"cadence": 4.0}, []),
        ({"pelvic_drop_excursion": 1.4}, ["level_hips"]),
        ({"pelvis_tilt_mean": -1.6}, ["tall"]),
        ({"pelvis_tilt_mean": 1.6}, ["tall"]),
        ({"shank_angle_ic": 1.2, "pelvic_drop_excursion": 3.0}, ["level_hips", "overstriding"]),
    ],
)
def test_cues_are_tied_to_the_run(estimates: dict[str, float], names: list[str]) -> None:
    found = run_cues(drifts(**estimates))
    assert [cue.name for cue in found] == [*names, GENERAL.name]
    assert all(cue.by == "sensor" for cue in found[:-1])
    assert GENERAL.by == "you"
    assert "no sensor" in GENERAL.check


@pytest.mark.parametrize("verdict", DRIFT_VERDICTS)
def test_a_cue_needs_a_verdict_that_allows_it(verdict: str) -> None:
    found = run_cues(drifts(verdict, shank_angle_ic=2.0))
    assert (len(found) == 2) == (verdict in ("drifted", "not_tested"))
    assert ("not tested" in found[0].seen) == (verdict == "not_tested")


def test_no_run_and_missing_outcomes() -> None:
    assert run_cues(None) == [GENERAL]
    assert run_cues({"drift": {"cadence": {"estimate": None, "verdict": "drifted"}}}) == [GENERAL]


# ----------------------------------------------------------------------------------- audits


def test_shoes_and_surfaces_are_counted() -> None:
    entries = [ran(0, km=8.0, shoe="A", surface="road"), ran(1, km=5.5, shoe="B", surface="road")]
    entries += [ran(2, shoe="A"), noted(0, "shoe", "A", 100.0), noted(0, "shoe", "C")]  # type: ignore[list-item]
    journal = make_journal(entries)
    assert shoe_km(journal) == {"A": 108.0, "B": 5.5, "C": 0.0}
    assert surface_runs(journal) == {"road": 2}


def test_audits_are_due_after_four_weeks() -> None:
    runs = [ran(0), ran(20)]
    assert due_audits(make_journal([]), RULES, day(100)) == []
    assert due_audits(make_journal(runs), RULES, day(27)) == []
    assert len(due_audits(make_journal(runs), RULES, day(28))) == 3
    done = make_journal([*runs, noted(10, "audit", "shoes")])
    assert [a.says.split()[-1] for a in due_audits(done, RULES, day(28))] == [
        "surface.",
        "cadence.",
    ]
    (shoes, *_) = due_audits(done, RULES, day(38))
    assert [e.date for e in shoes.entries] == [day(10)]


# -------------------------------------------------------------------------------- check run


def checked(month: int, drop: float = 4.0, **change: Any) -> dict[str, Any]:
    """A run.json of a check run."""
    run: dict[str, Any] = {
        "name": f"run-{month}",
        "start_utc": f"2026-{month:02d}-05T17:00:00+00:00",
        "info": {"shoe": "B", "surface": "treadmill", "speed_mps": 3.0},
        "quality": {"whole_s": [60.0, 660.0], "speed": {"mps": 3.0}, "withdrawn": None},
        "summary": {
            "pelvic_drop_excursion": {"pooled": {"mean": drop}},
            "cadence": {"pooled": {"mean": None}},
        },
        "inputs": [{"path": "pelvis.csv", "sha256": f"{month:064d}"}],
    }
    for key, value in change.items():
        part = next(p for p in (run["info"], run["quality"], run) if key in p)
        part[key] = value
    return run


@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        ({}, True),
        ({"whole_s": [0.0, 480.0]}, True),
        ({"whole_s": [0.0, 479.0]}, False),
        ({"whole_s": [0.0, 2400.0]}, False),
        ({"whole_s": None}, False),
        ({"shoe": None}, False),
        ({"surface": ""}, False),
        ({"start_utc": None}, False),
        ({"speed_mps": None}, True),  # estimated
        ({"speed_mps": None, "speed": {"mps": None}}, False),
        ({"withdrawn": {"why": "slip"}}, False),
    ],
)
def test_a_check_run_is_recognised(change: dict[str, Any], is_one: bool) -> None:
    assert (as_check_run(checked(1, **change)) is not None) == is_one


def test_only_runs_that_are_alike_are_compared() -> None:
    runs = [
        checked(1),
        checked(2, shoe="A"),
        checked(3, surface="road"),
        checked(4, speed_mps=3.3),
        checked(5, shoe=" b", surface="Treadmill", speed_mps=3.1),
        checked(6),
        checked(6, name="again", speed_mps=3.05),  # the same recording analysed again
    ]
    assert [c.day.month for c in find_check_runs(reversed(runs))] == [1, 5, 6]
    assert find_check_runs([]) == []


def test_a_corrected_run_toml_makes_no_second_check_run() -> None:
    def with_toml(digest: str) -> dict[str, Any]:
        run = checked(1)
        return {**run, "inputs": [*run["inputs"], {"path": "run.toml", "sha256": digest * 64}]}

    assert len(find_check_runs([with_toml("a"), with_toml("b")])) == 1


def test_one_check_run_is_not_compared() -> None:
    assert compare_check_runs(find_check_runs([checked(1)])) == []


@pytest.mark.parametrize(
    ("drops", "verdict"),
    [
        ([4.0, 4.1, 9.0], "too_few_runs"),
        ([4.0, 4.2, 3.9, 4.1, 4.05], "as_before"),
        ([4.0, 4.2, 3.9, 4.1, 4.9], "beyond_usual"),
        ([4.0, 4.2, 3.9, 4.1, 5.9], "changed"),
        ([1.0, 6.0, 3.0, 9.0, 9.0], "as_before"),
    ],
)
def test_the_latest_against_those_before(drops: list[float], verdict: str) -> None:
    runs = find_check_runs([checked(i + 1, drop) for i, drop in enumerate(drops)])
    (change,) = compare_check_runs(runs)
    assert change.outcome == "pelvic_drop_excursion"
    assert change.verdict == verdict
    assert change.before == tuple(drops[:-1])
    assert change.change == pytest.approx(drops[-1] - sum(drops[:-1]) / len(drops[:-1]))
    assert (change.low is None) == (verdict == "too_few_runs")


def test_the_interval_by_hand() -> None:
    """Four runs 3, 4, 5, 6: mean 4.5, SD 1.2910, t(3, 97.5 %) = 3.1824, x sqrt(1.25)."""
    runs = find_check_runs([checked(i + 1, d) for i, d in enumerate([3.0, 4.0, 5.0, 6.0, 4.0])])
    (change,) = compare_check_runs(runs)
    assert change.low is not None
    assert change.high is not None
    assert change.high - 4.5 == pytest.approx(3.18245 * 1.290994 * math.sqrt(1.25), rel=1e-5)
    assert 4.5 - change.low == pytest.approx(change.high - 4.5)


@given(st.integers(0, 10_000), st.integers(4, 10))
def test_the_interval_is_that_of_scipy(seed: int, n: int) -> None:
    import numpy as np

    drops = np.random.default_rng(seed).normal(4.0, 0.5, n + 1).round(6).tolist()
    (change,) = compare_check_runs(
        find_check_runs([checked(i + 1, d) for i, d in enumerate(drops)])
    )
    before = np.array(drops[:-1])
    half = stats.t.ppf(0.975, n - 1) * before.std(ddof=1) * math.sqrt(1 + 1 / n)
    assert change.high == pytest.approx(before.mean() + half)
    assert (abs(change.change) <= half) == (change.verdict == "as_before")


def test_the_day_of_a_check_run_is_the_runners_own() -> None:
    found = as_check_run({**checked(3), "start_local": "2026-03-04T23:30:00-05:00"})
    assert found is not None
    assert found.day == dt.date(2026, 3, 4)
