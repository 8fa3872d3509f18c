"""All sensors of a recording related to one of them, by the gait and by jumps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache, partial

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import PELVIS, REFERENCE_ORDER, SIDES
from hipgait.recording import FloatArray
from hipgait.settings import EventSettings, ProtocolSettings, SyncSettings
from hipgait.sync.changes import change_shift, changes, changes_agree
from hipgait.sync.jumps import by_jumps, by_jumps_alone, jump_shift, jumps
from hipgait.sync.match import (
    ClockMatch,
    Line,
    Pairing,
    coarse_shifts,
    decide,
    drift_line,
    pair,
    targets,
)
from hipgait.sync.refine import (
    contacts,
    cut,
    joined,
    lag_of_legs,
    together,
    unevenness,
    windows,
)
from hipgait.sync.tracks import Track, track
from hipgait.threads import in_parallel

Hops = Mapping[str, Callable[[], FloatArray]]
"""placement -> what looks for its jumps, once"""
Timed = dict[str, list[Track]]
"""placement -> contacts timed one by one, a window each, on the sensor's own clock"""


def moved(stream: UniformStream, match: ClockMatch) -> UniformStream:
    """The stream on the reference's clock."""
    rate = 1.0 + 1e-6 * match.ppm
    return replace(stream, t0=float(match.on_reference(stream.t0)), fs=stream.fs / rate)


def relate(
    streams: Mapping[str, UniformStream],
    sync: SyncSettings,
    events: EventSettings,
    apart: Collection[str] = (),
    protocol: ProtocolSettings | None = None,
) -> dict[str, ClockMatch]:
    """Clock of every sensor that can be related to the reference; the reference itself is absent.

    The reference is the first placement present (names.REFERENCE_ORDER). Sensors whose gait has
    nothing in common with it are absent too; ``clear`` says which of the others are beyond doubt.
    The last milliseconds are only asked for where a sensor is ``apart`` or looks off.
    """
    reference = next(p for p in REFERENCE_ORDER if p in streams)
    found = in_parallel(lambda x: track(x, sync, events), list(streams.values()))
    tracks = dict(zip(streams, found, strict=True))
    timed: Timed = {reference: []}
    seek = protocol or ProtocolSettings()
    hops: Hops = {p: cache(partial(jumps, stream, seek)) for p, stream in streams.items()}

    def one(placement: str) -> ClockMatch | None:
        return _match(streams, tracks, reference, placement, hops, timed, sync, events)

    others = [p for p in streams if p != reference]
    matches = {p: m for p, m in zip(others, in_parallel(one, others), strict=True) if m is not None}
    if not _legs_alike(streams, timed, sync):
        matches = {p: replace(m, clear=False) for p, m in matches.items()}
    sure = {p: m for p, m in matches.items() if m.clear}
    off = [p for p, m in sure.items() if p in apart or _off(streams[p], m, sync)]
    sure = {p: m for p, m in sure.items() if m.strides}  # the others have jumps alone
    if not off or not sure:
        return matches
    near = _refined(streams, reference, sure, timed, sync, events)
    own = hops[reference]()
    return matches | {p: by_jumps(m, own, hops[p](), sync) for p, m in near.items()}


def look(
    streams: Mapping[str, UniformStream],
    sync: SyncSettings,
    events: EventSettings,
    apart: Collection[str] = (),
    protocol: ProtocolSettings | None = None,
) -> dict[str, ClockMatch]:
    """``relate``, on the end of a long run alone where that shows that all clocks agree.

    Clocks that drift are furthest apart at the end. Where a sensor is apart, looks off or is not
    clear there, the whole run is looked at.
    """
    start = max(s.t0 for s in streams.values())
    stop = min(s.t0 + s.n / s.fs for s in streams.values())
    if not apart and stop - start > 2.0 * sync.check_s:
        parts = {p: cut(s, stop - sync.check_s, stop) for p, s in streams.items()}
        ends = {p: part for p, part in parts.items() if part is not None}
        found = relate(ends, sync, events, (), protocol) if len(ends) == len(streams) else {}
        fine = [m.clear and not _off(ends[p], m, sync) for p, m in found.items()]
        if len(fine) == len(streams) - 1 and all(fine):
            return found
    return relate(streams, sync, events, apart, protocol)


