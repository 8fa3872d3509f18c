"""A run as a FIT activity, with hipgait's numbers as developer fields, for running apps.

One record a second: distance, speed, cadence, contact time and vertical oscillation in the fields
that every app knows, drop and lean in developer fields (float32) that apps with support for them
draw by name. A value is the mean of the valid running stances of the last ``WINDOW_S`` seconds;
where there are none it is "not known", never carried on. Layout: FIT SDK profile, messages
file_id, developer_data_id, field_description, event, record, lap, session, activity.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from hipgait.errors import InputError
from hipgait.io.writing import write_beside
from hipgait.names import RUN, SIDES
from hipgait.outputs.fit_bytes import (
    BYTES,
    EARLIEST,
    ENUM,
    EPOCH_UNIX_S,
    STRING,
    UINT8,
    UINT16,
    UINT32,
    UINT32Z,
    Field,
    FitWriter,
    Message,
)
from hipgait.recording import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

WINDOW_S: Final = 10.0
"""A record tells the mean of the stances of this time, s: 13 to 15 a side."""
APPLICATION: Final = bytes.fromhex("6869706761697400a1c4f3d2b5e60718")
"""Tells apps whose developer fields these are: "hipgait", then a number that stays."""
DEVELOPMENT: Final = 255
"""The manufacturer's number for those who have none."""
EVENT_TIMER, EVENT_LAP, EVENT_SESSION, EVENT_ACTIVITY = 0, 9, 8, 26
START, STOP, STOP_ALL = 0, 1, 4
SPORT_RUNNING: Final = 1
DAY_S: Final = 86_400.0
FILE_ACTIVITY: Final = 4
FLOAT32_TYPE: Final = 0x88


class Told(NamedTuple):
    """A developer field: the table's column, the side it is told of, its name and unit."""

    column: str
    side: str
    name: str
    unit: str


TOLD: Final = tuple(
    Told(column, side, f"{side.title()} {title}", unit)
    for column, title, unit in (
        ("pelvic_drop_excursion_deg", "pelvic drop", "deg"),
        ("shank_lean_excursion_deg", "shank lean travel", "deg"),
        ("shank_lean_mean_deg", "shank lean", "deg"),
        ("peak_tibial_acceleration_g", "impact", "g"),
    )
    for side in SIDES
)

TIMESTAMP: Final = Field(253, UINT32)
FILE_ID: Final = Message(
    0,
    (Field(0, ENUM), Field(1, UINT16), Field(2, UINT16), Field(3, UINT32Z), Field(4, UINT32)),
)
DEVELOPER: Final = Message(207, (Field(1, BYTES, size=16), Field(4, UINT32), Field(3, UINT8)))
DESCRIPTION: Final = Message(
    206,
    (
        Field(0, UINT8),
        Field(1, UINT8),
        Field(2, UINT8),
        Field(3, STRING, size=32),
        Field(8, STRING, size=8),
    ),
)
RECORD_FIELDS: Final = (
    TIMESTAMP,
    Field(5, UINT32, 100.0),  # distance, m
    Field(73, UINT32, 1000.0),  # speed, m/s
    Field(4, UINT8),  # cadence, strides a minute
    Field(53, UINT8, 128.0),  # its fraction
    Field(41, UINT16, 10.0),  # contact time, ms
    Field(39, UINT16, 10.0),  # vertical oscillation, mm
)
SPAN: Final = (
    Field(254, UINT16),  # number of the message
    TIMESTAMP,
    Field(2, UINT32),  # start
    Field(7, UINT32, 1000.0),  # elapsed, s
    Field(8, UINT32, 1000.0),  # on the timer, s
    Field(9, UINT32, 100.0),  # distance, m
)
HAPPENED: Final = (Field(0, ENUM), Field(1, ENUM))
"""An event and its type."""
EVENT: Final = Message(21, (TIMESTAMP, *HAPPENED))
LAP: Final = Message(19, (*SPAN, *HAPPENED))
SESSION: Final = Message(
    18,
    (
        *SPAN,
        Field(5, ENUM),  # sport
        Field(6, ENUM),  # kind of it
        Field(25, UINT16),  # first lap
        Field(26, UINT16),  # laps
        *HAPPENED,
    ),
)
ACTIVITY: Final = Message(
    34,
    (
        TIMESTAMP,
        Field(0, UINT32, 1000.0),
        Field(1, UINT16),
        Field(2, ENUM),
        Field(3, ENUM),
        Field(4, ENUM),
    ),
)


def trailing_mean(
    at_s: FloatArray, time_s: FloatArray, values: FloatArray, window_s: float = WINDOW_S
) -> FloatArray:
    """Mean of the values in (at - window, at], NaN where there are none.

    Parameters
    ----------
    at_s : (m,) s.  time_s : (n,) increasing, s.  values : (n,), NaN passed over.
    """
    known = np.isfinite(values)
    time, kept = time_s[known], values[known]
    total = np.concatenate([[0.0], np.cumsum(kept)])
    a = np.searchsorted(time, at_s - window_s, side="right")
    b = np.searchsorted(time, at_s, side="right")
    with np.errstate(invalid="ignore"):
        return np.where(b > a, (total[b] - total[a]) / np.maximum(b - a, 1), np.nan)


