"""From a schedule to footfalls and a path: when each foot is on the ground, and where one runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from hipgait.names import G_MPS2
from hipgait.recording import BoolArray, FloatArray
from hipgait.simulate.body import RunnerSettings, Segment
from hipgait.simulate.noise import fgn
from hipgait.simulate.tasks import TASK_KINDS, Task, make_task

IntArray = NDArray[np.int64]
STAND: Final = 0
RUN: Final = 1
WALK: Final = 2
GAIT_SWING: Final = 0
KICK_SWING: Final = 1
JUMP_SWING: Final = 2
HELD_SWING: Final = 3
"""the free leg of a control movement"""
EDGE_S: Final = 2.0
"""What is simulated beyond both ends of the recording, s."""
FEWEST_STEPS: Final = 4
"""a stretch of gait with fewer is not walked at all"""
MIN_FLIGHT_S: Final = 0.02


@dataclass(frozen=True)
class Steps:
    """Stances of gait, sorted by contact; arrays of length k.

    ic, tc : s.  sigma : +1 right, -1 left.  run : running.  speed : m/s at contact.
    progress : 0 ... 1 course of the fatigue.  bout : number of the stretch of gait.
    from_start, to_end : number of steps to the ends of the stretch.
    """

    ic: FloatArray
    tc: FloatArray
    sigma: FloatArray
    run: BoolArray
    speed: FloatArray
    progress: FloatArray
    bout: IntArray
    from_start: IntArray
    to_end: IntArray


@dataclass(frozen=True)
class Supports:
    """Contacts of one foot with the ground, gait and standing, in order; arrays of length m.

    kind : STAND | RUN | WALK.  step : index into Steps or -1.  after : what the swing after it is.
    """

    ic: FloatArray
    tc: FloatArray
    kind: IntArray
    step: IntArray
    after: IntArray


@dataclass(frozen=True)
class Still:
    """Standing, with what happens meanwhile (what does not fit is left out). start, end : s."""

    start: float
    end: float
    bows: tuple[float, ...] = ()
    kicks: tuple[tuple[float, float], ...] = ()
    """(time of lift, side sigma)"""
    jumps: tuple[float, ...] = ()
    tasks: tuple[Task, ...] = ()


@dataclass
class Plan:
    """Everything that the body's motion is built on."""

    steps: Steps
    legs: dict[int, Supports]
    stills: list[Still]
    parts: list[tuple[str, float, float]] = field(default_factory=list)
    path: CubicSpline | None = None
    """columns x, y, z (m), heading (rad, + left), roll (rad)"""

    @property
    def tasks(self) -> list[Task]:
        """Control movements of the whole schedule."""
        return [task for still in self.stills for task in still.tasks]


def smooth_step(x: FloatArray | float) -> FloatArray:
    """0 ... 1 with two continuous derivatives."""
    s = np.clip(x, 0.0, 1.0)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s * s))


BOW_EVERY_S: Final = 3.4
"""a bow is not done in less, s"""
KICK_S: Final = 1.2
KICK_EVERY_S: Final = 1.75
CHANGE_SIDE_S: Final = 1.0
JUMP_FLIGHT_S: Final = 0.24


def _movements(parts: list[Segment], start: float, rng: np.random.Generator) -> Still:
    tasks: list[Task] = []
    bows: list[float] = []
    kicks: list[tuple[float, float]] = []
    jumps: list[float] = []
    t = start
    for part in parts:
        n = 3
        if part.kind == "bows":
            fits = min(n, int(part.duration_s / BOW_EVERY_S))
            bows += [t + min(4.0, part.duration_s / fits) * i for i in range(fits)]
        elif part.kind == "kicks":
            every = min(KICK_EVERY_S, (part.duration_s - CHANGE_SIDE_S - 0.9) / (2 * n))
            if every >= 1.7:
                kicks += [(t + 0.7 + every * i, -1.0) for i in range(n)]
                later = t + 0.7 + n * every + CHANGE_SIDE_S
                kicks += [(later + every * i, 1.0) for i in range(n)]
        elif part.kind == "jumps" and part.duration_s >= 2.2:
            jumps.append(t + 0.9)
            if part.duration_s >= 4.0:
                jumps.append(t + 2.7)
        elif part.kind in TASK_KINDS:
            tasks.append(make_task(part.kind, t, part.duration_s, part.task, rng))
        t += part.duration_s
    return Still(start, t, tuple(bows), tuple(kicks), tuple(jumps), tuple(tasks))


def _speed(s: RunnerSettings, part: Segment) -> float:
    if part.speed_mps is not None:
        return part.speed_mps
    return {"walk": s.walk_speed_mps, "run": s.speed_mps}.get(part.kind, 1.6 * s.speed_mps)


class _Bout:
    """One stretch of gait: its parts with absolute times and whether its ends are in sight."""

    def __init__(self, parts: list[Segment], start: float, open_start: bool, open_end: bool):
        self.parts = parts
        self.start = start
        self.end = start + sum(p.duration_s for p in parts)
        self.open_start, self.open_end = open_start, open_end
        self.edges = np.cumsum([p.duration_s for p in parts])[:-1] + start

    def part(self, t: float) -> Segment:
        return self.parts[int(np.searchsorted(self.edges, t, side="right"))]


