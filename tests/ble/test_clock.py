"""Times of samples against the truth of simulated links."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.clock import (
    Timed,
    _one_after_another,
    arrival_times,
    device_times,
    host_times,
    lower_line,
)
from tests.ble.radio import Run, send

RUNS = 40


def ticks(run: Run, tick_hz: float = 1e6, bits: int = 32, start: float = 4000.0) -> np.ndarray:
    whole = np.floor((run.device_s + start) * tick_hz).astype(np.uint64)
    return whole & np.uint64(2**bits - 1)


def timed(run: Run, rate_hz: float, tick_hz: float = 1e6, bits: int = 32, **more: object) -> Timed:
    count = np.full(len(run.arrival_s), run.batch)
    return device_times(
        run.arrival_s,
        ticks(run, tick_hz, bits),
        count,
        tick_hz=tick_hz,
        bits=bits,
        rate_hz=rate_hz,
        **more,
    )


def error_ms(run: Run, times: Timed) -> np.ndarray:
    """Of the last sample of each packet."""
    return 1e3 * (times.time_s[run.batch - 1 :: run.batch] - run.true_s)


def figures(seed: int, rate_hz: float = 104.0, **link: object) -> tuple[float, float, float, float]:
    """Sensor to sensor, ms: median and worst over pairs and time; drift, ppm: worst; late_ms."""
    rng = np.random.default_rng(seed)
    edges, drift, late = [], [], []
    for _ in range(RUNS):
        run = send(rng, rate_hz=rate_hz, **link)
        times = timed(run, rate_hz)
        (fit,) = times.fits
        error = error_ms(run, times)
        edges.append(np.interp(np.linspace(0, 1, 20), np.linspace(0, 1, len(error)), error))
        drift.append(abs(fit.drift_ppm - run.ppm))
        late.append(fit.late_ms)
    table = np.array(edges)
    pairs = np.abs(table[:, None] - table[None, :])[np.triu_indices(RUNS, 1)]
    return float(np.median(pairs)), float(pairs.max()), max(drift), float(np.median(late))


@pytest.mark.parametrize(
    ("rate_hz", "batch", "interval_s", "worst_ms"),
    [(104, 2, 0.015, 1.0), (104, 2, 0.045, 2.0), (60, 1, 0.015, 3.0), (52, 8, 0.015, 1.0)],
)
def test_sensors_agree_within_what_was_promised(
    rate_hz: float, batch: int, interval_s: float, worst_ms: float
) -> None:
    """Asked: 5 ms in the median, 10 ms at worst, 5 ppm. The prototype's lower hull had 0.15 ms."""
    median, worst, drift, late = figures(1, rate_hz, batch=batch, interval_s=interval_s)
    assert median < 0.3
    assert worst < worst_ms
    assert drift < 5.0
    assert late == 0.0


def test_packets_locked_to_connection_events() -> None:
    """The trap: a packet of 20 ms and an interval of 20 ms. The hull alone is 8.8 ms off in the
    middle and 35 ms over a run; the middle of what is possible is within the promised 5 ms in the
    median, not within the worst and the drift, and says by how much it may be wrong.
    """
    median, worst, drift, _ = figures(2, 100.0, batch=2, interval_s=0.020)
    assert 0.5 < median < 5.0
    assert worst < 20.0
    assert drift < 35.0


@pytest.mark.parametrize("ppm", [-40.0, -15.0, 3.0, 30.0])
@pytest.mark.parametrize("seconds", [60.0, 600.0])
def test_a_locked_link_says_how_far_it_may_be_off(ppm: float, seconds: float) -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        run = send(rng, seconds, 100.0, interval_s=0.020, stalls_a_minute=0.0, ppm=ppm)
        times = timed(run, 100.0)
        (fit,) = times.fits
        assert fit.locked
        assert np.abs(error_ms(run, times)).max() <= fit.late_ms + 3.0  # air, and the host's jitter
        assert 0.0 < fit.late_ms <= 21.0


@pytest.mark.parametrize("seconds", [20.0, 60.0])
def test_short_runs_stay_within_a_few_ms(seconds: float) -> None:
    median, worst, _, _ = figures(4, seconds=seconds, stalls_a_minute=1.0)
    assert median < 1.0
    assert worst < 5.0


@pytest.mark.parametrize(("tick_hz", "bits"), [(1e6, 32), (1000.0, 16), (32768.0, 24), (1e9, 64)])
def test_any_width_of_the_counter(tick_hz: float, bits: int) -> None:
    """16 bits of ms wrap nine times in 10 min; the result does not know."""
    run = send(np.random.default_rng(5), seconds=600.0)
    plain, wrapped = timed(run, 104.0), timed(run, 104.0, tick_hz, bits)
    assert len(wrapped.fits) == 1
    assert np.abs(wrapped.time_s - plain.time_s).max() < 1.1e-3 + 1.1 / tick_hz


