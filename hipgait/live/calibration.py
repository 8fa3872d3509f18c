"""What live learns once and then keeps: directions of the sensors, gyroscope biases, speed.

The same steps as offline (``strides.events``, ``kinematics.protocol``, ``kinematics.angles.solve``)
on all that came since the sensors started: standing, perhaps bows and kicks, the first strides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hipgait.kinematics.angles import SideEvents, solve
from hipgait.kinematics.gyro_bias import GyroBias
from hipgait.kinematics.protocol import find_protocol
from hipgait.kinematics.segment_axes import SegmentAxes
from hipgait.kinematics.speed import Speed
from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.names import SIDES
from hipgait.recording import RunInfo, SensorStream
from hipgait.settings import Settings
from hipgait.strides.events import find_stances
from hipgait.strides.sequence import Stances
from hipgait.threads import on_this_thread, quiet_linear_algebra


@dataclass(frozen=True)
class Calibration:
    """What was learned.

    axes, bias : placement -> directions of the sensor, bias of its gyroscope.
    speed : given, or as estimated from the start and the strides so far.
    zero : standing set the zero of the absolute angles.
    sides_agree : False where left and right look exchanged.
    strides : stances that it was learned from.  end_s : newest sample that it saw, s.
    """

    axes: Mapping[str, SegmentAxes]
    bias: Mapping[str, GyroBias]
    speed: Speed
    zero: bool
    sides_agree: bool
    strides: int
    end_s: float


def side_events(stances: Stances) -> SideEvents:
    """side -> (ic, tc, run) of its measured stances that have both events."""
    out = {}
    for side in SIDES:
        mine = (stances.left == (side == "left")) & np.isfinite(stances.tc_s) & ~stances.imputed
        out[side] = (stances.ic_s[mine], stances.tc_s[mine], stances.run[mine])
    return out


def calibrate(
    streams: Mapping[str, SensorStream], info: RunInfo, settings: Settings
) -> Calibration | None:
    """Learn from the beginning of a session; None while there is nothing to learn from.

    streams : placement -> all samples so far.  info : speed and body dimensions, where known.
    """
    with on_this_thread(), quiet_linear_algebra():
        grids = {p: uniform(stream, settings.sampling) for p, stream in streams.items()}
        stances = find_stances(grids, settings.events)
        if not len(stances.ic_s):
            return None
        return learn(grids, stances, info, settings)


def learn(
    grids: Mapping[str, UniformStream], stances: Stances, info: RunInfo, settings: Settings
) -> Calibration | None:
    """As ``calibrate``, with the stances known."""
    protocol = find_protocol(grids, settings.protocol)
    solved = solve(grids, info, side_events(stances), protocol, settings)
    axes = dict(solved.alignment.axes)
    if not axes:
        return None
    return Calibration(
        axes=axes,
        bias={p: solved.attitudes[p].strapped.bias for p in axes},
        speed=solved.speed,
        zero=bool(solved.moved.standing_up),
        sides_agree=solved.alignment.sides_agree is not False and not stances.swapped,
        strides=int(np.count_nonzero(~stances.imputed)),
        end_s=max(g.t0 + (g.n - 1) / g.fs for g in grids.values()),
    )
