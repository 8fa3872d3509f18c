"""One entry of the journal in a runner's words."""

from __future__ import annotations

from collections.abc import Iterator

from hipgait.report.numbers import fixed, unit_word
from hipgait.strength.entries import (
    RED_SIGNS,
    RUN_SIGNS,
    Entry,
    Exercise,
    Note,
    Pain,
    Soreness,
    StrengthTest,
)
from hipgait.strength.programme import Programme

FORM = {"held": "form held", "drifted_in": "the knee drifted in", "lost": "form lost"}


def told(entry: Entry, programme: Programme) -> str:
    """As "gluteal, left 4, right 2, 48 h after"."""
    return ", ".join(part for part in _parts(entry, programme) if part)


def _parts(entry: Entry, programme: Programme) -> Iterator[str]:
    if isinstance(entry, Exercise):
        move = programme.exercise.get(entry.exercise)
        yield entry.exercise if move is None else move.name
        yield dose(entry)
        yield "" if entry.rpe is None else f"effort {entry.rpe:g}"
        yield FORM.get(entry.form or "", "")
        yield "" if not entry.pain else f"pain {entry.pain:g}"
    elif isinstance(entry, Soreness):
        yield _plain(entry.region)
        for side in ("left", "right"):
            level = getattr(entry, side)
            yield "" if level is None else f"{side} {level:g}"
        yield f"{entry.after_h} h after"
    elif isinstance(entry, Pain):
        yield f"{_plain(entry.side or '')} {_plain(entry.region)} {entry.level:g} of 10".strip()
        yield "" if entry.kind == "unsure" else entry.kind
        yield _plain(entry.when)
        yield from ({**RED_SIGNS, **RUN_SIGNS}[sign] for sign in entry.signs)
    elif isinstance(entry, Note):
        yield _plain(entry.kind)
        yield _plain(entry.text or "")
        yield "" if entry.value is None else fixed(entry.value, 1)
    elif isinstance(entry, StrengthTest):
        yield f"{_plain(entry.test)} {entry.side or ''} {entry.value:g} {unit_word(entry.unit)}"
    else:
        yield f"run of {entry.minutes:g} min"
        yield "" if entry.effort is None else f"effort {entry.effort:g}"
        yield "" if entry.hip_fatigue is None else f"hips {entry.hip_fatigue:g}"
    yield entry.note or "" if not isinstance(entry, Note) else ""


def dose(row: Exercise) -> str:
    """As "3 × 12, light band"."""
    amount = f"{row.reps:g}" if row.reps is not None else f"{row.seconds:g}\u00a0s"
    parts = [f"{row.sets:g}\u00a0×\u00a0{amount}"]
    if row.load_kg:
        parts.append(f"{row.load_kg:g}\u00a0kg")
    if row.band and row.band != "none":
        parts.append(f"{_plain(row.band)} band")
    if row.range == "short":
        parts.append("short range")
    return ", ".join(parts)


def _plain(word: str) -> str:
    return word.replace("_", " ")
