"""Angles of a control test: pelvis and both shanks on one clock, zero in standing.

The test has no gait to learn from. The zero is the standing before the movements, the pelvis'
direction comes from the bows and each shank's from its heel-to-buttock kicks; the sources are those
of ``kinematics.alignment``. The movements themselves are never used: a squat's rotation axis holds
the very lean that is to be measured.

Gravity comes from the first pass of ``kinematics.orientation`` alone. Its Gaussian is several times
longer than a repetition, which starts and ends at rest, so the movement's own acceleration averages
out, and nobody runs bends in a control test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.errors import InputError
from hipgait.kinematics.angles import smooth
from hipgait.kinematics.gait_cycles import horizontal_basis
from hipgait.kinematics.gyro_bias import standing_bias
from hipgait.kinematics.movements import Moved, gather
from hipgait.kinematics.orientation import Attitude, first_pass, long_runs, up_in_sensor
from hipgait.kinematics.pelvis_axis import axis_from_bows
from hipgait.kinematics.protocol import Protocol, find_protocol
from hipgait.kinematics.segment_axes import SegmentAxes, from_yaw
from hipgait.kinematics.series import elevation
from hipgait.kinematics.shank_axis import axis_from_kicks
from hipgait.kinematics.smoothing import gaussian, unit
from hipgait.kinematics.stillness import STEP_S, common_grid, runs, slow_features, still_mask
from hipgait.kinematics.uniform import UniformStream
from hipgait.kinematics.yaw import axes, fuse
from hipgait.names import G_MPS2, PELVIS, SIDES
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import Settings

NEEDED: Final = (PELVIS, "left_shank", "right_shank")
RATE_HZ: Final = 100.0
"""rate of the common clock; every curve is smoothed to 10 Hz before it is put there"""
STANDING_MIN_S: Final = 3.0
"""the standing that sets the zero lasts at least this, s (the contract's protocol: 15 s)"""
CALM_MPS2: Final = 0.6
"""RMS of the vertical acceleration over about two seconds above which somebody walks, m/s^2"""
MOVES_MPS2: Final = {"pelvis": 0.6, "shank": 0.15}
"""what the movements themselves add to the vertical acceleration, for a second, m/s^2: the pelvis
goes up and down in every repetition, a standing shank hardly"""
BIAS_SD_MPS2: Final = 0.3
"""prior of an accelerometer's bias per axis, m/s^2 (30 mg)"""


@dataclass(frozen=True)
class ControlAngles:
    """Curves on one clock of RATE_HZ, smoothed as the contract says; NaN in long gaps.

    time_s : (n,) s, reference clock.  obliquity : (n,) deg, + right side up.
    lean, forward : side -> (n,) deg; forward + = knee ahead of the ankle, both 0 in standing.
    tilted : side -> (n,) deg, angle of the shank to its own standing.
    pelvis_tilted : (n,) deg, the same of the pelvis.
    vertical : placement -> (n,) free acceleration upwards, m/s^2.
    yaw_sd_deg : placement -> stated SD of its direction.
    """

    time_s: FloatArray
    obliquity: FloatArray
    lean: Mapping[str, FloatArray]
    forward: Mapping[str, FloatArray]
    tilted: Mapping[str, FloatArray]
    pelvis_tilted: FloatArray
    vertical: Mapping[str, FloatArray]
    yaw_sd_deg: Mapping[str, float]


def control_angles(streams: Mapping[str, UniformStream], settings: Settings) -> ControlAngles:
    """Angles of pelvis and both shanks.

    Raises
    ------
    InputError : a sensor, its gyroscope, the standing, the bows or the kicks are missing.
    """
    _check(streams)
    used = {p: streams[p] for p in NEEDED}
    protocol = find_protocol(used, settings.protocol)
    still = _still(used, settings)
    zero = _zero(still, protocol)
    first = {p: _attitude(x, still, settings) for p, x in used.items()}
    known = Protocol(zero[None, :], protocol.bows, protocol.kicks)
    moved = gather(first, known, np.zeros(0), settings.alignment)
    found = {PELVIS: _pelvis_axes(moved, settings)}
    for side in SIDES:
        found[f"{side}_shank"] = _shank_axes(first[f"{side}_shank"], moved, side, settings)
    return _curves(first, found, settings)


def _check(streams: Mapping[str, UniformStream]) -> None:
    for placement in NEEDED:
        if placement not in streams:
            raise InputError(
                f"no {placement} sensor", "A control test needs pelvis, left_shank and right_shank"
            )
        stream = streams[placement]
        if stream.gyr is None:
            raise InputError(
                f"{placement} has no gyroscope", "Record the control test with gyroscopes"
            )
        if stream.gravity_removed:
            raise InputError(
                f"{placement} was exported without gravity", "Export raw acceleration instead"
            )


def _still(streams: Mapping[str, UniformStream], s: Settings) -> FloatArray:
    """(k, 2) stretches in which every sensor is still, s."""
    grid = common_grid(streams)
    mask = np.ones(len(grid), dtype=bool)
    for one in (
        slow_features(streams[PELVIS], grid),
        *(slow_features(streams[p], grid) for p in NEEDED[1:]),
    ):
        mask &= still_mask(one, s.protocol)
    trim = s.protocol.still_margin_s
    rows = [(grid[a] + trim, grid[b - 1] - trim) for a, b in runs(mask)]
    return np.array([r for r in rows if r[1] - r[0] >= STANDING_MIN_S - STEP_S]).reshape(-1, 2)


def _zero(still: FloatArray, protocol: Protocol) -> FloatArray:
    """(2,) the last standing before the bows and kicks: the sensors are on by then."""
    for what, count in (
        ("trunk bows", protocol.n_bows),
        *((f"heel-to-buttock kicks of the {side} leg", protocol.n_kicks(side)) for side in SIDES),
    ):
        if count == 0:
            raise InputError(
                f"no {what} found",
                "Stand still 15 s, bow three times and kick each heel to the buttock three times "
                "before the test",
            )
    moves = [protocol.bows, *protocol.kicks.values()]
    begin = min(float(rows[0, 0]) for rows in moves if len(rows))
    before = still[still[:, 1] <= begin + 1.0]
    if not len(before):
        raise InputError(
            "nobody stands still before the bows and kicks",
            "Stand still for 15 s first: it sets the zero of every angle",
        )
    return np.asarray(before[-1])


def _attitude(stream: UniformStream, still: FloatArray, s: Settings) -> Attitude:
    bias = standing_bias(stream, [(float(a), float(b)) for a, b in still])
    strapped = first_pass(stream, bias, s.orientation, long_gap_s=s.sampling.long_gap_s)
    return Attitude(stream, strapped, strapped.up)


def _pelvis_axes(moved: Moved, s: Settings) -> SegmentAxes:
    up = moved.standing_up[PELVIS]
    x, z = horizontal_basis(up)
    bows = axis_from_bows(list(moved.bows), up, x, z, s.alignment)
    if bows is None:
        raise InputError("the trunk bows are too shallow", "Bow by 30 degrees or more, three times")
    fused = fuse([bows])
    right, _ = axes(x, z, fused.yaw_rad)
    return from_yaw(right, up, fused, True, s.alignment.pelvis_posture_rad, [])


def _shank_axes(attitude: Attitude, moved: Moved, side: str, s: Settings) -> SegmentAxes:
    up = moved.standing_up[f"{side}_shank"]
    x, z = horizontal_basis(up)
    kicks = list(moved.kicks[side])
    yaw = axis_from_kicks(kicks, x, z, side == "right", s.alignment)
    if yaw is None:
        raise InputError(
            f"the kicks of the {side} leg are too slow or too crooked to set its direction",
            "Kick the heel straight back to the buttock three times",
        )
    right, _ = axes(x, z, yaw.yaw_rad)
    # the heel goes up behind: the shank turns forward, which is negative about the right axis
    angle = [np.cumsum(k @ right) for k in kicks]
    backward = sum(float(a[np.argmax(np.abs(a))]) for a in angle) > 0
    fused = fuse([yaw], yaw.yaw_rad + (np.pi if backward else 0.0))
    right, _ = axes(x, z, fused.yaw_rad)
    return from_yaw(right, up, fused, True, s.alignment.shank_posture_rad, [])


def _curves(
    first: Mapping[str, Attitude], found: Mapping[str, SegmentAxes], s: Settings
) -> ControlAngles:
    spans = [(a.stream.time_s[0], a.stream.time_s[-1]) for a in first.values()]
    begin, end = max(a for a, _ in spans), min(b for _, b in spans)
    if end - begin < 10.0:
        raise InputError(
            f"the three sensors share {max(end - begin, 0.0):.0f} s",
            "Give recordings of the same test on one clock",
        )
    time = np.arange(begin, end, 1.0 / RATE_HZ)
    vertical: dict[str, FloatArray] = {}
    tilted: dict[str, FloatArray] = {}
    frontal: dict[str, FloatArray] = {}
    forward: dict[str, FloatArray] = {}
    for placement, attitude in first.items():
        stream, axis = attitude.stream, found[placement]
        up = up_in_sensor(attitude.strapped, attitude.up)
        lost = _lost(stream.missing, stream.fs, s)

        def put(
            x: FloatArray, stream: UniformStream = stream, lost: BoolArray = lost
        ) -> FloatArray:
            x = np.where(lost, np.nan, x)
            return np.interp(time, stream.time_s, smooth(x, stream.fs, s.angles))

        frontal[placement] = put(np.degrees(elevation(axis.right, up)))
        forward[placement] = put(np.degrees(np.arctan2(-(up @ axis.forward), up @ axis.up)))
        rest = unit(axis.up)
        tilted[placement] = put(np.degrees(np.arccos(np.clip(up @ rest, -1.0, 1.0))))
        rising = put(np.einsum("ij,ij->i", stream.acc, up) - G_MPS2)
        turned = np.column_stack([put(column) for column in up.T]) - rest
        moves = MOVES_MPS2[placement.rsplit("_", 1)[-1]]
        vertical[placement] = without_bias(rising, turned, moves)
    mirror = {"left": -1.0, "right": 1.0}
    return ControlAngles(
        time,
        frontal[PELVIS],
        {side: mirror[side] * frontal[f"{side}_shank"] for side in SIDES},
        {side: forward[f"{side}_shank"] for side in SIDES},
        {side: tilted[f"{side}_shank"] for side in SIDES},
        tilted[PELVIS],
        vertical,
        {p: float(np.degrees(a.yaw_sd_rad)) for p, a in found.items()},
    )


def without_bias(vertical: FloatArray, turned: FloatArray, moves_mps2: float) -> FloatArray:
    """Vertical acceleration without what the accelerometer's bias puts into it.

    At rest the sensor shows g plus the part of its bias that points up; as it tilts, that part
    changes and would pass for a movement (20 mg at 20 deg: several cm within a repetition). The
    bias is what explains the slow differences between the postures of the whole test: bows, bent
    knees, repetitions. Least squares over calm samples with a prior of BIAS_SD.

    vertical : (n,) free acceleration upwards, m/s^2.  turned : (n, 3) up in the sensor less that of
    standing.  Both may hold NaN.  moves_mps2 : size of real movement (MOVES_MPS2).
    """
    known = np.isfinite(vertical) & np.isfinite(turned).all(axis=1)
    power = np.where(known, np.nan_to_num(vertical) ** 2, 0.0)
    calm = known & (gaussian(power, RATE_HZ) < CALM_MPS2**2)
    if not calm.any():
        return vertical
    columns = np.column_stack([turned[calm], np.ones(int(calm.sum()))])
    # samples within a second are not independent
    spread = moves_mps2**2 * RATE_HZ / BIAS_SD_MPS2**2
    square = columns.T @ columns + spread * np.diag([1.0, 1.0, 1.0, 0.0])
    bias = np.linalg.solve(square, columns.T @ vertical[calm])
    return np.asarray(vertical - turned @ bias[:3] - bias[3])


def _lost(missing: BoolArray, fs: float, s: Settings) -> BoolArray:
    """(n,) True in gaps across which the orientation is not carried."""
    out = np.zeros(len(missing), dtype=bool)
    for a, b in long_runs(missing, s.sampling.long_gap_s * fs):
        out[a:b] = True
    return out
