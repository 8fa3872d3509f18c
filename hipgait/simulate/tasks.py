"""The control test's movements: squats, step-downs and stance on one leg, with their courses.

A task is done on the leg that its kind names. The other foot leaves the ground at ``lift`` and
comes back at ``down``. In a squat and in the stance the free knee is bent, with the foot behind; in
a step-down the free leg hangs almost straight beside the step and reaches below the standing foot.
Both feet start and end on the same level (on the step), so stepping up is not part of it.

Every course is a sum of smooth steps with two continuous derivatives; the standing leg is joined to
the hip by the closure of ``legs``, so its foot stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline

from hipgait.errors import SettingsError
from hipgait.names import SIDES
from hipgait.recording import FloatArray

TASKS: Final = ("squats", "stepdowns", "stance")
TASK_KINDS: Final = tuple(f"{task}_{side}" for task in TASKS for side in SIDES)
LEAD_S: Final = 1.4
"""from the start of a task to the foot's lift: the weight shifts, s"""
SETTLE_S: Final = 1.3
"""from the lift to the first repetition, and from the last one to the foot's return, s"""
TAIL_S: Final = 1.4
"""from the foot's return to the end of the task, s"""
KNOT_S: Final = 0.1
"""spacing of the knots of every course, s"""
SWAY_S: Final = 0.35
"""spacing of the knots of the sway (up to about 1.4 Hz), s"""
BACK_SHARE: Final = 0.62
"""the hips go back by this share of the depth: the shank then leans forward by 15 - 30 deg"""
TILT_DEG_PER_M: Final = 65.0
"""the pelvis tips forward with depth: 8 deg at 12 cm"""
HELD_DROP_DEG: Final = 1.0
"""drop of the pelvis on one leg, at the top"""
LOWERED_M: Final = 0.012
"""the pelvis on one leg is lower by this: the standing knee is not quite straight, m"""
POSTURES: Final = {"squats": (4.0, 78.0, 0.0), "stance": (12.0, 70.0, 0.0),
                   "stepdowns": (9.0, 9.0, 7.0)}  # fmt: skip
"""the free leg: thigh forward, knee bent, thigh outward, deg"""


@dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """How a control movement is done. Angles in deg, with the signs of the contract."""

    repetitions: int = 5
    depth_m: float = 0.12
    """how far the pelvis goes down"""
    lowering_s: float = 1.6
    bottom_s: float = 0.15
    lifting_s: float = 1.3
    rest_s: float = 0.8
    """at the top, between two repetitions"""
    drop_deg: float = 4.0
    """pelvic drop at the lowest point above that at the top"""
    lean_deg: float = 5.0
    """shank lean at the lowest point above that at the top (knee inward)"""
    sway_deg: float = 0.3
    """SD of the sway of obliquity and lean on one leg"""
    spread: float = 0.08
    """SD of depth, tempo, drop and lean from repetition to repetition, as a share"""

    def __post_init__(self) -> None:
        checks = (
            (1 <= self.repetitions <= 50, "repetitions", self.repetitions, "1-50"),
            (0.03 <= self.depth_m <= 0.25, "depth_m", self.depth_m, "0.03-0.25 m"),
            (0.4 <= self.lowering_s <= 8, "lowering_s", self.lowering_s, "0.4-8 s"),
            (0.4 <= self.lifting_s <= 8, "lifting_s", self.lifting_s, "0.4-8 s"),
            (0 < self.bottom_s <= 5, "bottom_s", self.bottom_s, "above 0, to 5 s"),
            (0 < self.rest_s <= 10, "rest_s", self.rest_s, "above 0, to 10 s"),
            (0 <= self.sway_deg <= 5, "sway_deg", self.sway_deg, "0-5 deg"),
            (0 <= self.spread <= 0.2, "spread", self.spread, "0-0.2"),
        )
        for good, name, value, allowed in checks:
            if not good:
                raise SettingsError(f"{name} = {value!r}", f"Allowed: {allowed}")

    @property
    def duration_s(self) -> float:
        """Time that a set of repetitions takes on average, with the weight's shifts, s."""
        one = self.lowering_s + self.bottom_s + self.lifting_s + self.rest_s
        return LEAD_S + 2 * SETTLE_S + TAIL_S + self.repetitions * one


