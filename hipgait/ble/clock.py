"""When each sample was taken, on the host's clock.

A notification arrives after its last sample: by batching, by the wait for the next connection
event, by repeats. The earliest arrivals tell the clocks' relation: the line under all points
(device time, arrival) that is closest to them, an edge of their lower convex hull, with a slope
that real crystals can have (lower envelopes for clock lines: doi:10.1109/INFCOM.1999.749304).

Sensors without a clock are timed by arrival alone, and say so: ``arrival_times``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.ticks import FloatArray, IntArray, unwrapped, without_old
from hipgait.ble.unseen import unseen

MAX_PPM: Final = 200.0
"""Largest difference of two clocks, parts per million: crystals of wearables have 20 to 100."""
BLOCK_S: Final = 0.25
"""Of so many seconds only the earliest arrival is kept; at 200 ppm that costs 50 us at most."""
SLOPE_S: Final = 60.0
"""A clock that was seen for less takes its slope from a longer part of the same sensor, s."""
WINDOW_S: Final = 2.5
"""Waits are looked at over this time, s: crystals slip by less than 0.5 ms in it."""
LOCKED_S: Final = 2e-3
"""Where half of the packets of a window wait no longer than this beyond the earliest, packets and
connection events have one period: the wait is the same each time, and the earliest arrival as late
as the rest. Waits that are not locked are even over the connection interval (7.5 ms at least): half
of it. What is left is the jitter of the host (about 1 ms)."""
LATTICE_ALIKE: Final = 0.35
"""Waits are multiples of a step where the mean of their phases is longer. Even waits reach 0.22;
multiples of 5 ms under 1.5 ms of the host's jitter 0.47."""
REPEATED: Final = 6.0
"""A packet this many times later than half of the others (and later than ``LOCKED_S``: a host may
have no jitter to speak of) was repeated, an interval later."""
STEADY_S: Final = 10.0
"""Where there is no clock, arrivals correct the rate this often, s."""
RATE_PPM: Final = 2000.0
"""How much the median of many pairs may be wrong about a rate, parts per million."""
GAP_PACKETS: Final = 1.5
"""Steps of more packets than this are gaps."""


@dataclass(frozen=True)
class ClockFit:
    """One clock of a sensor against the host's.

    start_s, end_s : host time of its first and last packet.
    drift_ppm : how much faster the device runs.
    residual_ms : median time by which packets arrive later than the line says.
    locked : connection events and packets have the same period: the times may be off by up to
        ``late_ms``, which arrival cannot show.
    """

    start_s: float
    end_s: float
    drift_ppm: float
    residual_ms: float
    locked: bool = False
    late_ms: float = 0.0


@dataclass(frozen=True)
class Timed:
    """Times of samples.

    time_s : (n,) host time, s, increasing.
    keep : (n,) False for samples of packets that came twice or late: their time_s means nothing.
    lost : samples that are missing, by time.
    by : whose clock told.
    fits : one a clock.
    """

    time_s: FloatArray
    keep: NDArray[np.bool_]
    lost: int
    by: Literal["device", "arrival"]
    fits: tuple[ClockFit, ...]


def device_times(
    arrival_s: FloatArray,
    tick: NDArray[np.uint64],
    count: IntArray,
    *,
    tick_hz: float,
    bits: int,
    of: Literal["first", "last"] = "last",
    rate_hz: float,
    breaks: NDArray[np.intp] | None = None,
    max_ppm: float = MAX_PPM,
) -> Timed:
    """Times of samples by the device's clock.

    Parameters
    ----------
    arrival_s : (p,) host time at which each packet was complete, s.
    tick : (p,) raw device time.  count : (p,) samples in each packet.
    tick_hz, bits, of : of the device's clock; which sample of a packet it stamps.
    rate_hz : nominal rate; the measured one is used.
    breaks : indices of the first packets after the link was lost.
    """
    device, clock = unwrapped(tick, arrival_s, tick_hz, bits, breaks)
    keep = without_old(device, clock)
    device, clock, arrival, inside = device[keep], clock[keep], arrival_s[keep], count[keep]
    period = _sample_period(device, clock, inside, of, rate_hz)
    last = device + (inside - 1) * period if of == "first" else device
    parts = [np.flatnonzero(clock == number) for number in np.unique(clock)]
    slopes = _slopes([last[p] for p in parts], [arrival[p] for p in parts], max_ppm)
    host = np.empty(len(device))
    fits = []
    for part, slope in zip(parts, slopes, strict=True):
        fit, offset, slope = _fitted(last[part], arrival[part], slope, max_ppm)
        host[part] = slope * device[part] + offset
        fits.append(fit)
    _one_after_another(host, inside, parts, of, period)
    times, lost = _spread(host, inside, clock, of, period)
    every = np.full(int(count.sum()), np.nan)
    mask = np.repeat(keep, count)
    every[mask] = times
    return Timed(every, mask, lost, "device", tuple(fits))


