"""One sensor's link: found, connected, set up, streaming, lost, found again, stopped.

A link that was lost is taken up again until it is told to stop: each connection is a new segment of
the sensor's clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from bleak import BleakClient

from hipgait.ble.profile import Profile, Value
from hipgait.ble.profiles import rate_of
from hipgait.ble.radio import ADAPTER_KINDS, FIND_S, TROUBLE, Radio, explain, mtu_of
from hipgait.ble.steps import compile_steps
from hipgait.ble.talk import Talk
from hipgait.errors import RadioError

T = TypeVar("T")

SILENT_S: Final = 5.0
"""A stream that gives nothing for so long is started anew, and after as long again reconnected."""
BACKOFF_S: Final = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Waits between attempts to connect; the last one for good."""
FIRST_ATTEMPTS: Final = 4
"""Attempts until a sensor that never streamed is given up."""
FAREWELL_S: Final = 4.0
"""Longest time that stopping a sensor may take, and again that letting go of it may."""
FIND_AGAIN_S: Final = 4.0
"""A lost sensor is looked for so long at a time."""
BATTERY_S: Final = 60.0
SLOW_BEATS: Final = 5.0
"""Slow streams may be silent for so many of their samples."""
_AT_ONCE: Final = (*ADAPTER_KINDS, "wrong_profile", "mtu", "refused", "not_found")
"""Trouble at the beginning that another attempt would not mend."""


class Sink(Protocol):
    """Where notifications and events go. Must not block."""

    def raw(self, placement: str, char: str, arrival_ns: int, data: bytes) -> None:
        """A notification of one of the profile's characteristics."""

    def event(self, kind: str, arrival_ns: int, **fields: object) -> None:
        """Something that happened."""


@dataclass(frozen=True)
class Sensor:
    """A sensor that is to be recorded.

    options : settled, all of the profile's.  profile_text : the profile as read.
    """

    placement: str
    address: str
    profile: Profile
    profile_text: str
    options: Mapping[str, Value] = field(default_factory=dict)
    name: str = ""

    @property
    def label(self) -> str:
        """Placement, firmware and address, for messages."""
        return f"{self.placement} ({self.profile.name}, {self.address})"


class Phase(StrEnum):
    """What a link is doing."""

    SEARCHING = "searching"
    STARTING = "starting"
    STREAMING = "streaming"
    LOST = "lost"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass
class Health:
    """What is known of a link, for whoever watches it.

    trouble : why it does not stream.  segment : connections so far, minus one.
    streams : how often it began to stream.
    """

    phase: Phase = Phase.SEARCHING
    trouble: RadioError | None = None
    segment: int = -1
    notifications: int = 0
    last_ns: int = 0
    battery_pct: float | None = None
    rssi_dbm: int | None = None
    streams: int = 0


class _Stopped(Exception):
    """The recording ends."""


