"""Contacts from the pelvis alone.

Steps come from the slow vertical force, sides from roll and lateral force (``pelvis_axes``), timing
from ensembles that are kept apart for alternate steps. Initial contact is the steepest rise of the
braking force; terminal contact in running is half from the slow load, half from the mean of three
features, and their errors with slope and speed cancel. In walking the pelvis does not show when a
foot leaves the ground: it stays empty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.ensemble import Blocks, align, block_means
from hipgait.strides.filters import IntArray, decimate, highest_peak, lowpass, refine_grid
from hipgait.strides.pelvis_axes import PelvisFrame

_STEP_S = 0.010


@dataclass(frozen=True)
class PelvisContacts:
    """Contacts, all (k,); NaN where not found."""

    ic_s: FloatArray
    tc_s: FloatArray
    misfit: FloatArray


@dataclass(frozen=True)
class PelvisSignals:
    """Specific force (2, n) along forward and up at about 100 Hz, g; t0 in s, fs in Hz."""

    t0: float
    fs: float
    acc: FloatArray


def pelvis_signals(stream: UniformStream, frame: PelvisFrame) -> PelvisSignals:
    """Project onto the pelvis' axes and reduce to about 100 Hz."""
    k = max(1, int(stream.fs / 99.0))
    acc = (frame.axes[:2] / G_MPS2) @ stream.acc.T
    return PelvisSignals(stream.t0, stream.fs / k, np.stack([decimate(row, k) for row in acc]))


def _first_fall(y: FloatArray, tau: FloatArray, level: float, low: float, high: float) -> float:
    """First time within (low, high) at which y falls through the level; NaN if it does not."""
    falls = (y[:-1] >= level) & (y[1:] < level) & (tau[:-1] > low) & (tau[1:] < high)
    k = np.flatnonzero(falls)
    if not len(k):
        return float("nan")
    i = int(k[0])
    return float(tau[i] + (tau[i + 1] - tau[i]) * (y[i] - level) / (y[i] - y[i + 1]))


def _slow_contact(vertical: FloatArray, tau: FloatArray, ic: float, step: float) -> float:
    """Contact time that the steepest fall of the 3.5 Hz vertical force stands for, s."""
    fall = -np.gradient(lowpass(vertical, 3.5, 1.0 / _STEP_S))
    fine, grid = refine_grid(fall[None], tau)
    at = float(highest_peak(fine, grid, ic + 0.05, ic + 0.9 * step)[0])
    contact = (at - ic - 0.028) / 0.64
    return float(np.clip(contact, 0.2 * step, 0.95 * step)) if np.isfinite(at) else 0.68 * step


def _terminal(mean: FloatArray, tau: FloatArray, ic: float, step: float, bias_s: float) -> float:
    """Delay of the terminal contact in the mean waveform (3, m) of a block, running.

    Half from the slow load, half from the mean of three: the steepest falls of the 8 Hz resultant
    and of the 8 Hz forward force, and the 12 Hz vertical force falling through 0.3 g. The first two
    need no level and no exact axes. Each is looked for near what the slow load says.
    """
    fs = 1.0 / _STEP_S
    seen = ic + _slow_contact(mean[1], tau, ic, step)
    slow = np.stack([lowpass(mean[2], 8.0, fs), lowpass(mean[0], 8.0, fs)])
    fine, grid = refine_grid(-np.gradient(slow, axis=-1), tau)
    parts = [
        float(highest_peak(fine[:1], grid, seen - 0.104, seen - 0.014)[0]) + 0.059,
        float(highest_peak(fine[1:], grid, seen - 0.077, seen + 0.013)[0]) + 0.032,
        _first_fall(lowpass(mean[1], 12.0, fs), tau, 0.3, seen - 0.05, seen + 0.07) - 0.016,
    ]
    known = [part for part in parts if np.isfinite(part)]
    if not known:
        return seen
    return 0.5 * seen + 0.5 * (float(np.mean(known)) - bias_s)


