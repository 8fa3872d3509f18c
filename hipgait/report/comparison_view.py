"""What the comparison page shows, as plain frozen data: no statistics in here.

``hipgait.report.comparison`` draws it; ``hipgait.report.comparison_source`` fills it from a real
comparison. Values are in the outcome's printed unit (deg, ms, spm, g, %), times in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from hipgait.names import PRIMARY_OUTCOME
from hipgait.recording import FloatArray
from hipgait.report.view import BY_NAME

Phase = Literal["before", "block", "after"]
PHASES: Final = ("before", "block", "after")
Aspect = Literal["level", "rise", "late", "distance"]
ASPECTS: Final[dict[str, str]] = {
    "level": "",
    "rise": "change within a run",
    "late": "at the end of a run",
    "distance": "at equal distance",
}
"""part of the run that is compared -> words; the level is that of the whole analysed run"""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; ``low`` and ``high`` None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def ends(self) -> tuple[float, ...]:
        """The value and the limits that exist."""
        return (self.value, *(v for v in (self.low, self.high) if v is not None))


@dataclass(frozen=True)
class RunPoint:
    """One run.

    value : of the primary outcome, None where it could not be told.
    left_out : why the run is not compared, empty where it is.
    """

    name: str
    phase: Phase
    start_utc: datetime | None
    value: Estimate | None
    left_out: str = ""


@dataclass(frozen=True)
class Span:
    """A stretch of the calendar."""

    start: datetime
    end: datetime

    @property
    def weeks(self) -> int:
        """Whole weeks, rounded."""
        return round((self.end - self.start).total_seconds() / (7 * 86400.0))


@dataclass(frozen=True)
class ChangeRow:
    """One outcome: after minus before.

    key : pooled | left | right.
    aspect : what of the outcome, see ``ASPECTS``.
    before, after : phase means, None where levels are not told.
    p : corrected for the number of outcomes where the row is secondary.
    could_see : true change that these runs would find 4 times in 5.
    matters : smallest change that matters.
    """

    name: str
    key: str
    aspect: Aspect
    before: float | None
    after: float | None
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    could_see: float | None
    verdict: str
    matters: float
    primary: bool = False

    @property
    def unit(self) -> str:
        """Unit as printed."""
        return BY_NAME[self.name].unit

    @property
    def entry(self) -> dict[str, Any]:
        """In the form in which words and small pictures take a change."""
        return {
            "estimate": self.estimate,
            "ci_low": self.low,
            "ci_high": self.high,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class FreshTired:
    """Fresh and end of the run, before and after.

    key : pooled | left | right.
    before, after : (fresh, end), each with its interval over runs.
    rise_before, rise_after : end minus fresh.
    """

    key: str
    before: tuple[Estimate, Estimate]
    after: tuple[Estimate, Estimate]
    rise_before: float
    rise_after: float


@dataclass(frozen=True)
class StanceChange:
    """Mean stance curves of one side.

    name : pelvic_drop | shank_lean | shank_angle.
    before, after, null_low, null_high : (101,) deg, from landing to push-off; the null band is
        around zero: what the difference reaches by chance.
    leaves : stretches in which the difference leaves the band, % of stance.
    """

    name: str
    side: str
    before: FloatArray
    after: FloatArray
    null_low: FloatArray
    null_high: FloatArray
    leaves: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Detectable:
    """What so many runs in each phase would have shown.

    runs, change : (k,) runs in each phase and the true change that is found 4 times in 5.
    now : (runs a phase, change) of this comparison; runs are the harmonic mean of both phases.
    source : where the scatter between runs was taken from, empty: from these runs.
    """

    runs: FloatArray
    change: FloatArray
    now: tuple[float, float] | None
    source: str = ""

    def at(self, runs: float) -> float | None:
        """Change at a number of runs, None outside the curve."""
        import numpy as np

        if not len(self.runs) or not self.runs[0] <= runs <= self.runs[-1]:
            return None
        return float(np.interp(runs, self.runs, self.change))


@dataclass(frozen=True)
class GoesWith:
    """An association between runs; never a cause.

    what : as "Cadence 5 % higher", "Trail instead of road".
    estimate : change of the primary outcome that goes with it, None with too few runs.
    verdict : goes_with | inconclusive | too_few_runs.
    why : of too few runs.
    """

    what: str
    estimate: Estimate | None
    verdict: str
    why: str = ""


@dataclass(frozen=True)
class Session:
    """One strength session that was done, with its hard sets."""

    at: datetime
    hard_sets: float


@dataclass(frozen=True)
class StrengthTest:
    """What was held or lifted, as "Side plank, held" in "s".

    left, right : (time, value).  both : the same of exercises without a side.
    """

    label: str
    unit: str
    left: tuple[tuple[datetime, float], ...]
    right: tuple[tuple[datetime, float], ...]
    both: tuple[tuple[datetime, float], ...] = ()

    @property
    def courses(self) -> dict[str, tuple[tuple[datetime, float], ...]]:
        """left | right | both -> (time, value), those that were logged."""
        every = {"left": self.left, "right": self.right, "both": self.both}
        return {key: course for key, course in every.items() if course}


@dataclass(frozen=True)
class JournalRows:
    """What the strength journal shows under the same time axis.

    planned : (fewest, most) sessions that the programme asked for, None without a block.
    done : sessions in the same weeks.
    soreness : (time, 0 ... 10) two days after a session.
    hold_above : soreness above which the load is held.
    stronger : whether everything in ``tests`` rose clearly; None: not known.
    """

    sessions: tuple[Session, ...] = ()
    planned: tuple[int, int] | None = None
    done: int = 0
    tests: tuple[StrengthTest, ...] = ()
    soreness: tuple[tuple[datetime, float], ...] = ()
    hold_above: float = 3.0
    stronger: bool | None = None


@dataclass(frozen=True)
class ComparisonView:
    """Everything on the page.

    rows : the primary outcome first.
    before, after : phase means of the primary outcome.
    speed_mps : pace to which the runs are brought.
    block, wash_in : spans of the strength block and of its settling in.
    question_fixed : date of the plan where it was written beforehand, else None.
    notes : what needs care, one sentence each.
    """

    athlete: str
    rows: tuple[ChangeRow, ...]
    runs: tuple[RunPoint, ...]
    before: Estimate | None
    after: Estimate | None
    speed_mps: float | None = None
    block: Span | None = None
    wash_in: Span | None = None
    question_fixed: datetime | None = None
    detectable: Detectable | None = None
    fresh_tired: tuple[FreshTired, ...] = ()
    fresh_words: str = ""
    curves: tuple[StanceChange, ...] = ()
    goes_with: tuple[GoesWith, ...] = ()
    notes: tuple[str, ...] = ()
    method: str = ""
    versions: str = ""
    journal: JournalRows | None = None
    simulated: bool = False

    @property
    def lead(self) -> ChangeRow | None:
        """The row of the question."""
        return next((r for r in self.rows if r.primary), None)

    @property
    def lead_name(self) -> str:
        """Outcome of the question."""
        return self.lead.name if self.lead else PRIMARY_OUTCOME

    def of(self, phase: Phase) -> tuple[RunPoint, ...]:
        """Runs of a phase that are compared (in the block: shown)."""
        return tuple(r for r in self.runs if r.phase == phase and not r.left_out)

    @property
    def left_out(self) -> tuple[RunPoint, ...]:
        """Runs that are not compared, with their reasons."""
        return tuple(r for r in self.runs if r.left_out)
