"""Notifications of the recorder as blocks of samples, decoded outside its callbacks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.link import Sensor
from hipgait.ble.packet import Decoded, Decoder
from hipgait.ble.profile import Stream
from hipgait.ble.profiles import rate_of
from hipgait.ble.status import full_scale, motion_hz
from hipgait.live.clock import LiveClock
from hipgait.live.source import Block, SensorFacts
from hipgait.recording import FloatArray

Ints = NDArray[np.int64]
_Item = tuple[str, str, int, bytes]
NEW_LINK: Final = ""
"""Instead of a characteristic: the link is new."""
WAIT_S: Final = 2.0
"""Acceleration waits so long for the gyroscope's own stream, s."""


def facts_of(sensor: Sensor) -> SensorFacts:
    """Rate and ranges of a sensor by its profile."""
    ranges: dict[str, float | None] = {}
    for stream in sensor.profile.stream:
        for name in ("acc", "gyr"):
            if name in stream.channels:
                ranges[name] = full_scale(stream.channels[name], sensor.options)
    return SensorFacts(sensor.placement, motion_hz(sensor), ranges.get("acc"), ranges.get("gyr"))


class Tap:
    """Taken by the recorder (``taps``): ``raw`` and ``event`` append to a queue and nothing else.

    Parameters
    ----------
    sensors : as recorded.  anchor_ns : monotonic time that is zero.
    """

    def __init__(self, sensors: Sequence[Sensor], anchor_ns: int) -> None:
        self.arrived_s = {s.placement: float("-inf") for s in sensors}
        self._anchor_ns = anchor_ns
        self._queue: deque[_Item] = deque()
        self._ears = {s.placement: _Ear(s, anchor_ns) for s in sensors}

    def raw(self, placement: str, char: str, arrival_ns: int, data: bytes) -> None:
        """A notification."""
        self._queue.append((placement, char, arrival_ns, data))

    def event(self, kind: str, arrival_ns: int, **fields: object) -> None:
        """A new link begins a new clock."""
        if kind == "connected":
            self._queue.append((str(fields["placement"]), NEW_LINK, arrival_ns, b""))

    def poll(self) -> list[Block]:
        """What has come since the last call, decoded: what one sensor sent in a row, together."""
        waiting = [self._queue.popleft() for _ in range(len(self._queue))]
        out: list[Block] = []
        by_sensor: dict[str, list[_Item]] = {}
        for item in waiting:
            by_sensor.setdefault(item[0], []).append(item)
        for placement, items in by_sensor.items():
            out += self._heard(placement, items)
        return sorted(out, key=lambda block: block.arrival_s)

    def _heard(self, placement: str, items: list[_Item]) -> list[Block]:
        """Blocks of one sensor, one a packet."""
        ear, out = self._ears[placement], list[Block]()
        for char, run in groupby(items, key=lambda item: item[1]):
            if char == NEW_LINK:
                ear.reset()
                continue
            _, _, arrivals, payloads = zip(*run, strict=True)
            out += ear.hear(char, np.array(arrivals, np.int64), payloads)
        if out:
            self.arrived_s[placement] = out[-1].arrival_s
        return out


class _Ear:
    """Decodes one sensor."""

    def __init__(self, sensor: Sensor, anchor_ns: int) -> None:
        self._anchor_ns = anchor_ns
        self._placement = sensor.placement
        self._decoder = Decoder(sensor.profile, sensor.options)
        moving = [s for s in sensor.profile.stream if s.kind == "motion"]
        self._streams: dict[str, Stream] = {s.id: s for s in moving}
        self._rates = {s.id: rate_of(s, sensor.options) for s in moving}
        self._by_host = sensor.profile.clock == "host"
        self._clocks = {
            s.id: LiveClock(
                self._rates[s.id],
                s.timestamp.tick_hz if s.timestamp else None,
                s.timestamp.bits if s.timestamp else None,
            )
            for s in moving
        }
        self._acc: deque[Block] = deque()
        self._gyr: deque[tuple[float, FloatArray]] = deque()
        self._apart = not any({"acc", "gyr"} <= set(s.channels) for s in moving) and any(
            "gyr" in s.channels for s in moving
        )

    def reset(self) -> None:
        self._decoder.reset()
        for clock in self._clocks.values():
            clock.reset()
        self._acc.clear()
        self._gyr.clear()

    def hear(self, char: str, arrival_ns: Ints, payloads: Sequence[bytes]) -> list[Block]:
        """Notifications of one characteristic, in order of arrival."""
        batches, _ = self._decoder.decode(char, arrival_ns, payloads)
        out: list[Block] = []
        for batch in batches:
            if batch.stream in self._streams and batch.count.sum():
                time = self._times(batch)
                if self._apart:
                    out += self._joined(batch, time)
                elif "acc" in batch.values:
                    out += self._blocks(time, batch, batch.values.get("gyr"))
        return out

    def _blocks(self, time: FloatArray, batch: Decoded, gyr: FloatArray | None) -> list[Block]:
        """One a packet: each has its own arrival."""
        arrival = 1e-9 * (batch.arrival_ns - self._anchor_ns)
        ends = np.cumsum(batch.count).tolist()
        acc, first, out = batch.values["acc"], 0, []
        for at, end in zip(arrival.tolist(), ends, strict=True):
            rows = slice(first, end)
            if end > first:
                turning = None if gyr is None else gyr[rows]
                out.append(Block(self._placement, time[rows], acc[rows], turning, at))
            first = end
        return out

    def _times(self, batch: Decoded) -> FloatArray:
        """(n,) when each sample was taken, s."""
        stream, rate = self._streams[batch.stream], self._rates[batch.stream]
        parts = []
        for k, count in enumerate(batch.count.tolist()):
            tick = None if batch.tick is None else int(batch.tick[k])
            arrival = 1e-9 * float(batch.arrival_ns[k] - self._anchor_ns)
            if self._by_host and tick is not None:
                at = 1e-9 * (tick - self._anchor_ns)
            else:
                at = self._clocks[batch.stream].last_sample_s(arrival, count, tick)
            first = stream.timestamp is not None and stream.timestamp.of == "first"
            parts.append(at + (np.arange(count) - (0 if first else count - 1)) / rate)
        return np.concatenate(parts)

    def _joined(self, batch: Decoded, time: FloatArray) -> list[Block]:
        """Gyroscope and accelerometer come apart: the gyroscope at the accelerometer's times."""
        if "gyr" in batch.values:
            self._gyr.extend(zip(time.tolist(), batch.values["gyr"], strict=True))
        if "acc" in batch.values:
            self._acc.extend(self._blocks(time, batch, None))
        newest = self._gyr[-1][0] if self._gyr else -np.inf
        out = []
        while self._acc and self._acc[0].time_s[-1] <= newest:
            block = self._acc.popleft()
            at = np.array([t for t, _ in self._gyr])
            values = np.stack([v for _, v in self._gyr])
            gyr = np.column_stack([np.interp(block.time_s, at, column) for column in values.T])
            out.append(Block(block.placement, block.time_s, block.acc, gyr, block.arrival_s))
            while len(self._gyr) > 2 and self._gyr[1][0] < block.time_s[-1]:
                self._gyr.popleft()
        while self._acc and self._acc[0].arrival_s < self._acc[-1].arrival_s - WAIT_S:
            self._acc.popleft()  # its gyroscope was lost
        return out
