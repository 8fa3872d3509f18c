"""What a host writes is what the sensor understands, for every shipped profile and option."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.profile import Option, Profile, Value
from hipgait.ble.profiles import settle, shipped
from hipgait.ble.steps import PHASES, compile_steps
from hipgait.ble.virtual.commands import commands


def values_of(option: Option) -> st.SearchStrategy[Any]:
    if option.values:
        return st.sampled_from(option.values)
    low, high = option.min, option.max
    assert low is not None
    assert high is not None
    return st.integers(int(low), int(high))


def options_of(profile: Profile) -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries({n: values_of(o) for n, o in profile.options.items()})


@given(st.data())
def test_options_that_are_written_are_understood(data: st.DataObject) -> None:
    profile = shipped()[data.draw(st.sampled_from(sorted(shipped())))]
    options = settle(profile, data.draw(options_of(profile)))
    known = {(c.phase, c.index): c for c in commands(profile)}
    for phase in PHASES:
        for index, action in enumerate(compile_steps(profile, phase, options)):
            if action.do == "write":
                found = known[phase, index].read(action.data)
                assert found is not None
                assert found == {name: options[name] for name in found}


@given(st.data(), st.binary(max_size=24))
def test_other_bytes_are_not_understood(data: st.DataObject, wrong: bytes) -> None:
    profile = shipped()[data.draw(st.sampled_from(sorted(shipped())))]
    for command in commands(profile):
        assert command.read(wrong + b"\xa7" * 40) is None
        found = command.read(wrong)
        if found is not None:
            options = settle(profile, found)
            action = compile_steps(profile, command.phase, options)[command.index]
            assert action.data == wrong


@pytest.mark.parametrize(
    ("hz", "known"), [(100, True), (104, True), (416, True), (24, False), (417, False)]
)
def test_a_rate_out_of_range_is_refused(hz: int, known: bool) -> None:
    (start,) = [c for c in commands(shipped()["hipgait-open"]) if c.phase == "start"]
    found = start.read(b"\x01" + struct.pack("<HB", hz, 4))
    assert found == ({"rate_hz": hz, "batch": 4} if known else None)
