"""A capture as a Recording: its sensors' motion on one clock, heart rate and speed beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from hipgait.ble.covariates import covariates
from hipgait.ble.decoding import Samples, Sensor, decode
from hipgait.ble.profile import GAIT_HZ
from hipgait.ble.profiles import load
from hipgait.errors import NoGaitError
from hipgait.io.capture_read import Capture, read_capture
from hipgait.io.capture_recover import RECOVERED
from hipgait.io.covariates import COVARIATES
from hipgait.io.exports.companions import onto
from hipgait.io.files import Source, sha256_file
from hipgait.io.reader import RUN_TOML
from hipgait.io.runinfo import RunFile, SensorOptions, read_run_info
from hipgait.names import PLACEMENTS
from hipgait.recording import (
    BoolArray,
    FloatArray,
    InputFile,
    Provenance,
    Recording,
    RunInfo,
    SensorStream,
    Track,
)

FORMAT: Final = "capture"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SLOW: Final = 0.9
"""Firmware may be this much slower than it says and still count as its nominal rate."""


def read_recording(
    path: Path | str,
    *,
    profile: Path | str | None = None,
    run_info: Path | None = None,
) -> Recording:
    """Read a capture as a Recording.

    Parameters
    ----------
    path : the capture.
    profile : decodes the sensors whose profile has the same id, in place of the embedded one.
    run_info : a run.toml to use in place of ``NAME.run.toml`` beside it and of what it says itself.

    Raises
    ------
    InputError : not a capture, or a profile that does not fit.
    NoGaitError : nothing that can tell of gait; carries what there is.
    """
    path = Path(path)
    capture = read_capture(path)
    loaded = None if profile is None else load(profile)
    sensors = decode(capture, loaded)
    about = _run_file(path, run_info)
    info = capture.header.run.info() if about is None else about.info
    about = about or RunFile()
    options = about.sensors
    streams: dict[str, SensorStream] = {}
    refused: list[str] = []
    for sensor in sensors:
        if sensor.placement in PLACEMENTS:
            stream, why = _motion(sensor, path, options.get(sensor.placement, SensorOptions()))
            if stream is not None:
                streams[sensor.placement] = stream
            else:
                refused.append(f"{sensor.placement}: {why}")
    beside = covariates(sensors, list(streams))
    if not streams:
        more = "" if beside is None else f"; hipgait import writes what there is to {COVARIATES}"
        raise NoGaitError(
            f"{path}: no sensor that tells of gait ({'; '.join(refused) or 'no motion received'})",
            f"Gait needs acceleration at {GAIT_HZ:g} Hz and more{more}",
            covariates=beside,
        )
    files = [path, *([loaded.path] if loaded else []), *_files(about)]
    recording = Recording(
        {p: streams[p] for p in PLACEMENTS if p in streams},
        info,
        path.stem,
        tuple(InputFile(str(f), sha256_file(f)) for f in files),
        (*capture.missing, *about.notes, *(f"left out: {line}" for line in refused)),
        covariates=beside,
    )
    first_s = float(recording[recording.reference].time_s[0])
    return replace(recording, info=_with_radio(info, sensors, start_of(capture, first_s)))


# ------------------------------------------------------------------------- into a Recording


def _motion(sensor: Sensor, path: Path, options: SensorOptions) -> tuple[SensorStream | None, str]:
    """The sensor's motion as a stream, or why it tells nothing of gait."""
    moving = [s for s in sensor.streams if s.stream.kind == "motion" and s.timed.keep.sum() > 1]
    acc = next((s for s in moving if "acc" in s.values), None)
    if acc is None:
        return None, "no acceleration received"
    if acc.rate_hz < GAIT_HZ * SLOW:
        return None, f"{sensor.profile.name} gives {acc.rate_hz:g} samples a second"
    notes = list(_notes(sensor, acc))
    gyr = next((s for s in (acc, *moving) if "gyr" in s.values), None)
    turning = None
    if gyr is acc:
        turning = acc.channel("gyr")
    elif gyr is not None:
        turning = onto(acc.time_s, gyr.time_s, gyr.channel("gyr"))
        notes.append("gyroscope brought to the times of the accelerometer")
    stream = SensorStream(
        sensor.placement,
        acc.time_s,
        acc.channel("acc"),
        turning,
        options.acc_range or acc.ranges["acc"],
        options.gyr_range or (None if gyr is None else gyr.ranges["gyr"]),
        provenance=Provenance(FORMAT, str(path), tuple(notes)),
        clock_within_s=1e-3 * max(fit.late_ms for fit in acc.timed.fits),
    )
    return stream, ""


