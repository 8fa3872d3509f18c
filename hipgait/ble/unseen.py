"""Losses of a sensor that neither counts nor stamps its packets, told from their arrivals.

A packet comes after it was made, and the last one of each connection event less than a period
after. Arrival, less the packet's number times the period, therefore has a floor, and every packet
that is lost lifts the floor by a whole period, for good: at the right period the floor is a
staircase of whole steps, at any other a slope. Both period and losses follow from that.

Constants were set on simulated links (tests/ble/radio.py) of seeds 0-20 and looked at on seeds
200-211, which showed that CHANCE was missing, and 300-307, which showed the same of OFF_RATE; the
figures of docs/validation.md are of seeds 400-403, which nothing was set on. No link of flesh and
blood was at hand.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hipgait.ble.ticks import FloatArray, IntArray

MOST_LOST: Final = 0.08
"""Share of packets that may be lost unseen; arrivals are slower than the packets by it."""
FASTER: Final = 0.002
"""The median rate of arrivals may be too fast by this."""
WINDOW_S: Final = 10.0
"""The floor is looked at for so long at a time, s: clocks of chips keep their rate to 1e-5."""
STEP: Final = 2e-4
"""Periods are tried at these steps (share): over a window of 100 Hz a fifth of a packet."""
LONGEST_S: Final = 300.0
"""So much of a link tells the period, s."""
FEWEST: Final = 50
"""Packets of a link in which losses can be told."""
STAIRS: Final = 0.6
"""Length of the mean phase of the floor above which it is a staircase: 0.7 to 0.95 at the right
period of simulated links, 0.0 to 0.4 at wrong ones that leave the waits as short."""
CLEAR: Final = 2.0
"""A clear staircase counts so much more than short waits: with steps of its own at every other
packet a wrong period has shorter waits, by a quarter of a period."""
OFF_RATE: Final = 0.01
"""A sensor is off by no more from the rate it means to have, or nothing is told: further away
lie periods that make whole what a connection interval holds, and are as clear a staircase. A
choice: chips' oscillators are off by about as much."""
PEAKS: Final = 3
"""So many periods are looked at closely, the best first."""
SPANS: Final = 100
"""Losses are counted in so many equal parts of a link."""
FEW_LOSSES: Final = 8
"""Fewer have no pattern."""
CHANCE: Final = 0.6
"""Losses by chance have a standard deviation of their distances that is their mean, and a variance
of their counts that is their mean (SD of 100 counts: 0.14). Where a connection interval holds
nearly a whole number of packets, the period that makes it whole loses packets evenly: 104 Hz at
37.5 ms look like 106.7 Hz that lose every fortieth. No real loss is so even."""
BESIDE_S: Final = 0.4
"""A loss lifts the earliest arrivals from one packet to the next: looked at for so long before and
after it, s. The last packets of a link may just be late."""
SUDDEN: Final = 0.75
"""and by so many periods at least; where the period fits the connection interval, the floor slips
by half a period or a third (packets of 10 ms, events of 15 ms)."""
SILENCE_S: Final = 0.25
"""Longer than any connection interval in use (ticks.JUMP_S)."""
LONG_WAIT: Final = 4.0
"""Waits of more periods than this are stalls and count as this much."""


def unseen(arrival_s: FloatArray, starts: IntArray, rate_hz: float) -> IntArray:
    """(p,) packets that were lost just before each one; zeros where arrivals do not tell.

    arrival_s : (p,) host times of packets that hold equally many samples, s.
    starts : first packet of each link after the first.
    rate_hz : packets a second that the sensor means to send.
    """
    links = np.split(arrival_s, starts)
    lost = [np.zeros(len(link), dtype=np.int64) for link in links]
    period = _period(max(links, key=len), rate_hz)
    if period is not None:
        lost = [_steps(link, period) for link in links]
    return np.concatenate(lost)


