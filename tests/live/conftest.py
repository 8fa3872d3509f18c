"""One short run that several tests look at."""

from __future__ import annotations

import pytest

from hipgait.api import analyze
from hipgait.live.engine import Engine, LiveStance
from hipgait.recording import Recording
from hipgait.results import RunResult
from tests.live.worn import follow, worn


@pytest.fixture(scope="session")
def short_run() -> Recording:
    """8 s of standing and 16 s of running."""
    return worn()


@pytest.fixture(scope="session")
def followed(short_run: Recording) -> tuple[Engine, list[LiveStance]]:
    """The short run, live from the tenth stride on."""
    return follow(short_run, from_s=16.0)


@pytest.fixture(scope="session")
def analysed(short_run: Recording) -> RunResult:
    """The short run, offline."""
    return analyze(short_run)
