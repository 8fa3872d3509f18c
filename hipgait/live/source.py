"""Where live samples come from: the protocol that every source keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hipgait.live.state import SensorHealth
from hipgait.recording import FloatArray


@dataclass(frozen=True)
class Block:
    """Samples of one sensor, as they came.

    time_s : (n,) when they were taken, s, on the clock that all sensors of the source share.
    acc : (n, 3) specific force, m/s^2.  gyr : (n, 3) rad/s, or None.
    arrival_s : when the last of them was at the host, s, on the same clock.
    """

    placement: str
    time_s: FloatArray
    acc: FloatArray
    gyr: FloatArray | None
    arrival_s: float


@dataclass(frozen=True)
class SensorFacts:
    """What is known of a sensor beforehand. acc_range m/s^2, gyr_range rad/s, None unknown."""

    placement: str
    rate_hz: float
    acc_range: float | None = None
    gyr_range: float | None = None


class LiveSource(Protocol):
    """Sensors that stream. ``start`` and ``stop`` belong to the event loop; ``poll``, ``health``
    and ``mark`` may be called from one other thread, never wait, and never fail.
    """

    @property
    def sensors(self) -> Sequence[SensorFacts]:
        """One a placement; known before ``start``."""
        ...

    async def start(self) -> None:
        """Begin. Returns once the sensors are being set up; a capture is written from here on."""
        ...

    def poll(self) -> Sequence[Block]:
        """What has come since the last call, in order of arrival."""
        ...

    def health(self) -> Sequence[SensorHealth]:
        """How each sensor does, now."""
        ...

    def now_s(self) -> float:
        """The clock of the blocks, now."""
        ...

    def mark(self, kind: str, **fields: object) -> None:
        """An event into the capture, at this moment: ``mark("mark", what="lap 2")``, ``"cue"``."""
        ...

    @property
    def finished(self) -> bool:
        """No more blocks will come."""
        ...

    @property
    def capture(self) -> Path | None:
        """The capture as far as it is written; None where none is."""
        ...

    async def stop(self) -> Path | None:
        """End: sensors stopped, capture closed. Returns the capture, where one was written."""
        ...
