"""The comparison page in every state that it must be able to show."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hipgait.names import COMPARISON_VERDICTS
from hipgait.report.comparison import render, render_view
from hipgait.report.comparison_source import view_of
from hipgait.report.comparison_text import summary_text
from hipgait.report.style import BLOCK, INK, INK2, INK3, LEFT, PAPER, RIGHT
from hipgait.stats.compare import compare_runs
from hipgait.stats.plan import Plan
from tests.report.invent_comparison import STATES, journal, view
from tests.report.pages import (
    drawings_told_or_hidden,
    smallest_text_px,
    whole_small_and_alone,
    worded_with_care,
)
from tests.stats.invented_runs import PRIMARY, one, phases


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: render_view(make()) for name, make in STATES.items()}


@pytest.mark.parametrize("state", STATES)
def test_the_page_is_whole_small_and_alone(pages, state):
    whole_small_and_alone(pages[state])


@pytest.mark.parametrize("state", STATES)
def test_the_words_on_the_page(pages, state):
    worded_with_care(pages[state])


@pytest.mark.parametrize("state", STATES)
def test_every_drawing_is_told_or_hidden(pages, state):
    drawings_told_or_hidden(pages[state])


def test_colour_means_side_and_nothing_else(pages):
    used = set(re.findall(r"#[0-9a-fA-F]{6}\b", pages["withdrawn"]))
    sides = {c for s in (LEFT, RIGHT) for c in (s.colour, s.earlier, s.tint)}
    for colour in {c.upper() for c in used} - {c.upper() for c in sides}:
        parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert max(parts) - min(parts) <= 16, f"{colour} is a hue"
    for ink in (INK, INK2, INK3, BLOCK, PAPER):
        assert ink.lower() in {c.lower() for c in used}


def test_no_text_in_a_drawing_is_too_small(pages):
    assert smallest_text_px(pages["withdrawn"]) >= 12.0


def test_every_verdict_has_a_state():
    shown = {make().lead.verdict for make in STATES.values()}
    assert shown == set(COMPARISON_VERDICTS)


def test_names_of_runs_cannot_write_into_the_page():
    base = STATES["withdrawn"]()
    bad = "<script>alert(1)</script>\"'&"
    runs = tuple(replace(r, name=bad, left_out=r.left_out and bad) for r in base.runs)
    tests = tuple(replace(t, label=bad) for t in journal().tests)
    page = render_view(
        replace(
            base,
            athlete=bad,
            runs=runs,
            notes=(bad,),
            method=bad,
            journal=replace(journal(), tests=tests),
        )
    )
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_left_out_runs_are_told_and_drawn(pages):
    page = pages["withdrawn"]
    assert "slipped (10 June): the back sensor slipped at minute 21" in page
    assert "trail &lt;b&gt;run&lt;/b&gt; (14 March): trail instead of road" in page
    assert "Cross: left out." in page
    assert "Cross: left out." not in pages["improved"]


def test_rows_of_the_journal_are_drawn_where_there_is_one(pages):
    for words in ("21 of 24 done", "Side plank, held", "Soreness at 48 h", "+25 s left"):
        assert words in pages["inconclusive"], words
        assert words not in pages["improved"], words
    empty = replace(journal(), sessions=(), tests=(), soreness=())
    assert "Strength sessions" not in render_view(view("improved", -1.6, -2.4, -0.8, journal=empty))


def test_parts_that_cannot_be_shown_are_not_there(pages):
    for heading in ("Fresh against tired", "within a stance"):
        assert heading in pages["improved"]
        assert heading not in pages["too_few_runs"]
    assert "<figure" not in pages["nothing"]
    assert "No run has a value to draw." in pages["nothing"]
    assert "Too few runs to compare: pelvic drop." in pages["too_few_runs"]
    assert "SIMULATED" in pages["small_but_real"]
    assert "SIMULATED" not in pages["improved"]


def test_a_difference_that_leaves_the_band_is_told(pages):
    assert "the difference leaves the grey band at 22 to 57" in pages["improved"]
    assert "No part of the stance leaves the grey band" in pages["inconclusive"]


# ------------------------------------------------------------------------- from a comparison
def test_the_quoted_change_is_that_of_the_comparison():
    found = compare_runs(*phases(8, 8, -2.0), plan=Plan(block_start=None))
    shown = view_of(found)
    assert shown.lead is not None
    assert shown.lead.estimate == found.primary.estimate
    assert shown.lead.verdict == "improved"
    assert shown.after is not None
    assert shown.before is not None
    drawn = shown.after.value - shown.before.value
    assert drawn == pytest.approx(found.primary.estimate, abs=1e-9)
    assert {r.name: r.value.value for r in shown.runs} == pytest.approx(found.primary.points)
    assert {t.key for t in shown.fresh_tired} == {"pooled", "left", "right"}
    page = render(found)
    assert f"<h1>Your pelvis drops {-found.primary.estimate:.1f}° less" in page


def test_left_out_runs_keep_their_place_and_value():
    before, after = phases(6, 6)
    slipped = one(9, 7.5, out={PRIMARY: "a sensor slipped"})
    found = compare_runs(before, [*after, replace(slipped, name="slipped")])
    shown = view_of(found)
    (left,) = shown.left_out
    assert (left.name, left.phase, left.left_out) == ("slipped", "after", "a sensor slipped")
    assert left.value is not None
    assert left.value.value == 7.5
    assert len(shown.of("after")) == 6


def test_simulated_sensors_are_said_so():
    before, after = phases(4, 4)
    assert not view_of(compare_runs(before, after)).simulated
    marked = [replace(after[0], simulated=True), *after[1:]]
    assert "NOBODY WAS MEASURED" in render(compare_runs(before, marked))


def test_too_few_runs_from_a_comparison():
    page = render(compare_runs(*phases(3, 2)))
    assert "<h1>3 runs before and 2 after: the points are shown, nothing is claimed.</h1>" in page
    assert "8 and 8 would show a change of about" in page


def test_a_plan_draws_the_block_and_the_settling_in():
    before, after = phases(5, 9)
    start = before[-1].start.date()
    plan = Plan(created=before[0].start.date(), block_start=start.replace(day=start.day + 2),
                wash_in_weeks=1.0)  # fmt: skip
    shown = view_of(compare_runs(before, after, plan))
    assert shown.block is not None
    assert shown.wash_in is not None
    assert (shown.wash_in.end - shown.wash_in.start).days == 7
    assert shown.of("block")
    assert shown.question_fixed is not None


def test_the_text_says_what_the_page_says():
    found = compare_runs(*phases(8, 8, -2.0))
    first = summary_text(found).splitlines()[0]
    assert f"<h1>{first}</h1>" in render(found)


def test_a_week_is_one_week():
    before, after = phases(5, 5)
    for weeks, told in (
        (1.0, "first week of"),
        (1.5, "first 1.5 weeks of"),
        (2, "first 2 weeks of"),
    ):
        plan = Plan(block_start=before[-1].start.date(), wash_in_weeks=weeks, path="plan.toml")
        found = compare_runs(before, after, plan=plan)
        assert f"Runs in the {told} the block" in view_of(found).method


def test_too_few_runs_as_text_is_no_table_of_dashes():
    text = summary_text(compare_runs(*phases(1, 2)))
    assert "finding" not in text
    assert text.count("8 and 8") == 1


def test_the_text_tells_no_level_of_tilt():
    runs = [
        replace(
            r, values={"level": {**r.values["level"], "pelvis_tilt_mean": {"pooled": (12.0, 1)}}}
        )
        for phase in phases(5, 5)
        for r in phase
    ]
    text = summary_text(compare_runs(runs[:5], runs[5:]))
    line = next(row for row in text.splitlines() if row.startswith("Pelvic tilt"))
    assert "12.0" not in line
    assert "0.0°" in line


def test_a_randomised_start_that_cannot_be_tested_is_said():
    before, after = phases(5, 5)
    day = after[0].start.date()
    drawn = Plan(random_start=(day, day), path="plan.toml")
    assert (
        "not tested, the plan names no block_start."
        in view_of(compare_runs(before, after, plan=drawn)).method
    )
    at_once = replace(drawn, block_start=day, wash_in_weeks=0.0)
    assert (
        "p = 1.00 (with these days and runs at least 1.00)"
        in view_of(compare_runs(before, after, plan=at_once)).method
    )
