"""What each sensor's file holds and where it sat, as a small plain table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import numpy as np

from hipgait.io.plausible import acc_level
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray, SensorStream
from hipgait.report.numbers import NONE

if TYPE_CHECKING:
    from hipgait.strides.place_guess import Guess

_HEAD: Final = (
    "file", "placement", "sure", "format", "rate", "length", "acc up to", "gyr up to", "gravity",
    "why",
)  # fmt: skip
_RIGHT: Final = frozenset({2, 4, 5, 6, 7, 8})


@dataclass(frozen=True)
class Seen:
    """One sensor's file.

    file : as ``--sensor`` takes it.  stream : what it holds; its placement is only a label.
    guess : where it sat.  open_to : what its name leaves open.
    """

    file: str
    stream: SensorStream
    guess: Guess
    open_to: tuple[str, ...]


def seen_table(seen: Sequence[Seen]) -> str:
    """One line a file."""
    rows = [_HEAD, *(_row(s, name) for s, name in zip(seen, short_names(seen), strict=True))]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_HEAD))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if k in _RIGHT else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def short_names(seen: Sequence[Seen]) -> list[str]:
    """The files without the folders that all of them share."""
    parts = [PurePath(s.file).parts for s in seen]
    shared = 0
    least = min(len(p) for p in parts) - 1
    while shared < least and len({p[shared] for p in parts}) == 1:
        shared += 1
    return [str(PurePath(*p[shared:])) for p in parts]


def percent(share: float) -> str:
    """A confidence."""
    return f"{100 * share:.0f} %"


def _row(s: Seen, name: str) -> tuple[str, ...]:
    stream, guess = s.stream, s.guess
    placement = guess.placement or "?"
    return (
        name if len(name) <= 48 else f"...{name[-45:]}",
        placement if guess.sure else f"{placement} ?".replace("? ?", "?"),
        NONE if guess.placement is None or guess.confidence == 1.0 else percent(guess.confidence),
        stream.provenance.format,
        f"{stream.rate_hz:.1f} Hz",
        f"{stream.duration_s:.1f} s",
        _most(stream.acc, stream.acc_range, G_MPS2, "g", 1),
        NONE
        if stream.gyr is None
        else _most(stream.gyr, stream.gyr_range, float(np.pi / 180), "°/s", 0),
        "removed"
        if stream.gravity_removed
        else f"{acc_level(stream.acc, stream.rate_hz) / G_MPS2:.2f} g",
        guess.why,
    )


def _most(x: FloatArray, full: float | None, unit: float, word: str, digits: int) -> str:
    """Largest value of one axis, and the range where it is known."""
    top = float(np.nanmax(np.abs(x))) / unit
    of = "" if full is None else f" of {full / unit:.0f}"
    return f"{top:.{digits}f}{of} {word}"