def _period(arrival_s: FloatArray, rate_hz: float) -> float | None:
    """Time from packet to packet at which the floor is a staircase, s; None where none is."""
    half = len(arrival_s) // 2
    if arrival_s[-1] - arrival_s[0] < 2 * WINDOW_S or len(arrival_s) < 2 * FEWEST:
        return None
    rough = float(np.median((arrival_s[half:] - arrival_s[: len(arrival_s) - half]) / half))
    part = arrival_s[: int(LONGEST_S / rough)]
    rows = max(int(WINDOW_S / rough), FEWEST)
    if len(part) < rows:
        return None
    tried = rough * (1.0 - np.arange(-FASTER, MOST_LOST, STEP))
    _, score = _scores(part, tried, rows)
    peaks = 1 + np.flatnonzero((score[1:-1] >= score[:-2]) & (score[1:-1] >= score[2:]))
    for peak in peaks[np.argsort(-score[peaks])][:PEAKS].tolist():
        near = tried[peak] * (1.0 - STEP * np.linspace(-1.0, 1.0, 21))
        clear, score = _scores(part, near, rows)
        best = int(score.argmax())
        period = float(near[best])
        if not _even(_steps(part, period)):
            sure = clear[best] > STAIRS and abs(period * rate_hz - 1.0) < OFF_RATE
            return period if sure else None
    return None


def _scores(arrival_s: FloatArray, periods_s: FloatArray, rows: int) -> tuple[FloatArray, ...]:
    """Of each period: how clear the staircase is, and what decides between periods."""
    clear, wait = np.array([_fit(arrival_s, period, rows) for period in periods_s.tolist()]).T
    return clear, CLEAR * clear - wait


def _even(lost: IntArray) -> bool:
    """Whether losses come more evenly than chance has it: then it is the period that is wrong."""
    between = np.diff(np.flatnonzero(lost))
    if len(between) < FEW_LOSSES:
        return False
    counts = np.array([part.sum() for part in np.array_split(lost, SPANS)])
    spread = counts.var() / counts.mean()
    return bool(min(between.std() / between.mean(), spread) < CHANCE)


def _fit(arrival_s: FloatArray, period_s: float, rows: int) -> tuple[float, float]:
    """How much of a staircase the floor is, 0 to 1, and the mean wait above it in periods."""
    n = len(arrival_s) // rows * rows
    wait = (arrival_s[:n] / period_s - np.arange(n)).reshape(-1, rows)
    floor = _floor(wait)
    phase = np.abs(np.exp(2j * np.pi * floor).mean(axis=1))
    return float(phase.mean()), float(np.minimum(wait - floor, LONG_WAIT).mean())


def _floor(wait: FloatArray) -> FloatArray:
    """The highest line under all waits that never falls, along the last axis."""
    return np.asarray(np.minimum.accumulate(wait[..., ::-1], axis=-1)[..., ::-1])


def _steps(arrival_s: FloatArray, period_s: float) -> IntArray:
    """(p,) steps of one link's staircase, whose level follows the clock's slow changes."""
    n = len(arrival_s)
    if n < FEWEST:
        return np.zeros(n, dtype=np.int64)
    wait = arrival_s / period_s - np.arange(n)
    edges = np.arange(0, max(n - FEWEST, 1), max(int(WINDOW_S / period_s), FEWEST))
    parts = np.split(_floor(wait), edges[1:])
    level = np.unwrap([np.angle(np.exp(2j * np.pi * part).mean()) for part in parts]) / (2 * np.pi)
    middle = [e + 0.5 * len(part) for e, part in zip(edges, parts, strict=True)]
    count = np.rint(_floor(wait - np.interp(np.arange(n), middle, level))).astype(np.int64)
    lost = np.diff(count, prepend=count[0])
    at = np.flatnonzero(lost)
    beside = max(int(BESIDE_S / period_s), 3)
    at = at[at < n - beside]
    lost[n - beside :] = 0
    rise = [wait[i : i + beside].min() - wait[max(i - beside, 0) : i].min() for i in at.tolist()]
    if not len(at) or np.mean(np.array(rise) > SUDDEN) < 0.5:
        return np.zeros(n, dtype=np.int64)
    return _at_silences(lost, arrival_s)


def _at_silences(lost: IntArray, arrival_s: FloatArray) -> IntArray:
    """Steps just before a silence belong into it: there the floor was seen for too short a time."""
    moved = np.zeros_like(lost)
    ends = np.flatnonzero(np.diff(arrival_s, prepend=arrival_s[0]) > SILENCE_S)
    at = np.flatnonzero(lost)
    after = np.searchsorted(ends, at)
    near = after < len(ends)
    to = at.copy()
    to[near] = ends[after[near]]
    to = np.where(arrival_s[to - 1] - arrival_s[at] < BESIDE_S, to, at)
    np.add.at(moved, to, lost[at])
    return moved
