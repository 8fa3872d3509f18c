"""What is freed goes back to the system."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hipgait.live import memory


def anonymous_mb() -> float:
    lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith("RssAnon")) / 1024.0


@pytest.mark.skipif(memory._TRIM is None, reason="this C library hands back by itself")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_freed_pieces_below_one_that_is_kept_are_handed_back() -> None:
    before = anonymous_mb()
    pieces = [np.ones(512) for _ in range(8000)]  # 4 kB each
    assert anonymous_mb() > before + 25.0
    kept = pieces.pop()
    del pieces
    memory.hand_back()
    assert anonymous_mb() < before + 5.0
    assert kept.sum() == 512.0


def test_a_c_library_that_cannot_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(_: object) -> object:
        raise TypeError("no such library")

    monkeypatch.setattr(memory.ctypes, "CDLL", without)
    trimmer = memory._trimmer()
    assert trimmer is None
    monkeypatch.setattr(memory, "_TRIM", trimmer)
    memory.hand_back()
