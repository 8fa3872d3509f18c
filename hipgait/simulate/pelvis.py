"""Motion of the pelvis: ballistic in flight, supported in stance, with tilt, drop and rotation.

The vertical path is a chain of quintic Hermite pieces between contacts and toe-offs. In flight the
piece is the parabola of free fall; in stance it starts and ends with the acceleration -g, which
makes the supporting force rise from zero at initial contact and fall back to zero at toe-off.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline, PPoly

from hipgait.names import G_MPS2
from hipgait.recording import FloatArray
from hipgait.simulate.body import RunnerSettings
from hipgait.simulate.gait import StepValues, standing_hip_height
from hipgait.simulate.schedule import EDGE_S, JUMP_FLIGHT_S, KICK_S, Plan, Steps, Still
from hipgait.simulate.tasks import BACK_SHARE, LOWERED_M, Task

BOW_DEG: Final = 38.0
WALK_RISE_M: Final = 0.056
"""vertical oscillation of walking at 1.4 m/s, m"""
LONGEST_FLIGHT_S: Final = 0.35

Knot = tuple[
    float, tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]
]
"""time, then (x, y, z), their velocities and their accelerations"""


def quintic(t: FloatArray, p: FloatArray, v: FloatArray, a: FloatArray) -> PPoly:
    """Piecewise quintic through values with two derivatives. p, v, a : (n, 3)."""
    h = np.diff(t)[:, None]
    p0, p1, v0, v1, a0, a1 = p[:-1], p[1:], v[:-1], v[1:], a[:-1], a[1:]
    d = p1 - p0 - v0 * h - 0.5 * a0 * h**2
    e = v1 - v0 - a0 * h
    f = a1 - a0
    c3 = 10 * d / h**3 - 4 * e / h**2 + 0.5 * f / h
    c4 = -15 * d / h**4 + 7 * e / h**3 - f / h**2
    c5 = 6 * d / h**5 - 3 * e / h**4 + 0.5 * f / h**3
    return PPoly(np.stack([c5, c4, c3, 0.5 * a0, v0, p0]), t)


def _skew(poly: PPoly, starts: FloatArray, amount: float) -> PPoly:
    """Move the vertical force of the pieces that begin at ``starts`` towards their first half.

    Adds k s^3 (1-s)^3 (1-2s): no change of value, velocity or acceleration at the ends.
    """
    if amount == 0.0 or len(starts) == 0:
        return poly
    shape = np.polynomial.Polynomial([0, 0, 0, 1]) * np.polynomial.Polynomial([1, -1]) ** 3
    shape = shape * np.polynomial.Polynomial([1, -2])
    rows = np.searchsorted(poly.x, starts - 1e-9)
    h = poly.x[rows + 1] - poly.x[rows]
    c = np.zeros((8, *poly.c.shape[1:]))
    c[2:] = poly.c
    for power, value in enumerate(shape.coef):
        c[7 - power, rows, 1] -= amount * 9.0 * G_MPS2 * h**2 * value / h**power
    return PPoly(c, poly.x)


def _task_knots(s: RunnerSettings, task: Task, rng: np.random.Generator) -> list[Knot]:
    """The pelvis shifts over the standing foot, goes down and back with each repetition."""
    y0, zero = standing_hip_height(s), (0.0, 0.0, 0.0)
    over, low = task.sigma * 0.8 * s.hip_half_m, y0 - LOWERED_M
    knots: list[Knot] = [(task.lift - 0.68, (0.0, y0, 0.0), zero, zero)]
    calm = [task.lift - 0.02, task.down + 0.02]
    if len(task.reps) == 0:
        calm = [*np.arange(calm[0], calm[1] - 0.5, 1.0), calm[1]]
    for t in calm:
        sway = rng.normal(0, 0.003, 2)
        knots.append((float(t), (float(sway[0]), low, over + float(sway[1])), zero, zero))
    for start, lowest, leave, end, depth, _, _ in task.reps:
        top, bottom = (0.0, low, over), (-BACK_SHARE * depth, low - depth, over)
        for t, place in ((start, top), (lowest, bottom), (leave, bottom), (end, top)):
            knots.append((float(t), place, zero, zero))
    return [*knots, (task.down + 0.68, (0.0, y0, 0.0), zero, zero)]


def _still_knots(
    s: RunnerSettings, still: Still, rng: np.random.Generator, duration: float
) -> list[Knot]:
    y0 = standing_hip_height(s)
    zero = (0.0, 0.0, 0.0)
    lo = -EDGE_S - 0.5 if still.start <= 0 else still.start + 0.4
    hi = duration + EDGE_S + 0.5 if still.end >= duration - 1e-9 else still.end - 0.15
    knots: list[Knot] = []
    busy: list[tuple[float, float]] = []
    for t in still.bows:
        busy.append((t, t + 3.2))
        for at, deep in ((0.1, 0.0), (1.3, 1.0), (1.7, 1.0), (3.0, 0.0)):
            knots.append((t + at, (-0.11 * deep, y0 - 0.012 * deep, 0.0), zero, zero))
    for i, (t, sigma) in enumerate(still.kicks):
        busy.append((t - 0.75, t + KICK_S + 0.75))
        over = -sigma * 0.8 * s.hip_half_m
        if i == 0 or still.kicks[i - 1][1] != sigma:
            knots.append((t - 0.68, (0.0, y0, 0.0), zero, zero))
            knots.append((t - 0.02, (0.0, y0 - 0.004, over), zero, zero))
        knots.append((t + 0.5 * KICK_S, (0.0, y0 - 0.004, over), zero, zero))
        if i + 1 == len(still.kicks) or still.kicks[i + 1][1] != sigma:
            knots.append((t + KICK_S + 0.02, (0.0, y0 - 0.004, over), zero, zero))
            knots.append((t + KICK_S + 0.68, (0.0, y0, 0.0), zero, zero))
    for t in still.jumps:
        busy.append((t - 0.7, t + JUMP_FLIGHT_S + 0.8))
        up = 0.5 * G_MPS2 * JUMP_FLIGHT_S
        low, down = -0.07, (0.0, -G_MPS2, 0.0)
        knots += [
            (t - 0.65, (0.0, y0, 0.0), zero, zero),
            (t - 0.28, (0.0, y0 + low, 0.0), zero, (0.0, 4.0, 0.0)),
            (t, (0.0, y0 + 0.03, 0.0), (0.0, up, 0.0), down),
            (t + JUMP_FLIGHT_S, (0.0, y0 + 0.03, 0.0), (0.0, -up, 0.0), down),
            (t + JUMP_FLIGHT_S + 0.2, (0.0, y0 + low, 0.0), zero, (0.0, 6.0, 0.0)),
            (t + JUMP_FLIGHT_S + 0.7, (0.0, y0, 0.0), zero, zero),
        ]
    for task in still.tasks:
        busy.append((task.lift - 0.75, task.down + 0.75))
        knots += _task_knots(s, task, rng)
    for t in np.arange(lo, hi + 0.5, 1.0):
        t = min(float(t), hi)
        if not any(a <= t <= b for a, b in busy):
            sway = rng.normal(0, 1, 3) * (0.004, 0.0005, 0.003)
            knots.append((t, (float(sway[0]), y0 + float(sway[1]), float(sway[2])), zero, zero))
    if not any(a <= hi <= b for a, b in busy):
        knots.append((hi, (0.0, y0, 0.0), zero, zero))
    return knots


def _gait_knots(
    s: RunnerSettings, steps: Steps, values: StepValues, rows: np.ndarray
) -> tuple[list[Knot], list[float]]:
    """Knots of one stretch of gait, and the contacts from which the force may be skewed."""
    knots: list[Knot] = []
    skewed: list[float] = []
    down = (0.0, -G_MPS2, 0.0)
    scale = float(np.clip(s.speed_mps / 3.1, 0.6, 1.6))
    flying_before = False
    for i, k in enumerate(rows):
        side = float(steps.sigma[k])
        ic, tc = float(steps.ic[k]), float(steps.tc[k])
        if i + 1 == len(rows):
            break
        nxt = float(steps.ic[rows[i + 1]])
        flight = nxt - tc
        pace = min(1.0, float(steps.speed[k]) / s.speed_mps + 0.2)
        if flight > 0.004:
            flight = min(flight, LONGEST_FLIGHT_S)
            y0, y1 = float(values.y_tc[k]), float(values.y_ic[rows[i + 1]])
            v0 = (y1 - y0) / flight + 0.5 * G_MPS2 * flight
            # what is lost in stance: max of K s^2 (1-s)^2 is K/16, its mean K/30
            gain = s.braking_mps * scale * pace * 16 / 30 * (tc - ic) / (nxt - ic)
            sway = -side * s.sway_mps
            z0 = side * s.sway_mps * flight / 2
            knots.append((tc, (-gain * flight, y0, z0), (gain, v0, sway), down))
            knots.append((nxt, (0.0, y1, -z0), (gain, v0 - G_MPS2 * flight, sway), down))
            if flying_before:
                skewed.append(ic)
            flying_before = True
            continue
        flying_before = False
        # double support: lowest and fastest; between two of them: highest and slowest
        middle = 0.5 * (nxt + tc)
        step = nxt - ic
        omega = 2 * np.pi / step
        rise = 0.5 * WALK_RISE_M * float(np.clip((steps.speed[k] / 1.4) ** 2, 0.3, 1.6))
        y_low = float(values.y_ic[rows[i + 1]])
        fast = 0.11 * pace
        lateral = 0.018
        z_rate = lateral * omega / 2
        knots.append(
            (middle, (0.0, y_low, 0.0), (fast, 0.0, -side * z_rate), (0.0, rise * omega**2, 0.0))
        )
        if i > 0:
            before = float(steps.tc[rows[i - 1]])
            single = 0.5 * (min(before, ic + 0.4 * step) + nxt)
            knots.append(
                (
                    single,
                    (0.0, y_low + 2 * rise, side * lateral),
                    (-fast, 0.0, 0.0),
                    (0.0, -rise * omega**2, -side * lateral * (omega / 2) ** 2),
                )
            )
    return knots, skewed


def pelvis_place(
    s: RunnerSettings, plan: Plan, values: StepValues, rng: np.random.Generator
) -> PPoly:
    """Path of the midpoint of the hips in the moving frame, (n, 3) forward, up, right, m."""
    knots: list[Knot] = []
    skewed: list[float] = []
    for still in plan.stills:
        knots += _still_knots(s, still, rng, s.duration_s)
    for number in np.unique(plan.steps.bout):
        more, starts = _gait_knots(s, plan.steps, values, np.flatnonzero(plan.steps.bout == number))
        knots += more
        skewed += starts
    knots.sort(key=lambda k: k[0])
    kept: list[Knot] = []
    for knot in knots:
        if not kept or knot[0] - kept[-1][0] > 0.004:
            kept.append(knot)
    if len(kept) < 2:
        y0 = standing_hip_height(s)
        zero = (0.0, 0.0, 0.0)
        kept = [(t, (0.0, y0, 0.0), zero, zero) for t in (-EDGE_S, s.duration_s + EDGE_S)]
    t = np.array([k[0] for k in kept])
    p, v, a = (np.array([k[i] for k in kept]) for i in (1, 2, 3))
    poly = quintic(t, p, v, a)
    starts_at = np.array(skewed)
    if len(starts_at):
        starts_at = starts_at[np.isin(np.round(starts_at, 9), np.round(t[:-1], 9))]
    return _skew(poly, starts_at, 0.35 * s.force_skew)


def _gait_angles(
    s: RunnerSettings, steps: Steps, v: StepValues, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """(times, (n, 3) rotation, -obliquity, -tilt) at knots of each step."""
    n = len(steps.ic)
    side = np.where(steps.sigma > 0, s.right.drop_peak_share, s.left.drop_peak_share)
    pk = np.where(steps.run, side, 0.30)
    end = np.where(steps.run, 1.0, 0.66)
    one = np.zeros(n)
    share = np.stack([one, 0.45 * pk, pk, 0.5 * (pk + end), end], axis=1)
    times = steps.ic[:, None] + share * (steps.tc - steps.ic)[:, None]
    drop = v.drop_ic[:, None] + v.drop_excursion[:, None] * np.array([0, 0.62, 1.0, 0.5, -0.02])
    drop += np.radians(0.07) * rng.standard_normal(drop.shape)
    tilt_a = np.radians(0.5 * s.pelvis_tilt_range_deg) * np.where(steps.run, 1.0, 0.5)
    tilt = v.tilt[:, None] + tilt_a[:, None] * np.array([0.25, -0.65, -0.95, 0.15, 0.95])
    tilt += np.radians(0.12) * rng.standard_normal(tilt.shape)
    turn = np.radians(0.5 * s.pelvis_rotation_range_deg) * np.where(steps.run, 1.0, 0.7)
    turn = turn * np.clip(steps.speed / s.speed_mps, 0.3, 1.4)
    rotation = (steps.sigma * turn)[:, None] * np.array([0.85, 0.55, 0.1, -0.5, -0.95])
    rotation += np.radians(0.15) * rng.standard_normal(rotation.shape)
    angles = np.stack([rotation, -steps.sigma[:, None] * drop, -tilt], axis=2)
    return times.ravel(), angles.reshape(-1, 3)


def _still_angles(
    s: RunnerSettings, still: Still, rng: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    roll, tilt = -s.standing_roll_deg, -s.standing_tilt_deg
    lo = -EDGE_S - 0.5 if still.start <= 0 else still.start + 0.45
    hi = s.duration_s + EDGE_S + 0.5 if still.end >= s.duration_s - 1e-9 else still.end - 0.1
    knots: list[tuple[float, float, float, float]] = []
    busy: list[tuple[float, float]] = []
    for t in still.bows:
        busy.append((t, t + 3.2))
        yaw, lean = rng.normal(0, 1.6, 2)
        for at, deep in ((0.1, 0.0), (0.4, 0.08), (1.3, 0.97), (1.55, 1.0), (1.8, 0.95),
                         (2.7, 0.08), (3.0, 0.0)):  # fmt: skip
            knots.append((t + at, yaw * deep, roll + lean * deep, tilt - BOW_DEG * deep))
    for t, sigma in still.kicks:
        busy.append((t - 0.5, t + KICK_S + 0.5))
        for at, deep in ((-0.24, 0.0), (0.0, 0.4), (0.5 * KICK_S, 1.0), (KICK_S, 0.4),
                         (KICK_S + 0.24, 0.0)):  # fmt: skip
            knots.append((t + at, 1.5 * sigma * deep, roll - 2 * sigma * deep, tilt - 4 * deep))
    for t in still.jumps:
        busy.append((t - 0.8, t + JUMP_FLIGHT_S + 0.9))
        for at, deep in ((-0.65, 0.0), (-0.28, 1.0), (0.0, 0.1), (0.2, 0.2), (0.45, 1.0),
                         (0.9, 0.0)):  # fmt: skip
            knots.append((t + at, 0.0, roll, tilt - 7.0 * deep))
    for task in still.tasks:
        busy.append((task.lift - 0.75, task.down + 0.75))
        when = task.times()
        rolled = roll - task.sigma * task.drop_deg(when)
        tilted = tilt - task.tilt_deg(when)
        rows = np.column_stack([when, np.zeros(len(when)), rolled, tilted]).tolist()
        knots += [(row[0], row[1], row[2], row[3]) for row in rows]
    grid = [*np.arange(lo, hi, 1.0), hi]
    grid += [lo + x for x in (0.15, 0.35, 0.6)] + [hi - x for x in (0.15, 0.35, 0.6)]
    for t in sorted(float(x) for x in grid):
        if lo <= t <= hi and not any(a <= t <= b for a, b in busy):
            sway = rng.normal(0, 1, 3) * (0.3, 0.15, 0.3)
            knots.append((t, float(sway[0]), roll + float(sway[1]), tilt + float(sway[2])))
    return knots


def pelvis_angles(
    s: RunnerSettings, plan: Plan, values: StepValues, rng: np.random.Generator
) -> CubicSpline:
    """Rotation, -obliquity, -tilt of the pelvis in the moving frame, rad."""
    times, angles = _gait_angles(s, plan.steps, values, rng)
    rows = [k for still in plan.stills for k in _still_angles(s, still, rng)]
    if rows:
        extra = np.array(rows)
        times = np.concatenate([times, extra[:, 0]])
        angles = np.concatenate([angles, np.radians(extra[:, 1:])])
    return spline(times, angles)


def spline(times: FloatArray, values: FloatArray, apart: float = 0.012) -> CubicSpline:
    """Cubic spline through knots in any order; knots closer than ``apart`` to the last are left."""
    order = np.argsort(times, kind="stable")
    t, v = times[order], values[order]
    keep = np.ones(len(t), dtype=bool)
    last = t[0]
    for i in range(1, len(t)):
        if t[i] - last < apart:
            keep[i] = False
        else:
            last = t[i]
    return CubicSpline(t[keep], v[keep])
