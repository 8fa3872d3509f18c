"""What a filled-in stretch says of the gait: nothing."""

from __future__ import annotations

import numpy as np

from hipgait.kinematics.uniform import UniformStream
from hipgait.strides.gait import stride_spread

FS = 100.0


def test_a_stride_that_was_mostly_lost_has_no_spread() -> None:
    t = np.arange(2000) / FS
    acc = np.column_stack([np.zeros(2000), 9.81 + 8 * np.sin(2 * np.pi * 2.8 * t), np.zeros(2000)])
    lost = (t >= 8.0) & (t < 12.0)
    acc[lost] = [0.0, 9.81, 0.0]
    none = np.zeros(2000, dtype=bool)
    stream = UniformStream("pelvis", 0.0, FS, acc, None, lost, none, none)
    start = np.array([2.0, 7.0, 7.7, 9.0, 11.7, 12.5])
    found = stride_spread(stream, start, np.full(6, 0.72))
    assert np.isnan(found).tolist() == [False, False, True, True, False, False]
    assert np.all(found[[0, 5]] > 0.4)
