"""``live --simulate``: virtual sensors on the simulated runner; everything else is real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hipgait.ble.radio import Radio
from hipgait.ble.recorder import Clocks
from hipgait.errors import MissingExtraError
from hipgait.live.recording_source import RecordingSource


@asynccontextmanager
async def simulated_source(
    path: Path, seconds: float | None = None, clocks: Clocks | None = None
) -> AsyncIterator[RecordingSource]:
    """Three virtual sensors, recorded into ``path``: ``async with simulated_source(p) as source``.

    seconds : that the runner moves, standing first; None: an hour.

    Raises
    ------
    MissingExtraError : the virtual radio is not installed.
    """
    try:
        from hipgait.ble.virtual.worn import bodies, rig, sensors, specs
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "bumble", "virtual") from None
    chosen = specs()
    async with rig(chosen, bodies(seconds, protocol=False)) as air:
        radio = Radio(air.client, air.scanner)
        yield RecordingSource(sensors(chosen), path, radio, clocks=clocks)
