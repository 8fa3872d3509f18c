"""``hipgait journal``: entries of a strength block, and what they say today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hipgait.cli.common import json_option, print_json
from hipgait.cli.journal_answer import report_command, status_command
from hipgait.cli.journal_options import F, date_option, day_text, journal_option
from hipgait.cli.terminal import say, tell

if TYPE_CHECKING:
    from hipgait.strength.entries import Entry, Ref

note_option: Callable[[F], F] = click.option("--note", metavar="TEXT", help="Anything.")


@click.group()
def command() -> None:
    """Log a strength block and see what to do next.

    \b
    Examples:
      hipgait journal add lateral_step_down --sets 3 --reps 8 --rpe 6 --form held
      hipgait journal soreness gluteal --left 4 --right 2 --after 48h
      hipgait journal pain knee 3 --side left --when during
      hipgait journal run 45 --km 8 --effort 4 --hip-fatigue 3 --shoe B
      hipgait journal status
      hipgait journal report --out journal.html

    The journal is a folder of CSV files that you can edit (docs/journal.md). Every command takes
    --json. Not a medical device.
    """


def _keep(folder: Path, table: str, texts: dict[str, Any], as_json: bool) -> None:
    """Check, add and show one entry. What cannot be is wrong use."""
    from hipgait.errors import FormatError
    from hipgait.strength.entries import TABLES
    from hipgait.strength.fields import show
    from hipgait.strength.journal import add, build_entry, check_entry
    from hipgait.strength.programme import read_programme

    cells = {name: show(value) for name, value in texts.items()}
    cells["date"] = day_text(texts.get("date"))
    try:
        entry = build_entry(TABLES[table], cells, path=table, line=None)
    except FormatError as error:
        place = f"{error.column}: " if error.column else ""
        what = error.what.split(": ", 1)[-1]
        raise click.UsageError(f"{place}{what}. {error.cure}") from None
    check_entry(entry, folder, frozenset(read_programme(folder).exercise), dt.date.today())
    ref = add(folder, entry)
    if as_json:
        print_json({"kept": _plain(entry), "file": str(folder / ref.file), "line": ref.line})
    else:
        say(f"kept in {folder / ref.file}, line {ref.line}: {_words(entry)}")
    _tell_alone(folder, entry, ref)


def _tell_alone(folder: Path, entry: Entry, ref: Ref) -> None:
    """Soreness that belongs to no session may bear a wrong --after or --date."""
    from hipgait.errors import HipgaitError
    from hipgait.strength.bouts import alone
    from hipgait.strength.entries import FILE_OF, Exercise, Soreness
    from hipgait.strength.journal import read_table

    if not isinstance(entry, Soreness):
        return
    file = folder / FILE_OF[Exercise]
    try:
        rows = read_table(file, Exercise) if file.exists() else []
    except HipgaitError:
        return  # the entry is kept; status tells which line cannot be read
    why = alone(entry, [row for row in rows if isinstance(row, Exercise)])
    if why:
        cure = f"Correct line {ref.line} of {folder / ref.file}, or log the session"
        tell(f"hipgait: note: {why}. {cure}")


def _adds(table: str) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., None]]:
    """A command whose function gives the cells of one entry."""

    def wrap(cells: Callable[..., dict[str, Any]]) -> Callable[..., None]:
        @wraps(cells)
        def go(folder: Path, as_json: bool, day: str | None, **options: Any) -> None:
            _keep(folder, table, {"date": day, **cells(**options)}, as_json)

        return journal_option(date_option(json_option(go)))

    return wrap


@command.command("add")
@_adds("sessions.csv")
@click.argument("exercise")
@click.option("--sets", metavar="N", default="1", show_default=True, help="Sets.")
@click.option("--reps", metavar="N", help="Repetitions a set.")
@click.option("--seconds", metavar="S", help="Length of a hold.")
@click.option("--load-kg", metavar="KG", help="Load.")
@click.option("--band", help="light, medium, heavy or extra_heavy.")
@click.option("--side", help="left, right or both.")
@click.option("--tempo", metavar="L-H-R", help="Seconds: lower-hold-rise, 3-1-2.")
@click.option("--range", "range_", help="full or short.")
@click.option("--rpe", metavar="0-10", help="Effort.")
@click.option("--rir", metavar="N", help="Repetitions left in reserve.")
@click.option("--form", help="held, drifted_in or lost.")
@click.option("--pain", metavar="0-10", help="Pain while doing it.")
@click.option("--part", is_flag=True, help="Not all repetitions were done.")
@click.option("--time", metavar="HH:MM", help="Time of day.")
@note_option
def add_command(range_: str | None, part: bool, **cells: Any) -> dict[str, Any]:
    """One exercise of today's session.

    \b
    Example:
      hipgait journal add side_plank --side left --sets 3 --seconds 30 --rpe 6 --form held
    """
    return {**cells, "range": range_, "done": "part" if part else "all"}


@command.command("soreness")
@_adds("soreness.csv")
@click.argument("region")
@click.option("--left", metavar="0-10", help="Left side.")
@click.option("--right", metavar="0-10", help="Right side.")
@click.option("--after", metavar="24h|48h|72h|96h", default="48h", show_default=True)
@click.option("--time", metavar="HH:MM", help="Time of day.")
@note_option
def soreness_command(after: str, **cells: Any) -> dict[str, Any]:
    """Muscle soreness a day or two after a session.

    \b
    Example:
      hipgait journal soreness gluteal --left 4 --right 2 --after 48h
    """
    return {**cells, "after_h": after.lower().removesuffix("h")}


@command.command("pain")
@_adds("pain.csv")
@click.argument("region")
@click.argument("level", default="0")
@click.option("--side", help="left, right or both.")
@click.option("--kind", help="muscle, tendon, joint, bone, nerve or unsure.")
@click.option("--when", help="before, during, after, next_morning, 24h, 48h, rest or night.")
@click.option("--sign", "signs", multiple=True, help="A sign of docs/journal.md. Repeatable.")
@note_option
def pain_command(**cells: Any) -> dict[str, Any]:
    """Pain, 0 to 10, or a sign; 0 to 2 says that it has calmed down.

    \b
    Example:
      hipgait journal pain knee 3 --side left --kind joint --when next_morning
    """
    return cells


@command.command("run")
@_adds("runs.csv")
@click.argument("minutes")
@click.option("--km", metavar="KM", help="How far.")
@click.option("--effort", metavar="0-10", help="Effort.")
@click.option("--hip-fatigue", metavar="0-10", help="How tired the hips were at the end.")
@click.option("--key", is_flag=True, help="A run that the week is built around.")
@click.option("--strides", metavar="N", help="Short strides in it.")
@click.option("--shoe", metavar="NAME", help="Which shoe.")
@click.option("--surface", metavar="NAME", help="road, trail, treadmill, ...")
@click.option("--time", metavar="HH:MM", help="Time of day.")
@note_option
def run_command(key: bool, **cells: Any) -> dict[str, Any]:
    """A run, as it felt.

    \b
    Example:
      hipgait journal run 45 --km 8 --effort 4 --hip-fatigue 3 --shoe B --surface road
    """
    return {**cells, "key": "yes" if key else "no"}


@command.command("test")
@_adds("tests.csv")
@click.argument("test")
@click.argument("value")
@click.option("--unit", default="s", show_default=True, help="s, reps, kg, n or nm.")
@click.option("--side", help="left, right or both.")
@click.option("--time", metavar="HH:MM", help="Time of day.")
@note_option
def test_command(**cells: Any) -> dict[str, Any]:
    """A strength test: a hold, repetitions or a dynamometer, always done alike.

    \b
    Example:
      hipgait journal test side_plank 62 --unit s --side left
    """
    return cells


@command.command("note")
@_adds("notes.csv")
@click.argument("kind")
@click.argument("text", nargs=-1)
@click.option("--value", metavar="N", help="Hours of sleep; km already on a shoe.")
def note_command(kind: str, text: tuple[str, ...], value: str | None) -> dict[str, Any]:
    """Sleep, recovery, a shoe, an audit, a clinician's clearance, or anything.

    \b
    Examples:
      hipgait journal note sleep --value 7.5
      hipgait journal note shoe B --value 120
      hipgait journal note audit shoes
      hipgait journal note cleared physiotherapist
      hipgait journal note control_test as_before
    """
    joined = " ".join(text)
    if kind.lower() in ("audit", "control_test"):
        joined = joined.lower().replace(" ", "_")
    return {"kind": kind, "text": joined, "value": value}


@command.command("list")
@click.option("--table", help="sessions, soreness, pain, runs, tests or notes alone.")
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--exercises", is_flag=True, help="The programme's exercises instead.")
@journal_option
@json_option
def list_command(
    table: str | None, last: int, exercises: bool, folder: Path, as_json: bool
) -> None:
    """The latest entries, with the file and the line in which each stands.

    \b
    Example:
      hipgait journal list --table soreness --last 5
    """
    from hipgait.strength.entries import FILE_OF, TABLES
    from hipgait.strength.journal import read_journal
    from hipgait.strength.programme import read_programme

    programme = read_programme(folder)
    if exercises:
        _list_exercises(programme.exercise, as_json)
        return
    known = [Path(name).stem for name in TABLES]
    if table is not None and table not in known:
        raise click.UsageError(f"unknown table {table!r}; use one of {', '.join(known)}")
    entries = read_journal(folder, frozenset(programme.exercise)).entries()
    mine = [e for e in entries if table in (None, Path(FILE_OF[type(e)]).stem)][-last:]
    if as_json:
        print_json({"entries": [_plain(e) for e in mine]})
        return
    for entry in mine:
        say(f"{entry.date}  {_words(entry)}  ({entry.ref})")
    if not mine:
        say(f"Nothing logged in {folder}.")


def _list_exercises(moves: dict[str, Any], as_json: bool) -> None:
    from msgspec import structs

    if as_json:
        print_json({name: structs.asdict(move) for name, move in moves.items()})
        return
    for name, move in moves.items():
        say(f"{name:26} {move.phase:12} level {move.level}  {move.cue}")


def _plain(entry: Entry) -> dict[str, Any]:
    from hipgait.strength.status import entry_document

    return entry_document(entry)


def _words(entry: Entry) -> str:
    from hipgait.strength.status import entry_words

    return entry_words(entry)


command.add_command(status_command)
command.add_command(report_command)
