"""Readers of one stream: what takes notifications apart before anything is scaled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.layout import Layout, column, widened
from hipgait.ble.pattern import parse_pattern
from hipgait.ble.profile import Stream, Value


@dataclass(frozen=True)
class Fault:
    """A notification, or a part of it, that could not be read. packet : its index in the call."""

    packet: int
    what: str


@dataclass(frozen=True)
class Block:
    """Packets of one stream, raw.

    notification : (p,) index of the notification that completed each packet.
    tick, sequence : (p,) or None.
    count : (p,) samples in each.
    columns : field -> (sum(count),) raw numbers.
    gain : (sum(count),) SI per raw number where the packet itself says it, or None.
    """

    notification: NDArray[np.int64]
    tick: NDArray[np.uint64] | None
    sequence: NDArray[np.int64] | None
    count: NDArray[np.int64]
    columns: Mapping[str, NDArray[np.float64]]
    gain: NDArray[np.float64] | None = None


Found = tuple[Block | None, list[Fault]]


class Reader(Protocol):
    """Takes the notifications of one stream apart."""

    def takes(self, data: bytes) -> bool:
        """Whether a notification belongs to this stream."""

    def feed(self, payloads: Sequence[bytes]) -> Found:
        """Read notifications in order; indices count them."""

    def learn(self, payloads: Sequence[bytes]) -> None:
        """See notifications of the stream's ``reply``."""

    def reset(self) -> None:
        """Forget halves."""


class LayoutReader:
    """Packets that are notifications, laid out as the profile says."""

    def __init__(self, stream: Stream, options: Mapping[str, Value]) -> None:
        self.layout = Layout(stream, options)
        self._stream = stream
        self._prefix = parse_pattern(stream.prefix)

    def takes(self, data: bytes) -> bool:
        """Whether it begins with the prefix."""
        return self._prefix.starts(data)

    def learn(self, payloads: Sequence[bytes]) -> None:
        """Nothing to learn."""

    def reset(self) -> None:
        """No halves."""

    def feed(self, payloads: Sequence[bytes]) -> Found:
        """Read packets, those of equal length together."""
        faults: list[Fault] = []
        parts = [self._part(array, index) for array, index in self._groups(payloads, faults)]
        return merge(parts), sorted(faults, key=lambda fault: fault.packet)

    def _groups(
        self, payloads: Sequence[bytes], faults: list[Fault]
    ) -> Iterator[tuple[NDArray[np.void], NDArray[np.int64]]]:
        """Structured packets of one length and count each, with their indices."""
        layout = self.layout
        sizes = np.fromiter(map(len, payloads), np.int64, len(payloads))
        for size, index in _alike(sizes):
            why = layout.why_not(size)
            if why:
                faults.extend(Fault(i, why) for i in index.tolist())
                continue
            chosen = (
                payloads if len(index) == len(payloads) else [payloads[i] for i in index.tolist()]
            )
            joined = b"".join(chosen)
            count = layout.count_in(size)
            if count is None:
                yield from self._counted(joined, size, index, faults)
            else:
                tail = size - layout.head_size - count * layout.sample_size
                yield np.frombuffer(joined, layout.dtype(count, tail)), index

    def _counted(
        self, joined: bytes, size: int, index: NDArray[np.int64], faults: list[Fault]
    ) -> Iterator[tuple[NDArray[np.void], NDArray[np.int64]]]:
        """Packets of one length that say themselves how many samples they hold."""
        layout = self.layout
        assert layout.count_field is not None
        said = column(layout.head(joined, size), layout.types[layout.count_field])
        rows = np.frombuffer(joined, f"V{size}")
        for count, which in _alike(said):
            tail = size - layout.head_size - count * layout.sample_size
            if count < 1 or tail < 0 or (tail and not layout.trailing):
                what = f"says {count} samples, {size} bytes are not as many"
                faults.extend(Fault(i, what) for i in index[which].tolist())
            else:
                packed = rows[which].tobytes()
                yield np.frombuffer(packed, layout.dtype(count, tail)), index[which]

    def _part(self, array: NDArray[np.void], index: NDArray[np.int64]) -> Block:
        samples = array["_samples"]
        count = samples.shape[1]
        columns = {
            f.name: widened(column(samples, f)).ravel() for f in self.layout.sample if f.name
        }
        used = {name for c in self._stream.channels.values() for name in c.fields}
        for f in self.layout.header:
            if f.name in used:
                columns[f.name] = np.repeat(widened(column(array, f)), count)
        stamp, sequence = self._stream.timestamp, self._stream.sequence
        return Block(
            notification=index,
            tick=None if stamp is None else self._counter(array, stamp.field, np.uint64),
            sequence=None if sequence is None else self._counter(array, sequence.field, np.int64),
            count=np.full(len(array), count, np.int64),
            columns=columns,
        )

    def _counter(self, array: NDArray[np.void], name: str, dtype: type[Any]) -> NDArray[Any]:
        return column(array, self.layout.types[name]).astype(dtype)


