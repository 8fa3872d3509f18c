"""FIT files of sports watches and foot pods: pace, heart rate, grade and laps beside the sensors.

A FIT file has no motion signals: it is attached to a recording, by the calendar. The watch's clock
comes from GPS; the recording's ``start_utc`` from its own export or from run.toml, so the two agree
to about a second, which is enough for what changes over minutes. Read with fitdecode (extra
``fit``). Field names: FIT SDK profile (developer.garmin.com/fit), messages record, lap, event.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from hipgait.errors import FormatError, InputError, MissingExtraError
from hipgait.io.files import Source, list_sources, sha256_file
from hipgait.recording import FloatArray, InputFile, Recording, Track

SUFFIX: Final = ".fit"
MAX_BYTES: Final = 32 * 1024**2
"""Largest FIT file that is read (a day at one record a second has 5 MB)."""
MAX_RECORDS: Final = 1_000_000
"""Most records that are read (11 days at one a second)."""
SPEED_MAX: Final = 13.0
"""Faster is no running, m/s."""
HEART_RANGE: Final = (25.0, 250.0)
GRADE_WINDOW_S: Final = 60.0
"""Height over distance is taken over this time, s: 0.2 m of a barometer over 180 m are 0.1 %."""
GRADE_MIN_M: Final = 30.0
"""Less distance in the window tells no grade, m."""
GRADE_MAX: Final = 50.0
PAUSE_EDGE_S: Final = 0.5


def attach(recording: Recording, path: Path | str) -> Recording:
    """The recording with what a watch recorded of it: speed, heart rate, grade, laps.

    Raises
    ------
    MissingExtraError : fitdecode is not installed.
    FormatError : not a FIT file, damaged, or no records.
    InputError : the recording has no start_utc, or no time in common with the file.
    """
    source = fit_source(Path(path))
    track = read_fit(source)
    start = recording.info.start_utc
    if start is None:
        raise InputError(
            f"{source.path}: the recording does not tell when it started, so the watch cannot be "
            "put beside it",
            "Add start_utc = 2026-03-14T09:30:00Z to run.toml",
        )
    reference = recording[recording.reference].time_s
    track = track.shifted(float(reference[0]) - start.timestamp())
    if track.time_s[0] > reference[-1] or track.time_s[-1] < reference[0]:
        told = datetime.fromtimestamp(track.time_s[0] - reference[0] + start.timestamp(), UTC)
        raise InputError(
            f"{source.path}: starts at {told:%Y-%m-%d %H:%M} UTC, the recording at "
            f"{start:%Y-%m-%d %H:%M} UTC: no time in common",
            "Give the file of this run, or correct start_utc in run.toml",
        )
    info = replace(recording.info, track=track)
    known = np.isfinite(track.speed_mps)
    if known.sum() > 1:
        table = np.column_stack([track.time_s, track.speed_mps])[known]
        info = replace(info, speed_table=table, speed_mps=None)
    inside = (track.time_s >= reference[0]) & (track.time_s <= reference[-1])
    grade = track.grade_pct[inside & np.isfinite(track.grade_pct)]
    if info.grade_pct is None and len(grade):
        info = replace(info, grade_pct=round(float(grade.mean()), 1))
    have = [
        name
        for name, values in (
            ("speed", track.speed_mps),
            ("heart rate", track.heart_rate_bpm),
            ("grade (from height and distance)", track.grade_pct),
        )
        if np.isfinite(values[inside]).any()
    ]
    note = f"{', '.join(have) or 'nothing'} of this run from {source.path.name}, by the calendar"
    return replace(
        recording,
        info=info,
        inputs=(*recording.inputs, InputFile(str(source.on_disk), sha256_file(source.on_disk))),
        notes=(*recording.notes, note),
    )


def fit_source(path: Path) -> Source:
    """The FIT file itself, or the one in a zip archive (as watch portals export it)."""
    found = list_sources(path) if not path.is_dir() else []
    if path.suffix.lower() == ".zip":
        found = [s for s in found if s.suffix == SUFFIX]
    if len(found) != 1:
        raise InputError(f"{path}: {len(found) or 'no'} FIT files in it", "Name one FIT file")
    return found[0]


def read_fit(source: Source) -> Track:
    """Records and laps of an activity; times in s since 1970.

    Raises
    ------
    MissingExtraError : fitdecode is not installed.
    FormatError : not a FIT file, damaged, or without records.
    """
    rows: dict[float, tuple[float, ...]] = {}
    laps: list[float] = []
    pauses: list[tuple[float, bool]] = []
    for name, values in _messages(source):
        if name == "record":
            at = _time(values.get("timestamp"))
            if at is not None:
                rows[at] = _record(values)
                if len(rows) > MAX_RECORDS:
                    raise FormatError(
                        source.path, f"more than {MAX_RECORDS} records", "Give the file of this run"
                    )
        elif name == "lap":
            at = _time(values.get("start_time"))
            laps += [] if at is None else [at]
        elif name == "event" and values.get("event") == "timer":
            at = _time(values.get("timestamp"))
            if at is not None:
                pauses.append((at, values.get("event_type") == "start"))
    if len(rows) < 2:
        raise FormatError(
            source.path, "no records of an activity", "Export the run itself, not a workout"
        )
    time = np.array(sorted(rows))
    speed, heart, height, distance, grade = np.array([rows[t] for t in time]).T
    time, columns = _with_pauses(time, [speed, heart, height, distance, grade], pauses)
    speed, heart, height, distance, grade = columns
    speed = np.where((speed >= 0) & (speed <= SPEED_MAX), speed, np.nan)
    heart = np.where((heart >= HEART_RANGE[0]) & (heart <= HEART_RANGE[1]), heart, np.nan)
    if not np.isfinite(grade).any():
        grade = grade_of(time, height, distance)
    return Track(time, speed, heart, grade, np.array(sorted(set(laps))))


def grade_of(time_s: FloatArray, height_m: FloatArray, distance_m: FloatArray) -> FloatArray:
    """(k,) grade in per cent: slope of height over distance in a window around each record."""
    good = np.isfinite(height_m) & np.isfinite(distance_m)
    out = np.full(len(time_s), np.nan)
    t, h, d = time_s[good], height_m[good], distance_m[good]
    if len(t) < 3:
        return out
    low = np.searchsorted(t, time_s - GRADE_WINDOW_S / 2)
    high = np.searchsorted(t, time_s + GRADE_WINDOW_S / 2, side="right")
    d = d - d[0]
    h = h - h[0]
    sums = [np.r_[0.0, np.cumsum(x)] for x in (d, h, d * d, d * h)]
    n = (high - low).astype(np.float64)
    sd, sh, sdd, sdh = (s[high] - s[low] for s in sums)
    last = np.clip(high - 1, 0, len(d) - 1)
    moved = d[last] - d[np.clip(low, 0, len(d) - 1)]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = 100.0 * (n * sdh - sd * sh) / (n * sdd - sd * sd)
    sure = (n >= 3) & (moved >= GRADE_MIN_M) & (np.abs(slope) <= GRADE_MAX)
    out[sure] = slope[sure]
    return out


def _messages(source: Source) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and fields of every data message."""
    try:
        import fitdecode
    except ModuleNotFoundError:
        raise MissingExtraError("fitdecode", "fit") from None
    data = source.read(MAX_BYTES)
    try:
        with fitdecode.FitReader(
            io.BytesIO(data),
            check_crc=fitdecode.CrcCheck.RAISE,
            error_handling=fitdecode.ErrorHandling.IGNORE,
        ) as reader:
            for frame in reader:
                if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                    yield frame.name, {f.name: f.value for f in reversed(frame.fields)}
    except Exception as error:  # of damaged bytes fitdecode makes errors of any kind (asserts, too)
        said = " ".join(str(error).split())[:80] or type(error).__name__
        raise FormatError(
            source.path, f"not a readable FIT file ({said})", "Copy it again from the watch"
        ) from None


