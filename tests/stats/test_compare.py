"""The whole comparison on invented runs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from hipgait.errors import InputError
from hipgait.io.results import write_json
from hipgait.stats.compare import compare_runs
from hipgait.stats.plan import Plan
from tests.stats.invented_runs import PRIMARY, phases

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "comparison.schema.json").read_text())


@pytest.mark.parametrize(("before", "after"), [(8, 8), (2, 3)])
def test_the_document_keeps_to_its_schema(tmp_path: Path, before: int, after: int) -> None:
    rng = np.random.default_rng(1)
    bump = np.exp(-(((np.arange(101) - 40) / 15) ** 2))
    rows = [
        {
            "shoe": "soft" if i % 2 else "hard",
            "curves": {
                f"pelvic_drop_{s}": (5 + rng.standard_normal()) * bump for s in ("left", "right")
            },
            "cadence_spm": 165.0 + 4 * rng.standard_normal(),
        }
        for i in range(before + after)
    ]
    found = compare_runs(*phases(before, after, -2.0, pace_slope=1.0, rows=rows))
    write_json(tmp_path / "comparison.json", found.document)
    document = json.loads((tmp_path / "comparison.json").read_text())
    jsonschema.validate(document, SCHEMA)
    assert len(document["runs"]) == before + after
    for key, value in (("verdict", "better"), ("n_before", -1), ("alpha", 0.5)):
        broken = json.loads(json.dumps(document))
        broken["outcomes"][PRIMARY][key] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


def test_a_change_is_called_with_power_states_and_sides() -> None:
    found = compare_runs(*phases(8, 8, -2.0))
    assert found.primary.verdict == "improved"
    assert found.primary.power is not None
    assert found.primary.power.source == "own runs"
    assert found.states["late"].verdict == "improved"
    assert found.states["drift"].verdict == "too_few_runs"
    assert {s: e.verdict for s, e in found.sides[PRIMARY].items()} == {
        "left": "improved",
        "right": "improved",
    }
    assert found.effects["contact_time"].verdict == "no_relevant_change"
    assert found.effects["cadence"].verdict == "too_few_runs"


def test_too_few_runs_are_kept_and_planned_for_with_a_published_scatter() -> None:
    found = compare_runs(*phases(3, 2, -2.0))
    assert found.primary.verdict == "too_few_runs"
    assert len(found.primary.points) == 5
    assert found.primary.power is not None
    assert "Dingenen" in found.primary.power.source
    assert found.primary.power.runs_each is not None
    assert {a.verdict for a in found.associations} == {"too_few_runs"}


def test_runs_with_a_withdrawn_primary_are_left_out_and_named() -> None:
    rows = [{"out": {PRIMARY: "a sensor slipped"}} if i == 2 else {} for i in range(10)]
    found = compare_runs(*phases(5, 5, rows=rows))
    assert found.left_out == {"run02": "a sensor slipped"}
    assert len(found.entries) == 9


def test_the_plan_leaves_out_the_trigger_and_codes_the_wash_in() -> None:
    # runs every third day from 2 March: the sixth (17 March) is the first after
    plan = Plan(
        created=date(2026, 2, 1),
        block_start=date(2026, 3, 16),
        wash_in_weeks=1,
        exclude=("2026-03-14",),
        path="plan.toml",
    )
    found = compare_runs(*phases(5, 8, -2.0), plan=plan)
    assert found.left_out == {"run04": "left out by the plan"}
    assert [e.phase for e in found.entries if e.run.name in ("run05", "run06", "run07")] == [
        "wash_in",
        "wash_in",
        "after",
    ]
    assert "wash_in" in found.primary.covariates
    assert (found.primary.n_before, found.primary.n_after) == (4, 6)
    assert found.plan_fixed == "beforehand"
    assert any("shown, not compared" in n for n in found.notes)


def test_a_plan_written_afterwards_is_said_to_be_so() -> None:
    found = compare_runs(*phases(5, 5), plan=Plan(created=date(2026, 6, 1), path="plan.toml"))
    assert found.plan_fixed == "afterwards"
    assert "the plan was written after the first run after the block" in found.notes
    assert any("not fixed beforehand" in n for n in compare_runs(*phases(5, 5)).notes)


def test_runs_of_two_athletes_are_warned_of() -> None:
    rows = [{"athlete": "anna" if i < 5 else "ben"} for i in range(10)]
    found = compare_runs(*phases(5, 5, rows=rows))
    assert any("several athletes: anna, ben" in n for n in found.notes)


def test_exchanged_phases_are_warned_of() -> None:
    before, after = phases(5, 5)
    assert any("earlier" in n for n in compare_runs(after, before).notes)


def test_the_order_is_that_of_the_dates() -> None:
    before, after = phases(5, 5)
    found = compare_runs(before[::-1], after)
    assert [e.run.name for e in found.entries] == [f"run{i:02d}" for i in range(10)]


def test_bad_phases_are_refused() -> None:
    before, after = phases(4, 4)
    with pytest.raises(InputError, match="no run after"):
        compare_runs(before, [])
    with pytest.raises(InputError, match="run00 is given twice"):
        compare_runs(before, [*after, before[0]])


def test_a_start_drawn_by_lot_is_tested_exactly() -> None:
    plan = Plan(
        block_start=date(2026, 4, 7),
        wash_in_weeks=0,
        random_start=(date(2026, 3, 20), date(2026, 4, 18)),
    )
    found = compare_runs(*phases(12, 12, -3.0, sd=0.3), plan=plan)
    assert found.random_start is not None
    assert found.random_start.starts == 30
    assert found.random_start.p is not None
    assert found.random_start.p <= 3 / 30  # runs are three days apart


def test_associations_say_goes_with_and_too_few() -> None:
    rows = [{"surface": "trail" if i % 3 == 0 else "road"} for i in range(20)]
    before, after = phases(10, 10, 0.0, sd=0.2, pace_slope=4.0, rows=rows)
    told = {a.what: a for a in compare_runs(before, after).associations}
    assert told["pace"].verdict == "goes_with"
    assert told["pace"].estimate is not None
    assert told["pace"].estimate > 0.5
    assert told["cadence"].verdict == "too_few_runs"
    assert told["surface"].verdict == "not_shown"
    few = compare_runs(
        *phases(10, 10, rows=[{"shoe": "new" if i == 3 else "old"} for i in range(20)])
    )
    assert {a.what: a.verdict for a in few.associations}["shoe"] == "too_few_runs"
