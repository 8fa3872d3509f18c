"""Time the contacts of one leg, given one anchor a stride.

Each stride is shifted onto the ensemble of its block; where the contacts lie is read off the mean
waveform of each block. Which rise of the mean waveform is the landing is chosen for both legs
together (``landing``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.recording import FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.ensemble import Blocks, align, block_means, look_further
from hipgait.strides.filters import IntArray, highest_peak, lowpass, peaks, refine_grid
from hipgait.strides.shank_events import Leg

_MEAN_STEP_S = 0.010
_MEAN_HZ = 1.0 / _MEAN_STEP_S


@dataclass(frozen=True)
class LegContacts:
    """Contacts of one leg's strides, all (k,).

    ic_s, tc_s : s, reference clock; tc_s NaN where the recording ends before it.
    misfit : of the initial contact's alignment; 1 is typical.
    unlike : how far the shape is from the others' at either end, see ``time_leg``.
    """

    ic_s: FloatArray
    tc_s: FloatArray
    misfit: FloatArray
    unlike: FloatArray


@dataclass(frozen=True)
class Leaving:
    """Where a leg's running contacts end.

    dip_s : chosen dip of the axial force, s after the anchor.
    pelvis_contact_s : median contact time that the pelvis stands for, NaN without a pelvis.
    """

    dip_s: float
    pelvis_contact_s: float


@dataclass(frozen=True)
class LegMeans:
    """Strides of one leg and one gait, aligned block by block.

    run : running or walking.  blocks : b blocks of the leg's k strides.
    landed : (k,) aligned anchors, samples of the leg.  misfit, unlike : (k,).
    scale : (k,) stride period over the block's median.  period_s : (b,) that median.
    tau : (m,) s.  mean : (b, 6, m) mean waveforms around the aligned anchors.
    delay_s, weight : (c,) rises that may be the landing, after the anchor, and their sizes (the
        largest is 1).
    """

    run: bool
    blocks: Blocks
    landed: FloatArray
    misfit: FloatArray
    unlike: FloatArray
    scale: FloatArray
    period_s: FloatArray
    tau: FloatArray
    mean: FloatArray
    delay_s: FloatArray
    weight: FloatArray

    @property
    def members(self) -> IntArray:
        """Numbers of the strides."""
        return self.blocks.index[self.blocks.real]


def _slope(y: FloatArray) -> FloatArray:
    return np.asarray(np.gradient(y, _MEAN_STEP_S, axis=-1))


def _steady(
    y: FloatArray,
    tau: FloatArray,
    low: FloatArray | float,
    high: FloatArray | float,
    near_s: float,
) -> FloatArray:
    """Highest peak in a window: first in the mean of all blocks, then near it in each block.

    In a block no further than half way to the next peak that is at least half as high in the mean:
    of two alike the chosen one is followed.
    y : (b, m).  low, high : scalar or (b,).  Returns (b,), NaN where there is none.
    """
    fine, grid = refine_grid(y, tau)
    pooled = fine.mean(axis=0, keepdims=True)
    typical = float(highest_peak(pooled, grid, float(np.median(low)), float(np.median(high)))[0])
    if not np.isfinite(typical):
        return np.full(len(y), np.nan)
    place, height = peaks(pooled[0])
    others = grid[0] + place * (grid[1] - grid[0])
    chosen = int(np.argmin(np.abs(others - typical)))
    middles = 0.5 * (others + typical)[(height >= 0.5 * height[chosen]) & (height > 0)]
    before, after = middles[middles < typical - 1e-9], middles[middles > typical + 1e-9]
    first = max(typical - near_s, before.max(initial=-np.inf))
    last = min(typical + near_s, after.min(initial=np.inf))
    own = highest_peak(fine, grid, first, last)
    middle = float(np.nanmedian(own)) if np.isfinite(own).any() else typical
    return np.where(np.isfinite(own), own, middle)


def _channels(leg: Leg) -> FloatArray:
    """(6, n): up, forward, right, size across the limb, size, power above 15 Hz; g."""
    acc = leg.acc
    across = acc[1] ** 2 + acc[2] ** 2
    power = ((acc - leg.slow) ** 2).sum(axis=0)
    return np.stack([*acc, np.sqrt(across), np.sqrt(across + acc[0] ** 2), power])


def _landing_measure(mean: FloatArray, tau: FloatArray) -> FloatArray:
    """(b, m) how fast everything rises, times the impact 20 ms later."""
    forward, across, size = (lowpass(mean[:, c], 20.0, _MEAN_HZ) for c in (1, 3, 4))
    impact = np.sqrt(np.maximum(lowpass(mean[:, 5], 10.0, _MEAN_HZ), 1e-9))
    later = np.stack([np.interp(tau + 0.02, tau, row) for row in impact])
    return np.asarray(_slope(forward + across + size) * later)


def _candidates(
    mean: FloatArray, tau: FloatArray, low: float, high: float
) -> tuple[FloatArray, FloatArray]:
    """Delays and relative sizes of the rises of the pooled landing measure."""
    fine, grid = refine_grid(_landing_measure(mean, tau).mean(axis=0)[None], tau)
    place, height = peaks(fine[0])
    delay = grid[0] + place * (grid[1] - grid[0])
    keep = (delay >= low) & (delay <= high) & (height > 0)
    delay, height = delay[keep], height[keep]
    if not len(delay):
        return np.array([0.5 * (low + high)]), np.ones(1)
    weight = height / height.max()
    return delay[weight > 0.1], weight[weight > 0.1]


def align_leg(
    leg: Leg,
    anchor_s: FloatArray,
    period_s: FloatArray,
    gait: list[tuple[bool, Blocks]],
    settings: EventSettings,
) -> list[LegMeans]:
    """Align the strides of one leg.

    anchor_s : (k,) s, one a stride.  period_s : (k,) local stride period, s.  gait : for running
    (True) and walking (False) the blocks of strides.
    """
    k = len(anchor_s)
    centre = (anchor_s - leg.t0) * leg.fs
    signal, lead, window = leg.slow[1:2], 0.03, settings.ic_search_s
    if leg.rate is not None:
        rate, forward = leg.rate, leg.slow[1]
        signal = np.stack([forward / max(forward.std(), 1e-9), rate / max(rate.std(), 1e-9)])
        lead, window = 0.0, settings.ic_search_gyro_s
    channels = _channels(leg)
    early = centre - lead * leg.fs
    out = []
    for run, blocks in gait:
        if not blocks.count:
            continue
        at = align(signal, leg.fs, early, blocks, 0.08, 0.10, 0.03)
        at = look_further(signal, leg.fs, early, blocks, at, 0.08, 0.12)
        landed = centre + at.shift_s * leg.fs
        period = np.median(period_s[blocks.index], axis=1)
        tau = np.arange(-0.30, 1.02 * float(period.max()) + 0.1, _MEAN_STEP_S)
        scale = period_s / np.nan_to_num(blocks.spread(period, k), nan=1.0)
        late = np.maximum(tau - 0.15, 0.0)
        offset = (tau + (scale[:, None] - 1.0) * late) * leg.fs
        mean = block_means(channels, landed, offset, blocks)
        delay, weight = _candidates(mean, tau, *window)
        out.append(
            LegMeans(
                run, blocks, landed, at.misfit, at.unlike, scale, period, tau, mean, delay, weight
            )
        )
    return out


def _initial_feature(mean: FloatArray, tau: FloatArray, chosen_s: float, run: bool) -> FloatArray:
    """(b,) delay of the initial contact's feature: the landing measure's peak.

    In walking its mean with the steepest forward rise next to it.
    """
    measure = _landing_measure(mean, tau)
    coarse = _steady(measure, tau, chosen_s - 0.004, chosen_s + 0.004, 0.02)
    coarse = np.where(np.isfinite(coarse), coarse, chosen_s)
    if run:
        return coarse
    centre = float(np.median(coarse))
    forward = _slope(lowpass(mean[:, 1], 20.0, _MEAN_HZ))
    fine = _steady(forward, tau, centre - 0.012, centre + 0.012, 0.015)
    return np.where(np.isfinite(fine), 0.5 * (fine + coarse), coarse)


def leaving_candidates(m: LegMeans, landing_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Dips of the axial force that may mark the end of a running contact: delays and weights.

    landing_s : (b,) delay of the landing's feature.  A dip that is 0.35 g less deep weighs 1/e.
    """
    fine, grid = refine_grid(-lowpass(m.mean[:, 0], 15.0, _MEAN_HZ).mean(axis=0)[None], m.tau)
    place, depth = peaks(fine[0])
    delay = grid[0] + place * (grid[1] - grid[0])
    start, period = float(np.median(landing_s)), float(np.median(m.period_s))
    keep = (delay >= start + 0.24 * period) & (delay <= start + 0.52 * period)
    delay, depth = delay[keep], depth[keep]
    if not len(delay):
        return np.array([start + 0.40 * period]), np.ones(1)
    return delay, np.exp((depth - depth.max()) / 0.35)