def _block_features(
    mean: FloatArray, tau: FloatArray, step: FloatArray, run: bool, settings: EventSettings
) -> tuple[FloatArray, FloatArray]:
    """Delays (b,) of initial and terminal contact in the mean waveforms (b, 3, m)."""
    fs = 1.0 / _STEP_S
    braking, grid = refine_grid(-np.gradient(lowpass(mean[:, 0], 25.0, fs), axis=-1), tau)
    loading, _ = refine_grid(np.gradient(lowpass(mean[:, 1], 10.0, fs), axis=-1), tau)
    pooled = highest_peak(
        loading.mean(axis=0)[None],
        grid,
        -0.3 * float(np.median(step)),
        0.15 * float(np.median(step)),
    )
    centre = float(np.nan_to_num(pooled[0]))
    window = settings.pelvis_ic_search_s
    typical = highest_peak(
        braking.mean(axis=0)[None], grid, centre + window[0], centre + window[1]
    )[0]
    if not np.isfinite(typical):
        typical = centre - 0.03
    ic = highest_peak(braking, grid, typical - 0.02, typical + 0.02)
    ic = np.where(np.isfinite(ic), ic, typical)
    tc = np.full(len(mean), np.nan)
    if run:
        tc = np.array(
            [
                _terminal(row, tau, float(t) - settings.pelvis_ic_s, float(p), settings.pelvis_tc_s)
                for row, t, p in zip(mean, ic, step, strict=True)
            ]
        )
        if np.isfinite(tc).any():
            tc = np.where(np.isfinite(tc), tc, np.nanmedian(tc))
    return ic, tc


def pelvis_contacts(
    signals: PelvisSignals,
    anchor_s: FloatArray,
    step_s: FloatArray,
    gait: list[tuple[bool, Blocks]],
    settings: EventSettings,
) -> PelvisContacts:
    """Time the contacts.

    anchor_s : (k,) s, the slow rise of the load.  step_s : (k,) local step period, s.  gait : for
    running (True) and walking (False) the blocks, each of steps of one side only: left and right
    have ensembles of their own, but one typical place of the braking.
    """
    k = len(anchor_s)
    fs = signals.fs
    ic, tc, misfit = np.full(k, np.nan), np.full(k, np.nan), np.ones(k)
    centre = (anchor_s - signals.t0) * fs
    sharp = lowpass(signals.acc, 25.0, fs)
    smooth = lowpass(signals.acc, 15.0, fs)
    size = np.sqrt((signals.acc**2).sum(axis=0))
    channels = np.stack([*signals.acc, size])
    for run, blocks in gait:
        if not blocks.count:
            continue
        mine = blocks.index[blocks.real]
        at = align(sharp, fs, centre, blocks, 0.10, 0.09, 0.035)
        landed = centre + at.shift_s * fs
        typical = np.median(step_s[blocks.index], axis=1)
        tau = np.arange(-0.40, 1.1 * float(typical.max()) + 0.15, _STEP_S)
        offset = np.broadcast_to(tau * fs, (k, len(tau)))
        mean = block_means(channels, landed, offset, blocks)
        early, late = _block_features(mean, tau, typical, run, settings)
        ic[mine] = (landed / fs + blocks.spread(early, k) - settings.pelvis_ic_s)[mine]
        misfit[mine] = at.misfit[mine]
        if not run:
            continue
        leave = landed / fs + blocks.spread(late, k)
        inside = np.nan_to_num(leave, nan=1e12) < signals.acc.shape[1] / fs - 0.03
        safe = np.where(np.isfinite(leave), leave, 0.0)
        toe = align(smooth, fs, safe * fs, blocks, 0.07, 0.07, 0.04)
        tc[mine] = np.where(inside, leave + toe.shift_s, np.nan)[mine]
    return PelvisContacts(signals.t0 + ic, signals.t0 + tc, misfit)


def alternate(time_s: FloatArray, step_s: FloatArray, bout: IntArray) -> BoolArray:
    """(k,) True for even steps of each bout, counting steps that are missing."""
    if not len(time_s):
        return np.zeros(0, dtype=bool)
    ratio = np.diff(time_s) / np.maximum(0.5 * (step_s[1:] + step_s[:-1]), 1e-6)
    count = np.concatenate([[0.0], np.cumsum(np.maximum(np.rint(ratio), 1.0))])
    _, first, place = np.unique(bout, return_index=True, return_inverse=True)
    return np.asarray((count - count[first][place]) % 2 == 0)
