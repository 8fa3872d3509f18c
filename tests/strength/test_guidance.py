"""Guidance, case by case: given entries and a day, what is decided, by which rule, on what."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hipgait.strength.athlete import Athlete, History
from hipgait.strength.entries import RED_SIGNS, Entry
from hipgait.strength.rules import read_rules
from tests.strength.log import ask, clean_pair, day, did, hurt, limited, noted, ran, sore


class Case(NamedTuple):
    """cites : indices of the entries that the answer rests on, None: none at all."""

    name: str
    entries: list[Entry]
    today: int
    decision: str
    rule: str
    cites: tuple[int, ...]
    ends: str
    athlete: Athlete | None = None
    also: tuple[str, ...] = ()


PAIR = clean_pair
PAST = Athlete(history=History(hip_or_knee="yes"))


def _three_sore() -> list[Entry]:
    return [did(0), sore(0, 4), did(2), sore(2, 4), did(4), sore(4, 4)]


CASES = [
    # ------------------------------------------------------------------ nothing, or not enough
    Case("empty", [], 4, "hold", "nothing_logged", (), "two clean sessions"),
    Case("runs alone", [ran(0), ran(2)], 4, "hold", "nothing_logged", (), "two clean"),
    Case("sleep alone", [noted(0, "sleep", value=7)], 1, "hold", "nothing_logged", (), "two clean"),
    Case("entries of the future", PAIR(), -1, "hold", "nothing_logged", (), "two clean"),
    Case("first session, not due", [did(0)], 1, "hold", "not_due", (0,), "when you add it"),
    Case("48 h missing", [did(0)], 2, "hold", "soreness_missing", (0,), "when you add it"),
    Case("24 h is not 48 h", [did(0), sore(0, 1, 24)], 2, "hold", "soreness_missing", (0,), "add"),
    Case("one clean session", [did(0), sore(0, 1)], 2, "hold", "two_clean", (0,), "two clean"),
    # -------------------------------------------------------------------------- a step up
    Case("two clean: a set more", PAIR(), 4, "progress", "progress", (0, 2), "next session"),
    Case(
        "no soreness at all",
        [did(0), sore(0, 0), did(2), sore(2, 0)],
        4,
        "progress",
        "progress",
        (0, 2),
        "next session",
    ),
    Case(
        "soreness 2 is clean",
        [did(0), sore(0, 2), did(2), sore(2, 2)],
        4,
        "progress",
        "progress",
        (0, 2),
        "next session",
    ),
    Case("effort 7 is clean", PAIR(rpe=7.0), 4, "progress", "progress", (0, 2), "next session"),
    Case("pain 2 in it is clean", PAIR(pain=2.0), 4, "progress", "progress", (0, 2), "next"),
    Case(
        "an entry a day late counts",
        [did(0), sore(1, 1), did(2), sore(3, 1)],
        5 - 1,
        "hold",
        "soreness_missing",
        (2,),
        "when you add it",
    ),
    Case(
        "sleep and recovery change nothing",
        [*PAIR(), noted(3, "sleep", value=4), noted(3, "recovery", "foam roll")],
        4,
        "progress",
        "progress",
        (0, 2),
        "next session",
    ),
    # --------------------------------------------------------------------- not clean: repeat
    Case(
        "soreness 3 is not clean",
        [did(0), sore(0, 1), did(2), sore(2, 3)],
        4,
        "hold",
        "two_clean",
        (2, 3),
        "two clean",
    ),
    Case(
        "soreness at 24 h counts",
        [*PAIR(), sore(2, 4, 24)],
        4,
        "hold",
        "two_clean",
        (2, 4),
        "two clean",
    ),
    Case("effort 8", PAIR(rpe=8.0), 4, "hold", "two_clean", (2,), "two clean"),
    Case("effort not logged", PAIR(rpe=None), 4, "hold", "two_clean", (0, 2), "two clean"),
    Case("form not logged", PAIR(form=None), 4, "hold", "two_clean", (0, 2), "two clean"),
    Case("not all repetitions", PAIR(done="part"), 4, "hold", "two_clean", (0, 2), "two clean"),
    Case("pain 3 in it", PAIR(pain=3.0), 4, "hold", "two_clean", (2,), "two clean"),
    Case(
        "the dose changed",
        [did(0), sore(0, 1), did(2, sets=3.0), sore(2, 1)],
        4,
        "hold",
        "two_clean",
        (0, 2),
        "two clean",
    ),
    Case(
        "the first had no 48 h entry",
        [did(0), did(2), sore(2, 1)],
        4,
        "hold",
        "two_clean",
        (0,),
        "two clean",
    ),
    Case(
        "clean, then not, then clean",
        [did(-3), sore(-3, 1), did(0, rpe=9.0), sore(0, 1), did(2), sore(2, 1)],
        4,
        "hold",
        "two_clean",
        (2,),
        "two clean",
    ),
    # --------------------------------------------------------------------------- 48 h rule
    Case("4 after 48 h", [did(0), sore(0, 4)], 2, "hold", "soreness_48h", (0, 1), "3 or less"),
    Case("3.5 after 48 h", [did(0), sore(0, 3.5)], 2, "hold", "soreness_48h", (0, 1), "3 or less"),
    Case("5 after 48 h", [did(0), sore(0, 5)], 2, "regress", "soreness_high", (0, 1), "below 5"),
    Case("9 after 48 h", [did(0), sore(0, 9)], 2, "regress", "soreness_high", (0, 1), "below 5"),
    Case("4 after 72 h", [did(0), sore(0, 4, 72)], 3, "regress", "soreness_long", (0, 1), "3 or"),
    Case(
        "3 after 72 h, 4 after 48 h",
        [did(0), sore(0, 4), sore(0, 3, 72)],
        3,
        "hold",
        "soreness_48h",
        (0, 1),
        "3 or less",
    ),
    Case(
        "contradictory: 1 and 4 of the same place",
        [did(0), sore(0, 1), sore(0, 4)],
        2,
        "hold",
        "soreness_48h",
        (0, 2),
        "3 or less",
    ),
    Case(
        "one region of two",
        [did(0), sore(0, 0), sore(0, 6, 48, "calf")],
        2,
        "regress",
        "soreness_high",
        (0, 2),
        "below 5",
    ),
    Case(
        "three sore sessions",
        _three_sore(),
        6 + 1,
        "regress",
        "sore_three",
        (0, 1, 2, 3, 4, 5),
        "3 or less",
    ),
    Case("two sore sessions", _three_sore()[:4], 4, "hold", "soreness_48h", (2, 3), "3 or less"),
    Case(
        "sore, calm, sore",
        [did(-3), sore(-3, 4), did(0), sore(0, 2), did(2), sore(2, 4)],
        4,
        "hold",
        "soreness_48h",
        (4, 5),
        "3 or less",
    ),
    Case(
        "sore, then calm",
        [did(0), sore(0, 6), did(2), sore(2, 1)],
        4,
        "hold",
        "two_clean",
        (0, 1),
        "two clean",
    ),
    Case(
        "soreness without a session",
        [sore(0, 6)],
        2,
        "regress",
        "soreness_high",
        (0,),
        "below",
        None,
        ("nothing_logged",),
    ),
    # ------------------------------------------------------------------------------- form
    Case(
        "drifted once",
        [did(0), sore(0, 1), did(2, form="drifted_in"), sore(2, 1)],
        4,
        "regress",
        "form",
        (2,),
        "form held",
    ),
    Case("drifted twice", PAIR(form="drifted_in"), 4, "regress", "form_again", (0, 2), "easier"),
    Case(
        "form lost",
        [did(0), sore(0, 1), did(2, form="lost"), sore(2, 1)],
        4,
        "regress",
        "form_again",
        (2,),
        "easier",
    ),
    Case(
        "drifted, then held",
        [did(0, form="drifted_in"), sore(0, 1), did(2), sore(2, 1)],
        4,
        "hold",
        "two_clean",
        (0,),
        "two clean",
    ),
    Case(
        "one drifts, one is ready (contradictory)",
        [*PAIR("side_plank_knees", reps=None, seconds=30.0), did(2, form="drifted_in")],
        4,
        "regress",
        "form",
        (4,),
        "form held",
    ),
    Case(
        "control test drifted",
        [*PAIR(), noted(3, "control_test", "drifted_in")],
        4,
        "regress",
        "control_drift",
        (4,),
        "control test",
    ),
    Case(
        "control test as before again",
        [*PAIR(), noted(1, "control_test", "drifted_in"), noted(3, "control_test", "as_before")],
        4,
        "progress",
        "progress",
        (0, 2),
        "next session",
    ),
    # ------------------------------------------------------------------------------- pain
    Case("pain 2 while running", [*PAIR(), hurt(3, 2)], 4, "progress", "progress", (0, 2), "next"),
    Case("pain 3", [*PAIR(), hurt(3, 3)], 4, "hold", "pain_amber", (4,), "2 or less"),
    Case("pain 5", [*PAIR(), hurt(3, 5)], 4, "rest", "pain_high", (4,), "2 or less"),
    Case(
        "pain 5, calm a day later",
        [*PAIR(), hurt(2, 5), hurt(3, 1)],
        4,
        "regress",
        "after_pain",
        (4,),
        "first session on a later day",
    ),
    Case(
        "the session in which it hurt is not the lower one",
        [did(0), sore(0, 1), did(2, pain=7), sore(2, 1), noted(3, "cleared")],
        4,
        "regress",
        "after_pain",
        (2,),
        "first session on a later day",
    ),
    Case(
        "one clean session after pain",
        [*PAIR(), hurt(2, 5), hurt(3, 1), did(4), sore(4, 1)],
        6,
        "hold",
        "two_clean",
        (4,),
        "two clean",
    ),
    Case(
        "two clean sessions after pain",
        [*PAIR(), hurt(2, 5), hurt(3, 1), did(4), sore(4, 1), did(7), sore(7, 1)],
        9,
        "progress",
        "progress",
        (6, 8),
        "next session",
    ),
    Case(
        "pain after a step up was ready, cleared",
        [*PAIR(), hurt(3, 8), noted(4, "cleared")],
        4,
        "regress",
        "after_pain",
        (4,),
        "first session on a later day",
    ),
    Case(
        "pain 5 and 0 on one day (contradictory)",
        [*PAIR(), hurt(3, 5), hurt(3, 0)],
        4,
        "rest",
        "pain_high",
        (4, 5),
        "2 or less",
    ),
    Case(
        "what is not calm keeps it open",
        [*PAIR(), hurt(1, 5), hurt(3, 2.5), hurt(3, 0)],
        4,
        "rest",
        "pain_high",
        (4, 5, 6),
        "2 or less",
    ),
    Case(
        "calm on the other side",
        [*PAIR(), hurt(2, 5), hurt(3, 0, side="right")],
        4,
        "rest",
        "pain_high",
        (4,),
        "2 or less",
    ),
    Case(
        "calm on both sides",
        [*PAIR(), hurt(2, 5), hurt(3, 0, side="both")],
        4,
        "regress",
        "after_pain",
        (4,),
        "first session on a later day",
    ),
    Case(
        "it rose in the run",
        [*PAIR(), hurt(3, 1, signs=("rising",))],
        4,
        "rest",
        "pain_run",
        (4,),
        "2 or less",
    ),
    Case(
        "it turned sharp",
        [*PAIR(), hurt(3, 2, signs=("sharp",))],
        4,
        "rest",
        "pain_run",
        (4,),
        "2 or less",
    ),
    Case("a limp", [*PAIR(), hurt(3, 0, signs=("limp",))], 4, "rest", "pain_run", (4,), "2 or"),
    Case(
        "joint, next morning",
        [*PAIR(), hurt(3, 1, kind="joint", when="next_morning")],
        4,
        "rest",
        "pain_joint",
        (4,),
        "morning after",
    ),
    Case(
        "muscle, next morning",
        [*PAIR(), hurt(3, 2, kind="muscle", when="next_morning")],
        4,
        "progress",
        "progress",
        (0, 2),
        "next session",
    ),
    Case(
        "there before the run, 3",
        [*PAIR(), hurt(3, 3, when="before")],
        4,
        "rest",
        "pain_before",
        (4,),
        "2 or less",
    ),
    Case(
        "worse in the run than before it",
        [*PAIR(), hurt(3, 1, when="before"), hurt(3, 2, when="during")],
        4,
        "rest",
        "pain_before",
        (4, 5),
        "2 or less",
    ),
    Case(
        "pain 5 in an exercise",
        [did(0), sore(0, 1), did(2, pain=5.0), sore(2, 1)],
        4,
        "regress",
        "exercise_pain",
        (2,),
        "easier",
    ),
    # -------------------------------------------------------------------------- red flags
    Case("pain 7", [*PAIR(), hurt(3, 7)], 4, "stop", "red_flag", (4,), "clinician"),
    Case("pain 7 in an exercise", [did(0, pain=7.0)], 2, "stop", "red_flag", (0,), "clinician"),
    Case(
        "at night",
        [*PAIR(), hurt(3, 1, "groin", when="night")],
        4,
        "stop",
        "red_flag",
        (4,),
        "clinician",
    ),
    Case("at rest", [*PAIR(), hurt(3, 2, when="rest")], 4, "stop", "red_flag", (4,), "clinician"),
    Case("bone", [*PAIR(), hurt(3, 1, "shin", kind="bone")], 4, "stop", "red_flag", (4,), "clin"),
    Case("nerve", [*PAIR(), hurt(3, 1, kind="nerve")], 4, "stop", "red_flag", (4,), "clinician"),
    Case(
        "for more than 14 days",
        [hurt(-11, 3), hurt(-4, 3), *PAIR(), hurt(4, 3)],
        4,
        "stop",
        "red_flag",
        (0, 1, 6),
        "clinician",
    ),
    Case(
        "calm between",
        [hurt(-11, 3), hurt(-4, 1), *PAIR(), hurt(4, 3)],
        4,
        "hold",
        "pain_amber",
        (6,),
        "2 or less",
    ),
    Case(
        "long ago and never cleared",
        [hurt(-100, 8), *PAIR()],
        4,
        "stop",
        "red_flag",
        (0,),
        "clinician",
    ),
    Case(
        "cleared",
        [hurt(-3, 8), *PAIR(), noted(-1, "cleared", "physio")],
        4,
        "progress",
        "progress",
        (1, 3),
        "next session",
    ),
    Case(
        "cleared on the same day (contradictory)",
        [*PAIR(), hurt(3, 8), noted(3, "cleared")],
        4,
        "stop",
        "red_flag",
        (4,),
        "clinician",
    ),
    Case(
        "again after clearance",
        [hurt(-3, 8), noted(-1, "cleared"), *PAIR(), hurt(3, 7)],
        4,
        "stop",
        "red_flag",
        (6,),
        "clinician",
    ),
    Case(
        "a later calm entry does not clear it",
        [*PAIR(), hurt(2, 7), hurt(3, 0)],
        4,
        "stop",
        "red_flag",
        (4,),
        "clinician",
    ),
    # --------------------------------------------------------------------------- rhythm
    Case(
        "the day after a hard session",
        [did(0, "step_up"), did(0)],
        1,
        "rest",
        "spacing",
        (0,),
        "4 March",
        None,
        ("not_due",),
    ),
    Case(
        "on the day of a hard session",
        [did(0, "step_up")],
        0,
        "rest",
        "spacing",
        (0,),
        "4 March",
        None,
        ("not_due",),
    ),
    Case(
        "48 h after a hard session",
        [did(0, "step_up"), sore(0, 1)],
        2,
        "hold",
        "two_clean",
        (0,),
        "two clean",
    ),
    Case("the day before a key run", PAIR(), 5, "rest", "key_run", (), "after the run"),
    Case(
        "two other days than planned",
        [did(1), sore(1, 1), did(3), sore(3, 1)],
        8,
        "progress",
        "progress",
        (0, 2),
        "next session",
    ),
    Case("one session missed", PAIR(), 6, "progress", "progress", (0, 2), "next session"),
    Case("two sessions missed", PAIR(), 8, "regress", "missed", (2,), "next session"),
    Case("13 days without a session", PAIR(), 15, "regress", "missed", (2,), "next session"),
    Case("14 days without a session", PAIR(), 16, "regress", "long_break", (2,), "first session"),
    Case(
        "back after a break",
        [did(-20), sore(-20, 1), did(2), sore(2, 1)],
        4,
        "hold",
        "two_clean",
        (0, 2),
        "two clean",
    ),
    # --------------------------------------------------------------------- clinician, plan
    Case("past complaint, nobody set the plan", PAIR(), 4, "hold", "history", (), "set_by", PAST),
    Case(
        "past complaint, a physiotherapist set it",
        PAIR(),
        4,
        "progress",
        "progress",
        (0, 2),
        "next session",
        Athlete(history=History(hip_or_knee="yes"), limits=limited(set_by="physio").limits),
    ),
    Case(
        "excluded by a clinician",
        PAIR(),
        4,
        "regress",
        "avoid",
        (2,),
        "list",
        limited(avoid=("clamshell",)),
    ),
    Case(
        "above the level that was set",
        PAIR("lateral_step_down"),
        4,
        "regress",
        "above_cap",
        (2,),
        "level",
        limited(max_level=2),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_case(case: Case) -> None:
    found = ask(case.entries, case.today, *([case.athlete] if case.athlete else []))
    answer = found.answer
    assert (answer.decision, answer.rule) == (case.decision, case.rule)
    assert {id(e) for e in answer.entries} == {id(case.entries[i]) for i in case.cites}
    assert case.ends in answer.ends
    assert answer.because
    assert answer.source
    assert answer.change_at
    assert "{" not in answer.says + answer.because + answer.ends
    for rule in case.also:
        assert rule in {a.rule for a in found.also}
    assert found.paused == (case.decision == "stop")
    assert (answer.change is not None) == (case.decision == "progress" or answer.exercise != "")


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60
    assert len({c.name for c in CASES}) == len(CASES)


@pytest.mark.parametrize("sign", RED_SIGNS)
def test_every_sign_stops(sign: str) -> None:
    found = ask([*clean_pair(), hurt(3, 0, "general", None, signs=(sign,))], 4)
    assert found.answer.rule == "red_flag"
    assert RED_SIGNS[sign] in found.answer.says
    assert not found.also
    assert not found.exercises
    assert not found.asks


@pytest.mark.parametrize(
    ("exercise", "cells", "what", "before", "after"),
    [
        ("clamshell", {}, "sets", "2", "3"),
        ("clamshell", {"sets": 3.0}, "band", "none", "light"),
        ("clamshell", {"sets": 3.0, "band": "heavy"}, "band", "heavy", "extra heavy"),
        (
            "clamshell",
            {"sets": 3.0, "band": "extra_heavy"},
            "exercise",
            "Clamshell",
            "Side-lying leg lift",
        ),
        ("bridge", {"sets": 3.0, "load_kg": 20.0}, "load", "20 kg", "21 to 22 kg"),
        ("clamshell", {"sets": 3.0, "range": "short"}, "range", "short", "full"),
        ("dead_bug", {"sets": 3.0}, "exercise", "Dead bug", "Front plank"),
    ],
)
def test_a_step_up_is_one_change(
    exercise: str, cells: dict[str, Any], what: str, before: str, after: str
) -> None:
    change = ask(clean_pair(exercise, **cells), 4).answer.change
    assert change is not None
    assert (change.what, change.before, change.after) == (what, before, after)


@pytest.mark.parametrize(
    ("exercise", "cells", "athlete", "rule"),
    [
        ("single_leg_balance", {"sets": 3.0}, None, "phase"),  # what follows begins in week 3
        ("dead_bug", {"sets": 3.0}, limited(avoid=("front_plank",)), "cap"),
        ("bridge", {"sets": 3.0, "load_kg": 20.0}, limited(max_load_kg=20.0), "cap"),
        ("side_plank_knees", {"sets": 3.0}, limited(max_level=1), "cap"),
        ("nordic", {"sets": 3.0}, None, "top"),
    ],
)
def test_no_step_up(
    exercise: str, cells: dict[str, Any], athlete: Athlete | None, rule: str
) -> None:
    found = ask(clean_pair(exercise, **cells), 4, *([athlete] if athlete else []))
    assert [a.rule for a in found.exercises] == [rule]
    assert found.answer.decision == "hold"


def test_who_waited_longest_goes_first() -> None:
    entries = [did(-3), sore(-3, 1), *clean_pair(), *clean_pair("dead_bug")[::2]]
    found = ask(entries, 4)
    assert found.answer.exercise == "Clamshell"
    assert {a.exercise: a.rule for a in found.exercises} == {
        "Clamshell": "progress",
        "Dead bug": "one_change",
    }


def test_exercises_wait_while_the_day_holds() -> None:
    found = ask([*clean_pair(), hurt(3, 3)], 4)
    assert [(a.decision, a.rule) for a in found.exercises] == [("hold", "pain_amber")]


def test_what_is_missing_is_asked_for() -> None:
    found = ask([did(0), did(2), hurt(2, 4)], 4, Athlete())
    assert any("hip_or_knee" in text for text in found.asks)
    for due in (day(2), day(4)):
        assert any(f"--date {due}" in text for text in found.asks)
    ask_pain = next(text for text in found.asks if "how is it now" in text)
    assert ask_pain.endswith("hipgait journal pain knee LEVEL --side left")  # else it stays open


def test_what_is_not_due_is_not_missing() -> None:
    now, later = (ask([did(0)], n).exercises[0].says for n in (1, 2))
    assert "soreness 48 h after 2 March not known yet" in now
    assert "soreness 48 h after 2 March missing" in later


def test_one_day_is_no_days(tmp_path: Path) -> None:
    own = "[missed]\ncount = 1\ndays = 1\n[ladder]\ncount = 1\n[long_break]\ndays = 11\n"
    (tmp_path / "guidance.toml").write_text(own, "utf-8")
    rules = read_rules(tmp_path)
    one = next(a for a in ask(clean_pair(), 5, rules=rules).also if a.rule == "missed")
    assert one.says == "1 planned session passed without an entry: one step back."
    assert one.because == (
        "1 planned session missed, and 1 day or more without one: one level back"
    )
    back = ask(clean_pair(), 14, rules=rules)
    assert back.ladder is not None
    assert "1 calm run, effort" in back.ladder.advice.says
    assert back.ladder.rungs[1].says == "1 calm run, effort 4 or less"
    assert "11 days or more" in back.answer.because


def test_no_command_comes_with_an_answer() -> None:
    """Copied as it stands, it must not log that nothing was sore."""
    for rule in read_rules().table.values():
        assert "--left 0" not in rule.ends


def test_a_clearance_counts_for_the_days_before_it() -> None:
    entries = [*clean_pair(), hurt(3, 8), noted(3, "cleared")]
    found = ask(entries, 5).answer
    assert found.rule == "red_flag"
    assert "after the day of these entries" in found.ends
    assert ask([*entries, noted(4, "cleared")], 5).answer.rule != "red_flag"


def test_cues_come_back_with_soreness_and_lost_form() -> None:
    assert not ask(clean_pair(), 4).cues
    sore_cues = ask([did(0), did(0, "bridge"), sore(0, 4)], 2).cues
    assert [cue.split(":")[0] for cue in sore_cues] == ["Clamshell", "Bridge"]
    assert ask([did(0, form="lost"), sore(0, 1)], 2).cues


def test_activation_comes_first() -> None:
    assert "No activation" in ask([did(0, "step_up"), sore(0, 1)], 2).remarks[0]
    assert not ask([did(0, "step_up"), did(0), sore(0, 1)], 2).remarks


# ------------------------------------------------------------------------------ return ladder


def test_no_ladder_without_a_reason() -> None:
    assert ask(clean_pair(), 4).ladder is None


@pytest.mark.parametrize(
    ("after", "missing"),
    [
        ([], ("20 to 30 % lower", "2 calm runs", "control test")),
        ([did(16), sore(16, 1)], ("2 calm runs", "control test")),
        ([did(16), sore(16, 1), ran(17), ran(18, effort=7.0)], ("2 calm runs", "control test")),
        ([did(16), sore(16, 1), ran(17), ran(18, key="yes")], ("2 calm runs", "control test")),
        ([did(16), sore(16, 1), ran(17), ran(18, strides=4.0)], ("2 calm runs", "control test")),
        ([did(16), sore(16, 1), ran(17), ran(18)], ("control test",)),
        ([did(16), ran(17), ran(18), noted(18, "control_test", "as_before")], ()),
    ],
)
def test_the_ladder_after_a_break(after: list[Entry], missing: tuple[str, ...]) -> None:
    ladder = ask([*clean_pair(), *after], 18).ladder
    assert (ladder is None) == (not missing)
    if ladder is not None:
        assert len([r for r in ladder.rungs if not r.done]) == len(missing)
        for words in missing:
            assert words in ladder.advice.says


def test_the_session_and_the_test_of_the_painful_day_are_no_rung() -> None:
    pain = [*clean_pair(), hurt(4, 5), hurt(5, 0), did(4), noted(4, "control_test", "as_before")]
    ladder = ask(pain, 5).ladder
    assert ladder is not None
    assert not any(rung.done for rung in ladder.rungs)
    later = ask([*pain, did(7), noted(7, "control_test", "as_before")], 8).ladder
    assert later is not None
    assert [rung.done for rung in later.rungs] == [True, False, True]


def test_the_ladder_after_pain_and_clearance() -> None:
    entries = [hurt(-3, 8), noted(-2, "cleared"), *clean_pair()]
    ladder = ask(entries, 4).ladder
    assert ladder is not None
    assert "pain" in ladder.why
    assert next(r for r in ladder.rungs if not r.done).says.startswith("2 calm runs")
    assert ask([*entries, did(45), did(47)], 48).ladder is not None  # a break began another one
    assert ask([hurt(-60, 5), hurt(-59, 0), *clean_pair()], 4).ladder is None  # long ago
