"""The set-up page's work: find sensors, learn which is which, look whether they fit.

It lives in the event loop that records. One thing at a time; the page sees what is going on and may
ask for the next when it is done. Sensors are heard through the same recorder that runs use, into a
folder that is thrown away.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from hipgait.ble.link import Sensor
from hipgait.ble.profiles import load, settle, shipped
from hipgait.ble.radio import Radio, Seen, fitting, shown
from hipgait.ble.recorder import Clocks, Recorder
from hipgait.errors import HipgaitError, RadioError
from hipgait.io.runtable import RunTable
from hipgait.live.controls import Candidate, SetupControls, SetupState
from hipgait.live.fit import energy, more_than_the_legs, mover, still_words, swing_words
from hipgait.live.recording_source import RecordingSource
from hipgait.live.shown import place
from hipgait.live.source import LiveSource
from hipgait.names import PELVIS, PLACEMENTS

SCAN_S: Final = 6.0
CONNECT_S: Final = 25.0
MOVE_S: Final = 5.0
STILL_S: Final = 10.0
STEPS_S: Final = 10.0
MOST: Final = len(PLACEMENTS)
"""So many sensors are heard at once."""

T = TypeVar("T")
Begin = Callable[[LiveSource], None]


class SetUp(SetupControls):
    """Finds and places the sensors of a run.

    Parameters
    ----------
    radio : the adapter.
    path : capture that the run will write.
    begin : takes the sensors when the runner starts.
    run : what is known of the run.
    clocks : the host's unless simulated.
    """

    def __init__(
        self,
        radio: Radio,
        path: Path,
        begin: Begin,
        run: RunTable | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        self._radio, self._path, self._begin, self._run = radio, path, begin, run
        self._clocks = clocks
        self._state = SetupState()
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> SetupState:
        """The newest."""
        return self._state

    # ----------------------------------------------------------------- what the page asks for

    def scan(self) -> None:
        """Look for sensors."""
        self._do(self._scan)

    def assign(self, address: str, placement: str) -> None:
        """Give a sensor its place; the sensor that had it before loses it."""
        if placement in ("", *PLACEMENTS):
            self._loop.call_soon_threadsafe(self._assign, address, placement)

    def identify(self, placement: str) -> None:
        """Watch which sensor moves, and give that one the place."""
        if placement in PLACEMENTS:
            self._do(lambda: self._identify(placement))

    def check(self) -> None:
        """Stand still, then step on the spot."""
        self._do(self._check)

    def begin(self) -> None:
        """Start the run with what is assigned."""
        self._loop.call_soon_threadsafe(self._start)

    # ----------------------------------------------------------------- one thing at a time

    def _do(self, what: Callable[[], Awaitable[None]]) -> None:
        self._loop.call_soon_threadsafe(self._begin_task, what)

    def _begin_task(self, what: Callable[[], Awaitable[None]]) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._guarded(what))

    async def _guarded(self, what: Callable[[], Awaitable[None]]) -> None:
        self._tell(trouble="", busy=True)
        try:
            await what()
        except HipgaitError as error:
            self._tell(trouble=str(error))
        except OSError as error:
            self._tell(trouble=f"This did not work: {error}")
        finally:
            self._tell(busy=False)

    def _tell(self, **changes: Any) -> None:
        state = replace(self._state, **changes)
        self._state = replace(
            state,
            ready=not state.busy and any(c.placement and c.profile for c in state.candidates),
        )

    async def close(self) -> None:
        """Stop what is going on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # ----------------------------------------------------------------- scan and places

    async def _scan(self) -> None:
        self._tell(doing="Looking for sensors. Wake them: press the button or move them.")
        seen = await self._radio.scan(SCAN_S)
        before = {c.address: c for c in self._state.candidates}
        found = [_candidate(s, before.get(s.address)) for s in seen.values()]
        usable = sorted(
            (c for c in found if c.profile or c.fit), key=lambda c: -(c.rssi_dbm or -999)
        )
        others = len(found) - len(usable)
        doing = f"{len(usable)} in range that hipgait knows"
        if others:
            doing += f", {others} other device{'s' if others > 1 else ''}"
        if not usable:
            doing += ". Wake the sensors, and close the app that holds them."
        self._tell(candidates=tuple(usable[:MOST]), doing=doing + ("" if not usable else "."))

    def _assign(self, address: str, placement: str) -> None:
        self._tell(
            candidates=tuple(
                replace(c, placement=placement)
                if c.address == address
                else replace(c, placement="" if c.placement == placement else c.placement)
                for c in self._state.candidates
            )
        )

    async def _identify(self, placement: str) -> None:
        chosen = [c for c in self._state.candidates if c.profile]
        self._tell(doing="Connecting to all sensors in range …")

        async def watch(recorder: Recorder) -> dict[str, float]:
            what = "Tap the sensor on your sacrum" if placement == PELVIS else ""
            self._tell(doing=f"{what or 'Lift your ' + place(placement).split()[0] + ' foot'} now.")
            await asyncio.sleep(MOVE_S)
            return {
                p: energy(w.recent("acc", MOVE_S)[1], w.recent("gyr", MOVE_S)[1])
                for p, w in recorder.watches.items()
            }

        stand_ins = dict(zip(PLACEMENTS, chosen, strict=False))
        moved = mover(await self._hear(stand_ins, watch))
        if not moved:
            self._tell(doing="It was not clear which sensor moved. Try once more, only that one.")
            return
        self._assign(stand_ins[moved].address, placement)
        self._tell(doing=f"{place(placement).capitalize()}: found.")

    # ----------------------------------------------------------------- fit

    async def _check(self) -> None:
        worn = {c.placement: c for c in self._state.candidates if c.placement}
        if not worn:
            self._tell(doing="Give the sensors their places first.")
            return
        self._tell(doing="Connecting …")

        async def watch(recorder: Recorder) -> dict[str, tuple[bool, str]]:
            self._tell(doing=f"Stand still for {STILL_S:.0f} s.")
            await asyncio.sleep(STILL_S)
            status = {s.placement: s for s in recorder.status().sensors}
            still = {
                p: still_words(
                    w.recent("acc", STILL_S - 2.0)[1],
                    w.recent("gyr", STILL_S - 2.0)[1],
                    status[p].rate_hz,
                    status[p].lost_pct,
                )
                for p, w in recorder.watches.items()
            }
            self._tell(doing=f"Step on the spot for {STEPS_S:.0f} s.")
            await asyncio.sleep(STEPS_S)
            gyr = {p: w.recent("gyr", STEPS_S - 2.0)[1] for p, w in recorder.watches.items()}
            swing = {p: swing_words(p, g) for p, g in gyr.items()}
            turned = {
                p: float(np.sqrt((g**2).sum(axis=1).mean())) for p, g in gyr.items() if len(g)
            }
            mixed = more_than_the_legs(turned)
            return {p: _judged(p, still[p], swing[p], mixed) for p in still}

        found = await self._hear(worn, watch)
        self._tell(
            candidates=tuple(
                replace(c, ok=found[c.placement][0], fit=found[c.placement][1])
                if c.placement in found
                else c
                for c in self._state.candidates
            ),
            doing="Fit to run."
            if all(ok for ok, _ in found.values())
            else "Look at what is said of each sensor.",
        )

    async def _hear(
        self, worn: Mapping[str, Candidate], watch: Callable[[Recorder], Awaitable[T]]
    ) -> T:
        """Stream from some sensors while ``watch`` looks on."""
        sensors = [_sensor(p, c) for p, c in worn.items()]
        with tempfile.TemporaryDirectory(prefix="hipgait-setup-") as folder:
            recorder = Recorder(
                sensors, Path(folder) / "setup.mcap", self._radio, clocks=self._clocks
            )
            stop = asyncio.Event()
            task = asyncio.ensure_future(recorder.run(stop))
            try:
                await self._streaming(recorder, task)
                return await watch(recorder)
            finally:
                stop.set()
                await asyncio.gather(task, return_exceptions=True)

    async def _streaming(self, recorder: Recorder, task: asyncio.Future[None]) -> None:
        """Wait until all stream.

        Raises
        ------
        RadioError : some do not; what the recorder says of it where it gave up.
        """
        end = self._loop.time() + CONNECT_S
        while not recorder.streaming and self._loop.time() < end and not task.done():
            await asyncio.sleep(0.1)
        if task.done():
            task.result()
        silent = [p for p, w in recorder.watches.items() if not w.health.streams]
        if silent:
            names = ", ".join(shown(recorder.links[p].sensor.name) for p in silent)
            raise RadioError(
                "silent", f"no data from {names}", "Wake it, close the app that holds it, try again"
            )

    # ----------------------------------------------------------------- and go

    def _start(self) -> None:
        worn = {c.placement: c for c in self._state.candidates if c.placement and c.profile}
        if not worn or (self._task is not None and not self._task.done()):
            return
        try:
            sensors = [_sensor(p, worn[p]) for p in PLACEMENTS if p in worn]
            source = RecordingSource(sensors, self._path, self._radio, self._run, self._clocks)
        except (HipgaitError, OSError) as error:
            self._tell(trouble=str(error))
            return
        self._begin(source)


