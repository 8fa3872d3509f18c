"""A recording or a capture once more, as if it came now: at its own pace, quicker, or on demand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from hipgait.ble.link import Sensor
from hipgait.ble.profiles import parse, settle
from hipgait.io.capture_read import read_capture
from hipgait.live.source import Block, SensorFacts
from hipgait.live.state import Link, SensorHealth
from hipgait.live.tap import Tap, facts_of
from hipgait.recording import Recording

CHUNK_S: Final = 0.02
"""On demand, a poll moves the clock on by this, s."""
SILENT_S: Final = 1.0
"""A sensor that gave nothing for so long is shown as lost, s."""
DELAY_S: Final = 0.01
"""From the last sample of a packet to its arrival, where a recording does not say it, s."""


class ReplaySource:
    """Blocks in order of arrival.

    Parameters
    ----------
    facts : the sensors.  blocks : all of them.
    pace : times as fast as it was; None: each poll brings the next ``CHUNK_S`` (for tests).
    clock : host seconds.
    """

    def __init__(
        self,
        facts: Sequence[SensorFacts],
        blocks: Sequence[Block],
        pace: float | None = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._facts = tuple(facts)
        self._blocks = sorted(blocks, key=lambda b: b.arrival_s)
        self._pace, self._clock = pace, clock
        self._next = 0
        self._began = 0.0
        self._now_s = self._blocks[0].arrival_s if self._blocks else 0.0
        self._first_s = self._now_s
        self._arrived: dict[str, float] = {}
        self._stopped = False
        self.marks: list[tuple[float, str, dict[str, object]]] = []

    @property
    def sensors(self) -> Sequence[SensorFacts]:
        """As given."""
        return self._facts

    async def start(self) -> None:
        """Begin."""
        self._began = self._clock()

    def poll(self) -> list[Block]:
        """What has come by now."""
        if self._pace is None:
            self._now_s += CHUNK_S
        first = self._next
        now = self.now_s()
        while self._next < len(self._blocks) and self._blocks[self._next].arrival_s <= now:
            self._next += 1
        out = self._blocks[first : self._next]
        for block in out:
            self._arrived[block.placement] = block.arrival_s
        return out

    def health(self) -> Sequence[SensorHealth]:
        """Streaming, or silent."""
        now = self.now_s()
        out = []
        for facts in self._facts:
            at = self._arrived.get(facts.placement)
            link = Link.SEARCHING
            if at is not None:
                link = Link.STREAMING if now - at < SILENT_S else Link.LOST
            age = None if at is None else now - at
            out.append(SensorHealth(facts.placement, link, facts.rate_hz, facts.rate_hz, age_s=age))
        return out

    def now_s(self) -> float:
        """The clock of the blocks."""
        if self._pace is None:
            return self._now_s
        return self._first_s + self._pace * (self._clock() - self._began)

    def mark(self, kind: str, **fields: object) -> None:
        """Kept in ``marks``: nothing is written."""
        self.marks.append((self.now_s(), kind, fields))

    @property
    def finished(self) -> bool:
        """All blocks have come."""
        return self._stopped or self._next >= len(self._blocks)

    @property
    def capture(self) -> Path | None:
        """A replay writes none."""
        return None

    async def stop(self) -> Path | None:
        """End."""
        self._stopped = True
        return None


def blocks_of(recording: Recording, packet: int = 4) -> tuple[list[SensorFacts], list[Block]]:
    """A recording in packets of so many samples, each arriving ``DELAY_S`` after its last."""
    facts, blocks = [], []
    for placement, s in recording.streams.items():
        facts.append(SensorFacts(placement, s.rate_hz, s.acc_range, s.gyr_range))
        for i in range(0, s.n, packet):
            rows = slice(i, i + packet)
            gyr = None if s.gyr is None else s.gyr[rows]
            at = s.time_s[rows]
            blocks.append(Block(placement, at, s.acc[rows], gyr, float(at[-1]) + DELAY_S))
    return facts, sorted(blocks, key=lambda b: b.arrival_s)


def replay_capture(path: Path | str, pace: float | None = 1.0) -> ReplaySource:
    """A capture, notification by notification.

    Raises
    ------
    InputError : not a capture, or a profile that does not fit.
    """
    capture = read_capture(path)
    sensors = []
    for placement, header in capture.header.sensors.items():
        profile = parse(header.profile_text, f"{path}, profile of {placement}")
        options = settle(profile, header.options)
        sensors.append(Sensor(placement, header.address, profile, header.profile_text, options))
    tap = Tap(sensors, capture.header.anchor.monotonic_ns)
    items: list[tuple[int, int, Callable[[], None]]] = []
    for (placement, char), channel in capture.raw.items():
        for at, data in zip(channel.arrival_ns.tolist(), channel.payloads, strict=True):
            items.append((at, 1, partial(tap.raw, placement, char, at, data)))
    for event in capture.events:
        if event.kind == "connected":
            at, place = event.arrival_ns, event.placement
            items.append((at, 0, partial(tap.event, "connected", at, placement=place)))
    for _, _, give in sorted(items, key=lambda item: item[:2]):
        give()
    return ReplaySource([facts_of(s) for s in sensors], tap.poll(), pace)
