"""The state of a block: guidance, cues, audits, shoes, check runs; as text and as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hipgait.errors import MissingInputError
from hipgait.io.documents import read_json
from hipgait.io.identity import local_start
from hipgait.names import OUTCOMES
from hipgait.strength.athlete import Athlete
from hipgait.strength.audits import due_audits, shoe_km, surface_runs
from hipgait.strength.check_run import (
    CheckChange,
    CheckRun,
    compare_check_runs,
    find_check_runs,
)
from hipgait.strength.control_tests import ControlResult, read_control_tests
from hipgait.strength.cues import Cue, run_cues
from hipgait.strength.entries import FILE_OF, Entry
from hipgait.strength.fields import columns_of, show
from hipgait.strength.guidance import Guidance, advise, read_setup
from hipgait.strength.journal import Journal, make_journal, read_journal
from hipgait.strength.programme import Programme
from hipgait.strength.rules import Advice, Rules
from hipgait.strength.strength_tests import (
    StrengthCourse,
    strength_courses,
    strength_document,
)

DISCLAIMER: Final = (
    "Rules applied to your own entries and runs: no diagnosis, and not a medical device. "
    "Pain that wakes you, a joint that swells, locks or gives way, numbness: see a clinician."
)


SHOWN_ENTRIES: Final = 4
"""entries told beside a decision, those that decided first; the others are counted"""


@dataclass(frozen=True)
class Status:
    """Everything that ``hipgait journal status`` tells."""

    today: dt.date
    journal: Journal
    programme: Programme
    guidance: Guidance
    cues: tuple[Cue, ...]
    audits: tuple[Advice, ...]
    check_runs: tuple[CheckRun, ...]
    check_changes: tuple[CheckChange, ...]
    control: tuple[ControlResult, ...]
    rules: Rules
    athlete: Athlete


def read_runs(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """run.json of folders that ``analyze`` wrote.

    Raises
    ------
    MissingInputError : there is none.  FormatError : it is damaged.
    """
    found = []
    for folder in folders:
        path = folder / "run.json" if folder.is_dir() else folder
        if not path.is_file():
            raise MissingInputError(f"{path}: not there", "Name a folder that analyze wrote")
        found.append(read_json(path, "Analyse the run again"))
    return found


def status_of(
    folder: Path,
    runs: Sequence[Mapping[str, Any]],
    today: dt.date,
    now: dt.time | None = None,
) -> Status:
    """Read a journal and say what it says on a day. Raises FormatError, with line and cure.

    now : time of day; hours are counted where the times of the sessions are known too.
    """
    programme, athlete, rules = read_setup(folder)
    written = read_journal(folder, frozenset(programme.exercise))
    control = tuple(t for t in read_control_tests(folder) if t.day <= today)
    notes = [note for note in (t.note() for t in control) if note is not None]
    journal = make_journal([*written.entries(), *notes], folder).until(today)
    guidance = advise(journal, athlete, programme, rules, today, now)
    dated = sorted(runs, key=lambda r: str(r.get("start_utc") or ""))
    known = [r for r in dated if (local_start(r) or "")[:10] <= today.isoformat()]
    checks = find_check_runs(known)
    return Status(
        today,
        journal,
        programme,
        guidance,
        () if guidance.paused else tuple(run_cues(known[-1] if known else None)),
        () if guidance.paused else tuple(due_audits(journal, rules, today)),
        tuple(checks),
        tuple(compare_check_runs(checks)),
        control,
        rules,
        athlete,
    )


def entry_document(entry: Entry) -> dict[str, Any]:
    """An entry for machines: its columns, file and line."""
    cells = {name: getattr(entry, name) for name in columns_of(type(entry))}
    plain = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in cells.items()}
    return {
        "table": Path(FILE_OF[type(entry)]).stem,
        **plain,
        "file": entry.ref.file,
        "line": entry.ref.line,
    }


def entry_words(entry: Entry) -> str:
    """An entry on one line: what is filled in."""
    table = Path(FILE_OF[type(entry)]).stem
    cells = {n: show(getattr(entry, n)) for n in columns_of(type(entry)) if n != "date"}
    return f"{table}: " + ", ".join(f"{n} {v}" for n, v in cells.items() if v)


def advice_document(advice: Advice) -> dict[str, Any]:
    """An advice for machines."""
    return {
        "decision": advice.decision,
        "rule": advice.rule,
        "says": advice.says,
        "because": advice.because,
        "source": advice.source,
        "entries": [entry_document(e) for e in advice.entries],
        "ends": advice.ends,
        "change_at": advice.change_at,
        "exercise": advice.exercise,
        "change": None if advice.change is None else asdict(advice.change),
    }


def status_document(status: Status) -> dict[str, Any]:
    """The status for machines."""
    guidance = status.guidance
    ladder = guidance.ladder
    return {
        "date": status.today.isoformat(),
        "week": guidance.week,
        "paused": guidance.paused,
        "answer": advice_document(guidance.answer),
        "also": [advice_document(a) for a in guidance.also],
        "exercises": [advice_document(a) for a in guidance.exercises],
        "ladder": None
        if ladder is None
        else {
            "since": ladder.since.isoformat(),
            "why": ladder.why,
            "rungs": [{"says": r.says, "done": r.done} for r in ladder.rungs],
        },
        "asks": list(guidance.asks),
        "remarks": list(guidance.remarks),
        "exercise_cues": list(guidance.cues),
        "cues": [asdict(c) for c in status.cues],
        "audits": [advice_document(a) for a in status.audits],
        "shoes_km": shoe_km(status.journal),
        "surfaces": surface_runs(status.journal),
        "check_runs": [{**asdict(c), "day": c.day.isoformat()} for c in status.check_runs],
        "check_changes": [asdict(c) for c in status.check_changes],
        "control_tests": [_control_document(t) for t in status.control],
        "strength_tests": [strength_document(c) for c in _courses(status)],
        "note": DISCLAIMER,
    }


def block_start(status: Status) -> dt.date | None:
    """First day of the block: as planned, else that of the first session; None before both."""
    done = status.journal.sessions
    return status.athlete.plan.start or (done[0].date if done else None)


def _courses(status: Status) -> tuple[StrengthCourse, ...]:
    return strength_courses(status.journal.tests, block_start(status))


def _control_document(test: ControlResult) -> dict[str, Any]:
    return {
        "day": test.day.isoformat(),
        "file": str(test.ref),
        "says": test.says,
        "measured": [asdict(m) for m in test.measured],
    }


def status_lines(status: Status) -> Iterator[str]:
    """The status for a reader. A red flag stands alone."""
    guidance = status.guidance
    answer = guidance.answer
    yield answer.says
    yield ""
    yield from _why(answer)
    if guidance.paused:
        yield ""
        yield DISCLAIMER
        return
    for advice in guidance.also:
        yield ""
        yield f"Also: {advice.says}"
        yield from _why(advice)
    if guidance.week is not None:
        block = status.programme.block_of(guidance.week)
        yield ""
        words = status.programme.week_words(guidance.week)
        yield f"{words.capitalize()}. {block.say}"
    yield from _exercises(guidance)
    yield from (f"  {cue}" for cue in guidance.cues)
    if guidance.ladder is not None:
        yield ""
        yield guidance.ladder.advice.says
        yield from _why(guidance.ladder.advice)
    if guidance.asks or guidance.remarks:
        yield ""
    yield from guidance.asks
    yield from guidance.remarks
    last = status.control[-1].remark() if status.control else None
    if last is not None:
        yield last
    yield from _runs(status)
    yield ""
    yield DISCLAIMER


def _why(advice: Advice) -> Iterator[str]:
    for entry in advice.entries[:SHOWN_ENTRIES]:
        yield f"  entry   {entry.date}, {entry_words(entry)} ({entry.ref})"
    if len(advice.entries) > SHOWN_ENTRIES:
        yield f"          and {len(advice.entries) - SHOWN_ENTRIES} more"
    yield f"  rule    {advice.because} ({advice.source})"
    yield f"  ends    {advice.ends}"
    yield f"  change  {advice.change_at}"


def _exercises(guidance: Guidance) -> Iterator[str]:
    if guidance.exercises:
        yield ""
    for advice in guidance.exercises:
        change = f": {advice.change}" if advice.change else ""
        yield f"{advice.exercise:30} {advice.decision}{change}  [{advice.rule}]"


def _runs(status: Status) -> Iterator[str]:
    yield ""
    for cue in status.cues:
        yield f"Cue: {cue.say} ({cue.seen}; {cue.check})"
    for audit in status.audits:
        yield f"{audit.says} {audit.ends[:1].upper()}{audit.ends[1:]}."
    for shoe, km in shoe_km(status.journal).items():
        yield f"Shoe {shoe}: {km:.0f} km"
    units = {o.name: (o.label, o.unit) for o in OUTCOMES}
    if status.check_changes:
        n = len(status.check_runs) - 1
        yield f"Check run of {status.check_runs[-1].day} against {n} before it:"
    for change in status.check_changes:
        label, unit = units[change.outcome]
        usual = ""
        if change.low is not None and change.high is not None:
            usual = f", usual {change.low:.1f} to {change.high:.1f}"
        verdict = change.verdict.replace("_", " ")
        yield f"  {label}: {change.latest:.1f} {unit}{usual}: {verdict}"
