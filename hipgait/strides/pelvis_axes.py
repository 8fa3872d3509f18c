"""Axes of the pelvis from the gait itself, and which side a step belongs to.

**Up** is the mean specific force while moving. **Forward** comes from braking and pushing within
each step: in running the horizontal force follows the vertical one by 18 ... 48 deg of the step
(three people, one of them at six speeds and slopes), in walking it comes a quarter of a step before
it, so the sign depends on the gait.

**Side**: with the phase of a stride counted from the load's peak in right stance, the pelvis' right
side is highest some 35 deg earlier in running (early right stance: the left side drops), and the
specific force to the right is largest about 10 deg earlier. Measured on running of three people at
2 to 5 m/s (markers, inverse kinematics, one pelvis sensor): 32 ... 80 deg and 17 ... 46 deg. A
pelvis that is level on average shows its side by the shape: within one stance it falls, rises and
falls again, three times as fast as the stride. Of the third harmonic (in degrees of its own cycle)
the roll rate follows the load's peak by 80 deg (70 ... 113 deg in the same five runs) and the force
to the right leads it by 10 deg (-24 ... 41 deg). Pelvic rotation about the vertical differs between
people and is not used. Every mounting is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import EventSettings
from hipgait.strides.bouts import Activity
from hipgait.strides.filters import (
    IntArray,
    block_average,
    lowpass,
    moving_max,
    peaks,
    runs_of,
)
from hipgait.strides.period import LocalPeriod, local_period, smooth_period

_SLOW_HZ = 3.5
_NEIGHBOURS_S = 2.0
"""a rise is as high as the highest within a second of it, the longest step of walking"""


@dataclass(frozen=True)
class PelvisFrame:
    """The pelvis' axes and its slow signals at about 50 Hz.

    axes : (3, 3) rows forward, up, right in the sensor's axes.
    t0, fs : first sample (s, reference clock) and rate (Hz) of the slow signals.
    slow : (3, n) specific force below 3.5 Hz along forward, up, right, g.
    right : (n,) specific force to the right, all frequencies, g.
    roll : (n,) angular velocity about forward, rad/s, or None.
    step : local step period, times from t0.
    """

    axes: FloatArray
    t0: float
    fs: float
    slow: FloatArray
    right: FloatArray
    roll: FloatArray | None
    step: LocalPeriod


def pelvis_frame(
    stream: UniformStream, moves: Activity, settings: EventSettings
) -> PelvisFrame | None:
    """Axes and slow signals; None where nothing moves."""
    k = max(1, int(stream.fs / 50.0))
    fs = stream.fs / k
    acc = block_average(stream.acc, k) / G_MPS2
    time = np.arange(acc.shape[1]) / fs
    sway = moves.at(stream.t0 + time)
    use = sway > settings.pelvis_rest_spread_g
    if use.sum() < fs:
        return None
    mean = acc[:, use].mean(axis=1)
    up = mean / max(float(np.linalg.norm(mean)), 1e-9)
    slow = lowpass(acc, _SLOW_HZ, fs)
    vertical = up @ slow
    step = smooth_period(
        local_period(
            vertical[None],
            fs,
            0.5 * settings.stride_min_s,
            0.5 * settings.stride_max_s,
            near_best=0.7,
        )
    )
    across = slow - np.outer(up, vertical)
    period = np.nan_to_num(step.at(time), nan=1.0)
    with np.errstate(invalid="ignore"):
        running = sway / (2 * period) ** 3 > settings.run_drive_pelvis
    quarter = -np.gradient(vertical) * fs * period / (2 * np.pi)  # a quarter of a step later
    level = vertical - vertical[use].mean()
    late = np.radians(settings.pelvis_push_lag_deg)
    pattern = np.where(running, np.cos(late) * level + np.sin(late) * quarter, -quarter)
    forward = across[:, use] @ pattern[use]
    forward = forward - (forward @ up) * up
    size = float(np.linalg.norm(forward))
    if size < 1e-12:
        return None
    forward = forward / size
    axes = np.stack([forward, up, np.cross(forward, up)])
    roll = None if stream.gyr is None else (axes[0] @ block_average(stream.gyr, k))
    t0 = stream.t0 + 0.5 * (k - 1) / stream.fs
    return PelvisFrame(axes, t0, fs, axes @ slow, axes[2] @ acc, roll, step)


def right_evidence(frame: PelvisFrame, step_s: FloatArray, run: bool) -> float:
    """Evidence that the steps with even numbers are right steps; negative: that they are left.

    step_s : (k,) consecutive steps of one bout, no step missing, at or shortly after contact.
    Usual are 2 ... 7 with a gyroscope, 0.5 ... 3 without; below 0.3 the side is a guess.
    """
    if len(step_s) < 3:
        return 0.0
    lo, hi = (np.clip((step_s[[0, -1]] - frame.t0) * frame.fs, 0, frame.slow.shape[1] - 1)).astype(
        int
    )
    if hi - lo < 8:
        return 0.0
    index = np.arange(lo, hi)
    count = np.interp(frame.t0 + index / frame.fs, step_s, np.arange(len(step_s)))
    whole = (len(step_s) - 1) // 2 * 2
    index, count = index[count < whole], count[count < whole]
    if len(index) < 8:
        return 0.0
    turn = np.exp(-1j * np.pi * count)
    load = (frame.slow[1, index] * turn**2).mean()
    peak = (-0.5 * np.angle(load) + np.radians(20.0)) % np.pi - np.radians(20.0)

    def part(x: FloatArray, harmonic: int, lead_deg: float) -> float:
        """Amplitude of a harmonic of the stride at a lead before the load's peak."""
        at = harmonic * peak - np.radians(lead_deg)
        return float((2 * (x[index] * turn**harmonic).mean() * np.exp(1j * at)).real)

    force_lead, drop_lead = (10.0, 35.0) if run else (67.0, -20.0)
    lateral = np.clip(part(frame.slow[2], 1, force_lead) / 0.08, -2.0, 2.0)
    score = 0.4 * lateral if run else 0.3 * lateral
    if run:
        score += np.clip(part(frame.right, 3, 10.0) / 0.15, -2.0, 2.0)
    if frame.roll is not None:
        cycle = np.pi * whole / max(step_s[whole] - step_s[0], 1e-6)
        lift = part(frame.roll, 1, drop_lead - 90.0) / cycle  # the integral of the roll rate
        score += np.clip(lift / 0.035, -3.0, 3.0)
        if run:
            score += np.clip(part(frame.roll, 3, -80.0) / 0.4, -2.0, 2.0)
    return float(score)


