"""One sensor's clock against another's, from how the strides of both vary.

No two strides last equally long: the course of the stride times is the run's own fingerprint. Its
cross-correlation over every possible shift gives the stride, or one beside it (coarse), and the
rate of the clocks follows from how the two trains of strides move apart. Then contacts, timed one
by one in a few windows, are paired at that shift and a few steps beside it: at the right one, and
only there, their differences do not scatter with the strides (a shift by one step leaves the
variation of a step in them). That decides, or says that it cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d

from hipgait.recording import FloatArray
from hipgait.settings import SyncSettings
from hipgait.strides.filters import IntArray
from hipgait.sync.tracks import Track


@dataclass(frozen=True)
class ClockMatch:
    """A sensor's clock against the reference's: ``t_ref = t + offset_s + 1e-6 ppm (t - at_s)``.

    at_s : middle of what was compared, on the sensor's own clock.
    residual_ms : SD of the windows about the line.  windows : their number.
    strides : strides compared.
    evidence : log-likelihood by which this shift is better than the best other one, nats.
    clear : whether that is enough.
    span_s : length of what was compared, around ``at_s``: the rate says nothing beyond it.
    jumps : jumps compared.
    """

    placement: str
    reference: str
    offset_s: float
    ppm: float
    at_s: float
    residual_ms: float
    windows: int
    strides: int
    evidence: float
    clear: bool
    span_s: float = 0.0
    jumps: int = 0

    def on_reference(self, time_s: FloatArray | float) -> FloatArray:
        """Times of the sensor's clock on the reference's."""
        t = np.asarray(time_s, dtype=np.float64)
        return np.asarray(t + self.offset_s + 1e-6 * self.ppm * (t - self.at_s))


@dataclass(frozen=True)
class _Series:
    """Stride times on a regular grid from ``t0``: (n,) deviation, (n,) weight, strides a sample."""

    t0: float
    value: FloatArray
    weight: FloatArray
    per_sample: float


def _series(track: Track, s: SyncSettings) -> _Series | None:
    centre, log_stride, usual = track.varying()
    if len(centre) < s.fewest_strides:
        return None
    step = s.grid_s
    grid = np.arange(centre[0], centre[-1] + step, step)
    value = np.interp(grid, centre, log_stride)
    k = np.clip(np.searchsorted(centre, grid), 1, len(centre) - 1)
    near = np.minimum(np.abs(grid - centre[k - 1]), np.abs(centre[k] - grid))
    weight = (near < 0.75 * usual[k]).astype(np.float64)
    sigma = s.detrend_s / step
    base = gaussian_filter1d(value * weight, sigma, mode="constant")
    base /= np.maximum(gaussian_filter1d(weight, sigma, mode="constant"), 1e-3)
    value = np.clip(value - base, -s.largest_log, s.largest_log) * weight
    return _Series(float(grid[0]), value, weight, step / float(np.median(usual)))


def _correlation(a: _Series, b: _Series) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Shifts of b (samples), and correlation and strides compared at each."""
    n = next_fast_len(len(a.value) + len(b.value))
    fa = rfft(np.stack([a.value, a.weight, a.value**2]), n)
    fb = rfft(np.stack([b.value, b.weight, b.value**2]), n).conj()
    top, count, own, other = irfft(
        np.stack([fa[0] * fb[0], fa[1] * fb[1], fa[2] * fb[1], fa[1] * fb[2]]), n
    )
    lag = np.arange(n, dtype=np.float64)
    lag = np.where(lag < len(a.value), lag, lag - n)
    power = np.maximum(own, 0.0) * np.maximum(other, 0.0)
    r = np.where(power > 0, top / np.sqrt(np.maximum(power, 1e-30)), 0.0)
    return lag, np.clip(r, -0.999, 0.999), np.asarray(count * a.per_sample)


