"""A sensor that turns on the body: an existing recording, slipped afterwards.

The motion stays as it was; from ``start_s`` on the sensor turns about an axis that is fixed in it,
until it rests at the new angle. Its gyroscope measures the turn as well. A strap that gives way
does so within a second (``SUDDEN_S``), one that creeps takes minutes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from hipgait.recording import FloatArray, Recording

SUDDEN_S: Final = 0.5
"""duration of a sudden slip: one or two steps"""


def slip_recording(
    recording: Recording,
    placement: str,
    axis: FloatArray,
    deg: float,
    start_s: float,
    lasts_s: float = SUDDEN_S,
) -> Recording:
    """The same run with one sensor turned by ``deg``.

    Parameters
    ----------
    axis : (3,) axis of the turn in the sensor's frame, any length.
    start_s : when the turn begins, in the stream's ``time_s``.  lasts_s : how long it takes, s.
    """
    stream = recording[placement]
    unit = np.asarray(axis, dtype=np.float64) / np.linalg.norm(axis)
    share = np.clip((stream.time_s - start_s) / lasts_s, 0.0, 1.0)
    angle = np.radians(deg) * (share - np.sin(2.0 * np.pi * share) / (2.0 * np.pi))
    rate = np.radians(deg) * (1.0 - np.cos(2.0 * np.pi * share)) / lasts_s
    turn = Rotation.from_rotvec(
        -angle[:, None] * unit
    )  # the axes turn, so what is fixed turns back
    gyr = None if stream.gyr is None else turn.apply(stream.gyr) + rate[:, None] * unit
    moved = replace(stream, acc=turn.apply(stream.acc), gyr=gyr)
    return replace(recording, streams={**recording.streams, placement: moved})