@dataclass(frozen=True)
class Slopes:
    """Steepest rises (or falls) of the slow vertical force. Arrays have length n.

    time_s : s.  score : for a train of steps.  step_s : local step period, s.
    """

    time_s: FloatArray
    score: FloatArray
    step_s: FloatArray


def slow_slopes(frame: PelvisFrame, sign: float) -> Slopes:
    """Steepest rises (sign +1) or falls (-1) of the vertical force below 3.5 Hz."""
    slope = sign * np.gradient(frame.slow[1]) * frame.fs
    place, height = peaks(slope)
    reference = moving_max(slope, round(_NEIGHBOURS_S * frame.fs) | 1)[place.astype(np.int64)]
    period = frame.step.at(place / frame.fs)
    keep = (height > 0.15 * reference) & np.isfinite(period)
    score = 1.0 + np.log(np.clip(height[keep] / reference[keep], 0.05, 2.0))
    return Slopes(frame.t0 + place[keep] / frame.fs, score, period[keep])


def bout_evidence(
    frame: PelvisFrame, time_s: FloatArray, even: BoolArray, bout: IntArray, run: BoolArray
) -> FloatArray:
    """(bouts,) evidence that the steps marked even are right steps, for each bout in order.

    Where steps are missing within a bout, its longest stretch of alternating steps counts.
    """
    out = []
    for number in np.unique(bout):
        mine = np.flatnonzero(bout == number)
        regular = runs_of(even[mine][1:] != even[mine][:-1])
        if not len(regular):
            out.append(0.0)
            continue
        lo, hi = regular[(regular[:, 1] - regular[:, 0]).argmax()]
        part = mine[lo : hi + 1]
        score = right_evidence(frame, time_s[part], bool(run[part].mean() > 0.5))
        out.append(score if even[part[0]] else -score)
    return np.array(out)
