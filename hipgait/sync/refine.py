"""Contacts timed one by one, in a few short windows of each leg.

First each leg alone, because the pelvis helps only where it is right to about 10 ms, then all
sensors together, because a shank alone may take the wrong rise for the landing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.fft import irfft, rfft

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import PELVIS, SIDES
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings, SyncSettings
from hipgait.strides.events import find_stances
from hipgait.strides.sequence import Stances
from hipgait.sync.tracks import Track, empty, track

_LAG_STEP_S = 0.01
"""step at which the legs' mean strides are compared, s"""


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


def windows(near: Track, start_s: float, stop_s: float, s: SyncSettings) -> list[float]:
    """Middles of the windows to time contacts in, between two times of the track's clock, s."""
    t = near.time_s[(near.time_s > start_s) & (near.time_s < stop_s)]
    if not len(t):
        return []
    at = np.quantile(t, s.timed_at)
    return [float(x) for i, x in enumerate(at) if i == 0 or x - at[i - 1] > 0.5 * s.timed_s]


def loaded(s: Stances, track: Track, mine: BoolArray, sync: SyncSettings) -> FloatArray:
    """(k,) when the pelvis' slow load is in the middle of one leg's stances, s; NaN without an end.

    mine : (m,) the leg's stances.  track : this leg's, around them, on the same clock.
    A shank swings forward until its foot is about to land. Where the contacts begin before that,
    another rise was taken for the landing, and the usual delay after the swing counts instead.
    """
    ic, tc = s.ic_s[mine], s.tc_s[mine]
    if track.swing_s is not None:
        late = _away(ic, replace(track, time_s=track.swing_s))
        if len(late) and np.median(late) < 0.0:
            ic = ic + sync.swing_landing_s - float(np.median(late))
    return np.asarray(ic + sync.load_share * (tc - ic))


def contacts(
    stream: UniformStream,
    near: Track,
    centre_s: float,
    length_s: float,
    sync: SyncSettings,
    events: EventSettings,
) -> Track:
    """Loads of one leg's running contacts around a time, from this sensor alone."""
    part = cut(stream, centre_s - 0.5 * length_s, centre_s + 0.5 * length_s)
    if part is None:
        return empty(near.placement)
    s = find_stances({part.placement: part}, events)
    good = s.run & ~s.imputed & np.isfinite(s.tc_s)
    middle = loaded(s, near, good, sync)
    stride = np.interp(middle, near.time_s, near.stride_s)
    return Track(near.placement, middle, stride, s.run[good], False)


def joined(parts: Sequence[Track]) -> Track:
    """Windows of one leg as one track, in the order of time, each contact once.

    The reference's windows are timed once for every other sensor, and overlap.
    """
    time, stride, run = (
        np.concatenate([getattr(p, name) for p in parts]) for name in ("time_s", "stride_s", "run")
    )
    order = np.argsort(time, kind="stable")
    time, stride, run = time[order], stride[order], run[order]
    first = np.diff(time, prepend=-np.inf) > 0.5 * stride
    return Track(parts[0].placement, time[first], stride[first], run[first], False)


def together(
    streams: Mapping[str, UniformStream],
    timed: Mapping[str, Track],
    centres: Sequence[float],
    sync: SyncSettings,
    events: EventSettings,
) -> dict[str, float]:
    """Median of (middle from all sensors - middle from the leg alone), s, of each leg.

    streams, timed : placement -> what is on one clock already, to about 20 ms.  centres : middles
    of the windows, s.
    """
    out: dict[str, float] = {}
    for limb in ("shank", "foot", "thigh"):
        legs = [f"{side}_{limb}" for side in SIDES if f"{side}_{limb}" in timed]
        used = [*legs, PELVIS] if limb != "thigh" and PELVIS in streams else legs
        if len(used) < 2 or not legs:
            continue
        rows: dict[str, list[FloatArray]] = {p: [] for p in legs}
        for centre in centres:
            half = 0.5 * sync.together_s
            parts = {p: cut(streams[p], centre - half, centre + half) for p in used}
            present = {p: part for p, part in parts.items() if part is not None}
            if len(present) < len(used):
                continue
            s = find_stances(present, events)
            good = s.run & ~s.imputed & np.isfinite(s.tc_s)
            for p in legs:
                own = track(present[p], sync, events)
                middle = loaded(s, own, good & (s.left == p.startswith("left")), sync)
                rows[p].append(_away(middle, timed[p]))
        out |= {p: float(np.median(np.concatenate(r))) for p, r in rows.items() if sum(map(len, r))}
    return out


def lag_of_legs(
    left: UniformStream, near_left: Track, right: UniformStream, near_right: Track
) -> float:
    """How much later the right leg's mean stride comes after its contacts than the left's, s.

    Two legs of one runner look alike. Without gyroscopes a push-off may be taken for a landing, on
    one leg alone: its steps still fit all others, but its signal then does not.
    """
    stride = float(np.median(near_left.stride_s))
    tau = np.arange(0.0, stride, _LAG_STEP_S)
    one, two = _mean_force(left, near_left, tau), _mean_force(right, near_right, tau)
    match = irfft(rfft(one).conj() * rfft(two), len(tau))
    k = int(match.argmax())
    return _LAG_STEP_S * (k if 2 * k <= len(tau) else k - len(tau))


def _mean_force(stream: UniformStream, near: Track, tau: FloatArray) -> FloatArray:
    """Mean size of the force at ``tau`` after the contacts, less its own mean, m/s^2."""
    size = np.linalg.norm(stream.acc, axis=1)
    at = stream.index(near.time_s[:, None] + tau)
    inside = (at[:, 0] > 0) & (at[:, -1] < stream.n - 1)
    mean = np.interp(at[inside], np.arange(stream.n), size).mean(axis=0)
    return np.asarray(mean - mean.mean())


def unevenness(left: Track, right: Track) -> float:
    """How much later than halfway between two left contacts the right ones come, s."""
    if left.n < 2 or not right.n:
        return 0.0
    after = np.searchsorted(left.time_s, right.time_s)
    inside = (after > 0) & (after < left.n)
    start, stop = left.time_s[after[inside] - 1], left.time_s[after[inside]]
    whole = stop - start < 1.3 * left.stride_s[after[inside]]
    late = right.time_s[inside] - 0.5 * (start + stop)
    return float(np.median(late[whole])) if whole.any() else 0.0


def _away(middle_s: FloatArray, near: Track) -> FloatArray:
    """Middles minus the track's nearest ones, those far away left out, s."""
    t = near.time_s
    if len(t) < 2:
        return np.zeros(0)
    k = np.clip(np.searchsorted(t, middle_s), 1, len(t) - 1)
    k = k - (middle_s - t[k - 1] < t[k] - middle_s)
    away = middle_s - t[k]
    return np.asarray(away[np.abs(away) < 0.25 * near.stride_s[k]])
