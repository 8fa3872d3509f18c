"""Short words for journals in tests. Day 0 is Monday 2 March 2026."""

from __future__ import annotations

import csv
import datetime as dt
from itertools import count
from pathlib import Path
from typing import Any

from hipgait.strength.athlete import Athlete, History, Limits
from hipgait.strength.entries import FILE_OF, Entry, Exercise, Note, Pain, Ref, Run, Soreness
from hipgait.strength.fields import columns_of, show
from hipgait.strength.guidance import Guidance, advise
from hipgait.strength.journal import make_journal
from hipgait.strength.programme import Programme, read_programme
from hipgait.strength.rules import Rules, read_rules

MONDAY = dt.date(2026, 3, 2)
PROGRAMME: Programme = read_programme()
RULES: Rules = read_rules()
HEALTHY = Athlete(history=History(hip_or_knee="no"))
_lines = count(2)


def day(n: int) -> dt.date:
    return MONDAY + dt.timedelta(days=n)


def _ref(kind: type) -> Ref:
    return Ref(FILE_OF[kind], next(_lines))


def did(n: int, exercise: str = "clamshell", **cells: Any) -> Exercise:
    """A clean session of an exercise."""
    clean = {"sets": 2.0, "reps": 12.0, "rpe": 6.0, "form": "held", "done": "all"}
    return Exercise(date=day(n), exercise=exercise, ref=_ref(Exercise), **{**clean, **cells})


def sore(
    n: int, level: float, after: int = 48, region: str = "gluteal", time: dt.time | None = None
) -> Soreness:
    """Soreness after the session of day n."""
    cells = {"after_h": str(after), "region": region, "left": level, "time": time}
    return Soreness(date=day(n + after // 24), ref=_ref(Soreness), **cells)


def hurt(
    n: int, level: float, region: str = "knee", side: str | None = "left", **cells: Any
) -> Pain:
    return Pain(date=day(n), level=level, region=region, side=side, ref=_ref(Pain), **cells)


def ran(n: int, effort: float | None = 3.0, **cells: Any) -> Run:
    return Run(date=day(n), minutes=40.0, effort=effort, ref=_ref(Run), **cells)


def noted(n: int, kind: str, text: str | None = None, value: float | None = None) -> Note:
    return Note(date=day(n), kind=kind, text=text, value=value, ref=_ref(Note))


def clean_pair(exercise: str = "clamshell", **cells: Any) -> list[Entry]:
    """Two clean sessions, Monday and Wednesday, with their soreness: ready on Friday, day 4."""
    return [
        did(0, exercise, **cells),
        sore(0, 1),
        did(2, exercise, **cells),
        sore(2, 1),
    ]


def limited(**limits: Any) -> Athlete:
    return Athlete(history=History(hip_or_knee="no"), limits=Limits(**limits))


def ask(
    entries: list[Entry],
    today: int,
    athlete: Athlete = HEALTHY,
    rules: Rules = RULES,
    now: dt.time | None = None,
) -> Guidance:
    return advise(make_journal(entries), athlete, PROGRAMME, rules, day(today), now)


def write(folder: Path, entries: list[Entry]) -> Path:
    """A journal's files with these entries."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, file in FILE_OF.items():
        names = list(columns_of(kind))
        mine = [e for e in entries if isinstance(e, kind)]
        with (folder / file).open("w", newline="", encoding="utf-8") as handle:
            lines = csv.writer(handle)
            lines.writerow(names)
            lines.writerows([show(getattr(e, n)) for n in names] for e in mine)
    return folder
