"""Whole runs on the rig: what is lost is what the truth says, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from bleak import BleakClient

from hipgait.ble.packet import Decoded
from hipgait.ble.profiles import shipped
from hipgait.ble.virtual.loop import START_S, run
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import (
    Air,
    Battery,
    DeviceClock,
    Faults,
    Outage,
    VirtualSensor,
)
from hipgait.errors import SettingsError
from tests.ble.virtual.hosting import Heard, keep_listening, scan

OPEN = shipped()["hipgait-open"]
PLACES = ("pelvis", "left_shank", "right_shank")


def record(sensors: Sequence[VirtualSensor], seconds: float) -> tuple[Rig, dict[str, Heard]]:
    """All sensors listened to from second 1 on; by address."""
    rig = Rig(sensors)
    heard = {s.address: Heard(s.profile) for s in sensors}

    async def main() -> None:
        async with rig:
            devices = await scan(rig, 0.5)
            until = START_S + seconds
            await asyncio.gather(
                *(
                    keep_listening(rig, devices[s.address], heard[s.address], {}, until)
                    for s in sensors
                )
            )

    run(main())
    return rig, heard


def imu(heard: Heard) -> Decoded:
    decoded, faults = heard.decoded({})
    assert not faults
    return decoded["imu"]


def three(**faults: object) -> list[VirtualSensor]:
    return [
        VirtualSensor(
            profile=OPEN,
            placement=place,
            address=f"C0:00:00:00:00:0{i}",
            clock=DeviceClock(ppm=50.0 - 50.0 * i, offset_s=4290.0 + 1000.0 * i),
            faults=Faults(**faults),  # type: ignore[arg-type]
            seed=i,
        )
        for i, place in enumerate(PLACES)
    ]


def test_losses_stalls_and_outages_are_as_injected() -> None:
    outages = (Outage(at_s=12.0, for_s=1.5), Outage(at_s=25.0, for_s=3.0))
    sensors = three(loss=0.02, stalls=((7.0, 2.0),), outages=outages)
    rig, heard = record(sensors, 40.0)
    for sensor in sensors:
        truth = rig.sensors[sensor.address].truth
        came = heard[sensor.address]
        assert came.payloads("data") == truth.payloads("data")
        decoded = imu(came)
        assert decoded.sequence is not None
        sent = truth.of("delivered", "imu")
        begun = [e.at_s for e in truth.events if (e.kind, e.what) == ("started", "imu")]
        assert len(begun) == 1 + len(outages)
        # counters begin anew with each start
        cuts = np.flatnonzero(np.diff(decoded.sequence) < 0) + 1
        parts = np.split(np.arange(len(sent)), cuts)
        gone = [*truth.of("lost", "imu"), *truth.of("overflow", "imu")]
        for start, part in zip(begun, parts, strict=True):
            numbers = decoded.sequence[part]
            missing = set(range(numbers[-1] + 1)) - set(numbers.tolist())
            until = sent[part[-1]].made_s
            assert missing == {p.sequence for p in gone if start <= p.made_s <= until}
            assert missing
        assert truth.of("link")  # what an outage caught in the sensor
        kinds = [e.kind for e in truth.events]
        assert (kinds.count("connected"), kinds.count("disconnected")) == (3, 3)


def test_a_stall_that_fits_loses_nothing_and_ends_in_a_burst() -> None:
    sensors = three(stalls=((5.0, 2.0),))
    rig, heard = record(sensors, 12.0)
    for sensor in sensors:
        came = heard[sensor.address]
        decoded = imu(came)
        assert decoded.sequence is not None
        assert decoded.sequence.tolist() == list(range(len(decoded.sequence)))
        arrival = (came.arrivals("data") / 1e9) - START_S
        assert not ((arrival > 5.0) & (arrival < 7.0)).any()
        assert ((arrival >= 7.0) & (arrival < 7.2)).sum() > 50
        truth = rig.sensors[sensor.address].truth
        assert len(truth.payloads("data")) == len(came.payloads("data"))


def test_device_time_is_the_sensor_s_own() -> None:
    """Ticks against the truth's times give back rate and offset of each clock."""
    sensors = three()
    rig, heard = record(sensors, 30.0)
    for sensor in sensors:
        decoded = imu(heard[sensor.address])
        assert decoded.tick is not None
        steps = np.diff(decoded.tick.astype(np.int64)) % 2**32
        device = decoded.tick[0] / 1e6 + np.concatenate([[0], np.cumsum(steps)]) / 1e6
        stamped = np.array(
            [p.times[-1] for p in rig.sensors[sensor.address].truth.of("delivered", "imu")]
        )
        slope, offset = np.polyfit(stamped, device, 1)
        assert 1e6 * (slope - 1) == pytest.approx(sensor.clock.ppm, abs=0.2)
        wrapped = sensor.clock.offset_s % (2**32 / 1e6)
        assert offset % (2**32 / 1e6) == pytest.approx(wrapped, abs=1e-4)


