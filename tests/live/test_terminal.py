"""The terminal view: the same words as the page, names as plain text."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from hipgait.live.state import CueState, Link, LiveState, SensorHealth
from hipgait.live.terminal import drawn, spark
from tests.live.test_shown import SENSORS, state


def text_of(one: LiveState) -> str:
    console = Console(width=100, record=True, file=open("/dev/null", "w"), force_terminal=True)  # noqa: SIM115
    with console.file:
        console.print(drawn(one))
        return console.export_text()


def test_the_numbers_and_the_sentence_are_there() -> None:
    text = text_of(state())
    for part in (
        "24:18",
        "168 spm",
        "◀ left",
        "5.1°",
        "fresh +0.4 ±0.2",
        "Inside your limit",
        "81 %",
    ):
        assert part in text, part


def test_a_cue_and_a_lost_sensor_are_told() -> None:
    cue = CueState("pelvic_drop_excursion", 1.0, active=("left",), over={"left": 9, "right": 0})
    assert "9 of the last 10 left steps" in text_of(state(cue=cue))
    lost = (replace(SENSORS[0], link=Link.LOST, age_s=4.0), *SENSORS[1:])
    assert "Sacrum out of reach: 4 s" in text_of(state(sensors=lost))


def test_before_anything_streams() -> None:
    assert "Looking for your sensors" in text_of(LiveState())


def test_trouble_is_no_markup() -> None:
    bad = SensorHealth("pelvis", Link.FAILED, trouble="[red]not found[/red]")
    assert "[red]not found[/red]" in text_of(state(sensors=(bad, *SENSORS[1:])))


def test_sparks() -> None:
    assert spark([0.0, 1.0]) == "▁█"
    assert spark([1.0, 1.0]) == "▁▁"
    assert spark([1.0]) == ""
    assert len(spark(list(range(100)))) == 40
