"""Recordings of people that hold no repeats: the rule finds none in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hipgait.api import analyze
from hipgait.kinematics.uniform import UniformStream
from hipgait.recording import Recording, SensorStream
from validation import events


def found(stream: UniformStream) -> object:
    """The ``repeats`` part of run.json."""
    recorded = SensorStream(stream.placement, stream.time_s, stream.acc, None, 100.0)
    return analyze(Recording({stream.placement: recorded})).run.get("repeats")


@pytest.mark.parametrize("place", ["hip", "ankle"])
def test_an_outdoor_run_with_stops(real_data: Callable[[str], Path], place: str) -> None:
    real_data("outdoor-run-hip-ankle")
    assert found(events.outdoor(place)) is None


@pytest.mark.parametrize("place", ["waist", "ankle"])
@pytest.mark.parametrize("person", list(events.JOGS))
def test_walking_stairs_and_a_jog(
    real_data: Callable[[str], Path], person: str, place: str
) -> None:
    real_data("treadmill-waist-ankle")
    assert found(events.treadmill(person, place)) is None
