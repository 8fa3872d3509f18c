"""Any layout that a profile may say: what is encoded is what is decoded."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.encode import Encoder
from hipgait.ble.layout import TYPES, parse_field, text_of
from hipgait.ble.packet import Decoder
from hipgait.ble.profiles import parse

COMMON: dict[str, Any] = {
    "format": 1,
    "id": "any",
    "name": "any",
    "firmware": "1",
    "source": ["made up"],
    "tried_on_hardware": False,
    "chars": {"data": "00000000-0000-0000-0000-000000000001"},
    "options": {"how_many": {"help": "", "default": 2, "values": [1, 2, 3]}},
}

types = st.sampled_from([t for t in TYPES if t != "u64"])  # more than a float64 can count
pads = st.lists(st.sampled_from(["pad1", "pad3"]), max_size=1)


@st.composite
def streams(draw: st.DrawFn) -> dict[str, Any]:
    samples = draw(st.sampled_from([1, 3, "fill", "n", "by option"]))
    header = [*draw(pads), f"seq:{draw(st.sampled_from(['u8', 'u16', 'u24']))}", *draw(pads)]
    header += ["time:u64"] if draw(st.booleans()) else ["time:u32"]
    if samples == "n":
        header.append("n:u8")
    if samples == "by option":
        samples = {"option": "how_many", "values": {"1": 1, "2": 2, "3": 3}}
    sample = [*draw(pads), *(f"{axis}:{draw(types)}" for axis in "xyz"), *draw(pads)]
    stream = {
        "id": "imu",
        "char": "data",
        "prefix": draw(st.sampled_from(["", "aa", "aa ?? 01"])),
        "header": header,
        "sample": sample,
        "samples": samples,
        "rate_hz": 100,
        "timestamp": {"field": "time", "tick_hz": 1000, "bits": 32},
        "sequence": {"field": "seq", "bits": 8},
        "channels": {
            "acc": {
                "fields": draw(st.permutations(["x", "y", "z"])),
                "unit": "m/s^2",
                "scale": 0.5,
                "axes": draw(st.sampled_from([[], ["y", "z", "x"], ["-x", "z", "y"]])),
            }
        },
    }
    if samples == "n" and draw(st.booleans()):
        stream |= {"trailing": True, "length": 512}
    return stream


@given(streams(), st.integers(1, 5), st.integers(1, 3), st.integers(0, 2**32))
def test_any_layout_there_and_back(
    stream: dict[str, Any], packets: int, how_many: int, seed: int
) -> None:
    document = COMMON | {"clock": "device", "stream": [stream]}
    profile = parse(msgspec.toml.encode(document).decode(), "any.toml")
    rng = np.random.default_rng(seed)
    if isinstance(stream["samples"], int):
        count = np.full(packets, stream["samples"])
    elif isinstance(stream["samples"], dict):
        count = np.full(packets, how_many)
    else:
        count = rng.integers(1, 5, packets)
    fields = {f.name: f for f in map(parse_field, stream["sample"]) if f.name}
    raw = {}
    for name, field in fields.items():
        low, high = field.bounds or (-1000, 1000)
        raw[name] = rng.integers(low, high, int(count.sum()), endpoint=True).astype(float)
    options = {"how_many": how_many}
    sent = Encoder(profile, options).raw_packets(
        "imu", raw, ticks=np.arange(packets), sequence=np.arange(packets) + 254, count=count
    )
    (found,), faults = Decoder(profile, options).decode("data", np.arange(packets), sent)
    assert not faults
    assert found.count.tolist() == count.tolist()
    assert found.tick is not None
    assert found.tick.tolist() == list(range(packets))
    assert found.sequence is not None
    assert found.sequence.tolist() == [(254 + i) % 256 for i in range(packets)]
    channel = stream["channels"]["acc"]
    by_axis = dict(zip("xyz", (0.5 * raw[f] for f in channel["fields"]), strict=True))
    for k, axis in enumerate(channel["axes"] or "xyz"):
        sign = -1 if axis.startswith("-") else 1
        np.testing.assert_array_equal(found.values["acc"][:, k], sign * by_axis[axis[-1]])


@pytest.mark.parametrize(
    ("value", "text"), [(4, "4"), (4.0, "4"), (0.5, "0.5"), (1000000, "1000000"), ("a", "a")]
)
def test_values_as_text(value: float | str, text: str) -> None:
    assert text_of(value) == text


def test_values_are_clipped_to_what_a_field_holds() -> None:
    document = COMMON | {
        "clock": "none",
        "stream": [
            {
                "id": "imu",
                "char": "data",
                "sample": ["x:i8", "y:u8", "z:i24"],
                "rate_hz": 100,
                "channels": {"acc": {"fields": ["x", "y", "z"], "unit": "m/s^2"}},
            }
        ],
    }
    profile = parse(msgspec.toml.encode(document).decode(), "any.toml")
    (sent,) = Encoder(profile).packets("imu", {"acc": [[-1000.0, -5.0, 1e9]]})
    assert sent.hex() == "8000ffff7f"
    (sent,) = Encoder(profile).packets("imu", {"acc": [[1.4, 1.6, -1.6]]})
    assert sent.hex() == "0102feffff"


def test_samples_that_do_not_make_the_packets() -> None:
    document = COMMON | {
        "clock": "none",
        "stream": [
            {
                "id": "imu",
                "char": "data",
                "sample": ["x:i8", "y:i8", "z:i8"],
                "samples": "fill",
                "rate_hz": 100,
                "channels": {"acc": {"fields": ["x", "y", "z"], "unit": "m/s^2"}},
            }
        ],
    }
    encoder = Encoder(parse(msgspec.toml.encode(document).decode(), "any.toml"))
    with pytest.raises(ValueError, match="5 samples do not make 2 packets"):
        encoder.packets("imu", {"acc": np.zeros((5, 3))}, ticks=[1, 2])
