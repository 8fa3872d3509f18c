"""A small runner made of pulses, for tests that need events known to the sample.

The pulses follow the mean waveforms of the public shank recordings (docs/validation.md) only
roughly; accuracy is measured elsewhere, here it is about logic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray


@dataclass(frozen=True)
class Steps:
    """Contacts of a run: ic_s, tc_s (k,), left (k,), and the next contact of the same side."""

    ic_s: FloatArray
    tc_s: FloatArray
    left: BoolArray
    end_s: float


def make_steps(
    periods_s: FloatArray, start_s: float = 3.0, duty: float = 0.36, stand_s: float = 3.0
) -> Steps:
    """Alternating contacts, right first. periods_s : (k,) stride period at each step."""
    ic = start_s + np.concatenate([[0.0], np.cumsum(0.5 * periods_s[:-1])])
    left = np.arange(len(ic)) % 2 == 1
    return Steps(ic, ic + duty * periods_s, left, float(ic[-1] + 2.0 + stand_s))


def _add(out: FloatArray, time: FloatArray, at: FloatArray, height: float, sd: FloatArray) -> None:
    fs = 1.0 / (time[1] - time[0])
    for t, s in zip(at, np.broadcast_to(sd, at.shape), strict=True):
        lo, hi = (int(np.clip((t + d * s - time[0]) * fs, 0, len(time))) for d in (-5, 5))
        out[lo:hi] += height * np.exp(-0.5 * ((time[lo:hi] - t) / s) ** 2)


def shank(steps: Steps, side: str, fs: float, noise: float = 0.05, seed: int = 0) -> UniformStream:
    """Shank in limb axes x forward, y up, z right."""
    mine = steps.left == (side == "left")
    ic, tc = steps.ic_s[mine], steps.tc_s[mine]
    period = np.diff(ic, append=2 * ic[-1] - ic[-2])
    time = np.arange(0.0, steps.end_s, 1.0 / fs)
    forward, up, rate = np.zeros_like(time), np.ones_like(time), np.zeros_like(time)
    contact = tc - ic
    _add(up, time, ic + 0.037, 3.0, np.full(len(ic), 0.009))
    _add(up, time, ic + 0.45 * contact, 1.6, 0.2 * contact)
    _add(up, time, tc + 0.027, -1.4, np.full(len(ic), 0.022))
    _add(up, time, ic - 0.22 * period, 1.2, 0.07 * period)
    _add(up, time, ic - 0.005, -1.0, np.full(len(ic), 0.03))
    _add(forward, time, ic - 0.002, -1.5, np.full(len(ic), 0.012))
    _add(forward, time, ic + 0.027, 5.0, np.full(len(ic), 0.010))
    _add(forward, time, ic + 0.068, -3.0, np.full(len(ic), 0.016))
    _add(forward, time, tc, 1.7, 0.09 * period)
    _add(forward, time, ic - 0.28 * period, -1.5, 0.08 * period)
    _add(rate, time, ic - 0.19 * period, 9.5, 0.075 * period)
    _add(rate, time, tc + 0.03, -6.0, 0.09 * period)
    _add(rate, time, ic + 0.03, -2.5, 0.06 * period)
    rng = np.random.default_rng([seed, side == "left"])
    acc = np.column_stack([forward, up, np.zeros_like(up)]) * G_MPS2
    gyr = np.column_stack([np.zeros_like(up), np.zeros_like(up), rate])
    acc += rng.normal(0, noise * G_MPS2, acc.shape)
    gyr += rng.normal(0, 0.05, gyr.shape)
    return stream(f"{side}_shank", fs, acc, gyr)


def pelvis(steps: Steps, fs: float, noise: float = 0.02, seed: int = 0) -> UniformStream:
    """Pelvis in segment axes x forward, y up, z right, with a drop of about 4 deg."""
    time = np.arange(0.0, steps.end_s, 1.0 / fs)
    inside = (time > steps.ic_s[0] - 0.2) & (time < steps.tc_s[-1] + 0.2)
    up = np.where(inside, 0.05, 1.0)
    forward, right, roll = np.zeros_like(time), np.zeros_like(time), np.zeros_like(time)
    contact = steps.tc_s - steps.ic_s
    _add(up, time, steps.ic_s + 0.5 * contact, 2.3, 0.22 * contact)
    _add(forward, time, steps.ic_s + 0.02, -0.5, np.full(len(contact), 0.015))
    _add(forward, time, steps.ic_s + 0.25 * contact, -0.3, 0.12 * contact)
    _add(forward, time, steps.ic_s + 0.75 * contact, 0.35, 0.12 * contact)
    for left, sign in ((True, -1.0), (False, 1.0)):
        mine = steps.left == left
        _add(right, time, steps.ic_s[mine] + 0.5 * contact[mine], 0.1 * sign, 0.3 * contact[mine])
    phase = np.interp(time, steps.ic_s, np.arange(len(steps.ic_s)) + float(steps.left[0]))
    lift = 0.06 * np.cos(np.pi * phase) * inside  # right side up in early right stance
    roll = -np.gradient(lift, 1.0 / fs) * inside
    rng = np.random.default_rng([seed, 7])
    acc = np.column_stack([forward, up, right]) * G_MPS2
    acc += rng.normal(0, noise * G_MPS2, acc.shape)
    gyr = np.column_stack([roll, np.zeros_like(roll), np.zeros_like(roll)])
    gyr += rng.normal(0, 0.02, gyr.shape)
    return stream("pelvis", fs, acc, gyr)


def stream(
    placement: str, fs: float, acc: FloatArray, gyr: FloatArray | None, t0: float = 0.0
) -> UniformStream:
    """Arrays as a stream without gaps or clipping."""
    no = np.zeros(len(acc), dtype=bool)
    return UniformStream(placement, t0, fs, acc, gyr, no, no, no)


def turned(s: UniformStream, rotation: Rotation) -> UniformStream:
    """The same sensor mounted in another way."""
    matrix = rotation.as_matrix()
    gyr = None if s.gyr is None else s.gyr @ matrix.T
    return stream(s.placement, s.fs, s.acc @ matrix.T, gyr, s.t0)


def without_gyro(s: UniformStream) -> UniformStream:
    """The accelerometer alone."""
    return stream(s.placement, s.fs, s.acc, None, s.t0)


def whole(steps: Steps, fs: float = 100.0) -> dict[str, UniformStream]:
    """Pelvis and both shanks."""
    return {
        "pelvis": pelvis(steps, fs),
        "left_shank": shank(steps, "left", fs),
        "right_shank": shank(steps, "right", fs),
    }
