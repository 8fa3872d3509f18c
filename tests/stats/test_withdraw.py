"""Exchanged shanks and a pelvis that never drops take their claims back."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from hipgait.api import analyze
from hipgait.io.reader import read_run
from hipgait.resources import data_path
from hipgait.results import RunResult
from hipgait.stats.withdraw import doubt_of

OTHER = {"left_shank": "right_shank", "right_shank": "left_shank", "pelvis": "pelvis"}


@cache
def analysed(exchanged: bool) -> RunResult:
    run = read_run(data_path("tired-runner"))
    if exchanged:
        run = replace(run, streams={p: replace(run[OTHER[p]], placement=p) for p in run.streams})
    return analyze(run)


def test_exchanged_shanks_make_no_claim() -> None:
    found = analysed(True)
    assert found.quality["withdrawn"] == "sides_swapped"
    for name in ("pelvic_drop_excursion", "shank_lean_mean", "hip_adduction_model"):
        for entry in (found.drift[name], found.drift[name]["left"], found.drift[name]["right"]):
            assert entry["verdict"] == "withdrawn"
            assert entry["estimate"] is None
            assert entry["early"] is None
        assert found.run["summary"][name]["pooled"]["mean"] is None
    assert found.drift["contact_time"]["left"]["verdict"] == "withdrawn"
    assert found.drift["contact_time"]["estimate"] is not None
    assert found.summary().startswith("No finding: left and right look exchanged.")


def test_the_right_sides_keep_their_claims() -> None:
    found = analysed(False)
    assert found.quality["withdrawn"] is None
    assert all(entry["verdict"] != "withdrawn" for entry in found.drift.values())


@pytest.mark.parametrize(
    ("left_deg", "swapped", "doubt"),
    [(3.0, False, None), (3.0, True, "sides_swapped"), (0.0, False, "no_drop")],
)
def test_what_is_doubted(left_deg: float, swapped: bool, doubt: str | None) -> None:
    side = ["left", "right"] * 50
    drop = [left_deg if s == "left" else 4.0 for s in side]
    table = pd.DataFrame(
        {"valid": True, "gait": "run", "side": side, "pelvic_drop_excursion_deg": drop}
    )
    assert doubt_of(table, swapped) == doubt
    walked = table.assign(gait="walk")
    assert doubt_of(walked, False) is None
