"""Making a torn capture whole: a copy beside it, with an end, an index and only what fits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mcap.opcode import Opcode

from hipgait.errors import InputError
from hipgait.io.capture import open_new
from hipgait.io.capture_file import ChunkFile, CopiedChunk
from hipgait.io.capture_read import Capture, read_capture
from hipgait.io.capture_scan import CHUNK, MESSAGE, RECORD, Whole, channel_of, scan, unpack
from hipgait.io.writing import write_beside

RECOVERED: Final = ".recovered"
"""Goes between the name of a capture and its ending."""


@dataclass(frozen=True)
class Recovered:
    """What was saved.

    out : the copy; None where the original is whole and no copy was asked for.
    notifications : in the copy.  missing : in words, as ``Capture.missing``.
    """

    out: Path | None
    notifications: int
    missing: tuple[str, ...]


def recover(path: Path | str, out: Path | str | None = None) -> Recovered:
    """Copy everything of a capture that can be read into a file that every MCAP reader opens.

    Nothing is added and the original is not touched. A whole file is copied only where ``out`` is
    given.

    Raises
    ------
    MissingInputError : no such file.  FormatError : nothing of a capture in it.
    InputError : ``out`` exists already or cannot be written.
    """
    path = Path(path)
    capture = read_capture(path)
    count = sum(len(channel.payloads) for channel in capture.raw.values())
    if not capture.missing and out is None:
        return Recovered(None, count, ())
    target = (
        Path(out) if out is not None else path.with_name(f"{path.stem}{RECOVERED}{path.suffix}")
    )
    if target.exists():
        raise InputError(f"{target}: exists already", "Give another name with --out")
    with write_beside(target) as beside:
        _copy(path, capture, beside)
    return Recovered(target, count, capture.missing)


def _copy(path: Path, capture: Capture, beside: Path) -> None:
    """Chunks as they are, where they can stand by themselves; else message by message."""
    for fill in (_as_they_are, _anew):
        out = open_new(beside)
        try:
            file = ChunkFile(out)
            file.start(capture.header)
            if not fill(path, capture, file):
                beside.unlink()
                continue
            missing = {f"missing_{i + 1}": line for i, line in enumerate(capture.missing)}
            file.metadata("recovered", {"from": path.name, **missing})
            file.finish()
            return
        finally:
            out.close()


def _as_they_are(path: Path, capture: Capture, file: ChunkFile) -> bool:
    """Copy whole chunks; False where one needs another one to be understood."""
    seen: set[frozenset[tuple[str, int]]] = set()
    with path.open("rb") as original:
        for begin, end in capture.chunks:
            original.seek(begin)
            chunk = _copied(original.read(end - begin))
            if chunk is None:
                return False
            first = frozenset(chunk.first.items())
            if first and first not in seen and not file.copy_chunk(chunk):
                return False
            seen.add(first)
    return True


def _anew(path: Path, _capture: Capture, file: ChunkFile) -> bool:
    """Copy message by message."""
    seen: set[frozenset[tuple[str, int]]] = set()
    for found in scan(path):
        if not isinstance(found, Whole):
            continue
        first = frozenset({m.topic: m.sequence for m in reversed(found.messages)}.items())
        if first in seen:
            continue  # a chunk that is in the file twice
        seen.add(first)
        for m in found.messages:
            file.add(m.topic, m.log_time, m.data, m.sequence)
        file.end_chunk()
    return True


def _copied(record: bytes) -> CopiedChunk | None:
    """What a copy needs to know of a chunk that ``scan`` found whole.

    None where it does not declare its own channels, as those of other writers may.
    """
    *_, size, _, name = CHUNK.unpack_from(record, 9)
    begin = 9 + CHUNK.size
    kind, packed = record[begin : begin + name], record[begin + name + 8 :]
    plain = unpack(kind, packed, size) or b""
    topics: dict[int, str] = {}
    index: dict[int, list[int]] = {}
    first: dict[str, int] = {}
    at = 0
    while at < len(plain):
        opcode, length = RECORD.unpack_from(plain, at)
        if opcode == Opcode.MESSAGE:
            number, sequence, log_time, _ = MESSAGE.unpack_from(plain, at + 9)
            entries = index.get(number)
            if entries is None:
                entries = index[number] = []
                if number not in topics:
                    return None
                first[topics[number]] = sequence
            entries.extend((log_time, at))
        elif opcode == Opcode.CHANNEL:
            channel = channel_of(plain[at + 9 : at + 9 + length])
            if channel is not None:
                topics[channel[0]] = channel[1]
        at += 9 + length
    return CopiedChunk(record, topics, index, first, kind.decode(), len(packed), size)
