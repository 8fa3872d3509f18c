"""What goes on while recording, in numbers for a screen.

Notifications are decoded in bulk at every tick: for the screen, for viewers of the capture, and for
whoever looks at the last seconds of the signals. An analysis decodes the raw bytes anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.layout import by_option
from hipgait.ble.link import Health, Phase, Sensor
from hipgait.ble.packet import Decoded, Decoder
from hipgait.ble.profile import Channel, Value
from hipgait.ble.profiles import rate_of
from hipgait.ble.tally import Tally
from hipgait.ble.units import UNITS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KEEP_S: Final = 40.0
"""Signals that are kept to look at."""
NEAR_RANGE: Final = 0.99
"""A value above this share of the full scale is saturated."""
MOTION: Final = ("acc", "gyr")


class Viewer(Protocol):
    """Takes decoded samples; times are monotonic, ns."""

    def imu(
        self, placement: str, time_ns: Ints, acc: Floats | None = None, gyr: Floats | None = None
    ) -> None:
        """One batch."""


@dataclass(frozen=True)
class SensorStatus:
    """One line of the screen; None where nothing tells.

    rate_hz, wanted_hz : samples a second, as counted and as asked for.
    lost_pct : of all samples since the start, without those of broken links.
    gaps : places where samples are missing.  breaks : broken links.
    clock_ms : how far the device's clock went from the host's in this connection.
    saturated_pct : samples at the end of the range, of the last seconds.
    faults : notifications that could not be read.
    """

    placement: str
    phase: Phase
    rate_hz: float
    wanted_hz: float
    lost_pct: float | None
    gaps: int
    breaks: int
    clock_ms: float | None
    battery_pct: float | None
    rssi_dbm: int | None
    saturated_pct: float
    faults: int
    trouble: str


@dataclass(frozen=True)
class Piece:
    """Decoded samples. time_s : monotonic, from the arrivals.  values : (n, 3), SI."""

    channel: str
    time_s: Floats
    values: Floats


class Watch:
    """Decodes one sensor's notifications and keeps count.

    Parameters
    ----------
    sensor, health : of the link.
    """

    def __init__(self, sensor: Sensor, health: Health) -> None:
        self.sensor = sensor
        self.health = health
        self._decoder = Decoder(sensor.profile, sensor.options)
        self._waiting: dict[str, tuple[list[int], list[bytes]]] = {
            char: ([], []) for char in sensor.profile.chars
        }
        self._tallies = {s.id: Tally(s, rate_of(s, sensor.options)) for s in sensor.profile.stream}
        self._limits = {
            (s.id, name): full_scale(channel, sensor.options)
            for s in sensor.profile.stream
            for name, channel in s.channels.items()
            if name in MOTION
        }
        self._pieces: deque[Piece] = deque()
        self._near: deque[tuple[float, int, int]] = deque()
        self._faults = 0

    def take(self, char: str, arrival_ns: int, data: bytes) -> None:
        """A notification; nothing is done with it before the next ``tick``."""
        times, payloads = self._waiting[char]
        times.append(arrival_ns)
        payloads.append(data)

    def tick(self, viewers: Sequence[Viewer] = ()) -> None:
        """Decode what has come."""
        motion = {s.char for s in self.sensor.profile.stream}
        for char in sorted(self._waiting, key=lambda c: c in motion):  # replies first
            times, payloads = self._waiting[char]
            if not times:
                continue
            self._waiting[char] = ([], [])
            batches, faults = self._decoder.decode(char, np.array(times, np.int64), payloads)
            self._faults += len(faults)
            for batch in batches:
                if batch.count.sum():
                    self._count(batch, viewers)

    def new_segment(self, viewers: Sequence[Viewer] = ()) -> None:
        """A new connection: what came over the old one is decoded before."""
        self.tick(viewers)
        self._decoder.reset()
        for tally in self._tallies.values():
            tally.new_segment()

    @property
    def ranges(self) -> dict[str, float | None]:
        """Full scale of "acc" and "gyr", SI."""
        return {name: limit for (_, name), limit in self._limits.items()}

    def status(self, now_s: float) -> SensorStatus:
        """Where things stand."""
        main = self._main()
        lost, total = main.lost, main.samples + (main.lost or 0)
        health = self.health
        while self._near and self._near[0][0] < now_s - KEEP_S:
            self._near.popleft()
        samples = sum(n for _, n, _ in self._near)
        return SensorStatus(
            placement=self.sensor.placement,
            phase=health.phase,
            rate_hz=main.rate(now_s),
            wanted_hz=main.rate_hz,
            lost_pct=None if lost is None else 100.0 * lost / max(total, 1),
            gaps=main.gaps,
            breaks=max(health.streams - 1, 0),
            clock_ms=main.clock_ms,
            battery_pct=health.battery_pct,
            rssi_dbm=health.rssi_dbm,
            saturated_pct=100.0 * sum(k for _, _, k in self._near) / max(samples, 1),
            faults=self._faults,
            trouble=health.trouble.what if health.trouble else "",
        )

    def recent(self, channel: str, seconds: float = KEEP_S) -> tuple[Floats, Floats]:
        """(n,) times and (n, 3) values of the last seconds."""
        pieces = [p for p in self._pieces if p.channel == channel]
        if not pieces:
            return np.zeros(0), np.zeros((0, 3))
        time = np.concatenate([p.time_s for p in pieces])
        values = np.concatenate([p.values for p in pieces])
        kept = time > time[-1] - seconds
        return time[kept], values[kept]

    def _main(self) -> Tally:
        """The fastest stream."""
        return max(self._tallies.values(), key=lambda t: t.rate_hz)

    def _count(self, batch: Decoded, viewers: Sequence[Viewer]) -> None:
        tally = self._tallies[batch.stream]
        tally.add(batch)
        if batch.kind == "battery":
            self.health.battery_pct = float(next(iter(batch.values.values()))[-1, 0])
        if batch.kind != "motion":
            return
        time_ns = spread(batch, tally.rate_hz)
        parts = {name: batch.values[name] for name in MOTION if name in batch.values}
        for name, values in parts.items():
            self._pieces.append(Piece(name, 1e-9 * time_ns.astype(np.float64), values))
            limit = self._limits[batch.stream, name]
            if limit is not None:
                near = int(np.count_nonzero(np.abs(values).max(axis=1) > NEAR_RANGE * limit))
                self._near.append((1e-9 * float(time_ns[-1]), len(values), near))
        while self._pieces and self._pieces[0].time_s[-1] < 1e-9 * time_ns[-1] - KEEP_S:
            self._pieces.popleft()
        for viewer in viewers:
            viewer.imu(self.sensor.placement, time_ns, parts.get("acc"), parts.get("gyr"))


def motion_hz(sensor: Sensor) -> float:
    """Samples a second of the sensor's fastest stream of motion; 0 where it has none."""
    rates = [rate_of(s, sensor.options) for s in sensor.profile.stream if s.kind == "motion"]
    return max(rates, default=0.0)


def full_scale(channel: Channel, options: Mapping[str, Value]) -> float | None:
    """Largest value of a channel, SI; None where the profile does not say it."""
    if channel.range is None:
        return None
    return by_option(channel.range, options) * UNITS[channel.unit].factor


def spread(batch: Decoded, rate_hz: float) -> Ints:
    """Time of each sample, ns: the last of a packet when it arrived, the others evenly before."""
    last = np.repeat(batch.arrival_ns, batch.count)
    ends = np.repeat(np.cumsum(batch.count), batch.count)
    before = ends - 1 - np.arange(len(ends))
    times: Ints = last - np.rint(1e9 * before / rate_hz).astype(np.int64)
    return times
