"""The contacts of the last seconds, found anew at every look with the offline detector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import INVALIDATING, SIDES
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import Settings
from hipgait.strides.events import find_stances
from hipgait.strides.sequence import Stances
from hipgait.strides.table import StanceTimes, flag_stances, stance_times

SETTLED_S: Final = 0.12
"""A terminal contact that so much follows is measured; before, it is expected (with 0.1 s after it
95 % lie within 4 ms of the offline analysis, with 0.05 s within 13 ms)."""
ENOUGH: Final = 16
"""Stances of a bout that tell where its terminal contacts are (in the first strides out of a walk
they were 70 ms off)."""
RECENT: Final = 8
"""Contact and step times are expected as the median of so many before."""
USUAL_CONTACT_S: Final = 0.25
"""Contact time before any is known, s."""
PENDING: Final = frozenset({"bout_edge", "edge", "no_tc", "no_contralateral"})
"""Codes that say only that the stride has not ended yet."""

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Look:
    """What a look found.

    stances, times : of the window; codes : reason code -> (k,).
    to_s : newest sample that all its sensors had, s.
    contact_s : side -> usual contact time, s.  step_s : usual step time, s.
    """

    stances: Stances
    times: StanceTimes
    codes: Mapping[str, BoolArray]
    to_s: float
    contact_s: Mapping[str, float]
    step_s: float

    def side(self, i: int) -> str:
        """Side of stance i."""
        return SIDES[0] if self.stances.left[i] else SIDES[1]

    def nearest(self, left: bool, ic_s: float, within_s: float) -> int | None:
        """The stance of one side at a time; None where there is none."""
        mine = np.flatnonzero(self.stances.left == left)
        if not len(mine):
            return None
        best = int(mine[np.argmin(np.abs(self.stances.ic_s[mine] - ic_s))])
        return best if abs(float(self.stances.ic_s[best]) - ic_s) < within_s else None

    def ends(self, index: Index) -> tuple[FloatArray, BoolArray]:
        """(k,) terminal contacts, and whether they are only expected."""
        usual = np.array([self.contact_s[self.side(int(i))] for i in index])
        tc = self.stances.tc_s[index]
        with np.errstate(invalid="ignore"):
            expected: BoolArray = np.asarray(~(tc <= self.to_s - SETTLED_S))
        return np.where(expected, self.stances.ic_s[index] + usual, tc), expected

    def measured(self, i: int, head_s: float) -> bool:
        """Not filled in between others: the newest contact may only not have been seen yet."""
        late = head_s > float(self.stances.ic_s[i]) + 2.0 * self.step_s
        return late or not bool(self.stances.imputed[i])

    def few(self, i: int) -> bool:
        """Whether the stance's bout has too few to tell its terminal contacts for good."""
        return int(np.count_nonzero(self.stances.bout == self.stances.bout[i])) < ENOUGH

    def reasons(self, i: int, ended: bool) -> tuple[str, ...]:
        """Codes of stance i. ended : those that wait for the end of the stride count too."""
        return tuple(c for c, m in self.codes.items() if m[i] and (ended or c not in PENDING))


def valid(reasons: tuple[str, ...]) -> bool:
    """Whether a stance with these codes is fit for the levels; bends are left out (``turn``)."""
    return not any(code in INVALIDATING or code == "turn" for code in reasons)


def look(grids: Mapping[str, UniformStream], settings: Settings) -> Look | None:
    """Contacts of a window; None where nobody walks or runs."""
    if not grids:
        return None
    found = find_stances(grids, settings.events)
    if not len(found.ic_s):
        return None
    times = stance_times(found)
    to_s = min(g.t0 + (g.n - 1) / g.fs for g in grids.values())
    steps = np.diff(found.ic_s)[-RECENT:]
    contact = {}
    with np.errstate(invalid="ignore"):
        known = found.tc_s <= to_s - SETTLED_S
    alike = found.run == found.run[-1]  # a walk's contacts say nothing of a run's
    for side in SIDES:
        mine = known & alike & (found.left == (side == SIDES[0]))
        some = (found.tc_s - found.ic_s)[mine if mine.any() else known & alike][-RECENT:]
        contact[side] = float(np.median(some)) if len(some) else USUAL_CONTACT_S
    return Look(
        found,
        times,
        flag_stances(found, times, grids, settings).codes,
        to_s,
        contact,
        float(np.median(steps)) if len(steps) else 0.5 * settings.events.stride_max_s,
    )
