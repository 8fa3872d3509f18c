"""Second-order Butterworth low pass, forward and backward, as matrix products.

A recursive filter is linear: a block of output is a fixed matrix times the block of input plus
another one times the state that the block starts with, and the states follow from the ends of the
blocks by doubling. The result is that of ``scipy.signal.sosfiltfilt`` to rounding (1e-12 of the
signal, tested); loading ``scipy.signal`` takes longer than filtering an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from hipgait.recording import FloatArray

KEPT: Final = 64
"""sections that are remembered: three sensors have about forty; a run followed live meets new ones
for an hour, of 10 kB each"""
BLOCK: Final = 32
"""Samples a block: shorter ones leave more states, longer ones multiply more zeros."""
_FORGOTTEN: Final = 1e-18
"""A state that counts less than this is forgotten (doubles end at 1e-16)."""


@dataclass(frozen=True)
class Section:
    """A filter by blocks of ``BLOCK`` samples; rows are samples in, columns samples out.

    response : (BLOCK, BLOCK) output of an input.  free : (2, BLOCK) output of a state.
    end : (BLOCK, 2) state that an input leaves.  powers : (2, 2) what becomes of a state after 1,
    2, 4, ... blocks, transposed, until it is forgotten.  settled : (2,) state after many ones.
    """

    response: FloatArray
    free: FloatArray
    end: FloatArray
    powers: tuple[FloatArray, ...]
    settled: FloatArray


def butterworth(share: float) -> tuple[FloatArray, FloatArray]:
    """Numerator and denominator of the second-order low pass (bilinear transform, prewarped).

    share : corner frequency over sampling rate, 0 to 0.5.
    """
    k = np.tan(np.pi * share)
    scale = 1.0 / (1.0 + np.sqrt(2.0) * k + k * k)
    b = k * k * scale * np.array([1.0, 2.0, 1.0])
    a = np.array([1.0, 2.0 * (k * k - 1.0) * scale, (1.0 - np.sqrt(2.0) * k + k * k) * scale])
    return b, a


@lru_cache(maxsize=KEPT)
def section(share: float) -> Section:
    """The filter of ``butterworth`` by blocks (transposed direct form II)."""
    b, a = butterworth(share)
    step = np.array([[-a[1], 1.0], [-a[2], 0.0]])
    enter = b[1:] - a[1:] * b[0]
    free, state, left = np.empty((2, BLOCK)), np.eye(2), []
    for k in range(BLOCK):
        free[:, k] = state[0]
        left.append(state @ enter)
        state = step @ state
    impulse = np.concatenate([b[:1], enter @ free[:, :-1]])
    lag = np.arange(BLOCK) - np.arange(BLOCK)[:, None]
    response = np.where(lag >= 0, impulse[np.abs(lag)], 0.0)
    powers = []
    while np.abs(state).max() > _FORGOTTEN:
        powers.append(np.ascontiguousarray(state.T))
        state = state @ state
    settled = np.array([1.0 - b[0], b[2] - a[2]])
    return Section(response, free, np.array(left[::-1]), tuple(powers), settled)


def both_ways(x: FloatArray, share: float, pad: int) -> FloatArray:
    """Filter forward and backward along the last axis; the ends are mirrored at their values.

    Parameters
    ----------
    x : (..., n), n > pad.
    share : corner of one pass over the sampling rate.
    pad : samples mirrored at either end.
    """
    s = section(share)
    n = x.shape[-1] + 2 * pad
    m = -(-n // BLOCK)
    y = np.empty((*x.shape[:-1], m * BLOCK))
    first, last = x[..., :1], x[..., -1:]
    y[..., :pad] = 2.0 * first - x[..., pad:0:-1]
    y[..., pad : n - pad] = x
    y[..., n - pad : n] = 2.0 * last - x[..., -2 : -pad - 2 : -1]
    y[..., n:] = y[..., n - 1 : n]
    blocks = (*x.shape[:-1], m, BLOCK)
    y = _forward(y.reshape(blocks), s).reshape(y.shape)
    y[..., n:] = y[..., n - 1 : n]  # a steady signal leaves the settled state as it is
    y = _backward(y.reshape(blocks), s).reshape(y.shape)
    return np.ascontiguousarray(y[..., pad : n - pad])


def _forward(x: FloatArray, s: Section) -> FloatArray:
    """One pass over blocks (..., m, BLOCK); the first sample has been there for ever."""
    state = np.empty((*x.shape[:-1], 2))
    state[..., 0, :] = x[..., 0, :1] * s.settled
    state[..., 1:, :] = x[..., :-1, :] @ s.end
    apart = 1
    for power in s.powers:
        if apart >= x.shape[-2]:
            break
        state[..., apart:, :] += state[..., :-apart, :] @ power
        apart *= 2
    out = x @ s.response
    out += state @ s.free
    return np.asarray(out)


def _backward(x: FloatArray, s: Section) -> FloatArray:
    """The same from the last sample to the first."""
    state = np.empty((*x.shape[:-1], 2))
    state[..., -1, :] = x[..., -1, -1:] * s.settled
    state[..., :-1, :] = x[..., 1:, :] @ s.end[::-1]
    apart = 1
    for power in s.powers:
        if apart >= x.shape[-2]:
            break
        state[..., :-apart, :] += state[..., apart:, :] @ power
        apart *= 2
    out = x @ s.response[::-1, ::-1]
    out += state @ s.free[:, ::-1]
    return np.asarray(out)
