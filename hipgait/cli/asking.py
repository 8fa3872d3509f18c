"""Asking on a terminal which sensor sat where."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from hipgait.cli.common import Step
from hipgait.cli.terminal import plain, tell

if TYPE_CHECKING:
    from hipgait.unnamed import Answers, Ask, Survey

NOWHERE = "none"
"""answer for a file to leave out"""


def asker(step: Step, *, quiet: bool = False) -> Ask | None:
    """A function that asks, or None where nobody is there to answer."""
    if quiet or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask(survey: Survey) -> Answers:
        step("")
        return ask_placements(survey)

    return ask


def ask_placements(survey: Survey) -> Answers:
    """Show the table and ask about every file that is unsure; the best guess is offered."""
    tell(survey.table)
    taken = {s.guess.placement for s in survey.seen if s.guess.sure}
    answers: dict[str, str | None] = {}
    for s in survey.unsure:
        free = [p for p in s.open_to if p not in taken]
        best = s.guess.placement if s.guess.placement in free else None
        said = click.prompt(
            f"Where did {plain(s.file)} sit?",
            type=click.Choice([*free, NOWHERE]),
            default=best,
            err=True,
        )
        answers[s.file] = None if said == NOWHERE else said
        taken.add(answers[s.file])
    return answers
