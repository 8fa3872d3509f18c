"""What a stream of a profile must hold beyond its types."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Final

from hipgait.ble.decoders import DECODERS
from hipgait.ble.layout import FILL, MAX_PACKET, Field, parse_field, size_of, text_of
from hipgait.ble.pattern import parse_hex, parse_pattern
from hipgait.ble.profile import ByOption, Channel, Option, Stream
from hipgait.ble.units import CHANNELS, UNITS, VECTORS

Complaint = tuple[str, str]
"""Key within the stream, what is wrong with it."""

MAX_PREFIX: Final = 16


class _Stop(Exception):
    def __init__(self, key: str, what: str) -> None:
        self.complaint = (key, what)


def check_stream(stream: Stream, options: Mapping[str, Option]) -> list[Complaint]:
    """What is wrong with it: nothing, or the first thing found."""
    try:
        prefix = _prefix(stream)
        header = _fields(stream.header, "header", ())
        sample = _fields(stream.sample, "sample", [f.name for f in header])
        for complaint in (
            *_rate(stream, options),
            *(
                DECODERS[stream.decoder].check(stream)
                if stream.decoder
                else _size(stream, prefix, header, sample)
            ),
            *_counters(stream, header),
            *_samples(stream, options),
            *_channels(stream, options, _names(stream, header, sample)),
        ):
            raise _Stop(*complaint)
    except _Stop as stop:
        return [stop.complaint]
    return []


def _prefix(stream: Stream) -> int:
    for key in ("prefix", "sync_bytes"):
        try:
            parsed = parse_pattern(getattr(stream, key))
        except ValueError as error:
            raise _Stop(key, str(error)) from None
        if len(parsed) > MAX_PREFIX:
            raise _Stop(key, f"longer than {MAX_PREFIX} bytes")
    if stream.sync_bytes:
        try:
            sync = parse_hex(stream.sync_bytes)
        except ValueError as error:
            raise _Stop("sync_bytes", str(error)) from None
        if stream.prefix:
            raise _Stop("prefix", "sync_bytes stand for it")
        if stream.length is None or stream.trailing:
            raise _Stop("length", "is needed, and exact, where packets are cut at sync_bytes")
        if stream.decoder:
            raise _Stop("sync_bytes", "have no place beside a decoder")
        return len(sync)
    if stream.trailing and stream.length is None:
        raise _Stop("length", "is needed with trailing")
    return len(parse_pattern(stream.prefix))


def _fields(texts: tuple[str, ...], key: str, taken: list[str] | tuple[()]) -> list[Field]:
    fields: list[Field] = []
    for i, text in enumerate(texts):
        try:
            field = parse_field(text)
        except ValueError as error:
            raise _Stop(f"{key}[{i}]", str(error)) from None
        if field.name and field.name in (*taken, *(f.name for f in fields)):
            raise _Stop(f"{key}[{i}]", f"{field.name!r} is there already")
        fields.append(field)
    return fields


def _rate(stream: Stream, options: Mapping[str, Option]) -> Iterator[Complaint]:
    if not isinstance(stream.rate_hz, str):
        return
    if stream.rate_hz not in options:
        yield "rate_hz", f"no option {stream.rate_hz!r}"
        return
    option = options[stream.rate_hz]
    least = min([v for v in (*option.values, option.min) if v is not None], key=_number, default=0)
    if isinstance(option.default, str) or _number(least) <= 0:
        yield "rate_hz", f"option {stream.rate_hz!r} must be a number above 0 (values or min)"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _names(stream: Stream, header: list[Field], sample: list[Field]) -> set[str]:
    names = {f.name for f in (*header, *sample) if f.name}
    return names | DECODERS[stream.decoder].fields if stream.decoder else names


def _samples(stream: Stream, options: Mapping[str, Option]) -> Iterator[Complaint]:
    if isinstance(stream.samples, ByOption):
        yield from _by_option("samples", stream.samples, options)


def _size(
    stream: Stream, prefix: int, header: list[Field], sample: list[Field]
) -> Iterator[Complaint]:
    if stream.reply:
        yield "reply", "is for decoders"
    if not any(f.name for f in sample):
        yield "sample", "holds nothing"
        return
    head, one = prefix + size_of(header), size_of(sample)
    samples = stream.samples
    if isinstance(samples, str):
        if samples != FILL and not any(f.name == samples and f.unsigned for f in header):
            yield "samples", f'{samples!r} is neither a number, "fill" nor an unsigned header field'
        if samples == FILL and stream.trailing:
            yield "samples", '"fill" cannot stand beside trailing'
        if head + one > (stream.length or MAX_PACKET):
            yield "length", f"too short for one sample: {head + one} bytes"
        elif stream.length is not None and not stream.trailing and (stream.length - head) % one:
            yield "length", f"{stream.length} is not {head} + a number of samples of {one} bytes"
        return
    for count in counts_of(samples):
        if not 1 <= count <= 255 or count != int(count):
            yield "samples", "must be whole numbers from 1 to 255"
        need = head + count * one
        if need > MAX_PACKET:
            yield "samples", f"{need:g} bytes, more than a notification can hold ({MAX_PACKET})"
        if stream.length is not None and need != stream.length:
            if not stream.trailing:
                yield "length", f"{stream.length}, but the fields take {need:g} bytes"
            elif need > stream.length:
                yield "length", f"{stream.length} is too short for the fields: {need:g} bytes"


def counts_of(samples: int | ByOption) -> list[float]:
    """All that the number of samples may be."""
    return (
        [float(v) for v in samples.values.values()] if isinstance(samples, ByOption) else [samples]
    )


def longest(stream: Stream) -> int:
    """Bytes of its longest packet as far as the profile says; 0 for decoders and byte streams."""
    if stream.decoder or stream.sync_bytes:
        return 0
    samples = stream.samples
    count = 1.0 if isinstance(samples, str) else max(counts_of(samples))
    sizes = [size_of([parse_field(t) for t in texts]) for texts in (stream.header, stream.sample)]
    least = len(parse_pattern(stream.prefix)) + sizes[0] + round(count) * sizes[1]
    return max(least, 0 if stream.trailing else stream.length or 0)


def _counters(stream: Stream, header: list[Field]) -> Iterator[Complaint]:
    fields = {f.name: f for f in header if f.name}
    for key, counter in (("timestamp", stream.timestamp), ("sequence", stream.sequence)):
        if counter is None:
            continue
        field = fields.get(counter.field)
        if field is None:
            yield f"{key}.field", f"no header field {counter.field!r}"
        elif not field.unsigned:
            yield f"{key}.field", f"{counter.field!r} is {field.type}: counters are unsigned"
        elif counter.bits > 8 * field.size:
            yield f"{key}.bits", f"{counter.bits}, but {counter.field!r} has {8 * field.size}"


def _channels(
    stream: Stream, options: Mapping[str, Option], fields: set[str]
) -> Iterator[Complaint]:
    known = CHANNELS[stream.kind]
    if not stream.channels:
        yield "channels", "there is none"
    for name, channel in stream.channels.items():
        key = f"channels.{name}"
        if name not in known:
            yield key, f"a stream of {stream.kind} has: {', '.join(known)}"
            return
        if channel.unit not in UNITS:
            yield f"{key}.unit", f"unknown unit {channel.unit!r} (known: {', '.join(UNITS)})"
        elif UNITS[channel.unit].quantity != known[name]:
            yield f"{key}.unit", f"{channel.unit!r} is no unit of {known[name]}"
        yield from _channel(key, name, channel, options, fields)


def _channel(
    key: str, name: str, channel: Channel, options: Mapping[str, Option], fields: set[str]
) -> Iterator[Complaint]:
    if name in VECTORS and len(channel.fields) != 3:
        yield f"{key}.fields", "x, y and z are needed"
    if not channel.fields:
        yield f"{key}.fields", "there is none"
    for field in channel.fields:
        if field not in fields:
            yield f"{key}.fields", f"no field {field!r} in header or sample"
    for which, number in (("scale", channel.scale), ("range", channel.range)):
        if isinstance(number, ByOption):
            yield from _by_option(f"{key}.{which}", number, options)
            numbers = list(number.values.values())
        else:
            numbers = [] if number is None else [number]
        if any(not math.isfinite(n) or n <= 0 for n in numbers):
            yield f"{key}.{which}", "must be above 0"
    if channel.axes:
        yield from _axes(f"{key}.axes", name, channel.axes)


def _axes(key: str, name: str, axes: tuple[str, ...]) -> Iterator[Complaint]:
    bare = [a.removeprefix("-") for a in axes]
    if name not in VECTORS or sorted(bare) != ["x", "y", "z"]:
        yield key, 'must name x, y and z once each, e.g. ["y", "-x", "z"], for acc, gyr or mag'
    elif _handedness(tuple(bare)) * (-1) ** sum(a.startswith("-") for a in axes) < 0:
        yield key, "left-handed"


def _handedness(axes: tuple[str, ...]) -> int:
    """+1 for an even permutation of x, y, z."""
    even = {p for p in permutations("xyz") if "".join(p) in "xyzxy"}
    return 1 if axes in even else -1


def _by_option(key: str, number: ByOption, options: Mapping[str, Option]) -> Iterator[Complaint]:
    if number.option not in options:
        yield f"{key}.option", f"no option {number.option!r}"
        return
    wanted = {text_of(v) for v in options[number.option].values}
    if not wanted:
        yield f"{key}.option", f"option {number.option!r} has no values to choose from"
    elif wanted != set(number.values):
        missing = ", ".join(sorted(wanted ^ set(number.values)))
        yield f"{key}.values", f"must be those of option {number.option!r} (differs: {missing})"
