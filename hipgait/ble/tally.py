"""Counting what a stream delivers and what its own counter or clock shows to be missing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.packet import Decoded
from hipgait.ble.profile import Stream

Floats = NDArray[np.float64]

WINDOW_S: Final = 5.0
"""Over which the rate is counted."""
SILENT_S: Final = 1.0
"""Batches come more often than this."""
ENVELOPE_S: Final = 10.0
"""Over which the quickest packet tells the offset of the clock."""
_LATE: Final = 1.6
"""More than so many packets' time between two of them: one at least is missing."""


@dataclass
class Tally:
    """Running counts of one stream.

    rate_hz : as it should be.
    lost, gaps : samples missing, and in how many places; None where nothing tells of it.
    """

    stream: Stream
    rate_hz: float
    samples: int = 0
    lost: int | None = None
    gaps: int = 0
    _sequence: int | None = None
    _tick: int | None = None
    _device_s: float = 0.0
    _recent: deque[tuple[float, int]] = field(default_factory=deque)
    _delays: deque[tuple[float, float]] = field(default_factory=deque)
    _first_delay: float | None = None

    def __post_init__(self) -> None:
        if self.stream.timestamp is not None or self.stream.sequence is not None:
            self.lost = 0

    def new_segment(self) -> None:
        """The link was lost: counter and device time may begin anew."""
        self._sequence = self._tick = self._first_delay = None
        self._device_s = 0.0
        self._delays.clear()

    def add(self, batch: Decoded) -> None:
        """Count a batch, not empty."""
        samples = int(batch.count.sum())
        self.samples += samples
        self._recent.append((1e-9 * float(batch.arrival_ns[-1]), samples))
        missing = self._by_time(batch)
        counted = self._by_counter(batch)
        if counted is not None:  # says it exactly
            missing = counted
        if missing is not None and self.lost is not None:
            self.lost += round(float(missing.sum()) * float(np.median(batch.count)))
            self.gaps += int(np.count_nonzero(missing))

    def rate(self, now_s: float) -> float:
        """Samples a second over the last seconds."""
        while self._recent and self._recent[0][0] < now_s - WINDOW_S:
            self._recent.popleft()
        if len(self._recent) < 2:
            return sum(n for _, n in self._recent) / WINDOW_S
        # from the end of the first batch on; a stream that has fallen silent goes on counting
        span = max(self._recent[-1][0], now_s - SILENT_S) - self._recent[0][0]
        return sum(n for _, n in list(self._recent)[1:]) / max(span, SILENT_S)

    @property
    def clock_ms(self) -> float | None:
        """How far the device's clock went from the host's since this connection began, ms.

        Positive: the device is slow.
        """
        if self._first_delay is None or not self._delays:
            return None
        return 1e3 * (min(delay for _, delay in self._delays) - self._first_delay)

    def _by_counter(self, batch: Decoded) -> Floats | None:
        """Packets missing before each packet."""
        rule, sequence = self.stream.sequence, batch.sequence
        if rule is None or sequence is None:
            return None
        before = int(sequence[0]) - rule.step if self._sequence is None else self._sequence
        span = 1 << rule.bits
        steps = np.diff(np.r_[before, sequence]) % span
        steps[steps > span // 2] = 0  # late or twice
        self._sequence = int(sequence[-1])
        missing: Floats = np.maximum(steps // rule.step - 1, 0).astype(np.float64)
        return missing

    def _by_time(self, batch: Decoded) -> Floats | None:
        """The same from the device's time stamps."""
        rule, ticks = self.stream.timestamp, batch.tick
        if rule is None or ticks is None:
            return None
        span = 1 << rule.bits
        values = [int(t) for t in ticks]
        before = values[0] if self._tick is None else self._tick
        whole = [(b - a) % span for a, b in zip([before, *values], values, strict=False)]
        steps = np.array([0 if s > span // 2 else s for s in whole], float) / rule.tick_hz
        self._tick = values[-1]
        self._follow(steps, batch.arrival_ns)
        due = steps * self.rate_hz / np.maximum(batch.count, 1)
        return np.where(due > _LATE, np.rint(due) - 1.0, 0.0)

    def _follow(self, steps: Floats, arrival_ns: NDArray[np.int64]) -> None:
        device = self._device_s + np.cumsum(steps)
        self._device_s = float(device[-1])
        arrival = 1e-9 * arrival_ns.astype(np.float64)
        best = int(np.argmin(arrival - device))
        self._delays.append((float(arrival[best]), float(arrival[best] - device[best])))
        if arrival[-1] - self._delays[0][0] > ENVELOPE_S:
            if self._first_delay is None:
                self._first_delay = min(delay for _, delay in self._delays)
            while self._delays and arrival[-1] - self._delays[0][0] > ENVELOPE_S:
                self._delays.popleft()