def host_times(
    arrival_s: FloatArray,
    time_s: FloatArray,
    count: IntArray,
    *,
    of: Literal["first", "last"] = "last",
    rate_hz: float,
    breaks: IntArray,
) -> Timed:
    """As ``device_times``, where time_s (p,) is of the host's own clock: nothing is fitted."""
    keep = without_old(time_s, np.zeros(len(time_s), np.int64))
    clock = np.searchsorted(breaks, np.arange(len(time_s)), side="right").astype(np.int64)
    time_s, clock, inside = time_s[keep], clock[keep], count[keep]
    period = _sample_period(time_s, clock, inside, of, rate_hz)
    times, lost = _spread(time_s, inside, clock, of, period)
    every = np.full(int(count.sum()), np.nan)
    every[mask := np.repeat(keep, count)] = times
    late_ms = 1e3 * float(np.median(arrival_s[keep] - time_s))
    fit = ClockFit(float(time_s[0]), float(time_s[-1]), 0.0, late_ms)
    return Timed(every, mask, lost, "device", (fit,))


def arrival_times(
    arrival_s: FloatArray,
    count: IntArray,
    *,
    rate_hz: float,
    breaks: NDArray[np.intp] | None = None,
    skipped: IntArray | None = None,
) -> Timed:
    """Times of samples of a sensor without a clock: evenly spaced, held to the earliest arrivals.

    The measured rate spreads the samples; every ``STEADY_S`` the earliest arrival corrects what the
    rate has drifted. A lasting delay is a gap: something was lost there. What is lost without one
    is told by ``unseen``, where it can be.

    Parameters
    ----------
    arrival_s, count, rate_hz, breaks : as for ``device_times``.
    skipped : (p,) packets known to be missing before each, by a counter.
    """
    starts = np.zeros(0, dtype=np.int64) if breaks is None else np.asarray(breaks, dtype=np.int64)
    if skipped is None and (count == count[0]).all():
        skipped = unseen(arrival_s, starts)
    total = np.cumsum(count if skipped is None else count * (1 + skipped))
    number, clock = unwrapped(total.astype(np.uint64), arrival_s, rate_hz, None, breaks)
    parts = [np.flatnonzero(clock == c) for c in np.unique(clock)]
    longest = max(parts, key=len)
    stretch = _stretch(number[longest], arrival_s[longest])
    host, fits = np.empty(len(count)), []
    for part in parts:
        x, y = stretch * number[part], arrival_s[part]
        px, py = _earliest(x, y, STEADY_S)
        host[part] = x + np.interp(x, px, py - px)
        residual = 1e3 * float(np.median(y - host[part]))
        fits.append(ClockFit(float(y[0]), float(y[-1]), (1.0 / stretch - 1.0) * 1e6, residual))
    times, lost = _spread(host, count, clock, "last", stretch / rate_hz)
    return Timed(times, np.ones(len(times), dtype=bool), lost, "arrival", tuple(fits))


def _stretch(x: FloatArray, y: FloatArray) -> float:
    """Slope of y over x: the median over pairs half of the record apart, then its lower edge."""
    half = len(x) // 2
    if half < 1 or x[-1] - x[0] < 1.0:
        return 1.0
    rough = float(np.median((y[half:] - y[: len(y) - half]) / (x[half:] - x[: len(x) - half])))
    return rough * lower_line(rough * x, y, RATE_PPM)[0]


