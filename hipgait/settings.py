"""Frozen settings: every constant of the analysis with its unit and source; reading and writing.

A setting is changed by ``Settings.from_toml`` or ``dataclasses.replace``; the hash of what was used
is written into run.json, so that a number can always be traced to its constants.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from hipgait.errors import SettingsError
from hipgait.settings_kinematics import (
    AlignmentSettings as AlignmentSettings,
)
from hipgait.settings_kinematics import (
    ErrorSettings as ErrorSettings,
)
from hipgait.settings_kinematics import (
    OrientationSettings as OrientationSettings,
)
from hipgait.settings_kinematics import (
    ProtocolSettings as ProtocolSettings,
)
from hipgait.settings_kinematics import (
    SpeedSettings as SpeedSettings,
)
from hipgait.settings_sensors import (
    QualitySettings as QualitySettings,
)
from hipgait.settings_sensors import (
    SyncSettings as SyncSettings,
)

MAX_TOML: Final = 256 * 1024
"""Largest TOML file that is read, bytes: thousands of laps fit."""
LONG_KEY: Final = re.compile(
    rb"""(?<![\w"'-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){32}"""
)
"""A key of 32 parts, and no setting has one: the parser pays for them by their square."""


@dataclass(frozen=True, kw_only=True)
class SamplingSettings:
    """Uniform clock and missing data."""

    max_rate_hz: float = 500.0
    """faster streams are averaged down to at most this rate, Hz"""
    short_gap_samples: int = 3
    """gaps of up to so many samples are bridged like short ones even where that takes longer"""
    bridged_gap_s: float = 0.05
    """gaps up to this are bridged by a cubic and do not invalidate, s"""
    gap_margin_s: float = 0.03
    """samples lost this close to a stance count as lost in it, s (the angles' smoothing)"""
    swing_gap_s: float = 0.2
    """longer gaps of the pelvis in the swing make a stance invalid, s: up to this, the bridged
    ranges over the stride are within 0.4 deg (obliquity) and 1.3 deg (rotation)"""
    long_gap_s: float = 1.5
    """orientation is not carried across longer gaps, s (two strides; see kinematics.gap_steps)"""
    longest_gap_s: float = 21600.0
    """longer gaps are two recordings or a wrong clock: refused, s (6 h)"""
    longest_span_s: float = 172800.0
    """sensors that lie further apart are not on one clock: refused, s (2 days)"""
    range_fraction: float = 0.98
    """a sample at this share of the full scale counts as clipped"""


@dataclass(frozen=True, kw_only=True)
class AngleSettings:
    """How angles are smoothed and read off (the contract)."""

    cutoff_hz: float = 10.0
    """-3 dB of the net zero-phase filter, Hz"""
    order: int = 2
    """order of the Butterworth filter, run both ways"""
    window_share: float = 0.75
    """peaks are looked for in IC ... IC + this share of the stance"""
    turn_window_s: float = 5.0
    """averaging window of the turn rate, s"""
    turn_limit_deg_s: float = 3.0
    """faster turning is masked from the findings, deg/s (at 3 m/s gravity leans by 0.9 deg then)"""
    curve_points: int = 101


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """Initial and terminal contact."""

    contact_min_s: float = 0.08
    """shortest contact of a running stance, s (open force-plate data, with margin)"""
    contact_max_s: float = 0.45
    """longest contact of a running stance, s (274-316 ms were measured at 8.5 km/h)"""
    walk_contact_max_s: float = 1.1
    """longest contact of a walking stance, s"""
    stride_min_s: float = 0.45
    """shortest stride, s (267 steps a minute)"""
    stride_max_s: float = 1.8
    """longest stride, s (67 steps a minute)"""
    rest_spread_g: float = 0.15
    """a shank whose 5 Hz specific force spreads less than this over 2 s rests, g"""
    pelvis_rest_spread_g: float = 0.08
    """the same for the pelvis, g"""
    run_drive_shank: float = 1.75
    """spread divided by the cubed stride period above which a shank runs, g/s^3
    (at the ankle and shank of 6 people: brisk walk 1.4, slow jog 2.5)"""
    run_drive_pelvis: float = 1.07
    """the same at the pelvis, g/s^3 (brisk walk 0.6, slow jog 1.8)"""
    push_sign: float = 0.3
    """usual size of the correlation of forward and axial force at the shank (see strides.gait)"""
    swing_floor_rad_s: float = 1.0
    """forward swings of the shank reach at least this angular velocity, rad/s"""
    block_strides: int = 100
    """strides of one leg that share an ensemble (60-120 s)"""
    ic_search_s: tuple[float, float] = (-0.085, 0.025)
    """where the landing is looked for around an anchor from the accelerometer alone, s"""
    ic_search_gyro_s: tuple[float, float] = (-0.010, 0.090)
    """where the landing is looked for around the end of the forward swing, s"""
    ic_run_s: float = 0.0190
    """delay of the landing's feature after initial contact in running, s"""
    ic_walk_s: float = 0.0170
    """the same in walking, s"""
    tc_run_s: float = 0.0362
    """delay of the push-off's feature after terminal contact in running, s"""
    tc_walk_s: float = 0.0235
    """delay of the mean of unloading and forward push after terminal contact in walking, s"""
    pelvis_contact_share: float = 0.35
    """weight of the pelvis in the contact time of running (SD between people: shank 5-6 ms,
    pelvis about 8 ms)"""
    pelvis_contact_reach_s: float = 0.040
    """a larger disagreement between shank and pelvis is not averaged, s"""
    pelvis_push_lag_deg: float = 60.0
    """how much later than the vertical force the forward force is looked for in running, degrees of
    the step (18 to 48 were measured; some more keeps a tilted upward axis out)"""
    pelvis_ic_search_s: tuple[float, float] = (-0.075, 0.020)
    """where the braking is looked for around the steepest rise of the load, s"""
    pelvis_ic_s: float = 0.0057
    """delay of the steepest braking after initial contact, s"""
    pelvis_tc_s: float = 0.0
    """what is left of the delay of the pelvis' unloading after terminal contact, s"""


@dataclass(frozen=True, kw_only=True)
class MetricSettings:
    """Impact, oscillation and the modelled hip."""

    impact_window_s: float = 0.060


@dataclass(frozen=True, kw_only=True)
class HipModelSettings:
    """Priors of the modelled hip adduction."""

    height_m: float = 1.72
    """body height where it is unknown, m"""
    shank_share: float = 0.246
    """shank length over height (Winter 2009)"""
    thigh_share: float = 0.245
    """thigh length over height (Winter 2009)"""
    hip_half_width_m: float = 0.085
    """hip centre from the midline, m (Harrington 2007 at a pelvis width of 0.235 m)"""
    hip_half_width_sd_m: float = 0.006
    """its SD where the pelvis' width is unknown, m (assumed; the regression alone: 3.2 mm)"""
    half_step_width_m: float = 0.022
    """foot from the midline minus the pelvis' sideways shift, m (experiment)"""
    offset_sd_m: float = 0.025
    """SD of hip to ankle, sideways, m (step width 0 ... 8 cm is unknown)"""
    flexion_rad: float = 0.75
    """knee flexion at the drop's peak, rad (43 deg)"""
    flexion_sd_rad: float = 0.14
    """its SD, rad (8 deg)"""
    outward_rad: float = 0.0
    """knee axis turned outwards relative to the direction of travel, rad"""
    outward_sd_rad: float = 0.122
    """its SD with the alignment's share, rad (7 deg)"""
    varus_sd_rad: float = 0.07
    """knee ab/adduction, SD, rad (4 deg)"""
    sagittal_sd_rad: float = 0.052
    """sagittal angle of the shank, SD, rad (3 deg)"""
    soft_tissue_rad: float = 0.065
    """movement of skin over bone and what the model leaves out, SD, rad (3.7 deg: the least that
    makes the stated error that of 60 simulated runners, 5.0 deg)"""


@dataclass(frozen=True, kw_only=True)
class FindingsSettings:
    """Early-against-late description and the drift test."""

    warm_up_s: float = 300.0
    """left out at the start of a run, s (first 5 min)"""
    final_s: float = 60.0
    """left out at the end, s (final sprint)"""
    pause_s: float = 60.0
    """a longer pause counts as this when the run is divided, s"""
    part_s: float = 600.0
    """length of the early and of the late part, s"""
    block_strides: int = 90
    """stances a side in one block mean of the description"""
    alpha: float = 0.05
    """chance of calling a drift where there is none; intervals miss as often"""
    mask_strides: int = 5
    """strides before and after a bend or a stop that are left out of the drift test"""
    pace_share: float = 0.03
    """strides within this share of the median pace make the check at one pace"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All sections. Every field is itself frozen."""

    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    angles: AngleSettings = field(default_factory=AngleSettings)
    orientation: OrientationSettings = field(default_factory=OrientationSettings)
    protocol: ProtocolSettings = field(default_factory=ProtocolSettings)
    speed: SpeedSettings = field(default_factory=SpeedSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    errors: ErrorSettings = field(default_factory=ErrorSettings)
    events: EventSettings = field(default_factory=EventSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    metrics: MetricSettings = field(default_factory=MetricSettings)
    hip_model: HipModelSettings = field(default_factory=HipModelSettings)
    findings: FindingsSettings = field(default_factory=FindingsSettings)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Plain nested dictionary, in the order of the fields."""
        return {
            part.name: {f.name: getattr(getattr(self, part.name), f.name) for f in fields(section)}
            for part in fields(self)
            for section in [getattr(self, part.name)]
        }

    def digest(self) -> str:
        """Hex SHA-256 of the settings (first 12 digits identify them in reports)."""
        import msgspec

        return hashlib.sha256(msgspec.json.encode(self.to_dict(), order="sorted")).hexdigest()

    @classmethod
    def from_toml(cls, path: Path | str) -> Settings:
        """Read settings; what the file leaves out keeps its default.

        Raises
        ------
        SettingsError : unknown section or key, wrong type; names the path within the file.
        """
        import msgspec

        try:
            with Path(path).open("rb") as file:
                data = file.read(MAX_TOML + 1)
            if len(data) > MAX_TOML:
                raise SettingsError(f"{path}: longer than {MAX_TOML} bytes: no settings")
            if LONG_KEY.search(data):
                raise SettingsError(f"{path}: a key of many parts: no settings")
            raw = msgspec.toml.decode(data)
            known = {f.name: f for f in fields(cls)}
            for section, values in raw.items():
                if not isinstance(values, dict):
                    raise SettingsError(f"{path}: {section} stands outside a [section]")
                if section not in known:
                    raise SettingsError(
                        f"{path}: unknown section [{section}]", f"Known: {', '.join(known)}"
                    )
                allowed = {f.name for f in fields(getattr(cls(), section))}
                unknown = sorted(set(values) - allowed)
                if unknown:
                    raise SettingsError(
                        f"{path}: unknown setting {section}.{unknown[0]}",
                        f"Known: {', '.join(sorted(allowed))}",
                    )
            return msgspec.convert(raw, cls)
        except msgspec.ValidationError as error:
            raise SettingsError(f"{path}: {error}") from None
        except (OSError, msgspec.DecodeError, ValueError, RecursionError) as error:
            raise SettingsError(f"{path}: cannot be read as TOML ({error})") from None

    def to_toml(self) -> str:
        """All settings, defaults included, as ``from_toml`` reads them."""
        import msgspec

        return msgspec.toml.encode(self.to_dict()).decode()
