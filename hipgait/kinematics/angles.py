"""From uniform streams to angle series: orientation, alignment, speed, orientation again, angles.

Every frontal angle is ``asin(axis . up)``: it needs gravity alone, no heading and no magnetometer,
and is the obliquity of the rotation-obliquity-tilt sequence (Baker 2001,
doi:10.1016/S0966-6362(00)00083-7). The series are not smoothed; ``smooth`` is the contract's
filter.

Drift is not removed stride by stride: a line through the ends of each stride takes away real
changes from stride to stride; the error of a single excursion grew from 0.05 to 0.09 deg
(simulated).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from hipgait.kinematics.accelerometer import pelvis_without_gyro, shank_without_gyro
from hipgait.kinematics.alignment import Alignment, align
from hipgait.kinematics.gyro_bias import motion_bias, standing_bias
from hipgait.kinematics.movements import Moved, find_start, gather
from hipgait.kinematics.orientation import (
    Attitude,
    Heading,
    first_pass,
    heading_rate,
    second_pass,
)
from hipgait.kinematics.protocol import Protocol
from hipgait.kinematics.recursive import both_ways
from hipgait.kinematics.segments import PelvisSeries, SegmentAngles, ShankSeries, ThighSeries
from hipgait.kinematics.series import pelvis_series, shank_series, thigh_series
from hipgait.kinematics.speed import Speed, find_speed
from hipgait.kinematics.uncertainty import stated_errors
from hipgait.kinematics.uniform import UniformStream
from hipgait.memory import give_back
from hipgait.names import PELVIS, SIDES
from hipgait.recording import BoolArray, FloatArray, RunInfo
from hipgait.settings import AngleSettings, Settings
from hipgait.threads import in_parallel

_MIRRORED: Final = 9
"""Samples mirrored at each end: what ``sosfiltfilt`` takes for one section."""

SideEvents: TypeAlias = Mapping[str, tuple[FloatArray, FloatArray, BoolArray]]
"""side -> (ic, tc, running) of its stances, s on the reference clock"""

NO_GYRO = "{} has no gyroscope: impact and timing only, no angles"
NO_GRAVITY = "{} was exported without gravity: timing only, no angles and no impact"


def smooth(series: FloatArray, fs: float, settings: AngleSettings | None = None) -> FloatArray:
    """The contract's low-pass: zero-phase, -3 dB at 10 Hz net. Any leading shape, along axis 0.

    NaN are bridged linearly for the filter and come back as NaN. At 25 Hz and less (2.5 times the
    cutoff), or with fewer than 20 samples, the series is returned as it is.
    """
    s = settings or AngleSettings()
    # two passes of a second-order filter: each is -1.5 dB at the net cutoff
    corner = s.cutoff_hz / 0.802
    if corner >= 0.5 * fs or len(series) < 20:
        return series
    unknown = np.isnan(series)
    if not unknown.any():
        return _filtered(series, corner, fs, s.order)
    if series.ndim != 1 or unknown.all():
        return series
    k = np.arange(len(series))
    bridged = np.interp(k, k[~unknown], series[~unknown])
    out = _filtered(bridged, corner, fs, s.order)
    out[unknown] = np.nan
    return out


def _filtered(series: FloatArray, corner_hz: float, fs: float, order: int) -> FloatArray:
    """``sosfiltfilt`` along axis 0."""
    if order == 2:
        return both_ways(series.T, corner_hz / fs, _MIRRORED).T
    from scipy.signal import butter, sosfiltfilt

    return np.asarray(sosfiltfilt(butter(order, corner_hz, fs=fs, output="sos"), series, axis=0))


@dataclass(frozen=True)
class Solved:
    """Orientation and alignment of a recording, before angles are read off.

    attitudes : placement -> orientation after the second pass.
    contacts : side -> (ic, tc) that the alignment learned from.
    missing : placement -> why it has no angles.
    """

    attitudes: Mapping[str, Attitude]
    alignment: Alignment
    moved: Moved
    speed: Speed
    contacts: Mapping[str, tuple[FloatArray, FloatArray]]
    missing: Mapping[str, str]


def estimate_angles(
    streams: Mapping[str, UniformStream],
    info: RunInfo,
    events: SideEvents,
    protocol: Protocol,
    settings: Settings | None = None,
) -> SegmentAngles:
    """Angle series of every segment that has a gyroscope, with what is known of their errors.

    Parameters
    ----------
    streams : placement -> uniform stream.
    info : speed and body dimensions, where known.
    events : side -> (ic, tc, running).
    protocol : standing, bows and kicks.
    settings : every constant.

    Returns
    -------
    SegmentAngles; segments that cannot be measured are absent, with the reason in
    ``not_measured``. Never raises for a recording that is short, or without strides.
    """
    s = settings or Settings()
    solved = solve(streams, info, events, protocol, s)
    attitudes = dict(solved.attitudes)
    solved = replace(solved, attitudes={})  # each is let go of when its angles are read off
    return _collect(streams, attitudes, solved, s)


def solve(
    streams: Mapping[str, UniformStream],
    info: RunInfo,
    events: SideEvents,
    protocol: Protocol,
    settings: Settings,
) -> Solved:
    """First pass, alignment, speed, second pass, alignment again. Arguments as above."""
    s = settings
    missing = {p: NO_GYRO.format(p) for p, stream in streams.items() if stream.gyr is None}
    missing |= {p: NO_GRAVITY.format(p) for p, x in streams.items() if x.gravity_removed}
    turning = [p for p in streams if p not in missing and not p.endswith("_foot")]
    passed = in_parallel(lambda p: _first(streams[p], protocol.standing, s), turning)
    first = dict(zip(turning, passed, strict=True))
    give_back()
    contacts = {side: _chosen(*events[side]) for side in SIDES if side in events}
    ics = np.sort(np.concatenate([np.zeros(0), *(c[0] for c in contacts.values())]))
    moved = gather(first, protocol, ics, s.alignment)
    start = None
    if PELVIS in first and contacts:
        start = find_start(first[PELVIS], protocol.standing, ics, s.alignment)
    few = replace(s.alignment, strides_max=s.alignment.strides_draft)
    draft = align(first, moved, contacts, start, few, refine=False)
    legs = [
        (first[f"{side}_shank"], *contacts[side]) for side in contacts if f"{side}_shank" in first
    ]
    speed = find_speed(info, start, legs, s.speed)
    second = _second(first, draft, speed, s)
    final = align(second, moved, contacts, start, s.alignment)
    return Solved(second, final, moved, speed, contacts, {**missing, **final.failed})


def _first(stream: UniformStream, standing: FloatArray, s: Settings) -> Attitude:
    bias = standing_bias(stream, _long(standing))
    strapped = first_pass(stream, bias, s.orientation, long_gap_s=s.sampling.long_gap_s)
    if bias.source == "none":
        bias = motion_bias(
            strapped.up, strapped.rot, strapped.rate_hz, strapped.segments, bias, s.orientation
        )
        strapped = first_pass(stream, bias, s.orientation, long_gap_s=s.sampling.long_gap_s)
    return Attitude(stream, strapped, strapped.up)


def _long(standing: FloatArray) -> list[tuple[float, float]]:
    """Standing long enough for a gyroscope's bias: sway of 1 deg in 2 s would be 0.5 deg/s."""
    length = standing[:, 1] - standing[:, 0]
    enough = length >= min(4.0, length.max(initial=0.0))
    return [(float(a), float(b)) for a, b in standing[enough]]