def _record(values: dict[str, Any]) -> tuple[float, ...]:
    """Speed m/s, heart rate 1/min, height m, distance m, grade per cent; NaN where absent."""
    names = (
        ("enhanced_speed", "speed"),
        ("heart_rate",),
        ("enhanced_altitude", "altitude"),
        ("distance",),
        ("grade",),
    )
    return tuple(
        next((v for n in group if (v := _number(values.get(n))) == v), float("nan"))
        for group in names
    )


def _number(value: Any) -> float:
    """A field's number; NaN where it holds none."""
    return float(value) if isinstance(value, int | float) else float("nan")


def _time(value: Any) -> float | None:
    """Seconds since 1970 of a FIT date; None where it counts from the watch's own start."""
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()


def _with_pauses(
    time: FloatArray, columns: list[FloatArray], events: list[tuple[float, bool]]
) -> tuple[FloatArray, list[FloatArray]]:
    """Records of standing still (speed 0, the rest unknown) at both ends of each stopped timer."""
    stops: list[float] = []
    stopped: float | None = None
    for at, starts in sorted(events):
        if starts and stopped is not None and at - stopped > 4 * PAUSE_EDGE_S:
            stops += [stopped + PAUSE_EDGE_S, at - PAUSE_EDGE_S]
        stopped = None if starts else (stopped if stopped is not None else at)
    inside = [t for t in stops if time[0] < t < time[-1] and t not in time]
    if not inside:
        return time, columns
    extra = [np.full(len(inside), np.nan) for _ in columns]
    extra[0][:] = 0.0
    order = np.argsort(np.r_[time, inside], kind="stable")
    merged = [np.r_[c, e][order] for c, e in zip(columns, extra, strict=True)]
    return np.r_[time, inside][order], merged
