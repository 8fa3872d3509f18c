"""Clipped impacts: what the repair gives back, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.kinematics.clipping import repair_clipping, restore_momentum
from hipgait.kinematics.orientation import first_pass, up_in_sensor
from hipgait.kinematics.uniform import UniformStream

G = 9.80665


def impacts(
    peak_g: float, range_g: float, fs: float = 200.0, width: float = 0.02, seed: int = 0
) -> tuple[UniformStream, np.ndarray]:
    """Half-sine impacts every 0.7 s along an oblique axis: the clipped stream and the truth."""
    rng = np.random.default_rng(seed)
    n = int(60 * fs)
    t = np.arange(n) / fs
    phase = np.mod(t - 0.3 + rng.uniform(0, 0.01), 0.7)
    pulse = np.where(phase < width, np.sin(np.pi * phase / width), 0.0) * peak_g * G
    away = np.where((phase > 0.3) & (phase < 0.5), pulse.mean() / (0.2 / 0.7), 0.0)
    true = np.outer(pulse - away, [0.35, 0.93, 0.1]) + [0.0, G, 0.0]
    true += rng.normal(0, 0.05, true.shape)
    limit = range_g * G
    acc = np.clip(true, -limit, limit)
    clipped = (np.abs(acc) >= 0.98 * limit).any(axis=1)
    none = np.zeros(n, dtype=bool)
    stream = UniformStream("left_shank", 0.0, fs, acc, np.zeros((n, 3)), none, clipped, none.copy())
    return stream, true


def test_nothing_clipped_nothing_done() -> None:
    stream, _ = impacts(10, 16)
    assert repair_clipping(stream) is stream


@pytest.mark.parametrize(
    ("peak", "limit", "fs", "width", "left_over"),
    [
        (24, 16, 500.0, 0.02, 0.1),
        (24, 16, 200.0, 0.03, 0.6),
        (12, 8, 200.0, 0.03, 0.7),
        (24, 16, 100.0, 0.03, 1.01),  # one sample a peak: nothing to go by, nothing made worse
    ],
)
def test_lost_momentum_comes_back_where_the_flanks_are_sampled(
    peak: float, limit: float, fs: float, width: float, left_over: float
) -> None:
    lost = still = 0.0
    for seed in range(8):
        stream, true = impacts(peak, limit, fs, width, seed)
        repaired = repair_clipping(stream)
        lost += (true - stream.acc)[:, 1].sum() / fs
        still += (true - repaired.acc)[:, 1].sum() / fs
        kept = ~stream.acc_clipped
        assert np.array_equal(repaired.acc[kept], stream.acc[kept])
    assert abs(still) < left_over * lost


def test_the_orientation_uses_the_repair() -> None:
    stream, _ = impacts(24, 12, width=0.03)
    up = up_in_sensor(first_pass(stream))
    error = np.degrees(np.arccos(np.clip(up @ [0.0, 1.0, 0.0], -1, 1)))[1000:-1000]
    assert error.mean() < 0.6


def test_long_plateaus_and_edges_are_left_alone() -> None:
    stream, _ = impacts(10, 16)
    acc, mask = stream.acc.copy(), stream.acc_clipped.copy()
    for rows in (slice(0, 2), slice(500, 540), slice(-1, None)):
        acc[rows, 1], mask[rows] = 16 * G, True
    flat = UniformStream("left_shank", 0.0, 200.0, acc, None, mask & False, mask, mask & False)
    assert np.array_equal(repair_clipping(flat).acc, acc)


def test_gravity_tells_how_much_was_lost() -> None:
    acc = np.tile([0.0, G - 0.9, -0.3], (900, 1))
    tops = np.tile([0.0, 0.3, 0.1], (900, 1))
    restored = restore_momentum(acc, tops, 10.0)
    assert np.abs(restored - [0.0, G, 0.0]).max() < 0.15
    none = restore_momentum(acc, 0 * tops, 10.0)
    assert np.array_equal(none, acc)


def test_a_signal_that_rings_at_its_range_is_left_alone() -> None:
    stream, _ = impacts(24, 16)
    often = np.random.default_rng(0).random(stream.n) < 0.1
    ringing = replace(stream, acc_clipped=often)
    assert repair_clipping(ringing) is ringing
