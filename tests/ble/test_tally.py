"""Counts of what is missing against streams whose every packet is known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hipgait.ble.packet import Decoded
from hipgait.ble.profiles import load
from hipgait.ble.tally import ENVELOPE_S, Tally

OPEN = next(s for s in load("hipgait-open").profile.stream if s.id == "imu")
DOT = next(s for s in load("movella-dot").profile.stream if s.id == "imu")
THINGY = next(s for s in load("thingy52").profile.stream if s.kind == "motion")


def batch(
    arrival_s: NDArray[np.float64],
    device_s: NDArray[np.float64],
    number: NDArray[np.int64] | None,
    count: int,
    start_tick: int = 0,
) -> Decoded:
    n = len(arrival_s)
    ticks = (np.round(device_s * 1e6).astype(np.int64) + start_tick) % 2**32
    return Decoded(
        stream="imu",
        kind="motion",
        arrival_ns=np.round(arrival_s * 1e9).astype(np.int64),
        notification=np.arange(n, dtype=np.int64),
        tick=ticks.astype(np.uint64),
        sequence=None if number is None else number % 2**16,
        count=np.full(n, count, dtype=np.int64),
        values={},
    )


def feed(tally: Tally, whole: Decoded, cuts: Sequence[int]) -> None:
    """The same in pieces, as ticks of the screen give them."""
    edges = [0, *sorted({c for c in cuts if 0 < c < len(whole.count)}), len(whole.count)]
    for a, b in pairwise(edges):
        tally.add(
            Decoded(
                whole.stream, whole.kind, whole.arrival_ns[a:b], whole.notification[a:b],
                None if whole.tick is None else whole.tick[a:b],
                None if whole.sequence is None else whole.sequence[a:b],
                whole.count[a:b], {},
            )
        )  # fmt: skip


@given(
    lost=st.sets(st.integers(1, 298), max_size=60),
    cuts=st.lists(st.integers(0, 300), max_size=8),
    count=st.integers(1, 4),
    counter=st.booleans(),
    near_wrap=st.booleans(),
)
def test_every_lost_packet_is_counted_once(
    lost: set[int], cuts: list[int], count: int, counter: bool, near_wrap: bool
) -> None:
    """By the counter or by the clock, over their wrap-around, however the batches are cut."""
    stream, rate = (OPEN, 104.0) if counter else (DOT, 60.0)
    kept = np.array([i for i in range(300) if i not in lost], dtype=np.int64)
    device = (kept + 1) * count / rate
    start = 2**32 - 1_500_000 if near_wrap else 0
    first = 2**16 - 40 if near_wrap else 0
    tally = Tally(stream, rate)
    feed(tally, batch(device, device, kept + first if counter else None, count, start), cuts)
    assert tally.samples == len(kept) * count
    assert tally.lost == len(lost) * count
    assert tally.gaps == int(np.count_nonzero(np.diff(kept) > 1))


def test_a_batch_longer_than_the_envelope_whose_first_packet_was_quickest() -> None:
    device = np.arange(1, 301) * 4 / 60.0
    arrival = device + np.r_[0.0, np.full(299, 0.005)]
    tally = Tally(DOT, 60.0)
    tally.add(batch(arrival, device, None, 4))
    assert (tally.samples, tally.lost) == (1200, 0)


def test_packets_sent_twice_are_no_loss() -> None:
    order = np.array([0, 1, 2, 2, 3, 3, 3, 4], dtype=np.int64)
    arrival = np.arange(8) * 0.04
    for stream, number in ((OPEN, order), (DOT, None)):
        tally = Tally(stream, 104.0)
        tally.add(batch(arrival, (order + 1) * 4 / 104, number, 4))
        assert (tally.lost, tally.gaps) == (0, 0)


def test_a_counter_that_steps_back_is_not_a_whole_round_of_losses() -> None:
    number = np.array([10, 11, 12, 11, 12, 13])
    time = 0.04 * np.arange(6)
    tally = Tally(OPEN, 100.0)
    feed(tally, batch(time, time, number, 4), [])
    assert tally.lost == 0


def test_a_new_connection_begins_anew() -> None:
    tally = Tally(OPEN, 104.0)
    numbers = np.arange(50, dtype=np.int64)
    tally.add(batch(numbers * 0.04, numbers * 4 / 104, numbers, 4))
    tally.new_segment()
    tally.add(batch(20 + numbers * 0.04, 900 + numbers * 4 / 104, numbers + 7000, 4))
    assert (tally.lost, tally.gaps) == (0, 0)
    assert tally.clock_ms is None


def test_what_tells_nothing_is_not_counted() -> None:
    assert Tally(THINGY, 100.0).lost is None
    assert Tally(OPEN, 104.0).lost == 0


@pytest.mark.parametrize("ppm", [-50.0, 0.0, 50.0])
def test_the_clock_is_followed_through_stalls(ppm: float) -> None:
    rng = np.random.default_rng(5)
    n = 3000
    true = np.arange(n) * 4 / 104
    arrival = true + 0.008 + rng.exponential(0.004, n)
    for at in (20.0, 60.0, 100.0):
        held = (true > at) & (true < at + 1.5)
        arrival[held] = np.maximum(arrival[held], at + 1.5)
    arrival = np.maximum.accumulate(arrival)
    device = true * (1 + 1e-6 * ppm)
    tally = Tally(OPEN, 104.0)
    feed(
        tally,
        batch(arrival, device, np.arange(n, dtype=np.int64), 4, 2**32 - 50_000_000),
        range(0, n, 13),
    )
    assert tally.clock_ms == pytest.approx(-1e-3 * ppm * (true[-1] - ENVELOPE_S), abs=1.0)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    tally = Tally(OPEN, 104.0)
    numbers = np.arange(260, dtype=np.int64)
    arrival = numbers * 4 / 104
    feed(tally, batch(arrival, arrival, numbers, 4), range(0, 260, 13))
    assert tally.rate(float(arrival[-1])) == pytest.approx(104.0, rel=0.12)
    assert tally.rate(float(arrival[-1]) + 60.0) == 0.0
