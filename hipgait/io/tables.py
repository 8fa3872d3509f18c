"""Numbers out of delimited text: fast where all is well, exact where it is not.

The fast pass is Arrow's parser, on two cores: it rounds every number correctly and makes half as
many copies as pandas. When it stumbles, a slow second pass finds the line and the column (measured:
docs/speed.md).
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hipgait.errors import FormatError
from hipgait.io import files
from hipgait.recording import FloatArray

_BLOCK: Final = 4 << 20
"""Bytes that a thread parses at once; smaller ones leave memory in pieces."""
_NULLS: Final = [
    *("", "nan", "NaN", "-nan", "-NaN", "NA", "#NA", "N/A", "n/a", "#N/A", "#N/A N/A", "<NA>"),
    *("null", "NULL", "None", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
]
"""Cells that mean a missing value: those of pandas."""


_FRACTION: Final = {
    mark: re.compile(rf"[+-]?\d*[{mark}]\d+([eE][+-]?\d+)?", re.ASCII) for mark in ".,"
}
"""Numbers with this decimal sign; dates and clocks have more in them."""


@dataclass(frozen=True)
class Dialect:
    """How cells are separated. decimal : "." or ","."""

    delimiter: str = ","
    decimal: str = "."


@dataclass(frozen=True)
class Header:
    """Where the table starts.

    names : the header's cells, stripped.
    line : 1-based number of the header line.
    start : byte offset of the first line after it.
    """

    names: tuple[str, ...]
    line: int
    start: int
    dialect: Dialect


@dataclass(frozen=True)
class Table:
    """Columns of a delimited text: (n,) float64, NaN where empty; ``rows`` if some are left out."""

    path: Path
    data: bytes = field(repr=False)
    header: Header
    columns: dict[str, FloatArray]
    notes: tuple[str, ...] = ()
    rows: NDArray[np.int64] | None = field(default=None, repr=False)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def line_of(self, row: int) -> int | None:
        """1-based line of a 0-based data row, blank lines aside; None where rows are no lines."""
        if not self.data:
            return None
        line = self.header.line
        row = row if self.rows is None else int(self.rows[row])
        for text in io.BytesIO(self.data[self.header.start :]):
            line += 1
            if text.strip():
                row -= 1
                if row < 0:
                    break
        return line


def as_text(path: Path, data: bytes, kind: str = "CSV UTF-8") -> bytes:
    """Check that bytes are text that can be parsed; drop a BOM, unify old Mac line ends.

    kind : as what to save a text in another encoding, for the message.

    Raises
    ------
    FormatError : empty, UTF-16, or binary.
    """
    if not data[:4096].strip() and not data.strip():
        raise FormatError(path, "the file is empty", "Export it again")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FormatError(path, "the text is UTF-16", f"Save it as {kind}")
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    refuse_binary(path, data, 1 << 16)
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    return data


def refuse_binary(path: Path, data: bytes, size: int | None = None) -> None:
    """Raise FormatError where the first ``size`` bytes (all: None) hold a zero byte."""
    at = data.find(b"\0", 0, size)
    if at >= 0:
        raise FormatError(
            path,
            "binary data where text is expected",
            "Export the recording as CSV, or copy the file again",
            line=data.count(b"\n", 0, at) + 1,
        )


def lines_of(head: bytes) -> list[str]:
    """Lines of the head of a file as text; bytes that are not UTF-8 are replaced."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    return [line.rstrip("\r") for line in text.split("\n")]


def split(line: str, delimiter: str) -> list[str]:
    """Cells of one line, stripped, quotes removed."""
    return [cell.strip().strip('"').strip() for cell in line.split(delimiter)]


def find_header(path: Path, data: bytes, line: int, delimiter: str | None = None) -> Header:
    """Header at a 1-based line number, with the dialect of the rows that follow.

    Raises
    ------
    FormatError : no rows follow, or commas are both separator and decimal sign.
    """
    start = 0
    for _ in range(line - 1):
        start = data.index(b"\n", start) + 1
    end = data.find(b"\n", start)
    end = len(data) if end < 0 else end
    raw = data[start:end].decode("utf-8", errors="replace").rstrip("\r")
    chosen = delimiter or max("\t;,", key=raw.count)
    names = split(raw, chosen)
    rows = [r for r in lines_of(data[end + 1 : end + 4097]) if r.strip()]
    if not rows:
        raise FormatError(path, "no rows follow the header", "Export it again", line=line)
    decimal = "."
    if chosen != ",":
        cells = [cell for row in rows[: max(1, len(rows) - 1)] for cell in split(row, chosen)]
        points, commas = (any(_FRACTION[mark].fullmatch(c) for c in cells) for mark in ".,")
        decimal = "," if commas and not points else "."
    elif len(rows) > 1:
        fields = [r.count(",") + 1 for r in rows[:-1]]
        if min(fields) >= 2 * len(names) - 1 > 1:
            raise FormatError(
                path,
                "commas are both separator and decimal sign",
                "Export with decimal points, or with semicolons between the columns",
                line=line + 1,
            )
    header_names = tuple(names)
    first = split(rows[0], chosen)
    if len(first) == len(names) + 1 and first[-1] == "":
        header_names += ("",)
    return Header(header_names, line, min(end + 1, len(data)), Dialect(chosen, decimal))


