"""Find the stances of a recording from whatever sensors there are.

Order of preference: both shanks, one shank, feet, pelvis, thighs. The shanks give the events; the
pelvis helps to tell running from walking and shows whether left and right were exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import median_filter

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.bouts import Activity, activity
from hipgait.strides.ensemble import Blocks, make_blocks
from hipgait.strides.gait import stride_spread, tell_gait
from hipgait.strides.impacts import impact_candidates, solved, template_candidates
from hipgait.strides.sequence import (
    Anchors,
    Stances,
    long_enough,
    no_stances,
    number_bouts,
    solve_sequence,
)
from hipgait.strides.shank_events import (
    Candidates,
    Leg,
    block_average,
    leg_contacts,
    leg_period,
    limb_axes,
    make_leg,
    swing_candidates,
)

_LIMBS = ("shank", "foot", "thigh")
_SOURCE = {"shank": "shanks", "foot": "feet", "thigh": "thighs"}


def _activity(stream: UniformStream) -> Activity:
    k = max(1, int(stream.fs / 20.0))
    return activity(
        block_average(stream.acc, k) / G_MPS2, stream.t0 + 0.5 * (k - 1) / stream.fs, stream.fs / k
    )


def _prepare(
    stream: UniformStream, moves: Activity, settings: EventSettings
) -> tuple[Leg, Candidates]:
    """Signals and candidates of one leg."""
    moving = moves.spread_g > settings.rest_spread_g
    fs = 1.0 / float(moves.time_s[1] - moves.time_s[0]) if len(moves.time_s) > 1 else 1.0
    leg = make_leg(stream, limb_axes(stream, moving, fs))
    local = leg_period(leg, settings)
    if leg.rate is not None:
        return leg, _where_moving(swing_candidates(leg, local, settings), moves, settings)
    found = solved(_where_moving(impact_candidates(leg, local), moves, settings))
    for _ in range(2):
        if len(found.time_s) < 3:
            break
        run = _runs(stream, found, settings)
        better = template_candidates(leg, found, local, run, settings)
        better = _where_moving(better, moves, settings)
        if len(better.time_s) < 3:
            break
        last, found = better, solved(better)
    else:
        return leg, last
    return leg, found


def _where_moving(found: Candidates, moves: Activity, settings: EventSettings) -> Candidates:
    use = (moves.at(found.time_s) > settings.rest_spread_g) & np.isfinite(found.period_s)
    return Candidates(found.time_s[use], found.score[use], found.period_s[use])


def _runs(stream: UniformStream, found: Candidates, settings: EventSettings) -> BoolArray:
    """First guess of the gait of one leg's strides."""
    spread = stride_spread(stream, found.time_s, found.period_s)
    run = spread / found.period_s**2 > settings.run_drive_shank
    return np.asarray(median_filter(run.astype(np.int8), size=5, mode="nearest") > 0)


def _solve(found: Mapping[str, Candidates]) -> Anchors:
    """One sequence of anchors from the candidates of one or both sides."""
    left = np.concatenate([np.full(len(c.time_s), side == "left") for side, c in found.items()])
    time, score, period = (
        np.concatenate([getattr(c, name) for c in found.values()])
        for name in ("time_s", "score", "period_s")
    )
    order = np.argsort(time, kind="stable")
    return solve_sequence(left[order], time[order], score[order], period[order], len(found) == 2)


def _blocks(run: BoolArray, settings: EventSettings) -> list[tuple[bool, Blocks]]:
    return [
        (gait, make_blocks(np.flatnonzero(run == gait), settings.block_strides))
        for gait in (True, False)
    ]


def _plausible_tc(
    ic: FloatArray, tc: FloatArray, run: BoolArray, period: FloatArray, settings: EventSettings
) -> FloatArray:
    """Terminal contacts; NaN where the contact they give is impossible."""
    contact = tc - ic
    most = np.where(run, settings.contact_max_s, settings.walk_contact_max_s)
    most = np.minimum(most, 0.85 * period)
    with np.errstate(invalid="ignore"):
        good = (contact >= settings.contact_min_s) & (contact <= most)
    return np.where(good, tc, np.nan)


def _from_legs(
    streams: Mapping[str, UniformStream],
    limb: str,
    moves: Mapping[str, Activity],
    settings: EventSettings,
) -> Stances:
    """Stances from the sensors of one kind of limb, left, right or both."""
    sides = [side for side in ("left", "right") if f"{side}_{limb}" in streams]
    source = _SOURCE[limb] if len(sides) == 2 else f"{sides[0]}_{limb}"
    legs: dict[str, Leg] = {}
    found: dict[str, Candidates] = {}
    for side in sides:
        name = f"{side}_{limb}"
        legs[side], found[side] = _prepare(streams[name], moves[name], settings)
    anchors = _solve(found)
    run = tell_gait(anchors, streams, limb, settings)
    bout = number_bouts(anchors.bout, run)
    keep = long_enough(bout, anchors.imputed, 4 if len(sides) == 2 else 3)
    anchors, run, bout = anchors.take(keep), run[keep], bout[keep]
    if not len(bout):
        return no_stances(source, "No walking or running was found.")
    k = len(run)
    ic, tc, misfit = np.full(k, np.nan), np.full(k, np.nan), np.ones(k)
    for side in sides:
        mine = np.flatnonzero(anchors.left == (side == "left"))
        if not len(mine):
            continue
        at = leg_contacts(
            legs[side],
            anchors.time_s[mine],
            anchors.period_s[mine],
            _blocks(run[mine], settings),
            settings,
        )
        ic[mine], tc[mine], misfit[mine] = at.ic_s, at.tc_s, at.misfit
    tc = _plausible_tc(ic, tc, run, anchors.period_s, settings)
    confidence = np.exp(-np.maximum(misfit - 4.0, 0.0) / 8.0) * np.where(anchors.imputed, 0.5, 1.0)
    order = np.argsort(ic, kind="stable")
    return Stances(
        anchors.left[order],
        ic[order],
        tc[order],
        run[order],
        number_bouts(bout[order], run[order]),
        confidence[order],
        anchors.imputed[order],
        source,
    )


def find_stances(
    streams: Mapping[str, UniformStream], settings: EventSettings | None = None
) -> Stances:
    """Initial and terminal contacts of all stances, both legs as one alternating sequence.

    streams : placement -> stream on a uniform clock; times of all on one reference clock.
    """
    s = settings or EventSettings()
    moves = {name: _activity(stream) for name, stream in streams.items()}
    for limb in _LIMBS:
        if any(f"{side}_{limb}" in streams for side in ("left", "right")):
            return _from_legs(streams, limb, moves, s)
    return no_stances("pelvis", "Not yet.")
