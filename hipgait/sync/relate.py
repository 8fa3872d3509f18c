"""All sensors of a recording related to one of them, by the gait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import PELVIS, REFERENCE_ORDER
from hipgait.settings import EventSettings, SyncSettings
from hipgait.sync.match import ClockMatch, match_clocks
from hipgait.sync.refine import alone, together, unevenness
from hipgait.sync.tracks import Track, track
from hipgait.threads import in_parallel


def moved(stream: UniformStream, match: ClockMatch) -> UniformStream:
    """The stream on the reference's clock."""
    rate = 1.0 + 1e-6 * match.ppm
    return replace(stream, t0=float(match.on_reference(stream.t0)), fs=stream.fs / rate)


def relate(
    streams: Mapping[str, UniformStream], sync: SyncSettings, events: EventSettings
) -> dict[str, ClockMatch]:
    """Clock of every sensor that can be related to the reference; the reference itself is absent.

    The reference is the first placement present (names.REFERENCE_ORDER). Sensors whose gait has
    nothing in common with it are absent too; ``clear`` says which of the others are beyond doubt.
    """
    reference = next(p for p in REFERENCE_ORDER if p in streams)
    tracks = dict(
        zip(
            streams,
            in_parallel(lambda x: track(x, sync, events), list(streams.values())),
            strict=True,
        )
    )
    found = {
        p: match
        for p, t in tracks.items()
        if p != reference and (match := match_clocks(tracks[reference], t, sync)) is not None
    }
    sure = {p: match for p, match in found.items() if match.clear}
    if not sure:
        return found
    return found | _to_the_millisecond(streams, tracks, reference, sure, sync, events)


def _to_the_millisecond(
    streams: Mapping[str, UniformStream],
    tracks: Mapping[str, Track],
    reference: str,
    sure: Mapping[str, ClockMatch],
    sync: SyncSettings,
    events: EventSettings,
) -> dict[str, ClockMatch]:
    """The matches with each sensor's own delays in place of the usual ones."""
    used = [reference, *sure]
    legs = [p for p in used if p != PELVIS]
    first = {p: alone(streams[p], tracks[p], sync, events) for p in legs}
    known = {p: _late(tracks[p], first.get(p, 0.0)) for p in used}
    base = first.get(reference, 0.0)
    near = {p: replace(m, offset_s=m.offset_s - first[p] + base) for p, m in sure.items()}
    if reference == PELVIS:
        near = _evened(known, near)
    on_one = {reference: streams[reference]} | {p: moved(streams[p], m) for p, m in near.items()}
    placed = {reference: known[reference]} | {p: _on(known[p], m) for p, m in near.items()}
    rest = together(on_one, placed, sync, events)
    # what the line was fitted to: each leg's track, its delay now known in two parts
    delay = {p: first[p] + rest.get(p, 0.0) for p in legs}
    base = delay.get(reference, 0.0)
    return {p: replace(m, offset_s=m.offset_s - delay[p] + base) for p, m in sure.items()}


def _late(t: Track, delay_s: float) -> Track:
    return replace(t, time_s=t.time_s + delay_s)


def _on(t: Track, match: ClockMatch) -> Track:
    return replace(t, time_s=match.on_reference(t.time_s))


def _evened(tracks: Mapping[str, Track], near: Mapping[str, ClockMatch]) -> dict[str, ClockMatch]:
    """Both legs moved so that their steps are even: if one leg is wrong by 30 ms, half is left."""
    out = dict(near)
    for limb in ("shank", "foot", "thigh"):
        left, right = f"left_{limb}", f"right_{limb}"
        if left in near and right in near:
            late = unevenness(_on(tracks[left], near[left]), _on(tracks[right], near[right]))
            for p, share in ((left, 0.5), (right, -0.5)):
                out[p] = replace(near[p], offset_s=near[p].offset_s + share * late)
    return out
