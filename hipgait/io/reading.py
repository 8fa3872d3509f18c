"""What every format's reader is and returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hipgait.io.files import Source
from hipgait.io.runinfo import SensorOptions
from hipgait.recording import SensorStream


@dataclass(frozen=True)
class Reading:
    """One sensor's stream and the clock that it was stamped with.

    stream : ``time_s`` as the contract says (plain files: their own; native exports: from the
        first sample).
    clock : streams with the same name here may share a clock; None: they do not.
    start_s : first sample on that clock, s.
    wrap_s : the clock starts again after this time, s; None: never.
    within_s : streams that share the clock started at most this far apart, s; a larger distance
        means that the clocks are unrelated after all.
    exact : False if the clock only tells roughly when each stream started (a calendar).
    start_utc : start by the sensor's or phone's calendar, where the file tells the time zone.
    also : other files that were read for this sensor.
    """

    stream: SensorStream
    clock: str | None = None
    start_s: float = 0.0
    wrap_s: float | None = None
    within_s: float = float("inf")
    exact: bool = True
    start_utc: datetime | None = None
    also: tuple[Source, ...] = ()


class Reader(Protocol):
    """One format: a module with these names (``parts`` and ``belongs``: see the package's)."""

    NAME: str
    """Short name for ``--format`` and provenance."""
    LABEL: str
    """What a user calls it."""
    FOLDERED: bool
    """Whether each sensor has a folder of its own."""

    def matches(self, head: bytes, source: Source) -> bool:
        """Whether the first bytes (and the name) are of this format."""

    def hint(self, source: Source) -> str:
        """What the file itself says about where the sensor sat; "" where nothing."""

    def read(self, source: Source, placement: str, options: SensorOptions) -> Reading:
        """Read one sensor."""
