"""Motion of a leg: in stance the ankle stays where the foot was put and the leg reaches up to the
hip; in swing the thigh and the knee follow their own courses.

In stance the shank's lean and rotation are given and its sagittal angle is solved so that hip and
ankle are joined by a thigh and a shank of constant length; the thigh follows from closure, so the
knee is no pure hinge. Angles at knots are joined by cubic splines, and positions are rebuilt from
the splines (hip, thigh, shank, foot), so the chain holds exactly at every moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, PPoly

from hipgait.recording import BoolArray, FloatArray
from hipgait.simulate.body import RunnerSettings
from hipgait.simulate.gait import (
    ANKLE_HEIGHT,
    LANDING_DROP_M,
    LANDING_SLIDE_S,
    STRIKE_PITCH_DEG,
    WALK_STRIKE_DEG,
    StepValues,
    ankle_roll,
)
from hipgait.simulate.pelvis import spline
from hipgait.simulate.rigid import euler_matrix, knee_angles, knee_matrix, matrix_euler
from hipgait.simulate.schedule import (
    GAIT_SWING,
    HELD_SWING,
    JUMP_SWING,
    KICK_SWING,
    STAND,
    WALK,
    Plan,
)
from hipgait.simulate.tasks import KNOT_S, Task, free_leg, lean_of

STANCE_KNOTS: Final = np.array([0.0, 0.1, 0.21, 0.34, 0.47, 0.6, 0.73, 0.87, 1.0])
SWING_KNOTS: Final = np.array([0.1, 0.22, 0.36, 0.5, 0.64, 0.78, 0.9, 0.96])
KNEE_SWING: Final = np.array([0.13, 0.44, 0.86, 1.0, 0.87, 0.43, 0.05, -0.04])
"""course of knee flexion in the swing above the line between its ends"""
THIGH_SWING: Final = np.array([-0.15, 0.13, 0.34, 0.85, 1.0, 0.6, 0.12, 0.0])
WALK_RISE_SHARE: Final = 0.75
WALK_RISE_POWER: Final = 2.1
KNEE_SWING_WALK: Final = np.array([0.39, 0.8, 0.88, 0.71, 0.27, 0.04, -0.16, -0.1])
THIGH_SWING_WALK: Final = np.array([0.29, 0.62, 0.97, 1.14, 0.88, 0.74, 0.15, 0.0])
WALK_LIFT_DEG: Final = 11.5
WALK_KNEE_DEG: Final = 62.0
SETTLE_SHARE: Final = 0.13
"""share of the stance after which the ankle is at rest"""
HEEL_RISE_SHARE: Final = 0.43
HEEL_RISE_POWER: Final = (1.34, 0.24)
"""course of the heel's rise: exponent at rest, and per m/s"""
STANDING_TOE_OFF_DEG: Final = -60.0
"""pitch of the foot that leaves the ground from standing"""
PUSH_S: Final = {GAIT_SWING: 0.34, JUMP_SWING: 0.24, KICK_SWING: 0.16, HELD_SWING: 0.16}
"""the heel of a standing foot rises this long before it leaves the ground, s"""
RISE_SHARE: Final = {GAIT_SWING: 0.9, JUMP_SWING: 0.85, KICK_SWING: 0.62, HELD_SWING: 0.62}
"""share of a stance's course that it has run through when it leaves"""
TURN_DAMPING: Final = 0.25
"""keeps a nearly straight leg from turning"""
TURN_LIMIT_RAD: Final = 0.16
"""most that the leg turns to spare the knee, rad"""
SOFT_KNEE_RAD: Final = 0.06
"""the knee stops short of full extension, rad"""


