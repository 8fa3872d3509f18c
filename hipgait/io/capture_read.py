"""Reading a capture, whole or torn: what was received, and in words what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hipgait.errors import FormatError
from hipgait.io.capture_format import (
    EVENTS_TOPIC,
    FORMAT,
    HEADER_FILE,
    HEADER_TOPIC,
    IMU_PREFIX,
    RAW_PREFIX,
    CaptureHeader,
)
from hipgait.io.capture_scan import Attached, Damage, End, Message, Whole, scan
from hipgait.io.files import require_readable

MAX_SENSORS: Final = 64
"""Raw channels of one capture; seven sensors have about three each."""


@dataclass(frozen=True)
class RawChannel:
    """Notifications of one characteristic, in order.

    arrival_ns : (n,) on the host's monotonic clock.  payloads : n of them.
    lost : known to have been written and no longer there.
    """

    arrival_ns: NDArray[np.int64]
    payloads: list[bytes]
    lost: int = 0


@dataclass(frozen=True)
class Event:
    """Something that happened. arrival_ns : monotonic.  placement : "" where of all sensors."""

    kind: str
    arrival_ns: int
    placement: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Gap:
    """Bytes of the file that could not be read, and the moments between which they lie.

    start_ns, end_ns : monotonic, of the last message before and the first one behind; None where
        there is none.  torn : the file ends there.
    """

    offset: int
    length: int
    start_ns: int | None
    end_ns: int | None
    torn: bool


@dataclass(frozen=True)
class Capture:
    """What a capture holds.

    raw : (placement, characteristic) -> notifications.
    finished : it was closed by its writer, and its end is there.
    missing : one line for each thing that is not there any more; empty for a whole file.
    chunks : where whole chunks begin and end in the file.
    """

    path: Path
    header: CaptureHeader
    raw: Mapping[tuple[str, str], RawChannel]
    events: tuple[Event, ...]
    gaps: tuple[Gap, ...]
    finished: bool
    missing: tuple[str, ...]
    chunks: tuple[tuple[int, int], ...] = ()


def read_capture(path: Path | str) -> Capture:
    """Read a capture, chunk by chunk; a damaged chunk becomes a gap and reading goes on.

    Raises
    ------
    MissingInputError : no such file.
    FormatError : no MCAP file, not a capture of hipgait, or of a later version.
    """
    path = Path(path)
    require_readable(path)
    collected = _Collected()
    for found in scan(path, without=IMU_PREFIX):
        collected.take(found)
    collected.close()
    header = _header(path, collected)
    raw, lost = _raw_channels(collected, header)
    events = _events(collected.events, header)
    gaps = tuple(
        Gap(
            damage.offset,
            damage.length,
            None if before is None else header.to_monotonic(before),
            None if after is None else header.to_monotonic(after),
            damage.torn,
        )
        for damage, before, after in collected.damages
    )
    missing = (*_told(gaps, collected.finished, header), *lost)
    chunks = tuple(collected.chunks)
    return Capture(path, header, raw, events, gaps, collected.finished, missing, chunks)


class _Collected:
    """What a scan gave, sorted."""

    def __init__(self) -> None:
        self.raw: dict[str, list[Message]] = {}
        self.events: list[Message] = []
        self.headers: list[bytes] = []
        self.attached: dict[str, bytes] = {}
        self.damages: list[tuple[Damage, int | None, int | None]] = []
        self.chunks: list[tuple[int, int]] = []
        self.finished = False
        self._latest: int | None = None
        self._open: list[tuple[Damage, int | None]] = []

    def take(self, found: Whole | Attached | Damage | End) -> None:
        """Sort in one thing; damages wait for the chunk behind them."""
        if isinstance(found, Damage):
            self._open.append((found, self._latest))
            self.finished = found.ended
        elif isinstance(found, End):
            self._settle(None)
            self.finished = found.intact
        elif isinstance(found, Attached):
            self.attached[found.name] = found.data
        else:
            self._chunk(found)

    def close(self) -> None:
        """The file has ended."""
        self._settle(None)

    def _settle(self, after: int | None) -> None:
        self.damages += [(damage, before, after) for damage, before in self._open]
        self._open.clear()

    def _chunk(self, chunk: Whole) -> None:
        self.chunks.append((chunk.offset, chunk.end))
        for message in chunk.messages:
            if message.topic.startswith(RAW_PREFIX):
                self.raw.setdefault(message.topic, []).append(message)
            elif message.topic == EVENTS_TOPIC:
                self.events.append(message)
            elif message.topic == HEADER_TOPIC:
                self.headers.append(message.data)
        if chunk.messages:
            self._settle(min(m.log_time for m in chunk.messages))
            self._latest = max(m.log_time for m in chunk.messages)


def _header(path: Path, collected: _Collected) -> CaptureHeader:
    """The first header that can be read: a message, else the attachment."""
    candidates = [*collected.headers, collected.attached.get(HEADER_FILE, b"")]
    for text in filter(None, candidates):
        try:
            header = msgspec.json.decode(text, type=CaptureHeader)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if header.format > FORMAT:
            raise FormatError(
                path, f"a capture of hipgait {header.version}", "Update hipgait to read it"
            )
        return header
    raise FormatError(
        path,
        "no capture of hipgait, or nothing of it is left",
        "Give a file that `hipgait record` wrote",
    )


def _raw_channels(
    collected: _Collected, header: CaptureHeader
) -> tuple[dict[tuple[str, str], RawChannel], list[str]]:
    """Channels in order of their counters, each message once, and what is missing of each."""
    raw: dict[tuple[str, str], RawChannel] = {}
    told: list[str] = []
    for topic, messages in list(collected.raw.items())[:MAX_SENSORS]:
        placement, _, char = topic.removeprefix(RAW_PREFIX).partition("/")
        if placement not in header.sensors:
            told.append(f"{topic[:80]!r} is no channel of a sensor of this capture: left aside")
            continue
        number = np.array([m.sequence for m in messages], dtype=np.int64)
        order, first = np.unique(number, return_index=True)
        lost = int(order[-1]) + 1 - len(order)
        log = np.array([messages[i].log_time for i in first], dtype=np.int64)
        arrival = log - header.anchor.utc_ns + header.anchor.monotonic_ns
        raw[placement, char] = RawChannel(arrival, [messages[i].data for i in first], lost)
        if lost:
            told.append(f"{placement} {char}: {lost} of {order[-1] + 1} notifications are missing")
        if len(order) < len(number):
            told.append(f"{placement} {char}: {len(number) - len(order)} were there twice")
    return raw, told


def _events(messages: list[Message], header: CaptureHeader) -> tuple[Event, ...]:
    out = []
    for message in messages:
        try:
            fields = msgspec.json.decode(message.data, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        kind, placement = fields.pop("kind", ""), fields.pop("placement", "")
        fields.pop("monotonic_ns", None)
        at = header.to_monotonic(message.log_time)
        out.append(Event(str(kind), at, str(placement), fields))
    return tuple(out)


def _told(gaps: tuple[Gap, ...], finished: bool, header: CaptureHeader) -> list[str]:
    """Gaps in words. A gap between chunks that took no message shows only here."""
    told = []
    for gap in gaps:
        where = f"{gap.length} bytes at {gap.offset} cannot be read"
        if gap.torn:
            told.append(f"the file ends in the middle of a chunk ({where}): up to the last flush")
        elif gap.start_ns is None and gap.end_ns is not None:
            told.append(f"{where}: at the beginning, before {_clock(gap.end_ns, header)}")
        elif gap.end_ns is None and gap.start_ns is not None:
            told.append(f"{where}: at the end, after {_clock(gap.start_ns, header)}")
        elif gap.start_ns is not None and gap.end_ns is not None:
            span = f"{_clock(gap.start_ns, header)} to {_clock(gap.end_ns, header)}"
            told.append(f"{where}: within {span}")
        else:
            told.append(where)
    if not finished:
        told.append("the recording was cut off: its end was never written")
    return told


def _clock(monotonic_ns: int, header: CaptureHeader) -> str:
    try:
        at = datetime.fromtimestamp(header.to_utc(monotonic_ns) / 1e9, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{monotonic_ns / 1e9:.1f} s"
    return f"{at:%H:%M:%S}.{at.microsecond // 100_000} UTC"
