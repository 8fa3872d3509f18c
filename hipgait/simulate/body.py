"""What describes a simulated runner: frozen settings and a generator of different runners.

The values are chosen inside published ranges (pelvic obliquity range 7-10 deg, tilt 6-7, rotation
10-16 deg per stride from a sacral sensor; peak drop 2-7 deg; tibial peaks 6-25 g; 140-200 steps a
minute); none of them is known to the analysis.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from hipgait.errors import SettingsError
from hipgait.names import SIDES
from hipgait.simulate.tasks import LEAD_S, TAIL_S, TASK_KINDS, TASKS, TaskSettings

SEGMENT_KINDS: Final = ("stand", "bows", "kicks", "jumps", "walk", "run", "sprint", *TASK_KINDS)
PATHS: Final = ("straight", "track", "out_and_back")
STRIKES: Final = ("rear", "mid", "fore")


@dataclass(frozen=True, kw_only=True)
class SideSettings:
    """One leg and the pelvis over it. Angles in deg, with the signs of the contract."""

    drop_ic_deg: float = 0.5
    """pelvic drop at initial contact"""
    drop_excursion_deg: float = 4.0
    """peak minus value at contact"""
    drop_peak_share: float = 0.40
    """time of the peak as a share of the stance"""
    lean_ic_deg: float = -6.0
    """shank lean at contact (negative: knee outside the ankle)"""
    lean_excursion_deg: float = 4.5
    """medial travel of the lean within the stance"""
    lean_peak_share: float = 0.48
    standing_lean_deg: float = 0.0
    """shank lean in quiet standing (tibial varus and posture)"""
    toe_out_deg: float = 6.0
    tibial_rotation_deg: float = 6.0
    """internal rotation of the shank within the stance"""
    knee_abduction_deg: float = 0.0
    """knee ab/adduction at mid-stance, + = abducted; sets where the foot is put down"""
    swing_abduction_deg: float = 3.0
    """largest knee ab/adduction of the swing (0-6)"""
    swing_abduction_flexion_share: float = 0.5
    """share of it that follows knee flexion; the rest has its own course"""
    swing_rotation_deg: float = 4.0
    contact_scale: float = 1.0
    """contact time relative to the runner's mean"""
    impact_g: float = 11.0
    """axial transient of the shank after contact, amplitude at the base speed"""


@dataclass(frozen=True, kw_only=True)
class Fatigue:
    """Changes from the start to the end of the running, following ``course``."""

    course: str = "linear"
    """"linear" or "hinge" (nothing before ``hinge``, then linear)"""
    hinge: float = 0.5
    """share of the running after which a hinge change begins"""
    drop_excursion_deg: tuple[float, float] = (0.0, 0.0)
    """left, right"""
    drop_ic_deg: tuple[float, float] = (0.0, 0.0)
    lean_deg: tuple[float, float] = (0.0, 0.0)
    lean_excursion_deg: tuple[float, float] = (0.0, 0.0)
    cadence_spm: float = 0.0
    contact_ms: float = 0.0
    impact_g: float = 0.0
    tilt_deg: float = 0.0

    def __post_init__(self) -> None:
        if self.course not in ("linear", "hinge"):
            raise SettingsError(f"unknown course {self.course!r}", "Use linear or hinge")


@dataclass(frozen=True)
class Segment:
    """A part of the recording. kind : one of SEGMENT_KINDS; speed_mps : of walk, run, sprint.

    task : how a control movement (TASK_KINDS) is done.
    """

    kind: str
    duration_s: float
    speed_mps: float | None = None
    task: TaskSettings = field(default_factory=TaskSettings)

    def __post_init__(self) -> None:
        if self.kind not in SEGMENT_KINDS:
            raise SettingsError(
                f"unknown segment {self.kind!r}", f"Use one of: {', '.join(SEGMENT_KINDS)}"
            )
        if not self.duration_s > 0:
            raise SettingsError(f"segment {self.kind!r} lasts {self.duration_s} s")


def standing_then_run(run_s: float, stand_s: float = 15.0) -> tuple[Segment, ...]:
    """Stand, run, stand."""
    return (Segment("stand", stand_s), Segment("run", run_s), Segment("stand", stand_s))


def protocol_then_run(run_s: float, stand_s: float = 15.0) -> tuple[Segment, ...]:
    """The whole recording protocol: stand, three bows, three kicks a leg, two jumps, run, stand."""
    return (
        Segment("stand", stand_s),
        Segment("bows", 12.0),
        Segment("kicks", 14.0),
        Segment("jumps", 5.0),
        Segment("stand", 3.0),
        Segment("run", run_s),
        Segment("stand", stand_s),
    )


