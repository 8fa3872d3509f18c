"""Inertial signals made from measured running: one stride, made periodic, drives rigid segments.

The measured angles and positions of one stride are fitted with a few harmonics, so that every
derivative exists; a still stance comes first, then the amplitude is faded in. Angular velocity and
specific force are derivatives of the same motion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2

Array = NDArray[np.float64]
Events = dict[str, tuple[Array, Array, NDArray[np.bool_]]]
Pose = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True)
class PeriodicCurve:
    """Fourier series of measured columns. cos, sin : (harmonics + 1, k)."""

    cos: Array
    sin: Array

    @classmethod
    def fit(cls, phase: Array, values: Array, harmonics: int) -> PeriodicCurve:
        """Least squares over (n,) cycles and (n, k) values; a linear trend is removed."""
        k = np.arange(harmonics + 1)
        angle = 2 * np.pi * phase[:, None] * k
        trend = phase - phase.mean()
        design = np.hstack([np.cos(angle), np.sin(angle[:, 1:]), trend[:, None]])
        solution = np.linalg.lstsq(design, values, rcond=None)[0]
        sin = np.zeros((harmonics + 1, values.shape[1]))
        sin[1:] = solution[harmonics + 1 : -1]
        return cls(solution[: harmonics + 1], sin)

    def __call__(self, phase: Array) -> Array:
        """(n, k) values at phases (n,) in cycles."""
        angle = 2 * np.pi * phase[:, None] * np.arange(len(self.cos))
        return np.cos(angle) @ self.cos + np.sin(angle) @ self.sin


@dataclass(frozen=True)
class Clock:
    """Standing, then running: phase (cycles), distance (m) and amplitude over time."""

    stride_s: float
    speed_mps: float
    stand_s: float = 15.0
    fade_s: float = 2.0

    def amplitude(self, time: Array) -> Array:
        x = np.clip((time - self.stand_s) / self.fade_s, 0, 1)
        return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))

    def phase(self, time: Array) -> Array:
        return np.asarray((time - self.stand_s) / self.stride_s)

    def distance(self, time: Array) -> Array:
        fine = np.linspace(0, self.fade_s, 2001)
        spline = CubicSpline(fine, self.amplitude(fine + self.stand_s)).antiderivative()
        inside = spline(np.clip(time - self.stand_s, 0, self.fade_s))
        beyond = np.maximum(time - self.stand_s - self.fade_s, 0)
        return np.asarray(self.speed_mps * (inside + beyond))


def imu(pose: Pose, time: Array, mount: Rotation, lever: Array) -> tuple[Array, Array]:
    """(acc, gyr) of a sensor at ``lever`` (m, segment axes), its axes turned by ``mount``."""
    h = 1e-3
    (before, matrix_before), (now, matrix), (after, matrix_after) = (
        pose(time + k * h) for k in (-1, 0, 1)
    )
    point = [
        p + m @ lever for p, m in ((before, matrix_before), (now, matrix), (after, matrix_after))
    ]
    acc = (point[0] - 2 * point[1] + point[2]) / h**2
    acc[:, 1] += G_MPS2
    step = Rotation.from_matrix(np.swapaxes(matrix_before, 1, 2) @ matrix_after)
    gyr = step.as_rotvec() / (2 * h)
    acc = np.einsum("nji,nj->ni", matrix, acc)
    turn = mount.as_matrix()
    return acc @ turn, gyr @ turn


def read_mot(path: Path) -> dict[str, Array]:
    """Columns of an OpenSim motion file."""
    lines = path.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("endheader")) + 1
    while not lines[start].startswith("time"):
        start += 1
    names = lines[start].split()
    table = np.array([line.split() for line in lines[start + 1 :] if line.strip()], dtype=float)
    return {name: table[:, k] for k, name in enumerate(names)}


_AXES = dict(zip("xyz", np.eye(3), strict=True))


def _turn(axis: str, angle: Array) -> Array:
    return np.asarray(Rotation.from_rotvec(angle[:, None] * _AXES[axis]).as_matrix())


@dataclass(frozen=True)
class Leg:
    thigh_m: float = 0.42
    shank_m: float = 0.41
    hip: tuple[float, float, float] = (-0.03, -0.08, 0.085)


JOINTS = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle")


def ik_poses(path: Path, stride_s: float, harmonics: int = 10) -> tuple[dict[str, Pose], Clock]:
    """Poses of pelvis, thighs and shanks over time from inverse kinematics (degrees)."""
    data = read_mot(path)
    time = data["time"]
    start = time[0] + 0.3 * stride_s
    inside = (time >= start) & (time < start + 2 * stride_s)
    phase = (time[inside] - start) / stride_s
    names = ["pelvis_tilt", "pelvis_list", "pelvis_rotation"]
    names += [f"{joint}_{side}" for joint in JOINTS for side in ("r", "l")]
    speed = abs(np.polyfit(time, data["pelvis_tx"], 1)[0])
    angles = PeriodicCurve.fit(
        phase, np.deg2rad(np.column_stack([data[n][inside] for n in names])), harmonics
    )
    place = PeriodicCurve.fit(
        phase, np.column_stack([data[f"pelvis_t{a}"][inside] for a in "xyz"]), harmonics
    )
    clock = Clock(stride_s, float(speed))

    def angle(t: Array) -> dict[str, Array]:
        values = clock.amplitude(t)[:, None] * angles(clock.phase(t))
        return {n: values[:, k] for k, n in enumerate(names)}

    def pelvis(t: Array) -> tuple[Array, Array]:
        a = angle(t)
        matrix = (
            _turn("z", a["pelvis_tilt"])
            @ _turn("x", a["pelvis_list"])
            @ _turn("y", a["pelvis_rotation"])
        )
        position = clock.amplitude(t)[:, None] * (place(clock.phase(t)) - place.cos[0])
        position[:, 0] += clock.distance(t)
        return position, matrix

    def leg(side: str, part: str) -> Pose:
        s = 1.0 if side == "r" else -1.0
        sizes = Leg()

        def pose(t: Array) -> tuple[Array, Array]:
            a = angle(t)
            position, matrix = pelvis(t)
            hip = np.array(sizes.hip) * [1, 1, s]
            position = position + matrix @ hip
            matrix = (
                matrix
                @ _turn("z", a[f"hip_flexion_{side}"])
                @ _turn("x", s * a[f"hip_adduction_{side}"])
                @ _turn("y", s * a[f"hip_rotation_{side}"])
            )
            if part == "thigh":
                return position, matrix
            position = position + matrix @ np.array([0, -sizes.thigh_m, 0])
            return position, matrix @ _turn("z", -a[f"knee_angle_{side}"])

        return pose

    poses: dict[str, Pose] = {"pelvis": pelvis}
    for side, s in (("left", "l"), ("right", "r")):
        poses[f"{side}_thigh"] = leg(s, "thigh")
        poses[f"{side}_shank"] = leg(s, "shank")
    return poses, clock


LEVERS: Mapping[str, Array] = {
    "pelvis": np.array([-0.12, 0.05, 0.0]),
    "left_thigh": np.array([0.05, -0.25, -0.06]),
    "right_thigh": np.array([0.05, -0.25, 0.06]),
    "left_shank": np.array([0.03, -0.20, -0.02]),
    "right_shank": np.array([0.03, -0.20, 0.02]),
}


def streams(
    poses: Mapping[str, Pose],
    duration_s: float,
    fs: float = 200.0,
    seed: int = 0,
    placements: tuple[str, ...] = ("pelvis", "left_shank", "right_shank"),
    acc_bias: float = 0.0,
) -> tuple[dict[str, UniformStream], dict[str, Rotation]]:
    """Noisy streams on random mounts. acc_bias : m/s^2, SD of each axis."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(duration_s * fs)) / fs
    mounts = {p: Rotation.random(rng=rng) for p in placements}
    result = {}
    for p in placements:
        acc, gyr = imu(poses[p], time, mounts[p], LEVERS[p])
        acc += rng.normal(0, 0.02, acc.shape) + rng.normal(0, acc_bias, 3)
        gyr += rng.normal(0, 0.002, gyr.shape) + rng.normal(0, 0.005, 3)
        no = np.zeros(len(time), dtype=bool)
        result[p] = UniformStream(p, 0.0, fs, acc, gyr, no, no, no)
    return result, mounts


