"""A hip and an ankle sensor of one outdoor run, two devices with clocks of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hipgait.settings import Settings
from hipgait.sync.apply import one_clock
from hipgait.sync.refine import cut
from hipgait.sync.relate import relate
from validation import events

S = Settings()


def test_stretches_without_a_stop_agree(real_data: Callable[[str], Path]) -> None:
    real_data("outdoor-run-hip-ankle")
    hip, ankle = events.outdoor("hip"), events.outdoor("ankle")
    found = []
    for start, stop in ((0.0, 150.0), (100.0, 300.0), (0.0, 400.0)):
        parts = {"pelvis": cut(hip, start, stop), "left_shank": cut(ankle, start, stop)}
        whole = {p: s for p, s in parts.items() if s is not None}
        found.append(relate(whole, S.sync, S.events)["left_shank"])
    assert all(m.clear for m in found)
    assert max(m.offset_s for m in found) - min(m.offset_s for m in found) < 0.010
    assert found[0].offset_s == pytest.approx(0.21, abs=0.02)


def test_clocks_that_change_at_every_stop_are_not_moved(real_data: Callable[[str], Path]) -> None:
    real_data("outdoor-run-hip-ankle")
    both = {"pelvis": events.outdoor("hip"), "left_shank": events.outdoor("ankle")}
    done = one_clock(both, ("left_shank",), "auto", S)
    assert not done.moves
    assert "do not keep step" in done.notes[0]
