"""The plan: what is read, what is refused, what its date means."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hipgait.errors import HipgaitError
from hipgait.stats.plan import SECONDARY, Plan, read_plan

FULL = """
created = 2026-03-01
primary = "pelvic_drop_peak"
secondary = ["contact_time", "cadence"]
block_start = 2026-03-30
block_weeks = 8
wash_in_weeks = 2
pace_mps = 3.2
exclude = ["2026-03-28", "run07"]
[matters]
pelvic_drop_peak = 0.8
[better]
contact_time = "more"
[random_start]
first = 2026-03-23
last = 2026-04-19
"""


def test_a_full_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(FULL)
    plan = read_plan(tmp_path / "plan.toml")
    assert plan.primary == "pelvic_drop_peak"
    assert plan.change_that_matters("pelvic_drop_peak") == 0.8
    assert plan.change_that_matters("contact_time") == 15.0
    assert (plan.wanted("contact_time"), plan.wanted("cadence")) == ("more", "more")
    assert plan.role("cadence") == "secondary"
    assert plan.role("shank_angle_ic") == "exploratory"
    assert plan.excludes("x", date(2026, 3, 28))
    assert plan.excludes("run07", None)
    assert not plan.excludes("run08", date(2026, 3, 29))
    assert plan.random_start == (date(2026, 3, 23), date(2026, 4, 19))


def test_wash_in_is_the_first_weeks_of_the_block() -> None:
    plan = Plan(block_start=date(2026, 3, 30), wash_in_weeks=2)
    days = [date(2026, 3, 29), date(2026, 3, 30), date(2026, 4, 12), date(2026, 4, 13)]
    assert [plan.in_wash_in(d) for d in days] == [False, True, True, False]
    assert not plan.in_wash_in(None)
    assert not Plan().in_wash_in(date(2026, 3, 30))


def test_its_date_says_whether_it_was_fixed_beforehand() -> None:
    plan = Plan(created=date(2026, 3, 1))
    assert plan.fixed(date(2026, 5, 1)) == "beforehand"
    assert plan.fixed(date(2026, 3, 1)) == "afterwards"
    assert plan.fixed(None) == "undated"
    assert Plan(path="plan.toml").fixed(date(2026, 5, 1)) == "undated"
    assert Plan().fixed(date(2026, 5, 1)) == "no plan"


def test_a_primary_outcome_is_no_secondary_one() -> None:
    assert Plan(primary="cadence").secondary == tuple(s for s in SECONDARY if s != "cadence")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('primary = "hips"', "unknown outcome 'hips'"),
        ("[matters]\nhips = 1", "unknown outcome 'hips'"),
        ("[matters]\ncadence = -1", "matters"),
        ("wash_in = 2", "wash_in"),
        ("created = yesterday", "plan.toml"),
        ('[better]\ncadence = "faster"', "better"),
        ("[random_start]\nfirst = 2026-03-23\nlast = 2026-03-01", "ends before it begins"),
        ('primary = "\\xff', "plan.toml"),
    ],
)
def test_a_bad_plan_is_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(HipgaitError) as caught:
        read_plan(tmp_path / "plan.toml")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_such_plan(tmp_path: Path) -> None:
    with pytest.raises(HipgaitError, match="no such file"):
        read_plan(tmp_path / "plan.toml")


def test_a_block_beyond_the_calendar_is_said() -> None:
    with pytest.raises(HipgaitError, match="beyond the calendar"):
        Plan(block_start=date(9999, 12, 30), block_weeks=8.0)
