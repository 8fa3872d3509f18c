"""Steps of a profile, made into bytes to write and replies to wait for."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from hipgait.ble.layout import text_of
from hipgait.ble.pattern import Pattern, parse_hex, parse_pattern
from hipgait.ble.profile import Option, Profile, Step, Value
from hipgait.errors import InputError

Phase = Literal["configure", "start", "stop", "teardown"]
PHASES: Final[tuple[Phase, ...]] = ("configure", "start", "stop", "teardown")

MAX_WRITE: Final = 512
"""Longest value of a characteristic, bytes."""

TOKEN: Final = re.compile(
    r"'(?P<text>[^'{}]*)'"
    r"|\{(?P<option>[a-z][a-z0-9_]*):(?P<form>\w+)\}"
    r"|(?P<byte>[0-9a-fA-F]{2})(?:\*(?P<times>[0-9]{1,3}))?(?=[\s'{]|$)"
)
NUMBERS: Final = {"u8": "<B", "u16": "<H", "u32": "<I", "f32": "<f"}
FORMS: Final = (*NUMBERS, "text")


@dataclass(frozen=True)
class Action:
    """One thing to do, ready to be done.

    char, uuid : what it is done with ("" for ``wait``).
    data : to write.
    expect : how the reply begins, None where none is waited for.
    reply, reply_uuid : where the reply comes from by notification; for ``read`` the same as char.
    """

    do: Literal["write", "subscribe", "unsubscribe", "read", "wait"]
    char: str
    uuid: str
    data: bytes
    expect: Pattern | None
    reply: str
    reply_uuid: str
    timeout_s: float
    wait_s: float
    optional: bool


def compile_steps(profile: Profile, phase: Phase, options: Mapping[str, Value]) -> list[Action]:
    """Actions of a phase.

    options : all of them, see ``profiles.settle``.

    Raises
    ------
    InputError : an option does not fit into the bytes it is to be written in.
    """
    steps: tuple[Step, ...] = getattr(profile, phase)
    actions = []
    for i, step in enumerate(steps):
        try:
            data = fill_in(step.data, profile.options, options)
            expect = parse_pattern(step.expect) if step.expect else None
        except ValueError as error:
            raise InputError(f"{profile.id}: {phase}[{i}]: {error}") from None
        reply = step.reply or step.char
        actions.append(
            Action(
                do=step.do,
                char=step.char,
                uuid=profile.chars.get(step.char, ""),
                data=data,
                expect=expect,
                reply=reply,
                reply_uuid=profile.chars.get(reply, ""),
                timeout_s=step.timeout_s,
                wait_s=step.wait_s,
                optional=step.optional,
            )
        )
    return actions


def fill_in(template: str, known: Mapping[str, Option], options: Mapping[str, Value]) -> bytes:
    """The bytes that a template stands for, see ``profile.Step``.

    Raises
    ------
    ValueError : a word that is none, an option or form that is not known, too many bytes.
    """
    out = bytearray()
    at = 0
    while at < len(template):
        if template[at].isspace():
            at += 1
            continue
        found = TOKEN.match(template, at)
        if found is None:
            word = template[at:].split()[0]
            raise ValueError(f"{word!r} is no byte in hex, 'text' or {{option:form}}")
        out += _piece(found, known, options)
        if len(out) > MAX_WRITE:
            raise ValueError(f"more than {MAX_WRITE} bytes")
        at = found.end()
    return bytes(out)


def _piece(
    found: re.Match[str], known: Mapping[str, Option], options: Mapping[str, Value]
) -> bytes:
    if found["byte"]:
        return bytes([int(found["byte"], 16)]) * int(found["times"] or 1)
    if found["option"]:
        return _option(found["option"], found["form"], known, options)
    return (found["text"] or "").encode()


def _option(
    name: str, form: str, known: Mapping[str, Option], options: Mapping[str, Value]
) -> bytes:
    if name not in known:
        raise ValueError(f"no option {name!r} (known: {', '.join(known) or 'none'})")
    value = options[name]
    if form == "text":
        return text_of(value).encode()
    codes = known[name].codes
    if form in codes:
        return parse_hex(codes[form][text_of(value)])
    if form not in NUMBERS:
        forms = ", ".join((*FORMS, *codes))
        raise ValueError(f"unknown form {form!r} of option {name!r} (known: {forms})")
    if isinstance(value, str) or (form != "f32" and value != int(value)):
        raise ValueError(f"option {name!r}: {value!r} is no number that {form} can hold")
    try:
        return struct.pack(NUMBERS[form], value if form == "f32" else int(value))
    except (struct.error, OverflowError):
        raise ValueError(f"option {name!r}: {value} does not fit into {form}") from None
