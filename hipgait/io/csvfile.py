"""Plain CSV: ``time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z``.

acc in m/s^2 and gyr in deg/s unless the header says otherwise (``acc_x_g``, ``acc_x_mps2``,
``gyr_x_rad_s``, ``gyr_x_deg_s``, ``gyr_x_mdps``, ``time_ms``, ``time_us``, ``time_ns``); UTF-8 with
or without BOM, UTF-16 with one; ``gyr_*`` may be absent; extra columns are ignored and noted; empty
cells are missing samples. Commas, semicolons or tabs separate; decimal commas are understood where
they cannot be confused. Stamps of delivery (in bursts, or standing still) are evened out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.files import Source
from hipgait.io.plausible import Units, all_finite, check_units, clean_time, is_constant
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.stamps import even_out, is_delivery
from hipgait.io.tables import Header, Table, as_text, find_header, lines_of, read_columns, split
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray, Provenance, SensorStream

NAME: Final = "csv"
LABEL: Final = "plain CSV"
FOLDERED: Final = False

TIME_UNITS: Final = {"time_s": 1.0, "time_ms": 1e-3, "time_us": 1e-6, "time_ns": 1e-9}
ACC_UNITS: Final = {
    "": (1.0, "m/s^2"),
    "_mps2": (1.0, "m/s^2"),
    "_g": (G_MPS2, "g"),
    "_mg": (G_MPS2 / 1000.0, "mg"),
}
GYR_UNITS: Final = {
    "": (float(np.pi / 180), "deg/s"),
    "_deg_s": (float(np.pi / 180), "deg/s"),
    "_dps": (float(np.pi / 180), "deg/s"),
    "_mdps": (float(np.pi / 180e3), "mdps"),
    "_rad_s": (1.0, "rad/s"),
}
FEW: Final = 20
"""Files of fewer samples are read, and noted."""
GRAVITY_NOTE: Final = (
    "gravity was removed by the app: steps and timing only; contact times are rough, and a pelvis "
    "alone may exchange the sides"
)


@dataclass(frozen=True)
class Columns:
    """Which columns hold what. acc and gyr: three names; gyr empty where absent."""

    time: str
    acc: tuple[str, ...]
    gyr: tuple[str, ...]
    time_unit: float
    units: Units
    ignored: tuple[str, ...]


def matches(head: bytes, source: Source) -> bool:
    """A header with time_* and acc_* or gyr_* columns in the first line that is not blank."""
    _, names = _header_cells(head)
    lower = [n.lower() for n in names]
    return any(n.startswith("time") for n in lower) and any(n.startswith("acc_x") for n in lower)


def hint(source: Source) -> str:
    """Nothing: a plain file is named after its placement."""
    return ""


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read a plain CSV file.

    Raises
    ------
    FormatError : with line, column and cure.
    """
    path = source.path
    data = as_text(path, source.read())
    line, _ = _header_cells(data[:65536])
    header = find_header(path, data, line)
    columns = assign(header)
    if columns is None:
        raise _mixed_units(source, header, line) or unknown_header(source, header.names, line)
    if not columns.gyr:
        refused = _part_of_gyroscope(source, header, line)
        if refused is not None:
            raise refused
    wanted = [columns.time, *columns.acc, *columns.gyr]
    table = read_columns(path, data, header, wanted, header_again=True)
    return Reading(stream_of(table, columns, placement, options, NAME), clock="time_s")


def unknown_header(source: Source, names: Sequence[str], line: int = 1) -> FormatError:
    """The refusal of a table whose columns are not known."""
    known = [n for n in names if n]
    shown = ",".join(known)
    shown = shown[:70] + ("..." if len(shown) > 70 else "")
    prose = len(known) == 1 and " " in shown and not re.search(r"[;|\t]", shown)
    what = f"no table ({shown})" if prose else f"unknown columns ({shown})"
    return FormatError(source.path, what, f"Name the columns {_proposed(known)}", line=line)


def _proposed(names: Sequence[str]) -> str:
    """The header that the units in these names ask for."""
    words = [set(re.findall(r"[a-z]+\d*", n.lower())) for n in names]
    seen = set().union(*words) if words else set()
    time = next((u for u in ("ms", "us", "ns") if u in seen), "s")
    acc = next((f"_{u}" for u in ("mg", "g") if u in seen), "")
    gyr = "_rad_s" if seen & {"rad", "radians"} else ""
    sensed = [f"acc_{a}{acc}" for a in "xyz"] + [f"gyr_{a}{gyr}" for a in "xyz"]
    return ",".join([f"time_{time}", *sensed])


