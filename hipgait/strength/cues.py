"""Cues for the next run: tied to what the sensors saw in the last one, or marked as unchecked.

A cue is shown where an outcome moved over the run by more than the smallest change that matters and
its verdict does not say otherwise. Never a promise: a cue is something to try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hipgait.names import OUTCOMES


@dataclass(frozen=True)
class Cue:
    """Something to try. seen : why; check : how it will be seen; by : "sensor" or "you"."""

    name: str
    say: str
    seen: str
    check: str
    by: str


@dataclass(frozen=True)
class _Tie:
    outcome: str
    sign: int  # +1: a rise calls for the cue; -1: a fall; 0: either
    name: str
    say: str
    seen: str


TIES: Final = (
    _Tie(
        "shank_angle_ic",
        1,
        "overstriding",
        "Shorter, quicker steps in the last third",
        "your foot landed further ahead of the knee at the end",
    ),
    _Tie(
        "cadence",
        -1,
        "cadence",
        "Keep your fresh rhythm to the end; a metronome helps",
        "you took fewer steps a minute at the end",
    ),
    _Tie(
        "pelvic_drop_excursion",
        1,
        "level_hips",
        "Hips level: push the ground away with the standing leg",
        "your pelvis dropped more at the end",
    ),
    _Tie(
        "pelvis_tilt_mean",
        0,
        "tall",
        "Run tall, as if drawn up by the crown of your head",
        "the tilt of your pelvis changed towards the end",
    ),
)
"""Outcome of run.json -> cue."""

SHOWN: Final = ("drifted", "not_tested")
"""Verdicts under which a change is spoken of."""

GENERAL: Final = Cue(
    "knee_bend",
    "Tall, quiet upper body; a slight bend of the knee as you land",
    "a general cue",
    "no sensor checks this one",
    "you",
)


def run_cues(run: Mapping[str, Any] | None) -> list[Cue]:
    """Cues from a run.json, the largest change first; the general one last. One a run is enough."""
    found: list[tuple[float, Cue]] = []
    matters = {o.name: (o.matters, o.unit) for o in OUTCOMES}
    for tie in TIES if run is not None else ():
        drift = (run or {}).get("drift", {}).get(tie.outcome) or {}
        estimate, verdict = drift.get("estimate"), drift.get("verdict")
        least, unit = matters[tie.outcome]
        if estimate is None or verdict not in SHOWN:
            continue
        size = (estimate * tie.sign if tie.sign else abs(estimate)) / least
        if size <= 1.0:
            continue
        words = f"{tie.seen}: {_signed(estimate, unit)}"
        if verdict == "not_tested":
            words += " (seen in this run, not tested)"
        check = "the same figure of your next runs"
        found.append((size, Cue(tie.name, tie.say, words, check, "sensor")))
    found.sort(key=lambda pair: -pair[0])
    return [cue for _, cue in found] + [GENERAL]


def _signed(value: float, unit: str) -> str:
    sign = "+" if value > 0 else "−"
    shown = {"deg": f"{abs(value):.1f}°", "spm": f"{abs(value):.0f} steps/min"}
    return sign + shown[unit]
