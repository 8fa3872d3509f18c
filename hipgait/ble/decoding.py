"""A capture decoded: what every sensor sent, in SI units and on the host's clock.

Decoding is repeatable: the capture holds the bytes as they came and the profile as it was; a
corrected profile decodes an old capture anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.clock import Timed, arrival_times, device_times, host_times
from hipgait.ble.layout import scale_of
from hipgait.ble.packet import Decoded, Decoder
from hipgait.ble.profile import Profile, Stream
from hipgait.ble.profiles import Loaded, parse, rate_of, settle
from hipgait.ble.ticks import FloatArray, skipped_packets
from hipgait.errors import InputError
from hipgait.io.capture_read import Capture

LINK_EVENTS: Final = ("connected", "disconnected")


@dataclass(frozen=True)
class Samples:
    """One stream of one sensor.

    values : channel -> (n, k), SI.  rate_hz : nominal.
    ranges : channel -> full scale, SI, or None.
    """

    stream: Stream
    timed: Timed
    values: Mapping[str, FloatArray]
    rate_hz: float
    ranges: Mapping[str, float | None]

    @property
    def time_s(self) -> FloatArray:
        """(n,) on the host's clock, since the capture's anchor, s."""
        return self.timed.time_s[self.timed.keep]

    def channel(self, name: str) -> FloatArray:
        """(n, k) of one channel at ``time_s``."""
        return self.values[name][self.timed.keep]


@dataclass(frozen=True)
class Sensor:
    """What one sensor sent. unread : notifications that could not be decoded, and why the first."""

    placement: str
    profile: Profile
    streams: tuple[Samples, ...]
    unread: int = 0
    why: str = ""


def decode(capture: Capture, loaded: Loaded | None = None) -> tuple[Sensor, ...]:
    """Every sensor of a capture, in the header's order.

    loaded : a profile to use in place of the embedded one with the same id.

    Raises
    ------
    InputError : an embedded profile or option is wrong; no sensor has the profile's id.
    """
    header = capture.header
    ids = {s.profile_id for s in header.sensors.values()}
    if loaded is not None and loaded.profile.id not in ids:
        raise InputError(
            f"{capture.path}: no sensor has the profile {loaded.profile.id!r}",
            f"There are: {', '.join(sorted(ids))}",
        )
    found = []
    for placement, sensor in header.sensors.items():
        if loaded is not None and loaded.profile.id == sensor.profile_id:
            profile = loaded.profile
        else:
            where = f"{capture.path}, profile of {placement}"
            profile = parse(sensor.profile_text, where)
        found.append(_decoded(capture, placement, profile))
    return tuple(found)


def _decoded(capture: Capture, placement: str, profile: Profile) -> Sensor:
    options = settle(profile, capture.header.sensors[placement].options)
    decoder = Decoder(profile, options)
    parts: dict[str, list[Decoded]] = {}
    starts: dict[str, list[int]] = {}
    unread, why = 0, ""
    replies = [s.reply for s in profile.stream if s.reply]
    chars = sorted(profile.chars, key=lambda char: char not in replies)
    for link in _links(capture, placement):
        decoder.reset()
        begun = {stream: sum(len(d.count) for d in had) for stream, had in parts.items()}
        for char in chars:
            if (placement, char) not in capture.raw:
                continue
            arrival, payloads = link.of(capture, placement, char)
            if not payloads:
                continue
            decoded, faults = decoder.decode(char, arrival, payloads)
            unread += len({f.packet for f in faults})
            why = why or (faults[0].what if faults else "")
            for part in decoded:
                if len(part.count):
                    parts.setdefault(part.stream, []).append(part)
                    starts.setdefault(part.stream, []).append(begun.get(part.stream, 0))
    streams = {s.id: s for s in profile.stream}
    anchor_ns = capture.header.anchor.monotonic_ns
    samples = []
    for name, had in parts.items():
        stream = streams[name]
        timed = _timed(
            profile.clock, stream, had, starts[name], rate_of(stream, options), anchor_ns
        )
        values = {c: np.concatenate([d.values[c] for d in had]) for c in had[0].values}
        ranges = {c: scale_of(channel, options).range for c, channel in stream.channels.items()}
        samples.append(Samples(stream, timed, values, rate_of(stream, options), ranges))
    return Sensor(placement, profile, tuple(samples), unread, why)


@dataclass(frozen=True)
class _Link:
    """Time from one change of the link to the next, monotonic ns."""

    start_ns: int
    end_ns: int

    def of(
        self, capture: Capture, placement: str, char: str
    ) -> tuple[NDArray[np.int64], list[bytes]]:
        """Notifications that arrived within it."""
        channel = capture.raw[placement, char]
        arrival = channel.arrival_ns
        inside = np.flatnonzero((arrival >= self.start_ns) & (arrival < self.end_ns))
        return arrival[inside], [channel.payloads[i] for i in inside.tolist()]


def _links(capture: Capture, placement: str) -> Iterator[_Link]:
    """Stretches between changes of one sensor's link."""
    changes = sorted(
        event.arrival_ns
        for event in capture.events
        if event.placement == placement and event.kind in LINK_EVENTS
    )
    edges = [-(2**63), *changes, 2**63 - 1]
    for start, end in pairwise(edges):
        if end > start:
            yield _Link(start, end)


def _timed(
    clock: str,
    stream: Stream,
    parts: Sequence[Decoded],
    starts: Sequence[int],
    rate_hz: float,
    anchor_ns: int,
) -> Timed:
    """Times of the samples of one stream over all its links."""
    arrival = np.concatenate([p.arrival_ns for p in parts])
    arrival_s = np.maximum.accumulate(arrival - anchor_ns).astype(np.float64) * 1e-9
    count = np.concatenate([p.count for p in parts])
    if stream.kind != "motion" and stream.timestamp is None:  # one value in a second or so
        times = np.repeat(arrival_s, count)
        return Timed(times, np.ones(len(times), dtype=bool), 0, "arrival", ())
    breaks = np.array([s for s in sorted(set(starts)) if s > 0], dtype=np.intp)
    stamp = stream.timestamp
    ticks = [p.tick for p in parts if p.tick is not None]
    if stamp is not None and clock == "host" and len(ticks) == len(parts):
        since_ns = np.concatenate(ticks).astype(np.int64) - anchor_ns
        since_s = since_ns.astype(np.float64) * 1e-9
        return host_times(arrival_s, since_s, count, of=stamp.of, rate_hz=rate_hz, breaks=breaks)
    if stamp is not None and len(ticks) == len(parts):
        return device_times(
            arrival_s,
            np.concatenate(ticks),
            count,
            tick_hz=stamp.tick_hz,
            bits=stamp.bits,
            of=stamp.of,
            rate_hz=rate_hz,
            breaks=breaks,
        )
    numbers = [p.sequence for p in parts if p.sequence is not None]
    skipped = None
    if stream.sequence is not None and len(numbers) == len(parts):
        said = stream.sequence
        skipped = skipped_packets(np.concatenate(numbers), said.bits, said.step)
    return arrival_times(arrival_s, count, rate_hz=rate_hz, breaks=breaks, skipped=skipped)
