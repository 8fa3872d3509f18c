"""Sensor-to-segment alignment: which directions of a sensor are right, up and forward.

Nothing is assumed of how a sensor was turned on the limb. Up comes from standing still (or from
the gait itself, then without a zero for absolute angles); the yaw about it comes from movement:
pelvis_axis, shank_axis, thigh_axis and virtual_thigh hold the sources, yaw fuses them.

Only stride means are used, of at most ``strides_max`` strides spread over the run; the cost does
not grow with the length of the recording. Measured error: docs/validation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hipgait.kinematics.gait_cycles import (
    MeanCycle,
    choose_strides,
    horizontal_basis,
    mean_cycle,
    phases,
)
from hipgait.kinematics.movements import Moved, Start
from hipgait.kinematics.orientation import Attitude
from hipgait.kinematics.pelvis_axis import (
    axis_from_acceleration,
    axis_from_bows,
    axis_from_harmonics,
    axis_from_start,
)
from hipgait.kinematics.segment_axes import SegmentAxes, from_yaw, with_evidence
from hipgait.kinematics.shank_axis import axis_from_kicks, axis_from_swing, upright_in_stance
from hipgait.kinematics.smoothing import unit
from hipgait.kinematics.thigh_axis import thigh_yaw
from hipgait.kinematics.virtual_thigh import ThighFit, fit_virtual_thigh
from hipgait.kinematics.yaw import YawEvidence, axes, fuse, wrap
from hipgait.names import SIDES
from hipgait.recording import FloatArray
from hipgait.settings import AlignmentSettings

Events = Mapping[str, tuple[FloatArray, FloatArray]]
"""side -> (ic, tc), s on the reference clock"""


@dataclass(frozen=True)
class Alignment:
    """Axes per placement, and what could not be aligned.

    failed : placement -> reason.
    sides_agree : False where the pelvis moves as if left and right were exchanged; None unknown.
    cycles : mean cycle per placement (for the stated errors).
    contact_share : side -> median contact time over stride time of the strides used.
    """

    axes: Mapping[str, SegmentAxes]
    failed: Mapping[str, str] = field(default_factory=dict)
    sides_agree: bool | None = None
    cycles: Mapping[str, MeanCycle] = field(default_factory=dict)
    contact_share: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Strides:
    """Phases of the chosen strides of one side. rows : (k, 3) IC, TC, next IC."""

    rows: FloatArray
    times: FloatArray

    @property
    def contact_share(self) -> float:
        r = self.rows
        return float(np.median((r[:, 1] - r[:, 0]) / (r[:, 2] - r[:, 0])))


def align(
    attitudes: Mapping[str, Attitude],
    moved: Moved,
    events: Events,
    start: Start | None,
    settings: AlignmentSettings,
    *,
    refine: bool = True,
) -> Alignment:
    """Axes of every sensor that has a gyroscope and strides to learn from.

    Parameters
    ----------
    attitudes : placement -> orientation (first or second pass).
    moved : what the protocol gave, per placement.
    events : side -> (ic, tc) of uninterrupted gait.
    start : velocity gained between standing and running, for the pelvis.
    refine : False leaves out the virtual thighs (a draft for the centripetal correction).
    """
    axes_found: dict[str, SegmentAxes] = {}
    failed: dict[str, str] = {}
    cycles: dict[str, MeanCycle] = {}
    share: dict[str, float] = {}
    strides = {side: _strides(events, side, attitudes, settings) for side in SIDES}
    usable = {side: s for side, s in strides.items() if s is not None}
    for placement in attitudes:
        if not usable:
            failed[placement] = "no strides to learn the direction of the sensor from"
    if not usable:
        return Alignment(axes_found, failed)
    pelvis_cycles: dict[str, MeanCycle] = {}
    if "pelvis" in attitudes:
        pelvis_cycles = {side: _cycle(attitudes["pelvis"], c) for side, c in usable.items()}
        side = "right" if "right" in usable else "left"
        found = _pelvis(
            pelvis_cycles[side], moved, start, settings, side, usable[side].contact_share
        )
        axes_found["pelvis"], cycles["pelvis"] = found
    for side, chosen in usable.items():
        share[side] = chosen.contact_share
        for segment in ("shank", "thigh"):
            placement = f"{side}_{segment}"
            if placement in attitudes:
                work = _shank if segment == "shank" else _thigh
                found = work(attitudes[placement], moved, chosen, side, settings)
                axes_found[placement], cycles[placement] = found
    for placement in attitudes:
        if placement not in axes_found and not placement.endswith("_foot"):
            failed[placement] = "no strides of this side to learn the direction of the sensor from"
    if refine and "pelvis" in axes_found and any(f"{s}_shank" in axes_found for s in usable):
        axes_found = _with_virtual_thighs(axes_found, cycles, pelvis_cycles, share, settings)
    agree = _sides_agree(axes_found.get("pelvis"), cycles.get("pelvis"), usable, settings)
    return Alignment(axes_found, failed, agree, cycles, share)


def _strides(
    events: Events, side: str, attitudes: Mapping[str, Attitude], settings: AlignmentSettings
) -> _Strides | None:
    if side not in events:
        return None
    streams = [a.stream for p, a in attitudes.items() if p == "pelvis" or p.startswith(side)]
    rows = choose_strides(*events[side], streams, settings)
    if len(rows) < settings.strides_min:
        return None
    return _Strides(rows, phases(rows[:, 0], rows[:, 2], settings.cycle_points))


def _mean_up(attitude: Attitude, strides: _Strides) -> FloatArray:
    return attitude.up_in_sensor_mean(strides.times[:: max(1, len(strides.times) // 50)])


def _cycle(attitude: Attitude, strides: _Strides) -> MeanCycle:
    """Mean cycle in the heading frame of some axis that is horizontal on average."""
    return mean_cycle(attitude, strides.times, horizontal_basis(_mean_up(attitude, strides))[1])


def _pelvis(
    cycle: MeanCycle,
    moved: Moved,
    start: Start | None,
    settings: AlignmentSettings,
    side: str,
    contact_share: float,
) -> tuple[SegmentAxes, MeanCycle]:
    standing = moved.standing_up.get("pelvis")
    up = standing if standing is not None else unit(cycle.up.mean(axis=0))
    x, z = horizontal_basis(up)
    cycle = cycle.facing(z)
    evidence: list[YawEvidence] = []
    bows = axis_from_bows(list(moved.bows), up, x, z, settings)
    harmonics = axis_from_harmonics(cycle, x, z, settings)
    onset = None
    if start is not None:
        onset = axis_from_start(start.velocity, start.heading, x, z, settings)
    evidence = [e for e in (bows, harmonics, onset) if e is not None]
    if not evidence:
        evidence = [_coarse_forward(cycle)]
    guess = fuse(evidence).yaw_rad
    acceleration, sense = axis_from_acceleration(cycle, guess, x, z, settings)
    if bows is not None:
        towards = bows.yaw_rad
    else:
        rise = _rise_after_contact(cycle, axes(x, z, guess)[0], side, contact_share)
        votes = float(np.clip(sense / SENSE_MPS2, -3, 3) + np.clip(rise / RISE_RAD, -3, 3))
        if onset is not None:
            votes += 3.0 * float(np.cos(onset.yaw_rad - guess))
        towards = guess if votes > 0 else guess + np.pi
    if acceleration is not None:
        evidence.append(acceleration)
    fused = fuse(evidence, towards)
    notes = []
    if onset is not None and abs(float(wrap(onset.yaw_rad - fused.yaw_rad))) > 0.6:
        notes.append("the start of the run does not point the way the pelvis moves")
    right, _ = axes(x, z, fused.yaw_rad)
    roll_sd = settings.pelvis_posture_rad
    if standing is None:
        # without standing, zero is where the obliquity averages over the stride
        tilt = float(np.mean(cycle.up @ right))
        right = unit(right - up * tilt)
        roll_sd = settings.symmetry_rad
    result = from_yaw(right, up, fused, standing is not None, roll_sd, notes)
    return result, cycle.facing(result.right)


SENSE_MPS2 = 0.5
"""order of braking and push against the vertical that counts as one vote, m/s^2"""
RISE_RAD = np.radians(0.7)
"""drop after a contact that counts as one vote, rad"""


def _rise_after_contact(
    cycle: MeanCycle, right: FloatArray, side: str, contact_share: float
) -> float:
    """How far the stance side rises from contact to mid-stance: the swing side sinks in running.

    rad; negative if ``right`` points to the left. The labels of the shanks speak here.
    """
    n = len(cycle.up)
    obliquity = cycle.up @ right
    lo, hi = round(0.15 * contact_share * n), max(2, round(0.6 * contact_share * n))
    rise = float(obliquity[lo:hi].mean() - obliquity[0])
    return rise if side == "right" else -rise


def _coarse_forward(cycle: MeanCycle) -> YawEvidence:
    """Largest horizontal acceleration of the stride: fore and aft, roughly."""
    flat = cycle.acc[:, [2, 0]] - cycle.acc[:, [2, 0]].mean(axis=0)
    _, vectors = np.linalg.eigh(flat.T @ flat)
    sin, cos = vectors[:, 0]  # least acceleration: to the side
    return YawEvidence("coarse", float(np.arctan2(cos, sin)), 0.5, axial=True)


def _shank(
    attitude: Attitude, moved: Moved, strides: _Strides, side: str, settings: AlignmentSettings
) -> tuple[SegmentAxes, MeanCycle]:
    placement = f"{side}_shank"
    standing = moved.standing_up.get(placement)
    cycle = _cycle(attitude, strides)
    up = standing if standing is not None else upright_in_stance(cycle, strides.contact_share)
    x, z = horizontal_basis(up)
    swing, ratio = axis_from_swing(cycle, x, z, strides.contact_share, side == "right", settings)
    evidence = [swing]
    kicks = axis_from_kicks(list(moved.kicks.get(side, ())), x, z, side == "right", settings)
    if kicks is not None:
        evidence.append(kicks)
    fused = fuse(evidence, swing.yaw_rad)
    notes = [] if ratio < 0.1 else [f"the swing is no clean hinge (lambda2/lambda1 {ratio:.2f})"]
    right, _ = axes(x, z, fused.yaw_rad)
    roll_sd = settings.shank_posture_rad
    if standing is None:
        lean = settings.lean_prior_rad * (1.0 if side == "right" else -1.0)
        right = np.cos(lean) * right + np.sin(lean) * up
        roll_sd = settings.lean_prior_sd_rad
    result = from_yaw(right, up, fused, standing is not None, roll_sd, notes)
    return result, cycle.facing(result.right)


def _thigh(
    attitude: Attitude, moved: Moved, strides: _Strides, side: str, settings: AlignmentSettings
) -> tuple[SegmentAxes, MeanCycle]:
    standing = moved.standing_up.get(f"{side}_thigh")
    cycle = _cycle(attitude, strides)
    up = standing if standing is not None else unit(cycle.up.mean(axis=0))
    x, z = horizontal_basis(up)
    fused = fuse([thigh_yaw(cycle, x, z, strides.contact_share, settings)])
    right, _ = axes(x, z, fused.yaw_rad)
    result = from_yaw(right, up, fused, standing is not None, settings.thigh_posture_rad, [])
    return result, cycle.facing(result.right)


def _with_virtual_thighs(
    found: Mapping[str, SegmentAxes],
    cycles: Mapping[str, MeanCycle],
    pelvis_cycles: Mapping[str, MeanCycle],
    contact_share: Mapping[str, float],
    settings: AlignmentSettings,
) -> dict[str, SegmentAxes]:
    """Refine the shanks, then the pelvis, by the line from hip to knee."""
    out = dict(found)
    fits: dict[str, ThighFit] = {}
    pelvis = found["pelvis"]
    for side, pelvis_cycle in pelvis_cycles.items():
        placement = f"{side}_shank"
        if placement not in found:
            continue
        shank = found[placement]
        fit = fit_virtual_thigh(
            pelvis_cycle.facing(pelvis.right),
            pelvis,
            cycles[placement].facing(shank.right),
            shank,
            side == "right",
            settings,
        )
        if fit.residual > settings.thigh_misfit_max:
            continue  # this knee is no hinge
        fits[side] = fit
        sd = float(np.hypot(settings.thigh_floor_rad, settings.thigh_misfit_gain * fit.residual))
        line = YawEvidence("thigh", fit.yaw_rad, sd)
        swing, _ = axis_from_swing(
            cycles[placement],
            shank.forward,
            shank.right,
            contact_share[side],
            side == "right",
            settings,
            hinge=True,
        )
        out[placement] = with_evidence(shank, line, instead=swing)
    if len(fits) == 2:
        offset = float(np.mean([f.heading_rad for f in fits.values()]))
        misfit = float(np.mean([f.residual for f in fits.values()]))
        sd = float(np.hypot(settings.legs_sd_rad, settings.thigh_misfit_gain * misfit))
        out["pelvis"] = with_evidence(pelvis, YawEvidence("legs", offset, sd))
    return out


def _sides_agree(
    pelvis: SegmentAxes | None,
    cycle: MeanCycle | None,
    strides: Mapping[str, _Strides],
    settings: AlignmentSettings,
) -> bool | None:
    """Once a stride the pelvis sways towards the stance leg; None where it hardly sways."""
    if pelvis is None or cycle is None:
        return None
    side = "right" if "right" in strides else "left"
    ahead = cycle.turn @ (settings.pelvis_lever_m * pelvis.forward)
    path = cycle.displacement(1)[:, 2] + ahead[:, 2] - ahead[:, 2].mean()
    harmonic = np.fft.rfft(path)[1] / len(path) * 2.0
    middle = 0.5 * strides[side].contact_share
    sway = float(np.real(harmonic * np.exp(2j * np.pi * middle)))
    if abs(sway) < settings.sway_min_m:
        return None
    return (sway > 0) == (side == "right")
