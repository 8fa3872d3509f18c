"""Movesense: JSON of the sensor's logbook, of the data logger and of the Showcase app.

Every layout is packets ``{"Timestamp": ms, "ArrayAcc": [{"x", "y", "z"}, ...], "ArrayGyro": ...}``
inside something else: ``{"Meas": {"IMU9": [...]}}`` or ``{"Meas": {"Acc": [...], "Gyro": [...]}}``
(logbook, movesense.com/docs), ``{"Samples": [{"MeasIMU6": {...}}, ...]}`` (sbem2json,
bitbucket.org/movesense/python-datalogger-tool), ``{"data": [{"acc": {...}}, ...]}`` (Showcase,
``20220301T100423Z_203130000325_acc_stream.json`` with ``..._gyro_stream.json`` beside it), or one
object a line. Acceleration is in m/s^2 and angular velocity in deg/s (Movesense API,
meas/imu.yaml); Timestamp is the time of the packet's first sample, ms since the sensor started.

The samples, nearly all of a file, are taken out of the text (``samples``); the rest is decoded as
JSON. A file in which that goes wrong anywhere is decoded as a whole, which says where.

Samples are spread evenly to the next packet's stamp, so the rate is a measured one; where a packet
is lost they keep the usual step and a gap stays. TimeDetailed, where logged, gives the calendar.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish
from hipgait.io.exports.merge import gyro_at, twin
from hipgait.io.exports.samples import Samples, picked, taken_out
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.tables import Dialect, Header, Table
from hipgait.recording import FloatArray

NAME: Final = "movesense"
LABEL: Final = "Movesense"
FOLDERED: Final = False

ACC: Final = ("ArrayAcc x", "ArrayAcc y", "ArrayAcc z")
GYR: Final = ("ArrayGyro x", "ArrayGyro y", "ArrayGyro z")
DEPTH: Final = 8
"""Packets lie at most this deep."""
AXES: Final = itemgetter("x", "y", "z")
LOST: Final = 1.5
"""A packet that lasts longer than this many usual ones was followed by a loss."""
_JSON: Final = msgspec.json.Decoder()
_MARKS: Final = ("ArrayAcc", "ArrayGyro", "utcTime")
"""Keys of packets and of calendar entries."""
_HEAD: Final = 1 << 18
_MINE: Final = re.compile(r"(?<![a-z])acc(elerometer)?(?![a-z])")
_OTHER: Final = re.compile(r"(?<![a-z])gyro(scope)?(?![a-z])")


class Stream(NamedTuple):
    """Samples of packets. time (n,) s; acc (n, 3) m/s^2, gyr (n, 3) rad/s or None."""

    time: FloatArray
    acc: FloatArray | None
    gyr: FloatArray | None


def matches(head: bytes, source: Source) -> bool:
    """JSON with ArrayAcc."""
    return _is_json(head) and b'"ArrayAcc"' in source.head(_HEAD)


def belongs(head: bytes, source: Source) -> bool:
    """The gyroscope alone: read along with the accelerometer's file."""
    return _is_json(head) and b'"ArrayGyro"' in head and not matches(head, source)


def hint(source: Source) -> str:
    """Nothing: the file knows only the sensor's serial number."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one sensor.

    Raises
    ------
    FormatError : no JSON, a packet that cannot be understood, no acceleration.
    """
    table = Table(source.path, b"", Header((), 1, 0, Dialect()), {})
    found, calendar = _streams(source)
    whole = [s for s in found if s.acc is not None]
    main = max(whole, key=lambda s: (s.gyr is not None, len(s.time)), default=None)
    if main is None or main.acc is None:
        raise FormatError(source.path, "no acceleration", "Record IMU6 or IMU9")
    notes = [] if len(whole) < 2 else ["several accelerometer streams: the fullest is read"]
    gyr, also = main.gyr, None
    if gyr is None:
        own = [s for s in found if s.gyr is not None]
        also = None if own else twin(source, _MINE, _OTHER)
        if also is not None:
            own = [s for s in _streams(also)[0] if s.gyr is not None]
        if own:
            other = max(own, key=lambda s: len(s.time))
            assert other.gyr is not None
            where = Table(also.path if also else source.path, b"", table.header, {})
            gyr, said = gyro_at(
                main.time, where, other.time, other.gyr, ("Timestamp", GYR), Units()
            )
            notes += said
    stream = finish(
        table,
        main.time,
        main.acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(),
        names=("Timestamp", ACC, GYR),
        zero=True,
    )
    files = (also,) if also is not None else ()
    if calendar is None:
        return Reading(stream, also=files)
    start = calendar + float(main.time[0])
    utc = datetime.fromtimestamp(start, UTC) if 0 < start < 4e9 else None
    return Reading(stream, NAME, start, exact=False, start_utc=utc, also=files)


def _streams(source: Source) -> tuple[list[Stream], float | None]:
    """Streams of a file; what to add to their time for s since 1970, or None."""
    return streams_of_text(source.path, source.read().removeprefix(b"\xef\xbb\xbf"))


