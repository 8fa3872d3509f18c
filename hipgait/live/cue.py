"""Cues: when to make a sound, how often that is withdrawn, and the record of it.

A cue begins where ``needed`` of the last ``of`` stances of one side lie beyond the limit, and ends
where no more than ``release`` do: in between it stays as it is. The limit is the side's own fresh
level plus a margin; left and right are never compared. Feedback is given for a share of the time
that shrinks from week to week, because what is always told is not learned: gait retraining studies
withdrew it over their second half (Crowell & Davis 2011, doi:10.1016/j.clinbiomech.2010.09.003).
The numbers of the schedule are our proposal. What was due and withheld is recorded as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec

from hipgait.errors import SettingsError
from hipgait.io.capture_read import Capture
from hipgait.live.state import CueState
from hipgait.names import OUTCOMES, PRIMARY_OUTCOME, SIDES

EVENT: Final = "cue"
"""Kind of the capture's events."""
KINDS: Final = ("tone", "word", "none")
CYCLE_S: Final = 300.0
"""Feedback is on for its share at the beginning of each of these, s."""
LESS_A_WEEK: Final = 0.2
"""Share that is withdrawn with each week after the first: none is left in the sixth."""
CADENCE_PCT: Final = (-10.0, 10.0)
"""A metronome this far from the fresh cadence at most, %."""


@dataclass(frozen=True, kw_only=True)
class CueSettings:
    """What is cued, and how.

    outcome : of names.OUTCOMES.  margin : beyond the fresh level, in its unit; negative where less
    is to be told of.  needed, of, release : see above.  repeat_s : a sound at most so often.
    week, weeks : of the fading schedule; week None: always on.
    metronome_pct : above (below) the fresh cadence, %; None: off.
    """

    outcome: str = PRIMARY_OUTCOME
    margin: float = 1.0
    needed: int = 8
    of: int = 10
    release: int = 4
    repeat_s: float = 10.0
    kind: str = "tone"
    word: str = "Hips level, run tall"
    week: int | None = None
    weeks: int = 8
    metronome_pct: float | None = None

    def __post_init__(self) -> None:
        names = [o.name for o in OUTCOMES if o.by_side]
        if self.outcome not in names:
            raise SettingsError(f"unknown outcome {self.outcome!r}", f"Use: {', '.join(names)}")
        if self.kind not in KINDS:
            raise SettingsError(f"unknown cue {self.kind!r}", f"Use: {', '.join(KINDS)}")
        if not 0 <= self.release < self.needed <= self.of <= 10:
            raise SettingsError(
                f"cue at {self.needed} of {self.of}, until {self.release}",
                "Give release < needed <= of, of at most 10",
            )
        if self.week is not None and not 1 <= self.week <= self.weeks:
            raise SettingsError(f"week {self.week} of {self.weeks}", "Count from 1")
        low, high = CADENCE_PCT
        if self.metronome_pct is not None and not low <= self.metronome_pct <= high:
            raise SettingsError(f"metronome {self.metronome_pct:+g} %", f"Use {low:g} to {high:g}")

    @property
    def share_on(self) -> float:
        """Share of the time in which feedback is given, 0 ... 1."""
        return 1.0 if self.week is None else max(0.0, 1.0 - LESS_A_WEEK * (self.week - 1))

    def on_at(self, running_s: float) -> bool:
        """Whether feedback is given after so much running, s."""
        return (running_s % CYCLE_S) < self.share_on * CYCLE_S


class CueFields(msgspec.Struct, frozen=True):
    """What a cue's event in the capture says.

    what : "begin" | "sound" | "end".  side : of the stances.
    given : False where it was due and withheld (fading, or a cue without a sound).
    over, of, limit, outcome : as then.
    """

    what: str
    side: str
    outcome: str
    over: int
    of: int
    limit: float
    given: bool


@dataclass(frozen=True)
class CueRecord:
    """A cue as the capture holds it. monotonic_ns : when."""

    monotonic_ns: int
    cue: CueFields


@dataclass
class Cuer:
    """Decides. One step is one look at both sides; nothing is kept but where each side stands."""

    settings: CueSettings = field(default_factory=CueSettings)
    given: int = 0
    sound: int = 0
    active: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(SIDES, False))
    _sounded_s: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(SIDES, float("-inf"))
    )

    def step(
        self,
        running_s: float,
        last: Mapping[str, Sequence[float]],
        limit: Mapping[str, float | None],
    ) -> list[CueFields]:
        """Decide for both sides. Returns the events to be recorded.

        running_s : since the start of the running.  last : side -> last stances, newest last.
        limit : side -> value beyond which a stance counts; None: no cue on this side.
        """
        events: list[CueFields] = []
        for side in SIDES:
            bound = limit.get(side)
            over = self.over(last.get(side, ()), bound)
            if bound is None:
                if self.active[side]:
                    events.append(self._event("end", side, over, 0.0, False))
                self.active[side] = False
                continue
            was = self.active[side]
            self.active[side] = over >= self.settings.needed or (
                was and over > self.settings.release
            )
            due = self.active[side] and (
                not was or running_s - self._sounded_s[side] >= self.settings.repeat_s
            )
            if due:
                told = self.settings.on_at(running_s) and self.settings.kind != "none"
                self._sounded_s[side] = running_s
                self.given += told
                self.sound += told
                events.append(self._event("sound" if was else "begin", side, over, bound, told))
            elif was and not self.active[side]:
                events.append(self._event("end", side, over, bound, False))
        return events

    def over(self, last: Sequence[float], limit: float | None) -> int:
        """How many of the last stances lie beyond the limit."""
        if limit is None:
            return 0
        sign = 1.0 if self.settings.margin >= 0.0 else -1.0
        return sum(sign * (value - limit) > 0.0 for value in last[-self.settings.of :])

    def _event(self, what: str, side: str, over: int, limit: float, given: bool) -> CueFields:
        s = self.settings
        return CueFields(what, side, s.outcome, over, s.of, round(limit, 3), given)

    def state(
        self, running_s: float, over: Mapping[str, int], cadence_spm: float | None
    ) -> CueState:
        """What is drawn. cadence_spm : the fresh one; None while it is not known."""
        s = self.settings
        beat = None
        if s.metronome_pct is not None and cadence_spm is not None:
            beat = round(cadence_spm * (1.0 + s.metronome_pct / 100.0), 1)
        silent = s.kind == "none"  # what would have been due is recorded, and shown to nobody
        return CueState(
            outcome="" if silent else s.outcome,
            margin=s.margin,
            needed=s.needed,
            of=s.of,
            active=() if silent else tuple(side for side in SIDES if self.active[side]),
            over=dict(over),
            share_on=s.share_on,
            on_now=s.on_at(running_s),
            week=s.week,
            weeks=None if s.week is None else s.weeks,
            given=self.given,
            kind=s.kind,
            word=s.word,
            sound=self.sound,
            metronome_spm=beat,
            cadence_pct=s.metronome_pct,
        )


def cues_of(capture: Capture) -> tuple[CueRecord, ...]:
    """The cues that a capture holds, in order; events that are none are left out."""
    out = []
    for event in capture.events:
        if event.kind == EVENT:
            with suppress(msgspec.ValidationError):
                cue = msgspec.convert(dict(event.fields), CueFields)
                out.append(CueRecord(event.arrival_ns, cue))
    return tuple(out)
