"""Early against late: parts, levels and the pooled value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.names import ALL_COLUMNS
from hipgait.settings import FindingsSettings
from hipgait.stats.early_late import describe_change, run_parts, summarise


def table(minutes: float, offset: float = 0.0, drift: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """A run whose excursion drifts linearly; left and right are offset apart in the peak."""
    ic = np.arange(0.0, minutes * 60.0, 0.36)
    k = len(ic)
    rng = np.random.default_rng(seed)
    left = np.arange(k) % 2 == 0
    data = {c.name: np.full(k, np.nan) for c in ALL_COLUMNS if c.kind == "float"}
    data["ic_s"] = ic
    excursion = 4.0 + drift * ic / ic[-1] + 0.3 * rng.standard_normal(k)
    data["pelvic_drop_excursion_deg"] = excursion
    data["pelvic_drop_peak_deg"] = excursion + np.where(left, -offset, offset)
    data["stride_time_s"] = 0.72 * (1 + 0.02 * rng.standard_normal(k))
    frame = pd.DataFrame(data)
    frame["side"] = np.where(left, "left", "right")
    frame["gait"] = "run"
    frame["valid"] = True
    frame["reason"] = ""
    return frame


def test_parts_of_an_hour() -> None:
    parts = run_parts(np.arange(0.0, 3601.0), FindingsSettings())
    assert parts is not None
    assert parts.analysed == (300.0, 3540.0)
    assert parts.early == (300.0, 900.0)
    assert parts.late == (2940.0, 3540.0)


@given(span=st.floats(1.0, 20000.0))
def test_parts_never_overlap(span: float) -> None:
    parts = run_parts(np.linspace(100.0, 100.0 + span, 2 + int(span)), FindingsSettings())
    assert parts is not None
    assert parts.early[1] <= parts.late[0] + 1e-9
    assert 100.0 <= parts.analysed[0] < parts.analysed[1] <= 100.0 + span
    assert parts.analysed[1] - parts.analysed[0] >= 0.7 * span


def test_change_is_found_and_not_called_tested() -> None:
    frame = table(60, drift=2.0)
    parts = run_parts(frame["ic_s"].to_numpy(), FindingsSettings())
    entry = describe_change(frame, True, parts, FindingsSettings())["pelvic_drop_excursion"]
    truth = 2.0 * (np.mean([2940, 3540]) - np.mean([300, 900])) / 3600
    assert entry["estimate"] == pytest.approx(truth, abs=0.05)
    assert (entry["verdict"], entry["method"], entry["p"]) == ("not_tested", "early_late", None)
    assert entry["left"]["estimate"] == pytest.approx(truth, abs=0.07)


@given(offset=st.floats(-5, 5))
def test_pooled_peak_is_free_of_the_sides_offset_even_when_one_side_is_rare(offset: float) -> None:
    frame = table(20, offset=offset)
    frame.loc[(frame.index % 4 == 1), "valid"] = False
    parts = run_parts(frame["ic_s"].to_numpy(), FindingsSettings())
    rows = summarise(frame, True, parts)["pelvic_drop_peak"]
    assert rows["pooled"]["mean"] == pytest.approx(4.0, abs=0.05)
    assert rows["right"]["mean"] == pytest.approx(4.0 + offset, abs=0.05)


def test_without_zero_levels_go_but_pooled_and_changes_stay() -> None:
    frame = table(60, offset=3.0, drift=1.0)
    parts = run_parts(frame["ic_s"].to_numpy(), FindingsSettings())
    rows = summarise(frame, False, parts)["pelvic_drop_peak"]
    assert rows["left"]["mean"] is None
    assert rows["pooled"]["mean"] is not None
    entry = describe_change(frame, False, parts, FindingsSettings())["pelvic_drop_peak"]
    assert entry["left"]["early"] is None
    assert entry["left"]["estimate"] == pytest.approx(0.73, abs=0.1)


def test_turns_are_masked_from_angles_but_not_from_timing() -> None:
    frame = table(30)
    frame.loc[frame.index < 3000, "reason"] = "turn"
    rows = summarise(frame, True, None)
    assert rows["pelvic_drop_excursion"]["pooled"]["n"] == len(frame) - 3000
    assert rows["cadence"]["pooled"]["n"] == 0  # the column is empty
    assert rows["stride_time_cv"]["pooled"]["n"] == len(frame)


def test_an_empty_table_gives_empty_findings() -> None:
    frame = table(1).iloc[:0]
    rows = summarise(frame, True, run_parts(np.zeros(0), FindingsSettings()))
    assert rows["pelvic_drop_excursion"]["pooled"]["mean"] is None
    entry = describe_change(frame, True, None, FindingsSettings())["cadence"]
    assert entry["estimate"] is None


def test_an_hour_without_data_does_not_push_the_steps_out() -> None:
    step = 0.35 * np.arange(170)
    times = np.concatenate([60.0 + step, 3720.0 + step])
    parts = run_parts(times, FindingsSettings())
    assert parts is not None
    inside = (times >= parts.analysed[0]) & (times <= parts.analysed[1])
    assert inside.mean() > 0.6
    for part, half in ((parts.early, times < 1000), (parts.late, times > 1000)):
        mine = (times >= part[0]) & (times <= part[1])
        assert mine.sum() > 50
        assert half[mine].all()
    assert parts.whole == (times[0], times[-1])
