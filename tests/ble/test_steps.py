"""Templates of commands, and patterns of replies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.pattern import parse_hex, parse_pattern
from hipgait.ble.profile import Option
from hipgait.ble.profiles import settle, shipped
from hipgait.ble.steps import compile_steps, fill_in

OPTIONS = {
    "rate": Option(
        help="", default=100, values=(50, 100), codes={"code": {"50": "", "100": "0a0b"}}
    ),
    "mode": Option(help="", default="fast", values=("fast", "slow")),
    "gain": Option(help="", default=1.5, min=1, max=2),
}
SET = {"rate": 100, "mode": "fast", "gain": 1.5}


@pytest.mark.parametrize(
    ("template", "data"),
    [
        ("", ""),
        ("01 fF", "01ff"),
        ("00*3 01", "00000001"),
        ("{rate:u8} {rate:u16} {rate:u32}", "64 6400 64000000"),
        ("{gain:f32}", "0000c03f"),
        ("{rate:code}", "0a0b"),
        ("{rate:text}{mode:text}", b"100fast".hex()),
        ("01'/Meas/'{rate:text}", b"\x01/Meas/100".hex()),
        ("'a b' 20", "61206220"),
        ("'µ'", "c2b5"),
    ],
)
def test_templates(template: str, data: str) -> None:
    assert fill_in(template, OPTIONS, SET) == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("0", "'0' is no byte in hex"),
        ("0102", "'0102' is no byte in hex"),
        ("01*x", r"'01\*x' is no byte in hex"),
        ("'open", '"\'open" is no byte'),
        ("{rate}", "'{rate}' is no byte"),
        ("{no:u8}", "no option 'no' .known: rate, mode, gain."),
        ("{rate:u9}", "unknown form 'u9' of option 'rate' .known: u8, u16, u32, f32, text, code."),
        ("{mode:u8}", "'fast' is no number that u8 can hold"),
        ("{gain:u8}", "1.5 is no number that u8 can hold"),
        ("00*999", "more than 512 bytes"),
        ("00*500 00*13", "more than 512 bytes"),
    ],
)
def test_templates_that_are_none(template: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        fill_in(template, OPTIONS, SET)


def test_a_number_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="300 does not fit into u8"):
        fill_in("{rate:u8}", OPTIONS, {"rate": 300})


@given(st.text(max_size=40))
def test_templates_of_anything(template: str) -> None:
    try:
        data = fill_in(template, OPTIONS, SET)
    except ValueError:
        return
    assert len(data) <= 512


@given(st.lists(st.one_of(st.none(), st.integers(0, 255)), max_size=8), st.binary(max_size=10))
def test_patterns(wanted: list[int | None], data: bytes) -> None:
    pattern = parse_pattern(" ".join("??" if w is None else f"{w:02X}" for w in wanted))
    assert pattern.wanted == tuple(wanted)
    assert parse_pattern(str(pattern)) == pattern
    starts = len(data) >= len(wanted) and all(
        w is None or w == data[i] for i, w in enumerate(wanted)
    )
    assert pattern.starts(data) is starts
    assert pattern.starts(pattern.sample())
    assert pattern.overlaps(parse_pattern(data.hex())) is all(
        w is None or i >= len(data) or w == data[i] for i, w in enumerate(wanted)
    )


def test_holes_have_no_place_in_data() -> None:
    assert parse_hex("AA 5 5") == b"\xaa\x55"
    with pytest.raises(ValueError, match=r"\?\? has no place"):
        parse_hex("aa ??")


def test_actions_know_where_the_reply_comes_from() -> None:
    profile = shipped()["polar-h10"]
    actions = compile_steps(profile, "start", settle(profile, {}))
    assert [a.do for a in actions] == ["subscribe", "write"]
    assert actions[1].uuid == "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
    assert actions[1].reply_uuid == actions[1].uuid
    assert actions[1].expect is not None
    assert actions[1].expect.starts(bytes.fromhex("f0 02 02 00 00"))
    assert not actions[1].expect.starts(bytes.fromhex("f0 02 02 05 00"))
    wait = compile_steps(shipped()["witmotion-ble5"], "configure", {"rate_hz": 100})[1]
    assert (wait.do, wait.wait_s, wait.uuid, wait.expect) == ("wait", 0.1, "", None)
