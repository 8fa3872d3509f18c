"""A stream with a long rest before and after it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hipgait.kinematics.uniform import UniformStream


def rested(stream: UniformStream, before_s: float, after_s: float) -> UniformStream:
    """The sensor lies still (its first samples' mean) before and after what it recorded."""
    ends = round(before_s * stream.fs), round(after_s * stream.fs)
    level = stream.acc[:100].mean(axis=0)
    pads = [np.tile(level, (n, 1)) for n in ends]

    def marks(mask: np.ndarray) -> np.ndarray:
        return np.pad(mask, ends)

    return replace(
        stream,
        acc=np.concatenate([pads[0], stream.acc, pads[1]]),
        gyr=None if stream.gyr is None else np.pad(stream.gyr, (ends, (0, 0))),
        missing=marks(stream.missing),
        acc_clipped=marks(stream.acc_clipped),
        gyr_clipped=marks(stream.gyr_clipped),
    )
