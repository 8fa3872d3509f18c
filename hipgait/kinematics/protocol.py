"""The recording protocol, found by itself: standing, trunk bows, heel-to-buttock kicks, jumps.

Every part is optional, any mounting of the sensors is allowed, and nothing is invented in walking
or running: a bow needs legs that are still, a kick needs everything but one leg still, a jump needs
all sensors weightless at once with rest close by.

Needs: gyroscopes for bows and kicks. Stillness thresholds follow the rest detection of VQF (Laidig
& Seel 2023, doi:10.1016/j.inffus.2022.10.014), widened for people who sway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hipgait.kinematics.smoothing import unit
from hipgait.kinematics.stillness import (
    STEP_S,
    Slow,
    common_grid,
    gait_direction,
    runs,
    slow_features,
    standing_intervals,
)
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import PELVIS, SIDES
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import ProtocolSettings

Ranges = list[tuple[int, int]]


def _none() -> FloatArray:
    return np.zeros((0, 2))


@dataclass(frozen=True)
class Protocol:
    """What was found. Every array is (k, 2): start and end of each, s on the reference clock.

    standing : all sensors still, upright.
    bows : trunk bows, one row each.
    kicks : "left" | "right" -> heel-to-buttock kicks, one row each.
    jumps : time in the air of each jump.
    """

    standing: FloatArray = field(default_factory=_none)
    bows: FloatArray = field(default_factory=_none)
    kicks: Mapping[str, FloatArray] = field(default_factory=dict)
    jumps: FloatArray = field(default_factory=_none)

    @property
    def n_bows(self) -> int:
        """Number of bows."""
        return len(self.bows)

    @property
    def n_jumps(self) -> int:
        """Number of jumps."""
        return len(self.jumps)

    def n_kicks(self, side: str) -> int:
        """Number of kicks of one leg."""
        return len(self.kicks.get(side, ()))


def find_protocol(
    streams: Mapping[str, UniformStream], settings: ProtocolSettings | None = None
) -> Protocol:
    """Find the parts of the protocol in a recording."""
    s = settings or ProtocolSettings()
    if not streams:
        return Protocol()
    grid = common_grid(streams)
    slow = {p: slow_features(stream, grid) for p, stream in streams.items()}
    standing = standing_intervals(slow, grid, s)
    kicks = {side: _as_times(_kicks(slow, side, s), grid) for side in SIDES}
    return Protocol(
        _as_times(standing, grid),
        _as_times(_bows(slow, standing, s), grid),
        {side: rows for side, rows in kicks.items() if len(rows)},
        _jumps(streams, slow, grid, s),
    )


def _as_times(ranges: Ranges, grid: FloatArray) -> FloatArray:
    if not ranges:
        return _none()
    i = np.array(ranges)
    return np.column_stack([grid[i[:, 0]] - 0.5 * STEP_S, grid[i[:, 1] - 1] + 0.5 * STEP_S])


# ------------------------------------------------------------------------------------------ bows


def _bows(slow: Mapping[str, Slow], standing: Ranges, s: ProtocolSettings) -> Ranges:
    pelvis = slow.get(PELVIS)
    if pelvis is None or pelvis.gyr is None:
        return []
    if standing:
        longest = max(standing, key=lambda ab: ab[1] - ab[0])
        upright = unit(pelvis.acc[slice(*longest)].mean(axis=0))
    else:
        towards = gait_direction(pelvis, s)
        if towards is None:
            return []
        upright = towards
    legs = [one for p, one in slow.items() if p.endswith("_shank")]
    calm = pelvis.present & (pelvis.shake < s.bow_shake_mps2) & (pelvis.rate < s.bow_rate_max_rad_s)
    for leg in legs:
        calm &= leg.rate < s.support_rate_rad_s
    tilt = np.degrees(np.arccos(np.clip(unit(_lowpass(pelvis.acc)) @ upright, -1.0, 1.0)))
    found = []
    for a, b in runs(calm):
        if (b - a) * STEP_S < s.bow_min_s:
            continue
        for i, j in _excursions(tilt[a:b], s.bow_min_deg, s.bow_return_deg):
            seconds = (j - i) * STEP_S
            turned = pelvis.gyr[a + i : a + j]
            if s.bow_min_s <= seconds <= s.bow_max_s and _is_hinge(turned, upright, s):
                found.append((a + i, a + j))
    return found


def _lowpass(x: FloatArray, width: int = 5) -> FloatArray:
    kernel = np.hanning(width + 2)[1:-1]
    kernel /= kernel.sum()
    if len(x) < width:
        return x
    return np.column_stack([np.convolve(c, kernel, mode="same") for c in x.T])


def _excursions(angle: FloatArray, peak: float, rest: float) -> Ranges:
    """Stretches that leave ``rest``, pass ``peak`` and come back: first and last + 1 index."""
    out = []
    for a, b in runs(angle > rest):
        inside = a > 0 and b < len(angle)
        if inside and angle[a:b].max() > peak:
            out.append((a - 1, b + 1))
    return out


def _is_hinge(gyr: FloatArray, upright: FloatArray, s: ProtocolSettings) -> bool:
    """Rotation there and back about one horizontal axis, as far as the tilt says."""
    values, vectors = np.linalg.eigh(gyr.T @ gyr)
    axis = vectors[:, -1]
    angle = np.degrees(np.cumsum(gyr @ axis) * STEP_S)
    there_and_back = np.abs(angle).max() > 0.6 * s.bow_min_deg and abs(angle[-1]) < 25.0
    one_axis = values[-1] > s.hinge_share * values.sum()
    return bool(there_and_back and one_axis and abs(axis @ upright) < 0.5)


# ----------------------------------------------------------------------------------------- kicks


def _kicks(slow: Mapping[str, Slow], side: str, s: ProtocolSettings) -> Ranges:
    leg = slow.get(f"{side}_shank")
    if leg is None or leg.gyr is None:
        return []
    others = [one for p, one in slow.items() if not p.startswith(side)]
    calm = leg.present.copy()
    for other in others:
        calm &= other.rate < s.support_rate_rad_s
    if not others:
        return []
    found: Ranges = []
    rest = round(s.kick_rest_s / STEP_S)
    for a, b in runs(calm):
        if (b - a) * STEP_S < s.kick_min_s + 2 * s.kick_rest_s:
            continue
        for i, j in _bouts(leg.rate[a:b] > s.kick_moving_rad_s, rest):
            # rest before and after: a stance leg in walking is never that still for that long
            if i >= rest and j <= b - a - rest:
                part = leg.gyr[a + i : a + j]
                found += [(a + i + m, a + i + n) for m, n in _swings(part, s)]
    return found


def _bouts(moving: BoolArray, join: int) -> Ranges:
    out: Ranges = []
    for a, b in runs(moving):
        if out and a - out[-1][1] < join:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def _swings(gyr: FloatArray, s: ProtocolSettings) -> Ranges:
    """Swings of more than ``kick_min_deg`` about one axis that come back to where they began."""
    values, vectors = np.linalg.eigh(gyr.T @ gyr)
    if values[-1] < s.hinge_share * values.sum():
        return []
    angle = np.degrees(np.cumsum(gyr @ vectors[:, -1]) * STEP_S)
    if angle[np.argmax(np.abs(angle))] < 0:
        angle = -angle
    if abs(angle[-1]) > s.kick_return_deg or -angle.min() > s.kick_return_deg:
        return []
    padded = np.concatenate([[0.0], angle, [0.0]])
    out = []
    for a, b in _excursions(padded, s.kick_min_deg, s.kick_return_deg):
        seconds = (b - a) * STEP_S
        if s.kick_min_s <= seconds <= s.kick_max_s:
            out.append((max(a - 1, 0), min(b - 1, len(angle))))
    return out


# ----------------------------------------------------------------------------------------- jumps


def _jumps(
    streams: Mapping[str, UniformStream],
    slow: Mapping[str, Slow],
    grid: FloatArray,
    s: ProtocolSettings,
) -> FloatArray:
    """Times in the air that all sensors share, with a landing after and rest close by."""
    calm = np.ones(len(grid), dtype=bool)
    for one in slow.values():
        calm &= (one.rate < s.jump_rest_rate_rad_s) & (one.shake < s.jump_rest_acc_mps2)
    rested = _between_rests(calm, s)
    if not rested.any():
        return _none()
    crowd = 0.6 * s.jump_window_s  # a jump has few neighbours within this time, gait many
    look = [
        (grid[a] - crowd - 1.0, grid[b - 1] + crowd + 1.0)
        for a, b in runs(_widened(rested, round((2.0 * crowd + 2.0) / STEP_S)))
    ]
    flights: FloatArray | None = None
    for stream in streams.values():
        mine = _flights(stream, look, s)
        flights = mine if flights is None else _overlap(flights, mine)
        if not len(flights):
            return _none()
    assert flights is not None
    seconds = flights[:, 1] - flights[:, 0]
    flights = flights[(seconds >= s.jump_min_s) & (seconds <= s.jump_max_s)]
    if not len(flights):
        return _none()
    centre = flights.mean(axis=1)
    few = np.array([(np.abs(centre - t) < crowd).sum() <= s.jumps_at_once for t in centre])
    place = np.clip(((centre - grid[0]) / STEP_S + 0.5).astype(np.int64), 0, len(grid) - 1)
    return np.asarray(flights[few & rested[place]])


def _between_rests(calm: BoolArray, s: ProtocolSettings) -> BoolArray:
    """(k,) rest on both sides, each close by: a first step of gait has it on one side only."""
    rest = np.zeros(len(calm), dtype=bool)
    for a, b in runs(calm):
        rest[a:b] = (b - a) * STEP_S >= 0.5
    i, far = np.arange(len(rest)), len(rest) + s.jump_window_s / STEP_S
    last = np.maximum.accumulate(np.where(rest, i, -far))
    following = np.minimum.accumulate(np.where(rest, i, 2.0 * far)[::-1])[::-1]
    reach = s.jump_window_s / STEP_S
    return np.asarray((i - last < reach) & (following - i < reach))


def _widened(mask: BoolArray, joined: int) -> BoolArray:
    """The mask with breaks of up to ``joined`` samples closed."""
    out = mask.copy()
    for a, b in runs(~mask):
        out[a:b] = a > 0 and b < len(mask) and b - a <= joined
    return np.asarray(out | mask)


def _flights(
    stream: UniformStream, look: Sequence[tuple[float, float]], s: ProtocolSettings
) -> FloatArray:
    """(k, 2) times in which a sensor is weightless, followed by a landing; only where to look."""
    least = max(2.0, 0.6 * s.jump_min_s * stream.fs)
    ahead = round(0.2 * stream.fs)
    rows = []
    for start, stop in look:
        lo, hi = np.clip(np.rint(stream.index(np.array([start, stop]))).astype(int), 0, stream.n)
        square = np.einsum("ij,ij->i", stream.acc[lo:hi], stream.acc[lo:hi])
        light = (square < s.flight_acc_mps2**2) & ~stream.missing[lo:hi]
        rows += [
            (stream.t0 + (lo + a) / stream.fs, stream.t0 + (lo + b) / stream.fs)
            for a, b in runs(light)
            if b - a >= least and square[b : b + ahead].max(initial=0.0) > s.landing_acc_mps2**2
        ]
    return np.array(rows).reshape(-1, 2)


def _overlap(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersections of two lists of intervals."""
    start = np.maximum(a[:, None, 0], b[None, :, 0])
    stop = np.minimum(a[:, None, 1], b[None, :, 1])
    i, j = np.nonzero(stop > start)
    return np.column_stack([start[i, j], stop[i, j]])
