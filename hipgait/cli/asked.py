"""How a user names sensors and their options on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from hipgait.names import PLACEMENTS

BESIDE: Final = ("heart_rate", "speed")
"""What may be recorded beside the sensors of motion."""
PLACES: Final = (*PLACEMENTS, *BESIDE)


@dataclass(frozen=True)
class Asked:
    """A sensor as the user names it. profile : name or file, None: from what it advertises."""

    placement: str
    address: str
    profile: str | None


def parse_asked(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[Asked, ...]:
    """PLACEMENT=ADDRESS[@PROFILE] of the command line."""
    asked: list[Asked] = []
    for value in values:
        placement, sign, rest = value.partition("=")
        address, _, profile = rest.partition("@")
        if not sign or not address:
            raise click.BadParameter(f"{value!r} is not PLACEMENT=ADDRESS[@PROFILE]", ctx, param)
        if placement not in PLACES:
            raise click.BadParameter(
                f"unknown placement {placement!r}; use one of {', '.join(PLACES)}", ctx, param
            )
        if any(a.placement == placement for a in asked):
            raise click.BadParameter(f"{placement} is given twice", ctx, param)
        if any(a.address.casefold() == address.casefold() for a in asked):
            raise click.BadParameter(f"{address} is given twice", ctx, param)
        asked.append(Asked(placement, address, profile or None))
    return tuple(asked)


def parse_options(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str | None, str, str], ...]:
    """[PLACEMENT.]NAME=VALUE of the command line: placement or None, name, value."""
    options = []
    for value in values:
        left, sign, right = value.partition("=")
        placement, dot, name = left.rpartition(".")
        if not sign or not name or not right or (dot and placement not in PLACES):
            raise click.BadParameter(f"{value!r} is not [PLACEMENT.]NAME=VALUE", ctx, param)
        options.append((placement or None, name, right))
    return tuple(options)


F = TypeVar("F", bound=Callable[..., Any])


def asked_option(help_text: str) -> Callable[[F], F]:
    """``--sensor PLACEMENT=ADDRESS[@PROFILE]``, repeatable."""
    return click.option(
        "--sensor",
        "asked",
        metavar="PLACEMENT=ADDRESS[@PROFILE]",
        multiple=True,
        callback=parse_asked,
        help=help_text,
    )


profile_option: Callable[[F], F] = click.option(
    "--set",
    "options",
    metavar="[PLACEMENT.]NAME=VALUE",
    multiple=True,
    callback=parse_options,
    help="An option of the profile, e.g. rate_hz=60 (hipgait sensors show PROFILE). Repeatable.",
)
