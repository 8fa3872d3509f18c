"""The live state in words: one sentence for each situation of the style guide."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hipgait.live.shown import clock, pace, say, shown
from hipgait.live.state import (
    CueState,
    Curve,
    Link,
    LiveState,
    Notice,
    OutcomeState,
    SensorHealth,
    SessionPhase,
    SideState,
    Trend,
)


def sensor(placement: str, link: Link = Link.STREAMING, **more: object) -> SensorHealth:
    values = {"rate_hz": 104.0, "wanted_hz": 104.0, "battery_pct": 81.0, **more}
    return SensorHealth(placement, link, **values)  # type: ignore[arg-type]


SENSORS = tuple(sensor(p) for p in ("pelvis", "left_shank", "right_shank"))


def side(
    level: float | None, change: float | None = 0.4, over: int = 1, **more: object
) -> SideState:
    values = {"fresh": None if level is None or change is None else level - change, **more}
    return SideState(
        (level,) * 10 if level is not None else (),
        level,
        change=change,
        half_width=None if change is None else 0.2,
        limit=None if level is None or change is None else level - change + 1.0,
        over=over,
        **values,  # type: ignore[arg-type]
    )


def state(**more: object) -> LiveState:
    drop = OutcomeState(
        "pelvic_drop_excursion", "deg", 1.0, {"left": side(5.1), "right": side(4.9)}
    )
    lean = OutcomeState("shank_lean_excursion", "deg", 1.0, {"left": side(4.1), "right": side(3.4)})
    base = LiveState(
        number=7,
        phase=SessionPhase.RUNNING,
        elapsed_s=24 * 60 + 18,
        strides_left=0,
        sensors=SENSORS,
        outcomes={o.name: o for o in (drop, lean)},
        cadence_spm=168.2,
        speed_mps=1000.0 / 310.0,
        distance_m=4704.0,
        cue=CueState(outcome="pelvic_drop_excursion", margin=1.0),
    )
    return replace(base, **more)  # type: ignore[arg-type]


def test_the_page_of_a_quiet_run() -> None:
    page = shown(state())
    assert page["clock"] == "24:18"
    assert page["where"] == "4.7 km · 5:10 /km"
    assert page["cadence"] == "168"
    assert page["title"] == "Pelvic drop, mean of the last 10 steps"
    assert page["sides"]["left"]["value"] == "5.1"
    assert page["sides"]["left"]["note"] == "fresh +0.4 ±0.2"
    assert page["lean"] == {"left": "4.1°", "right": "3.4°"}
    assert page["say"]["head"] == "Inside your limit"
    assert page["say"]["text"] == "1 of the last 10 steps above it"
    assert [s["short"] for s in page["sensors"]] == [
        "sacrum ✓ 81 %",
        "◀ shank ✓ 81 %",
        "shank ▶ ✓ 81 %",
    ]
    assert page["limit"] == 1.0
    assert json.loads(json.dumps(page)) == json.loads(json.dumps(page, allow_nan=False))


def test_a_cue_names_its_side_and_is_inverted() -> None:
    cue = CueState("pelvic_drop_excursion", 1.0, active=("right",), over={"left": 0, "right": 8})
    told = say(state(cue=cue))
    assert told.cue
    assert told.head == "RIGHT ▶ Hips level, run tall"
    assert told.text == "8 of the last 10 right steps above your limit"


@pytest.mark.parametrize(
    ("gone", "head", "text"),
    [
        (
            "right_shank",
            "Right shank out of reach: 6 s",
            "Drop goes on from the sacrum. Right lean paused.",
        ),
        ("pelvis", "Sacrum out of reach: 6 s", "Drop is paused. Shank lean goes on."),
    ],
)
def test_a_lost_sensor_comes_before_everything(gone: str, head: str, text: str) -> None:
    sensors = tuple(
        sensor(s.placement, Link.LOST, age_s=6.2) if s.placement == gone else s for s in SENSORS
    )
    cue = CueState("pelvic_drop_excursion", 1.0, active=("right",), over={"left": 0, "right": 8})
    told = say(state(sensors=sensors, cue=cue))
    assert (told.head, told.text) == (head, text)
    assert any(s["short"].endswith("LOST") for s in shown(state(sensors=sensors))["sensors"])


def test_learning_counts_down_and_has_no_change() -> None:
    drop = OutcomeState(
        "pelvic_drop_excursion", "deg", 1.0, {"left": side(4.8, None), "right": side(4.5, None)}
    )
    learning = state(
        phase=SessionPhase.LEARNING, learn_left_s=130.0, outcomes={drop.name: drop}, elapsed_s=170.0
    )
    assert say(learning).text == "2:10 to go. Just run easily; no cues yet."
    assert shown(learning)["sides"]["left"]["note"] == "learning"
    assert shown(learning)["clock"] == "02:50"
    assert say(replace(learning, learn_left_s=9.0)).text.startswith("0:09 to go.")
    assert say(replace(learning, strides_left=4)).text == "4 strides to go."


@pytest.mark.parametrize(
    ("phase", "head"),
    [
        (SessionPhase.WAITING, "Looking for your sensors"),
        (SessionPhase.STILL, "Stand still"),
        (SessionPhase.PAUSED, "Paused"),
        (SessionPhase.ENDED, "Stopped"),
    ],
)
def test_each_phase_has_its_sentence(phase: SessionPhase, head: str) -> None:
    assert say(state(phase=phase)).head == head


def test_exchanged_sides_are_told() -> None:
    note = Notice("wrong_side", "Swap the two shank sensors, or their names.")
    assert say(state(notices=(note,))).head == "Left and right look exchanged"


def test_without_angles_it_says_so() -> None:
    page = shown(state(outcomes={}, cue=CueState()))
    assert page["say"]["head"] == "Timing only"
    assert page["sides"] == {}
    assert page["cue_rows"] == [("cue", "off"), ("metronome", "off")]


def test_a_paused_side_shows_no_number() -> None:
    lean = OutcomeState(
        "shank_lean_excursion",
        "deg",
        1.0,
        {"left": side(4.1), "right": side(3.4, paused="sensor_lost")},
    )
    page = shown(state(outcomes={lean.name: lean}))
    assert page["sides"]["right"]["value"] == "–"
    assert page["sides"]["right"]["note"] == "sensor out of reach"
    assert page["sides"]["left"]["value"] == "4.1"


def test_the_axis_holds_the_run_and_fading_is_told() -> None:
    one = side(5.1, trend=Trend((5.0, 22.0), (0.0, 0.3)), curve=Curve((0.0, 100.0), (1.0, 2.0)))
    drop = OutcomeState("pelvic_drop_excursion", "deg", 1.0, {"left": one, "right": one})
    cue = CueState(
        "pelvic_drop_excursion",
        1.0,
        share_on=0.6,
        week=3,
        weeks=8,
        metronome_spm=172.0,
        cadence_pct=2.0,
    )
    page = shown(state(outcomes={drop.name: drop}, cue=cue))
    assert page["span_min"] == 30.0
    assert ("fading", "week 3 of 8: on 60 % of the time") in page["cue_rows"]
    assert ("metronome", "172 (+2 %)") in page["cue_rows"]
    assert say(state(cue=replace(cue, on_now=False))).head == "No feedback for now"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "00:00"), (59.9, "00:59"), (3858.0, "1:04:18"), (-1.0, "00:00")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_pace() -> None:
    assert pace(4.0) == "4:10"
    assert pace(1000.0 / 359.6) == "6:00"


def test_feedback_that_is_faded_out_is_not_shown_either() -> None:
    cue = CueState("pelvic_drop_excursion", 1.0, active=("right",), week=3, weeks=8, on_now=False)
    high = OutcomeState(
        "pelvic_drop_excursion", "deg", 1.0, {"left": side(9.0, 1.5, 9), "right": side(4.9)}
    )
    shown_now = replace(cue, on_now=True)
    for one, told in ((shown_now, True), (cue, False)):
        page = shown(state(cue=one, outcomes={high.name: high}))
        assert page["say"]["cue"] is told
        assert (page["limit"] is not None) is told
    over = OutcomeState(
        "pelvic_drop_excursion",
        "deg",
        1.0,
        {"left": replace(side(9.0), limit=6.0), "right": side(4.9)},
    )
    assert shown(state(cue=shown_now, outcomes={over.name: over}))["sides"]["left"]["over"]
    assert not shown(state(cue=cue, outcomes={over.name: over}))["sides"]["left"]["over"]


def test_without_a_cue_there_is_no_limit() -> None:
    page = shown(state(cue=CueState(outcome="")))
    assert page["limit"] is None
    assert page["say"] == {"head": "Running", "text": "No cue is set.", "cue": False}
    assert not page["sides"]["left"]["over"]


def test_numbers_that_stopped_are_said_before_all() -> None:
    cue = CueState("pelvic_drop_excursion", 1.0, active=("right",), over={"left": 0, "right": 8})
    notices = (
        Notice("no_zero", "You did not stand still first."),
        Notice("stopped", "The numbers stopped (ValueError: x). Recording goes on."),
    )
    assert say(state(cue=cue, notices=notices)).head == "The numbers stopped"


def test_what_else_is_to_be_known_stands_below() -> None:
    note = Notice("no_zero", "You did not stand still first.")
    page = shown(state(notices=(note,)))
    assert page["say"]["head"] == "Inside your limit"
    assert page["notices"] == ["You did not stand still first."]
