"""The page itself, in every state that it must be able to show."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hipgait.report.run import render
from hipgait.report.style import INK, INK2, INK3, LEFT, PAPER, RIGHT
from hipgait.report.text import summary_text
from tests.report.fabricate import STORIES, fabricate, nothing_found
from tests.report.pages import (
    drawings_told_or_hidden,
    smallest_text_px,
    whole_small_and_alone,
    worded_with_care,
)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    out = {name: render(fabricate(story)) for name, story in STORIES.items()}
    out["nothing"] = render(nothing_found())
    return out


STATES = [*STORIES, "nothing"]


@pytest.mark.parametrize("state", STATES)
def test_the_page_is_whole_and_small(pages, state):
    whole_small_and_alone(pages[state])


@pytest.mark.parametrize("state", STATES)
def test_the_words_on_the_page(pages, state):
    worded_with_care(pages[state])


@pytest.mark.parametrize("state", STATES)
def test_every_drawing_is_told_or_hidden(pages, state):
    drawings_told_or_hidden(pages[state])


def test_no_text_in_a_drawing_is_too_small(pages):
    assert smallest_text_px(pages["design_point"]) >= 12.0


def test_where_the_answer_has_a_picture(pages):
    assert "Pelvic drop over the run, both sides together" in pages["design_point"]
    assert "Runner from behind" in pages["design_point"]
    assert "Runner from behind" not in pages["accelerometers_only"]
    assert "<figure" not in pages["nothing"]
    assert "Each side" not in pages["nothing"]


def test_states_that_need_a_word(pages):
    assert "Left and right look exchanged." in pages["swapped"]
    assert "Left and right look exchanged." not in pages["design_point"]
    assert "Nobody stood still" in pages["no_standing"]
    assert "Withdrawn" in pages["slipped"]
    assert "Fresh and end are not compared" in pages["walking_only"]
    assert "Pace, min/km" not in pages["no_speed"]
    assert "◀ left" in pages["right_shank_only"]  # said to be not measured


def test_a_simulated_run_says_so(pages):
    findings = fabricate(STORIES["very_short"])
    streams = {p: {**s, "format": "simulated"} for p, s in findings.quality["streams"].items()}
    page = render(replace(findings, quality={**findings.quality, "streams": streams}))
    assert "SIMULATED: NOBODY WAS MEASURED" in page
    assert "SIMULATED" not in pages["very_short"]


@pytest.mark.parametrize("state", STATES)
def test_nothing_leads_to_a_file_that_a_reader_does_not_have(pages, state):
    assert ".md" not in pages[state]


def test_a_modelled_value_travels_with_its_standard_deviation(pages):
    text = re.sub(r"<[^>]*>", "", pages["design_point"])
    assert "Hip adduction, modelled ±4.5° (SD)" in text
    assert re.search(r"4\.6°, both sides together; its change 0\.2° \(simulated\)\s*±8\.8°", text)
    assert "Hip adduction, modelled ±4.5° (SD)" in summary_text(fabricate(STORIES["design_point"]))


def test_errors_are_those_of_the_sensors_that_were_worn(pages):
    assert "3 ms (two people, force plate)" in pages["design_point"]
    assert "3 ms (two people, force plate)" not in pages["pelvis_only"]
    assert "about 30 ms too short" in pages["pelvis_only"]
    assert "not measured with these sensors" in pages["pelvis_only"]


def test_what_is_hatched_has_a_name(pages):
    page = pages["design_point"]
    assert "last minute, left out" in page
    assert "Hatched: left out (warm-up, last minute)." in page


def test_names_from_outside_are_escaped():
    findings = fabricate(STORIES["very_short"])
    inputs = [{"path": "<b>&run</b>.csv", "sha256": "0" * 64}]
    page = render(replace(findings, run={**findings.run, "inputs": inputs}))
    assert "<b>&run" not in page
    assert "&lt;b&gt;&amp;run" in page


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("colour", "least"),
    [(INK, 17.0), (INK2, 7.0), (INK3, 4.5), (LEFT.colour, 4.5), (RIGHT.colour, 4.5)]
    + [(LEFT.earlier, 3.0), (RIGHT.earlier, 3.0)],
)
def test_contrast(colour, least):
    assert (luminance(PAPER) + 0.05) / (luminance(colour) + 0.05) >= least


@pytest.mark.parametrize("state", STATES)
def test_plain_text_summary(state):
    findings = nothing_found() if state == "nothing" else fabricate(STORIES[state])
    text = summary_text(findings)
    assert "\u202f" not in text
    assert max(len(line) for line in text.splitlines()) < 220
    assert not re.search(r"\bnan\b|\bNone\b", text)
