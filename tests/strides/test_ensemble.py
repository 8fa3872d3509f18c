from __future__ import annotations

import numpy as np
import pytest

from hipgait.strides.ensemble import align, block_means, look_further, make_blocks


def pulses(at: np.ndarray, fs: float, n: int) -> np.ndarray:
    t = np.arange(n) / fs
    x = np.zeros(n)
    for place in at:
        x += np.exp(-0.5 * ((t - place) / 0.02) ** 2) - 0.6 * np.exp(
            -0.5 * ((t - place - 0.06) / 0.03) ** 2
        )
    return x


def test_shifts_are_found_to_a_fraction_of_a_millisecond() -> None:
    rng = np.random.default_rng(1)
    true = 1.0 + 0.7 * np.arange(150) + rng.normal(0, 0.005, 150)
    anchor = true + rng.uniform(-0.012, 0.012, 150)
    x = pulses(true, 100.0, 10800)[None] + rng.normal(0, 0.01, (1, 10800))
    blocks = make_blocks(np.arange(150), 60)
    assert blocks.count == 3
    got = align(x, 100.0, anchor * 100, blocks, 0.08, 0.10, 0.03)
    error = anchor + got.shift_s - true
    for row, real in zip(blocks.index, blocks.real, strict=True):
        assert np.std(error[row[real]]) < 0.0015


def test_few_strides_stay_where_they_are() -> None:
    x = np.random.default_rng(0).normal(size=(1, 500))
    got = align(x, 100.0, np.array([100.0, 200.0]), make_blocks(np.arange(2), 100), 0.08, 0.1, 0.03)
    assert got.shift_s == pytest.approx([0.0, 0.0])
    none = align(x, 100.0, np.zeros(0), make_blocks(np.zeros(0, dtype=int), 100), 0.08, 0.1, 0.03)
    assert len(none.shift_s) == 0


def test_a_stride_far_away_is_fetched_back() -> None:
    true = 1.0 + 0.7 * np.arange(40)
    anchor = true.copy()
    anchor[0] -= 0.09
    x = pulses(true, 100.0, 3200)[None]
    blocks = make_blocks(np.arange(40), 100)
    got = align(x, 100.0, anchor * 100, blocks, 0.08, 0.10, 0.03)
    more = look_further(x, 100.0, anchor * 100, blocks, got, 0.08, 0.12)
    assert abs(anchor[0] + more.shift_s[0] - true[0]) < 0.007
    assert more.misfit[0] < got.misfit[0]


def test_block_means_keep_the_blocks_apart() -> None:
    x = np.concatenate([np.full(1000, 1.0), np.full(1000, 2.0)])[None]
    centre = np.arange(100, 1900, 100.0)
    blocks = make_blocks(np.arange(len(centre)), 9)
    means = block_means(x, centre, np.zeros((len(centre), 5)), blocks)
    assert means.shape == (2, 1, 5)
    assert means[:, 0, 0] == pytest.approx([1.0, 2.0])


def test_blocks_are_rectangles_that_scatter_back() -> None:
    blocks = make_blocks(np.array([0, 2, 3, 5, 6, 8, 9]), 3)
    values = blocks.index.astype(float)
    out = blocks.scatter(values, 10)
    assert np.isnan(out[[1, 4, 7]]).all()
    assert out[[0, 2, 3, 5, 6, 8, 9]].tolist() == [0, 2, 3, 5, 6, 8, 9]