def read_columns(
    path: Path,
    data: bytes,
    header: Header,
    wanted: Sequence[str],
    *,
    short_rows_missing: bool = False,
    header_again: bool = False,
) -> Table:
    """Parse the wanted columns.

    Parameters
    ----------
    data : the text as :func:`as_text` returns it.
    wanted : names in ``header.names``.
    short_rows_missing : rows with too few cells are missing samples instead of an error.
    header_again : lines of the header in between are left out instead of an error (for formats
        whose time says whether the recording went on).

    Raises
    ------
    FormatError : a cell that is no number, a row with too many or too few cells; with line and
        column.
    """
    names = header.names
    for name in wanted:
        if names.count(name) > 1:
            raise FormatError(
                path,
                f"two columns are called {name!r}",
                "Keep one of them",
                line=header.line,
                column=name,
            )
    if len(data) > 2 * files.MAX_ROWS:  # a row has a digit and a line end
        files.require_rows(path, data.count(b"\n", header.start))
    picked = [names.index(name) for name in wanted]
    body = memoryview(data)[header.start :]
    notes: list[str] = []
    try:
        values = _parse(body, len(names), picked, header.dialect)
    except Exception as error:  # any complaint of the parser is explained by the slow pass
        from hipgait.io.slowpass import explain

        again = _repeats(data, header)
        if again and header_again:
            table = read_columns(path, _blanked(data, again), header, wanted)
            said = f"the header is written {len(again)} times more in between"
            return replace(table, notes=(said, *table.notes))
        if again:
            raise FormatError(
                path,
                "the header is written again: the export was started anew",
                "Split the file there",
                line=again[0],
            ) from None
        values = list(explain(path, data, header, picked, short_rows_missing, notes, str(error)))
    if not values[0].size:
        raise FormatError(path, "no rows follow the header", "Export it again", line=header.line)
    if not notes and cut_in_last_number(data, header.dialect, len(names) - 1 in picked):
        values = [column[:-1] for column in values]
        notes.append("the last line is cut off and was left out")
    columns = dict(zip(wanted, values, strict=True))
    return Table(path, data, header, columns, tuple(notes))


def _repeats(data: bytes, header: Header) -> list[int]:
    """1-based lines of the table that equal one above it, the header line among them."""
    lines = data.split(b"\n")
    first = data.count(b"\n", 0, header.start)
    above = {line.rstrip() for line in lines[:first]} - {b""}
    return [k for k, line in enumerate(lines[first:], first + 1) if line.rstrip() in above]


def _blanked(data: bytes, numbers: Sequence[int]) -> bytes:
    """The text with these lines empty."""
    lines = data.split(b"\n")
    for number in numbers:
        lines[number - 1] = b""
    return b"\n".join(lines)


def cut_in_last_number(data: bytes, dialect: Dialect, wanted: bool) -> bool:
    """Whether the file stops within its last number: no line end, and fewer decimals than all the
    rows before it, which have the same number of them."""
    if not wanted or data.endswith((b"\n", b"\r")):
        return False
    rows = data[-(1 << 14) :].split(b"\n")[1:]
    if len(rows) < 12:
        return False
    mark, between = dialect.decimal.encode(), dialect.delimiter.encode()
    cells = (row.rstrip(b"\r").rsplit(between, 1)[-1] for row in rows)
    *whole, last = (len(cell.partition(mark)[2]) for cell in cells)
    return len(set(whole)) == 1 and last < whole[0]


def _parse(body: memoryview, width: int, picked: list[int], dialect: Dialect) -> list[FloatArray]:
    """One array (n,) a picked column; raises on what is no number, and where cells are too few or
    too many. A text cell of another column may hold anything.
    """
    import pyarrow as pa
    import pyarrow.csv as pc

    quoted = b'"' in bytes(body[: 1 << 16])
    names = [str(k) for k in range(width)]
    columns = [names[k] for k in picked]
    text: Any = pa.BufferReader(pa.py_buffer(body))  # more than pyarrow-stubs knows
    table = pc.read_csv(
        text,
        pc.ReadOptions(block_size=_BLOCK, column_names=names),
        # without quotes where the head has none: a later one is for the slow pass
        pc.ParseOptions(delimiter=dialect.delimiter, quote_char='"' if quoted else False),
        pc.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(columns, pa.float64()),
            include_columns=columns,
            null_values=_NULLS,
            decimal_point=dialect.decimal,
        ),
        memory_pool=pa.system_memory_pool(),  # give_back() knows nothing of Arrow's own
    )
    values = []
    for name in columns:
        values.append(table[name].to_numpy())
        table = table.drop_columns([name])  # or all would be in memory twice
    return values
