"""The last repeat against the first: means, errors, verdicts, and what is withdrawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hipgait.names import PRIMARY_OUTCOME
from hipgait.settings import FindingsSettings
from hipgait.stats.first_last import contrasts, document, shared
from hipgait.stats.repeats import Repeats, find_repeats
from hipgait.stats.sessions import beside_steady, steady_parts, told, with_reason
from tests.stats.invented_sessions import EASY, WALK, session_table, stops_of, strides

EVEN = np.column_stack([np.arange(5) * 60.0, np.arange(5) * 60.0 + 20.0])


def session(rise: float, count: int = 6) -> tuple[object, Repeats]:
    table = session_table(strides(count), rise)
    repeats = find_repeats(table, stops_of(table), np.zeros(0))
    assert repeats is not None
    return table, repeats


def test_white_noise_gives_the_textbook_error() -> None:
    """With H = 0.5 means of apart spans are independent: the scatter around a line, m - 2."""
    memory = shared(EVEN, 0.5)
    assert memory == pytest.approx(np.eye(5) / 20.0)
    y = np.array([1.0, 2.0, 1.5, 3.0, 2.5])
    pair = contrasts(y, EVEN)
    assert pair is not None
    line = stats.linregress(np.arange(5), y)
    assert pair[0].total == pytest.approx(1.5)
    assert pair[1].total == pytest.approx(4.0 * line.slope)
    # memory makes the line less sure than the textbook says
    assert pair[1].se > 4.0 * line.stderr
    assert pair[1].df == 3


def test_shared_memory_by_hand() -> None:
    """Two spans of 1 s that touch, H = 0.75: (2^1.5 - 2) / 2."""
    spans = np.array([[0.0, 1.0], [1.0, 2.0]])
    assert shared(spans, 0.75)[0] == pytest.approx([1.0, 2.0**0.5 - 1.0])


@given(level=st.floats(-20, 20), scale=st.floats(0.1, 10))
def test_the_change_moves_with_the_data(level: float, scale: float) -> None:
    y = np.array([0.3, -0.2, 0.5, 0.1, 0.9])
    base, moved = contrasts(y, EVEN), contrasts(level + scale * y, EVEN)
    assert base is not None
    assert moved is not None
    for a, b in zip(base, moved, strict=True):
        assert b.total == pytest.approx(scale * a.total, abs=1e-6)
        assert b.p == pytest.approx(a.p, rel=1e-4)


def test_without_scatter_nothing_is_tested() -> None:
    assert contrasts(np.arange(5.0), EVEN) is None


def test_false_alarms_are_about_as_many_as_stated() -> None:
    rng = np.random.default_rng(2)
    alarms = []
    for y in rng.standard_normal((400, 5)):
        pair = contrasts(y, EVEN)
        assert pair is not None
        alarms.append([c.p < 0.05 for c in pair])
    assert 0.005 < np.mean(alarms) < 0.08


@pytest.mark.parametrize(("rise", "verdict"), [(3.0, "drifted"), (0.0, "no_relevant_drift")])
def test_a_rise_over_the_repeats_is_told(rise: float, verdict: str) -> None:
    table, repeats = session(rise)
    found = document(table, repeats, True, 0.05)
    entry = found["change"][PRIMARY_OUTCOME]
    assert entry["verdict"] == verdict
    truth = rise * (repeats.spans[-1, 0] - repeats.spans[0, 0]) / np.ptp(repeats.spans)
    assert entry["ci_low"] < truth < entry["ci_high"]
    assert entry["trend"]["estimate"] == pytest.approx(truth, abs=0.35)
    values = [row["values"][PRIMARY_OUTCOME]["pooled"] for row in found["lines"]]
    assert values[-1] - values[0] == pytest.approx(entry["estimate"])
    assert [row["number"] for row in found["lines"]] == list(range(1, 7))
    assert all(18 < row["duration_s"] < 22 for row in found["lines"])


def test_without_a_zero_levels_stay_hidden_and_changes_are_told() -> None:
    table, repeats = session(0.0)
    found = document(table, repeats, False, 0.05)
    assert found["lines"][0]["values"]["shank_lean_mean"] == {}
    assert found["change"]["shank_lean_mean"]["left"]["estimate"] is not None


def test_repeats_without_values_are_passed_over() -> None:
    table, repeats = session(1.0)
    table.loc[table["ic_s"] < repeats.spans[0, 1], "valid"] = False
    entry = document(table, repeats, True, 0.05)["change"][PRIMARY_OUTCOME]
    assert (entry["first"], entry["last"]) == (2, 6)
    table["valid"] = False
    nothing = document(table, repeats, True, 0.05)["change"][PRIMARY_OUTCOME]
    assert nothing["verdict"] == "not_tested"
    assert nothing["estimate"] is None


def test_what_is_withdrawn_from_the_drift_is_withdrawn_here() -> None:
    table, repeats = session(1.0)
    drift = {PRIMARY_OUTCOME: {"verdict": "withdrawn"}, "cadence": {"verdict": "not_tested"}}
    found = told(table, repeats, True, FindingsSettings(), drift, None)
    assert found is not None
    assert found["change"][PRIMARY_OUTCOME]["verdict"] == "withdrawn"
    assert found["change"][PRIMARY_OUTCOME]["estimate"] is None
    assert PRIMARY_OUTCOME not in found["lines"][0]["values"]
    assert found["change"]["cadence"]["estimate"] is not None
    exchanged = told(table, repeats, True, FindingsSettings(), drift, "sides_swapped")
    assert exchanged is not None
    assert "left" not in exchanged["change"]["contact_time"]


def test_a_session_is_not_tested_as_if_it_were_steady() -> None:
    table, repeats = session(1.0)
    ic = table["ic_s"].to_numpy()
    settings = FindingsSettings()
    assert steady_parts(ic, repeats, settings) is None
    (entry,) = with_reason({"cadence": {"verdict": "not_tested"}}, repeats).values()
    assert entry["method"] == "repeats"
    assert "6 repeats" in entry["reason"]
    assert beside_steady(ic, repeats) == []
    assert told(table, None, True, settings, {}, None) is None


def test_the_steady_part_beside_strides_is_tested_alone() -> None:
    table = session_table([("run", 1500.0, EASY), ("walk", 30.0, WALK), *strides(4)])
    repeats = find_repeats(table, stops_of(table), np.zeros(0))
    assert repeats is not None
    ic = table.loc[table["gait"] == "run", "ic_s"].to_numpy()
    parts = steady_parts(ic, repeats, FindingsSettings())
    assert parts is not None
    assert parts.whole[1] < repeats.spans[0, 0]
    assert beside_steady(ic, repeats)[0]["start_s"] == repeats.spans[0, 0]
    unchanged = {"cadence": {"verdict": "drifted"}}
    assert with_reason(unchanged, repeats) == unchanged
