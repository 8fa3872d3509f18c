"""Live samples from a recorder: the capture is written as without a page, and a tap listens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from hipgait.ble.link import Phase, Sensor
from hipgait.ble.radio import Radio
from hipgait.ble.recorder import Clocks, HostClocks, Recorder, Status
from hipgait.io.runtable import RunTable
from hipgait.live.source import Block, SensorFacts
from hipgait.live.state import Link, SensorHealth
from hipgait.live.tap import Tap, facts_of

_LINKS: Final = {
    Phase.SEARCHING: Link.SEARCHING,
    Phase.STARTING: Link.SEARCHING,
    Phase.STREAMING: Link.STREAMING,
    Phase.LOST: Link.LOST,
    Phase.FAILED: Link.FAILED,
    Phase.STOPPED: Link.STOPPED,
}


class RecordingSource:
    """Records the sensors into a capture, and gives what they send.

    Parameters
    ----------
    sensors, path, radio, run, clocks : as of ``Recorder``.
    """

    def __init__(
        self,
        sensors: Sequence[Sensor],
        path: Path,
        radio: Radio,
        run: RunTable | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        self._clocks = clocks or HostClocks()
        self._anchor_ns = self._clocks.monotonic_ns()
        self._facts = tuple(facts_of(s) for s in sensors)
        self._tap = Tap(sensors, self._anchor_ns)
        self.recorder = Recorder(sensors, path, radio, run, self._clocks, taps=(self._tap,))
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._status: Status | None = None

    @property
    def sensors(self) -> Sequence[SensorFacts]:
        """As given."""
        return self._facts

    async def start(self) -> None:
        """Begin to record."""
        self._task = asyncio.ensure_future(self.recorder.run(self._stop, self._look))

    def _look(self, status: Status) -> None:
        self._status = status

    def poll(self) -> list[Block]:
        """What has come."""
        return self._tap.poll()

    def health(self) -> Sequence[SensorHealth]:
        """Each sensor, as of half a second ago at most; ages as of now."""
        if self._status is None:
            return [SensorHealth(f.placement, wanted_hz=f.rate_hz) for f in self._facts]
        now = self.now_s()
        out = []
        for s in self._status.sensors:
            at = self._tap.arrived_s[s.placement]
            health = SensorHealth(
                placement=s.placement,
                link=_LINKS[s.phase],
                rate_hz=s.rate_hz,
                wanted_hz=s.wanted_hz,
                lost_pct=s.lost_pct,
                battery_pct=s.battery_pct,
                offset_ms=s.clock_ms,
                clipped_pct=s.saturated_pct,
                breaks=s.breaks,
                trouble=s.trouble,
            )
            out.append(replace(health, age_s=now - at) if at > float("-inf") else health)
        return out

    def now_s(self) -> float:
        """Seconds since the source was made, on the host's monotonic clock."""
        return 1e-9 * (self._clocks.monotonic_ns() - self._anchor_ns)

    def mark(self, kind: str, **fields: object) -> None:
        """An event into the capture."""
        self.recorder.writer.event(kind, self._clocks.monotonic_ns(), **fields)

    @property
    def finished(self) -> bool:
        """The recording has ended, by itself or because it was told to."""
        return self._task is not None and self._task.done()

    @property
    def capture(self) -> Path | None:
        """The capture as far as it is written."""
        return self.recorder.path if self.recorder.path.exists() else None

    async def stop(self) -> Path | None:
        """End the recording.

        Raises
        ------
        RadioError, InputError : as of ``Recorder.run``.
        """
        self._stop.set()
        if self._task is not None:
            await self._task
        return self.capture
