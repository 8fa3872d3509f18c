"""What is freed goes back to the system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hipgait import memory


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    memory._malloc_trim.cache_clear()
    yield
    memory._malloc_trim.cache_clear()


def anonymous_mb() -> float:
    lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith("RssAnon")) / 1024.0


def test_freed_pieces_below_one_that_is_kept_go_back() -> None:
    if memory._malloc_trim() is None:
        pytest.skip("this C library hands back by itself")
    before = anonymous_mb()
    pieces = [np.ones(512) for _ in range(8000)]  # 4 kB each
    assert anonymous_mb() > before + 25.0
    kept = pieces.pop()
    del pieces
    memory.give_back()
    assert anonymous_mb() < before + 5.0
    assert kept.sum() == 512.0


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_c_library_that_cannot_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    def without(_: object) -> object:
        raise OSError("no such library")

    monkeypatch.setattr(memory.sys, "platform", system)
    monkeypatch.setattr(memory.ctypes, "CDLL", without)
    assert memory._malloc_trim() is None
    memory.give_back()
