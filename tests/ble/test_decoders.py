"""The small decoders: messages that are cut, differences, factors, flags."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hipgait.ble.decoders.polar_pmd import pack, unpack
from hipgait.ble.decoders.sig import read_heart_rate, read_speed_cadence
from hipgait.ble.encode import Encoder
from hipgait.ble.packet import Decoder
from hipgait.ble.profiles import shipped


def feed(decoder: Decoder, char: str, *sent: str) -> tuple[list, list[str]]:
    payloads = [bytes.fromhex(text) for text in sent]
    found, faults = decoder.decode(char, np.arange(len(sent)), payloads)
    return found, [f"{f.packet}: {f.what}" for f in faults]


# ---------------------------------------------------------------------------------- movesense


def test_movesense_cuts_where_the_sensor_cuts() -> None:
    """104 Hz: 8 samples of 24 bytes and 6 of head are 198 bytes: 155, then 2 and the other 43."""
    encoder = Encoder(shipped()["movesense-imu6"])
    values = {"acc": np.ones((16, 3)), "gyr": np.ones((16, 3))}
    sent = encoder.packets("imu", values, ticks=[1, 2])
    assert [len(data) for data in sent] == [155, 45, 155, 45]
    assert [data[0] for data in sent] == [2, 3, 2, 3]
    assert {data[1] for data in sent} == {0x63}
    long = Encoder(shipped()["movesense-imu9"], {"rate_hz": 208})
    values = {name: np.ones((16, 3)) for name in ("acc", "gyr", "mag")}
    assert [len(data) for data in long.packets("imu", values, ticks=[1])] == [155, 155, 155, 123]


def test_movesense_needs_both_halves() -> None:
    encoder = Encoder(shipped()["movesense-imu6"])
    values = {"acc": np.ones((24, 3)), "gyr": np.ones((24, 3))}
    a1, a2, b1, b2, c1, c2 = encoder.packets("imu", values, ticks=[1, 2, 3])
    decoder = Decoder(shipped()["movesense-imu6"])
    found, faults = decoder.decode("data", np.arange(4), [a2, b1, c1, c2])
    assert found[0].tick.tolist() == [3]
    assert found[0].notification.tolist() == [3]
    assert [f.what for f in faults] == [
        "goes on with a message that did not begin",
        "the message before was not finished",
    ]
    decoder.decode("data", np.arange(1), [a1])
    decoder.reset()
    found, faults = decoder.decode("data", np.arange(1), [b2])
    assert not found
    assert [f.what for f in faults] == ["goes on with a message that did not begin"]
    found, faults = decoder.decode("data", np.arange(2), [a1, a2 + b"\x00"])
    assert not found
    assert [f.what for f in faults] == ["199 bytes in place of 198"]


def test_movesense_answers_and_other_subscriptions_are_no_data() -> None:
    found, faults = feed(Decoder(shipped()["movesense-imu6"]), "data", "01 63 c8 00", "02 64 00")
    assert not found
    assert faults == [
        "0: begins with 01 63 c8 00: of no stream",
        "1: begins with 02 64 00: of no stream",
    ]


# -------------------------------------------------------------------------------------- polar

HEAD = "02 0094357700000000"


def test_differences_by_hand() -> None:
    """00 0b 12 in steps: 4 bits, two triples: 1 -1 7, -8 0 2 -> f1 87 20."""
    assert unpack(bytes.fromhex("000000000000 04 02 f18720")).tolist() == [
        [0, 0, 0],
        [1, -1, 7],
        [-7, -1, 9],
    ]
    assert pack(np.array([[0, 0, 0], [1, -1, 7], [-7, -1, 9]])).hex() == "0000000000000402f18720"


@given(
    arrays(
        np.int64, st.tuples(st.integers(1, 300), st.just(3)), elements=st.integers(-32768, 32767)
    )
)
def test_differences_there_and_back(samples: np.ndarray) -> None:
    np.testing.assert_array_equal(unpack(pack(samples)), samples)


@given(st.binary(max_size=200))
def test_differences_of_anything(body: bytes) -> None:
    """Refused, or as many samples as the bytes say: a bit an axis at least."""
    try:
        samples = unpack(body)
    except ValueError:
        return
    assert samples.shape[1] == 3
    assert len(samples) <= 1 + 8 * len(body) / 3


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        ("02 00", "2 bytes are too few"),
        (f"{HEAD} 80 0000", "2 bytes are too few for a first sample"),
        (f"{HEAD} 80 000000000000 03", "a block of differences is cut"),
        (f"{HEAD} 80 000000000000 03 ff df00", "a block of differences is cut"),
        (f"{HEAD} 80 000000000000 00 ff", "a block of 255 differences of 0 bits"),
        (f"{HEAD} 80 000000000000 03 00", "a block of 0 differences of 3 bits"),
        (f"{HEAD} 80 000000000000 ff 01" + "00" * 96, "a block of 1 differences of 255 bits"),
        (f"{HEAD} 82 000000000000", "unknown frame type 0x82"),
        (f"{HEAD} 05 000000000000", "unknown frame type 0x05"),
        (f"{HEAD} 01 0000000000", "5 bytes are no whole number of samples"),
    ],
)
def test_polar_frames_that_are_none(sent: str, what: str) -> None:
    found, faults = feed(Decoder(shipped()["polar-verity"]), "data", sent)
    assert not found
    assert faults == [f"0: {what}"]


@pytest.mark.parametrize(
    ("kind", "body", "mg"),
    [
        ("00", "01 ff 80", [1, -1, -128]),
        ("01", "0100 ffff 0080", [1, -1, -32768]),
        ("02", "010000 ffffff 000080", [1, -1, -8388608]),
        ("81", "0100 ffff 0080", [1, -1, -32768]),
    ],
)
def test_polar_frames_in_mg(kind: str, body: str, mg: list[int]) -> None:
    found, faults = feed(Decoder(shipped()["polar-h10"]), "data", f"{HEAD} {kind} {body}")
    assert not faults
    np.testing.assert_allclose(found[0].values["acc"], [np.array(mg) * 9.80665e-3], rtol=1e-15)
    assert found[0].tick.tolist() == [2_000_000_000]


@pytest.mark.parametrize(
    ("reply", "factor"),
    [
        ("f0 02 02 00 00 05 01 0000003a", 2.0**-11),
        ("f0 02 02 00 00 00 01 3400 01 01 1000 05 01 0000003a", 2.0**-11),  # behind rate and bits
        ("f0 02 02 05 00 05 01 0000003a", 2.0**-12),  # an error
        ("f0 02 05 00 00 05 01 0000003a", 2.0**-12),  # of the gyroscope
        ("f0 03 02 00 00 05 01 0000003a", 2.0**-12),  # of a stop
        ("f0 02 02 00 00 05 01 0000", 2.0**-12),  # cut
        ("f0 02 02 00 00 05 01 0000c07f", 2.0**-12),  # not a number
        ("f0 02 02 00 00 05 01 000080bf", 2.0**-12),  # negative
        ("f0 02 02 00 00 09 01 05 01 0000003a", 2.0**-12),  # behind something unknown
        ("", 2.0**-12),
    ],
)
def test_the_factor_is_taken_from_the_answer(reply: str, factor: float) -> None:
    decoder = Decoder(shipped()["polar-verity"])
    assert feed(decoder, "control", reply) == ([], [])
    found, _ = feed(decoder, "data", f"{HEAD} 80 0100 0000 0000")
    assert found[0].values["acc"][0, 0] == pytest.approx(factor * 9.80665, rel=1e-15)


# ---------------------------------------------------------------------------------------- SIG


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ("00 48", {"hr": 72}),
        ("01 4800", {"hr": 72}),
        ("06 48", {"hr": 72}),  # skin contact says nothing here
        ("18 48 0a00 0004", {"hr": 72, "energy": 10, "rr0": 1024}),
        ("10 48", {"hr": 72}),
        ("10 48" + "0004" * 9, {"hr": 72, **{f"rr{i}": 1024 for i in range(9)}}),
    ],
)
def test_heart_rate_by_its_flags(sent: str, fields: dict[str, float]) -> None:
    assert read_heart_rate(bytes.fromhex(sent)) == fields


@pytest.mark.parametrize(
    "sent", ["", "00", "01 48", "08 48", "10 48 00", "00 48 00", "10 48" + "0004" * 10]
)
def test_heart_rate_that_is_none(sent: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        read_heart_rate(bytes.fromhex(sent))


@pytest.mark.parametrize(
    "sent", ["", "00 0001", "01 0001 3c 00", "02 0001 3c 000000", "00 0001 3c 00"]
)
def test_speed_that_is_none(sent: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        read_speed_cadence(bytes.fromhex(sent))


def test_a_heart_beat_faster_than_a_byte_takes_two() -> None:
    encoder = Encoder(shipped()["sig-heart-rate"])
    rr = np.full((2, 9), np.nan)
    rr[0, 0] = 0.25
    values = {"heart_rate": [255, 256], "rr": rr, "energy": [np.nan, np.nan]}
    sent = encoder.packets("heart_rate", values, count=[1, 1])
    assert [data.hex() for data in sent] == ["10ff0001", "010001"]
