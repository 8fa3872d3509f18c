"""What a column of the journal may hold: text of a cell -> value, or what is wrong and the cure."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import Field, dataclass, field, fields
from typing import Any

from hipgait.io.cells import plain_cell

MAX_TEXT = 2000
"""longest cell, characters: more is a file that was mixed up, not a note"""


class BadCell(Exception):
    """What is wrong with a cell, and the cure."""

    def __init__(self, what: str, cure: str) -> None:
        self.what, self.cure = what, cure
        super().__init__(f"{what}. {cure}")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    parse : text that is not empty -> value; raises BadCell.
    need : whether it may not be empty.
    says : what belongs into it, for the documentation.
    """

    parse: Callable[[str], Any]
    says: str
    need: bool = False


def column(parse: Callable[[str], Any], says: str, *, need: bool = False, empty: Any = None) -> Any:
    """A dataclass field that is a column; ``empty`` is the value of an empty cell."""
    return field(default=empty, metadata={"column": Column(parse, says, need)})


def columns_of(row: type) -> dict[str, Column]:
    """Name -> column, in the order of a new file's header."""
    found: tuple[Field[Any], ...] = fields(row)
    return {f.name: f.metadata["column"] for f in found if "column" in f.metadata}


def empty_of(row: type, name: str) -> Any:
    """Value of an empty cell."""
    return next(f.default for f in fields(row) if f.name == name)


def date(text: str) -> dt.date:
    """``2026-05-06``."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise BadCell(f"{text!r} is not a day", "Write it like 2026-05-06") from None
    if not 2000 <= day.year <= 2099:
        raise BadCell(f"the year {day.year} cannot be", "Write the day like 2026-05-06")
    return day


def clock(text: str) -> dt.time:
    """``18:30``."""
    try:
        if not re.fullmatch(r"\d{1,2}:\d{2}", text):
            raise ValueError
        hour, minute = text.split(":")
        return dt.time(int(hour), int(minute))
    except ValueError:
        raise BadCell(f"{text!r} is not a time of day", "Write it like 18:30") from None


def number(
    low: float, high: float, unit: str = "", *, whole: bool = False
) -> Callable[[str], float]:
    """A number of a range; a comma serves as a point."""

    def parse(text: str) -> float:
        span = f"{low:g} to {high:g}{' ' + unit if unit else ''}"
        plain = text.replace(",", ".")
        if not re.fullmatch(r"[+-]?\d+(\.\d*)?", plain):
            raise BadCell(f"{text!r} is not a number", f"Write digits alone, {span}")
        value = float(plain)
        if not low <= value <= high:
            raise BadCell(f"{text} is not {span}", f"Write a number from {span}")
        if whole and value != int(value):
            raise BadCell(f"{text} is not a whole number", f"Write a whole number, {span}")
        return value

    return parse


def one_of(allowed: Iterable[str]) -> Callable[[str], str]:
    """One word of a list; blanks, hyphens and capitals do not matter."""
    words = tuple(allowed)

    def parse(text: str) -> str:
        word = re.sub(r"[\s\-]+", "_", text.strip().lower())
        if word not in words:
            near = difflib.get_close_matches(word, words, 1)
            cure = f"Did you mean {near[0]}? " if near else ""
            raise BadCell(f"unknown word {text!r}", f"{cure}Use one of: {', '.join(words)}")
        return word

    return parse


def several_of(allowed: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """Words of a list, parted by blanks."""
    parse_one = one_of(allowed)

    def parse(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(parse_one(word) for word in text.split()))

    return parse


def words(text: str) -> str:
    """Any text on one line."""
    plain = " ".join(plain_cell(text).split())
    if len(plain) > MAX_TEXT:
        raise BadCell(f"{len(plain)} characters", f"Keep a text below {MAX_TEXT}")
    if not plain.isprintable():
        raise BadCell("holds characters that cannot be printed", "Type the text again")
    return plain


def pattern(regex: str, what: str, example: str) -> Callable[[str], str]:
    """Text of a given form."""

    def parse(text: str) -> str:
        if not re.fullmatch(regex, text):
            raise BadCell(f"{text!r} is not {what}", f"Write it like {example}")
        return text

    return parse


def show(value: Any) -> str:
    """A value as the text of its cell."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)
