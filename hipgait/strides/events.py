"""Find the stances of a recording from whatever sensors there are.

Order of preference: both shanks, one shank, feet, pelvis, thighs. The shanks give the events; the
pelvis helps to tell running from walking, to choose among landings and to time push-offs, adds the
other leg to a single shank, and shows whether left and right were exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.ndimage import median_filter

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.bouts import Activity, activity
from hipgait.strides.contacts import align_leg, landing_features, time_leg
from hipgait.strides.ensemble import Blocks, make_blocks, stack_blocks
from hipgait.strides.exchanged import look_exchanged
from hipgait.strides.filters import block_average, runs_of
from hipgait.strides.fuse import add_other_leg
from hipgait.strides.gait import stride_spread, tell_gait
from hipgait.strides.impacts import impact_candidates, solved, template_candidates
from hipgait.strides.landing import (
    choose_landings,
    choose_leavings,
    mend_landings,
    pelvis_load,
    see_imputed,
)
from hipgait.strides.pelvis_axes import PelvisFrame, bout_evidence, pelvis_frame, slow_slopes
from hipgait.strides.pelvis_events import alternate, pelvis_contacts, pelvis_signals
from hipgait.strides.sequence import (
    Anchors,
    Stances,
    long_enough,
    no_stances,
    number_bouts,
    place_imputed,
    solve_sequence,
    without_last_landing,
)
from hipgait.strides.shank_events import (
    Candidates,
    Leg,
    limb_axes,
    limb_period,
    make_leg,
    swing_candidates,
)
from hipgait.threads import in_parallel

_LIMBS = ("shank", "foot", "thigh")
_NOT_A_SHANK = "Contact times come from constants measured at the shank: here they are rough."
_PELVIS_ALONE = (
    "Contact times come from the pelvis alone and are rough: set on one runner on a force plate, "
    "about 30 ms too short on simulated ones."
)
_EXCHANGED = "Left and right look exchanged: the body moves the other way round."
_SOURCE = {"shank": "shanks", "foot": "feet", "thigh": "thighs"}


def stream_activity(stream: UniformStream) -> Activity:
    """How strongly a sensor moves."""
    k = max(1, int(stream.fs / 20.0))
    return activity(
        block_average(stream.acc, k) / G_MPS2, stream.t0 + 0.5 * (k - 1) / stream.fs, stream.fs / k
    )


def prepare_leg(
    stream: UniformStream, moves: Activity, settings: EventSettings
) -> tuple[Leg, Candidates]:
    """Signals of one leg, and candidates for one anchor a stride."""
    local = limb_period(stream, settings)
    leg = make_leg(stream, limb_axes(stream, moves, local, settings))
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
    run = spread / found.period_s**3 > settings.run_drive_shank
    return np.asarray(median_filter(run.astype(np.int8), size=5, mode="nearest") > 0)


def _lag(found: Mapping[str, Candidates]) -> float:
    """How far the right anchors lie from the middle between left ones, as a share of the stride.

    The two sensors may anchor a stride at slightly different phases; at most a fifth is removed.
    """
    left, right = (solved(found[side]) for side in ("left", "right"))
    if len(left.time_s) < 4 or len(right.time_s) < 4:
        return 0.0
    before = np.searchsorted(left.time_s, right.time_s) - 1
    inside = before >= 0
    phase = (right.time_s[inside] - left.time_s[before[inside]]) / right.period_s[inside]
    turn = np.exp(2j * np.pi * phase[phase < 1.2]).sum()
    share = float(np.angle(-turn)) / (2 * np.pi)
    return float(np.clip(share, -0.2, 0.2))


def _solve(found: Mapping[str, Candidates]) -> Anchors:
    """One sequence of anchors from the candidates of one or both sides."""
    left = np.concatenate([np.full(len(c.time_s), side == "left") for side, c in found.items()])
    time, score, period = (
        np.concatenate([getattr(c, name) for c in found.values()])
        for name in ("time_s", "score", "period_s")
    )
    lag = _lag(found) if len(found) == 2 else 0.0
    moved = time - np.where(left, 0.0, lag * period)
    order = np.argsort(moved, kind="stable")
    anchors = solve_sequence(
        left[order], moved[order], score[order], period[order], len(found) == 2
    )
    back = np.where(anchors.left, 0.0, lag * anchors.period_s)
    return replace(anchors, time_s=anchors.time_s + back)


def _blocks(run: BoolArray, settings: EventSettings) -> list[tuple[bool, Blocks]]:
    return [
        (gait, make_blocks(np.flatnonzero(run == gait), settings.block_strides))
        for gait in (True, False)
    ]


def _recorded_until(stream: UniformStream, time_s: FloatArray) -> FloatArray:
    """(k,) time at which the recording next ends or has a hole, s."""
    holes = runs_of(stream.missing)[:, 0] / stream.fs
    edges = stream.t0 + np.concatenate([holes, [(stream.n - 1) / stream.fs]])
    return np.asarray(edges[np.minimum(np.searchsorted(edges, time_s), len(edges) - 1)])


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
    frame: PelvisFrame | None,
    settings: EventSettings,
) -> Stances:
    """Stances from the sensors of one kind of limb, left, right or both."""
    sides = [side for side in ("left", "right") if f"{side}_{limb}" in streams]
    source = _SOURCE[limb] if len(sides) == 2 else f"{sides[0]}_{limb}"
    names = [f"{side}_{limb}" for side in sides]
    ready = in_parallel(lambda name: prepare_leg(streams[name], moves[name], settings), names)
    legs: dict[str, Leg] = {side: leg for side, (leg, _) in zip(sides, ready, strict=True)}
    anchors = _solve({side: found for side, (_, found) in zip(sides, ready, strict=True)})
    until = np.full(len(anchors.time_s), np.inf)
    for side, name in zip(sides, names, strict=True):
        mine = anchors.left == (side == "left")
        until[mine] = _recorded_until(streams[name], anchors.time_s[mine])
    run = tell_gait(anchors, streams, limb, settings, legs)
    bout = number_bouts(anchors.bout, run)
    keep = long_enough(bout, anchors.imputed, 4 if len(sides) == 2 else 3)
    keep &= without_last_landing(anchors, until, True)
    anchors, run, bout = anchors.take(keep), run[keep], bout[keep]
    if not len(bout):
        return no_stances(source, "No walking or running was found.")
    k = len(run)
    ic, tc, misfit, unlike = np.full(k, np.nan), np.full(k, np.nan), np.ones(k), np.ones(k)
    parts = [np.flatnonzero(anchors.left == (side == "left")) for side in sides]
    both = [legs[side] for side in sides]
    means = in_parallel(
        lambda i: align_leg(
            both[i],
            anchors.time_s[parts[i]],
            anchors.period_s[parts[i]],
            _blocks(run[parts[i]], settings),
            settings,
        ),
        range(len(sides)),
    )
    load = pelvis_load(frame)
    chosen = choose_landings(both, means, load, settings)
    landings = [landing_features(m, c) for m, c in zip(means, chosen, strict=True)]
    leavings = choose_leavings(both, means, landings, load, settings)
    timed = in_parallel(
        lambda i: time_leg(both[i], len(parts[i]), means[i], landings[i], leavings[i], settings),
        range(len(sides)),
    )
    for mine, at in zip(parts, timed, strict=True):
        ic[mine], tc[mine], misfit[mine], unlike[mine] = at.ic_s, at.tc_s, at.misfit, at.unlike
    ic = mend_landings(ic, misfit, run, load)
    ic = place_imputed(ic, anchors.left, anchors.imputed)
    tc = np.where(anchors.imputed, np.nan, tc)
    ic, tc, imputed = see_imputed(ic, tc, anchors.left, run, anchors.imputed, load)
    tc = _plausible_tc(ic, tc, run, anchors.period_s, settings)
    confidence = _confidence(unlike, anchors.imputed)
    order = np.argsort(ic, kind="stable")
    found = Stances(
        anchors.left[order],
        ic[order],
        tc[order],
        run[order],
        number_bouts(bout[order], run[order]),
        confidence[order],
        imputed[order],
        source,
        notes=() if limb == "shank" else (_NOT_A_SHANK,),
    )
    if look_exchanged(frame, legs, found, limb == "shank"):
        found = replace(found, swapped=True, notes=(*found.notes, _EXCHANGED))
    return found


def _pelvis_frame(
    streams: Mapping[str, UniformStream], moves: Mapping[str, Activity], settings: EventSettings
) -> PelvisFrame | None:
    stream = streams.get("pelvis")
    if stream is None:
        return None
    return pelvis_frame(stream, moves["pelvis"], settings)


def _from_pelvis(
    streams: Mapping[str, UniformStream],
    moves: Mapping[str, Activity],
    frame: PelvisFrame | None,
    settings: EventSettings,
) -> Stances:
    """Stances from the pelvis alone."""
    if frame is None:
        return no_stances("pelvis", "No walking or running was found.")
    rises = slow_slopes(frame, 1.0)
    time, score, step = rises.time_s, rises.score, rises.step_s
    use = moves["pelvis"].at(time) > settings.pelvis_rest_spread_g
    time, score, step = time[use], score[use], step[use]
    anchors = solve_sequence(np.zeros(len(time), dtype=bool), time, score, step, False, True)
    # a stride is two steps
    stride = Anchors(
        anchors.left,
        anchors.time_s,
        2 * anchors.period_s,
        anchors.score,
        anchors.imputed,
        anchors.bout,
    )
    run = tell_gait(stride, streams, "pelvis", settings)
    bout = number_bouts(anchors.bout, run)
    keep = long_enough(bout, anchors.imputed, 4)
    until = _recorded_until(streams["pelvis"], anchors.time_s)
    keep &= without_last_landing(stride, until, False)
    anchors, run, bout = anchors.take(keep), run[keep], bout[keep]
    if not len(run):
        return no_stances("pelvis", "No walking or running was found.")
    even = alternate(anchors.time_s, anchors.period_s, anchors.bout)
    evidence = bout_evidence(frame, anchors.time_s, even, anchors.bout, run)
    _, place = np.unique(anchors.bout, return_inverse=True)
    left = even != (evidence[place] >= 0)
    gait = [
        (
            kind,
            stack_blocks(
                [
                    make_blocks(
                        np.flatnonzero((left == side) & (run == kind)), settings.block_strides
                    )
                    for side in (True, False)
                ]
            ),
        )
        for kind in (True, False)
    ]
    signals = pelvis_signals(streams["pelvis"], frame)
    at = pelvis_contacts(signals, anchors.time_s, anchors.period_s, gait, settings)
    ic, misfit = at.ic_s, at.misfit
    tc = at.tc_s
    tc = _plausible_tc(ic, tc, run, 2 * anchors.period_s, settings)
    sure = np.clip(np.abs(evidence[place]), 0.0, 1.0)
    confidence = _confidence(misfit, anchors.imputed) * (0.4 + 0.6 * sure)
    notes = ["Left and right were told apart by the pelvis alone.", _PELVIS_ALONE]
    if not run.all():
        notes.append("The pelvis alone does not show the end of a walking contact.")
    order = np.argsort(ic, kind="stable")
    return Stances(
        left[order],
        ic[order],
        tc[order],
        run[order],
        number_bouts(bout[order], run[order]),
        confidence[order],
        anchors.imputed[order],
        "pelvis",
        notes=tuple(notes),
    )


def _confidence(misfit: FloatArray, imputed: BoolArray) -> FloatArray:
    """0 ... 1 from the misfit of the alignment; odd-looking strides get less."""
    return np.asarray(np.exp(-np.maximum(misfit - 4.0, 0.0) / 8.0) * np.where(imputed, 0.5, 1.0))


def find_stances(
    streams: Mapping[str, UniformStream], settings: EventSettings | None = None
) -> Stances:
    """Initial and terminal contacts of all stances, both legs as one alternating sequence.

    streams : placement -> stream on a uniform clock; times of all on one reference clock. Clocks
    that differ by some milliseconds do no harm.

    Measured (docs/validation.md, ``python -m validation.events``). One shank accelerometer against
    a force plate, two people, no constant fitted on the person tested: running IC 2.0 ms and TC
    3.3 ms mean absolute error, walking 1.8 and 2.3 ms, no stride missed or invented. Sacral
    accelerometer alone, one runner, constants fitted on the same runner: SD 6.5 and 5.9 ms.
    Simulated runners, 30 cases of 6 min at 200 Hz, pelvis and shanks: every contact of steady
    running found, none invented (of all contacts 0.9977: the first out of standing has no swing
    before it), bias 0 ms (single cases up to 12 ms), SD 1.3 and 2.2 ms, sides all right; pelvis
    alone: side right in every case, initial contact 22 ms late (the simulated pelvis brakes softer
    than a real one). Exchanged shanks were noticed in every case, and shanks in their places never
    doubted.
    """
    s = settings or EventSettings()
    moves = {name: stream_activity(stream) for name, stream in streams.items()}
    for limb in _LIMBS:
        sides = [side for side in ("left", "right") if f"{side}_{limb}" in streams]
        if not sides or (limb == "thigh" and "pelvis" in streams):
            continue
        frame = _pelvis_frame(streams, moves, s)
        found = _from_legs(streams, limb, moves, frame, s)
        if len(sides) == 1 and "pelvis" in streams and len(found.ic_s):
            found = add_other_leg(found, _from_pelvis(streams, moves, frame, s))
        return found
    if "pelvis" in streams:
        return _from_pelvis(streams, moves, _pelvis_frame(streams, moves, s), s)
    return no_stances("none", "No sensor at the pelvis or a leg.")
