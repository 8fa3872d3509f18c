"""Words for outcomes, sensors and verdicts: the tables that sentences are made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from hipgait.report.numbers import fixed


class Phrase(NamedTuple):
    """How an outcome is told. ``{shank}`` is filled with the side, ``{x}`` with the size.

    subject, more, less, same : "your pelvis dropped" + "1.4° more" (than) or "as much" (as).
    thing : the outcome inside a sentence.  title : above its picture.  meaning : one sentence.
    """

    subject: str
    more: str
    less: str
    same: str
    thing: str
    title: str
    meaning: str


_DROP: Final = (
    "is how far your pelvis falls towards the swinging leg, from landing to its lowest point. "
    "Some drop is part of running; compare with your own runs, not with other people."
)
PHRASES: Final = {
    "pelvic_drop_excursion": Phrase(
        "your pelvis dropped",
        "{x} more",
        "{x} less",
        "as much",
        "pelvic drop",
        "Pelvic drop",
        _DROP,
    ),
    "pelvic_drop_peak": Phrase(
        "your pelvis stood",
        "{x} lower at its lowest point",
        "{x} higher at its lowest point",
        "as low",
        "peak pelvic drop",
        "Peak pelvic drop",
        "is the angle of the pelvis at its lowest point in a stance.",
    ),
    "shank_lean_mean": Phrase(
        "your {shank} leaned inward",
        "{x} more",
        "{x} less",
        "as much",
        "shank lean",
        "Shank lean inward",
        "shows how the knee travels over the foot as far as a shank sensor can see it. "
        "It is not a knee angle.",
    ),
    "shank_lean_excursion": Phrase(
        "your {shank} tilted sideways",
        "{x} more in a stance",
        "{x} less in a stance",
        "as much",
        "shank lean travel",
        "Shank lean travel",
        "is how far the shank tilts sideways within a stance. It is not a knee angle.",
    ),
    "shank_angle_ic": Phrase(
        "your foot landed",
        "{x} further ahead of the knee",
        "{x} less far ahead of the knee",
        "as far ahead of the knee",
        "foot ahead of knee",
        "Foot ahead of knee at landing",
        "is the tilt of the shank, seen from the side, as you land.",
    ),
    "hip_adduction_model": Phrase(
        "your modelled hip adduction was",
        "{x} larger",
        "{x} smaller",
        "as large",
        "modelled hip adduction",
        "Hip adduction, modelled",
        "is modelled from pelvis and shanks; no sensor sat on the thigh.",
    ),
    "contact_time": Phrase(
        "your foot stayed on the ground",
        "{x} longer",
        "{x} less",
        "as long",
        "contact time",
        "Contact time",
        "is the time from landing to push-off.",
    ),
    "cadence": Phrase(
        "you took",
        "{x} more steps a minute",
        "{x} fewer steps a minute",
        "as many steps a minute",
        "cadence",
        "Cadence",
        "is the number of steps a minute, both feet counted.",
    ),
    "peak_tibial_acceleration": Phrase(
        "the impact at your {shank} was",
        "{x} higher",
        "{x} lower",
        "as high",
        "impact at the shank",
        "Impact at the shank",
        "is the largest acceleration along the shank just after landing. It is not a force.",
    ),
    "stride_time_cv": Phrase(
        "the time of your strides varied",
        "{x} more",
        "{x} less",
        "as much",
        "stride-time variability",
        "Stride-time variability",
        "is how much the time of a stride varies, slow changes left out.",
    ),
    "pelvis_tilt_mean": Phrase(
        "your pelvis tipped forward",
        "{x} more",
        "{x} less",
        "as much",
        "pelvic tilt",
        "Pelvic tilt",
        "is how far the pelvis tips forward; only its change is told.",
    ),
}


class Verdict(NamedTuple):
    """label : in the table.  note : beside a number.  filled : whether the dot is filled."""

    label: str
    note: str
    filled: bool


VERDICTS: Final = {
    "drifted": Verdict("Drifted", "drifted", True),
    "no_relevant_drift": Verdict("No relevant drift", "no relevant drift", True),
    "inconclusive": Verdict("Inconclusive", "inconclusive", False),
    "withdrawn": Verdict("Withdrawn", "withdrawn", False),
    "not_tested": Verdict("Not tested", "not tested", False),
    "improved": Verdict("Improved", "improved", True),
    "worse": Verdict("Worse", "worse", True),
    "no_relevant_change": Verdict("No relevant change", "no relevant change", True),
    "too_few_runs": Verdict("Too few runs", "too few runs", False),
}
"""The verdicts of STYLE.md as words; the sentences are in words.py."""

DOUBTS: Final = {
    "sides_swapped": (
        "No finding: left and right look exchanged.",
        "The pelvis moves the other way round than the shanks say.",
        "Check which shank sensor was on which leg, exchange the file names and analyse again.",
    ),
    "no_drop": (
        "No finding: the pelvis is not seen the right way round.",
        "On one side it never seems to drop, which no runner does.",
        "Check which file is which sensor, and that all of them sat on the body as named.",
    ),
}
"""doubt -> the three sentences of the answer"""


def final_words(row: Mapping[str, Any]) -> str:
    """The stretch left out at the end: "last minute", "last 40 s"."""
    lasts = float(row["end_s"]) - float(row["start_s"])
    return "last minute" if abs(lasts - 60.0) <= 5.0 else f"last {fixed(lasts, 0)}\u00a0s"
