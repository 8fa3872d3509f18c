"""How a capture is laid out: MCAP (mcap.dev/spec), every chunk readable by itself.

A chunk begins with the schemas and channels of its messages, so that a damaged chunk takes nothing
along; each channel counts its messages, so that what is missing is known exactly. The header is a
message (guarded by the chunk's CRC) at the start, at every anchor and at the end, and stands for
other programs in attachments. docs/capture-format.md describes the file for other readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hipgait.io.runtable import RunTable

MAGIC: Final = b"\x89MCAP0\r\n"
PROFILE: Final = "hipgait"
"""``profile`` of the MCAP header: how a capture is told from other MCAP files."""
FORMAT: Final = 1
"""Version of what this module describes; it grows only when an old reader would misread."""
HEADER_TOPIC: Final = "/header"
EVENTS_TOPIC: Final = "/events"
RAW_PREFIX: Final = "/raw/"
IMU_PREFIX: Final = "/imu/"
HEADER_FILE: Final = "header.json"
"""Attachment that holds the header."""
RAW_ENCODING: Final = "octets"
JSON: Final = "json"

_XYZ: Final = {
    "type": "object",
    "properties": {axis: {"type": "number"} for axis in "xyz"},
}
SCHEMAS: Final[Mapping[str, Mapping[str, object]]] = {
    "hipgait.Header": {"title": "hipgait.Header", "type": "object"},
    "hipgait.Event": {
        "title": "hipgait.Event",
        "type": "object",
        "properties": {"kind": {"type": "string"}, "placement": {"type": "string"}},
    },
    "hipgait.Imu": {
        "title": "hipgait.Imu",
        "type": "object",
        "description": "acc: specific force, m/s^2; gyr: angular velocity, rad/s; sensor axes",
        "properties": {"acc": _XYZ, "gyr": _XYZ},
    },
}
"""JSON schemas of the channels that viewers draw."""
SCHEMA_IDS: Final = {name: number for number, name in enumerate(SCHEMAS, start=1)}

Value = int | float | str


class Anchor(msgspec.Struct, frozen=True):
    """The same moment on two clocks, ns. utc_ns : since 1970.  monotonic_ns : of the host."""

    utc_ns: int
    monotonic_ns: int


class SensorHeader(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor of a capture.

    address, name : of the device.  profile_id, profile_text : the firmware profile, as TOML.
    options : of the profile, as they were set.
    """

    address: str
    name: str = ""
    profile_id: str
    profile_text: str
    options: dict[str, Value] = {}


class CaptureHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a capture says of itself.

    version : of hipgait.  anchor : start of the recording; all times of the file lie on its line.
    sensors : placement -> sensor.  run : what is known of the run and the athlete.
    """

    version: str
    anchor: Anchor
    sensors: dict[str, SensorHeader]
    run: RunTable = msgspec.field(default_factory=RunTable)
    format: int = FORMAT

    def to_utc(self, monotonic_ns: int) -> int:
        """Log time of a moment on the host's monotonic clock, ns."""
        return self.anchor.utc_ns + (monotonic_ns - self.anchor.monotonic_ns)

    def to_monotonic(self, log_time: int) -> int:
        """The inverse of ``to_utc``."""
        return self.anchor.monotonic_ns + (log_time - self.anchor.utc_ns)
