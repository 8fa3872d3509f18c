"""When each packet's last sample was taken, on the host's clock, as the packets come.

Offline the device's clock is laid under all arrivals (``ble.clock``); live only those so far are
known. The earliest of the last ``ENVELOPE_S`` tells the offset between the clocks, and the offset
in use follows it slowly: samples of one sensor stay evenly spaced.
"""

from __future__ import annotations

from collections import deque
from typing import Final

ENVELOPE_S: Final = 30.0
"""Over which the quickest packet tells the offset, s."""
BUCKET_S: Final = 0.5
"""Of so many seconds only the quickest packet is kept."""
SLEW: Final = 500e-6
"""The offset in use follows at most so fast, s/s: twice what crystals differ by."""
SETTLE_S: Final = 3.0
"""Until then it follows at once."""
JUMP_S: Final = 1.0
"""Arrival and device time that part by more are a clock that began anew, s."""


class LiveClock:
    """One sensor's clock. tick_hz, bits : of its counter; None where the firmware has none."""

    def __init__(self, rate_hz: float, tick_hz: float | None, bits: int | None) -> None:
        self._rate_hz, self._tick_hz = rate_hz, tick_hz
        self._span = None if bits is None else 1 << bits
        self.reset()

    def reset(self) -> None:
        """A new connection: the counter may begin anew."""
        self._tick: int | None = None
        self._device_s = 0.0
        self._offset: float | None = None
        self._began_s = 0.0
        self._last_s = 0.0
        self._quickest: deque[tuple[float, float]] = deque()

    def last_sample_s(self, arrival_s: float, samples: int, tick: int | None) -> float:
        """Host time of what the packet stamps (without a tick: of its last sample), s."""
        device = self._advance(samples, tick)
        delay = arrival_s - device
        if self._offset is None or abs(delay - self._offset) > JUMP_S:
            self._offset, self._began_s, self._last_s = delay, arrival_s, arrival_s
            self._quickest.clear()
        bucket = arrival_s // BUCKET_S
        if self._quickest and self._quickest[-1][0] == bucket:
            self._quickest[-1] = (bucket, min(self._quickest[-1][1], delay))
        else:
            self._quickest.append((bucket, delay))
        while self._quickest[0][0] < bucket - ENVELOPE_S / BUCKET_S:
            self._quickest.popleft()
        wanted = min(d for _, d in self._quickest)
        change = wanted - self._offset
        if arrival_s - self._began_s > SETTLE_S:
            most = SLEW * max(arrival_s - self._last_s, 0.0)
            change = max(-most, min(most, change))
        self._offset += change
        self._last_s = max(self._last_s, arrival_s)
        return device + self._offset

    def _advance(self, samples: int, tick: int | None) -> float:
        """Device time of the packet, s; a packet that came late or twice is not newer."""
        if tick is None or self._tick_hz is None:
            self._device_s += samples / self._rate_hz
            return self._device_s
        if self._tick is None:
            self._tick = tick
            return self._device_s
        step = tick - self._tick
        if self._span is not None:
            step = (step + self._span // 2) % self._span - self._span // 2
        at = self._device_s + step / self._tick_hz
        if step > 0:
            self._tick, self._device_s = tick, at
        return at
