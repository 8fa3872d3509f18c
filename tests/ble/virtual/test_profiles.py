"""Every shipped profile streams from a virtual sensor, and what is decoded is what was sent."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.ble.profiles import rates_of, shipped
from hipgait.ble.virtual.loop import run
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import DeviceClock, VirtualSensor
from hipgait.ble.virtual.truth import Truth
from tests.ble.virtual.hosting import Heard, listen

ADDRESS = "C0:00:00:00:00:0A"


async def heard_of(name: str, options: dict[str, int | float | str]) -> tuple[Heard, Truth]:
    profile = shipped()[name]
    sensor = VirtualSensor(
        profile=profile, address=ADDRESS, clock=DeviceClock(ppm=40.0, offset_s=77.7)
    )
    async with Rig([sensor]) as rig:
        heard = await listen(rig, ADDRESS, profile, options, seconds=3.0)
    return heard, rig.sensors[ADDRESS].truth


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_shipped_profile_streams(name: str) -> None:
    heard, truth = run(heard_of(name, {}))
    decoded, faults = heard.decoded({})
    assert not faults
    assert set(decoded) == {s.id for s in heard.profile.stream}
    for stream in heard.profile.stream:
        sent = truth.of("delivered", stream.id)
        said = truth.values(stream.id)
        got = decoded[stream.id]
        assert len(got.count) == len(sent) > 0
        rate = rates_of(heard.profile, stream)
        assert len(rate) > 0
        for channel, values in said.items():
            np.testing.assert_array_equal(got.values[channel], values, err_msg=channel)
        if got.tick is not None:
            assert got.tick.tolist() == [p.tick for p in sent]
        if got.sequence is not None:
            assert got.sequence.tolist() == [p.sequence for p in sent]
    assert not [e for e in truth.events if e.kind == "refused"]
    assert "disconnected" in {e.kind for e in truth.events}
