"""The programme: exercises with what is easier and harder, and a template of weeks.

The shipped data/programme.toml is the start; a programme.toml in the journal changes or adds to it.
Shares of muscle activity in it are those of PMC4004121, table 2.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from hipgait.errors import FormatError
from hipgait.resources import data_path
from hipgait.strength.entries import SORE_REGIONS
from hipgait.strength.tomlfile import convert, line_of, load_toml

FILE: Final = "programme.toml"
Phase = Literal[
    "activation",
    "stability",
    "calf",
    "bridges",
    "single_leg",
    "multiplanar",
    "plyometric",
    "running",
]
LIGHT_PHASES: Final = frozenset({"activation"})
"""Phases that do not count as a hard session: they are the warm-up of the others and of runs."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Kind = Literal["strength", "activation", "key_run", "short_stride"]
Count = Annotated[int, msgspec.Meta(ge=1, le=200)]


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exercise of the programme.

    load : how it is made heavier.  unit : what is counted in a set.
    easier, harder : names, the next step first.  level : 1 ... 5.
    works : regions that it may make sore.  evidence : found figures with their source.
    """

    name: str
    phase: Phase
    plane: Literal["frontal", "sagittal", "transverse"]
    side: Literal["one", "both"]
    equipment: str
    tempo: str
    range: str
    cue: str
    load: Literal["none", "band", "kg"]
    unit: Literal["reps", "seconds"]
    level: Annotated[int, msgspec.Meta(ge=1, le=5)]
    easier: tuple[str, ...]
    harder: tuple[str, ...]
    works: tuple[str, ...]
    evidence: str | None = None

    @property
    def hard(self) -> bool:
        """Whether it makes a session a hard one."""
        return self.phase not in LIGHT_PHASES


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weeks ``weeks[0] ... weeks[1]``, with (low, high) of sets, repetitions, effort, sessions."""

    weeks: tuple[Count, Count]
    phases: tuple[Phase, ...]
    sets: tuple[Count, Count]
    reps: tuple[Count, Count]
    effort: tuple[Count, Count]
    sessions_a_week: tuple[Count, Count]
    say: str = ""


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rhythm of a week and the blocks of weeks.

    key_run_time : when key runs begin; without it days are counted before them, not hours.
    """

    weeks: Annotated[int, msgspec.Meta(ge=6, le=12)]
    strength_days: tuple[Day, ...]
    activation_days: tuple[Day, ...]
    short_stride_days: tuple[Day, ...]
    key_run_days: tuple[Day, ...]
    hours_between_hard_sessions: Annotated[int, msgspec.Meta(ge=48, le=168)]
    hours_before_key_run: Annotated[int, msgspec.Meta(ge=24, le=96)]
    block: tuple[Block, ...]
    key_run_time: dt.time | None = None


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exercises by name, and the template."""

    template: Template
    exercise: dict[str, Move]

    def week(self, start: dt.date | None, today: dt.date) -> int | None:
        """1-based week of the block on a day; None before or without a start."""
        if start is None or today < start:
            return None
        return (today - start).days // 7 + 1

    def week_words(self, week: int) -> str:
        """``week 3 of a plan of 8``; after its end that it is over."""
        last = self.template.weeks
        if week <= last:
            return f"week {week} of a plan of {last}"
        return f"week {week}, the plan of {last} weeks is over"

    def block_of(self, week: int) -> Block:
        """The block of a week; weeks after the last one stay in the last block."""
        for block in self.template.block:
            if week <= block.weeks[1]:
                return block
        return self.template.block[-1]

    def phases_until(self, week: int) -> frozenset[str]:
        """Phases that have begun by a week."""
        begun = [b for b in self.template.block if b.weeks[0] <= max(week, 1)]
        return frozenset(phase for block in begun for phase in block.phases)

    def first_week_of(self, phase: str) -> int | None:
        """Week in which a phase begins; None where the template has it nowhere."""
        return min((b.weeks[0] for b in self.template.block if phase in b.phases), default=None)

    def is_day(self, kind: Kind, day: dt.date) -> bool:
        """Whether a day of the week is one for ``kind``."""
        days: tuple[str, ...] = getattr(self.template, f"{kind}_days")
        return DAYS[day.weekday()] in days


def read_programme(folder: Path | None = None) -> Programme:
    """The shipped programme with what the journal's programme.toml changes.

    An exercise in the journal's file may give only the keys that differ; a new one gives all.

    Raises
    ------
    FormatError : with line and cure.
    """
    shipped = load_toml(data_path(FILE))
    path = data_path(FILE)
    raw = shipped
    if folder is not None and (folder / FILE).is_file():
        path = folder / FILE
        raw = _merged(shipped, load_toml(path), path)
    moves = {
        name: convert(path, move, Move, f"exercise.{name}")
        for name, move in raw["exercise"].items()
    }
    programme = Programme(convert(path, raw["template"], Template, "template"), moves)
    _check(programme, path)
    return programme


def _merged(base: dict[str, Any], own: dict[str, Any], path: Path) -> dict[str, Any]:
    for key in own:
        if key not in ("template", "exercise"):
            cure = "Known: [template] and [exercise.NAME]"
            raise FormatError(path, f"unknown table {key}", cure, line=line_of(path, key))
    for key in ("template", "exercise"):
        if not isinstance(own.get(key, {}), dict):
            cure = f"Write [{key}] on a line of its own"
            raise FormatError(path, f"{key} is no table", cure, line=line_of(path, key))
    exercises = dict(base["exercise"])
    for name, move in own.get("exercise", {}).items():
        exercises[name] = {**exercises.get(name, {}), **move} if isinstance(move, dict) else move
    return {"template": {**base["template"], **own.get("template", {})}, "exercise": exercises}


def _check(programme: Programme, path: Path) -> None:
    for name, move in programme.exercise.items():
        key = f"exercise.{name}"
        for which in ("easier", "harder"):
            for other in getattr(move, which):
                if other not in programme.exercise:
                    _refuse(path, f"{key}.{which}", f"unknown exercise {other!r}", "Correct it")
        for region in move.works:
            if region not in SORE_REGIONS:
                cure = f"Use: {', '.join(SORE_REGIONS)}"
                _refuse(path, f"{key}.works", f"unknown region {region!r}", cure)
    last = 0
    for block in programme.template.block:
        for pair in (block.sets, block.reps, block.effort, block.sessions_a_week, block.weeks):
            if pair[0] > pair[1]:
                _refuse(path, "template.block", f"{list(pair)} runs backwards", "Low, then high")
        if block.weeks[0] != last + 1:
            cure = f"The next block begins with week {last + 1}"
            _refuse(path, "template.block", f"weeks {list(block.weeks)} leave a gap", cure)
        last = block.weeks[1]
    if last != programme.template.weeks:
        cure = "Let the last block end with the last week"
        _refuse(path, "template.weeks", f"{programme.template.weeks}, blocks end at {last}", cure)


def _refuse(path: Path, key: str, what: str, cure: str) -> None:
    raise FormatError(path, f"{key}: {what}", cure, line=line_of(path, key))
