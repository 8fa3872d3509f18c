"""The shipped profiles: hand-worked vectors, what each must state, bytes of their commands."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.ble.encode import Encoder
from hipgait.ble.packet import Decoder
from hipgait.ble.profile import GAIT_HZ
from hipgait.ble.profiles import load, rates_of, settle, shipped
from hipgait.ble.steps import PHASES, compile_steps

VECTORS = [(p.id, i) for p in shipped().values() for i in range(len(p.vector))]


def test_all_are_there() -> None:
    assert set(shipped()) == {
        "bluest",
        "hipgait-open",
        "metamotion-bmi160",
        "metamotion-bmi270",
        "movella-dot",
        "movesense-imu6",
        "movesense-imu9",
        "openearable-v2",
        "polar-h10",
        "polar-oh1",
        "polar-verity",
        "polar-verity-sdk",
        "sensortag-cc2650",
        "sig-battery",
        "sig-heart-rate",
        "sig-running-speed",
        "thingy52",
        "witmotion-ble5",
    }


@pytest.mark.parametrize(("profile_id", "number"), VECTORS)
def test_vectors(profile_id: str, number: int) -> None:
    """Bytes and values were worked out by hand from the source that the profile names."""
    profile = shipped()[profile_id]
    vector = profile.vector[number]
    stream = next(s for s in profile.stream if s.id == vector.stream)
    decoder = Decoder(profile, vector.options)
    if vector.replies:
        replies = [bytes.fromhex(text) for text in vector.replies]
        assert decoder.decode(stream.reply, np.zeros(len(replies), np.int64), replies) == ([], [])
    sent = [bytes.fromhex(text) for text in vector.packets]
    (found,), _ = decoder.decode(stream.char, np.zeros(len(sent), np.int64), sent)
    assert set(found.values) == set(vector.values), "a vector shows every channel"
    for name, rows in vector.values.items():
        np.testing.assert_allclose(found.values[name], np.array(rows), rtol=1e-14, atol=0)
    if stream.timestamp is not None:
        assert found.tick is not None
        assert found.tick.tolist() == list(vector.ticks)
    if stream.sequence is not None:
        assert found.sequence is not None
        assert found.sequence.tolist() == list(vector.sequence)


def made_by_the_encoder(profile_id: str, number: int) -> bool:
    """Not where it was cut by hand, or in frames that the encoder does not choose."""
    vector = shipped()[profile_id].vector[number]
    by_hand = vector.stream == "imu" and len(vector.packets) > 1
    return not (by_hand or vector.replies or (profile_id, number) == ("polar-oh1", 2))


@pytest.mark.parametrize(
    ("profile_id", "number"), [case for case in VECTORS if made_by_the_encoder(*case)]
)
def test_the_encoder_makes_the_bytes_of_the_vectors(profile_id: str, number: int) -> None:
    profile = shipped()[profile_id]
    vector = profile.vector[number]
    rows = len(next(iter(vector.values.values())))
    stream = next(s for s in profile.stream if s.id == vector.stream)
    sent = Encoder(profile, vector.options).packets(
        vector.stream,
        vector.values,
        ticks=vector.ticks or None,
        sequence=vector.sequence or None,
        count=[rows] if stream.samples != 1 else [1] * rows,
    )
    assert b"".join(sent) == b"".join(bytes.fromhex(text) for text in vector.packets)


@pytest.mark.parametrize("profile_id", sorted(shipped()))
def test_every_stream_has_a_vector(profile_id: str) -> None:
    profile = shipped()[profile_id]
    assert {v.stream for v in profile.vector} >= {
        s.id for s in profile.stream if s.kind != "battery" or profile_id == "sig-battery"
    }


@pytest.mark.parametrize("profile_id", sorted(shipped()))
def test_every_profile_says_what_is_not_known(profile_id: str) -> None:
    profile = shipped()[profile_id]
    assert not profile.tried_on_hardware  # no sensor was ever at hand
    assert profile.known_faults
    assert profile.match.names or profile.match.services or profile.match.companies
    text = load(profile_id).text
    if profile.clock == "none" and any(s.kind == "motion" for s in profile.stream):
        assert "No device time" in text


@pytest.mark.parametrize("profile_id", sorted(shipped()))
def test_what_is_subscribed_is_unsubscribed(profile_id: str) -> None:
    """Every motion stream is started and stopped; a start that writes has a stop that writes."""
    profile = shipped()[profile_id]
    options = settle(profile, {})
    steps = {phase: compile_steps(profile, phase, options) for phase in PHASES}
    on = {a.char for phase in ("configure", "start") for a in steps[phase] if a.do == "subscribe"}
    for stream in profile.stream:
        assert stream.char in on, stream.id
    started = {a.char for a in steps["start"] if a.do == "subscribe"}
    assert started == {a.char for a in steps["stop"] if a.do == "unsubscribe"}
    if any(a.do == "write" for a in steps["start"]):
        assert any(a.do == "write" for a in steps["stop"])


def commands(profile_id: str, phase: str, **options: int | str) -> list[str]:
    profile = shipped()[profile_id]
    actions = compile_steps(profile, phase, settle(profile, options))  # type: ignore[arg-type]
    return [a.data.hex(" ") for a in actions if a.do == "write"]


@pytest.mark.parametrize(
    ("profile_id", "phase", "options", "first"),
    [
        ("polar-h10", "start", {"acc_range_g": 2}, "02 02 00 01 c8 00 01 01 10 00 02 01 02 00"),
        ("polar-verity", "start", {}, "02 02 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03"),
        ("movesense-imu6", "start", {}, "01 63 2f 4d 65 61 73 2f 49 4d 55 36 2f 31 30 34"),
        ("metamotion-bmi160", "configure", {}, "03 03 28 0c"),
        ("metamotion-bmi270", "configure", {}, "03 03 a8 03"),
        ("movella-dot", "configure", {}, "10" + " 00" * 23 + " 3c 00" + " 00" * 6),
        ("witmotion-ble5", "configure", {}, "ff aa 69 88 b5"),
        ("sensortag-cc2650", "start", {}, "7f 02"),
        ("sensortag-cc2650", "configure", {"rate_hz": 1}, "64"),
        ("thingy52", "configure", {"rate_hz": 200}, "e8 03 e8 03 e8 03 c8 00 01"),
        ("openearable-v2", "start", {}, "00 01 01"),
        ("hipgait-open", "start", {}, "01 68 00 04"),
    ],
)
def test_commands_are_those_of_the_source(
    profile_id: str, phase: str, options: dict[str, int], first: str
) -> None:
    assert commands(profile_id, phase, **options)[0] == first


def test_lengths_of_the_commands_of_dot_are_32() -> None:
    assert [len(c.split()) for c in commands("movella-dot", "configure")] == [32, 32]


def test_gyroscope_of_metamotion() -> None:
    assert commands("metamotion-bmi160", "configure")[1] == "13 03 28 00"
    assert commands("metamotion-bmi270", "configure")[1] == "13 03 28 00"
    assert commands("metamotion-bmi270", "configure", gyr_range_dps=500)[1] == "13 03 28 02"


def test_which_are_fast_enough_for_running() -> None:
    fast = {
        p.id
        for p in shipped().values()
        if any(s.kind == "motion" and rates_of(p, s)[-1] >= GAIT_HZ for s in p.stream)
    }
    slow = {"bluest", "sensortag-cc2650", "sig-battery", "sig-heart-rate", "sig-running-speed"}
    assert fast == set(shipped()) - slow
