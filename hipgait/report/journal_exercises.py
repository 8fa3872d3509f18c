"""The exercises on the journal's page: the next session, and each one's steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from hipgait.report.journal_entries import dose
from hipgait.report.journal_marks import NAMES, glyph, spark
from hipgait.report.page import safe
from hipgait.strength.bouts import find_bouts
from hipgait.strength.entries import Exercise
from hipgait.strength.programme import Block, Move
from hipgait.strength.rules import Advice, Change
from hipgait.strength.status import Status
from hipgait.strength.steps import Occasion, occasions

STARTERS: Final = 2
"""exercises a phase that are shown before any was done, the easiest first"""
HOLD: Final = "20 s"
"""length of a first hold (our proposal)"""
BEGIN_LOWER: Final = frozenset({"long_break", "after_pain"})
"""Rules after which the next session is the last one, lower."""
LOWER: Final = 0.75
"""of the repetitions or seconds: 20 to 30 % less"""
AGAIN: Final = "Your last session again, a quarter lower."
LAST: Final = 6
PHASE_WORDS: Final = {"single_leg": "one leg", "multiplanar": "several planes"}


def exercises(status: Status) -> list[dict[str, Any]]:
    """One row an exercise of the last two weeks."""
    moves = {move.name: name for name, move in status.programme.exercise.items()}
    bouts = [b for b in find_bouts(status.journal) if b.rows]
    rows = []
    for advice in status.guidance.exercises:
        name = moves.get(advice.exercise)
        if name is None:
            continue
        move, done = status.programme.exercise[name], occasions(name, bouts)
        efforts = [r.rpe for r in done[-1].rows if r.rpe is not None]
        rows.append(
            {
                "name": move.name,
                "phase": _phase(move),
                "spark": safe(spark([_volume(o) for o in done[-LAST:]])),
                "last": dose(done[-1].rows[-1]),
                "effort": f"{max(efforts):g}" if efforts else "–",
                "glyph": safe(glyph(advice.decision)),
                "now": NAMES[advice.decision],
                "because": _because(advice, status),
                "change": change_words(advice.change),
                "back": _first(status, move.easier) or "fewer sets",
                "up": _first(status, move.harder) or "–",
            }
        )
    return rows


def _because(advice: Advice, status: Status) -> str:
    if advice.says.endswith(": waits."):
        return f"ready; waits: {status.guidance.answer.because}"
    rest = advice.says.split("in a row. ")[-1]
    return rest.removeprefix(f"{advice.exercise}: ") if rest != advice.says else advice.because


def _first(status: Status, names: Sequence[str]) -> str:
    avoid = status.athlete.limits.avoid
    return next((status.programme.exercise[n].name for n in names if n not in avoid), "")


def _phase(move: Move) -> str:
    return PHASE_WORDS.get(move.phase, move.phase)


def _volume(done: Occasion) -> float:
    """Repetitions or seconds of a session, all sets; the load where there is one."""
    return sum(
        r.sets * ((r.reps or r.seconds or 0.0) * (1.0 + (r.load_kg or 0.0))) for r in done.rows
    )


def programme(status: Status) -> dict[str, Any]:
    """The week of the plan: its rhythm, and each exercise with dose, tempo and cue."""
    block = status.programme.block_of(status.guidance.week or 1)
    again, active = _lower(status), _active(status)
    rows = again or active or _starters(status, block)
    return {
        "say": AGAIN if again else block.say,
        "dose": "" if again else _amounts(block),
        "new": not active and not again,
        "again": bool(again),
        "rows": rows,
        "days": _days(status),
    }


def _amounts(block: Block) -> str:
    return (
        f"{_span(block.sets)} sets of {_span(block.reps)}, effort {_span(block.effort)} of 10, "
        f"{_span(block.sessions_a_week)} sessions a week"
    )


def _span(pair: tuple[int, int]) -> str:
    return f"{pair[0]}" if pair[0] == pair[1] else f"{pair[0]} to {pair[1]}"


def _days(status: Status) -> str:
    template = status.programme.template
    kinds = (
        ("activation", template.activation_days),
        ("strength", template.strength_days),
        ("short strides", template.short_stride_days),
        ("key run", template.key_run_days),
    )
    return "; ".join(
        f"{name} {', '.join(d.capitalize() for d in days)}" for name, days in kinds if days
    )


def _active(status: Status) -> list[dict[str, str]]:
    """The exercises of the last two weeks, warm-up first, with what changes."""
    names = {move.name: name for name, move in status.programme.exercise.items()}
    bouts = [b for b in find_bouts(status.journal) if b.rows]
    rows = []
    for advice in status.guidance.exercises:
        if advice.exercise in names:
            name = names[advice.exercise]
            last = occasions(name, bouts)[-1].rows[-1]
            move = status.programme.exercise[name]
            rows.append((move.hard, _row(move, dose(last), advice.change)))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _lower(status: Status) -> list[dict[str, str]]:
    """After a break or pain: the exercises of the last session, a quarter lower; else nothing."""
    met = {a.rule for a in (status.guidance.answer, *status.guidance.also)}
    if not met & BEGIN_LOWER:
        return []
    bouts = [b for b in find_bouts(status.journal) if b.rows]
    limits, moves = status.athlete.limits, status.programme.exercise
    rows = []
    for name in dict.fromkeys(row.exercise for row in bouts[-1].rows) if bouts else ():
        move = moves.get(name)
        if move is None or name in limits.avoid or move.level > (limits.max_level or move.level):
            continue
        last = next(r for r in reversed(bouts[-1].rows) if r.exercise == name)
        row = {**_row(move, dose(last), None), "change": dose(_lowered(last))}
        rows.append((move.hard, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _lowered(row: Exercise) -> Exercise:
    """A quarter less: fewer repetitions or seconds, at least one."""

    def less(value: float | None) -> float | None:
        return None if value is None else max(1.0, float(round(LOWER * value)))

    return replace(row, reps=less(row.reps), seconds=less(row.seconds))


def _starters(status: Status, block: Block) -> list[dict[str, str]]:
    """The easiest exercises of each phase that the week has."""
    limits, rows = status.athlete.limits, []
    for phase in block.phases:
        fitting = [
            (move.level, name)
            for name, move in status.programme.exercise.items()
            if move.phase == phase
            and name not in limits.avoid
            and move.level <= (limits.max_level or move.level)
        ]
        for _, name in sorted(fitting, key=lambda pair: pair[0])[:STARTERS]:
            move = status.programme.exercise[name]
            amount = f"{block.reps[0]}" if move.unit == "reps" else HOLD
            rows.append(_row(move, f"{block.sets[0]}\u00a0×\u00a0{amount}", None))
    return rows


def change_words(change: Change | None) -> str:
    """As "sets 2 → 3"; an exercise by its new name alone."""
    if change is None:
        return ""
    return change.after if change.what == "exercise" else str(change)


def _row(move: Move, amount: str, change: Change | None) -> dict[str, str]:
    return {
        "name": move.name,
        "phase": _phase(move),
        "dose": amount,
        "change": change_words(change),
        "tempo": move.tempo,
        "cue": move.cue,
    }
