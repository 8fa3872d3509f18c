"""Short repeats (strides, intervals) of a run: found by rule, from the steps or from laps.

Rule and figures: docs/methods/repeats.md. What a session says of its runner is in
``hipgait.stats.first_last``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from hipgait.names import RUN
from hipgait.recording import FloatArray
from hipgait.stats.effort import STEP, WHOLE_S, Piece, effort, running_pieces

FEWEST: Final = 3
"""fewer are no series"""
SHORTEST_S: Final = 8.0
LONGEST_S: Final = WHOLE_S
"""repeats without laps: 10 to 40 s, and what the ends may be off, s"""
REST_S: Final = 8.0
"""shortest recovery, s"""
LONGEST_REST_S: Final = 480.0
"""longest recovery within a series (a jog between two sets), s"""
LIKE: Final = 0.04
"""a repeat may be this much easier than the median of its series (cadence 4 % lower)"""
OTHER_RUNNING_S: Final = 60.0
"""from this much other running on, the repeats must be harder than it, s"""
HARDER: Final = 0.015
"""by how much: less than a step, because standing or walking sets them apart already"""
LAP_SHORTEST_S: Final = 9.0
LAP_LONGEST_S: Final = 1200.0
"""laps that can be repeats, s"""
LAP_RUN: Final = 0.7
"""share of a lap that must be run; with less than half it is a recovery"""
STEADY_S: Final = 1200.0
"""a run with so much steady running on one side of its repeats is a steady run with repeats, s"""

SESSION: Final = "session"
PART: Final = "part"


@dataclass(frozen=True)
class Repeats:
    """The series found. spans : (m, 2) start and end of each, s.  source : "steps" | "laps".

    role : "session" where the repeats are the run; "part" where a steady run holds them.
    steady : (start, end) of the steady running then, s.
    """

    spans: FloatArray
    source: str
    role: str = SESSION
    steady: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self.spans)


def find_repeats(table: pd.DataFrame, stops: FloatArray, laps_s: FloatArray) -> Repeats | None:
    """The repeats of a run, or None.

    Parameters
    ----------
    table : the stride table, sorted by contact.
    stops : (k, 2) pauses between steps, holes in the data not among them, s.
    laps_s : (l,) start of each lap, s; empty where there are none.
    """
    spans = lap_repeats(table, laps_s)
    source = "laps"
    if spans is None:
        pieces = [p for p in running_pieces(table, stops) if np.isfinite(p.effort)]
        spans = series(pieces)
        source = "steps"
    return None if spans is None else _with_role(table, spans, source)


def _with_role(table: pd.DataFrame, spans: FloatArray, source: str) -> Repeats:
    """Whether the repeats are the run, or the smaller part of a steady run."""
    ic = table.loc[table["gait"] == RUN, "ic_s"].to_numpy(dtype=np.float64)
    sides = (ic[ic < spans[0, 0]], ic[ic > spans[-1, 1]])
    longest = max(sides, key=running_time)
    if running_time(longest) < max(STEADY_S, float(spans[-1, 1] - spans[0, 0])):
        return Repeats(spans, source)
    return Repeats(spans, source, PART, (float(longest[0]), float(longest[-1])))


def running_time(ic_s: FloatArray) -> float:
    """Time run, s; pauses do not count."""
    return float(np.minimum(np.diff(ic_s), 2.0).sum())


def series(pieces: list[Piece]) -> FloatArray | None:
    """(m, 2) the longest series of short repeats among stretches of running, or None."""
    tops = [k for k in range(len(pieces)) if _is_top(pieces, k)]
    found: list[int] = []
    for chain in _chains(pieces, tops):
        like = _alike(pieces, chain)
        if len(like) >= max(FEWEST, len(found) + 1) and _harder(pieces, like):
            found = like
    if not found:
        return None
    return np.array([[pieces[k].start_s, pieces[k].end_s] for k in found])


def _is_top(pieces: list[Piece], k: int) -> bool:
    """A short piece between two recoveries: standing, walking, easier running."""
    piece = pieces[k]
    return SHORTEST_S <= piece.lasts_s <= LONGEST_S and _recovers(pieces, k, -1) and _recovers(
        pieces, k, 1
    )  # fmt: skip


def _recovers(pieces: list[Piece], k: int, way: int) -> bool:
    """Whether a recovery lies on this side (-1 before, 1 after) of a piece."""
    piece = pieces[k]
    if not 0 <= k + way < len(pieces):
        return True
    other = pieces[k + way]
    easier = piece.effort - other.effort >= STEP
    gap = other.start_s - piece.end_s if way > 0 else piece.start_s - other.end_s
    if not piece.alone[way > 0]:
        return easier and other.lasts_s >= REST_S
    return gap >= REST_S or (easier and gap + other.lasts_s >= REST_S)


def _chains(pieces: list[Piece], tops: list[int]) -> list[list[int]]:
    """Tops with nothing but recoveries between them."""
    out: list[list[int]] = []
    for k in tops:
        if out and _recovery_between(pieces, out[-1][-1], k):
            out[-1].append(k)
        else:
            out.append([k])
    return out


def _recovery_between(pieces: list[Piece], a: int, b: int) -> bool:
    least = min(pieces[a].effort, pieces[b].effort)
    easy = all(least - p.effort >= STEP for p in pieces[a + 1 : b])
    return easy and REST_S <= pieces[b].start_s - pieces[a].end_s <= LONGEST_REST_S


def _alike(pieces: list[Piece], chain: list[int]) -> list[int]:
    """The chain without pieces that are easier than its median by more than ``LIKE``."""
    middle = float(np.median([pieces[k].effort for k in chain]))
    return [k for k in chain if pieces[k].effort >= middle - LIKE]


def _harder(pieces: list[Piece], chain: list[int]) -> bool:
    """Whether the repeats are harder than the rest of the running, where there is enough of it."""
    inside = set(chain)
    others = [p for k, p in enumerate(pieces) if k not in inside]
    if sum(p.lasts_s for p in others) < OTHER_RUNNING_S:
        return True
    order = sorted(others, key=lambda p: p.effort)
    length = np.cumsum([p.lasts_s for p in order])
    usual = order[int(np.searchsorted(length, 0.5 * length[-1]))].effort
    return float(np.median([pieces[k].effort for k in chain])) - usual >= HARDER


def lap_repeats(table: pd.DataFrame, laps_s: FloatArray) -> FloatArray | None:
    """(m, 2) laps that are run harder than the laps on either side of them, or None.

    A kilometre after the other of one pace are laps, too, and no repeats.
    """
    run = (table["gait"] == RUN).to_numpy(dtype=bool)
    if len(laps_s) < 2 * FEWEST - 1 or not run.any():
        return None
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    off = table["tc_s"].to_numpy(dtype=np.float64)
    hard = effort(table)
    edges = np.append(np.sort(laps_s), max(float(ic[-1]), float(laps_s.max())) + 1e-3)
    pieces: list[Piece | None] = []
    for start, end in pairwise(edges):
        mine = np.flatnonzero(run & (ic >= start) & (ic < end))
        share = running_time(ic[mine]) / (end - start) if len(mine) > 1 else 0.0
        known = hard[mine][np.isfinite(hard[mine])]
        if share < 0.5 or not len(known):
            pieces.append(None)
            continue
        last = float(np.fmax(ic[mine[-1]], off[mine[-1]]))
        ends = (share < LAP_RUN, share < LAP_RUN)
        pieces.append(Piece(float(ic[mine[0]]), last, float(np.median(known)), ends))
    return _work_laps(pieces)


def _work_laps(pieces: list[Piece | None]) -> FloatArray | None:
    """pieces : one a lap, None for a recovery without running; ``alone`` : too little was run."""
    found = []
    for k, piece in enumerate(pieces):
        if piece is None or piece.alone[0]:
            continue
        beside = [pieces[j] for j in (k - 1, k + 1) if 0 <= j < len(pieces)]
        harder = all(p is None or piece.effort - p.effort >= STEP for p in beside)
        if harder and LAP_SHORTEST_S <= piece.lasts_s <= LAP_LONGEST_S:
            found.append([piece.start_s, piece.end_s])
    return np.array(found) if len(found) >= FEWEST else None