def read_trc(path: Path) -> tuple[Array, dict[str, Array]]:
    """Times, and marker positions (n, 3) in m, of a marker file (mm, y up)."""
    lines = path.read_text().splitlines()
    names = lines[3].split()[2:]
    rows = [line.split() for line in lines[5:] if line.strip()]
    table = np.array([row for row in rows if len(row) == 2 + 3 * len(names)], dtype=float)
    points = table[:, 2:].reshape(len(table), len(names), 3) / 1000.0
    return table[:, 1], {name: points[:, k] for k, name in enumerate(names)}


def _rigid(points: Array, reference: Array) -> Array:
    """(n, 3, 3) rotations that best carry the reference (m, 3) onto points (n, m, 3)."""
    centred = points - points.mean(axis=1, keepdims=True)
    fixed = reference - reference.mean(axis=0)
    u, _, vt = np.linalg.svd(np.einsum("nmi,mj->nij", centred, fixed))
    sign = np.sign(np.linalg.det(u @ vt))
    u[:, :, 2] *= sign[:, None]
    return np.asarray(u @ vt)


CLUSTERS = {
    "pelvis": ("RASI", "LASI", "RPSI", "LPSI"),
    "right_shank": ("RTB1", "RTB2", "RTB3"),
    "left_shank": ("LTB1", "LTB2", "LTB3"),
}