def _speed_ramps(s: RunnerSettings, bouts: list[_Bout]) -> list[tuple[float, float, float]]:
    """(from, to, change of speed) of every ramp."""
    ramps = []
    for b in bouts:
        v = [_speed(s, p) for p in b.parts]
        if b.open_start:
            ramps.append((-99.0, -98.0, v[0]))
        else:
            ramps.append((b.start + 0.25, b.start + 1.2 + 0.55 * v[0], v[0]))
        for edge, before, after in zip(b.edges, v[:-1], v[1:], strict=True):
            early = 1.4 if after < before else 0.3
            ramps.append((edge - early, edge - early + 2.0, after - before))
        if not b.open_end:
            ramps.append((b.end - 1.2 - 0.55 * v[-1], b.end - 0.35, -v[-1]))
    return ramps


def _ramped(t: FloatArray, ramps: list[tuple[float, float, float]]) -> FloatArray:
    total = np.zeros_like(t)
    for start, end, change in ramps:
        total += change * smooth_step((t - start) / (end - start))
    return total


def _course(s: RunnerSettings, bouts: list[_Bout]) -> tuple[FloatArray, FloatArray]:
    """Knots of time and progress of the fatigue: it advances while running."""
    times, done = [-1e9], [0.0]
    for b in bouts:
        t = b.start
        for p in b.parts:
            if p.kind != "walk":
                times += [t, t + p.duration_s]
                done += [done[-1], done[-1] + p.duration_s]
            t += p.duration_s
    share = np.array(done) / max(done[-1], 1e-9)
    return np.array([*times, 1e9]), np.append(share, share[-1])


def _step_times(
    s: RunnerSettings,
    b: _Bout,
    speed: CubicSpline,
    course: tuple[FloatArray, FloatArray],
    rng: np.random.Generator,
) -> tuple[list[tuple[float, float, float, float, float]], float]:
    """(ic, tc, sigma, is run, progress) of each step, and the first side."""
    f = s.fatigue
    n = int((b.end - b.start + 2 * EDGE_S) * 4.5) + 20
    noise = s.stride_time_cv * (1.1 * fgn(n, s.hurst, rng) + 0.5 * rng.standard_normal(n))
    stance_noise = 1 + 0.012 * fgn(n, s.hurst, rng) + 0.006 * rng.standard_normal(n)
    sigma = float(rng.choice([-1.0, 1.0]))
    first = sigma
    t = b.start - EDGE_S if b.open_start else b.start + 0.62
    stop = b.end + EDGE_S if b.open_end else b.end - 0.45
    knots, share = course
    rows: list[tuple[float, float, float, float, float]] = []
    k = 0
    while t < stop and k < n:
        kind = b.part(min(max(t, b.start), b.end - 1e-6)).kind
        v = float(speed(t))
        p = float(np.interp(t, knots, share))
        if f.course == "hinge":
            p = max(0.0, (p - f.hinge) / max(1e-6, 1 - f.hinge))
        side = s.right if sigma > 0 else s.left
        if kind == "walk":
            cadence = s.walk_cadence_spm + 30 * (max(v, 0.6 * s.walk_speed_mps) - s.walk_speed_mps)
            stance = 0.62 * 120 / cadence * stance_noise[k]
        else:
            cadence = s.cadence_spm + 6 * (max(v, 0.6 * s.speed_mps) - s.speed_mps)
            cadence += f.cadence_spm * p
            duty = s.duty(max(v, 0.7 * s.speed_mps))
            stance = duty * 120 / cadence * side.contact_scale * stance_noise[k]
            stance += 1e-3 * f.contact_ms * p
        step = 60 / cadence * (1 + noise[k])
        if kind != "walk":
            stance = min(stance, step - MIN_FLIGHT_S)
        rows.append((t, t + stance, sigma, float(kind != "walk"), p))
        t += step
        sigma = -sigma
        k += 1
    return rows, first


def _leg(
    sigma: float, steps: Steps, bouts: list[_Bout], stills: list[Still], duration: float
) -> Supports:
    rows: list[list[float]] = []  # ic, tc, kind, step, after
    groups: list[_Bout | Still] = [*bouts, *stills]
    groups.sort(key=lambda g: g.start)
    begin = -EDGE_S
    open_ic = begin
    for group in groups:
        if isinstance(group, Still):
            events = [(t, KICK_S, KICK_SWING) for t, side in group.kicks if side == sigma]
            events += [(t, JUMP_FLIGHT_S, JUMP_SWING) for t in group.jumps]
            held = [task for task in group.tasks if task.sigma != sigma]
            events += [(task.lift, task.down - task.lift, HELD_SWING) for task in held]
            for lift, length, kind in sorted(events):
                rows.append([open_ic, lift, STAND, -1, kind])
                open_ic = lift + length
            if group.end >= duration - 1e-9:
                rows.append([open_ic, duration + EDGE_S, STAND, -1, GAIT_SWING])
            continue
        number = bouts.index(group)
        mine = np.flatnonzero(steps.bout == number)
        own = mine[steps.sigma[mine] == sigma]
        if len(mine) < FEWEST_STEPS:
            continue
        if not group.open_start:
            first = mine[0]
            if steps.sigma[first] == sigma:
                lift = steps.ic[first] - (0.36 if steps.run[first] else 0.45)
            else:
                lift = steps.ic[first] + (-0.05 if steps.run[first] else 0.12)
            rows.append([open_ic, lift, STAND, -1, GAIT_SWING])
        for i in own:
            last = not group.open_end and i >= mine[-2]
            if last:
                open_ic = steps.ic[i]
            else:
                rows.append(
                    [steps.ic[i], steps.tc[i], RUN if steps.run[i] else WALK, i, GAIT_SWING]
                )
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    whole = table[:, 2:].astype(np.int64)
    return Supports(table[:, 0], table[:, 1], whole[:, 0], whole[:, 1], whole[:, 2])