def _named(header: Header, start: str, units: Mapping[str, tuple[float, str]]) -> dict[str, str]:
    """Axis -> unit of the columns ``<start>_x``, ...; as the header spells them, in lower case."""
    names = [n.lower().replace(" ", "") for n in header.names]
    return {a: u for a in "xyz" for u in units if f"{start}_{a}{u}" in names}


def _mixed_units(source: Source, header: Header, line: int) -> FormatError | None:
    """The refusal of acceleration columns that are all there, in different units."""
    units = _named(header, "acc", ACC_UNITS)
    if len(units) < 3 or len(set(units.values())) < 2:
        return None
    shown = ", ".join(f"acc_{axis}{unit}" for axis, unit in units.items())
    return FormatError(
        source.path,
        f"the acceleration is in different units ({shown})",
        "Give all three columns the same unit",
        line=line,
    )


def _part_of_gyroscope(source: Source, header: Header, line: int) -> FormatError | None:
    """The refusal of gyroscope columns that are only partly there, or in different units."""
    units = _named(header, "gyr", GYR_UNITS)
    if not units:
        return None
    if len(units) == 3 and len(set(units.values())) < 2:
        return None
    if len(units) == 3:
        shown = ", ".join(f"gyr_{axis}{unit}" for axis, unit in units.items())
        what, cure = f"the gyroscope is in different units ({shown})", "Give all three one unit"
    else:
        absent = ", ".join(f"gyr_{axis}" for axis in "xyz" if axis not in units)
        what, cure = f"no column {absent}", "Name all three gyroscope columns, or leave all out"
    return FormatError(source.path, what, cure, line=line)


def assign(header: Header) -> Columns | None:
    """Find the contract's columns in a header; None where it is not plain CSV.

    Raises
    ------
    FormatError is left to the caller, who knows the file.
    """
    by_name: dict[str, str] = {}
    for name in header.names:
        by_name.setdefault(name.lower().replace(" ", ""), name)
    time = next((t for t in TIME_UNITS if t in by_name), None)
    acc = next((u for u in ACC_UNITS if all(f"acc_{a}{u}" in by_name for a in "xyz")), None)
    if time is None or acc is None:
        return None
    gyr = next((u for u in GYR_UNITS if all(f"gyr_{a}{u}" in by_name for a in "xyz")), None)
    acc_names = tuple(by_name[f"acc_{a}{acc}"] for a in "xyz")
    gyr_names = () if gyr is None else tuple(by_name[f"gyr_{a}{gyr}"] for a in "xyz")
    used = {by_name[time], *acc_names, *gyr_names}
    acc_unit, acc_word = ACC_UNITS[acc]
    gyr_unit, gyr_word = GYR_UNITS[gyr or ""]
    return Columns(
        by_name[time],
        acc_names,
        gyr_names,
        TIME_UNITS[time],
        Units(acc_unit, acc_word, gyr_unit, gyr_word),
        tuple(n for n in header.names if n and n not in used),
    )


def stream_of(
    table: Table, columns: Columns, placement: str, options: SensorOptions, fmt: str
) -> SensorStream:
    """Checked stream in SI units from a parsed table."""
    raw = [table.columns[name] for name in (*columns.acc, *columns.gyr)]
    time = table.columns[columns.time]
    if columns.time_unit != 1.0:
        time = time * columns.time_unit
    notes = list(table.notes)
    if np.isfinite(time).all() and is_delivery(time) and not _twice(time, raw):
        time = even_out(time, notes)
    if columns.ignored:
        notes.append(f"columns ignored: {', '.join(columns.ignored)}")
    acc = scaled(raw[:3], columns.units.acc)
    gyr = scaled(raw[3:], columns.units.gyr) if columns.gyr else None
    return finish(
        table,
        time,
        acc,
        gyr,
        placement=placement,
        options=options,
        fmt=fmt,
        notes=notes,
        units=columns.units,
        names=(columns.time, columns.acc, columns.gyr or ("gyr_x", "gyr_y", "gyr_z")),
    )


def _twice(time: FloatArray, columns: Sequence[FloatArray]) -> bool:
    """Whether rows are written twice, stamp and values."""
    still = np.flatnonzero(np.diff(time) == 0)
    return bool(np.all([c[still] == c[still + 1] for c in columns], axis=0).any())


