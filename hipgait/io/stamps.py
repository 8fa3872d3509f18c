"""Time stamps that tell when a sample was delivered instead of taken.

Phone apps and radio loggers stamp a sample when they receive it. Bluetooth and batching deliver in
bursts, late but never early: the samples themselves are evenly spaced, and the earliest deliveries
show where.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from hipgait.recording import BoolArray, FloatArray, Recording

REGULAR_SHARE: Final = 0.8
"""At least this share of the steps lies within half to one and a half medians where a stamp is the
time of its sample (an ankle's phone: 0.21 with stamps of delivery, 1.00 with a regular timer)."""
PAUSE_S: Final = 0.25
"""Longer steps are pauses of the recording, not late deliveries, s (late by 0.07 s at most in 85 s
of a phone that delivered in bursts)."""
BLOCK: Final = 200
"""Samples over which the earliest deliveries follow the clock: ten lie in their earliest 5 %, and
lost samples shift no more than two blocks (simulated, 100 Hz, 0.5 % lost: landings 3 ms SD; with
blocks of 1000 it was 13)."""
CLIMB_SHARE: Final = 0.5
"""What goes up and down by more than twice what it climbs is no clock."""
LOSS_STEPS: Final = 20
"""Steps up to this many times the shortest are samples lost one by one, where nearly all steps are
such multiples."""
LOSS_SHARE: Final = 0.95
ENOUGH: Final = 60_000
"""So many stamps tell whether they are of delivery."""
DISORDER_SHARE: Final = 0.01
"""More steps back than this are no single slips of a timer."""
FRAGMENT_S: Final = 1.0
"""Shorter stretches at either end, beyond a pause of ``APART_S``, are left over, s."""
APART_S: Final = 2.0


def is_delivery(time_s: FloatArray) -> bool:
    """Whether stamps come in bursts or stand still: times of delivery, not of sampling."""
    steps = np.diff(time_s[np.isfinite(time_s)])
    if len(steps) < 20:
        return False
    usual = float(np.median(steps[steps > 0])) if np.any(steps > 0) else 0.0
    mean = float(np.mean(steps[steps < PAUSE_S])) if np.any(steps < PAUSE_S) else 0.0
    middle = max(usual, mean)
    regular = (steps > 0.5 * middle) & (steps < 1.5 * middle)
    if regular.mean() >= REGULAR_SHARE or np.any(steps < -PAUSE_S):
        return False
    if steps.sum() < CLIMB_SHARE * np.abs(steps).sum():
        return False
    return not _only_losses(steps)


def _only_losses(steps: FloatArray) -> bool:
    """Whether steps are whole multiples of one: a regular clock of which samples are missing."""
    single = float(np.percentile(steps, 10))
    if single <= 0 or np.any(steps <= 0):
        return False
    count = steps / single
    whole = (np.abs(count - np.rint(count)) < 0.15) & (count < LOSS_STEPS)
    return bool(whole.mean() > LOSS_SHARE)


def even_out(time_s: FloatArray, notes: list[str]) -> FloatArray:
    """Sample times out of stamps of delivery; regular stamps come back (nearly) as they are.

    Between pauses the samples are taken as evenly spaced, as early as the earliest deliveries of
    each ``BLOCK`` allow. A note says what was done.

    Parameters
    ----------
    time_s : (n,) s, finite, not increasing strictly.
    """
    if not is_delivery(time_s):
        return _straightened(time_s, notes)
    ordered = np.maximum.accumulate(time_s)
    cuts = np.flatnonzero(np.diff(ordered) > PAUSE_S) + 1
    parts = [_evened(part) for part in np.split(ordered, cuts)]
    even = np.concatenate(parts)
    late = 1e3 * float(np.percentile(np.abs(ordered - even), 99))
    if np.any(np.diff(even) <= 0):
        return time_s
    notes.append(
        "stamps show when samples were delivered (in bursts): taken as evenly spaced, "
        f"stamps moved by up to {late:.0f} ms"
    )
    return even


def with_even_stamps(recording: Recording) -> Recording:
    """The recording with stamps of delivery evened out, each noted; others stay as they are."""
    streams, notes = dict(recording.streams), list(recording.notes)
    for placement, stream in recording.streams.items():
        said: list[str] = []
        if is_delivery(stream.time_s[:ENOUGH]):
            streams[placement] = replace(stream, time_s=even_out(stream.time_s, said))
            notes += [f"{placement.replace('_', ' ')}: {note}" for note in said]
    return replace(recording, streams=streams, notes=tuple(notes))


def _straightened(time_s: FloatArray, notes: list[str]) -> FloatArray:
    """Regular stamps, of which single ones are out of order by less than a step: set between their
    neighbours (a phone's timer that was called late; the samples are in order)."""
    steps = np.diff(time_s)
    usual = float(np.median(steps)) if len(steps) else 0.0
    back = np.flatnonzero((steps <= 0) & (steps > -usual))
    if not len(back) or len(back) > DISORDER_SHARE * len(steps):
        return time_s
    wrong = np.zeros(len(time_s), dtype=bool)
    wrong[back] = wrong[back + 1] = True
    wrong[[0, -1]] = False
    row = np.arange(len(time_s))
    out = time_s.copy()
    out[wrong] = np.interp(row[wrong], row[~wrong], time_s[~wrong])
    if np.any((np.diff(out) <= 0) & (steps > -usual)):
        return time_s
    notes.append(
        f"{len(back)} stamps out of order by less than a sample set between their neighbours"
    )
    return out


def _evened(t: FloatArray) -> FloatArray:
    """Even spacing under the earliest deliveries of one stretch without pauses."""
    n = len(t)
    if n < 20:
        return np.asarray(t[0] + (t[-1] - t[0] + 1e-3) * np.arange(n) / max(n - 1, 1))
    k = np.arange(n, dtype=np.float64)
    edges = np.linspace(0, n, max(2, round(n / BLOCK)) + 1).astype(np.int64)
    middle = 0.5 * (edges[:-1] + edges[1:] - 1)
    slope = float((t[-1] - t[0]) / (n - 1))
    for _ in range(3):  # a slope that is off tilts the blocks, and so shifts their percentiles
        late = t - slope * k
        early = np.array([np.percentile(late[a:b], 5) for a, b in pairwise(edges)])
        slope += float(np.polyfit(middle, early, 1)[0])
    late = t - slope * k
    early = np.array([np.percentile(late[a:b], 5) for a, b in pairwise(edges)])
    return np.asarray(slope * k + np.interp(k, middle, early))


def fragments(time_s: FloatArray, notes: list[str]) -> BoolArray:
    """(n,) rows to keep: without left-over samples before the first or after the last long pause.

    Apps that pause in the background leave a sample or two on the far side of the pause.
    """
    keep = np.ones(len(time_s), dtype=bool)
    pauses = np.flatnonzero(np.diff(time_s) > APART_S)
    if not len(pauses):
        return keep
    first, last = int(pauses[0]), int(pauses[-1])
    if time_s[first] - time_s[0] < FRAGMENT_S:
        keep[: first + 1] = False
    if time_s[-1] - time_s[last + 1] < FRAGMENT_S:
        keep[last + 1 :] = False
    gone = int((~keep).sum())
    if not gone or keep.sum() < 2:
        return np.ones(len(time_s), dtype=bool)
    longest = float(np.diff(time_s)[pauses].max())
    notes.append(f"{gone} left-over rows beyond a pause of {longest:.1f} s left out")
    return keep


def held(values: FloatArray) -> BoolArray:
    """(n,) rows that repeat the row before in every column: sample and hold, not a new sample."""
    same = np.zeros(len(values), dtype=bool)
    same[1:] = (values[1:] == values[:-1]).all(axis=1)
    return same
