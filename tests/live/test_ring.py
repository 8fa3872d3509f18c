"""Whatever order packets come in, a ring holds each sample once and in order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hipgait.live.ring import LATE_S, Ring
from hipgait.live.source import Block, SensorFacts

RATE_HZ = 100.0
FACTS = SensorFacts("pelvis", RATE_HZ)


def block(first: int, n: int) -> Block:
    time = (first + np.arange(n)) / RATE_HZ
    values = np.column_stack([first + np.arange(n), np.zeros(n), np.ones(n)]).astype(float)
    return Block("pelvis", time, values, values + 0.5, float(time[-1]))


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_late_double_and_lost_packets(order: list[int], twice: set[int], lost: set[int]) -> None:
    ring = Ring(FACTS, 10.0)
    came = [k for k in order if k not in lost]
    for k in came:
        ring.add(block(10 * k, 10))
        if k in twice:
            ring.add(block(10 * k, 10))
    expected = np.concatenate([10 * k + np.arange(10) for k in sorted(came)] or [np.zeros(0)])
    assert ring.samples == len(expected)
    assert ring.twice == 10 * len(twice - lost)
    if len(expected) < RATE_HZ:
        assert ring.stream(-np.inf) is None
        return
    stream = ring.stream(-np.inf)
    assert stream is not None
    np.testing.assert_allclose(stream.time_s * RATE_HZ, expected)
    np.testing.assert_array_equal(stream.acc[:, 0], expected)


def test_memory_is_taken_once_and_the_newest_kept() -> None:
    ring = Ring(FACTS, 5.0)
    held = ring._values.nbytes
    for k in range(400):
        ring.add(block(7 * k, 7))
    assert ring._values.nbytes == held
    stream = ring.stream(ring.last_s - 5.0)
    assert stream is not None
    np.testing.assert_allclose(np.diff(stream.time_s), 1 / RATE_HZ, atol=1e-9)
    assert stream.acc[-1, 0] == 7 * 400 - 1
    assert stream.n == 501


def test_what_is_too_late_is_left_out() -> None:
    ring = Ring(FACTS, 10.0)
    ring.add(block(500, 10))
    ring.add(block(100, 10))
    assert ring.late == 10
    assert ring.first_s == 5.0


def test_since_is_the_end_of_the_last_long_gap() -> None:
    ring = Ring(FACTS, 60.0)
    ring.add(block(0, 100))
    ring.add(block(100 + round(RATE_HZ * (LATE_S + 1)), 50))
    assert ring.since(-np.inf) == ring.last_s - 0.49
    assert ring.since(0.2) == ring.since(-np.inf)
