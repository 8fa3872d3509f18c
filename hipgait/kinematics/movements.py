"""What the recording protocol gives the alignment: standing, bows, kicks, the start of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hipgait.kinematics.orientation import Attitude
from hipgait.kinematics.protocol import Protocol
from hipgait.kinematics.smoothing import unit
from hipgait.kinematics.strapdown import rotate
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import SIDES
from hipgait.recording import FloatArray
from hipgait.settings import AlignmentSettings


@dataclass(frozen=True)
class Moved:
    """Standing and movements, in each sensor's own axes.

    standing_up : placement -> (3,) up in quiet standing; absent where nobody stood still.
    bows : one (k, 3) array a bow, up in the pelvis sensor.
    kicks : side -> one (k, 3) array a kick, angular velocity of the shank, rad/s.
    """

    standing_up: Mapping[str, FloatArray] = field(default_factory=dict)
    bows: Sequence[FloatArray] = ()
    kicks: Mapping[str, Sequence[FloatArray]] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """Velocity gained between standing and the first strides.

    velocity : (3,) horizontal, m/s, strap-down frame of the pelvis.
    heading : (3, 3) mean rotation of the sensor into that frame over the last stride used.
    at_s : middle of that stride, s.
    """

    velocity: FloatArray
    heading: FloatArray
    at_s: float = float("nan")


def span(stream: UniformStream, start_s: float, stop_s: float) -> slice:
    """Samples between two times, within the stream."""
    a, b = (int(v) for v in np.clip(stream.index(np.array([start_s, stop_s])), 0, stream.n))
    return slice(a, b)


def gather(
    attitudes: Mapping[str, Attitude],
    protocol: Protocol,
    ic: FloatArray,
    settings: AlignmentSettings,
) -> Moved:
    """Standing, bows and kicks as each sensor saw them.

    The zero is that of all standing before the first contact (else of the first standing after
    it); later ones are left to the search for slips, because a sensor that moved would blur it.
    """
    before = protocol.standing[protocol.standing[:, 1] < ic[:1].min(initial=np.inf)]
    intervals = before if len(before) else protocol.standing[:1]
    standing = {}
    for placement, attitude in attitudes.items():
        stream = attitude.stream
        parts = [span(stream, *interval) for interval in intervals]
        still = [stream.acc[p][~stream.missing[p]] for p in parts]
        acc = np.concatenate(still) if still else np.zeros((0, 3))
        if len(acc) >= settings.standing_min_s * stream.fs:
            standing[placement] = unit(acc.mean(axis=0))
    bows: list[FloatArray] = []
    if "pelvis" in standing:
        pelvis = attitudes["pelvis"]
        for interval in protocol.bows:
            nearest = np.argmin(np.abs(protocol.standing[:, 1] - interval[0]))
            bows.append(up_during(pelvis, protocol.standing[nearest], interval))
    kicks: dict[str, list[FloatArray]] = {}
    for side in SIDES:
        found = attitudes.get(f"{side}_shank")
        if found is None or found.stream.gyr is None:
            continue
        rows = protocol.kicks.get(side, np.zeros((0, 2)))
        kicks[side] = [found.stream.gyr[span(found.stream, *row)] for row in rows]
    return Moved(standing, bows, kicks)


def up_during(attitude: Attitude, standing: FloatArray, interval: FloatArray) -> FloatArray:
    """(k, 3) up in the sensor during a short movement close to standing.

    Gravity is taken from the standing and kept still in the strap-down frame: a smoothed
    accelerometer would follow the movement's own acceleration.
    """
    q, stream = attitude.strapped.q, attitude.stream
    still = span(stream, *standing)
    down = unit(rotate(q[still], stream.acc[still]).mean(axis=0))
    return rotate(q[span(stream, *interval)], down, inverse=True)


def find_start(
    attitude: Attitude, standing: FloatArray, ic: FloatArray, settings: AlignmentSettings
) -> Start | None:
    """Velocity of the pelvis over its first strides, from the end of standing.

    Parameters
    ----------
    standing : (k, 2) intervals, s.
    ic : initial contacts of both sides, s, sorted.
    """
    q, stream = attitude.strapped.q, attitude.stream
    skip = 2 * settings.start_strides
    for begin, stop in standing[::-1]:
        later = ic[ic > stop]
        if len(later) < skip + 3 or later[0] - stop > settings.start_wait_s:
            continue
        still = span(stream, max(begin, stop - 5.0), stop)
        if still.stop - still.start < stream.fs:
            continue
        gravity = rotate(q[still], stream.acc[still]).mean(axis=0)
        stride = (float(later[skip]), float(later[skip + 2]))
        run = slice(still.stop, span(stream, stop, stride[1]).stop)
        if stream.missing[run].mean() > settings.start_missing:
            continue
        velocity = np.cumsum(rotate(q[run], stream.acc[run]) - gravity, axis=0) / stream.fs
        last = velocity[span(stream, *stride).start - run.start :]
        if not len(last):
            continue
        heading = attitude.matrices_at(np.linspace(*stride, 50, endpoint=False)).mean(axis=0)
        up = unit(gravity)
        mean = last.mean(axis=0)
        return Start(mean - up * (mean @ up), heading, 0.5 * (stride[0] + stride[1]))
    return None
