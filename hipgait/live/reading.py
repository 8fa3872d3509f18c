"""Numbers of the newest stances, read off the last seconds of the signals.

Orientation is that of the offline analysis (``kinematics.orientation``), run on the last
``WINDOW_S`` seconds with the directions and biases that were learned before; columns are those of
``metrics``. Nothing is computed another way than offline: what differs is the context. The window
ends in mid-stride, where the smoother continues the slow drift of gravity as a straight line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hipgait.kinematics.orientation import (
    Attitude,
    Heading,
    first_pass,
    heading_rate,
    second_pass,
)
from hipgait.kinematics.series import pelvis_series, shank_series
from hipgait.kinematics.uniform import UniformStream
from hipgait.live.calibration import Calibration
from hipgait.metrics.impact import peak_tibial_acceleration_g
from hipgait.metrics.knee import shank_columns
from hipgait.metrics.pelvis import pelvis_columns
from hipgait.names import PELVIS, SIDES
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import Settings

WINDOW_S: Final = 45.0
"""Orientation is estimated over this, s: the outer two sigma (8 s) of the shanks' Gaussian continue
the line through the four before, and 20 s more are the reach of its tail."""
TAIL_S: Final = 8.0
"""Angles are made at full rate for this part of the window only, s."""
CURVES: Final = {"pelvic_drop_deg_stance": "pelvic_drop", "shank_lean_deg_stance": "shank_lean"}
"""Stance curves that are kept, by the name they have live."""


@dataclass(frozen=True)
class Read:
    """Values of k stances. columns : name -> (k,).  curves : name -> (k, 101), deg."""

    columns: Mapping[str, FloatArray]
    curves: Mapping[str, FloatArray]


def tells(placement: str) -> bool:
    """Whether numbers are read off this sensor: pelvis and shanks."""
    return placement == PELVIS or placement.endswith("_shank")


def tail(attitude: Attitude, seconds: float) -> Attitude:
    """The last seconds of an orientation, in whole blocks."""
    strapped, stream = attitude.strapped, attitude.stream
    blocks = len(strapped.acc)
    first = max(0, blocks - int(np.ceil(seconds * strapped.rate_hz)))
    if first == 0:
        return attitude
    row = first * strapped.block
    segments = tuple((max(a, first) - first, b - first) for a, b in strapped.segments if b > first)
    t0 = stream.t0 + row / stream.fs
    short = UniformStream(
        stream.placement,
        t0,
        stream.fs,
        stream.acc[row:],
        None if stream.gyr is None else stream.gyr[row:],
        stream.missing[row:],
        stream.acc_clipped[row:],
        stream.gyr_clipped[row:],
        stream.gravity_removed,
    )
    strapped = replace(
        strapped,
        t0=t0,
        q=strapped.q[row:],
        acc=strapped.acc[first:],
        rot=strapped.rot[first:],
        weight=strapped.weight[first:],
        segments=segments,
        up=strapped.up[first:],
        activity=strapped.activity[first:],
    )
    return Attitude(short, strapped, attitude.up[first:])


def orient(
    grids: Mapping[str, UniformStream], known: Calibration, settings: Settings
) -> dict[str, Attitude]:
    """Orientation over the last seconds; the pelvis' heading rate serves all sensors."""
    shared: Heading | None = None
    out = {}
    for placement in sorted(grids, key=lambda p: p != PELVIS):
        stream, axes = grids[placement], known.axes.get(placement)
        if axes is None or stream.gyr is None:
            continue
        strapped = first_pass(
            stream,
            known.bias[placement],
            settings.orientation,
            long_gap_s=settings.sampling.long_gap_s,
        )
        heading = shared or heading_rate(strapped, axes.right, settings.orientation)
        if placement == PELVIS:
            shared = heading
        up = second_pass(
            strapped, axes.right, known.speed.at, heading, settings=settings.orientation
        )
        out[placement] = tail(Attitude(stream, strapped, up), TAIL_S)
    return out


def read_stances(
    grids: Mapping[str, UniformStream],
    known: Calibration,
    left: BoolArray,
    ic_s: FloatArray,
    tc_s: FloatArray,
    stride_end_s: FloatArray,
    settings: Settings,
) -> Read:
    """Columns and curves of k stances; NaN where a sensor is missing.

    grids : of sensors that ``tells`` says yes to.
    left, ic_s, tc_s, stride_end_s : (k,); stride_end_s NaN where the stride has not ended.
    """
    k, points = len(ic_s), settings.angles.curve_points
    columns: dict[str, FloatArray] = {}
    curves = {name: np.full((k, points), np.nan) for name in CURVES.values()}
    for placement, attitude in orient(grids, known, settings).items():
        axes = known.axes[placement]
        if placement == PELVIS:
            pelvis = pelvis_series(attitude, axes, settings)
            found, drawn = pelvis_columns(pelvis, left, ic_s, tc_s, stride_end_s, settings.angles)
            rows = np.ones(k, dtype=bool)
        else:
            side = placement.split("_")[0]
            rows = left == (side == SIDES[0])
            shank = shank_series(attitude, axes, side, settings)
            found, drawn = shank_columns(shank, ic_s[rows], tc_s[rows], settings.angles)
            found["peak_tibial_acceleration_g"] = peak_tibial_acceleration_g(
                shank, ic_s[rows], settings.metrics
            )
        for name, column in found.items():
            columns.setdefault(name, np.full(k, np.nan))[rows] = column
        for name, curve in drawn.items():
            if name in CURVES:
                curves[CURVES[name]][rows] = curve
    return Read(columns, curves)
