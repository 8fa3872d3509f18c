"""Recording and SensorStream: what every reader returns and every analysis takes.

Units inside: s, m/s^2, rad/s, float64. A stream keeps the clock of its file: ``time_s`` is
never re-zeroed. Streams of one Recording share one clock unless ``synchronised`` is false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from hipgait.errors import InputError, MissingInputError
from hipgait.names import PLACEMENTS, REFERENCE_ORDER

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

GAP_FACTOR: Final = 3.5
"""A step between samples above this many median steps is a gap (more than 3 samples lost)."""
TRACK_NEAR_S: Final = 10.0
"""A watch's records further away than this say nothing of a moment, s (smart recording writes one
in up to 8 s)."""


@dataclass(frozen=True)
class InputFile:
    """A file that was read. path : as given; sha256 : hex digest of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """Where a stream comes from.

    format : name of the reader ("csv", "movella_dot", "simulated", ...)
    path : the file, as given
    notes : what a reader of the report must know (assumed units, ignored columns, ...)
    """

    format: str
    path: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SensorStream:
    """One sensor's samples.

    Parameters
    ----------
    placement : one of names.PLACEMENTS.
    time_s : (n,) strictly increasing times of the samples, s.
    acc : (n, 3) specific force in the sensor's axes, m/s^2 (NaN = missing).
    gyr : (n, 3) angular velocity in the sensor's axes, rad/s (NaN = missing), or None.
    acc_range, gyr_range : full scale of one axis, m/s^2 and rad/s, or None where unknown.
    derived : True if acc and gyr were rebuilt from orientation and free acceleration.
    provenance : where it comes from.
    gravity_removed : True if ``acc`` is free acceleration (an app took gravity away): steps and
        timing can be found from it, angles and impact cannot.
    clock_within_s : the times may be off the recording's clock by up to this, s, and nothing in the
        sensor's own data can show it (``sync.within``); 0 where no such bound is known.

    Raises
    ------
    InputError : wrong shapes, unknown placement, time that does not increase.
    """

    placement: str
    time_s: FloatArray
    acc: FloatArray
    gyr: FloatArray | None = None
    acc_range: float | None = None
    gyr_range: float | None = None
    derived: bool = False
    provenance: Provenance = field(default_factory=lambda: Provenance("memory"))
    gravity_removed: bool = False
    clock_within_s: float = 0.0

    def __post_init__(self) -> None:
        if self.placement not in PLACEMENTS:
            raise InputError(
                f"unknown placement {self.placement!r}", f"Use one of: {', '.join(PLACEMENTS)}"
            )
        time = np.ascontiguousarray(self.time_s, dtype=np.float64)
        n = len(time)
        if time.ndim != 1 or n < 2:
            raise InputError(
                f"{self.placement}: {n} samples", "A stream needs at least two samples"
            )
        if not np.all(np.isfinite(time)):
            raise InputError(f"{self.placement}: time_s holds values that are not finite")
        steps = np.diff(time)
        if not np.all(steps > 0):
            i = int(np.argmax(steps <= 0))
            raise InputError(
                f"{self.placement}: time runs backwards or stands still at sample {i + 1} "
                f"({time[i + 1]:g} after {time[i]:g})"
            )
        object.__setattr__(self, "time_s", time)
        for name in ("acc", "gyr"):
            value = getattr(self, name)
            if value is None:
                continue
            array = np.ascontiguousarray(value, dtype=np.float64)
            if array.shape != (n, 3):
                raise InputError(
                    f"{self.placement}: {name} has shape {array.shape}, expected ({n}, 3)"
                )
            object.__setattr__(self, name, array)

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.time_s)

    @property
    def has_gyr(self) -> bool:
        """Whether angular velocity was measured."""
        return self.gyr is not None

    @property
    def duration_s(self) -> float:
        """Last minus first sample, s."""
        return float(self.time_s[-1] - self.time_s[0])

    @cached_property
    def rate_hz(self) -> float:
        """Measured sampling rate, Hz: robust against gaps and jitter, never a nominal value."""
        steps = np.diff(self.time_s)
        median = float(np.median(steps))
        single = float(np.percentile(steps, 10))
        if median > 1.2 * single:  # many samples lost one by one: steps are multiples of one
            count = steps / single
            whole = np.abs(count - np.rint(count)) < 0.15
            one = steps[np.rint(count) == 1]
            if whole.mean() > 0.9 and len(one) > 0.1 * len(steps):
                return float(1.0 / np.mean(one))
        regular = steps[(steps < 1.5 * median) & (steps > 0.5 * median)]
        if len(regular) < max(2, 0.2 * len(steps)):
            # bursty stamps: use the span without the gaps
            inside = steps[steps < 10 * max(median, float(np.mean(steps)))]
            return float(len(inside) / np.sum(inside))
        return float(1.0 / np.mean(regular))

    @cached_property
    def gaps(self) -> FloatArray:
        """(k, 2) start and end of stretches without samples, s (more than 3 samples lost)."""
        steps = np.diff(self.time_s)
        k = np.flatnonzero(steps > GAP_FACTOR / self.rate_hz)
        return np.column_stack([self.time_s[k], self.time_s[k + 1]]).reshape(-1, 2)


@dataclass(frozen=True)
class Athlete:
    """Body dimensions, SI; None where unknown."""

    name: str | None = None
    height_m: float | None = None
    mass_kg: float | None = None
    shank_length_m: float | None = None
    pelvis_width_m: float | None = None