def write_fit(path: Path, run: Mapping[str, Any], strides: pd.DataFrame) -> int:
    """Write a FIT activity of one analysed run. Returns the number of records.

    Parameters
    ----------
    path : the file, written beside and renamed.
    run : content of run.json; ``start_utc`` must be known.
    strides : the stride table.

    Raises
    ------
    InputError : the start is not known, there is no valid running stance, or the file cannot be
        written.
    """
    data, records = fit_bytes(run, strides)
    with write_beside(path) as beside:
        beside.write_bytes(data)
    return records


def fit_bytes(run: Mapping[str, Any], strides: pd.DataFrame) -> tuple[bytes, int]:
    """The file of ``write_fit`` as bytes, and its number of records."""
    start = run.get("start_utc")
    if not start:
        raise InputError(
            f"{run.get('name', 'the run')}: it is not known when it started, and a FIT file is "
            "dated",
            "Add start_utc = 2026-03-14T09:30:00Z to run.toml and analyse it again",
        )
    usable = (strides["valid"].astype(bool) & (strides["gait"] == RUN)).to_numpy()
    if not usable.any():
        raise InputError(
            f"{run.get('name', 'the run')}: no valid running stance",
            "Look into the report for the reason",
        )
    zero_s = float(run.get("reference_start_s") or 0.0)
    began = _fit_time(str(run.get("name", "the run")), datetime.fromisoformat(str(start)))
    ic = strides["ic_s"].to_numpy(dtype=np.float64)
    seconds = np.arange(np.floor(ic[0] - zero_s), np.ceil(ic[-1] - zero_s) + 1)
    return _activity(began, seconds, _second_by_second(strides, usable, seconds + zero_s))


def _fit_time(name: str, start: datetime) -> float:
    """Seconds since the epoch of FIT. Raises InputError: a day that a FIT file cannot tell."""
    utc = start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)
    began = utc.timestamp() - EPOCH_UNIX_S
    if not EARLIEST <= began <= UINT32.invalid - DAY_S:
        raise InputError(
            f"{name}: began {utc:%Y-%m-%d}, and a FIT file is dated 1998-07-04 to 2126-02-05",
            "Set the sensor's clock, or add start_utc to run.toml and analyse it again",
        )
    return began


def _second_by_second(
    strides: pd.DataFrame, usable: BoolArray, at_s: FloatArray
) -> dict[str, FloatArray]:
    ic = strides["ic_s"].to_numpy(dtype=np.float64)

    def mean(column: str, rows: BoolArray) -> FloatArray:
        if column not in strides:
            return np.full(len(at_s), np.nan)
        values = strides[column].to_numpy(dtype=np.float64, na_value=np.nan)
        return trailing_mean(at_s, ic[rows], values[rows])

    out = {
        name: mean(name, usable)
        for name in ("speed_mps", "cadence_spm", "contact_time_s", "vertical_oscillation_cm")
    }
    for one in TOLD:
        rows = usable & (strides["side"] == one.side).to_numpy()
        out[one.name] = mean(one.column, rows)
    return out


def _activity(
    began: float, seconds: FloatArray, values: Mapping[str, FloatArray]
) -> tuple[bytes, int]:
    told = [one for one in TOLD if np.isfinite(values[one.name]).any()]
    stamps = round(began) + seconds.astype(np.int64)  # rounded one by one, halves come out twice
    first, last = int(stamps[0]), int(stamps[-1])
    lasted = float(last - first)
    distance = np.cumsum(np.nan_to_num(values["speed_mps"]))
    has_speed = bool(np.isfinite(values["speed_mps"]).any())
    whole = float(distance[-1]) if has_speed else float("nan")
    fit = FitWriter()
    fit.add(FILE_ID, (FILE_ACTIVITY, DEVELOPMENT, 0, 1, first))
    fit.add(DEVELOPER, (APPLICATION, 1, 0))
    for number, one in enumerate(told):
        fit.add(DESCRIPTION, (0, number, FLOAT32_TYPE, one.name, one.unit))
    fit.add(EVENT, (first, EVENT_TIMER, START))
    record = Message(20, RECORD_FIELDS, tuple(range(len(told))))
    cadence = values["cadence_spm"] / 2.0
    with np.errstate(invalid="ignore"):
        strides_a_minute = np.floor(cadence)
    for k in range(len(seconds)):
        fit.add(
            record,
            (
                int(stamps[k]),
                distance[k] if has_speed else None,
                values["speed_mps"][k],
                strides_a_minute[k],
                cadence[k] - strides_a_minute[k],
                values["contact_time_s"][k] * 1e3,
                values["vertical_oscillation_cm"][k] * 10.0,
            ),
            [float(values[one.name][k]) for one in told],
        )
    fit.add(EVENT, (last, EVENT_TIMER, STOP_ALL))
    span = (0, last, first, lasted, lasted, whole)
    fit.add(LAP, (*span, EVENT_LAP, STOP))
    fit.add(SESSION, (*span, SPORT_RUNNING, 0, 0, 1, EVENT_SESSION, STOP))
    fit.add(ACTIVITY, (last, lasted, 1, 0, EVENT_ACTIVITY, STOP))
    return fit.finish(), len(seconds)
