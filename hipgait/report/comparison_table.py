"""The table of all outcomes of a comparison, and the strip below the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.names import PRIMARY_OUTCOME, SIDES
from hipgait.report.comparison_view import ASPECTS, ChangeRow, ComparisonView, JournalRows
from hipgait.report.dots import icon, row_dots
from hipgait.report.numbers import (
    NONE,
    change,
    decimals,
    fixed,
    interval,
    level,
    p_bare,
    signed,
    size,
    unit_word,
)
from hipgait.report.phrases import PHRASES, VERDICTS
from hipgait.report.pieces import half_width
from hipgait.report.table import KeyOutcome
from hipgait.report.view import BY_NAME
from hipgait.strength.strength_tests import StrengthCourse

CHANGE_ONLY: Final = "pelvis_tilt_mean"
"""its level depends on how the sensor sat: not told"""
STRIP_MOST: Final = 2
"""outcomes in the strip; the journal adds up to two"""


@dataclass(frozen=True)
class Line:
    """One line of the table, as text.

    side : left | right | "" (both).
    uneven : the rounded levels differ by another amount than the rounded change.
    """

    label: str
    side: str
    note: str
    before: str
    after: str
    change: str
    interval: str
    dots: str
    p: str
    could_see: str
    matters: str
    finding: str
    primary: bool
    uneven: bool


def lines(view: ComparisonView) -> list[Line]:
    """Every outcome, the primary one first."""
    return [_line(r) for r in sorted(view.rows, key=lambda r: not r.primary)]


def _line(row: ChangeRow) -> Line:
    unit, half = row.unit, half_width(row.entry)
    tilt = row.name == CHANGE_ONLY
    before, after = (None, None) if tilt and row.aspect != "rise" else (row.before, row.after)
    entry = row.entry
    return Line(
        BY_NAME[row.name].label,
        row.key if row.key in SIDES else "",
        _note(row),
        _bare(before, row),
        _level(after, row),
        change(row.estimate, unit, half),
        interval(row.low, row.high, unit),
        row_dots(entry, row.matters, np.zeros(0)),
        _p(row.p),
        NONE if row.could_see is None else size(row.could_see, unit),
        size(row.matters, unit),
        VERDICTS[row.verdict].label,
        row.primary,
        _uneven(before, after, row.estimate, unit, half),
    )


def _level(value: float | None, row: ChangeRow) -> str:
    return (change if row.aspect == "rise" else level)(value, row.unit)


def _bare(value: float | None, row: ChangeRow) -> str:
    """Without its unit, which the next column bears."""
    if row.aspect != "rise" or value is None:
        return level(value, row.unit, bare=True)
    return signed(value, decimals(row.unit))


def _note(row: ChangeRow) -> str:
    if row.aspect != "level":
        return ASPECTS[row.aspect]
    both = row.key == "pooled" and BY_NAME[row.name].by_side
    return "both sides" if both and row.name == PRIMARY_OUTCOME else ""


def _p(p: float | None) -> str:
    return NONE if p is None else p_bare(p)


def _uneven(
    before: float | None, after: float | None, moved: float | None, unit: str, half: float | None
) -> bool:
    digits = decimals(unit)
    if before is None or after is None or moved is None or decimals(unit, half) != digits:
        return False
    a, b, c = (round(v, digits) for v in (before, after, moved))
    return abs(b - a - c) > 0.5 * 10.0**-digits


def uneven_note(found: list[Line]) -> str:
    """Why the last digits do not add up, with the first row where they do not."""
    row = next((r for r in found if r.uneven), None)
    if row is None:
        return ""
    return (
        "Changes are taken before rounding and at the same pace: "
        f"{row.before} to {row.after} is {row.change} here."
    )


def strip(view: ComparisonView) -> list[KeyOutcome]:
    """The question, the clearest of the others, and what the journal says."""
    told = [r for r in view.rows if r.estimate is not None]
    if not told:
        return _journal_strip(view.journal)
    lead = view.lead
    # other sides of the question would only say it twice
    told = [r for r in told if r is lead or r.name.split("_")[:2] != view.lead_name.split("_")[:2]]
    told.sort(key=lambda r: (r is not lead, r.verdict not in ("improved", "worse"), r.p or 1.0))
    out = [
        KeyOutcome(icon(r.entry, r.matters), VERDICTS[r.verdict].label, _told(r))
        for r in told[:STRIP_MOST]
    ]
    return out + _journal_strip(view.journal)


def _told(row: ChangeRow) -> str:
    who = f"{row.key} " if row.key in SIDES else ""
    what = PHRASES[row.name].thing + (f", {ASPECTS[row.aspect]}" if ASPECTS[row.aspect] else "")
    text = f"{who}{what} {change(row.estimate, row.unit, half_width(row.entry))}"
    limits = interval(row.low, row.high, row.unit)
    return text if limits == NONE else f"{text} ({limits})"


def _measured(courses: Sequence[StrengthCourse]) -> str:
    """The strength test that says most: one that is up, else one with a change, else the first."""
    course = max(courses, key=lambda c: (c.verdict == "up", c.mdc95 is not None, c.change or 0.0))
    who = f"{course.side} " if course.side in SIDES else ""
    what = who + course.test.replace("_", " ")
    if course.change is None or course.mdc95 is None:
        return f"{what}: too few tests to tell"
    digits = decimals(course.unit, course.mdc95)
    gain, error = signed(course.change, digits), fixed(course.mdc95, digits)
    return f"{what} {gain} {unit_word(course.unit)} (by chance up to ±{error})"


def _logged(journal: JournalRows) -> str:
    """What the first of the exercises that are drawn rose by in the log."""
    for test in journal.tests:
        gains = [course[-1][1] - course[0][1] for course in test.courses.values()]
        mean = sum(gains) / len(gains)
        gain = signed(mean, 0 if mean == round(mean) else 1)
        return f"{test.label[:1].lower()}{test.label[1:]} {gain} {test.unit}".rstrip()
    return ""


def _journal_strip(journal: JournalRows | None) -> list[KeyOutcome]:
    if journal is None:
        return []
    out = []
    heads = {True: "Strength up", False: "Strength not shown to be up", None: "Strength"}
    text = _measured(journal.measured) if journal.measured else _logged(journal)
    if text:
        out.append(KeyOutcome("", heads[journal.stronger], text))
    if journal.soreness:
        high = sum(v > journal.hold_above for _, v in journal.soreness)
        total = len(journal.soreness)
        head = "Soreness mostly low" if high * 5 <= total else "Soreness often high"
        limit = fixed(journal.hold_above, 0)
        out.append(KeyOutcome("", head, f"over {limit}/10: {high} of {total} times"))
    return out
