"""Of which sensors directions are learned, and when: by hand, with a learning that only notes."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import pytest

from hipgait.kinematics.gyro_bias import NO_BIAS
from hipgait.kinematics.segment_axes import SegmentAxes
from hipgait.kinematics.speed import Speed
from hipgait.live import learning
from hipgait.live.calibration import Calibration
from hipgait.live.learning import JOINED_AT_S, LEARN_AT_S, Learner
from hipgait.live.ring import Ring
from hipgait.live.source import Block, SensorFacts
from hipgait.recording import RunInfo, SensorStream
from hipgait.settings import Settings

RATE_HZ = 20.0
PLACES = ("pelvis", "left_shank", "right_shank")


class Bench:
    """Three rings, and a learning that notes of which sensors it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[float, tuple[str, ...]]] = []
        self.now = 0.0
        self.rings = {p: Ring(SensorFacts(p, RATE_HZ), 300.0) for p in PLACES}
        self.learner = Learner(self.rings, RunInfo(), Settings())
        monkeypatch.setattr(learning, "calibrate", self.calibrate)

    def calibrate(
        self, streams: Mapping[str, SensorStream], info: RunInfo, settings: Settings
    ) -> Calibration:
        self.asked.append((self.now, tuple(sorted(streams))))
        right = np.array([1.0, 0.0, float(len(self.asked))])
        axes = SegmentAxes(right, right, right, True, 0.1, 0.1, 1.0, "swing")
        return Calibration(
            axes=dict.fromkeys(streams, axes),
            bias=dict.fromkeys(streams, NO_BIAS),
            speed=Speed(None, "none"),
            zero=True,
            sides_agree=True,
            strides=20,
            end_s=self.now,
        )

    def until(self, end_s: float, present: tuple[str, ...]) -> None:
        """A second at a time; ten strides are there from 10 s on."""
        while self.now < end_s:
            time = self.now + np.arange(int(RATE_HZ)) / RATE_HZ
            ones = np.ones((len(time), 3))
            for p in present:
                self.rings[p].add(Block(p, time, ones, ones, float(time[-1])))
            self.now += 1.0
            self.learner.step(self.now, 10 if self.now >= 10.0 else 0, present)

    def turn_of(self, placement: str) -> float:
        """Which learning its directions are of."""
        assert self.learner.known is not None
        return float(self.learner.known.axes[placement].right[2])


def test_three_times_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.until(12.0, PLACES)
    assert bench.learner.rough
    bench.until(200.0, PLACES)
    assert [at - 10.0 for at, _ in bench.asked] == list(LEARN_AT_S)
    assert bench.learner.done
    assert not bench.learner.rough
    assert not any(bench.learner.unsure(p) for p in PLACES)


def test_one_that_is_away_keeps_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.until(40.0, PLACES)
    bench.until(100.0, PLACES[:2])
    assert bench.asked[-1][1] == ("left_shank", "pelvis")
    assert [bench.turn_of(p) for p in PLACES] == [3.0, 3.0, 2.0]
    bench.until(300.0, PLACES)
    assert len(bench.asked) == 3


@pytest.mark.parametrize("joins_s", [80.0, 120.0])
def test_one_that_joins_late_is_learned_by_itself(
    monkeypatch: pytest.MonkeyPatch, joins_s: float
) -> None:
    bench = Bench(monkeypatch)
    bench.until(joins_s, PLACES[:2])
    assert bench.learner.unsure("right_shank")
    bench.until(joins_s + 200.0, PLACES)
    late = [at - joins_s - 1.0 for at, _ in bench.asked[3:]]
    assert late == list(JOINED_AT_S)
    assert [bench.turn_of(p) for p in PLACES] == [3.0, 3.0, 6.0]
    assert not bench.learner.unsure("right_shank")


def test_one_that_joins_during_the_learning_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 30 s it has been there for 3 s: too short to learn from. At 60 s it is learned."""
    bench = Bench(monkeypatch)
    bench.until(27.0, PLACES[:2])
    bench.until(61.0, PLACES)
    assert [len(places) for _, places in bench.asked] == [2, 2, 3]


def test_nothing_is_started_while_something_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Executor):
        def __init__(self) -> None:
            self.futures: list[Future[Any]] = []

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.futures.append(Future())
            return self.futures[-1]

    bench = Bench(monkeypatch)
    pool = Slow()
    bench.learner = Learner(bench.rings, RunInfo(), Settings(), pool)
    bench.until(100.0, PLACES)
    assert len(pool.futures) == 1
    assert bench.learner.known is None
    pool.futures[0].set_result(None)  # nothing to learn from: once more
    bench.until(102.0, PLACES)
    assert len(pool.futures) == 2


def test_what_learning_took_goes_back_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    bench = Bench(monkeypatch)
    monkeypatch.setattr(learning, "give_back", lambda: given.append(len(bench.asked)))
    bench.until(100.0, PLACES)
    assert given == [1, 2, 3]
