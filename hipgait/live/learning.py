"""When the directions of the sensors are learned, and of which sensors.

Three times at the beginning, and then no more: what changes afterwards is the runner, not the
ruler. A sensor that has no directions by then (it joined late, or was away) is learned by itself,
by the same steps on all samples that are held; those of the others stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Final

from hipgait.live.calibration import Calibration, calibrate
from hipgait.live.ring import Ring
from hipgait.memory import give_back
from hipgait.recording import RunInfo, SensorStream
from hipgait.settings import Settings

FIRST_STRIDES: Final = 10
"""Strides of each leg before the first numbers."""
LEARN_AT_S: Final = (0.0, 20.0, 50.0)
"""Directions of the sensors are learned so long after the first strides, s; the last time for good:
what changes later is the runner, not the ruler."""
JOINED_AT_S: Final = (15.0, 35.0, 65.0)
"""... and those of a sensor that joined late so long after it joined, s: about ten strides of each
leg, and what gravity needs to settle, come before."""
LATE_S: Final = 5.0
"""A sensor that began so much later than the first one joined late, s."""


class Learner:
    """Learns the directions of a session's sensors. rings : placement -> its samples."""

    def __init__(
        self,
        rings: Mapping[str, Ring],
        info: RunInfo,
        settings: Settings,
        executor: Executor | None = None,
    ) -> None:
        self.known: Calibration | None = None
        self._rings, self._info, self._settings = rings, info, settings
        self._executor = executor
        self._running: Future[Calibration | None] | None = None
        self._only: tuple[str, ...] = ()
        self._times = 0
        self._ready_s: float | None = None
        self._joined: dict[str, tuple[float, int]] = {}

    @property
    def done(self) -> bool:
        """The directions of the sensors that were there are learned for good."""
        return self._times == len(LEARN_AT_S)

    @property
    def rough(self) -> bool:
        """Directions are those of the first ten strides: shank lean is not told yet. Against the
        whole run its excursion may be 0.5 deg off, after the second learning 0.1 deg.
        """
        return self._times < min(2, len(LEARN_AT_S))

    def unsure(self, placement: str) -> bool:
        """Whether the directions of this sensor may still change, or are not known."""
        if self.known is None or placement not in self.known.axes or not self.done:
            return True
        return self._joined.get(placement, (0.0, len(JOINED_AT_S)))[1] < len(JOINED_AT_S)

    def step(self, head_s: float, strides: int, present: tuple[str, ...]) -> None:
        """Start learning when it is time, take what was learned.

        strides : of the leg with fewer.  present : sensors that stream.
        """
        if self._running is not None:
            if not self._running.done():
                return
            found, self._running = self._running.result(), None
            if found is not None:
                self._take(found)
            give_back()
        if not self.done:
            if strides < FIRST_STRIDES:
                return
            self._ready_s = head_s if self._ready_s is None else self._ready_s
            if head_s >= self._ready_s + LEARN_AT_S[self._times]:
                self._only = ()
                self._start(tuple(p for p in present if self._long_there(p, head_s)))
            return
        due = self._due(head_s, present)
        if due:
            self._only = due
            for placement in due:
                since, tries = self._joined[placement]
                self._joined[placement] = since, tries + 1
            self._start(present)

    def _long_there(self, placement: str, head_s: float) -> bool:
        """It was there from the beginning, or has been for as long as is needed to learn."""
        began = self._rings[placement].began_s
        first = min(ring.began_s for ring in self._rings.values())
        return began < first + LATE_S or head_s > began + JOINED_AT_S[0]

    def _due(self, head_s: float, present: tuple[str, ...]) -> tuple[str, ...]:
        """Sensors that joined late whose time has come."""
        assert self.known is not None
        for placement in present:
            can = self._rings[placement].turns and not placement.endswith("_foot")
            if can and placement not in self.known.axes:
                self._joined.setdefault(placement, (head_s, 0))
        return tuple(
            p
            for p, (since, tries) in self._joined.items()
            if p in present and tries < len(JOINED_AT_S) and head_s >= since + JOINED_AT_S[tries]
        )

    def _take(self, found: Calibration) -> None:
        """What was learned; of sensors that are away what was known before stays."""
        old = self.known
        if not self._only:
            self._times += 1
            if old is not None:
                found = replace(
                    found, axes={**old.axes, **found.axes}, bias={**old.bias, **found.bias}
                )
            self.known = found
            return
        assert old is not None
        new = [p for p in self._only if p in found.axes]
        self.known = replace(
            old,
            axes={**old.axes, **{p: found.axes[p] for p in new}},
            bias={**old.bias, **{p: found.bias[p] for p in new}},
        )

    def _start(self, placements: tuple[str, ...]) -> None:
        streams = {p: self._rings[p].stream(float("-inf")) for p in placements}
        known: dict[str, SensorStream] = {p: s for p, s in streams.items() if s is not None}
        if self._executor is not None:
            self._running = self._executor.submit(calibrate, known, self._info, self._settings)
            return
        self._running = Future()
        self._running.set_result(calibrate(known, self._info, self._settings))
