"""One shank and the pelvis: the shank times its own leg, the pelvis adds the other one.

The pelvis' steps that fall on the shank's contacts give the constant difference between the two
(sensor to sensor, gait by gait); the other steps, corrected by it, become the other leg's contacts.
Where the two do not keep step (clocks that drift apart), nothing is added.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hipgait.recording import BoolArray, FloatArray
from hipgait.strides.filters import IntArray
from hipgait.strides.sequence import Stances

_LARGEST_OFFSET_S = 0.08
_LARGEST_SPREAD_S = 0.025


def _nearest(time_s: FloatArray, grid_s: FloatArray) -> IntArray:
    """(k,) index into the sorted ``grid_s`` of the entry nearest to each time."""
    return np.searchsorted(0.5 * (grid_s[1:] + grid_s[:-1]), time_s).astype(np.int64)


def _offset(difference: FloatArray) -> float | None:
    """Median difference, or None where it is large or varies."""
    good = difference[np.isfinite(difference)]
    if len(good) < 5:
        return None
    middle = float(np.median(good))
    spread = 1.4826 * float(np.median(np.abs(good - middle)))
    return middle if abs(middle) < _LARGEST_OFFSET_S and spread < _LARGEST_SPREAD_S else None


def add_other_leg(shank: Stances, pelvis: Stances) -> Stances:
    """Stances of both legs from those of one shank and those of the pelvis."""
    if len(shank.ic_s) < 5 or len(pelvis.ic_s) < 5:
        return shank
    near = _nearest(pelvis.ic_s, shank.ic_s)
    away = pelvis.ic_s - shank.ic_s[near]
    after = np.minimum(near + 1, len(shank.ic_s) - 1)
    stride = np.full(len(near), float(np.median(np.diff(shank.ic_s))))
    inner = np.abs(shank.ic_s[after] - shank.ic_s[near])
    stride = np.where((inner > 0) & (inner < 1.6 * stride), inner, stride)
    same_side = np.abs(away) < 0.25 * stride
    other = (np.abs(away) > 0.3 * stride) & (np.abs(away) < 0.7 * stride)
    taken = np.zeros(len(near), dtype=bool)
    ic, tc = pelvis.ic_s.copy(), pelvis.tc_s.copy()
    for run in (True, False):
        mine = (shank.run[near] == run) & (pelvis.run == run)
        shift = _offset(away[mine & same_side])
        if shift is None:
            continue
        taken |= mine & other
        ic[mine] -= shift
        late = _offset((pelvis.tc_s - shank.tc_s[near])[mine & same_side])
        tc[mine] = tc[mine] - late if late is not None else np.nan
    note = (
        "The other leg's contacts come from the pelvis."
        if taken.any()
        else "The pelvis and the shank do not keep step: only the shank's leg is given."
    )
    if not taken.any():
        return replace(shank, notes=(*shank.notes, note))
    return _merge(shank, pelvis, taken, ic, tc, near, note)


def _merge(
    shank: Stances,
    pelvis: Stances,
    taken: BoolArray,
    ic: FloatArray,
    tc: FloatArray,
    near: IntArray,
    note: str,
) -> Stances:
    """Shank stances and the chosen pelvis stances in one sequence."""
    all_ic = np.concatenate([shank.ic_s, ic[taken]])
    order = np.argsort(all_ic, kind="stable")

    def join(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(np.concatenate([a, b])[order])

    left = join(shank.left, np.full(int(taken.sum()), not bool(shank.left[0])))
    keep = np.concatenate([[True], (left[1:] != left[:-1]) | (np.diff(all_ic[order]) > 0.3)])
    return Stances(
        left[keep],
        all_ic[order][keep],
        join(shank.tc_s, tc[taken])[keep],
        join(shank.run, pelvis.run[taken])[keep],
        join(shank.bout, shank.bout[near][taken])[keep],
        join(shank.confidence, 0.8 * pelvis.confidence[taken])[keep],
        join(shank.imputed, pelvis.imputed[taken])[keep],
        f"{shank.source} and pelvis",
        notes=(*shank.notes, note),
    )
