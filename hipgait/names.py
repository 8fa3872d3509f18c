"""Every column, placement, unit, sign and reason code, in one place.

Frames (ISB, right-handed): x anterior, y up (proximal), z to the right; world y up.
An accelerometer gives specific force: +9.81 m/s^2 at rest on the axis that points up.
Units are the suffix of a column's name. Left and right are mirrored: the same sign means the
same thing on both sides.
"""

from __future__ import annotations

from typing import Final, NamedTuple

G_MPS2: Final = 9.80665
"""Standard gravity, m/s^2 (CGPM 1901)."""

# --------------------------------------------------------------------------- placements
PELVIS: Final = "pelvis"
PLACEMENTS: Final = (
    "pelvis",
    "left_shank",
    "right_shank",
    "left_thigh",
    "right_thigh",
    "left_foot",
    "right_foot",
)
"""Where a sensor can be. ``pelvis`` is the sacrum, between the posterior iliac spines."""
PLACES: Final = {p: "sacrum" if p == PELVIS else p.replace("_", " ") for p in PLACEMENTS}
"""Placement -> where a runner would say the sensor was."""

REFERENCE_ORDER: Final = (
    "pelvis",
    "left_shank",
    "right_shank",
    "left_foot",
    "right_foot",
    "left_thigh",
    "right_thigh",
)
"""The first placement present, in this order, is the reference stream (its clock counts)."""

SIDES: Final = ("left", "right")
POOLED: Final = "pooled"

# --------------------------------------------------------------------------- stride table


class Column(NamedTuple):
    """One column of the stride table.

    kind : "float" | "int" | "str" | "bool"
    unit : unit of the values ("" where there is none)
    meaning : one line, with the sign
    """

    name: str
    kind: str
    unit: str
    meaning: str


STRIDE_COLUMNS: Final[tuple[Column, ...]] = (
    Column("stride_id", "int", "", "0-based number of the stance, in order of ic_s"),
    Column("side", "str", "", "stance side: left | right"),
    Column("ic_s", "float", "s", "initial contact, reference clock"),
    Column("tc_s", "float", "s", "terminal contact (toe-off), reference clock"),
    Column("contact_time_s", "float", "s", "TC - IC"),
    Column("flight_time_s", "float", "s", "TC to the next contralateral IC; < 0: double support"),
    Column("step_time_s", "float", "s", "IC to the next contralateral IC"),
    Column("stride_time_s", "float", "s", "IC to the next IC of the same side"),
    Column("cadence_spm", "float", "steps/min", "120 / stride time (both feet counted)"),
    Column("duty_factor", "float", "1", "contact time / stride time"),
    Column("pelvic_drop_ic_deg", "float", "deg", "pelvic drop at IC; + = swing side lower"),
    Column("pelvic_drop_peak_deg", "float", "deg", "largest pelvic drop in IC ... IC+75 % stance"),
    Column("pelvic_drop_excursion_deg", "float", "deg", "peak minus value at IC"),
    Column("pelvic_drop_peak_pct", "float", "% stance", "time of the peak"),
    Column("pelvic_drop_mean_deg", "float", "deg", "mean pelvic drop over stance"),
    Column("pelvis_obliquity_range_deg", "float", "deg", "range over the stride"),
    Column("pelvis_tilt_range_deg", "float", "deg", "range over the stride"),
    Column("pelvis_tilt_mean_deg", "float", "deg", "mean over stance; + = anterior tilt"),
    Column("pelvis_rotation_range_deg", "float", "deg", "range over the stride"),
    Column("shank_lean_ic_deg", "float", "deg", "shank lean at IC; + = knee medial of ankle"),
    Column("shank_lean_min_deg", "float", "deg", "smallest shank lean in IC ... IC+75 % stance"),
    Column("shank_lean_max_deg", "float", "deg", "largest shank lean in IC ... IC+75 % stance"),
    Column("shank_lean_mean_deg", "float", "deg", "mean shank lean over stance"),
    Column("shank_lean_excursion_deg", "float", "deg", "max minus min"),
    Column("shank_lean_velocity_peak_deg_s", "float", "deg/s", "fastest medial lean in the window"),
    Column("shank_rotation_excursion_deg", "float", "deg", "range of rotation about the long axis"),
    Column("shank_angle_ic_deg", "float", "deg", "sagittal; + = foot ahead of the knee"),
    Column("knee_travel_mm", "float", "mm", "medio-lateral travel of the knee over the ankle"),
    Column("hip_adduction_model_deg", "float", "deg", "modelled hip adduction at the drop peak"),
    Column("hip_adduction_model_sd_deg", "float", "deg", "standard deviation of the model"),
    Column("peak_tibial_acceleration_g", "float", "g", "axial, gravity removed, IC ... IC+60 ms"),
    Column("peak_pelvis_acceleration_g", "float", "g", "largest resultant minus 1 g over stance"),
    Column("shock_attenuation_db", "float", "dB", "9-20 Hz power, pelvis over shank"),
    Column("vertical_oscillation_cm", "float", "cm", "of the pelvis, per step"),
    Column("turn_rate_deg_s", "float", "deg/s", "5 s mean heading rate; + = to the left"),
    Column("clipped", "bool", "", "a sensor reached its range during this stride"),
    Column("imputed", "bool", "", "an event was filled in from its neighbours"),
    Column("valid", "bool", "", "fit for the findings"),
    Column("reason", "str", "", "reason codes joined by ';', empty when there is nothing to say"),
    Column("gait", "str", "", "run | walk"),
)
"""The contract's columns, in order."""

