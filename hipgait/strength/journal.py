"""The journal: a folder of CSV files that a person can edit and that merge line by line.

::

    journal/
      sessions.csv  soreness.csv  pain.csv  runs.csv  tests.csv  notes.csv   one line an entry
      athlete.toml  programme.toml  guidance.toml                   optional, edited by hand

hipgait only ever adds lines. docs/journal.md has every column.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from hipgait.errors import FormatError, InputError
from hipgait.io.append import append_row, read_header
from hipgait.io.files import Source
from hipgait.strength.entries import (
    FILE_OF,
    TABLES,
    Entry,
    Exercise,
    Note,
    Pain,
    Ref,
    Run,
    Soreness,
    StrengthTest,
    complaint,
)
from hipgait.strength.fields import BadCell, columns_of, empty_of, show

E = TypeVar("E", Exercise, Soreness, Pain, Run, StrengthTest, Note)

MERGE_RULE: Final = "*.csv merge=union\n"
"""Content of .gitattributes: git keeps the lines of both sides."""


@dataclass(frozen=True)
class Journal:
    """All entries, each table sorted by day, then by line."""

    sessions: tuple[Exercise, ...] = ()
    soreness: tuple[Soreness, ...] = ()
    pain: tuple[Pain, ...] = ()
    runs: tuple[Run, ...] = ()
    tests: tuple[StrengthTest, ...] = ()
    notes: tuple[Note, ...] = ()
    folder: Path = field(default=Path("journal"), compare=False)

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, by day."""
        every: list[Entry] = [
            *self.sessions,
            *self.soreness,
            *self.pain,
            *self.runs,
            *self.tests,
            *self.notes,
        ]
        return tuple(sorted(every, key=lambda e: e.date))

    def until(self, day: dt.date) -> Journal:
        """What was known on a day: later entries are left out."""
        return make_journal([e for e in self.entries() if e.date <= day], self.folder)

    def without(self, entry: Entry) -> Journal:
        """The journal without one entry."""
        return make_journal([e for e in self.entries() if e is not entry], self.folder)


def make_journal(entries: Collection[Entry], folder: Path = Path("journal")) -> Journal:
    """A journal of entries, sorted."""

    def of(kind: type[E]) -> tuple[E, ...]:
        mine = [e for e in entries if isinstance(e, kind)]
        return tuple(sorted(mine, key=lambda e: (e.date, e.ref.line)))

    parts = of(Exercise), of(Soreness), of(Pain), of(Run), of(StrengthTest), of(Note)
    return Journal(*parts, folder)


def read_journal(folder: Path | str, exercises: Collection[str] | None = None) -> Journal:
    """Read and check a journal; a folder that is not there is an empty one.

    Parameters
    ----------
    exercises : names of the programme; None takes any.

    Raises
    ------
    FormatError : a line that cannot be; names file, line, column and cure.
    """
    home = Path(folder)
    if home.exists() and not home.is_dir():
        raise InputError(f"{home}: is a file, not a journal", "Name the journal's folder")
    found: list[Entry] = []
    for file, row in TABLES.items():
        if (home / file).exists():
            found += read_table(home / file, row, exercises)
    return make_journal(found, home)


def read_table(
    path: Path, row: type[Entry], exercises: Collection[str] | None = None
) -> list[Entry]:
    """The entries of one file, in its order. Raises FormatError."""
    try:
        text = Source(path).read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FormatError(path, "is not UTF-8 text", "Save it as CSV UTF-8", line=line) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise FormatError(path, "holds a null character", "Type the line again", line=line)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return []
    delimiter, header = _checked_header(path, lines[first], first + 1, row)
    reader = csv.reader(lines[first + 1 :], delimiter=delimiter, strict=True)
    found: list[Entry] = []
    line = first + 2
    try:
        for cells in reader:
            here, line = line, first + 2 + reader.line_num
            if not any(cell.strip() for cell in cells) or cells == header:  # a merge may repeat it
                continue
            entry = _entry(path, here, header, cells, row)
            if exercises is not None and isinstance(entry, Exercise):
                _known(path, entry, exercises)
            found.append(entry)
    except csv.Error as error:
        cure = 'Close the quotation mark, or double it inside a text ("")'
        raise FormatError(path, f"not CSV ({error})", cure, line=line) from None
    return found


