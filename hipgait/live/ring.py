"""The last seconds of one sensor, in order of time whatever order they came in."""

from __future__ import annotations

from typing import Final

import numpy as np

from hipgait.live.source import Block, SensorFacts
from hipgait.recording import FloatArray, Provenance, SensorStream

LATE_S: Final = 2.0
"""Samples older than this against the newest are too late: what they belong to has been told."""
SAME: Final = 0.5
"""Samples closer than this share of the period are one sample that came twice."""
MEASURE_S: Final = 5.0
"""The rate is measured anew once so much more came than it was measured on, s."""
RATE_OFF: Final = 1e-3
"""... and taken where it differs by this share: filters are designed once for each rate."""
ROOM: Final = 1.3
"""A ring holds this much more than it must: nominal rates are a little off."""


class Ring:
    """Samples of one sensor; memory is taken once and does not grow.

    Parameters
    ----------
    facts : rate and ranges of the sensor.
    keep_s : so much is kept, s.

    Attributes
    ----------
    samples, twice, late : taken, and left out because they came twice or too late.
    turns : it has a gyroscope.
    began_s : its first sample ever, s; infinity before.
    """

    def __init__(self, facts: SensorFacts, keep_s: float) -> None:
        self.facts = facts
        self.keep_s = keep_s
        self.samples = self.twice = self.late = 0
        self.turns = False
        self.began_s = np.inf
        self._room = max(64, round(ROOM * keep_s * facts.rate_hz))
        self._time = np.full(self._room, np.nan)
        self._values = np.full((self._room, 6), np.nan)
        self._start = self._end = 0
        self._rate_hz, self._measured_s = facts.rate_hz, 0.0

    @property
    def last_s(self) -> float:
        """Time of the newest sample, s; minus infinity before the first."""
        return float(self._time[self._end - 1]) if self._end > self._start else -np.inf

    @property
    def first_s(self) -> float:
        """Time of the oldest sample, s; infinity before the first."""
        return float(self._time[self._start]) if self._end > self._start else np.inf

    @property
    def rate_hz(self) -> float:
        """Measured rate, Hz, the same for as long as it holds; nominal in the first seconds."""
        held = self.last_s - self.first_s
        if held > 2.0 * self._measured_s + MEASURE_S:
            stream = self.stream(-np.inf)
            if stream is not None:
                self._measured_s = held
                if abs(stream.rate_hz / self._rate_hz - 1.0) > RATE_OFF:
                    self._rate_hz = stream.rate_hz
        return self._rate_hz

    def add(self, block: Block) -> None:
        """Take a block. What came twice or too late is counted and left out."""
        values = np.full((len(block.time_s), 6), np.nan)
        values[:, :3] = block.acc
        if block.gyr is not None:
            values[:, 3:] = block.gyr
            self.turns = True
        time = np.asarray(block.time_s, dtype=np.float64)
        good = np.isfinite(time) & (time > self.last_s - LATE_S)
        self.late += int(np.count_nonzero(~good))
        time, values = time[good], values[good]
        if not len(time):
            return
        apart = SAME / self.facts.rate_hz
        if time[0] < self.last_s + apart or not np.all(np.diff(time) >= apart):
            time, values = self._merged(time, values, apart)
        self.samples += len(time)
        self.began_s = min(self.began_s, float(time[0]))
        self._append(time, values)

    def _merged(
        self, time: FloatArray, values: FloatArray, apart: float
    ) -> tuple[FloatArray, FloatArray]:
        """What is to be appended once the newest samples are taken out again and put in order."""
        held = self._time[self._start : self._end]
        first = self._start + int(np.searchsorted(held, float(time.min()) - apart))
        old = self._end - first
        time = np.concatenate([self._time[first : self._end], time])
        values = np.concatenate([self._values[first : self._end], values])
        self._end = first
        order = np.argsort(time, kind="stable")
        time, values = time[order], values[order]
        kept, last = np.ones(len(time), dtype=bool), -np.inf
        for i, at in enumerate(time.tolist()):
            kept[i] = at - last >= apart
            last = at if kept[i] else last
        self.twice += int(np.count_nonzero(~kept))
        self.samples -= old
        return time[kept], values[kept]

    def _append(self, time: FloatArray, values: FloatArray) -> None:
        time, values = time[-self._room :], values[-self._room :]
        n = len(time)
        if self._end + n > self._room:
            recent = self._time[self._start : self._end] > float(time[-1]) - self.keep_s
            kept = min(int(np.count_nonzero(recent)), self._room - n)
            rows = slice(self._end - kept, self._end)
            self._time[:kept] = self._time[rows].copy()
            self._values[:kept] = self._values[rows].copy()
            self._start, self._end = 0, kept
        self._time[self._end : self._end + n] = time
        self._values[self._end : self._end + n] = values
        self._end += n

    def since(self, start_s: float) -> float:
        """Start of the stretch without a break longer than ``LATE_S`` that the newest sample ends.

        start_s : not before this, s.
        """
        time = self._time[self._start : self._end]
        time = time[time >= start_s]
        if len(time) < 2:
            return self.last_s
        breaks = np.flatnonzero(np.diff(time) > LATE_S)
        return float(time[breaks[-1] + 1]) if len(breaks) else float(time[0])

    def stream(self, start_s: float) -> SensorStream | None:
        """A copy of the samples from ``start_s`` on; None where there are fewer than a second's."""
        held = self._time[self._start : self._end]
        first = self._start + int(np.searchsorted(held, start_s))
        if self._end - first < max(8.0, self.facts.rate_hz):
            return None
        rows = slice(first, self._end)
        return SensorStream(
            self.facts.placement,
            self._time[rows].copy(),
            self._values[rows, :3].copy(),
            self._values[rows, 3:].copy() if self.turns else None,
            acc_range=self.facts.acc_range,
            gyr_range=self.facts.gyr_range,
            provenance=Provenance("live"),
        )
