"""docs/strength.md and docs/journal.md say what the code and the data say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hipgait.strength.athlete import read_athlete
from hipgait.strength.cues import GENERAL, TIES
from hipgait.strength.entries import NOTES, RED_SIGNS, REGIONS, RUN_SIGNS, TABLES
from hipgait.strength.fields import columns_of
from hipgait.strength.programme import read_programme
from hipgait.strength.rules import FIXED, read_rules

DOCS = Path(__file__).resolve().parents[2] / "docs"
STRENGTH = (DOCS / "strength.md").read_text("utf-8")
JOURNAL = (DOCS / "journal.md").read_text("utf-8")
PROGRAMME = read_programme()
RULES = read_rules()
PIECES = (
    *(
        "activation",
        "tempo and quality",
        "bodyweight before load",
        "single-leg before multi-planar",
    ),
    *("cues in warm-ups", "short strides with pelvis control", "cadence", "shoe audit"),
    *("surface audit", "recovery", "48 h rule", "weekly rhythm", "weeks, not days"),
    *("history and goals", "clinician"),
)
"""Advice of a runner's guide to lateral hip strength, each of which has its place."""


def _table() -> dict[str, str]:
    part = STRENGTH.split("## Where each piece of advice lives")[1].split("\n## ")[0]
    lines = re.findall(r"^\| (.+?) \| (.+?) \|$", part, flags=re.M)
    return {advice.lower(): where for advice, where in lines if advice not in ("advice", "---")}


@pytest.mark.parametrize("piece", PIECES)
def test_every_piece_of_advice_has_its_place(piece: str) -> None:
    assert [where for advice, where in _table().items() if advice.startswith(piece)]


@pytest.mark.parametrize("advice", _table())
def test_the_place_exists(advice: str) -> None:
    where = _table()[advice]
    rules = re.findall(r"`\[(\w+)\]`", where)
    moves = re.findall(r"`exercise\.(\w+)`", where)
    assert all(name in RULES.table or name == "template" for name in rules)
    assert all(name in PROGRAMME.exercise for name in moves)
    for day in re.findall(r"\b(\w+_days)\b", where):
        assert getattr(PROGRAMME.template, day)
    assert rules + moves + re.findall(r"`[^`]+`", where)


def test_every_rule_is_in_the_guide() -> None:
    named = set(re.findall(r"`\[(\w+)\]`", STRENGTH))
    unspoken = {"control_drift", "exercise_pain", "exercise_amber", "effort", "not_due"}
    assert set(RULES.table) - named <= unspoken | {"nothing_logged", "top"}
    assert all(f"`{name}`" in JOURNAL for name in FIXED)


@pytest.mark.parametrize("file", TABLES)
def test_columns_are_those_of_the_code(file: str) -> None:
    part = JOURNAL.split(f"## {file}\n")[1].split("\n## ")[0].split("| --- | --- |")[1]
    found = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|$", part.split("\n\n")[0], flags=re.M))
    columns = columns_of(TABLES[file]).items()
    assert found == {n: c.says + (" (needed)" if c.need else "") for n, c in columns}


def test_words_are_those_of_the_code() -> None:
    for word in (*REGIONS, *RED_SIGNS, *RUN_SIGNS, *NOTES):
        assert f"`{word}`" in JOURNAL, word
    for text in (*RED_SIGNS.values(), *RUN_SIGNS.values()):
        assert text in JOURNAL


def test_the_examples_are_read_as_they_stand(tmp_path: Path) -> None:
    athlete, guidance = re.findall(r"```toml\n(.*?)```", JOURNAL, flags=re.S)
    (tmp_path / "athlete.toml").write_text(athlete, "utf-8")
    (tmp_path / "guidance.toml").write_text(guidance, "utf-8")
    found = read_athlete(tmp_path, frozenset(PROGRAMME.exercise))
    for struct in (found, found.body, found.history, found.goal, found.limits, found.plan):
        for key in struct.__struct_fields__:
            assert re.search(rf"\b{key}\b", athlete), key
            assert getattr(struct, key) is not None
    rules = read_rules(tmp_path)
    assert rules.number("soreness_48h", "limit") == 2
    assert not rules.on("key_run")


WORDS = ("abnormal", "bad", "weak", "collapse", "injury risk", "should", "valgus", "prevent")


def test_no_word_that_judges_or_promises() -> None:
    said = [t for rule in RULES.table.values() for t in (rule.says, rule.rule, rule.ends)]
    said += [move.cue + move.range for move in PROGRAMME.exercise.values()]
    said += [tie.say + tie.seen for tie in TIES] + [GENERAL.say, *RED_SIGNS.values()]
    for text in (*said, STRENGTH, JOURNAL):
        for word in WORDS:
            assert not re.search(rf"\b{word}\b", text.lower()), f"{word}: {text[:80]}"