def control_test(
    left: TaskSettings | None = None,
    right: TaskSettings | None = None,
    hold_s: float = 30.0,
    stand_s: float = 15.0,
) -> tuple[Segment, ...]:
    """The control test: stand, bows, kicks, then step-downs, squats and stance, left before right.

    left, right : how the movements are done on that leg.
    """
    parts = [Segment("stand", stand_s), Segment("bows", 12.0), Segment("kicks", 14.0)]
    parts.append(Segment("stand", 4.0))
    sides = dict(zip(SIDES, (left or TaskSettings(), right or TaskSettings()), strict=True))
    for task in TASKS:
        for side, how in sides.items():
            lasts = how.duration_s * 1.06 if task != "stance" else hold_s + LEAD_S + TAIL_S
            parts += [Segment(f"{task}_{side}", lasts, task=how), Segment("stand", 3.0)]
    return tuple(parts)


@dataclass(frozen=True, kw_only=True)
class RunnerSettings:
    """A runner and what the runner does."""

    height_m: float = 1.74
    mass_kg: float = 68.0
    speed_mps: float = 3.1
    cadence_spm: float = 168.0
    """at ``speed_mps``; 140-200"""
    duty_factor: float | None = None
    """contact over stride time in running; None: from the speed"""
    walk_speed_mps: float = 1.4
    walk_cadence_spm: float = 114.0
    pelvis_tilt_deg: float = 15.0
    """mean anterior tilt in running"""
    pelvis_tilt_range_deg: float = 6.0
    pelvis_rotation_range_deg: float = 12.0
    standing_tilt_deg: float = 11.0
    standing_roll_deg: float = 0.0
    """obliquity in quiet standing, + = right side up"""
    left: SideSettings = field(default_factory=SideSettings)
    right: SideSettings = field(default_factory=SideSettings)
    strike: str = "rear"
    landing_hardness: float = 0.7
    """0 soft ... 1 hard: what the impacts were drawn with"""
    impact_peak_ms: float = 34.0
    """time from contact to the peak of the shank's transient"""
    impact_ap_share: float = 1.0
    """size of the shank's backward transient against the axial one"""
    push_off: float = 0.0
    """-0.3 early ... 0.3 late rise of the heel"""
    braking_mps: float = 0.20
    """loss and gain of speed within a stance"""
    force_skew: float = 0.0
    """-1 ... 1; + moves the vertical force towards the first half of the stance"""
    sway_mps: float = 0.09
    """medio-lateral speed of the pelvis between steps"""
    stride_time_cv: float = 0.012
    drop_sd_deg: float = 0.35
    lean_sd_deg: float = 0.45
    hurst: float = 0.8
    """of stride time, drop and lean from stride to stride"""
    fatigue: Fatigue = field(default_factory=Fatigue)
    grade_pct: float = 0.0
    path: str = "straight"
    lap_m: float = 400.0
    """length of a lap ("track") or of one way ("out_and_back")"""
    bend_radius_m: float = 36.5
    clockwise: bool = False
    schedule: tuple[Segment, ...] = field(default_factory=lambda: standing_then_run(60.0))

    def __post_init__(self) -> None:
        checks = (
            (1.2 <= self.height_m <= 2.2, "height_m", self.height_m, "1.2-2.2 m"),
            (1.0 <= self.speed_mps <= 8.0, "speed_mps", self.speed_mps, "1-8 m/s"),
            (130 <= self.cadence_spm <= 220, "cadence_spm", self.cadence_spm, "130-220"),
            (0.4 <= self.walk_speed_mps <= 2.2, "walk_speed_mps", self.walk_speed_mps, "0.4-2.2"),
            (0.5 <= self.hurst < 1.0, "hurst", self.hurst, "0.5-1"),
            (0 <= self.landing_hardness <= 1, "landing_hardness", self.landing_hardness, "0-1"),
            (self.path in PATHS, "path", self.path, ", ".join(PATHS)),
            (self.strike in STRIKES, "strike", self.strike, ", ".join(STRIKES)),
            (len(self.schedule) > 0, "schedule", self.schedule, "at least one Segment"),
        )
        for good, name, value, allowed in checks:
            if not good:
                raise SettingsError(f"{name} = {value!r}", f"Allowed: {allowed}")

    @property
    def shank_m(self) -> float:
        """Knee to ankle, 0.246 of the height (Winter 2009)."""
        return 0.246 * self.height_m

    @property
    def thigh_m(self) -> float:
        """Hip to knee, 0.245 of the height (Winter 2009)."""
        return 0.245 * self.height_m

    @property
    def hip_half_m(self) -> float:
        """Half the distance between the hip joints, 0.048 of the height."""
        return 0.048 * self.height_m

    @property
    def duration_s(self) -> float:
        """Length of the recording, s."""
        return sum(s.duration_s for s in self.schedule)

    def side(self, name: str) -> SideSettings:
        """Settings of a side ("left" or "right")."""
        return self.left if name == SIDES[0] else self.right

    def duty(self, speed: float) -> float:
        """Duty factor of running at a speed."""
        if self.duty_factor is not None:
            return self.duty_factor
        return float(np.clip(0.45 - 0.031 * speed, 0.22, 0.43))


