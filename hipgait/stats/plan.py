"""The plan of a comparison, fixed beforehand in a small file.

::

    created = 2026-03-01              # when it was written down
    primary = "pelvic_drop_excursion" # one outcome decides
    secondary = ["contact_time"]      # Holm over these; the rest is exploratory
    block_start = 2026-03-30          # first day of the strength block
    block_weeks = 8
    wash_in_weeks = 2                 # runs in them belong to neither phase
    pace_mps = 3.2                    # pace at which levels are given
    exclude = ["2026-03-28"]          # names or days of runs: the one that triggered the block

    [matters]                         # smallest change that matters, in the outcome's unit
    pelvic_drop_excursion = 1.0

    [better]                          # "less" or "more"
    cadence = "more"

    [random_start]                    # only if the start was drawn by lot among these days
    first = 2026-03-23
    last = 2026-04-19
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from hipgait.errors import FormatError, InputError, MissingInputError
from hipgait.io.documents import toml_bytes, toml_tables
from hipgait.io.files import Source
from hipgait.names import OUTCOMES, PRIMARY_OUTCOME

SECONDARY: Final = (
    "shank_lean_excursion",
    "shank_angle_ic",
    "contact_time",
    "cadence",
    "peak_tibial_acceleration",
    "stride_time_cv",
)
"""Secondary outcomes without a plan: one a question; the other outcomes measure nearly the same as
one of these or as the primary one, or need a standing zero, and are exploratory."""

BETTER: Final[dict[str, str]] = {o.name: "less" for o in OUTCOMES} | {"cadence": "more"}
"""Wished direction without a plan: less of everything but cadence. A convention of this project,
no statement about health; the plan sets it."""

WASH_IN_WEEKS: Final = 2.0
"""Muscles need about so long to answer at all; runs in them belong to neither phase."""

Weeks = Annotated[float, msgspec.Meta(ge=0, le=104)]


class _RandomStart(msgspec.Struct, forbid_unknown_fields=True):
    first: date
    last: date


class _PlanTable(msgspec.Struct, forbid_unknown_fields=True):
    created: date | None = None
    primary: str = PRIMARY_OUTCOME
    secondary: list[str] | None = None
    block_start: date | None = None
    block_weeks: Weeks | None = None
    wash_in_weeks: Weeks = WASH_IN_WEEKS
    pace_mps: Annotated[float, msgspec.Meta(ge=1, le=8)] | None = None
    exclude: list[str] = []
    matters: dict[str, Annotated[float, msgspec.Meta(gt=0)]] = {}
    better: dict[str, Literal["less", "more"]] = {}
    random_start: _RandomStart | None = None


@dataclass(frozen=True)
class Plan:
    """What was fixed beforehand; the defaults are those of a comparison without a plan.

    created : day the plan was written, None without one.
    exclude : names or days (2026-03-28) of runs that are left out, whatever they show.
    random_start : first and last day among which the start of the block was drawn by lot.
    """

    created: date | None = None
    primary: str = PRIMARY_OUTCOME
    secondary: tuple[str, ...] = SECONDARY
    block_start: date | None = None
    block_weeks: float | None = None
    wash_in_weeks: float = WASH_IN_WEEKS
    pace_mps: float | None = None
    exclude: tuple[str, ...] = ()
    matters: dict[str, float] = field(default_factory=dict)
    better: dict[str, str] = field(default_factory=dict)
    random_start: tuple[date, date] | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        known = [o.name for o in OUTCOMES]
        named = (self.primary, *self.secondary, *self.matters, *self.better)
        for name in named:
            if name not in known:
                raise InputError(
                    f"{self.path or 'plan'}: unknown outcome {name!r}", f"Use: {', '.join(known)}"
                )
        try:
            if self.block_start is not None:
                self.block_start + timedelta(weeks=(self.block_weeks or 0.0) + self.wash_in_weeks)
        except OverflowError:
            raise InputError(
                f"{self.path or 'plan'}: a block from {self.block_start} ends beyond the calendar",
                "Check block_start and block_weeks",
            ) from None
        if self.primary in self.secondary:
            rest = tuple(s for s in self.secondary if s != self.primary)
            object.__setattr__(self, "secondary", rest)
        if self.random_start is not None and self.random_start[0] > self.random_start[1]:
            raise InputError(
                f"{self.path or 'plan'}: random_start ends before it begins", "Exchange the days"
            )

    def change_that_matters(self, name: str) -> float:
        """Smallest change that matters, in the outcome's unit."""
        default = next(o.matters for o in OUTCOMES if o.name == name)
        return self.matters.get(name, default)

    def wanted(self, name: str) -> str:
        """The wished direction of an outcome, "less" or "more"."""
        return self.better.get(name, BETTER[name])

    def role(self, name: str) -> str:
        """The part that an outcome plays: primary, secondary or exploratory."""
        if name == self.primary:
            return "primary"
        return "secondary" if name in self.secondary else "exploratory"

    def in_wash_in(self, day: date | None) -> bool:
        """Whether a run of that day lies in the first weeks of the block."""
        if self.block_start is None or day is None:
            return False
        end = self.block_start + timedelta(weeks=self.wash_in_weeks)
        return self.block_start <= day < end

    def excludes(self, name: str, day: date | None) -> bool:
        """Whether the plan leaves a run out."""
        return name in self.exclude or (day is not None and day.isoformat() in self.exclude)

    def fixed(self, first_after: date | None) -> str:
        """How the plan's day lies: "beforehand", "afterwards", "undated" or "no plan"."""
        if self.path is None and self.created is None:
            return "no plan"
        if self.created is None or first_after is None:
            return "undated"
        return "beforehand" if self.created < first_after else "afterwards"

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for comparison.json."""
        starts = self.random_start
        return {
            "path": self.path,
            "created": _iso(self.created),
            "primary": self.primary,
            "secondary": list(self.secondary),
            "block_start": _iso(self.block_start),
            "block_weeks": self.block_weeks,
            "wash_in_weeks": self.wash_in_weeks,
            "pace_mps": self.pace_mps,
            "exclude": list(self.exclude),
            "matters": dict(self.matters),
            "better": dict(self.better),
            "random_start": None if starts is None else [_iso(d) for d in starts],
        }


def read_plan(path: Path | str) -> Plan:
    """Read a plan.toml.

    Raises
    ------
    MissingInputError : there is no such file.
    FormatError : not TOML, an unknown key, a wrong type; names the key.
    InputError : an unknown outcome.
    """
    file = Path(path)
    if not file.is_file():
        raise MissingInputError(f"{file}: no such file", "docs/methods/before-after.md shows one")
    cure = "docs/methods/before-after.md shows a plan"
    try:
        table = msgspec.convert(toml_tables(file, toml_bytes(Source(file)), cure), _PlanTable)
    except msgspec.ValidationError as error:
        raise FormatError(file, str(error).replace("`", ""), cure) from None
    starts = table.random_start
    return Plan(
        created=table.created,
        primary=table.primary,
        secondary=SECONDARY if table.secondary is None else tuple(table.secondary),
        block_start=table.block_start,
        block_weeks=table.block_weeks,
        wash_in_weeks=table.wash_in_weeks,
        pace_mps=table.pace_mps,
        exclude=tuple(table.exclude),
        matters=dict(table.matters),
        better=dict(table.better),
        random_start=None if starts is None else (starts.first, starts.last),
        path=str(file),
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
