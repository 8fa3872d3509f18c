"""From sensors to report: stages, buttons, and what happens where something fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hipgait.errors import InputError
from hipgait.live.conductor import Conductor, cue_settings
from hipgait.live.controls import CueChoice, Ended, Stage
from hipgait.live.replay import ReplaySource
from hipgait.live.source import SensorFacts
from hipgait.live.state import SessionPhase

FACTS = (SensorFacts("pelvis", 104.0),)


class Quiet(ReplaySource):
    """A sensor that says nothing until it is stopped."""

    def __init__(self, capture: Path | None) -> None:
        super().__init__(FACTS, ())
        self._capture = capture

    @property
    def finished(self) -> bool:
        return False

    async def stop(self) -> Path | None:
        await super().stop()
        return self._capture


def conducted(
    capture: Path | None, analyser: object, *, taps: bool = True
) -> tuple[Ended, Conductor]:
    async def run() -> tuple[Ended, Conductor]:
        source = Quiet(capture)
        conductor = Conductor(analyser=analyser)  # type: ignore[arg-type]
        conductor.begin(source)
        course = asyncio.ensure_future(conductor.conduct())
        await asyncio.sleep(0.1)
        assert conductor.stage is Stage.RUN
        if taps:
            conductor.lap()
            conductor.pain(3)
            conductor.pain(77)  # no page may say that
            await asyncio.sleep(0.1)
            assert [f["what"] for _, _, f in source.marks] == ["lap 1", "pain 3"]
        conductor.stop()
        conductor.stop()
        ended = await course
        return ended, conductor

    return asyncio.run(run())


def test_the_course_of_a_run(tmp_path: Path) -> None:
    capture, report = tmp_path / "run.mcap", tmp_path / "report.html"
    ended, conductor = conducted(capture, lambda path: (report, ("One.", "Two.")))
    assert ended == Ended(capture, report, ("One.", "Two."))
    assert conductor.stage is Stage.END
    assert conductor.state.phase is SessionPhase.ENDED
    conductor.lap()  # after the end: nothing happens
    assert conductor.ended == ended


def test_little_memory_is_kept_while_it_runs_and_not_for_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[str] = []

    @contextmanager
    def noted() -> Iterator[None]:
        held.append("small")
        yield
        held.append("usual")

    def analyser(capture: Path) -> tuple[Path, tuple[str, ...]]:
        held.append("report")
        return capture, ()

    monkeypatch.setattr("hipgait.live.conductor.kept_small", noted)
    conducted(tmp_path / "run.mcap", analyser, taps=False)
    assert held == ["small", "usual", "report"]


def test_a_report_that_cannot_be_made_keeps_the_recording(tmp_path: Path) -> None:
    def fails(path: Path) -> tuple[None, tuple[str, ...]]:
        raise InputError("no stride found", "Run for longer")

    ended, _ = conducted(tmp_path / "run.mcap", fails, taps=False)
    assert ended.capture == tmp_path / "run.mcap"
    assert ended.report is None
    assert "no stride found" in ended.lines[1]

    def breaks(path: Path) -> tuple[None, tuple[str, ...]]:
        raise ZeroDivisionError("oops")

    ended, _ = conducted(tmp_path / "run.mcap", breaks, taps=False)
    assert ended.report is None
    assert "hipgait analyze" in ended.lines[1]


def test_a_recording_that_broke_off_is_analysed_and_said(tmp_path: Path) -> None:
    """As when the disk is full: what is there counts, and nobody thinks that all is well."""

    class Broken(Quiet):
        @property
        def capture(self) -> Path | None:
            return tmp_path / "run.mcap"

        @property
        def finished(self) -> bool:
            return True

        async def stop(self) -> Path | None:
            await super().stop()
            raise InputError("no space left", "Make room")

    async def run() -> tuple[Ended, Conductor]:
        conductor = Conductor(analyser=lambda path: (path, ("One.",)))
        conductor.begin(Broken(None))
        return await conductor.conduct(), conductor

    ended, conductor = asyncio.run(run())
    assert conductor.stage is Stage.END
    assert ended.capture == ended.report == tmp_path / "run.mcap"
    assert "no space left" in ended.trouble
    assert ended.lines == (ended.trouble, "One.")


def test_without_a_capture_it_says_so() -> None:
    ended, _ = conducted(None, lambda path: pytest.fail("nothing to analyse"), taps=False)
    assert ended.lines == ("Nothing was recorded.",)


def test_stopped_during_the_set_up() -> None:
    async def run() -> tuple[Ended, Stage]:
        conductor = Conductor()
        course = asyncio.ensure_future(conductor.conduct())
        await asyncio.sleep(0.05)
        assert conductor.stage is Stage.SETUP
        conductor.stop()
        return await course, conductor.stage

    assert asyncio.run(run()) == (Ended(), Stage.END)


def test_no_cue_is_no_sound() -> None:
    assert cue_settings(CueChoice(outcome="")).kind == "none"
    chosen = cue_settings(CueChoice("shank_lean_excursion", 2.0, "word", 3, 5.0))
    assert (chosen.outcome, chosen.margin, chosen.kind, chosen.week) == (
        "shank_lean_excursion",
        2.0,
        "word",
        3,
    )
    assert chosen.metronome_pct == 5.0
