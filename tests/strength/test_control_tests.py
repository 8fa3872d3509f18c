"""Control tests that lie in the journal speak for themselves."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from hipgait.errors import FormatError
from hipgait.strength.control_tests import DROP, LEAN, read_control_tests
from hipgait.strength.status import Status, status_lines, status_of

FIRST = dt.date(2026, 3, 2)


def put(folder: Path, days: int, lean: float, drop: float = 2.0, **document: Any) -> Path:
    """One control.json with the same values for both legs and kinds."""
    measures = {LEAN: {"mean": lean, "sd": 0.3, "n": 5}, DROP: {"mean": drop, "sd": 0.3, "n": 5}}
    start = dt.datetime.combine(FIRST + dt.timedelta(days=days), dt.time(9), dt.UTC)
    path = folder / "control" / f"test-{days:03d}" / "control.json"
    path.parent.mkdir(parents=True)
    sides = {"left": measures, "right": measures}
    found = {
        "schema_version": "1.0",
        "start_utc": start.isoformat(),
        "summary": {"squat": sides, "step_down": sides, "stance": {}},
        **document,
    }
    path.write_text(json.dumps(found))
    return path


def status(folder: Path, days: int = 30) -> Status:
    (folder / "athlete.toml").write_text('[history]\nhip_or_knee = "no"\n')
    return status_of(folder, [], FIRST + dt.timedelta(days=days))


@pytest.mark.parametrize(
    ("leans", "drops", "says"),
    [
        ([3.0, 3.1, 2.9, 3.0], [2.0] * 4, "as_before"),
        ([3.0, 3.1, 2.9, 5.0], [2.0] * 4, "drifted_in"),
        ([3.0, 3.1, 2.9, 3.9], [2.0] * 4, "as_before"),  # beyond repetition, below 1 deg
        ([1.0, 3.0, 5.0, 6.0], [2.0] * 4, "unclear"),  # within a wide repetition: not shown
        ([1.0, 3.0, 5.0, 4.0], [2.0] * 4, "as_before"),  # not larger by what matters
        ([3.0, 3.1, 2.9, 5.0, 5.0], [2.0] * 5, "drifted_in"),  # still so: no new usual
        ([3.0, 3.1, 2.9, 5.0, 3.1], [2.0] * 5, "as_before"),
        ([3.0, 3.1, 2.9, 0.5], [2.0] * 4, "as_before"),  # better
        ([3.0, 3.1, 2.9, 3.0], [2.0, 2.1, 1.9, 4.0], "worse"),
        ([3.0, 3.1, 9.0], [2.0] * 3, None),
        ([9.0], [2.0], None),
    ],
)
def test_what_a_test_says(
    tmp_path: Path, leans: list[float], drops: list[float], says: str | None
) -> None:
    for k, (lean, drop) in enumerate(zip(leans, drops, strict=True)):
        put(tmp_path, 3 * k, lean, drop)
    found = read_control_tests(tmp_path)
    assert len(found) == len(leans)
    assert found[-1].says == says
    assert (found[-1].note() is None) == (says in (None, "worse", "unclear"))
    assert (found[-1].remark() is None) == (says in ("as_before", "drifted_in"))


def test_a_knee_that_drifted_in_reaches_the_answer_and_ends_with_the_next_test(
    tmp_path: Path,
) -> None:
    for k, lean in enumerate((3.0, 3.1, 2.9, 5.0)):
        put(tmp_path, 3 * k, lean)
    found = status(tmp_path)
    assert found.guidance.answer.rule == "control_drift"
    entry = found.guidance.answer.entries[0]
    assert str(entry.ref) == "control/test-009/control.json"
    assert any("control/test-009/control.json" in line for line in status_lines(found))
    put(tmp_path, 12, 3.0)
    assert status(tmp_path).guidance.answer.rule != "control_drift"
    assert status(tmp_path, days=10).guidance.answer.rule == "control_drift"  # as it was then


def test_the_way_back_reads_it(tmp_path: Path) -> None:
    for k, lean in enumerate((3.0, 3.1, 2.9)):
        put(tmp_path, k, lean)
    (tmp_path / "pain.csv").write_text("date,region,level\n2026-03-06,knee,5\n2026-03-08,knee,1\n")
    ladder = status(tmp_path).guidance.ladder
    assert ladder is not None
    assert [r.done for r in ladder.rungs] == [False, False, False]
    put(tmp_path, 20, 3.0)
    ladder = status(tmp_path).guidance.ladder
    assert ladder is not None
    assert [r.done for r in ladder.rungs] == [False, False, True]


def test_one_test_alone_decides_nothing_and_says_so(tmp_path: Path) -> None:
    put(tmp_path, 0, 9.0)
    found = status(tmp_path)
    assert found.guidance.answer.rule == "nothing_logged"
    assert any("too few to compare" in line for line in status_lines(found))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "damaged .Input data was truncated"),
        ("[]", "damaged .Expected `object`, got `array`"),
        ('{"schema_version": "2.0", "summary": {}}', "Update hipgait"),
        ('{"schema_version": "1.0", "summary": {}}', "start_utc"),
        (
            '{"schema_version": "1.0", "start_utc": "2026-03-02", "summary": {"squat": 5}}',
            "no su",
        ),
        ('{"schema_version": "1.0", "summary": {}, "start_utc": null}', "start_utc"),
    ],
)
def test_a_damaged_file_is_told_with_its_name(tmp_path: Path, text: str, words: str) -> None:
    path = put(tmp_path, 0, 3.0)
    path.write_text(text)
    with pytest.raises(FormatError, match=words) as caught:
        read_control_tests(tmp_path)
    assert "control.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_recording_analysed_again_is_no_second_test(tmp_path: Path) -> None:
    for k in range(4):
        put(tmp_path, k, 3.0, inputs=[{"path": "squats.csv", "sha256": "a" * 64}])
    put(tmp_path, 9, 3.0, inputs=[{"path": "squats.csv", "sha256": "b" * 64}])
    found = read_control_tests(tmp_path)
    assert [t.ref.file for t in found] == [
        "control/test-003/control.json",
        "control/test-009/control.json",
    ]
    assert found[-1].says is None


def test_no_folder_no_tests(tmp_path: Path) -> None:
    assert read_control_tests(tmp_path) == ()


def test_an_evening_west_of_utc_is_the_same_day(tmp_path: Path) -> None:
    utc = dt.datetime.combine(FIRST + dt.timedelta(days=1), dt.time(2, 30), dt.UTC)
    local = utc.astimezone(dt.timezone(dt.timedelta(hours=-5)))
    put(tmp_path, 0, 3.0, start_utc=utc.isoformat(), start_local=local.isoformat())
    put(tmp_path, 1, 3.0, start_utc=utc.isoformat(), start_local=None)
    known, unknown = read_control_tests(tmp_path)
    assert (known.day, known.time) == (FIRST, dt.time(21, 30))
    assert unknown.day == FIRST + dt.timedelta(days=1)