def lower_line(x: FloatArray, y: FloatArray, max_ppm: float = MAX_PPM) -> tuple[float, float]:
    """(slope, offset) of the line under all points that is closest to them.

    x, y : (p,) device and host time, s, x increasing.  max_ppm : bound on the slope's distance
    from 1.
    """
    bound = max_ppm * 1e-6
    px, py = _earliest(x, y)
    hull = _lower_hull(px.tolist(), py.tolist())
    slope = 1.0
    if len(hull) > 1:  # of all lines below, the edge under the centroid is the closest
        k = min(max(int(np.searchsorted(px[hull], np.mean(x))), 1), len(hull) - 1)
        i, j = hull[k - 1], hull[k]
        slope = float(np.clip((py[j] - py[i]) / (px[j] - px[i]), 1 - bound, 1 + bound))
    return slope, float((y - slope * x).min())


def _lower_hull(x: list[float], y: list[float]) -> list[int]:
    """Indices of the corners of the lower convex hull (Andrew's monotone chain)."""
    hull: list[int] = []
    for i in range(len(x)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (y[b] - y[a]) * (x[i] - x[a]) < (y[i] - y[a]) * (x[b] - x[a]):
                break
            hull.pop()
        hull.append(i)
    return hull


def _earliest(
    x: FloatArray, y: FloatArray, length_s: float = BLOCK_S
) -> tuple[FloatArray, FloatArray]:
    """The point of each block that arrived earliest for its device time."""
    block = _blocks(x, length_s)
    order = np.lexsort((y - x, block))
    first = order[np.r_[True, np.diff(block[order]) > 0]]
    return x[first], y[first]


def _slopes(
    device: list[FloatArray], arrival: list[FloatArray], max_ppm: float
) -> Iterator[float | None]:
    """For each clock the slope of a longer one of the same crystal, or None: its own."""
    spans = [float(d[-1] - d[0]) for d in device]
    longest = int(np.argmax(spans))
    known = None
    if spans[longest] >= SLOPE_S:
        known = lower_line(device[longest], arrival[longest], max_ppm)[0]
    for span in spans:
        yield known if span < SLOPE_S else None


def _fitted(
    last_s: FloatArray, arrival_s: FloatArray, slope: float | None, max_ppm: float
) -> tuple[ClockFit, float, float]:
    """What is known of one clock, and its offset and slope."""
    locked, late = False, 0.0
    if slope is not None:
        offset = float((arrival_s - slope * last_s).min())
    else:
        slope, offset = lower_line(last_s, arrival_s, max_ppm)
        wait = _locked_wait(last_s, arrival_s)
        if wait is not None:
            locked = True
            slope, offset, late = _middle(last_s, arrival_s, wait, max_ppm)
    residual = arrival_s - slope * last_s - offset
    fit = ClockFit(
        start_s=float(arrival_s[0]),
        end_s=float(arrival_s[-1]),
        drift_ppm=(1.0 / slope - 1.0) * 1e6,
        residual_ms=1e3 * float(np.median(residual)),
        locked=locked,
        late_ms=1e3 * late,
    )
    return fit, offset, slope


def _locked_wait(last_s: FloatArray, arrival_s: FloatArray) -> float | None:
    """Longest wait of the earliest packets, s, where they are locked to connection events.

    It is the connection interval, told by packets that were repeated, and at most their period;
    where a few packets take a few events, the step of their waits. None where nothing is locked.
    """
    late = _later(arrival_s - last_s, _blocks(last_s, WINDOW_S))
    usual = float(np.median(late))
    if len(last_s) < 100:
        return None
    period = float(np.median(np.diff(last_s)))
    if usual > LOCKED_S:
        return _lattice(late, period)
    repeated = late[(late > max(REPEATED * usual, LOCKED_S)) & (late < 1.5 * period)]
    if len(repeated) < 0.01 * len(late):
        return period
    return min(period, float(np.median(repeated)))


def _lattice(late: FloatArray, period: float) -> float | None:
    """Step of waits that are its multiples, s; None where they are even.

    Packets every 20 ms and events every 15 ms wait x, x + 5 or x + 10 ms, and arrival tells x only
    once the crystals have slipped through 5 ms. The step divides both periods.
    """
    widest = float(np.quantile(late, 0.9))
    if widest < LOCKED_S:
        return None
    steps = period / np.arange(1, int(period / LOCKED_S) + 1)
    steps = steps[steps < 1.1 * widest]
    if not len(steps):
        return None
    alike = np.abs(np.exp(2j * np.pi * late[None, :] / steps[:, None]).mean(axis=1))
    if alike.max() < LATTICE_ALIKE:
        return None
    return float(steps[np.flatnonzero(alike > 0.95 * alike.max())[0]])


def _later(offset: FloatArray, block: IntArray) -> FloatArray:
    """(p,) how much later than the earliest of its block each packet came, s."""
    starts = np.flatnonzero(np.r_[True, np.diff(block) > 0])
    earliest = np.minimum.reduceat(offset, starts)
    lengths = np.diff(np.r_[starts, len(offset)])
    return np.asarray(offset - np.repeat(earliest, lengths))


def _middle(
    x: FloatArray, y: FloatArray, wait_s: float, max_ppm: float
) -> tuple[float, float, float]:
    """Of all lines that leave no packet waiting longer than ``wait_s`` for its event, the middle.

    Returns slope, offset, and how far the possible lines lie from it at the ends of the record, s.
    """
    x, y = _earliest(x, y, WINDOW_S)
    slopes = 1.0 + 1e-6 * np.arange(-max_ppm, max_ppm + 0.25, 0.5)
    edge = y[None, :] - slopes[:, None] * x[None, :]
    # stalls may lift the earliest of a window: the band may leave out a few
    low, high = np.quantile(edge, [0.0, 0.98], axis=1)
    possible = np.flatnonzero(high - low <= max(wait_s, float((high - low).min())))
    slope = float(slopes[possible].mean())
    low, high = np.quantile(y - slope * x, [0.0, 0.98])
    room = max(wait_s - float(high - low), 0.0)
    turn = float(slopes[possible[-1]] - slopes[possible[0]]) * float(x[-1] - x[0]) / 4
    return slope, float(low) - room / 2, min(room / 2 + turn, wait_s)


def _blocks(x: FloatArray, length_s: float) -> IntArray:
    """Number of the block of each point; what is left at the end belongs to the last whole one."""
    last = max(int((x[-1] - x[0]) / length_s) - 1, 0)
    return np.asarray(np.minimum((x - x[0]) / length_s, last).astype(np.int64))


def _sample_period(
    device_s: FloatArray, clock: IntArray, count: IntArray, of: str, rate_hz: float
) -> float:
    """Device time from sample to sample, s: the mean of steps without a gap."""
    inside = count[:-1] if of == "first" else count[1:]
    step = np.diff(device_s) / np.maximum(inside, 1)
    step = step[np.diff(clock) == 0]
    for guess in (1.0 / rate_hz, float(np.median(step)) if len(step) else 1.0 / rate_hz):
        near = step[np.abs(step / guess - 1.0) < 0.5]
        if len(near) > 0.2 * len(step):
            return float(near.mean())
    return 1.0 / rate_hz


def _one_after_another(
    host_s: FloatArray, count: IntArray, parts: list[NDArray[np.intp]], of: str, period: float
) -> None:
    """Move parts that overlap apart, in place: a sensor takes its samples one after another.

    A part of some packets that were all held back is fitted too late. The shorter one gives way,
    with all that lies beyond it.
    """
    for a, b in pairwise(parts):
        end = host_s[a[-1]] + (count[a[-1]] - 1) * period * (of == "first")
        start = host_s[b[0]] - (count[b[0]] - 1) * period * (of == "last")
        short = end + period - start
        if short > 0 and len(b) < len(a):
            host_s[b[0] :] += short
        elif short > 0:
            host_s[: b[0]] -= short


def _spread(
    host_s: FloatArray, count: IntArray, clock: IntArray, of: str, period: float
) -> tuple[FloatArray, int]:
    """Times of samples from those of packets: even between packets that follow each other."""
    inside = np.maximum(count, 1)
    step = np.diff(host_s)
    between = inside[:-1] if of == "first" else inside[1:]
    gap = (step > GAP_PACKETS * between * period) | (np.diff(clock) != 0) | (step <= 0)
    spacing = np.where(gap, period, step / between)
    mine = np.r_[spacing, period] if of == "first" else np.r_[period, spacing]
    begin = np.repeat(np.cumsum(count) - count, count)
    place = np.arange(int(count.sum())) - begin
    if of == "last":
        place = place - np.repeat(count - 1, count)
    times = np.repeat(host_s, count) + place * np.repeat(mine, count)
    lost = np.rint(step[gap] / period).astype(np.int64) - between[gap]
    return times, int(np.maximum(lost, 0).sum())
