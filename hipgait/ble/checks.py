"""What a profile must hold beyond its types: names that exist, lengths that agree, axes, units."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from hipgait.ble.checks_stream import check_stream, longest
from hipgait.ble.layout import text_of
from hipgait.ble.pattern import parse_hex, parse_pattern
from hipgait.ble.profile import Option, Profile, Step, Value, Vector
from hipgait.ble.steps import FORMS, PHASES, fill_in

T = TypeVar("T")

LARGEST: Final = 2**32
"""Larger numbers fit into no command."""
ATT_HEAD: Final = 3
"""bytes of a notification before its value (Bluetooth Core 5.4, vol. 3, part F, 3.4.7.1)"""
MAX_STREAMS: Final = 16
MAX_STEPS: Final = 64
MAX_VECTORS: Final = 64
"""More of them is no profile of a sensor."""


class Wrong(Exception):
    """Something in a profile that cannot be. where : its path, e.g. ``stream[0].length``."""

    def __init__(self, where: str, what: str) -> None:
        self.where = where
        self.what = what
        super().__init__(f"{where}: {what}")


def check(profile: Profile) -> None:
    """Refuse what cannot be.

    Raises
    ------
    Wrong : the first thing found.
    """
    _sizes(profile)
    for name, option in profile.options.items():
        _option(f"options.{name}", option)
    defaults = {name: o.default for name, o in profile.options.items()}
    for phase in PHASES:
        for i, step in enumerate(getattr(profile, phase)):
            _step(f"{phase}[{i}]", step, profile, defaults)
    for i, stream in enumerate(profile.stream):
        where = f"stream[{i}]"
        for key, what in check_stream(stream, profile.options):
            raise Wrong(f"{where}.{key}", what)
        for key, char in (("char", stream.char), ("reply", stream.reply)):
            if char and char not in profile.chars:
                raise Wrong(f"{where}.{key}", f"no characteristic {char!r} in [chars]")
    _mtu(profile)
    _one_from_another(profile)
    _clock(profile)
    for i, vector in enumerate(profile.vector):
        _vector(f"vector[{i}]", vector, profile)


def _sizes(profile: Profile) -> None:
    if not profile.stream:
        raise Wrong("stream", "there is none")
    if not profile.chars:
        raise Wrong("chars", "there is none")
    if not profile.source:
        raise Wrong("source", "say where the protocol was read")
    counts = [("stream", len(profile.stream), MAX_STREAMS)]
    counts += [(p, len(getattr(profile, p)), MAX_STEPS) for p in PHASES]
    counts += [("vector", len(profile.vector), MAX_VECTORS)]
    for key, count, most in counts:
        if count > most:
            raise Wrong(key, f"{count} of them, more than {most}")
    for key, text in _texts(profile):
        if not text.isprintable():
            raise Wrong(key, "holds characters that cannot be printed")


def _texts(profile: Profile) -> Iterator[tuple[str, str]]:
    yield "name", profile.name
    yield "firmware", profile.firmware
    for key in ("source", "known_faults"):
        for i, text in enumerate(getattr(profile, key)):
            yield f"{key}[{i}]", text
    for i, text in enumerate(profile.match.names):
        yield f"match.names[{i}]", text
    for name, option in profile.options.items():
        yield f"options.{name}.help", option.help
        yield f"options.{name}.unit", option.unit


# ------------------------------------------------------------------------------------- options


def why_not(option: Option, value: Value) -> str:
    """Why an option cannot be set to this; "" where it can."""
    if option.values:
        if value not in option.values:
            return f"{text_of(value)} is not one of {', '.join(map(text_of, option.values))}"
    elif isinstance(value, str) != isinstance(option.default, str):
        return f"{value!r} is not of the kind of {option.default!r}"
    elif not isinstance(value, str):
        if not abs(value) <= LARGEST:
            return f"{text_of(value)} is no number that can be sent"
        low = -math.inf if option.min is None else option.min
        high = math.inf if option.max is None else option.max
        if not low <= value <= high:
            return f"{text_of(value)} is not within {low:g} ... {high:g}"
    elif not value.isprintable():
        return "holds characters that cannot be printed"
    return ""


def _option(where: str, option: Option) -> None:
    if option.values and (option.min is not None or option.max is not None):
        raise Wrong(where, "has values and min or max: keep one of them")
    if len({isinstance(v, str) for v in (*option.values, option.default)}) > 1:
        raise Wrong(f"{where}.values", "mixes numbers and text")
    if isinstance(option.default, str) and not option.values:
        raise Wrong(where, "text needs values to choose from")
    for value in (*option.values, option.default, option.min, option.max):
        if isinstance(value, int | float) and not abs(value) <= LARGEST:
            raise Wrong(where, "a number is too large, or none")
    bad = why_not(option, option.default)
    if bad:
        raise Wrong(f"{where}.default", bad)
    for table, codes in option.codes.items():
        if table in FORMS:
            raise Wrong(f"{where}.codes.{table}", "has the name of a form")
        if set(codes) != set(map(text_of, option.values)):
            raise Wrong(f"{where}.codes.{table}", "must have each of the values")
        for value, code in codes.items():
            _parsed(f"{where}.codes.{table}.{value}", parse_hex, code)


# --------------------------------------------------------------------------------------- steps


def _step(where: str, step: Step, profile: Profile, defaults: Mapping[str, Value]) -> None:
    for key, char in (("char", step.char), ("reply", step.reply)):
        if char and char not in profile.chars:
            raise Wrong(f"{where}.{key}", f"no characteristic {char!r} in [chars]")
    if (step.do == "wait") == bool(step.char):
        raise Wrong(f"{where}.char", "has no place in a wait" if step.char else "is missing")
    if (step.do == "write") != bool(step.data):
        raise Wrong(f"{where}.data", "is missing" if step.do == "write" else "is for writes only")
    if step.do == "wait" and not step.wait_s:
        raise Wrong(f"{where}.wait_s", "is missing")
    if step.expect and step.do not in ("write", "read"):
        raise Wrong(f"{where}.expect", "is for writes and reads only")
    if step.reply and not (step.expect and step.do == "write"):
        raise Wrong(f"{where}.reply", "is for writes that expect something")
    _parsed(f"{where}.expect", parse_pattern, step.expect)
    _parsed(f"{where}.data", lambda text: fill_in(text, profile.options, defaults), step.data)
    for name, option in profile.options.items():
        if f"{{{name}:" in step.data:
            for value in option.values or (option.min, option.max):
                if value is not None:
                    given = {**defaults, name: value}
                    _parsed(f"{where}.data", _filler(profile, given), step.data)


def _filler(profile: Profile, given: Mapping[str, Value]) -> Callable[[str], bytes]:
    return lambda text: fill_in(text, profile.options, given)


def _parsed(where: str, parser: Callable[[str], T], text: str) -> T:
    try:
        return parser(text)
    except ValueError as error:
        raise Wrong(where, str(error)) from None


# ------------------------------------------------------------------------------ streams together


def _mtu(profile: Profile) -> None:
    """A notification that is longer than the MTU less 3 is cut without a word."""
    for i, stream in enumerate(profile.stream):
        need = longest(stream) + ATT_HEAD
        if need > profile.link.mtu_min:
            given = f"{profile.link.mtu_min}, but packets of stream[{i}] take {need}"
            raise Wrong("link.mtu_min", given)


def _one_from_another(profile: Profile) -> None:
    """No packet may belong to two streams."""
    for i, a in enumerate(profile.stream):
        for j, b in enumerate(profile.stream[:i]):
            if a.id == b.id:
                raise Wrong(f"stream[{i}].id", f"{a.id!r} is the name of stream[{j}] too")
            if a.char != b.char:
                continue
            if a.sync_bytes or b.sync_bytes:
                raise Wrong(
                    f"stream[{i}].char", "a stream with sync_bytes has its characteristic alone"
                )
            if parse_pattern(a.prefix).overlaps(parse_pattern(b.prefix)):
                raise Wrong(
                    f"stream[{i}].prefix",
                    f"packets of {a.char!r} may belong to stream[{j}] as well: give both a prefix",
                )


def _clock(profile: Profile) -> None:
    motion = [s for s in profile.stream if s.kind == "motion"]
    for i, stream in enumerate(profile.stream):
        if stream.kind != "motion":
            continue
        if profile.clock == "none" and stream.timestamp is not None:
            raise Wrong(f"stream[{i}].timestamp", 'stands against clock = "none"')
        if profile.clock != "none" and stream.timestamp is None:
            raise Wrong(f"stream[{i}].timestamp", f'is missing: clock = "{profile.clock}"')
    for i, stream in enumerate(profile.stream):
        stamp = stream.timestamp
        if profile.clock == "host" and stamp and (stamp.tick_hz, stamp.bits) != (1e9, 64):
            raise Wrong(f"stream[{i}].timestamp", 'is not in ns of 64 bits: clock = "host"')
    if profile.clock != "none" and not motion:
        raise Wrong("clock", f'"{profile.clock}", but no stream of motion')


# ------------------------------------------------------------------------------------- vectors


def _vector(where: str, vector: Vector, profile: Profile) -> None:
    streams = {s.id: s for s in profile.stream}
    if vector.stream not in streams:
        raise Wrong(f"{where}.stream", f"no stream {vector.stream!r}")
    for key in ("packets", "replies"):
        for i, text in enumerate(getattr(vector, key)):
            _parsed(f"{where}.{key}[{i}]", parse_hex, text)
    for name, value in vector.options.items():
        if name not in profile.options:
            raise Wrong(f"{where}.options", f"no option {name!r}")
        bad = why_not(profile.options[name], value)
        if bad:
            raise Wrong(f"{where}.options.{name}", bad)
    channels = streams[vector.stream].channels
    if len({len(rows) for rows in vector.values.values()}) != 1:
        raise Wrong(f"{where}.values", "every channel needs as many rows")
    for name, rows in vector.values.items():
        if name not in channels:
            raise Wrong(f"{where}.values", f"no channel {name!r}")
        if any(len(row) != len(channels[name].fields) for row in rows):
            raise Wrong(f"{where}.values.{name}", f"rows need {len(channels[name].fields)} numbers")
