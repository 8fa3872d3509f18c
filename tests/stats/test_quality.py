"""Holes in the data are neither stops nor bends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.api import analyze
from hipgait.io.reader import read_run
from hipgait.recording import Recording, SensorStream
from hipgait.report.quality_words import quality_words
from hipgait.report.view import View
from hipgait.report.words import answer
from hipgait.resources import data_path
from hipgait.stats.quality import cut_short


def lossy(kept: np.ndarray, seconds: float = 120.0) -> Recording:
    """Two minutes of the tired runner of which only some samples came through."""
    run = read_run(data_path("tired-runner"))
    streams = {}
    for placement, s in run.streams.items():
        use = (s.time_s > 60.0) & (s.time_s < 60.0 + seconds)
        use &= np.resize(kept, s.n)
        assert s.gyr is not None
        streams[placement] = SensorStream(placement, s.time_s[use], s.acc[use], s.gyr[use])
    return replace(run, streams=streams)


def test_bursts_of_loss() -> None:
    found = analyze(lossy(np.arange(400) < 200))
    assert found.quality["stops"] == []
    assert found.quality["turns"]["stances"] <= 4
    assert answer(View(found)).first.startswith("Too many samples are missing")


def test_every_second_sample_lost_at_random() -> None:
    found = analyze(lossy(np.random.default_rng(0).random(50_000) > 0.5))
    for stream in found.quality["streams"].values():
        assert 97.0 < stream["rate_hz"] < 103.0
        assert 45.0 < stream["missing_pct"] < 55.0
    assert answer(View(found)).first.startswith("Too many samples are missing")
    assert any("% of the samples missing" in text for text in quality_words(View(found)).care)


def test_a_sensor_that_ends_in_mid_run_is_told_first() -> None:
    run = read_run(data_path("tired-runner"))
    shank = run["left_shank"]
    use = shank.time_s < shank.time_s[0] + 150.0
    assert shank.gyr is not None
    short = SensorStream("left_shank", shank.time_s[use], shank.acc[use], shank.gyr[use])
    found = analyze(replace(run, streams={**run.streams, "left_shank": short}))
    (told,) = [n for n in found.quality["notes"] if "before the last sensor" in n]
    assert told.startswith("left shank ends at 2:")
    assert "leave it out" in told
    assert found.strides["ic_s"].max() < 155.0
    assert not any("last sensor" in n for n in analyze(run).quality["notes"])


ALONE = "sensor: what it alone"
SPANS = {"pelvis": (0.0, 600.0), "left_shank": (0.0, 600.0)}


@pytest.mark.parametrize(
    ("span", "first_s", "last_s", "told"),
    [
        (
            (0.0, 300.0),
            20.0,
            299.0,
            ["right shank ends at 5:00, 5:00 before the last sensor: no step"],
        ),
        ((0.0, 300.0), 20.0, 590.0, [f"right shank ends at 5:00, 5:00 before the last {ALONE}"]),
        ((290.0, 600.0), 20.0, 590.0, [f"right shank begins at 4:50, after the first {ALONE}"]),
        ((0.0, 595.0), 20.0, 594.0, []),  # switched off a little earlier
        ((0.0, 560.0), 20.0, 540.0, []),  # after the run
        (
            (290.0, 600.0),
            291.0,
            590.0,
            ["right shank begins at 4:50, after the first sensor: no step"],
        ),
        ((25.0, 600.0), 40.0, 590.0, []),  # before the first step
    ],
)
def test_only_steps_that_are_lost_are_told(
    span: tuple[float, float], first_s: float, last_s: float, told: list[str]
) -> None:
    ic = np.arange(first_s, last_s, 0.36)
    notes = cut_short({**SPANS, "right_shank": span}, ic)
    assert len(notes) == len(told)
    assert all(note.startswith(text) for note, text in zip(notes, told, strict=True))
