"""Slow features of all sensors on one grid of 20 Hz, and the intervals in which all stand still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.kinematics.smoothing import unit
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2, PELVIS
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import ProtocolSettings

STEP_S: Final = 0.05
"""step of the common grid, s"""


@dataclass(frozen=True)
class Slow:
    """One sensor on the common grid.

    acc : (k, 3) mean specific force, m/s^2.  gyr : (k, 3) mean angular velocity, rad/s, or None.
    rate : (k,) rms angular velocity over 0.25 s, rad/s (0 without a gyroscope).
    shake : (k,) SD of the specific force over 0.25 s, m/s^2.
    present : (k,) the sensor was recording.
    """

    acc: FloatArray
    gyr: FloatArray | None
    rate: FloatArray
    shake: FloatArray
    present: BoolArray


def common_grid(streams: Mapping[str, UniformStream]) -> FloatArray:
    """(k,) times that cover all streams, s."""
    start = min(s.t0 for s in streams.values())
    stop = max(s.t0 + s.n / s.fs for s in streams.values())
    return np.asarray(start + STEP_S * (np.arange(max(1, round((stop - start) / STEP_S))) + 0.5))


def _block_sums(x: FloatArray, block: int) -> FloatArray:
    """(n, c) -> (n // block, c) means; a matrix product is faster than a mean of short rows."""
    k, c = len(x) // block, x.shape[1]
    average = np.tile(np.eye(c) / block, (block, 1))
    return np.asarray(x[: k * block].reshape(k, block * c) @ average)


def _box(x: FloatArray, width: int) -> FloatArray:
    total = np.cumsum(np.concatenate([np.zeros((1, *x.shape[1:])), x]), axis=0)
    i = np.arange(len(x))
    lo, hi = np.maximum(i - width // 2, 0), np.minimum(i + width // 2 + 1, len(x))
    count = (hi - lo).reshape(-1, *([1] * (x.ndim - 1)))
    return np.asarray((total[hi] - total[lo]) / count)


def slow_features(stream: UniformStream, grid: FloatArray) -> Slow:
    """Block means of a stream on the common grid."""
    block = max(1, min(round(STEP_S * stream.fs), stream.n))
    times = stream.t0 + ((np.arange(stream.n // block) + 0.5) * block - 0.5) / stream.fs
    width = 5

    def onto(x: FloatArray) -> FloatArray:
        if x.ndim == 1:
            return np.interp(grid, times, x)
        return np.column_stack([np.interp(grid, times, c) for c in x.T])

    acc = _block_sums(stream.acc, block)
    square = _block_sums(np.einsum("ij,ij->i", stream.acc, stream.acc)[:, None], block)[:, 0]
    mean = _box(acc, width)
    variance = _box(square, width) - np.einsum("ij,ij->i", mean, mean)
    rate = np.zeros(len(acc))
    gyr = None
    if stream.gyr is not None:
        gyr = _block_sums(stream.gyr, block)
        turn = _block_sums(np.einsum("ij,ij->i", stream.gyr, stream.gyr)[:, None], block)[:, 0]
        rate = np.sqrt(np.maximum(_box(turn, width), 0.0))
    lost = _block_sums(stream.missing[:, None].astype(np.float64), block)[:, 0] > 0
    inside = (grid >= stream.t0) & (grid <= stream.t0 + stream.n / stream.fs)
    return Slow(
        onto(acc),
        None if gyr is None else onto(gyr),
        onto(rate),
        onto(np.sqrt(np.maximum(variance, 0.0))),
        inside & (onto(lost.astype(np.float64)) == 0.0),
    )


def runs(mask: BoolArray) -> list[tuple[int, int]]:
    """First and last + 1 index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def still_mask(slow: Slow, settings: ProtocolSettings) -> BoolArray:
    """(k,) the sensor neither turns nor shakes, and feels about 1 g."""
    size = np.sqrt(np.einsum("ij,ij->i", slow.acc, slow.acc))
    mask = slow.present & (slow.shake < settings.still_acc_mps2)
    mask &= (slow.rate < settings.still_gyr_rad_s) & (np.abs(size - G_MPS2) < 1.0)
    return np.asarray(mask)


def gait_direction(slow: Slow, settings: ProtocolSettings) -> FloatArray | None:
    """(3,) mean direction of the specific force while moving; None with too little movement."""
    moving = slow.present & (slow.shake > settings.gait_shake_mps2)
    if moving.sum() * STEP_S < settings.gait_min_s:
        return None
    return unit(slow.acc[moving].mean(axis=0))


def standing_intervals(
    slow: Mapping[str, Slow], grid: FloatArray, settings: ProtocolSettings
) -> list[tuple[int, int]]:
    """Index ranges of the grid in which every sensor stands still, the way up it has in gait.

    Lying, or sensors on a table, cannot be told from standing by stillness; an interval is refused
    where a sensor's up is far from its mean in gait, or from that of the longest interval.
    """
    still = np.ones(len(grid), dtype=bool)
    for one in slow.values():
        still &= still_mask(one, settings)
    margin = round(settings.still_margin_s / STEP_S)
    least = round(settings.still_min_s / STEP_S)
    found = [(a + margin, b - margin) for a, b in runs(still) if b - a >= least + 2 * margin]
    kept = []
    for a, b in found:
        upright = True
        for placement, one in slow.items():
            towards = gait_direction(one, settings)
            limit = settings.pelvis_upright_deg if placement == PELVIS else settings.leg_upright_deg
            if towards is not None and not placement.endswith("_foot"):
                cosine = float(unit(one.acc[a:b].mean(axis=0)) @ towards)
                upright &= cosine > np.cos(np.radians(limit))
        if upright:
            kept.append((a, b))
    if len(kept) < 2:
        return kept
    longest = max(kept, key=lambda ab: ab[1] - ab[0])
    alike = np.cos(np.radians(settings.standing_agree_deg))
    return [
        (a, b)
        for a, b in kept
        if all(
            float(unit(s.acc[a:b].mean(axis=0)) @ unit(s.acc[slice(*longest)].mean(axis=0))) > alike
            for s in slow.values()
        )
    ]