def _random_side(rng: np.random.Generator, base: SideSettings) -> SideSettings:
    return replace(
        base,
        drop_ic_deg=base.drop_ic_deg + rng.normal(0, 0.7),
        drop_excursion_deg=max(1.2, base.drop_excursion_deg + rng.normal(0, 0.6)),
        drop_peak_share=float(np.clip(rng.normal(0.40, 0.04), 0.28, 0.52)),
        lean_ic_deg=base.lean_ic_deg + rng.normal(0, 1.2),
        lean_excursion_deg=max(1.0, base.lean_excursion_deg + rng.normal(0, 0.8)),
        lean_peak_share=float(np.clip(rng.normal(0.48, 0.05), 0.35, 0.6)),
        standing_lean_deg=rng.normal(0, 2.0),
        toe_out_deg=rng.normal(6, 4),
        tibial_rotation_deg=max(1.0, rng.normal(6, 2)),
        knee_abduction_deg=rng.normal(0, 1.5),
        swing_abduction_deg=rng.uniform(0, 6) * rng.choice([-1, 1]),
        swing_abduction_flexion_share=rng.uniform(0.2, 0.8),
        swing_rotation_deg=rng.normal(0, 4),
        contact_scale=float(np.clip(rng.normal(1, 0.015), 0.95, 1.05)),
        impact_g=max(1.5, base.impact_g * rng.normal(1, 0.08)),
    )


def random_runner(rng: np.random.Generator, kind: str | None = None) -> RunnerSettings:
    """A runner drawn at random.

    Parameters
    ----------
    rng : source of randomness.
    kind : "recreational", "fast", "slow", "soft" (forefoot or soft landing) or None for any.

    Returns
    -------
    RunnerSettings with the default schedule, no fatigue and a straight path; use
    ``dataclasses.replace`` for those.
    """
    kinds = ("recreational", "fast", "slow", "soft")
    if kind is None:
        kind = str(rng.choice(kinds, p=[0.4, 0.2, 0.2, 0.2]))
    if kind not in kinds:
        raise SettingsError(f"unknown kind {kind!r}", f"Use one of: {', '.join(kinds)}")
    height = float(np.clip(rng.normal(1.73, 0.09), 1.5, 1.98))
    low, high = {"recreational": (2.7, 3.5), "fast": (3.6, 4.8), "slow": (2.2, 2.7)}.get(
        kind, (2.7, 3.9)
    )
    speed = rng.uniform(low, high)
    cadence = float(
        np.clip(rng.normal(168 + 5 * (speed - 3.1) - 40 * (height - 1.73), 9), 142, 198)
    )
    soft = kind == "soft"
    strike = (
        str(rng.choice(["mid", "fore"])) if soft else str(rng.choice(STRIKES, p=[0.8, 0.15, 0.05]))
    )
    hardness = rng.uniform(0.0, 0.25) if soft else rng.uniform(0.4, 1.0)
    impact = (3.0 + 8.0 * hardness) * (0.75 + 0.3 * (speed - 2.2))
    base = SideSettings(
        drop_ic_deg=rng.normal(0.3, 0.8),
        drop_excursion_deg=float(np.clip(rng.normal(4.0, 1.1), 1.8, 7.0)),
        lean_ic_deg=rng.normal(-6.5, 1.8),
        lean_excursion_deg=float(np.clip(rng.normal(4.2, 1.3), 1.5, 8.0)),
        impact_g=impact,
    )
    return RunnerSettings(
        height_m=height,
        mass_kg=float(np.clip(22 * height**2 + rng.normal(0, 5), 42, 110)),
        speed_mps=float(speed),
        cadence_spm=cadence,
        duty_factor=float(np.clip(0.45 - 0.031 * speed + rng.normal(0, 0.02), 0.25, 0.43)),
        walk_speed_mps=float(rng.uniform(1.15, 1.6)),
        walk_cadence_spm=float(rng.normal(114, 5)),
        pelvis_tilt_deg=float(rng.normal(15, 4)),
        pelvis_tilt_range_deg=float(np.clip(rng.normal(6.3, 1.0), 3.5, 9)),
        pelvis_rotation_range_deg=float(np.clip(rng.normal(12.5, 2.5), 6, 19)),
        standing_tilt_deg=float(rng.normal(11, 4)),
        standing_roll_deg=float(rng.normal(0, 1.0)),
        left=_random_side(rng, base),
        right=_random_side(rng, base),
        strike=strike,
        landing_hardness=float(hardness),
        impact_peak_ms=float(46 - 15 * hardness + rng.normal(0, 2.5)),
        impact_ap_share=float(rng.uniform(0.7, 1.3)),
        push_off=float(rng.normal(0, 0.08)),
        braking_mps=float(rng.uniform(0.14, 0.26)),
        force_skew=float(rng.uniform(-0.3, 0.6)),
        sway_mps=float(rng.uniform(0.05, 0.12)),
        stride_time_cv=float(rng.uniform(0.008, 0.02)),
        drop_sd_deg=float(rng.uniform(0.2, 0.5)),
        lean_sd_deg=float(rng.uniform(0.3, 0.6)),
        hurst=float(rng.uniform(0.7, 0.9)),
    )
