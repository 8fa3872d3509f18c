"""What a page or a key press may ask of a live session, and what it may look at.

The page runs in a thread of its own; every method may be called from there, returns at once, and
never fails: what goes wrong is told in the state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hipgait.live.state import LiveState


class Stage(StrEnum):
    """Which page is shown. SAVING : stopped, the report is being made."""

    SETUP = "setup"
    RUN = "run"
    SAVING = "saving"
    END = "end"


@dataclass(frozen=True)
class Candidate:
    """A sensor in range. name : as it calls itself, any text.  profile : empty where none fits.

    placement : assigned so far, or empty.  fit : what was found of it, one line; ok : whether it
    may be used as it is; None where it was not looked at.
    """

    address: str
    name: str
    profile: str
    rssi_dbm: int | None = None
    placement: str = ""
    fit: str = ""
    ok: bool | None = None


@dataclass(frozen=True)
class SetupState:
    """The set-up page. doing : what is going on or asked for, one line.  busy : wait for it.

    ready : a run may begin.
    """

    candidates: tuple[Candidate, ...] = ()
    doing: str = ""
    busy: bool = False
    ready: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class CueChoice:
    """Feedback that the runner chose. outcome : empty for none.  margin : above the fresh level.

    kind : "tone" | "word".  week : of the fading schedule, None without.  cadence_pct : metronome
    against the fresh cadence, None for off.
    """

    outcome: str = "pelvic_drop_excursion"
    margin: float = 1.0
    kind: str = "tone"
    week: int | None = None
    cadence_pct: float | None = None


@dataclass(frozen=True)
class Ended:
    """What is there after the run. report, capture : None where they could not be made.

    lines : the answer in short, or what went wrong.  trouble : why the recording ended, where it
    did so by itself; empty otherwise.
    """

    capture: Path | None = None
    report: Path | None = None
    lines: tuple[str, ...] = ()
    trouble: str = ""


class SetupControls(Protocol):
    """The set-up page's buttons."""

    @property
    def state(self) -> SetupState:
        """The newest."""
        ...

    def scan(self) -> None:
        """Look for sensors."""
        ...

    def assign(self, address: str, placement: str) -> None:
        """Give a sensor its place; empty takes it away."""
        ...

    def identify(self, placement: str) -> None:
        """Watch which sensor moves, and give that one the place."""
        ...

    def check(self) -> None:
        """Stand still, then step on the spot: rate, rest and swing of every assigned sensor."""
        ...

    def begin(self) -> None:
        """Start the run with what is assigned, and the feedback that is chosen."""
        ...


class Controls(Protocol):
    """A live session, as its pages see it."""

    @property
    def stage(self) -> Stage:
        """Which page."""
        ...

    @property
    def state(self) -> LiveState:
        """The newest state of the run."""
        ...

    @property
    def setup(self) -> SetupControls | None:
        """The set-up; None where the sensors were given beforehand."""
        ...

    @property
    def ended(self) -> Ended:
        """What is there after the run."""
        ...

    @property
    def cue(self) -> CueChoice:
        """The feedback that is chosen."""
        ...

    def listen(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call ``hear`` at each new state of the run, from another thread; it must be quick.

        Returns what ends that.
        """
        ...

    def lap(self) -> None:
        """A lap begins."""
        ...

    def pain(self, level: int) -> None:
        """Pain, 0 to 10, now."""
        ...

    def choose(self, cue: CueChoice) -> None:
        """Another cue from now on."""
        ...

    def stop(self) -> None:
        """End the run: save, then report."""
        ...
