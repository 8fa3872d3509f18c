"""While recording: swapped sensors and one that does not swing are told; right ones never."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from hipgait.cli.placement_watch import RECENT_S, evened, warnings_of
from hipgait.recording import Recording
from hipgait.simulate.cases import validation_case

PLACES = ("pelvis", "left_shank", "right_shank")
RATE_HZ = 104.0
BATCH = 4


@cache
def runner(i: int) -> Recording:
    recording, _ = validation_case(i, rate_hz=RATE_HZ, duration_s=45.0, placements=PLACES)
    return recording


def arrays(i: int, *, jitter: bool, seats: tuple[str, ...] = PLACES) -> dict[str, Any]:
    """The last half minute as the recorder hands it over.

    jitter : times are those of arrivals: packets of four at connection events, late at times, and
        a stall of a second that ends in a burst.  seats : where the sensor said to be at each of
        PLACES really is; "table": it lies still.
    """
    rng = np.random.default_rng(i)
    out: dict[str, Any] = {}
    for said, seat in zip(PLACES, seats, strict=True):
        stream = runner(i).streams["pelvis" if seat == "table" else seat]
        assert stream.gyr is not None
        n = int(RECENT_S * RATE_HZ) // BATCH * BATCH
        time, acc, gyr = stream.time_s[-n:], stream.acc[-n:], stream.gyr[-n:]
        if seat == "table":
            acc = np.array([0.1, 9.8, 0.2]) + rng.normal(0, 0.02, (n, 3))
            gyr = rng.normal(0, 0.002, (n, 3))
        if jitter:
            last = time[BATCH - 1 :: BATCH]
            arrival = np.ceil(last / 0.045) * 0.045 + rng.exponential(0.004, len(last))
            stall = time[0] + 12.0
            held = (arrival > stall) & (arrival < stall + 1.0)
            arrival[held] = stall + 1.0
            arrival = np.maximum.accumulate(arrival)
            before = np.arange(BATCH)[::-1] / RATE_HZ
            time = (arrival[:, np.newaxis] - before).ravel()
        for channel, values in (("acc", acc), ("gyr", gyr)):
            out[f"{said}.{channel}.time"] = time
            out[f"{said}.{channel}.values"] = values
    return out


@pytest.mark.parametrize("jitter", [False, True])
@pytest.mark.parametrize("i", range(10))
def test_no_warning_where_all_is_right(i: int, jitter: bool) -> None:
    assert warnings_of(arrays(i, jitter=jitter)) == {}


@pytest.mark.parametrize("jitter", [False, True])
def test_swapped_shanks_are_told(jitter: bool) -> None:
    told = 0
    for i in range(10):
        found = warnings_of(arrays(i, jitter=jitter, seats=("pelvis", "right_shank", "left_shank")))
        assert set(found) in (set(), {"left_shank", "right_shank"})
        if found:
            told += 1
            assert "moves like right_shank" in found["left_shank"]
            assert "check the straps" in found["right_shank"]
    assert told >= 8  # where it is not sure it says nothing


@pytest.mark.parametrize("jitter", [False, True])
@pytest.mark.parametrize("i", range(5))
def test_a_shank_that_does_not_swing_is_told(i: int, jitter: bool) -> None:
    for seat in ("table", "pelvis"):
        found = warnings_of(arrays(i, jitter=jitter, seats=("pelvis", "left_shank", seat)))
        assert set(found) == {"right_shank"}, seat


def test_standing_says_nothing() -> None:
    assert warnings_of(arrays(0, jitter=False, seats=("table", "table", "table"))) == {}


def test_times_are_evened() -> None:
    given = arrays(3, jitter=True)["pelvis.acc.time"]
    true = arrays(3, jitter=False)["pelvis.acc.time"]
    even = evened(given)
    assert (np.diff(even) > 0).all()
    assert np.ptp(np.diff(given)) > 0.5
    off = even - true
    assert np.ptp(off[200:-200]) < 0.06
    assert np.abs(np.diff(even) - 1 / RATE_HZ).mean() < 0.001
