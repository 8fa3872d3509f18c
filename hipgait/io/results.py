"""What ``analyze`` leaves in a folder: strides.parquet, strides.csv, cycles.npz, run.json.

Every file is written beside and renamed; run.json comes last, so that its presence means that
the folder is whole. Parquet keeps every digit; the CSV is rounded to what a reader can use.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from hipgait.errors import FormatError, InputError, MissingInputError
from hipgait.io.covariates import replace_covariates
from hipgait.io.documents import read_json
from hipgait.io.files import require_rows, require_unpacked
from hipgait.io.identity import RUN as RUN
from hipgait.io.identity import STRIDES as STRIDES
from hipgait.io.writing import encodable, write_beside, write_text
from hipgait.names import STRIDE_COLUMNS
from hipgait.recording import FloatArray

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

DECIMALS: Final = {
    "_spm": 2,
    "_deg_s": 2,
    "_deg": 3,
    "_mps": 3,
    "_mps2": 3,
    "_pct": 2,
    "_mm": 2,
    "_cm": 3,
    "_db": 2,
    "_g": 3,
    "_s": 5,
}
"""Decimals in strides.csv by unit; other columns keep 4."""

UNFINISHED: Final = "UNFINISHED.txt"
"""Lies in a folder while it is written, and stays where that was cut short."""
REPORT: Final = "report.html"
PDF: Final = "report.pdf"
COMPARISON: Final = "comparison.json"
AGREEMENT: Final = "agreement.json"
CYCLES: Final = "cycles.npz"


def is_results(path: Path) -> bool:
    """Whether ``analyze`` wrote this folder."""
    return (path / RUN).is_file() and (path / STRIDES).is_file()


@contextmanager
def unfinished(folder: Path | str) -> Iterator[Path]:
    """Mark a folder as unfinished until everything is written; older findings in it go first.

    Raises
    ------
    InputError : the folder cannot be written.
    """
    out = Path(folder)
    try:
        for name in (RUN, REPORT, PDF):
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror})") from None
    write_text(
        out / UNFINISHED, "hipgait was stopped while it wrote these files: some are missing.\n"
    )
    yield out
    (out / UNFINISHED).unlink(missing_ok=True)


def write_results(
    folder: Path | str,
    strides: pd.DataFrame,
    cycles: Mapping[str, FloatArray],
    run: Mapping[str, Any],
    covariates: pd.DataFrame | None = None,
) -> Path:
    """Write the four files, and covariates.csv where there are any. Returns the folder.

    Raises
    ------
    InputError : the folder cannot be written.
    """
    out = Path(folder)
    try:
        (out / RUN).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror})") from None
    write_strides(out / STRIDES, strides)
    write_strides(out / "strides.csv", strides)
    arrays: dict[str, Any] = {k: _compact(v) for k, v in cycles.items()}
    with write_beside(out / CYCLES) as beside, beside.open("wb") as handle:
        np.savez(handle, **arrays)
    replace_covariates(out, covariates)
    write_json(out / RUN, run)
    return out


def write_strides(path: Path | str, strides: pd.DataFrame, fmt: str | None = None) -> Path:
    """Write a stride table as Parquet or CSV (``fmt``, or by the name's ending).

    Raises
    ------
    InputError : another format, or the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    target = Path(path)
    kind = fmt or target.suffix.lstrip(".").lower()
    if kind not in ("csv", "parquet"):
        raise InputError(f"{target}: unknown table format {kind!r}", "Use csv or parquet")
    table = pa.table({str(name): _column(strides[name]) for name in strides.columns})
    with write_beside(target) as beside:
        if kind == "parquet":
            pq.write_table(table, beside, compression="zstd")
            return target
        with beside.open("wb") as handle:
            handle.write((",".join(table.column_names) + "\n").encode())
            for style in ("none", "needed"):
                try:
                    pc.write_csv(
                        _rounded(table),
                        handle,
                        pc.WriteOptions(include_header=False, quoting_style=style),
                    )
                    break
                except pa.ArrowInvalid:  # a text with a comma or a quote
                    handle.seek(len(",".join(table.column_names)) + 1)
                    handle.truncate()
    return target


def write_json(path: Path | str, document: Mapping[str, Any]) -> Path:
    """Write JSON, indented; NumPy values become plain, not-a-number becomes null."""
    data = msgspec.json.encode(_plain(document))
    with write_beside(path) as beside:
        beside.write_bytes(msgspec.json.format(data, indent=2) + b"\n")
    return Path(path)


def read_results(
    folder: Path | str,
) -> tuple[pd.DataFrame, dict[str, FloatArray], dict[str, Any]]:
    """Stride table, curves and run.json of a folder that ``analyze`` wrote.

    Raises
    ------
    MissingInputError : a file is not there.  FormatError : one of them is damaged.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(folder)
    for name in (RUN, STRIDES, CYCLES):
        if not (path / name).is_file():
            raise MissingInputError(f"{path / name}: not there", "Analyse the run again")
    run = read_json(path / RUN, "Analyse the run again")
    absent = [k for k in ("schema_version", "summary", "drift", "quality") if k not in run]
    if absent:
        raise FormatError(path / RUN, f"no {absent[0]}", "Analyse the run again")
    require_unpacked(path / CYCLES)
    try:
        require_rows(path / STRIDES, pq.read_metadata(path / STRIDES).num_rows)
        strides = pd.read_parquet(path / STRIDES)
    except (pa.ArrowException, OSError, ValueError) as error:
        line = str(error).split("\n", 1)[0][:120]
        raise FormatError(path / STRIDES, f"damaged ({line})", "Analyse the run again") from None
    for column in STRIDE_COLUMNS:
        if column.name not in strides:
            raise FormatError(path / STRIDES, f"no column {column.name}", "Analyse the run again")
    try:
        with np.load(path / CYCLES, allow_pickle=False) as bundle:
            cycles = {k: np.asarray(bundle[k], dtype=np.float64) for k in bundle.files}
    except Exception as error:  # zipfile, zlib, NumPy and struct all have their own
        raise FormatError(path / CYCLES, f"damaged ({error})", "Analyse the run again") from None
    return strides, cycles, run


def _column(series: pd.Series[Any]) -> pa.Array[Any]:
    """Arrow column; NaN and None become null."""
    import pyarrow as pa

    values: Any = series.to_numpy()
    if values.dtype == object or not isinstance(values, np.ndarray):
        values = series.tolist()
    column: pa.Array[Any] = pa.array(values, from_pandas=True)
    return column


def _rounded(table: pa.Table) -> pa.Table:
    """Float columns rounded to DECIMALS; null stays null."""
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for name in table.column_names:
        column: Any = table[name]
        if pa.types.is_floating(column.type):
            places = next((d for unit, d in DECIMALS.items() if name.endswith(unit)), 4)
            values = np.round(column.to_numpy(), places) + 0.0  # no minus zero
            column = pa.array(values, from_pandas=True)
        columns[name] = column
    return pa.table(columns)


def _compact(values: FloatArray) -> np.ndarray[Any, Any]:
    """Curves as float32 (1e-6 deg): half the size."""
    array = np.asarray(values)
    return array.astype(np.float32) if array.ndim == 2 and array.dtype == np.float64 else array


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {encodable(str(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return encodable(str(value)) if isinstance(value, str | Path) else value
