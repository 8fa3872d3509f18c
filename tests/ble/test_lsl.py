"""Streams of other programs are recorded as sensors are; what is recorded is published.

Real streams, on this machine only (conftest.py). Without the library's binary: skipped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hipgait.ble.decoding import decode
from hipgait.ble.link import Phase, Sensor
from hipgait.ble.lsl import LslLink, find, library
from hipgait.ble.lsl_out import Outlets
from hipgait.ble.profiles import parse, settle
from hipgait.ble.radio import Radio
from hipgait.ble.recorder import Recorder
from hipgait.cli.main import run as hipgait
from hipgait.errors import HipgaitError, MissingExtraError, RadioError
from hipgait.io.capture_read import read_capture

try:
    lsl = library()
except MissingExtraError as error:
    pytest.skip(f"{error}", allow_module_level=True)

IMU = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
SI = ("m/s^2",) * 3 + ("rad/s",) * 3
RATE_HZ = 100.0
FIND_S = 10.0
NEAR_S = 0.005
_number = count()


def outlet(
    labels: Sequence[str] = IMU,
    units: Sequence[str] = SI,
    *,
    rate_hz: float = RATE_HZ,
    kind: str = "float32",
    name: str = "",
) -> tuple[str, Any]:
    """The address of a new stream, and what it is streamed with."""
    name = name or f"imu {next(_number)}"
    info = lsl.StreamInfo(name, "IMU", len(labels), rate_hz, kind, f"{name} {next(_number)}")
    channels = info.desc().append_child("channels")
    for label, unit in zip(labels, units, strict=True):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", unit)
    return f"lsl:{name}", lsl.StreamOutlet(info)


def to_monotonic() -> float:
    return time.monotonic() - float(lsl.local_clock())


def record(
    sensor: Sensor, path: Path, stream: Any, samples: Sequence[Sequence[float]]
) -> list[float]:
    """Record what is streamed at its rate. Returns when each sample was taken, monotonic, s."""
    times: list[float] = []

    async def main() -> None:
        recorder = Recorder([sensor], path, Radio())
        stop = asyncio.Event()
        running = asyncio.ensure_future(recorder.run(stop))
        while not recorder.streaming and not running.done():
            await asyncio.sleep(0.02)
        for sample in samples:
            stamp = lsl.local_clock()
            stream.push_sample(sample, stamp)
            times.append(stamp + to_monotonic())
            await asyncio.sleep(1 / RATE_HZ)
        await asyncio.sleep(0.5)
        stop.set()
        await running

    asyncio.run(main())
    return times


@pytest.mark.parametrize(
    ("kind", "units", "scale"),
    [
        ("float32", SI, 1.0),
        ("double64", SI, 1.0),
        ("float32", ("g",) * 3 + ("deg/s",) * 3, np.array([9.80665] * 3 + [np.pi / 180] * 3)),
        ("int16", ("mg",) * 3 + ("dps",) * 3, np.array([9.80665e-3] * 3 + [np.pi / 180] * 3)),
        ("int32", ("mg",) * 3 + ("dps",) * 3, np.array([9.80665e-3] * 3 + [np.pi / 180] * 3)),
    ],
)
def test_what_is_streamed_is_what_is_decoded(
    tmp_path: Path, kind: str, units: tuple[str, ...], scale: float | np.ndarray
) -> None:
    address, stream = outlet(units=units, kind=kind)
    sensor = find("pelvis", address, None, FIND_S)
    numbers = np.random.default_rng(3).normal(0, 900, (150, 6))
    exact = numbers.round() if kind.startswith("int") else numbers.astype(np.float32)
    if kind.startswith("int"):
        samples = [[int(x) for x in row] for row in exact]
    else:
        samples = exact.astype(float).tolist()
    true_s = np.array(record(sensor, tmp_path / "run.mcap", stream, samples))

    capture = read_capture(tmp_path / "run.mcap")
    assert capture.missing == ()
    (found,) = decode(capture)
    assert (found.placement, found.unread) == ("pelvis", 0)
    (motion,) = found.streams
    values = np.hstack([motion.channel("acc"), motion.channel("gyr")])
    np.testing.assert_allclose(values, exact.astype(np.float64) * scale, rtol=1e-12)
    time_s = motion.time_s + 1e-9 * capture.header.anchor.monotonic_ns
    assert np.abs(time_s - true_s).max() < NEAR_S


def test_more_channels_than_are_known_are_left_aside(tmp_path: Path) -> None:
    """In any order, with axes of a magnetometer and a counter among them."""
    labels = ("count", "GYR_Z", "accX", "acc y", "acc-z", "mag_x", "gyr_x", "gyr_y")
    units = ("", "rad/s", "m/s2", "m/s²", "mps2", "uT", "rps", "rad/s")
    address, stream = outlet(labels, units)
    sensor = find("left_shank", address, None, FIND_S)
    record(sensor, tmp_path / "run.mcap", stream, [[float(i) for i in range(8)]] * 20)
    ((motion,),) = [found.streams for found in decode(read_capture(tmp_path / "run.mcap"))]
    np.testing.assert_array_equal(motion.channel("acc"), [[2, 3, 4]] * 20)
    np.testing.assert_array_equal(motion.channel("gyr"), [[6, 7, 1]] * 20)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"labels": ("a", "b"), "units": ("g", "g")}, "acc_x, acc_y, acc_z are not among its"),
        ({"labels": IMU[:2], "units": SI[:2]}, "acc_x, acc_y, acc_z are not among its"),
        ({"units": ("furlong",) * 6}, "the unit of its channel acc_x is not known"),
        ({"units": ("g", "g", "m/s^2", *SI[3:])}, "the unit of its channel acc_z is not known"),
        ({"rate_hz": 0.0}, "it has no steady rate"),
        ({"kind": "string"}, "its numbers are none of float32"),
        (
            {"labels": (*IMU, *"n" * 121), "units": (*SI, *"1" * 121)},
            "516 bytes are longer than 514",
        ),
        ({"kind": "int8"}, "its numbers are none of float32"),
        ({"labels": ("\x1b[31m", "b"), "units": ("", "")}, "not among its channels ([31m, b)"),
    ],
)
def test_unclear_streams_are_refused(settings: dict[str, Any], says: str) -> None:
    address, stream = outlet(**settings)
    with pytest.raises(RadioError) as refused:
        find("pelvis", address, None, FIND_S)
    line = str(refused.value)
    assert says in line
    assert line.startswith("pelvis: ")
    assert "\n" not in line
    assert "\x1b" not in line
    assert "acc_x ... gyr_z" in refused.value.cure
    del stream


OWN = """
format = 1
id = "mine"
name = "Mine"
firmware = "mine"
source = ["https://example.org"]
tried_on_hardware = false
clock = "host"
[link]
mtu_min = 64
[chars]
data = "00000000-0000-0000-0000-000000000000"
[[stream]]
id = "motion"
char = "data"
header = ["t:u64"]
sample = ["x:f32", "y:f32", "z:f32"]
rate_hz = 100.0
timestamp = { field = "t", tick_hz = 1e9, bits = 64, of = "last" }
[stream.channels.acc]
fields = ["x", "y", "z"]
unit = "g"
"""


def test_a_profile_says_what_a_stream_does_not(tmp_path: Path) -> None:
    address, stream = outlet(("one", "two", "three"), ("", "", ""))
    sensor = find("pelvis", address, OWN, FIND_S)
    record(sensor, tmp_path / "run.mcap", stream, [[1.0, 0.0, 2.0]] * 20)
    ((motion,),) = [found.streams for found in decode(read_capture(tmp_path / "run.mcap"))]
    np.testing.assert_allclose(motion.channel("acc"), [[9.80665, 0, 2 * 9.80665]] * 20)


@pytest.mark.parametrize(
    ("settings", "text", "says"),
    [
        ({}, OWN, "its samples do not fit the profile: 32 bytes"),
        ({"kind": "string"}, OWN, "its numbers are none of"),
        ({}, OWN.replace('data = "', 'raw = "').replace('"data"', '"raw"'), "char = 'data'"),
    ],
)
def test_a_profile_of_another_stream_is_refused(
    settings: dict[str, Any], text: str, says: str
) -> None:
    address, stream = outlet(**settings)
    with pytest.raises(RadioError, match=says):
        find("pelvis", address, text, FIND_S)
    del stream


@pytest.mark.parametrize("name", ["nobody", "it's", 'a"b', "x' or '1'='1"])
def test_a_stream_that_is_not_there(name: str) -> None:
    address, stream = outlet()
    with pytest.raises(RadioError, match=r"pelvis: no LSL stream is named") as refused:
        find("pelvis", f"lsl:{name}", None, 1.0)
    assert refused.value.kind == "not_found"
    del address, stream


def test_two_streams_of_one_name_are_refused() -> None:
    address, one = outlet(name="twin")
    _, two = outlet(name="twin")
    with pytest.raises(RadioError, match="2 LSL streams are named 'twin'"):
        find("pelvis", address, None, FIND_S)
    del one, two


@pytest.fixture(autouse=True)
def twins_are_near(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where there are two is the second one waited for as long as users wait."""
    if "two_streams" not in request.node.name:
        monkeypatch.setattr("hipgait.ble.lsl.TWINS_S", 0.1)


