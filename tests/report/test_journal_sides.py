"""Sides, signs and bands of the journal's pictures: told by where and how each thing is drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from hipgait.report.calendar import days
from hipgait.report.canvas import Canvas
from hipgait.report.journal_course import (
    RunPoint,
    _band,
    _control_row,
    _drop_row,
    _lean_words,
    _soreness,
)
from hipgait.report.journal_exercises import exercises
from hipgait.report.journal_glance import HEAD, ROW, block_weeks, glance
from hipgait.report.journal_marks import NAMES
from hipgait.report.journal_regions import regions
from hipgait.report.journal_weeks import moment
from hipgait.report.journal_words import away, checks
from hipgait.report.numbers import MINUS
from hipgait.report.repeats import repeat_section
from hipgait.report.repeats_picture import _line
from hipgait.report.scales import Scale
from hipgait.report.style import INK, LEFT, RIGHT, WIDE_PX
from hipgait.report.view import View
from hipgait.strength.check_run import CheckChange, CheckRun
from hipgait.strength.control_tests import LEAN, ControlResult, Measured
from hipgait.strength.entries import Ref, Soreness
from hipgait.strength.status import status_of
from tests.report.test_journal import status
from tests.report.test_repeats import session
from tests.strength.log import day, did, noted, sore, write
from tests.strength.test_control_tests import put


def test_left_soreness_is_drawn_on_the_left(tmp_path: Path) -> None:
    entries = [did(0), sore(0, 1.0, region="calf")]
    both = Soreness(date=day(2), after_h="48", region="gluteal", left=5.0, right=2.0)
    canvas = regions(status(tmp_path, [*entries, both]), WIDE_PX)
    assert canvas is not None
    told = {t.get_text(): (t.get_position()[0], t.get_color()) for t in canvas.axes.texts}
    assert told["5"][0] < WIDE_PX / 2 < told["2"][0]
    assert (told["5"][1], told["2"][1]) == (LEFT.colour, RIGHT.colour)
    heights = [t.get_position()[1] for t in canvas.axes.texts if "gluteal" in t.get_text()]
    lower = [t.get_position()[1] for t in canvas.axes.texts if "calf" in t.get_text()]
    assert max(heights) < min(lower)  # the sorer region first


@pytest.mark.parametrize(("value", "words"), [(5.0, "+2.0° (±0.5)"), (1.0, f"{MINUS}2.0° (±0.5)")])
def test_a_control_test_is_told_from_before_to_now(value: float, words: str) -> None:
    found = Measured("squat", "right", LEAN, value, 4, 3.0, 0.5)
    assert _lean_words(found) == words
    assert _band(found) == (2.5, 3.5)


def test_a_control_test_of_tomorrow_is_not_known_today(tmp_path: Path) -> None:
    for k in range(3):
        put(tmp_path, 4 * k, 3.0 + 0.1 * k)
    write(tmp_path, [did(0)])
    assert len(status_of(tmp_path, [], day(5)).control) == 2


def test_days_away_are_those_of_the_last_four_weeks(tmp_path: Path) -> None:
    entries = [did(0), noted(1, "ill"), noted(30, "travel"), noted(31, "travel")]
    assert away(status(tmp_path, entries, today=35)).startswith("2 days travelling:")


def test_the_table_of_check_runs_holds_before_and_latest(tmp_path: Path) -> None:
    run = CheckRun("run", day(6), "b", "road", 3.0, {})
    change = CheckChange(
        "pelvic_drop_excursion", 7.0, (4.0, 5.0, 6.0, 5.0), 2.0, 3.0, 7.5, 1.0, "as_before"
    )
    found = replace(status(tmp_path, [did(0)]), check_runs=(run,) * 5, check_changes=(change,))
    told = checks(found)
    assert told is not None
    assert told["head"].endswith("against 4 check runs before it")
    (row,) = told["rows"]
    assert (row["before"], row["latest"], row["usual"]) == ("5.0", "7.0", "3.0 to 7.5")


def test_a_step_back_is_easier_and_the_next_one_harder(tmp_path: Path) -> None:
    found = status(tmp_path, [did(0, "bridge"), sore(0, 1.0)], today=3)
    (row,) = exercises(found)
    move = found.programme.exercise["bridge"]
    names = found.programme.exercise
    assert row["back"] in {names[n].name for n in move.easier} | {"fewer sets"}
    assert row["up"] in {names[n].name for n in move.harder}
    assert row["back"] != row["up"]


def test_the_line_through_repeats_rises_with_the_told_change() -> None:
    canvas = Canvas(100.0, 100.0, "A line.")
    same = Scale(0.0, 100.0, 0.0, 100.0)
    number, values = np.arange(1.0, 6.0), np.full(5, 50.0)
    _line(canvas, same, same, number, values, 8.0)
    (line,) = canvas.axes.lines
    assert list(np.asarray(line.get_ydata(), dtype=float)) == [46.0, 54.0]


def test_repeats_start_on_the_clock_of_the_report() -> None:
    found = session()
    view = View(found)
    section = repeat_section(view)
    assert section is not None
    assert section["rows"][0]["start"] == "0:00"


def test_an_interval_of_a_run_is_that_of_95_percent() -> None:
    canvas = Canvas(200.0, 100.0, "Runs.")
    points = [RunPoint(moment(day(n)), 5.0, 1.0, n == 1) for n in (0, 1)]
    x = Scale(0.0, 1e6, 0.0, 200.0)
    change = CheckChange("pelvic_drop_excursion", 5.0, (5.0,), 0.0, 5 - 1.96, 5 + 1.96, 1.0, "x")
    words = _drop_row(points, change)(canvas, x, 90.0, 10.0)
    assert ("grey: usual 3.0 to 7.0°") in [w for w, _ in words]
    shapes = [np.ptp(p.get_path().vertices[:, 1]) for p in canvas.axes.patches]
    # the bars of the runs are as high as the usual range, from 88 to 12
    assert sum(h == pytest.approx(76.0) for h in shapes) == 2
    filled = [line for line in canvas.axes.lines if line.get_markerfacecolor() == INK]
    assert [list(line.get_xdata()) for line in filled] == [[x(days(points[1].at))]]


def _four_days() -> Scale:
    return Scale(days(moment(day(0))), days(moment(day(4))), 0.0, 200.0)


def _boxes(canvas: Canvas, colour: str) -> list[tuple[float, float, float, float]]:
    """(x0, x1, height, lower end) of the filled boxes of one colour, from left to right."""
    found = []
    for patch in canvas.axes.patches:
        if to_hex(patch.get_facecolor()) == to_hex(colour):
            corners = np.asarray(patch.get_path().vertices, dtype=float).reshape(-1, 5, 2)
            for box in corners:
                (x0, y0), (x1, y1) = box.min(axis=0), box.max(axis=0)
                found.append((x0, x1, y1 - y0, y1))
    return sorted(found)


def test_bars_of_soreness_stand_side_by_side_and_are_as_high_as_told(tmp_path: Path) -> None:
    both = Soreness(date=day(2), after_h="48", region="gluteal", left=2.0, right=4.0)
    found = status(tmp_path, [did(0), both])
    canvas, x = Canvas(200.0, 100.0, "Soreness."), _four_days()
    _soreness(canvas, x, 90.0, 10.0, found)
    ((a0, a1, low, a_base),) = _boxes(canvas, LEFT.colour)
    ((b0, b1, high, b_base),) = _boxes(canvas, RIGHT.colour)
    assert a1 - a0 == pytest.approx(b1 - b0) == pytest.approx(3.2)
    assert 0 < b0 - a1 < 1.0  # a gap, and no more
    assert (a0 + b1) / 2 == pytest.approx(x(days(moment(day(2)))))  # about the day it was felt
    assert a_base == b_base == 90.0
    assert high == pytest.approx(2 * low)


def test_a_control_test_as_before_lies_in_its_bar() -> None:
    measured = tuple(Measured("squat", side, LEAN, 4.0, 4, 3.0, 1.5) for side in ("left", "right"))
    ref = Ref("control/a/control.json", 0)
    test = ControlResult(day(2), dt.time(), ref, measured)
    canvas, x = Canvas(200.0, 100.0, "Control."), _four_days()
    words = _control_row([test], "squat")(canvas, x, 90.0, 10.0)
    assert ("bar: as before, 95 %") in [w for w, _ in words]
    at = x(days(moment(day(2))))
    # 1.5 to 4.5 deg is all of the row, from 87 to 13 pixels
    ((a0, a1, a_high, a_low),) = _boxes(canvas, LEFT.tint)
    ((b0, b1, b_high, b_low),) = _boxes(canvas, RIGHT.tint)
    assert (a_high, a_low) == (b_high, b_low) == (pytest.approx(74.0), pytest.approx(87.0))
    assert (a0, a1) == (pytest.approx(at - 6.5), pytest.approx(at - 2.5))
    assert (b0, b1) == (pytest.approx(at + 2.5), pytest.approx(at + 6.5))


def test_a_week_in_which_nothing_was_done_has_its_row_and_no_decision(tmp_path: Path) -> None:
    entries = [e for n in (0, 15) for e in (did(n, "bridge"), sore(n, 1.0))]
    found = status(tmp_path, entries, today=20)
    assert [w.done for w in block_weeks(found)] == [1, 0, 1]
    assert [(w.sets, w.sore) for w in block_weeks(found)][1] == (0.0, ())
    canvas = glance(found, WIDE_PX)
    assert canvas is not None
    rows: dict[float, set[str]] = {}
    for text in canvas.axes.texts:
        rows.setdefault(text.get_position()[1], set()).add(text.get_text())
    first, second, third = (rows[HEAD + ROW * k + ROW / 2 + 4.5] - {""} for k in range(3))
    assert second == {"week 2", "0"}
    assert len(first & set(NAMES.values())) == len(third & set(NAMES.values())) == 1
