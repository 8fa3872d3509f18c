"""Is each file from the sensor whose name it bears? What cannot be is refused.

Measured on 12 simulated runs of 200 s, 100 Hz, with and without soft tissue: three quarters of the
time that it moves a pelvis turns slower than 58-94 deg/s, a shank slower than 340-495 deg/s, at
least 3.9 times as fast. A thigh (a sensor in a trouser pocket) lies between: 139-269 deg/s and
0.47-0.70 of the shank from walking to 6.5 m/s, where the pelvis reached 0.32. In the mean stride of
one real runner (3.5 m/s, running-stride-mean-imu) they are 145 deg/s and 0.30 for the pelvis, 315
and 0.65 for the thigh: speed alone would not tell them apart, the share does.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Final

import numpy as np

from hipgait.errors import InputError
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import PELVIS
from hipgait.recording import SensorStream
from hipgait.settings import QualitySettings

MOST_BLOCKS: Final = 10_000
"""so many blocks, spread over the stream, tell how fast it turns"""


def refuse_copies(streams: Mapping[str, SensorStream]) -> None:
    """Refuse a recording in which two sensors measured the same numbers.

    Raises
    ------
    InputError : names both.
    """
    for a, b in combinations(streams.values(), 2):
        if np.array_equal(a.acc[:100], b.acc[:100], equal_nan=True) and np.array_equal(
            a.acc, b.acc, equal_nan=True
        ):
            names = " and ".join(s.provenance.path or s.placement for s in (a, b))
            raise InputError(
                f"{names} hold the same data ({a.placement}, {b.placement})",
                "Copy each sensor's own file, or leave one out",
            )


def turning_rate(stream: UniformStream, settings: QualitySettings | None = None) -> float | None:
    """Angular velocity that is exceeded a quarter of the moving time, rad/s; None without any."""
    if stream.gyr is None:
        return None
    s = settings or QualitySettings()
    k = max(1, round(s.turning_block_s * stream.fs))
    n = stream.n // k
    every = max(1, n // MOST_BLOCKS)
    blocks = np.einsum("nkj->nj", stream.gyr[: n * k].reshape(n, k, 3)[::every]) / k
    rates = np.linalg.norm(blocks, axis=1)
    moving = rates[rates > s.turning_moving_rad_s]
    return float(np.percentile(moving, 75)) if len(moving) else None


def refuse_wrong_pelvis(
    streams: Mapping[str, UniformStream],
    paths: Mapping[str, str],
    settings: QualitySettings | None = None,
) -> None:
    """Refuse a recording whose pelvis turns like a leg.

    paths : placement -> file, for the message.

    Raises
    ------
    InputError : names the file, and the sensor that may be the pelvis.
    """
    s = settings or QualitySettings()
    rates = {
        placement: rate
        for placement, stream in streams.items()
        if (rate := turning_rate(stream, s)) is not None
    }
    pelvis = rates.pop(PELVIS, None)
    if pelvis is None:
        return
    slowest = min(rates, key=lambda p: rates[p], default=None)
    limit = s.pelvis_most_rad_s
    other = ""
    if slowest is not None and pelvis > s.pelvis_over_leg * rates[slowest]:
        limit = s.pelvis_swapped_rad_s
        other = f", the {slowest.replace('_', ' ')} {np.degrees(rates[slowest]):.0f} deg/s"
    if pelvis > limit:
        raise InputError(
            f"{paths.get(PELVIS) or PELVIS}: turns like a leg, not like the pelvis "
            f"({np.degrees(pelvis):.0f} deg/s{other})",
            "Check which file is which sensor: rename them, or use --sensor PLACEMENT=FILE",
        )
    _refuse_pocket(pelvis, rates, paths.get(PELVIS) or PELVIS, s)


def _refuse_pocket(pelvis: float, legs: Mapping[str, float], name: str, s: QualitySettings) -> None:
    """Refuse a pelvis that turns as a thigh does: less than a shank, and more than a pelvis."""
    shank = max((rate for p, rate in legs.items() if p.endswith("_shank")), default=None)
    if shank is None or not s.pelvis_thigh_share * shank < pelvis < shank:
        return
    if pelvis > s.pelvis_thigh_rad_s:
        raise InputError(
            f"{name}: turns like a thigh, not like the pelvis ({np.degrees(pelvis):.0f} deg/s, a "
            f"shank {np.degrees(shank):.0f} deg/s)",
            "Wear it on the sacrum or a waistband: a trouser pocket swings with the thigh; leave "
            "this file out, or name it a thigh",
        )
