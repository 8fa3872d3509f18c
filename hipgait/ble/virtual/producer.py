"""Packets of one stream, in the sensor's own time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.profile import Stream
from hipgait.ble.virtual.body import Body
from hipgait.ble.virtual.settings import Battery, DeviceClock
from hipgait.ble.virtual.truth import Packet

FloatArray = NDArray[np.float64]

AHEAD_S: Final = 1.0
"""packets are made for so long at a time: arrays are cheaper than packets"""
STEPS_MIN: Final = 170.0


class Encode(Protocol):
    """The firmware's way from numbers to bytes."""

    def __call__(
        self,
        ticks: NDArray[np.uint64] | None,
        sequence: NDArray[np.int64] | None,
        values: Mapping[str, FloatArray],
    ) -> tuple[list[tuple[bytes, ...]], Mapping[str, FloatArray]]:
        """Notifications of each packet, and what they say: (packets * samples, k) in SI."""
        ...


@dataclass(frozen=True)
class Maker:
    """What it takes to make packets of one stream.

    rate_hz : by the sensor's own clock.
    samples : in a packet.
    """

    stream: Stream
    rate_hz: float
    samples: int
    encode: Encode
    clock: DeviceClock
    body: Body
    battery: Battery


class Producer:
    """Makes the packets of one stream from ``start_s`` (rig time) on.

    The sensor samples at multiples of its period in its own time, whether it sends or not, so that
    streams started anew stay on one grid. Counters begin at 0 with each start.
    """

    def __init__(self, maker: Maker, start_s: float) -> None:
        self._maker = maker
        clock = maker.clock
        device_s = clock.offset_s + start_s * (1 + 1e-6 * clock.ppm)
        self._next = int(np.ceil(device_s * maker.rate_hz))
        self._sent = 0
        self._ready: deque[Packet] = deque()

    @property
    def due_s(self) -> float:
        """When the next packet is complete, rig time."""
        if not self._ready:
            self._ready.extend(self._block())
        return self._ready[0].made_s

    def take(self, until_s: float) -> Iterator[Packet]:
        """Packets that are complete by then."""
        while self.due_s <= until_s:
            yield self._ready.popleft()

    def _block(self) -> list[Packet]:
        """The next packets."""
        m = self._maker
        count = max(1, int(AHEAD_S * m.rate_hz / m.samples))
        index = self._next + np.arange(count * m.samples)
        times = (index / m.rate_hz - m.clock.offset_s) / (1 + 1e-6 * m.clock.ppm)
        ticks, sequence = self._ticks(index), self._sequence(count)
        payloads, values = m.encode(ticks, sequence, self._values(times))
        self._next += len(index)
        self._sent += count
        packets = []
        for i, parts in enumerate(payloads):
            rows = slice(i * m.samples, (i + 1) * m.samples)
            packets.append(
                Packet(
                    stream=m.stream.id,
                    char=m.stream.char,
                    parts=parts,
                    times=times[rows],
                    made_s=float(times[rows][-1]),
                    tick=None if ticks is None else int(ticks[i]),
                    sequence=None if sequence is None else int(sequence[i]),
                    values={name: rows_of[rows] for name, rows_of in values.items()},
                )
            )
        return packets

    def _ticks(self, index: NDArray[np.int64]) -> NDArray[np.uint64] | None:
        """(p,) device time of the sample that is stamped, wrapped as its field wraps."""
        stamp, m = self._maker.stream.timestamp, self._maker
        if stamp is None:
            return None
        which = index[:: m.samples] if stamp.of == "first" else index[m.samples - 1 :: m.samples]
        # in whole numbers: nanoseconds since 2000 do not fit into a float
        per_sample = Fraction(stamp.tick_hz) / Fraction(m.rate_hz)
        top, bottom, wrap = per_sample.numerator, per_sample.denominator, 1 << stamp.bits
        return np.array([(k * top // bottom) % wrap for k in which.tolist()], np.uint64)

    def _sequence(self, count: int) -> NDArray[np.int64] | None:
        """(p,) counter of packets, wrapped."""
        counter = self._maker.stream.sequence
        if counter is None:
            return None
        numbers = (self._sent + np.arange(count, dtype=np.int64)) * counter.step
        return np.asarray(numbers & ((1 << min(counter.bits, 62)) - 1))

    def _values(self, times: FloatArray) -> Mapping[str, FloatArray]:
        """Channel -> (n, k) as it is, not yet as the sensor can say it."""
        m = self._maker
        names = list(m.stream.channels)
        if m.stream.kind == "motion":
            true_rate = m.rate_hz * (1 + 1e-6 * m.clock.ppm)
            return m.body.motion(names, true_rate, times)
        return {
            name: covariate(name, len(channel.fields), times, m.body, m.battery)
            for name, channel in m.stream.channels.items()
        }


def covariate(
    name: str, fields: int, times: FloatArray, body: Body, battery: Battery
) -> FloatArray:
    """(n, fields) what a strap, a pod or a gauge measures; one number, nan where more would fit.

    heart : rises from 95 to 165 1/min with a time constant of 2 min, RR accordingly.
    cadence : 170 steps a minute.
    """
    running = np.maximum(times, 0.0)
    rate = 165.0 - 70.0 * np.exp(-running / 120.0)
    known = {
        "heart_rate": rate,
        "rr": 60.0 / rate,
        "speed": body.speed(times),
        "cadence": np.full(len(times), STEPS_MIN),
        "stride_length": body.speed(times) * 120.0 / STEPS_MIN,
        "distance": running * 3.0,
        "running": np.ones(len(times)),
        "energy": running * 900.0,
        "battery": np.clip(battery.start_pct - battery.per_hour_pct * times / 3600.0, 0.0, 100.0),
    }
    values = np.full((len(times), fields), np.nan)
    values[:, 0] = known.get(name, np.zeros(len(times)))
    return values
