"""Session folders: ``session.json`` and one ``<placement>.parquet`` a sensor.

Parquet columns: ``time_s, acc_x_mps2, acc_y_mps2, acc_z_mps2, gyr_x_deg_s, gyr_y_deg_s,
gyr_z_deg_s`` (gyr absent where the sensor has none), float64, missing samples null. session.json
is written last: a folder without it is no session. What other sensors said (heart rate, ...) is in
covariates.csv.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hipgait.errors import FormatError, HipgaitError, InputError
from hipgait.io.covariates import read_covariates, replace_covariates
from hipgait.io.documents import MAX_JSON
from hipgait.io.files import Source, require_rows
from hipgait.io.runtable import RunTable
from hipgait.io.writing import write_beside
from hipgait.names import G_MPS2, PLACEMENTS
from hipgait.recording import (
    FloatArray,
    InputFile,
    Provenance,
    Recording,
    SensorStream,
)

INDEX: Final = "session.json"
SCHEMA_VERSION: Final = "1.0"
TIME: Final = "time_s"
ACC: Final = ("acc_x_mps2", "acc_y_mps2", "acc_z_mps2")
GYR: Final = ("gyr_x_deg_s", "gyr_y_deg_s", "gyr_z_deg_s")


class _Stream(msgspec.Struct):
    n_samples: int = 0
    rate_hz: float | None = None
    derived: bool = False
    gravity_removed: bool = False
    acc_range_g: float | None = None
    gyr_range_deg_s: float | None = None
    format: str = "session"
    path: str = ""
    notes: tuple[str, ...] = ()


class _Session(msgspec.Struct):
    schema_version: str
    streams: dict[str, _Stream]
    name: str = "run"
    synchronised: bool = True
    apart: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    run: RunTable = msgspec.field(default_factory=RunTable)
    inputs: tuple[InputFile, ...] = ()


def is_session(path: Path) -> bool:
    """Whether a folder holds a session."""
    return (path / INDEX).is_file()


def write_session(recording: Recording, folder: Path | str) -> Path:
    """Write a session folder; an older session in it is replaced. Returns the folder.

    Raises
    ------
    InputError : the folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = Path(folder)
    try:
        (out / INDEX).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror})") from None
    described: dict[str, _Stream] = {}
    for placement, stream in recording.streams.items():
        columns = {TIME: stream.time_s}
        columns |= {name: stream.acc[:, k] for k, name in enumerate(ACC)}
        if stream.gyr is not None:
            gyr = np.degrees(stream.gyr)
            columns |= {name: gyr[:, k] for k, name in enumerate(GYR)}
        table = pa.table({k: pa.array(v, from_pandas=True) for k, v in columns.items()})
        with write_beside(out / f"{placement}.parquet") as beside:
            pq.write_table(table, beside, compression="lz4", use_dictionary=False)
        described[placement] = _Stream(
            n_samples=stream.n,
            rate_hz=round(stream.rate_hz, 4),
            derived=stream.derived,
            gravity_removed=stream.gravity_removed,
            acc_range_g=None if stream.acc_range is None else stream.acc_range / G_MPS2,
            gyr_range_deg_s=None
            if stream.gyr_range is None
            else float(np.degrees(stream.gyr_range)),
            format=stream.provenance.format,
            path=stream.provenance.path,
            notes=stream.provenance.notes,
        )
    for placement in PLACEMENTS:
        if placement not in recording.streams:
            (out / f"{placement}.parquet").unlink(missing_ok=True)
    session = _Session(
        SCHEMA_VERSION,
        described,
        recording.name,
        recording.synchronised,
        recording.apart,
        recording.notes,
        RunTable.of(recording.info),
        recording.inputs,
    )
    replace_covariates(out, recording.covariates)
    with write_beside(out / INDEX) as beside:
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(session), indent=2))
    return out


def read_session(folder: Path) -> Recording:
    """Read a session folder.

    Raises
    ------
    FormatError : damaged or foreign files, columns missing; names the file.
    """
    index = folder / INDEX
    try:
        session = msgspec.json.decode(Source(index).read(MAX_JSON), type=_Session)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(index, f"not a session index ({error})", "Import the run again") from None
    for placement in session.streams:
        if placement not in PLACEMENTS:
            raise FormatError(
                index, f"unknown placement {placement!r}", f"Use one of: {', '.join(PLACEMENTS)}"
            )
    return Recording(
        {p: read_parquet(folder / f"{p}.parquet", p, s) for p, s in session.streams.items()},
        session.run.info(),
        session.name,
        session.inputs,
        session.notes,
        session.synchronised,
        session.apart,
        read_covariates(folder),
    )


def read_parquet(path: Path, placement: str, about: _Stream | None = None) -> SensorStream:
    """One sensor out of a Parquet file with the session's columns.

    Raises
    ------
    FormatError : not Parquet, columns missing, not numbers, time not increasing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise FormatError(path, "the file is missing", "Import the run again")
    try:
        parquet = pq.ParquetFile(path)
        names = parquet.schema_arrow.names
        missing = [n for n in (TIME, *ACC) if n not in names]
        if missing:
            raise FormatError(
                path, f"no column {missing[0]}", f"Needed: {', '.join((TIME, *ACC, *GYR))}"
            )
        has_gyr = all(n in names for n in GYR)
        if not has_gyr and any(n in names for n in GYR):
            lost = ", ".join(n for n in GYR if n not in names)
            raise FormatError(
                path, f"no column {lost}", "Give all three gyroscope columns, or leave all out"
            )
        wanted = [TIME, *ACC, *(GYR if has_gyr else ())]
        require_rows(path, parquet.metadata.num_rows)
        table = parquet.read(columns=wanted)
        arrays = [
            np.asarray(table[n].cast(pa.float64()).to_numpy(), dtype=np.float64) for n in wanted
        ]
    except (pa.ArrowException, OSError) as error:
        line = str(error).split("\n", 1)[0][:120]
        raise FormatError(
            path, f"not readable as Parquet ({line})", "Import the run again"
        ) from None
    s = about or _Stream()
    try:
        return SensorStream(
            placement,
            arrays[0],
            _stack(arrays[1:4], 1.0),
            _stack(arrays[4:7], np.pi / 180) if has_gyr else None,
            None if s.acc_range_g is None else s.acc_range_g * G_MPS2,
            None if s.gyr_range_deg_s is None else float(np.radians(s.gyr_range_deg_s)),
            s.derived,
            Provenance(s.format, s.path or str(path), s.notes),
            s.gravity_removed,
        )
    except HipgaitError as error:
        raise FormatError(path, error.what, error.cure or "Import the run again") from None


def _stack(columns: list[FloatArray], unit: float) -> FloatArray:
    out = np.empty((len(columns[0]), len(columns)))
    for k, column in enumerate(columns):
        np.multiply(column, unit, out=out[:, k])
    out[~np.isfinite(out)] = np.nan
    return out
