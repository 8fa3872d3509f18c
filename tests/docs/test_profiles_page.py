"""docs/profiles.md says every key; its example is a profile; the open layout is its profile's."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hipgait.ble import profile as structs
from hipgait.ble.decoders import DECODERS
from hipgait.ble.layout import TYPES
from hipgait.ble.packet import Decoder
from hipgait.ble.profiles import parse, shipped
from hipgait.ble.units import CHANNELS, UNITS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "profiles.md").read_text("utf-8")
OPEN = (ROOT / "docs" / "open-layout.md").read_text("utf-8")
SKETCH = (ROOT / "examples/firmware/hipgait_open/hipgait_open.ino").read_text("utf-8")


def tables() -> list[list[str]]:
    """The keys of each table that has a column "key", in order."""
    found = re.findall(r"\| key \| what it says \|\n\| --- \| --- \|\n((?:\|.*\n)+)", PAGE)
    return [re.findall(r"^\| `(\w+)` \|", rows, flags=re.M) for rows in found]


def test_the_keys_of_the_page_are_those_of_the_code() -> None:
    order: list[type[msgspec.Struct]] = [
        structs.Profile,
        structs.Match,
        structs.Radio,
        structs.Option,
        structs.Step,
        structs.Stream,
        structs.Timestamp,
        structs.Sequence,
        structs.Channel,
        structs.ByOption,
        structs.Vector,
    ]
    every = {
        s for s in vars(structs).values() if isinstance(s, type) and issubclass(s, structs.Part)
    }
    assert set(order) | {structs.Part} == every
    for keys, struct in zip(tables(), order, strict=True):
        assert set(keys) == set(struct.__struct_fields__), struct.__name__
        assert len(keys) == len(set(keys))


def test_types_units_channels_and_decoders_are_named() -> None:
    words = set(re.findall(r"[\w/^%]+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    named = {*TYPES, *UNITS, *DECODERS, *(c for kind in CHANNELS.values() for c in kind), *CHANNELS}
    assert named <= words


def test_the_example_is_a_profile_and_its_vector_holds() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.S)
    example = parse(text, "docs/profiles.md")
    (vector,) = example.vector
    sent = [bytes.fromhex(packet) for packet in vector.packets]
    (found,), faults = Decoder(example).decode("data", np.zeros(1, np.int64), sent)
    assert not faults
    for name, rows in vector.values.items():
        np.testing.assert_allclose(found.values[name], np.array(rows), rtol=1e-14)
    assert found.tick is not None
    assert found.tick.tolist() == list(vector.ticks)


# ------------------------------------------------------------------------------ the open layout


@pytest.mark.parametrize("text", [OPEN, SKETCH], ids=["page", "sketch"])
def test_the_open_layout_has_the_uuids_of_its_profile(text: str) -> None:
    profile = shipped()["hipgait-open"]
    for uuid in (profile.chars["data"], profile.chars["control"], *profile.match.services):
        assert uuid in text
    assert re.search(r"not\s+run\s+on\s+hardware|ever\*?\*?\s*run on hardware", text, flags=re.I)


def test_the_worked_out_packet_is_right() -> None:
    (packet,) = re.findall(r"^`(AA55 [0-9A-F ]+)`:", OPEN, flags=re.M)
    (found,), faults = Decoder(shipped()["hipgait-open"]).decode(
        "data", np.zeros(1, np.int64), [bytes.fromhex(packet)]
    )
    assert not faults
    assert found.sequence is not None
    assert found.tick is not None
    assert (found.sequence.tolist(), found.tick.tolist()) == ([7], [1_000_000])
    np.testing.assert_allclose(found.values["acc"], [[9.80665, -9.80665, 4.903325]])
    np.testing.assert_allclose(found.values["gyr"], [[np.radians(1000), -np.radians(1000), 0]])


def test_the_sketch_has_the_sizes_and_scales_of_the_profile() -> None:
    stream = shipped()["hipgait-open"].stream[0]
    said = dict(re.findall(r"static const (?:int|float) (\w+) = ([^;]+);", SKETCH))
    assert int(said["HEAD"]) == 2 + 2 + 4 + 1
    assert int(said["SAMPLE"]) == 2 * len(stream.sample)
    assert said["ACC_PER_G"] == "32768.0f / 16.0f"
    assert said["GYR_PER_DPS"] == "32768.0f / 2000.0f"
    assert stream.channels["acc"].scale == 16 / 32768
    assert stream.channels["gyr"].scale == 2000 / 32768
