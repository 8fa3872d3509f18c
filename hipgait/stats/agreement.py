"""Agreement of two methods that measured the same stances: bias, limits, slope, ICC.

Limits of agreement: Bland & Altman 1999, doi:10.1177/096228029900800204. Several stances of each
participant: Bland & Altman 2007, doi:10.1080/10543400701329422 (components between and within
participants, the true value varies), with the intervals of Zou 2013, doi:10.1177/0962280211402548,
in which each participant counts once however many stances there are. ICC(A,1): McGraw & Wong 1996.

One participant alone has no scatter between participants: the limits are of this participant, in
this mounting. Neighbouring stances are alike, so the intervals count effective ones (Bayley &
Hammersley 1946, doi:10.2307/2983560).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from hipgait.recording import FloatArray
from hipgait.stats.reliability import icc_agreement
from hipgait.strides.filters import IntArray

LEVEL: Final = 0.95
Z95: Final = 1.96
"""share of differences between the limits: 95 %, as Bland and Altman draw them"""
FEWEST: Final = 3
"""pairs below which nothing is computed: a standard deviation of two says nothing"""
SLOPE_PARTICIPANTS: Final = 3
"""participants from which a slope can be left out one by one"""


class Interval(NamedTuple):
    """An estimate with its 95 % interval; the ends are None where they cannot be known."""

    value: float
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class Agreement:
    """How one method agrees with another, differences being method minus reference.

    n, participants : pairs, and people.  n_effective : independent pairs that the intervals count;
        None with several participants, where the people are counted.
    bias : mean difference (of participants' means where there are several).
    sd : of a single difference.  sd_between, sd_within : its parts; None for one participant.
    lower, upper : 95 % limits of agreement.
    slope : change of the difference with the mean of both methods, per unit (0: none).
    rmse : of single differences.
    icc : ICC(A,1); None where the reference does not vary.  icc_of : "stances" | "participants".
    method : "one_participant" | "repeated".
    """

    n: int
    participants: int
    n_effective: float | None
    bias: Interval
    sd: float
    sd_between: float | None
    sd_within: float | None
    lower: Interval
    upper: Interval
    slope: Interval | None
    rmse: float
    icc: Interval | None
    icc_of: str
    method: str

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for agreement.json."""
        return {k: v._asdict() if isinstance(v, Interval) else v for k, v in vars(self).items()}


def agree(
    measured: ArrayLike,
    reference: ArrayLike,
    participant: Sequence[str],
    series: Sequence[str] | None = None,
) -> Agreement | None:
    """Agreement of two methods on the same stances; None with fewer than ``FEWEST`` pairs.

    Parameters
    ----------
    measured, reference : (n,) the same quantity in the same unit, finite.
    participant : (n,) whose stance it is.
    series : (n,) stances of one run and side, in time; all are one series where None.
    """
    a, b = (np.asarray(v, dtype=np.float64) for v in (measured, reference))
    if len(a) < FEWEST:
        return None
    d = a - b
    _, who = np.unique(np.asarray(participant), return_inverse=True)
    one = int(who.max()) == 0
    label = np.asarray(series if series is not None else [""] * len(d))
    parts = _one(d, label) if one else _repeated(d, who)
    sd = float(np.sqrt(parts.variance))
    return Agreement(
        n=len(d),
        participants=int(who.max()) + 1,
        n_effective=parts.effective,
        bias=parts.bias,
        sd=sd,
        sd_between=parts.between,
        sd_within=parts.within,
        lower=_limit(parts, -1.0),
        upper=_limit(parts, 1.0),
        slope=_slope_one(d, a, b, label) if one else _slope_repeated(d, a, b, who),
        rmse=float(np.sqrt(np.mean(d**2))),
        icc=_icc(a, b, who),
        icc_of="stances" if one else "participants",
        method="one_participant" if one else "repeated",
    )


class _Parts(NamedTuple):
    """Bias and variance of a single difference, each with its interval."""

    bias: Interval
    variance: float
    low: float
    high: float
    between: float | None
    within: float | None
    effective: float | None


def _t_interval(value: float, se: float, free: float) -> Interval:
    half = float(stats.t.ppf(0.5 + LEVEL / 2.0, free)) * se
    return Interval(value, value - half, value + half)


def _chi_bounds(free: float) -> tuple[float, float]:
    """Factors of a variance at the ends of its interval: below 1, above 1."""
    most, least = (float(stats.chi2.ppf(0.5 + s * LEVEL / 2.0, free)) for s in (1.0, -1.0))
    return free / most, free / least


def _one(d: FloatArray, series: FloatArray) -> _Parts:
    variance = float(d.var(ddof=1))
    effective = effective_number(d, series)
    bias = _t_interval(float(d.mean()), float(np.sqrt(variance / effective)), effective - 1.0)
    low, high = _chi_bounds(effective - 1.0)
    return _Parts(bias, variance, low * variance, high * variance, None, None, effective)


def _repeated(d: FloatArray, who: IntArray) -> _Parts:
    """Components between and within participants; unweighted, so that each counts once."""
    size = np.bincount(who).astype(np.float64)
    k, n = len(size), len(d)
    means = np.bincount(who, d) / size
    harmonic = k / float(np.sum(1.0 / size))
    of_means = float(means.var(ddof=1))
    free = n - k
    within = float(np.sum((d - means[who]) ** 2)) / free if free else 0.0
    share = (1.0 - 1.0 / harmonic) * within
    bias = _t_interval(float(means.mean()), float(np.sqrt(of_means / k)), k - 1.0)
    down, up = _chi_bounds(k - 1.0)
    down_w, up_w = _chi_bounds(float(free)) if free else (1.0, 1.0)
    total = of_means + share
    low = total - np.hypot(of_means * (1.0 - down), share * (1.0 - down_w))
    high = total + np.hypot(of_means * (up - 1.0), share * (up_w - 1.0))
    between = float(np.sqrt(max(0.0, of_means - within / harmonic)))
    return _Parts(
        bias, total, max(0.0, float(low)), float(high), between, float(np.sqrt(within)), None
    )


def _limit(parts: _Parts, sign: float) -> Interval:
    """One limit of agreement; its interval joins those of bias and SD (MOVER, Zou 2013)."""
    bias, sd = parts.bias, float(np.sqrt(parts.variance))
    assert bias.ci_low is not None
    half = bias.value - bias.ci_low
    inner, outer = (Z95 * abs(float(np.sqrt(v)) - sd) for v in (parts.low, parts.high))
    value = bias.value + sign * Z95 * sd
    down, up = (inner, outer) if sign > 0 else (outer, inner)
    return Interval(value, value - float(np.hypot(half, down)), value + float(np.hypot(half, up)))


def effective_number(values: FloatArray, series: FloatArray) -> float:
    """Independent values with as much to say: n (1 - r) / (1 + r), r the lag-one correlation.

    values : (n,).  series : (n,) labels; each series has its own mean, and no value of one follows
    that of another. Between 2 and n.
    """
    n, top, square = len(values), 0.0, 0.0
    for name in np.unique(series):
        v = values[series == name]
        v = v - v.mean()
        top += float(np.sum(v[1:] * v[:-1]))
        square += float(np.sum(v**2))
    r = float(np.clip(top / square, 0.0, 0.99)) if square > 0.0 else 0.0
    return max(2.0, n * (1.0 - r) / (1.0 + r))


def _line(d: FloatArray, x: FloatArray) -> float | None:
    centred = x - x.mean()
    square = float(np.sum(centred**2))
    return float(np.sum(centred * d)) / square if square > 1e-12 * len(x) else None


def _slope_one(d: FloatArray, a: FloatArray, b: FloatArray, series: FloatArray) -> Interval | None:
    """Slope within one participant; its interval counts effective residuals."""
    x = (a + b) / 2.0
    slope = _line(d, x)
    if slope is None:
        return None
    rest = d - d.mean() - slope * (x - x.mean())
    free = effective_number(rest, series) - 2.0
    if free < 1.0:
        return Interval(slope, None, None)
    se = np.sqrt(np.sum(rest**2) / (free * np.sum((x - x.mean()) ** 2)))
    return _t_interval(slope, float(se), free)


def _slope_repeated(d: FloatArray, a: FloatArray, b: FloatArray, who: IntArray) -> Interval | None:
    """Slope over all; its interval leaves out one participant after another (jackknife)."""
    x = (a + b) / 2.0
    slope = _line(d, x)
    k = int(who.max()) + 1
    if slope is None or k < SLOPE_PARTICIPANTS:
        return None if slope is None else Interval(slope, None, None)
    without = [_line(d[who != i], x[who != i]) for i in range(k)]
    known = np.array([s for s in without if s is not None])
    if len(known) < k:
        return Interval(slope, None, None)
    se = float(np.sqrt((k - 1) / k * np.sum((known - known.mean()) ** 2)))
    return _t_interval(slope, se, k - 1.0)


def _icc(a: FloatArray, b: FloatArray, who: IntArray) -> Interval | None:
    """ICC(A,1) of stances (one participant; no interval: they are not independent) or means."""
    one = int(who.max()) == 0
    if not one:
        size = np.bincount(who)
        a, b = np.bincount(who, a) / size, np.bincount(who, b) / size
    if float(np.ptp(b)) == 0.0 and float(np.ptp(a)) == 0.0:
        return None
    icc = icc_agreement(np.column_stack([a, b]))
    return Interval(icc.value, None, None) if one else Interval(*icc)
