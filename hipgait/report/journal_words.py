"""The texts and tables of the journal's page, from a status."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from hipgait.names import OUTCOMES
from hipgait.report.journal_entries import told
from hipgait.report.journal_exercises import change_words
from hipgait.report.journal_glance import block_weeks, first_day
from hipgait.report.journal_marks import NAMES, glyph
from hipgait.report.journal_weeks import sessions
from hipgait.report.numbers import fixed, level, plural
from hipgait.report.page import safe
from hipgait.report.pieces import sentence
from hipgait.stats.run_values import RunValues
from hipgait.strength.audits import shoe_km, surface_runs
from hipgait.strength.bouts import find_bouts
from hipgait.strength.entries import AUDITS
from hipgait.strength.rules import Advice, day_words
from hipgait.strength.status import SHOWN_ENTRIES, Status

SHORT_H1: Final = 12
"""a first sentence of fewer characters ("Stop.") takes the next one with it"""


def date_words(day: dt.date) -> str:
    """``Friday 8 May 2026``."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def headline(advice: Advice) -> tuple[str, str]:
    """(first sentence, the rest) of an advice, with the change where no sentence names it."""
    parts = re.split(r"(?<=\.) (?=[A-Z])", advice.says.strip())
    if advice.change is not None and str(advice.change) not in advice.says:
        parts.append(f"Next time: {change_words(advice.change)}.")
    cut = 2 if len(parts[0]) < SHORT_H1 else 1
    return " ".join(parts[:cut]), " ".join(parts[cut:])


def facts(status: Status) -> str:
    """The line above the answer."""
    athlete, journal = status.athlete, status.journal
    parts = [athlete.name or "", date_words(status.today)]
    week = status.guidance.week
    if week is not None:
        parts.append(status.programme.week_words(week))
    if journal.entries():
        since = day_words(journal.entries()[0].date)
        runs = plural(len(journal.runs), "run")
        parts.append(f"{_session_words(status)}, {runs} logged since {since}")
    goal = athlete.goal
    if goal.text:
        parts.append(f"goal: {goal.text}" + (f", {day_words(goal.date)}" if goal.date else ""))
    return " · ".join(p for p in parts if p)


def _session_words(status: Status) -> str:
    """Sessions; those of activation alone by their own name, for they are no strength sessions."""
    done = len(sessions(status.journal, status.programme))
    bouts = [b for b in find_bouts(status.journal) if b.rows]
    light = sum(not b.is_hard(status.programme) for b in bouts)
    counts = [plural(done, "strength session")] if done or not light else []
    return ", ".join(counts + ([plural(light, "activation session")] if light else []))


def no_drop(status: Status, drawn: int, named: Sequence[RunValues]) -> str:
    """Why runs are not in the row of pelvic drop; "" where there is nothing to say.

    drawn : how many are in it.  named : the runs whose folders were named.
    """
    if not named and not drawn:
        return (
            "Pelvic drop of your runs stands here too when you name the folders that analyze wrote."
        )
    undated = sum(run.start is None for run in named)
    if undated:
        has, their = ("has", "its") if undated == 1 else ("have", "their")
        return (
            f"{plural(undated, 'run')} that you named {has} no date, so {their} pelvic drop is not "
            "drawn: write start_utc into run.toml and analyse again."
        )
    if not drawn:
        return f"The runs you named have no pelvic drop up to {day_words(status.today)}."
    return ""


def why(advice: Advice, status: Status) -> dict[str, Any]:
    """What an advice rests on, when it ends, where it can be changed."""
    entries = [
        f"{e.date:%a} {day_words(e.date)}: {told(e, status.programme)} ({e.ref})"
        for e in advice.entries[:SHOWN_ENTRIES]
    ]
    more = len(advice.entries) - len(entries)
    return {
        "decision": NAMES[advice.decision],
        "glyph": safe(glyph(advice.decision)),
        "says": advice.says,
        "entries": entries + ([f"and {more} more"] if more > 0 else []),
        "rule": advice.because,
        "source": advice.source,
        "ends": advice.ends,
        "change_at": advice.change_at,
    }


def next_in_line(status: Status) -> str:
    """The exercises that are ready while the day holds."""
    ready = [a.exercise for a in status.guidance.exercises if a.says.endswith(": waits.")]
    if not ready:
        return ""
    verb = "is" if len(ready) == 1 else "are"
    return f"{' and '.join(ready[:2])} {verb} next in line for a step up."


