"""What is known of a run, as plain values that can be written down."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from hipgait.recording import Athlete, RunInfo, Track


class RunTable(msgspec.Struct):
    """``RunInfo`` with lists in place of arrays: a number that is not known is null."""

    start_utc: datetime | None = None
    speed_mps: float | None = None
    speed_table: list[tuple[float, float]] | None = None
    grade_pct: float | None = None
    surface: str | None = None
    shoe: str | None = None
    fatigued: bool | None = None
    notes: str | None = None
    athlete: Athlete = msgspec.field(default_factory=Athlete)
    track: dict[str, list[float | None]] | None = None
    laps_s: list[float] | None = None

    @classmethod
    def of(cls, info: RunInfo) -> RunTable:
        """The values of ``info``."""
        values: dict[str, Any] = {name: getattr(info, name) for name in cls.__struct_fields__}
        if info.speed_table is not None:
            values["speed_table"] = [(float(a), float(b)) for a, b in info.speed_table]
        if info.laps_s is not None:
            values["laps_s"] = [float(t) for t in info.laps_s]
        if info.track is not None:
            values["track"] = _track_lists(info.track)
        return cls(**values)

    def info(self) -> RunInfo:
        """The same with arrays."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        track = {k: np.array(v, dtype=np.float64) for k, v in (self.track or {}).items()}
        values["track"] = Track(**track) if track else None
        table = self.speed_table
        values["speed_table"] = None if not table else np.array(table, dtype=np.float64)
        laps = self.laps_s
        values["laps_s"] = None if laps is None else np.array(laps, dtype=np.float64)
        return RunInfo(**values)


def _track_lists(track: Track) -> dict[str, list[float | None]]:
    return {
        f.name: [None if v != v else float(v) for v in getattr(track, f.name)]
        for f in fields(track)
    }
