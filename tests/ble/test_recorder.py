"""Whole recordings under faults of the adapter, the disk and the air; what is told of them."""

from __future__ import annotations

import asyncio
import errno
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hipgait.ble.recorder as recorder_module
from hipgait.ble.link import Phase
from hipgait.ble.profiles import load
from hipgait.ble.recorder import Recorder, Status
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import Battery, DeviceClock, Faults, Outage, VirtualSensor
from hipgait.errors import InputError, RadioError
from hipgait.io.capture import CaptureWriter
from hipgait.io.capture_read import Capture, read_capture
from hipgait.io.capture_recover import recover
from tests.ble.sending import EPOCH_NS, Recorded, record

OPEN = load("hipgait-open").profile
PLACES = ("pelvis", "left_shank", "right_shank")


def specs(count: int = 3, **more: Any) -> list[VirtualSensor]:
    return [
        VirtualSensor(profile=OPEN, placement=p, address=f"C0:00:00:00:00:0{i}", seed=i, **more)
        for i, p in enumerate(PLACES[:count], start=1)
    ]


def same_as_delivered(got: Recorded, cut: int = 0) -> Capture:
    """cut : how often the adapter was pulled: a packet on its way to it may be gone each time."""
    capture = read_capture(got.path)
    assert capture.finished
    for placement, sensor in got.sensors.items():
        sent = sensor.truth.payloads("data")
        kept = iter(capture.raw[placement, "data"].payloads)
        following = next(kept, None)
        missing = 0
        for payload in sent:
            if payload == following:
                following = next(kept, None)
            else:
                missing += 1
        assert following is None  # nothing that was not sent, nothing twice
        assert missing <= cut
    return capture


# ------------------------------------------------------------------------------ the adapter


def test_an_adapter_that_comes_back(tmp_path: Path) -> None:
    told: list[tuple[str, ...]] = []

    async def meddle(rig: Rig, recorder: Recorder, _: asyncio.Event) -> None:
        while not recorder.streaming:
            await asyncio.sleep(0.1)
        await asyncio.sleep(10.0)
        await rig.radio.unplug()
        await asyncio.sleep(1.5)
        told.append(recorder.status().warnings)
        await asyncio.sleep(10.0)
        await rig.radio.power_on()

    got = record(tmp_path, specs(), 60.0, meddle=meddle)
    assert got.error is None
    ((warning,),) = told
    assert "no Bluetooth adapter" in warning
    assert "Plug" in warning
    capture = same_as_delivered(got, cut=1)
    assert got.statuses[-1].warnings == ()
    for placement in PLACES:
        assert [e.kind for e in capture.events if e.placement == placement].count("connected") == 2
        times = got.sensors[placement].truth.times("imu")
        assert times[-1] - times[0] > 55.0
        assert np.sort(np.diff(times))[-2] < 0.1  # one break only
        assert np.diff(times).max() < 11.5 + 7.0


def test_an_adapter_that_is_gone_for_good(tmp_path: Path) -> None:
    async def meddle(rig: Rig, recorder: Recorder, _: asyncio.Event) -> None:
        while not recorder.streaming:
            await asyncio.sleep(0.1)
        await asyncio.sleep(20.0)
        await rig.radio.unplug()

    got = record(tmp_path, specs(2), 40.0, meddle=meddle)
    assert isinstance(got.error, RadioError)
    assert got.error.kind == "no_adapter"
    line = str(got.error)
    assert line.startswith(f"{got.path}: nothing was recorded after 20 s: there is no Bluetooth")
    assert "What came before is safe" in line
    assert "\n" not in line
    same_as_delivered(got, cut=1)


def test_a_sensor_that_stays_away_is_no_error(tmp_path: Path) -> None:
    pelvis, shank = specs(2)
    gone = replace(shank, faults=Faults(outages=(Outage(at_s=10.0, for_s=1000.0),)))
    got = record(tmp_path, [pelvis, gone], 40.0)
    assert got.error is None
    same_as_delivered(got)
    before = got.statuses[-8].sensors
    assert before[0].phase is Phase.STREAMING
    assert before[1].phase in (Phase.LOST, Phase.SEARCHING)
    assert "no sensor C0:00:00:00:00:02 in range" in before[1].trouble


# ------------------------------------------------------------------------------ the disk


class _Failing:
    """A file that cannot be written any more after some bytes."""

    def __init__(self, path: Path, code: int, most: int) -> None:
        self._file = path.open("xb", buffering=0)
        self._code, self._left = code, most

    def write(self, data: bytes, /) -> int | None:
        if len(data) > self._left:
            self._file.write(data[: self._left])
            self._left = 0
            raise OSError(self._code, os.strerror(self._code))
        self._left -= len(data)
        return self._file.write(data)

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()


@pytest.mark.parametrize(
    ("code", "cause"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "permission to write was lost")],
)
def test_a_disk_that_gives_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, cause: str
) -> None:
    opener = partial(_Failing, code=code, most=300_000)
    monkeypatch.setattr(
        recorder_module, "CaptureWriter", partial(CaptureWriter, opener=opener, flush_s=0.005)
    )
    got = record(tmp_path, specs(), 10_000.0)  # it ends by itself
    assert isinstance(got.error, InputError)
    line = str(got.error)
    assert line.startswith(f"{got.path}: recording has stopped: {cause}. ")
    assert "\n" not in line
    whole = recover(got.path, tmp_path / "whole.mcap")
    assert whole.notifications > 50
    capture = read_capture(tmp_path / "whole.mcap")
    for placement, sensor in got.sensors.items():
        kept = capture.raw[placement, "data"].payloads
        assert kept == sensor.truth.payloads("data")[: len(kept)]
        assert kept
        assert not sensor.firmware.started  # told to stop
        assert sensor.truth.events[-1].kind in ("disconnected", "stopped")


