"""Truth of the control test's movements, with the names and the smoothing of repetitions.csv.

Written apart from the analysis and shares no code with it. Tempo is read off the standing shank's
forward angle: 20 % of its travel starts and ends a repetition, 80 % bounds the bottom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.signal import butter, sosfiltfilt

from hipgait.names import SIDES
from hipgait.recording import FloatArray
from hipgait.simulate.tasks import Task

if TYPE_CHECKING:
    from hipgait.simulate.motion import Motion

RATE_HZ: Final = 200.0
KINDS: Final = {"squats": "squat", "stepdowns": "step_down", "stance": "stance"}


def _side(task: Task) -> str:
    return SIDES[1] if task.sigma > 0 else SIDES[0]


def _curves(motion: Motion, task: Task, t: FloatArray) -> dict[str, FloatArray]:
    """Smoothed drop, lean and forward angle of the standing shank, deg."""
    sos = butter(2, 10 / 0.802, fs=RATE_HZ, output="sos")
    side = _side(task)
    raw = {
        "drop": task.sigma * motion.angle("pelvis_obliquity", t),
        "lean": motion.angle(f"{side}_shank_lean", t),
        "forward": -motion.angle(f"{side}_shank_angle", t),
    }
    return {name: np.asarray(sosfiltfilt(sos, x)) for name, x in raw.items()}


def _crossing(t: FloatArray, x: FloatArray, level: float, last: bool) -> float:
    """First (or last) time at which x passes a level."""
    over = np.flatnonzero(x >= level)
    k = int(over[-1]) if last else int(over[0])
    j = k + 1 if last else k - 1
    return float(t[k] + (t[j] - t[k]) * (level - x[k]) / (x[j] - x[k]))


def repetitions_truth(motion: Motion) -> pd.DataFrame:
    """One row a repetition of every squat and step-down, in order of time."""
    rows = []
    for task in motion.plan.tasks:
        for start, low, leave, end, _, _, _ in task.reps:
            t = np.arange(start - 0.6, end + 0.6, 1 / RATE_HZ)
            c = _curves(motion, task, t)
            x = c["forward"]
            inside = (t >= start) & (t <= end)
            before = (t >= start - 0.25) & (t <= start)
            after = (t >= end) & (t <= end + 0.25)
            first = inside & (t <= 0.5 * (low + leave))
            later = inside & ~first
            a, b, top = float(x[before].mean()), float(x[after].mean()), float(x[inside].max())
            at = [
                _crossing(t[first], x[first], a + 0.2 * (top - a), last=False),
                _crossing(t[first], x[first], a + 0.8 * (top - a), last=False),
                _crossing(t[later], x[later], b + 0.8 * (top - b), last=True),
                _crossing(t[later], x[later], b + 0.2 * (top - b), last=True),
            ]
            lowest = 0.5 * (at[1] + at[2])
            bottom = (t >= at[1]) & (t <= at[2])
            height = motion.position("pelvis", t)[:, 1]
            low_of = {n: float(v[bottom].mean()) for n, v in c.items()}
            up_of = {n: float(v[before].mean()) for n, v in c.items()}
            rows.append(
                {
                    "side": _side(task),
                    "kind": KINDS[task.task],
                    "start_s": at[0],
                    "low_s": lowest,
                    "end_s": at[3],
                    "lowering_s": at[1] - at[0],
                    "bottom_s": at[2] - at[1],
                    "lifting_s": at[3] - at[2],
                    "shank_forward_deg": top - a,
                    "pelvic_drop_low_deg": low_of["drop"],
                    "pelvic_drop_change_deg": low_of["drop"] - up_of["drop"],
                    "shank_lean_low_deg": low_of["lean"],
                    "shank_lean_change_deg": low_of["lean"] - up_of["lean"],
                    "pelvis_travel_cm": 100 * float(height[before].mean() - height[bottom].mean()),
                }
            )
    return pd.DataFrame(rows)


def stances_truth(motion: Motion) -> pd.DataFrame:
    """One row a single-leg stance: side, foot off and down (s), sway (RMS about the mean, deg)."""
    rows = []
    for task in motion.plan.tasks:
        if task.task != "stance":
            continue
        t = np.arange(task.lift, task.down, 1 / RATE_HZ)
        c = _curves(motion, task, t)
        calm = (t > task.lift + 1.5) & (t < task.down - 1.5)
        rows.append(
            {
                "side": _side(task),
                "start_s": task.lift,
                "end_s": task.down,
                "hold_s": task.down - task.lift,
                "pelvic_drop_mean_deg": float(c["drop"][calm].mean()),
                "pelvic_drop_sway_deg": float(c["drop"][calm].std()),
                "shank_lean_sway_deg": float(c["lean"][calm].std()),
            }
        )
    return pd.DataFrame(rows)
