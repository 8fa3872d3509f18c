"""What the fast parser refuses, line by line: where it stops, and why."""

from __future__ import annotations

import csv
import io
import re
from array import array
from pathlib import Path
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.tables import Dialect, Header, refuse_binary
from hipgait.recording import FloatArray

NA_WORDS: Final = frozenset({"", "nan", "na", "n/a", "null", "none", "-nan", "<na>", "#n/a", "nul"})
"""Cells (in lower case) that mean a missing value."""


def explain(
    path: Path,
    data: bytes,
    header: Header,
    picked: list[int],
    short_rows_missing: bool,
    notes: list[str],
    complaint: str,
) -> FloatArray:
    """(len(picked), n) values, line by line.

    Parameters
    ----------
    notes : what was left out is added.
    complaint : what the fast pass said.

    Raises
    ------
    FormatError : at the first cell that cannot be understood; with line and column.
    """
    refuse_binary(path, data)
    names, dialect = header.names, header.dialect
    body = io.BytesIO(memoryview(data)[header.start :])
    text = io.TextIOWrapper(body, "utf-8", "replace", newline="")
    reader = csv.reader(text, delimiter=dialect.delimiter)
    values = array("d")
    short: list[int] = []
    line = header.line
    try:
        for cells in reader:
            line = header.line + reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < len(names):
                short.append(line)
                if max(picked) < len(cells) or not short_rows_missing:
                    cells = cells + [""] * (len(names) - len(cells))
                else:
                    continue
            elif len(cells) > len(names) and any(c.strip() for c in cells[len(names) :]):
                raise FormatError(
                    path,
                    f"{len(cells)} cells where the header has {len(names)}",
                    "Export it again, or repair that line",
                    line=line,
                )
            values.extend([_number(path, line, names[k], cells[k], dialect) for k in picked])
    except csv.Error as error:
        raise FormatError(
            path, f"not readable as a table ({error})", "Export it again", line=line
        ) from None
    if short and not short_rows_missing:
        last_only = short == [line] and len(values) > len(picked)
        if not last_only:
            raise FormatError(
                path,
                f"too few cells (the header has {len(names)})",
                "Export it again, or repair that line",
                line=short[0],
            )
        del values[-len(picked) :]
        notes.append("the last line is cut off and was left out")
    elif short:
        notes.append(f"{len(short)} rows without values (from line {short[0]})")
    if not values and complaint and not short:
        raise FormatError(path, "not readable as a table", "Export it again", line=header.line + 1)
    return np.array(values, dtype=np.float64).reshape(-1, len(picked)).T.copy()


def _number(path: Path, line: int, column: str, cell: str, dialect: Dialect) -> float:
    text = cell.strip().strip('"')
    if text.lower() in NA_WORDS:
        return float("nan")
    try:
        if dialect.decimal == ",":
            text = text.replace(",", ".")
        if "_" in text:
            raise ValueError
        return float(text)
    except ValueError:
        shown = cell.strip()[:24]
        cure = "Correct the cell or leave it empty"
        if re.search(r"\d:\d", shown):
            cure = "Give times in seconds, as numbers"
        elif "," in shown and dialect.decimal == ".":
            cure = "Use decimal points"
        raise FormatError(
            path, f"{shown!r} is not a number", cure, line=line, column=column
        ) from None
