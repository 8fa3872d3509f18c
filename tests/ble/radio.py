"""When notifications arrive: connection events, repeats, stalls, the host's own jitter.

The model of a link that the accuracy of clocks is stated for (docs/capture-format.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Run:
    """arrival_s, true_s : host time of each packet's arrival and of its last sample.
    device_s : device time of that sample.
    """

    arrival_s: NDArray[np.float64]
    true_s: NDArray[np.float64]
    device_s: NDArray[np.float64]
    ppm: float
    batch: int


def send(
    rng: np.random.Generator,
    seconds: float = 600.0,
    rate_hz: float = 104.0,
    batch: int = 2,
    interval_s: float = 0.015,
    stalls_a_minute: float = 3.0,
    jitter_s: float = 0.0015,
    repeated: float = 0.07,
    ppm: float | None = None,
    start_s: float = 12.3,
) -> Run:
    drift = rng.uniform(-50, 50) if ppm is None else ppm
    n = int(seconds * rate_hz / batch)
    device = (np.arange(n) + 1) * batch / rate_hz
    true = start_s + device / (1 + drift * 1e-6)
    phase = rng.uniform(0, interval_s)
    event = phase + np.ceil((true - phase) / interval_s) * interval_s
    arrival = event + (rng.geometric(1 - repeated, n) - 1) * interval_s + 0.0008
    for _ in range(rng.poisson(seconds / 60 * stalls_a_minute)):
        begin, length = start_s + rng.uniform(0, seconds), rng.uniform(0.05, 1.5)
        held = (arrival > begin) & (arrival < begin + length)
        arrival[held] = begin + length + np.linspace(0, 0.01, held.sum())
    arrival = np.maximum.accumulate(arrival) + rng.exponential(jitter_s, n)
    return Run(np.maximum.accumulate(arrival), true, device, drift, batch)
