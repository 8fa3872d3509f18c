"""The recording protocol, prompted: what to do when, and marks of it in the capture.

``analyze`` finds the movements by itself from the signals; the marks say only what was asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Prompt:
    """One part of the protocol. what : code of the mark."""

    what: str
    seconds: float
    say: str


GET_READY: Final = Prompt("ready", 5.0, "Get ready: stand where you will run")
BEFORE: Final = (
    Prompt("stand", 15.0, "Stand still and upright, feet apart as your hips are"),
    Prompt("bows", 15.0, "Bow three times from the hips, slowly, knees straight"),
    Prompt("kicks", 20.0, "Kick your left heel to the buttock three times, then the right"),
    Prompt("jumps", 8.0, "Jump twice, small jumps, both feet together"),
)
RUN: Final = Prompt("run", 0.0, "Run. Ctrl-C when you have finished")
AFTER: Final = Prompt("stand_after", 15.0, "Stand still and upright once more (Ctrl-C ends now)")

SHORT_S: Final = 1e-3
"""Less is no time left: a clock that jumps may never get past it."""

Say = Callable[[str, float], None]
"""Shows a text and the seconds that are left of it; 0: open-ended."""
Mark = Callable[[str], None]


class Guide:
    """Leads through a recording.

    Parameters
    ----------
    say : shows what to do.  mark : writes into the capture.
    protocol : with standing, bows, kicks, jumps; else the run only.
    duration_s : of the whole, from the first prompt on; None: until told.
    """

    def __init__(
        self, say: Say, mark: Mark, *, protocol: bool, duration_s: float | None = None
    ) -> None:
        self._say = say
        self._mark = mark
        self._protocol = protocol
        self._duration_s = duration_s
        self._enough = asyncio.Event()

    def enough(self) -> bool:
        """The runner has finished. False if that was known already: end now."""
        if self._enough.is_set() or not self._protocol:
            return False
        self._enough.set()
        return True

    async def lead(self, stop: asyncio.Event) -> None:
        """Through all of it; sets ``stop`` at the end."""
        loop = asyncio.get_running_loop()
        end = None if self._duration_s is None else loop.time() + self._duration_s
        if self._protocol:
            for prompt in (GET_READY, *BEFORE):
                await self._hold(prompt, stop, end)
        self._mark(RUN.what)
        await self._run(stop, end)
        if self._protocol and not stop.is_set():
            await self._hold(AFTER, stop, end)
        self._mark("end")
        stop.set()

    async def _hold(self, prompt: Prompt, stop: asyncio.Event, end: float | None) -> None:
        """One prompt for its time; the runner's word cuts the ones before the run short."""
        loop = asyncio.get_running_loop()

        def over() -> bool:
            return stop.is_set() or (self._enough.is_set() and prompt is not AFTER)

        if over():
            return
        self._mark(prompt.what)
        until = loop.time() + prompt.seconds
        if end is not None:
            until = min(until, end)
        while (left := until - loop.time()) > SHORT_S and not over():
            self._say(prompt.say, left)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), min(left, 0.5))

    async def _run(self, stop: asyncio.Event, end: float | None) -> None:
        """Until the runner says so, or the time is over but for the standing afterwards."""
        loop = asyncio.get_running_loop()
        after = AFTER.seconds if self._protocol else 0.0
        while not (stop.is_set() or self._enough.is_set()):
            left = float("inf") if end is None else end - after - loop.time()
            if left < SHORT_S:
                return
            self._say(RUN.say, 0.0 if end is None else left)
            waits = {asyncio.ensure_future(e.wait()) for e in (stop, self._enough)}
            await asyncio.wait(waits, timeout=min(left, 0.5), return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
