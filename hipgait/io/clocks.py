"""Several readings on one clock: the reference stream's.

Plain files carry the run's own time. Native exports count from their own first sample; where
they share a counter, the other streams are moved by the difference of the counters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from hipgait.io.reading import Reading
from hipgait.names import REFERENCE_ORDER
from hipgait.recording import SensorStream


def assemble(
    readings: Mapping[str, Reading],
) -> tuple[dict[str, SensorStream], tuple[str, ...], list[str], datetime | None]:
    """Streams on the reference stream's clock.

    Returns
    -------
    streams : placement -> stream.
    apart : placements whose clock is not known to be the reference's.
    notes : how the clocks were brought together.
    start_utc : start of the reference stream, where its file tells it.
    """
    reference = next(p for p in REFERENCE_ORDER if p in readings)
    first = readings[reference]
    streams: dict[str, SensorStream] = {}
    loose: list[str] = []
    rough: list[str] = []
    for placement, reading in readings.items():
        stream = reading.stream
        if placement == reference:
            streams[placement] = stream
            continue
        if reading.clock is None or reading.clock != first.clock:
            loose.append(placement)
        elif reading.clock == "time_s":  # plain files: the file's own time is the run's
            a, b = first.stream.time_s, stream.time_s
            if b[0] > a[-1] or a[0] > b[-1]:
                loose.append(placement)
        else:
            shift = reading.start_s - first.start_s
            if first.wrap_s is not None:
                shift = (shift + first.wrap_s / 2) % first.wrap_s - first.wrap_s / 2
            if abs(shift) > min(first.within_s, reading.within_s):
                loose.append(placement)
            else:
                stream = replace(stream, time_s=stream.time_s + shift)
                if not (first.exact and reading.exact):
                    rough.append(placement)
        streams[placement] = stream
    notes = []
    if loose:
        notes.append(f"clocks not synchronised: {', '.join(loose)} and {reference} share no time")
    if rough:
        notes.append(
            f"clocks not synchronised: {', '.join(rough)} put beside {reference} by the calendar "
            "of the computer (about 1 s)"
        )
    return streams, (*loose, *rough), notes, first.start_utc
