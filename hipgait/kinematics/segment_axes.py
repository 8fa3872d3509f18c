"""The anatomical directions of a sensor, with what is known of their errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hipgait.kinematics.smoothing import unit
from hipgait.kinematics.yaw import FusedYaw, YawEvidence, fuse, wrap, wrap_axial
from hipgait.recording import FloatArray


@dataclass(frozen=True)
class SegmentAxes:
    """Anatomical directions in a sensor.

    right, up, forward : (3,) unit vectors of the sensor.
    roll_known : True where standing set the zero of frontal angles.
    yaw_sd_rad, roll_sd_rad : stated standard deviations.
    quality : 0 ... 1.
    method : sources, joined by "+".
    notes : what a reader must know.
    evidence : every source's opinion on the yaw, relative to the answer, rad.
    """

    right: FloatArray
    up: FloatArray
    forward: FloatArray
    roll_known: bool
    yaw_sd_rad: float
    roll_sd_rad: float
    quality: float
    method: str
    notes: tuple[str, ...] = ()
    evidence: tuple[YawEvidence, ...] = ()


def from_yaw(
    right: FloatArray,
    up: FloatArray,
    fused: FusedYaw,
    roll_known: bool,
    roll_sd: float,
    notes: list[str],
) -> SegmentAxes:
    """Axes with their stated errors, from a right-pointing axis and what was known of its yaw."""
    right = unit(right)
    up = unit(up - right * (up @ right))
    if fused.agreement < 0.01 and len(fused.evidence) > 1:
        notes = [*notes, "sources of the direction disagree"]
    evidence = tuple(
        replace(
            e,
            yaw_rad=float(
                wrap_axial(e.yaw_rad - fused.yaw_rad)
                if e.axial
                else wrap(e.yaw_rad - fused.yaw_rad)
            ),
        )
        for e in fused.evidence
    )
    return SegmentAxes(
        right=right,
        up=up,
        forward=np.cross(up, right),
        roll_known=roll_known,
        yaw_sd_rad=fused.sd_rad,
        roll_sd_rad=roll_sd,
        quality=_quality(fused, roll_known),
        method="+".join(e.source for e in fused.evidence),
        notes=tuple(notes),
        evidence=evidence,
    )


def _quality(fused: FusedYaw, roll_known: bool) -> float:
    """1 for a yaw known to a degree with a standing zero; halves at 6 deg; 0.6 without a zero."""
    degrees = np.degrees(fused.sd_rad)
    value = 1.0 / (1.0 + (max(degrees - 1.0, 0.0) / 5.0) ** 2)
    value *= 1.0 if roll_known else 0.6
    return float(value * (1.0 if fused.agreement > 0.01 else 0.7))


def turned(found: SegmentAxes, yaw: float) -> SegmentAxes:
    """The same sensor with its axes turned by a small yaw (right towards forward)."""
    right = np.cos(yaw) * found.right + np.sin(yaw) * found.forward
    forward = np.cos(yaw) * found.forward - np.sin(yaw) * found.right
    evidence = tuple(replace(e, yaw_rad=e.yaw_rad - yaw) for e in found.evidence)
    return replace(found, right=right, forward=forward, evidence=evidence)


def with_evidence(
    found: SegmentAxes, source: YawEvidence, instead: YawEvidence | None = None
) -> SegmentAxes:
    """The axes turned by one more opinion (a yaw relative to the axes as they are).

    instead : replaces the opinion of its source, if there is one.
    """
    if instead is not None:
        kept = [instead if e.source == instead.source else e for e in found.evidence]
        again = fuse(kept, 0.0)
        found = replace(found, evidence=tuple(kept), yaw_sd_rad=again.sd_rad)
        found = turned(found, again.yaw_rad)
        source = replace(source, yaw_rad=source.yaw_rad - again.yaw_rad)
    both = fuse([YawEvidence(found.method, 0.0, found.yaw_sd_rad), source])
    more = replace(found, evidence=(*found.evidence, source), yaw_sd_rad=both.sd_rad)
    return replace(turned(more, both.yaw_rad), method=f"{found.method}+{source.source}")