def _notes(sensor: Sensor, samples: Samples) -> Iterator[str]:
    """What a reader of the report must know of one sensor's times and losses."""
    timed, n = samples.timed, int(samples.timed.keep.sum())
    fits = timed.fits
    residual = max(fit.residual_ms for fit in fits)
    if timed.by == "arrival":
        yield (
            f"arrival-timed: {sensor.profile.name} has no clock; samples are spread evenly between "
            f"arrivals ({residual:.0f} ms in the median behind the earliest), and losses are those "
            "that arrivals show"
        )
    else:
        longest = max(fits, key=lambda fit: fit.end_s - fit.start_s)
        clocks = "" if len(fits) == 1 else f", {len(fits)} clocks"
        yield (
            f"sensor clock: {longest.drift_ppm:+.0f} ppm, arrivals {residual:.0f} ms in the median "
            f"behind the earliest{clocks}"
        )
    late = max(fit.late_ms for fit in fits)
    if late > 0:
        yield (
            f"by arrival alone times may be off by {late:.0f} ms: packets keep step with the "
            "connection events"
        )
    if timed.lost:
        share = 100.0 * timed.lost / (n + timed.lost)
        yield f"{timed.lost} samples were lost ({share:.2g} %): gaps"
    if (again := len(timed.keep) - n) > 0:
        yield f"{again} samples came twice or late and were left out"
    if sensor.unread:
        yield f"{sensor.unread} notifications could not be decoded (the first: {sensor.why})"


def _with_radio(info: RunInfo, sensors: Sequence[Sensor], start: datetime) -> RunInfo:
    """The run with its start, and with heart rate and speed that sensors sent."""
    if info.start_utc is None:
        info = replace(info, start_utc=start)
    heart = _covariate(sensors, "heart_rate", "heart_rate")
    speed = _covariate(sensors, "speed", "speed")
    if heart is None and speed is None:
        return info
    times = np.unique(np.concatenate([c[0] for c in (heart, speed) if c is not None]))
    nothing = np.full(len(times), np.nan)
    track = Track(times, _at(times, speed), _at(times, heart), nothing, np.empty(0))
    info = replace(info, track=track)
    if speed is not None and info.speed_mps is None and info.speed_table is None:
        info = replace(info, speed_table=np.column_stack(speed))
    return info


def start_of(capture: Capture, first_s: float) -> datetime:
    """Calendar time of a moment, s since the capture's anchor: by its last pair of clocks.

    A computer without a battery for its clock (Raspberry Pi) learns the time from the network,
    maybe in the middle of a run: what it believed last is the best it knew.
    """
    anchor = capture.header.anchor
    ahead_ns = anchor.utc_ns - anchor.monotonic_ns
    for event in capture.events:
        utc_ns = event.fields.get("utc_ns")
        if event.kind == "anchor" and isinstance(utc_ns, int) and 0 < utc_ns < 2**62:
            ahead_ns = utc_ns - event.arrival_ns
    return EPOCH + timedelta(seconds=1e-9 * (anchor.monotonic_ns + ahead_ns) + first_s)


def _covariate(
    sensors: Sequence[Sensor], kind: str, channel: str
) -> tuple[FloatArray, FloatArray] | None:
    """Times of arrival and values of the first sensor that sent them."""
    for sensor in sensors:
        for samples in sensor.streams:
            if samples.stream.kind != kind or channel not in samples.values:
                continue
            values = samples.channel(channel)[:, 0]
            known: BoolArray = np.isfinite(values)
            if known.sum() > 1:
                return samples.time_s[known], values[known]
    return None


def _at(times: FloatArray, known: tuple[FloatArray, FloatArray] | None) -> FloatArray:
    """(k,) the values at their own times, NaN at others."""
    out = np.full(len(times), np.nan)
    if known is not None:
        out[np.searchsorted(times, known[0])] = known[1]
    return out


def _run_file(path: Path, run_info: Path | None) -> RunFile | None:
    """The run.toml that was named, or ``NAME.run.toml`` beside the capture."""
    beside = path.with_name(f"{path.stem.removesuffix(RECOVERED)}.{RUN_TOML}")
    chosen = run_info or (beside if beside.is_file() else None)
    return None if chosen is None else read_run_info(Source(chosen))


def _files(about: RunFile) -> list[Path]:
    """What was read of the run's own files."""
    return [s.on_disk for s in (about.source, about.speed_file) if s is not None]
