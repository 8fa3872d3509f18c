"""programme.toml, athlete.toml, guidance.toml: what is shipped agrees, mistakes are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from hipgait.errors import FormatError
from hipgait.strength.athlete import Athlete, read_athlete
from hipgait.strength.programme import Phase, read_programme
from hipgait.strength.rules import ALLOWED, FIXED, read_rules
from tests.strength.log import PROGRAMME, RULES, day

NAMES = frozenset(PROGRAMME.exercise)


# ------------------------------------------------------------------------------- programme


def test_every_phase_has_exercises_and_weeks() -> None:
    assert {move.phase for move in PROGRAMME.exercise.values()} == set(get_args(Phase))
    assert all(PROGRAMME.first_week_of(phase) is not None for phase in get_args(Phase))
    assert PROGRAMME.template.block[0].phases[0] == "activation"


def test_harder_never_goes_down_and_easier_never_up() -> None:
    moves = PROGRAMME.exercise
    for name, move in moves.items():
        assert move.cue
        assert move.equipment
        assert move.works
        assert name not in (*move.easier, *move.harder)
        assert all(moves[other].level >= move.level for other in move.harder)
        assert all(moves[other].level <= move.level for other in move.easier)


def test_steps_never_run_in_a_circle() -> None:
    """Step by step up, each exercise ends somewhere."""
    for name in PROGRAMME.exercise:
        seen: list[str] = []
        while PROGRAMME.exercise[name].harder:
            assert name not in seen, seen
            seen.append(name)
            name = PROGRAMME.exercise[name].harder[0]


@pytest.mark.parametrize(
    "words",
    ["clamshell", "side_lying_abduction", "standing_abduction", "banded_lateral_walk"]
    + ["lateral_step_down", "side_lunge", "curtsy_squat", "hip_hike", "clock_face_walk"]
    + ["single_leg_rdl", "unstable_balance", "bridge", "single_leg_bridge", "hip_thrust"]
    + ["calf_raise", "short_strides", "cadence_drill", "midfoot_drill", "a_skip"],
)
def test_the_exercises_of_the_guide_are_there(words: str) -> None:
    assert words in NAMES


def test_evidence_names_its_source() -> None:
    found = [m.evidence for m in PROGRAMME.exercise.values() if m.evidence]
    assert len(found) >= 10
    assert all("PMC4004121, table 2" in text or "Bramah 2019" in text for text in found)


def test_weeks() -> None:
    assert PROGRAMME.week(None, day(0)) is None
    assert PROGRAMME.week(day(1), day(0)) is None
    assert [PROGRAMME.week(day(0), day(n)) for n in (0, 6, 7, 70)] == [1, 1, 2, 11]
    assert [PROGRAMME.block_of(n).weeks[0] for n in (1, 2, 3, 6, 7, 20)] == [1, 1, 3, 3, 7, 7]
    assert "single_leg" not in PROGRAMME.phases_until(2)
    assert "single_leg" in PROGRAMME.phases_until(3)
    assert PROGRAMME.is_day("key_run", day(6))
    assert not PROGRAMME.is_day("strength", day(6))


def test_an_own_programme_changes_and_adds(tmp_path: Path) -> None:
    own = """
[template]
weeks = 6
key_run_days = ["sat"]

[[template.block]]
weeks = [1, 6]
phases = ["activation", "bridges"]
sets = [2, 3]
reps = [8, 12]
effort = [4, 7]
sessions_a_week = [2, 3]

[exercise.bridge]
cue = "Mine"