def _match(
    streams: Mapping[str, UniformStream],
    tracks: Mapping[str, Track],
    reference: str,
    placement: str,
    hops: Hops,
    timed: Timed,
    sync: SyncSettings,
    events: EventSettings,
) -> ClockMatch | None:
    """One sensor's clock against the reference's, from this sensor's contacts alone.

    Where the gait leaves it open and several jumps name a shift, less is asked of the gait there;
    where starts and stops of movement do, as much as everywhere. Walking says nothing of
    milliseconds: there jumps have to, where the walk keeps step and starts and stops bear them out.
    """
    shifts = coarse_shifts(tracks[reference], tracks[placement], sync)

    def at(shift: float, least: float) -> ClockMatch | None:
        return _match_at(streams, tracks, reference, placement, shift, least, timed, sync, events)

    first = at(shifts[0][0], sync.least_evidence) if shifts else None
    if first is not None and first.clear:
        return first
    own, theirs = (changes(streams[p], sync, events) for p in (reference, placement))
    jump = jump_shift(hops[reference](), hops[placement](), sync)
    if jump is None:
        change = change_shift(own, theirs, sync)
        second = at(change, sync.least_evidence) if change is not None else None
        return second if second is not None and second.clear else first or second
    second = at(jump, sync.least_evidence_jumps)
    if second is None:  # hardly anybody runs
        a, b = streams[reference], streams[placement]
        common = max(a.t0, b.t0 + jump), min(a.t0 + a.n / a.fs, b.t0 + b.n / b.fs + jump)
        same = reference.split("_")[0] == placement.split("_")[0]
        line = drift_line(tracks[reference], tracks[placement], jump, same, sync)
        if line is None or not changes_agree(own, theirs, jump, common, hops[reference](), sync):
            return first
        return by_jumps_alone(
            reference, placement, hops[reference](), hops[placement](), jump, line, sync
        )
    if not second.clear:
        return first or second
    away = float(second.on_reference(second.at_s)) - second.at_s - jump
    return second if abs(away) < sync.jumps_within_s else first


def _match_at(
    streams: Mapping[str, UniformStream],
    tracks: Mapping[str, Track],
    reference: str,
    placement: str,
    shift: float,
    least_evidence: float,
    timed: Timed,
    sync: SyncSettings,
    events: EventSettings,
) -> ClockMatch | None:
    a, b = tracks[reference].running(), tracks[placement].running()
    if min(a.n, b.n) < sync.fewest_strides:
        return None
    same = reference.split("_")[0] == placement.split("_")[0]
    line = drift_line(a, b, shift, same, sync)
    if line is None:
        return None
    pairings: list[Pairing] = []
    timed[placement] = []
    for centre in windows(b, *_common(a, b, line), sync):
        own = contacts(streams[placement], b, centre, sync.timed_s, sync, events)
        beside = a
        if not a.each_step:
            there = centre + float(line.at(centre))
            beside = contacts(streams[reference], a, there, sync.timed_s + 8.0, sync, events)
            timed[reference].append(beside)
        timed[placement].append(own)
        found = pair(own.time_s, *targets(beside, same), line, sync)
        if found is not None:
            pairings.append(found)
    return decide(reference, placement, line, pairings, sync, least_evidence)


def _legs_alike(streams: Mapping[str, UniformStream], timed: Timed, sync: SyncSettings) -> bool:
    """Whether the same moment of the stride was taken for the contact on both legs."""
    for limb in ("shank", "foot", "thigh"):
        legs = [f"{side}_{limb}" for side in SIDES]
        tracks = [joined(timed[p]) for p in legs if timed.get(p)]
        if len(tracks) < 2 or min(t.n for t in tracks) < sync.fewest_in_window:
            continue
        late = lag_of_legs(streams[legs[0]], tracks[0], streams[legs[1]], tracks[1])
        if abs(late) > sync.legs_alike_s:
            return False
    return True


def _common(a: Track, b: Track, line: Line) -> tuple[float, float]:
    """Start and end of what both saw, on b's clock, s."""
    start = max(b.time_s[0], a.time_s[0] - float(line.at(b.time_s[0])))
    stop = min(b.time_s[-1], a.time_s[-1] - float(line.at(b.time_s[-1])))
    return start, stop


def _refined(
    streams: Mapping[str, UniformStream],
    reference: str,
    sure: Mapping[str, ClockMatch],
    timed: Timed,
    sync: SyncSettings,
    events: EventSettings,
) -> dict[str, ClockMatch]:
    """The matches, with the contacts that all sensors together show."""
    known = {p: joined(timed[p]) for p in sure}
    if reference != PELVIS:
        known[reference] = joined(timed[reference])
    near = _evened(known, sure) if reference == PELVIS else dict(sure)
    on_one = {reference: streams[reference]} | {p: moved(streams[p], m) for p, m in near.items()}
    placed = {p: _on(t, near[p]) if p in near else t for p, t in known.items()}
    first = next(iter(sure))
    centres = [
        float(near[first].on_reference(float(np.median(t.time_s)))) for t in timed[first] if t.n
    ]
    late = together(on_one, placed, centres, sync, events)
    base = late.get(reference, 0.0)
    return {p: replace(m, offset_s=m.offset_s - late.get(p, 0.0) + base) for p, m in sure.items()}


def worst_offset(stream: UniformStream, match: ClockMatch) -> float:
    """The largest offset within what was compared (clocks drift), s."""
    half = 0.5 * match.span_s
    ends = np.clip(
        [match.at_s - half, match.at_s + half], stream.t0, stream.t0 + (stream.n - 1) / stream.fs
    )
    off = match.on_reference(ends) - ends
    return float(off[np.abs(off).argmax()])


def _off(stream: UniformStream, match: ClockMatch, sync: SyncSettings) -> bool:
    return abs(worst_offset(stream, match)) > 0.5 * sync.tolerance_s


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
