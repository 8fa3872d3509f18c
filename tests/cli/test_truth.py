"""The truth beside the findings: the same stances, the same parts of the run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hipgait.cli.truth import compare, headline, table
from hipgait.names import OUTCOMES
from hipgait.settings import FindingsSettings
from hipgait.stats.drift import add_tests
from hipgait.stats.early_late import describe_change, run_parts


def strides(n: int = 600, rise: float = 1.5) -> pd.DataFrame:
    """Stances of a run whose pelvic drop rises by ``rise``."""
    ic = 10.0 + 0.36 * np.arange(n)
    frame = pd.DataFrame(
        {
            "side": np.where(np.arange(n) % 2, "right", "left"),
            "ic_s": ic,
            "tc_s": ic + 0.25,
            "stride_time_s": 0.72,
            "contact_time_s": 0.25,
            "cadence_spm": 120 / 0.72,
            "valid": True,
            "reason": "",
            "gait": "run",
            "clipped": False,
        }
    )
    for outcome in OUTCOMES:
        if outcome.column not in frame:
            frame[outcome.column] = np.linspace(4.0, 4.0 + rise, n)
    return frame


def result_of(frame: pd.DataFrame) -> Any:
    settings = FindingsSettings()
    parts = run_parts(frame["ic_s"].to_numpy(), settings)
    assert parts is not None
    return SimpleNamespace(
        strides=frame,
        drift=describe_change(frame, True, parts, settings),
        quality={"analysed_s": parts.analysed, "early_s": parts.early, "late_s": parts.late},
    )


def test_perfect_findings_are_the_truth() -> None:
    frame = strides()
    lines, contacts, _ = compare(result_of(frame), frame.drop(columns=["valid", "reason"]))
    assert contacts.found == contacts.true == len(frame)
    assert contacts.ic_ms == (0.0, 0.0)
    assert {line.outcome for line in lines} == {o.name for o in OUTCOMES}
    for line in lines:
        for found, true in (line.fresh, line.end, line.change):
            assert found == pytest.approx(true) if found is not None else true is None
        assert line.change[0] is not None
        assert (line.fresh == (None, None)) == (line.outcome == "pelvis_tilt_mean")


def test_only_the_same_stances_count() -> None:
    truth = strides()
    found = truth.drop(index=[5, 6, 100]).reset_index(drop=True)  # three were missed
    found["ic_s"] += 0.004
    found["tc_s"] -= 0.006
    found.loc[200, "side"] = "left" if found.loc[200, "side"] == "right" else "right"  # wrong leg
    lines, contacts, _ = compare(result_of(found), truth)
    assert contacts.found == len(truth) - 4
    assert contacts.ic_ms[0] == pytest.approx(4.0)
    assert contacts.tc_ms[0] == pytest.approx(-6.0)
    (drop,) = [x for x in lines if (x.outcome, x.side) == ("pelvic_drop_excursion", "pooled")]
    assert drop.change[0] == pytest.approx(drop.change[1], abs=0.01)


def test_what_the_truth_does_not_hold_is_left_out() -> None:
    frame = strides()
    lines, _, _ = compare(result_of(frame), frame.drop(columns=["hip_adduction_model_deg"]))
    assert "hip_adduction_model" not in {line.outcome for line in lines}


def test_the_text() -> None:
    frame = strides(rise=-1.5)
    text = table(compare(result_of(frame), frame)[0])
    rows = {row.split("  ")[0]: row.split() for row in text.splitlines()}
    assert rows["Pelvic drop (deg)"][-2:] == ["\N{MINUS SIGN}0.8", "\N{MINUS SIGN}0.8"]
    assert rows["Contact time, left (ms)"][-6:] == ["250", "250", "250", "250", "0", "0"]
    assert len({len(row) for row in text.splitlines()[1:]}) == 1


def test_no_stance_in_common() -> None:
    frame = strides()
    truth = frame.copy()
    truth["ic_s"] += 1e4
    lines, contacts, _ = compare(result_of(frame), truth)
    assert lines == []
    assert contacts.found == 0


def test_the_tested_change_stands_beside_that_of_the_truth() -> None:
    truth = strides(4000, 1.5)
    column, rng = "pelvic_drop_excursion_deg", np.random.default_rng(1)
    truth[column] += rng.normal(0.0, 0.1, len(truth))
    found = truth.copy()
    found[column] += rng.normal(0.3, 0.5, len(found))
    result = result_of(found)
    settings = FindingsSettings()
    parts = run_parts(found["ic_s"].to_numpy(), settings)
    result.drift = add_tests(found, result.drift, parts, settings)
    tested = compare(result, truth.drop(columns=["valid", "reason"]))[2]
    assert [t.label for t in tested] == ["Pelvic drop", "left", "right"]
    entry = result.drift["pelvic_drop_excursion"]
    assert (tested[0].found, tested[0].ci_low) == (entry["estimate"], entry["ci_low"])
    span = parts.analysed[1] - parts.analysed[0]
    whole = truth["ic_s"].iloc[-1] - truth["ic_s"].iloc[0]
    for one in tested:
        assert one.true == pytest.approx(1.5 * span / whole, abs=0.05)
    text = headline(tested)
    assert text.count("truth +1.") == 3
    assert f"+{tested[0].found:.1f} (" in text
