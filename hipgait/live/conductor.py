"""From sensors to report: which stage a live session is in, and who may say so.

The conductor lives in the event loop that records. Pages and keys call it from their own threads;
what they ask is put into the loop. After the run the capture is analysed like any other: the report
is made from the file, not from what was shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from hipgait.errors import HipgaitError
from hipgait.live.controls import Controls, CueChoice, Ended, SetupControls, Stage
from hipgait.live.cue import CueSettings
from hipgait.live.session import LiveSession
from hipgait.live.source import LiveSource
from hipgait.live.state import LiveState
from hipgait.memory import kept_small
from hipgait.recording import RunInfo

TICK_S: Final = 0.1
LEVELS: Final = range(11)

Analyser = Callable[[Path], tuple[Path | None, tuple[str, ...]]]
"""Capture -> (report, the answer in lines)."""


def cue_settings(choice: CueChoice) -> CueSettings:
    """What the runner chose, as the session takes it."""
    if not choice.outcome:
        return CueSettings(kind="none", metronome_pct=choice.cadence_pct)
    return CueSettings(
        outcome=choice.outcome,
        margin=choice.margin,
        kind=choice.kind,
        week=choice.week,
        metronome_pct=choice.cadence_pct,
    )


def analyse(capture: Path) -> tuple[Path | None, tuple[str, ...]]:
    """The report of a capture, in the folder beside it, and its answer in two sentences."""
    from hipgait.api import analyze
    from hipgait.io.results import REPORT
    from hipgait.report.view import View
    from hipgait.report.words import answer

    result = analyze(capture)
    folder = result.save(capture.with_name(f"{capture.stem}-report"))
    told = answer(View(result))
    return folder / REPORT, tuple(line for line in (told.first, told.second) if line)


class Conductor(Controls):
    """One live session, from set-up to report.

    Parameters
    ----------
    info : speed and body dimensions, where known.
    cue : the feedback to begin with.
    analyser : makes the report.
    """

    def __init__(
        self,
        info: RunInfo | None = None,
        cue: CueChoice | None = None,
        analyser: Analyser = analyse,
    ) -> None:
        self._setup: SetupControls | None = None
        self._info = info
        self._choice = cue or CueChoice()
        self._analyser = analyser
        self._session: LiveSession | None = None
        self._stage = Stage.SETUP
        self._source: LiveSource | None = None
        self._ended = Ended()
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._begun = asyncio.Event()
        self._ears: tuple[Callable[[], None], ...] = ()

    # --------------------------------------------------------------------- what pages look at

    @property
    def stage(self) -> Stage:
        """Which page."""
        return self._stage

    @property
    def state(self) -> LiveState:
        """The newest picture of the run."""
        return LiveState() if self._session is None else self._session.state

    @property
    def setup(self) -> SetupControls | None:
        """The set-up, where there is one."""
        return self._setup

    @property
    def ended(self) -> Ended:
        """What is there after the run."""
        return self._ended

    @property
    def cue(self) -> CueChoice:
        """The feedback that is chosen."""
        return self._choice

    def listen(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call ``hear`` at each new state of the run. Returns what ends that."""
        self._ears = (*self._ears, hear)

        def deaf() -> None:
            self._ears = tuple(ear for ear in self._ears if ear is not hear)

        return deaf

    def _published(self) -> None:
        for ear in self._ears:
            ear()

    # --------------------------------------------------------------------- what they ask for

    def lap(self) -> None:
        """A lap begins."""
        self._with(lambda s: s.lap())

    def pain(self, level: int) -> None:
        """Pain of 0 to 10, now; another number is not taken."""
        if level in LEVELS:
            self._with(lambda s: s.pain(level))

    def choose(self, cue: CueChoice) -> None:
        """Another cue from now on."""
        self._choice = cue
        self._with(lambda s: s.set_cue(cue_settings(cue)))

    def stop(self) -> None:
        """End the run. Once more changes nothing."""
        self._loop.call_soon_threadsafe(self._stop.set)

    def offer(self, setup: SetupControls) -> None:
        """A set-up, whose start is to call ``begin``."""
        self._setup = setup

    def begin(self, source: LiveSource) -> None:
        """Run with these sensors. From the loop."""
        self._source = source
        self._begun.set()

    def _with(self, what: Callable[[LiveSession], None]) -> None:
        session = self._session
        if session is not None and self._stage is Stage.RUN:
            what(session)

    # --------------------------------------------------------------------- the course of it

    async def conduct(self, seconds: float | None = None) -> Ended:
        """All stages. Ends when stopped, when the source ends, or after ``seconds`` of running.

        What went wrong with the sensors or the disk is told by ``Ended``; what was recorded by then
        is kept, and analysed.
        """
        if not await self._first(self._begun.wait()) or self._source is None:
            self._stage = Stage.END
            return self._ended
        session = self._session = LiveSession(
            self._source, self._info, cue_settings(self._choice), published=self._published
        )
        self._stage = Stage.RUN
        with kept_small():
            capture, trouble = await self._run(session, seconds)
        ended = await asyncio.to_thread(self._report, capture)
        if trouble:
            ended = replace(ended, lines=(trouble, *ended.lines), trouble=trouble)
        self._ended = ended
        self._stage = Stage.END
        return ended

    async def _run(self, session: LiveSession, seconds: float | None) -> tuple[Path | None, str]:
        """The run itself. Returns the capture and what went wrong."""
        await session.start()
        while not (self._stop.is_set() or session.source.finished):
            if seconds is not None and session.state.elapsed_s >= seconds:
                break
            await self._first(asyncio.sleep(TICK_S))
        self._stage = Stage.SAVING
        try:
            return await session.stop(), ""
        except HipgaitError as error:
            return session.source.capture, str(error)

    async def _first(self, doing: Awaitable[object]) -> bool:
        """Wait for it, or until stopped. Returns whether it came."""
        work, stopped = asyncio.ensure_future(doing), asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        done = work.done()
        work.cancel()
        stopped.cancel()
        return done

    def _report(self, capture: Path | None) -> Ended:
        if capture is None:
            return Ended(lines=("Nothing was recorded.",))
        try:
            report, lines = self._analyser(capture)
        except HipgaitError as error:  # too short, or no running: the recording is kept
            return Ended(capture, None, ("There is no report.", str(error)))
        except Exception as error:  # a fault of ours must not take the page that says what is saved
            told = f"There is no report: internal error ({error})."
            return Ended(capture, None, (told, f"Try: hipgait analyze {capture}"))
        return Ended(capture, report, lines)
