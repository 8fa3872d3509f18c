"""run.json keeps to its published schema."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from hipgait.api import analyze
from hipgait.names import OUTCOMES
from hipgait.recording import Recording
from hipgait.results import load
from hipgait.simulate.cases import validation_case

SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "run.schema.json").read_text())


@pytest.fixture(scope="module")
def recording() -> Recording:
    return validation_case(
        5, soft_tissue=False, rate_hz=100.0, protocol="standing", duration_s=120.0
    )[0]


@pytest.mark.parametrize("placements", [("pelvis", "left_shank", "right_shank"), ("pelvis",)])
def test_what_is_written_is_valid_and_read_back(
    recording: Recording, tmp_path: Path, placements: tuple[str, ...]
) -> None:
    part = replace(recording, streams={p: recording[p] for p in placements})
    result = analyze(part)
    result.save(tmp_path, report=False)
    document = json.loads((tmp_path / "run.json").read_text())
    jsonschema.validate(document, SCHEMA)
    assert set(document["summary"]) == {o.name for o in OUTCOMES}
    again = load(tmp_path)
    assert again.run["summary"] == document["summary"]
    assert list(again.strides.columns) == list(result.strides.columns)
    assert again.info.athlete == result.info.athlete
    assert again.info.grade_pct == result.info.grade_pct


def test_the_schema_can_fail(recording: Recording) -> None:
    document = analyze(recording).run
    for path, value in (
        (("zero",), "lying"),
        (("drift", "cadence", "verdict"), "better"),
        (("summary", "cadence", "left", "n"), -1),
    ):
        broken = json.loads(json.dumps(document, default=float))
        part = broken
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)
