"""Where times are logged hours count; where they are not, days do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.errors import FormatError
from hipgait.strength.bouts import find_bouts
from hipgait.strength.entries import Entry, Soreness
from hipgait.strength.guidance import Guidance, advise
from hipgait.strength.journal import make_journal
from hipgait.strength.programme import Programme, read_programme
from hipgait.strength.rules import Rules
from tests.strength.log import HEALTHY, PROGRAMME, RULES, clean_pair, day, did, sore

SIX_PM, SEVEN_AM, NOON = dt.time(18), dt.time(7), dt.time(12)


def ask_at(
    entries: list[Entry],
    today: int,
    now: dt.time | None,
    programme: Programme = PROGRAMME,
    rules: Rules = RULES,
) -> Guidance:
    return advise(make_journal(entries), HEALTHY, programme, rules, day(today), now)


def felt(n: int, level: float, hours_label: int, at: dt.time | None) -> Soreness:
    found = sore(n, level, hours_label)
    return Soreness(
        date=found.date,
        time=at,
        after_h=found.after_h,
        region=found.region,
        left=found.left,
        ref=found.ref,
    )


@pytest.mark.parametrize(
    ("done", "today", "now", "resting"),
    [
        (SIX_PM, 2, SEVEN_AM, True),  # 37 h
        (SIX_PM, 2, dt.time(17, 59), True),
        (SIX_PM, 2, SIX_PM, False),  # 48 h
        (SEVEN_AM, 2, SEVEN_AM, False),
        (SEVEN_AM, 1, dt.time(23, 59), True),
        (SIX_PM, 2, None, True),  # the day counts from its start
        (None, 2, SEVEN_AM, False),  # days
        (None, 1, dt.time(23, 59), True),
        (SIX_PM, 3, SEVEN_AM, False),
    ],
)
def test_48_hours_between_hard_sessions(
    done: dt.time | None, today: int, now: dt.time | None, resting: bool
) -> None:
    found = ask_at([did(0, "bridge", time=done)], today, now)
    rules = {a.rule: a for a in (found.answer, *found.also)}
    assert ("spacing" in rules) is resting
    if resting and done is not None:
        assert rules["spacing"].ends == f"on 4 March, {done:%H:%M}"


@pytest.mark.parametrize(
    ("done", "entry", "label", "known"),
    [
        (SIX_PM, SEVEN_AM, 48, False),  # 37 h: the morning after an evening is no 48 h
        (SIX_PM, SIX_PM, 48, True),
        (SIX_PM, NOON, 48, True),  # 42 h
        (SIX_PM, dt.time(11, 59), 48, False),
        (None, SEVEN_AM, 48, True),  # a time is missing: the word counts
        (SIX_PM, None, 48, True),
        (SEVEN_AM, dt.time(23), 24, False),  # 40 h
    ],
)
def test_soreness_is_known_by_the_clock(
    done: dt.time | None, entry: dt.time | None, label: int, known: bool
) -> None:
    bout = find_bouts(make_journal([did(0, time=done), felt(0, 4, label, entry)]))[0]
    assert bout.known_late is known
    assert bool(bout.late) is (known or label == 48)  # a high value is never passed over


def test_72_hours_by_the_clock() -> None:
    """A level above 3 that was called 48 h and was 66 h or more is still there after 72 h."""
    late = felt(0, 4, 48, SIX_PM)
    late = Soreness(**{**vars(late), "date": day(3)})
    found = ask_at([did(0, "bridge", time=dt.time(6)), late], 4, NOON)
    assert "soreness_long" in {a.rule for a in (found.answer, *found.also)}


def test_what_is_due_is_asked_for_by_the_clock() -> None:
    entries: list[Entry] = [did(0, time=SIX_PM)]
    for now, rule, asked in ((SEVEN_AM, "not_due", False), (SIX_PM, "soreness_missing", True)):
        found = ask_at(entries, 2, now)
        assert rule in {a.rule for a in (found.answer, *found.also)}
        assert any("How sore" in text for text in found.asks) is asked


def key_run(**changes: Any) -> Programme:
    from msgspec import structs

    template = structs.replace(PROGRAMME.template, key_run_days=("sun",), **changes)
    return structs.replace(PROGRAMME, template=template)


@pytest.mark.parametrize(
    ("begins", "today", "now", "resting"),
    [  # day 5 is Saturday, day 6 Sunday
        (None, 5, SEVEN_AM, True),
        (None, 4, SEVEN_AM, False),
        (None, 6, SEVEN_AM, False),
        (dt.time(9), 5, dt.time(8, 59), False),
        (dt.time(9), 5, dt.time(9, 1), True),
        (dt.time(9), 6, dt.time(8), True),
        (dt.time(9), 6, dt.time(10), False),
        (dt.time(9), 5, None, True),
        (dt.time(9), 4, None, False),
    ],
)
def test_24_hours_before_a_key_run(
    begins: dt.time | None, today: int, now: dt.time | None, resting: bool
) -> None:
    found = ask_at(clean_pair(), today, now, key_run(key_run_time=begins))
    assert ("key_run" in {a.rule for a in (found.answer, *found.also)}) is resting


def test_the_time_of_a_key_run_is_read(tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text("[template]\nkey_run_time = 09:30:00\n")
    assert read_programme(tmp_path).template.key_run_time == dt.time(9, 30)
    (tmp_path / "programme.toml").write_text('[template]\nkey_run_time = "early"\n')
    with pytest.raises(FormatError, match="key_run_time"):
        read_programme(tmp_path)


@given(st.times(), st.integers(2, 6), st.times())
def test_a_later_hour_never_rests_longer(done: dt.time, today: int, now: dt.time) -> None:
    """As the clock moves on, the distance between hard sessions can only be reached."""
    done, now = (t.replace(second=0, microsecond=0) for t in (done, now))
    entries: list[Entry] = [did(0, "bridge", time=done)]
    early, late = (ask_at(entries, today, t) for t in (dt.time(), now))
    resting = ["spacing" in {a.rule for a in (g.answer, *g.also)} for g in (early, late)]
    assert resting[0] or not resting[1]