def _chosen(ic: FloatArray, tc: FloatArray, run: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Stances to learn from: running where there is enough of it."""
    use = run if run.sum() >= min(20, 0.5 * len(run)) else np.ones(len(run), dtype=bool)
    return ic[use], tc[use]


def _second(
    first: Mapping[str, Attitude], draft: Alignment, speed: Speed, s: Settings
) -> dict[str, Attitude]:
    """Orientation with the centripetal acceleration taken out; the pelvis' heading rate for all."""
    shared: Heading | None = None
    if PELVIS in draft.axes:
        shared = heading_rate(first[PELVIS].strapped, draft.axes[PELVIS].right, s.orientation)

    def one(placement: str) -> Attitude:
        attitude, found = first[placement], draft.axes.get(placement)
        if found is None:
            return attitude
        heading = shared or heading_rate(attitude.strapped, found.right, s.orientation)
        up = second_pass(attitude.strapped, found.right, speed.at, heading, settings=s.orientation)
        return Attitude(attitude.stream, attitude.strapped, up)

    return dict(zip(first, in_parallel(one, list(first)), strict=True))


def _collect(
    streams: Mapping[str, UniformStream],
    attitudes: dict[str, Attitude],
    solved: Solved,
    s: Settings,
) -> SegmentAngles:
    alignment = solved.alignment
    alone = not any(p.endswith("_thigh") for p in attitudes)  # each series needs its own only

    def one(placement: str) -> PelvisSeries | ShankSeries | ThighSeries | None:
        stream, side = streams[placement], placement.split("_")[0]
        attitude = attitudes.pop(placement, None) if alone else attitudes.get(placement)
        axes = alignment.axes.get(placement)
        if stream.gravity_removed:
            return None
        if attitude is None or axes is None:
            if placement == PELVIS:
                return pelvis_without_gyro(stream)
            return shank_without_gyro(stream) if placement.endswith("_shank") else None
        if placement == PELVIS:
            return pelvis_series(attitude, axes, s)
        if placement.endswith("_shank"):
            return shank_series(attitude, axes, side, s)
        return thigh_series(side, attitudes, alignment.axes, s)

    series = dict(zip(streams, in_parallel(one, list(streams)), strict=True))
    give_back()
    pelvis = series.get(PELVIS)
    assert pelvis is None or isinstance(pelvis, PelvisSeries)
    shank = {p.split("_")[0]: x for p, x in series.items() if isinstance(x, ShankSeries)}
    thigh = {p.split("_")[0]: x for p, x in series.items() if isinstance(x, ThighSeries)}
    report = {
        placement: {
            "method": axes.method,
            "quality": round(axes.quality, 3),
            "yaw_sd_deg": float(np.degrees(axes.yaw_sd_rad)),
            "roll_sd_deg": float(np.degrees(axes.roll_sd_rad)),
            "notes": list(axes.notes),
        }
        for placement, axes in alignment.axes.items()
    }
    notes = list(solved.speed.notes)
    if alignment.sides_agree is False:
        notes.append("the pelvis sways as if left and right were exchanged")
    return SegmentAngles(
        pelvis=pelvis,
        shank=shank,
        thigh=thigh,
        standing_zero=bool(solved.moved.standing_up),
        speed_table=solved.speed.table,
        speed_source=solved.speed.source,
        alignment=report,
        angle_sd_deg=stated_errors(alignment, s),
        not_measured=dict(solved.missing),
        notes=tuple(notes),
    )
