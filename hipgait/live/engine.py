"""The estimator: blocks of samples in, stances out, one at a time, in bounded memory.

Two steps a stance. Shortly before a terminal contact is due, the contacts of the last
``EVENTS_S`` seconds are found anew (``live.contacts``): the initial contact then stands to the
millisecond. Once the samples reach ``AHEAD_S`` beyond the expected terminal contact, the angles are
read (``live.reading``). Peaks lie in the first 75 % of the stance, so nothing that comes later can
move them by much. The terminal contact itself needs 0.1 s more: it, and all that hangs on it, are
told anew with the next stance, and for good when the stride has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from hipgait.kinematics.uniform import UniformStream, uniform
from hipgait.live.calibration import Calibration
from hipgait.live.contacts import Look, look, valid
from hipgait.live.learning import FIRST_STRIDES, Learner
from hipgait.live.reading import WINDOW_S, Read, read_stances, tells
from hipgait.live.ring import Ring
from hipgait.live.source import Block, SensorFacts
from hipgait.names import SIDES
from hipgait.recording import FloatArray, RunInfo
from hipgait.settings import Settings
from hipgait.threads import on_this_thread, quiet_linear_algebra

EVENTS_S: Final = 16.0
"""Contacts are found in this much of the signals, s (8 s: terminal contacts three times worse)."""
AHEAD_S: Final = 0.020
"""Angles are read once the samples reach this far beyond the expected terminal contact, s."""
BEFORE: Final = 0.45
IC_AHEAD_S: Final = 0.09
"""Contacts are looked for when this share of the contact time, and at least this time in s, has
gone by since an initial contact was due: what comes after it tells where it was."""
SEEK_S: Final = 0.5
"""Without a stance to wait for, contacts are looked for this often, s."""
SOONEST_S: Final = 0.1
"""Two looks are at least this far apart, s."""
LOST_S: Final = 1.0
"""A sensor that lags the others by more is left out, s."""
BACK_S: Final = 4.0
"""A sensor that returned tells of contacts again after this, s (five strides)."""
LEVEL_S: Final = 12.0
"""... and of angles after this, s: gravity needs a few widths of its Gaussian."""
KEEP_S: Final = 300.0
"""All samples are kept so long while there is something to learn, s."""
SAME_S: Final = 0.1
"""Contacts of one side closer than this are the same stance, s."""
YOUNG_S: Final = 7.0
"""A stance of a bout that has few is told for good so long after it began, s."""
FORGET_S: Final = 8.0
"""Stances that began longer ago are told for good, s."""


@dataclass(frozen=True)
class LiveStance:
    """A stance as it is known now.

    number : counts stances; the same one again replaces what was known before.
    ic_s, tc_s : s.  expected : the terminal contact is expected from the stances before.
    final : nothing will change any more.
    stride_s : to the next contact of the same side; NaN before.
    columns : column of the stride table -> value; NaN or absent where no sensor tells.
    curves : "pelvic_drop", "shank_lean" -> (101,) deg.
    valid : fit for the levels.  reasons : codes of names.py.
    data_s : newest sample when it was read, s.
    """

    number: int
    side: str
    ic_s: float
    tc_s: float
    expected: bool
    final: bool
    run: bool
    stride_s: float
    columns: Mapping[str, float]
    curves: Mapping[str, FloatArray]
    valid: bool
    reasons: tuple[str, ...]
    data_s: float


@dataclass
class _Row:
    """A stance that is not told for good. columns, curves : as told last."""

    number: int
    left: bool
    ic_s: float
    final: bool = False
    columns: dict[str, float] = field(default_factory=dict)
    curves: dict[str, FloatArray] = field(default_factory=dict)

    def keep(self, columns: dict[str, float], curves: dict[str, FloatArray]) -> None:
        """Take what is told now; what a sensor said that has left since stays."""
        self.columns |= {n: v for n, v in columns.items() if n not in self.columns or v == v}
        self.curves |= {
            n: c for n, c in curves.items() if n not in self.curves or np.isfinite(c).any()
        }


class Engine:
    """Follows one runner.

    Parameters
    ----------
    sensors : which there are.
    info : speed and body dimensions, where known.
    settings : of the analysis.
    executor : where the learning is done beside the rest; None: within ``step``.
    """

    def __init__(
        self,
        sensors: Sequence[SensorFacts],
        info: RunInfo | None = None,
        settings: Settings | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.info = info or RunInfo()
        self.settings = settings or Settings()
        self.rings = {facts.placement: Ring(facts, KEEP_S) for facts in sensors}
        self.swapped = False
        self.strides = dict.fromkeys(SIDES, 0)
        self.learner = Learner(self.rings, self.info, self.settings, executor)
        self._rows: list[_Row] = []
        self._numbers = 0
        self._last_ic_s = -np.inf
        self._seen: Look | None = None
        self._look_at_s = -np.inf
        self._read_at_s = np.inf

    # ------------------------------------------------------------------ what comes in

    def feed(self, block: Block) -> None:
        """Take a block; one of a sensor that was not announced is left out."""
        ring = self.rings.get(block.placement)
        if ring is not None:
            ring.add(block)

    @property
    def newest_s(self) -> float:
        """Time of the newest sample of any sensor, s."""
        return max((ring.last_s for ring in self.rings.values()), default=-np.inf)

    @property
    def present(self) -> tuple[str, ...]:
        """Sensors that keep up with the others."""
        newest = self.newest_s
        return tuple(p for p, r in self.rings.items() if r.last_s > newest - LOST_S)

    @property
    def head_s(self) -> float:
        """All present sensors have told up to here, s."""
        return min((self.rings[p].last_s for p in self.present), default=-np.inf)

    @property
    def due_s(self) -> float:
        """Samples up to here are waited for, s; before, a step does nothing."""
        return min(self._look_at_s, self._read_at_s)

    @property
    def calibration(self) -> Calibration | None:
        """What was learned so far."""
        return self.learner.known

    @property
    def frozen(self) -> bool:
        """The directions of the sensors are learned for good."""
        return self.learner.done

    @property
    def strides_left(self) -> int:
        """Strides until the first numbers."""
        if self.calibration is not None:
            return 0
        return max(1, FIRST_STRIDES - self._fewest)

    @property
    def _fewest(self) -> int:
        """Strides of the leg with fewer, of those that are seen (one shank alone sees its own)."""
        return min((n for n in self.strides.values() if n), default=0)

    @property
    def last_ic_s(self) -> float:
        """The newest initial contact, s; minus infinity before the first."""
        return self._last_ic_s

    # ------------------------------------------------------------------ what comes out

    def step(self) -> list[LiveStance]:
        """What became known since the last call. Call it whenever samples came."""
        head = self.head_s
        out: list[LiveStance] = []
        if head < self.due_s:
            return out
        with on_this_thread(), quiet_linear_algebra():
            if head >= self._read_at_s:
                out = self._read(head)
                self.learner.step(head, self._fewest, self.present)
            if head >= self._look_at_s:
                self._look(head)
        return out

    def _grids(
        self, seconds: float, unbroken_s: float, wanted: Callable[[str], bool] = lambda _: True
    ) -> dict[str, UniformStream]:
        """The last seconds of the present sensors, less those that just joined or returned."""
        out = {}
        first = min(ring.first_s for ring in self.rings.values())
        for placement in filter(wanted, self.present):
            ring = self.rings[placement]
            start = ring.last_s - seconds
            whole = ring.since(start)
            returned = whole > max(start, first) + LOST_S
            stream = ring.stream(start)
            if stream is None or (returned and ring.last_s - whole < unbroken_s):
                continue
            out[placement] = uniform(stream, self.settings.sampling, ring.rate_hz)
        return out

    # ------------------------------------------------------------------ contacts

    def _look(self, head: float) -> None:
        self._look_at_s = head + SEEK_S
        seen = look(self._grids(EVENTS_S, BACK_S), self.settings)
        if seen is None:
            return
        self._seen = seen
        self.swapped = seen.stances.swapped
        self._match(seen)
        newest = float(seen.stances.ic_s[-1])
        usual = max(seen.contact_s.values())
        if newest < head - 2.0 * seen.step_s - usual:  # no steps any more
            waiting = any(not row.final for row in self._rows)
            self._read_at_s = head if waiting else np.inf
            return
        due = newest + seen.step_s + max(IC_AHEAD_S, BEFORE * usual)
        self._read_at_s = newest + seen.contact_s[seen.side(-1)] + AHEAD_S
        self._look_at_s = max(due, head + SOONEST_S)

    def _match(self, seen: Look) -> None:
        """Rows for stances that are new; the others follow what is known now."""
        found = seen.stances
        for left, ic in zip(found.left.tolist(), found.ic_s.tolist(), strict=True):
            near = [r for r in self._rows if r.left == left and abs(r.ic_s - ic) < SAME_S]
            if near:
                near[-1].ic_s = ic
            elif ic > self._last_ic_s - FORGET_S / 4:
                self._rows.append(_Row(self._numbers, left, ic))
                self._numbers += 1
                self.strides[SIDES[0] if left else SIDES[1]] += 1
        if self._rows:
            self._last_ic_s = max(self._last_ic_s, *(row.ic_s for row in self._rows))
        self._rows = [row for row in self._rows if row.ic_s > self._last_ic_s - FORGET_S]

    # ------------------------------------------------------------------ angles

    def _read(self, head: float) -> list[LiveStance]:
        self._read_at_s = np.inf
        seen = self._seen
        assert seen is not None  # a look set the time of this reading
        places = [(row, seen.nearest(row.left, row.ic_s, SAME_S)) for row in self._rows]
        waiting = [
            (row, i)
            for row, i in places
            if not row.final and i is not None and seen.measured(i, head)
        ]
        index = np.array([i for _, i in waiting], dtype=np.int64)
        tc, expected = seen.ends(index)
        over = np.flatnonzero(tc < head)
        if not len(over):
            return []
        index, tc, expected = index[over], tc[over], expected[over]
        rows = [waiting[k][0] for k in over.tolist()]
        read = Read({}, {})
        if self.calibration is not None:
            read = read_stances(
                self._grids(WINDOW_S, LEVEL_S, tells),
                self.calibration,
                seen.stances.left[index],
                seen.stances.ic_s[index],
                tc,
                seen.times.stride_end_s[index],
                self.settings,
            )
        return [
            self._told(row, seen, int(index[k]), float(tc[k]), bool(expected[k]), read, k, head)
            for k, row in enumerate(rows)
        ]

    def _told(
        self,
        row: _Row,
        seen: Look,
        i: int,
        tc: float,
        expected: bool,
        read: Read,
        k: int,
        head: float,
    ) -> LiveStance:
        """Stance i of the look, row k of what was read."""
        ic, end = float(seen.stances.ic_s[i]), float(seen.times.stride_end_s[i])
        ended = np.isfinite(end) or head > ic + self.settings.events.stride_max_s
        young = seen.few(i) and head < ic + YOUNG_S
        row.final = bool(ended) and not expected and not young
        reasons = seen.reasons(i, row.final)
        values = {name: float(column[k]) for name, column in read.columns.items()}
        turning = abs(values.get("turn_rate_deg_s", 0.0))
        if turning > self.settings.angles.turn_limit_deg_s:
            reasons = (*reasons, "turn")
        row.keep(values, {name: curve[k] for name, curve in read.curves.items()})
        contact = np.nan if expected else tc - ic
        return LiveStance(
            number=row.number,
            side=seen.side(i),
            ic_s=ic,
            tc_s=tc,
            expected=expected,
            final=row.final,
            run=bool(seen.stances.run[i]),
            stride_s=end - ic,
            columns={**row.columns, "contact_time_s": contact},
            curves=dict(row.curves),
            valid=valid(reasons),
            reasons=reasons,
            data_s=head,
        )
