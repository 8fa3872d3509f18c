"""Live says what the offline analysis says of the same samples."""

from __future__ import annotations

from collections.abc import Sequence

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
    first = min(s.ic_s for s in told if s.values.get(EXCURSIONS[0], np.nan) > -90)
    pairs = []
    for _, row in table[table["valid"] & (table["ic_s"] >= first - 0.01)].iterrows():
        near = [s for s in told if s.side == row["side"] and abs(s.ic_s - row["ic_s"]) < 0.05]
        assert len(near) == 1, f"{len(near)} live stances at {row['ic_s']:.2f} s"
        pairs.append((row, near[0]))
    return pairs


def check(pairs: Sequence[tuple[pd.Series, LiveStance]]) -> None:
    """The stated agreement: events within 5 ms, excursions within 0.3 deg (95 %)."""
    ic = [abs(s.ic_s - row["ic_s"]) for row, s in pairs]
    tc = [abs(s.tc_s - row["tc_s"]) for row, s in pairs]
    assert np.percentile(ic, 95) < 0.005
    assert np.percentile(tc, 95) < 0.005
    for name in EXCURSIONS:
        apart = [abs(s.values[name] - row[name]) for row, s in pairs]
        assert np.isfinite(apart).all()
        assert np.percentile(apart, 95) < 0.3


def test_final_stances_are_those_of_the_offline_analysis(
    followed: tuple[Engine, list[LiveStance]], analysed: RunResult
) -> None:
    engine, told = followed
    pairs = beside(analysed.strides, final(told))
    assert len(pairs) > 15
    check(pairs)
    assert engine.calibration is not None
    assert engine.calibration.zero
    assert not engine.swapped


def test_first_numbers_come_at_once_and_stay(followed: tuple[Engine, list[LiveStance]]) -> None:
    _, told = followed
    last = {s.number: s for s in told if s.final}
    first: dict[int, LiveStance] = {}
    for stance in told:
        if np.isfinite(stance.values.get(EXCURSIONS[0], np.nan)):
            first.setdefault(stance.number, stance)
    both = [(first[n], last[n]) for n in first.keys() & last.keys()]
    assert len(both) > 15
    waited = [f.data_s - done.tc_s for f, done in both]
    packet_s = 8 / 104.0
    assert np.median(waited) < AHEAD_S + packet_s
    apart = [abs(f.values[EXCURSIONS[0]] - done.values[EXCURSIONS[0]]) for f, done in both]
    assert np.percentile(apart, 90) < 0.3


def test_every_stance_is_told_once_for_good(followed: tuple[Engine, list[LiveStance]]) -> None:
    _, told = followed
    numbers = [s.number for s in final(told)]
    assert len(numbers) == len(set(numbers))
    for number in set(numbers):
        mine = [s for s in told if s.number == number]
        assert mine[-1].final  # nothing is said of it afterwards
    done = sorted(final(told), key=lambda s: s.ic_s)
    assert all(a.side != b.side for a, b in zip(done, done[1:], strict=False))


def shaken(blocks: list[Block]) -> list[Block]:
    """Every 7th packet twice, every 11th behind the one after it."""
    out = []
    for i, block in enumerate(blocks):
        out.append(block)
        if i % 7 == 0:
            out.append(block)
    for i in range(0, len(out) - 4, 11):
        out[i], out[i + 3] = out[i + 3], out[i]
    return out


def test_late_and_double_packets_change_nothing(
    short_run: Recording, followed: tuple[Engine, list[LiveStance]]
) -> None:
    engine, told = follow(short_run, change=shaken)
    assert sum(ring.twice for ring in engine.rings.values()) > 100
    for plain, ring in zip(followed[0].rings.values(), engine.rings.values(), strict=True):
        assert ring.samples == plain.samples
    expected = {s.number: s for s in final(followed[1])}
    for stance in final(told):
        if stance.number in expected:
            assert stance.ic_s == pytest.approx(expected[stance.number].ic_s, abs=0.005)


def test_a_shank_that_leaves_and_returns(short_run: Recording) -> None:
    """Drop goes on from the sacrum, with both sides; only that side's lean pauses."""

    def without(blocks: list[Block]) -> list[Block]:
        gone = [b for b in blocks if b.placement == "right_shank" and 19 < b.time_s[0] < 24]
        return [b for b in blocks if all(b is not g for g in gone)]

    _, told = follow(short_run, change=without)
    during = [s for s in told if 21.0 < s.ic_s < 23.0]
    assert {s.side for s in during} == {"left", "right"}
    for stance in during:
        assert np.isfinite(stance.values["pelvic_drop_excursion_deg"])
        lean = stance.values.get("shank_lean_excursion_deg", np.nan)
        assert np.isfinite(lean) == (stance.side == "left")


def test_exchanged_shanks_are_noticed(short_run: Recording) -> None:
    other = {"left_shank": "right_shank", "right_shank": "left_shank"}

    def exchanged(blocks: list[Block]) -> list[Block]:
        return [
            Block(other.get(b.placement, b.placement), b.time_s, b.acc, b.gyr, b.arrival_s)
            for b in blocks
            if b.time_s[0] < 20.0
        ]

    engine, _ = follow(short_run, change=exchanged)
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
    check([p for p in beside(analyze(recording).strides, done) if p[0]["gait"] == "run"])


@pytest.mark.long
@pytest.mark.parametrize(("case", "rate_hz"), [(3, 52.0), (7, 104.0), (11, 60.0), (14, 200.0)])
def test_agreement_over_runners_rates_and_mountings(case: int, rate_hz: float) -> None:
    recording = worn(case, rate_hz, 120.0, seed=case)
    check(beside(analyze(recording).strides, final(follow(recording)[1])))
