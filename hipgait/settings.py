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
    """Sensor-to-segment alignment."""

    swing_cutoff_hz: float = 10.0


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
