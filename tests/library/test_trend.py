"""A trend shows every run, its phase, what is usual and what is not known."""

from __future__ import annotations

import csv
import json
import math
from datetime import date
from pathlib import Path

import pytest

from hipgait import library
from hipgait.errors import InputError
from hipgait.library.trend_files import picture_of, write_trends
from hipgait.report.trend import trend_canvas
from hipgait.stats.plan import Plan
from tests.library.runs import DROP, months, save

PLAN = Plan(block_start=date(2026, 2, 10), block_weeks=8, wash_in_weeks=2)


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs every 14 days from 5 January on, a gap in March and April, and an undated one."""
    root = tmp_path_factory.mktemp("trend")
    months(root / "in", [5.0, 6.0, 5.5, 5.0])
    for k, (day, drop) in enumerate([("2026-05-04", 2.0), ("2026-05-18", 3.0)]):
        save(root / "in" / f"late{k}", recording=f"late{k}", day=day, drop=drop, name=f"late {k}")
    save(root / "in" / "undated", recording="undated", day=None)
    library.index(root / "in", library=root / "lib")
    return root / "lib"


def test_level_and_band_by_hand(lib: Path) -> None:
    """Before: 5, 6, 5.5 (mean 5.5); after: 2, 3. SEM^2 = (0.5 + 0.5) / (2 + 1)."""
    found = library.trend(DROP, "Anna", PLAN, lib)
    assert [r.phase for r in found.runs] == ["before"] * 3 + ["wash_in"] + ["after"] * 2
    assert found.level == pytest.approx(5.5)
    assert found.sem == pytest.approx(math.sqrt(1.0 / 3.0))
    assert found.mdc95 == pytest.approx(1.96 * math.sqrt(2.0) * math.sqrt(1.0 / 3.0))
    assert found.source == "own runs"
    assert found.beyond == (2, 2)
    assert found.undated == 1
    assert found.gaps == ((date(2026, 2, 16), date(2026, 5, 4)),)
    assert found.block == (date(2026, 2, 10), date(2026, 2, 24), date(2026, 4, 7))
    assert [(m.month, m.n) for m in found.months] == [
        ("2026-01", 2),
        ("2026-02", 2),
        ("2026-03", 0),
        ("2026-04", 0),
        ("2026-05", 2),
    ]
    assert found.months[0].mean == pytest.approx(5.5)
    assert found.months[0].sd == pytest.approx(math.sqrt(0.5))
    assert found.runs[0].drift == 0.4
    assert found.months[2].mean is None


def test_without_a_block_all_runs_are_the_level(lib: Path) -> None:
    found = library.trend(DROP, library=lib)
    assert found.level == pytest.approx(26.5 / 6)
    assert found.block is None
    assert found.beyond is None
    assert {r.phase for r in found.runs} == {""}


def test_few_runs_borrow_a_published_error(tmp_path: Path) -> None:
    months(tmp_path / "in", [5.0])
    library.index(tmp_path / "in", library=tmp_path / "lib")
    found = library.trend(DROP, library=tmp_path / "lib")
    assert "doi" in (found.source or "")
    assert library.trend("cadence", library=tmp_path / "lib").mdc95 is None


def test_what_does_not_count_says_why(tmp_path: Path) -> None:
    root = months(tmp_path / "in", [5.0, 6.0, 7.0])
    run = json.loads((root / "r1" / "run.json").read_text())
    run["quality"]["withdrawn"] = "sides_swapped"
    (root / "r1" / "run.json").write_text(json.dumps(run))
    run = json.loads((root / "r2" / "run.json").read_text())
    run["drift"][DROP]["verdict"] = "withdrawn"
    (root / "r2" / "run.json").write_text(json.dumps(run))
    save(root / "r3", recording="x", day="2026-03-01", drop=None)
    library.index(root, library=tmp_path / "lib")
    found = library.trend(DROP, "Anna", Plan(exclude=("2026-01-05",)), tmp_path / "lib")
    assert [r.mean for r in found.runs] == [None] * 4
    assert [r.why for r in found.runs] == [
        "left out by the plan",
        "withdrawn in the run's report",
        "withdrawn in the run's report",
        "not measured",
    ]
    assert found.level is None
    assert trend_canvas(picture_of(found)) is None


def test_the_check_run_is_recognised_and_compared(tmp_path: Path) -> None:
    """Ten minutes in the same shoe on the same surface at one pace: five before the newest."""
    months(tmp_path / "in", [5.0, 5.2, 4.8, 5.1, 4.9, 9.0])
    save(tmp_path / "in" / "shoe", recording="s", day="2026-01-06", drop=7.0, shoe="Z")
    library.index(tmp_path / "in", library=tmp_path / "lib")
    assert {r["check_run"] for r in library.runs(tmp_path / "lib")} == {1}
    found = library.trend(DROP, library=tmp_path / "lib")
    assert found.check_runs == 6
    assert [r.check for r in found.runs] == [True, False, True, True, True, True, True]
    assert found.check is not None
    assert found.check.latest == 9.0
    assert found.check.before == (5.0, 5.2, 4.8, 5.1, 4.9)
    assert found.check.verdict == "changed"


def test_picture_table_and_json(lib: Path, tmp_path: Path) -> None:
    found = library.trend(DROP, "Anna", PLAN, lib)
    write_trends(tmp_path, [found])
    assert json.loads((tmp_path / "trend.json").read_text())["trends"] == [found.to_dict()]
    rows = list(csv.DictReader((tmp_path / "months.csv").read_text().splitlines()))
    assert [r["n"] for r in rows] == ["2", "2", "0", "0", "2"]
    assert rows[2]["mean"] == ""
    drawn = (tmp_path / f"{DROP}.svg").read_text()
    for words in ("no runs", "strength block", "Pelvic drop", "grey"):
        assert words in drawn
    assert (tmp_path / f"{DROP}.png").stat().st_size > 5000
    assert "6 runs from 2026-01-05 to 2026-05-18" in drawn


def test_a_line_ends_at_a_gap(lib: Path) -> None:
    picture = picture_of(library.trend(DROP, "Anna", PLAN, lib))
    assert [len(line) for line in picture.means] == [2, 1]


def test_unknown_outcome(lib: Path) -> None:
    with pytest.raises(InputError, match="unknown outcome 'valgus'"):
        library.trend("valgus", library=lib)


def test_a_line_ends_at_a_gap_without_an_empty_month(tmp_path: Path) -> None:
    for day in ("2026-01-01", "2026-02-28", "2026-03-02"):
        save(tmp_path / "in" / day, recording=day, day=day)
    library.index(tmp_path / "in", library=tmp_path / "lib")
    found = library.trend(DROP, library=tmp_path / "lib")
    assert found.gaps == ((date(2026, 1, 1), date(2026, 2, 28)),)
    assert [len(line) for line in picture_of(found).means] == [1, 2]


def test_check_runs_leave_out_what_the_trend_leaves_out(tmp_path: Path) -> None:
    root = months(tmp_path / "in", [5.0, 50.0, 60.0, 6.0])
    run = json.loads((root / "r1" / "run.json").read_text())
    run["drift"][DROP]["verdict"] = "withdrawn"
    (root / "r1" / "run.json").write_text(json.dumps(run))
    library.index(root, library=tmp_path / "lib")
    plan = Plan(exclude=("2026-02-02",))
    found = library.trend(DROP, "Anna", plan, tmp_path / "lib")
    assert found.check is not None
    assert found.check.before == (5.0,)
    assert found.check.latest == 6.0


def test_the_grey_band_lies_around_the_level(lib: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[float, float]] = []
    monkeypatch.setattr(
        "hipgait.report.trend.grey_band",
        lambda canvas, y, middle, half, a, b: drawn.append((middle, half)),
    )
    found = library.trend(DROP, "Anna", PLAN, lib)
    trend_canvas(picture_of(found))
    assert drawn == [(found.level, found.mdc95)]
