"""Shoes, surface and cadence, looked at again from time to time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from hipgait.strength.entries import AUDITS
from hipgait.strength.journal import Journal
from hipgait.strength.rules import Advice, Rules


def shoe_km(journal: Journal) -> dict[str, float]:
    """Shoe -> km: what was on it (notes of the kind ``shoe``) and every run with it since."""
    total: dict[str, float] = defaultdict(float)
    for note in journal.notes:
        if note.kind == "shoe" and note.text:
            total[note.text] += note.value or 0.0
    for run in journal.runs:
        if run.shoe:
            total[run.shoe] += run.km or 0.0
    return dict(sorted(total.items()))


def surface_runs(journal: Journal) -> dict[str, int]:
    """Surface -> number of runs."""
    count: dict[str, int] = defaultdict(int)
    for run in journal.runs:
        if run.surface:
            count[run.surface] += 1
    return dict(sorted(count.items()))


def due_audits(journal: Journal, rules: Rules, today: dt.date) -> list[Advice]:
    """A reminder for each that was not looked at for long; none in the first weeks of a journal."""
    if not rules.on("audit") or not journal.runs:
        return []
    first = journal.runs[0].date
    found = []
    for name in AUDITS:
        done = [n for n in journal.notes if n.kind == "audit" and n.text == name]
        last = max((n.date for n in done), default=first)
        if (today - last).days >= rules.number("audit", "days"):
            entries = tuple(n for n in done if n.date == last)
            found.append(rules.advise("audit", entries, seen=name))
    return found
