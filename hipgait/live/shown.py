"""The live state in words and numbers, as a page and a terminal show them.

One place for every sentence of the live view; whoever draws it computes nothing. Colour is not
here: what is told is told by words, marks and place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from hipgait.live.state import (
    CueState,
    Link,
    LiveState,
    OutcomeState,
    SensorHealth,
    SessionPhase,
    SideState,
)
from hipgait.names import SIDES
from hipgait.report.numbers import NONE, SUFFIX, fixed, level, signed
from hipgait.report.phrases import PHRASES

LEADS: Final = ("pelvic_drop_excursion", "shank_lean_excursion")
"""What stands in the middle, the first that is measured."""
LEAN: Final = "shank_lean_excursion"
PLACE_NAMES: Final = {
    "pelvis": "sacrum",
    "left_shank": "◀ left shank",
    "right_shank": "right shank ▶",
    "left_thigh": "◀ left thigh",
    "right_thigh": "right thigh ▶",
    "left_foot": "◀ left foot",
    "right_foot": "right foot ▶",
}
SHORT_NAMES: Final = {
    place: text.replace("left ", "").replace("right ", "") for place, text in PLACE_NAMES.items()
}
PAUSES: Final = {
    "sensor_lost": "sensor out of reach",
    "joined": "getting to know it",
    "rough": "getting to know it",
    "wrong_side": "sides look exchanged",
    "clipped": "sensor at its limit",
    "turn": "in a bend",
    "walk": "walking",
}
"""Why a side gives no new values, where its number would be."""
SAID: Final = ("stopped", "wrong_side", "sensor_lost")
"""Notices that the box tells; the others stand below it, small."""
TREND_SPANS_MIN: Final = (6.0, 12.0, 21.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 360.0)
"""The time axis ends at the first of these that holds the run; thirds of it are whole minutes."""


@dataclass(frozen=True)
class Say:
    """The box that speaks. head : what is so.  text : why, or what to do.  cue : inverted."""

    head: str
    text: str = ""
    cue: bool = False


def lead(state: LiveState) -> OutcomeState | None:
    """The outcome in the middle: the one that is cued, else pelvic drop, else shank lean."""
    names = (state.cue.outcome, *LEADS)
    return next((state.outcomes[n] for n in names if n in state.outcomes), None)


def clock(seconds: float) -> str:
    """As "24:18", "1:04:18"."""
    whole = int(max(seconds, 0.0))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def pace(speed_mps: float) -> str:
    """As "5:10", minutes a kilometre."""
    seconds = round(1000.0 / speed_mps)
    return f"{seconds // 60}:{seconds % 60:02d}"


def place(placement: str) -> str:
    """A placement in plain words, without its mark: "right shank"."""
    return PLACE_NAMES.get(placement, placement).strip("◀▶ ")


def title(outcome: OutcomeState) -> str:
    """Above the large numbers."""
    return f"{PHRASES[outcome.name].title}, mean of the last 10 steps"


def note(side: SideState, outcome: OutcomeState) -> str:
    """Below a large number: "fresh +0.4 ±0.2", "learning", or why it stands still."""
    if side.paused:
        return PAUSES.get(side.paused, side.paused.replace("_", " "))
    if side.level is None:
        return "no step yet"
    if side.fresh is None or side.change is None:
        return "learning"
    text = f"fresh {signed(side.change, 1)}"
    if side.half_width is not None:
        text += f" ±{fixed(max(side.half_width, 0.1), 1)}"
    return text if outcome.unit == "deg" else text + SUFFIX.get(outcome.unit, "")


def cueing(state: LiveState) -> bool:
    """Whether feedback is given now: none is chosen, or it is faded out, and nothing may tell."""
    return bool(state.cue.outcome) and state.cue.on_now


def say(state: LiveState) -> Say:
    """The one sentence that matters now: trouble, then the cue, then where one stands."""
    stopped = next((n.text for n in state.notices if n.code == "stopped"), "")
    if stopped:
        return Say("The numbers stopped", stopped)
    if state.phase is SessionPhase.ENDED:
        return Say("Stopped", "The recording is saved. The report is being made.")
    gone = [s for s in state.sensors if s.link in (Link.LOST, Link.FAILED)]
    if gone:
        return _lost(gone, state)
    if state.phase is SessionPhase.WAITING:
        wait = [place(s.placement) for s in state.sensors if s.link is not Link.STREAMING]
        return Say("Looking for your sensors", _joined(wait).capitalize() if wait else "")
    if state.phase is SessionPhase.STILL:
        return Say("Stand still", "Upright, feet parallel, weight on both. Then just start to run.")
    exchanged = next((n.text for n in state.notices if n.code == "wrong_side"), "")
    if exchanged:
        return Say("Left and right look exchanged", exchanged)
    if state.phase is SessionPhase.PAUSED:
        return Say("Paused", "No running steps. It goes on by itself when you run.")
    if state.cue.active and cueing(state):
        return _cued(state.cue)
    if state.phase is SessionPhase.LEARNING:
        return _learning(state)
    return _standing(state)


def _joined(names: Iterable[str]) -> str:
    words = list(names)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _lost(gone: list[SensorHealth], state: LiveState) -> Say:
    first = gone[0]
    name = place(first.placement).capitalize()
    if first.link is Link.FAILED:
        return Say(f"{name} cannot be used", first.trouble)
    seconds = f": {first.age_s:.0f} s" if first.age_s is not None else ""
    if first.placement == "pelvis":
        then = "Drop is paused. Shank lean goes on."
    elif any(s.placement == "pelvis" and s.link is Link.STREAMING for s in state.sensors):
        side = first.placement.split("_")[0]
        then = f"Drop goes on from the sacrum. {side.capitalize()} lean paused."
    else:
        then = "Its numbers are paused."
    if len(gone) > 1:
        then = f"{_joined(place(s.placement) for s in gone[1:]).capitalize()} too. {then}"
    return Say(f"{name} out of reach{seconds}", then)


def _cued(cue: CueState) -> Say:
    side = cue.active[0]
    mark = "◀ LEFT " if side == "left" else "RIGHT ▶ "
    both = len(cue.active) > 1
    word = cue.word or "Hips level, run tall"
    head = word if both else mark + word
    over = cue.over.get(side, 0)
    whose = "left and right steps" if both else f"{side} steps"
    return Say(head, f"{over} of the last {cue.of} {whose} above your limit", cue=True)


def _learning(state: LiveState) -> Say:
    if state.strides_left > 0:
        return Say("Getting to know your stride", f"{state.strides_left} strides to go.")
    left = "" if state.learn_left_s is None else f"{clock(state.learn_left_s).lstrip('0')} to go. "
    if left.startswith(":"):
        left = "0" + left
    return Say("Learning your fresh level", f"{left}Just run easily; no cues yet.")


def _standing(state: LiveState) -> Say:
    outcome = lead(state)
    if outcome is None:
        return Say("Timing only", "These sensors give steps and cadence, no angles.")
    limited = [s for s in outcome.sides.values() if s.limit is not None]
    if not state.cue.outcome or not limited:
        return Say("Running", "No cue is set.")
    if not cueing(state):
        return Say("No feedback for now", "It fades over the weeks: feel it yourself.")
    most = max(limited, key=lambda s: s.over)
    steps = f"{most.over} of the last {state.cue.of} steps above it"
    return Say("Inside your limit" if most.over < state.cue.needed else "Above your limit", steps)


def _sensor(sensor: SensorHealth) -> dict[str, Any]:
    good = sensor.link is Link.STREAMING
    battery = NONE if sensor.battery_pct is None else f"{sensor.battery_pct:.0f} %"
    state = {
        Link.STREAMING: f"✓ {sensor.rate_hz:.0f} Hz",
        Link.LOST: "LOST",
        Link.FAILED: "cannot be used",
        Link.SEARCHING: "searching",
        Link.STOPPED: "stopped",
    }[sensor.link]
    if good and sensor.lost_pct is not None and sensor.lost_pct >= 0.05:
        state += f", {sensor.lost_pct:.1f} % lost"
    if good and sensor.clipped_pct >= 0.05:
        state += f", {sensor.clipped_pct:.1f} % at its limit"
    short = SHORT_NAMES.get(sensor.placement, sensor.placement)
    told = f"{short} {'✓ ' + battery if good and battery != NONE else '✓' if good else state}"
    return {
        "placement": sensor.placement,
        "name": PLACE_NAMES.get(sensor.placement, sensor.placement),
        "side": sensor.placement.split("_")[0] if "_" in sensor.placement else "",
        "ok": good,
        "short": told,
        "state": state,
        "battery": NONE if battery == NONE else f"battery {battery}",
        "trouble": sensor.trouble,
    }


def cue_rows(state: LiveState) -> list[tuple[str, str]]:
    """How feedback is set, a row each."""
    cue, outcome = state.cue, lead(state)
    if not cue.outcome:
        rows = [("cue", "off")]
    else:
        unit = SUFFIX.get(outcome.unit, "") if outcome else ""
        rows = [
            ("limit, each side", f"its own fresh level {signed(cue.margin, 1)}{unit}"),
            ("when", f"{cue.needed} of {cue.of} steps above"),
        ]
        if cue.week is not None and cue.weeks is not None:
            share = f"{100 * cue.share_on:.0f} % of the time"
            rows.append(("fading", f"week {cue.week} of {cue.weeks}: on {share}"))
    beat = "off"
    if cue.metronome_spm is not None:
        beat = f"{cue.metronome_spm:.0f}"
        if cue.cadence_pct is not None:
            beat += f" ({signed(cue.cadence_pct, 0)} %)"
    return [*rows, ("metronome", beat)]


def _side(outcome: OutcomeState, side: str, state: LiveState) -> dict[str, Any]:
    one = outcome.side(side)
    beyond = one.limit is not None and one.level is not None and one.level > one.limit
    return {
        "value": level(one.level, outcome.unit, bare=True) if not one.paused else NONE,
        "unit": SUFFIX.get(outcome.unit, ""),
        "note": note(one, outcome),
        "over": beyond and cueing(state),
        "change": None if one.paused else one.change,
        "paused": bool(one.paused),
        "trend": [list(one.trend.minute), list(one.trend.change)],
        "curve": list(one.curve.value),
        "fresh_curve": list(one.fresh_curve.value),
        "pct": list(one.curve.pct),
    }


def shown(state: LiveState) -> dict[str, Any]:
    """All that the run page draws, as plain values (JSON): texts, and numbers in drawing order."""
    outcome, lean = lead(state), state.outcomes.get(LEAN)
    where = []
    if state.distance_m is not None:
        where.append(f"{state.distance_m / 1000.0:.1f} km")
    if state.speed_mps is not None and state.speed_mps > 0.3:
        where.append(f"{pace(state.speed_mps)} /km")
    longest = max(
        (m for o in state.outcomes.values() for s in o.sides.values() for m in s.trend.minute),
        default=0.0,
    )
    span = next((m for m in TREND_SPANS_MIN if m >= longest), TREND_SPANS_MIN[-1])
    page: dict[str, Any] = {
        "number": state.number,
        "phase": state.phase.value,
        "clock": clock(state.elapsed_s),
        "where": " · ".join(where),
        "cadence": NONE if state.cadence_spm is None else fixed(state.cadence_spm, 0),
        "title": "" if outcome is None else title(outcome),
        "trend_title": ""
        if outcome is None
        else f"{PHRASES[outcome.name].title} since the start, against your fresh level",
        "sides": {}
        if outcome is None
        else {side: _side(outcome, side, state) for side in SIDES if side in outcome.sides},
        "unit": "" if outcome is None else SUFFIX.get(outcome.unit, ""),
        "matters": None if outcome is None else outcome.matters,
        "limit": state.cue.margin if cueing(state) and outcome is not None else None,
        "span_min": span,
        "lean": None
        if lean is None or lean is outcome
        else {
            side: level(lean.side(side).level if not lean.side(side).paused else None, lean.unit)
            for side in SIDES
            if side in lean.sides
        },
        "lean_name": PHRASES[LEAN].title.lower(),
        "say": asdict(say(state)),
        "notices": [n.text for n in state.notices if n.code not in SAID],
        "sensors": [_sensor(s) for s in state.sensors],
        "cue_rows": cue_rows(state),
        "sound": state.cue.sound,
        "kind": state.cue.kind,
        "word": state.cue.word,
        "metronome_spm": state.cue.metronome_spm,
        "laps": state.laps,
        "marks": state.marks,
        "stances": state.stances,
    }
    return page
