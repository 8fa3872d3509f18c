"""The sensor's side of a profile's steps: which writes it knows, what they set, what it answers."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from hipgait.ble.checks import why_not
from hipgait.ble.layout import text_of
from hipgait.ble.pattern import parse_hex
from hipgait.ble.profile import Option, Profile, Step, Value
from hipgait.ble.steps import NUMBERS, PHASES, TOKEN, Phase


def _codes(option: Option, table: str) -> dict[bytes, Value]:
    """Bytes of each code -> value."""
    values = {text_of(v): v for v in option.values}
    return {parse_hex(code): values[text] for text, code in option.codes[table].items()}


@dataclass(frozen=True)
class Command:
    """A write that the firmware knows.

    char : name of the characteristic.  phase, index : where it stands in the profile.
    """

    phase: Phase
    index: int
    step: Step
    options: Mapping[str, Option]

    @cached_property
    def _pattern(self) -> tuple[re.Pattern[bytes], dict[str, tuple[str, str]]]:
        """What its bytes look like, and group -> (option, how it is written)."""
        parts: list[bytes] = []
        groups: dict[str, tuple[str, str]] = {}
        for word in TOKEN.finditer(self.step.data):
            if word["byte"] is not None:
                parts.append(re.escape(bytes.fromhex(word["byte"]) * int(word["times"] or 1)))
            elif word["text"] is not None:
                parts.append(re.escape(word["text"].encode()))
            else:
                group = f"g{len(groups)}"
                groups[group] = (word["option"], word["form"])
                parts.append(b"(?P<%s>%s)" % (group.encode(), self._any(*groups[group])))
        return re.compile(b"".join(parts), re.DOTALL), groups

    def _any(self, option: str, how: str) -> bytes:
        """What an option may look like in bytes."""
        if how in NUMBERS:
            return b".{%d}" % struct.calcsize(NUMBERS[how])
        if how == "text":
            return rb"[ -~]+?"
        return b"|".join(re.escape(code) for code in _codes(self.options[option], how))

    def read(self, data: bytes) -> dict[str, Value] | None:
        """Options that these bytes set; None where they are not this command."""
        pattern, groups = self._pattern
        match = pattern.fullmatch(data)
        if match is None:
            return None
        found: dict[str, Value] = {}
        for group, (name, how) in groups.items():
            value = self._value(name, how, match[group])
            if value is None or found.get(name, value) != value:
                return None
            found[name] = value
        return found

    def _value(self, name: str, how: str, raw: bytes) -> Value | None:
        """The value of an option; None where it is not allowed."""
        option = self.options[name]
        value: Value
        if how in NUMBERS:
            (value,) = struct.unpack(NUMBERS[how], raw)
            return None if why_not(option, value) else value
        if how == "text":
            allowed = {text_of(v): v for v in (*option.values, option.default)}
            text = raw.decode("ascii")
            return allowed.get(text, None if option.values else text)
        return _codes(option, how)[raw]


def commands(profile: Profile) -> list[Command]:
    """Every write of a profile."""
    return list(_commands(profile))


def _commands(profile: Profile) -> Iterator[Command]:
    for phase in PHASES:
        steps: tuple[Step, ...] = getattr(profile, phase)
        for index, step in enumerate(steps):
            if step.do == "write":
                yield Command(phase, index, step, profile.options)
