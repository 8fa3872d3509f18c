"""The journal's page: what must stand on it, and what must not."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hipgait.report.journal import render
from hipgait.report.journal_course import RunPoint, _test_words, course, run_points
from hipgait.report.journal_entries import told
from hipgait.report.journal_exercises import programme
from hipgait.report.journal_glance import block_weeks, decision_after, done_on, glance, planned_on
from hipgait.report.journal_marks import NAMES, glyph, spark
from hipgait.report.journal_weeks import moment, sessions, sore_days, weeks
from hipgait.report.journal_words import headline, rhythm
from hipgait.report.style import NARROW_PX, WIDE_PX
from hipgait.stats.run_values import RunValues
from hipgait.strength.check_run import CheckRun
from hipgait.strength.entries import Entry, StrengthTest
from hipgait.strength.journal import make_journal
from hipgait.strength.rules import BOLDNESS
from hipgait.strength.status import Status, status_of
from hipgait.strength.strength_tests import strength_courses
from tests.strength.log import PROGRAMME, day, did, hurt, noted, ran, sore, write
from tests.strength.test_control_tests import put


def block() -> list[Entry]:
    """Three weeks: two hard sessions a week with activation, runs, one sore session, an ill day."""
    out: list[Entry] = []
    for week in range(3):
        for n in (0, 2):
            at = 7 * week + n
            out += [did(at), did(at, "bridge", sets=3.0), sore(at, 1.0 + week)]
            out += [sore(at, 0.0, region="calf")]
        out.append(ran(7 * week + 6, 4.0, km=8.0, hip_fatigue=3.0, shoe="B", surface="road"))
    tests = [
        StrengthTest(date=day(n), test="side_plank", value=40.0 + n, unit="s", side="left")
        for n in (0, 1, 3, 17)
    ]
    return [*out, *tests, sore(16, 4), noted(4, "ill"), hurt(3, 2.0, side="right")]


def status(folder: Path, entries: list[Entry], today: int = 18) -> Status:
    write(folder, entries)
    (folder / "athlete.toml").write_text('name = "Anna"\n[history]\nhip_or_knee = "no"\n')
    return status_of(folder, [], day(today))


def words(page: str) -> str:
    """The text of a page as a reader sees it, on one line."""

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.skip, self.out = 0, list[str]()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.skip += tag in ("style", "title")

        def handle_endtag(self, tag: str) -> None:
            self.skip -= tag in ("style", "title")

        def handle_data(self, data: str) -> None:
            if not self.skip:
                self.out.append(data)

    reader = Reader()
    reader.feed(page)
    return " ".join(" ".join(reader.out).split())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Status:
    folder = tmp_path_factory.mktemp("block")
    for k, lean in enumerate((3.0, 3.1, 2.9, 3.2)):
        put(folder, 4 * k, lean)
    return status(folder, block())


@pytest.fixture(scope="module")
def page(found: Status) -> str:
    runs = [RunPoint(moment(day(n)), 5.0 + 0.1 * n, 0.2, n == 6) for n in (6, 13)]
    return render(found, runs)


def test_the_answer_comes_first_with_all_that_led_to_it(found: Status, page: str) -> None:
    answer = found.guidance.answer
    assert answer.rule == "soreness_48h"
    text = words(page)
    assert text.index("Hold: repeat the last session") < text.index("The weeks at a glance")
    assert "Your gluteal, left, was 4 of 10 after 48 h." in text
    for part in (answer.because, answer.ends, answer.change_at, str(answer.entries[0].ref)):
        assert part in text
    assert "Fri 20 March: gluteal, left 4, 48 h after" in text


def test_everything_has_its_place(page: str) -> None:
    text = words(page)
    for part in (
        "Anna",
        "week 3 of a plan of 8",
        "Rhythm, last 4 weeks",
        "Your next session",
        "Pelvis still, heels together",  # a cue
        "Strength sessions",
        "Soreness, two days after each session",
        "Pain (0 to 10)",
        "Hips tired at the end of runs",
        "Side plank, s",
        "Control test, step-down: knee inward",
        "Pelvic drop of your runs",
        "Soreness by region",
        "one step at a time",
        "For your next runs",
        "you, not the sensors",
        "Shoes, surface, cadence",
        "16 km",
        "Stop, and see a clinician, if",
        "not a medical device",
    ):
        assert part in text, part


def test_one_file_no_network_no_script(page: str) -> None:
    plain = re.sub(r'xmlns(:xlink)?="[^"]*"', "", page)
    assert not re.search(r"https?://|<script|<link|@import|url\((?!#)", plain)
    assert len(page) < 3e6
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count("<svg xmlns") == page.count("<title>") - 1  # each drawing has a sentence
    assert "@media print" in page
    assert "width=device-width" in page


def test_words_never_judge_or_promise(page: str) -> None:
    said = words(page).lower().replace("loss of strength", "")
    for word in ("abnormal", "bad", "weak", "collapse", "injury risk", "should", "valgus"):
        assert not re.search(rf"\b{word}\b", said), word


def test_a_red_flag_replaces_the_page(tmp_path: Path) -> None:
    text = words(render(status(tmp_path, [*block(), hurt(18, 3.0, "groin", when="night")])))
    assert "Stop. You logged pain at night: left groin." in text
    assert "clinician" in text
    for part in ("Your next session", "The weeks", "Cue", "Soreness", "Clamshell", "Shoes"):
        assert part not in text, part
    assert "hipgait journal note cleared" in text


def test_an_empty_journal_says_what_to_do_first(tmp_path: Path) -> None:
    page = render(status_of(tmp_path / "none", [], day(0)))
    text = words(page)
    assert "Nothing logged." in text
    assert "To begin with" in text
    assert "hip_or_knee" in text
    assert "The block over time" not in text
    assert not (tmp_path / "none").exists()


def test_one_entry_asks_for_the_missing_one(tmp_path: Path) -> None:
    text = words(render(status(tmp_path, [did(0, "bridge")], today=3)))
    assert "Missing" in text
    assert "hipgait journal soreness REGION --left N --right N --date 2026-03-04" in text
    assert "48 h after 2 March is missing" in text


def test_one_week_is_no_weeks(tmp_path: Path) -> None:
    page = render(status(tmp_path / "a", [did(0, "bridge")], today=0))
    assert "1 week of the block so far" in page
    assert "2 weeks of the block so far" in render(status(tmp_path / "b", [did(0)], today=7))


def test_activation_is_counted_by_its_own_name(tmp_path: Path) -> None:
    text = words(render(status(tmp_path / "a", [did(0, "clamshell")], today=0)))
    assert "1 activation session, 0 runs logged since 2 March" in text
    assert "0 strength sessions" not in text
    both = [did(0, "clamshell"), did(0, "lateral_step_down"), did(2, "clamshell")]
    text = words(render(status(tmp_path / "b", both, today=2)))
    assert "1 strength session, 1 activation session, 0 runs logged since 2 March" in text


def test_what_a_user_wrote_is_text_and_not_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>&\"'"
    entries = [*block(), did(16, note=evil), ran(17, shoe=evil, surface=evil)]
    write(tmp_path, entries)
    (tmp_path / "athlete.toml").write_text("name = '<b>A&B</b>'\n")
    page = render(status_of(tmp_path, [], day(18)))
    assert "<script" not in page
    assert "<b>A&B" not in page
    assert "&lt;b&gt;A&amp;B" in page


def test_a_clinicians_list_is_kept_to_in_what_to_begin_with(tmp_path: Path) -> None:
    (tmp_path / "athlete.toml").write_text('[limits]\nmax_level = 1\navoid = ["clamshell"]\n')
    text = words(render(status_of(tmp_path, [], day(0))))
    assert "Clamshell" not in text
    assert "Side-lying leg lift" in text


def test_after_a_break_the_next_session_is_the_last_one_lower(tmp_path: Path) -> None:
    """Not what week 3 of the plan would begin with: three sets of what was never done."""
    hold = did(0, "side_plank", reps=None, seconds=30.0)
    back = status(tmp_path / "a", [did(0, "bridge"), hold, sore(0, 1)], today=20)
    assert back.guidance.answer.rule == "long_break"
    found = programme(back)
    assert [(r["name"], r["dose"], r["change"]) for r in found["rows"]] == [
        ("Bridge", "2\u00a0×\u00a012", "2\u00a0×\u00a09"),
        ("Side plank", "2\u00a0×\u00a030\u00a0s", "2\u00a0×\u00a022\u00a0s"),
    ]
    text = words(render(back))
    assert "Your last session again, a quarter lower." in text
    assert "To begin with" not in text
    pain = [did(0, "bridge"), sore(0, 1), hurt(1, 5), hurt(2, 0)]
    assert programme(status(tmp_path / "b", pain, today=3))["again"]
    assert not programme(status(tmp_path / "c", pain[:2], today=3))["again"]


def test_a_plan_that_is_over_is_said_to_be_so(tmp_path: Path) -> None:
    text = words(render(status(tmp_path, [did(0, "bridge"), did(69, "bridge")], today=70)))
    assert "week 11, the plan of 8 weeks is over" in text
    assert "of a plan of" not in text


def test_rhythm_says_nothing_of_nothing(tmp_path: Path) -> None:
    assert rhythm(status(tmp_path, [did(0, "bridge")], today=0)) == ["strength 1 of 1 planned"]


def test_weeks_by_hand(found: Status) -> None:
    got = list(weeks(found.journal, PROGRAMME, day(0), day(18)))
    assert [(w.number, w.planned, w.done, w.sets) for w in got] == [
        (1, 3, 2, 6.0),
        (2, 3, 2, 6.0),
        (3, 3, 2, 6.0),
    ]
    assert got[0].sore == (1.0, 1.0)
    assert got[2].sore == (3.0, 4.0)
    assert block_weeks(found) == got


def test_a_session_without_soreness_is_seen_as_missing(tmp_path: Path) -> None:
    found = status(tmp_path, [did(0, "bridge"), did(2, "bridge"), sore(0, 2)])
    assert block_weeks(found)[0].sore == (2.0, None)


def test_what_followed_from_a_week_is_the_guidance_of_its_last_day(found: Status) -> None:
    assert decision_after(found, found.today) == found.guidance.answer.decision
    for week in block_weeks(found):
        assert decision_after(found, week.days[-1]) in BOLDNESS
    sorer = make_journal([*found.journal.entries(), sore(2, 9)], found.journal.folder)
    other = Status(**{**vars(found), "journal": sorer})
    assert decision_after(other, day(6)) == "regress"


def test_days_hold_what_was_done_and_what_is_planned(found: Status) -> None:
    done = done_on(found)
    assert (done[day(0)].activation, done[day(0)].sets, done[day(0)].run) == (True, 3.0, False)
    assert done[day(6)].run
    assert done[day(4)].away == "ill"
    friday = planned_on(found, day(4))
    assert (friday.activation, friday.sets, friday.run) == (True, 0.0, False)
    assert planned_on(found, day(6)).run


def test_rhythm_names_sessions_too_close(tmp_path: Path) -> None:
    close = status(tmp_path, [did(0, "bridge"), did(1, "bridge")], today=5)
    assert "at least 48 h between hard sessions: not on 3 March" in rhythm(close)
    timed = [did(0, "bridge", time=dt.time(18)), did(2, "bridge", time=dt.time(7))]
    assert "at least 48 h between hard sessions: not on 4 March" in rhythm(
        status(tmp_path, timed, today=5)
    )


def test_soreness_takes_the_worst_region_of_each_side(found: Status) -> None:
    entries = [did(0), sore(0, 2), sore(0, 3, region="calf"), sore(0, 9, 24)]
    days = sore_days(make_journal(entries))
    assert [(d.left, d.right, d.level) for d in days] == [(3.0, None, 3.0)]
    assert [d.left for d in sore_days(make_journal(entries), "gluteal")] == [2.0]


@pytest.mark.parametrize(
    ("early", "later", "expected"),
    [
        ((40.0, 42.0, 44.0), 60.0, "+18 (±10): up"),
        ((4.0, 4.1, 4.2), 5.1, "+1.0 (±0.5): up"),  # load, kg: not "+1 (±0)"
        ((40.0,), 43.5, "+3.5: too few tests"),
        ((), 43.5, "43.5"),
    ],
)
def test_strength_tests_have_digits_by_their_error(
    early: tuple[float, ...], later: float, expected: str
) -> None:
    tests = [
        StrengthTest(date=day(n), test="hip_abduction", value=v, unit="kg")
        for n, v in (*enumerate(early), (30, later))
    ]
    (found,) = strength_courses(tests, day(0))
    assert _test_words(found) == expected


def test_a_check_run_is_known_by_its_name_and_day(found: Status) -> None:
    """Exports are often all called alike."""
    blank = RunValues(
        *("run", None, None, None, None, None, None, False, None, 10.0, None),
        {"level": {"pelvic_drop_excursion": {"pooled": (5.0, 0.2)}}},
        {},
    )
    values = [replace(blank, start=moment(day(n))) for n in (3, 6, 30)]
    check = CheckRun("run", day(6), "b", "road", 3.0, {})
    points = run_points(replace(found, check_runs=(check,)), values)
    assert [(p.at, p.check) for p in points] == [(moment(day(3)), False), (moment(day(6)), True)]


def test_sessions_are_days_with_hard_sets(found: Status) -> None:
    assert [s.hard_sets for s in sessions(found.journal, PROGRAMME)] == [3.0] * 6
    assert sessions(make_journal([did(0)]), PROGRAMME) == ()  # activation alone


@pytest.mark.parametrize("width", [WIDE_PX, NARROW_PX])
def test_nothing_is_drawn_outside_a_figure(found: Status, width: float) -> None:
    for canvas in (glance(found, width), course(found, (), width)):
        assert canvas is not None
        for text in canvas.axes.texts:
            x, y = text.get_position()
            assert 0 <= x <= width, text.get_text()
            assert 0 <= y <= canvas.height, text.get_text()
        assert canvas.title.endswith(".")


@pytest.mark.long
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(
            st.builds(did, st.integers(0, 200), st.sampled_from(["bridge", "clamshell"])),
            st.builds(sore, st.integers(0, 200), st.integers(0, 10)),
            st.builds(ran, st.integers(0, 200), hip_fatigue=st.none() | st.just(10.0)),
            st.builds(hurt, st.integers(0, 200), st.integers(0, 10)),
        ),
        max_size=8,
    ),
    st.integers(0, 210),
)
def test_any_journal_has_a_page(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry], today: int
) -> None:
    found = status(tmp_path_factory.mktemp("any"), entries, today)
    text = words(render(found))
    assert headline(found.guidance.answer)[0] in text.replace(" .", ".")
    assert found.guidance.answer.ends in text


@pytest.mark.parametrize("decision", BOLDNESS)
def test_each_decision_has_its_own_mark_and_word(decision: str) -> None:
    assert len({glyph(d) for d in BOLDNESS}) == len(BOLDNESS)
    assert NAMES[decision].lower() == decision
    assert "aria-hidden" in glyph(decision)


def test_sparks_rise_with_what_was_done() -> None:
    points = re.findall(r'points="([^"]+)"', spark([1.0, 2.0, 4.0]))[0].split()
    heights = [float(p.split(",")[1]) for p in points]
    assert heights == sorted(heights, reverse=True)
    assert spark([]) == ""
    assert "circle" in spark([3.0])


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (did(0, rpe=8.0, form="drifted_in"), "Clamshell, 2 × 12, effort 8, the knee drifted in"),
        (sore(0, 4), "gluteal, left 4, 48 h after"),
        (hurt(0, 3, kind="joint", signs=("sharp",)), "left knee 3 of 10, joint, during, it turned"),
        (ran(0, hip_fatigue=3.0), "run of 40 min, effort 3, hips 3"),
        (noted(0, "shoe", "B", 120.0), "shoe, B, 120"),
        (did(0, load_kg=5.0, band="light", range="short"), "5 kg, light band, short range"),
        (
            StrengthTest(date=day(0), test="hip_abduction", value=90.5, unit="nm", side="left"),
            "hip abduction left 90.5 N m",
        ),
    ],
)
def test_entries_in_words(entry: Entry, expected: str) -> None:
    assert expected in told(entry, PROGRAMME).replace("\u00a0", " ")
