"""What really happened on the rig: every packet, its values, when it was made, and its fate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Fate = Literal["delivered", "lost", "overflow", "link"]
"""delivered: handed over to the link while it stood.  lost: inside the sensor.  overflow: the
sensor could keep no more.  link: kept by the sensor when the link ended."""


class Packet(NamedTuple):
    """What carries one time stamp of a stream, as the firmware made it.

    parts : its notifications, usually one; cut where the MTU was too small.
    times : (n,) rig time of each sample, s.  made_s : when it was complete.
    tick, sequence : as sent, None where the firmware has none.
    values : channel -> (n, k) in SI, as its bytes say them.
    """

    stream: str
    char: str
    parts: tuple[bytes, ...]
    times: NDArray[np.float64]
    made_s: float
    tick: int | None
    sequence: int | None
    values: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Event:
    """Something that happened to a sensor.

    kind : connected, disconnected, write, refused, started, stopped, reboot.
    """

    at_s: float
    kind: str
    what: str = ""


@dataclass
class Truth:
    """The log of one sensor."""

    packets: list[tuple[Packet, Fate, float]] = field(default_factory=list)
    """with the fate and its time, in the order in which fates were met"""
    events: list[Event] = field(default_factory=list)

    def of(self, fate: Fate, stream: str = "") -> list[Packet]:
        """Packets of a fate, of one stream or of all."""
        return [p for p, f, _ in self.packets if f == fate and stream in ("", p.stream)]

    def payloads(self, char: str) -> list[bytes]:
        """What was delivered from one characteristic, in order."""
        return [part for p in self.of("delivered") if p.char == char for part in p.parts]

    def values(self, stream: str) -> dict[str, NDArray[np.float64]]:
        """Channel -> (n, k) of everything delivered of a stream, SI."""
        packets = self.of("delivered", stream)
        names = packets[0].values if packets else ()
        return {name: np.concatenate([p.values[name] for p in packets]) for name in names}

    def times(self, stream: str) -> NDArray[np.float64]:
        """(n,) rig time of every sample delivered of a stream, s."""
        times = [p.times for p in self.of("delivered", stream)]
        return np.concatenate(times) if times else np.empty(0)
