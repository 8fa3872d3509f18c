"""What a training log becomes under the runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from hipgait.report.comparison_journal import adherence
from hipgait.report.comparison_table import _measured, strip
from hipgait.report.comparison_view import JournalRows
from hipgait.report.journal_rows import Log, journal_document, journal_rows
from hipgait.strength.athlete import Athlete, Plan
from hipgait.strength.entries import Entry, StrengthTest
from hipgait.strength.journal import make_journal
from hipgait.strength.strength_tests import StrengthCourse
from tests.report.invent_comparison import STATES
from tests.strength.log import HEALTHY, PROGRAMME, RULES, day, did, sore

WEEKS = 8


def rows(entries: Sequence[Entry], athlete: Athlete = HEALTHY, **block) -> JournalRows:
    log = Log(PROGRAMME, athlete, RULES, make_journal(entries))
    return journal_rows(log, day(0), day(7 * WEEKS - 1), **block)


def plank(n: int, left: float, right: float) -> list[Entry]:
    held = {"reps": None, "sets": 1.0}
    return [
        did(n, "side_plank", side="left", seconds=left, **held),
        did(n, "side_plank", side="left", seconds=left - 10, **held),
        did(n, "side_plank", side="right", seconds=right, **held),
    ]


def test_hard_sets_of_a_day() -> None:
    found = rows([did(1, "lateral_step_down", sets=3.0), did(1, "side_plank"), did(1, "clamshell"),
                  did(3, "clamshell"), did(-1, "side_plank"), did(56, "side_plank")])  # fmt: skip
    assert [(s.at.date(), s.hard_sets) for s in found.sessions] == [(day(1), 5.0)]


@pytest.mark.parametrize(
    ("start", "weeks", "planned", "done"),
    [
        (None, None, (14, 20), 7),  # since the first session, on the second day
        (day(0), None, (16, 22), 8),  # the programme asks for 2 to 3 a week, 2 in the last two
        (day(0), 2, (4, 6), 2),
        (day(21), 4, (8, 12), 4),
        (day(53), None, None, 8),
    ],
)
def test_adherence_counts_whole_weeks_of_the_block(
    start: dt.date | None, weeks: int | None, planned: tuple[int, int] | None, done: int
) -> None:
    found = rows([did(1 + 7 * k, "side_plank") for k in range(8)], start=start, weeks=weeks)
    assert found.planned == planned
    assert found.done == done


def test_the_athletes_own_start_comes_before_the_first_session() -> None:
    found = rows([did(15, "side_plank")], Athlete(plan=Plan(start=day(42))))
    assert (found.planned, found.done) == ((4, 6), 0)


def test_adherence_in_words() -> None:
    assert adherence(JournalRows(planned=(24, 24), done=21)) == ["21 of 24 done"]
    assert adherence(JournalRows(planned=(16, 24), done=21)) == ["21 done", "16 to 24 planned"]
    assert adherence(JournalRows(planned=(16, 16), done=21)) == ["21 done", "16 planned"]
    assert adherence(JournalRows()) == ["0 sessions"]


def test_the_highest_of_each_day_and_side_is_drawn() -> None:
    entries = [e for k in range(6) for e in plank(9 * k, 30.0 + 5 * k, 40.0)]
    (test,) = rows(entries).tests
    assert (test.label, test.unit) == ("Side plank, held", "s")
    assert [v for _, v in test.left] == [30.0, 35.0, 40.0, 45.0, 50.0, 55.0]
    assert [v for _, v in test.right] == [40.0] * 6
    assert test.both == ()


def test_load_before_repetitions_and_both_sides_together() -> None:
    entries = [did(10 * k, "hip_thrust", load_kg=20.0 + 5 * k) for k in range(5)]
    (test,) = rows(entries).tests
    assert test.unit == "kg"
    assert [v for _, v in test.courses["both"]] == [20.0, 25.0, 30.0, 35.0, 40.0]


@pytest.mark.parametrize("days", [(0, 2, 4, 6, 8), (0, 20, 40)])
def test_a_few_days_show_no_course(days: tuple[int, ...]) -> None:
    found = rows([did(n, "side_plank", side="left") for n in days])
    assert found.tests == ()
    assert found.stronger is None


@pytest.mark.parametrize(("last", "stronger"), [(38.0, True), (34.0, False)])
def test_stronger_is_a_rise_by_a_quarter_on_each_side(last: float, stronger: bool) -> None:
    """The right side rises from 30 to ``last``; 37.5 is a quarter more."""
    entries = [
        e
        for k, right in enumerate((30.0, 30.0, last, last))
        for e in plank(14 * k, 30.0 + 20 * k, right)
    ]
    assert rows(entries).stronger is stronger


@pytest.mark.parametrize(
    ("early", "later", "stronger", "verdict"),
    [  # 40, 42, 44: beyond 42 + 9.94
        ((40.0, 42.0, 44.0), 53.0, True, "up"),
        ((40.0, 42.0, 44.0), 51.0, False, "not_shown"),
        ((40.0, 42.0), 90.0, None, "too_few_tests"),
    ],
)
def test_strength_tests_come_before_the_log(
    early: tuple[float, ...], later: float, stronger: bool | None, verdict: str
) -> None:
    """The log alone says stronger; a test after the last run does not count."""
    tests = [
        StrengthTest(date=day(n), test="hip_abduction", value=v, unit="kg", side="left")
        for n, v in ((-9, early[0]), (-3, early[1]), *[(2, v) for v in early[2:]], (40, later),
                     (7 * WEEKS, 200.0))
    ]  # fmt: skip
    log = [e for k in range(4) for e in plank(14 * k, 30.0 + 20 * k, 30.0 + 20 * k)]
    assert rows(log).stronger is True
    found = rows([*log, *tests], start=day(0))
    assert found.stronger is stronger
    (told,) = journal_document(found)["strength_tests"]
    assert (told["latest"], told["verdict"]) == (later, verdict)
    strength = strip(replace(STATES["inconclusive"](), journal=found))[2]
    heads = {True: "Strength up", False: "Strength not shown to be up", None: "Strength"}
    assert strength.title == heads[stronger]
    assert strength.text == (
        "left hip abduction: too few tests to tell"
        if stronger is None
        else f"left hip abduction +{later - 42:.0f} kg (by chance up to ±10)"
    )


def test_soreness_is_the_worst_of_two_days_after() -> None:
    found = rows([did(0, "side_plank"), sore(0, 6, 24), sore(0, 2), sore(0, 4, region="quad")])
    assert [(at.date(), v) for at, v in found.soreness] == [(day(2), 4.0)]
    assert found.hold_above == RULES.number("soreness_48h", "limit")


def test_of_strength_tests_one_that_is_up_is_told() -> None:
    """A larger change that may be chance does not hide it."""

    def course(test: str, change: float | None, mdc95: float | None) -> StrengthCourse:
        return StrengthCourse(test, "kg", "left", (), 3, change, mdc95)

    up, chance = course("hip_abduction", 5.0, 3.0), course("calf", 9.0, 12.0)
    few, down = course("side_plank", 20.0, None), course("squat", -8.0, 3.0)
    for courses in ([up, chance, few, down], [down, few, chance, up]):
        assert _measured(courses) == "left hip abduction +5 kg (by chance up to ±3)"
        assert _measured([c for c in courses if c is not up]).startswith("left calf +9 kg")
    assert _measured([few]) == "left side plank: too few tests to tell"