class Ears:
    """A sink, and a clock that can be put forward."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.samples = 0
        self.ahead_ns = 0

    def raw(self, placement: str, char: str, arrival_ns: int, data: bytes) -> None:
        self.samples += 1

    def event(self, kind: str, arrival_ns: int, **fields: object) -> None:
        self.events.append(kind)

    def now_ns(self) -> int:
        return time.monotonic_ns() + self.ahead_ns


def listen(act: Any, address: str) -> tuple[Ears, LslLink, HipgaitError | None]:
    """A link on its own, with something that happens beside it."""
    ears = Ears()
    link = LslLink(find("pelvis", address, None, FIND_S), ears, ears.now_ns)

    async def main() -> HipgaitError | None:
        stop = asyncio.Event()
        running = asyncio.ensure_future(link.run(stop))
        await until(lambda: link.health.phase is Phase.STREAMING)
        await act(ears, link)
        stop.set()
        try:
            await running
        except RadioError as error:
            return error
        return None

    return ears, link, asyncio.run(main())


async def until(holds: Any) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.02)


def test_a_stream_that_gives_nothing_is_an_error() -> None:
    address, stream = outlet()

    async def wait(ears: Ears, link: LslLink) -> None:
        ears.ahead_ns = 6_000_000_000
        await until(lambda: link.health.phase is Phase.FAILED)

    ears, _, error = listen(wait, address)
    assert str(error).startswith("pelvis: the LSL stream imu")
    assert ears.events == ["connected", "disconnected"]
    del stream


def test_a_stream_that_pauses_is_lost_and_comes_back() -> None:
    address, stream = outlet()

    async def pause(ears: Ears, link: LslLink) -> None:
        stream.push_sample([0.0] * 6)
        await until(lambda: ears.samples == 1)
        ears.ahead_ns = 6_000_000_000
        await until(lambda: link.health.phase is Phase.LOST)
        assert link.health.trouble is not None
        stream.push_sample([0.0] * 6)
        await until(lambda: ears.samples == 2)
        assert link.health.phase is Phase.STREAMING
        assert link.health.trouble is None

    _, link, error = listen(pause, address)
    assert error is None
    assert link.health.phase is Phase.STOPPED


def test_a_stream_that_ended_before_it_was_recorded() -> None:
    profile = parse(OWN, "mine.toml")
    sensor = Sensor("pelvis", "lsl:gone", profile, OWN, settle(profile, {}))
    link = LslLink(sensor, Ears())
    link._lsl = type("Gone", (), {"resolve_byprop": staticmethod(lambda *_: [])})
    with pytest.raises(RadioError, match="pelvis: the LSL stream gone is gone"):
        asyncio.run(link.run(asyncio.Event()))
    assert link.health.phase is Phase.FAILED


# ------------------------------------------------------------------------------ publishing
def published(name: str) -> Any:
    (info,) = lsl.resolve_byprop("name", name, 1, FIND_S)
    inlet = lsl.StreamInlet(info)
    inlet.open_stream(FIND_S)
    return inlet


@pytest.mark.parametrize(
    ("channels", "name"), [(("acc", "gyr"), "pelvis"), (("acc",), "pelvis-acc")]
)
def test_what_is_recorded_is_published(channels: tuple[str, ...], name: str) -> None:
    outlets = Outlets({"pelvis": 104.0})
    rng = np.random.default_rng(1)
    values = {c: rng.normal(size=(7, 3)).astype(np.float32).astype(float) for c in channels}
    now = time.monotonic_ns()
    times = now + np.arange(7) * 9_615_385
    outlets.imu("pelvis", times[:0], **{c: v[:0] for c, v in values.items()})  # makes the stream
    inlet = published(f"hipgait-{name}")
    info = inlet.info(FIND_S)
    assert info.nominal_srate() == 104.0
    assert info.get_channel_labels() == [f"{c}_{axis}" for c in channels for axis in "xyz"]
    assert info.get_channel_units() == [u for c in channels for u in SI[3 * (c == "gyr") :][:3]]
    outlets.imu("pelvis", times, **values)
    rows, stamps = inlet.pull_chunk(FIND_S, 7)
    np.testing.assert_array_equal(rows, np.hstack(list(values.values())))
    np.testing.assert_allclose(np.array(stamps) + to_monotonic(), 1e-9 * times, atol=1e-3)


def test_nothing_is_published_of_nothing() -> None:
    outlets = Outlets({"pelvis": 104.0})
    outlets.imu("pelvis", np.zeros(0, np.int64))
    assert lsl.resolve_byprop("name", "hipgait-pelvis", 1, 0.5) == []


def test_what_is_published_can_be_recorded_again() -> None:
    """Its channels and units are named as find() reads them."""
    outlets = Outlets({"left_foot": 60.0})
    empty = np.zeros((0, 3))
    outlets.imu("left_foot", np.zeros(0, np.int64), acc=empty, gyr=empty)
    sensor = find("left_foot", "lsl:hipgait-left_foot", None, FIND_S)
    assert sensor.profile.stream[0].rate_hz == 60.0
    assert {c: ch.unit for c, ch in sensor.profile.stream[0].channels.items()} == {
        "acc": "m/s^2",
        "gyr": "rad/s",
    }


def test_record_refuses_an_unclear_stream_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address, stream = outlet(("a", "b"), ("", ""))
    code = hipgait(["record", "--out", str(tmp_path), "--sensor", f"pelvis={address}"])
    assert code == 1
    err = capsys.readouterr().err.splitlines()
    assert sum("does not say what it carries" in line for line in err) == 1
    assert not list(tmp_path.iterdir())
    del stream
