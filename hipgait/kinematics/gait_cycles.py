"""Mean gait cycles: what the alignment needs of a run, taken from strides spread over all of it.

A mean cycle holds, at equally spaced phases, the mean rotation of the sensor into its own heading
frame (x forward, y up, z right, constant within a stride) and the mean free acceleration there.
The heading frame follows the stride-mean direction of one axis of the sensor, so that neither a
magnetometer nor a common heading of the sensors is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hipgait.kinematics.orientation import Attitude
from hipgait.kinematics.smoothing import unit
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.settings import AlignmentSettings


@dataclass(frozen=True)
class MeanCycle:
    """The mean of many strides of one sensor, at n equally spaced phases.

    turn : (n, 3, 3) mean rotation, sensor to heading frame (x forward, y up, z right).
    acc : (n, 3) mean free acceleration in the heading frame, gravity removed, m/s^2.
    gyr : (n, 3) mean angular velocity in the sensor, rad/s.
    period_s : mean stride time, s.
    strides : number of strides in the mean.
    spread : (n, 3) SD over strides of the up vector in the sensor.
    """

    turn: FloatArray
    acc: FloatArray
    gyr: FloatArray
    period_s: float
    strides: int
    spread: FloatArray

    @property
    def up(self) -> FloatArray:
        """(n, 3) mean up vector in the sensor."""
        return self.turn[:, 1, :]

    def facing(self, right: FloatArray) -> MeanCycle:
        """The same cycle in the heading frame that follows another axis of the sensor."""
        z = (self.turn @ right).mean(axis=0)
        size = max(float(np.hypot(z[0], z[2])), 1e-9)
        sin, cos = z[0] / size, z[2] / size
        back = np.array([[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]])
        return replace(self, turn=back @ self.turn, acc=self.acc @ back.T)

    def displacement(self, harmonics: int) -> FloatArray:
        """(n, 3) periodic part of the sensor's path in the heading frame, m."""
        n = len(self.acc)
        k = np.fft.fftfreq(n, 1.0 / n)
        spectrum = np.fft.fft(self.acc, axis=0)
        keep = (np.abs(k) <= harmonics) & (k != 0)
        omega = 2 * np.pi * k[keep] / self.period_s
        spectrum[~keep] = 0.0
        spectrum[keep] /= -(omega**2)[:, None]
        return np.asarray(np.fft.ifft(spectrum, axis=0).real)

    def low_harmonics(self, values: FloatArray, cutoff_hz: float) -> FloatArray:
        """Periodic (n, k) values without the harmonics above ``cutoff_hz``."""
        n = len(values)
        spectrum = np.fft.rfft(values, axis=0)
        spectrum[max(2, int(cutoff_hz * self.period_s) + 1) :] = 0.0
        return np.asarray(np.fft.irfft(spectrum, n, axis=0))


def choose_strides(
    ic: FloatArray, tc: FloatArray, streams: Sequence[UniformStream], settings: AlignmentSettings
) -> FloatArray:
    """(k, 3) IC, TC and next IC of strides spread evenly over the run.

    Running is preferred where there is enough of it (the evidence is stronger, and it is what
    is reported); strides of implausible length, and those in which samples of any of ``streams``
    are missing or beyond the gyroscope's range, are left out.
    """
    if len(ic) < 2:
        return np.zeros((0, 3))
    rows = np.column_stack([ic[:-1], tc[:-1], ic[1:]])
    time = rows[:, 2] - rows[:, 0]
    ok = np.isfinite(rows).all(axis=1) & (time > settings.stride_min_s)
    ok &= (time < settings.stride_max_s) & (rows[:, 1] > rows[:, 0]) & (rows[:, 1] < rows[:, 2])
    for bad in streams:
        ok &= (rows[:, 0] > bad.t0) & (rows[:, 2] < bad.t0 + (bad.n - 2) / bad.fs)
        count = np.concatenate([[0], np.cumsum(bad.missing | bad.gyr_clipped)])
        first = np.clip(bad.index(rows[:, 0]).astype(np.int64), 0, bad.n)
        last = np.clip(bad.index(rows[:, 2]).astype(np.int64) + 1, 0, bad.n)
        ok &= count[last] == count[first]
    rows = rows[ok]
    if not len(rows):
        return rows
    duty = (rows[:, 1] - rows[:, 0]) / (rows[:, 2] - rows[:, 0])
    running = duty < 0.5
    if running.sum() >= min(settings.strides_enough, 0.5 * len(rows)):
        rows = rows[running]
    time = rows[:, 2] - rows[:, 0]
    median = np.median(time)
    rows = rows[np.abs(time - median) < settings.stride_tolerance * median]
    if len(rows) > settings.strides_max:
        rows = rows[np.linspace(0, len(rows) - 1, settings.strides_max).round().astype(np.int64)]
    return np.asarray(rows)


def phases(start: FloatArray, stop: FloatArray, n: int) -> FloatArray:
    """(k, n) times at n equally spaced phases of [start, stop)."""
    return np.asarray(start[:, None] + (stop - start)[:, None] * (np.arange(n) / n))


def sample(values: FloatArray, position: FloatArray) -> FloatArray:
    """Linear interpolation of (n, ...) values at fractional sample indices of any shape."""
    last = len(values) - 2
    k = np.clip(position.astype(np.int64), 0, last)
    share = np.clip(position - k, 0.0, 1.0)
    share = share.reshape(share.shape + (1,) * (values.ndim - 1))
    return np.asarray(values[k] * (1.0 - share) + values[k + 1] * share)


def horizontal_basis(up: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Some (x, z) of the sensor with x, up, z right-handed (x forward, z to the right)."""
    axis = np.eye(3)[int(np.argmin(np.abs(up)))]
    x = unit(axis - up * (axis @ up))
    return x, np.cross(x, up)


def mean_cycle(attitude: Attitude, times: FloatArray, right: FloatArray) -> MeanCycle:
    """Mean over strides of rotation, free acceleration and angular velocity.

    Parameters
    ----------
    attitude : the sensor; its stream must have a gyroscope.
    times : (k, n) s, n phases of k strides.
    right : (3,) sensor axis whose stride-mean direction is z of the heading frame.
    """
    stream = attitude.stream
    if stream.gyr is None:
        raise ValueError(f"{stream.placement}: a mean cycle needs a gyroscope")
    position = stream.index(times)
    turn, up = attitude.matrices_at(times), attitude.up_at(times)
    above = unit(up.mean(axis=1))
    z = (turn @ right).mean(axis=1)
    z = unit(z - above * np.sum(z * above, axis=1, keepdims=True))
    frame = np.stack([np.cross(above, z), above, z], axis=1)  # rows x, y, z
    # the heading stays that of the stride; level is that of each sample
    level = np.repeat(frame[:, None], times.shape[1], axis=1)
    level[:, :, 1] = up
    in_heading = level @ turn
    acc = (in_heading @ sample(stream.acc, position)[..., None])[..., 0]
    acc[..., 1] -= G_MPS2
    step = (times[:, 1] - times[:, 0]) * times.shape[1]
    return MeanCycle(
        turn=in_heading.mean(axis=0),
        acc=acc.mean(axis=0),
        gyr=sample(stream.gyr, position).mean(axis=0),
        period_s=float(step.mean()),
        strides=len(times),
        spread=in_heading[:, :, 1].std(axis=0),
    )
