"""One sensor's clock against another's, from how the strides of both vary.

No two strides last equally long: the course of the stride times is the run's own fingerprint. Its
cross-correlation over every possible shift gives the stride (coarse). Then contacts are paired at
that shift and a few steps beside it; at the right one, and only there, the differences of the two
sensors' contacts do not scatter with the strides (a shift by one step leaves the variation of a
step in them). That comparison decides, or says that it cannot. Offset and rate are a line through
the medians of windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import gaussian_filter1d

from hipgait.recording import FloatArray
from hipgait.settings import SyncSettings
from hipgait.sync.tracks import Track


@dataclass(frozen=True)
class ClockMatch:
    """A sensor's clock against the reference's: ``t_ref = t + offset_s + 1e-6 ppm (t - at_s)``.

    at_s : middle of what was compared, on the sensor's own clock.
    residual_ms : SD of the windows about the line.  windows : their number.
    strides : strides compared.
    evidence : log-likelihood by which this shift is better than the best other one, nats.
    clear : whether that is enough.
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


def _targets(a: Track, same_phase: bool) -> tuple[FloatArray, FloatArray]:
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


def _nearest(sorted_s: FloatArray, time_s: FloatArray) -> FloatArray:
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


def match_clocks(a: Track, b: Track, s: SyncSettings) -> ClockMatch | None:
    """Offset and rate of b's clock against a's; None where the two have nothing in common."""
    shifts = coarse_shifts(a, b, s)
    if not shifts:
        return None
    same_phase = a.placement.split("_")[0] == b.placement.split("_")[0]
    target, spacing = _targets(a, same_phase)
    if len(target) < s.fewest_strides:
        return None
    return _fine(a, b, target, spacing, shifts[0][0], s)


def _windows(b: Track, start: float, stop: float, s: SyncSettings) -> list[slice]:
    """Contacts of b by window; start and stop on b's clock."""
    count = max(1, int(np.ceil((stop - start) / s.window_s)))
    edges = np.searchsorted(b.time_s, np.linspace(start, stop, count + 1))
    return [slice(int(i), int(j)) for i, j in pairwise(edges)]


def _fine(
    a: Track, b: Track, target: FloatArray, spacing: FloatArray, shift: float, s: SyncSettings
) -> ClockMatch | None:
    start = max(target[0] - shift, b.time_s[0])
    stop = min(target[-1] - shift, b.time_s[-1])
    parts = [p for p in _windows(b, start, stop, s) if p.stop - p.start >= s.fewest_in_window]
    if not parts:
        return None
    centre = np.array([b.time_s[p].mean() for p in parts])
    first = int(np.abs(centre - np.median(centre)).argmin())
    steps = np.arange(-s.steps_beside, s.steps_beside + 1, dtype=np.float64)
    rows: dict[int, tuple[FloatArray, FloatArray, int]] = {}
    for order in (range(first, len(parts)), range(first - 1, -1, -1)):
        at = shift
        known = [rows[first][0][s.steps_beside]] if first in rows else []
        if known and np.isfinite(known[0]):
            at = float(known[0])
        for w in order:
            row = _window(b, parts[w], target, spacing, at, steps, s)
            if row is None:
                continue
            rows[w] = row
            if np.isfinite(row[0][s.steps_beside]):
                at = float(row[0][s.steps_beside])
    if not rows:
        return None
    index = sorted(rows)
    middle = np.stack([rows[w][0] for w in index])
    spread = np.stack([rows[w][1] for w in index])
    n = np.array([rows[w][2] for w in index], dtype=np.float64)
    usable = np.isfinite(middle).all(axis=1) & np.isfinite(spread).all(axis=1)
    if not usable.any():
        return None
    middle, spread, n = middle[usable], spread[usable], n[usable]
    centre = centre[index][usable]
    score = -s.independent * (n[:, None] * np.log(np.maximum(spread, 5e-4))).sum(axis=0)
    best = int(score.argmax())
    others = np.delete(score, best)
    evidence = float(score[best] - others.max())
    inside = 0 < best < len(steps) - 1
    running = np.array([b.run[parts[w]].mean() > 0.5 for w in index])[usable]
    line = running if running.sum() >= 1 else np.ones(len(n), dtype=bool)
    offset, ppm, at_s, residual = _line(centre[line], middle[line, best], n[line], s)
    return ClockMatch(
        b.placement,
        a.placement,
        offset,
        ppm,
        at_s,
        1e3 * residual,
        int(line.sum()),
        int(n.sum()),
        evidence,
        bool(inside and evidence >= s.least_evidence and residual < s.largest_residual_s),
    )


def _window(
    b: Track,
    part: slice,
    target: FloatArray,
    spacing: FloatArray,
    shift: float,
    steps: FloatArray,
    s: SyncSettings,
) -> tuple[FloatArray, FloatArray, int] | None:
    """Median difference and its scatter at each shift by whole steps, and the number of pairs."""
    t = b.time_s[part]
    k = _nearest(target, t + shift)
    step = spacing[k]
    away = target[k] - t - shift
    turn = np.exp(2j * np.pi * away / step)
    phase = float(np.angle(turn.sum())) / (2 * np.pi)
    typical = float(np.median(step))
    base = shift + phase * typical
    middle, spread = np.full(len(steps), np.nan), np.full(len(steps), np.nan)
    pairs = 0
    for i, m in enumerate(steps):
        aim = t + base + m * step
        near = target[_nearest(target, aim)]
        good = np.abs(near - aim) < s.pair_within * step
        if good.sum() < s.fewest_in_window:
            continue
        difference = (near - t)[good]
        middle[i] = np.median(difference)
        spread[i] = _spread(_detrended(t[good], difference))
        pairs = int(good.sum()) if m == 0 else pairs
    return (middle, spread, pairs) if pairs else None


def _line(
    t: FloatArray, offset: FloatArray, n: FloatArray, s: SyncSettings
) -> tuple[float, float, float, float]:
    """Offset at the middle (s), rate (ppm), the middle (s), and the SD about the line (s)."""
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
    return level, 1e6 * slope, centre, float(np.std(residual))
