"""Timing from the ensemble: shift every stride onto the mean of its block.

Iterative alignment onto the ensemble mean (Woody 1967, Med Biol Eng 5:539,
doi:10.1007/BF02474247), with two deviations: least squares of the de-meaned windows instead of
correlation, and the shifts of neighbouring strides tied by a Viterbi pass, so that a single
stride cannot jump to another peak. Strides are handled in blocks of at most
``EventSettings.block_strides``, so that a waveform that changes slowly (fatigue, pace) does not
leak into the timing of single strides; the place of the event within the mean of a block is found
by the callers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hipgait.recording import BoolArray, FloatArray
from hipgait.strides.filters import IntArray, vertex, windows


@dataclass(frozen=True)
class Blocks:
    """Strides in chronological blocks of one gait, as a rectangle.

    index : (b, n) numbers of the strides; short blocks are filled up by repeating their own.
    real : (b, n) False for the repeats.
    """

    index: IntArray
    real: BoolArray

    @property
    def count(self) -> int:
        """Number of blocks."""
        return len(self.index)

    def scatter(self, values: FloatArray, k: int) -> FloatArray:
        """(b, n) values back to (k,) strides; NaN for strides in no block."""
        out = np.full(k, np.nan)
        out[self.index[self.real]] = values[self.real]
        return out

    def spread(self, values: FloatArray, k: int) -> FloatArray:
        """(b,) one value a block to (k,) strides; NaN for strides in no block."""
        return self.scatter(np.broadcast_to(values[:, None], self.index.shape), k)


def make_blocks(members: IntArray, largest: int) -> Blocks:
    """Cut the strides ``members`` (chronological) into equal blocks of at most ``largest``."""
    count = max(1, -(-len(members) // largest))
    parts = np.array_split(members, count)
    width = max(1, max(len(part) for part in parts))
    if not len(members):
        return Blocks(np.zeros((0, 1), dtype=np.int64), np.zeros((0, 1), dtype=bool))
    index = np.stack([np.resize(part, width) for part in parts])
    real = np.arange(width) < np.array([len(part) for part in parts])[:, None]
    return Blocks(index.astype(np.int64), real)


def stack_blocks(parts: Sequence[Blocks]) -> Blocks:
    """Blocks of several kinds of strides under one another; each keeps its own ensemble."""
    parts = [part for part in parts if part.count]
    if not parts:
        return make_blocks(np.zeros(0, dtype=np.int64), 1)
    width = max(part.index.shape[1] for part in parts)
    index = [part.index[:, np.arange(width) % part.index.shape[1]] for part in parts]
    real = [np.pad(part.real, ((0, 0), (0, width - part.real.shape[1]))) for part in parts]
    return Blocks(np.concatenate(index), np.concatenate(real))


@dataclass(frozen=True)
class Aligned:
    """Result of an alignment; shifts and misfits are (k,).

    shift_s : of each stride against the ensemble of its block; median 0 in each block; s.
    misfit : least sum of squares as a share of the block's median (1 is typical).
    unlike : the same after the stride's own best gain: a slower stride of the same shape fits.
    template : (b, taps, c) mean windows, each channel without its mean, or None.
    typical : (b,) median of the blocks' sums of squares, or None.
    """

    shift_s: FloatArray
    misfit: FloatArray
    unlike: FloatArray
    template: FloatArray | None = None
    typical: FloatArray | None = None


def _after_gain(energy: FloatArray, match: FloatArray, own: FloatArray) -> FloatArray:
    """Sum of squares of windows, each divided by its best gain (within 0.4 ... 2.5), less template.

    energy : of the windows.  match : with the template.  own : energy of the template.
    """
    gain = np.clip(match / np.maximum(own, 1e-12), 0.4, 2.5)
    return np.maximum(energy / gain**2 - 2 * match / gain + own, 0.0)


def _tie(cost: FloatArray, real: BoolArray, shifts: FloatArray, smooth_s: float) -> IntArray:
    """Cheapest chain of shifts in every block: cost (b, n, s) -> (b, n) index of the shift."""
    step = 0.5 * np.minimum(((shifts[:, None] - shifts) / smooth_s) ** 2, 9.0)
    b, n, s = cost.shape
    total = cost[:, 0]
    origin = np.zeros((n, b, s), dtype=np.int64)
    for i in range(1, n):
        through = total[:, :, None] + step
        origin[i] = through.argmin(axis=1)
        total = through.min(axis=1) + np.where(real[:, i, None], cost[:, i], 0.0)
    chain = np.zeros((b, n), dtype=np.int64)
    chain[:, -1] = total.argmin(axis=1)
    row = np.arange(b)
    for i in range(n - 1, 0, -1):
        chain[:, i - 1] = origin[i, row, chain[:, i]]
    return chain


def align(
    x: FloatArray,
    fs: float,
    centre: FloatArray,
    blocks: Blocks,
    before_s: float,
    after_s: float,
    reach_s: float,
    smooth_s: float = 0.012,
    step_s: float = 0.006,
    rounds: int = 3,
) -> Aligned:
    """Shift windows of x (c, n) around ``centre`` (k,) (samples) onto their block means.

    before_s, after_s : the window.  reach_s : largest shift.  smooth_s : standard deviation of the
    change of shift between neighbours (changes beyond three of these cost no more).  step_s : grid
    of the shifts; the final one is refined by a parabola.
    """
    k = len(centre)
    if not blocks.count or not k:
        return Aligned(np.zeros(k), np.ones(k), np.ones(k))
    half = max(1, round(reach_s / step_s))
    taps = round((before_s + after_s) / step_s) + 1
    grid = np.asarray(-before_s + (np.arange(taps + 2 * half) - half) * step_s, dtype=np.float64)
    wide = windows(x, centre, grid * fs)[blocks.index]  # (b, n, taps + 2 half, c)
    b, n, length, c = wide.shape
    shifts = np.asarray((np.arange(2 * half + 1) - half) * step_s, dtype=np.float64)
    total = np.cumsum(np.pad(wide, ((0, 0), (0, 0), (1, 0), (0, 0))), axis=2)
    square = np.cumsum(np.einsum("bnlc,bnlc->bnl", wide, wide), axis=2)
    square = np.pad(square, ((0, 0), (0, 0), (1, 0)))
    inside = total[:, :, taps:] - total[:, :, :-taps]
    energy = square[:, :, taps:] - square[:, :, :-taps]
    energy -= np.einsum("bnsc,bnsc->bns", inside, inside) / taps
    flat = np.ascontiguousarray(wide).reshape(b, n, length * c)
    chain = np.full((b, n), half)
    enough = blocks.real.sum(axis=1) >= 3
    misfit = match = energy
    within = np.arange(taps * c)
    for turn in range(rounds):
        picked = np.take_along_axis(flat, chain[:, :, None] * c + within, axis=2)
        template = np.median(picked, axis=1) if turn == 0 else picked.mean(axis=1)
        template = template.reshape(b, taps, c)
        template = (template - template.mean(axis=1, keepdims=True)).reshape(b, taps * c, 1)
        match = np.concatenate(
            [flat[:, :, s * c : (s + taps) * c] @ template for s in range(len(shifts))], axis=2
        )
        own = (template**2).sum(axis=1)[:, :, None]
        misfit = np.maximum(energy - 2 * match + own, 0.0)
        typical = np.maximum(np.median(misfit.min(axis=2), axis=1), 1e-12)
        chain = _tie(4.0 * misfit / typical[:, None, None], blocks.real, shifts, smooth_s)
        chain = np.where(enough[:, None], chain, half)
    inner = np.clip(chain, 1, len(shifts) - 2)
    near = [np.take_along_axis(misfit, inner[:, :, None] + d, axis=2)[:, :, 0] for d in (-1, 0, 1)]
    shift = shifts[inner] + step_s * vertex(near[0], near[1], near[2])
    shift = np.where(enough[:, None], shift, 0.0)
    middle = np.array([np.median(row[real]) for row, real in zip(shift, blocks.real, strict=True)])
    typical = np.maximum(np.median(misfit.min(axis=2), axis=1), 1e-12)
    shape = np.take_along_axis(_after_gain(energy, match, own), inner[:, :, None], axis=2)[:, :, 0]
    ratio, unlike = (
        np.nan_to_num(
            blocks.scatter(np.where(enough[:, None], x / typical[:, None], 1.0), k), nan=1.0
        )
        for x in (near[1], shape)
    )
    return Aligned(
        np.nan_to_num(blocks.scatter(shift - middle[:, None], k)),
        ratio,
        unlike,
        template.reshape(b, taps, c),
        typical,
    )


def look_further(
    x: FloatArray,
    fs: float,
    centre: FloatArray,
    blocks: Blocks,
    found: Aligned,
    before_s: float,
    reach_s: float,
    step_s: float = 0.006,
) -> Aligned:
    """Search strides that fit badly (misfit above 6) within a wider reach, each for itself.

    First strides out of standing may have their anchor far from where the others have it. The wider
    shift is taken where it lowers the misfit by a quarter or more.
    """
    bad = np.flatnonzero(found.misfit > 6.0)
    if not len(bad) or found.template is None or found.typical is None:
        return found
    k = len(centre)
    block = blocks.spread(np.arange(blocks.count, dtype=np.float64), k)[bad]
    bad, block = bad[np.isfinite(block)], block[np.isfinite(block)].astype(np.int64)
    shifts = np.arange(-reach_s, reach_s + step_s, 2 * step_s, dtype=np.float64)
    taps = found.template.shape[1]
    tau = np.asarray(-before_s + np.arange(taps) * step_s, dtype=np.float64)
    best, unlike = found.misfit[bad].copy(), found.unlike[bad].copy()
    shift = found.shift_s[bad].copy()
    template, typical = found.template[block], found.typical[block]
    own = (template**2).sum(axis=(1, 2))
    for s in shifts:
        cut = windows(x, centre[bad] + s * fs, tau * fs)
        cut = cut - cut.mean(axis=1, keepdims=True)
        energy, match = (cut**2).sum(axis=(1, 2)), (cut * template).sum(axis=(1, 2))
        cost = np.maximum(energy - 2 * match + own, 0.0) / typical
        better = (cost < best) & (cost < 0.75 * found.misfit[bad])
        best, shift = np.where(better, cost, best), np.where(better, s, shift)
        unlike = np.where(better, _after_gain(energy, match, own) / typical, unlike)
    out = replace(
        found,
        shift_s=found.shift_s.copy(),
        misfit=found.misfit.copy(),
        unlike=found.unlike.copy(),
    )
    out.shift_s[bad], out.misfit[bad], out.unlike[bad] = shift, best, unlike
    return out


def block_means(
    x: FloatArray, centre: FloatArray, offset: FloatArray, blocks: Blocks, most: int = 24
) -> FloatArray:
    """Mean windows of each block from at most ``most`` of its strides, evenly chosen.

    x : (c, n).  centre : (k,) samples.  offset : (k, m) samples.  Returns (b, c, m).
    """
    width = blocks.index.shape[1]
    chosen = np.unique(np.linspace(0, width - 1, min(most, width)).astype(np.int64))
    strides = blocks.index[:, chosen]
    flat = strides.ravel()
    cut = windows(x, centre[flat], offset[flat])
    return np.asarray(cut.reshape(*strides.shape, *cut.shape[1:]).mean(axis=1).swapaxes(1, 2))
