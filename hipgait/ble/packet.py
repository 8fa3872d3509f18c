"""From notifications to numbers: layouts compiled to NumPy structured types, decoded in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.decoders import DECODERS
from hipgait.ble.layout import scale_of
from hipgait.ble.profile import Profile, Stream, Value
from hipgait.ble.profiles import settle
from hipgait.ble.reader import Block, LayoutReader, Reader, SyncReader
from hipgait.ble.reader import Fault as Fault
from hipgait.errors import InputError


@dataclass(frozen=True)
class Decoded:
    """What a batch of notifications held of one stream.

    A *packet* is what carries one time stamp: usually a notification; several where notifications
    are cut at sync bytes, one over several where a decoder joins them.

    stream, kind : as in the profile.
    arrival_ns : (p,) host time at which each packet was complete.
    notification : (p,) index in the call of the notification that completed it.
    tick : (p,) raw device time of each packet, or None where the firmware has none.
    sequence : (p,) raw counter, or None.
    count : (p,) samples in each packet.
    values : channel -> (sum(count), k): acc m/s^2, gyr rad/s, mag T, and SI (or 1/min, %) else;
        nan where a number is absent or not finite.
    """

    stream: str
    kind: str
    arrival_ns: NDArray[np.int64]
    notification: NDArray[np.int64]
    tick: NDArray[np.uint64] | None
    sequence: NDArray[np.int64] | None
    count: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]


class Decoder:
    """Reads the notifications of one sensor; keeps the halves of what was cut between calls.

    Where a stream has a ``reply`` (Polar), decode that characteristic first.

    Parameters
    ----------
    profile : of the sensor's firmware.
    options : as they were set; the rest has its defaults.

    Raises
    ------
    InputError : an option that is not known, or a value that it cannot have.
    """

    def __init__(self, profile: Profile, options: Mapping[str, Value] | None = None) -> None:
        self.profile = profile
        self.options = settle(profile, options or {})
        self._lanes: dict[str, list[_Lane]] = {char: [] for char in profile.chars}
        self._learners: dict[str, list[Reader]] = {char: [] for char in profile.chars}
        for stream in profile.stream:
            lane = _Lane(stream, self.options)
            self._lanes[stream.char].append(lane)
            if stream.reply:
                self._learners[stream.reply].append(lane.reader)

    def decode(
        self, char: str, arrival_ns: NDArray[np.int64], payloads: Sequence[bytes]
    ) -> tuple[list[Decoded], list[Fault]]:
        """Read notifications of one characteristic, in order of arrival.

        char : its name in the profile.  arrival_ns : (n,).  payloads : n of them.

        Raises
        ------
        InputError : the profile has no such characteristic.
        """
        if char not in self._lanes:
            raise InputError(
                f"profile {self.profile.id} has no characteristic {char!r}",
                f"It has: {', '.join(self._lanes)}",
            )
        for reader in self._learners[char]:
            reader.learn(payloads)
        found: list[Decoded] = []
        faults: list[Fault] = []
        lanes = self._lanes[char]
        if not lanes:
            return found, faults
        for lane, index in zip(lanes, _sort(lanes, payloads, faults), strict=True):
            chosen = payloads if len(index) == len(payloads) else [payloads[i] for i in index]
            block, wrong = lane.reader.feed(chosen) if index else (None, [])
            faults.extend(Fault(index[fault.packet], fault.what) for fault in wrong)
            if block is not None:
                found.append(lane.decoded(block, np.array(index, np.int64), arrival_ns))
        return found, sorted(faults, key=lambda fault: fault.packet)

    def reset(self) -> None:
        """Forget halves: the link was lost."""
        for lanes in self._lanes.values():
            for lane in lanes:
                lane.reader.reset()


class _Lane:
    """A stream, what reads it, and its scales."""

    def __init__(self, stream: Stream, options: Mapping[str, Value]) -> None:
        self._stream = stream
        self._scales = {name: scale_of(c, options) for name, c in stream.channels.items()}
        self.reader: Reader
        if stream.decoder:
            self.reader = DECODERS[stream.decoder].reader(stream, options)
        elif stream.sync_bytes:
            self.reader = SyncReader(stream, options)
        else:
            self.reader = LayoutReader(stream, options)

    def decoded(
        self, block: Block, index: NDArray[np.int64], arrival_ns: NDArray[np.int64]
    ) -> Decoded:
        """In SI, counted in the notifications of the call."""
        notification = index[block.notification]
        return Decoded(
            stream=self._stream.id,
            kind=self._stream.kind,
            arrival_ns=arrival_ns[notification],
            notification=notification,
            tick=block.tick,
            sequence=block.sequence,
            count=block.count,
            values={n: s.apply(block.columns, block.gain) for n, s in self._scales.items()},
        )


def _sort(
    lanes: Sequence[_Lane], payloads: Sequence[bytes], faults: list[Fault]
) -> list[list[int]]:
    """Which notifications belong to which stream."""
    index: list[list[int]] = [[] for _ in lanes]
    for i, data in enumerate(payloads):
        for lane, own in zip(lanes, index, strict=True):
            if lane.reader.takes(data):
                own.append(i)
                break
        else:
            faults.append(Fault(i, f"begins with {data[:4].hex(' ') or 'nothing'}: of no stream"))
    return index
