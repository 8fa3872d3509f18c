"""athlete.toml: who trains, and what a clinician or coach has set.

::

    name = "Anna"

    [body]                       # every key optional
    height_m = 1.72
    mass_kg = 64
    shank_length_m = 0.41
    pelvis_width_m = 0.24

    [history]
    hip_or_knee = "no"           # ever a complaint of hip or knee: yes or no
    note = "..."

    [goal]
    text = "10 km with level hips"
    date = 2026-07-01

    [limits]                     # set by a clinician
    set_by = "physiotherapist, 2 April"
    max_level = 3                # 1 to 5, levels of the programme
    max_load_kg = 20
    avoid = ["copenhagen"]

    [plan]
    start = 2026-04-06
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from hipgait.errors import FormatError
from hipgait.strength.tomlfile import convert, line_of, load_toml

FILE: Final = "athlete.toml"
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lengths in m, mass in kg; None where unknown. The same limits as in run.toml."""

    height_m: Annotated[float, msgspec.Meta(ge=0.5, le=2.6)] | None = None
    mass_kg: Annotated[float, msgspec.Meta(ge=15, le=300)] | None = None
    shank_length_m: Annotated[float, msgspec.Meta(ge=0.1, le=0.8)] | None = None
    pelvis_width_m: Annotated[float, msgspec.Meta(ge=0.1, le=0.6)] | None = None


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """hip_or_knee : whether there ever was a complaint of hip or knee; None: not asked yet."""

    hip_or_knee: Literal["yes", "no"] | None = None
    note: str | None = None


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the block is for, and by when."""

    text: str | None = None
    date: dt.date | None = None


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a clinician set. set_by : who and when; max_level : 1 ... 5; avoid : exercises."""

    set_by: str | None = None
    max_level: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    max_load_kg: Positive | None = None
    avoid: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """start : first day of the block; None: the day of the first session."""

    start: dt.date | None = None


class Athlete(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything of athlete.toml."""

    name: str | None = None
    body: Body = Body()
    history: History = History()
    goal: Goal = Goal()
    limits: Limits = Limits()
    plan: Plan = Plan()

    @property
    def needs_physiotherapist(self) -> bool:
        """A past complaint of hip or knee, and nobody named who set the plan."""
        return self.history.hip_or_knee == "yes" and not (self.limits.set_by or "").strip()


QUESTION: Final = (
    "Did you ever have a complaint of a hip or a knee? Write it once into athlete.toml: "
    '[history] hip_or_knee = "yes" or "no"'
)


def read_athlete(folder: Path, exercises: frozenset[str] | None = None) -> Athlete:
    """athlete.toml of a journal; an empty one where there is none.

    exercises : names of the programme, for ``avoid``.

    Raises
    ------
    FormatError : with line and cure.
    """
    path = folder / FILE
    if not path.is_file():
        return Athlete()
    athlete = convert(path, load_toml(path), Athlete)
    for name in athlete.limits.avoid:
        if exercises is not None and name not in exercises:
            raise FormatError(
                path,
                f"limits.avoid: unknown exercise {name!r}",
                "Use the names of the programme: hipgait journal list --exercises",
                line=line_of(path, "limits.avoid"),
            )
    return athlete
