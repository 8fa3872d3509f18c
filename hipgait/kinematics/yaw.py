"""Evidence on a sensor's yaw about the long axis of its segment, and how it is put together.

A yaw is measured from an arbitrary horizontal pair (x, z) of the sensor: the right-pointing axis
is ``z cos(yaw) + x sin(yaw)`` and the forward axis ``x cos(yaw) - z sin(yaw)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hipgait.recording import FloatArray


@dataclass(frozen=True)
class YawEvidence:
    """One source's opinion.

    source : a word for notes ("bows", "swing", ...).
    yaw_rad : most likely yaw.
    sd_rad : its standard deviation.
    axial : True where the source knows the axis but not which way it points (yaw modulo pi).
    """

    source: str
    yaw_rad: float
    sd_rad: float
    axial: bool = False


@dataclass(frozen=True)
class FusedYaw:
    """What all sources say together.

    agreement : 0 ... 1, probability of the chi-squared of the disagreement.
    """

    yaw_rad: float
    sd_rad: float
    agreement: float
    evidence: tuple[YawEvidence, ...] = field(default=())


def wrap(angle: FloatArray | float) -> FloatArray:
    """Angles in -pi ... pi."""
    return np.asarray((np.asarray(angle) + np.pi) % (2 * np.pi) - np.pi)


def wrap_axial(angle: FloatArray | float) -> FloatArray:
    """Angles in -pi/2 ... pi/2: directions of an axis that may point either way."""
    return np.asarray((np.asarray(angle) + np.pi / 2) % np.pi - np.pi / 2)


def axes(x: FloatArray, z: FloatArray, yaw: float) -> tuple[FloatArray, FloatArray]:
    """(right, forward) of the sensor for a yaw."""
    return np.cos(yaw) * z + np.sin(yaw) * x, np.cos(yaw) * x - np.sin(yaw) * z


def yaw_of(right: FloatArray, x: FloatArray, z: FloatArray) -> float:
    """Yaw of a right-pointing axis."""
    return float(np.arctan2(right @ x, right @ z))


def fuse(evidence: Sequence[YawEvidence], towards: float | None = None) -> FusedYaw:
    """Inverse-variance mean on the circle.

    Parameters
    ----------
    evidence : at least one source.
    towards : yaw within 90 deg of which the answer lies (decides the sense of axial sources);
        without it the sources that know the sense decide, and axial ones alone stay as they are.
    """
    from scipy.special import chdtrc

    grid = np.linspace(-np.pi, np.pi, 1440, endpoint=False)
    cost = np.zeros_like(grid)
    for e in evidence:
        off = wrap_axial(grid - e.yaw_rad) if e.axial else wrap(grid - e.yaw_rad)
        # heavier tails than a normal far out: one source that is wrong must not bend the rest
        cost += np.minimum((off / e.sd_rad) ** 2, 16.0 + np.abs(off / e.sd_rad))
    if towards is not None:
        cost[np.abs(wrap(grid - towards)) > np.pi / 2] = np.inf
    start = float(grid[np.argmin(cost)])
    weight = np.array([e.sd_rad**-2 for e in evidence])
    off = np.array(
        [wrap_axial(e.yaw_rad - start) if e.axial else wrap(e.yaw_rad - start) for e in evidence]
    )
    near = np.abs(off) < 4.0 / np.sqrt(weight)
    if not near.any():
        near[:] = True
    shift = float(np.sum(weight[near] * off[near]) / np.sum(weight[near]))
    misfit = float(np.sum(weight * (off - shift) ** 2))
    freedom = len(evidence) - 1
    agreement = float(chdtrc(freedom, misfit)) if freedom else 1.0
    sd = float(np.sum(weight[near]) ** -0.5)
    if freedom and misfit > 2.0 * freedom:  # Birge ratio over sqrt(2), from there on
        sd *= float(np.sqrt(misfit / (2.0 * freedom)))
    return FusedYaw(float(wrap(start + shift)), sd, agreement, tuple(evidence))
