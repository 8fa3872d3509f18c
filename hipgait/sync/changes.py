"""Standing still and moving off on two clocks: coarse, but every recording of a run has them.

All of a body starts and stops within a step. Two such changes at the same distance on both sensors
say within a second which stretch belongs to which; the gait then has to say which step.
"""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.recording import FloatArray
from hipgait.settings import EventSettings, SyncSettings
from hipgait.sync.tracks import moves

Changes = tuple[FloatArray, FloatArray]
"""(k,) times of starts and (m,) of stops, s on the sensor's clock."""


def changes(stream: UniformStream, sync: SyncSettings, events: EventSettings) -> Changes:
    """When the sensor starts and stops to move, each after or before ``sync.rest_s`` of rest."""
    found = moves(stream)
    if len(found.time_s) < 2:
        return np.zeros(0), np.zeros(0)
    rests = found.spread_g < events.pelvis_rest_spread_g
    edges = np.flatnonzero(np.diff(np.r_[False, rests, False].astype(np.int8))).reshape(-1, 2)
    time = found.time_s
    long = edges[time[edges[:, 1] - 1] - time[edges[:, 0]] > sync.rest_s]
    starts = [float(time[b]) for _, b in long if b < len(time)]
    stops = [float(time[a]) for a, _ in long if a > 0]
    return np.array(starts), np.array(stops)


def change_shift(a: Changes, b: Changes, s: SyncSettings) -> float | None:
    """Shift of b's clock that lays the most of b's changes on a's, s; None with fewer than two.

    None too where another shift, further off than ``changes_within_s``, does as well.
    """
    shifts = np.concatenate([(x[:, None] - y[None, :]).ravel() for x, y in zip(a, b, strict=True)])
    if not len(shifts):
        return None
    fits = np.abs(shifts[:, None] - shifts[None, :]) < s.changes_within_s
    count = fits.sum(axis=1)
    best = int(count.argmax())
    rivals = count[np.abs(shifts - shifts[best]) > 2.0 * s.changes_within_s]
    if count[best] < 2 or (rivals >= count[best]).any():
        return None
    return float(np.median(shifts[fits[best]]))


def changes_agree(
    a: Changes,
    b: Changes,
    shift_s: float,
    common_s: tuple[float, float],
    jumps_s: FloatArray,
    s: SyncSettings,
) -> bool:
    """Whether at least one change of the two is the same at this shift, and none has no partner.

    common_s : from when to when both recorded.  jumps_s : (k,) jumps: what is next to them says
    nothing new. Both on a's clock.
    """
    partners = 0
    lo, hi = common_s[0] + 2.0 * s.rest_s, common_s[1] - 2.0 * s.rest_s
    for one, other in zip(a, b, strict=True):
        there = other + shift_s
        for mine, theirs in ((one, there), (there, one)):
            for t in mine[(mine > lo) & (mine < hi)]:
                if np.abs(jumps_s - t).min(initial=np.inf) < s.rest_s:
                    continue
                if np.abs(theirs - t).min(initial=np.inf) > s.changes_within_s:
                    return False
                partners += 1
    return partners > 0