class SyncReader(LayoutReader):
    """Packets cut from a stream of bytes: each begins with the sync bytes.

    A packet counts only if behind it another begins, or the notification ends: without that, two
    halves on either side of a lost notification would make a sample of neither.
    """

    def __init__(self, stream: Stream, options: Mapping[str, Value]) -> None:
        super().__init__(stream, options)
        assert stream.length is not None
        self._length = stream.length
        self._held = b""

    def takes(self, data: bytes) -> bool:
        """Everything: the characteristic is this stream's alone."""
        return True

    def reset(self) -> None:
        """Forget the half of a packet."""
        self._held = b""

    def feed(self, payloads: Sequence[bytes]) -> Found:
        """Cut packets, then read them."""
        faults: list[Fault] = []
        packets, owner = self._whole(payloads) or self._cut(payloads, faults)
        block, more = super().feed(packets)
        if block is not None:
            index = np.asarray(owner, np.int64)[block.notification]
            block = Block(index, block.tick, block.sequence, block.count, block.columns)
        faults.extend(Fault(owner[fault.packet], fault.what) for fault in more)
        return block, faults

    def _whole(self, payloads: Sequence[bytes]) -> tuple[list[bytes], list[int]] | None:
        """Packets where every notification holds whole ones; None where some do not."""
        length, sync = self._length, self.layout.sync
        if self._held or any(len(data) % length for data in payloads):
            return None
        joined = b"".join(payloads)
        rows = np.frombuffer(joined, np.uint8).reshape(-1, length)
        if not (rows[:, : len(sync)] == np.frombuffer(sync, np.uint8)).all():
            return None
        packets = [joined[i : i + length] for i in range(0, len(joined), length)]
        return packets, [i for i, data in enumerate(payloads) for _ in range(len(data) // length)]

    def _cut(self, payloads: Sequence[bytes], faults: list[Fault]) -> tuple[list[bytes], list[int]]:
        packets: list[bytes] = []
        owner: list[int] = []
        length, sync = self._length, self.layout.sync
        for i, data in enumerate(payloads):
            buffer = self._held + data
            at = skipped = 0
            while True:
                found = buffer.find(sync, at)
                if found < 0:
                    found = len(buffer) - _half_of(sync, buffer[at:])
                skipped += found - at
                at = found
                if len(buffer) - at < length:
                    break
                behind = buffer[at + length : at + length + len(sync)]
                if sync.startswith(behind):
                    packets.append(buffer[at : at + length])
                    owner.append(i)
                    at += length
                else:
                    at, skipped = at + 1, skipped + 1
            self._held = buffer[at:]
            if skipped:
                faults.append(Fault(i, f"{skipped} bytes outside of packets"))
        return packets, owner


def _alike(numbers: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each number, and where it stands."""
    if len(numbers) and (numbers == numbers[0]).all():
        yield int(numbers[0]), np.arange(len(numbers))
        return
    for number in np.unique(numbers).tolist():
        yield number, np.flatnonzero(numbers == number)


def _half_of(sync: bytes, data: bytes) -> int:
    """How many bytes at the end of ``data`` may be the beginning of ``sync``."""
    for size in range(min(len(sync) - 1, len(data)), 0, -1):
        if data.endswith(sync[:size]):
            return size
    return 0


def merge(parts: Sequence[Block]) -> Block | None:
    """One block in the order of notifications."""
    if len(parts) < 2:
        return parts[0] if parts else None
    notification = np.concatenate([p.notification for p in parts])
    count = np.concatenate([p.count for p in parts])
    order = np.argsort(notification, kind="stable")
    starts = np.cumsum(count) - count
    rows = np.repeat(starts[order], count[order]) + _ramps(count[order])
    first = parts[0]
    return Block(
        notification=notification[order],
        tick=None if first.tick is None else np.concatenate([_known(p.tick) for p in parts])[order],
        sequence=None
        if first.sequence is None
        else np.concatenate([_known(p.sequence) for p in parts])[order],
        count=count[order],
        columns={
            name: np.concatenate([p.columns[name] for p in parts])[rows] for name in first.columns
        },
        gain=None if first.gain is None else np.concatenate([_known(p.gain) for p in parts])[rows],
    )


def _known(array: NDArray[Any] | None) -> NDArray[Any]:
    assert array is not None, "blocks of one stream are alike"
    return array


def _ramps(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 ... n-1 for every n."""
    total = int(count.sum())
    return np.arange(total) - np.repeat(np.cumsum(count) - count, count)
