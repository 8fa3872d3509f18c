"""What each exercise's own sessions say: a step up, the same again, or a step back."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hipgait.strength.athlete import Athlete
from hipgait.strength.bouts import Bout
from hipgait.strength.entries import BANDS, Entry, Exercise, Soreness
from hipgait.strength.programme import Move, Programme
from hipgait.strength.rules import Advice, Change, Rules, day_words, distinct

ACTIVE_DAYS: Final = 14
"""Exercises that were not done for longer are no longer part of the block, days (the length of a
break after which one starts lower)."""
LOAD_STEP: Final = (1.05, 1.10)
"""A step of load (our proposal): 5 to 10 %."""
DUE_H: Final = 48
"""soreness is asked for from so many hours after a session on"""
TEMPO_SLOWER: Final = "one second longer on the way down"


@dataclass(frozen=True)
class Plan:
    """What holds for all exercises of a day.

    now : time of day, where it is known.  hurt : days with pain that asked for rest -> its entries.
    """

    programme: Programme
    athlete: Athlete
    rules: Rules
    week: int | None
    today: dt.date
    now: dt.time | None = None
    hurt: Mapping[dt.date, Sequence[Entry]] = field(default_factory=dict)

    def begun(self, hours: float, since: dt.date, at: dt.datetime | None) -> dt.datetime | None:
        """When ``hours`` after a day or a moment are over, while they are not; else None.

        at : the moment, where it is known; then hours are counted, else days. Without ``now`` the
        day counts from its start.
        """
        if at is None:
            end = since + dt.timedelta(days=math.ceil(hours / 24))
            return dt.datetime.combine(end, dt.time()) if self.today < end else None
        over = at + dt.timedelta(hours=hours)
        return over if dt.datetime.combine(self.today, self.now or dt.time()) < over else None


@dataclass(frozen=True)
class Occasion:
    """One exercise in one session."""

    rows: tuple[Exercise, ...]
    bout: Bout

    @property
    def dose(self) -> tuple[tuple[object, ...], ...]:
        """What was done, without how it went."""
        doses = {
            (r.side or "", r.sets, r.reps, r.seconds, r.load_kg or 0.0, r.band or "none")
            + (r.tempo or "", r.range or "full")
            for r in self.rows
        }
        return tuple(sorted(doses, key=str))

    def form(self) -> str:
        """The worst form: held, drifted_in or lost."""
        forms = {r.form for r in self.rows}
        return next((f for f in ("lost", "drifted_in") if f in forms), "held")

    def highest(self, name: str) -> float:
        """Highest effort or pain."""
        return max((getattr(r, name) or 0.0 for r in self.rows), default=0.0)


@dataclass(frozen=True)
class Step:
    """What an exercise's sessions say.

    advice : hold or regress; or progress, if its turn comes.  since : when its dose began.
    """

    exercise: str
    advice: Advice
    since: dt.date


def find_steps(bouts: Sequence[Bout], plan: Plan) -> list[Step]:
    """One step an exercise of the last two weeks, in the order of the programme."""
    first = plan.today - dt.timedelta(days=ACTIVE_DAYS)
    names = {r.exercise for b in bouts if b.day >= first for r in b.rows}
    known = [name for name in plan.programme.exercise if name in names]
    return [_step(name, occasions(name, bouts), plan) for name in known]


def occasions(name: str, bouts: Sequence[Bout]) -> list[Occasion]:
    """Sessions with an exercise, oldest first."""
    found = [(tuple(r for r in b.rows if r.exercise == name), b) for b in bouts]
    return [Occasion(rows, bout) for rows, bout in found if rows]


def _step(name: str, done: Sequence[Occasion], plan: Plan) -> Step:
    move = plan.programme.exercise[name]
    advice = (
        _limited(name, move, done[-1], plan)
        or _back(name, move, done, plan)
        or _same(move, done[-1], plan)
        or _not_clean(move, done, plan)
        or _up(name, move, done, plan)
    )
    since = done[-1]
    for occasion in reversed(done):
        if occasion.dose != since.dose:
            break
        since = occasion
    return Step(name, advice, since.bout.day)


def _limited(name: str, move: Move, last: Occasion, plan: Plan) -> Advice | None:
    """What a clinician excluded or capped."""
    limits, rules = plan.athlete.limits, plan.rules
    down = _easier(move, plan)
    if name in limits.avoid and rules.on("avoid"):
        return rules.advise("avoid", last.rows, exercise=move.name, change=down)
    if limits.max_level is not None and move.level > limits.max_level and rules.on("above_cap"):
        return rules.advise("above_cap", last.rows, exercise=move.name, change=down)
    return None


def _back(name: str, move: Move, done: Sequence[Occasion], plan: Plan) -> Advice | None:
    """A step back: form or pain."""
    rules, last = plan.rules, done[-1]
    form, before = last.form(), done[-2].form() if len(done) > 1 else "held"
    down = _easier(move, plan)
    if rules.on("form_again") and (form == "lost" or (form == "drifted_in" and before != "held")):
        rows = last.rows if form == "lost" else (*done[-2].rows, *last.rows)
        return rules.advise("form_again", rows, exercise=move.name, change=down)
    pain = last.highest("pain")
    if rules.on("exercise_pain") and pain >= rules.number("exercise_pain", "limit"):
        return rules.advise("exercise_pain", last.rows, exercise=move.name, change=down)
    if rules.on("form") and form != "held":
        short = any(r.range == "short" for r in last.rows)
        change = (
            Change("tempo", move.tempo, TEMPO_SLOWER) if short else Change("range", "full", "short")
        )
        return rules.advise("form", last.rows, exercise=move.name, change=change)
    return None


def _same(move: Move, last: Occasion, plan: Plan) -> Advice | None:
    """The same again: pain or effort."""
    rules = plan.rules
    for name, what in (("exercise_amber", "pain"), ("effort", "rpe")):
        if rules.on(name) and last.highest(what) >= rules.number(name, "limit"):
            return rules.advise(name, last.rows, exercise=move.name)
    return None


def _not_clean(move: Move, done: Sequence[Occasion], plan: Plan) -> Advice | None:
    """Fewer than two clean sessions in a row at the same dose; None where there are two."""
    rules = plan.rules
    if not rules.on("two_clean"):
        return None
    pair = done[-2:]
    blocking = [b for occasion in pair for b in _blemishes(occasion, plan)]
    if len(done) < 2:
        blocking += [(row, "the first session of it") for row in done[-1].rows]
    elif pair[0].dose != pair[1].dose:
        blocking += [(r, "sets, load or tempo changed") for r in (*pair[0].rows, *pair[1].rows)]
    elif (pair[1].bout.day - pair[0].bout.day).days >= ACTIVE_DAYS:
        blocking += [(r, "two weeks between them") for r in (*pair[0].rows, *pair[1].rows)]
    for day, pain in plan.hurt.items():
        if day >= pair[0].bout.day:
            blocking += [(entry, f"pain on {day_words(day)}") for entry in pain]
    if not blocking:
        return None
    entries, whys = distinct([e for e, _ in blocking]), dict.fromkeys(w for _, w in blocking)
    return rules.advise(
        "two_clean", entries, exercise=move.name, seen=f"{move.name}: {', '.join(whys)}."
    )


def _blemishes(occasion: Occasion, plan: Plan) -> list[tuple[Entry, str]]:
    """Entries for which a session does not count as clean, and why."""
    rules, bout = plan.rules, occasion.bout
    found: list[tuple[Entry, str]] = [
        (row, why) for row in occasion.rows for why in _flaws(row, rules)
    ]
    limit = rules.number("two_clean", "soreness")
    sore = [s for s in bout.soreness if s.level > limit]
    found += [(s, _sore_words(s)) for s in sore]
    if sore:
        most = max(sore, key=lambda s: s.level)
        found += [(row, _sore_words(most)) for row in occasion.rows]
    if not bout.known_late and rules.on("soreness_missing"):
        due = plan.begun(DUE_H, bout.day, bout.ended if plan.now else None) is None
        why = f"soreness 48 h after {day_words(bout.day)} {'missing' if due else 'not known yet'}"
        clocked = bout.rows if bout.ended else occasion.rows  # each of them sets the clock
        found += [(row, why) for row in clocked]
    return found


def _sore_words(entry: Soreness) -> str:
    return f"soreness {entry.level:g} after {entry.after_h} h"


def _flaws(row: Exercise, rules: Rules) -> Iterator[str]:
    """Why a row is not clean."""
    if row.done == "part":
        yield "not all repetitions"
    if row.form is None:
        yield "form not logged"
    elif row.form != "held":
        yield "form not held"
    if row.rpe is None:
        yield "effort not logged"
    elif row.rpe > rules.number("two_clean", "effort"):
        yield f"effort {row.rpe:g}"
    if (row.pain or 0.0) > rules.number("two_clean", "pain"):
        yield f"pain {row.pain:g}"


def _up(name: str, move: Move, done: Sequence[Occasion], plan: Plan) -> Advice:
    """The next step up: one change, or why there is none."""
    rules, last = plan.rules, done[-1].rows
    evidence = (*done[-2].rows, *last) if len(done) > 1 else last
    row = last[-1]
    change = _within(row, move, plan)
    if change is None:
        change, blocked = _harder(move, plan)
        if blocked is not None:
            return rules.advise(blocked[0], last, exercise=move.name, seen=blocked[1])
    if change is None:
        return rules.advise("top", last, exercise=move.name)
    cap = plan.athlete.limits.max_load_kg
    if change.what == "load" and cap is not None and (row.load_kg or 0) * LOAD_STEP[0] > cap:
        return rules.advise("cap", last, exercise=move.name)
    return rules.advise("progress", evidence, exercise=move.name, change=change)


def _within(row: Exercise, move: Move, plan: Plan) -> Change | None:
    """A change of the same exercise: full range, a set, load, band; the first that is open."""
    if row.range == "short":
        return Change("range", "short", "full")
    most = plan.programme.block_of(plan.week or 1).sets[1]
    if row.sets < most:
        return Change("sets", f"{row.sets:g}", f"{row.sets + 1:g}")
    if move.load == "kg" and row.load_kg:
        low, high = (row.load_kg * factor for factor in LOAD_STEP)
        return Change("load", f"{row.load_kg:g} kg", f"{low:.3g} to {high:.3g} kg")
    band = BANDS.index(row.band or "none")
    if move.load == "band" and band + 1 < len(BANDS):
        return Change("band", BANDS[band].replace("_", " "), BANDS[band + 1].replace("_", " "))
    return None


def _harder(move: Move, plan: Plan) -> tuple[Change | None, tuple[str, str] | None]:
    """(change to the next exercise, or (rule, words) that keeps it back)."""
    limits, moves = plan.athlete.limits, plan.programme.exercise
    open_phases = plan.programme.phases_until(plan.week or 1)
    blocked: tuple[str, str] | None = None
    for name in move.harder:
        after = moves[name]
        too_high = limits.max_level is not None and after.level > limits.max_level
        if name in limits.avoid or (too_high and plan.rules.on("cap")):
            blocked = blocked or ("cap", "")
        elif after.phase not in open_phases and plan.rules.on("phase"):
            week = plan.programme.first_week_of(after.phase)
            blocked = blocked or ("phase", "?" if week is None else str(week))
        else:
            return Change("exercise", move.name, after.name), None
    return None, blocked


def _easier(move: Move, plan: Plan) -> Change:
    """One step back: the next easier exercise, else fewer sets."""
    moves = plan.programme.exercise
    for name in move.easier:
        if name not in plan.athlete.limits.avoid:
            return Change("exercise", move.name, moves[name].name)
    return Change("sets", "all", "20 to 30 % fewer")
