"""A reference's table: one row a stance, as a laboratory exports it (CSV or Parquet).

Columns bear hipgait's names and units, or a mapping says what they are called. A minus before the
name turns the sign.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hipgait.errors import FormatError, InputError
from hipgait.io.files import Source, require_rows, sha256_file
from hipgait.io.tables import as_text, find_header
from hipgait.names import ALL_COLUMNS, SIDES, WATCH_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

NOT_COMPARED: Final = ("tc_s", "turn_rate_deg_s", "confidence", *WATCH_COLUMNS)
"""Numbers that are no measure of the stance, or hang on the clock."""
COMPARED: Final = tuple(
    c.name
    for c in ALL_COLUMNS
    if c.kind == "float" and c.name not in ("ic_s", *NOT_COMPARED) and "_sd_" not in c.name
)
"""Columns of the stride table that a reference can hold."""
PARTICIPANT: Final = "participant"
_SIDES: Final = {"left": "left", "l": "left", "right": "right", "r": "right"}
_CURE: Final = "Name the columns as hipgait does, or say --column OURS=YOURS"


@dataclass(frozen=True)
class Reference:
    """What a reference measured.

    path : the file.  sha256 : of its bytes.
    table : one row a stance with hipgait's names: ``ic_s`` or ``stride_id``, ``side`` where known,
        the columns of ``COMPARED`` that there are, ``participant`` where a column names it.
    """

    path: Path
    sha256: str
    table: pd.DataFrame = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that can be compared, in the order of the stride table."""
        return tuple(name for name in COMPARED if name in self.table)

    @property
    def participant(self) -> str | None:
        """Whose stances they are, where one column says so."""
        if PARTICIPANT not in self.table:
            return None
        return str(self.table[PARTICIPANT].iloc[0])


def read_reference(
    path: Path | str, columns: Mapping[str, str] | None = None, participant: str | None = None
) -> Reference:
    """Read a reference's table.

    Parameters
    ----------
    path : CSV (any separator, ``.gz`` too) or Parquet.
    columns : hipgait's name -> the file's, ``-NAME`` to turn the sign. ``stride_id`` counts only
        if it is named here or there is no ``ic_s``: times cannot be those of another count.
    participant : the file's column that names the participant; ``participant`` where None.

    Raises
    ------
    FormatError : no time and no number of the stance, nothing to compare, a cell that is no number.
    InputError : a mapping that cannot be.
    """
    import pandas as pd

    given = dict(columns or {})
    for name in given:
        if name not in (*COMPARED, "ic_s", "stride_id", "side"):
            raise InputError(
                f"{name!r} is no column that can be compared", "hipgait's names: docs/nomenclature"
            )
    file = Path(path)
    raw = _raw(file)
    out: dict[str, Any] = {}
    for name in ("stride_id", "ic_s", *COMPARED):
        values = _numbers(file, raw, name, given.get(name))
        if values is not None:
            out[name] = values
    if "ic_s" in out and "stride_id" not in given:
        out.pop("stride_id", None)  # times tell; numbers may be those of another count
    if "ic_s" not in out and "stride_id" not in out:
        raise FormatError(file, "no column ic_s (time of contact, s) and no stride_id", _CURE)
    if not set(out) & set(COMPARED):
        raise FormatError(file, "no column that can be compared", _CURE)
    sides = _sides(file, raw, given.get("side"))
    if sides is not None:
        out["side"] = sides
    who = participant or PARTICIPANT
    if who in raw:
        out[PARTICIPANT] = raw[who].astype(str)
        if len(set(out[PARTICIPANT])) > 1:
            raise FormatError(
                file, "several participants in one file", "Give one run and reference a pair"
            )
    elif participant is not None:
        raise FormatError(file, f"no column {participant!r}", _there(raw))
    key = "stride_id" if "stride_id" in out else "ic_s"
    table = pd.DataFrame(out).dropna(subset=[key]).sort_values(key, ignore_index=True)
    if not len(table):
        raise FormatError(file, f"no row with a number in {key}", "Export it again")
    if table[key].duplicated().any() and (key == "stride_id" or "side" not in table):
        twice = table[key][table[key].duplicated()].iloc[0]
        raise FormatError(file, f"two stances with {key} {twice:g}", "Give each stance one row")
    return Reference(file, sha256_file(file), table)


def _raw(path: Path) -> pd.DataFrame:
    """The file as it is, cells as they come."""
    import pandas as pd
    import pyarrow as pa

    source = Source(path)
    if source.suffix == ".parquet":
        try:
            found = pd.read_parquet(io.BytesIO(source.read()))
        except (pa.ArrowException, OSError, ValueError) as error:
            line = str(error).split("\n", 1)[0][:120]
            raise FormatError(path, f"no Parquet that can be read ({line})", "Export CSV") from None
        return found
    data = as_text(path, source.read())
    header = find_header(path, data, 1)
    d = header.dialect
    try:
        frame = pd.read_csv(
            io.BytesIO(data), sep=d.delimiter, decimal=d.decimal, skipinitialspace=True
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        line = str(error).split("\n", 1)[0].strip()
        raise FormatError(path, f"no table that can be read ({line})", "Export it again") from None
    require_rows(path, len(frame))
    return frame.rename(columns=lambda name: str(name).strip())


def _there(raw: pd.DataFrame) -> str:
    names = [str(name) for name in raw.columns]
    return f"There are: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"


def _found(
    path: Path, raw: pd.DataFrame, name: str, called: str | None
) -> tuple[str, float] | None:
    """The file's column, and the sign to give it; None where it has none."""
    if called is None:
        return (name, 1.0) if name in raw else None
    if called in raw:
        return called, 1.0
    if called.startswith("-") and called[1:] in raw:
        return called[1:], -1.0
    raise FormatError(path, f"no column {called.removeprefix('-')!r}", _there(raw))


def _numbers(path: Path, raw: pd.DataFrame, name: str, called: str | None) -> Any:
    import pandas as pd

    found = _found(path, raw, name, called)
    if found is None:
        return None
    cells = raw[found[0]]
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(np.isnan(values) & cells.notna().to_numpy())
    if len(bad):
        raise FormatError(
            path,
            f"{str(cells.iloc[int(bad[0])])[:40]!r} is no number",
            "Leave the cell empty where nothing was measured",
            line=int(bad[0]) + 2,
            column=found[0],
        )
    return found[1] * np.where(np.isfinite(values), values, np.nan)


def _sides(path: Path, raw: pd.DataFrame, called: str | None) -> list[str] | None:
    found = _found(path, raw, "side", called)
    if found is None:
        return None
    words = [str(cell).strip().lower() for cell in raw[found[0]]]
    wrong = next((k for k, word in enumerate(words) if word not in _SIDES), None)
    if wrong is not None:
        raise FormatError(
            path,
            f"{words[wrong][:40]!r} is no side",
            f"Write {' or '.join(SIDES)}",
            line=wrong + 2,
            column=found[0],
        )
    return [_SIDES[word] for word in words]