def streams_of_text(path: Path, data: bytes) -> tuple[list[Stream], float | None]:
    """As ``_streams``: what the JSON says, by the quick way where that can be gone.

    Raises
    ------
    FormatError : no JSON, a packet that cannot be understood.
    """
    with _no_collection():
        out = taken_out(data, (b"ArrayAcc", b"ArrayGyro"))
        if out is None:
            return streams_of_json(path, data, None)
        try:
            return streams_of_json(path, *out)
        except FormatError:  # speaks of a text that the user does not have
            return streams_of_json(path, data, None)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without garbage collection: many small objects, none of them rubbish."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def streams_of_json(
    path: Path, data: bytes, taken: Samples | None
) -> tuple[list[Stream], float | None]:
    """As ``_streams``. taken : the samples, where they were taken out."""
    groups: dict[tuple[str, bool, bool], list[dict[str, Any]]] = {}
    calendar: float | None = None
    found: list[tuple[str, dict[str, Any]]] = []
    _entries(_decoded(path, data), "", DEPTH, found)
    for key, entry in found:
        if "utcTime" in entry:
            try:
                calendar = float(entry["utcTime"]) * 1e-6 - float(entry["relativeTime"]) * 1e-3
            except (KeyError, TypeError, ValueError):
                calendar = None
            continue
        kind = (key, "ArrayAcc" in entry, "ArrayGyro" in entry)
        groups.setdefault(kind, []).append(entry)
    return [_stream(path, packets, taken) for packets in groups.values()], calendar


def _decoded(path: Path, data: bytes) -> Any:
    """The file's JSON: one value, or one a line."""
    try:
        return _JSON.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = str(error)
    values = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            values.append(_JSON.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            one_line = number == 1
            raise FormatError(
                path,
                f"not readable as JSON ({said})" if one_line else "not readable as JSON",
                "Export it again",
                line=None if one_line else number,
            ) from None
    return values


def _entries(value: Any, key: str, depth: int, found: list[tuple[str, dict[str, Any]]]) -> None:
    """Add packets and calendar entries with the key that they stand under, in the file's order."""
    if isinstance(value, dict):
        if not value.keys().isdisjoint(_MARKS):
            found.append((key, value))
        elif depth:
            for name, item in value.items():
                _entries(item, name, depth - 1, found)
    elif isinstance(value, list) and depth:
        for item in value:
            _entries(item, key, depth - 1, found)


def _stream(path: Path, packets: list[dict[str, Any]], taken: Samples | None) -> Stream:
    """Samples of the packets of one kind."""
    stamps = np.empty(len(packets))
    for k, packet in enumerate(packets):
        try:
            stamps[k] = float(packet["Timestamp"]) * 1e-3
        except (KeyError, TypeError, ValueError) as error:
            raise _unclear(path, k, error) from None
    read: dict[str, Samples] = {}
    for name in ("ArrayAcc", "ArrayGyro"):
        held = [packet[name] for packet in packets if name in packet]
        if held:
            read[name] = _listed(path, held) if taken is None else picked(taken, held)
    (_, first), *_, (_, last) = [*read.values()] * 2
    uneven = np.flatnonzero(first != last)
    if len(uneven):
        k = int(uneven[0])
        raise _unclear(path, k, f"{first[k]} accelerations, {last[k]} angular velocities")
    acc, gyr = (read[name][0] if name in read else None for name in ("ArrayAcc", "ArrayGyro"))
    return Stream(sample_times(stamps, first), acc, None if gyr is None else np.radians(gyr))


def _listed(path: Path, packets: list[Any]) -> Samples:
    """Samples of decoded packets."""
    values: list[float] = []
    counts = np.zeros(len(packets), dtype=np.intp)
    for k, packet in enumerate(packets):
        try:
            values += map(float, chain.from_iterable(map(AXES, packet)))
            counts[k] = len(packet)
        except (KeyError, TypeError, ValueError) as error:
            raise _unclear(path, k, error) from None
    return np.array(values).reshape(-1, 3), counts


def _unclear(path: Path, packet: int, why: object) -> FormatError:
    return FormatError(path, f"packet {packet + 1} cannot be understood ({why})", "Export again")


def sample_times(stamps: FloatArray, counts: np.ndarray[Any, np.dtype[np.intp]]) -> FloatArray:
    """(sum of counts,) times of samples from (k,) times of packets' first samples, s."""
    full = np.flatnonzero(counts)
    stamps, counts = stamps[full], counts[full]
    if len(stamps) < 2:
        return np.repeat(stamps, counts)
    step = np.diff(stamps) / counts[:-1]
    usual = float(np.median(step))
    step = np.r_[np.where(step > LOST * usual, usual, step), usual]
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(
        np.repeat(stamps, counts) + (np.arange(len(first)) - first) * np.repeat(step, counts)
    )


def _is_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