def _checked_header(path: Path, text: str, line: int, row: type[Entry]) -> tuple[str, list[str]]:
    delimiter, header = read_header(text)
    known = columns_of(row)
    cure = f"The first line is: {','.join(known)}"
    if header and header[0].startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise FormatError(path, "a merge was left half done", _MERGE_CURE, line=line)
    for name in header:
        if name not in known:
            raise FormatError(path, f"unknown column {name!r}", cure, line=line)
        if header.count(name) > 1:
            raise FormatError(path, f"column {name} stands twice", cure, line=line)
    for name, column in known.items():
        if column.need and name not in header:
            raise FormatError(path, f"no column {name}", cure, line=line)
    return delimiter, header


_MERGE_CURE: Final = "Keep the lines of both sides and delete the lines with <<<, === and >>>"


def _entry(path: Path, line: int, header: list[str], cells: list[str], row: type[Entry]) -> Entry:
    if cells[0].startswith(("<<<<<<<", "=======", ">>>>>>>")):
        raise FormatError(path, "a merge was left half done", _MERGE_CURE, line=line)
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        cure = "Put a text with commas into quotation marks"
        raise FormatError(path, f"{len(cells)} values for {len(header)} columns", cure, line=line)
    if len(cells) < len(header):
        cure = "Complete the line (empty values keep their comma), or delete it"
        raise FormatError(path, f"{len(cells)} of {len(header)} values", cure, line=line)
    texts = dict(zip(header, cells, strict=False))
    return build_entry(row, texts, path=path, line=line)


def build_entry(
    row: type[Entry], texts: Mapping[str, str], *, path: Path | str, line: int | None
) -> Entry:
    """An entry from the texts of its cells. Raises FormatError with the column."""
    values: dict[str, Any] = {}
    for name, column in columns_of(row).items():
        text = texts.get(name, "").strip()
        if not text:
            if column.need:
                cure = f"Write {column.says}"
                raise FormatError(path, "is empty", cure, line=line, column=name)
            values[name] = empty_of(row, name)
            continue
        try:
            values[name] = column.parse(text)
        except BadCell as bad:
            raise FormatError(path, bad.what, bad.cure, line=line, column=name) from None
    entry = row(**values, ref=Ref(Path(path).name, line or 0))
    wrong = complaint(entry)
    if wrong is not None:
        raise FormatError(path, wrong[1], wrong[2], line=line, column=wrong[0])
    return entry


def _known(path: Path, entry: Exercise, exercises: Collection[str]) -> None:
    if entry.exercise not in exercises:
        import difflib

        near = difflib.get_close_matches(entry.exercise, sorted(exercises), 3)
        cure = f"Did you mean {' or '.join(near)}? " if near else ""
        raise FormatError(
            path,
            f"unknown exercise {entry.exercise!r}",
            f"{cure}Correct it, or add the exercise to programme.toml",
            line=entry.ref.line or None,
            column="exercise",
        )


def check_entry(entry: Entry, folder: Path, exercises: Collection[str], today: dt.date) -> None:
    """Refuse a new entry that names no exercise of the programme or lies in the future."""
    file = FILE_OF[type(entry)]
    if entry.date > today:
        raise InputError(f"{file}: {entry.date} has not come yet", "Give the day it happened")
    if isinstance(entry, Exercise):
        _known(folder / file, entry, exercises)


def add(folder: Path | str, entry: Entry) -> Ref:
    """Add an entry; once this returns it is on the disk. Returns where it stands.

    Raises
    ------
    InputError : the folder cannot be written.  FormatError : the file's header lacks a column.
    """
    home = Path(folder)
    file = FILE_OF[type(entry)]
    names = list(columns_of(type(entry)))
    line = append_row(home / file, names, {n: show(getattr(entry, n)) for n in names})
    rule = home / ".gitattributes"
    if not rule.exists():
        with suppress(OSError):  # the entry is kept; git's rule is a convenience
            rule.write_text(MERGE_RULE, encoding="utf-8", newline="\n")
    return Ref(file, line)
