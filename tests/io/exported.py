"""Reading and refusing small exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import HipgaitError
from hipgait.io.reader import read_run
from hipgait.recording import Recording, SensorStream
from tests.io import build
from tests.io.build import G


def one(folder: Path, text: str, name: str = "left_shank.csv") -> SensorStream:
    return read_run_of(folder, text, name)["left_shank"]


def read_run_of(folder: Path, text: str, name: str = "left_shank.csv") -> Recording:
    (folder / name).write_text(text, encoding="utf-8")
    return read_run(folder / name)


def refused(folder: Path, text: str, name: str = "left_shank.csv") -> str:
    with pytest.raises(HipgaitError) as caught:
        read_run(read_into(folder, text, name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read_into(folder: Path, text: str, name: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def same(stream: SensorStream, rate: float, n: int = 600, tol: float = 1e-4) -> None:
    """The stream is ``build.moving`` at this rate."""
    _, acc, gyr = build.moving(n, rate)
    assert stream.n == n
    assert stream.rate_hz == pytest.approx(rate, rel=1e-3)
    assert stream.time_s[0] == 0
    np.testing.assert_allclose(stream.acc, acc, atol=tol * G)
    if stream.gyr is not None:
        np.testing.assert_allclose(stream.gyr, np.radians(gyr), atol=tol)


def broken(text: str, line: int, cell: int = 1) -> str:
    """The same text with a word in one cell of a line."""
    lines = text.split("\n")
    cells = lines[line - 1].split(",")
    cells[cell] = "oops"
    lines[line - 1] = ",".join(cells)
    return "\n".join(lines)
