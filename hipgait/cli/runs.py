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
    if not path.exists():
        raise MissingInputError(
            f"{path}: no such file or folder",
            "Give a folder of CSV files named after their sensors, a session or an export",
        )
    # the numerical libraries load while the files are being read
    Thread(target=import_module, args=("hipgait.api",), daemon=True).start()
    if is_analysed(path):
        if options.changes_the_numbers:
            raise MissingInputError(
                f"{path} is already analysed and holds no signals",
                "Give the recording itself to analyse it with other options",
            )
        from hipgait.results import load

        step(f"reading the findings in {path}")
        return load(path)
    from hipgait.cli.asking import asker
    from hipgait.settings import Settings
    from hipgait.unnamed import find_sensors

    settings = Settings.from_toml(options.settings) if options.settings else None
    step(f"reading {path}")
    ask = asker(step, quiet=not options.may_ask)
    found = find_sensors(path, options.sensors or None, options.run_info, ask=ask)
    recordings = [found.recording]
    del found
    from hipgait import api
    from hipgait.io.fit import attach

    if options.fit is not None:
        recordings = [attach(recordings.pop(), options.fit)]
    step(f"analysing {path}")
    # handed over, not kept: the analysis lets go of the raw samples when it has its own
    return api.analyze(recordings.pop(), settings, speed_mps=options.speed_mps, sync=options.sync)
