"""A number of data/ may not move without a word in the changelog."""

from __future__ import annotations

import re

from tests import golden

SHOWN = 5
"""moved numbers that the failure names"""


def test_the_numbers_of_the_shipped_recordings() -> None:
    lines = golden.moved(golden.load()[1], golden.measured())
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    assert not lines, (
        f"moved: {'; '.join(lines[:SHOWN])}{more}. If that is meant, {golden.COMMAND} rewrites "
        f'{golden.FILE.name}, and CHANGELOG.md must say so under "Scientific changes"'
    )


def test_the_changelog_names_the_numbers() -> None:
    """Numbers edited by hand, or gone back to older ones, do not pass either."""
    digest, numbers = golden.load()
    assert digest == golden.digest(numbers), f"edited by hand: {golden.COMMAND} writes the file"
    named = golden.told(golden.CHANGELOG.read_text("utf-8"))
    assert named == digest, (
        f'the newest line of "Scientific changes" that names golden numbers says {named or "none"};'
        f" say there what moved, with (golden numbers `{digest}`)"
    )


def test_every_kind_of_finding_is_held() -> None:
    numbers = golden.load()[1]
    for recording in golden.RECORDINGS:
        mine = {k: v for k, v in numbers.items() if k.startswith(f"{recording}: ")}
        assert len(mine) > 150
        assert {f"{recording}: {c} median" for c in golden.COLUMNS} <= set(mine)
    verdicts = {v for k, v in numbers.items() if k.endswith("verdict")}
    assert {"drifted", "inconclusive", "no_relevant_drift", "not_tested"} <= verdicts


def test_what_counts_as_moved() -> None:
    old: golden.Golden = {"a": "1.20", "b": "0.50", "n": 3, "v": "drifted", "gone": "-1.0"}
    new: golden.Golden = {"a": "1.21", "b": "0.52", "n": 4, "v": "inconclusive", "new": "0.1"}
    assert golden.moved(old, old) == []
    assert golden.moved(old, new) == [
        "b: 0.50 -> 0.52",
        "n: 3 -> 4",
        "v: drifted -> inconclusive",
        "gone: -1.0 -> None",
        "new: None -> 0.1",
    ]
    assert golden.digest(old) != golden.digest({**old, "a": "1.21"})


def test_the_newest_line_counts() -> None:
    log = """## 0.2.0
### Added
- golden numbers `00000000`
### Scientific changes
- nothing of note
- drift (golden numbers `aaaaaaaa`), from golden numbers `bbbbbbbb`

## 0.1.0
### Scientific changes
- golden numbers `cccccccc`
"""
    assert golden.told(log) == "aaaaaaaa"
    assert golden.told(re.sub("`[ab]{8}`", "", log)) == "cccccccc"
    assert golden.told("## 0.1.0\n### Added\n- golden numbers `00000000`\n") == ""