@dataclass(frozen=True)
class _Knots:
    """Knots of all supports of a leg: support number, time, share of the stance, standing."""

    row: NDArray[np.int64]
    time: FloatArray
    share: FloatArray
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def _support_knots(ic: FloatArray, tc: FloatArray, kind: NDArray[np.int64],
                   after: NDArray[np.int64], tasks: Sequence[Task]) -> _Knots:  # fmt: skip
    rows: list[int] = []
    times: list[float] = []
    shares: list[float] = []
    first, last = [], []
    for i in range(len(ic)):
        first.append(len(rows))
        if kind[i] != STAND:
            t = ic[i] + STANCE_KNOTS * (tc[i] - ic[i])
            share = STANCE_KNOTS
        else:
            push = PUSH_S[int(after[i])]
            inner = [ic[i] + x for x in (0.06, 0.14, 0.28, 0.5, 0.8)]
            inner += list(np.arange(ic[i] + 1.5, tc[i] - 1.2, 1.0))
            inner += [tc[i] - push - x for x in (0.0, 0.15, 0.35, 0.65)]
            for task in tasks:
                inner = [x for x in inner if not task.lift - 0.7 < x < task.down + 0.7]
                inner += list(task.times())
            inner = [x for x in inner if ic[i] + 0.03 < x <= tc[i] - push]
            ends = tc[i] - push * np.array([0.8, 0.6, 0.4, 0.2, 0.0])
            ends = ends[ends > ic[i] + 0.03]
            t = np.unique([ic[i], *inner, *ends])
            rise = RISE_SHARE[int(after[i])]
            share = 0.45 + (rise - 0.45) * np.clip((t - (tc[i] - push)) / push, 0, 1)
        rows += [i] * len(t)
        times += list(t)
        shares += list(share)
        last.append(len(rows) - 1)
    return _Knots(
        np.array(rows, dtype=np.int64), np.array(times), np.array(shares),
        np.array(first, dtype=np.int64), np.array(last, dtype=np.int64),
    )  # fmt: skip


def _pitch(
    share: FloatArray,
    strike: FloatArray,
    toe_off: FloatArray,
    walk: BoolArray,
    power: FloatArray,
) -> FloatArray:
    """Foot pitch in stance, rad, + = toes up."""
    # a heel comes down at once, a forefoot landing lowers its heel slowly
    landing = strike * np.clip(1 - share / np.where(strike > 0, 0.18, 0.42), 0, 1) ** 2
    begin = np.where(walk, WALK_RISE_SHARE, HEEL_RISE_SHARE)
    x = np.clip((share - begin) / (1 - begin), 0, 1)
    return np.asarray(landing + toe_off * x**power)


