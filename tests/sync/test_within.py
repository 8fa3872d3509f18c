"""Clocks that are off within a bound: moved by what the gait says, never further."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.recording import Recording
from hipgait.settings import Settings
from hipgait.sync.apply import one_clock, synchronise
from hipgait.sync.match import ClockMatch
from hipgait.sync.within import weigh
from tests.sync.test_sync import S, late, late_recording, streams

SYNC = Settings().sync
STREAM = streams()["left_shank"]


def said(offset_s: float, *, clear: bool = True, ppm: float = 0.0, jumps: int = 0) -> ClockMatch:
    return ClockMatch("left_shank", "pelvis", offset_s, ppm, 65.0, 2.0, 3, 90, 50.0, clear, 100.0,
                      jumps)  # fmt: skip


@given(
    offset=st.floats(-0.3, 0.3),
    ppm=st.floats(-100.0, 100.0),
    bound=st.floats(0.001, 0.05),
    jumps=st.integers(0, 2),
)
def test_never_beyond_the_bound(offset: float, ppm: float, bound: float, jumps: int) -> None:
    given_ = said(offset, ppm=ppm, jumps=jumps)
    found = weigh(given_, STREAM, bound, SYNC)
    if found is None:
        return
    at = STREAM.t0 + np.array([15.0, 65.0, 115.0])
    moved = found.match.on_reference(at) - at
    assert np.abs(moved).max() <= bound + 1e-6
    assert np.abs(moved[1]) <= abs(offset) + 1e-6
    assert found.left_s < min(bound / 3**0.5, SYNC.gait_sd_s)


def test_what_is_not_taken() -> None:
    assert weigh(said(0.010), STREAM, 0.020, SYNC) is not None
    assert weigh(said(0.010, clear=False), STREAM, 0.020, SYNC) is None
    assert weigh(said(0.010), STREAM, 0.008, SYNC) is None  # the bound says more than the gait
    assert weigh(said(0.031), STREAM, 0.020, SYNC) is None  # and cannot be this wrong


def test_the_weights_are_those_of_the_errors() -> None:
    """Bound 15 ms: SD 8.66 ms. Gait 5 ms: share 75 / (75 + 25). With jumps 3.54 ms: 75 / 87.5."""
    alone, jumped = (weigh(said(0.008, jumps=n), STREAM, 0.015, SYNC) for n in (0, 1))
    assert alone is not None
    assert jumped is not None
    assert alone.match.offset_s == pytest.approx(0.008 * 0.75)
    assert alone.left_s == pytest.approx(0.005 * 0.75**0.5)
    assert jumped.match.offset_s == pytest.approx(0.008 * 75 / 87.5)


def test_a_clock_that_arrivals_leave_open() -> None:
    """15 ms off on a bound of 20 ms: closer than before, and told."""
    given_ = dict(streams())
    given_["left_shank"] = late(given_["left_shank"], 0.015)
    after = one_clock(given_, (), "auto", S, {"left_shank": 0.020})
    row = after.report["sensors"]["left_shank"]
    assert row["moved"]
    assert row["method"] == "gait"
    assert row["within_ms"] == 20.0
    assert 0.0 < row["left_ms"] < 5.0
    off = after.streams["left_shank"].t0 - streams()["left_shank"].t0
    assert abs(off) < 0.0075
    assert after.streams["right_shank"] is given_["right_shank"]
    (note,) = (n for n in after.notes if n.startswith("left shank"))
    assert "open by 20 ms" in note


@pytest.mark.parametrize("mode", ["none", "clock"])
def test_only_where_it_may(mode: str) -> None:
    given_ = dict(streams()) | {"left_shank": late(streams()["left_shank"], 0.015)}
    done = one_clock(given_, (), mode, S, {"left_shank": 0.020})
    assert done.streams["left_shank"] is given_["left_shank"]
    assert done.notes == ()


def test_a_recording_is_settled_once() -> None:
    run = late_recording("left_shank", 0.015)
    shank = replace(run["left_shank"], clock_within_s=0.020)
    run = replace(run, streams={**run.streams, "left_shank": shank})
    assert run.within == {"left_shank": 0.020}
    done = synchronise(run)
    moved = done["left_shank"].time_s - run["left_shank"].time_s
    assert np.median(moved) == pytest.approx(-0.015, abs=0.0075)
    assert done.within == {}


def bounded(run: Recording, **within_s: float) -> Recording:
    """The recording, with what arrivals leave open of its clocks."""
    streams_ = {p: replace(s, clock_within_s=within_s.get(p, 0.0)) for p, s in run.streams.items()}
    return replace(run, streams=streams_)


def test_sensors_are_settled_where_the_reference_shares_no_time_with_them() -> None:
    """The pelvis is left out, and the left shank takes its place."""
    run = late_recording("right_shank", 0.015)
    away = replace(run["pelvis"], time_s=run["pelvis"].time_s + 1000.0)
    short = replace(away, time_s=away.time_s[:300], acc=away.acc[:300], gyr=None)
    run = replace(run, streams={**run.streams, "pelvis": short})
    run = bounded(replace(run, synchronised=False, apart=("pelvis",)), right_shank=0.020)
    done = synchronise(run)
    assert set(done.streams) == {"left_shank", "right_shank"}
    assert done.within == {}
    moved = done["right_shank"].time_s - run["right_shank"].time_s
    assert np.median(moved) == pytest.approx(-0.015, abs=0.0075)


def test_the_reference_has_a_bound_as_well() -> None:
    """Both shanks are moved towards it; one that says nothing stays off by its bound and its own"""
    run = bounded(late_recording("left_shank", 0.015), pelvis=0.020)
    still = run["right_shank"]
    still = replace(still, acc=np.tile(still.acc[:1], (still.n, 1)), gyr=None)
    done = synchronise(replace(run, streams={**run.streams, "right_shank": still}))
    moved = done["left_shank"].time_s - run["left_shank"].time_s
    assert np.median(moved) == pytest.approx(-0.015, abs=0.0075)
    assert done.within == {"right_shank": 0.020}
