"""Profiles: what one sensor firmware speaks, as a TOML file.

A profile is data: it names characteristics, the bytes to write, and how a notification is laid out.
It cannot run code. How to write one: docs/profiles.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

Value = int | float | str
"""What an option can be set to."""

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,47}$")]
Uuid = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
Bits = Literal[8, 16, 24, 32, 64]
Positive = Annotated[float, msgspec.Meta(gt=0)]

GAIT_HZ: Final = 50.0
"""Slower streams of motion tell nothing of running."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a profile: a key that it does not know is an error."""


class Match(Part, frozen=True, kw_only=True):
    """What an advertisement shows. Any one of them is enough.

    names : beginnings of the local name.
    services : advertised UUIDs.
    companies : numbers of the Bluetooth SIG.
    """

    names: tuple[str, ...] = ()
    services: tuple[Uuid, ...] = ()
    companies: tuple[Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)], ...] = ()


class Radio(Part, frozen=True, kw_only=True):
    """mtu_min : a smaller one would cut notifications.  interval_ms : longest that keeps up."""

    mtu_min: Annotated[int, msgspec.Meta(ge=23, le=517)] = 23
    write_response: bool = True
    interval_ms: Positive | None = None


class Option(Part, frozen=True, kw_only=True):
    """Something a user can set. ``values`` or ``min`` and ``max`` bound it.

    codes : tables of bytes that commands need: name -> value (as text) -> hex; see ``Step.data``.
    """

    help: str
    default: Value
    unit: str = ""
    values: tuple[Value, ...] = ()
    min: float | None = None
    max: float | None = None
    codes: Mapping[Name, Mapping[str, str]] = {}


class Step(Part, frozen=True, kw_only=True):
    """One thing to do with a characteristic.

    data : what to write, words separated by blanks: ``10`` a byte in hex; ``00*23`` 23 of them;
        ``'/Meas/IMU6/'`` text; ``{rate_hz:u16}`` an option as u8, u16, u32, f32, text, or by one
        of its tables of ``codes``. Text and options may touch: ``'/Meas/IMU6/'{rate_hz:text}``.
    expect : a reply must start so, in hex, ``??`` for any byte; it comes by notification on
        ``reply`` (default: the same characteristic) within ``timeout_s``; for ``read`` it is
        compared with what was read.
    optional : go on where it fails.
    """

    do: Literal["write", "subscribe", "unsubscribe", "read", "wait"]
    char: str = ""
    data: str = ""
    expect: str = ""
    reply: str = ""
    timeout_s: Positive = 3.0
    wait_s: Annotated[float, msgspec.Meta(ge=0, le=30)] = 0.0
    optional: bool = False


class Timestamp(Part, frozen=True, kw_only=True):
    """Device time in each packet. field : of the header; of : which of its samples it stamps."""

    field: Name
    tick_hz: Positive
    bits: Bits
    of: Literal["first", "last"] = "last"


class Sequence(Part, frozen=True, kw_only=True):
    """A counter of packets. step : by how much it grows from packet to packet."""

    field: Name
    bits: Bits
    step: Annotated[int, msgspec.Meta(ge=1)] = 1


class ByOption(Part, frozen=True, kw_only=True):
    """A number that depends on an option. values : value of the option (as text) -> number."""

    option: Name
    values: Mapping[str, float]


class Channel(Part, frozen=True, kw_only=True):
    """One quantity of a stream.

    fields : of the sample or the header, in order x, y, z.
    scale : value = scale * raw, in ``unit``.
    range : full scale, in ``unit``.
    axes : which sensor axes make right-handed x, y, z, e.g. ["y", "-x", "z"].
    """

    fields: tuple[Name, ...]
    unit: str
    scale: float | ByOption = 1.0
    range: Positive | ByOption | None = None
    axes: tuple[str, ...] = ()


class Stream(Part, frozen=True, kw_only=True):
    """Notifications of one characteristic that carry one kind of thing.

    kind : "motion" for acc, gyr and mag; "heart_rate", "speed", "battery" for covariates.
    prefix : packets that start otherwise belong to another stream (hex, ``??`` any byte).
    length : exact length of a packet in bytes, prefix included; absent: whatever the samples take.
    trailing : packets may end anywhere between their last sample and ``length``; what stands there
        is not read.
    header, sample : fields in order, ``"name:type"`` with u8 i8 u16 i16 u24 i24 u32 i32 u64 f32 f64
        or ``"padN"``; the header starts behind the prefix; little-endian.
    samples : how many samples a packet holds: a number, one by option, the name of a header field,
        or "fill".
    rate_hz : a number or the name of an option.
    sync_bytes : packets are cut from a stream of bytes at these (hex); they count as the prefix.
    decoder : where a layout cannot say it; what it wants of the other keys: docs/profiles.md.
    reply : a characteristic whose notifications the decoder must see as well (Polar: the answer
        to the start command carries the scale).
    """

    id: Name
    kind: Literal["motion", "heart_rate", "speed", "battery"] = "motion"
    char: Name
    prefix: str = ""
    length: Annotated[int, msgspec.Meta(ge=1, le=512)] | None = None
    trailing: bool = False
    header: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    samples: Annotated[int, msgspec.Meta(ge=1, le=255)] | str | ByOption = 1
    rate_hz: Positive | str
    sync_bytes: str = ""
    decoder: Literal["", "movesense", "polar_pmd", "heart_rate", "speed_cadence"] = ""
    reply: str = ""
    timestamp: Timestamp | None = None
    sequence: Sequence | None = None
    channels: Mapping[Name, Channel] = {}


class Vector(Part, frozen=True, kw_only=True):
    """Bytes worked out by hand from the source, and what they mean in SI units.

    packets : notifications, hex.  replies : notifications of the stream's ``reply`` before them.
    values : channel -> rows, SI; a number that is absent is nan.
    ticks, sequence : device time and counter of each packet, as sent.
    """

    stream: Name
    source: str
    packets: tuple[str, ...]
    replies: tuple[str, ...] = ()
    options: Mapping[str, Value] = {}
    values: Mapping[str, tuple[tuple[float, ...], ...]]
    ticks: tuple[int, ...] = ()
    sequence: tuple[int, ...] = ()


class Profile(Part, frozen=True, kw_only=True):
    """One firmware. What each field says: docs/profiles.md."""

    format: Annotated[int, msgspec.Meta(ge=1, le=1)]
    id: Id
    name: str
    firmware: str
    source: tuple[str, ...]
    tried_on_hardware: bool
    clock: Literal["device", "host", "none"]
    known_faults: tuple[str, ...] = ()
    match: Match = Match()
    link: Radio = Radio()
    options: Mapping[Name, Option] = {}
    chars: Mapping[Name, Uuid]
    configure: tuple[Step, ...] = ()
    start: tuple[Step, ...] = ()
    stop: tuple[Step, ...] = ()
    teardown: tuple[Step, ...] = ()
    stream: tuple[Stream, ...]
    vector: tuple[Vector, ...] = ()
