"""Text in CSV files that somebody opens with a spreadsheet.

A cell that begins with ``=``, ``+``, ``-`` or ``@`` (or a tab or line end before it) is a formula
to a spreadsheet, and may start programs. An apostrophe before it makes it text
(owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

_FORMULA: Final = re.compile(r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]")
"""What a spreadsheet may take for a formula, with blanks or apostrophes before it; the wide signs
of East Asian keyboards count."""
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula; numbers stay as they are."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def plain_cell(text: str) -> str:
    """What ``safe_cell`` was given."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


def csv_text(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A CSV file with a header; texts are made safe for spreadsheets."""
    return "".join([csv_line(columns), *map(csv_line, rows)])


def csv_line(cells: Iterable[Any], delimiter: str = ",") -> str:
    """One row of a CSV file with its line end; texts are made safe for spreadsheets.

    A carriage return within a text is quoted as a line end is: readers begin a new row at either,
    and ``csv`` before Python 3.13 quotes only what its own line end holds.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue().removesuffix("\r\n") + "\n"
