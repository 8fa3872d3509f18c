"""Which columns a set of sensors must fill, and why the others stay empty.

One table of needs per column; the documentation's table and the report's "not measured" section
are made from it, and a test holds the analysis to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from hipgait.names import ALL_COLUMNS, WATCH_COLUMNS

NEEDS: Final[dict[str, str]] = {
    "pelvis": "needs a sensor on the sacrum",
    "pelvis_gyro": "needs a gyroscope on the sacrum; an accelerometer alone cannot tell tilting "
    "from speeding up",
    "pelvis_gravity": "needs the acceleration of the sacrum with gravity, and the app removed it",
    "shank": "needs a sensor on that side's shank",
    "shank_gyro": "needs a gyroscope on that side's shank; an accelerometer alone cannot tell "
    "tilting from speeding up",
    "shank_gravity": "needs the acceleration of that side's shank with gravity, and the app "
    "removed it",
    "both_sides": "needs both legs' contacts: two shanks, two feet, or the sacrum",
    "standing": "needs a few seconds of standing still before or after the run",
    "length": "needs height_m or shank_length_m in run.toml",
    "mass": "needs mass_kg and height_m in run.toml",
    "speed": "needs a speed: run.toml, --speed-mps, a shank's gyroscope, or a start from standing",
    "thigh": "needs a sensor with gyroscope on that side's thigh",
}
"""Need -> words for the reader."""

_TIMING: Final = ("contact_time_s", "stride_time_s", "cadence_spm", "duty_factor")
_STEP: Final = ("flight_time_s", "step_time_s")
_DROP_FREE: Final = (
    "pelvic_drop_excursion_deg",
    "pelvic_drop_peak_pct",
    "pelvis_obliquity_range_deg",
    "pelvis_tilt_range_deg",
    "pelvis_rotation_range_deg",
    "turn_rate_deg_s",
    "pelvic_drop_excursion_sd_deg",
)
_DROP_ZERO: Final = (
    "pelvic_drop_ic_deg",
    "pelvic_drop_peak_deg",
    "pelvic_drop_mean_deg",
    "pelvis_tilt_mean_deg",
    "pelvic_drop_peak_sd_deg",
)
_LEAN_FREE: Final = (
    "shank_lean_excursion_deg",
    "shank_lean_velocity_peak_deg_s",
    "shank_rotation_excursion_deg",
    "shank_angle_ic_deg",
    "shank_lean_excursion_sd_deg",
)
_LEAN_ZERO: Final = (
    "shank_lean_ic_deg",
    "shank_lean_min_deg",
    "shank_lean_max_deg",
    "shank_lean_mean_deg",
    "shank_lean_mean_sd_deg",
)

COLUMN_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_TIMING, ()),
    **dict.fromkeys(_STEP, ("both_sides",)),
    **dict.fromkeys(_DROP_FREE, ("pelvis", "pelvis_gravity", "pelvis_gyro")),
    **dict.fromkeys(_DROP_ZERO, ("pelvis", "pelvis_gravity", "pelvis_gyro", "standing")),
    **dict.fromkeys(_LEAN_FREE, ("shank", "shank_gravity", "shank_gyro")),
    **dict.fromkeys(_LEAN_ZERO, ("shank", "shank_gravity", "shank_gyro", "standing")),
    "knee_travel_mm": ("shank", "shank_gravity", "shank_gyro", "standing", "length"),
    "hip_adduction_model_deg": (
        "pelvis",
        "pelvis_gravity",
        "pelvis_gyro",
        "shank",
        "shank_gravity",
        "shank_gyro",
        "standing",
    ),
    "hip_adduction_model_sd_deg": (
        "pelvis",
        "pelvis_gravity",
        "pelvis_gyro",
        "shank",
        "shank_gravity",
        "shank_gyro",
        "standing",
    ),
    "peak_tibial_acceleration_g": ("shank", "shank_gravity"),
    "peak_pelvis_acceleration_g": ("pelvis", "pelvis_gravity"),
    "shock_attenuation_db": ("pelvis", "pelvis_gravity", "shank", "shank_gravity"),
    "vertical_oscillation_cm": ("pelvis", "pelvis_gravity", "both_sides"),
    "speed_mps": ("speed",),
    "leg_stiffness_kn_m": ("both_sides", "speed", "mass"),
    "hip_adduction_deg": ("pelvis", "pelvis_gravity", "pelvis_gyro", "thigh", "standing"),
    "knee_abduction_deg": ("shank", "shank_gravity", "shank_gyro", "thigh", "standing"),
}
"""Column -> what it needs. Columns that are not named are always filled (but a watch's)."""

NEVER: Final[dict[str, str]] = {
    "knee_angle": "Knee ab/adduction: not measured without a sensor on the thigh.",
    "hip_rotation": "Hip rotation and step width cannot be seen from these places.",
}
"""Topics that the placements cannot give, with the sentence for the report."""


def provided(
    placements: Mapping[str, bool],
    side: str,
    *,
    standing: bool,
    speed: bool,
    length: bool,
    mass: bool,
    without_gravity: Collection[str] = (),
) -> frozenset[str]:
    """Needs that are met for one side.

    Parameters
    ----------
    placements : placement -> whether that stream has a gyroscope.
    side : "left" or "right".
    without_gravity : placements whose acceleration came without gravity.
    """
    have = set()
    if "pelvis" in placements:
        have.add("pelvis")
        if "pelvis" not in without_gravity:
            have.add("pelvis_gravity")
        if placements["pelvis"]:
            have.add("pelvis_gyro")
    if f"{side}_shank" in placements:
        have.add("shank")
        if f"{side}_shank" not in without_gravity:
            have.add("shank_gravity")
        if placements[f"{side}_shank"]:
            have.add("shank_gyro")
    if placements.get(f"{side}_thigh") and f"{side}_thigh" not in without_gravity:
        have.add("thigh")
    pairs = ({"left_shank", "right_shank"}, {"left_foot", "right_foot"}, {"pelvis"})
    if any(pair <= set(placements) for pair in pairs):
        have.add("both_sides")
    flags = {"standing": standing, "speed": speed, "length": length, "mass": mass}
    return frozenset(have | {name for name, given in flags.items() if given})


def must_fill(have: Iterable[str]) -> frozenset[str]:
    """Float columns that valid stances of that side must have filled."""
    met = set(have)
    return frozenset(
        c.name
        for c in ALL_COLUMNS
        if c.kind == "float"
        and c.name not in WATCH_COLUMNS
        and set(COLUMN_NEEDS.get(c.name, ())) <= met
    )


def unmet(have: Iterable[str]) -> dict[str, str]:
    """Column -> sentence, for every column that lacks something (first unmet need)."""
    met = set(have)
    out = {}
    for column, needs in COLUMN_NEEDS.items():
        lacking = [n for n in needs if n not in met]
        if lacking:
            out[column] = f"{NEEDS[lacking[0]]}."
    return out