def coarse_shifts(a: Track, b: Track, s: SyncSettings) -> list[tuple[float, float]]:
    """(shift s, score) of the best shifts of b's clock, best first; empty where nothing stands out.

    The score is the correlation in standard errors. Long runs are compared piece by piece, so that
    clocks of different rates do not blur the peak; the piece that is surest counts.
    """
    one, two = _series(a, s), _series(b, s)
    if one is None or two is None:
        return []
    size = round(s.piece_s / s.grid_s)
    pieces = max(1, round(len(two.value) / size))
    best: list[tuple[float, float]] = []
    for part in np.array_split(np.arange(len(two.value)), pieces):
        lo, hi = int(part[0]), int(part[-1]) + 1
        piece = _Series(two.t0 + lo * s.grid_s, two.value[lo:hi], two.weight[lo:hi], two.per_sample)
        lag, r, strides = _correlation(one, piece)
        score = np.where(
            strides >= s.fewest_strides,
            np.arctanh(r) * np.sqrt(np.maximum(strides - 3.0, 0.0)),
            0.0,
        )
        k = int(score.argmax())
        found = (float(lag[k] * s.grid_s + one.t0 - piece.t0), float(score[k]))
        best.append(found)
    best.sort(key=lambda row: -row[1])
    return [row for row in best if row[1] >= s.least_score]


@dataclass(frozen=True)
class Line:
    """Offset of b's clock at ``at_s`` (s on b's clock), its rate, and the SD about the line (s)."""

    offset_s: float
    ppm: float
    at_s: float
    residual_s: float
    windows: int

    def at(self, time_s: FloatArray | float) -> FloatArray:
        """Offset at times of b's clock, s."""
        away = np.asarray(time_s, dtype=np.float64) - self.at_s
        return np.asarray(self.offset_s + 1e-6 * self.ppm * away)


@dataclass(frozen=True)
class Pairing:
    """One window of contacts of b beside what they may fall on: arrays by shift in whole steps.

    at_s : middle of the window on b's clock.  middle_s : median difference.  spread_s : scatter.
    """

    at_s: float
    middle_s: FloatArray
    spread_s: FloatArray
    pairs: int


def targets(a: Track, same_phase: bool) -> tuple[FloatArray, FloatArray]:
    """What the other sensor's contacts fall on: (m,) times and (m,) distance to the next one.

    The pelvis' own steps; of a leg its own contacts (``same_phase``) or the middles between them,
    where the other leg lands.
    """
    if a.each_step or same_phase:
        return a.time_s, a.stride_s * (0.5 if a.each_step else 1.0)
    gap = np.diff(a.time_s)
    usual = 0.5 * (a.stride_s[1:] + a.stride_s[:-1])
    good = np.abs(np.log(gap / usual)) < 0.2
    return (0.5 * (a.time_s[1:] + a.time_s[:-1]))[good], usual[good]


def _nearest(sorted_s: FloatArray, time_s: FloatArray) -> IntArray:
    k = np.clip(np.searchsorted(sorted_s, time_s), 1, len(sorted_s) - 1)
    return np.asarray(k - (time_s - sorted_s[k - 1] < sorted_s[k] - time_s))


def _spread(x: FloatArray) -> float:
    return 1.4826 * float(np.median(np.abs(x - np.median(x))))


def _detrended(t: FloatArray, x: FloatArray) -> FloatArray:
    """Residuals of a straight line that a few outliers do not bend."""
    centred = t - t.mean()
    keep = np.abs(x - np.median(x)) < 4.0 * max(_spread(x), 1e-4)
    y = x[keep] - x[keep].mean()
    c = centred[keep]
    slope = float(c @ y) / max(float(c @ c), 1e-9)
    out = x - slope * centred
    return np.asarray(out - np.median(out))


def drift_line(a: Track, b: Track, shift: float, same_phase: bool, s: SyncSettings) -> Line | None:
    """How b's clock runs against a's, from all strides; ``offset_s`` may be off by whole steps."""
    target, spacing = targets(a, same_phase)
    if len(target) < s.fewest_strides:
        return None
    start = max(target[0] - shift, b.time_s[0])
    stop = min(target[-1] - shift, b.time_s[-1])
    count = max(1, int(np.ceil((stop - start) / s.window_s)))
    edges = np.searchsorted(b.time_s, np.linspace(start, stop, count + 1))
    parts = [b.time_s[i:j] for i, j in pairwise(edges.tolist()) if j - i >= s.fewest_in_window]
    if not parts:
        return None
    first = len(parts) // 2
    rows: list[tuple[float, float, int]] = []
    begin = shift
    for order in (range(first, len(parts)), range(first - 1, -1, -1)):
        at = begin
        for w in order:
            t = parts[w]
            k = _nearest(target, t + at)
            away, step = target[k] - t - at, spacing[k]
            turn = np.exp(2j * np.pi * away / step).mean()
            if abs(turn) < s.least_keeping_step:
                continue
            at += float(np.angle(turn)) / (2 * np.pi) * float(np.median(step))
            away = target[_nearest(target, t + at)] - t - at
            near = away[np.abs(away) < s.pair_within * float(np.median(step))]
            if len(near) < s.fewest_in_window:
                continue
            at += float(np.median(near))
            rows.append((float(t.mean()), at, len(near)))
            if w == first:
                begin = at
    if not rows:
        return None
    time, offset, n = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return _line(time, offset, n, s)


