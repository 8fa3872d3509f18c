"""Options that the commands of ``hipgait journal`` share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hipgait.cli.common import GivenPath

F = TypeVar("F", bound=Callable[..., Any])

journal_option: Callable[[F], F] = click.option(
    "--journal",
    "folder",
    type=GivenPath(),
    envvar="HIPGAIT_JOURNAL",
    default=Path("journal"),
    show_default=True,
    help="The journal's folder, or $HIPGAIT_JOURNAL.",
)
date_option: Callable[[F], F] = click.option(
    "--date", "day", metavar="YYYY-MM-DD", help="The day, if not today."
)
time_option: Callable[[F], F] = click.option(
    "--time", metavar="HH:MM", help="Time of day: hours are counted where sessions have a time."
)


def day_text(text: str | None) -> str:
    """A day as it was given, else today, as text."""
    return dt.date.today().isoformat() if text is None else text
