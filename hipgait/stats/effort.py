"""How hard each stretch of running is, from the steps alone: what repeats are found by.

The effort of a stance is the logarithm of its cadence. Cadence grows with pace (some 3 to 5 % for
each m/s), is there whatever sensor was worn, and is read to 1 % in a few steps. Contact time
follows pace more strongly, but where pace changes every half minute it may be off by 20 % for a
whole repeat; a watch's speed lags behind by seconds. Only differences within a run count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hipgait.names import RUN
from hipgait.recording import BoolArray, FloatArray

BREAK_S: Final = 5.0
"""running that is interrupted for longer is another piece, s (a turn on the spot takes less)"""
GRID_S: Final = 0.5
WHOLE_S: Final = 43.0
"""shorter stretches between two stops are one piece: getting going is no step of effort, s"""
WINDOW_S: Final = 6.0
"""medians before and after an edge, s: shorter than the shortest repeat and recovery"""
STEP: Final = 0.025
"""least difference of effort between a repeat and easier running: 4 steps a minute of 160; two
medians of 6 s of steady running differ by 0.007 (SD; a stride scatters by 0.012, long memory)"""


@dataclass(frozen=True)
class Piece:
    """A stretch of running of one effort.

    start_s, end_s : first contact and last push-off, s.  effort : median of its stances; NaN where
        no cadence is known.  alone : (bool, bool) no running adjoins it before, after.
    """

    start_s: float
    end_s: float
    effort: float
    alone: tuple[bool, bool]

    @property
    def lasts_s(self) -> float:
        """Duration, s."""
        return self.end_s - self.start_s


def effort(table: pd.DataFrame) -> FloatArray:
    """(n,) logarithm of each stance's cadence (steps a minute); NaN where it is not known."""
    cadence = table["cadence_spm"].to_numpy(dtype=np.float64)
    return np.log(np.where(cadence > 0, cadence, np.nan))


def running_pieces(table: pd.DataFrame, stops: FloatArray) -> list[Piece]:
    """Stretches of running, cut where one stops or walks, and where the effort steps.

    Parameters
    ----------
    table : the stride table, sorted by contact.
    stops : (k, 2) pauses between steps, s. A hole in the data is none: it does not cut.
    """
    run = np.flatnonzero((table["gait"] == RUN).to_numpy(dtype=bool))
    if len(run) < 2:
        return []
    ic = table["ic_s"].to_numpy(dtype=np.float64)
    off = table["tc_s"].to_numpy(dtype=np.float64)
    off = np.where(np.isfinite(off), off, ic)
    hard = effort(table)
    cut = np.flatnonzero(_breaks(ic, run, stops))
    out: list[Piece] = []
    for rows in np.split(run, cut + 1):
        edges = step_edges(ic[rows], hard[rows])
        for k, part in enumerate(np.split(rows, np.searchsorted(ic[rows], edges))):
            known = hard[part][np.isfinite(hard[part])]
            middle = float(np.median(known)) if len(known) else float("nan")
            alone = (k == 0, k == len(edges))
            out.append(Piece(float(ic[part[0]]), float(off[part[-1]]), middle, alone))
    return out


def _breaks(ic: FloatArray, run: NDArray[np.int64], stops: FloatArray) -> BoolArray:
    """(r-1,) True where something else than running lies between two running stances."""
    start, end = ic[run[:-1]], ic[run[1:]]
    walked = np.diff(run) > 1
    stood = np.zeros(len(start), dtype=bool)
    for a, b in stops:
        stood |= (start < b) & (end > a)
    return np.asarray((end - start > BREAK_S) & (walked | stood))


def _peaks_apart(x: FloatArray, height: float, distance: int) -> list[int]:
    """Middles of the local maxima (flat tops count once; zero on either side) of this height; of
    two closer than ``distance`` the higher one stays.
    """
    padded = np.r_[0.0, x, 0.0]
    first = np.flatnonzero(np.r_[True, padded[1:] != padded[:-1]])
    last = np.r_[first[1:], len(padded)] - 1
    level = padded[first]
    top = np.flatnonzero(level[1:-1] > np.maximum(level[:-2], level[2:])) + 1
    at = (first[top] + last[top]) // 2
    at = at[padded[at] >= height]
    kept: list[int] = []
    for k in at[np.argsort(padded[at])[::-1]]:
        if all(abs(k - other) >= distance for other in kept):
            kept.append(int(k))
    return sorted(k - 1 for k in kept)


def step_edges(ic_s: FloatArray, hard: FloatArray) -> FloatArray:
    """(m,) times at which the effort steps by ``STEP`` or more within a stretch of running.

    The medians of ``WINDOW_S`` before and after every half second are compared; the largest
    differences that lie a window apart are edges, until all neighbours differ; each is then put
    where two constant levels fit best.
    """
    known = np.isfinite(hard)
    size = round(WINDOW_S / GRID_S)
    if known.sum() < 2 or ic_s[-1] - ic_s[0] < WHOLE_S:
        return np.zeros(0)
    at = np.arange(ic_s[0], ic_s[-1], GRID_S)
    if len(at) < 2 * size + 1:
        return np.zeros(0)
    level = np.interp(at, ic_s[known], _smooth(hard[known]))
    middle = np.median(sliding_window_view(level, size), axis=1)
    change = middle[size:] - middle[:-size]
    found = [k + size for k in _peaks_apart(np.abs(change), STEP, size)]
    while found:
        levels = [float(np.median(part)) for part in np.split(level, found)]
        steps = np.abs(np.diff(levels))
        weakest = int(np.argmin(steps))
        if steps[weakest] >= STEP:
            break
        del found[weakest]
    return np.asarray(at[[_sharp(level, k, size) for k in found]], dtype=np.float64)


def _sharp(level: FloatArray, edge: int, reach: int) -> int:
    """The edge within ``reach`` where two constant levels fit best (least absolute deviation)."""
    part = level[max(0, edge - reach) : edge + reach]
    own = min(edge, reach)
    before, after = np.median(part[:own]), np.median(part[own:])
    cost = np.cumsum(np.abs(part - before) - np.abs(part - after))
    return edge - own + int(np.argmin(cost)) + 1


def _smooth(values: FloatArray) -> FloatArray:
    """(k,) running median of five: single stances that were read badly do not count."""
    if len(values) < 5:
        return values
    padded = np.pad(values, 2, mode="edge")
    return np.asarray(np.median(sliding_window_view(padded, 5), axis=1))
