"""What the readers of text exports have in common: the file, opened at its header line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hipgait.errors import FormatError
from hipgait.io.files import Source
from hipgait.io.tables import Header, Table, as_text, find_header, lines_of, read_columns

_HEAD: int = 65536


@dataclass(frozen=True)
class Opened:
    """A text export whose header line was found.

    lines : its first lines, header included.
    """

    path: Path
    data: bytes = field(repr=False)
    lines: list[str] = field(repr=False)
    header: Header

    def groups(self, known: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Those groups of columns of which every one is there."""
        return {k: g for k, g in known.items() if all(name in self.header.names for name in g)}

    def need(self, names: Iterable[str], cure: str) -> None:
        """Refuse a file without one of these columns.

        Raises
        ------
        FormatError
        """
        missing = [n for n in names if n not in self.header.names]
        if missing:
            raise FormatError(self.path, f"no column {missing[0]!r}", cure, line=self.header.line)


def open_at(
    source: Source,
    header_line: Callable[[Sequence[str]], int | None],
    missing: str,
    cure: str,
    otherwise: str | None = None,
) -> Opened:
    """Read a text export and its header.

    Parameters
    ----------
    header_line : gives the 1-based line of the header among the first lines, or None.
    missing, cure : what to say where there is none.
    otherwise : separator of headers without tab, semicolon and comma.

    Raises
    ------
    FormatError : no header, no rows, no text.
    """
    data = text_of(source)
    lines = lines_of(data[:_HEAD])
    line = header_line(lines)
    if line is None:
        raise FormatError(source.path, missing, cure)
    delimiter = None if any(d in lines[line - 1] for d in "\t;,") else otherwise
    return Opened(source.path, data, lines, find_header(source.path, data, line, delimiter))


def text_of(source: Source) -> bytes:
    """The whole text; read once for all the devices of a file.

    Raises
    ------
    FormatError : no text.
    """

    def read() -> bytes:
        return as_text(source.path, source.read())

    return source.shared.once("text", read) if source.part else read()


def columns_of(
    source: Source, opened: Opened, wanted: Sequence[str], every: Sequence[str]
) -> Table:
    """The wanted columns; those of all the devices of a file (``every``) are parsed once.

    Raises
    ------
    FormatError : rows that cannot be understood.
    """
    path, data, header = opened.path, opened.data, opened.header
    if not source.part:
        return read_columns(path, data, header, wanted)
    try:
        table = source.shared.once("table", lambda: read_columns(path, data, header, every))
    except FormatError:  # perhaps in another device's columns
        return read_columns(path, data, header, wanted)
    return replace(table, columns={name: table.columns[name] for name in wanted})


def skip_line(opened: Opened) -> Opened:
    """The same file with its table starting one line later (after a row of units)."""
    header = opened.header
    start = opened.data.find(b"\n", header.start) + 1 or len(opened.data)
    return replace(opened, header=replace(header, line=header.line + 1, start=start))
