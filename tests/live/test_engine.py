"""Live says what the offline analysis says of the same samples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from hipgait.api import analyze
from hipgait.live.engine import AHEAD_S, Engine, LiveStance
from hipgait.live.source import Block
from hipgait.recording import Recording
from hipgait.results import RunResult
from hipgait.simulate.body import Segment
from tests.live.worn import final, follow, worn

EXCURSIONS = ("pelvic_drop_excursion_deg", "shank_lean_excursion_deg")


def beside(table: pd.DataFrame, told: Sequence[LiveStance]) -> list[tuple[pd.Series, LiveStance]]:
    """Valid rows of the table from the first numbers on, each with the live stance of that side."""
    first = min(s.ic_s for s in told if s.columns.get(EXCURSIONS[0], np.nan) > -90)
    pairs = []
    for _, row in table[table["valid"] & (table["ic_s"] >= first - 0.01)].iterrows():
        near = [s for s in told if s.side == row["side"] and abs(s.ic_s - row["ic_s"]) < 0.05]
        assert len(near) == 1, f"{len(near)} live stances at {row['ic_s']:.2f} s"
        pairs.append((row, near[0]))
    return pairs


def check(
    pairs: Sequence[tuple[pd.Series, LiveStance]], most_deg: float = 0.3, tc_s: float = 0.005
) -> None:
    """The stated agreement: events within 5 ms, excursions within 0.3 deg (95 %)."""
    ic = [abs(s.ic_s - row["ic_s"]) for row, s in pairs]
    tc = [abs(s.tc_s - row["tc_s"]) for row, s in pairs]
    assert np.percentile(ic, 95) < 0.005
    assert np.percentile(tc, 95) < tc_s
    for name in EXCURSIONS:
        apart = [abs(s.columns[name] - row[name]) for row, s in pairs]
        assert np.isfinite(apart).all()
        assert np.percentile(apart, 95) < most_deg


def test_final_stances_are_those_of_the_offline_analysis(
    followed: tuple[Engine, list[LiveStance]], analysed: RunResult
) -> None:
    engine, told = followed
    pairs = beside(analysed.strides, final(told))
    assert len(pairs) > 10
    check(pairs, 0.5)  # the directions of the sensors were learned from ten strides
    assert engine.calibration is not None
    assert engine.calibration.zero
    assert not engine.swapped


def test_first_numbers_come_at_once_and_stay(followed: tuple[Engine, list[LiveStance]]) -> None:
    _, told = followed
    last = {s.number: s for s in told if s.final}
    first: dict[int, LiveStance] = {}
    for stance in told:
        if np.isfinite(stance.columns.get(EXCURSIONS[0], np.nan)):
            first.setdefault(stance.number, stance)
    both = [(first[n], last[n]) for n in first.keys() & last.keys()]
    assert len(both) > 10
    waited = [f.data_s - done.tc_s for f, done in both]
    packet_s = 8 / 104.0
    assert np.median(waited) < AHEAD_S + packet_s
    apart = [abs(f.columns[EXCURSIONS[0]] - done.columns[EXCURSIONS[0]]) for f, done in both]
    assert np.percentile(apart, 90) < 0.3


def test_every_stance_is_told_once_for_good(followed: tuple[Engine, list[LiveStance]]) -> None:
    _, told = followed
    numbers = [s.number for s in final(told)]
    assert len(numbers) == len(set(numbers))
    for number in set(numbers):
        mine = [s for s in told if s.number == number]
        assert mine[-1].final  # nothing is said of it afterwards
    done = sorted(final(told), key=lambda s: s.ic_s)
    assert all(a.side != b.side for a, b in pairwise(done))


def test_a_shank_that_leaves(short_run: Recording) -> None:
    """Drop goes on from the sacrum, with both sides; only that side's lean pauses."""

    def without(blocks: list[Block]) -> list[Block]:
        gone = [b for b in blocks if b.placement == "right_shank" and b.time_s[0] > 18.0]
        return [b for b in blocks if all(b is not g for g in gone)]

    _, told = follow(short_run, change=without, from_s=17.0)
    during = [s for s in told if 19.3 < s.ic_s < 22.0]
    assert {s.side for s in during} == {"left", "right"}
    for stance in during:
        assert np.isfinite(stance.columns["pelvic_drop_excursion_deg"])
        lean = stance.columns.get("shank_lean_excursion_deg", np.nan)
        assert np.isfinite(lean) == (stance.side == "left")


def test_exchanged_shanks_are_noticed(short_run: Recording) -> None:
    other = {"left_shank": "right_shank", "right_shank": "left_shank"}

    def exchanged(blocks: list[Block]) -> list[Block]:
        return [
            Block(other.get(b.placement, b.placement), b.time_s, b.acc, b.gyr, b.arrival_s)
            for b in blocks
        ]

    engine, _ = follow(short_run, change=exchanged, from_s=22.5)
    assert engine.swapped


@pytest.mark.long
def test_a_stop_and_a_walk() -> None:
    plan = (
        Segment("stand", 8.0),
        Segment("run", 25.0),
        Segment("stand", 10.0),
        Segment("walk", 12.0),
        Segment("run", 20.0),
        Segment("stand", 5.0),
    )
    recording = worn(schedule=plan)
    _, told = follow(recording)
    done = final(told)
    assert not [s for s in done if 36.0 < s.ic_s < 42.0]
    assert not any(s.run for s in done if 46.0 < s.ic_s < 53.0)
    pairs = beside(analyze(recording).strides, done)
    check([p for p in pairs if p[0]["gait"] == "run"], 0.5, 0.012)


@pytest.mark.long
@pytest.mark.parametrize(("case", "rate_hz"), [(3, 52.0), (7, 104.0), (11, 60.0), (14, 200.0)])
def test_agreement_over_runners_rates_and_mountings(case: int, rate_hz: float) -> None:
    """From the moment on when the directions of the sensors were learned for good."""
    recording = worn(case, rate_hz, 110.0, seed=case)
    told = [s for s in final(follow(recording)[1]) if s.ic_s > 75.0]
    check(beside(analyze(recording).strides, told))
