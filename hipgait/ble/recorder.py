"""Recording: several links into one capture file until told to stop.

The links' callbacks stamp and hand over; the capture's own thread writes; twice a second what came
is decoded for the screen. A sensor that is lost is looked for again while the others go on. Where
the file can no longer be written, the sensors are stopped and the reason is told.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from hipgait import __version__
from hipgait.ble.link import Link, Phase, Sensor, Sink
from hipgait.ble.lsl import SCHEME, LslLink
from hipgait.ble.radio import ADAPTER_KINDS, Radio
from hipgait.ble.status import SensorStatus, Viewer, Watch
from hipgait.errors import HipgaitError, RadioError
from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter, SensorHeader
from hipgait.io.runtable import RunTable

TICK_S: Final = 0.5
ANCHOR_S: Final = 60.0
"""UTC and monotonic time are compared so often."""
LOW_DISK: Final = 200 * 1024 * 1024
"""Less room than this is warned of, bytes."""


@dataclass(frozen=True)
class Status:
    """All of the recording.

    elapsed_s : since all sensors streamed, 0 before.
    disk_free : bytes; None where the folder is gone.
    """

    elapsed_s: float
    sensors: tuple[SensorStatus, ...]
    disk_free: int | None
    written: int
    warnings: tuple[str, ...]


class Looker(Protocol):
    """Looks at the recording every tick, e.g. a screen."""

    def __call__(self, status: Status) -> None:
        """Show it. Must be quick."""


class Clocks(Protocol):
    """Where the time comes from; for simulations another one."""

    def monotonic_ns(self) -> int:
        """Host's monotonic clock."""

    def utc_ns(self) -> int:
        """Host's clock, since 1970."""


class HostClocks:
    """The host's own."""

    def monotonic_ns(self) -> int:
        """As ``time``."""
        return time.monotonic_ns()

    def utc_ns(self) -> int:
        """As ``time``."""
        return time.time_ns()


