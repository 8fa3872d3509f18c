"""Packets in the sensor's own time: ticks, wrap-around, counters, values, all by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from hipgait.ble.profile import Stream, Value
from hipgait.ble.profiles import shipped
from hipgait.ble.virtual.body import Waves
from hipgait.ble.virtual.making import makers, resolved, samples_in
from hipgait.ble.virtual.producer import Maker, Producer
from hipgait.ble.virtual.settings import DeviceClock, VirtualSensor
from hipgait.ble.virtual.truth import Packet

G = 9.80665
HONEST = DeviceClock()


def maker(
    name: str = "hipgait-open",
    stream: str = "imu",
    clock: DeviceClock = HONEST,
    batch: int = 4,
    room: int = 244,
    **options: Value,
) -> Maker:
    profile = shipped()[name]
    settled = {n: options.get(n, o.default) for n, o in profile.options.items()}
    sensor = VirtualSensor(profile=profile, batch=batch)
    (found,) = makers(sensor, settled, {stream}, clock, Waves(), room)
    return found


def first(made: Maker, start_s: float, count: int) -> list[Packet]:
    producer = Producer(made, start_s)
    return list(itertools.islice(producer.take(start_s + 1e6), count))


def test_ticks_and_counters_by_hand() -> None:
    made = maker(clock=DeviceClock(offset_s=10.0), batch=2, rate_hz=100)
    a, b, c = first(made, 0.5, 3)
    # samples at device times 10.50, 10.51 | 10.52, 10.53 | ...; the last one is stamped
    assert [p.tick for p in (a, b, c)] == [10_510_000, 10_530_000, 10_550_000]
    assert [p.sequence for p in (a, b, c)] == [0, 1, 2]
    np.testing.assert_allclose(a.times, [0.50, 0.51], atol=1e-12)
    assert a.made_s == pytest.approx(0.51)
    assert a.parts[0][:9] == b"\xaa\x55\x00\x00" + (10_510_000).to_bytes(4, "little") + b"\x02"


def test_a_fast_clock_is_early() -> None:
    made = maker(clock=DeviceClock(ppm=100.0), batch=1, rate_hz=100)
    packets = first(made, 0.0, 1_001)
    # 10 s of device time pass in 10 / 1.0001 s
    assert packets[-1].tick == 10_000_000
    assert packets[-1].made_s == pytest.approx(10 / 1.0001, abs=1e-9)


def test_counters_wrap() -> None:
    made = maker(clock=DeviceClock(offset_s=2**32 / 1e6 - 0.015), batch=1, rate_hz=100)
    assert made.stream.sequence is not None
    short = structs.replace(made.stream, sequence=structs.replace(made.stream.sequence, bits=8))
    packets = first(replace(made, stream=short), 0.0, 258)
    assert [p.tick for p in packets[:3]] == [4_294_960_000, 2_704, 12_704]
    assert [p.sequence for p in packets[-3:]] == [255, 0, 1]


def test_nanoseconds_since_2000_are_exact() -> None:
    uptime = 26.9 * 365.25 * 86400
    packets = first(
        maker("polar-h10", "acc", DeviceClock(offset_s=round(uptime)), rate_hz=200), 0.0, 50
    )
    steps = {b.tick - a.tick for a, b in itertools.pairwise(packets)}  # type: ignore[operator]
    assert steps == {4 * 5_000_000}
    assert packets[0].tick == round(uptime) * 10**9 + 3 * 5_000_000


def test_stamps_stay_honest_when_the_chip_runs_fast() -> None:
    made = maker(clock=DeviceClock(rate_error=0.02), batch=1, rate_hz=100)
    packets = first(made, 0.0, 103)
    assert packets[-1].tick == 1_000_000
    assert packets[-1].made_s == pytest.approx(1.0)


@given(st.floats(-200, 200), st.floats(0, 1e5), st.floats(0, 500), st.sampled_from([52, 104, 208]))
def test_no_sample_is_older_than_the_start(
    ppm: float, offset: float, start: float, rate: int
) -> None:
    made = maker(clock=DeviceClock(ppm=ppm, offset_s=offset), rate_hz=rate)
    packets = first(made, start, 300)
    times = np.concatenate([p.times for p in packets])
    assert start - 1e-9 <= times[0] < start + 1.001 / rate
    np.testing.assert_allclose(np.diff(times), 1 / (rate * (1 + 1e-6 * ppm)), rtol=1e-6)


def test_packets_come_when_complete() -> None:
    producer = Producer(maker(batch=4, rate_hz=100), 0.0)
    assert list(producer.take(0.029)) == []
    assert len(list(producer.take(0.031))) == 1
    assert producer.due_s == pytest.approx(0.07)
    assert list(producer.take(0.031)) == []


def stream_of(name: str, which: str) -> Stream:
    return next(s for s in shipped()[name].stream if s.id == which)


def test_resolution_by_hand() -> None:
    stream = stream_of("hipgait-open", "imu")
    raw = np.array([[0.4, 0.6, -0.6], [1e9, -1e9, 2.5]]) * (16 / 32768 * G)
    said = resolved(stream, {"rate_hz": 104}, "acc", raw) / (16 / 32768 * G)
    np.testing.assert_allclose(said, [[0, 1, -1], [32767, -32768, 2]], atol=1e-9)


@pytest.mark.parametrize(
    ("batch", "room", "samples"), [(4, 244, 4), (30, 244, 19), (4, 20, 1), (200, 20, 1)]
)
def test_a_batch_fits_into_the_mtu(batch: int, room: int, samples: int) -> None:
    # 9 bytes of header, 12 a sample
    stream = stream_of("hipgait-open", "imu")
    assert samples_in(stream, {"rate_hz": 104}, batch, room) == samples
    made = replace(maker(batch=batch, room=room), samples=samples)
    assert len(first(made, 0.0, 1)[0].parts[0]) == 9 + 12 * samples


def test_a_firmware_with_a_fixed_batch_keeps_it() -> None:
    (packet, *_) = first(maker("metamotion-bmi160", "acc", batch=7), 0.0, 3)
    assert len(packet.times) == 3
