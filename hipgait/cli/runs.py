"""RUN on the command line: what was recorded, or what ``analyze`` wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from hipgait.cli.common import Step
from hipgait.errors import MissingInputError

if TYPE_CHECKING:
    from hipgait.recording import Recording
    from hipgait.results import RunResult


@dataclass(frozen=True)
class RunOptions:
    """How runs are read and analysed; the defaults change nothing."""

    sensors: Mapping[str, Path]
    speed_mps: float | None = None
    run_info: Path | None = None
    settings: Path | None = None
    fit: Path | None = None
    sync: str = "auto"
    may_ask: bool = False

    @property
    def changes_the_numbers(self) -> bool:
        """Whether an analysis that was made without them may not be used again."""
        given = (self.sensors, self.speed_mps, self.run_info, self.settings, self.fit)
        return any(map(bool, given)) or self.sync != "auto"


def is_analysed(path: Path) -> bool:
    """Whether ``analyze`` wrote this folder."""
    from hipgait.io.results import is_results

    return is_results(path)


def find_run(path: Path, options: RunOptions, step: Step) -> RunResult:
    """The findings of a RUN: read again where they exist, computed otherwise.

    Raises
    ------
    MissingInputError : there is no such file or folder.
    InputError : it is already analysed, and the options ask for other numbers.
    """
    _must_exist(path)
    if is_analysed(path):
        if options.changes_the_numbers:
            raise MissingInputError(
                f"{path} is already analysed and holds no signals",
                "Give the recording itself to analyse it with other options",
            )
        from hipgait.results import load

        step(f"reading the findings in {path}")
        return load(path)
    from hipgait.settings import Settings

    settings = Settings.from_toml(options.settings) if options.settings else None
    recordings = [read_signals(path, options, step)]
    from hipgait import api

    step(f"analysing {path}")
    # handed over, not kept: the analysis lets go of the raw samples when it has its own
    return api.analyze(recordings.pop(), settings, speed_mps=options.speed_mps, sync=options.sync)


def read_signals(path: Path, options: RunOptions, step: Step) -> Recording:
    """The recording of a RUN, with the watch's file where one is given.

    Raises
    ------
    MissingInputError : there is no such file or folder, or it holds findings and no signals.
    """
    _must_exist(path)
    if is_analysed(path):
        raise MissingInputError(
            f"{path} is already analysed and holds no signals", "Give the recording itself"
        )
    from hipgait.cli.asking import asker
    from hipgait.unnamed import find_sensors

    step(f"reading {path}")
    ask = asker(step, quiet=not options.may_ask)
    found = find_sensors(path, options.sensors or None, options.run_info, ask=ask)
    if options.fit is None:
        return found.recording
    from hipgait.io.fit import attach

    return attach(found.recording, options.fit)


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise MissingInputError(
            f"{path}: no such file or folder",
            "Give a folder of CSV files named after their sensors, a session or an export",
        )
    # the numerical libraries load while the files are being read
    Thread(target=import_module, args=("hipgait.api",), daemon=True).start()