[exercise.swing]
name = "Swing"
phase = "bridges"
plane = "sagittal"
side = "both"
equipment = "kettlebell"
tempo = "quick"
range = "hips to straight"
cue = "Hips, not arms"
load = "kg"
unit = "reps"
level = 3
easier = ["hip_thrust"]
harder = []
works = ["gluteal"]
"""
    (tmp_path / "programme.toml").write_text(own, "utf-8")
    found = read_programme(tmp_path)
    assert found.exercise["bridge"].cue == "Mine"
    assert found.exercise["bridge"].name == "Bridge"
    assert found.exercise["swing"].hard
    assert found.template.weeks == 6
    assert found.template.strength_days == PROGRAMME.template.strength_days
    assert len(found.exercise) == len(NAMES) + 1
    assert read_programme(tmp_path / "nowhere") == PROGRAMME


# --------------------------------------------------------------------------------- mistakes


def _block(weeks: str, sets: str = "[1, 2]") -> str:
    return (
        f"[[template.block]]\nweeks = {weeks}\nphases = []\nsets = {sets}\nreps = [1, 2]\n"
        "effort = [1, 2]\nsessions_a_week = [1, 2]\n"
    )


PROGRAMMES = [
    ("[exercise.bridge]\ncues = 'x'\n", 2, "Did you mean cue"),
    ("[exercise.bridge]\nlevel = 9\n", 2, "int <= 5"),
    ("\n[exercise.mine]\nname = 'x'\n", 2, "Add phase"),
    ("[exercise.bridge]\nphase = 'glutes'\n", 2, "'activation'"),
    ("[exercise.bridge]\nharder = ['x']\n", 2, "Correct it"),
    ("[exercise.bridge]\nworks = ['bum']\n", 2, "gluteal"),
    ("[exercise]\nbridge = 3\n", 2, "object"),
    ("exercise = 3\n", 1, "on a line of its own"),
    ("[template]\nweeks = 20\n", 2, "<= 12"),
    ("[template]\nstrength_days = ['monday']\n", 2, "'mon'"),
    ("[template]\nhours_between_hard_sessions = 24\n", 2, ">= 48"),
    ("[templat]\nweeks = 8\n", 1, "Known: [template]"),
    (_block("[2, 8]"), 1, "begins with week 1"),
    (_block("[1, 7]"), 2, "end with the last week"),
    (_block("[1, 8]", "[3, 2]"), 1, "Low, then high"),
    ("[template\n", 1, "A line is"),
]
ATHLETES = [
    ("[body]\nheight_m = 172\n", 2, "<= 2.6"),
    ("[body]\nhight_m = 1.7\n", 2, "Did you mean height_m"),
    ("[bodi]\nheight_m = 1.7\n", 1, "Did you mean body"),
    ("[history]\n\nhip_or_knee = 'maybe'\n", 3, "'no' or 'yes'"),
    ("[limits]\nmax_level = 7\n", 2, "<= 5"),
    ("[limits]\navoid = ['x']\n", 2, "list --exercises"),
    ("[plan]\nstart = 'soon'\n", 2, "like 2026-05-06"),
    ("name = \n", 1, "A line is"),
]
GUIDANCES = [
    ("\n[soreness]\non = false\n", 2, "Did you mean soreness_48h"),
    ("[red_flag]\non = false\n", 1, "Delete it"),
    ("[one_change]\non = false\n", 1, "Delete it"),
    ("[effort]\nlimit = 'a'\n", 2, "0 to 10"),
    ("[effort]\nlimit = 12\n", 2, "0 to 10"),
    ("[effort]\nlimit = true\n", 2, "0 to 10"),
    ("[effort]\ndays = 12\n", 2, "on, limit"),
    ("[effort]\nsays = 'x'\n", 2, "on, limit"),
    ("[effort]\non = 0\n", 2, "true or false"),
    ("effort = 2\n", 1, "Write [effort]"),
    ("[effort]\non = ja\n", 2, "A line is"),
]


def _athlete(folder: Path) -> Athlete:
    return read_athlete(folder, NAMES)


@pytest.mark.parametrize(
    ("file", "read", "text", "line", "cure"),
    [
        *(("programme.toml", read_programme, *case) for case in PROGRAMMES),
        *(("athlete.toml", _athlete, *case) for case in ATHLETES),
        *(("guidance.toml", read_rules, *case) for case in GUIDANCES),
    ],
)
def test_a_mistake_gets_line_and_cure(
    tmp_path: Path, file: str, read: Callable[[Path], Any], text: str, line: int, cure: str
) -> None:
    (tmp_path / file).write_text(text, "utf-8")
    with pytest.raises(FormatError) as caught:
        read(tmp_path)
    assert caught.value.line == line, str(caught.value)
    assert cure in caught.value.cure, str(caught.value)


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "athlete.toml").write_bytes(b"\nname = '\xff'\n")
    with pytest.raises(FormatError, match=r"line 2: is not UTF-8"):
        read_athlete(tmp_path)


# ------------------------------------------------------------------------------------ rules


def test_a_journal_may_switch_and_set(tmp_path: Path) -> None:
    (tmp_path / "guidance.toml").write_text("[effort]\non = false\nlimit = 9\n", "utf-8")
    found = read_rules(tmp_path)
    assert not found.on("effort")
    assert found.number("effort", "limit") == 9
    assert found["effort"].says == RULES["effort"].says
    assert found.advise("effort", exercise="X").change_at == "guidance.toml, [effort]"
    with pytest.raises(KeyError):
        found.number("effort", "days")


def test_every_rule_fills_its_texts_and_says_where_it_is_from() -> None:
    words = {"seen": "S", "hours": "48", "until": "U"}
    for name in RULES.table:
        advice = RULES.advise(name, exercise="E", **words)
        assert "{" not in advice.says + advice.because + advice.ends
        assert advice.source == "our proposal" or "2017" in advice.source
        assert (name in FIXED) == advice.change_at.startswith("nowhere")
        for key in ALLOWED:
            value = getattr(RULES[name], key)
            assert value is None or ALLOWED[key][0] <= value <= ALLOWED[key][1]


def test_athlete() -> None:
    assert not Athlete().needs_physiotherapist
    assert read_athlete(Path("nowhere")) == Athlete()
