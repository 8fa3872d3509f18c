"""The sentence of every verdict of the style guide, and the small sentences beside pictures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.names import OUTCOMES
from hipgait.report.calendar import MOST_MOVED_PX, apart, calendar, spread
from hipgait.report.comparison_table import lines, strip
from hipgait.report.comparison_view import Estimate, GoesWith, Span
from hipgait.report.comparison_words import (
    NOW,
    answer,
    detect_words,
    goes_words,
    header_facts,
    moved,
)
from hipgait.report.scales import Scale
from hipgait.stats.reliability import PUBLISHED
from tests.report.invent_comparison import STATES, journal, row, view


def told(name: str) -> str:
    found = answer(STATES[name]())
    return " ".join(t for t in (found.first, found.second, found.more) if t)


def test_improved_and_worse():
    assert told("improved").startswith(
        "Your pelvis drops 1.6° less than before the block (0.8 to 2.4 less)."
    )
    assert "more than the 1.0° from which a change matters" in told("improved")
    assert told("worse").startswith(
        "Your pelvis drops 1.7° more than before the block (0.9 to 2.5 more)."
    )


def test_no_relevant_change_is_a_normal_result():
    assert told("no_relevant_change") == (
        "Your pelvic drop is as it was before the block: any change is smaller than 1.0°. "
        "You got stronger: a common result."
    )
    assert told("small_but_real").startswith(
        "Your pelvis drops 0.4° less than in the earlier runs: real, but too small to matter."
    )


def test_inconclusive():
    assert told("inconclusive") == (
        "You got stronger. Whether your pelvic drop changed, these 17 runs cannot tell yet. "
        "The best guess is 0.5° less than before the block, but anything from 1.2° less to "
        "0.2° more fits the data. Getting stronger without a visible change in running form is "
        "common."
    )
    assert told("rise_unclear").startswith(
        "Your pelvis drops 1.0° more than before the block; whether that is large enough to "
        "matter, these 17 runs cannot tell."
    )


def test_too_few_and_nothing():
    assert told("too_few_runs") == (
        "3 runs before and 2 after: the points are shown, nothing is claimed. "
        "8 and 8 would show a change of about 0.9°."
    )
    unknown = replace(STATES["too_few_runs"](), detectable=None)
    assert answer(unknown).second.startswith("From 4 runs in each phase on")
    assert told("nothing").startswith("No finding: none of these runs could be used.")


def test_strength_is_told_only_where_it_is_known():
    for known, starts in ((True, True), (False, False), (None, False)):
        found = answer(view("inconclusive", -0.5, -1.2, 0.2, journal=journal(known)))
        assert found.first.startswith("You got stronger.") is starts


def test_strength_beside_a_change_is_no_cause():
    """ "You got stronger. That is more than chance" would speak of the wrong thing."""
    for verdict, change_, low, high in (("improved", -1.6, -2.4, -0.8), ("worse", 1.6, 0.8, 2.4)):
        found = answer(view(verdict, change_, low, high, journal=journal(True)))
        assert found.second.startswith("That is more than chance")
        assert found.more.endswith("whether the one led to the other, these runs cannot tell.")
        alone = answer(view(verdict, change_, low, high, journal=journal(False)))
        assert "stronger" not in alone.first + alone.second + alone.more


def test_every_outcome_has_a_beginning():
    assert set(NOW) == {o.name for o in OUTCOMES}
    one_side = row("contact_time", "left", estimate=-20.0, low=-30.0, high=-10.0, matters=15.0)
    text = moved(view("improved", -1.6, -2.4, -0.8), one_side, limits=True)
    assert text == (
        "on the left leg your foot stays on the ground 20\u00a0ms less than before the block "
        "(10 to 30 less)"
    )


def test_header():
    text = header_facts(STATES["improved"]())
    assert "before: 8 runs, 2 to 27 March 2026" in text
    assert "block: 30 March to 24 May" in text
    one_week = Span(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))
    given_week = replace(STATES["improved"](), block=one_week)
    assert "block: 2 March to 8 March" in header_facts(given_week)
    assert "after: 9 runs, 27 May to 21 June 2026" in text
    assert "at 5:10 /km" in text
    assert text.endswith("question fixed 1 March 2026")
    assert header_facts(STATES["small_but_real"]()) == (
        "Sample runner · before: 8 runs · after: 9 runs"
    )


def test_what_could_be_seen():
    text = detect_words(STATES["improved"]())
    assert text.startswith("With 8 and 9 runs, a true change of 0.9° would be found 4 times in 5.")
    assert "12 and 12 runs: 0.7°." in text
    assert "too few runs" not in text
    few = STATES["too_few_runs"]()
    assert few.detectable is not None
    borrowed = replace(few.detectable, source=PUBLISHED["pelvic_drop_excursion"].source)
    assert (
        "You have too few runs to know how much you vary from one run to the next, so this uses "
        "what was found in 21 runners filmed twice, one week apart (Dingenen et al. 2018, "
        "doi:10.1016/j.ptsp.2018.06.009; 2D video, not sensors)."
    ) in detect_words(replace(few, detectable=borrowed))


def test_goes_with_never_causes():
    base = view("improved", -1.6, -2.4, -0.8, goes_with=(
        GoesWith("Cadence 5 % higher", Estimate(-1.4, -2.2, -0.6), "goes_with"),
        GoesWith("Older shoes", Estimate(0.3, -0.5, 1.1), "inconclusive"),
        GoesWith("Trail", None, "too_few_runs", "2 runs"),
        GoesWith("Pace", None, "too_few_runs", "the runs hardly differ in pace"),
    ))  # fmt: skip
    assert goes_words(base) == [
        "Cadence 5 % higher goes with 1.4° less pelvic drop (0.6 to 2.2).",
        "Older shoes: +0.3° (−0.5 to 1.1); these runs cannot tell.",
        "Trail: too few runs to tell (2 runs).",
        "Pace: cannot be told (the runs hardly differ in pace).",
    ]


# --------------------------------------------------------------------------------- the table
def test_digits_and_places_of_the_table():
    found = {(r.label, r.side, r.note): r for r in lines(STATES["inconclusive"]())}
    first = found["Pelvic drop", "", "both sides"]
    assert (first.before, first.after, first.change, first.interval, first.p) == (
        "5.6", "5.1°", "−0.5°", "−1.2 to 0.2", "0.16",
    )  # fmt: skip
    assert first.primary
    rise = found["Pelvic drop", "", "change within a run"]
    assert (rise.before, rise.after) == ("+1.2", "+0.7°")
    tilt = found["Pelvic tilt, change only", "", ""]
    assert (tilt.before, tilt.after) == ("–", "–")
    assert tilt.change == "0°"
    assert found["Impact at the shank", "", ""].p == "< 0.001"
    assert found["Foot ahead of knee at landing", "", ""].p == "0.008"


def test_the_strip_tells_the_question_and_one_other_thing():
    heads = [k.title for k in strip(STATES["inconclusive"]())]
    assert heads == ["Inconclusive", "Worse", "Strength up", "Soreness mostly low"]
    assert [k.title for k in strip(STATES["nothing"]())] == []


# ----------------------------------------------------------------------------- the calendar
@given(st.lists(st.floats(0.0, 700.0), min_size=1, max_size=40))
def test_marks_stand_apart_in_order_and_near_their_place(places):
    px = np.array(places)
    out = spread(px, 7.0)
    order = np.argsort(px, kind="stable")
    assert np.all(np.diff(out[order]) >= 7.0 - 1e-6)
    apart = np.diff(np.sort(px))
    if np.all(apart >= 7.0):
        assert out == pytest.approx(px)
    assert abs(out.mean() - px.mean()) < 1e-6


@given(st.lists(st.floats(0.0, 150.0), min_size=0, max_size=60))
def test_no_mark_leaves_its_day(places):
    px = np.array(places)
    assert np.all(np.abs(apart(px) - px) <= MOST_MOVED_PX)


def test_runs_without_dates_stand_in_their_order():
    found = calendar(STATES["small_but_real"]())
    assert not found.dated
    assert list(np.diff(found.at)) == [*([1.0] * 7), 2.0, *([1.0] * 8)]
    assert found.ticks(found.scale(0.0, 500.0)) == []


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ((2026, 3, 2), (2026, 6, 21), ["March", "April", "May", "June"]),
        ((2026, 3, 2), (2026, 3, 9), ["2 Mar", "4 Mar", "6 Mar", "8 Mar", "10 Mar"]),
        ((2025, 11, 3), (2026, 4, 20), ["Nov 2025", "Dec", "Jan 2026", "Feb", "Mar", "Apr"]),
        ((2024, 2, 20), (2026, 4, 20), ["Mar 2024", "Sep", "Mar 2025", "Sep"]),
    ],
)
def test_labels_of_the_calendar(first, last, labels):
    base = view("improved", -1.6, -2.4, -0.8, block=None, wash_in=None)
    ends = [datetime(*d, 12, tzinfo=UTC) for d in (first, last)]
    runs = tuple(replace(r, start_utc=t) for r, t in zip(base.runs[:2], ends, strict=True))
    found = calendar(replace(base, runs=runs))
    x = found.scale(0.0, 400.0)
    ticks = found.ticks(x)
    assert [t for _, t, _ in ticks] == labels
    assert all(Scale(found.lo, found.hi, 0.0, 400.0)(p) <= 400.0 for p, _, _ in ticks)