def reach(
    s: RunnerSettings, hip: FloatArray, ankle: FloatArray, psi: FloatArray, eps: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sagittal angle of the shank (n,) and the thigh's matrix (n, 3, 3) that join hip and ankle."""
    frame = euler_matrix(psi, eps, np.zeros_like(psi))
    up, back = frame[:, :, 1], -frame[:, :, 0]
    d = ankle - hip
    c = (s.thigh_m**2 - s.shank_m**2 - np.sum(d * d, axis=1)) / (2 * s.shank_m)
    da, db = np.sum(d * up, axis=1), np.sum(d * back, axis=1)
    ratio = c / np.hypot(da, db)
    bend = 1 + ratio
    limit = 0.5 * SOFT_KNEE_RAD**2 / 4
    bend = 0.5 * (bend + np.sqrt(bend**2 + 4 * limit**2))
    theta = np.arctan2(db, da) + np.pi - np.arccos(np.clip(1 - bend, -1, 1))
    theta = np.mod(theta + np.pi, 2 * np.pi) - np.pi
    knee = ankle + s.shank_m * (np.cos(theta)[:, None] * up + np.sin(theta)[:, None] * back)
    y = hip - knee
    y /= np.linalg.norm(y, axis=1, keepdims=True)
    lateral = frame[:, :, 2]
    z = lateral - np.sum(lateral * y, axis=1)[:, None] * y
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    return theta, np.stack([np.cross(y, z), y, z], axis=2)


class _Leg:
    """Works out one leg; ``sigma`` +1 right, -1 left."""

    def __init__(
        self, s: RunnerSettings, plan: Plan, values: StepValues, place: PPoly,
        angles: CubicSpline, sigma: int, rng: np.random.Generator,
    ):  # fmt: skip
        self.s, self.plan, self.values, self.rng = s, plan, values, rng
        self.place, self.angles, self.sigma = place, angles, sigma
        self.side = s.right if sigma > 0 else s.left
        self.sup = plan.legs[sigma]
        assert plan.path is not None
        self.path = plan.path
        sup = self.sup
        self.knots = _support_knots(sup.ic, sup.tc, sup.kind, sup.after, plan.tasks)
        self.gait = sup.kind != STAND
        step = np.maximum(sup.step, 0)
        self.speed = np.where(self.gait, plan.steps.speed[step] if len(plan.steps.ic) else 0, 0.0)
        self.step = step

    def hip(self, t: FloatArray) -> FloatArray:
        a = self.angles(t)
        m = euler_matrix(a[:, 0], a[:, 1], a[:, 2])
        return np.asarray(self.place(t) + m[:, :, 2] * (self.sigma * self.s.hip_half_m))

    def ankle(
        self, rows: NDArray[np.int64], t: FloatArray, share: FloatArray, foot_z: float
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Ankle in the moving frame (n, 3), foot pitch and heading against that frame."""
        s, sup = self.s, self.sup
        gait, walk = self.gait[rows], sup.kind[rows] == WALK
        strike = np.radians(np.where(walk, WALK_STRIKE_DEG, STRIKE_PITCH_DEG[s.strike])) * gait
        toe_off = np.full(len(rows), np.radians(STANDING_TOE_OFF_DEG))
        if len(self.values.toe_off):
            toe_off = np.where(gait, self.values.toe_off[self.step[rows]], toe_off)
        power = HEEL_RISE_POWER[0] + s.push_off + HEEL_RISE_POWER[1] * self.speed[rows]
        pitch = _pitch(share, strike, toe_off, walk, np.where(gait & ~walk, power, WALK_RISE_POWER))
        dx, dy = ankle_roll(pitch)
        # the foot is still coming down and forward when it touches
        settle = np.where(gait, np.clip(1 - share / SETTLE_SHARE, 0, 1) ** 2, 0.0)
        dx = dx - LANDING_SLIDE_S * np.minimum(self.speed[rows], 5.0) * settle
        dy = dy + LANDING_DROP_M * settle
        ahead = self.values.ahead[self.step] if len(self.values.ahead) else np.zeros(len(sup.ic))
        when = np.where(
            self.gait,
            sup.ic + ahead / np.maximum(self.speed, 0.3),
            0.5 * (np.maximum(sup.ic, -1.5) + np.minimum(sup.tc, self.s.duration_s + 1.5)),
        )
        c0, c1 = self.path(when[rows]), self.path(t)
        z = np.where(gait, foot_z, self.sigma * (s.hip_half_m + 0.012))
        x = np.where(gait, dx, dx - 0.015)
        cp, sp = np.cos(c0[:, 3]), np.sin(c0[:, 3])
        world = c0[:, :3] + np.stack(
            [cp * x + sp * z, ANKLE_HEIGHT * s.height_m + dy, -sp * x + cp * z], axis=1
        )
        frame = euler_matrix(c1[:, 3], c1[:, 4], np.zeros(len(t)))
        local = np.einsum("nji,nj->ni", frame, world - c1[:, :3])
        return local, pitch, c0[:, 3] - c1[:, 3]

    def shank_frontal(
        self, rows: NDArray[np.int64], share: FloatArray, heading: FloatArray, t: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """psi and eps of the shank in stance."""
        side, step = self.side, self.step[rows]
        gait = self.gait[rows]
        pk = side.lean_peak_share
        rise = np.sin(0.5 * np.pi * np.clip(share / pk, 0, 1)) ** 1.25
        fall = 1 - 0.4 * np.sin(0.5 * np.pi * np.clip((share - pk) / (1 - pk), 0, 1)) ** 2
        course = np.where(share < pk, rise, fall)
        if len(self.values.lean_ic):
            lean = self.values.lean_ic[step] + self.values.lean_excursion[step] * course
        else:
            lean = np.zeros(len(rows))
        standing = side.standing_lean_deg + lean_of(self.plan.tasks, self.sigma, t)
        lean = np.where(gait, lean, np.radians(standing))
        turn = side.tibial_rotation_deg * np.sin(np.pi * share**0.9) * gait - side.toe_out_deg
        return self.sigma * np.radians(turn) + heading, -self.sigma * lean

    def abduction(self, psi: FloatArray, eps: FloatArray, theta: FloatArray, thigh: FloatArray
                  ) -> FloatArray:  # fmt: skip
        """Knee abduction seen from the shank's axis, rad."""
        lateral = euler_matrix(psi, eps, theta)[:, :, 2]
        return np.asarray(self.sigma * np.arcsin(np.sum(lateral * thigh[:, :, 1], axis=1)))

    def rotated(
        self,
        hip: FloatArray,
        ankle: FloatArray,
        psi: FloatArray,
        eps: FloatArray,
        share: FloatArray,
        gait: BoolArray,
    ) -> FloatArray:
        """Heading of the shank with the leg turned inward or outward so that a flexed knee keeps
        nearer its own abduction: by a few degrees, and hardly at contact and toe-off.
        """
        wanted = np.radians(self.side.knee_abduction_deg)
        b = self.abduction(psi, eps, *reach(self.s, hip, ankle, psi, eps))
        c = self.abduction(psi + 0.02, eps, *reach(self.s, hip, ankle, psi + 0.02, eps))
        slope = (c - b) / 0.02
        turn = -slope * (b - wanted) / (slope**2 + TURN_DAMPING**2)
        turn = (
            TURN_LIMIT_RAD
            * np.tanh(turn / TURN_LIMIT_RAD)
            * np.sin(np.pi * np.minimum(share, 0.5))
            * gait
        )
        return np.asarray(psi + turn)

    def foot_line(self) -> float:
        """Lateral place of the ankle that gives the wanted knee abduction in early stance."""
        rows = np.flatnonzero(self.gait & (self.sup.kind != WALK))
        if len(rows) == 0:
            rows = np.flatnonzero(self.gait)
        if len(rows) == 0:
            return self.sigma * 0.03
        rows = rows[len(rows) // 4 :][:60]
        share = np.full(len(rows), 0.2)
        t = self.sup.ic[rows] + share * (self.sup.tc - self.sup.ic)[rows]
        hip = self.hip(t)
        z = self.sigma * 0.03
        for _ in range(3):
            ankle, _, heading = self.ankle(rows, t, share, z)
            psi, eps = self.shank_frontal(rows, share, heading, t)
            theta, thigh = reach(self.s, hip, ankle, psi, eps)
            wrong = float(np.median(self.abduction(psi, eps, theta, thigh))) - np.radians(
                self.side.knee_abduction_deg
            )
            z += self.sigma * wrong * self.s.thigh_m
        return float(np.clip(z, -0.06, 0.14) if self.sigma > 0 else np.clip(z, -0.14, 0.06))

    def curves(self) -> CubicSpline:
        k = self.knots
        ankle, pitch, heading = self.ankle(k.row, k.time, k.share, self.foot_line())
        psi, eps = self.shank_frontal(k.row, k.share, heading, k.time)
        hip = self.hip(k.time)
        psi = self.rotated(hip, ankle, psi, eps, k.share, self.gait[k.row])
        theta, thigh = reach(self.s, hip, ankle, psi, eps)
        shank = euler_matrix(psi, eps, theta)
        foot = np.stack(
            [heading - self.sigma * np.radians(self.side.toe_out_deg), 0.2 * eps, pitch], axis=1
        )
        columns = np.hstack([matrix_euler(thigh), np.stack([psi, eps, theta], axis=1), foot])
        times, extra = self._swings(thigh, shank, columns)
        return spline(np.concatenate([k.time, times]), np.concatenate([columns, extra]))

    def _swings(
        self, thigh: FloatArray, shank: FloatArray, columns: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        sup, k, side = self.sup, self.knots, self.side
        m = len(sup.ic)
        if m < 2:
            return np.empty(0), np.empty((0, 9))
        length = sup.ic[1:] - sup.tc[:-1]
        i = np.flatnonzero((length > 0.05) & (sup.after[:-1] != HELD_SWING))
        n, u = len(i), SWING_KNOTS[None, :]
        a, b = k.last[i], k.first[i + 1]
        kind = sup.after[i][:, None]
        walk = ((sup.kind[i] != 1) & (sup.kind[i + 1] != 1))[:, None]
        speed = np.maximum(self.speed[i], self.speed[i + 1])[:, None]
        kick, jump = kind == KICK_SWING, kind == JUMP_SWING
        times = sup.tc[i][:, None] + u * length[i][:, None]
        knee = knee_angles(thigh, shank)
        line = (1 - u)[..., None] * knee[a][:, None] + u[..., None] * knee[b][:, None]
        for j in (1, 2):
            ends = (1 - u) ** 3 * knee[a, j][:, None] + u**3 * knee[b, j][:, None]
            line[..., j] = ends + np.radians(side.knee_abduction_deg) * (j == 1) * -self.sigma * (
                1 - (1 - u) ** 3 - u**3
            )
        hump = np.where(
            kick,
            np.sin(np.pi * u) ** 2,
            np.where(jump, np.sin(np.pi * u), np.where(walk, KNEE_SWING_WALK, KNEE_SWING)),
        )
        peak = np.where(walk, WALK_KNEE_DEG, np.clip(60 + 11.5 * speed, 60, 128))
        peak = np.where(kick, 104 + 6 * self.rng.standard_normal((n, 1)), peak)
        peak = np.radians(peak + 1.2 * self.rng.standard_normal((n, 1)))
        rise = np.where(jump, np.radians(8.0), np.maximum(peak - line[:, 2:3, 0], 0.1))
        line[..., 0] += rise * hump
        gait = ~kick & ~jump
        own = np.sin(np.pi * u**2)
        part = side.swing_abduction_flexion_share
        ab = np.radians(side.swing_abduction_deg) * (1 + 0.12 * self.rng.standard_normal((n, 1)))
        off = np.radians(self.rng.normal(0, 1.0, (n, 2)) * (1.7, 3.0))
        line[..., 1] += np.where(gait, ab * (part * hump + (1 - part) * own), off[:, :1] * hump)
        rot = np.radians(side.swing_rotation_deg)
        line[..., 2] += np.where(gait, rot * np.sin(np.pi * u), off[:, 1:] * hump)
        t0, t1 = columns[a, :3][:, None], columns[b, :3][:, None]
        leg = (1 - u)[..., None] * t0 + u[..., None] * t1
        leg[..., 1] -= self.sigma * np.radians(2.5) * np.sin(np.pi * u) * gait
        lift = np.where(walk, WALK_LIFT_DEG, np.clip(4 + 3.6 * speed, 8, 32))
        forward = np.where(
            gait,
            lift * np.where(walk, THIGH_SWING_WALK, THIGH_SWING),
            np.where(kick, -5.0 * hump, 3.0 * hump),
        )
        leg[..., 2] += np.radians(forward)
        hang = (1 - u) * (columns[a, 8] - columns[a, 5])[:, None]
        hang = hang + u * (columns[b, 8] - columns[b, 5])[:, None]
        swung = (times.ravel(), leg.reshape(-1, 3), line.reshape(-1, 3), hang.ravel())
        held = self._held(knee, columns)
        when, flat, bent, hung = (np.concatenate(x) for x in zip(swung, *held, strict=True))
        upper = euler_matrix(flat[:, 0], flat[:, 1], flat[:, 2])
        lower = matrix_euler(upper @ knee_matrix(bent))
        foot = np.stack([lower[:, 0], 0.2 * lower[:, 1], lower[:, 2] + hung], axis=1)
        return when, np.hstack([flat, lower, foot])

    def _held(
        self, knee: FloatArray, columns: FloatArray
    ) -> list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]]:
        """Times, thigh, knee and hang of the foot of the free leg of each control movement."""
        out = []
        for task in (x for x in self.plan.tasks if x.sigma != self.sigma):
            i = int(np.flatnonzero(self.sup.tc == task.lift)[0])
            rows = (self.knots.last[i], self.knots.first[i + 1])
            t = np.arange(task.lift + KNOT_S, task.down - 0.5 * KNOT_S, KNOT_S)
            ends = tuple(np.concatenate([columns[r, :3], knee[r]]) for r in rows)
            thigh, bent = free_leg(task, t, (ends[0], ends[1]))
            u = (t - task.lift) / (task.down - task.lift)
            hang = np.interp(u, [0, 1], [columns[r, 8] - columns[r, 5] for r in rows])
            out.append((t, thigh, bent, hang))
        return out


def leg_curves(
    s: RunnerSettings, plan: Plan, values: StepValues, place: PPoly, angles: CubicSpline,
    sigma: int, rng: np.random.Generator,
) -> CubicSpline:  # fmt: skip
    """psi, eps, theta of thigh, shank and foot in the moving frame: (n, 9), rad."""
    return _Leg(s, plan, values, place, angles, sigma, rng).curves()
