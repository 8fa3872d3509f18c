"""A live session: samples from a source, stances from the engine, one picture for everyone.

One thread of its own polls the source, feeds the engine and publishes a ``LiveState``; whoever
draws reads ``state``. The capture is written by the source, whatever happens here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from hipgait.live.cue import EVENT, CueSettings
from hipgait.live.engine import Engine
from hipgait.live.picture import Picture
from hipgait.live.source import LiveSource
from hipgait.live.state import LiveState, SessionPhase
from hipgait.recording import RunInfo
from hipgait.settings import Settings

POLL_S: Final = 0.004
"""While samples are waited for, the source is asked this often, s ..."""
IDLE_S: Final = 0.1
"""... and else this often: decoding packets together costs a fraction of one by one."""
PUBLISH_S: Final = 0.5
"""A new state at least this often, s."""


class LiveSession:
    """Follows one run.

    Parameters
    ----------
    source : the sensors.
    info : speed and body dimensions, where known.
    cue : what is cued.
    settings : of the analysis.
    published : called after each new state, from the session's thread; must be quick.
    """

    def __init__(
        self,
        source: LiveSource,
        info: RunInfo | None = None,
        cue: CueSettings | None = None,
        settings: Settings | None = None,
        published: Callable[[], None] = lambda: None,
    ) -> None:
        self.source = source
        self._told = published
        self.failure: Exception | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="learn")
        self._engine = Engine(source.sensors, info, settings, self._pool)
        self._picture = Picture(self._engine, cue or CueSettings())
        self._state = LiveState()
        self._published_s = float("-inf")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._todo: list[Callable[[], None]] = []

    @property
    def state(self) -> LiveState:
        """The newest picture; from any thread."""
        return self._state

    # ------------------------------------------------------------------ the runner's buttons

    def lap(self) -> None:
        """A lap begins."""
        self._todo.append(self._lap)

    def pain(self, score: int) -> None:
        """Pain of 0 to 10, now."""
        if not 0 <= score <= 10:
            raise ValueError(f"pain of {score}: give 0 to 10")
        self._todo.append(lambda: self._pain(score))

    def set_cue(self, cue: CueSettings) -> None:
        """Another cue from now on."""
        self._todo.append(lambda: self._picture.set_cue(cue))

    def _lap(self) -> None:
        self._picture.laps += 1
        self.source.mark("mark", what=f"lap {self._picture.laps}")

    def _pain(self, score: int) -> None:
        self._picture.marks += 1
        self.source.mark("mark", what=f"pain {score}")

    # ------------------------------------------------------------------ beginning and end

    async def start(self) -> None:
        """Start the sensors, and the thread that follows them."""
        await self.source.start()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self._thread.start()

    async def stop(self) -> Path | None:
        """End the session. Returns the capture, where one was written."""
        self._stop.set()
        try:
            path = await self.source.stop()
        finally:
            if self._thread is not None:
                self._thread.join()
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._state = replace(self._state, number=self._state.number + 1, phase=SessionPhase.ENDED)
        return path

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._pause_s()):
                self.step()
                if self.source.finished:
                    break
            self.step()
        except Exception as error:  # the capture goes on; the page says so
            self.failure = error
            self._state = self._picture.failed(self._state, error)
            self._told()

    def _pause_s(self) -> float:
        """Until the engine can do something: no sample is here before it was taken."""
        ahead = self._engine.due_s - self.source.now_s()
        return min(max(ahead, POLL_S), IDLE_S)

    def step(self) -> LiveState:
        """Take what came, and publish if there is something new. The thread calls it; tests may."""
        while self._todo:
            self._todo.pop(0)()
        for block in self.source.poll():
            self._engine.feed(block)
            self._picture.arrived(block)
        told = self._engine.step()
        now = self.source.now_s()
        if told or now - self._published_s >= PUBLISH_S:
            self._published_s = now
            events = self._picture.take(told, now)
            self._state = self._picture.state(now, self.source.health())
            self._told()
            for event in events:
                self.source.mark(
                    EVENT, **{name: getattr(event, name) for name in event.__struct_fields__}
                )
        return self._state
