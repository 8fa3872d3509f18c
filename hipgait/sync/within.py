"""Clocks that are known to be off by no more than a bound: the gait says where within it.

Packets that keep step with the radio all wait equally long, and no arrival tells how long: their
times lie anywhere within a bound. The offset that the gait shows is off by a few ms whatever the
sensors; both are weighed by their errors. What the gait says is taken only where it is clear, says
more than the bound, and does not contradict it: never by a step, never beyond the bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hipgait.kinematics.uniform import UniformStream
from hipgait.settings import SyncSettings
from hipgait.sync.match import ClockMatch
from hipgait.sync.relate import worst_offset


@dataclass(frozen=True)
class Weighed:
    """A correction within a bound.

    match : with the offset and rate to be applied.  bound_s : of the two clocks before.
    left_s : what remains (SD).
    """

    match: ClockMatch
    bound_s: float
    left_s: float


def weigh(
    match: ClockMatch, stream: UniformStream, bound_s: float, s: SyncSettings
) -> Weighed | None:
    """What is to be done with a sensor whose clock is within ``bound_s`` of the reference's.

    None where the gait is not clear, says no more than the bound, or contradicts it.
    """
    gait = _gait_sd(match, s)
    before = bound_s / 3.0**0.5  # anywhere within the bound is equally likely
    if not match.clear or before <= gait:
        return None
    if abs(worst_offset(stream, match)) > bound_s + 2.0 * gait:
        return None
    share = before**2 / (before**2 + gait**2)
    moved = replace(match, offset_s=share * match.offset_s, ppm=share * match.ppm)
    worst = abs(worst_offset(stream, moved))
    if worst > bound_s:
        part = bound_s / worst
        moved = replace(moved, offset_s=part * moved.offset_s, ppm=part * moved.ppm)
    return Weighed(moved, bound_s, share**0.5 * gait)


def _gait_sd(match: ClockMatch, s: SyncSettings) -> float:
    """Error of the match's offset, s (SD): jumps, where there are any, count beside the gait."""
    if not match.jumps:
        return s.gait_sd_s
    return float((s.gait_sd_s**-2 + s.jump_sd_s**-2) ** -0.5)
