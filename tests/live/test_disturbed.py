"""Packets that come late, twice or never, sensors that leave, return and join: live says what the
offline analysis says of the samples that came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from hipgait.api import analyze
from hipgait.live import engine as engine_module
from hipgait.live import learning
from hipgait.live.engine import LiveStance
from hipgait.live.source import Block
from hipgait.recording import Recording
from hipgait.simulate.body import Segment
from tests.live.test_engine import EXCURSIONS, beside, check
from tests.live.worn import final, follow, worn

LEAN = EXCURSIONS[1]


def keeping(recording: Recording, kept: Callable[[str, float], bool]) -> Recording:
    """The recording with those packets of eight samples that are kept."""
    streams = {}
    for place, s in recording.streams.items():
        rows = np.concatenate(
            [np.full(len(s.time_s[i : i + 8]), kept(place, float(s.time_s[i])))
             for i in range(0, s.n, 8)]
        )  # fmt: skip
        assert s.gyr is not None
        streams[place] = replace(s, time_s=s.time_s[rows], acc=s.acc[rows], gyr=s.gyr[rows])
    return replace(recording, streams=streams)


def away(place: str, start_s: float, end_s: float) -> Callable[[str, float], bool]:
    """Everything but one sensor's packets between two times."""
    return lambda p, at: p != place or not start_s <= at < end_s


def without(kept: Callable[[str, float], bool]) -> Callable[[list[Block]], list[Block]]:
    """The same of blocks."""
    return lambda blocks: [b for b in blocks if kept(b.placement, float(b.time_s[0]))]


@pytest.fixture(scope="module")
def longer_run() -> Recording:
    """8 s of standing and 26 s of running."""
    return worn(run_s=26.0)


@pytest.mark.ci
@pytest.mark.long
def test_packets_that_come_late_twice_and_never(short_run: Recording) -> None:
    rng = np.random.default_rng(1)
    drawn: dict[tuple[str, float], float] = {}

    def kept(place: str, at: float) -> bool:
        return drawn.setdefault((place, at), rng.random()) > 0.01

    def shaken(blocks: list[Block]) -> list[Block]:
        came = without(kept)(blocks)
        held = rng.uniform(0.05, 0.3, len(came)) * (rng.random(len(came)) < 0.1)
        late = [
            replace(b, arrival_s=b.arrival_s + h) for b, h in zip(came, held.tolist(), strict=True)
        ]
        twice = [b for b in late if rng.random() < 0.05]
        return sorted(late + twice, key=lambda b: b.arrival_s)

    engine, told = follow(short_run, change=shaken, from_s=17.0)
    assert sum(ring.twice for ring in engine.rings.values()) > 100
    assert sum(ring.late for ring in engine.rings.values()) == 0
    pairs = beside(analyze(keeping(short_run, kept)).strides, final(told))
    assert len(pairs) > 8
    check(pairs, 0.5)


def once_each(told: list[LiveStance]) -> None:
    """No stance twice, none invented: numbers once, sides in turn, steps of a step's length."""
    done = sorted(final(told), key=lambda s: s.ic_s)
    assert len({s.number for s in done}) == len(done)
    assert all(a.side != b.side for a, b in pairwise(done))
    steps = np.diff([s.ic_s for s in done])
    assert steps.min() > 0.25
    assert steps.max() < 0.5


@pytest.mark.ci
@pytest.mark.long
def test_a_shank_that_leaves_and_returns(
    longer_run: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every stance goes on being told, from the pelvis in between; the directions stay."""
    monkeypatch.setattr(engine_module, "LEVEL_S", 4.0)
    monkeypatch.setattr(learning, "LEARN_AT_S", (0.0,))
    engine, told = follow(
        longer_run, change=without(away("right_shank", 21.0, 25.0)), from_s=19.0
    )  # fmt: skip
    once_each(told)
    assert engine.calibration is not None
    assert engine.calibration.end_s < 21.0  # learned before it left, and not again
    done = [s for s in final(told) if np.isfinite(s.columns.get(EXCURSIONS[0], np.nan))]
    right = [s for s in done if s.side == "right"]
    assert len(right) > 15
    for stance in right:
        lean = stance.columns.get(LEAN, np.nan)
        if stance.ic_s < 20.6 or stance.ic_s > 29.3:
            assert np.isfinite(lean)
        elif 21.0 < stance.ic_s < 28.0:
            assert not np.isfinite(lean)
    table = analyze(longer_run).strides  # of the whole signal: what really was
    for stance in final(told):
        assert np.min(np.abs(table["ic_s"] - stance.ic_s)) < 0.08


@pytest.mark.ci
@pytest.mark.long
def test_a_shank_that_joins_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is learned by its strides, as offline; the directions of the others stay."""
    monkeypatch.setattr(learning, "LEARN_AT_S", (0.0,))
    monkeypatch.setattr(learning, "JOINED_AT_S", (25.0,))
    plan = (Segment("stand", 8.0), Segment("run", 62.0))  # no standing at the end: strides alone
    recording, kept = worn(schedule=plan), away("right_shank", 0.0, 20.0)
    engine, told = follow(recording, change=without(kept), from_s=30.0)
    once_each(told)
    known = engine.calibration
    assert known is not None
    assert set(known.axes) == {"pelvis", "left_shank", "right_shank"}
    assert known.end_s < 32.0  # that of the others is as it was
    assert not engine.learner.unsure("right_shank")
    lean = [
        s for s in final(told) if s.side == "right" and np.isfinite(s.columns.get(LEAN, np.nan))
    ]
    assert len(lean) > 10
    assert lean[0].ic_s > 50.0
    table = analyze(keeping(recording, kept)).strides
    apart = []
    for stance in lean:
        near = table[(table["ic_s"] - stance.ic_s).abs() < 0.005]
        assert near["side"].tolist() == ["right"]
        apart.append(abs(near[LEAN].iloc[0] - stance.columns[LEAN]))
    assert np.median(apart) < 0.3
