"""A link's life under faults: virtual sensors on virtual time, and a radio that fails to order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bleak.backends.device import BLEDevice

from hipgait.ble.link import BACKOFF_S, FIRST_ATTEMPTS, Link, Phase, Sensor
from hipgait.ble.profiles import load, parse, settle
from hipgait.ble.radio import CONNECT_S, FIND_S, YIELD_S, Radio
from hipgait.ble.recorder import Recorder
from hipgait.ble.virtual.loop import monotonic_ns, run
from hipgait.ble.virtual.peripheral import Peripheral
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import Air, Faults, Outage, VirtualSensor
from hipgait.errors import InputError, RadioError
from hipgait.io.capture_read import Capture, read_capture
from tests.ble.sending import Recorded, asked_for, record

OPEN = load("hipgait-open").profile
POLAR = load("polar-h10").profile


def spec(placement: str = "pelvis", number: int = 1, **more: Any) -> VirtualSensor:
    fields = {"profile": OPEN, "placement": placement, "address": f"C0:00:00:00:00:0{number}"}
    return VirtualSensor(**{**fields, **more})


def altered(profile_id: str, *changes: tuple[str, str]) -> Sensor:
    """The host reads a profile that differs from what the sensor speaks."""
    text = load(profile_id).text
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    profile = parse(text, "altered")
    return Sensor("pelvis", "C0:00:00:00:00:01", profile, text, settle(profile, {}))


def refused(got: Recorded, kind: str) -> str:
    """The one line that a recording ended with; what never was is not left behind."""
    assert isinstance(got.error, RadioError)
    assert got.error.kind == kind
    line = str(got.error)
    assert "\n" not in line
    assert line.startswith("pelvis (")
    assert got.error.cure
    assert not got.path.exists()
    return line


def all_delivered(got: Recorded, placement: str = "pelvis") -> Capture:
    capture = read_capture(got.path)
    assert capture.finished
    assert not capture.missing
    truth = got.sensors[placement].truth
    for char in got.recorder.links[placement].sensor.profile.chars:
        sent = truth.payloads(char)
        if sent:
            assert capture.raw[placement, char].payloads == sent
    return capture


def kinds(capture: Capture, placement: str = "pelvis") -> list[str]:
    return [e.kind for e in capture.events if e.placement == placement and e.kind != "battery"]


# ------------------------------------------------------------------------------ setting up


def test_a_start_that_is_refused_is_tried_once_more_and_then_told(tmp_path: Path) -> None:
    asked = altered(
        "polar-h10", ("values = [25, 50, 100, 200]", "values = [25, 50, 100, 200, 400]")
    )
    asked = replace(asked, options=asked.options | {"rate_hz": 400})
    got = record(tmp_path, [spec(profile=POLAR)], 5.0, sensors=[asked])
    line = refused(got, "refused")
    assert "it answered f0 02 02 05" in line
    events = got.sensors["pelvis"].truth.events
    assert len([e for e in events if e.kind == "refused"]) == 2
    assert len([e for e in events if e.kind == "connected"]) == 1
    assert len([e for e in events if e.kind == "disconnected"]) == 1


def test_a_protocol_error_is_a_refusal(tmp_path: Path) -> None:
    asked = altered("hipgait-open", ('data = "01 {rate_hz:u16} {batch:u8}"', 'data = "02"'))
    picky = spec(faults=Faults(ignores_wrong_bytes=False))
    line = refused(record(tmp_path, [picky], 5.0, sensors=[asked]), "refused")
    assert "write control" in line
    assert "not allowed" in line.lower()


def test_no_answer_is_tried_with_new_connections_before_it_is_told(tmp_path: Path) -> None:
    asked = altered(
        "polar-h10", ('expect = "f0 02 02 00"', 'expect = "f0 02 02 00"\nreply = "data"')
    )
    got = record(tmp_path, [spec(profile=POLAR)], 5.0, sensors=[asked])
    line = refused(got, "silent")
    assert "it does not answer" in line
    connected = [e for e in got.sensors["pelvis"].truth.events if e.kind == "connected"]
    assert len(connected) == FIRST_ATTEMPTS


@pytest.mark.parametrize("stops_first", [True, False])
def test_a_sensor_left_streaming_by_a_crashed_host_is_taken_over(
    tmp_path: Path, stops_first: bool
) -> None:
    left = spec(profile=POLAR, streaming=True, streams_on=True, options={"rate_hz": 50})
    asked = altered("polar-h10")
    if not stops_first:  # the start is answered with "already", then stop, then start again
        text = load("polar-h10").text
        step = '[[configure]]\ndo = "write"\nchar = "control"\ndata = "03 02"\n'
        step += 'expect = "f0 03 02"\noptional = true\n'
        asked = altered("polar-h10", (step, ""))
        assert text != asked.profile_text
    got = record(tmp_path, [left], 5.0, sensors=[asked])
    assert got.error is None
    all_delivered(got)
    truth = got.sensors["pelvis"].truth
    assert [e.kind for e in truth.events].count("connected") == 1
    status = got.statuses[-1].sensors[0]
    assert status.wanted_hz == 200.0
    assert len(truth.times("acc")) > 4 * 200  # at the rate that was asked for, not at the old one
    assert not got.sensors["pelvis"].firmware.started


def test_a_small_mtu_is_told(tmp_path: Path) -> None:
    line = refused(record(tmp_path, [spec(air=Air(mtu=23))], 5.0), "mtu")
    assert "packets of 23 bytes, hipgait-open needs 60" in line


def test_the_wrong_profile_is_told(tmp_path: Path) -> None:
    asked = replace(asked_for(spec(profile=POLAR)), address="C0:00:00:00:00:01")
    line = refused(record(tmp_path, [spec()], 5.0, sensors=[asked]), "wrong_profile")
    assert "it does not speak polar-h10" in line
    assert "PLACEMENT=ADDRESS@PROFILE" in line


def test_asleep_or_taken_is_told(tmp_path: Path) -> None:
    line = refused(record(tmp_path, [spec(advertises=False)], 5.0), "not_found")
    assert "C0:00:00:00:00:01 in range within 20 s. Wake it" in line


def test_rates_that_the_profile_does_not_have() -> None:
    with pytest.raises(InputError, match="400 is not one of 25, 50, 100, 200"):
        asked_for(spec(profile=POLAR), rate_hz=400)


# ------------------------------------------------------------------------------ streaming


def fall_silent(sensor: Peripheral, *, deaf: bool = False) -> None:
    """The firmware forgets that it streams; deaf: and does not take a start any more."""
    if deaf:
        sensor.firmware.write = lambda char, data: type(  # type: ignore[method-assign]
            "No", (), {"known": True, "replies": ()}
        )()
    sensor.firmware._done.clear()
    sensor._update()


async def _until_streaming(recorder: Recorder) -> None:
    while not recorder.streaming:
        await asyncio.sleep(0.1)


def test_a_silent_stream_is_started_again_over_the_same_link(tmp_path: Path) -> None:
    async def meddle(rig: Rig, recorder: Recorder, _: asyncio.Event) -> None:
        await _until_streaming(recorder)
        await asyncio.sleep(10.0)
        fall_silent(rig.sensors["C0:00:00:00:00:01"])

    got = record(tmp_path, [spec()], 30.0, meddle=meddle)
    assert got.error is None
    capture = all_delivered(got)
    assert kinds(capture) == ["connected", "restart", "gap", "disconnected"]
    (gap,) = [e for e in capture.events if e.kind == "gap"]
    times = got.sensors["pelvis"].truth.times("imu")
    longest = float(np.diff(times).max())
    told = 1e-9 * (gap.fields["to_ns"] - gap.fields["from_ns"])  # type: ignore[operator]
    assert abs(told - longest) < 0.1
    assert 5.0 < longest < 8.0


def test_a_stream_that_stays_silent_is_connected_anew(tmp_path: Path) -> None:
    async def meddle(rig: Rig, recorder: Recorder, _: asyncio.Event) -> None:
        await _until_streaming(recorder)
        await asyncio.sleep(10.0)
        sensor = rig.sensors["C0:00:00:00:00:01"]
        works = sensor.firmware.write
        fall_silent(sensor, deaf=True)
        while sensor._connection is not None:
            await asyncio.sleep(0.05)
        sensor.firmware.write = works  # type: ignore[method-assign]

    got = record(tmp_path, [spec()], 40.0, meddle=meddle)
    assert got.error is None
    capture = all_delivered(got)
    assert kinds(capture) == [
        "connected", "restart", "disconnected", "connected", "gap", "disconnected",
    ]  # fmt: skip
    assert got.statuses[-1].sensors[0].breaks == 1


def test_a_heartbeat_beside_it_does_not_hide_a_silent_stream(tmp_path: Path) -> None:
    async def meddle(rig: Rig, recorder: Recorder, _: asyncio.Event) -> None:
        await _until_streaming(recorder)
        await asyncio.sleep(10.0)
        fall_silent(rig.sensors["C0:00:00:00:00:01"])  # heart rate goes on

    got = record(tmp_path, [spec(profile=POLAR)], 30.0, meddle=meddle)
    assert got.error is None
    assert "restart" in kinds(all_delivered(got))


def test_each_connection_is_a_segment_with_its_gap_told(tmp_path: Path) -> None:
    outages = (Outage(at_s=10.0, for_s=3.0), Outage(at_s=30.0, for_s=2.0, reboot=True))
    got = record(tmp_path, [spec(faults=Faults(outages=outages))], 50.0)
    assert got.error is None
    capture = all_delivered(got)
    again = ["disconnected", "connected", "gap"]
    assert kinds(capture) == ["connected", *again, *again, "disconnected"]
    segments = [e.fields["segment"] for e in capture.events if e.kind == "connected"]
    assert segments == [0, 1, 2]


def test_what_breaks_in_the_platform_ends_no_recording(tmp_path: Path) -> None:
    """Backends raise KeyError and the like when a device vanishes: it is taken up again."""

    async def meddle(rig: Rig, recorder: Recorder, _: asyncio.Event) -> None:
        await _until_streaming(recorder)
        link = recorder.links["pelvis"]
        assert isinstance(link, Link)

        async def broken(_: object) -> None:
            link._ask_battery = asks  # type: ignore[method-assign]
            raise KeyError("org.bluez.GattCharacteristic1")

        asks = link._ask_battery
        link._ask_battery = broken  # type: ignore[method-assign]

    got = record(tmp_path, [spec(), spec("left_shank", 2)], 90.0, meddle=meddle)
    assert got.error is None
    assert kinds(all_delivered(got)).count("connected") == 2
    assert kinds(all_delivered(got, "left_shank"), "left_shank").count("connected") == 1


# ------------------------------------------------------------------------------ one adapter


class _Sink:
    def raw(self, placement: str, char: str, arrival_ns: int, data: bytes) -> None: ...
    def event(self, kind: str, arrival_ns: int, **fields: object) -> None: ...


class _NoRadio(Radio):
    """Never finds anything; remembers when it was asked."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.asked: list[float] = []

    async def connect(self, *_: Any, **__: Any) -> Any:
        self.asked.append(asyncio.get_running_loop().time())
        raise RadioError(self.kind, "no luck", "Try again")


