"""Which runs are sessions of repeats, by the rule, and which are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.stats.effort import Piece, running_pieces, step_edges
from hipgait.stats.repeats import FEWEST, Repeats, _work_laps, find_repeats, series
from tests.stats.invented_sessions import (
    EASY,
    FAST,
    WALK,
    Part,
    session_table,
    stops_of,
    strides,
)

NO_LAPS = np.zeros(0)


def found(parts: list[Part], laps: np.ndarray = NO_LAPS) -> Repeats | None:
    table = session_table(parts)
    return find_repeats(table, stops_of(table), laps)


def true_spans(parts: list[Part]) -> np.ndarray:
    """Start and end of the fast parts."""
    ends = 10.0 + np.cumsum([p[1] for p in parts])
    return np.array([[e - p[1], e] for p, e in zip(parts, ends, strict=True) if p[2] == FAST])


@pytest.mark.parametrize("rest", ["walk", "run", "stand"])
@pytest.mark.parametrize("around", [0.0, 200.0])
def test_repeats_are_found_where_they_are(rest: str, around: float) -> None:
    parts = strides(6, rest=rest)
    if around:
        jog: list[Part] = [("run", around, EASY), ("walk", 30.0, WALK)]
        parts = [*jog, *parts, *jog[::-1]]
    repeats = found(parts)
    assert repeats is not None
    assert repeats.role == "session"
    assert np.abs(repeats.spans - true_spans(parts)).max() < 1.5


@given(
    work=st.floats(11.0, 39.0),
    rest_s=st.floats(20.0, 120.0),
    rest=st.sampled_from(["walk", "run", "stand"]),
    count=st.integers(FEWEST, 8),
)
def test_any_short_series_is_found(work: float, rest_s: float, rest: str, count: int) -> None:
    repeats = found(strides(count, work, rest, rest_s))
    assert repeats is not None
    assert len(repeats) == count


LIGHTS: list[Part] = [
    p
    for length in (180.0, 35.0, 25.0, 240.0, 30.0, 90.0, 20.0, 35.0)
    for p in (("run", length, EASY), ("stand", 30.0, 0.0))
]
STEADY: dict[str, list[Part]] = {
    "steady": [("run", 900.0, EASY)],
    "walking breaks": [("run", 300.0, EASY), ("walk", 60.0, WALK)] * 4,
    "traffic lights": LIGHTS,
    "pyramid": [("run", 90.0, c) for c in (156.0, 162.0, 168.0, 175.0, 168.0, 162.0, 156.0)],
    "two strides": [("run", 300.0, EASY), ("walk", 30.0, WALK), *strides(2)],
    "long repeats": strides(5, 90.0),
    "walking": [("walk", 600.0, WALK)],
    "short jogs at one pace": [
        ("run", 400.0, EASY),
        *(p for _ in range(4) for p in (("walk", 40.0, WALK), ("run", 30.0, EASY))),
    ],
}


@pytest.mark.parametrize("name", STEADY)
def test_other_runs_are_no_repeats(name: str) -> None:
    assert found(STEADY[name]) is None


@given(seed=st.integers(0, 10_000), minutes=st.floats(3.0, 15.0))
def test_steady_running_has_no_edges(seed: int, minutes: float) -> None:
    table = session_table([("run", 60.0 * minutes, EASY)], seed=seed)
    hard = np.log(table["cadence_spm"].to_numpy())
    assert not len(step_edges(table["ic_s"].to_numpy(), hard))


def test_a_hole_in_the_data_is_no_recovery() -> None:
    table = session_table([("run", 150.0, EASY)])
    ic = table["ic_s"].to_numpy()
    keep = np.ones(len(ic), dtype=bool)
    for start in (40.0, 75.0, 110.0):
        keep &= ~((ic > start) & (ic < start + 10.0))
    holed = table[keep].reset_index(drop=True)
    assert find_repeats(holed, np.zeros((0, 2)), NO_LAPS) is None
    assert len(running_pieces(holed, np.zeros((0, 2)))) == 1
    assert len(running_pieces(holed, stops_of(holed))) == 4


def test_laps_make_longer_repeats() -> None:
    parts: list[Part] = [("run", 120.0, EASY), *strides(4, 90.0, "run", 60.0)]
    starts = 10.0 + np.cumsum([0.0, *(p[1] for p in parts)])[:-1]
    repeats = found(parts, starts)
    assert repeats is not None
    assert repeats.source == "laps"
    assert np.abs(repeats.spans - true_spans(parts)).max() < 1.0


def test_laps_of_one_pace_are_no_repeats() -> None:
    assert found([("run", 900.0, EASY)], 10.0 + 90.0 * np.arange(10)) is None


def test_without_use_laps_give_way_to_the_steps() -> None:
    repeats = found(strides(5), np.array([10.0, 200.0]))
    assert repeats is not None
    assert repeats.source == "steps"


@pytest.mark.parametrize("before", [True, False])
def test_strides_at_an_end_of_a_long_run_leave_it_steady(before: bool) -> None:
    jog: list[Part] = [("run", 1500.0, EASY)]
    short: list[Part] = [("walk", 30.0, WALK), *strides(4)]
    parts = [*jog, *short] if not before else [*short[1:], short[0], *jog]
    repeats = found(parts)
    assert repeats is not None
    assert repeats.role == "part"
    assert repeats.steady is not None
    assert repeats.steady[1] - repeats.steady[0] == pytest.approx(1500.0, abs=10.0)


def test_a_series_longer_than_the_steady_running_is_a_session() -> None:
    """22 min of running, which would do beside a few strides, beside 30 min of repeats."""
    jog: list[Part] = [("run", 1320.0, EASY), ("walk", 30.0, WALK)]
    for count, role in ((4, "part"), (26, "session")):
        repeats = found([*jog, *strides(count)])
        assert repeats is not None
        assert len(repeats) == count
        assert repeats.role == role


def pieces(*rows: tuple[float, float, float]) -> list[Piece]:
    """start, end, effort of stretches that nothing adjoins."""
    return [Piece(a, b, e, (True, True)) for a, b, e in rows]


def test_the_rule_by_hand() -> None:
    three = [(0.0, 20.0, 5.1), (80.0, 100.0, 5.1), (160.0, 180.0, 5.1)]
    assert series(pieces(*three)) is not None
    assert series(pieces(*three[:2])) is None
    # as hard as the rest of the running, no recovery of 8 s, too long a recovery
    assert series(pieces(*three, (300.0, 400.0, 5.1))) is None
    assert series(pieces(*three, (300.0, 400.0, 5.05))) is not None
    assert series(pieces((0, 20, 5.1), (26, 46, 5.1), (52, 72, 5.1))) is None
    assert series(pieces((0, 20, 5.1), (80, 100, 5.1), (700, 720, 5.1))) is None
    # an easy short jog among them is a recovery
    among = series(pieces(*three[:2], (120.0, 135.0, 5.0), three[2]))
    assert among is not None
    assert among[:, 0].tolist() == [0.0, 80.0, 160.0]


def test_how_long_a_recovery_is_by_hand() -> None:
    """Easier running that adjoins lasts 8 s; walking and jogging count together."""
    for before, wanted in ((-30.0, True), (-5.0, False)):
        warm = Piece(before, 0.0, 5.0, (True, False))
        first = Piece(0.0, 20.0, 5.1, (False, True))
        rest = pieces((80.0, 100.0, 5.1), (160.0, 180.0, 5.1))
        assert (series([warm, first, *rest]) is not None) == wanted
    walked = [(0.0, 20.0, 5.1), (23.0, 53.0, 5.0), (56.0, 76.0, 5.1), (79.0, 109.0, 5.0)]
    found_ = series(pieces(*walked, (112.0, 132.0, 5.1)))
    assert found_ is not None
    assert found_[:, 0].tolist() == [0.0, 56.0, 112.0]


def test_which_laps_are_repeats_by_hand() -> None:
    """None: no running. Two flags: too little of the lap was run. 20 min are the longest."""

    def laps(last_s: float, run_enough: bool = True) -> np.ndarray | None:
        three = [Piece(1e4 * k, 1e4 * k + last_s, 5.1, (not run_enough,) * 2) for k in range(3)]
        return _work_laps([three[0], None, three[1], None, three[2]])

    assert laps(100.0) is not None
    assert laps(1190.0) is not None
    assert laps(1210.0) is None
    assert laps(8.0) is None
    assert laps(100.0, run_enough=False) is None


@pytest.mark.parametrize(("cadence", "wanted"), [(170.0, 5), (166.0, 0)])
def test_a_step_of_cadence_is_between_one_and_four_percent(cadence: float, wanted: int) -> None:
    """Repeats out of a jog of 164 steps a minute: 3.6 % more are a step, 1.2 % are not."""
    jog: Part = ("run", 60.0, EASY)
    repeats = found([jog, *(p for _ in range(5) for p in (("run", 25.0, cadence), jog))])
    assert (0 if repeats is None else len(repeats)) == wanted
