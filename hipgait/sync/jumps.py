"""Jumps on two clocks: what all sensors feel at once, and what gait, being periodic, cannot offer.

In the air every sensor is weightless. The middle of that time is taken, between the moments at
which push-off has fallen to half of its peak and the landing has risen to half of its own: a
sensor's size, mounting and noise do not enter, and what shifts the take-off at the shank against
the pelvis (the foot leaves last) shifts the landing the other way (it lands first).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hipgait.kinematics.protocol import find_protocol
from hipgait.kinematics.uniform import UniformStream
from hipgait.recording import FloatArray
from hipgait.settings import ProtocolSettings, SyncSettings
from hipgait.sync.match import ClockMatch, Line

_LOOK_S = 0.3
"""push-off and landing are looked for this far from the middle of the flight, s"""


def jumps(stream: UniformStream, protocol: ProtocolSettings) -> FloatArray:
    """(k,) middles of the times in the air, with rest before and after, s on the sensor's clock."""
    found = find_protocol({stream.placement: stream}, protocol).jumps
    middles = [_middle(stream, float(row.mean())) for row in found]
    return np.array([t for t in middles if t is not None])


def _middle(stream: UniformStream, inside_s: float) -> float | None:
    """Middle between push-off and landing around a flight, s; None where either is missing."""
    edges = stream.index(np.array([inside_s - _LOOK_S, inside_s, inside_s + _LOOK_S]))
    lo, inside, hi = np.rint(edges).astype(int)
    if lo < 0 or hi >= stream.n or stream.missing[lo : hi + 1].any():
        return None
    force = np.linalg.norm(stream.acc[lo : hi + 1], axis=1)
    after = _half(force[inside - lo :])
    before = _half(force[inside - lo :: -1])
    return float(stream.t0 + (inside + 0.5 * (after - before)) / stream.fs)


def _half(force: FloatArray) -> float:
    """Samples until the force first reaches half of its peak."""
    level = 0.5 * float(force.max())
    k = int(np.argmax(force >= level))
    if k == 0:
        return 0.0
    return k - (float(force[k]) - level) / (float(force[k]) - float(force[k - 1]))


def jump_shift(a: FloatArray, b: FloatArray, s: SyncSettings) -> float | None:
    """Shift of b's clock that lays the most of b's jumps on a's, s; None with fewer than two.

    One jump fits any other: only several at the same distances say which is which.
    """
    if len(a) < 2 or len(b) < 2:
        return None
    shifts = (a[:, None] - b[None, :]).ravel()
    fits = np.abs(shifts[:, None] - shifts[None, :]) < s.jumps_within_s
    best = int(fits.sum(axis=1).argmax())
    if fits[best].sum() < 2:
        return None
    return float(np.median(shifts[fits[best]]))


def by_jumps(m: ClockMatch, a: FloatArray, b: FloatArray, s: SyncSettings) -> ClockMatch:
    """The match with what jumps say of the last milliseconds.

    Where both agree, gait and jumps count as their errors tell. Where they do not, one leg's
    landing was taken for another rise, by some 30 ms: then the jumps have it.
    """
    if not len(a) or not len(b):
        return m
    away = a[:, None] - m.on_reference(b)[None, :]
    away = away[np.abs(away) < s.jumps_within_s]
    if not len(away):
        return m
    late = float(np.median(away))
    share = s.gait_sd_s**2 / (s.gait_sd_s**2 + s.jump_sd_s**2)
    if abs(late) > s.jumps_differ_s:
        share = 1.0
    return replace(m, offset_s=m.offset_s + share * late, jumps=len(away))


def by_jumps_alone(
    reference: str,
    placement: str,
    a: FloatArray,
    b: FloatArray,
    shift_s: float,
    line: Line,
    s: SyncSettings,
) -> ClockMatch:
    """The match of two jumps and more that lie ``shift_s`` apart, where nobody runs.

    line : what the walk says of the clocks' rates; where it scatters, or says more than clocks do,
    nothing is clear.
    """
    away = a[:, None] - b[None, :]
    near = np.abs(away - shift_s) < s.jumps_within_s
    own = b[near.any(axis=0)]
    at_s = float(own.mean())
    rest = away[near] - 1e-6 * line.ppm * (np.broadcast_to(b, away.shape)[near] - at_s)
    return ClockMatch(
        placement,
        reference,
        float(np.median(rest)),
        line.ppm,
        at_s,
        1e3 * float(np.std(rest)),
        windows=0,
        strides=0,
        evidence=0.0,
        clear=line.residual_s < s.largest_residual_s and abs(line.ppm) < s.most_ppm,
        span_s=float(np.ptp(own)),
        jumps=len(own),
    )