def test_a_gap_longer_than_a_wrap() -> None:
    run = send(np.random.default_rng(6), seconds=300.0, stalls_a_minute=0.0)
    away = (run.device_s > 50) & (run.device_s < 250)
    cut = Run(*(a[~away] for a in (run.arrival_s, run.true_s, run.device_s)), run.ppm, run.batch)
    times = timed(cut, 104.0, 1000.0, 16)
    assert np.abs(error_ms(cut, times)).max() < 3.0
    assert times.lost == away.sum() * 2


def after_reboot(run: Run, at_s: float, out_s: float) -> tuple[Run, np.ndarray]:
    """The link is lost, and the device counts from zero when it is back."""
    out = (run.device_s > at_s) & (run.device_s < at_s + out_s)
    arrays = [a[~out] for a in (run.arrival_s, run.true_s, run.device_s)]
    kept = Run(*arrays, run.ppm, run.batch)
    first = int(np.argmax(kept.device_s > at_s))
    raw = ticks(kept)
    raw[first:] -= raw[first]
    return kept, raw


def test_a_reboot_begins_a_new_clock() -> None:
    run = send(np.random.default_rng(7), seconds=300.0, stalls_a_minute=0.0, ppm=45.0)
    kept, raw = after_reboot(run, 200.0, 6.0)
    first = int(np.argmax(kept.device_s > 200.0))
    times = device_times(
        kept.arrival_s,
        raw,
        np.full(len(raw), 2),
        tick_hz=1e6,
        bits=32,
        rate_hz=104,
        breaks=np.array([first]),
    )
    assert len(times.fits) == 2
    assert np.abs(error_ms(kept, times)).max() < 2.0
    assert times.lost == pytest.approx(6 * 104, abs=3)


def test_a_clock_that_went_on_is_one_clock() -> None:
    """Continuity is proven: a short part after the outage is as exact as the rest."""
    run = send(np.random.default_rng(8), seconds=130.0, stalls_a_minute=0.0, ppm=-45.0)
    out = (run.device_s > 120) & (run.device_s < 126)
    kept = Run(*(a[~out] for a in (run.arrival_s, run.true_s, run.device_s)), run.ppm, run.batch)
    first = int(np.argmax(kept.device_s > 120.0))
    times = timed(kept, 104.0, breaks=np.array([first]))
    assert len(times.fits) == 1
    assert np.abs(error_ms(kept, times)).max() < 2.0
    assert times.lost == out.sum() * 2


def test_a_clock_that_is_set_within_the_run() -> None:
    """As Polar's, which jumps by years when the phone sets it."""
    run = send(np.random.default_rng(9), seconds=120.0, stalls_a_minute=0.0)
    raw = ticks(run, 1e9, 64)
    raw[3000:] += np.uint64(7 * 365 * 86400 * 10**9)
    times = device_times(
        run.arrival_s, raw, np.full(len(raw), 2), tick_hz=1e9, bits=64, rate_hz=104
    )
    assert len(times.fits) == 2
    assert np.abs(error_ms(run, times)).max() < 3.0
    assert times.lost == 0


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.3), st.integers(1, 6), st.booleans())
def test_losses_become_gaps_and_nothing_else(
    seed: int, loss: float, batch: int, stamped_first: bool
) -> None:
    rng = np.random.default_rng(seed)
    run = send(rng, seconds=30.0, batch=batch, stalls_a_minute=4.0)
    there = rng.uniform(size=len(run.arrival_s)) >= loss
    there[[0, -1]] = True
    kept = Run(*(a[there] for a in (run.arrival_s, run.true_s, run.device_s)), run.ppm, batch)
    of = "first" if stamped_first else "last"
    shift = (batch - 1) / 104.0 if stamped_first else 0.0
    raw = ticks(Run(kept.arrival_s, kept.true_s, kept.device_s - shift, run.ppm, batch))
    times = device_times(
        kept.arrival_s,
        raw,
        np.full(len(raw), batch),
        tick_hz=1e6,
        bits=32,
        of=of,
        rate_hz=104,
    )
    assert times.keep.all()
    assert np.all(np.diff(times.time_s) > 0)
    assert times.lost == (~there).sum() * batch
    steps = np.diff(times.time_s) * 104.0
    assert (np.rint(steps) - 1).sum() == times.lost
    assert np.abs(steps - np.rint(steps)).max() < 0.05


