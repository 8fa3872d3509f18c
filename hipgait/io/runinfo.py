"""run.toml: what is known of a run, its runner and its sensors.

::

    start_utc = 2026-03-14T09:30:00Z
    athlete = "anna"            # or a table, see below
    speed_mps = 3.1             # or: speed_csv = "speed.csv" (time_s,speed_mps)
    grade_pct = 1.0
    surface = "treadmill"
    shoe = "..."
    fatigued = false
    notes = "..."
    laps_s = [600.0, 630.0, 690.0]   # start of each lap, s on the recording's clock

    [athlete]                   # every key optional
    name = "anna"
    height_m = 1.70
    mass_kg = 61
    shank_length_m = 0.41
    pelvis_width_m = 0.28

    [sensors.pelvis]            # what an export does not say of a sensor
    acc_range_g = 16
    gyr_range_deg_s = 2000
    rate_hz = 100
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import numpy as np

from hipgait.errors import FormatError
from hipgait.io.documents import toml_bytes, toml_tables
from hipgait.io.files import Source
from hipgait.io.tables import as_text, find_header, read_columns
from hipgait.names import G_MPS2, PLACEMENTS
from hipgait.recording import Athlete, FloatArray, RunInfo

EXAMPLE: Final = "The README shows an example"
NO_OFFSET: Final = (
    "start_utc in run.toml has no offset and is taken as UTC: the run may be put on another day; "
    "write {start:%Y-%m-%dT%H:%M:%S}Z, or your own offset (+02:00) in place of Z"
)
OF_START: Final = NO_OFFSET.index("{")
"""so many characters of it are the same in every file"""
_Positive = Annotated[float, msgspec.Meta(gt=0)]


class _AthleteTable(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    height_m: Annotated[float, msgspec.Meta(ge=0.5, le=2.6)] | None = None
    mass_kg: Annotated[float, msgspec.Meta(ge=15, le=300)] | None = None
    shank_length_m: Annotated[float, msgspec.Meta(ge=0.1, le=0.8)] | None = None
    pelvis_width_m: Annotated[float, msgspec.Meta(ge=0.1, le=0.6)] | None = None


class SensorOptions(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What an export does not say of a sensor; None where unknown.

    acc_range_g, gyr_range_deg_s : full scale of one axis.
    rate_hz : samples a second, where the file has no clock.
    """

    acc_range_g: _Positive | None = None
    gyr_range_deg_s: _Positive | None = None
    rate_hz: Annotated[float, msgspec.Meta(ge=1, le=10000)] | None = None

    @property
    def acc_range(self) -> float | None:
        """Full scale, m/s^2."""
        return None if self.acc_range_g is None else self.acc_range_g * G_MPS2

    @property
    def gyr_range(self) -> float | None:
        """Full scale, rad/s."""
        return None if self.gyr_range_deg_s is None else float(np.radians(self.gyr_range_deg_s))


class _RunTable(msgspec.Struct, forbid_unknown_fields=True):
    start_utc: datetime | None = None
    athlete: str | _AthleteTable | None = None
    speed_mps: Annotated[float, msgspec.Meta(ge=0.3, le=13)] | None = None
    speed_csv: str | None = None
    grade_pct: Annotated[float, msgspec.Meta(ge=-50, le=50)] | None = None
    surface: str | None = None
    shoe: str | None = None
    fatigued: bool | None = None
    notes: str | None = None
    laps_s: list[float] | None = None
    sensors: dict[str, SensorOptions] = {}


@dataclass(frozen=True)
class RunFile:
    """A run.toml.

    speed_file : the table of speeds that it names, for the record.  notes : for the report.
    """

    info: RunInfo = field(default_factory=RunInfo)
    sensors: dict[str, SensorOptions] = field(default_factory=dict)
    source: Source | None = None
    speed_file: Source | None = None
    notes: tuple[str, ...] = ()


