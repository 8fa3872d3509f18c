"""One recording given twice, under whatever name and date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hipgait.errors import InputError
from hipgait.stats.run_values import RunValues, run_values
from hipgait.stats.same_run import named_apart
from tests.report.fabricate import Story, fabricate


def with_files(name: str, *hashed: tuple[str, str]) -> RunValues:
    """A run whose analysis read these files (name, digest)."""
    found = fabricate(Story())
    files = [{"path": path, "sha256": digest} for path, digest in hashed]
    return replace(run_values(replace(found, run={**found.run, "inputs": files})), name=name)


def test_the_same_signals_with_another_run_toml_are_one_recording() -> None:
    one = with_files("monday", ("pelvis.csv", "aa"), ("run.toml", "01"))
    two = with_files("friday", ("pelvis.csv", "aa"), ("run.toml", "02"))
    with pytest.raises(
        InputError, match=r"friday( of [\d-]+)? and monday( of [\d-]+)? are the same recording"
    ):
        named_apart([one], [two])


def test_the_same_samples_in_other_files_are_known_by_their_steps() -> None:
    one = with_files("monday", ("pelvis.csv", "aa"))
    two = with_files("friday", ("pelvis.parquet", "bb"))
    with pytest.raises(InputError, match="same steps to the millisecond"):
        named_apart([one], [two])
    days = [replace(r, start=datetime(2026, 3, d, tzinfo=UTC)) for d, r in ((2, one), (9, two))]
    with pytest.raises(InputError, match="friday of 2026-03-09 and monday of 2026-03-02 have"):
        named_apart(days[:1], days[1:])
    assert two.track is not None
    moved = two.track.frame.assign(ic_s=lambda t: t["ic_s"] + 100.0 + 1e-5 * (t.index % 3))
    with pytest.raises(InputError, match="same steps to the millisecond"):
        named_apart([one], [replace(two, track=replace(two.track, frame=moved))])
    other = two.track.frame.assign(ic_s=lambda t: t["ic_s"] + 0.004 * (t.index % 2))
    assert named_apart([one], [replace(two, track=replace(two.track, frame=other))])
