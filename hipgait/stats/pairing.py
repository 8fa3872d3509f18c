"""Which stance of a reference is which stance that hipgait found, on clocks that differ.

No two strides last equally long, so the contacts of a run fit those of another clock at one offset
alone. At every other one, a step or a stride beside it, the leftover times scatter with the
strides. The offset is taken where the contacts are likeliest; where another offset is nearly as
likely, it is refused: a match that is off by a step would compare left with right.

Clocks that drift apart by 0.2 s within the reference are followed (tested: 110 ppm in half an
hour). At 150 ppm in half an hour 2 % of the stances, at one end, found no partner; at 190 ppm the
match was refused: shorter references, or one for each part, are the cure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.errors import InputError
from hipgait.recording import BoolArray, FloatArray
from hipgait.strides.filters import IntArray

NEAR_S: Final = 0.10
"""contacts further apart are not the same stance, s (steps of running are 0.3 to 0.4 s)"""
APART_S: Final = 0.15
"""offsets closer than this are the same match, s (less than half a step)"""
LOOKED_AT: Final = 200
"""contacts of the reference that every offset is tried on; the best offsets see all of them"""
BEST: Final = 24
"""offsets that see all contacts"""
FINEST_S: Final = 0.002
"""scatter below which two offsets are not told apart, s"""
LEAST_EVIDENCE: Final = 20.0
"""log-likelihood by which the best offset must beat every other one, nats: as between sensors. Of
400 simulated matches, the two that were wrong with more than 10 had 11 and 14."""
UNPAIRED: Final = -float(np.log(0.35))
"""log-density of a contact that has no partner: anywhere within a step of 0.35 s"""
FASTEST: Final = 200e-6
"""clocks that differ by more are not believed: the rate is then left at 0"""
FEWEST: Final = 5
"""contacts of the reference without which no offset is looked for"""
MOST_OFFSETS: Final = 20_000


@dataclass(frozen=True)
class Pairing:
    """Pairs of stances; ``offset_s`` holds in the middle of the pairs, the rate turns about it.

    found, reference : (k,) rows that belong together, in time.
    missed : stances of the reference without a partner.
    extra : stances found within the reference's time without a partner.
    offset_s : between the clocks; None where stances were paired by number.
    rate_ppm : by how much the reference's clock is slow.  scatter_ms : SD of what is left.
    evidence : nats by which this offset beats every other; None where it was given.
    """

    found: IntArray
    reference: IntArray
    missed: int
    extra: int
    offset_s: float | None = None
    rate_ppm: float = 0.0
    scatter_ms: float | None = None
    evidence: float | None = None


def pair_by_number(found: IntArray, reference: IntArray) -> Pairing:
    """Stances that bear the same number. found, reference : (n,), (m,) numbers, each unique."""
    both, here, there = np.intersect1d(found, reference, return_indices=True)
    span = (found >= reference.min()) & (found <= reference.max())
    return Pairing(here, there, len(reference) - len(both), int(span.sum()) - len(both))


def pair_by_time(
    found_s: FloatArray,
    found_left: BoolArray,
    reference_s: FloatArray,
    reference_left: BoolArray | None,
    offset_s: float | None = None,
) -> Pairing:
    """Stances whose initial contacts meet.

    Parameters
    ----------
    found_s, found_left : (n,) contacts that hipgait found, s, in time, and whether left.
    reference_s : (m,) contacts of the reference on its own clock, s, in time.
    reference_left : (m,), None where the reference does not tell the side.
    offset_s : to add to the reference's clock, where it is known.

    Raises
    ------
    InputError : too few contacts, none that meet, or an offset that is not clear.
    """
    legs = _legs(found_s, found_left, reference_s, reference_left)
    if offset_s is not None:
        fit = _fit(legs, offset_s, refine=False)
        return _paired(legs, fit, len(reference_s), None)
    fewer = min(len(reference_s), len(found_s))
    if fewer < FEWEST:
        raise InputError(
            f"{fewer} contacts are too few to find the clocks' offset",
            "Give a longer reference, or the offset with --offset-s",
        )
    fits = _best_fits(legs)
    best = fits[0]
    others = [f.score for f in fits[1:] if abs(f.offset_s - best.offset_s) > APART_S]
    evidence = best.score - max(others) if others else best.score
    if best.pairs < max(FEWEST, 0.5 * fewer):
        raise InputError(
            f"only {best.pairs} of {len(reference_s)} contacts meet a contact of the run",
            "Is it of the same run, with times in seconds?",
        )
    if evidence < LEAST_EVIDENCE:
        second = next(f for f in fits[1:] if abs(f.offset_s - best.offset_s) > APART_S)
        raise InputError(
            f"the clocks fit at two offsets, {best.offset_s:.2f} and {second.offset_s:.2f} s",
            "Give a longer reference, one with sides, or the offset with --offset-s",
        )
    return _paired(legs, best, len(reference_s), evidence)


@dataclass(frozen=True)
class _Leg:
    """Contacts that may belong together: their rows in both tables, and their times, s."""

    found: IntArray
    reference: IntArray
    found_s: FloatArray
    reference_s: FloatArray


@dataclass(frozen=True)
class _Fit:
    """One offset. score : log-likelihood.  middle_s : the rate turns about it."""

    offset_s: float
    rate: float
    middle_s: float
    scatter_s: float
    pairs: int
    score: float


def _legs(
    found_s: FloatArray,
    found_left: BoolArray,
    reference_s: FloatArray,
    reference_left: BoolArray | None,
) -> list[_Leg]:
    if reference_left is None:
        every = np.arange(len(found_s)), np.arange(len(reference_s))
        return [_Leg(*every, found_s, reference_s)]
    legs = []
    for left in (True, False):
        here, there = np.flatnonzero(found_left == left), np.flatnonzero(reference_left == left)
        if len(here) and len(there):
            legs.append(_Leg(here, there, found_s[here], reference_s[there]))
    if not legs:
        raise InputError(
            "the reference has stances of one side, the run of the other", "Check the column side"
        )
    return legs


def _best_fits(legs: list[_Leg]) -> list[_Fit]:
    """The likeliest offsets, best first. Few contacts see them all, all see the best."""
    offsets = _offsets(legs)
    few = [_thinned(leg) for leg in legs]
    rough = np.zeros(len(offsets))
    for leg in few:
        for lo in range(0, len(offsets), 1000):
            at = leg.reference_s + offsets[lo : lo + 1000, np.newaxis]
            apart = np.abs(at - leg.found_s[_nearest(leg.found_s, at)])
            rough[lo : lo + 1000] += np.minimum(apart, NEAR_S).sum(axis=1)
    tried: list[_Fit] = []
    for k in np.argsort(rough, kind="stable"):
        if all(abs(offsets[k] - fit.offset_s) > APART_S for fit in tried):
            tried.append(_fit(legs, float(offsets[k])))
        if len(tried) == BEST:
            break
    return sorted(tried, key=lambda fit: -fit.score)


def _thinned(leg: _Leg) -> _Leg:
    rows = np.unique(np.linspace(0, len(leg.reference_s) - 1, LOOKED_AT).astype(np.intp))
    return _Leg(leg.found, leg.reference[rows], leg.found_s, leg.reference_s[rows])


def _offsets(legs: list[_Leg]) -> FloatArray:
    """Offsets at which one of a few contacts of the reference meets a contact of the run, s."""
    out = []
    for leg in legs:
        for share in (0.2, 0.5, 0.8):
            out.append(leg.found_s - leg.reference_s[int(share * (len(leg.reference_s) - 1))])
    offsets = np.sort(np.concatenate(out))
    kept = offsets[np.diff(offsets, prepend=-np.inf) > 0.01]
    return kept[:: max(1, len(kept) // MOST_OFFSETS)]


def _nearest(times: FloatArray, at: FloatArray) -> IntArray:
    """Index of the nearest of sorted times to each of ``at``."""
    k = np.clip(np.searchsorted(times, at), 1, max(len(times) - 1, 1))
    right = np.minimum(k, len(times) - 1)
    return np.where(np.abs(at - times[k - 1]) <= np.abs(times[right] - at), k - 1, right)


def _partners(leg: _Leg, fit: _Fit) -> tuple[IntArray, IntArray, FloatArray]:
    """Rows of the leg's reference and of its stances that meet, each once, and what is left, s."""
    at = leg.reference_s + fit.offset_s + fit.rate * (leg.reference_s - fit.middle_s)
    k = _nearest(leg.found_s, at)
    rest = leg.found_s[k] - at
    order = np.argsort(np.abs(rest), kind="stable")
    _, first = np.unique(k[order], return_index=True)
    rows = np.sort(order[first])
    rows = rows[np.abs(rest[rows]) < NEAR_S]
    return rows, k[rows], rest[rows]


