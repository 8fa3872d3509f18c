"""The simulated runner through radio bytes: contacts come out where the simulator put them."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from hipgait.api import analyze
from hipgait.ble.profiles import shipped
from hipgait.ble.virtual.body import worn_by
from hipgait.ble.virtual.loop import START_S, run
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import DeviceClock, Faults, VirtualSensor
from hipgait.recording import Recording, SensorStream
from hipgait.simulate.body import RunnerSettings, standing_then_run
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings
from tests.ble.virtual.hosting import Heard, keep_listening, scan

PLACES = ("pelvis", "left_shank", "right_shank")


@pytest.mark.parametrize("name", ["hipgait-open", "movesense-imu6"])
def test_strides_of_a_run_over_the_rig(name: str) -> None:
    profile = shipped()[name]
    motion = simulate_motion(RunnerSettings(schedule=standing_then_run(40.0, 8.0)), seed=8)
    sensors = [
        VirtualSensor(
            profile=profile,
            placement=place,
            address=f"C0:00:00:00:00:0{i}",
            clock=DeviceClock(ppm=40.0 * (i - 1), offset_s=50.0 + i),
            faults=Faults(loss=0.002),
            seed=i,
        )
        for i, place in enumerate(PLACES)
    ]
    heard = {s.address: Heard(profile) for s in sensors}

    async def main() -> Rig:
        async with Rig(sensors, worn_by(motion, SensorSettings.consumer(), seed=5)) as rig:
            devices = await scan(rig, 0.2)
            until = START_S + motion.duration_s
            await asyncio.gather(
                *(keep_listening(rig, devices[a], heard[a], {}, until) for a in heard)
            )
        return rig

    rig = run(main())
    streams = {}
    for sensor in sensors:
        decoded, faults = heard[sensor.address].decoded({})
        assert not faults
        # the clock is known here: how it is found is tested with the clocks
        time = rig.sensors[sensor.address].truth.times("imu")
        values = decoded["imu"].values
        streams[sensor.placement] = SensorStream(
            sensor.placement, time, values["acc"], values["gyr"]
        )
    strides = analyze(Recording(streams)).strides
    truth = motion.truth()
    running = truth[truth["ic_s"].between(10.0, motion.duration_s - 10.0)]
    found = strides["ic_s"].to_numpy()
    nearest = np.abs(found[:, np.newaxis] - running["ic_s"].to_numpy()).min(axis=0)
    assert len(running) > 60
    assert np.mean(nearest < 0.05) > 0.95
