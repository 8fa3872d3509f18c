"""An asyncio event loop on virtual time: where nothing is ready, its clock jumps to the next timer.

Ten minutes of a simulated run pass in seconds, and always in the same order. Work given to threads
(``asyncio.to_thread``) takes no virtual time: the clock stands still until it is done.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START_S: Final = 1000.0
"""the clock at the start; a monotonic clock is never 0"""


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the loop's clock to it."""

    now: float = START_S
    busy: int = 0
    """threads at work for the loop"""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return []  # callbacks are ready: sockets get their turn when those are done
        if self.busy:
            return super().select(None)  # the thread wakes the loop when it is done
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            if len(self.get_map()) > 1:
                return super().select(None)  # a socket beside the loop's own: it may still speak
            raise RuntimeError("nothing is left that could happen: the program would wait for ever")
        self.now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """See the module."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now

    def run_in_executor(
        self, executor: Any, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """As in asyncio; the clock stands still meanwhile."""
        done = super().run_in_executor(executor, func, *args)
        self._jumping.busy += 1
        done.add_done_callback(self._thread_done)
        return done

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """As in asyncio, which waits for a thread here that it did not announce."""
        self._jumping.busy += 1
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._jumping.busy -= 1

    def _thread_done(self, _future: asyncio.Future[Any]) -> None:
        self._jumping.busy -= 1


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` to its end on virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def monotonic_ns() -> int:
    """The running loop's clock, ns: virtual on virtual time, else ``time.monotonic``'s."""
    return round(asyncio.get_running_loop().time() * 1e9)
