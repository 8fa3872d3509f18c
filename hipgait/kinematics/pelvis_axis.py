"""Which way a pelvis sensor looks: yaw of its medio-lateral axis from movement.

Sources, each with the error found for it by experiment:

* trunk bows: the up vector swings backwards in the sensor, in the sagittal plane (SD 1.6 deg);
* harmonics: over a symmetric stride, tilt lives on the even harmonics and obliquity on the odd
  ones; a yaw mixes them. A real left-right asymmetry of 0.6 deg on the wrong harmonic is allowed;
* acceleration: the horizontal acceleration at step frequency points fore and aft
  (0.8 m/s^2 may point sideways), after moving the sensor 12 cm forward to the pelvis' centre;
* start-up: the velocity gained between standing and running points forward (stated SD 3 deg);
* the shanks: see ``alignment``.

The sense comes from bows where there are any, else from a vote (``alignment``) of the order of
braking and push against the vertical (an axis that points forward sees braking while the body still
falls), of the drop after each contact, and of the start-up.

Measured on 30 simulated runners, RMS deg: bows 1.4, start-up 0.8, harmonics 2.4, acceleration 9;
all together 1.1 with standing and with bows, 2.6 without standing.
"""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.gait_cycles import MeanCycle
from hipgait.kinematics.smoothing import unit
from hipgait.kinematics.yaw import YawEvidence
from hipgait.recording import FloatArray
from hipgait.settings import AlignmentSettings


def _harmonics(values: FloatArray) -> FloatArray:
    """Complex Fourier coefficients (amplitude 1 for a unit cosine) of (n, k) periodic values."""
    return np.asarray(2.0 * np.fft.rfft(values, axis=0) / len(values))


def axis_from_harmonics(
    cycle: MeanCycle, x: FloatArray, z: FloatArray, settings: AlignmentSettings
) -> YawEvidence | None:
    """Yaw for which tilt has even and obliquity odd harmonics of the stride, modulo 180 deg."""
    u = _harmonics(np.column_stack([cycle.up @ x, cycle.up @ z]))
    # cost of a yaw: |even part of obliquity|^2 + |odd part of tilt|^2, a quadratic form in
    # (sin, cos) because right = z cos + x sin and forward = x cos - z sin
    even = np.real(u[[2, 4]].T @ np.conj(u[[2, 4]]))
    odd = np.real(u[[1, 3]].T @ np.conj(u[[1, 3]]))
    swap = np.array([[0.0, 1.0], [-1.0, 0.0]])
    form = even + swap.T @ odd @ swap
    values, vectors = np.linalg.eigh(form)
    strength = values[1] - values[0]
    if strength <= 0:
        return None
    sin, cos = vectors[:, 0]
    sd = settings.asymmetry_rad / np.sqrt(strength)
    if sd > 0.6:
        return None
    return YawEvidence("harmonics", float(np.arctan2(sin, cos)), float(sd), axial=True)


def acceleration_at_centre(cycle: MeanCycle, forward: FloatArray, lever_m: float) -> FloatArray:
    """(n // 2 + 1, 3) harmonics of the acceleration of a point ahead of the sensor, m/s^2."""
    acc = _harmonics(cycle.acc)
    omega = 2 * np.pi * np.arange(len(acc)) / cycle.period_s
    path = _harmonics(cycle.turn @ (lever_m * forward))
    return np.asarray(acc - (omega**2)[:, None] * path)


def axis_from_acceleration(
    cycle: MeanCycle, yaw: float, x: FloatArray, z: FloatArray, settings: AlignmentSettings
) -> tuple[YawEvidence | None, float]:
    """Yaw for which the step-frequency acceleration points fore and aft, near a first ``yaw``.

    The heading frame of ``cycle`` must follow ``z``. Returns the evidence and the sense: > 0 where
    the axis at ``yaw`` points forward, < 0 where it points backward, in units of its own noise.
    """
    forward = np.cos(yaw) * x - np.sin(yaw) * z
    harmonic = acceleration_at_centre(cycle, forward, settings.pelvis_lever_m)
    ax, up, az = harmonic[2]
    along = np.cos(yaw) * ax - np.sin(yaw) * az
    across = np.cos(yaw) * az + np.sin(yaw) * ax
    sense = -float(np.real(along * np.conj(1j * up)) / max(np.abs(up), 1e-9))
    size = float(np.abs(along))
    if size < 0.2:
        return None, sense
    offset = -float(np.real(across * np.conj(along))) / size**2
    sd = settings.sideways_mps2 / size
    return YawEvidence("acceleration", yaw + float(np.arctan(offset)), sd, axial=True), sense


def axis_from_bows(
    ups: list[FloatArray],
    standing_up: FloatArray,
    x: FloatArray,
    z: FloatArray,
    settings: AlignmentSettings,
) -> YawEvidence | None:
    """Yaw from trunk bows: the forward axis dips, so up moves towards the back of the sensor.

    ups : one (k, 3) array a bow, the up vector in the sensor.
    """
    directions = []
    for up in ups:
        flat = up - np.outer(up @ standing_up, standing_up)
        size = np.linalg.norm(flat, axis=1)
        if size.max(initial=0.0) < np.sin(settings.bow_min_rad):
            continue
        # weight by the square of the inclination: the deep part decides
        directions.append(-(flat * size[:, None]).sum(axis=0) / np.sum(size**2))
    if not directions:
        return None
    forward = unit(np.sum(directions, axis=0))
    # forward = x cos - z sin
    yaw = float(np.arctan2(-(forward @ z), forward @ x))
    sd = settings.bows_sd_rad * np.sqrt(max(1.0, 3.0 / len(directions)))
    return YawEvidence("bows", yaw, float(sd))


def axis_from_start(
    velocity: FloatArray,
    heading: FloatArray,
    x: FloatArray,
    z: FloatArray,
    settings: AlignmentSettings,
) -> YawEvidence | None:
    """Yaw from the velocity gained at the start.

    velocity : (3,) horizontal velocity after the start, m/s, in the strap-down frame.
    heading : (3, 3) stride-mean rotation of the sensor into the strap-down frame then.
    """
    speed = float(np.linalg.norm(velocity))
    if speed < settings.start_speed_min_mps:
        return None
    ahead = heading.T @ (velocity / speed)
    yaw = float(np.arctan2(-(ahead @ z), ahead @ x))
    return YawEvidence("start", yaw, settings.start_sd_rad)
