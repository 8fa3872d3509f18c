"""The tables of the journal: one dataclass a file, one field a column, one line an entry.

Days and times are the runner's own (no time zone). Hours are counted where both times are known,
else days: "48 h after" is two days later.
"""

# ruff: noqa: RUF009 -- column() is a dataclasses.field()

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, TypeAlias

from hipgait.strength.fields import (
    clock,
    column,
    date,
    number,
    one_of,
    pattern,
    several_of,
    words,
)

SORE_REGIONS: Final = (
    *("gluteal", "hip_flexor", "adductor", "hamstring", "quad", "knee", "shin", "calf"),
    *("achilles", "foot", "low_back"),
)
REGIONS: Final = (*SORE_REGIONS, "hip", "groin", "general")
"""where pain may be; general: a sign that belongs to no place (fever, fainting)"""
SIDES: Final = ("left", "right", "both")
KINDS: Final = ("muscle", "tendon", "joint", "bone", "nerve", "unsure")
WHEN: Final = ("before", "during", "after", "next_morning", "24h", "48h", "rest", "night")
FORM: Final = ("held", "drifted_in", "lost")
BANDS: Final = ("none", "light", "medium", "heavy", "extra_heavy")
"""bands, the lightest first"""
RANGES: Final = ("full", "short")
UNITS: Final = ("s", "reps", "kg", "n", "nm")
"""of a strength test: a hold, repetitions, a load or a dynamometer (newton, newton metre)"""
NOTES: Final = (
    *("note", "sleep", "recovery", "shoe", "audit", "cleared", "control_test", "ill", "travel"),
)
RED_SIGNS: Final = {
    "bone_spot": "a spot on the bone that hurts",
    "hop_pain": "pain when you hop",
    "groin_impact": "groin pain on impact",
    "swelling": "a joint that swells",
    "locking": "a joint that locks",
    "giving_way": "a joint that gives way",
    "numbness": "numbness",
    "weakness": "loss of strength",
    "saddle_numbness": "numbness where you sit",
    "bladder_bowel": "a change of bladder or bowel",
    "calf_swelling": "a swollen calf",
    "calf_warmth": "a warm calf",
    "chest_pain": "chest pain",
    "fainting": "fainting",
    "fever": "fever",
    "trauma": "a fall or a blow",
    "limp_day": "a limp for more than a day",
    "missed_periods": "missed periods",
    "weight_loss": "weight loss that you did not plan",
}
"""Signs that send to a clinician, whatever the number beside them."""
RUN_SIGNS: Final = {"rising": "it rose while you ran", "sharp": "it turned sharp", "limp": "a limp"}
"""Signs that end a run (Vincent and Vincent 2017,
doi:10.1249/JSR.0000000000000362: four rules of pain)."""


@dataclass(frozen=True)
class Ref:
    """Where an entry stands. file : name in the journal. line : 1-based, 0 for the whole file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.line else self.file


NOWHERE: Final = Ref("", 0)
_level = number(0, 10, "")


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise of one session; the rows of a day are its session."""

    date: dt.date = column(date, "the day", need=True, empty=dt.date.min)
    time: dt.time | None = column(clock, "time of day, 18:30")
    exercise: str = column(
        pattern(r"[a-z][a-z0-9_]*", "the name of an exercise", "lateral_step_down"),
        "its name in the programme",
        need=True,
        empty="",
    )
    side: str | None = column(one_of(SIDES), "left, right or both")
    sets: float = column(number(1, 20, "sets", whole=True), "sets", need=True, empty=1.0)
    reps: float | None = column(number(1, 200, "reps", whole=True), "repetitions a set")
    seconds: float | None = column(number(1, 900, "s"), "length of a hold, s")
    load_kg: float | None = column(number(0, 400, "kg"), "load, kg")
    band: str | None = column(one_of(BANDS), "band: " + ", ".join(BANDS))
    tempo: str | None = column(
        pattern(r"\d{1,2}-\d{1,2}-\d{1,2}", "a tempo", "3-1-2"), "lower-hold-rise, s: 3-1-2"
    )
    range: str | None = column(one_of(RANGES), "full or short")
    rpe: float | None = column(_level, "effort 0 to 10")
    rir: float | None = column(number(0, 20), "repetitions left in reserve")
    form: str | None = column(one_of(FORM), "held, drifted_in (the knee) or lost")
    pain: float | None = column(_level, "pain while doing it, 0 to 10")
    done: str | None = column(one_of(("all", "part")), "all or part of the repetitions")
    note: str | None = column(words, "anything")
    ref: Ref = NOWHERE


@dataclass(frozen=True, kw_only=True)
class Soreness:
    """Muscle soreness of one region after a session."""

    date: dt.date = column(date, "the day on which it was felt", need=True, empty=dt.date.min)
    time: dt.time | None = column(clock, "time of day, 18:30")
    after_h: str = column(
        one_of(("24", "48", "72", "96")), "hours since the session", need=True, empty="48"
    )
    region: str = column(one_of(SORE_REGIONS), "where", need=True, empty="")
    left: float | None = column(_level, "left, 0 to 10")
    right: float | None = column(_level, "right, 0 to 10")
    note: str | None = column(words, "anything")
    ref: Ref = NOWHERE

    @property
    def level(self) -> float:
        """The worse side, 0 ... 10."""
        return max(x for x in (self.left, self.right) if x is not None)


