"""From stances to the picture of the session: levels, fresh stretch, cue, pace, notices."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from hipgait.live.cue import CueFields, Cuer, CueSettings
from hipgait.live.engine import Engine, LiveStance
from hipgait.live.levels import LAST, Levels
from hipgait.live.source import Block
from hipgait.live.state import (
    Link,
    LiveState,
    Notice,
    OutcomeState,
    SensorHealth,
    SessionPhase,
    SideState,
)
from hipgait.metrics.catalog import ZERO_COLUMNS
from hipgait.names import OUTCOMES, PELVIS, SIDES, Outcome

SHOWN: Final = (
    "pelvic_drop_excursion",
    "pelvic_drop_peak",
    "shank_lean_mean",
    "shank_lean_excursion",
    "shank_angle_ic",
    "contact_time",
    "peak_tibial_acceleration",
)
"""Outcomes that are followed live, by side."""
FRESH_S: Final = 120.0
"""Gait that makes the fresh level, once the directions of the sensors are learned for good, s."""
PAUSE_S: Final = 3.0
"""Without a step for this long the session pauses, s."""
ARRIVALS: Final = 64
"""Packets whose arrivals are remembered, of each sensor."""
MS: Final = 1000.0
JOINED: Final = "{} joined late: run on, its angles come after some ten strides"


def outcome_of(name: str) -> Outcome:
    """One of names.OUTCOMES."""
    return next(o for o in OUTCOMES if o.name == name)


def _curve_of(name: str) -> str:
    return name.rsplit("_", 1)[0] if name.startswith(("pelvic_drop", "shank_lean")) else ""


class Picture:
    """Keeps what the state is made of; bounded."""

    def __init__(self, engine: Engine, cue: CueSettings) -> None:
        self.laps = self.marks = 0
        self._engine = engine
        self._cuer = Cuer(cue)
        self._levels = {name: {side: Levels() for side in SIDES} for name in SHOWN}
        self._cadence: deque[float] = deque(maxlen=LAST)
        self._fresh_cadence: tuple[float, int] = (0.0, 0)
        self._contact = {side: deque[float](maxlen=LAST) for side in SIDES}
        self._began_s: float | None = None
        self._moved: LiveStance | None = None
        self._running_s = 0.0
        self._frozen_at_s: float | None = None
        self._fresh = False
        self._fresh_from: dict[tuple[str, str], float] = {}
        self._distance_m = 0.0
        self._count = self._number = 0
        self._latency_ms: float | None = None
        self._measures = {self._needs(name, side) for name in SHOWN for side in SIDES}
        self._arrivals = {p: deque[tuple[float, float]](maxlen=ARRIVALS) for p in engine.rings}
        self.set_cue(cue)

    def set_cue(self, cue: CueSettings) -> None:
        """Another cue from now on; the count of those given goes on."""
        self._cuer = Cuer(cue, self._cuer.given, self._cuer.sound)
        for name, sides in self._levels.items():
            for levels in sides.values():
                levels.margin = cue.margin if name == cue.outcome else None

    def arrived(self, block: Block) -> None:
        """Remember when which samples arrived, for the latency."""
        if block.placement in self._arrivals and len(block.time_s):
            self._arrivals[block.placement].append((float(block.time_s[-1]), block.arrival_s))

    # ------------------------------------------------------------------ what became known

    def take(self, told: Sequence[LiveStance], now_s: float) -> list[CueFields]:
        """Stances, new or known better. Returns cues to be recorded."""
        if self._began_s is None and (told or len(self._engine.present) == len(self._engine.rings)):
            self._began_s = now_s
        for stance in told:
            self._tell(stance)
        if told:
            self._latency_ms = self._latency(told[-1], now_s)
        self._learned()
        if not told or not self._fresh or self._engine.swapped:
            return []
        sides = self._levels[self._cuer.settings.outcome]
        return self._cuer.step(
            self._running_s,
            {side: levels.last for side, levels in sides.items()},
            {side: levels.limit for side, levels in sides.items()},
        )

    def _tell(self, stance: LiveStance) -> None:
        usable = stance.valid and stance.run and self._engine.calibration is not None
        for name, sides in self._levels.items():
            column = outcome_of(name).column
            told = usable and not self._rough(name)
            value = stance.columns.get(column, np.nan) if told else np.nan
            if name == "contact_time":
                value *= MS
            sides[stance.side].tell(
                stance.number,
                stance.ic_s - (self._began_s or stance.ic_s),
                value,
                stance.curves.get(_curve_of(name)),
                stance.final,
                self._learns(name, stance.side),
            )
        if not stance.final:
            return
        self._count += 1
        self._follow(stance)
        if np.isfinite(stance.stride_s) and stance.run:
            self._cadence.append(120.0 / stance.stride_s)
            if self._frozen_at_s is not None and not self._fresh:
                total, n = self._fresh_cadence
                self._fresh_cadence = (total + 120.0 / stance.stride_s, n + 1)
        contact = stance.columns.get("contact_time_s", np.nan)
        if np.isfinite(contact):
            self._contact[stance.side].append(MS * contact)

    def _follow(self, stance: LiveStance) -> None:
        """Time and distance in gait."""
        before, self._moved = self._moved, stance
        if before is None:
            return
        step = stance.ic_s - before.ic_s
        if 0.0 < step < PAUSE_S:
            self._running_s += step
            self._distance_m += step * (self._speed(stance.ic_s) or 0.0)

    def _speed(self, time_s: float) -> float | None:
        known = self._engine.calibration
        if known is None or known.speed.table is None or known.speed.source == "estimated":
            return None  # an estimate is of the first minute, and would be told as today's pace
        table = known.speed.table
        return float(np.interp(time_s, table[:, 0], table[:, 1]))

    def _needs(self, name: str, side: str) -> str:
        """The sensor that an outcome of a side hangs on; empty: any."""
        if name == "contact_time":
            return ""
        return PELVIS if name.startswith("pelvic") else f"{side}_shank"

    def _rough(self, name: str) -> bool:
        """Whether an outcome is not good enough yet to be told."""
        return name.startswith("shank_lean") and self._engine.learner.rough

    def _learns(self, name: str, side: str) -> bool:
        """Whether stances of now count for the fresh level of an outcome."""
        if self._frozen_at_s is None or self._levels[name][side].fresh is not None:
            return False
        need = self._needs(name, side)
        return not need or not self._engine.learner.unsure(need)

    def _learned(self) -> None:
        """Settle the fresh levels that have had their time; of a sensor that came late, later."""
        if self._frozen_at_s is None:
            if self._engine.frozen:
                self._frozen_at_s = self._running_s
            return
        for name, sides in self._levels.items():
            for side, levels in sides.items():
                if self._learns(name, side):
                    since = self._fresh_from.setdefault((name, side), self._running_s)
                    if self._running_s >= since + FRESH_S:
                        self._fresh |= levels.settle()

    def _latency(self, stance: LiveStance, now_s: float) -> float | None:
        """From the arrival of the last packet with the terminal contact until now, ms."""
        arrived = []
        for placement in self._engine.present:
            packets = self._arrivals[placement]
            arrived += [at for last, at in packets if last >= stance.tc_s][:1]
        return MS * (now_s - max(arrived)) if arrived else None

    # ------------------------------------------------------------------ what is drawn

    def state(self, now_s: float, health: Sequence[SensorHealth]) -> LiveState:
        """The picture now."""
        engine = self._engine
        self._number += 1
        lost = {h.placement for h in health if h.link in (Link.LOST, Link.FAILED)}
        lost |= set(engine.rings) - set(engine.present)
        zero = engine.calibration is None or engine.calibration.zero
        outcomes = {
            name: OutcomeState(
                name,
                outcome_of(name).unit,
                outcome_of(name).matters,
                {
                    side: levels.state(self._paused(name, side, lost))
                    for side, levels in sides.items()
                },
                zero or outcome_of(name).column not in ZERO_COLUMNS,
            )
            for name, sides in self._levels.items()
        }
        cued = outcomes[self._cuer.settings.outcome]
        total, n = self._fresh_cadence
        left = None
        if self._frozen_at_s is not None and not self._fresh:
            left = max(0.0, self._frozen_at_s + FRESH_S - self._running_s)
        speed = self._speed(now_s)
        source = engine.calibration.speed.source if engine.calibration is not None else "none"
        return LiveState(
            number=self._number,
            phase=self._phase(now_s),
            elapsed_s=0.0 if self._began_s is None else max(0.0, now_s - self._began_s),
            running_s=self._running_s,
            learn_left_s=left,
            strides_left=engine.strides_left,
            sensors=tuple(health),
            outcomes=outcomes,
            cadence_spm=float(np.mean(self._cadence)) if self._cadence else None,
            contact_time_ms={s: float(np.mean(c)) if c else None for s, c in self._contact.items()},
            speed_mps=speed,
            distance_m=None if speed is None else self._distance_m,
            speed_source=source if speed is not None else "none",
            cue=self._cuer.state(
                self._running_s,
                {side: self._over(cued.side(side)) for side in SIDES},
                total / n if n and self._fresh else None,
            ),
            stances=self._count,
            latency_ms=self._latency_ms,
            marks=self.marks,
            laps=self.laps,
            notices=self._notices(lost, zero),
        )

    def failed(self, state: LiveState, error: Exception) -> LiveState:
        """The last picture, and that there will be no other."""
        text = f"The numbers stopped ({type(error).__name__}: {error}). Recording goes on."
        return replace(
            state, number=state.number + 1, notices=(*state.notices, Notice("stopped", text))
        )

    def _over(self, side: SideState) -> int:
        return self._cuer.over(side.last, side.limit)

    def _phase(self, now_s: float) -> SessionPhase:
        if self._began_s is None:
            return SessionPhase.WAITING
        last = self._engine.last_ic_s
        if not np.isfinite(last):
            return SessionPhase.STILL
        if now_s - last > PAUSE_S or (self._moved is not None and not self._moved.run):
            return SessionPhase.PAUSED
        return SessionPhase.RUNNING if self._fresh else SessionPhase.LEARNING

    def _paused(self, name: str, side: str, lost: set[str]) -> str:
        if self._engine.swapped:
            return "wrong_side"
        need = self._needs(name, side)
        if not need:
            return ""
        if need not in self._engine.rings:
            return "no_sensor"
        if need in lost:
            return "sensor_lost"
        if self._rough(name):
            return "rough"
        known = self._engine.calibration
        return "" if known is None or need in known.axes else "joined"

    def _notices(self, lost: set[str], zero: bool) -> tuple[Notice, ...]:
        found = [
            Notice("sensor_lost", f"{p.replace('_', ' ')} out of reach", p) for p in sorted(lost)
        ]
        if self._began_s is None:
            found = []
        known = self._engine.calibration
        if known is not None:
            new = [p for p in self._engine.present if p in self._measures and p not in known.axes]
            found += [Notice("joined", JOINED.format(p.replace("_", " ")), p) for p in new]
        if self._engine.swapped:
            found.append(Notice("wrong_side", "Left and right shank look exchanged: swap them"))
        if not zero:
            found.append(
                Notice(
                    "no_zero",
                    "You did not stand still first: what needs the standing zero is left out",
                )
            )
        return tuple(found)