class Link:
    """Keeps one sensor streaming into a sink until told to stop.

    Parameters
    ----------
    sensor : which one, and what it speaks.
    radio : the adapter.
    sink : gets every notification.
    now_ns : clock of the arrivals, monotonic.
    """

    def __init__(
        self,
        sensor: Sensor,
        radio: Radio,
        sink: Sink,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.sensor = sensor
        self.health = Health()
        self._radio = radio
        self._sink = sink
        self._now_ns = now_ns
        profile, options = sensor.profile, sensor.options
        self._begin = [
            *compile_steps(profile, "configure", options),
            *compile_steps(profile, "start", options),
        ]
        self._end = [
            *compile_steps(profile, "stop", options),
            *compile_steps(profile, "teardown", options),
        ]
        self._data = {stream.char for stream in profile.stream}
        motion = [s for s in profile.stream if s.kind == "motion"]
        main = motion or list(profile.stream)
        self._main = {stream.char for stream in main}  # a battery that speaks is no sign of life
        fastest = max(rate_of(stream, options) for stream in main)
        self._silent_ns = 1e9 * max(SILENT_S, SLOW_BEATS / fastest)
        self._gone = asyncio.Event()
        self._lost_ns: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Stream until ``stop`` is set.

        Raises
        ------
        RadioError : the sensor never streamed, and trying again would not help.
        """
        failed = 0
        while not stop.is_set():
            before = self.health.streams
            try:
                await self._session(stop)
            except _Stopped:
                break
            except RadioError as error:
                self.health.trouble = error
                failed = 1 if self.health.streams > before else failed + 1
                if not self.health.streams and (error.kind in _AT_ONCE or failed >= FIRST_ATTEMPTS):
                    self.health.phase = Phase.FAILED
                    raise RadioError(
                        error.kind, f"{self.sensor.label}: {error.what}", error.cure
                    ) from error
                self.health.phase = Phase.LOST
                with suppress(TimeoutError):
                    wait = BACKOFF_S[min(failed, len(BACKOFF_S)) - 1]
                    await asyncio.wait_for(stop.wait(), wait)
        self.health.phase = Phase.STOPPED

    async def _session(self, stop: asyncio.Event) -> None:
        """One connection, from the search to its end."""
        health = self.health
        health.phase = Phase.SEARCHING
        gone = self._gone = asyncio.Event()
        client, health.rssi_dbm = await self._until(stop, self._connect(gone))
        talk = Talk(client, self.sensor.profile, self._receive, self._now_ns)
        try:
            health.phase = Phase.STARTING
            talk.check(self._begin)
            health.segment += 1
            self._tell(
                "connected", segment=health.segment, rssi_dbm=health.rssi_dbm, mtu=mtu_of(client)
            )
            await self._until(stop, self._start(talk))
            health.phase, health.trouble = Phase.STREAMING, None
            await self._stream(talk, stop)
        except TROUBLE as error:
            raise explain(error, self.sensor.address) from error
        except (_Stopped, RadioError):
            raise
        except Exception as error:
            if not health.streams:
                raise
            what = f"{type(error).__name__}: {error}"  # one sensor's trouble must not end the rest
            raise explain(OSError(what), self.sensor.address) from error
        finally:
            await self._farewell(talk, client.disconnect)

    async def _connect(self, gone: asyncio.Event) -> tuple[BleakClient, int]:
        """Find it and connect; while others may wait for the adapter, not for long."""
        again = self.health.streams > 0
        return await self._radio.connect(
            self.sensor.address,
            lambda _: gone.set(),
            FIND_AGAIN_S if again else FIND_S,
            again=again,
        )

    def _receive(self, char: str, arrival_ns: int, data: bytes) -> None:
        self._sink.raw(self.sensor.placement, char, arrival_ns, data)
        if char in self._data:
            self.health.notifications += 1
        if char in self._main:
            self.health.last_ns = arrival_ns
            if self._lost_ns is not None:
                self._tell("gap", from_ns=self._lost_ns, to_ns=arrival_ns)
                self._lost_ns = None

    async def _start(self, talk: Talk) -> None:
        """Set up and start; what was left streaming is stopped first and started again."""
        try:
            try:
                await talk.do(self._begin)
            except RadioError:
                if self._gone.is_set():
                    raise
                await talk.do(self._end, lenient=True)
                await talk.do(self._begin)
        except RadioError as error:
            if self._gone.is_set():
                raise RadioError(
                    "lost", "the link broke while it was set up", "Bring it nearer, charge it"
                ) from error
            raise

    async def _stream(self, talk: Talk, stop: asyncio.Event) -> None:
        """Wait for the end, asking for the battery now and then; restart what falls silent."""
        health = self.health
        health.streams += 1
        started, restarted = self._now_ns(), False
        asked = -float("inf")
        while not stop.is_set():
            now = self._now_ns()
            if now - asked > BATTERY_S * 1e9:
                asked = now
                await self._ask_battery(talk)
            if now - max(health.last_ns, started) > self._silent_ns:
                if restarted:
                    raise RadioError("silent", "it is connected and sends nothing")
                started, restarted = now, True
                self._lost_ns = health.last_ns or None
                self._tell("restart")
                await self._until(stop, talk.do(self._end, lenient=True))
                await self._until(stop, talk.do(self._begin))
            elif health.last_ns > started:
                restarted = False
            await self._pause(stop, 1.0)
            if self._gone.is_set() and not stop.is_set():
                raise RadioError("lost", "the link was lost")

    async def _pause(self, stop: asyncio.Event, seconds: float) -> None:
        """Until the link is lost, the recording ends, or the time is over."""
        waits = {asyncio.ensure_future(e.wait()) for e in (self._gone, stop)}
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _ask_battery(self, talk: Talk) -> None:
        percent = await talk.battery()
        if percent is not None:
            self.health.battery_pct = percent
            self._tell("battery", percent=percent)

    async def _farewell(self, talk: Talk, disconnect: Callable[[], Awaitable[None]]) -> None:
        """Stop the sensor where it still listens, and let go of it. Never raises."""
        lost = self._gone.is_set()
        if self.health.phase is Phase.STREAMING:
            self._lost_ns = self.health.last_ns or self._now_ns()
        with suppress(*TROUBLE, RadioError):
            if not lost:
                async with asyncio.timeout(FAREWELL_S):
                    await talk.do(self._end, lenient=True)
        with suppress(*TROUBLE):  # one that does not take the stop must still be let go of
            async with asyncio.timeout(FAREWELL_S):
                await disconnect()
        self._tell("disconnected", by="sensor" if lost else "host", segment=self.health.segment)

    async def _until(self, stop: asyncio.Event, doing: Awaitable[T]) -> T:
        """The result of ``doing``, which is given up as soon as ``stop`` is set."""
        work = asyncio.ensure_future(doing)
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not work.done():
                work.cancel()
        if not work.cancelled() and work.done():
            return work.result()
        with suppress(asyncio.CancelledError, *TROUBLE, RadioError):
            await work
        raise _Stopped

    def _tell(self, kind: str, **fields: object) -> None:
        self._sink.event(kind, self._now_ns(), placement=self.sensor.placement, **fields)
