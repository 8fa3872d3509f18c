"""When packets leave: losses inside the sensor, its memory, connection events, silences."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np

from hipgait.ble.virtual.settings import Air, Faults
from hipgait.ble.virtual.truth import Packet, Truth


class Outbox:
    """Packets between the sensor's firmware and its radio.

    Parameters
    ----------
    air, faults : of the sensor.
    truth : where fates are written down.
    rng : of the losses.
    """

    def __init__(self, air: Air, faults: Faults, truth: Truth, rng: np.random.Generator) -> None:
        self._air, self._faults, self._truth, self._rng = air, faults, truth, rng
        self._kept: deque[Packet] = deque()
        self._anchor = 0.0

    def connected(self, now_s: float) -> None:
        """Connection events are counted from here."""
        self._anchor = now_s

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, packets: Iterator[Packet], now_s: float) -> None:
        """Take what the firmware made: some of it is lost here."""
        for packet in packets:
            if self._faults.loss and self._rng.random() < self._faults.loss:
                self._truth.packets.append((packet, "lost", packet.made_s))
                continue
            if len(self._kept) >= self._air.fifo:
                self._truth.packets.append((self._kept.popleft(), "overflow", now_s))
            self._kept.append(packet)

    def event_after(self, at_s: float) -> float:
        """Time of the first connection event at or after ``at_s``."""
        count = np.ceil((at_s - self._anchor) / self._air.interval_s - 1e-9)
        return float(self._anchor + max(count, 0.0) * self._air.interval_s)

    def silent(self, now_s: float) -> bool:
        """Whether nothing gets through now."""
        stalled = any(at <= now_s < at + length for at, length in self._faults.stalls)
        out = any(o.at_s <= now_s < o.at_s + o.for_s for o in self._faults.outages)
        return stalled or out

    def leaving(self, now_s: float) -> list[Packet]:
        """What leaves at this connection event."""
        if self.silent(now_s) or (self._air.missed and self._rng.random() < self._air.missed):
            return []
        count = min(self._air.per_event, len(self._kept))
        return [self._kept.popleft() for _ in range(count)]

    def unlinked(self, now_s: float) -> None:
        """The link ended: what was kept is thrown away."""
        self._truth.packets += [(packet, "link", now_s) for packet in self._kept]
        self._kept.clear()
