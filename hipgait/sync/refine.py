"""The last milliseconds: how far the middles of contacts lie from where the tracks put them.

The delay from a stride's anchor to the middle of its contact is a constant of the runner and of
where the sensor sits. It is measured in a few short windows with the contacts that the analysis
itself would find: first each leg alone, because the pelvis helps only where it is right to about
10 ms, then all sensors together, because a shank alone may take the wrong rise for the landing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import PELVIS, SIDES
from hipgait.recording import FloatArray
from hipgait.settings import EventSettings, SyncSettings
from hipgait.strides.events import find_stances
from hipgait.sync.tracks import Track


def cut(stream: UniformStream, start_s: float, stop_s: float) -> UniformStream | None:
    """The samples between two times; None with less than 5 s."""
    lo, hi = np.clip(np.rint(stream.index(np.array([start_s, stop_s]))), 0, stream.n).astype(int)
    if hi - lo < 5.0 * stream.fs:
        return None
    part = slice(lo, hi)
    return replace(
        stream,
        t0=stream.t0 + lo / stream.fs,
        acc=stream.acc[part],
        gyr=None if stream.gyr is None else stream.gyr[part],
        missing=stream.missing[part],
        acc_clipped=stream.acc_clipped[part],
        gyr_clipped=stream.gyr_clipped[part],
    )


def alone(stream: UniformStream, track: Track, sync: SyncSettings, events: EventSettings) -> float:
    """Median of (middle of the contact - the track's) of one leg, s; 0 where none is found."""
    found = _delays({stream.placement: stream}, {stream.placement: track}, sync, events)
    return found.get(stream.placement, 0.0)


def together(
    streams: Mapping[str, UniformStream],
    tracks: Mapping[str, Track],
    sync: SyncSettings,
    events: EventSettings,
) -> dict[str, float]:
    """The same of every leg, from all sensors; only those whose contacts were found.

    streams, tracks : placement -> what is on one clock already, to about 20 ms.
    """
    out: dict[str, float] = {}
    for limb in ("shank", "foot", "thigh"):
        legs = [f"{side}_{limb}" for side in SIDES if f"{side}_{limb}" in tracks]
        if legs:
            used = [*legs, PELVIS] if limb != "thigh" and PELVIS in streams else legs
            own = {p: tracks[p] for p in legs}
            out |= _delays({p: streams[p] for p in used}, own, sync, events)
    return out


def _delays(
    streams: Mapping[str, UniformStream],
    legs: Mapping[str, Track],
    sync: SyncSettings,
    events: EventSettings,
) -> dict[str, float]:
    running = any(t.run.mean() > sync.running_share for t in legs.values())
    when = np.concatenate([t.time_s[t.run == running] for t in legs.values()])
    rows: dict[str, list[FloatArray]] = {p: [] for p in legs}
    for centre in np.quantile(when, sync.timed_at):
        start, stop = centre - 0.5 * sync.timed_s, centre + 0.5 * sync.timed_s
        parts = {p: cut(stream, start, stop) for p, stream in streams.items()}
        present = {p: part for p, part in parts.items() if part is not None}
        if not any(p in present for p in legs):
            continue
        s = find_stances(present, events)
        good = (s.run == running) & ~s.imputed & np.isfinite(s.tc_s)
        for p in legs:
            if p in present:
                middle = 0.5 * (s.ic_s + s.tc_s)[good & (s.left == p.startswith("left"))]
                rows[p].append(_away(middle, legs[p]))
    return {p: float(np.median(np.concatenate(r))) for p, r in rows.items() if sum(map(len, r))}


def unevenness(left: Track, right: Track) -> float:
    """How much later than halfway between two left contacts the right ones come, s."""
    after = np.searchsorted(left.time_s, right.time_s)
    inside = (after > 0) & (after < left.n)
    start, stop = left.time_s[after[inside] - 1], left.time_s[after[inside]]
    whole = stop - start < 1.3 * left.stride_s[after[inside]]
    late = right.time_s[inside] - 0.5 * (start + stop)
    return float(np.median(late[whole])) if whole.any() else 0.0


def _away(middle_s: FloatArray, track: Track) -> FloatArray:
    """Middles minus the track's nearest ones, those far away left out, s."""
    t = track.time_s
    k = np.clip(np.searchsorted(t, middle_s), 1, len(t) - 1)
    k = k - (middle_s - t[k - 1] < t[k] - middle_s)
    away = middle_s - t[k]
    return np.asarray(away[np.abs(away) < 0.25 * track.stride_s[k]])
