"""Finding what is whole in a capture that may be torn, damaged or hostile.

A record is stepped over only if its inside fits its length; a chunk only if its CRC fits too.
Anything else is damage, and the search goes on at the next byte for the next chunk that fits: a
length that was hit takes nothing along but its own record.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import lz4.frame
import zstandard
from mcap.opcode import Opcode

from hipgait.errors import FormatError
from hipgait.io.capture_format import MAGIC
from hipgait.io.files import FREE_BYTES, MAX_RATIO

MAX_FILE: Final = 4 * 1024**3
"""Largest capture that is read, bytes (an hour of seven sensors is 0.3 GB)."""
MAX_UNPACKED: Final = 2 * MAX_FILE
"""All chunks of a capture together hold at most this, bytes (ours shrink by a third)."""
MAX_CHUNK: Final = 64 * 1024**2
"""Largest chunk that is unpacked, bytes: ours hold half a second, other writers' 1-4 MiB."""
MAX_CANDIDATES: Final = 100_000
MAX_MISFITS: Final = 1_000
"""After so many places that might begin a chunk, and so many that look like one and are none, the
rest is given up: the file was made to keep the search busy (between honest chunks there
are a few)."""

RECORD: Final = struct.Struct("<BQ")
CHUNK: Final = struct.Struct("<QQQII")
MESSAGE: Final = struct.Struct("<HIQQ")
_CANDIDATE: Final = re.compile(rb"\x06(?=.{4}\x00{4})", re.DOTALL)
_MAX_TIME: Final = 2**63 - 1


class Message(NamedTuple):
    """One message of a chunk. log_time : ns since 1970."""

    topic: str
    log_time: int
    sequence: int
    data: bytes