def _waits(kind: str, streamed: bool, seconds: float) -> tuple[list[float], Link, Exception | None]:
    async def main() -> tuple[list[float], Link, Exception | None]:
        radio = _NoRadio(kind)
        link = Link(asked_for(spec()), radio, _Sink(), monotonic_ns)
        link.health.streams = int(streamed)
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        error = None
        try:
            await link.run(stop)
        except RadioError as raised:
            error = raised
        waits = np.diff(radio.asked).tolist()
        return waits, link, error

    return run(main())


def test_waits_grow_between_attempts_and_never_end_once_it_streamed() -> None:
    waits, link, error = _waits("no_adapter", True, 60.0)
    assert error is None
    assert link.health.phase is Phase.STOPPED
    assert waits[: len(BACKOFF_S)] == pytest.approx(BACKOFF_S)
    assert waits[len(BACKOFF_S) :] == pytest.approx([BACKOFF_S[-1]] * (len(waits) - len(BACKOFF_S)))
    assert sum(waits) > 50.0


@pytest.mark.parametrize(
    ("kind", "attempts"),
    [("no_adapter", 1), ("permission", 1), ("refused", 1), ("mtu", 1), ("busy", FIRST_ATTEMPTS)],
)
def test_a_sensor_that_never_streamed_is_given_up(kind: str, attempts: int) -> None:
    waits, link, error = _waits(kind, False, 100.0)
    assert len(waits) == attempts - 1
    assert isinstance(error, RadioError)
    assert error.kind == kind
    assert link.health.phase is Phase.FAILED