def test_a_folder_that_vanishes_from_view_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: Path) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr("hipgait.ble.recorder.shutil.disk_usage", gone)
    got = record(tmp_path, specs(1), 5.0)
    assert got.error is None
    assert got.statuses[-1].disk_free is None
    same_as_delivered(got)


def test_a_screen_that_breaks_leaves_a_whole_file(tmp_path: Path) -> None:
    class Broken(Exception):
        pass

    looks: list[Status] = []

    async def meddle(rig: Rig, recorder: Recorder, _: asyncio.Event) -> None:
        def look(*_: Any) -> None:
            raise Broken

        while not recorder.streaming:
            await asyncio.sleep(0.1)
        await asyncio.sleep(5.0)
        looks.append(recorder.status())
        recorder.status = look  # type: ignore[method-assign]

    got = record(tmp_path, specs(1), 100.0, meddle=meddle)
    assert isinstance(got.error, Broken)
    assert len(looks) == 1
    assert not got.sensors["pelvis"].firmware.started
    same_as_delivered(got)


def test_little_room_is_warned_of_in_round_numbers(tmp_path: Path) -> None:
    usage = type("Usage", (), {"free": 123_456_789})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hipgait.ble.recorder.shutil.disk_usage", lambda _: usage)
        got = record(tmp_path, specs(1), 5.0)
    assert got.statuses[-1].warnings == ("only 120 MB left on the disk",)


# ------------------------------------------------------------------------------ what is noted


def test_anchors_at_the_start_each_minute_and_each_connection(tmp_path: Path) -> None:
    back = Faults(outages=(Outage(at_s=90.0, for_s=3.0),))
    got = record(tmp_path, specs(1, faults=back), 200.0)
    capture = same_as_delivered(got)
    anchor = capture.header.anchor
    assert anchor.utc_ns - anchor.monotonic_ns == EPOCH_NS
    anchors = [e for e in capture.events if e.kind == "anchor"]
    assert all(e.fields["utc_ns"] == EPOCH_NS + e.arrival_ns for e in anchors)
    at = [1e-9 * (e.arrival_ns - anchor.monotonic_ns) for e in anchors]
    connected = [e.arrival_ns for e in capture.events if e.kind == "connected"]
    assert len(connected) == 2
    assert {e.arrival_ns for e in anchors} >= set(connected)
    minutes = [t for t, e in zip(at, anchors, strict=True) if e.arrival_ns not in connected]
    assert minutes == pytest.approx([60.0, 120.0, 180.0], abs=2.0)


def test_battery_is_followed(tmp_path: Path) -> None:
    got = record(tmp_path, specs(1, battery=Battery(start_pct=50.0, per_hour_pct=120.0)), 190.0)
    capture = same_as_delivered(got)
    told = [e.fields["percent"] for e in capture.events if e.kind == "battery"]
    assert told == pytest.approx([50, 48, 46, 44], abs=1)
    assert got.statuses[-1].sensors[0].battery_pct == pytest.approx(50 - 190 / 30, abs=1.0)


# ------------------------------------------------------------------------------ counts and truth


def test_losses_gaps_and_clocks_are_as_they_were(tmp_path: Path) -> None:
    """Lost inside the sensor: all of it is counted; broken links are counted apart. The packet
    counter (16 bit) and the clock (32 bit) wrap in this time."""
    wrap_s = 2.0**32 / 1e6
    sent = [
        replace(
            spec,
            clock=DeviceClock(ppm=ppm, offset_s=wrap_s - 100.0),
            faults=Faults(loss=0.02, stalls=((40.0, 2.0),), outages=outages),
        )
        for spec, ppm, outages in zip(
            specs(), (50.0, -50.0, 200.0), ((), (), (Outage(at_s=60.3, for_s=2.0),)), strict=True
        )
    ]
    got = record(tmp_path, sent, 150.0)
    assert got.error is None
    same_as_delivered(got)
    status = {s.placement: s for s in got.statuses[-1].sensors}
    for spec in sent:
        truth, told = got.sensors[spec.placement].truth, status[spec.placement]
        delivered = len(truth.times("imu"))
        lost = sum(len(p.times) for p in truth.of("lost", "imu"))
        at_ends = 4 * (told.breaks + 1) * 3  # before the first packet or behind the last of a link
        assert told.lost_pct == pytest.approx(
            100 * lost / (lost + delivered), abs=100 * at_ends / delivered
        )
        assert told.lost_pct is not None
        assert told.lost_pct > 1.0
        numbers = np.array([p.sequence for p in truth.of("delivered", "imu")])
        jumps = np.diff(numbers) % 2**16
        assert told.gaps == np.count_nonzero(jumps > 1) - told.breaks
        began = [e.at_s for e in truth.events if e.kind == "connected"][-1]
        since = truth.times("imu")[-1] - began
        assert told.clock_ms == pytest.approx(-1e-3 * spec.clock.ppm * (since - 10.0), abs=1.5)
    assert status["right_shank"].breaks == 1
