"""What the page says in each state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.names import COMPARISON_VERDICTS, DRIFT_VERDICTS, OUTCOMES
from hipgait.report.captions import run_table
from hipgait.report.definitions import (
    DEFINITIONS,
    NOT_MEASURED,
    OTHER_SENSORS,
    PELVIS_ERROR,
    measured_error,
)
from hipgait.report.main_words import main_caption, sure_words
from hipgait.report.numbers import NONE
from hipgait.report.phrases import PHRASES, VERDICTS
from hipgait.report.pieces import amount, compared, onset_words
from hipgait.report.quality_words import quality_words
from hipgait.report.run import context
from hipgait.report.table import rounding_note, rows, unit_words
from hipgait.report.table import rows as table_rows
from hipgait.report.text import summary_text
from hipgait.report.view import View, lead_outcome
from hipgait.report.words import SENTENCES, answer
from tests.report.fabricate import STORIES, Story, fabricate, nothing_found


def told(name: str):
    return answer(View(fabricate(STORIES[name])))


def test_every_outcome_and_verdict_has_words():
    names = {o.name for o in OUTCOMES}
    assert set(PHRASES) == names
    assert {d.name for d in DEFINITIONS} == names
    assert set(VERDICTS) == {*DRIFT_VERDICTS, *COMPARISON_VERDICTS}
    assert set(SENTENCES) == set(DRIFT_VERDICTS)


def test_the_design_point():
    found = told("design_point")
    assert (
        found.first
        == "By the end your pelvis dropped 1.5° more than when you were fresh (0.7 to 2.4)."
    )
    assert found.second == "That is more than chance, and more than the 1.0° that matters."
    assert "Both sides show it" in found.more
    assert "no clear change on the left" in found.more


@pytest.mark.parametrize(
    ("story", "start"),
    [
        ("pelvis_only", "This run cannot tell whether your pelvic drop changed: "),
        ("left_shank_only", "By the end your left shank leaned inward"),
        ("right_shank_only", "This run cannot tell whether your right shank lean changed: "),
        ("shanks_only", "This run cannot tell whether your shank lean changed: "),
        ("accelerometers_only", "Your contact time stayed the same."),
        ("walking_only", "You walked: this recording holds no running."),
        ("very_short", "This run is too short to compare fresh with the end."),
        ("no_standing", "This run cannot tell whether your pelvic drop changed: "),
        ("slipped", "No finding: the back sensor slipped at minute 21."),
        ("swapped", "No finding: left and right look exchanged."),
        ("treadmill", "By the end your pelvis dropped 1."),
    ],
)
def test_the_answer_of_each_state(story, start):
    assert told(story).first.startswith(start)


def test_no_steps_says_what_to_do():
    found = answer(View(nothing_found()))
    assert found.first == "No steps were found in this recording."
    assert "What you can do" in found.more


def test_no_level_and_no_change_of_exchanged_sides():
    view = View(fabricate(STORIES["swapped"]))
    told = {(r.name, r.key): r for r in rows(view)}
    assert told["pelvic_drop_excursion", "pooled"].finding == "Withdrawn"
    for name in ("pelvic_drop_excursion", "shank_lean_mean"):
        for key in {k for n, k in told if n == name}:
            row = told[name, key]
            assert {row.fresh, row.end, row.change, row.mean} == {NONE}
    assert told["cadence", "pooled"].finding not in ("Withdrawn", "Not tested", NONE)
    assert "No finding" in summary_text(view.findings)


def test_no_claim_after_a_slip():
    view = View(fabricate(STORIES["slipped"]))
    assert sure_words(view, *lead_outcome(view)) == ""
    assert "Both sides" not in answer(view).more
    assert any("slipped at minute 21" in text for text in quality_words(view).care)


@pytest.mark.parametrize(
    ("verdict", "low", "high", "words"),
    [
        ("drifted", 0.7, 2.1, "more than chance"),
        ("no_relevant_drift", -0.4, 0.6, "stayed the same"),
        ("no_relevant_drift", 0.2, 0.8, "too small to matter"),
        ("inconclusive", -0.6, 2.2, "This run cannot tell"),
        ("inconclusive", 0.1, 2.2, "this run cannot tell"),
    ],
)
def test_later_verdicts_have_their_sentences(verdict, low, high, words):
    findings = fabricate(Story(minutes=30.0))
    name = "pelvic_drop_excursion"
    entry = {**findings.drift[name], "verdict": verdict, "ci_low": low, "ci_high": high}
    entry["estimate"] = (low + high) / 2
    found = answer(View(replace(findings, drift={**findings.drift, name: entry})))
    assert words in f"{found.first} {found.second}"
    assert "tested" not in f"{found.first} {found.second}"


def test_amounts_in_runners_words():
    assert amount("cadence", {"estimate": -3.2}) == "3 fewer steps a minute"
    assert amount("cadence", {"estimate": 1.1}) == "1 more step a minute"
    assert amount("contact_time", {"estimate": 8.0}) == "8\u00a0ms longer"
    assert compared("pelvic_drop_excursion", "pooled", {"estimate": 0.01}) == (
        "your pelvis dropped as much as when you were fresh"
    )
    assert compared("pelvic_drop_excursion", "left", {"estimate": 1.0}).startswith(
        "on the left leg your pelvis dropped 1.0° more than"
    )


def test_quality_is_told_in_three_lists():
    words = quality_words(View(fabricate()))
    assert any("steps usable" in text for text in words.good)
    assert "left shank: no data for 78 s" in words.care
    assert any(text.startswith("knee travel in mm: needs height_m") for text in words.missing)
    swapped = quality_words(View(fabricate(STORIES["no_speed"])))
    assert any("speed not known" in text for text in swapped.care)


def test_one_reason_is_told_once():
    findings = fabricate(STORIES["pelvis_only"])
    reason = "needs a sensor on that side's shank"
    missing = dict.fromkeys(("shank_lean_mean_deg", "shank_lean_min_deg", "knee_travel_mm"), reason)
    missing["peak_tibial_acceleration_g"] = f"left side: {reason}"
    view = View(replace(findings, quality={**findings.quality, "not_measured": missing}))
    assert quality_words(view).missing == [
        "level of shank lean, knee travel in mm: needs a sensor on that side’s shank",
        "impact at the shank of the left side: needs a sensor on that side’s shank",
    ]


def test_uneven_rounding_is_explained():
    rows = [
        replace(row, fresh="4.1", end="5.4°", change="+1.2°", uneven=True)
        for row in table_rows(View(fabricate()))[:1]
    ]
    assert rounding_note(rows) == ("Changes are taken before rounding: 4.1 to 5.4° is +1.2° here.")
    assert rounding_note([replace(rows[0], uneven=False)]) == ""
    steps = replace(rows[0], name="cadence", fresh="168", end="169 spm", change="+2 spm")
    assert rounding_note([rows[0], rows[0], steps]) == (
        "Changes are taken before rounding: 4.1 to 5.4° is +1.2°, 168 to 169 spm is +2 spm here."
    )


@pytest.mark.parametrize(
    ("early", "late", "uneven"), [(4.14, 5.36, True), (4.1, 5.4, False), (-2.56, -1.67, False)]
)
def test_uneven_rounding_is_noticed(early, late, uneven):
    findings = fabricate()
    name = "pelvic_drop_excursion"
    entry = {**findings.drift[name], "early": early, "late": late, "estimate": late - early}
    entry |= {"course": None, "ci_low": None, "ci_high": None}
    view = View(replace(findings, drift={**findings.drift, name: entry}))
    assert table_rows(view)[0].uneven is uneven


def test_units_that_not_everyone_knows_are_explained():
    told = unit_words(table_rows(View(fabricate())))
    assert "spm: steps a minute" in told
    assert "9.81" in told
    assert unit_words([]) == ""


@pytest.mark.parametrize(
    ("outcome", "placements", "error"),
    [
        ("contact_time", ("left_shank",), "3 ms (two people, force plate)"),
        ("contact_time", ("pelvis", "left_shank"), "3 ms (two people, force plate)"),
        ("contact_time", ("pelvis",), PELVIS_ERROR["contact_time"]),
        ("contact_time", ("left_foot", "right_foot"), OTHER_SENSORS),
        ("pelvic_drop_excursion", ("pelvis",), OTHER_SENSORS),
        ("cadence", ("pelvis",), OTHER_SENSORS),
        ("stride_time_cv", ("left_shank",), NOT_MEASURED),
    ],
)
def test_an_error_names_what_it_was_measured_with(outcome, placements, error):
    assert measured_error(outcome, placements) == error


@pytest.mark.parametrize(("story", "told"), [("design_point", True), ("pelvis_only", False)])
def test_the_measured_and_the_modelled_hip_are_kept_apart(story, told):
    findings = fabricate(STORIES[story])
    if not told:
        findings = replace(
            findings, strides=findings.strides.assign(hip_adduction_model_deg=np.nan)
        )
    missing = {"hip_adduction_deg": "needs a thigh sensor"}
    view = View(replace(findings, quality={**findings.quality, "not_measured": missing}))
    (line,) = quality_words(view).missing
    assert line.startswith("measured hip adduction")
    assert ("the table’s is modelled" in line) is told


def test_a_short_comparison_names_its_reason() -> None:
    plain = fabricate(STORIES["very_short"])
    assert "too short" in answer(View(plain)).first
    slip = {"detected": True, "at_s": 60.0, "size_deg": 5.0, "placement": "left_shank"}
    slipped = View(replace(plain, quality={**plain.quality, "slip": slip}))
    assert "left shank sensor slipped" in answer(slipped).first
    n = int(plain.quality["stances"]["n"])
    stances = {**plain.quality["stances"], "by_reason": {"gyro_clipped": n}}
    clipped = View(replace(plain, quality={**plain.quality, "stances": stances}))
    assert "gyroscope reached its range" in answer(clipped).first


@pytest.mark.parametrize(
    ("low", "at", "high", "words"),
    [
        (306.0, 336.0, 366.0, "minute 5.6 (5.1 to 6.1)"),
        (1620.0, 1980.0, 2400.0, "minute 33 (27 to 40)"),
    ],
)
def test_the_digits_of_an_onset_follow_its_interval(low, at, high, words):
    view = View(fabricate())
    entry = {"onset_s": at, "onset_low_s": low, "onset_high_s": high}
    moved = {k: v + view.axis.start_s for k, v in entry.items()}
    assert onset_words(view, moved) == words


def with_entries(name, pooled, **sides):
    """The fabricated run with these verdicts: (verdict, estimate) of the whole and of the sides."""
    findings = fabricate(Story(minutes=30.0))

    def put(entry, verdict, estimate):
        reason = "fewer than 300 strides can be used" if verdict == "not_tested" else None
        limits = {"ci_low": estimate - 0.5, "ci_high": estimate + 0.5}
        return {**entry, "verdict": verdict, "estimate": estimate, "reason": reason, **limits}

    whole = put(findings.drift[name], *pooled)
    whole |= {s: put(findings.drift[name][s], *v) for s, v in sides.items()}
    return replace(findings, drift={**findings.drift, name: whole})


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (
            ("drifted", 1.1),
            ("drifted", 1.7),
            "Both sides show it: left 1.1° more, right 1.7° more.",
        ),
        (("drifted", 1.1), ("drifted", -1.7), "The sides went different ways: left 1.1° more"),
        (("inconclusive", 0.9), ("drifted", 1.7), "Right 1.7° more; no clear change on the left."),
        (("inconclusive", 0.9), ("inconclusive", 0.4), "No clear change on either side."),
    ],
)
def test_of_the_sides_only_what_drifted_is_a_fact(left, right, words):
    name = "pelvic_drop_excursion"
    view = View(with_entries(name, ("drifted", 1.4), left=left, right=right))
    assert answer(view).more.startswith(words)


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (("inconclusive", 1.0), ("inconclusive", -0.1), "No clear change in how far your shanks"),
        (
            ("inconclusive", 1.0),
            ("no_relevant_drift", -0.1),
            "Shank lean: no clear change on the left, no change that matters on the right.",
        ),
        (
            ("drifted", 1.2),
            ("inconclusive", -0.1),
            "Your left shank leaned inward 1.2° more; no clear change at the right shank.",
        ),
        (("drifted", 1.2), ("drifted", 2.1), "inward 1.2° more, your right one 2.1° more."),
    ],
)
def test_of_the_lean_only_what_drifted_is_a_fact(left, right, words):
    view = View(with_entries("shank_lean_mean", ("inconclusive", 0.4), left=left, right=right))
    assert words in answer(view).more


def test_an_untested_run_says_why_and_what_it_takes():
    name = "pelvic_drop_excursion"
    lost = ("not_tested", 0.9)
    view = View(with_entries(name, lost, left=lost, right=lost))
    found = answer(view)
    assert found.second == "Whether that is more than chance could not be tested: too few strides."
    assert "Left 0.9° more, right 0.9° more (not tested)." in found.more
    assert "A test needs 300 strides a side: a run of 10 minutes or more" in found.more
    assert sure_words(view, name, "pooled").startswith("Not tested: fewer than 300 strides a side")


def test_a_range_that_is_not_known_is_not_called_good():
    findings = fabricate()
    stances = {**findings.quality["stances"], "by_reason": {}}
    good, told = "no landing reached a sensor’s range", "whether a landing reached it"
    for known in (16.0, None):
        streams = {
            p: {**s, "acc_range_g": known if p == "pelvis" else 16.0}
            for p, s in findings.quality["streams"].items()
        }
        quality = {**findings.quality, "stances": stances, "streams": streams}
        words = quality_words(View(replace(findings, quality=quality)))
        assert (good in words.good) is (known is not None)
        assert any(told in line for line in words.care) is (known is None)


TABLE = {"compares": True, "slipped": False, "tested": True, "partly": False, "untested": ""}


@pytest.mark.parametrize(
    ("table", "told", "silent"),
    [
        ({}, "fitted course", "Not tested"),
        ({"partly": True, "untested": "too few"}, "Not tested: too few.", "fitted course"),
        ({"tested": False, "untested": "too few"}, "tested (too few), so no", "fitted course"),
    ],
)
def test_the_caption_of_the_table_tells_what_was_tested(table, told, silent):
    found = run_table({**TABLE, "lean": False, **table}, "run")
    assert told in found
    assert silent not in found


def test_the_sign_of_the_lean_is_told_where_it_stands():
    assert "minus is outward" in run_table({**TABLE, "lean": True}, "run")
    assert "minus is outward" not in run_table({**TABLE, "lean": False}, "run")


def test_a_partly_tested_run_has_a_caption_of_its_own():
    lost = ("not_tested", 0.9)
    findings = with_entries("pelvic_drop_excursion", lost, left=lost, right=lost)
    table = context(View(findings))["table"]
    assert table["partly"]
    assert table["untested"].startswith("fewer than 300 strides a side")
    assert "fitted course" not in table["caption"]


def test_the_caption_tells_measured_cadence_from_fitted():
    findings = fabricate()
    entry = {**findings.drift["cadence"], "covariates": ["speed_mps", "cadence_spm"]}
    view = View(replace(findings, drift={**findings.drift, "cadence": entry}))
    words = "as measured in minutes 5 to 15 and in minutes 46 to 56; the cadence of the table is"
    assert f"{words} fitted, pace held." in main_caption(view, "pelvic_drop_excursion", "pooled")
    plain = {**entry, "covariates": [], "course": None}
    untested = View(replace(findings, drift={**findings.drift, "cadence": plain}))
    assert "as measured" not in main_caption(untested, "pelvic_drop_excursion", "pooled")
