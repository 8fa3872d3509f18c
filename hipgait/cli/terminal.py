"""What is printed: names of files, sensors and people are text, never orders to the terminal."""

from __future__ import annotations

import os
import re
import sys
from typing import Final

import click

_ORDERS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters (escape sequences begin with one) but tab and line end, and those that turn
the direction of a text."""


def plain(text: str) -> str:
    """The text with every control character shown by its number, as ``\\u001b`` (in JSON, too,
    that is the same character)."""
    return _ORDERS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def show(text: str = "") -> None:
    """Print what the command is asked for: it ends where the reader of a pipe has gone."""
    click.echo(plain(text))


def say(text: str) -> None:
    """Print; once the reader of a pipe has gone (| head), go on without a word."""
    try:
        show(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(text: str) -> None:
    """Print on stderr."""
    click.echo(plain(text), err=True)
