"""Making a torn capture whole: a copy beside it, with an end, an index and only what fits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hipgait.errors import InputError
from hipgait.io.capture import open_new
from hipgait.io.capture_format import ChunkFile
from hipgait.io.capture_read import Capture, read_capture
from hipgait.io.capture_scan import Whole, scan
from hipgait.io.files import write_beside

RECOVERED: Final = ".recovered"
"""Goes between the name of a capture and its ending."""


@dataclass(frozen=True)
class Recovered:
    """What was saved.

    out : the copy; None where the original is whole and no copy was asked for.
    notifications : in the copy.  missing : in words, as ``Capture.missing``.
    """

    out: Path | None
    notifications: int
    missing: tuple[str, ...]


def recover(path: Path | str, out: Path | str | None = None) -> Recovered:
    """Copy everything of a capture that can be read into a file that every MCAP reader opens.

    Nothing is added and the original is not touched. A whole file is copied only where ``out`` is
    given.

    Raises
    ------
    MissingInputError : no such file.  FormatError : nothing of a capture in it.
    InputError : ``out`` exists already or cannot be written.
    """
    path = Path(path)
    capture = read_capture(path)
    count = sum(len(channel.payloads) for channel in capture.raw.values())
    if not capture.missing and out is None:
        return Recovered(None, count, ())
    target = (
        Path(out) if out is not None else path.with_name(f"{path.stem}{RECOVERED}{path.suffix}")
    )
    if target.exists():
        raise InputError(f"{target}: exists already", "Give another name with --out")
    with write_beside(target) as beside:
        _copy(path, capture, beside)
    return Recovered(target, count, capture.missing)


def _copy(path: Path, capture: Capture, beside: Path) -> None:
    out = open_new(beside)
    try:
        file = ChunkFile(out)
        file.start(capture.header)
        seen: set[frozenset[tuple[str, int]]] = set()
        for found in scan(path):
            if not isinstance(found, Whole):
                continue
            first = {m.topic: m.sequence for m in reversed(found.messages)}
            if frozenset(first.items()) in seen:
                continue  # a chunk that is in the file twice
            seen.add(frozenset(first.items()))
            for m in found.messages:
                file.add(m.topic, m.log_time, m.data, m.sequence)
            file.end_chunk()
        missing = {f"missing_{i + 1}": line for i, line in enumerate(capture.missing)}
        file.metadata("recovered", {"from": path.name, **missing})
        file.finish()
    finally:
        out.close()
