"""What the signals of one sensor show of where it sits: numbers that no mounting changes.

Taken over windows of running. With the stride as the cycle:

- ``level``: first over second harmonic of the length of the specific force below 6 Hz. A pelvis
  feels both steps alike (the second harmonic only), a limb swings once a stride.
- ``turn``: how fast it turns on the whole.  ``turn_level``: first over second harmonic of the
  length of the angular velocity.  ``swing``: the same of the rotation about the main axis; a shank
  has about as much of the second as of the first, a thigh less, a foot least.
- ``pull``: the mean specific force over gravity; what swings on a lever is pulled outwards.
- ``knocks``: share of the knocks that comes once a stride. A pelvis feels the landings of both legs
  alike, a limb its own.  Read only where there is no gyroscope, whose signs are better.

Two phases within the stride tell which sensors sit on the same leg: that of the specific force and
that of the knocks (above 12 Hz) after each landing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.bouts import activity
from hipgait.strides.filters import block_average, lowpass
from hipgait.strides.shank_events import limb_period

ComplexArray = NDArray[np.complex128]

SIGNS: Final = ("level", "pull", "turn", "turn_level", "swing", "knocks")
"""turn, turn_level and swing need a gyroscope, knocks is read without one."""

WINDOW_S: Final = 6.0
FEWEST_WINDOWS: Final = 3
"""less running says nothing"""
_RUNNING_STRIDE_S: Final = (0.45, 0.92)
"""strides of running, s: 130 steps a minute and more"""
_RUNNING_SPREAD_G: Final = 0.45
"""5 Hz spread of a sensor on a runner, g (pelvis of six people running 0.7 ... 1.5, walking 0.3)"""
_GRID_HZ: Final = 50.0
_LEVEL_HZ: Final = 6.0
_KNOCK_HZ: Final = 12.0


@dataclass(frozen=True)
class Signs:
    """One sensor in running. Arrays have one entry a window.

    windows : how many windows of running it has.
    stride_s : median stride period, s.
    values : (6,) natural logarithms of SIGNS (``turn`` of rad/s; ``knocks`` itself), NaN where not
        measured.
    level, knock : first harmonic of the specific force and of the knocks, phase on the run's own
        stride clock, comparable between synchronised sensors.
    knock_share : share of the knocks that comes once a stride, 0 ... 1.
    """

    windows: int
    stride_s: float
    values: FloatArray
    level: ComplexArray
    knock: ComplexArray
    knock_share: float


@dataclass(frozen=True)
class _Grid:
    """Signals on the common grid: (n,) each; turn, main NaN-free or None without a gyroscope."""

    spread: FloatArray
    force: FloatArray
    axes: FloatArray
    knock: FloatArray
    gyr: FloatArray | None


def _on_grid(stream: UniformStream, time: FloatArray) -> _Grid:
    k = max(1, int(stream.fs / 99.0))
    fs = stream.fs / k
    own = stream.t0 + (np.arange(stream.n // k) * k + 0.5 * (k - 1)) / stream.fs
    acc = block_average(stream.acc, k) / G_MPS2
    slow = lowpass(acc, _LEVEL_HZ, fs)
    knock = np.sqrt(((acc - lowpass(acc, _KNOCK_HZ, fs)) ** 2).sum(axis=0))
    knock = lowpass(np.minimum(knock, np.quantile(knock, 0.98))[None], _KNOCK_HZ, fs)[0]
    moves = activity(acc, float(own[0]), fs)

    def put(x: FloatArray) -> FloatArray:
        return np.stack([np.interp(time, own, row) for row in np.atleast_2d(x)])

    gyr = None
    if stream.gyr is not None:
        gyr = put(lowpass(block_average(stream.gyr, k), 10.0, fs))
    force = np.sqrt((slow**2).sum(axis=0))
    inside = (time >= own[0]) & (time <= own[-1])
    spread = np.where(inside, moves.at(time), 0.0)
    return _Grid(spread, put(force)[0], put(acc), put(knock)[0], gyr)


def _strides(
    streams: Mapping[str, UniformStream], time: FloatArray, settings: EventSettings
) -> FloatArray:
    """(n,) stride period that the sensors agree on, s; a pelvis may show single steps."""
    periods = []
    for stream in streams.values():
        found = limb_period(stream, settings)
        periods.append(found.at(time - stream.t0))
    table = np.array(periods)
    longest = np.nanmax(np.where(np.isfinite(table), table, 0.0), axis=0)
    doubled = np.abs(2.0 * table / np.maximum(longest, 1e-9) - 1.0) < 0.12
    table = np.where(doubled, 2.0 * table, table)
    known = np.isfinite(table).any(axis=0)
    out = np.full(len(time), np.nan)
    out[known] = np.nanmedian(table[:, known], axis=0)
    return out


def read_signs(
    streams: Mapping[str, UniformStream], synchronised: bool, settings: EventSettings | None = None
) -> dict[str, Signs]:
    """Signs of every sensor.

    streams : any key -> stream.  synchronised : they share a clock; otherwise each is looked at by
    itself and its phases say nothing of the others.
    """
    s = settings or EventSettings()
    if synchronised:
        return _together(streams, s)
    return {k: _together({k: stream}, s)[k] for k, stream in streams.items()}


def _together(streams: Mapping[str, UniformStream], settings: EventSettings) -> dict[str, Signs]:
    start = max(x.t0 for x in streams.values())
    stop = min(x.t0 + (x.n - 1) / x.fs for x in streams.values())
    width = round(WINDOW_S * _GRID_HZ)
    n = max(0, int((stop - start) * _GRID_HZ)) // width * width
    if n == 0:
        return {k: _nothing() for k in streams}
    time = start + np.arange(n) / _GRID_HZ
    stride = _strides(streams, time, settings)
    grids = {k: _on_grid(x, time) for k, x in streams.items()}
    lo, hi = _RUNNING_STRIDE_S
    running = np.isfinite(stride) & (stride > lo) & (stride < hi)
    running &= np.median([g.spread for g in grids.values()], axis=0) > _RUNNING_SPREAD_G
    clock = 2 * np.pi * np.cumsum(1.0 / np.where(running, stride, 1.0)) / _GRID_HZ
    rows = np.asarray(running.reshape(-1, width).all(axis=1))
    if rows.sum() < FEWEST_WINDOWS:
        return {k: _nothing() for k in streams}
    turn = np.exp(-1j * clock.reshape(-1, width)[rows])
    period = float(np.median(stride.reshape(-1, width)[rows]))
    return {k: _signs(g, rows, turn, period) for k, g in grids.items()}


def _nothing() -> Signs:
    none = np.zeros(0, dtype=np.complex128)
    return Signs(0, float("nan"), np.full(len(SIGNS), np.nan), none, none, 0.0)


def _signs(grid: _Grid, rows: NDArray[np.bool_], turn: ComplexArray, stride_s: float) -> Signs:
    w, width = turn.shape

    def cut(x: FloatArray) -> FloatArray:
        """(c, w, width) the windows of running."""
        return np.asarray(x.reshape(-1, len(rows), width)[:, rows])

    def harmonic(x: FloatArray, k: int) -> ComplexArray:
        return np.asarray(((x - x.mean(axis=1, keepdims=True)) * turn**k).mean(axis=1))

    def first_to_second(x: FloatArray) -> float:
        one, two = (float(np.median(np.abs(harmonic(x, k)))) for k in (1, 2))
        return float(np.log(max(one, 1e-6) / max(two, 1e-6)))

    force, knock = cut(grid.force)[0], cut(grid.knock)[0]
    pull = np.linalg.norm(cut(grid.axes).mean(axis=2), axis=0)
    knocks = harmonic(knock, 1)
    share = float(np.median(np.abs(knocks) / np.maximum(knock.mean(axis=1), 1e-9)))
    values = np.full(len(SIGNS), np.nan)
    values[:2] = first_to_second(force), np.log(max(float(np.median(pull)), 1e-3))
    if grid.gyr is not None:
        gyr = cut(grid.gyr)
        flat = gyr.reshape(3, -1)
        main = np.linalg.eigh(flat @ flat.T)[1][:, -1]
        speed = np.sqrt((gyr**2).sum(axis=0))
        values[2] = 0.5 * np.log(max(float((flat**2).sum(axis=0).mean()), 1e-6))
        values[3] = first_to_second(speed)
        values[4] = first_to_second(np.tensordot(main, gyr, axes=1))
    else:
        values[5] = share
    return Signs(w, stride_s, values, harmonic(force, 1), knocks, share)
