"""hipgait control-test: files, text, JSON, errors."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

from hipgait.cli.main import run
from hipgait.metrics.control_columns import CONTROL_COLUMNS
from hipgait.simulate.control_cases import control_case

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "control.schema.json").read_text())
HEAD = ["time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]


@pytest.fixture(scope="module")
def tests(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four tests of one athlete; the last with the knees 6 degrees further in."""
    root = tmp_path_factory.mktemp("tests")
    folders = []
    for day in range(4):
        more = 6.0 if day == 3 else 0.0
        recording, _ = control_case(3, mount=day, more_lean_deg=more, hold_s=8.0)
        folders.append(root / f"day{day}")
        folders[-1].mkdir()
        for placement, s in recording.streams.items():
            assert s.gyr is not None
            values = np.column_stack([s.time_s, s.acc, np.degrees(s.gyr)])
            frame = pd.DataFrame(values, columns=HEAD)
            frame.to_csv(folders[-1] / f"{placement}.csv", index=False)
    return folders


@pytest.fixture(scope="module")
def written(tests: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    assert run(["control-test", *map(str, tests[:3]), "--out", str(out)]) == 0
    return out


def test_what_is_written_keeps_to_the_schema(written: Path) -> None:
    for day in range(3):
        document = json.loads((written / f"day{day}" / "control.json").read_text())
        jsonschema.validate(document, SCHEMA)
        table = pd.read_csv(written / f"day{day}" / "repetitions.csv")
        assert list(table.columns) == [c.name for c in CONTROL_COLUMNS]
        assert len(table) == len(document["repetitions"]) == 20
        assert document["repeatability"]["squat"]["left"]["lowering_s"]["n"] == day


def test_the_schema_can_fail(written: Path) -> None:
    document = json.loads((written / "day0" / "control.json").read_text())
    cell = document["repeatability"]["squat"]["left"]["lowering_s"]
    cell["verdict"] = "better"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_a_change_is_called_against_earlier_tests(
    tests: list[Path], written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["control-test", str(tests[3]), "--out", str(tmp_path / "new")]
    for day in range(3):
        words += ["--previous", str(written / f"day{day}")]
    assert run(words) == 0
    text = capsys.readouterr().out
    assert "5 x single-leg squat" in text
    assert "by chance alone" in text
    assert "Not a medical device." in text
    document = json.loads((tmp_path / "new" / "control.json").read_text())
    cells = [
        document["repeatability"][kind][side]["shank_lean_change_deg"]
        for kind in ("squat", "step_down")
        for side in ("left", "right")
    ]
    assert [c["change"] for c in cells] == pytest.approx([5.7] * 4, abs=2.0)
    assert all(c["n"] == 3 for c in cells)
    for c in cells:
        assert (c["verdict"] == "changed") == (abs(c["change"]) > c["mdc95"])


def test_json_holds_the_same(
    tests: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["control-test", str(tests[0]), "--out", str(tmp_path / "o"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)["tests"][0]["findings"]
    assert (
        document["summary"] == json.loads((tmp_path / "o" / "control.json").read_text())["summary"]
    )


def test_errors_are_one_line(
    tests: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "o")

    def line(*words: str) -> str:
        assert run(["control-test", *words]) == 1
        text = capsys.readouterr().err
        assert text.count("\n") == 1
        return text

    assert "no such file or folder" in line(str(tmp_path / "absent"), "--out", out)
    run_, here = str(tests[0]), str(tmp_path)
    assert "no control.json here" in line(run_, "--out", out, "--previous", here)
    (tmp_path / "control.json").write_text("{")
    assert "damaged (Input data was truncated)" in line(run_, "--out", out, "--previous", here)
    (tmp_path / "control.json").write_text('{"schema_version": "2.0", "summary": {}}')
    assert "schema 2.0" in line(run_, "--out", out, "--previous", here)
    assert "is the run itself" in line(run_, "--out", run_)
    assert not Path(out).exists()