def _bend(distance: FloatArray, s: RunnerSettings) -> FloatArray:
    """Curvature 1/m along a track of two straights and two half circles."""
    half = np.pi * s.bend_radius_m
    straight = max(0.0, s.lap_m / 2 - half)
    where = np.mod(distance, straight + half)
    into = smooth_step((where - straight) / 6.0) if straight > 0 else np.ones_like(where)
    out = 1 - smooth_step((where - (straight + half - 6.0)) / 6.0) if straight > 0 else 1.0
    return np.asarray(into * out / s.bend_radius_m * (-1.0 if s.clockwise else 1.0))


def _path(
    s: RunnerSettings, ramps: list[tuple[float, float, float]], rng: np.random.Generator
) -> tuple[CubicSpline, CubicSpline]:
    fs = 50.0
    t = np.arange(-EDGE_S - 1, s.duration_s + EDGE_S + 1, 1 / fs)
    v = np.maximum(_ramped(t, ramps), 0.0)
    slow = np.arange(t[0], t[-1] + 10, 5.0)
    pace = CubicSpline(slow, 1 + 0.012 * fgn(len(slow), 0.9, rng))(t)
    v *= np.clip(pace, 0.9, 1.1)
    rate = np.zeros_like(t)
    if s.path == "track":
        rate = v * _bend(np.cumsum(v) / fs + rng.uniform(0, s.lap_m), s)
    elif s.path == "out_and_back":
        done = np.cumsum(v) / fs
        for k in range(1, int(done[-1] / s.lap_m) + 1):
            at = t[int(np.searchsorted(done, k * s.lap_m))]
            v *= 1 - 0.45 * np.exp(-0.5 * ((t - at) / 1.6) ** 2)
            bump = smooth_step((t - at + 1.7) / 3.4)
            rate += np.gradient(np.pi * bump, 1 / fs) * (-1 if s.clockwise else 1)
    heading = np.cumsum(rate) / fs
    roll = -np.arctan(gaussian_filter1d(v * rate, 0.4 * fs) / G_MPS2)
    heading = gaussian_filter1d(heading, 0.1 * fs)
    xyz = np.stack([v * np.cos(heading), v * s.grade_pct / 100, -v * np.sin(heading)], axis=1)
    place = np.cumsum(xyz, axis=0) / fs
    columns = np.column_stack([place, heading, roll])[::5]
    return CubicSpline(t[::5], columns), CubicSpline(t[::5], v[::5])


def make_plan(s: RunnerSettings, rng: np.random.Generator) -> Plan:
    """Footfalls and path of a schedule."""
    bouts: list[_Bout] = []
    stills: list[Still] = []
    parts: list[tuple[str, float, float]] = []
    t = 0.0
    i = 0
    gait = {"walk", "run", "sprint"}
    while i < len(s.schedule):
        j = i
        moving = s.schedule[i].kind in gait
        while j < len(s.schedule) and (s.schedule[j].kind in gait) == moving:
            j += 1
        group = list(s.schedule[i:j])
        if moving:
            bouts.append(_Bout(group, t, i == 0, j == len(s.schedule)))
        else:
            stills.append(_movements(group, t, rng))
        for part in group:
            parts.append((part.kind, t, t + part.duration_s))
            t += part.duration_s
        i = j
    path, speed = _path(s, _speed_ramps(s, bouts), rng)
    course = _course(s, bouts)
    rows: list[tuple[float, ...]] = []
    for number, b in enumerate(bouts):
        mine, _ = _step_times(s, b, speed, course, rng)
        n = len(mine)
        if n < FEWEST_STEPS:
            continue
        rows += [(*row, number, k, n - 1 - k) for k, row in enumerate(mine)]
    table = np.array(rows, dtype=np.float64).reshape(-1, 8)
    steps = Steps(
        table[:, 0],
        table[:, 1],
        table[:, 2],
        table[:, 3] > 0.5,
        np.asarray(speed(table[:, 0])),
        table[:, 4],
        *(table[:, k].astype(np.int64) for k in (5, 6, 7)),
    )
    legs = {int(g): _leg(g, steps, bouts, stills, s.duration_s) for g in (-1.0, 1.0)}
    return Plan(steps, legs, stills, parts, path)