def pair(
    time_s: FloatArray, target: FloatArray, spacing: FloatArray, line: Line, s: SyncSettings
) -> Pairing | None:
    """Contacts of b in one window beside a's, at the line's shift and whole steps beside it."""
    if len(time_s) < s.fewest_in_window or len(target) < s.fewest_in_window:
        return None
    shift = float(line.at(time_s.mean()))
    k = _nearest(target, time_s + shift)
    step = spacing[k]
    turn = np.exp(2j * np.pi * (target[k] - time_s - shift) / step).mean()
    base = shift + float(np.angle(turn)) / (2 * np.pi) * float(np.median(step))
    steps = np.arange(-s.steps_beside, s.steps_beside + 1, dtype=np.float64)
    middle, spread = np.full(len(steps), np.nan), np.full(len(steps), np.nan)
    pairs = 0
    for i, m in enumerate(steps):
        aim = time_s + base + m * step
        near = target[_nearest(target, aim)]
        good = np.abs(near - aim) < s.pair_within * step
        if good.sum() < s.fewest_in_window:
            return None
        difference = (near - time_s)[good]
        middle[i] = np.median(difference)
        spread[i] = _spread(_detrended(time_s[good], difference))
        pairs = int(good.sum()) if m == 0 else pairs
    return Pairing(float(time_s.mean()), middle, spread, pairs)


def decide(
    reference: str,
    placement: str,
    line: Line,
    found: Sequence[Pairing],
    s: SyncSettings,
    least_evidence: float,
) -> ClockMatch | None:
    """The shift for which all windows together speak; None without a window."""
    if not found:
        return None
    n = np.array([w.pairs for w in found], dtype=np.float64)
    spread = np.maximum(np.stack([w.spread_s for w in found]), s.least_spread_s)
    scores = -s.independent * n[:, None] * np.log(spread)
    score = scores.sum(axis=0)
    best = int(score.argmax())
    evidence = float(score[best] - np.delete(score, best).max())
    against = float((scores - scores[:, best : best + 1]).max())
    at = np.array([w.at_s for w in found])
    off = np.array([w.middle_s[best] for w in found]) - 1e-6 * line.ppm * (at - line.at_s)
    # the trains give the rate to some 30 ppm, the contacts mend it
    own = _line(at, off, n, replace(s, usual_ppm=s.train_ppm, window_sd_s=s.timed_sd_s))
    offset = own.offset_s + 1e-6 * line.ppm * (own.at_s - line.at_s)
    residual = max(line.residual_s, own.residual_s)
    clear = (
        0 < best < scores.shape[1] - 1
        and evidence >= least_evidence
        and against < s.most_against
        and residual < s.largest_residual_s
        and abs(line.ppm + own.ppm) < s.most_ppm
    )
    return ClockMatch(
        placement,
        reference,
        offset,
        line.ppm + own.ppm,
        own.at_s,
        1e3 * residual,
        line.windows,
        int(n.sum()),
        evidence,
        bool(clear),
        2.0 * float(np.abs(at - own.at_s).max()) + s.timed_s,
    )


def _line(t: FloatArray, offset: FloatArray, n: FloatArray, s: SyncSettings) -> Line:
    """A robust line through the windows' offsets."""
    weight = n.copy()
    noise = s.window_sd_s
    slope = centre = level = 0.0
    residual = np.zeros(len(t))
    for _ in range(5):
        centre = float(np.average(t, weights=weight))
        level = float(np.average(offset, weights=weight))
        c = t - centre
        share = weight / weight.max()
        prior = (noise / (1e-6 * s.usual_ppm)) ** 2
        slope = float((share * c) @ (offset - level)) / (float((share * c) @ c) + prior)
        residual = offset - level - slope * c
        limit = 3.0 * max(_spread(residual), noise)
        weight = n * np.minimum(1.0, limit / np.maximum(np.abs(residual), 1e-9))
    return Line(level, 1e6 * slope, centre, float(np.std(residual)), len(t))