EXTRA_COLUMNS: Final[tuple[Column, ...]] = (
    Column("confidence", "float", "1", "0 ... 1, agreement of this stride with its neighbours"),
    Column("speed_mps", "float", "m/s", "speed used (given, table or estimated)"),
    Column("leg_stiffness_kn_m", "float", "kN/m", "sine model; needs mass, height and speed"),
    Column("pelvic_drop_peak_sd_deg", "float", "deg", "stated SD of pelvic_drop_peak_deg"),
    Column("pelvic_drop_excursion_sd_deg", "float", "deg", "stated SD of the excursion"),
    Column("shank_lean_mean_sd_deg", "float", "deg", "stated SD of shank_lean_mean_deg"),
    Column("shank_lean_excursion_sd_deg", "float", "deg", "stated SD of the excursion"),
    Column("hip_adduction_deg", "float", "deg", "measured (thigh sensor), at the drop peak"),
    Column("knee_abduction_deg", "float", "deg", "measured (thigh sensor), peak in the window"),
    Column("heart_rate_bpm", "float", "1/min", "of the watch, where its FIT file was given"),
    Column("grade_pct", "float", "%", "of the ground, by the watch; + = uphill"),
    Column("lap", "float", "1", "number of the watch's lap, from 1"),
)
"""Columns that follow ``gait``."""

ALL_COLUMNS: Final = STRIDE_COLUMNS + EXTRA_COLUMNS
WATCH_COLUMNS: Final = ("heart_rate_bpm", "grade_pct", "lap")
"""Columns that only a watch's FIT file fills; they are not missed without one."""
COLUMN_NAMES: Final = tuple(c.name for c in ALL_COLUMNS)

STANCE_CURVES: Final = ("pelvic_drop", "shank_lean", "shank_angle")
STRIDE_CURVES: Final = ("pelvis_obliquity", "pelvis_tilt", "pelvis_rotation")
"""Keys in cycles.npz: ``<name>_deg_stance`` (IC -> TC) and ``<name>_deg_stride`` (IC -> IC)."""

# --------------------------------------------------------------------------- reason codes
REASONS: Final[dict[str, str]] = {
    "gap": "samples are missing during this stance, or many of the pelvis in the swing",
    "gap_swing": "samples are missing in the swing after this stance",
    "clipped": "the accelerometer reached its range; impact is a lower bound",
    "gyro_clipped": "the gyroscope reached its range; angles are not safe",
    "imputed": "an event was filled in from its neighbours",
    "no_tc": "no terminal contact was found",
    "edge": "the recording starts or ends within this stride",
    "bout_edge": "first or last stride of a stretch of gait",
    "turn": "turning faster than the limit; angles are relative to effective gravity",
    "transition": "change between walking, running and standing",
    "outlier_time": "stance or stride time outside the plausible range",
    "low_confidence": "the stride is too unlike the others to time it",
    "slip": "after a sensor moved on the body",
    "no_contralateral": "the other leg's next contact was not found",
}
"""Codes in ``reason``. Several may be joined by ';'."""

INVALIDATING: Final = frozenset(
    {
        "gap",
        "gyro_clipped",
        "imputed",
        "no_tc",
        "edge",
        "bout_edge",
        "transition",
        "outlier_time",
        "low_confidence",
        "slip",
    }
)
"""Codes that make a stance invalid; the others only inform (turns are masked by the findings)."""

# --------------------------------------------------------------------------- outcomes


class Outcome(NamedTuple):
    """An outcome of the findings.

    name : key in run.json (the column's name without its unit)
    column : column of the stride table
    unit : unit as printed
    matters : smallest change that matters, in ``unit`` (the project's proposal, settable)
    label : words for a reader
    by_side : whether left and right are reported apart
    """

    name: str
    column: str
    unit: str
    matters: float
    label: str
    by_side: bool


OUTCOMES: Final[tuple[Outcome, ...]] = (
    Outcome("pelvic_drop_excursion", "pelvic_drop_excursion_deg", "deg", 1.0, "Pelvic drop", True),
    Outcome("pelvic_drop_peak", "pelvic_drop_peak_deg", "deg", 1.0, "Peak pelvic drop", True),
    Outcome("shank_lean_mean", "shank_lean_mean_deg", "deg", 1.0, "Shank lean inward", True),
    Outcome(
        "shank_lean_excursion", "shank_lean_excursion_deg", "deg", 1.0, "Shank lean travel", True
    ),
    Outcome(
        "shank_angle_ic", "shank_angle_ic_deg", "deg", 1.0, "Foot ahead of knee at landing", True
    ),
    Outcome(
        "hip_adduction_model",
        "hip_adduction_model_deg",
        "deg",
        1.5,
        "Hip adduction, modelled",
        True,
    ),
    Outcome("contact_time", "contact_time_s", "ms", 15.0, "Contact time", True),
    Outcome("cadence", "cadence_spm", "spm", 3.0, "Cadence", False),
    Outcome(
        "peak_tibial_acceleration",
        "peak_tibial_acceleration_g",
        "g",
        1.5,
        "Impact at the shank",
        True,
    ),
    Outcome("stride_time_cv", "stride_time_s", "%", 0.5, "Stride-time variability", False),
    Outcome(
        "pelvis_tilt_mean", "pelvis_tilt_mean_deg", "deg", 1.5, "Pelvic tilt, change only", False
    ),
)
"""Outcomes in the order of the report. The first is the primary one (pooled)."""

PRIMARY_OUTCOME: Final = "pelvic_drop_excursion"

DRIFT_VERDICTS: Final = ("drifted", "no_relevant_drift", "inconclusive", "withdrawn", "not_tested")
COMPARISON_VERDICTS: Final = (
    "improved",
    "worse",
    "no_relevant_change",
    "inconclusive",
    "too_few_runs",
)

RUN: Final = "run"
WALK: Final = "walk"
