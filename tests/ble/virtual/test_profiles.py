"""Every shipped profile streams from a virtual sensor, and what is decoded is what was sent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from hipgait.ble.layout import scale_of
from hipgait.ble.profile import Profile, Stream, Value
from hipgait.ble.profiles import rate_of, settle, shipped
from hipgait.ble.virtual.body import Waves
from hipgait.ble.virtual.loop import run
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import Air, DeviceClock, VirtualSensor
from hipgait.ble.virtual.truth import Truth
from tests.ble.virtual.hosting import Heard, listen

ADDRESS = "C0:00:00:00:00:0A"


def settings_of(profile: Profile) -> Iterator[dict[str, Value]]:
    """The defaults; then each option at its ends."""
    yield {}
    for name, option in profile.options.items():
        for value in option.values or (option.min, option.max):
            if value is not None and value != option.default:
                yield {name: int(value) if isinstance(value, float) else value}


CASES = [(name, options) for name, p in shipped().items() for options in settings_of(p)]


async def heard_of(name: str, options: dict[str, Value]) -> tuple[Heard, Truth]:
    profile = shipped()[name]
    sensor = VirtualSensor(
        profile=profile,
        address=ADDRESS,
        clock=DeviceClock(ppm=40.0, offset_s=77.7),
        air=Air(per_event=12),
    )
    async with Rig([sensor]) as rig:
        heard = await listen(rig, ADDRESS, profile, options, seconds=3.0)
        assert rig.sensors[ADDRESS].firmware.options == settle(profile, options)
    return heard, rig.sensors[ADDRESS].truth


@pytest.mark.parametrize(("name", "options"), CASES, ids=lambda x: str(x))
def test_a_shipped_profile_streams(name: str, options: dict[str, Value]) -> None:
    heard, truth = run(heard_of(name, options))
    assert {fate for _, fate, _ in truth.packets} == {"delivered"}
    assert not [e for e in truth.events if e.kind == "refused"]
    decoded, faults = heard.decoded(options)
    assert not faults
    assert set(decoded) == {s.id for s in heard.profile.stream}
    for stream in heard.profile.stream:
        sent = truth.of("delivered", stream.id)
        got = decoded[stream.id]
        assert got.count.tolist() == [len(p.times) for p in sent]
        assert (np.diff(got.notification) > 0).all()
        for channel, values in truth.values(stream.id).items():
            np.testing.assert_array_equal(got.values[channel], values, err_msg=channel)
        if got.tick is not None:
            assert got.tick.tolist() == [p.tick for p in sent]
        if got.sequence is not None:
            assert got.sequence.tolist() == [p.sequence for p in sent]
        rate = rate_of(stream, settle(heard.profile, options))
        assert len(truth.times(stream.id)) == pytest.approx(3.0 * rate, abs=0.2 * rate + 17)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_values_are_those_of_the_body_to_the_last_bit(name: str) -> None:
    """Within half a step of what was measured: a scale or an axis that is wrong shows here."""
    profile = shipped()[name]
    heard, truth = run(heard_of(name, {}))
    decoded, _ = heard.decoded({})
    options = settle(profile, {})
    for stream in (s for s in profile.stream if s.kind == "motion"):
        true_rate = rate_of(stream, options) * (1 + 40e-6)
        times = truth.times(stream.id)
        measured = Waves(0).motion(list(stream.channels), true_rate, times)
        for channel, values in measured.items():
            scale = scale_of(stream.channels[channel], options)
            reached = np.abs(values) < (scale.range or np.inf)
            assert reached.mean() > 0.5
            wrong = np.abs(decoded[stream.id].values[channel] - values)[reached]
            single = channel_is_float(stream, channel)
            step = np.abs(values).max() * 1e-7 if single else 0.5001 * scale.factor
            assert wrong.max() <= step


def channel_is_float(stream: Stream, channel: str) -> bool:
    types = dict(text.split(":") for text in stream.sample if ":" in text)
    return types[stream.channels[channel].fields[0]] == "f32"