@dataclass(frozen=True)
class Whole:
    """A chunk whose CRC fits, with its messages."""

    offset: int
    end: int
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Attached:
    """An attachment whose CRC fits."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Damage:
    """Bytes that could not be read.

    torn : the file ends in the middle of them.  ended : they reach to an end that is there.
    """

    offset: int
    length: int
    torn: bool = False
    ended: bool = False


@dataclass(frozen=True)
class End:
    """The data section was closed by its writer. intact : summary and last bytes are there too."""

    intact: bool


Found = Whole | Attached | Damage | End


def scan(path: Path, without: str = "") -> Iterator[Found]:
    """What is whole in a file, in order.

    without : messages of topics that begin so are checked and left out.

    Raises
    ------
    FormatError : not an MCAP file, or too large.
    """
    size = path.stat().st_size
    if size > MAX_FILE:
        raise FormatError(path, f"{size / 1e9:.1f} GB are no capture", "Give the recording")
    data = path.read_bytes()
    if not _is_mcap(data):
        raise FormatError(path, "not an MCAP file", "Give a capture that hipgait recorded")
    yield from _Scanner(data, without).run()


def _is_mcap(data: bytes) -> bool:
    """A single damaged bit in the magic does not hide a capture."""
    bits = sum((a ^ b).bit_count() for a, b in zip(data[: len(MAGIC)], MAGIC, strict=False))
    return len(data) >= len(MAGIC) and bits <= 1


class _Scanner:
    def __init__(self, data: bytes, without: str) -> None:
        self._data = data
        self._without = without
        self._budget = max(FREE_BYTES, min(MAX_UNPACKED, int(MAX_RATIO * len(data))))
        self._misfits = 0
        self._candidates = 0
        self._channels: dict[int, str] = {}
        self._left_out: set[int] = set()

    def run(self) -> Iterator[Found]:
        at, size = len(MAGIC), len(self._data)
        while at < size:
            found, after = self._record(at)
            if after is None:
                chunk = self._search(at + 1)
                if chunk is None:
                    ended = self._is_end(size)
                    yield Damage(at, size - at, not ended, ended)
                    return
                yield Damage(at, chunk - at)
                at = chunk
                continue
            if found is not None:
                yield found
            if isinstance(found, End):
                return
            at = after

    def _record(self, at: int) -> tuple[Found | None, int | None]:
        """What lies at an offset, and where the next record begins; None where nothing fits."""
        data = self._data
        if at + 9 > len(data):
            return None, None
        opcode, length = RECORD.unpack_from(data, at)
        begin, end = at + 9, at + 9 + length
        if end > len(data):
            return None, None
        body = memoryview(data)[begin:end]
        found: Found | None = None
        if opcode == Opcode.CHUNK:
            found = self._chunk(at)
        elif opcode == Opcode.ATTACHMENT:
            found = _attachment(body)
        elif opcode == Opcode.DATA_END and length == 4:
            found = End(self._is_end(len(data)))
        elif _fits(opcode, body):
            return None, end
        return found, None if found is None else end

    def _is_end(self, size: int) -> bool:
        """The file closes with a footer of the right length and the magic."""
        at = size - len(MAGIC) - 29
        return (
            at > 0
            and self._data[-len(MAGIC) :] == MAGIC
            and RECORD.unpack_from(self._data, at) == (Opcode.FOOTER, 20)
        )

    def _search(self, at: int) -> int | None:
        """Start of the next chunk that is whole at or behind an offset."""
        for match in _CANDIDATE.finditer(self._data, at):
            self._candidates += 1
            if self._candidates > MAX_CANDIDATES or self._misfits > MAX_MISFITS:
                break
            if self._looks_like_chunk(match.start()):
                if self._unpacked(match.start()) is not None:
                    return match.start()
                self._misfits += 1
        return None

    def _looks_like_chunk(self, at: int) -> bool:
        """Lengths inside fit the length outside, and the sizes are allowed."""
        data = self._data
        if at + 9 + CHUNK.size > len(data):
            return False
        length = RECORD.unpack_from(data, at)[1]
        *_, unpacked, _, name = CHUNK.unpack_from(data, at + 9)
        packed_at = at + 9 + CHUNK.size + name + 8
        if name > 8 or packed_at > len(data) or at + 9 + length > len(data):
            return False
        packed = int.from_bytes(data[packed_at - 8 : packed_at], "little")
        return bool(packed_at + packed == at + 9 + length and 0 < unpacked <= MAX_CHUNK)

    def _unpacked(self, at: int) -> bytes | None:
        """Content of the chunk at an offset, or None where its CRC (or anything) does not fit."""
        length = RECORD.unpack_from(self._data, at)[1]
        _, _, size, crc, name = CHUNK.unpack_from(self._data, at + 9)
        begin = at + 9 + CHUNK.size
        kind = self._data[begin : begin + name]
        packed = self._data[begin + name + 8 : at + 9 + length]
        if size > self._budget:
            return None
        plain = unpack(kind, packed, size)
        if plain is None or len(plain) != size or zlib.crc32(plain) != crc:
            return None
        return plain

    def _chunk(self, at: int) -> Whole | None:
        if not self._looks_like_chunk(at):
            return None
        plain = self._unpacked(at)
        if plain is None:
            return None
        self._budget -= len(plain)
        messages = self._messages(plain)
        end = at + 9 + RECORD.unpack_from(self._data, at)[1]
        return None if messages is None else Whole(at, end, messages)

    def _messages(self, plain: bytes) -> tuple[Message, ...] | None:
        """Messages of a chunk; None where its inside does not fit."""
        messages: list[Message] = []
        at = 0
        while at < len(plain):
            if at + 9 > len(plain):
                return None
            opcode, length = RECORD.unpack_from(plain, at)
            begin, at = at + 9, at + 9 + length
            if at > len(plain):
                return None
            if opcode == Opcode.CHANNEL:
                channel = channel_of(plain[begin:at])
                if channel is None:
                    return None
                self._channels[channel[0]] = channel[1]
                if self._without and channel[1].startswith(self._without):
                    self._left_out.add(channel[0])
            elif opcode == Opcode.MESSAGE:
                if length < MESSAGE.size:
                    return None
                number, sequence, log_time, _ = MESSAGE.unpack_from(plain, begin)
                if number in self._left_out:
                    continue
                topic = self._channels.get(number)
                if topic is None or log_time > _MAX_TIME:
                    return None
                data = plain[begin + MESSAGE.size : at]
                messages.append(Message(topic, log_time, sequence, data))
            elif opcode != Opcode.SCHEMA:
                return None
        return tuple(messages)


def unpack(kind: bytes, packed: bytes, size: int) -> bytes | None:
    """At most ``size`` bytes of a chunk; None where they are more or not readable."""
    try:
        if kind == b"zstd":
            if zstandard.frame_content_size(packed) not in (-1, size):
                return None
            return zstandard.ZstdDecompressor().decompress(packed, max_output_size=size)
        if kind == b"lz4":
            unpacker = lz4.frame.LZ4FrameDecompressor()
            return bytes(unpacker.decompress(packed, max_length=size + 1))
    except (zstandard.ZstdError, RuntimeError, EOFError, MemoryError):
        return None
    return packed if kind == b"" else None


def _attachment(body: memoryview) -> Attached | None:
    if len(body) < 4 or zlib.crc32(body[:-4]) != int.from_bytes(body[-4:], "little"):
        return None
    try:
        name, at = _text(body, 16)
        _, at = _text(body, at)
    except ValueError:
        return None
    if at + 8 + int.from_bytes(body[at : at + 8], "little") + 4 != len(body):
        return None
    return Attached(name, bytes(body[at + 8 : -4]))


def channel_of(body: bytes) -> tuple[int, str] | None:
    """Number and topic that a channel record declares."""
    if len(body) < 4:
        return None
    try:
        topic, _ = _text(memoryview(body), 4)
    except ValueError:
        return None
    return int.from_bytes(body[:2], "little"), topic


def _text(body: memoryview, at: int) -> tuple[str, int]:
    """A string with its length before it, and where it ends."""
    begin = at + 4
    end = begin + int.from_bytes(body[at:begin], "little")
    if begin > len(body) or end > len(body):
        raise ValueError("a string that is longer than its record")
    return str(body[begin:end], "utf-8"), end


def _fits(opcode: int, body: memoryview) -> bool:
    """Whether the inside of a record without CRC fits its length."""
    try:
        if opcode == Opcode.MESSAGE_INDEX:
            return len(body) >= 6 and int.from_bytes(body[2:6], "little") == len(body) - 6
        if opcode == Opcode.HEADER:
            return _text(body, _text(body, 0)[1])[1] == len(body)
        if opcode == Opcode.METADATA:
            at = _text(body, 0)[1]
            return at + 4 + int.from_bytes(body[at : at + 4], "little") == len(body)
        if opcode == Opcode.SCHEMA:
            at = _text(body, _text(body, 2)[1])[1]
            return at + 4 + int.from_bytes(body[at : at + 4], "little") == len(body)
        if opcode == Opcode.CHANNEL:
            at = _text(body, _text(body, 4)[1])[1]
            return at + 4 + int.from_bytes(body[at : at + 4], "little") == len(body)
    except ValueError:
        return False
    return False
