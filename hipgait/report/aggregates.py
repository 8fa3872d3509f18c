"""What a figure holds instead of strides: block means and mean curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hipgait.recording import BoolArray, FloatArray

PARTS: Final = ("before", "early", "middle", "late", "after", "withdrawn")
"""parts of a run"""
LEFT_OUT: Final = frozenset({"before", "after", "withdrawn"})


@dataclass(frozen=True)
class Blocks:
    """Block means of one outcome.

    time_s : (k,) mean time of the block's stances, reference clock.
    value : (k,) mean in the outcome's printed unit.
    part : (k,) one of PARTS.
    steps : typical number of stances in a block.
    """

    time_s: FloatArray
    value: FloatArray
    part: tuple[str, ...]
    steps: int

    def of(self, *parts: str) -> BoolArray:
        """(k,) True where the block lies in one of these parts."""
        return np.array([p in parts for p in self.part], dtype=bool)

    @property
    def analysed(self) -> BoolArray:
        """(k,) True where the block counts."""
        return np.array([p not in LEFT_OUT for p in self.part], dtype=bool)


@dataclass(frozen=True)
class Curve:
    """A mean curve of one part of the run: mean and, over blocks, lowest and highest mean."""

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    n: int
