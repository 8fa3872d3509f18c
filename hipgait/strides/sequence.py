"""Stances: the one alternating sequence of both legs."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import NDArray
import numpy as np

from hipgait.recording import BoolArray, FloatArray


@dataclass(frozen=True)
class Stances:
    """Stances of both legs, sorted by initial contact. All arrays have length k.

    left : True for a left stance.
    ic_s, tc_s : initial and terminal contact on the reference clock, s; tc_s NaN where not found.
    run : True for running, False for walking.
    bout : number of the uninterrupted stretch of one gait.
    confidence : 0 ... 1.
    imputed : an event was filled in from its neighbours.
    source : "shanks" | "left_shank" | "right_shank" | "pelvis" | "feet" ...
    swapped : the left and right shank sensors look exchanged.
    notes : what a reader of the report must know.
    """

    left: BoolArray
    ic_s: FloatArray
    tc_s: FloatArray
    run: BoolArray
    bout: NDArray[np.int64]
    confidence: FloatArray
    imputed: BoolArray
    source: str
    swapped: bool = False
    notes: tuple[str, ...] = ()