def _fit(legs: list[_Leg], offset_s: float, *, refine: bool = True) -> _Fit:
    """The offset, and the clocks' rate, that fit best near an offset."""
    every = np.concatenate([leg.reference_s for leg in legs])
    fit = _Fit(offset_s, 0.0, float(every.mean()), 0.0, 0, 0.0)
    for _ in range(3 if refine else 0):
        parts = [_partners(leg, fit) for leg in legs]
        rest = np.concatenate([p[2] for p in parts])
        if len(rest) < FEWEST:
            break
        time = np.concatenate([leg.reference_s[p[0]] for leg, p in zip(legs, parts, strict=True)])
        middle, centred = float(time.mean()), time - time.mean()
        rate = fit.rate + float(np.sum(centred * rest) / max(np.sum(centred**2), 1e-9))
        if abs(rate) > FASTEST:
            rate = 0.0
        moved = fit.offset_s + fit.rate * (middle - fit.middle_s) + float(np.median(rest))
        fit = _Fit(moved, rate, middle, 0.0, 0, 0.0)
    rest = np.concatenate([_partners(leg, fit)[2] for leg in legs])
    scatter = float(np.sqrt(np.mean(rest**2))) if len(rest) else NEAR_S
    paired = -np.log(max(scatter, FINEST_S) * np.sqrt(2 * np.pi * math.e))
    score = len(rest) * (paired - UNPAIRED)
    return _Fit(fit.offset_s, fit.rate, fit.middle_s, scatter, len(rest), float(score))


def _paired(legs: list[_Leg], fit: _Fit, total: int, evidence: float | None) -> Pairing:
    here, there = [], []
    for leg in legs:
        rows, k, _ = _partners(leg, fit)
        here.append(leg.found[k])
        there.append(leg.reference[rows])
    found, reference = np.concatenate(here), np.concatenate(there)
    if not len(found):
        raise InputError(
            "no contact of the reference meets one of the run", "Check the offset and the times"
        )
    order = np.argsort(found, kind="stable")
    first = min(float(leg.reference_s[0]) for leg in legs) + fit.offset_s - NEAR_S
    last = max(float(leg.reference_s[-1]) for leg in legs) + fit.offset_s + NEAR_S
    inside = [(leg.found_s >= first) & (leg.found_s <= last) for leg in legs]
    extra = sum(int(i.sum()) for i in inside) - len(found)
    return Pairing(
        found[order],
        reference[order],
        total - len(found),
        extra,
        fit.offset_s,
        1e6 * fit.rate,
        1e3 * fit.scatter_s,
        evidence,
    )