def _candidate(seen: Seen, before: Candidate | None) -> Candidate:
    """What fits an advertisement; its place is kept from the scan before."""
    fits = [p for p in fitting(shipped(), seen) if _moves(p)]
    out = Candidate(seen.address, seen.name, fits[0] if len(fits) == 1 else "", seen.rssi)
    if len(fits) > 1:
        out = replace(out, fit=f"several profiles fit: {', '.join(fits)}; use --sensor")
    if before is not None and before.profile == out.profile:
        out = replace(out, placement=before.placement, fit=before.fit, ok=before.ok)
    return out


def _judged(
    placement: str, still: tuple[bool, str], swing: tuple[bool, str], mixed: bool
) -> tuple[bool, str]:
    """(fit, one line) of one sensor. mixed : the pelvis turned more than a shank."""
    words = f"{still[1]}, {swing[1]}"
    doubted = mixed and placement == PELVIS
    if doubted:
        words += "; turned more than a shank: exchanged?"
    return still[0] and swing[0] and not doubted, words


def _moves(profile: str) -> bool:
    return any(stream.kind == "motion" for stream in shipped()[profile].stream)


def _sensor(placement: str, candidate: Candidate) -> Sensor:
    loaded = load(candidate.profile)
    return Sensor(
        placement,
        candidate.address,
        loaded.profile,
        loaded.text,
        settle(loaded.profile, {}),
        candidate.name,
    )
