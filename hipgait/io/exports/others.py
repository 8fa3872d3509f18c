"""Readers that other packages bring (entry points ``hipgait.readers``), held at arm's length.

What such a reader raises while it is asked whether a file is its own counts as "no"; what it raises
while it reads becomes one line that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, TypeVar

from hipgait.errors import FormatError, HipgaitError
from hipgait.io.files import Source
from hipgait.io.reading import Reader, Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.plugins import READERS, Judged, Plugin, checked, judged, leave_out

WORDS: Final = ("NAME", "LABEL")
CALLS: Final = ("matches", "hint", "read")

T = TypeVar("T")


class OtherReader:
    """A reader of another package, as hipgait's own are."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin
        self._reader: Any = plugin.value
        self.NAME: str = self._reader.NAME
        self.LABEL: str = self._reader.LABEL
        self.FOLDERED = bool(getattr(self._reader, "FOLDERED", False))

    def _asked(self, question: Callable[[], T], otherwise: T) -> T:
        try:
            return question()
        except Exception as error:
            leave_out(self._plugin, error)
            return otherwise

    def matches(self, head: bytes, source: Source) -> bool:
        """As the reader says; no where it fails."""
        return self._asked(lambda: bool(self._reader.matches(head, source)), False)

    def hint(self, source: Source) -> str:
        """As the reader says; nothing where it fails."""
        return self._asked(lambda: str(self._reader.hint(source)), "")

    def parts(self, source: Source) -> list[str]:
        """Devices in a file, where the reader knows of several."""
        parts = getattr(self._reader, "parts", None)
        return [] if parts is None else self._asked(lambda: list(parts(source)), [])

    def belongs(self, head: bytes, source: Source) -> bool:
        """Whether the file is read through another one."""
        belongs = getattr(self._reader, "belongs", None)
        return belongs is not None and self._asked(lambda: bool(belongs(head, source)), False)

    def read(self, source: Source, placement: str, options: SensorOptions) -> Reading:
        """Read one sensor.

        Raises
        ------
        FormatError : whatever the reader raises, in one line.
        """
        try:
            reading = self._reader.read(source, placement, options)
        except HipgaitError:
            raise
        except Exception as error:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            raise FormatError(
                source.path,
                f"{self._plugin} failed ({what})",
                f"Tell the authors of {self._plugin.package}, or give another --format",
            ) from error
        if not isinstance(reading, Reading):
            raise FormatError(
                source.path,
                f"{self._plugin} returned {type(reading).__name__}, not a Reading",
                f"Tell the authors of {self._plugin.package}, or give another --format",
            )
        return reading


def other_readers(known: Iterable[str]) -> tuple[Reader, ...]:
    """The usable readers of other packages. known : names that are hipgait's own."""
    return _usable(frozenset(known))


def judged_readers(known: Iterable[str]) -> Judged:
    """The readers of other packages, each with what is wrong with it. known : as above."""
    return judged(READERS, _why_not(known))


@cache
def _usable(known: frozenset[str]) -> tuple[Reader, ...]:
    return tuple(OtherReader(plugin) for plugin in checked(READERS, _why_not(known)))


def _why_not(known: Iterable[str]) -> Callable[[Any], str]:
    """Says what is wrong with a reader, one after another: each name is taken once."""
    names = set(known)

    def why_not(value: Any) -> str:
        for word in WORDS:
            if not isinstance(getattr(value, word, None), str):
                return f"it has no {word}"
        for call in CALLS:
            if not callable(getattr(value, call, None)):
                return f"it has no {call}()"
        if value.NAME in names or value.NAME == "auto":
            return f"the format {value.NAME!r} is there already"
        names.add(value.NAME)
        return ""

    return why_not
