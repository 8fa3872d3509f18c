"""Cues by hand-computed tables; what a capture gives back is what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.errors import SettingsError
from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter
from hipgait.io.capture_read import read_capture
from hipgait.live.cue import CYCLE_S, EVENT, Cuer, CueSettings, cues_of

BOTH = {"left": 5.0, "right": 5.0}


def stances(over: int, of: int = 10) -> list[float]:
    return [4.0] * (of - over) + [6.0] * over


def test_hysteresis_by_hand() -> None:
    cuer = Cuer(CueSettings(needed=8, release=4, repeat_s=10.0))
    table = [  # s, stances of the right above the limit, what is recorded
        (0.0, 7, []),
        (1.0, 8, ["begin"]),
        (2.0, 9, []),
        (11.0, 5, ["sound"]),
        (12.0, 4, ["end"]),
        (13.0, 7, []),
        (14.0, 8, ["begin"]),
    ]
    for at, over, expected in table:
        last = {"left": stances(0), "right": stances(over)}
        events = cuer.step(at, last, BOTH)
        assert [e.what for e in events] == expected
        assert all(e.side == "right" and e.over == over and e.given for e in events[:1]) or not (
            expected and expected != ["end"]
        )
    assert cuer.given == cuer.sound == 3
    assert cuer.state(14.0, {"left": 0, "right": 8}, None).active == ("right",)


def test_a_negative_margin_tells_of_less() -> None:
    cuer = Cuer(CueSettings(margin=-1.0))
    events = cuer.step(0.0, {"left": stances(1)}, {"left": 5.0})
    assert [(e.what, e.over) for e in events] == [("begin", 9)]


def test_without_a_limit_there_is_no_cue_and_one_that_runs_ends() -> None:
    cuer = Cuer()
    assert cuer.step(0.0, {"left": stances(10)}, {"left": None}) == []
    assert [e.what for e in cuer.step(1.0, {"left": stances(10)}, {"left": 5.0})] == ["begin"]
    assert [e.what for e in cuer.step(2.0, {"left": stances(10)}, {"left": None})] == ["end"]


def test_feedback_fades_week_by_week() -> None:
    shares = [CueSettings(week=w).share_on for w in range(1, 9)]
    assert shares == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.0, 0.0, 0.0])
    third = CueSettings(week=3)
    assert third.on_at(0.59 * CYCLE_S)
    assert not third.on_at(0.61 * CYCLE_S)
    assert third.on_at(CYCLE_S)
    cuer = Cuer(third)
    (event,) = cuer.step(0.9 * CYCLE_S, {"left": stances(10)}, {"left": 5.0})
    assert (event.what, event.given) == ("begin", False)  # due, withheld, recorded
    assert cuer.given == 0


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"outcome": "knee_valgus"}, "knee_valgus"),
        ({"kind": "shock"}, "shock"),
        ({"needed": 11}, "11 of 10"),
        ({"release": 8}, "until 8"),
        ({"week": 9}, "week 9 of 8"),
        ({"metronome_pct": 40.0}, r"\+40"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object], word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        CueSettings(**wrong)  # type: ignore[arg-type]


def test_the_metronome_follows_the_fresh_cadence() -> None:
    cuer = Cuer(CueSettings(metronome_pct=5.0))
    over = {"left": 0, "right": 0}
    assert cuer.state(0.0, over, 168.0).metronome_spm == pytest.approx(176.4)
    assert cuer.state(0.0, over, None).metronome_spm is None


@given(st.lists(st.integers(0, 10), min_size=1, max_size=60))
def test_cues_begin_and_end_in_turn(over: list[int]) -> None:
    cuer, running = Cuer(CueSettings(repeat_s=1e9)), False
    for at, count in enumerate(over):
        for event in cuer.step(float(at), {"left": stances(count)}, {"left": 5.0}):
            assert (event.what == "begin") is not running
            running = event.what == "begin"
        assert running == cuer.active["left"]
        assert running or count < 8
        assert not running or count > 4


def test_a_capture_gives_back_the_cues(tmp_path: Path) -> None:
    header = CaptureHeader(version="0", anchor=Anchor(utc_ns=10**18, monotonic_ns=0), sensors={})
    cuer, written = Cuer(), []
    with CaptureWriter(tmp_path / "a.mcap", header) as writer:
        for at, over in ((1, 8), (2, 2)):
            for event in cuer.step(float(at), {"left": stances(over)}, {"left": 5.0}):
                written.append((at * 10**9, event))
                fields = {name: getattr(event, name) for name in event.__struct_fields__}
                writer.event(EVENT, at * 10**9, **fields)
        writer.event(EVENT, 3 * 10**9, side="left")  # no cue: a field short
        writer.event("mark", 4 * 10**9, what="lap 1")
    found = cues_of(read_capture(tmp_path / "a.mcap"))
    assert [(c.monotonic_ns, c.cue) for c in found] == written
    assert [c.cue.what for c in found] == ["begin", "end"]
