"""What each outcome is, where its definition comes from and how well it is measured.

``MEASURED_ERROR`` and ``PELVIS_ERROR`` are the one place for the error figures that the report
prints; they are the figures of docs/validation.md, with what they were measured on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple


class Definition(NamedTuple):
    """One outcome.

    how : how it is read off.
    source : citation, and where this differs from it.
    doi : without the address; empty where nothing is cited.
    """

    name: str
    title: str
    how: str
    source: str
    doi: str


_ISB: Final = ("axes: Wu 2002 (ISB)", "10.1016/S0021-9290(01)00222-6")

DEFINITIONS: Final[tuple[Definition, ...]] = (
    Definition(
        "pelvic_drop_excursion",
        "Pelvic drop",
        "Tilt of the pelvis’ left-right axis, positive with the swing side lower: largest value in "
        "the first 75 % of stance minus the value at landing.",
        "defined here; Bramah 2018 report the drop at midstance",
        "10.1177/0363546518793657",
    ),
    Definition(
        "pelvic_drop_peak",
        "Peak pelvic drop",
        "The largest value itself, mean of both sides: free of how the sensor was turned.",
        "defined here; Bramah 2018 report the drop at midstance",
        "10.1177/0363546518793657",
    ),
    Definition(
        "shank_lean_mean",
        "Shank lean inward",
        "Tilt of the shank’s side-to-side axis, positive with the knee inside the ankle: mean over "
        "stance.",
        *_ISB,
    ),
    Definition(
        "shank_lean_excursion",
        "Shank lean travel",
        "Largest minus smallest shank lean in the first 75 % of stance.",
        *_ISB,
    ),
    Definition(
        "shank_angle_ic",
        "Foot ahead of knee at landing",
        "Tilt of the shank seen from the side at landing, positive with the foot ahead of the "
        "knee.",
        "defined here; Souza 2016 look at it a moment later, at loading response",
        "10.1016/j.pmr.2015.08.006",
    ),
    Definition(
        "hip_adduction_model",
        "Hip adduction, modelled",
        "From pelvis and shanks through a model of thigh and hip joint; not measured.",
        "hip joint: Harrington 2007",
        "10.1016/j.jbiomech.2006.02.003",
    ),
    Definition(
        "contact_time",
        "Contact time",
        "Landing to push-off of the same foot.",
        "Falbriard 2018, there from sensors on the feet",
        "10.3389/fphys.2018.00610",
    ),
    Definition(
        "cadence",
        "Cadence",
        "Steps a minute (spm), both feet counted: 120 divided by the time of a stride in s.",
        "defined here",
        "",
    ),
    Definition(
        "peak_tibial_acceleration",
        "Impact at the shank",
        "Largest acceleration along the shank in the 60 ms after landing, gravity removed; 1 g is "
        "9.81 m/s².",
        "review: Sheerin 2019",
        "10.1016/j.gaitpost.2018.09.017",
    ),
    Definition(
        "stride_time_cv",
        "Stride-time variability",
        "Standard deviation of the stride time divided by its mean, slow trend removed.",
        "its use in walking: Hausdorff 2005",
        "10.1186/1743-0003-2-19",
    ),
    Definition(
        "pelvis_tilt_mean",
        "Pelvic tilt, change only",
        "Forward tilt of the pelvis, mean over stance; its level depends on how the sensor sat.",
        *_ISB,
    ),
)

MEASURED_ERROR: Final[dict[str, str]] = {
    "pelvic_drop_excursion": "0.2° a side; 0.9° with soft tissue (simulated)",
    "pelvic_drop_peak": "0.1°, both sides together (simulated)",
    "shank_lean_mean": "0.8°; 1.7° with a posture as in people (simulated)",
    "shank_lean_excursion": "1.4°; 0.8° with bows and kicks (simulated)",
    "shank_angle_ic": "reads 4° high, for people stand knees forward; its change 0.2° (simulated)",
    "hip_adduction_model": "4.6°, both sides together; its change 0.2° (simulated)",
    "contact_time": "3 ms (two people, force plate)",
    "cadence": "below 0.1 (simulated)",
    "peak_tibial_acceleration": "1 g, reads low; its change 0.4 g (simulated, range ±16 g)",
    "pelvis_tilt_mean": "its change 0.1° (simulated)",
}
"""outcome -> measured error as printed, where a shank sensor gave the contacts"""

PELVIS_ERROR: Final[dict[str, str]] = {
    "contact_time": "landing and push-off 7 and 6 ms (force plate, the one runner it was set on); "
    "about 30 ms too short (simulated)",
}
"""the same where the pelvis gave them; simulated: landing 22 ms late, push-off 9 ms early"""

NOT_MEASURED: Final = "not measured yet"
OTHER_SENSORS: Final = "not measured with these sensors"

ERROR_NOTE: Final = (
    "On people the level may be off by 2° or more, because the sensors sit on skin; changes "
    "within a run are firmer. The errors under “What the words mean” come from simulated runners "
    "and, for the contact time, from two people on a force plate. No run of a person with "
    "cameras as the reference has been tested yet."
)
"""Beside the data quality, valid for every run."""


def measured_error(outcome: str, placements: Iterable[str]) -> str:
    """The error as printed, for the sensors that gave the contacts.

    placements : where sensors were; the contacts come from shanks, then feet, then the pelvis.
    """
    known = MEASURED_ERROR.get(outcome)
    if known is None:
        return NOT_MEASURED
    limbs = {p.split("_")[-1] for p in placements}
    if "shank" in limbs:
        return known
    told = PELVIS_ERROR if "pelvis" in limbs and "foot" not in limbs else {}
    return told.get(outcome, OTHER_SENSORS)
