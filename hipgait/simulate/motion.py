"""Motion: orientation, position and their derivatives of every segment, at any time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.interpolate import CubicSpline, PPoly

from hipgait.errors import InputError
from hipgait.names import G_MPS2, PLACEMENTS
from hipgait.recording import FloatArray
from hipgait.simulate.body import RunnerSettings
from hipgait.simulate.gait import StepValues
from hipgait.simulate.impacts import Impacts
from hipgait.simulate.rigid import Frame, Point, cross, euler_matrix, quaternion
from hipgait.simulate.schedule import Plan

if TYPE_CHECKING:
    import pandas as pd

CHUNK: Final = 60_000
"""samples worked on at a time"""
SEGMENTS: Final = {"thigh": 0, "shank": 3, "foot": 6}


@dataclass(frozen=True)
class Kinematics:
    """A sensor-like point on a segment at n times, in the segment's axes.

    x anterior, y up, z right.

    quat : (n, 4) segment to world (y up), scalar first.  gyr : (n, 3) rad/s.
    acc : (n, 3) specific force, m/s^2.
    """

    quat: FloatArray
    gyr: FloatArray
    acc: FloatArray


def sensor_point(s: RunnerSettings, placement: str) -> FloatArray:
    """(3,) usual place of a sensor from the origin of its segment, m.

    Origins: pelvis midpoint of the hips; thigh the hip; shank the knee; foot the ankle.
    """
    scale = s.height_m / 1.74
    side = 1.0 if placement.startswith("right") else -1.0
    points = {
        "pelvis": (-0.11, 0.09, 0.0),
        "thigh": (0.02, -0.22, 0.07 * side),
        "shank": (0.04, -0.17, 0.0),
        "foot": (0.08, -0.01, 0.0),
    }
    return np.array(points[placement.split("_")[-1]]) * scale


@dataclass(frozen=True)
class Motion:
    """A runner in motion; made by ``simulate_motion``.

    Recording time runs from 0 to ``duration_s``.
    """

    settings: RunnerSettings
    seed: int
    plan: Plan
    values: StepValues
    path: CubicSpline
    place: PPoly
    pelvis: CubicSpline
    legs: dict[int, CubicSpline]
    impacts: dict[int, tuple[Impacts, Impacts]]

    @property
    def duration_s(self) -> float:
        """Length of the recording, s."""
        return self.settings.duration_s

    @property
    def parts(self) -> list[tuple[str, float, float]]:
        """(kind, start, end) of the schedule, s."""
        return list(self.plan.parts)

    @cached_property
    def _curves(self) -> dict[str, PPoly]:
        """Angles of each segment of the legs, by placement."""
        return {
            f"{side}_{part}": PPoly(self.legs[sigma].c[..., k : k + 3], self.legs[sigma].x)
            for side, sigma in (("left", -1), ("right", 1))
            for part, k in SEGMENTS.items()
        }

    # ------------------------------------------------------------------ frames
    def moving_frame(self, t: FloatArray) -> tuple[Frame, Point]:
        """The frame that runs along the path (heading, roll into bends) and its origin."""
        d = [self.path(t, nu) for nu in range(3)]
        zero = np.zeros((3, len(t)))
        frame = Frame.make(np.stack([x[:, 3] for x in d]), np.stack([x[:, 4] for x in d]), zero)
        return frame, Point(*(np.ascontiguousarray(x[:, :3].T) for x in d))

    def segment_frame(self, name: str, t: FloatArray) -> Frame:
        """Orientation of a segment in the moving frame."""
        curve: PPoly = self.pelvis if name == "pelvis" else self._curves[name]
        d = [curve(t, nu) for nu in range(3)]
        return Frame.make(*(np.stack([x[:, j] for x in d]) for j in range(3)))

    def _local(self, placement: str, t: FloatArray, r: FloatArray) -> tuple[Point, Frame]:
        """A point of a segment in the moving frame, and the segment's frame there."""
        s = self.settings
        pelvis = self.segment_frame("pelvis", t)
        base = Point(*(np.ascontiguousarray(self.place(t, nu).T) for nu in range(3)))
        shake = self.impacts[-1][1].displacement(t) + self.impacts[1][1].displacement(t)
        if placement == "pelvis":
            return base + pelvis.carried(r, shake), pelvis
        sigma, part = _split(placement)
        side = "right_" if sigma > 0 else "left_"
        point = base + pelvis.carried(np.array([0, 0, sigma * s.hip_half_m]))
        shock = self.impacts[sigma][0]
        frame = self.segment_frame(side + "thigh", t)
        if part == "thigh":
            return point + frame.carried(r, shock.displacement(t, 0.4)), frame
        point = point + frame.carried(np.array([0, -s.thigh_m, 0]))
        frame = self.segment_frame(side + "shank", t)
        if part == "shank":
            return point + frame.carried(r, shock.displacement(t)), frame
        point = point + frame.carried(np.array([0, -s.shank_m, 0]))
        frame = self.segment_frame(side + "foot", t)
        return point + frame.carried(r, shock.displacement(t, 1.2)), frame

    # ------------------------------------------------------------------ outputs
    def kinematics(
        self, placement: str, time_s: FloatArray, point: FloatArray | None = None
    ) -> Kinematics:
        """What an ideal sensor, aligned with the segment, would measure.

        Parameters
        ----------
        placement : one of names.PLACEMENTS.
        time_s : (n,) times, s.
        point : (3,) place on the segment, m; None: the usual one (``sensor_point``).
        """
        r = self._check(placement, point)
        t = np.asarray(time_s, dtype=np.float64)
        acc, gyr = self.rates(placement, t, r)
        quat = np.empty((len(t), 4))
        for rows in _chunks(len(t)):
            quat[rows] = quaternion(self.orientation(placement, t[rows]))
        return Kinematics(quat, gyr, acc)

    def rates(
        self, placement: str, time_s: FloatArray, point: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Specific force (n, 3) m/s^2 and angular velocity (n, 3) rad/s of ``kinematics`` alone."""
        t, g = time_s, np.array([[0.0], [G_MPS2], [0.0]])
        gyr, acc = np.empty((len(t), 3)), np.empty((len(t), 3))
        for rows in _chunks(len(t)):
            world, origin = self.moving_frame(t[rows])
            q, frame = self._local(placement, t[rows], point)
            w, dw = world.w, world.dw
            a = world.back(origin.a + g) + q.a + 2 * cross(w, q.v) + cross(dw, q.p)
            a += cross(w, cross(w, q.p))
            acc[rows] = frame.back(a).T
            gyr[rows] = frame.within(world)[0].T
        return acc, gyr

    def position(
        self, placement: str, time_s: FloatArray, point: FloatArray | None = None
    ) -> FloatArray:
        """(n, 3) place in the world of a point on a segment, m (x, y up, z)."""
        r = self._check(placement, point)
        t = np.asarray(time_s, dtype=np.float64)
        world, origin = self.moving_frame(t)
        return np.asarray((origin.p + world.apply(self._local(placement, t, r)[0].p)).T)

    def orientation(self, placement: str, time_s: FloatArray) -> FloatArray:
        """(n, 3, 3) segment to world."""
        self._check(placement, None)
        t = np.asarray(time_s, dtype=np.float64)
        c = self.path(t)
        a = (self.pelvis if placement == "pelvis" else self._curves[placement])(t)
        world = euler_matrix(c[:, 3], c[:, 4], np.zeros(len(t)))
        return np.asarray(world @ euler_matrix(a[:, 0], a[:, 1], a[:, 2]))

    def speed(self, time_s: FloatArray) -> FloatArray:
        """Horizontal speed along the path, m/s."""
        v = self.path(np.asarray(time_s, dtype=np.float64), 1)
        return np.asarray(np.hypot(v[:, 0], v[:, 2]))

    def turn_rate(self, time_s: FloatArray) -> FloatArray:
        """Heading rate, rad/s, + to the left."""
        return np.asarray(self.path(np.asarray(time_s, dtype=np.float64), 1)[:, 3])

    def angle(self, name: str, time_s: FloatArray) -> FloatArray:
        """An angle in deg, unsmoothed; names in ``truth.ANGLES``."""
        from hipgait.simulate.truth import angle

        return angle(self, name, np.asarray(time_s, dtype=np.float64))

    def truth(self) -> pd.DataFrame:
        """One row a stance, with the column names and the smoothing of the contract."""
        from hipgait.simulate.truth import truth_table

        return truth_table(self)

    def _check(self, placement: str, point: FloatArray | None) -> FloatArray:
        if placement not in PLACEMENTS:
            raise InputError(
                f"unknown placement {placement!r}", f"Use one of: {', '.join(PLACEMENTS)}"
            )
        return sensor_point(self.settings, placement) if point is None else np.asarray(point)


def _split(placement: str) -> tuple[int, str]:
    side, part = placement.split("_")
    return (1 if side == "right" else -1), part


def _chunks(n: int) -> Iterator[slice]:
    for start in range(0, n, CHUNK):
        yield slice(start, min(n, start + CHUNK))