def read_run_info(source: Source) -> RunFile:
    """Read a run.toml.

    Raises
    ------
    FormatError : not TOML, unknown key, wrong type or value outside the plausible; names the key.
    """
    data = toml_bytes(source)
    if not data.strip():  # every line is optional
        return RunFile(source=source)
    raw = toml_tables(source.path, as_text(source.path, data, "UTF-8"), EXAMPLE)
    try:
        table = msgspec.convert(raw, _RunTable)
    except msgspec.ValidationError as error:
        raise _explained(source.path, error) from None
    for placement in table.sensors:
        if placement not in PLACEMENTS:
            raise FormatError(
                source.path,
                f"sensors.{placement}: unknown placement",
                f"Use one of: {', '.join(PLACEMENTS)}",
            )
    athlete = table.athlete
    body = (
        Athlete(name=athlete)
        if isinstance(athlete, str) or athlete is None
        else Athlete(**msgspec.structs.asdict(athlete))
    )
    start, notes = table.start_utc, tuple[str, ...]()
    if start is not None:
        notes = () if start.tzinfo is not None else (NO_OFFSET.format(start=start),)
        start = start.replace(tzinfo=UTC) if start.tzinfo is None else start
    speeds, speed_file = None, None
    if table.speed_csv is not None:
        if table.speed_mps is not None:
            raise FormatError(
                source.path, "speed_mps and speed_csv are both given", "Keep one of them"
            )
        speed_file = source.sibling(table.speed_csv)
        if speed_file is None:
            raise FormatError(
                source.path,
                f"speed_csv: {table.speed_csv!r} is not there",
                "Put the file beside run.toml",
            )
        speeds = read_speed_table(speed_file)
    info = RunInfo(
        start_utc=start,
        speed_mps=table.speed_mps,
        speed_table=speeds,
        grade_pct=table.grade_pct,
        surface=table.surface,
        shoe=table.shoe,
        fatigued=table.fatigued,
        notes=table.notes,
        athlete=body,
        laps_s=_laps(source.path, table.laps_s),
    )
    return RunFile(info, dict(table.sensors), source, speed_file, notes)


def _laps(path: Path, laps_s: list[float] | None) -> FloatArray | None:
    """(l,) starts of laps; refused where they are negative or do not increase."""
    if laps_s is None:
        return None
    laps = np.array(laps_s, dtype=np.float64)
    for bad, what in (
        (~(laps >= 0) | np.isinf(laps), "is no time from 0 on"),
        (np.r_[False, np.diff(laps) <= 0], "does not increase"),
    ):
        if bad.any():
            raise FormatError(
                path,
                f"laps_s: {laps[int(np.argmax(bad))]:g} {what}",
                "Give the start of each lap in s, one after the other",
            )
    return laps


def read_speed_table(source: Source) -> FloatArray:
    """(k, 2) time_s and speed_mps.

    Raises
    ------
    FormatError : columns missing, time not increasing, speed outside 0 ... 13 m/s.
    """
    path = source.path
    data = as_text(path, source.read())
    header = find_header(path, data, 1)
    wanted = ("time_s", "speed_mps")
    missing = [w for w in wanted if w not in header.names]
    if missing:
        raise FormatError(
            path,
            f"no column {missing[0]} (found: {', '.join(header.names)[:80]})",
            "The first line must be time_s,speed_mps",
            line=1,
        )
    table = read_columns(path, data, header, wanted)
    time, speed = table.columns["time_s"], table.columns["speed_mps"]
    for name, bad, what in (
        ("time_s", ~np.isfinite(time), "is empty"),
        ("time_s", np.r_[False, np.diff(time) <= 0], "does not increase"),
        ("speed_mps", ~(np.isfinite(speed) & (speed >= 0) & (speed <= 13)), "is not 0 to 13 m/s"),
    ):
        if bad.any():
            row = int(np.argmax(bad))
            raise FormatError(
                path,
                f"{table.columns[name][row]:g} {what}",
                "Correct the line",
                line=table.line_of(row),
                column=name,
            )
    return np.column_stack([time, speed])


def _explained(path: Path, error: msgspec.ValidationError) -> FormatError:
    """Msgspec's message with the key first: ``$.athlete.height_m`` -> ``athlete.height_m``."""
    text, _, where = str(error).partition(" - at ")
    key = where.strip("`").removeprefix("$").removeprefix(".").replace("[...]", "")
    cure = ""
    if "unknown field" in text:
        name = text.split("`")[1]
        key = f"{key}.{name}".strip(".")
        text, cure = "unknown key", f"Known here: {', '.join(_known(key))}"
    elif key.endswith("_m"):
        cure = "Give metres"
    elif key.endswith(("speed_mps",)):
        cure = "Give metres a second"
    else:
        cure = EXAMPLE
    return FormatError(path, f"{key or 'run.toml'}: {text.lower().replace('`', '')}", cure)


def _known(key: str) -> tuple[str, ...]:
    struct: Any = _RunTable
    if key.startswith("athlete."):
        struct = _AthleteTable
    elif key.startswith("sensors."):
        struct = SensorOptions
    return tuple(struct.__struct_fields__)
