"""Guidance: from the journal to one decision, with what led to it.

Every rule that is met gives an advice; the most careful one is the answer of the day, the others
are shown below it. A red flag replaces everything. At most one advice is a step up, and it changes
one thing. Guidance is a set of rules applied to a runner's own entries: no diagnosis, no promise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hipgait.strength import athlete as athletes
from hipgait.strength.athlete import Athlete
from hipgait.strength.bouts import LATE, Bout, ended, find_bouts, hard_rows, sessions_of, worst
from hipgait.strength.entries import Entry, Soreness
from hipgait.strength.journal import Journal
from hipgait.strength.ladder import Ladder, find_ladder, start_lower
from hipgait.strength.pain import open_pain, pain_advice, painful, red_flags
from hipgait.strength.programme import Programme
from hipgait.strength.rules import Advice, Rules, day_words, distinct, moment_words
from hipgait.strength.steps import DUE_H, Plan, Step, find_steps

CUE_RULES: Final = frozenset(
    {"soreness_48h", "soreness_high", "soreness_long", "sore_three"}
    | {"form", "form_again", "control_drift"}
)
"""Rules with which the cues of the exercises are shown again."""


@dataclass(frozen=True)
class Guidance:
    """What the entries say on a day.

    answer : the most careful advice.  also : the others that are met, the most careful first.
    exercises : one advice an exercise of the last two weeks; at most one is a step up.
    ladder : the way back after a break or pain, or None.
    asks : entries that are missing.
    remarks : what was seen and decides nothing.
    cues : of the last session's exercises, shown again after soreness or lost form.
    week : of the block, or None.
    paused : a red flag: only ``answer`` counts, everything else is empty.
    """

    answer: Advice
    also: tuple[Advice, ...] = ()
    exercises: tuple[Advice, ...] = ()
    ladder: Ladder | None = None
    asks: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    week: int | None = None
    paused: bool = False


def advise(
    journal: Journal,
    athlete: Athlete,
    programme: Programme,
    rules: Rules,
    today: dt.date,
    now: dt.time | None = None,
) -> Guidance:
    """The guidance of a day, from the entries up to it.

    now : time of day. Hours are counted where it and the time of a session are known, else days.
    """
    journal = journal.until(today)
    flag = red_flags(journal, rules)
    if flag is not None:
        return Guidance(flag, paused=True)
    bouts = find_bouts(journal)
    sessions = sessions_of(bouts)
    start = athlete.plan.start or (sessions[0].day if sessions else None)
    week = programme.week(start, today)
    plan = Plan(programme, athlete, rules, week, today, now, painful(journal, rules))
    steps = find_steps(sessions, plan)
    day = [
        *_pain(journal, sessions, plan),
        *_rhythm(sessions, plan),
        *_soreness(bouts, rules),
        *_waiting(journal, sessions, plan),
        *(step.advice for step in steps if step.advice.decision == "regress"),
    ]
    day.sort(key=lambda a: (a.boldness, rules.order(a.rule)))
    answer, exercises = _one_change(day, steps, rules)
    return Guidance(
        answer=answer,
        also=tuple(a for a in day if a is not answer),
        exercises=exercises,
        ladder=find_ladder(journal, sessions, rules, today),
        asks=tuple(_asks(journal, sessions, plan)),
        remarks=tuple(_remarks(sessions, programme)),
        cues=tuple(_cues(day, sessions, programme)),
        week=week,
    )


def _pain(journal: Journal, sessions: list[Bout], plan: Plan) -> list[Advice]:
    """What pain asks for; where none of it asks for rest any more, how to begin again."""
    found = pain_advice(journal, plan.rules)
    lower = start_lower(journal, sessions, plan.rules, plan.today)
    if lower is not None and all(a.decision != "rest" for a in found):
        found.append(lower)
    return found


def _rhythm(sessions: Sequence[Bout], plan: Plan) -> Iterator[Advice]:
    """Rest between hard sessions and before a key run; breaks and missed sessions."""
    rules, template, today = plan.rules, plan.programme.template, plan.today
    if not sessions:
        return
    last = sessions[-1]
    hard = [b for b in sessions if b.is_hard(plan.programme)]
    apart = template.hours_between_hard_sessions
    rows = hard_rows(hard[-1], plan.programme) if hard else ()
    until = plan.begun(apart, hard[-1].day, ended(hard[-1].day, rows)) if hard else None
    if until is not None and rules.on("spacing"):
        yield rules.advise(
            "spacing",
            rows,
            seen="today" if hard[-1].day == today else f"on {day_words(hard[-1].day)}",
            hours=str(apart),
            until=moment_words(until),
        )
    ahead = key_run_ahead(plan)
    if ahead is not None and rules.on("key_run"):
        hours = str(template.hours_before_key_run)
        yield rules.advise("key_run", seen=moment_words(ahead), hours=hours)
    gap = (today - last.day).days
    if gap >= rules.number("long_break", "days"):
        if rules.on("long_break"):
            yield rules.advise("long_break", last.rows, seen=f"{gap} days")
        return
    between = [last.day + dt.timedelta(days=i) for i in range(1, gap)]
    missed = [day for day in between if plan.programme.is_day("strength", day)]
    long_enough = gap >= rules.number("missed", "days")
    if rules.on("missed") and long_enough and len(missed) >= rules.number("missed", "count"):
        yield rules.advise("missed", last.rows, seen=str(len(missed)))


def key_run_ahead(plan: Plan) -> dt.datetime | None:
    """The key run before which a hard session would come too late, or None.

    With ``key_run_time`` hours are counted, from now or from the end of the day; else days.
    """
    template, today = plan.programme.template, plan.today
    at, free = template.key_run_time, dt.timedelta(hours=template.hours_before_key_run)
    midnight = dt.datetime.combine(today, dt.time())
    for day in (midnight + dt.timedelta(days=k) for k in range(free.days + 2)):
        if not plan.programme.is_day("key_run", day.date()):
            continue
        begins = dt.datetime.combine(day.date(), at or dt.time())
        first = midnight if plan.now is None or at is None else dt.datetime.combine(today, plan.now)
        last = midnight + dt.timedelta(days=1) if first == midnight else first
        if first < begins and begins - last < free:
            return begins
    return None


def _soreness(bouts: Sequence[Bout], rules: Rules) -> Iterator[Advice]:
    """The 48 h rule, on the latest session whose soreness after 48 h is known."""
    known = [b for b in bouts if b.late]
    if not known:
        return
    last = known[-1]
    three = rules.number("sore_three", "limit")
    row = known[-3:] if len(known) >= 3 else []
    if row and rules.on("sore_three") and all(worst(b.late) > three for b in row):
        sore: list[Entry] = [s for b in row for s in b.late]
        yield rules.advise("sore_three", distinct([*sore, *(r for b in row for r in b.rows)]))
    for name, hours, least in (
        ("soreness_high", LATE, True),
        ("soreness_long", ("72", "96"), False),
        ("soreness_48h", LATE, False),
    ):
        limit = rules.number(name, "limit")
        met = [s for s in last.sore(*hours) if s.level > limit or (least and s.level >= limit)]
        if met and rules.on(name):
            yield rules.advise(name, distinct([*met, *last.rows]), seen=_sore_words(met))
            return


def _sore_words(met: Sequence[Soreness]) -> str:
    """The worst of some soreness entries in words."""
    most = max(met, key=lambda s: s.level)
    side = "left" if most.left == most.level else "right"
    if most.left == most.right:
        side = "left and right"
    region = most.region.replace("_", " ")
    return f"Your {region}, {side}, was {most.level:g} of 10 after {most.after_h} h"


def _waiting(journal: Journal, sessions: Sequence[Bout], plan: Plan) -> Iterator[Advice]:
    """What must be known before anything is added."""
    rules = plan.rules
    if not sessions:
        if rules.on("nothing_logged"):
            yield rules.advise("nothing_logged")
    else:
        last = sessions[-1]
        due = plan.begun(DUE_H, last.day, last.ended if plan.now else None) is None
        name = "soreness_missing" if due else "not_due"
        if not last.known_late and rules.on(name):
            yield rules.advise(name, last.rows, seen=day_words(last.day))
    if plan.athlete.needs_physiotherapist and rules.on("history"):
        yield rules.advise("history")
    tests = [n for n in journal.notes if n.kind == "control_test"]
    latest = [n for n in tests if n.date == tests[-1].date] if tests else []
    drifted = tuple(n for n in latest if n.text == "drifted_in")
    if drifted and rules.on("control_drift"):
        yield rules.advise("control_drift", drifted)


def _one_change(
    day: Sequence[Advice], steps: Sequence[Step], rules: Rules
) -> tuple[Advice, tuple[Advice, ...]]:
    """(the answer, one advice an exercise): a step up at most for the one that waited longest."""
    ready = [s for s in steps if s.advice.decision == "progress"]
    first = min(ready, key=lambda s: s.since, default=None)
    held = day[0] if day else None
    shown: list[Advice] = []
    for step in steps:
        advice = step.advice
        if advice.decision == "progress":
            if held is not None:
                advice = replace(
                    held, exercise=advice.exercise, change=None, says=f"{advice.exercise}: waits."
                )
            elif step is not first or not rules.on("progress"):
                advice = rules.advise("one_change", advice.entries, exercise=advice.exercise)
        shown.append(advice)
    if held is not None:
        return held, tuple(shown)
    if first is not None and rules.on("progress"):
        return first.advice, tuple(shown)
    blocking = distinct([e for advice in shown for e in advice.entries])
    nearest = max(shown, key=lambda a: -rules.order(a.rule), default=None)
    seen = nearest.says.split("in a row. ")[-1] if nearest is not None else ""
    return rules.advise("two_clean", blocking, seen=seen), tuple(shown)


def _asks(journal: Journal, sessions: Sequence[Bout], plan: Plan) -> Iterator[str]:
    """Entries that are missing, each with how to give it."""
    if plan.athlete.history.hip_or_knee is None:
        yield athletes.QUESTION
    for bout in sessions[-3:]:
        due = plan.begun(DUE_H, bout.day, bout.ended if plan.now else None) is None
        if not bout.known_late and due:
            yield (
                f"How sore were you 48 h after {day_words(bout.day)}? "
                f"hipgait journal soreness REGION --left N --right N "
                f"--date {bout.day + dt.timedelta(days=2)}"
            )
    for (region, side), entries in open_pain(journal, plan.rules).items():
        last = entries[-1]
        if last.date < plan.today:
            where = f"{side} {region}".strip().replace("_", " ")
            yield (
                f"Your last entry for pain, {where}, is {last.level:g} of 10 "
                f"({day_words(last.date)}): how is it now? hipgait journal pain {region} LEVEL"
                + (f" --side {side}" if side else "")
            )


def _cues(day: Sequence[Advice], sessions: Sequence[Bout], programme: Programme) -> Iterator[str]:
    """The cue of each exercise of the last session, where soreness or form asks for them."""
    if not sessions or not any(advice.rule in CUE_RULES for advice in day):
        return
    for name in dict.fromkeys(row.exercise for row in sessions[-1].rows):
        if name in programme.exercise:
            move = programme.exercise[name]
            yield f"{move.name}: {move.cue}"


def _remarks(sessions: Sequence[Bout], programme: Programme) -> Iterator[str]:
    """Activation comes before loading."""
    if not sessions:
        return
    last = sessions[-1]
    light = [r for r in last.rows if r.exercise in programme.exercise]
    warm = any(programme.exercise[r.exercise].phase == "activation" for r in light)
    if last.is_hard(programme) and not warm:
        yield (
            f"No activation was logged on {day_words(last.day)}: a few minutes of it come before "
            "the harder exercises, and before a run."
        )


def read_setup(folder: Path) -> tuple[Programme, Athlete, Rules]:
    """Programme, athlete and rules of a journal. Raises FormatError."""
    from hipgait.strength.programme import read_programme
    from hipgait.strength.rules import read_rules

    programme = read_programme(folder)
    athlete = athletes.read_athlete(folder, frozenset(programme.exercise))
    return programme, athlete, read_rules(folder)
