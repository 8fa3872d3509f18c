"""One sensor's gait on its own clock: the middles of its contacts, and how the strides vary.

The middle of a contact is what a leg and the pelvis have in common: a runner's vertical force is
nearly symmetric about it, while impacts and contact times differ from runner to runner. At the
pelvis it lies halfway between the steepest rise and the following steepest fall of the vertical
force below 3.5 Hz; a leg's is one usual delay after the anchor of its stride (``refine`` measures
that delay). All of it on copies of 50 Hz. In walking the pelvis' force has its peaks between two
contacts: walking tells strides apart, but says nothing of milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2, PELVIS
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings, SyncSettings
from hipgait.strides.bouts import Activity, activity
from hipgait.strides.events import prepare_leg
from hipgait.strides.filters import block_average
from hipgait.strides.gait import stride_spread
from hipgait.strides.impacts import solved
from hipgait.strides.pelvis_axes import pelvis_frame, slow_slopes
from hipgait.strides.shank_events import Candidates
from hipgait.strides.train import best_train

LOW_HZ: Final = 50.0
IMPACT_HZ: Final = 100.0
"""without a gyroscope the impacts have to be seen"""


@dataclass(frozen=True)
class Track:
    """Middles of contacts on the sensor's own clock.

    time_s : (k,) s, sorted.  stride_s : (k,) local stride period.  run : (k,) running, not walking.
    each_step : the pelvis sees every step; a leg sees its own only.
    swing_s : (k,) ends of a leg's forward swings, s; None without a gyroscope.
    """

    placement: str
    time_s: FloatArray
    stride_s: FloatArray
    run: BoolArray
    each_step: bool
    swing_s: FloatArray | None = None

    @property
    def n(self) -> int:
        """Number of contacts."""
        return len(self.time_s)

    def running(self) -> Track:
        """The contacts of running alone."""
        return replace(
            self,
            time_s=self.time_s[self.run],
            stride_s=self.stride_s[self.run],
            run=self.run[self.run],
            swing_s=None if self.swing_s is None else self.swing_s[self.run],
        )

    def varying(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Centre (m,) and natural logarithm (m,) of every stride, and its period's local value."""
        hop = 2 if self.each_step else 1
        if self.n <= hop:
            none = np.zeros(0)
            return none, none, none
        t, local = self.time_s, self.stride_s
        length = t[hop:] - t[:-hop]
        usual = 0.5 * (local[hop:] + local[:-hop])
        good = np.abs(np.log(length / usual)) < 0.2
        centre = t[1:-1] if self.each_step else 0.5 * (t[1:] + t[:-1])
        return centre[good], np.log(length[good]), usual[good]


def moves(stream: UniformStream) -> Activity:
    """How strongly the sensor moves, at 20 Hz."""
    k = max(1, int(stream.fs / 20.0))
    fs = stream.fs / k
    return activity(
        block_average(stream.acc, k) / G_MPS2, stream.t0 + 0.5 * (k - 1) / stream.fs, fs
    )


def _slower(stream: UniformStream, rate_hz: float) -> UniformStream:
    """Block means at about ``rate_hz``."""
    k = max(1, int(stream.fs / rate_hz + 0.01))
    if k == 1:
        return stream
    n = stream.n // k
    none = np.zeros(n, dtype=bool)
    return UniformStream(
        stream.placement,
        stream.t0 + 0.5 * (k - 1) / stream.fs,
        stream.fs / k,
        block_average(stream.acc, k).T,
        None if stream.gyr is None else block_average(stream.gyr, k).T,
        np.asarray(stream.missing[: n * k].reshape(n, k).any(axis=1)),
        none,
        none,
    )


def _present(stream: UniformStream, time_s: FloatArray) -> BoolArray:
    at = np.clip(np.rint(stream.index(time_s)), 0, stream.n - 1).astype(np.int64)
    return np.asarray(~stream.missing[at])


def track(stream: UniformStream, sync: SyncSettings, events: EventSettings) -> Track:
    """The middles of a sensor's contacts; empty where nobody walks or runs."""
    if stream.placement == PELVIS:
        return _pelvis_track(stream, sync, events)
    return _leg_track(stream, sync, events)


def empty(placement: str) -> Track:
    """No contacts."""
    none = np.zeros(0)
    return Track(placement, none, none, none > 0, placement == PELVIS)


def _pelvis_track(stream: UniformStream, sync: SyncSettings, events: EventSettings) -> Track:
    low = _slower(stream, LOW_HZ)
    active = moves(low)
    frame = pelvis_frame(low, active, events)
    if frame is None:
        return empty(stream.placement)
    rise, fall = slow_slopes(frame, 1.0), slow_slopes(frame, -1.0)
    good = (active.at(rise.time_s) > events.pelvis_rest_spread_g) & _present(low, rise.time_s)
    pick = np.flatnonzero(good)
    pick = pick[best_train(rise.time_s[pick], rise.score[pick], rise.step_s[pick])]
    up, step = rise.time_s[pick], rise.step_s[pick]
    if not len(up) or not len(fall.time_s):
        return empty(stream.placement)
    after = np.minimum(np.searchsorted(fall.time_s, up), len(fall.time_s) - 1)
    down = fall.time_s[after]
    good = (down > up) & (down - up < step)
    stride = 2.0 * step[good]
    run = active.at(up[good]) / stride**3 > events.run_drive_pelvis
    time = 0.5 * (up + down)[good]
    order = np.argsort(time, kind="stable")
    return Track(stream.placement, time[order], stride[order], run[order], True)


def _leg_track(stream: UniformStream, sync: SyncSettings, events: EventSettings) -> Track:
    low = _slower(stream, IMPACT_HZ if stream.gyr is None else LOW_HZ)
    leg, found = prepare_leg(low, moves(low), events)
    use = _present(low, found.time_s)
    found = solved(Candidates(found.time_s[use], found.score[use], found.period_s[use]))
    if len(found.time_s) < 3:
        return empty(stream.placement)
    drive = stride_spread(low, found.time_s, found.period_s) / found.period_s**3
    late = sync.template_load_s if leg.rate is None else sync.swing_load_s
    return Track(
        stream.placement,
        found.time_s + late,
        found.period_s,
        drive > events.run_drive_shank,
        False,
        None if leg.rate is None else found.time_s,
    )