@given(st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=50), st.integers(0, 10))
def test_absurd_clocks_do_not_crash(raw: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrival = np.cumsum(rng.exponential(0.02, len(raw)))
    count = rng.integers(1, 5, len(raw))
    times = device_times(
        arrival, np.array(raw, dtype=np.uint64), count, tick_hz=1e6, bits=32, rate_hz=104
    )
    assert len(times.time_s) == count.sum() == len(times.keep)
    assert np.isfinite(times.time_s[times.keep]).all()


def held(
    run: Run, stops: list[tuple[float, float]], loss: float, seed: int
) -> tuple[Run, np.ndarray]:
    """A computer that stands still: what arrives meanwhile comes at its end, some of it is lost."""
    arrival, there = run.arrival_s.copy(), np.ones(len(run.arrival_s), dtype=bool)
    rng = np.random.default_rng(seed)
    for start, end in stops:
        inside = (run.arrival_s >= start) & (run.arrival_s < end)
        arrival[inside] = end
        there &= ~inside | (rng.uniform(size=len(there)) >= loss)
    kept = Run(arrival[there], run.true_s[there], run.device_s[there], run.ppm, run.batch)
    return kept, there


def test_a_computer_that_stands_still_starts_no_clock() -> None:
    """Seen with a busy machine: the first ten seconds came in bursts, with packets lost in them."""
    run = send(np.random.default_rng(11), seconds=60.0, stalls_a_minute=0.0, ppm=30.0)
    t0 = run.arrival_s[0]
    there = np.ones(len(run.arrival_s), dtype=bool)
    for start, end in [(t0, t0 + 2.1), (t0 + 2.2, t0 + 5.2), (t0 + 5.25, t0 + 9.6)]:
        inside = np.flatnonzero((run.arrival_s >= start) & (run.arrival_s < end))
        run.arrival_s[inside] = end
        there[inside[20:]] = False  # the sensor's memory was full
    kept = Run(*(a[there] for a in (run.arrival_s, run.true_s, run.device_s)), run.ppm, run.batch)
    times = timed(kept, 104.0)
    assert len(times.fits) == 1
    assert np.abs(error_ms(kept, times)).max() < 3.0
    first = int(np.argmax(there))
    assert times.lost == run.batch * int((~there[first:]).sum())


@given(
    st.lists(st.tuples(st.floats(0, 38), st.floats(0.3, 12)), max_size=5),
    st.floats(0, 0.95),
    st.integers(0, 999),
    st.lists(st.integers(1, 1700), max_size=3),
)
def test_times_of_one_sensor_always_increase(
    stops: list[tuple[float, float]], loss: float, seed: int, breaks: list[int]
) -> None:
    run = send(np.random.default_rng(seed), seconds=40.0)
    stops = [(run.arrival_s[0] + a, run.arrival_s[0] + a + b) for a, b in sorted(stops)]
    kept, _ = held(run, stops, loss, seed)
    if len(kept.arrival_s) < 3:
        return
    kept = Run(
        np.maximum.accumulate(kept.arrival_s), kept.true_s, kept.device_s, run.ppm, run.batch
    )
    inside = np.array(sorted({b for b in breaks if b < len(kept.arrival_s)}), dtype=np.intp)
    raw = ticks(kept)
    for number, b in enumerate(inside):  # each link begins with a clock set anew
        raw[b:] = (raw[b:] + np.uint64(10**8 * (number + 1))) & np.uint64(2**32 - 1)
    times = device_times(
        kept.arrival_s,
        raw,
        np.full(len(raw), run.batch),
        tick_hz=1e6,
        bits=32,
        rate_hz=104.0,
        breaks=inside,
    )
    assert np.all(np.diff(times.time_s[times.keep]) > 0)


def test_packets_that_came_twice_are_left_out() -> None:
    run = send(np.random.default_rng(10), seconds=20.0, stalls_a_minute=0.0)
    again = np.insert(np.arange(len(run.arrival_s)), [100, 500], [99, 497])
    raw = ticks(run)[again]
    arrival = np.maximum.accumulate(run.arrival_s[again])
    times = device_times(arrival, raw, np.full(len(raw), 2), tick_hz=1e6, bits=32, rate_hz=104)
    assert (~times.keep).sum() == 4
    assert np.all(np.diff(times.time_s[times.keep]) > 0)
    assert times.lost == 0


# ------------------------------------------------------------------------- without a clock


@pytest.mark.parametrize("true_rate", [97.0, 100.0, 103.0])
def test_arrivals_tell_the_rate(true_rate: float) -> None:
    run = send(np.random.default_rng(11), 300.0, true_rate, batch=1, stalls_a_minute=2.0)
    times = arrival_times(run.arrival_s, np.ones(len(run.arrival_s), dtype=int), rate_hz=100.0)
    assert times.by == "arrival"
    assert times.lost == 0
    error = error_ms(run, times)
    assert np.abs(np.median(error)) < 6.0  # packets of 10 ms and events of 15 ms: half of 5 ms
    assert np.ptp(error) < 12.0
    assert np.all(np.diff(times.time_s) > 0)


def test_an_outage_without_a_clock_is_a_gap() -> None:
    run = send(np.random.default_rng(12), 120.0, 100.0, batch=1, stalls_a_minute=0.0)
    out = (run.device_s > 60) & (run.device_s < 63)
    kept = Run(*(a[~out] for a in (run.arrival_s, run.true_s, run.device_s)), run.ppm, 1)
    first = int(np.argmax(kept.device_s > 60))
    for breaks in (None, np.array([first])):
        times = arrival_times(
            kept.arrival_s, np.ones(len(kept.arrival_s), dtype=int), rate_hz=100.0, breaks=breaks
        )
        assert times.lost == pytest.approx(out.sum(), abs=2)
        assert np.abs(error_ms(kept, times)).max() < 15.0


# ------------------------------------------------------------------------- the line itself


@given(
    st.integers(0, 1000),
    st.floats(-150, 150),
    st.integers(2, 400),
)
def test_the_line_is_below_all_points_and_within_its_bound(seed: int, ppm: float, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.uniform(0.001, 1.0, n))
    y = (1 + ppm * 1e-6) * x + rng.exponential(0.01, n)
    slope, offset = lower_line(x, y)
    assert abs(slope - 1) <= 200.0001e-6
    rest = y - slope * x - offset
    assert rest.min() >= -1e-9
    assert rest.min() < 1e-9


def test_the_line_by_hand() -> None:
    """Points (0, 0), (10, 10.001), (20, 20.001): the edges have 100 and 0 ppm, the middle is
    between them; the second touches.
    """
    x, y = np.array([0.0, 10.0, 20.0, 5.0]), np.array([0.0, 10.0, 20.001, 6.0])
    order = np.argsort(x)
    slope, offset = lower_line(x[order], y[order])
    assert slope == pytest.approx(1.0)  # centroid at 8.75 s: under the first edge
    assert offset == pytest.approx(0.0)


def test_stamps_of_the_hosts_own_clock_are_taken_as_they_are() -> None:
    """Whatever the arrivals; one that came twice is left out, and what is missing is counted."""
    time_s = np.array([10.00, 10.01, 10.02, 10.02, 10.03, 10.10, 10.11])
    found = host_times(
        time_s + np.array([0.2, 0.1, 0.3, 0.4, 0.0, 0.0, 0.1]),
        time_s,
        np.ones(7, np.int64),
        rate_hz=100.0,
        breaks=np.zeros(0, np.intp),
    )
    np.testing.assert_array_equal(found.keep, [True, True, True, False, True, True, True])
    np.testing.assert_allclose(found.time_s[found.keep], time_s[found.keep], rtol=0, atol=1e-12)
    assert found.lost == 6
    assert found.by == "device"
    (fit,) = found.fits
    assert (fit.drift_ppm, fit.residual_ms) == (0.0, pytest.approx(100.0))


@pytest.mark.parametrize(
    ("host", "count", "first_b", "of", "want"),
    [
        ([0.0, 1.0, 2.0, 1.5, 2.5], [1] * 5, 3, "last", [0.0, 1.0, 2.0, 2.5, 3.5]),
        ([0.0, 1.0, 0.5, 1.5, 2.5], [1] * 5, 2, "last", [-1.0, 0.0, 0.5, 1.5, 2.5]),
        ([0.0, 2.0, 4.0, 4.5, 6.5], [3, 3, 3, 1, 1], 3, "first", [0.0, 2.0, 4.0, 5.5, 7.5]),
        ([0.0, 2.0, 4.0, 4.5, 6.5], [3, 3, 3, 1, 1], 3, "last", [0.0, 2.0, 4.0, 4.5, 6.5]),
        ([0.0, 2.0, 4.0, 4.5, 6.5], [1, 1, 1, 3, 3], 3, "last", [0.0, 2.0, 4.0, 5.5, 7.5]),
    ],
)
def test_parts_that_overlap_are_moved_apart(
    host: list[float], count: list[int], first_b: int, of: str, want: list[float]
) -> None:
    """The shorter one gives way, until its first sample is a period after the last before it."""
    moved, at = np.array(host), np.arange(5)
    _one_after_another(moved, np.array(count), [at[:first_b], at[first_b:]], of, 0.5)
    assert moved == pytest.approx(np.array(want))


def test_a_host_without_jitter_is_locked_as_well() -> None:
    """Hardly any packet is late, and six times nothing is nothing: the wait is still a period."""
    run = send(
        np.random.default_rng(3), 60.0, 100.0, interval_s=0.020, stalls_a_minute=0.0, jitter_s=0.0
    )
    (fit,) = timed(run, 100.0).fits
    assert fit.locked
    assert np.abs(error_ms(run, timed(run, 100.0))).max() <= fit.late_ms + 1.0
