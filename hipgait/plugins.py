"""Parts that other packages bring: readers, firmware profiles and metrics, by entry points.

A package names them in its pyproject.toml (docs/developers.md)::

    [project.entry-points."hipgait.readers"]
    mysensor = "my_package.mysensor"

One that is broken is left out with one warning, and never stops an analysis.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any, Final

READERS: Final = "hipgait.readers"
PROFILES: Final = "hipgait.profiles"
METRICS: Final = "hipgait.metrics"
GROUPS: Final = (READERS, PROFILES, METRICS)


class PluginWarning(UserWarning):
    """A part of another package was left out; says which, and why."""


@dataclass(frozen=True)
class Plugin:
    """One part of another package.

    name : of the entry point.  package, version : of the distribution that brings it.
    value : what the entry point names.
    """

    group: str
    name: str
    package: str
    version: str
    value: Any

    def __str__(self) -> str:
        return f"{self.group} {self.name!r} of {self.package} {self.version}"


def leave_out(plugin: Plugin, why: Exception | str) -> None:
    """Warn, in one line, that a part is not used."""
    what = f"{type(why).__name__}: {why}" if isinstance(why, Exception) else why
    line = " ".join(f"{plugin} is left out ({what[:300]})".split())
    warnings.warn(line, PluginWarning, stacklevel=3)


def checked(group: str, why_not: Callable[[Any], str]) -> tuple[Plugin, ...]:
    """The usable plug-ins of a group, by name; the others are left out with a warning.

    why_not : says what is wrong with the value of an entry point; "" if nothing.
    """
    usable = []
    for plugin in _loaded(group):
        try:
            wrong = plugin.value if isinstance(plugin.value, Broken) else why_not(plugin.value)
        except Exception as error:  # code of others: whatever it raises
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            leave_out(plugin, str(wrong))
        else:
            usable.append(plugin)
    return tuple(usable)


class Broken(str):
    """In place of a value that could not be imported: why."""

    __slots__ = ()


def _entries(group: str) -> list[tuple[metadata.EntryPoint, str, str]]:
    """Entry points of a group, by name, each with its package and version."""
    found = sorted(metadata.entry_points(group=group), key=lambda e: (e.name, e.value))
    return [(e, e.dist.name, e.dist.version) if e.dist else (e, "?", "?") for e in found]


@cache
def _loaded(group: str) -> tuple[Plugin, ...]:
    found = []
    for entry, package, version in _entries(group):
        try:
            value = entry.load()
        except Exception as error:
            value = Broken(f"{type(error).__name__}: {error}")
        found.append(Plugin(group, entry.name, package, version, value))
    return tuple(found)


def packages() -> tuple[str, ...]:
    """``name version`` of all packages that bring plug-ins, sorted; none of them is imported."""
    found = [f"{package} {version}" for group in GROUPS for _, package, version in _entries(group)]
    return tuple(sorted(set(found)))


def installed() -> dict[str, tuple[Plugin, ...]]:
    """Group -> plug-ins that are installed, broken ones too (their value is ``Broken``)."""
    return {group: _loaded(group) for group in GROUPS}