@dataclass(frozen=True)
class Track:
    """What a watch recorded of a run, on the recording's clock. NaN where unknown.

    time_s : (k,) increasing, s.
    speed_mps, heart_rate_bpm, grade_pct : (k,).
    laps_s : (l,) start of each lap, s.
    """

    time_s: FloatArray
    speed_mps: FloatArray
    heart_rate_bpm: FloatArray
    grade_pct: FloatArray
    laps_s: FloatArray

    def shifted(self, by_s: float) -> Track:
        """The same on another clock."""
        return replace(self, time_s=self.time_s + by_s, laps_s=self.laps_s + by_s)

    def at(self, values: FloatArray, time_s: FloatArray) -> FloatArray:
        """One of its columns at times in s: linear between records, NaN where none is near."""
        known = np.isfinite(values)
        if not known.any():
            return np.full(np.shape(time_s), np.nan)
        own = self.time_s[known]
        after = np.searchsorted(own, time_s)
        near = np.minimum(
            np.abs(time_s - own[np.maximum(after - 1, 0)]),
            np.abs(time_s - own[np.minimum(after, len(own) - 1)]),
        )
        return np.where(near <= TRACK_NEAR_S, np.interp(time_s, own, values[known]), np.nan)

    def lap_at(self, time_s: FloatArray) -> FloatArray:
        """Number of the lap at times in s, from 1; NaN before the first and after the records."""
        lap = np.searchsorted(self.laps_s, time_s, side="right").astype(np.float64)
        return np.where((lap > 0) & (time_s <= self.time_s[-1] + TRACK_NEAR_S), lap, np.nan)


@dataclass(frozen=True)
class RunInfo:
    """What run.toml or the command line say of a run; None where unknown.

    start_utc : with the offset from UTC where it was given: its day is that of the runner then.
    speed_table : (k, 2) time_s and speed_mps, takes precedence over speed_mps.
    track : what a watch recorded of it.
    laps_s : (l,) start of each lap on the recording's clock, s; over those of the track.
    """

    start_utc: datetime | None = None
    speed_mps: float | None = None
    speed_table: FloatArray | None = None
    grade_pct: float | None = None
    surface: str | None = None
    shoe: str | None = None
    fatigued: bool | None = None
    notes: str | None = None
    athlete: Athlete = field(default_factory=Athlete)
    track: Track | None = None
    laps_s: FloatArray | None = None

    def start_texts(self) -> dict[str, str | None]:
        """``start_utc``, and ``start_local`` where an offset from UTC is known, as in run.json."""
        start = self.start_utc
        if start is None or not start.utcoffset():
            return {"start_utc": None if start is None else start.isoformat(), "start_local": None}
        return {"start_utc": start.astimezone(UTC).isoformat(), "start_local": start.isoformat()}


@dataclass(frozen=True)
class RunFacts:
    """A Recording without its samples.

    gyros : placement -> whether it has a gyroscope.
    without_gravity : placements whose acceleration came without gravity.
    reference_start_s : time of the reference stream's first sample, s: what ``start_utc`` dates.
    """

    name: str
    info: RunInfo
    inputs: tuple[InputFile, ...]
    notes: tuple[str, ...]
    reference: str
    gyros: Mapping[str, bool]
    without_gravity: frozenset[str] = frozenset()
    covariates: pd.DataFrame | None = None
    reference_start_s: float = 0.0


@dataclass(frozen=True)
class Recording:
    """The streams of one run on one clock, with what is known of the run.

    Parameters
    ----------
    streams : placement -> SensorStream; at least one.
    info : what is known of the run and the runner.
    name : short name for titles and folders.
    inputs : files read, with their digests.
    notes : what a reader of the report must know about the reading.
    synchronised : False if the clocks of the streams are unrelated.
    apart : the placements whose clock is not known to be the reference's.
    covariates : what other sensors said: ``time_s``, ``sensor``, a column a quantity
        (hipgait.ble.covariates); None where there is none.

    Raises
    ------
    MissingInputError : no stream.  InputError : key and placement differ.
    """

    streams: Mapping[str, SensorStream]
    info: RunInfo = field(default_factory=RunInfo)
    name: str = "run"
    inputs: tuple[InputFile, ...] = ()
    notes: tuple[str, ...] = ()
    synchronised: bool = True
    apart: tuple[str, ...] = ()
    covariates: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        if not self.streams:
            raise MissingInputError(
                "no sensor stream in this recording",
                f"Name the files after their placements: {', '.join(PLACEMENTS)}",
            )
        for key, stream in self.streams.items():
            if key != stream.placement:
                raise InputError(f"stream {key!r} says it is {stream.placement!r}")

    @property
    def reference(self) -> str:
        """Placement whose clock all reported times use."""
        return next(p for p in REFERENCE_ORDER if p in self.streams)

    @property
    def unrelated(self) -> tuple[str, ...]:
        """``apart``; all but the reference where only ``synchronised`` says that something is."""
        if self.synchronised or self.apart:
            return self.apart
        return tuple(p for p in self.streams if p != self.reference)

    @property
    def within(self) -> dict[str, float]:
        """Placement -> ``clock_within_s`` of the streams that have such a bound, s."""
        return {p: s.clock_within_s for p, s in self.streams.items() if s.clock_within_s > 0.0}

    def facts(self) -> RunFacts:
        """What is known of the recording, without its samples."""
        gyros = {placement: stream.has_gyr for placement, stream in self.streams.items()}
        removed = frozenset(p for p, stream in self.streams.items() if stream.gravity_removed)
        return RunFacts(
            self.name,
            self.info,
            self.inputs,
            self.notes,
            self.reference,
            gyros,
            removed,
            self.covariates,
            float(self[self.reference].time_s[0]),
        )

    def __getitem__(self, placement: str) -> SensorStream:
        try:
            return self.streams[placement]
        except KeyError:
            have = ", ".join(self.streams)
            raise MissingInputError(f"no sensor at {placement!r}", f"Present: {have}") from None

    def __contains__(self, placement: object) -> bool:
        return placement in self.streams
