"""The last repeat against the first: means, errors, verdicts, and what is withdrawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hipgait.names import PRIMARY_OUTCOME
from hipgait.settings import FindingsSettings
from hipgait.stats.estimate import Estimate
from hipgait.stats.first_last import changes, contrasts, document, repeat_means, shared
from hipgait.stats.repeats import Repeats, find_repeats
from hipgait.stats.sessions import beside_steady, steady_parts, told, with_reason
from tests.stats.invented_sessions import EASY, FAST, WALK, session_table, stops_of, strides

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


def test_the_error_with_memory_by_the_equations_of_the_page() -> None:
    """docs/methods/repeats.md, element by element, with its H of 0.85."""
    y, m, h2 = np.array([1.0, 2.0, 1.5, 3.0, 2.5]), 5, 2 * 0.85
    R = np.empty((m, m))
    for i, (b, e) in enumerate(EVEN):
        for j, (c, d) in enumerate(EVEN):
            ends = abs(e - c) ** h2 + abs(b - d) ** h2 - abs(e - d) ** h2 - abs(b - c) ** h2
            R[i, j] = ends / (2 * (e - b) * (d - c))
    order = np.arange(m) - 2.0
    P = 1.0 / m + np.outer(order, order) / (order @ order)
    scatter = y @ (np.eye(m) - P) @ y / np.trace((np.eye(m) - P) @ R)
    pair = contrasts(y, EVEN)
    assert pair is not None
    ends = np.array([-1.0, 0.0, 0.0, 0.0, 1.0])
    for found, c in zip(pair, (ends, 4.0 * order / (order @ order)), strict=True):
        assert found.total == pytest.approx(c @ y)
        assert found.se == pytest.approx(np.sqrt(scatter * (c @ R @ c)))
        assert found.p == pytest.approx(2 * stats.t(m - 2).sf(abs(found.total) / found.se))


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


def test_ends_of_a_repeat_bends_and_single_stances_do_not_count() -> None:
    """The first and last 2 s of each, what is turned in, and sides with fewer than 5 stances."""
    table, repeats = session(0.0)
    drop, ic = "pelvic_drop_excursion_deg", table["ic_s"].to_numpy()
    plain = repeat_means(table, repeats)[PRIMARY_OUTCOME]
    start, end = repeats.spans.T
    edge = (np.abs(ic[:, None] - repeats.spans.ravel()) < 2.0).any(axis=1)
    spoiled = table.copy()
    spoiled.loc[edge, drop] = 40.0
    assert repeat_means(spoiled, repeats)[PRIMARY_OUTCOME]["left"] == pytest.approx(plain["left"])
    bend = (ic > start[1]) & (ic < end[1])
    spoiled = table.copy()
    spoiled.loc[bend, "reason"] = "turn"
    turned = repeat_means(spoiled, repeats)
    assert np.isnan(turned[PRIMARY_OUTCOME]["left"]).tolist() == [k == 1 for k in range(6)]
    assert np.isfinite(turned["contact_time"]["left"]).all()
    left = np.flatnonzero((ic > start[2] + 2) & (ic < end[2] - 2) & (table["side"] == "left"))
    for kept, told_ in ((5, True), (4, False)):
        few = table.copy()
        few.loc[left[kept:], "valid"] = False
        means = repeat_means(few, repeats)[PRIMARY_OUTCOME]
        assert np.isfinite(means["left"][2]) == np.isfinite(means["pooled"][2]) == told_
        assert np.isfinite(means["right"]).all()


def test_strides_of_a_line_are_two_stances_each() -> None:
    table, repeats = session(0.0)
    for row in document(table, repeats, True, 0.05)["lines"]:
        assert row["strides"] == pytest.approx(row["duration_s"] * FAST / 120.0, abs=1.5)


def test_p_detectable_change_and_level_belong_together() -> None:
    """Power 0.8 at the level that the interval has; the line has its own p."""
    table, repeats = session(1.0)
    found = document(table, repeats, True, 0.05)["change"]
    assert found[PRIMARY_OUTCOME]["level"] == 0.05
    assert found["contact_time"]["level"] < 0.05
    for name in (PRIMARY_OUTCOME, "contact_time"):
        entry = found[name]
        t = stats.t(len(repeats) - 2)
        half = 0.5 * (entry["ci_high"] - entry["ci_low"])
        se = half / t.ppf(1 - entry["level"] / 2)
        assert entry["mdd"] == pytest.approx(half + se * t.ppf(0.8))
        assert entry["p_unadjusted"] == pytest.approx(2 * t.sf(abs(entry["estimate"]) / se))
        line = entry["trend"]
        own = 0.5 * (line["ci_high"] - line["ci_low"]) / t.ppf(1 - entry["level"] / 2)
        assert line["p"] == pytest.approx(2 * t.sf(abs(line["estimate"]) / own))


def test_a_change_below_what_matters_is_never_drifted() -> None:
    """Sure and small: the interval excludes 0. Unsure: the 90 % interval decides, not the 95 %."""
    assert Estimate(0.5, 0.01, 10).verdict(0.05, 1.0) == "no_relevant_drift"
    assert Estimate(-0.5, 0.01, 10).verdict(0.05, 1.0) == "no_relevant_drift"
    assert Estimate(-1.5, 0.01, 10).verdict(0.05, 1.0) == "drifted"
    assert Estimate(0.0, 0.5, 10).verdict(0.05, 1.0) == "no_relevant_drift"  # 0.91; 95 %: 1.11
    assert Estimate(0.0, 0.6, 10).verdict(0.05, 1.0) == "inconclusive"


def test_what_is_withdrawn_takes_no_share_of_chance() -> None:
    table, repeats = session(1.0)
    means = repeat_means(table, repeats)
    all_, fewer = (changes(means, repeats.spans, 0.05, w) for w in ((), ("contact_time",)))
    assert fewer["contact_time"]["verdict"] == "withdrawn"
    assert fewer["cadence"]["level"] > all_["cadence"]["level"]


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
