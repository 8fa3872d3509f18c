"""Frozen settings: every constant of the analysis with its unit and source; reading and writing.

A setting is changed by ``Settings.from_toml`` or ``dataclasses.replace``; the hash of what was used
is written into run.json, so that a number can always be traced to its constants.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hipgait.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class SamplingSettings:
    """Uniform clock and missing data."""

    max_rate_hz: float = 500.0
    """faster streams are averaged down to at most this rate, Hz"""
    short_gap_samples: int = 3
    """longer gaps make the strides around them invalid (DESIGN.md, VQF practice)"""
    bridged_gap_s: float = 0.05
    """gaps up to this are bridged by a cubic and do not invalidate, s (measured: docs/validation)"""
    long_gap_s: float = 0.25
    """orientation is not carried across longer gaps, s (about one contact)"""
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
    """faster turning is masked from the findings, deg/s (sec. 'bends' of docs/methods)"""
    curve_points: int = 101


@dataclass(frozen=True, kw_only=True)
class OrientationSettings:
    """Two-pass smoother."""

    first_sigma_s: float = 10.0
    pelvis_sigma_s: float = 3.0
    shank_sigma_s: float = 6.0
    heading_sigma_s: float = 0.6
    rate_sigma_s: float = 0.5


@dataclass(frozen=True, kw_only=True)
class ProtocolSettings:
    """Standing, bows, kicks and jumps, found by themselves."""

    still_gyr_rad_s: float = 0.15
    still_acc_mps2: float = 0.6
    still_min_s: float = 2.0


@dataclass(frozen=True, kw_only=True)
class AlignmentSettings:
    """Sensor-to-segment alignment. "Experiment" = simulated and marker-driven runs, docs/validation."""

    strides_max: int = 400
    """strides spread over the run that the alignment looks at"""
    strides_enough: int = 30
    """with this many running strides, walking is left out of the alignment"""
    stride_min_s: float = 0.4
    """shorter strides are not trusted, s"""
    stride_max_s: float = 1.6
    """longer strides are not trusted, s"""
    stride_tolerance: float = 0.15
    """strides that differ from the median by this share are left out of the mean cycle"""
    cycle_points: int = 100
    """phases of a mean cycle"""
    swing_cutoff_hz: float = 10.0
    """low-pass for the knee's axis, Hz (experiment)"""
    swing_sd_rad: float = 0.035
    """SD of the shank's yaw from the swinging leg, rad (2.0 deg, experiment)"""
    kicks_sd_rad: float = 0.0297
    """SD of the shank's yaw from three kicks, rad (1.7 deg, experiment)"""
    kick_min_rad_s: float = 1.5
    """slower movement is not a kick, rad/s"""
    bows_sd_rad: float = 0.0279
    """SD of the pelvis' yaw from three bows, rad (1.6 deg, experiment)"""
    bow_min_rad: float = 0.2
    """a smaller forward tilt of the pelvis is not a bow, rad"""
    asymmetry_rad: float = 0.0105
    """left-right asymmetry that the harmonics may hold, rad (0.6 deg, experiment)"""
    sideways_mps2: float = 0.45
    """sideways acceleration at step frequency in symmetric gait, m/s^2 (experiment)"""
    pelvis_lever_m: float = 0.12
    """from the sacral sensor forward to the pelvis' centre, m (anthropometry)"""
    start_sd_rad: float = 0.0785
    """SD of the direction of the start, rad (4.5 deg, experiment)"""
    start_speed_min_mps: float = 0.8
    """a slower start has no direction, m/s"""
    thigh_m: float = 0.41
    """length of the virtual thigh, m (Winter 2009: 0.245 of 1.70 m)"""
    thigh_harmonics: int = 8
    """harmonics of the stride kept in the paths of hip and knee"""
    thigh_noise: float = 0.045
    """misfit of hinge and length allowed, share of the thigh (experiment)"""
    thigh_length_weight: float = 0.3
    """weight of the length condition against the hinge (experiment)"""
    toe_out_sd_rad: float = 0.14
    """heading of a knee axis relative to the pelvis, SD, rad (8 deg, experiment)"""
    lean_prior_rad: float = -0.0698
    """mean lean of the shank in early stance where nobody stood still, rad (-4 deg, experiment)"""
    lean_prior_sd_rad: float = 0.0436
    """its SD between people, rad (2.5 deg)"""
    pelvis_posture_rad: float = 0.0175
    """obliquity of the pelvis in standing, SD between people, rad (1 deg)"""
    shank_posture_rad: float = 0.0349
    """frontal lean of the shank in standing, SD between people, rad (2 deg)"""
    symmetry_rad: float = 0.035
    """stride-mean obliquity, SD between people, rad (2 deg): the zero where nobody stood still"""


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """Initial and terminal contact."""

    contact_min_s: float = 0.08
    contact_max_s: float = 0.45
    walk_contact_max_s: float = 1.1


@dataclass(frozen=True, kw_only=True)
class MetricSettings:
    """Impact, oscillation and the modelled hip."""

    impact_window_s: float = 0.060
    impact_cutoff_hz: float = 60.0


@dataclass(frozen=True, kw_only=True)
class FindingsSettings:
    """Early-against-late description."""

    warm_up_s: float = 300.0
    """left out at the start of a run, s (sec. 7.2 of the science notes: first 5 min)"""
    final_s: float = 60.0
    """left out at the end, s (final sprint)"""
    part_s: float = 600.0
    """length of the early and of the late part, s"""
    block_strides: int = 90
    """stances a side in one block mean"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All sections. Every field is itself frozen."""

    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    angles: AngleSettings = field(default_factory=AngleSettings)
    orientation: OrientationSettings = field(default_factory=OrientationSettings)
    protocol: ProtocolSettings = field(default_factory=ProtocolSettings)
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    events: EventSettings = field(default_factory=EventSettings)
    metrics: MetricSettings = field(default_factory=MetricSettings)
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
            raw = msgspec.toml.decode(Path(path).read_bytes())
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
        except (OSError, msgspec.DecodeError) as error:
            raise SettingsError(f"{path}: cannot be read as TOML ({error})") from None

    def to_toml(self, path: Path | str) -> None:
        """Write all settings, defaults included."""
        import msgspec

        Path(path).write_bytes(msgspec.toml.encode(self.to_dict()))
