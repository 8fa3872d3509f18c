"""A shank sensor that creeps round the leg: slowly, and further than any tiring turns it.

Only the direction of the shank's rotation in its sensor is looked at (``swing_axis``): a strap that
turns takes it along one to one, while tiring changed it by at most 1.6 deg (simulated runners; no
real run with gyroscopes is long enough to tell). What creeps in other directions is not told from
tiring.
"""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.quality import NO_SLIP, Slip
from hipgait.recording import BoolArray, FloatArray
from hipgait.settings import QualitySettings


def find_creep(
    ic_s: FloatArray, left: BoolArray, axis_deg: FloatArray, settings: QualitySettings | None = None
) -> Slip:
    """The shank whose direction of rotation ends furthest from where it began, or none.

    It counts from ``slip_turn_deg`` on, if the other shank's changes by less than
    ``slip_other_share`` of it the same way, and where a median of ``slip_window`` stances has left
    the beginning by ``slip_min_deg`` for good.

    Parameters
    ----------
    ic_s : (n,) initial contacts, s, increasing.  left : (n,) left stance.
    axis_deg : (n,) direction of the rotation of each stride's shank in its sensor, + outwards, deg;
        may hold NaN.
    """
    s = settings or QualitySettings()
    courses = {side: _course(axis_deg[mine], ic_s[mine], s) for side, mine in _sides(left)}
    found = []
    for side, (time, value) in courses.items():
        size = _change(value)
        other = max((_change(v) * np.sign(size) for k, (_, v) in courses.items() if k != side))
        if abs(size) < s.slip_turn_deg or other > s.slip_other_share * abs(size):
            continue
        near = np.flatnonzero(np.abs(value - value[0]) < s.slip_min_deg)
        found.append(Slip(True, float(time[near[-1]]), size, f"{side}_shank"))
    return max(found, key=lambda f: abs(f.size_deg or 0.0), default=NO_SLIP)


def _sides(left: BoolArray) -> tuple[tuple[str, BoolArray], tuple[str, BoolArray]]:
    return ("left", left), ("right", ~left)


def _course(
    value: FloatArray, time: FloatArray, s: QualitySettings
) -> tuple[FloatArray, FloatArray]:
    """Times and medians of blocks of ``slip_window`` stances, the first at its start."""
    good = np.isfinite(value)
    w = s.slip_window
    n = int(good.sum()) // w
    if n < 2:
        return np.zeros(0), np.zeros(0)
    blocks = value[good][: n * w].reshape(n, w)
    return time[good][: n * w : w], np.median(blocks, axis=1)


def _change(value: FloatArray) -> float:
    return float(value[-1] - value[0]) if len(value) else 0.0