def scaled(columns: Sequence[FloatArray], unit: float) -> FloatArray:
    """(n, 3) values in SI from three columns."""
    out = np.empty((len(columns[0]), 3))
    for k, column in enumerate(columns):
        np.multiply(column, unit, out=out[:, k])
    return out


def finish(
    table: Table,
    time: FloatArray,
    acc: FloatArray,
    gyr: FloatArray | None,
    *,
    placement: str,
    options: SensorOptions,
    fmt: str,
    notes: list[str],
    units: Units,
    names: tuple[str, tuple[str, ...], tuple[str, ...]],
    ranges: tuple[float | None, float | None] = (None, None),
    derived: bool = False,
    gravity_removed: bool = False,
    zero: bool = False,
) -> SensorStream:
    """Clock, missing samples and units checked; what every text format ends with.

    Parameters
    ----------
    time : (n,) s.  acc : (n, 3) m/s^2.  gyr : (n, 3) rad/s or None.
    names : the file's columns of time, acc and gyr, for messages.
    ranges : full scale of acc and gyr in SI as the format knows it; ``options`` go first.
    gravity_removed : the app took gravity away from acc.
    zero : count the time from the first sample.
    """
    measured = [acc] if gyr is None else [acc, gyr]
    time, keep, time_notes = clean_time(table, time, names[0], measured)
    notes += time_notes
    if not all_finite(acc):
        inf = int(np.isinf(acc).any(axis=1).sum())
        acc = np.where(np.isfinite(acc), acc, np.nan)
        notes += [f"{inf} infinite samples taken as missing"] if inf else []
    idle = _switched_off(acc)
    if idle.any() and not idle.all():
        acc[idle] = np.nan
        notes.append(f"{int(idle.sum())} samples of exactly 0, 0, 0 taken as missing")
    if gyr is not None:
        gyr = gyr if all_finite(gyr) else np.where(np.isfinite(gyr), gyr, np.nan)
        if not np.isfinite(gyr[:1000]).all() and not np.isfinite(gyr).any(axis=0).all():
            notes.append("the gyroscope columns are empty: read without them")
            gyr = None
        elif len(gyr) > 20 and is_constant(gyr):
            notes.append("the gyroscope never changes: read without it")
            gyr = None
    rate = 1.0 / float(np.median(np.diff(time)))
    notes += [f"only {len(time)} samples"] if len(time) < FEW else []
    check_units(table, rate, acc, gyr, (names[1], names[2]), units, gravity_removed)
    notes += [GRAVITY_NOTE] if gravity_removed else []
    if not keep.all():
        acc = acc[keep]
        gyr = None if gyr is None else gyr[keep]
    whole = [v for v in (acc, gyr) if v is not None and not all_finite(v)]
    if whole:
        missing = np.any([~np.isfinite(v).all(axis=1) for v in whole], axis=0)
        notes.append(f"{int(missing.sum())} of {len(time)} samples are missing")
    return SensorStream(
        placement,
        time - time[0] if zero else time,
        acc,
        gyr,
        acc_range=options.acc_range or ranges[0],
        gyr_range=options.gyr_range or ranges[1],
        derived=derived,
        gravity_removed=gravity_removed,
        provenance=Provenance(fmt, str(table.path), tuple(notes)),
    )


def _switched_off(acc: FloatArray) -> BoolArray:
    """(n,) rows of exactly 0, 0, 0, three or more in a row: no sensor measures that."""
    zero: BoolArray = acc[:, 0] == 0
    if zero.any():
        zero &= (acc[:, 1] == 0) & (acc[:, 2] == 0)
    if zero.sum() < 3:
        return np.zeros(len(acc), dtype=bool)
    edges = np.flatnonzero(np.diff(np.r_[False, zero, False].astype(np.int8)))
    for start, end in edges.reshape(-1, 2):
        if end - start < 3:
            zero[start:end] = False
    return zero


def _header_cells(head: bytes) -> tuple[int, list[str]]:
    """1-based line number and cells of the first line that is not blank nor a ``sep=`` line."""
    for number, line in enumerate(lines_of(head), start=1):
        if line.strip() and not line.lower().startswith("sep="):
            delimiter = max("\t;,", key=line.count)
            return number, split(line, delimiter)
    return 1, []