@dataclass(frozen=True, kw_only=True)
class Pain:
    """Pain, or a sign that a clinician wants to know."""

    date: dt.date = column(date, "the day", need=True, empty=dt.date.min)
    region: str = column(one_of(REGIONS), "where", need=True, empty="")
    side: str | None = column(one_of(SIDES), "left, right or both")
    level: float = column(_level, "0 to 10", need=True, empty=0.0)
    kind: str = column(one_of(KINDS), "kind: " + ", ".join(KINDS), empty="unsure")
    when: str = column(one_of(WHEN), "when: " + ", ".join(WHEN), empty="during")
    signs: tuple[str, ...] = column(
        several_of([*RED_SIGNS, *RUN_SIGNS]), "signs, parted by blanks (list below)", empty=()
    )
    note: str | None = column(words, "anything")
    ref: Ref = NOWHERE


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run, as the runner felt it."""

    date: dt.date = column(date, "the day", need=True, empty=dt.date.min)
    time: dt.time | None = column(clock, "time of day, 18:30")
    minutes: float = column(number(1, 3000, "min"), "how long, min", need=True, empty=1.0)
    km: float | None = column(number(0, 400, "km"), "how far, km")
    effort: float | None = column(_level, "effort 0 to 10")
    hip_fatigue: float | None = column(_level, "how tired the hips were at the end, 0 to 10")
    key: str | None = column(one_of(("yes", "no")), "yes: a run that the week is built around")
    strides: float | None = column(number(0, 50, whole=True), "short strides in it")
    shoe: str | None = column(words, "which shoe")
    surface: str | None = column(words, "road, trail, track, treadmill, ...")
    note: str | None = column(words, "anything")
    ref: Ref = NOWHERE


@dataclass(frozen=True, kw_only=True)
class StrengthTest:
    """One strength test: how long, how often, how hard."""

    date: dt.date = column(date, "the day", need=True, empty=dt.date.min)
    time: dt.time | None = column(clock, "time of day, 18:30")
    test: str = column(
        pattern(r"[a-z][a-z0-9_]*", "the name of a test", "side_plank"),
        "its name; the same each time",
        need=True,
        empty="",
    )
    side: str | None = column(one_of(SIDES), "left, right or both")
    value: float = column(number(0, 100000), "how much", need=True, empty=0.0)
    unit: str = column(one_of(UNITS), "unit: " + ", ".join(UNITS), need=True, empty="s")
    note: str | None = column(words, "anything")
    ref: Ref = NOWHERE


@dataclass(frozen=True, kw_only=True)
class Note:
    """Whatever else: sleep, shoes, audits, a clinician's word."""

    date: dt.date = column(date, "the day", need=True, empty=dt.date.min)
    kind: str = column(one_of(NOTES), "kind: " + ", ".join(NOTES), need=True, empty="note")
    value: float | None = column(number(0, 100000), "hours of sleep; km already on a shoe")
    text: str | None = column(words, "anything; the shoe's name; what was audited")
    ref: Ref = NOWHERE


Entry: TypeAlias = Exercise | Soreness | Pain | Run | StrengthTest | Note

TABLES: Final[dict[str, type[Entry]]] = {
    "sessions.csv": Exercise,
    "soreness.csv": Soreness,
    "pain.csv": Pain,
    "runs.csv": Run,
    "tests.csv": StrengthTest,
    "notes.csv": Note,
}
"""File of the journal -> what a line of it is."""
FILE_OF: Final = {row: file for file, row in TABLES.items()}

AUDITS: Final = ("shoes", "surface", "cadence")
"""What is looked at again from time to time; the text of a note of the kind ``audit``."""
CONTROL: Final = ("as_before", "drifted_in")
"""Text of a note of the kind ``control_test``."""


def complaint(entry: Entry) -> tuple[str, str, str] | None:
    """What a whole entry lacks though each cell is right: (column, what, cure), or None."""
    if isinstance(entry, Exercise) and entry.reps is None and entry.seconds is None:
        return "reps", "neither reps nor seconds", "Give one of them"
    if isinstance(entry, Exercise) and entry.reps is not None and entry.seconds is not None:
        return "seconds", "both reps and seconds", "Keep one of them, or write two lines"
    if isinstance(entry, Soreness) and entry.left is None and entry.right is None:
        return "left", "neither left nor right", "Give 0 to 10 for at least one side"
    if isinstance(entry, Pain) and entry.region == "general" and not entry.signs:
        return "signs", "general without a sign", "Name the sign, or the place that hurts"
    if isinstance(entry, Note):
        return _note_complaint(entry)
    return None


def _note_complaint(note: Note) -> tuple[str, str, str] | None:
    if note.kind == "sleep" and (note.value is None or note.value > 24):
        return "value", "sleep needs hours, 0 to 24", "Write them into value"
    if note.kind == "shoe" and not note.text:
        return "text", "a shoe without a name", "Write its name into text"
    for kind, allowed in (("audit", AUDITS), ("control_test", CONTROL)):
        if note.kind == kind and note.text not in allowed:
            return "text", f"{kind} with {note.text!r}", f"Use one of: {', '.join(allowed)}"
    return None
