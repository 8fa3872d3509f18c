"""Holes in the data are neither stops nor bends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hipgait.api import analyze
from hipgait.io.reader import read_run
from hipgait.recording import Recording, SensorStream
from hipgait.report.quality_words import quality_words
from hipgait.report.view import View
from hipgait.report.words import answer
from hipgait.resources import data_path


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
