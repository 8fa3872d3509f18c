"""What is sent is what is decoded; nothing is decoded that was not sent."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.layout import Layout, scale_of
from hipgait.ble.packet import Decoded, Decoder
from hipgait.ble.profiles import parse, shipped
from hipgait.ble.reader import Fault
from hipgait.errors import InputError
from tests.ble.packets import LAID_OUT, STREAMS, packets, stream_of

Result = tuple[list[Decoded], list[Fault]]


def arrivals(n: int) -> np.ndarray:
    return 1_000_000 * np.arange(n, dtype=np.int64)


def one_by_one(decoder: Decoder, char: str, data: list[bytes]) -> tuple[dict[str, dict], list]:
    """Everything decoded notification by notification, per stream, and the faults."""
    pieces: dict[str, dict[str, list]] = {}
    faults = []
    for i, payload in enumerate(data):
        found, wrong = decoder.decode(char, arrivals(len(data))[i : i + 1], [payload])
        faults += [(f.packet + i, f.what) for f in wrong]
        for d in found:
            collect(pieces.setdefault(d.stream, {}), d, i)
    return joined(pieces), faults


def collect(into: dict[str, list], d: Decoded, offset: int = 0) -> None:
    into.setdefault("notification", []).append(d.notification + offset)
    for key in ("arrival_ns", "tick", "sequence", "count"):
        value = getattr(d, key)
        if value is not None:
            into.setdefault(key, []).append(value)
    for name, value in d.values.items():
        into.setdefault(f"values.{name}", []).append(value)


def joined(pieces: dict[str, dict[str, list]]) -> dict[str, dict[str, np.ndarray]]:
    return {s: {k: np.concatenate(v) for k, v in p.items()} for s, p in pieces.items()}


def at_once(decoder: Decoder, char: str, data: list[bytes]) -> tuple[dict[str, dict], list]:
    found, wrong = decoder.decode(char, arrivals(len(data)), data)
    pieces: dict[str, dict[str, list]] = {}
    for d in found:
        collect(pieces.setdefault(d.stream, {}), d)
    return joined(pieces), [(f.packet, f.what) for f in wrong]


def assert_same(a: dict[str, dict], b: dict[str, dict]) -> None:
    assert a.keys() == b.keys()
    for stream in a:
        assert a[stream].keys() == b[stream].keys()
        for key in a[stream]:
            np.testing.assert_array_equal(a[stream][key], b[stream][key])


# ------------------------------------------------------------------------------- round trip


@pytest.mark.parametrize(("profile_id", "stream_id"), STREAMS)
@given(data=st.data())
def test_what_is_sent_is_what_is_decoded(
    profile_id: str, stream_id: str, data: st.DataObject
) -> None:
    """To the last bit: the decoded value is the raw number times the scale of the profile."""
    profile, stream = stream_of(profile_id, stream_id)
    case = data.draw(packets(profile, stream))
    decoder = Decoder(profile, case["options"])
    (found,), faults = decoder.decode(stream.char, arrivals(len(case["sent"])), case["sent"])
    assert not faults
    assert found.stream == stream_id
    assert found.count.tolist() == case["count"]
    assert (found.tick is None) == (stream.timestamp is None)
    if found.tick is not None:
        assert found.tick.tolist() == case["ticks"]
    if found.sequence is not None:
        assert found.sequence.tolist() == case["sequence"]
    for name, channel in stream.channels.items():
        scale = scale_of(channel, decoder.options)
        raw = np.column_stack([case["columns"][f] for f in channel.fields])
        np.testing.assert_array_equal(
            found.values[name], (raw * scale.factor)[:, scale.order] * scale.sign
        )


@pytest.mark.parametrize(("profile_id", "stream_id"), STREAMS)
@given(data=st.data())
def test_a_batch_decodes_as_one_by_one(
    profile_id: str, stream_id: str, data: st.DataObject
) -> None:
    profile, stream = stream_of(profile_id, stream_id)
    case = data.draw(packets(profile, stream))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    sent = [spoilt(payload, rng) if rng.random() < 0.4 else payload for payload in case["sent"]]
    a = at_once(Decoder(profile, case["options"]), stream.char, sent)
    b = one_by_one(Decoder(profile, case["options"]), stream.char, sent)
    assert_same(a[0], b[0])
    assert a[1] == b[1]


def spoilt(payload: bytes, rng: random.Random) -> bytes:
    """Cut, lengthened, or with a bit flipped."""
    kind = rng.randrange(3)
    if kind == 0:
        return payload[: rng.randrange(len(payload))]
    if kind == 1:
        return payload + rng.randbytes(rng.randrange(1, 8))
    spot = rng.randrange(8 * len(payload))
    changed = bytearray(payload)
    changed[spot // 8] ^= 1 << (spot % 8)
    return bytes(changed)


# --------------------------------------------------------------------------------- hostile data


@pytest.mark.parametrize("profile_id", sorted(shipped()))
@given(data=st.data())
def test_anything_may_come_over_the_air(profile_id: str, data: st.DataObject) -> None:
    """No crash; never more samples than the bytes can hold; a batch as one by one."""
    profile = shipped()[profile_id]
    beginnings = [b"", *(_beginning(profile_id, s.id) for s in profile.stream)]
    payload = st.builds(bytes.__add__, st.sampled_from(beginnings), st.binary(max_size=60))
    for char in profile.chars:
        sent = data.draw(st.lists(payload, max_size=8))
        a = at_once(Decoder(profile), char, sent)
        b = one_by_one(Decoder(profile), char, sent)
        assert_same(a[0], b[0])
        assert a[1] == b[1]
        for stream_id, got in a[0].items():
            check_backed_by_bytes(profile_id, stream_id, got, sent)


def _beginning(profile_id: str, stream_id: str) -> bytes:
    profile, stream = stream_of(profile_id, stream_id)
    return Layout(stream, Decoder(profile).options).prefix.sample()


def check_backed_by_bytes(
    profile_id: str, stream_id: str, got: dict[str, np.ndarray], sent: list[bytes]
) -> None:
    _, stream = stream_of(profile_id, stream_id)
    samples = int(got["count"].sum())
    assert (got["count"] >= 1).all()
    assert ((got["notification"] >= 0) & (got["notification"] < len(sent))).all()
    assert (np.diff(got["notification"]) >= 0).all()
    total = sum(map(len, sent))
    if stream.decoder == "polar_pmd":
        assert samples <= len(got["count"]) + 8 * total / 3  # a bit an axis at least
    elif stream.sample:
        assert samples * Layout(stream, Decoder(shipped()[profile_id]).options).sample_size <= total
    else:
        assert samples <= len(sent)
    for key, values in got.items():
        if key.startswith("values."):
            assert len(values) == samples
            assert not np.isinf(values).any()


@pytest.mark.parametrize(("profile_id", "stream_id"), LAID_OUT)
@given(data=st.data())
def test_a_packet_that_is_cut_gives_nothing(
    profile_id: str, stream_id: str, data: st.DataObject
) -> None:
    profile, stream = stream_of(profile_id, stream_id)
    case = data.draw(packets(profile, stream, most=1))
    layout = Layout(stream, case["options"])
    whole = layout.head_size + case["count"][0] * layout.sample_size
    cut = case["sent"][0][: data.draw(st.integers(0, whole - 1))]
    found, faults = Decoder(profile, case["options"]).decode(stream.char, arrivals(1), [cut])
    assert not found
    # half a packet may be waited for where packets are cut from a stream of bytes
    assert faults or stream.sync_bytes


def test_a_lie_about_the_number_of_samples_is_refused() -> None:
    profile = shipped()["hipgait-open"]
    honest = bytes.fromhex("aa55 0700 40420f00 01") + bytes(12)
    for lie in (0, 2, 255):
        sent = honest[:8] + bytes([lie]) + honest[9:]
        found, faults = Decoder(profile).decode("data", arrivals(1), [sent])
        assert not found
        assert f"says {lie} samples" in faults[0].what
    found, _ = Decoder(profile).decode("data", arrivals(1), [honest])
    assert found[0].count.tolist() == [1]


def test_halves_on_either_side_of_a_loss_make_no_sample() -> None:
    profile = shipped()["witmotion-ble5"]
    one, two = (bytes.fromhex("5561") + bytes([fill]) * 18 for fill in (1, 2))
    decoder = Decoder(profile)
    found, _ = decoder.decode("data", arrivals(2), [one[:10], two + two])
    assert found[0].count.sum() == 2
    assert len(set(found[0].values["acc"].ravel())) == 1  # both are of packet two
    decoder.decode("data", arrivals(1), [one[:10]])
    decoder.reset()  # the link was lost in between
    found, faults = decoder.decode("data", arrivals(1), [one[10:]])
    assert not found
    assert faults[0].what == "10 bytes outside of packets"


def test_a_packet_in_two_notifications_arrives_with_the_second() -> None:
    profile = shipped()["witmotion-ble5"]
    packet = bytes.fromhex("5561") + bytes(18)
    decoder = Decoder(profile)
    assert decoder.decode("data", arrivals(1), [packet[:7]]) == ([], [])
    (found,), faults = decoder.decode("data", np.array([77]), [packet[7:]])
    assert not faults
    assert found.arrival_ns.tolist() == [77]
    assert found.notification.tolist() == [0]


def test_streams_of_one_characteristic_are_told_apart() -> None:
    profile = shipped()["metamotion-bmi160"]
    acc, gyr = bytes.fromhex("031c") + bytes(18), bytes.fromhex("1307") + bytes(18)
    other = bytes.fromhex("0b84 1564")
    found, faults = Decoder(profile).decode("data", arrivals(4), [acc, gyr, other, acc])
    assert {d.stream: d.notification.tolist() for d in found} == {"acc": [0, 3], "gyr": [1]}
    assert [f.packet for f in faults] == [2]
    assert faults[0].what == "begins with 0b 84 15 64: of no stream"


def test_packets_of_mixed_lengths_stay_in_order() -> None:
    profile = shipped()["hipgait-open"]

    def packet(seq: int, values: list[int]) -> bytes:
        head = b"\xaa\x55" + seq.to_bytes(2, "little") + bytes(4) + bytes([len(values)])
        return head + b"".join(v.to_bytes(2, "little") + bytes(10) for v in values)

    sent = [packet(0, [1, 2]), packet(1, [3]), b"", packet(2, [4, 5]), packet(3, [6])]
    (found,), faults = Decoder(profile).decode("data", arrivals(5), sent)
    assert found.sequence is not None
    assert found.sequence.tolist() == [0, 1, 2, 3]
    assert found.notification.tolist() == [0, 1, 3, 4]
    assert found.arrival_ns.tolist() == [0, 1_000_000, 3_000_000, 4_000_000]
    np.testing.assert_allclose(
        found.values["acc"][:, 0], np.arange(1, 7) * 9.80665 / 2048, rtol=1e-15
    )
    assert [f.packet for f in faults] == [2]


def test_numbers_that_are_none_become_missing() -> None:
    profile = shipped()["movella-dot"]
    # inf, -inf, a signalling nan; 1, the largest float, 0
    words = ["0000807f", "000080ff", "0100807f", "0000803f", "ffff7f7f", "00000000"]
    sent = bytes.fromhex("00000000" + "".join(words)) + bytes(12)
    (found,), _ = Decoder(profile).decode("medium", arrivals(1), [sent])
    assert np.isnan(found.values["acc"]).all()
    assert found.values["gyr"][0, 0] == pytest.approx(np.pi / 180)
    assert np.isfinite(found.values["gyr"]).all()


AXES = """
format = 1
id = "axes"
name = "x"
firmware = "x"
source = ["x"]
tried_on_hardware = false
clock = "none"
chars.data = "00000000-0000-0000-0000-000000000000"
[[stream]]
id = "imu"
char = "data"
header = ["pad1", "c:u24"]
sample = ["x:i24", "y:u8", "z:f64"]
samples = "fill"
rate_hz = 100
channels.acc = { fields = ["x", "y", "z"], unit = "m/s^2", scale = 2.0, axes = ["y", "-x", "z"] }
"""


def test_axes_and_odd_widths_by_hand() -> None:
    """x = 2 * raw y, y = -2 * raw x, z = 2 * raw z; -2 in 24 bits is fe ff ff."""
    profile = parse(AXES, "axes.toml")
    sent = bytes.fromhex("00 010203 feffff 05 000000000000f83f")
    (found,), faults = Decoder(profile).decode("data", arrivals(1), [sent])
    assert not faults
    assert found.values["acc"].tolist() == [[10.0, 4.0, 3.0]]


def test_a_characteristic_that_the_profile_does_not_have() -> None:
    with pytest.raises(InputError, match=r"no characteristic 'nothing'\. It has: data, control"):
        Decoder(shipped()["hipgait-open"]).decode("nothing", arrivals(0), [])


def test_nothing_gives_nothing() -> None:
    decoder = Decoder(shipped()["hipgait-open"])
    assert decoder.decode("data", arrivals(0), []) == ([], [])
    assert decoder.decode("control", arrivals(1), [b"\x01"]) == ([], [])
