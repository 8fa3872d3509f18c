"""Losses told from arrivals alone: found where packets were lost, none where none was."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.ble.clock import arrival_times
from hipgait.ble.unseen import unseen
from tests.ble.radio import Run, send

NOWHERE = np.zeros(0, dtype=np.int64)


def thinned(run: Run, loss: float, seed: int) -> tuple[Run, np.ndarray]:
    """What is left of a link, and how many packets were lost before each one."""
    kept = np.random.default_rng(seed).uniform(size=len(run.arrival_s)) >= loss
    left = Run(*(a[kept] for a in (run.arrival_s, run.true_s, run.device_s)), run.ppm, run.batch)
    return left, np.diff(np.flatnonzero(kept), prepend=np.argmax(kept)) - 1 + (
        np.arange(kept.sum()) == 0
    )


@pytest.mark.parametrize(
    ("interval_s", "rate_hz", "batch"),
    [(0.0125, 100.0, 1), (0.015, 100.0, 1), (0.0375, 97.3, 1), (0.015, 104.0, 3)],
)
def test_nothing_is_lost_where_nothing_was(interval_s: float, rate_hz: float, batch: int) -> None:
    run = send(np.random.default_rng(1), 120.0, rate_hz, batch, interval_s)
    assert not unseen(run.arrival_s, NOWHERE).any()


@pytest.mark.parametrize("loss", [0.005, 0.02])
@pytest.mark.parametrize("rate_hz", [100.0, 98.1])
def test_losses_are_counted(loss: float, rate_hz: float) -> None:
    """All of them but a few in a hundred, each within a few packets of its place."""
    run = send(np.random.default_rng(2), 120.0, rate_hz, 1, stalls_a_minute=1.0)
    left, lost = thinned(run, loss, 3)
    found = unseen(left.arrival_s, NOWHERE)
    assert found.sum() == pytest.approx(lost.sum(), abs=3)
    behind = np.cumsum(lost) - np.cumsum(found)
    assert np.mean(behind == 0) > 0.8
    assert np.quantile(np.abs(behind), 0.99) <= 2


def test_times_under_unseen_losses() -> None:
    """2 % of 100 packets a second: without the losses each 10 s were 45 ms apart (SD)."""
    for seed in range(2):
        run = send(np.random.default_rng(seed), 120.0, 100.0, 1, stalls_a_minute=0.0)
        left, lost = thinned(run, 0.02, seed)
        times = arrival_times(left.arrival_s, np.ones(len(lost), dtype=int), rate_hz=100.0)
        error = 1e3 * (times.time_s - left.true_s)
        assert np.quantile(np.abs(error), 0.95) < 10.0
        assert times.lost == pytest.approx(lost.sum(), abs=3)


def test_each_link_counts_for_itself() -> None:
    run = send(np.random.default_rng(4), 120.0, 100.0, 1, stalls_a_minute=0.0)
    left, lost = thinned(run, 0.02, 5)
    out = (left.device_s > 60) & (left.device_s < 70)
    first = int(np.argmax(left.device_s > 70) - out.sum())
    found = unseen(left.arrival_s[~out], np.array([first]))
    assert found[first] == 0  # what lies between two links is not known
    assert found.sum() == pytest.approx(lost[~out].sum() - lost[~out][first], abs=4)


def test_what_cannot_be_told_is_not() -> None:
    rng = np.random.default_rng(6)
    assert not unseen(np.sort(rng.uniform(0, 60.0, 6000)), NOWHERE).any()  # no rhythm at all
    assert not unseen(np.arange(30) / 100.0, NOWHERE).any()
    run = send(rng, 15.0, 100.0, 1)  # too short for a period
    assert not unseen(thinned(run, 0.05, 1)[0].arrival_s, NOWHERE).any()