def anchor_of(clocks: Clocks) -> Anchor:
    """The same moment on both clocks: the middle of two readings round the other."""
    before = clocks.monotonic_ns()
    utc = clocks.utc_ns()
    return Anchor(utc_ns=utc, monotonic_ns=(before + clocks.monotonic_ns()) // 2)


def _disk_free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # unmounted, or removed
        return None


class Recorder:
    """A recording of some sensors.

    Parameters
    ----------
    sensors : at least one; one a placement.
    path : capture file to make.
    radio : the adapter.
    run : what is known of the run and the athlete.
    clocks : the host's unless simulated.
    viewers : get what is decoded, besides the capture.
    taps : get every notification and event as it comes, and must not take any time over it.
    """

    def __init__(
        self,
        sensors: Sequence[Sensor],
        path: Path,
        radio: Radio,
        run: RunTable | None = None,
        clocks: Clocks | None = None,
        viewers: Sequence[Viewer] = (),
        taps: Sequence[Sink] = (),
    ) -> None:
        self.path = path
        self.warnings: dict[str, str] = {}
        self._clocks = clocks or HostClocks()
        header = CaptureHeader(
            version=__version__,
            anchor=anchor_of(self._clocks),
            sensors={
                s.placement: SensorHeader(
                    address=s.address,
                    name=s.name,
                    profile_id=s.profile.id,
                    profile_text=s.profile_text,
                    options=dict(s.options),
                )
                for s in sensors
            },
            run=run or RunTable(),
        )
        self.writer = CaptureWriter(path, header)
        now = self._clocks.monotonic_ns
        self.links: dict[str, Link | LslLink] = {
            s.placement: LslLink(s, self, now)
            if s.address.startswith(SCHEME)
            else Link(s, radio, self, now)
            for s in sensors
        }
        self.watches = {p: Watch(link.sensor, link.health) for p, link in self.links.items()}
        self._takes = {p: watch.take for p, watch in self.watches.items()}
        self._viewers = (self.writer, *viewers)
        self._taps = tuple(taps)
        self._written = 0
        self._began_ns: int | None = None

    # ------------------------------------------------------------------ what links hand over

    def raw(self, placement: str, char: str, arrival_ns: int, data: bytes) -> None:
        """A notification: into the file, and for the screen."""
        self.writer.raw(placement, char, arrival_ns, data)
        self._takes[placement](char, arrival_ns, data)
        for tap in self._taps:
            tap.raw(placement, char, arrival_ns, data)
        self._written += len(data)

    def event(self, kind: str, arrival_ns: int, **fields: object) -> None:
        """Something that happened; a new connection is a new anchor and a new segment."""
        self.writer.event(kind, arrival_ns, **fields)
        for tap in self._taps:
            tap.event(kind, arrival_ns, **fields)
        if kind == "connected":
            self.writer.anchor(anchor_of(self._clocks))
            self.watches[str(fields["placement"])].new_segment(self._viewers)

    def mark(self, what: str) -> None:
        """A moment that an analysis or a person may want to find."""
        self.writer.event("mark", self._clocks.monotonic_ns(), what=what)

    # ------------------------------------------------------------------ the run

    @property
    def streaming(self) -> bool:
        """Every sensor streams."""
        return all(link.health.phase is Phase.STREAMING for link in self.links.values())

    async def run(self, stop: asyncio.Event, look: Looker | None = None) -> None:
        """Record until ``stop`` is set; then stop the sensors and close the file.

        Raises
        ------
        RadioError : a sensor never streamed (the others are stopped); the adapter went and did not
            come back.
        InputError : the file can no longer be written.
        """
        done = asyncio.Event()
        links = [asyncio.ensure_future(link.run(done)) for link in self.links.values()]
        trouble: list[HipgaitError] = []
        try:
            await self._watch(stop, links, look, trouble)
            if (gone := self._adapter_trouble()) is not None and not trouble:
                trouble.append(self._without_adapter(gone))
        finally:
            done.set()
            await asyncio.gather(*links, return_exceptions=True)  # told by _watch
            try:
                self._tick(look)
            finally:
                self._close()
        if trouble:
            raise trouble[0]

    def _close(self) -> None:
        """Close the file; one that no sensor ever wrote to is not left behind."""
        self.writer.close()
        healths = [link.health for link in self.links.values()]
        if any(h.phase is Phase.FAILED for h in healths) and not any(h.streams for h in healths):
            self.path.unlink(missing_ok=True)

    def _adapter_trouble(self) -> RadioError | None:
        """Why no sensor can stream any more, where it is the adapter."""
        found = [link.health.trouble for link in self.links.values() if link.health.trouble]
        if any(link.health.phase is Phase.STREAMING for link in self.links.values()):
            return None
        return next((error for error in found if error.kind in ADAPTER_KINDS), None)

    def _without_adapter(self, error: RadioError) -> RadioError:
        last_ns = max(link.health.last_ns for link in self.links.values())
        before = 1e-9 * (last_ns - (self._began_ns or last_ns))
        return RadioError(
            error.kind,
            f"{self.path}: nothing was recorded after {before:.0f} s: {error.what}",
            f"What came before is safe. {error.cure}",
        )

    async def _watch(
        self,
        stop: asyncio.Event,
        links: Sequence[asyncio.Future[None]],
        look: Looker | None,
        trouble: list[HipgaitError],
    ) -> None:
        """Until the end: decode, show, anchor, and see that all is well."""
        anchored = self._clocks.monotonic_ns()
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TICK_S)
            self._tick(look)
            if self.writer.failure is not None:
                trouble.append(self.writer.failure)
                return
            for link in links:
                error = link.exception() if link.done() and not link.cancelled() else None
                if isinstance(error, RadioError):
                    trouble.append(error)
                    return
                if error is not None:
                    raise error
            if self._clocks.monotonic_ns() - anchored > ANCHOR_S * 1e9:
                anchored = self._clocks.monotonic_ns()
                self.writer.anchor(anchor_of(self._clocks))

    def _tick(self, look: Looker | None) -> None:
        for watch in self.watches.values():
            watch.tick(self._viewers)
        if self._began_ns is None and self.streaming:
            self._began_ns = self._clocks.monotonic_ns()
        if look is not None:
            look(self.status())

    def status(self) -> Status:
        """Where things stand."""
        now = self._clocks.monotonic_ns()
        free = _disk_free(self.path.parent)
        warnings = dict(self.warnings)
        gone = self._adapter_trouble()
        if gone is not None:
            warnings["adapter"] = f"{gone}"
        if free is not None and free < LOW_DISK:
            warnings["disk"] = f"only {free // 10**7 * 10} MB left on the disk"
        return Status(
            elapsed_s=0.0 if self._began_ns is None else 1e-9 * (now - self._began_ns),
            sensors=tuple(watch.status(1e-9 * now) for watch in self.watches.values()),
            disk_free=free,
            written=self._written,
            warnings=tuple(warnings.values()),
        )
