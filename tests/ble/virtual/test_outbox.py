"""Connection events, memory and silences, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.ble.virtual.outbox import Outbox
from hipgait.ble.virtual.settings import Air, Faults, Outage
from hipgait.ble.virtual.truth import Packet, Truth


def packets(count: int, start: int = 0) -> list[Packet]:
    return [
        Packet("imu", "data", (bytes([i]),), np.array([0.0]), 0.0, None, i, {})
        for i in range(start, start + count)
    ]


def outbox(air: Air | None = None, faults: Faults | None = None) -> tuple[Outbox, Truth]:
    truth = Truth()
    return Outbox(air or Air(), faults or Faults(), truth, np.random.default_rng(1)), truth


def test_a_few_leave_at_an_event_in_order() -> None:
    box, _ = outbox(Air(per_event=3))
    box.put(iter(packets(5)), 0.0)
    assert [p.sequence for p in box.leaving(0.0)] == [0, 1, 2]
    assert [p.sequence for p in box.leaving(0.015)] == [3, 4]
    assert box.leaving(0.03) == []


def test_the_oldest_is_lost_when_memory_is_full() -> None:
    box, truth = outbox(Air(fifo=4))
    box.put(iter(packets(6)), 1.0)
    assert [p.sequence for p in truth.of("overflow")] == [0, 1]
    assert len(box) == 4


@pytest.mark.parametrize(
    ("now", "silent"),
    [(0.9, False), (1.0, True), (2.9, True), (3.0, False), (5.0, True), (5.6, False)],
)
def test_silences(now: float, silent: bool) -> None:
    faults = Faults(stalls=((1.0, 2.0),), outages=(Outage(at_s=5.0, for_s=0.5),))
    box, _ = outbox(faults=faults)
    box.put(iter(packets(1)), 0.0)
    assert (box.leaving(now) == []) is silent
    assert box.silent(now) is silent


def test_events_lie_on_a_grid_from_the_connection_on() -> None:
    box, _ = outbox(Air(interval_s=0.03))
    box.connected(10.0)
    assert box.event_after(9.0) == pytest.approx(10.0)
    assert box.event_after(10.03) == pytest.approx(10.03)
    assert box.event_after(10.0301) == pytest.approx(10.06)


def test_losses_inside_are_logged_and_the_rest_leaves() -> None:
    box, truth = outbox(Air(fifo=10_000, per_event=10_000), Faults(loss=0.1))
    made = packets(200) * 20
    box.put(iter(made), 0.0)
    left = box.leaving(0.0)
    lost = truth.of("lost")
    assert len(left) + len(lost) == len(made)
    assert 0.08 < len(lost) / len(made) < 0.12


def test_the_end_of_the_link_is_the_end_of_what_was_kept() -> None:
    box, truth = outbox()
    box.put(iter(packets(3)), 0.0)
    box.unlinked(0.1)
    assert (len(box), len(truth.of("link"))) == (0, 3)


def test_failed_events_only_delay() -> None:
    box, truth = outbox(Air(missed=0.5, per_event=1, fifo=500))
    box.put(iter(packets(200)), 0.0)
    left = [p.sequence for i in range(2000) for p in box.leaving(0.015 * i)]
    assert left == list(range(200))
    assert truth.packets == []
