"""The rules of guidance as data: shipped in data/guidance.toml, changed by the journal's own."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from hipgait.errors import FormatError
from hipgait.resources import data_path
from hipgait.strength.entries import Entry
from hipgait.strength.tomlfile import convert, line_of, load_toml

FILE: Final = "guidance.toml"
Decision = Literal["stop", "rest", "regress", "hold", "progress"]
BOLDNESS: Final[dict[str, int]] = {"stop": 0, "rest": 1, "regress": 2, "hold": 3, "progress": 4}
"""Decisions, the most careful first."""

ALLOWED: Final = {
    "limit": (0, 10),
    "effort": (0, 10),
    "pain": (0, 10),
    "soreness": (0, 10),
    "days": (1, 365),
    "count": (1, 20),
}
"""Number of a rule -> what a journal may set it to."""


def day_words(day: dt.date) -> str:
    """``8 May``."""
    return f"{day.day} {day:%B}"


def moment_words(moment: dt.datetime) -> str:
    """``8 May``, or ``8 May, 18:30`` where it is not midnight."""
    at = moment.time()
    return day_words(moment.date()) + (f", {at:%H:%M}" if at != dt.time() else "")


def agreed(text: str) -> str:
    """``1 calm run`` of ``1 calm runs``: texts are written for many."""
    return _ONE.sub(lambda m: m[0][:-1], text)


def distinct(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Each entry once, in order."""
    return tuple({id(e): e for e in entries}.values())


_ONE: Final = re.compile(r"(?<![\d.,])1 (?:planned |calm )?(?:sessions|runs|days)\b")
FIXED: Final = ("red_flag", "one_change")
"""Rules that a journal cannot change."""
FIXED_WORDS: Final = "nowhere: this rule always holds"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: a decision, its words, its numbers.

    says, rule, ends : texts; names in braces are filled in from the numbers and the entries.
    source : a publication, or "our proposal".
    """

    decision: Decision
    says: str
    rule: str
    ends: str
    source: str
    on: bool = True
    limit: float | None = None
    days: float | None = None
    count: float | None = None
    effort: float | None = None
    pain: float | None = None
    soreness: float | None = None


@dataclass(frozen=True)
class Change:
    """The one thing that changes. what : sets, load, band, exercise, range or tempo."""

    what: Literal["sets", "load", "band", "exercise", "range", "tempo"]
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what} {self.before} → {self.after}"


@dataclass(frozen=True)
class Advice:
    """One decision with everything that led to it.

    rule : its name.  says : the sentence.  because : the rule in words.  source : of the rule.
    entries : what it rests on.  ends : when it is over.  change_at : where it can be changed.
    exercise : "" where it is about the whole session.  change : the one thing that changes.
    """

    decision: Decision
    rule: str
    says: str
    because: str
    source: str
    ends: str
    change_at: str
    entries: tuple[Entry, ...] = ()
    exercise: str = ""
    change: Change | None = None

    @property
    def boldness(self) -> int:
        """0 (stop) ... 4 (progress)."""
        return BOLDNESS[self.decision]


@dataclass(frozen=True)
class Rules:
    """All rules by name, in the order in which equally careful ones are preferred."""

    table: dict[str, Rule]

    def __getitem__(self, name: str) -> Rule:
        return self.table[name]

    def on(self, name: str) -> bool:
        """Whether a rule is switched on."""
        return self.table[name].on

    def number(self, name: str, key: str) -> float:
        """A number of a rule."""
        value = getattr(self.table[name], key)
        if value is None:
            raise KeyError(f"{name}.{key}")
        return float(value)

    def order(self, name: str) -> int:
        """Place of a rule in the file."""
        return list(self.table).index(name)

    def advise(
        self,
        name: str,
        entries: tuple[Entry, ...] = (),
        *,
        exercise: str = "",
        change: Change | None = None,
        **words: str,
    ) -> Advice:
        """The advice of a rule; ``words`` fill the braces of its texts."""
        rule = self.table[name]
        numbers = {k: f"{getattr(rule, k):g}" for k in ALLOWED if getattr(rule, k) is not None}
        fill = {**numbers, "exercise": exercise, "change": str(change or ""), **words}
        return Advice(
            decision=rule.decision,
            rule=name,
            says=agreed(rule.says.format(**fill)),
            because=agreed(rule.rule.format(**fill)),
            source=rule.source,
            ends=agreed(rule.ends.format(**fill)),
            change_at=FIXED_WORDS if name in FIXED else f"{FILE}, [{name}]",
            entries=entries,
            exercise=exercise,
            change=change,
        )


def read_rules(folder: Path | None = None) -> Rules:
    """The shipped rules with what the journal's guidance.toml switches or sets.

    Raises
    ------
    FormatError : unknown rule or key, a number out of its range, red_flag; with line and cure.
    """
    raw = load_toml(data_path(FILE))
    path = data_path(FILE)
    if folder is not None and (folder / FILE).is_file():
        path = folder / FILE
        for name, own in load_toml(path).items():
            raw[name] = _changed(path, name, raw, own)
    return Rules({name: convert(path, rule, Rule, name) for name, rule in raw.items()})


def _changed(path: Path, name: str, raw: dict[str, Any], own: Any) -> dict[str, Any]:
    line = line_of(path, name)
    if name not in raw:
        near = difflib.get_close_matches(name, raw, 1)
        cure = f"Did you mean {near[0]}? " if near else ""
        raise FormatError(
            path, f"unknown rule {name!r}", f"{cure}Known: {', '.join(raw)}", line=line
        )
    if not isinstance(own, dict):
        raise FormatError(path, f"{name} is no rule", f"Write [{name}], then on = false", line=line)
    if name in FIXED:
        raise FormatError(path, f"[{name}] cannot be changed", "Delete it", line=line)
    base: dict[str, Any] = raw[name]
    settable = ["on", *(key for key in ALLOWED if key in base)]
    for key, value in own.items():
        where = line_of(path, f"{name}.{key}")
        if key not in settable:
            cure = f"Here you can set: {', '.join(settable)}"
            raise FormatError(path, f"{name}.{key} cannot be set", cure, line=where)
        if key == "on" and not isinstance(value, bool):
            raise FormatError(path, f"{name}.on is {value!r}", "Write true or false", line=where)
        if key != "on":
            _check_number(path, f"{name}.{key}", value, ALLOWED[key], where)
    return {**base, **own}


def _check_number(
    path: Path, key: str, value: Any, span: tuple[float, float], line: int | None
) -> None:
    low, high = span
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        cure = f"Write a number from {low} to {high}"
        raise FormatError(path, f"{key} is {value!r}", cure, line=line)
