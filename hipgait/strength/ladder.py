"""The way back after a break or pain: lower, two calm runs, the control test, then strides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

from hipgait.strength.bouts import Bout
from hipgait.strength.entries import Entry, Run
from hipgait.strength.journal import Journal
from hipgait.strength.pain import painful
from hipgait.strength.rules import Advice, Rules, agreed, day_words


@dataclass(frozen=True)
class Rung:
    """One step of the ladder."""

    says: str
    done: bool
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Ladder:
    """The way back. since : first day of it; rungs in order."""

    since: dt.date
    why: str
    rungs: tuple[Rung, ...]
    advice: Advice


def find_ladder(
    journal: Journal, sessions: list[Bout], rules: Rules, today: dt.date
) -> Ladder | None:
    """The ladder on which a runner stands; None where there is none, or all of it is done."""
    if not rules.on("ladder"):
        return None
    start = _start(journal, sessions, rules, today)
    if start is None or (today - start[0]).days > rules.number("ladder", "days"):
        return None
    since, why, first = start
    effort, count = rules.number("ladder", "effort"), int(rules.number("ladder", "count"))
    bad = painful(journal, rules)
    lower = tuple(row for bout in sessions if bout.day >= first for row in bout.rows)
    calm = tuple(
        r for r in journal.runs if r.date > since and _is_calm(r, effort) and r.date not in bad
    )
    test = tuple(
        n
        for n in journal.notes
        if n.kind == "control_test" and n.text == "as_before" and n.date >= first
    )
    rungs = (
        Rung("a strength session, 20 to 30 % lower", bool(lower), lower),
        Rung(agreed(f"{count} calm runs, effort {effort:g} or less"), len(calm) >= count, calm),
        Rung("the control test as before", bool(test), test),
    )
    if all(rung.done for rung in rungs):
        return None
    missing = ", then ".join(rung.says for rung in rungs if not rung.done)
    seen = f"{why}; first {missing}"
    entries = tuple(e for rung in rungs for e in rung.entries)
    return Ladder(since, why, rungs, rules.advise("ladder", entries, seen=seen))


def _is_calm(run: Run, effort: float) -> bool:
    easy = run.effort is not None and run.effort <= effort
    return easy and run.key != "yes" and not run.strides


def start_lower(
    journal: Journal, sessions: list[Bout], rules: Rules, today: dt.date
) -> Advice | None:
    """The first session after pain is a lower one; None without such pain, or once it is logged."""
    hurt = painful(journal, rules)
    if not hurt or not sessions or not rules.on("after_pain"):
        return None
    last = max(hurt)
    if sessions[-1].day > last or (today - last).days > rules.number("after_pain", "days"):
        return None
    return rules.advise("after_pain", tuple(hurt[last]), seen=f"pain on {day_words(last)}")


def _start(
    journal: Journal, sessions: list[Bout], rules: Rules, today: dt.date
) -> tuple[dt.date, str, dt.date] | None:
    """(day, reason, first day that counts) of the latest break or pain.

    The session in which it hurt is not the lower one.
    """
    found = [
        (day, f"pain on {day_words(day)}", day + dt.timedelta(days=1))
        for day in painful(journal, rules)
    ]
    days = [*(bout.day for bout in sessions), today]
    least = rules.number("long_break", "days")
    for before, after in pairwise(days):
        if (after - before).days >= least:
            found.append((after, f"{(after - before).days} days without a session", after))
    return max(found, key=lambda f: (f[0], f[2]), default=None)