def marker_poses(
    path: Path,
    stride_s: float,
    right_ic_s: float,
    contact_s: float,
    speed_mps: float,
    harmonics: int = 8,
) -> tuple[dict[str, Pose], Clock]:
    """Poses of pelvis and shanks from markers of treadmill running.

    A segment is upright at the mean of the stride (pelvis) or at 40 % of its own stance (shanks);
    the pelvis' obliquity is that of the markers.
    """
    time, markers = read_trc(path)
    phase = (time - right_ic_s) / stride_s
    clock = Clock(stride_s, speed_mps)
    curves: dict[str, tuple[PeriodicCurve, PeriodicCurve]] = {}
    for name, cluster in CLUSTERS.items():
        points = np.stack([markers[m] for m in cluster], axis=1)
        if name == "pelvis":
            right = points[:, 0] + points[:, 2] - points[:, 1] - points[:, 3]
            ahead = points[:, 0] + points[:, 1] - points[:, 2] - points[:, 3]
            right /= np.linalg.norm(right, axis=1, keepdims=True)
            ahead -= right * np.sum(ahead * right, axis=1, keepdims=True)
            ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
            matrix = np.stack([ahead, np.cross(right, ahead), right], axis=2)
            tilt = float(np.mean(np.arctan2(matrix[:, 1, 0], matrix[:, 0, 0])))
            matrix = matrix @ _turn("z", np.array([-tilt]))
        else:
            shift = 0.0 if name.startswith("right") else 0.5
            upright = int(np.argmin(np.abs(phase - shift - 0.4 * contact_s / stride_s)))
            matrix = _rigid(points, points[upright])
        vector = Rotation.from_matrix(matrix).as_rotvec()
        centre = points.mean(axis=1)
        curves[name] = (
            PeriodicCurve.fit(phase, vector, harmonics),
            PeriodicCurve.fit(phase, centre, harmonics),
        )
    middle = curves["pelvis"][1].cos[0]

    def pose(name: str) -> Pose:
        turn, place = curves[name]

        def at(t: Array) -> tuple[Array, Array]:
            w = clock.amplitude(t)[:, None]
            position = place.cos[0] - middle + w * (place(clock.phase(t)) - place.cos[0])
            position[:, 0] += clock.distance(t)
            matrix = np.asarray(Rotation.from_rotvec(w * turn(clock.phase(t))).as_matrix())
            if name == "pelvis":
                return position, matrix
            # the knee, above the cluster's centre: where the levers of the sensors start
            return position + matrix @ np.array([0.0, 0.2, 0.0]), matrix

        return at

    return {name: pose(name) for name in CLUSTERS}, clock


def plate_contacts(clock: Clock, duration_s: float, contact_s: float, other: float) -> Events:
    """Contacts of both sides of a motion whose phase is zero at right contact.

    other : phase of the left contact, s after the right one.
    """
    k = np.arange(np.ceil((clock.fade_s + 0.5) / clock.stride_s), 1e6)
    right = clock.stand_s + k * clock.stride_s
    right = right[right < duration_s - clock.stride_s - 1.0]
    both = {"right": right, "left": right + other}
    return {s: (ic, ic + contact_s, np.ones(len(ic), dtype=bool)) for s, ic in both.items()}


def contacts(poses: Mapping[str, Pose], clock: Clock, duration_s: float) -> Events:
    """Rough contacts: the ankle is close to its lowest place."""
    t = np.arange(clock.stand_s + clock.fade_s + 0.5, duration_s - 0.5, 1e-3)
    out = {}
    for side in ("left", "right"):
        position, matrix = poses[f"{side}_shank"](t)
        height = (position + matrix @ np.array([0.0, -Leg().shank_m, 0.0]))[:, 1]
        edge = np.diff((height < height.min() + 0.035).astype(int))
        ic, tc = t[np.flatnonzero(edge == 1)], t[np.flatnonzero(edge == -1)]
        tc = tc[tc > ic[0]]
        k = min(len(ic), len(tc))
        out[side] = (ic[:k], tc[:k], np.ones(k, dtype=bool))
    return out


IK_STRIDE_S = {"run0350cms": 0.756, "run0500cms": 0.680}
PLATES = {
    "run200": (0.792, 0.8255, 0.345, 0.399, 2.0),
    "run400": (0.698, 0.6505, 0.263, 0.357, 4.0),
}
"""Stride, right contact, contact time, left after right (s) and speed (m/s): force plates."""
CASES = (*PLATES, *IK_STRIDE_S)


def case(
    name: str, root: Callable[[str], Path], duration_s: float
) -> tuple[dict[str, Pose], Events]:
    """Poses and contacts of one measured run. root : folder of a data set by its name."""
    if name in IK_STRIDE_S:
        poses, clock = ik_poses(root("running-ik") / f"{name}.mot", IK_STRIDE_S[name])
        return poses, contacts(poses, clock, duration_s)
    stride, first, contact, other, speed = PLATES[name]
    path = root("running-markers") / name / "markers.trc"
    poses, clock = marker_poses(path, stride, first, contact, speed)
    return poses, plate_contacts(clock, duration_s, contact, other)