def test_packets_arrive_at_connection_events_after_they_were_made() -> None:
    sensors = [VirtualSensor(profile=OPEN, air=Air(interval_s=0.03))]
    rig, heard = record(sensors, 5.0)
    (sensor,) = rig.sensors.values()
    (came,) = heard.values()
    connected = next(e.at_s for e in sensor.truth.events if e.kind == "connected")
    arrival = came.arrivals("data") / 1e9 - START_S
    made = np.array([p.made_s for p in sensor.truth.of("delivered", "imu")])
    delay = arrival - made
    assert delay.min() >= -1e-6
    assert delay.max() <= 0.03 + 1e-6
    events = (arrival - connected) / 0.03
    np.testing.assert_allclose(events, np.rint(events), atol=1e-4)


def test_an_outage_shorter_than_the_supervision_keeps_the_link() -> None:
    rig, heard = record(three(outages=(Outage(at_s=3.0, for_s=0.3),)), 6.0)
    for address, sensor in rig.sensors.items():
        assert [e.kind for e in sensor.truth.events].count("connected") == 1
        sequence = imu(heard[address]).sequence
        assert sequence is not None
        assert sequence.tolist() == list(range(len(sequence)))


def test_a_reboot_starts_the_clock_at_zero() -> None:
    rebooting = [
        replace(s, clock=replace(s.clock, offset_s=2000.0))
        for s in three(outages=(Outage(at_s=5.0, for_s=2.0, reboot=True),))
    ]
    rig, heard = record(rebooting, 12.0)
    for address in rig.sensors:
        tick = imu(heard[address]).tick
        assert tick is not None
        assert 0 < tick[-1] < 6e6
        (drop,) = np.flatnonzero(np.diff(tick.astype(np.int64)) < -1e9)
        assert tick[drop + 1] < 3e6


def test_a_sensor_left_streaming_speaks_before_it_is_started() -> None:
    sensor = VirtualSensor(profile=OPEN, streaming=True, options={"rate_hz": 52})

    async def main() -> tuple[int, list[float]]:
        async with Rig([sensor]) as rig:
            device = (await scan(rig))[sensor.address]
            heard = Heard(OPEN)
            async with BleakClient(device, backend=rig.client) as client:
                await client.start_notify(
                    OPEN.chars["data"],
                    lambda _char, data: heard.notifications.setdefault("data", []).append(
                        (0, bytes(data))
                    ),
                )
                await asyncio.sleep(2.0)
            steps = np.diff([p.times[0] for p in rig.sensors[sensor.address].truth.of("delivered")])
            return len(heard.payloads("data")), steps.tolist()

    count, steps = run(main())
    assert count > 20
    assert steps == pytest.approx([4 / 52] * len(steps))


def test_seven_sensors_at_60_hz_lose_nothing() -> None:
    profile = shipped()["movella-dot"]
    sensors = [
        VirtualSensor(
            profile=profile,
            address=f"C0:00:00:00:00:0{i}",
            clock=DeviceClock(ppm=10.0 * i, offset_s=3.3 * i),
        )
        for i in range(7)
    ]
    rig, heard = record(sensors, 20.0)
    for address, sensor in rig.sensors.items():
        assert {fate for _, fate, _ in sensor.truth.packets} == {"delivered"}
        char = profile.stream[0].char
        assert heard[address].payloads(char) == sensor.truth.payloads(char)
        tick = imu(heard[address]).tick
        assert tick is not None
        assert set(np.diff(tick.astype(np.int64))) <= {16_666, 16_667}
        assert len(tick) > 18 * 60


def test_the_battery_falls() -> None:
    sensor = VirtualSensor(profile=OPEN, battery=Battery(start_pct=80.0, per_hour_pct=3600.0))
    _, heard = record([sensor], 60.0)
    decoded, _ = heard[sensor.address].decoded({})
    level = decoded["battery"].values["battery"][:, 0]
    assert len(level) > 3
    assert set(np.diff(level)) == {-10.0}


def test_runs_repeat_exactly() -> None:
    def once() -> list[list[tuple[int, bytes]]]:
        sensors = three(loss=0.05, outages=(Outage(at_s=4.0, for_s=1.0),))
        _, heard = record(sensors, 8.0)
        return [h.notifications["data"] for h in heard.values()]

    assert once() == once()


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"loss = 1\.5"):
        VirtualSensor(profile=OPEN, faults=Faults(loss=1.5))
    with pytest.raises(SettingsError, match="interval_s"):
        VirtualSensor(profile=OPEN, air=Air(interval_s=0.001))