def rhythm(status: Status) -> list[str]:
    """How the last four weeks kept to the rhythm."""
    past = block_weeks(status)[-4:]
    if not past or not any(w.done for w in past):
        return []
    days = {d for w in past for d in w.days if d <= status.today}
    bouts = [b for b in find_bouts(status.journal) if b.rows and b.day in days]
    hard = [b for b in bouts if b.is_hard(status.programme)]
    apart = status.programme.template.hours_between_hard_sessions
    close = [
        later
        for earlier, later in pairwise(hard)
        if _hours(earlier.day, earlier.ended, later.day, later.ended) < apart
    ]
    runs = [r for r in status.journal.runs if r.date in days]
    strides = sum(bool(r.strides) for r in runs)
    wanted = sum(status.programme.is_day("short_stride", d) for d in days)
    kept = "yes" if not close else f"not on {', '.join(day_words(b.day) for b in close[-3:])}"
    told = [f"strength {sum(w.done for w in past)} of {sum(w.planned for w in past)} planned"]
    if strides or wanted:
        told.append(f"short strides {strides} of {wanted} planned")
    if len(hard) > 1:
        told.append(f"at least {apart} h between hard sessions: {kept}")
    return told


def _hours(day: dt.date, at: dt.datetime | None, later: dt.date, then: dt.datetime | None) -> float:
    if at is None or then is None:
        return (later - day).days * 24.0
    return (then - at).total_seconds() / 3600.0


def away(status: Status) -> str:
    """Days of illness or travel in the last four weeks."""
    recent = status.today - dt.timedelta(days=28)
    kinds = [n.kind for n in status.journal.notes if n.date > recent]
    days = [f"{plural(kinds.count(k), 'day')} {w}" for k, w in _AWAY if kinds.count(k)]
    return f"{sentence(', '.join(days))}: missed sessions are not made up for." if days else ""


_AWAY: Final = (("ill", "ill"), ("travel", "travelling"))


def ladder(status: Status) -> dict[str, Any] | None:
    """The way back: its rungs, done or open."""
    found = status.guidance.ladder
    if found is None:
        return None
    return {
        "why": found.why,
        "rungs": [{"says": r.says, "done": r.done} for r in found.rungs],
        "last": "short strides",
        "told": why(found.advice, status),
    }


def audits(status: Status) -> list[dict[str, str]]:
    """Shoes, surface and cadence: what is known, when it was looked at, whether it is due."""
    km, grounds = shoe_km(status.journal), surface_runs(status.journal)
    known = {
        "shoes": ", ".join(f"{shoe} {fixed(v, 0)} km" for shoe, v in km.items()),
        "surface": ", ".join(f"{name}: {plural(n, 'run')}" for name, n in grounds.items()),
        "cadence": "with the run reports",
    }
    days = f"{status.rules.number('audit', 'days'):g}"
    said = [a.says for a in status.audits]
    due = {name for name in AUDITS if any(f" {name}." in text for text in said)}
    rows = []
    for name in AUDITS:
        done = [n.date for n in status.journal.notes if n.kind == "audit" and n.text == name]
        looked = f"looked at on {day_words(max(done))}" if done else "not looked at yet"
        ask = f"due: hipgait journal note audit {name}" if name in due else f"every {days} days"
        rows.append({"name": name, "known": known[name] or "–", "looked": looked, "due": ask})
    return rows


def checks(status: Status) -> dict[str, Any] | None:
    """The latest check run against those before it."""
    if not status.check_changes:
        return None
    units = {o.name: (o.label, o.unit) for o in OUTCOMES}
    rows = []
    for c in status.check_changes:
        label, unit = units[c.outcome]
        usual = "–"
        if c.low is not None and c.high is not None:
            usual = f"{level(c.low, unit, bare=True)} to {level(c.high, unit, bare=True)}"
        mean = sum(c.before) / len(c.before)
        rows.append(
            {
                "label": f"{label}, {unit}",
                "before": level(mean, unit, bare=True),
                "latest": level(c.latest, unit, bare=True),
                "usual": usual,
                "finding": _CHECK[c.verdict],
            }
        )
    last = status.check_runs[-1]
    before = plural(len(status.check_runs) - 1, "check run")
    return {
        "head": f"{day_words(last.day)}, {last.shoe}, {last.surface}, against {before} before it",
        "rows": rows,
    }


_CHECK: Final = {
    "too_few_runs": "Too few runs",
    "as_before": "As before",
    "changed": "Changed",
    "beyond_usual": "Beyond the usual, too small to matter",
}


def asks(status: Status) -> list[dict[str, str]]:
    """What is missing, each with the command that gives it."""
    out = []
    for text in status.guidance.asks:
        words, _, command = text.partition("hipgait journal")
        tail = f"hipgait journal{command}" if command else ""
        out.append({"says": words.strip(), "command": tail})
    last = status.control[-1].remark() if status.control else None
    return [*out, *([{"says": last, "command": ""}] if last else [])]


def since(status: Status) -> str:
    """Caption of the weeks."""
    first = first_day(status)
    return f"One row a week, from {day_words(first)}."
