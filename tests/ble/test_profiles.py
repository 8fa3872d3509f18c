"""Profiles of users: what cannot be is refused with the path of what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.profiles import MAX_BYTES, load, parse, rate_of, rates_of, settle, shipped
from hipgait.errors import InputError, MissingInputError

GOOD = """\
format = 1
id = "my-sensor"
name = "My sensor"
firmware = "1.0"
source = ["my own code"]
tried_on_hardware = true
clock = "device"

[options.rate_hz]
help = "Samples a second."
default = 100
values = [50, 100]
codes.index = { 50 = "00", 100 = "01" }

[options.gain]
help = "Any number."
default = 1.5
min = 1
max = 2

[chars]
data = "00000000-0000-0000-0000-000000000001"
control = "00000000-0000-0000-0000-000000000002"

[[start]]
do = "write"
char = "control"
data = "01 {rate_hz:index}"
expect = "f0 ??"

[[stream]]
id = "imu"
char = "data"
prefix = "aa"
length = 19
header = ["seq:u16", "time:u32"]
sample = ["x:i16", "y:i16", "z:i16"]
samples = 2
rate_hz = "rate_hz"
timestamp = { field = "time", tick_hz = 1000, bits = 32 }
sequence = { field = "seq", bits = 16 }

[stream.channels.acc]
fields = ["x", "y", "z"]
unit = "g"
scale = { option = "rate_hz", values = { 50 = 0.1, 100 = 0.2 } }
"""

BATTERY = """
[[stream]]
id = "battery"
kind = "battery"
char = "data"
sample = ["level:u8"]
rate_hz = 1
channels.battery = { fields = ["level"], unit = "%" }
"""


def test_the_good_one_is_good() -> None:
    profile = parse(GOOD, "my.toml")
    assert profile.stream[0].timestamp is not None
    assert profile.stream[0].timestamp.of == "last"
    assert rates_of(profile, profile.stream[0]) == [50.0, 100.0]
    assert rate_of(profile.stream[0], settle(profile, {"rate_hz": "50"})) == 50.0


WRONG = [
    ('header = ["seq:u16", "time:u32"]', 'header = ["seq:u16", "time:u48"]',
     'stream[0].header[1]: unknown type "u48"'),
    ('"y:i16"', '"y;i16"', "stream[0].sample[1]: 'y;i16' is neither"),
    ('"y:i16"', '"x:i16"', "stream[0].sample[1]: 'x' is there already"),
    ('"y:i16"', '"seq:i16"', "stream[0].sample[1]: 'seq' is there already"),
    ("length = 19", "length = 20", "stream[0].length: 20, but the fields take 19 bytes"),
    ("length = 19", "length = 0", "stream[0].length: Expected 'int' >= 1"),
    ("length = 19", "lenght = 19", "stream[0]: contains unknown field 'lenght'"),
    ("length = 19", "length = 9\ntrailing = true", "stream[0].length: 9 is too short"),
    ("length = 19", "trailing = true", "stream[0].length: is needed with trailing"),
    ("samples = 2", "samples = 200", "stream[0].samples: 1207 bytes, more than a notification"),
    ("samples = 2", 'samples = "n"', "stream[0].samples: 'n' is neither a number"),
    ("samples = 2", 'samples = "fill"', None),
    ("length = 19\nheader = [", 'header = ["pad4", ',
     "link.mtu_min: 23, but packets of stream[0] take 26"),
    ("length = 19", 'length = 18\n#', "stream[0].length: 18, but the fields"),
    ('prefix = "aa"', 'prefix = "ag"', "stream[0].prefix: 'ag' is neither a byte"),
    ('prefix = "aa"', 'prefix = "a"', "stream[0].prefix: 'a' is not whole bytes"),
    ('prefix = "aa"', f'prefix = "{"aa" * 17}"', "stream[0].prefix: longer than 16"),
    ('prefix = "aa"', 'sync_bytes = "??"', "stream[0].sync_bytes: '??': ?? has no place"),
    ('prefix = "aa"', 'prefix = "aa"\nsync_bytes = "aa"', "stream[0].prefix: sync_bytes stand"),
    ('char = "data"', 'char = "date"', "stream[0].char: no characteristic 'date' in [chars]"),
    ('char = "control"', 'char = "ctrl"', "start[0].char: no characteristic 'ctrl' in [chars]"),
    ('rate_hz = "rate_hz"', 'rate_hz = "hz"', "stream[0].rate_hz: no option 'hz'"),
    ('rate_hz = "rate_hz"', "rate_hz = 0", "stream[0].rate_hz: Expected"),
    ('field = "time"', 'field = "tick"', "stream[0].timestamp.field: no header field 'tick'"),
    ("bits = 32", "bits = 64", "stream[0].timestamp.bits: 64, but 'time' has 32"),
    ('"time:u32"', '"time:i32"', "stream[0].timestamp.field: 'time' is i32"),
    ('clock = "device"', 'clock = "none"', "stream[0].timestamp: stands against clock"),
    ('timestamp = {', '# {', 'stream[0].timestamp: is missing: clock = "device"'),
    ('clock = "device"', 'clock = "host"', "stream[0].timestamp: is not in ns of 64 bits"),
    ('unit = "g"', 'unit = "furlong"', "stream[0].channels.acc.unit: unknown unit 'furlong'"),
    ('unit = "g"', 'unit = "deg/s"', "stream[0].channels.acc.unit: 'deg/s' is no unit of acc"),
    ('unit = "g"', 'unit = "g"\naxes = ["y", "x", "z"]', "channels.acc.axes: left-handed"),
    ('unit = "g"', 'unit = "g"\naxes = ["-x", "y", "z"]', "channels.acc.axes: left-handed"),
    ('unit = "g"', 'unit = "g"\naxes = ["x", "x", "z"]', "channels.acc.axes: must name x, y"),
    ('unit = "g"', 'unit = "g"\naxes = ["-x", "-y", "z"]', None),
    ('unit = "g"', 'unit = "g"\naxes = ["y", "z", "x"]', None),
    ("channels.acc", "channels.bcc", "stream[0].channels.bcc: a stream of motion has: acc, gyr"),
    ('fields = ["x", "y", "z"]', 'fields = ["x", "y"]', "channels.acc.fields: x, y and z are"),
    ('fields = ["x", "y", "z"]', 'fields = ["x", "y", "w"]', "channels.acc.fields: no field 'w'"),
    ("100 = 0.2 }", "100 = -0.2 }", "stream[0].channels.acc.scale: must be above 0"),
    ("100 = 0.2 }", "100 = inf }", "stream[0].channels.acc.scale: must be above 0"),
    ("100 = 0.2 }", "101 = 0.2 }", "channels.acc.scale.values: must be those of option"),
    ('option = "rate_hz"', 'option = "gain"', "channels.acc.scale.option: option 'gain' has no"),
    ('option = "rate_hz"', 'option = "no"', "channels.acc.scale.option: no option 'no'"),
    ("{rate_hz:index}", "{rate:index}", "start[0].data: no option 'rate'"),
    ("{rate_hz:index}", "{rate_hz:i8}", "start[0].data: unknown form 'i8' of option 'rate_hz'"),
    ("{rate_hz:index}", "{gain:u8}", "start[0].data: option 'gain': 1.5 is no number that u8"),
    ("{rate_hz:index}", "zz", "start[0].data: 'zz' is no byte in hex"),
    ("{rate_hz:index}", "00*999", "start[0].data: more than 512 bytes"),
    ('expect = "f0 ??"', 'expect = "f"', "start[0].expect: 'f' is not whole bytes"),
    ('expect = "f0 ??"', 'reply = "data"', "start[0].reply: is for writes that expect"),
    ('do = "write"', 'do = "read"', "start[0].data: is for writes only"),
    ('do = "write"', 'do = "wait"', "start[0].char: has no place in a wait"),
    ('do = "write"', 'do = "run"', "start[0].do: Invalid enum value 'run'"),
    ("default = 100", "default = 99", "options.rate_hz.default: 99 is not one of 50, 100"),
    ("default = 1.5", "default = 2.5", "options.gain.default: 2.5 is not within 1 ... 2"),
    ("default = 1.5", 'default = "x"', "options.gain: text needs values to choose from"),
    ("default = 100", 'default = "a"', "options.rate_hz.values: mixes numbers and text"),
    ("max = 2", "max = 1e999", "options.gain: a number is too large, or none"),
    ("min = 1", "min = nan", "options.gain: a number is too large, or none"),
    ("default = 100", "default = 1" + "0" * 400, "options.rate_hz: a number is too large"),
    ("100 = 0.2 }", "100 = 1" + "0" * 400 + " }", "my.toml: "),
    ("length = 19", "length = 1" + "0" * 400, "stream[0].length: "),
    ("max = 2", "max = 2\nvalues = [1.5]", "options.gain: has values and min or max"),
    ('50 = "00", 100 = "01" }', '50 = "00" }', "options.rate_hz.codes.index: must have each"),
    ('50 = "00", 100 = "01" }', '50 = "", 100 = "x" }', "options.rate_hz.codes.index.100: 'x'"),
    ("codes.index", "codes.u8", "options.rate_hz.codes.u8: has the name of a form"),
    ("format = 1", "format = 2", "format: Expected 'int' <= 1"),
    ('id = "my-sensor"', 'id = "../x"', "id: Expected 'str' matching regex"),
    ('name = "My sensor"', 'name = "a\\u001b[2J"', "name: holds characters that cannot be printed"),
    ('source = ["my own code"]', "source = []", "source: say where the protocol was read"),
    ("0000-000000000001", "0000-00000000000G", "Expected 'str' matching regex"),
    ("tried_on_hardware = true", "", "missing required field 'tried_on_hardware'"),
    ("[chars]", "[chars", "not valid TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line"), WRONG)
def test_what_cannot_be_is_refused_with_its_path(old: str, new: str, line: str | None) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if line is None:
        parse(text, "my.toml")
        return
    with pytest.raises(InputError) as caught:
        parse(text, "my.toml")
    message = str(caught.value)
    assert message.startswith("my.toml: ")
    assert line in message
    assert "\n" not in message
    assert message.endswith("docs/profiles.md says what each key means")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (BATTERY, "stream[1].prefix: packets of 'data' may belong to stream[0] as well"),
        (BATTERY.replace("rate_hz", 'prefix = "?? 01"\nrate_hz'), "stream[1].prefix: packets of"),
        (BATTERY.replace("rate_hz", 'prefix = "bb"\nrate_hz'), None),
        (BATTERY.replace('"battery"\nkind', '"imu"\nkind'), "stream[1].id: 'imu' is the name of"),
        (
            BATTERY.replace("rate_hz", 'length = 2\nsync_bytes = "bb"\nrate_hz'),
            "stream[1].char: a stream with sync_bytes has its characteristic alone",
        ),
        (BATTERY.replace("battery = {", "acc = {"), "stream[1].channels.acc: a stream of battery"),
        ('[[stop]]\ndo = "wait"', "stop[0].wait_s: is missing"),
        ('[[stop]]\ndo = "read"', "stop[0].char: is missing"),
        (
            '[[vector]]\nstream = "no"\nsource = "x"\npackets = []\nvalues.acc = []',
            "vector[0].stream: no stream 'no'",
        ),
        (
            '[[vector]]\nstream = "imu"\nsource = "x"\npackets = ["0"]\nvalues.acc = []',
            "vector[0].packets[0]: '0' is not whole bytes",
        ),
        (
            '[[vector]]\nstream = "imu"\nsource = "x"\npackets = []\nvalues.acc = [[1.0]]',
            "vector[0].values.acc: rows need 3 numbers",
        ),
        (
            '[[vector]]\nstream="imu"\nsource=""\npackets=[]\nvalues={}\noptions.gain = 3.0',
            "vector[0].options.gain: 3 is not within 1 ... 2",
        ),
        ('[[stop]]\ndo = "wait"\nwait_s = 1\n' * 65, "stop: 65 of them, more than 64"),
    ],
)
def test_what_is_added_is_checked_too(more: str, line: str | None) -> None:
    if line is None:
        assert len(parse(GOOD + more, "my.toml").stream) == 2
        return
    with pytest.raises(InputError) as caught:
        parse(GOOD + more, "my.toml")
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("profile_id", "old", "new", "line"),
    [
        ("polar-h10", 'prefix = "02"', 'prefix = "09"', "stream[0].prefix: must be 02 (acc"),
        ("polar-h10", '"frame:u8"', '"frame:u16"', "stream[0].header: must be"),
        ("polar-h10", '"x:i16"', '"x:i24"', "stream[0].sample: must be x, y, z, all i16"),
        ("polar-h10", 'samples = "fill"', "samples = 9", 'stream[0].samples: must be "fill"'),
        ("polar-h10", 'reply = "control"', 'reply = "no"', "stream[0].reply: no characteristic"),
        ("movesense-imu6", 'prefix = "02 63"', 'prefix = "63"', "stream[0].prefix: must be 02 and"),
        ("movesense-imu6", '"gz:f32"', '"gz:i16"', "stream[0].sample: must be x, y, z of one"),
        ("movesense-imu6", "13 = 1,", "13 = 1.5,", "stream[0].samples: must be whole numbers"),
        ("movesense-imu6", "13 = 1,", "13 = 1e300,", "stream[0].samples: must be whole numbers"),
        ("movesense-imu6", "13 = 1,", "13 = nan,", "stream[0].samples: must be whole numbers"),
        ("sig-heart-rate", '"rr8"]', '"rr9"]', "stream[0].channels.rr.fields: no field 'rr9'"),
        ("sig-heart-rate", 'kind = "heart_rate"', 'kind = "speed"', "stream[0].kind: must be"),
        ("witmotion-ble5", "length = 20", "", "stream[0].length: is needed, and exact"),
        ("thingy52", "min = 5", "min = 0", "stream[0].rate_hz: option 'rate_hz' must be a number"),
    ],
)
def test_decoders_check_their_streams(profile_id: str, old: str, new: str, line: str) -> None:
    text = load(profile_id).text
    assert old in text
    with pytest.raises(InputError) as caught:
        parse(text.replace(old, new, 1), "my.toml")
    assert line in str(caught.value)


@given(st.data())
def test_nothing_in_a_file_crashes(data: st.DataObject) -> None:
    """A line of a shipped profile changed at random: read, or refused in one line."""
    lines = load(data.draw(st.sampled_from(sorted(shipped())))).text.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(
        st.one_of(st.text(max_size=30), st.sampled_from(lines), st.sampled_from(["[", "x = 1e999"]))
    )
    changed = "\n".join([*lines[:at], other, *lines[at + 1 :]])
    assert "\n" not in refusal(changed)


def refusal(text: str) -> str:
    try:
        parse(text, "my.toml")
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("text", ["", "x = " + "[" * 5000, "\x00", "a" * (MAX_BYTES + 1)])
def test_no_profile_at_all(text: str) -> None:
    with pytest.raises(InputError, match=r"^my\.toml: "):
        parse(text, "my.toml")


# ----------------------------------------------------------------------------------- from files


def test_load_by_name_and_by_path(tmp_path: Path) -> None:
    by_name = load("polar-h10")
    assert by_name.profile is not None
    assert by_name.text.startswith("format = 1")
    own = tmp_path / "my.toml"
    own.write_text("\ufeff" + GOOD, "utf-8")  # as Windows editors save it
    loaded = load(own)
    assert loaded.profile.id == "my-sensor"
    assert loaded.text == GOOD
    assert loaded.path == own


def test_load_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"no profile 'nothing'\. Shipped: bluest"):
        load("nothing")
    with pytest.raises(MissingInputError, match=r"my\.toml is not there"):
        load(tmp_path / "my.toml")
    with pytest.raises(MissingInputError, match="no profile"):
        load("..")
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8 at byte 0"):
        load(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(InputError, match="longer than 262144 bytes"):
        load(tmp_path / "b.toml")
    (tmp_path / "c.toml").mkdir()
    with pytest.raises(InputError, match=r"c\.toml: "):
        load(tmp_path / "c.toml")


def test_the_shipped_ones_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        shipped()["x"] = shipped()["bluest"]  # type: ignore[index]


# -------------------------------------------------------------------------------------- options


def test_settle_fills_in_and_converts() -> None:
    profile = parse(GOOD, "my.toml")
    assert settle(profile, {}) == {"rate_hz": 100, "gain": 1.5}
    assert settle(profile, {"rate_hz": "50", "gain": "2"}) == {"rate_hz": 50, "gain": 2.0}
    assert isinstance(settle(profile, {"rate_hz": 50.0})["rate_hz"], int)


@pytest.mark.parametrize(
    ("given_options", "line"),
    [
        ({"rat_hz": 1}, "no option 'rat_hz'. Known: rate_hz, gain"),
        ({"rate_hz": 60}, "option rate_hz: 60 is not one of 50, 100. The default is 100"),
        ({"rate_hz": "fast"}, "option rate_hz: 'fast' is not a number"),
        ({"gain": 3}, "option gain: 3 is not within 1 ... 2"),
        ({"gain": "nan"}, "option gain: nan is no number that can be sent"),
        ({"gain": "-inf"}, "option gain: -inf is no number that can be sent"),
        ({"gain": "1" + "0" * 400}, "is no number that can be sent"),
    ],
)
def test_settle_refuses(given_options: dict[str, str | int], line: str) -> None:
    with pytest.raises(InputError) as caught:
        settle(parse(GOOD, "my.toml"), given_options)
    assert line in str(caught.value)


def test_reading_profiles_needs_no_heavy_package() -> None:
    """What ``record`` needs: neither pandas, scipy nor vqf."""
    code = (
        "from hipgait.ble import packet, encode, steps\n"
        "from hipgait.ble.profiles import shipped\nshipped()\n"
        "import sys; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"pandas", "scipy", "vqf", "pyarrow", "matplotlib"}
