"""An MCAP file, written chunk by chunk: what ``capture_format`` describes, as bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import msgspec
import zstandard
from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Attachment,
    AttachmentIndex,
    Channel,
    Chunk,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    Metadata,
    MetadataIndex,
    Schema,
    Statistics,
    SummaryOffset,
)

from hipgait.io.capture_format import (
    HEADER_FILE,
    HEADER_TOPIC,
    IMU_PREFIX,
    JSON,
    MAGIC,
    PROFILE,
    RAW_ENCODING,
    RAW_PREFIX,
    SCHEMA_IDS,
    SCHEMAS,
    CaptureHeader,
)

_MESSAGE: Final = struct.Struct("<BQHIQQ")


class _Message(NamedTuple):
    channel_id: int
    sequence: int
    log_time: int
    data: bytes

    def packed(self) -> bytes:
        """As MCAP has it (mcap.records.Message writes field by field, which costs three times)."""
        number, sequence, at, data = self
        return _MESSAGE.pack(Opcode.MESSAGE, 22 + len(data), number, sequence, at, at) + data


class Output(Protocol):
    """What a capture is written to; ``write`` may take only a part, as unbuffered files do."""

    def write(self, data: bytes | memoryview, /) -> int | None:
        """Write; returns how many bytes were taken."""

    def fileno(self) -> int:
        """Descriptor, for fsync."""

    def close(self) -> None:
        """Close."""


@dataclass(frozen=True)
class CopiedChunk:
    """A chunk that was found whole in another file.

    record : as it lies there.  topics : channel -> topic.
    index : channel -> time and offset of each message, one after the other.
    first : topic -> number of its first message.
    """

    record: bytes
    topics: Mapping[int, str]
    index: Mapping[int, list[int]]
    first: Mapping[str, int]
    compression: str
    packed_size: int
    plain_size: int


@dataclass
class _ChunkIndexes:
    """Where the chunks are, for the summary; as bytes, a tenth of what objects would take: a
    recording of hours has ten thousands.
    """

    packed: bytearray = field(default_factory=bytearray)
    count: int = 0
    start_time: int = 0
    end_time: int = 0

    def add(self, chunk: ChunkIndex) -> None:
        builder = RecordBuilder()
        chunk.write(builder)
        self.packed += _bytes(builder)
        first = chunk.message_start_time
        self.start_time = min(self.start_time, first) if self.count else first
        self.end_time = max(self.end_time, chunk.message_end_time)
        self.count += 1

    def write(self, builder: RecordBuilder) -> None:
        builder.write(bytes(self.packed))


@dataclass
class ChunkFile:
    """An MCAP file, written chunk by chunk. Bytes reach ``out`` only in whole records."""

    out: Output
    position: int = 0
    _channels: dict[str, Channel] = field(default_factory=dict)
    _pending: list[_Message] = field(default_factory=list)
    _chunks: _ChunkIndexes = field(default_factory=lambda: _ChunkIndexes())
    _attachments: list[AttachmentIndex] = field(default_factory=list)
    _metadata: list[MetadataIndex] = field(default_factory=list)
    _counts: dict[int, int] = field(default_factory=dict)

    def start(self, header: CaptureHeader) -> None:
        """Magic, metadata, attachments and a first chunk that holds the header."""
        first = RecordBuilder()
        Header(PROFILE, f"hipgait/{header.version}").write(first)
        self._write(MAGIC + _bytes(first))
        self.metadata(
            PROFILE,
            {
                "format": str(header.format),
                "version": header.version,
                "utc_anchor_ns": str(header.anchor.utc_ns),
                "monotonic_anchor_ns": str(header.anchor.monotonic_ns),
                "sensors": ",".join(header.sensors),
            },
        )
        self.attach(HEADER_FILE, "application/json", msgspec.json.encode(header), header)
        for placement, sensor in header.sensors.items():
            text = sensor.profile_text.encode()
            self.attach(f"profiles/{placement}.toml", "application/toml", text, header)

    def metadata(self, name: str, values: dict[str, str]) -> None:
        """A metadata record, for people who look with other tools."""
        builder = RecordBuilder()
        Metadata(name, values).write(builder)
        data = _bytes(builder)
        self._metadata.append(MetadataIndex(self.position, len(data), name))
        self._write(data)

    def attach(self, name: str, media_type: str, data: bytes, header: CaptureHeader) -> None:
        """An attachment: a file inside the file."""
        at = header.anchor.utc_ns
        builder = RecordBuilder()
        Attachment(at, at, name, media_type, data).write(builder)
        record = _bytes(builder)
        index = AttachmentIndex(self.position, len(record), at, at, len(data), name, media_type)
        self._attachments.append(index)
        self._write(record)

    def add(self, topic: str, log_time: int, data: bytes, sequence: int | None = None) -> None:
        """Put a message into the chunk in progress.

        sequence : its number in its channel; None counts on.
        """
        channel = self._channels.get(topic)
        if channel is None:
            channel = self._channels[topic] = _channel(len(self._channels) + 1, topic)
        count = self._counts.get(channel.id, 0)
        number = count if sequence is None else sequence
        self._counts[channel.id] = count + 1
        self._pending.append(_Message(channel.id, number & 0xFFFFFFFF, log_time, data))

    def end_chunk(self) -> None:
        """Write the chunk in progress and its index; nothing where it is empty."""
        if not self._pending:
            return
        messages, self._pending = self._pending, []
        used = {message.channel_id for message in messages}
        channels = [channel for channel in self._channels.values() if channel.id in used]
        builder = RecordBuilder()
        _declare(channels, builder)
        index: dict[int, list[int]] = {}
        for message in messages:
            index.setdefault(message.channel_id, []).extend((message.log_time, builder.count))
            builder.write(message.packed())
        plain = _bytes(builder)
        packed = zstandard.compress(plain)
        times = [message.log_time for message in messages]
        Chunk("zstd", packed, max(times), min(times), zlib.crc32(plain), len(plain)).write(builder)
        self._put(_bytes(builder), index, "zstd", len(packed), len(plain))

    def copy_chunk(self, copied: CopiedChunk) -> bool:
        """Take a chunk of another file as it is; False where its channels are numbered otherwise.

        Nothing may be waiting in the chunk in progress.
        """
        mine = {topic: channel.id for topic, channel in self._channels.items()}
        new = {t: n for n, t in copied.topics.items() if n in copied.index and mine.get(t) != n}
        twice = len(set(copied.topics.values())) < len(copied.topics)
        if twice or set(new) & set(mine) or set(new.values()) & set(mine.values()):
            return False
        self._channels |= {topic: _channel(number, topic) for topic, number in new.items()}
        for number, entries in copied.index.items():
            self._counts[number] = self._counts.get(number, 0) + len(entries) // 2
        self._put(
            copied.record, copied.index, copied.compression, copied.packed_size, copied.plain_size
        )
        return True

    def _put(
        self,
        record: bytes,
        index: Mapping[int, list[int]],
        compression: str,
        packed_size: int,
        plain_size: int,
    ) -> None:
        """Write a chunk and its index. index : channel -> time and offset of each message."""
        offsets, data = {}, [record]
        at = self.position + len(record)
        for number, entries in index.items():
            offsets[number] = at
            # mcap.records.MessageIndex writes number by number, which costs ten times
            size = 8 * len(entries)
            head = struct.pack("<BQHI", Opcode.MESSAGE_INDEX, 6 + size, number, size)
            data.append(head + struct.pack(f"<{len(entries)}Q", *entries))
            at += len(data[-1])
        chunk = ChunkIndex(
            chunk_length=len(record),
            chunk_start_offset=self.position,
            compression=compression,
            compressed_size=packed_size,
            message_end_time=max(max(entries[::2]) for entries in index.values()),
            message_index_length=at - self.position - len(record),
            message_index_offsets=offsets,
            message_start_time=min(min(entries[::2]) for entries in index.values()),
            uncompressed_size=plain_size,
        )
        self._write(b"".join(data))
        self._chunks.add(chunk)

    def finish(self) -> None:
        """Write the summary that lets viewers jump, and the end."""
        self.end_chunk()
        builder = RecordBuilder()
        DataEnd(0).write(builder)
        start = self.position + builder.count
        head, summary = _bytes(builder), self._summary(start)
        _write_footer(builder, start, summary)
        self._write(head + summary[0] + _bytes(builder) + MAGIC)

    def _summary(self, start: int) -> tuple[bytes, int]:
        """Summary section and where its offsets begin in the file."""
        builder = RecordBuilder()
        offsets: list[SummaryOffset] = []

        def group(opcode: Opcode, begin: int) -> None:
            if builder.count > begin:
                offsets.append(SummaryOffset(opcode, start + begin, builder.count - begin))

        channels = list(self._channels.values())
        for opcode, records in (
            (Opcode.SCHEMA, _schemas(channels)),
            (Opcode.CHANNEL, channels),
            (Opcode.STATISTICS, [self._statistics(channels)]),
            (Opcode.CHUNK_INDEX, [self._chunks]),
            (Opcode.ATTACHMENT_INDEX, self._attachments),
            (Opcode.METADATA_INDEX, self._metadata),
        ):
            begin = builder.count
            for record in records:
                record.write(builder)
            group(opcode, begin)
        at = start + builder.count
        for offset in offsets:
            offset.write(builder)
        return _bytes(builder), at

    def _statistics(self, channels: list[Channel]) -> Statistics:
        return Statistics(
            attachment_count=len(self._attachments),
            channel_count=len(channels),
            channel_message_counts=dict(self._counts),
            chunk_count=self._chunks.count,
            message_count=sum(self._counts.values()),
            message_end_time=self._chunks.end_time,
            message_start_time=self._chunks.start_time,
            metadata_count=len(self._metadata),
            schema_count=len(_schemas(channels)),
        )

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            taken = self.out.write(view)
            view = view[len(view) if taken is None else taken :]
        self.position += len(data)


def _channel(number: int, topic: str) -> Channel:
    if topic.startswith(RAW_PREFIX):
        return Channel(number, topic, RAW_ENCODING, {}, 0)
    if topic.startswith(IMU_PREFIX):
        name = "hipgait.Imu"
    else:
        name = "hipgait.Header" if topic == HEADER_TOPIC else "hipgait.Event"
    return Channel(number, topic, JSON, {}, SCHEMA_IDS[name])


def _schemas(channels: list[Channel]) -> list[Schema]:
    used = {channel.schema_id for channel in channels}
    return [
        Schema(SCHEMA_IDS[name], msgspec.json.encode(schema), "jsonschema", name)
        for name, schema in SCHEMAS.items()
        if SCHEMA_IDS[name] in used
    ]


def _declare(channels: list[Channel], builder: RecordBuilder) -> None:
    for record in (*_schemas(channels), *channels):
        record.write(builder)


def _write_footer(builder: RecordBuilder, start: int, summary: tuple[bytes, int]) -> None:
    """The CRC covers the summary and the footer up to the CRC itself (mcap.dev/spec)."""
    data, offsets_at = summary
    crc = zlib.crc32(struct.pack("<BQQQ", Opcode.FOOTER, 20, start, offsets_at), zlib.crc32(data))
    Footer(start, offsets_at, crc).write(builder)


def _bytes(builder: RecordBuilder) -> bytes:
    """What was built; the builder is empty then."""
    return bytes(builder.end())
