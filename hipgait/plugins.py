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


Judged = tuple[tuple[Plugin, str], ...]
"""plug-ins, by name, each with what is wrong with it; "" if nothing"""


def judged(group: str, why_not: Callable[[Any], str]) -> Judged:
    """Every plug-in of a group with what is wrong with it.

    why_not : says what is wrong with the value of an entry point; "" if nothing.
    """
    return tuple((plugin, _wrong(plugin, why_not)) for plugin in _loaded(group))


def _wrong(plugin: Plugin, why_not: Callable[[Any], str]) -> str:
    if isinstance(plugin.value, Broken):
        return str(plugin.value)
    try:
        return why_not(plugin.value)
    except Exception as error:  # code of others: whatever it raises
        return f"{type(error).__name__}: {error}"


def checked(group: str, why_not: Callable[[Any], str]) -> tuple[Plugin, ...]:
    """The usable plug-ins of a group, by name; the others are left out with a warning."""
    usable = []
    for plugin, wrong in judged(group, why_not):
        if wrong:
            leave_out(plugin, wrong)
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
        except (Exception, SystemExit) as error:
            value = Broken(f"{type(error).__name__}: {error}")
        found.append(Plugin(group, entry.name, package, version, value))
    return tuple(found)


def packages() -> tuple[str, ...]:
    """``name version`` of all packages that bring plug-ins, sorted; none of them is imported."""
    found = [f"{package} {version}" for group in GROUPS for _, package, version in _entries(group)]
    return tuple(sorted(set(found)))
