"""What a reader of a comparison must know, one line each."""

from __future__ import annotations

from dataclasses import replace

from hipgait.stats.compare import compare_runs
from hipgait.stats.run_values import RunValues
from tests.stats.invented_runs import phases


def paced(runs: list[RunValues], *paces: float | None) -> list[RunValues]:
    return [replace(run, pace_mps=p) for run, p in zip(runs, paces, strict=True)]


def notes(before: list[RunValues], after: list[RunValues]) -> list[str]:
    return [n for n in compare_runs(before, after).notes if "fixed beforehand" not in n]


def test_a_pace_that_is_not_known_is_said_to_be_left_out() -> None:
    before, after = phases(4, 4)
    assert notes(before, after) == [
        "pace is not taken into account (unknown in 8 of 8 runs): it may have changed too"
    ]
    known = paced(before, 3.0, 3.0, 3.0, 3.0), paced(after, 3.0, 3.0, 3.0, 3.0)
    assert notes(*known) == []  # one pace needs no adjustment
    assert "unknown in 1 of 8 runs" in notes(paced(before, None, 3.0, 3.0, 3.1), known[1])[0]


def test_phases_without_a_common_pace_are_warned_of() -> None:
    before, after = phases(4, 4)
    slow, fast = (2.5, 2.6, 2.8, 2.9), (3.0, 3.1, 3.3, 3.4)
    words = "every run {} was faster than every run {}: the change rests on a straight line"
    assert words.format("after", "before") in notes(paced(before, *slow), paced(after, *fast))[0]
    assert words.format("before", "after") in notes(paced(before, *fast), paced(after, *slow))[0]
    assert notes(paced(before, *slow), paced(after, 2.7, 2.8, 3.3, 3.4)) == []


def test_one_undated_run_is_one_run() -> None:
    before, after = phases(4, 4)
    one = [replace(before[0], start=None), *before[1:]]
    assert "a run has no date: the order given is taken as that of time" in notes(one, after)
    two = [*(replace(r, start=None) for r in before[:2]), *before[2:]]
    assert "2 runs have no date: the order given is taken as that of time" in notes(two, after)


def test_associations_count_in_words_that_agree() -> None:
    before, after = phases(4, 4)
    odd = [replace(before[0], shoe="X"), *(replace(r, shoe="Y") for r in before[1:])]
    same = paced(odd, 3.0, 3.0, 3.01, 3.0), paced([replace(r, shoe="Y") for r in after], *[3.0] * 4)
    told = {a.what: a for a in compare_runs(*same).associations}
    assert told["shoe"].why == "1 run on one, 7 on the other"
    assert (told["pace"].why, told["pace"].contrast) == ("the runs hardly differ in pace", "")
    few = compare_runs(before[:1], after[:2]).associations
    assert few[0].why == "3 of 8 runs that are needed"