def _terminal_run(mean: FloatArray, tau: FloatArray, chosen_s: float) -> FloatArray:
    """(b,) delay of the terminal contact's feature in running (before its constant).

    Mean of two: the chosen dip of the axial force, and the steepest rise after it.
    """
    axial = -lowpass(mean[:, 0], 15.0, _MEAN_HZ)
    dip = _steady(axial, tau, chosen_s - 0.006, chosen_s + 0.006, 0.02)
    dip = np.where(np.isfinite(dip), dip, chosen_s)
    middle = float(np.median(dip))
    rise = _slope(lowpass(mean[:, 0], 12.0, _MEAN_HZ))
    late = _steady(rise, tau, middle + 0.008, middle + 0.055, 0.03)
    return np.where(np.isfinite(late), 0.5 * (dip + late), dip)


def _terminal_walk(
    mean: FloatArray, tau: FloatArray, ic: FloatArray, period: FloatArray
) -> FloatArray:
    """(b,) delay of the terminal contact's feature in walking (before its constant).

    Mean of two: the steepest unloading along the shank, which comes after the contact's end, and
    the steepest loss of the forward push, which comes before it; their errors between people
    cancel.
    """
    unloading = -_slope(lowpass(mean[:, 0], 6.0, _MEAN_HZ))
    fall = _steady(unloading, tau, ic + 0.52 * period, ic + 0.80 * period, 0.04)
    fall = np.where(np.isfinite(fall), fall, ic + 0.68 * period)
    middle = float(np.median(fall))
    forward = -_slope(lowpass(mean[:, 1], 10.0, _MEAN_HZ))
    push = _steady(forward, tau, middle - 0.115, middle - 0.035, 0.03)
    return 0.5 * (fall + np.where(np.isfinite(push), push, fall - 0.072))