def _outages(got: Recorded, placement: str) -> list[float]:
    """How long each of a sensor's silences between connections lasted, s."""
    capture = all_delivered(got, placement)
    return [
        1e-9 * (e.fields["to_ns"] - e.fields["from_ns"])  # type: ignore[operator]
        for e in capture.events
        if e.kind == "gap" and e.placement == placement
    ]


def test_absent_sensors_do_not_hold_up_the_return_of_another(tmp_path: Path) -> None:
    """Five sensors are gone for long; the sixth loses its link for two seconds, three times."""
    away = Faults(outages=(Outage(at_s=20.0, for_s=1000.0),))
    short = Faults(outages=tuple(Outage(at_s=at, for_s=2.0) for at in (40.0, 61.3, 83.7)))
    places = ("pelvis", "left_shank", "right_shank", "left_thigh", "right_thigh", "left_foot")
    specs = [spec(p, i + 1, faults=away if i else short) for i, p in enumerate(places)]
    got = record(tmp_path, specs, 110.0)
    assert got.error is None
    lasted = _outages(got, "pelvis")
    assert len(lasted) == 3
    assert max(lasted) < 2.0 + 6.0  # what it waits between attempts, and one more to find it
    assert [got.recorder.links[p].health.phase for p in places[1:]] == [Phase.STOPPED] * 5


