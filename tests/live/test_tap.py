"""Notifications decoded together are the blocks that they are one by one."""

from __future__ import annotations

import numpy as np

from hipgait.ble.encode import Encoder
from hipgait.ble.link import Sensor
from hipgait.ble.profiles import load, settle
from hipgait.live.source import Block
from hipgait.live.tap import Tap

PACKETS, SAMPLES = 12, 4


def heard(each: int) -> list[Block]:
    """Blocks of two sensors, asked for after so many packets of each; a new link in between."""
    loaded = load("hipgait-open")
    options = settle(loaded.profile, {})
    sensors = [
        Sensor(p, f"C0:00:00:00:00:0{i}", loaded.profile, loaded.text, options)
        for i, p in enumerate(("pelvis", "left_shank"))
    ]
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=(PACKETS * SAMPLES, 3)) for name in ("acc", "gyr")}
    ticks = (np.arange(PACKETS) * SAMPLES * 1e6 / 104.0).astype(np.uint64)
    payloads = Encoder(loaded.profile, options).packets(
        "imu", values, ticks=ticks, sequence=np.arange(PACKETS), count=np.full(PACKETS, SAMPLES)
    )
    tap, out = Tap(sensors, 0), list[Block]()
    for k, data in enumerate(payloads):
        at = round(1e9 * (k * SAMPLES / 104.0 + 0.01 + 0.002 * (k % 3)))
        for i, sensor in enumerate(sensors):
            if k == PACKETS // 2 and i == 0:
                tap.event("connected", at, placement=sensor.placement)
            tap.raw(sensor.placement, "data", at + i, data)
        if (k + 1) % each == 0:
            out += tap.poll()
    return out + tap.poll()


def test_together_and_one_by_one() -> None:
    alone, together = heard(1), heard(5)
    assert len(alone) == len(together) == 2 * PACKETS
    for a, b in zip(alone, together, strict=True):
        assert (a.placement, a.arrival_s) == (b.placement, b.arrival_s)
        np.testing.assert_array_equal(a.time_s, b.time_s)
        np.testing.assert_array_equal(a.acc, b.acc)
        assert a.gyr is not None
        assert b.gyr is not None
        np.testing.assert_array_equal(a.gyr, b.gyr)
        assert len(a.time_s) == SAMPLES
        assert a.time_s[-1] <= a.arrival_s + 1e-9