def landing_features(means: list[LegMeans], chosen_s: list[float]) -> list[FloatArray]:
    """(b,) delays of the landing's feature for each of ``means``."""
    return [_initial_feature(m.mean, m.tau, c, m.run) for m, c in zip(means, chosen_s, strict=True)]


def time_leg(
    leg: Leg,
    k: int,
    means: list[LegMeans],
    landing_s: list[FloatArray],
    leavings: list[Leaving],
    settings: EventSettings,
) -> LegContacts:
    """Contacts of the leg's k strides.

    landing_s : (b,) delays of the landing's feature for each of ``means``.  leavings : used in
    running; the end of the contact is moved some way towards what the pelvis says.

    A stride is as unlike the others as its worse end: a quarter of the landing's figure, half of
    the push-off's. On 30 simulated runners the stances below 17 that a plain misfit would give up
    (turns, first strides) were right within 7 ms (initial) and 16 ms (terminal contact, 95 %).
    """
    ic, tc, misfit, unlike = np.full(k, np.nan), np.full(k, np.nan), np.ones(k), np.ones(k)
    for m, feature, leaving in zip(means, landing_s, leavings, strict=True):
        mine = m.members
        landed = m.landed / leg.fs
        delay = settings.ic_run_s if m.run else settings.ic_walk_s
        ic[mine] = (landed + m.blocks.spread(feature, k) - delay)[mine]
        misfit[mine] = m.misfit[mine]
        if m.run:
            late, bias = _terminal_run(m.mean, m.tau, leaving.dip_s), settings.tc_run_s
            contact = float(np.median(late - bias - feature)) + delay
            apart = contact - leaving.pelvis_contact_s
            if abs(apart) < settings.pelvis_contact_reach_s:
                bias += settings.pelvis_contact_share * apart
        else:
            late, bias = _terminal_walk(m.mean, m.tau, feature, m.period_s), settings.tc_walk_s
        end = m.blocks.spread(late, k)
        leave = landed + end + (m.scale - 1.0) * np.maximum(end - 0.15, 0.0) - bias
        inside = np.nan_to_num(leave, nan=1e12) < leg.acc.shape[1] / leg.fs - 0.03
        safe = np.where(np.isfinite(leave), leave, 0.0)
        toe = align(leg.slow, leg.fs, safe * leg.fs, m.blocks, 0.10, 0.10, 0.06, step_s=0.012)
        tc[mine] = np.where(inside, leave + toe.shift_s, np.nan)[mine]
        unlike[mine] = np.maximum(0.25 * m.unlike, 0.5 * toe.unlike)[mine]
    return LegContacts(leg.t0 + ic, leg.t0 + tc, misfit, unlike)