@dataclass(frozen=True)
class Task:
    """A planned task.

    sigma : +1 on the right leg, -1 on the left.  lift, down : the free foot's, s.
    reps : (k, 7) of a squat or step-down: start, lowest, leaving it, end (s), depth (m), drop and
        lean at the lowest point (deg).
    sway : (n,) -> (n, 2) of drop and lean, deg, before ``held`` fades it in and out.
    """

    kind: str
    sigma: float
    lift: float
    down: float
    reps: FloatArray
    sway: CubicSpline = field(repr=False)

    @property
    def task(self) -> str:
        """One of TASKS."""
        return self.kind.rsplit("_", 1)[0]

    def held(self, t: FloatArray) -> FloatArray:
        """(n,) 0 on two legs, 1 on one."""
        up = _step((t - self.lift + 0.6) / 0.8)
        return np.asarray(up - _step((t - self.down + 0.2) / 0.8))

    def course(self, t: FloatArray, column: int | None = None) -> FloatArray:
        """(n,) 0 at the top, 1 (or a column of ``reps``) at the lowest point."""
        out = np.zeros(len(t))
        for rep in self.reps:
            share = _step((t - rep[0]) / (rep[1] - rep[0])) - _step(
                (t - rep[2]) / (rep[3] - rep[2])
            )
            out += share * (1.0 if column is None else rep[column])
        return out

    def drop_deg(self, t: FloatArray) -> FloatArray:
        """(n,) pelvic drop above that of standing on two legs."""
        held = self.held(t)
        return np.asarray(held * (HELD_DROP_DEG + self.sway(t)[:, 0]) + self.course(t, 5))

    def lean_deg(self, t: FloatArray) -> FloatArray:
        """(n,) lean of the standing shank above that of standing on two legs."""
        return np.asarray(self.held(t) * self.sway(t)[:, 1] + self.course(t, 6))

    def tilt_deg(self, t: FloatArray) -> FloatArray:
        """(n,) forward tilt of the pelvis above that of standing."""
        return TILT_DEG_PER_M * self.course(t, 4)

    def times(self) -> FloatArray:
        """Knots of the courses, s."""
        return np.arange(self.lift - 0.7, self.down + 0.7, KNOT_S)


def _step(x: FloatArray) -> FloatArray:
    s = np.clip(x, 0.0, 1.0)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s * s))


def make_task(
    kind: str, start: float, duration: float, settings: TaskSettings, rng: np.random.Generator
) -> Task:
    """Draw a task; repetitions that do not fit into its time are left out."""
    s = settings
    lift, down = start + LEAD_S, start + duration - TAIL_S
    if down - lift < 1.6:
        raise SettingsError(f"{kind} lasts {duration:g} s", f"Give {LEAD_S + TAIL_S + 1.6:g} s")
    rows = []
    t = lift + SETTLE_S
    count = 0 if kind.startswith("stance") else s.repetitions
    for _ in range(count):
        vary = np.clip(1 + s.spread * rng.standard_normal(6), 0.6, 1.4)
        low = t + s.lowering_s * vary[0]
        leave = low + s.bottom_s
        end = leave + s.lifting_s * vary[1]
        if end > down - 0.8:
            break
        rows.append([t, low, leave, end, s.depth_m * vary[3], s.drop_deg * vary[4],
                     s.lean_deg * vary[5]])  # fmt: skip
        t = end + s.rest_s * vary[2]
    knots = np.arange(lift - 2.0, down + 2.0, SWAY_S)
    sway = CubicSpline(knots, s.sway_deg * rng.standard_normal((len(knots), 2)))
    sigma = 1.0 if kind.endswith(SIDES[1]) else -1.0
    return Task(kind, sigma, lift, down, np.array(rows).reshape(-1, 7), sway)


def lean_of(tasks: Sequence[Task], sigma: float, t: FloatArray) -> FloatArray:
    """(n,) lean that the tasks add to the standing shank of a side, deg."""
    mine = [task.lean_deg(t) for task in tasks if task.sigma == sigma]
    return np.asarray(np.sum(mine, axis=0)) if mine else np.zeros(len(t))


def free_leg(
    task: Task, t: FloatArray, ends: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """The lifted leg between lift and return.

    t : (n,) times between ``task.lift`` and ``task.down``, s.
    ends : (6,) thigh and knee angles at both, rad (psi, eps, theta; flexion, abduction, rotation).
    Returns (n, 3) angles of the thigh in the moving frame and (n, 3) of the knee, rad.
    """
    forward, bent, outward = (np.radians(x) for x in POSTURES[task.task])
    inward = -1.0 if task.sigma > 0 else 1.0  # side of the free leg
    up = _step((t - task.lift) / 0.9)
    back = _step((t - task.down + 0.9) / 0.9)
    near, away = (1 - back)[:, None], (up - back)[:, None]
    rest = near * ends[0] + (1 - near) * ends[1]
    held = rest.copy()
    held[:, 0] = 0.0
    held[:, 1] = -inward * outward
    held[:, 2] = forward
    held[:, 3] = bent
    held[:, 4:] = 0.0
    # a leg that hangs free is never quite still
    held[:, 1:4] += np.radians(0.8) * np.column_stack([np.sin(1.9 * t), np.sin(2.7 * t + 1),
                                                       np.sin(2.3 * t + 2)])  # fmt: skip
    out = rest + away * (held - rest)
    return out[:, :3], out[:, 3:]
