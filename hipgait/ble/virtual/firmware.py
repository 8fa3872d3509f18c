"""How a firmware reacts: a state machine made from its profile, without any radio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hipgait.ble.pattern import parse_pattern
from hipgait.ble.profile import Profile, Stream, Value
from hipgait.ble.virtual.commands import Command, commands
from hipgait.ble.virtual.replies import answer

BATTERY: Final = "00002a19-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True)
class Reaction:
    """What a write led to.

    known : False: the firmware does not know these bytes.
    replies : (characteristic, bytes) to be notified.
    """

    known: bool
    replies: tuple[tuple[str, bytes], ...] = ()


class Firmware:
    """State of one sensor: what was set, whether it streams, who listens.

    Parameters
    ----------
    profile : what it speaks.
    options : how it was left; the rest has the profile's defaults.
    streaming : left so by a host that crashed.
    """

    def __init__(
        self, profile: Profile, options: Mapping[str, Value] | None = None, streaming: bool = False
    ) -> None:
        self.profile = profile
        self._commands = commands(profile)
        self._needed = frozenset(
            c.index for c in self._commands if c.phase == "start" and not c.step.optional
        )
        self._defaults = {name: option.default for name, option in profile.options.items()}
        self._done: set[int] = set()
        self._written: dict[str, bytes] = {}
        self.subscribed: set[str] = set()
        self.options: dict[str, Value] = {}
        self.reboot()
        self.options.update(options or {})
        if streaming:
            self._done.update(self._needed)

    @property
    def started(self) -> bool:
        """Every command to start was given, and none to stop since."""
        return self._done >= self._needed

    def active(self) -> list[Stream]:
        """Streams that are sent now: started, and their characteristic is subscribed.

        Heart rate, speed and battery wait for no command.
        """
        started = self.started
        return [
            s
            for s in self.profile.stream
            if s.char in self.subscribed and (started or s.kind != "motion")
        ]

    def reboot(self) -> None:
        """Switched off and on again."""
        self.options = dict(self._defaults)
        self._done.clear()
        self._written.clear()
        self.subscribed.clear()

    def unlinked(self, streams_on: bool) -> None:
        """The link ended; subscriptions end with it, streaming too unless it streams on."""
        self.subscribed.clear()
        if not streams_on:
            self._done.clear()

    def write(self, char: str, data: bytes) -> Reaction:
        """React to a write."""
        meant = [
            (command, found)
            for command in self._commands
            if command.step.char == char and (found := command.read(data)) is not None
        ]
        running = self.started and bool(self._needed)
        if meant:
            self._written[char] = data
            self._obey(meant)
        special = answer(self.profile, self.options, char, data, bool(meant), running)
        if special is not None:
            return Reaction(bool(meant), (special,))
        return Reaction(bool(meant), _replies([command for command, _ in meant]))

    def _obey(self, meant: Sequence[tuple[Command, Mapping[str, Value]]]) -> None:
        starts = any(command.phase == "start" for command, _ in meant)
        for command, found in meant:
            self.options.update(found)
            if command.phase == "start":
                self._done.add(command.index)
            elif command.phase in ("stop", "teardown") and not starts:
                self._done.clear()

    def read(self, char: str, battery_pct: float) -> bytes:
        """What a read of a characteristic gives."""
        if self.profile.chars[char] == BATTERY:
            return bytes([max(0, min(100, round(battery_pct)))])
        for phase in (self.profile.configure, self.profile.start, self.profile.stop):
            for step in phase:
                if step.do == "read" and step.char == char and step.expect:
                    return parse_pattern(step.expect).sample()
        return self._written.get(char, b"\x00")


def _replies(meant: Sequence[Command]) -> tuple[tuple[str, bytes], ...]:
    """Each answer that a step waits for, once."""
    steps = [command.step for command in meant if command.step.expect]
    found = [(step.reply or step.char, parse_pattern(step.expect).sample()) for step in steps]
    return tuple(dict.fromkeys(found))