class _Air:
    """Two sensors are heard; connecting to the first never ends."""

    def __init__(self, heard: Sequence[str], hangs: str) -> None:
        self.heard, self.hangs = heard, hangs

    def radio(self) -> Radio:
        air = self

        class Hearing(Radio):
            async def _listen(self, seconds: float, wanted: Any) -> Any:
                from hipgait.ble.radio import Seen

                await asyncio.sleep(0.1)
                return {a: Seen(a, "", -50, (), (), BLEDevice(a, "", None)) for a in air.heard}

        class Client:
            def __init__(self, device: BLEDevice, **_: Any) -> None:
                self.address = device.address

            async def connect(self) -> None:
                if self.address == air.hangs:
                    await asyncio.sleep(1000.0)

            async def disconnect(self) -> None: ...

        import hipgait.ble.radio as module

        self.before, module.BleakClient = module.BleakClient, Client  # type: ignore[misc]
        self.module = module
        return Hearing()

    def close(self) -> None:
        self.module.BleakClient = self.before  # type: ignore[misc]


@pytest.mark.parametrize(("again", "limit"), [(True, YIELD_S), (False, CONNECT_S + 3.0)])
def test_a_connection_that_hangs_gives_way(again: bool, limit: float) -> None:
    air = _Air(("A", "B"), "A")

    async def main() -> tuple[float, RadioError]:
        radio, loop = air.radio(), asyncio.get_running_loop()
        began = loop.time()
        hung = asyncio.ensure_future(radio.connect("A", lambda _: None, FIND_S, again=again))
        await asyncio.sleep(1.0)
        await radio.connect("B", lambda _: None, FIND_S, again=True)
        spent = loop.time() - began
        with pytest.raises(RadioError) as raised:
            await hung
        return spent, raised.value

    try:
        spent, error = run(main())
    finally:
        air.close()
    assert error.kind == "busy"
    assert limit <= spent < limit + 1.5
